//! What the engine knows of a station's replicas: which are up, in rotation, slowed, paused.

use super::calendar::{Event, EventKind};
use super::core::Core;
use super::job::JobState;
use super::message::Outcome;
use super::notices::Notice;
use super::plan::{Active, ErrorSource, StationPlan};
use super::routing::Routing;
use crate::random::Stream;
use crate::time::NEVER;

/// The state of a station that does not depend on its kind.
#[derive(Clone, Debug)]
pub struct StationState {
    /// What it was built from.
    pub plan: StationPlan,
    /// What every message needs to know of each replica.
    replicas: Vec<ReplicaState>,
    /// The replicas in rotation, in rising order.
    pub rotation: Vec<u32>,
    /// Which of its replicas a message is for, where they are not all alike.
    pub routing: Option<Routing>,
    /// Background tasks of its own that are not finished.
    pub background_tasks: u32,
    /// For each replica the faults that slow it down.
    slowdown_faults: Vec<Active<f64>>,
    /// For each replica what faults make errors.
    error_faults: Vec<Active<ErrorSource>>,
    /// Whether some errors take a time of their own: those of the plan, or of a fault.
    pub(super) has_timed_errors: bool,
    /// How many replicas are paused.
    paused: u32,
    /// For each replica the events that came while it was paused, in order, each with the generation
    /// of the timer or the serial number of the job that it is for (0 where it has neither).
    deferred_events: Vec<Vec<(Event, u32)>>,
    /// For each key when a write of it was acknowledged last, nanoseconds; empty where nobody asks.
    last_write: Vec<u64>,
    /// Draws which answers are errors.
    pub(super) error_rng: Stream,
}

/// What every message needs to know of a replica, in one place of memory.
#[derive(Clone, Copy, Debug)]
struct ReplicaState {
    /// How many causes hold it down: faults, and that it is absent or starting.
    down: u32,
    /// How many faults pause it.
    pauses: u32,
    /// The factor by which work takes longer.
    slowdown: f64,
    /// The probability that an answer is an error which took the usual work.
    error_ratio: f64,
    /// Whether callers are to choose it. One that is out of rotation (draining, not started yet,
    /// scaled in) still works on what it has.
    in_rotation: bool,
}

impl StationState {
    /// A station at rest, with the replicas up that its plan says are there at the start.
    pub fn new(plan: &StationPlan, seed: u64) -> StationState {
        let replicas = plan.replicas as usize;
        let present = plan.replicas - plan.absent;
        let usual_errors = if plan.error_service.is_none() { plan.error_rate } else { 0.0 };
        let at_start = |replica| ReplicaState {
            down: u32::from(replica >= present),
            pauses: 0,
            slowdown: 1.0,
            error_ratio: usual_errors,
            in_rotation: replica < present,
        };
        StationState {
            replicas: (0..plan.replicas).map(at_start).collect(),
            rotation: (0..present).collect(),
            routing: None,
            background_tasks: 0,
            slowdown_faults: vec![Active::default(); replicas],
            error_faults: vec![Active::default(); replicas],
            has_timed_errors: plan.error_service.is_some() && plan.error_rate > 0.0,
            paused: 0,
            deferred_events: vec![Vec::new(); replicas],
            last_write: vec![0; plan.tracked_keys as usize],
            error_rng: Stream::named(seed, &plan.id, "failures"),
            plan: plan.clone(),
        }
    }

    /// When a write of a key was acknowledged last, nanoseconds; 0 if none was, or nobody asks.
    pub fn last_write(&self, key: u32) -> u64 {
        self.last_write.get(key as usize).copied().unwrap_or(0)
    }

    /// A write of a key is acknowledged.
    pub(super) fn acknowledged_write(&mut self, now: u64, key: u32) {
        if let Some(last) = self.last_write.get_mut(key as usize) {
            *last = now;
        }
    }

