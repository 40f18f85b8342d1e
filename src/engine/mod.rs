//! The simulator: a value that is told how far to go.
//!
//! [`Engine::advance`] handles events in the order of `(time, sequence)` until a simulated time
//! or a number of events is reached. There is no clock in here, no input or output and no global
//! state; pausing is not calling it. The same scenario and seed give the same [`digest`]
//! whatever the slices are.
//!
//! - [`calendar`] what happens next
//! - [`core`] jobs and calls, and what stations do with them
//! - [`link`](mod@link) the wire; [`call`](mod@call) the caller's policies
//! - [`partition`] what holds messages back between endpoints; [`routing`] which replica a message
//!   is for
//! - [`probe`] health checks
//! - [`server`] workers and the line before them; [`fleet`] replicas that come and go
//! - [`station`] what the engine knows of a node
//! - [`plan`] what the engine is told
//!
//! [`digest`]: Engine::digest

mod books;
pub mod calendar;
pub mod call;
pub mod core;
pub mod fleet;
pub mod link;
pub mod partition;
pub mod plan;
pub mod probe;
pub mod routing;
pub mod server;
pub mod slab;
pub mod station;

use self::calendar::EventKind;
use self::core::{CallState, Core, JobState, NONE};
use self::plan::{Change, LinkPlan, OperationPlan, Planned, RunSettings, StationPlan};
use self::station::Station;
use crate::time::NEVER;

/// Why [`Engine::advance`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The time asked for is reached.
    Reached,
    /// The budget of events is used up first; simulated time is where it got to.
    OutOfBudget,
    /// The run is over.
    Finished,
}

/// A run.
#[derive(Debug)]
pub struct Engine<S> {
    core: Core,
    stations: Vec<S>,
    settings: RunSettings,
    /// What goes wrong and when, by time.
    changes: Vec<Planned>,
    next_change: usize,
    /// The earliest of: the next change, the end of the bin, of the warm-up, of the run.
    next_mark: u64,
    next_bin: u64,
    warm: bool,
    started: bool,
    events: u64,
    digest: u64,
}

impl<S: Station> Engine<S> {
    /// A run at time 0. `stations` stand in the order of their plans; `changes` in the order of
    /// their times.
    pub fn new(
        settings: RunSettings,
        plans: &[StationPlan],
        stations: Vec<S>,
        links: Vec<LinkPlan>,
        operations: Vec<OperationPlan>,
        changes: Vec<Planned>,
    ) -> Engine<S> {
        debug_assert!(plans.len() == stations.len());
        let core = Core::new(&settings, plans, links, operations);
        let mut engine = Engine {
            core,
            stations,
            changes,
            next_change: 0,
            next_mark: 0,
            next_bin: settings.bin_ns,
            warm: false,
            started: false,
            events: 0,
            digest: 0x9e37_79b9_7f4a_7c15,
            settings,
        };
        engine.find_next_mark();
        engine
    }

    /// The present, nanoseconds.
    pub fn now(&self) -> u64 {
        self.core.now()
    }

