//! What the engine knows of a station's replicas: which are up, in rotation, slowed, paused.

use super::calendar::Event;
use super::core::Core;
use super::notices::Notice;
use super::plan::{Active, StationPlan};
use super::routing::Routing;
use crate::random::Stream;

/// The state of a station that does not depend on its kind.
#[derive(Clone, Debug)]
pub struct StationState {
    /// What it was built from.
    pub plan: StationPlan,
    /// For each replica how many causes hold it down: faults, and that it is absent or starting.
    pub down: Vec<u32>,
    /// For each replica whether callers are to choose it. One that is out of rotation (draining,
    /// not started yet, scaled in) still works on what it has. Changed by
    /// [`Core::set_in_rotation`].
    pub in_rotation: Vec<bool>,
    /// The replicas in rotation, in rising order.
    pub rotation: Vec<u32>,
    /// Which of its replicas a message is for, where they are not all alike.
    pub routing: Option<Routing>,
    /// Background tasks of its own that are not finished.
    pub background_tasks: u32,
    /// For each replica the factor by which work takes longer.
    pub slowdown: Vec<f64>,
    /// For each replica the probability that an answer is an error.
    pub error_ratio: Vec<f64>,
    slowdown_faults: Vec<Active<f64>>,
    error_faults: Vec<Active<f64>>,
    /// How many faults pause it.
    pub pauses: u32,
    /// When the present pause began, nanoseconds.
    paused_since: u64,
    /// How long it was paused before the present pause, nanoseconds.
    paused_total: u64,
    /// Events that came while it was paused, in order.
    deferred_events: Vec<Event>,
    /// Draws which answers are errors.
    pub(super) error_rng: Stream,
}

impl StationState {
    /// A station at rest, with the replicas up that its plan says are there at the start.
    pub fn new(plan: &StationPlan, seed: u64) -> StationState {
        let replicas = plan.replicas as usize;
        let present = plan.replicas - plan.absent;
        StationState {
            down: (0..plan.replicas).map(|replica| u32::from(replica >= present)).collect(),
            in_rotation: (0..plan.replicas).map(|replica| replica < present).collect(),
            rotation: (0..present).collect(),
            routing: None,
            background_tasks: 0,
            slowdown: vec![1.0; replicas],
            error_ratio: vec![plan.error_rate; replicas],
            slowdown_faults: vec![Active::default(); replicas],
            error_faults: vec![Active::default(); replicas],
            pauses: 0,
            paused_since: 0,
            paused_total: 0,
            deferred_events: Vec::new(),
            error_rng: Stream::named(seed, &plan.id, "failures"),
            plan: plan.clone(),
        }
    }

    /// For how long it was paused in all up to `now`, nanoseconds.
    pub fn stalled(&self, now: u64) -> u64 {
        self.paused_total + if self.pauses > 0 { now - self.paused_since } else { 0 }
    }

    /// Whether a replica's process is there and serves.
    pub fn is_up(&self, replica: u32) -> bool {
        self.down[replica as usize] == 0
    }

    /// Defers an event if the station is paused; returns whether it did.
    pub(super) fn defer_if_paused(&mut self, event: Event) -> bool {
        let is_paused = self.pauses > 0;
        if is_paused {
            self.deferred_events.push(event);
        }
        is_paused
    }
}

impl Core {
    /// Takes a replica into rotation or out of it. After the present event, `rotation_changed` is
    /// called at the stations that call this one.
    pub fn set_in_rotation(&mut self, station: u32, replica: u32, in_rotation: bool) {
        let state = &mut self.station_states[station as usize];
        let before = std::mem::replace(&mut state.in_rotation[replica as usize], in_rotation);
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
        let down = &mut self.station_states[station as usize].down[replica as usize];
        *down += 1;
        if *down == 1 {
            self.count_replica(station, -1);
            self.lose_jobs(station, replica);
            self.notices.add(Notice::ReplicaDied { station, replica });
        }
    }

    /// One cause fewer holds a replica down; returns whether it is up again.
    pub fn revive(&mut self, station: u32, replica: u32) -> bool {
        let down = &mut self.station_states[station as usize].down[replica as usize];
        *down -= 1;
        let is_up = *down == 0;
        if is_up {
            self.count_replica(station, 1);
        }
        is_up
    }

    fn count_replica(&mut self, station: u32, by: i32) {
        let now = self.now();
        let workers = self.station_states[station as usize].plan.workers.unwrap_or(0) as i32;
        let node = &mut self.record.nodes[station as usize];
        node.workers.add(now, by * workers);
        node.replicas.add(now, by);
    }

    /// A fault slows a replica down by a factor, or (`None`) ends.
    pub(super) fn set_slowdown(&mut self, station: u32, replica: u32, fault: u32, factor: Option<f64>) {
        let state = &mut self.station_states[station as usize];
        let faults = &mut state.slowdown_faults[replica as usize];
        faults.set(fault, factor);
        state.slowdown[replica as usize] = faults.product();
    }

    /// A fault makes a share of a replica's answers errors, or (`None`) ends.
    pub(super) fn set_error_ratio(&mut self, station: u32, replica: u32, fault: u32, ratio: Option<f64>) {
        let state = &mut self.station_states[station as usize];
        let faults = &mut state.error_faults[replica as usize];
        faults.set(fault, ratio);
        state.error_ratio[replica as usize] = faults.any(state.plan.error_rate);
    }

    /// One more fault pauses a station.
    pub(super) fn pause(&mut self, station: u32) {
        let now = self.now();
        let state = &mut self.station_states[station as usize];
        if state.pauses == 0 {
            state.paused_since = now;
        }
        state.pauses += 1;
    }

    /// One fault fewer pauses a station; returns whether it goes on. The events that were deferred
    /// happen now.
    pub(super) fn resume(&mut self, station: u32) -> bool {
        let now = self.now();
        let state = &mut self.station_states[station as usize];
        state.pauses -= 1;
        if state.pauses > 0 {
            return false;
        }
        state.paused_total += now - state.paused_since;
        for event in std::mem::take(&mut state.deferred_events) {
            self.calendar.at(now, event);
        }
        true
    }
}