    /// Whether a replica's process is there and serves.
    pub fn is_up(&self, replica: u32) -> bool {
        self.replicas[replica as usize].down == 0
    }

    /// How many replicas are up.
    pub fn up(&self) -> usize {
        self.replicas.iter().filter(|replica| replica.down == 0).count()
    }

    /// Whether callers are to choose a replica. Changed by [`Core::set_in_rotation`].
    pub fn is_in_rotation(&self, replica: u32) -> bool {
        self.replicas[replica as usize].in_rotation
    }

    /// The probability that an answer of a replica is an error which took the usual work.
    pub(super) fn error_ratio(&self, replica: u32) -> f64 {
        self.replicas[replica as usize].error_ratio
    }

    /// Computes anew which answers of a replica are errors, by the plan and the active faults.
    fn combine_errors(&mut self, replica: u32) {
        let own = if self.plan.error_service.is_none() { self.plan.error_rate } else { 0.0 };
        let usual = self.error_faults[replica as usize].iter().filter(|source| source.service.is_none());
        self.replicas[replica as usize].error_ratio =
            1.0 - usual.fold(1.0 - own, |none, source| none * (1.0 - source.ratio));
        self.has_timed_errors = self.plan.error_service.is_some() && self.plan.error_rate > 0.0
            || self.error_faults.iter().any(|faults| faults.iter().any(|source| source.service.is_some()));
    }

    /// Whether any replica's process is frozen.
    pub(super) fn any_paused(&self) -> bool {
        self.paused > 0
    }

    /// Whether a replica's process is frozen.
    pub fn is_paused(&self, replica: u32) -> bool {
        self.paused > 0 && self.replicas[replica as usize].pauses > 0
    }

    /// How many times as long work takes at a replica at present; `None` while it is paused.
    pub fn stretch(&self, replica: u32) -> Option<f64> {
        (!self.is_paused(replica)).then(|| self.replicas[replica as usize].slowdown)
    }

    /// Defers an event of a replica if that is paused; returns whether it did. `generation` is that of
    /// the timer, or the serial number of the job, that the event is for.
    pub(super) fn defer_if_paused(&mut self, replica: u32, event: Event, generation: u32) -> bool {
        let is_paused = self.is_paused(replica);
        if is_paused {
            self.deferred_events[replica as usize].push((event, generation));
        }
        is_paused
    }
}

impl Core {
    /// Takes a replica into rotation or out of it. After the present event, `rotation_changed` is
    /// called at the stations that call this one.
    pub fn set_in_rotation(&mut self, station: u32, replica: u32, in_rotation: bool) {
        let state = &mut self.station_states[station as usize];
        let before = std::mem::replace(&mut state.replicas[replica as usize].in_rotation, in_rotation);
        if before == in_rotation {
            return;
        }
        let at = state.rotation.partition_point(|other| *other < replica);
        if in_rotation {
            state.rotation.insert(at, replica);
        } else {
            state.rotation.remove(at);
        }
        self.notices.add_once(Notice::RotationChanged { station });
    }

    /// One more cause holds a replica down. The first one kills it: what is in it is lost, its
    /// callers receive an error, and after the present event `crashed` of its station is called.
    pub fn kill(&mut self, station: u32, replica: u32) {
        let down = &mut self.station_states[station as usize].replicas[replica as usize].down;
        *down += 1;
        if *down == 1 {
            self.count_replica(station, replica, -1);
            self.clear_pool_lines(station, replica);
            self.lose_jobs(station, replica);
            self.lose_calls(station, replica);
            // What waited for a paused process is refused now: nobody will take it.
            self.release_deferred(station, replica);
            self.notices.add(Notice::ReplicaDied { station, replica });
        }
    }

    /// One cause fewer holds a replica down; returns whether it is up again.
    pub fn revive(&mut self, station: u32, replica: u32) -> bool {
        let down = &mut self.station_states[station as usize].replicas[replica as usize].down;
        *down -= 1;
        let is_up = *down == 0;
        if is_up {
            self.count_replica(station, replica, 1);
        }
        is_up
    }

