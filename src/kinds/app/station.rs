//! An app while running.

use super::autoscaler::Scaler;
use crate::engine::calendar::Event;
use crate::engine::core::{Access, Core, Message, NONE, Outcome};
use crate::engine::fleet::{ReplicaPhase, ReplicaSet};
use crate::engine::plan::Deploy;
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::random::{Distribution, Stream};
use crate::report::snapshot::ReplicaState;

/// Replicas of an app while running.
///
/// A job's `step` counts the callees it has passed: first the caches, then the rest. Its `note`
/// holds what it learned on the way.
#[derive(Clone, Debug)]
pub struct AppStation {
    pub(super) station: u32,
    pub(super) fleet: ReplicaSet,
    pub(super) scaler: Option<Scaler>,
    pub(super) server: Server,
    pub(super) service: Distribution,
    pub(super) blocking: bool,
    pub(super) parallel: bool,
    /// Links to caches that this app fills itself.
    pub(super) caches: Vec<u32>,
    /// The other links; whether the callee keeps data, and whether it takes messages.
    pub(super) callees: Vec<(u32, bool, bool)>,
    pub(super) work: Stream,
}

/// Tags of wake-ups: a replica that shares its workers has finished a job (plus its number), …
const SHARED: u32 = 0;
/// … a replica has started or must have drained (plus its number), …
pub(super) const LIFE: u32 = 1 << 10;
/// … or the autoscaler looks.
const LOOK: u32 = 2 << 10;

/// A cache had it.
const HIT: u32 = 1;
/// A cache did not have it and is to be filled.
const MISSED: u32 = 2;
/// Something was read or written behind the cache.
const FETCHED: u32 = 4;
/// From here on, which call failed and how: the outcome as a number.
const FAILURE_SHIFT: u32 = 8;

impl AppStation {
    /// Busy workers of a replica.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    /// Where a replica is in its life, given whether it is up.
    pub fn state(&self, replica: u32, up: bool) -> ReplicaState {
        match self.fleet.life(replica) {
            ReplicaPhase::Absent => ReplicaState::Absent,
            ReplicaPhase::Starting => ReplicaState::Starting,
            _ if !up => ReplicaState::Down,
            ReplicaPhase::Serving => ReplicaState::Serving,
            ReplicaPhase::Draining => ReplicaState::Draining,
        }
    }

    /// The autoscaler looks, and looks again after its interval.
    pub(super) fn look(&mut self, core: &mut Core) {
        let Some(scaler) = &mut self.scaler else { return };
        if let Some(wanted) = scaler.look(core, self.station, self.fleet.size()) {
            self.fleet.scale(core, wanted);
        }
        core.calendar.at(core.now() + scaler.interval_ns, Event::wake(self.station, LOOK));
        self.fleet.sweep(core);
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

    /// Goes on with a job whose own work is done: the next call, or the answer.
    fn go_on(&mut self, core: &mut Core, job: u32) {
        let message = core.jobs[job].message;
        while (core.jobs[job].step as usize) < self.caches.len() {
            let step = core.jobs[job].step;
            core.jobs[job].step += 1;
            let found = core.jobs[job].note & HIT != 0;
            if message.access == Access::Read && !found && core.uses(self.caches[step as usize], message.operation) {
                return self.call(core, job, step, self.caches[step as usize], message);
            }
        }
        while (core.jobs[job].step as usize) < self.caches.len() + self.callees.len() {
            let step = core.jobs[job].step;
            core.jobs[job].step += 1;
            let (link, keeps, queues) = self.callees[step as usize - self.caches.len()];
            let spared = keeps && core.jobs[job].note & HIT != 0;
            if spared || !core.uses(link, message.operation) {
                continue;
            }
            let message = if queues { Message { access: Access::Write, ..message } } else { message };
            self.call(core, job, step, link, message);
            if !self.parallel {
                return;
            }
        }
        if core.jobs[job].pending == 0 {
            self.finish(core, job);
        }
    }

    fn call(&mut self, core: &mut Core, job: u32, step: u32, link: u32, message: Message) {
        core.jobs[job].pending += 1;
        core.call(self.station, job, step, link, NONE, message);
    }

    fn finish(&mut self, core: &mut Core, job: u32) {
        let it = &core.jobs[job];
        let (note, message, replica) = (it.note, it.message, it.replica);
        let failure = FAILURES.get((note >> FAILURE_SHIFT) as usize).copied().flatten();
        if failure.is_none() && note & FETCHED != 0 {
            let access = if message.access == Access::Read { Access::Fill } else { Access::Invalidate };
            if access == Access::Invalidate || note & MISSED != 0 {
                for link in &self.caches {
                    if core.links[*link as usize].plan.serves.get(message.operation as usize).copied().unwrap_or(true) {
                        core.notify(replica, *link, Message { access, ..message });
                    }
                }
            }
        }
        self.release(core, job);
        let replica = core.jobs[job].replica;
        core.answer(job, failure.unwrap_or(Outcome::Ok));
        self.fleet.left(core, replica);
    }
}

/// Outcomes as they are kept in a job's note: 0 is none.
const FAILURES: [Option<Outcome>; 7] = [
    None,
    Some(Outcome::Timeout),
    Some(Outcome::Rejected),
    Some(Outcome::Error),
    Some(Outcome::Unreachable),
    Some(Outcome::BreakerOpen),
    Some(Outcome::RateLimited),
];

impl Station for AppStation {
    fn start(&mut self, core: &mut Core) {
        if let Some(scaler) = &self.scaler {
            core.calendar.at(scaler.interval_ns, Event::wake(self.station, LOOK));
        }
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
        self.go_on(core, job);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        match tag {
            LOOK => self.look(core),
            LIFE.. => self.fleet.wake(core, tag - LIFE),
            SHARED.. => {
                if let Some(job) = self.server.shared_done(core, self.station, tag) {
                    self.go_on(core, job);
                }
            }
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, step: u32, outcome: Outcome) {
        let it = &mut core.jobs[owner];
        it.pending -= 1;
        if (step as usize) < self.caches.len() {
            // A cache that fails is no reason to fail: what it would have answered is fetched.
            it.note |= match outcome {
                Outcome::Ok => HIT,
                Outcome::Miss => MISSED,
                _ => 0,
            };
            return self.go_on(core, owner);
        }
        let (_, keeps, _) = self.callees[step as usize - self.caches.len()];
        match FAILURES.iter().position(|each| *each == Some(outcome)) {
            Some(failure) if it.note >> FAILURE_SHIFT == 0 => it.note |= (failure as u32) << FAILURE_SHIFT,
            None if keeps => it.note |= FETCHED,
            _ => {}
        }
        let failed = it.note >> FAILURE_SHIFT != 0;
        match (self.parallel, failed) {
            (true, _) if it.pending > 0 => {}
            (true, _) | (false, true) => self.finish(core, owner),
            (false, false) => self.go_on(core, owner),
        }
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

    fn paused(&mut self, core: &mut Core) {
        self.server.freeze(core);
    }

    fn resumed(&mut self, core: &mut Core) {
        self.server.thaw(core, self.station);
    }
}
