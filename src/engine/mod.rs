//! The simulator: a value that advances to a given time.
//!
//! [`Engine::advance`] handles events in the order of `(time, sequence)` until a simulated time or a
//! number of events is reached. The engine has no clock, no input or output and no global state;
//! pausing it is not calling it. The same scenario and seed give the same [`digest`], in whatever
//! slices it is advanced.
//!
//! What is simulated:
//! - [`message`] what is sent; [`job`] a message at its callee; [`call`](mod@call) a message at its
//!   caller, with timeouts, retries, hedges and the pool; [`breaker`] circuit breakers
//! - [`network`] how messages travel: [`link`](mod@link), [`partition`], [`probe`] (health checks)
//! - [`replicas`] which replicas are up; [`routing`] which of them a message goes to;
//!   [`replica_set`] replicas that come and go
//! - [`server`] workers and the waiting line in front of them; processor sharing in `sharing`
//!
//! How it runs:
//! - [`plan`] what the engine is given; [`core`] the state that all stations share
//! - [`station`] how nodes react; [`notices`] what an event led to, for the stations
//! - [`calendar`] events to come; [`slab`] storage without allocation
//! - [`ends`] why a run may end early; `changes` marks: warm-up, bins, faults, other parameters; `books` what must be true at any time
//!
//! [`digest`]: Engine::digest

mod books;
pub mod breaker;
pub mod calendar;
pub mod call;
mod changes;
pub mod core;
pub mod ends;
pub mod job;
pub mod link;
pub mod list;
pub mod message;
pub mod network;
pub mod notices;
pub mod partition;
pub mod plan;
mod pool;
pub mod probe;
pub mod replica_set;
pub mod replicas;
pub mod routing;
pub mod server;
mod sharing;
pub mod slab;
pub mod station;

use self::calendar::{Event, EventKind};
use self::call::{Call, CallState};
use self::core::Core;
use self::ends::Watch;
use self::job::JobState;
use self::plan::{LinkPlan, OperationPlan, Planned, Reconfiguration, RunSettings, StationPlan};
use self::station::Station;

/// Why [`Engine::advance`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The time asked for is reached.
    Reached,
    /// The budget of events was used up first; the simulated time is that of the last event.
    OutOfBudget,
    /// The run is over.
    Finished,
}

/// What happens at planned times of a run, each list by time.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<P> {
    /// What faults change.
    pub fault_changes: Vec<Planned>,
    /// Which parameters are others from then on. At one instant these come before the changes of faults.
    pub reconfigurations: Vec<Reconfiguration<P>>,
}

impl<P> Default for Plan<P> {
    fn default() -> Self {
        Plan { fault_changes: Vec::new(), reconfigurations: Vec::new() }
    }
}

/// A run: stations of type `S`, and the state that they share.
///
/// Times are whole nanoseconds since the start of the run. Stations, links and operations are
/// referred to by their index in what the run was made from.
///
/// # Example
///
/// A station that wakes up every 10 ms, simulated for a second:
///
/// ```
/// use headroom::engine::calendar::Event;
/// use headroom::engine::core::Core;
/// use headroom::engine::message::Outcome;
/// use headroom::engine::plan::{RunSettings, StationPlan};
/// use headroom::engine::station::Station;
/// use headroom::engine::{Engine, Plan, Progress};
///
/// #[derive(Default)]
/// struct Metronome {
///     ticks: u32,
/// }
///
/// const STATION: u32 = 0;
/// const PERIOD_NS: u64 = 10_000_000;
///
/// impl Station for Metronome {
///     type Parameters = ();
///
///     fn reconfigure(&mut self, _core: &mut Core, _parameters: &()) {}
///
///     fn start(&mut self, core: &mut Core) {
///         core.calendar.at(PERIOD_NS, Event::wake(STATION, 0));
///     }
///
///     fn wake(&mut self, core: &mut Core, _tag: u32) {
///         self.ticks += 1;
///         core.calendar.at(core.now() + PERIOD_NS, Event::wake(STATION, 0));
///     }
///
///     fn arrive(&mut self, core: &mut Core, job: u32) {
///         core.answer(job, Outcome::Ok);
///     }
/// }
///
/// let settings = RunSettings { seed: 1, duration_ns: 1_000_000_000, warmup_ns: 0, bin_ns: 1_000_000_000, memory_bytes: u64::MAX };
/// let plan = StationPlan {
///     id: "metronome".to_owned(),
///     replicas: 1,
///     workers: None,
///     startup_ns: 0,
///     error_rate: 0.0,
///     error_service: None,
///     absent: 0,
///     tracked_keys: 0,
/// };
/// let new = || Engine::new(settings.clone(), &[plan.clone()], vec![Metronome::default()], vec![], vec![], Plan::default());
///
/// let mut engine = new();
/// assert_eq!(engine.advance(500_000_000, u64::MAX), Progress::Reached);
/// // Events at the end of the time asked for have not happened yet.
/// assert_eq!((engine.now(), engine.stations()[0].ticks), (500_000_000, 49));
/// assert_eq!(engine.advance(u64::MAX, u64::MAX), Progress::Finished);
/// assert_eq!(engine.stations()[0].ticks, 99);
///
/// // In other slices it is the same run.
/// let mut other = new();
/// while other.advance(u64::MAX, 7) != Progress::Finished {}
/// assert_eq!(other.digest(), engine.digest());
/// ```
#[derive(Debug)]
pub struct Engine<S: Station> {
    core: Core,
    stations: Vec<S>,
    settings: RunSettings,
    /// What happens at planned times.
    plan: Plan<S::Parameters>,
    /// Index of the earliest change of a fault that is not made yet.
    next_change: usize,
    /// Index of the earliest reconfiguration that is not made yet.
    next_reconfiguration: usize,
    /// The earliest of: the next change, the next reconfiguration, the end of the bin, of the warm-up, of the run.
    next_mark: u64,
    /// The end of the present bin.
    next_bin: u64,
    /// Whether the warm-up is over.
    is_warm: bool,
    has_started: bool,
    events: u64,
    digest: u64,
    watch: Watch,
}