    fn count_replica(&mut self, station: u32, replica: u32, by: i32) {
        let now = self.now();
        let workers = self.station_states[station as usize].plan.workers.unwrap_or(0) as i32;
        let node = &mut self.record.nodes[station as usize];
        node.replicas.add(now, by);
        node.add_workers(now, replica, by * workers);
    }

    /// Defers an event if the process that it is for is paused: an answer, a health check's answer, a
    /// cancellation, and whatever a process does of its own for a call. Returns whether it did.
    #[inline(always)]
    pub(super) fn is_deferred(&mut self, event: Event) -> bool {
        self.paused_processes > 0 && self.defer_for_pause(event)
    }

    #[cold]
    fn defer_for_pause(&mut self, event: Event) -> bool {
        let index = event.index();
        let ((station, replica), generation) = match event.kind() {
            EventKind::Answer => {
                let job = &self.jobs[index];
                ((self.network.links[job.link as usize].plan.from, job.sender), 0)
            }
            EventKind::Timeout | EventKind::Hedge => {
                let call = &self.calls[index];
                ((call.station, call.replica), call.generation)
            }
            EventKind::Retry | EventKind::CallEnd => ((self.calls[index].station, self.calls[index].replica), 0),
            EventKind::ProbeAnswer => ((self.network.probes[index].station, 0), 0),
            EventKind::Cancel => {
                let ends = self.network.cancel_ends(index);
                if !self.station_states[ends.callee.0 as usize].is_up(ends.callee.1) {
                    return false;
                }
                (ends.callee, 0)
            }
            _ => return false,
        };
        self.station_states[station as usize].defer_if_paused(replica, event, generation)
    }

    /// A station has another plan from now on. The number of its replicas stays: those that may be needed are
    /// there from the start.
    pub(super) fn reconfigure_station(&mut self, station: u32, plan: &StationPlan) {
        let now = self.now();
        let state = &mut self.station_states[station as usize];
        debug_assert!(state.plan.replicas == plan.replicas);
        let more = plan.workers.unwrap_or(0) as i32 - state.plan.workers.unwrap_or(0) as i32;
        state.plan = plan.clone();
        let replicas = 0..state.plan.replicas;
        let node = &mut self.record.nodes[station as usize];
        for replica in replicas.clone().filter(|replica| state.is_up(*replica)) {
            node.add_workers(now, replica, more);
        }
        replicas.for_each(|replica| state.combine_errors(replica));
    }

    // -- errors -----------------------------------------------------------------------------------

    /// A fault makes a share of a replica's answers errors, or (`None`) ends.
    pub(super) fn set_errors(&mut self, station: u32, replica: u32, fault: u32, errors: Option<ErrorSource>) {
        let state = &mut self.station_states[station as usize];
        state.error_faults[replica as usize].set(fault, errors);
        state.combine_errors(replica);
    }

    /// Draws whether the work on a job ends with an error that takes a time of its own: that time,
    /// nanoseconds. The job is marked, and its station answers it with an error after this time.
    #[inline(always)]
    pub fn timed_error(&mut self, index: u32) -> Option<u64> {
        let job = &self.jobs[index];
        let state = &self.station_states[job.station as usize];
        if state.has_timed_errors { self.draw_timed_error(index) } else { None }
    }

    #[cold]
    fn draw_timed_error(&mut self, index: u32) -> Option<u64> {
        let job = &mut self.jobs[index];
        let state = &mut self.station_states[job.station as usize];
        if job.one_way || job.is_background {
            return None;
        }
        let StationState { plan, error_faults, error_rng, .. } = state;
        let own = plan.error_service.as_ref().map(|service| (plan.error_rate, service));
        let faults = error_faults[job.replica as usize].iter();
        let timed = faults.filter_map(|source| Some((source.ratio, source.service.as_ref()?)));
        for (ratio, service) in own.into_iter().chain(timed) {
            if error_rng.chance(ratio) {
                job.outcome = Outcome::Error;
                return Some(service.sample(error_rng));
            }
        }
        None
    }

