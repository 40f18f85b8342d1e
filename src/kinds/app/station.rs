//! An app while running.

use super::autoscaler::{Autoscale, Scaler};
use super::progress::Progress;
use super::{App, Order};
use crate::engine::calendar::Event;
use crate::engine::call::{Caller, Target};
use crate::engine::core::Core;
use crate::engine::message::{Access, Message, Outcome};
use crate::engine::plan::Deploy;
use crate::engine::replica_set::{ReplicaPhase, ReplicaSet};
use crate::engine::replicas::StationState;
use crate::engine::server::{Entry, Server};
use crate::engine::station::{Station, replica_snapshot};
use crate::random::{Distribution, Stream};
use crate::record::{ReplicaSnapshot, ReplicaState};

/// An app while running.
#[derive(Clone, Debug)]
pub struct AppStation {
    pub(super) station: u32,
    pub(super) fleet: ReplicaSet,
    pub(super) scaler: Option<Scaler>,
    /// Replicas that the parameters ask for.
    pub(super) replicas: u32,
    /// Stations of the queues that it consumes.
    pub(super) queues: Vec<u32>,
    pub(super) server: Server,
    pub(super) service: Distribution,
    pub(super) blocking: bool,
    pub(super) parallel: bool,
    /// Links to caches that this app fills itself.
    pub(super) caches: Vec<u32>,
    /// The other links; whether the callee stores data, and whether it is a queue.
    pub(super) callees: Vec<(u32, bool, bool)>,
    pub(super) work: Stream,
}

/// The tag of a wake-up, plus the number of a replica: a job there is done (processor sharing).
const SHARED: u32 = 0;
/// The tag of a wake-up, plus the number of a replica: it has started, or its drain is over.
pub(super) const REPLICA_WAKE: u32 = 1 << 10;
/// The tag of a wake-up of the autoscaler.
const AUTOSCALE: u32 = 2 << 10;

impl AppStation {
    /// Busy workers of a replica.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    /// The phase that a replica is in, given whether it is up.
    pub fn state(&self, replica: u32, up: bool) -> ReplicaState {
        match self.fleet.phase(replica) {
            ReplicaPhase::Absent => ReplicaState::Absent,
            ReplicaPhase::Starting => ReplicaState::Starting,
            _ if !up => ReplicaState::Down,
            ReplicaPhase::Serving => ReplicaState::Serving,
            ReplicaPhase::Draining => ReplicaState::Draining,
        }
    }

    /// Evaluates the autoscaler, and schedules its next evaluation.
    pub(super) fn autoscale(&mut self, core: &mut Core) {
        let Some(scaler) = self.scaler.as_mut().filter(|scaler| scaler.due == core.now()) else { return };
        if let Some(wanted) = scaler.evaluate(core, self.station, &self.queues, self.fleet.size()) {
            self.fleet.scale(core, wanted);
        }
        self.plan_evaluation(core);
        self.fleet.end_finished_drains(core);
    }

    /// Schedules the next evaluation of the autoscaler.
    fn plan_evaluation(&mut self, core: &mut Core) {
        if let Some(scaler) = &mut self.scaler {
            scaler.due = core.now() + scaler.interval_ns;
            core.calendar.at(scaler.due, Event::wake(self.station, AUTOSCALE));
        }
    }

    /// Starts, changes or ends autoscaling, and asks for as many replicas as the parameters do.
    fn reconfigure_replicas(&mut self, core: &mut Core, app: &App) {
        let Autoscale { on, min, max, .. } = app.autoscale;
        match &mut self.scaler {
            Some(scaler) if on => scaler.reconfigure(core, self.station, &self.queues, &app.autoscale),
            None if on => {
                let mut scaler = Scaler::new(&app.autoscale, self.fleet.size());
                scaler.measure(core, self.station, &self.queues);
                self.scaler = Some(scaler);
                self.plan_evaluation(core);
            }
            // The replicas that are there stay.
            _ => self.scaler = None,
        }
        let mut wanted = self.fleet.size();
        if std::mem::replace(&mut self.replicas, app.replicas) != app.replicas {
            wanted = app.replicas;
        }
        if on {
            wanted = wanted.clamp(min, max.max(min));
        }
        self.fleet.scale(core, wanted);
    }

    fn begin(&mut self, core: &mut Core, job: u32) {
        let span = self.service.sample(&mut self.work);
        self.server.begin(core, job, span);
    }

    fn release(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
    }