    /// Events handled since the start.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// A hash of all events handled so far and their times.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The settings of the run.
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }

    /// The record, links and conditions, for reading.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The stations, for reading.
    pub fn stations(&self) -> &[S] {
        &self.stations
    }

    /// Whether the end is reached.
    pub fn is_finished(&self) -> bool {
        self.now() >= self.settings.duration_ns
    }

    /// Replaces everything that is yet to go wrong; what is past has to be the same as it was.
    pub fn replan(&mut self, changes: Vec<Planned>) {
        debug_assert!(changes[..self.next_change] == self.changes[..self.next_change]);
        self.changes = changes;
        self.find_next_mark();
    }

    /// A time after the present that no event has reached, a whole millisecond: the earliest at
    /// which something new can be planned so that a rerun from the start is the same run.
    pub fn next_free_ms(&self) -> u64 {
        (self.now() / 1_000_000 + 1) * 1_000_000
    }

    /// Handles what happens before `until`, at most `budget` events.
    pub fn advance(&mut self, until: u64, budget: u64) -> Progress {
        if !self.started {
            self.started = true;
            for station in &mut self.stations {
                station.start(&mut self.core);
            }
        }
        let until = until.min(self.settings.duration_ns);
        let last = self.events.saturating_add(budget);
        loop {
            let horizon = until.min(self.next_mark);
            if self.events >= last {
                return Progress::OutOfBudget;
            }
            let calls = &self.core.calls;
            let popped =
                self.core.calendar.pop(horizon, |event, generation| Core::is_stale(calls, event.index(), generation));
            match popped {
                Some((event, generation)) => self.handle(event, generation),
                None if self.next_mark <= until => self.pass_mark(),
                None => {
                    self.core.calendar.move_to(until.max(self.now()));
                    return if self.is_finished() { Progress::Finished } else { Progress::Reached };
                }
            }
            if self.is_finished() && self.next_mark == NEVER {
                return Progress::Finished;
            }
        }
    }

    fn handle(&mut self, event: calendar::Event, generation: u32) {
        self.events += 1;
        self.digest = (self.digest.rotate_left(25) ^ self.core.now() ^ (u64::from(event.bits()) << 32))
            .wrapping_mul(0x9fb2_1c65_1e98_df25);
        let index = event.index();
        match event.kind() {
            EventKind::Deliver => self.deliver(event),
            EventKind::Answer => {
                let call = self.core.jobs[index].call;
                if call != NONE && self.hold_back(self.core.calls[call].station, event) {
                    return;
                }
                self.core.on_answer(index);
            }
            EventKind::Done => self.done(event),
            EventKind::Timeout if !Core::is_stale(&self.core.calls, index, generation) => self.core.on_timeout(index),
            EventKind::Hedge if !Core::is_stale(&self.core.calls, index, generation) => {
                if self.core.may_hedge(index) {
                    self.retarget(index, true);
                    self.core.on_hedge(index);
                }
            }
            EventKind::Timeout | EventKind::Hedge | EventKind::Ring => {}
            EventKind::Retry => {
                if self.core.calls[index].state == CallState::Pausing {
                    self.retarget(index, false);
                }
                self.core.on_retry(index);
            }
            EventKind::Settle => self.core.on_settle(index),
            EventKind::Wake => self.stations[(index >> 18) as usize].wake(&mut self.core, index & 0x3ffff),
            EventKind::Probe => self.probe(event),
            EventKind::ProbeAnswer => {
                if self.hold_back(self.core.probes[index].station, event) {
                    return;
                }
                let probe = self.core.end_probe(index);
                self.stations[probe.station as usize].probed(&mut self.core, probe.tag, probe.sent, probe.good);
            }
        }
        self.follow_up();
        debug_assert!(self.counts_balance(), "{:?} at {}: {:?}", event.kind(), self.core.now(), self.check_books());
    }

    /// A call that was made to a certain replica is about to send another message: to which?
    fn retarget(&mut self, call: u32, hedge: bool) {
        let it = &self.core.calls[call];
        if it.target != NONE {
            let (station, owner, link) = (it.station as usize, it.owner, it.link);
            let target = self.stations[station].retarget(&mut self.core, owner, link, hedge);
            if target != NONE || !hedge {
                self.core.calls[call].target = target;
            }
        }
    }

    /// What an event led to: an attempt failed, a call was decided, a caller cancelled, a replica
    /// left the rotation.
    fn follow_up(&mut self) {
        while let Some((station, owner)) = self.core.failed.pop() {
            self.stations[station as usize].attempt_failed(&mut self.core, owner);
        }
        if let Some((station, owner, tag, outcome)) = self.core.decided.take() {
            self.stations[station as usize].answered(&mut self.core, owner, tag, outcome);
        }
        if !self.core.died.is_empty() {
            self.tell_deaths();
        }
        while let Some(job) = self.core.cancelled.pop() {
            let it = &mut self.core.jobs[job];
            match it.state {
                JobState::Sent => it.state = JobState::Orphaned,
                JobState::Waiting | JobState::Held => {
                    let station = it.station as usize;
                    self.stations[station].cancel(&mut self.core, job);
                }
                JobState::Answered | JobState::Orphaned | JobState::Free => {}
            }
        }
        // A replica that drained may have lost its last job just now.
        if !self.core.died.is_empty() {
            self.tell_deaths();
        }
        while let Some(callee) = self.core.rotated.pop() {
            self.callers(callee, |station, core| station.rotation_changed(core, callee));
        }
    }

    /// Tells every station that has a link to this one.
    fn callers(&mut self, callee: u32, tell: impl Fn(&mut S, &mut Core)) {
        for link in 0..self.core.links.len() {
            let plan = &self.core.links[link].plan;
            if plan.to == callee {
                let from = plan.from as usize;
                tell(&mut self.stations[from], &mut self.core);
            }
        }
    }

    fn deliver(&mut self, event: calendar::Event) {
        let job = event.index();
        let it = &self.core.jobs[job];
        let (station, replica) = (it.station, it.replica);
        if it.state == JobState::Orphaned {
            return self.core.free_job(job);
        }
        if !self.core.station_states[station as usize].is_up(replica) {
            return self.core.refuse(job);
        }
        if self.hold_back(station, event) {
            return;
        }
        self.core.admit(job);
        self.stations[station as usize].arrive(&mut self.core, job);
    }

    /// A dead process refuses a probe; one that stands still does not hear it.
    fn probe(&mut self, event: calendar::Event) {
        let (callee, replica) = self.core.probed(event.index());
        let up = self.core.station_states[callee as usize].is_up(replica);
        if !up || !self.hold_back(callee, event) {
            self.core.answer_probe(event.index(), up);
        }
    }

    /// A message for a station that stands still waits at its door.
    fn hold_back(&mut self, station: u32, event: calendar::Event) -> bool {
        let condition = &mut self.core.station_states[station as usize];
        if condition.pauses > 0 {
            condition.deferred_events.push(event);
        }
        condition.pauses > 0
    }

    fn done(&mut self, event: calendar::Event) {
        let now = self.core.now();
        let it = &mut self.core.jobs[event.index()];
        let station = it.station as usize;
        if it.state == JobState::Orphaned {
            return self.core.free_job(event.index());
        }
        // While the station stood still no work was done: the rest takes that much longer.
        let stalled = self.core.station_states[station].stalled(now);
        if stalled > it.stalled {
            let rest = stalled - it.stalled;
            it.stalled = stalled;
            return self.core.calendar.at(now + rest, event);
        }
        it.has_event = false;
        self.stations[station].done(&mut self.core, event.index());
    }

    // -- marks: what is planned for a time and not scheduled as an event -------------------------

    fn find_next_mark(&mut self) {
        let change = self.changes.get(self.next_change).map_or(NEVER, |planned| planned.time);
        let warm = if self.warm { NEVER } else { self.settings.warmup_ns };
        let bin = if self.next_bin > self.settings.duration_ns { NEVER } else { self.next_bin };
        self.next_mark = change.min(warm).min(bin);
    }

    /// Time has come to a mark. Marks precede the events of their time, so that a change planned
    /// from the start and one that was planned later have the same effect.
    fn pass_mark(&mut self) {
        let now = self.next_mark;
        self.core.calendar.move_to(now);
        if self.next_bin == now {
            self.core.record.close_bin(now);
            self.next_bin += self.settings.bin_ns;
        }
        if !self.warm && self.settings.warmup_ns == now {
            self.warm = true;
            self.core.record.warmed_up(now);
            self.stations.iter_mut().for_each(|station| station.warmed_up(&self.core));
        }
        while let Some(planned) = self.changes.get(self.next_change)
            && planned.time <= now
        {
            let change = planned.change.clone();
            self.next_change += 1;
            self.change(change);
        }
        self.find_next_mark();
    }

    fn change(&mut self, change: Change) {
        let core = &mut self.core;
        let replicas = |station: u32, replica: Option<u32>| match replica {
            Some(one) => one..one + 1,
            None => 0..core.station_states[station as usize].plan.replicas,
        };
        match change {
            Change::Crash(station, replica) => {
                for replica in replicas(station, replica) {
                    self.crash(station, replica);
                }
            }
            Change::Restore(station, replica) => {
                for replica in replicas(station, replica) {
                    self.restore(station, replica);
                }
                self.callers(station, |station, core| station.dependency_restored(core));
            }
            Change::Slow(station, replica, fault, factor) => {
                replicas(station, replica).for_each(|replica| core.slow(station, replica, fault, factor));
            }
            Change::Errors(station, replica, fault, ratio) => {
                replicas(station, replica).for_each(|replica| core.err(station, replica, fault, ratio));
            }
            Change::Pause(station) => {
                core.pause(station);
                self.stations[station as usize].paused(core);
            }
            Change::Resume(station) => {
                if core.resume(station) {
                    self.stations[station as usize].resumed(core);
                }
            }
            Change::Cut(link, direction) => core.cut(link, direction),
            Change::RestoreLink(link, direction) => {
                if core.restore_link(link, direction) {
                    let from = core.links[link as usize].plan.from as usize;
                    self.stations[from].dependency_restored(core);
                }
            }
            Change::Partition(fault, severance) => {
                let ends = severance.is_none();
                for station in core.set_partition(fault, severance) {
                    self.stations[station as usize].partition_changed(core);
                    if ends {
                        self.stations[station as usize].dependency_restored(core);
                    }
                }
            }
            Change::Latency(link, fault, law) => core.add_latency(link, fault, law),
            Change::Loss(link, fault, ratio) => core.lose(link, fault, ratio),
            Change::Flush(station) => self.stations[station as usize].flushed(core),
            Change::Traffic(station, fault, factor) => {
                self.stations[station as usize].traffic(core, fault, factor);
            }
            Change::Deploy(station, deploy) => self.stations[station as usize].deploy(core, deploy),
        }
        self.follow_up();
    }

    fn crash(&mut self, station: u32, replica: u32) {
        self.core.kill(station, replica);
        // What was delivered while it stood still is refused now, when its turn comes.
        self.tell_deaths();
    }

    fn tell_deaths(&mut self) {
        while let Some((station, replica)) = self.core.died.pop() {
            self.stations[station as usize].crashed(&mut self.core, replica);
        }
    }

    fn restore(&mut self, station: u32, replica: u32) {
        if self.core.revive(station, replica) {
            self.stations[station as usize].restored(&mut self.core, replica);
        }
    }
}