    // -- speed and pauses ---------------------------------------------------------------------------

    /// A fault slows a replica down by a factor, or (`None`) ends.
    pub(super) fn set_slowdown(&mut self, station: u32, replica: u32, fault: u32, factor: Option<f64>) {
        let state = &mut self.station_states[station as usize];
        let before = state.stretch(replica);
        let faults = &mut state.slowdown_faults[replica as usize];
        faults.set(fault, factor);
        state.replicas[replica as usize].slowdown = faults.product();
        self.change_pace(station, replica, before);
    }

    /// One more fault pauses a replica; returns whether it stops now.
    pub(super) fn pause(&mut self, station: u32, replica: u32) -> bool {
        let state = &mut self.station_states[station as usize];
        let before = state.stretch(replica);
        state.replicas[replica as usize].pauses += 1;
        let stops = state.replicas[replica as usize].pauses == 1;
        if stops {
            state.paused += 1;
            self.paused_processes += 1;
            self.change_pace(station, replica, before);
        }
        stops
    }

    /// One fault fewer pauses a replica; returns whether it goes on. What came or fell due during the
    /// pause happens now, in its order.
    pub(super) fn resume(&mut self, station: u32, replica: u32) -> bool {
        let state = &mut self.station_states[station as usize];
        state.replicas[replica as usize].pauses -= 1;
        let goes_on = state.replicas[replica as usize].pauses == 0;
        if goes_on {
            state.paused -= 1;
            self.paused_processes -= 1;
            self.change_pace(station, replica, None);
            self.release_deferred(station, replica);
        }
        goes_on
    }

    /// The events that a pause has deferred happen now.
    fn release_deferred(&mut self, station: u32, replica: u32) {
        let now = self.now();
        let deferred = std::mem::take(&mut self.station_states[station as usize].deferred_events[replica as usize]);
        for (event, generation) in deferred {
            match event.kind() {
                EventKind::Timeout | EventKind::Hedge => self.calendar.timer(self.no_delay, event, generation),
                EventKind::Done => {
                    let job = &mut self.jobs[event.index()];
                    if job.serial == generation && job.state == JobState::Held {
                        job.ends_at = now;
                        self.calendar.at(now, event);
                    }
                }
                _ => self.calendar.at(now, event),
            }
        }
    }

    /// The pace of a replica changes now: the work in progress there ends earlier or later. `before`
    /// is by how much work was stretched so far; `None` is that it stood still.
    fn change_pace(&mut self, station: u32, replica: u32, before: Option<f64>) {
        let after = self.station_states[station as usize].stretch(replica);
        if before == after {
            return;
        }
        let now = self.now();
        for index in 0..self.jobs.extent() {
            let job = &mut self.jobs[index];
            if !job.is_worked_on || job.state != JobState::Held || job.station != station || job.replica != replica {
                continue;
            }
            // Of work that stands still the rest is stored in place of its end.
            let rest = match before {
                Some(factor) => unstretched(job.ends_at - now, factor),
                None => job.rest,
            };
            match after {
                Some(factor) => {
                    job.ends_at = now + stretched(rest, factor);
                    self.calendar.at(job.ends_at, Event::new(EventKind::Done, index));
                }
                None => (job.rest, job.ends_at) = (rest, NEVER),
            }
        }
        self.notices.add(Notice::PaceChanged { station, replica });
    }
}

/// How long work of `span` nanoseconds takes where it takes `factor` times as long.
pub(super) fn stretched(span: u64, factor: f64) -> u64 {
    if factor == 1.0 { span } else { (span as f64 * factor + 0.5) as u64 }
}

fn unstretched(span: u64, factor: f64) -> u64 {
    if factor == 1.0 { span } else { (span as f64 / factor + 0.5) as u64 }
}