    /// Continues a job whose own work is done: its next calls, or its answer.
    fn continue_job(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].is_error() {
            return self.end(core, job, Outcome::Error);
        }
        let message = core.jobs[job].message;
        let mut progress: Progress = core.jobs[job].data();
        while (progress.passed as usize) < self.caches.len() {
            let callee = progress.passed;
            progress.passed += 1;
            let link = self.caches[callee as usize];
            let reads = message.access == Access::Read && !progress.is_cache_hit();
            if reads && core.uses(link, message.operation) {
                core.jobs[job].set_data(progress);
                return self.call(core, job, callee, link, message);
            }
        }
        while (progress.passed as usize) < self.caches.len() + self.callees.len() {
            let callee = progress.passed;
            progress.passed += 1;
            let (link, stores, is_queue) = self.callees[callee as usize - self.caches.len()];
            let is_answered = stores && progress.is_cache_hit();
            if is_answered || !core.uses(link, message.operation) {
                continue;
            }
            core.jobs[job].set_data(progress);
            let message = if is_queue { Message { access: Access::Write, ..message } } else { message };
            self.call(core, job, callee, link, message);
            if !self.parallel {
                return;
            }
        }
        core.jobs[job].set_data(progress);
        if core.jobs[job].pending_calls == 0 {
            self.finish(core, job);
        }
    }

    fn call(&mut self, core: &mut Core, job: u32, callee: u32, link: u32, message: Message) {
        core.jobs[job].pending_calls += 1;
        core.call(Caller::Job(job), callee, link, Target::Any, message);
    }

    fn finish(&mut self, core: &mut Core, job: u32) {
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let progress: Progress = core.jobs[job].data();
        if !progress.has_failed() && progress.is_fetched() {
            let access = if message.access == Access::Read { Access::Fill } else { Access::Invalidate };
            if access == Access::Invalidate || progress.is_cache_miss() {
                for link in &self.caches {
                    if core.network.links[*link as usize].serves(message.operation) {
                        core.notify(replica, *link, Message { access, ..message });
                    }
                }
            }
        }
        self.end(core, job, progress.outcome());
    }

    /// Answers a job and gives its worker back.
    fn end(&mut self, core: &mut Core, job: u32, outcome: Outcome) {
        let replica = core.jobs[job].replica;
        self.release(core, job);
        core.answer(job, outcome);
        self.fleet.left(core, replica);
    }
}

impl Station for AppStation {
    type Parameters = App;

    fn reconfigure(&mut self, core: &mut Core, app: &App) {
        self.service = app.service.distribution();
        self.blocking = app.blocking;
        self.parallel = app.calls == Order::Parallel;
        self.reconfigure_replicas(core, app);
        let limits = (app.workers, app.queue_limit);
        for job in self.server.reconfigure(core, self.station, limits, app.discipline) {
            self.begin(core, job);
        }
    }

    fn start(&mut self, core: &mut Core) {
        self.plan_evaluation(core);
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let replica = core.jobs[job].replica;
        self.fleet.entered(replica);
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => {
                core.reject(job, Outcome::Rejected);
                self.fleet.left(core, replica);
            }
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if !self.blocking {
            self.release(core, job);
        }
        self.continue_job(core, job);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        match tag {
            AUTOSCALE => self.autoscale(core),
            REPLICA_WAKE.. => self.fleet.wake(core, tag - REPLICA_WAKE),
            SHARED.. => {
                if let Some(job) = self.server.take_finished(core, tag) {
                    self.continue_job(core, job);
                }
            }
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, callee: u32, outcome: Outcome) {
        let job = &mut core.jobs[owner];
        job.pending_calls -= 1;
        let mut progress: Progress = job.data();
        if (callee as usize) < self.caches.len() {
            progress.cache_answered(outcome);
            job.set_data(progress);
            return self.continue_job(core, owner);
        }
        let (_, stores, _) = self.callees[callee as usize - self.caches.len()];
        progress.callee_answered(outcome, stores);
        job.set_data(progress);
        if job.pending_calls > 0 {
            return; // They are made in parallel.
        }
        if progress.has_failed() { self.finish(core, owner) } else { self.continue_job(core, owner) }
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        let replica = core.jobs[job].replica;
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
        self.fleet.left(core, replica);
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.fleet.died(core, replica);
    }

    fn deploy(&mut self, core: &mut Core, deploy: Deploy) {
        self.fleet.deploy(core, deploy);
    }

    fn pace_changed(&mut self, core: &mut Core, replica: u32) {
        self.server.pace_changed(core, self.station, replica);
    }

    fn wakes(&self, tag: u32) -> Option<u32> {
        // Starts, drains and scaling are done by the platform that the processes run on.
        (tag < REPLICA_WAKE).then_some(tag)
    }

    fn replica(&self, state: &StationState, replica: u32) -> ReplicaSnapshot {
        let snapshot = replica_snapshot(state, replica, self.busy(replica));
        ReplicaSnapshot { state: self.state(replica, snapshot.up), ..snapshot }
    }
}