impl<S: Station> Engine<S> {
    /// A run at time 0. `stations` are in the order of their plans.
    pub fn new(
        settings: RunSettings,
        plans: &[StationPlan],
        stations: Vec<S>,
        links: Vec<LinkPlan>,
        operations: Vec<OperationPlan>,
        plan: Plan<S::Parameters>,
    ) -> Engine<S> {
        debug_assert!(plans.len() == stations.len());
        let core = Core::new(&settings, plans, links, operations);
        let mut engine = Engine {
            core,
            stations,
            plan,
            next_change: 0,
            next_reconfiguration: 0,
            next_mark: 0,
            next_bin: settings.bin_ns,
            is_warm: false,
            has_started: false,
            events: 0,
            digest: 0x9e37_79b9_7f4a_7c15,
            watch: Watch::default(),
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

    /// The record, the links and the state of the replicas, for reading.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The stations, for reading.
    pub fn stations(&self) -> &[S] {
        &self.stations
    }

    /// Whether the end is reached, in time or early.
    pub fn is_finished(&self) -> bool {
        self.now() >= self.settings.duration_ns || self.watch.end.is_some()
    }

    /// Replaces what is planned. All that has happened so far must stand in the plan as before.
    pub fn replan(&mut self, plan: Plan<S::Parameters>) {
        debug_assert!(plan.fault_changes[..self.next_change] == self.plan.fault_changes[..self.next_change]);
        self.plan = plan;
        self.find_next_mark();
    }

    /// The earliest time at which a new change can be planned so that a run from the start with that
    /// change is the same run: after the present, before any event to come, and a whole millisecond.
    pub fn next_free_ms(&self) -> u64 {
        (self.now() / 1_000_000 + 1) * 1_000_000
    }

    /// Handles the events before `until` (nanoseconds), at most `budget` of them.
    pub fn advance(&mut self, until: u64, budget: u64) -> Progress {
        if !self.has_started {
            self.has_started = true;
            for station in &mut self.stations {
                station.start(&mut self.core);
            }
        }
        if self.watch.end.is_some() {
            return Progress::Finished;
        }
        let until = until.min(self.settings.duration_ns);
        let last = self.events.saturating_add(budget);
        loop {
            let horizon = until.min(self.next_mark);
            if self.events >= last {
                return Progress::OutOfBudget;
            }
            let Core { calendar, calls, .. } = &mut self.core;
            let event =
                calendar.pop(horizon, |event, generation| Call::is_timer_stale(calls, event.index(), generation));
            match event {
                Some(event) => {
                    if self.events >= self.watch.due {
                        self.look(event);
                        if self.watch.end.is_some() {
                            return Progress::Finished;
                        }
                    }
                    self.handle(event);
                }
                None if self.next_mark <= until => self.pass_mark(),
                None => {
                    self.core.calendar.move_to(until.max(self.now()));
                    return if self.is_finished() { Progress::Finished } else { Progress::Reached };
                }
            }
            if self.is_finished() && self.next_mark == crate::time::NEVER {
                return Progress::Finished;
            }
        }
    }

    fn handle(&mut self, event: Event) {
        self.events += 1;
        self.digest = (self.digest.rotate_left(25) ^ self.core.now() ^ (u64::from(event.bits()) << 32))
            .wrapping_mul(0x9fb2_1c65_1e98_df25);
        let index = event.index();
        if self.core.is_deferred(event) {
            return;
        }
        match event.kind() {
            EventKind::Deliver => self.deliver(event),
            EventKind::Answer => self.core.on_answer(index),
            EventKind::Done => self.done(event),
            EventKind::Timeout => self.core.on_timeout(index),
            EventKind::Hedge => {
                if self.core.may_hedge(index) {
                    let chosen = self.retarget(index, true);
                    self.core.on_hedge(index, chosen);
                }
            }
            EventKind::Retry => {
                let is_due = self.core.calls[index].state == CallState::BackingOff;
                let chosen = if is_due { self.retarget(index, false) } else { None };
                self.core.on_retry(index, chosen);
            }
            EventKind::CallEnd => self.core.on_call_end(index),
            EventKind::Wake => {
                let (station, tag) = event.station_and_tag();
                let state = &mut self.core.station_states[station as usize];
                let it = &mut self.stations[station as usize];
                if !(state.any_paused()
                    && it.wakes(tag).is_some_and(|replica| state.defer_if_paused(replica, event, 0)))
                {
                    it.wake(&mut self.core, tag);
                }
            }
            // The calendar keeps these to itself.
            EventKind::Ring => {}
            EventKind::Probe => self.deliver_probe(event),
            EventKind::ProbeAnswer => self.deliver_probe_answer(event),
            EventKind::Cancel => self.deliver_cancel(event),
            EventKind::Resend => self.core.resend(index),
        }
        self.deliver_notices();
        debug_assert!(self.counts_balance(), "{:?} at {}: {:?}", event.kind(), self.core.now(), self.check_books());
    }

    fn deliver(&mut self, event: Event) {
        let index = event.index();
        let job = &self.core.jobs[index];
        let (station, replica) = (job.station as usize, job.replica);
        let state = &mut self.core.station_states[station];
        if job.state == JobState::Orphaned {
            self.core.drop_undelivered(index);
        } else if !state.is_up(replica) {
            self.core.refuse(index);
        } else if !state.defer_if_paused(replica, event, 0) {
            self.core.admit(index);
            self.stations[station].arrive(&mut self.core, index);
        }
    }

    /// A cancellation has reached the callee of a job.
    #[cold]
    fn deliver_cancel(&mut self, event: Event) {
        let Some(job) = self.core.cancelled_job(event) else { return };
        match self.core.jobs[job].state {
            // It has overtaken the message that it is about.
            JobState::Sent => self.core.jobs[job].state = JobState::Orphaned,
            _ => {
                let station = self.core.jobs[job].station as usize;
                self.stations[station].cancel(&mut self.core, job);
            }
        }
    }

    /// A health check has reached its process: a dead one refuses it, a paused one does not answer.
    #[cold]
    fn deliver_probe(&mut self, event: Event) {
        let (callee, replica) = self.core.network.probed(event.index());
        let state = &mut self.core.station_states[callee as usize];
        let is_up = state.is_up(replica);
        if !is_up || !state.defer_if_paused(replica, event, 0) {
            let Core { network, calendar, record, .. } = &mut self.core;
            network.answer_probe(calendar, record, event.index(), is_up);
        }
    }

    #[cold]
    fn deliver_probe_answer(&mut self, event: Event) {
        let probe = self.core.network.end_probe(event.index());
        self.stations[probe.station as usize].probed(&mut self.core, probe.tag, probe.sent, probe.good);
    }

    /// The end of a piece of work or of a delay, unless that was moved to another time or is off.
    fn done(&mut self, event: Event) {
        let now = self.core.now();
        let job = &mut self.core.jobs[event.index()];
        if job.state != JobState::Held || job.ends_at != now {
            return;
        }
        let station = job.station as usize;
        // Work stands still in a pause. A delay goes on, and what it is for waits for the end of the pause.
        if self.core.station_states[station].defer_if_paused(job.replica, event, job.serial) {
            return;
        }
        (job.ends_at, job.is_worked_on) = (crate::time::NEVER, false);
        self.stations[station].done(&mut self.core, event.index());
    }

    /// A call is about to send another message: asks its caller where that goes to, if the caller
    /// chooses.
    fn retarget(&mut self, call: u32, hedge: bool) -> Option<(u32, u32)> {
        if !self.core.is_balanced(call) {
            return None;
        }
        let Call { station, owner, .. } = self.core.calls[call];
        self.stations[station as usize].retarget(&mut self.core, owner, hedge)
    }
}
