//! What stations work with: the calendar, the jobs in them, the calls between them, the record.
//!
//! A *job* is one message from the moment it is sent until its answer is received; a *call* is
//! what its caller knows of it, with timeouts and retries. The two find each other by index.
//! Every slot is owned by exactly one thing: a pending event, a waiting line, or a station.

use super::calendar::{Calendar, Event, EventKind};
use super::link::LinkState;
use super::partition::Partitions;
use super::plan::{Active, Direction, LinkPlan, OperationPlan, RunSettings, StationPlan};
use super::probe::Probe;
use super::routing::Routing;
use super::slab::Slab;
use crate::random::Stream;
use crate::report::recorder::{Failure, Recorder};

/// No index.
pub const NONE: u32 = u32::MAX;

/// How a job or a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// Well.
    Ok,
    /// Well: the cache says that it does not have it.
    Miss,
    /// The caller gave up waiting.
    Timeout,
    /// A full queue or pool turned it away.
    Rejected,
    /// The callee answered with an error.
    Error,
    /// The callee's process is dead: connection refused or reset.
    Unreachable,
    /// The caller's breaker let nothing through.
    BreakerOpen,
    /// A rate limiter turned it away.
    RateLimited,
}

impl Outcome {
    /// Whether the caller got what it wanted to know.
    pub fn is_good(self) -> bool {
        self.failure().is_none()
    }

    /// The reason as the record counts it.
    pub fn failure(self) -> Option<Failure> {
        match self {
            Outcome::Ok | Outcome::Miss => None,
            Outcome::Timeout => Some(Failure::Timeout),
            Outcome::Rejected => Some(Failure::Rejected),
            Outcome::Error => Some(Failure::Error),
            Outcome::Unreachable => Some(Failure::Unreachable),
            Outcome::BreakerOpen => Some(Failure::BreakerOpen),
            Outcome::RateLimited => Some(Failure::RateLimited),
        }
    }
}

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Access {
    /// Look something up.
    Read,
    /// Change something.
    Write,
    /// Put a value that was read elsewhere into a cache.
    Fill,
    /// Make a cache forget a key.
    Invalidate,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Index of the operation.
    pub operation: u16,
    /// What it asks for.
    pub access: Access,
    /// Greater is more urgent.
    pub priority: u8,
    /// What it is about.
    pub key: u32,
    /// Whose it is: one user's requests, or the requests on one long-lived connection.
    pub session: u32,
}

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// On its way to the callee.
    Sent,
    /// In a waiting line of the callee.
    Waiting,
    /// Held by the callee, being worked on or waiting for its calls.
    Held,
    /// On its way back.
    Answered,
    /// Dead, but something still refers to it (an event, a waiting line) and will free it.
    Orphaned,
    /// A free slot.
    Free,
}

/// One message, from sending to the end of its answer.
#[derive(Clone, Debug)]
pub struct Job {
    /// The caller's call, or [`NONE`] when nobody waits.
    pub call: u32,
    /// The link it came over.
    pub link: u32,
    /// The callee.
    pub station: u32,
    /// Which of its replicas.
    pub replica: u32,
    /// What it says.
    pub message: Message,
    /// Where it is.
    pub state: JobState,
    /// How it ended, once answered.
    pub outcome: Outcome,
    /// Whether an answer was never expected.
    pub one_way: bool,
    /// Whether a worker is held for it.
    pub has_worker: bool,
    /// Whether a `Deliver` or `Done` event refers to it.
    pub has_event: bool,
    /// Whether it is an [errand](Core::background_task) of its station, which the books of arrivals and
    /// answers do not know.
    pub internal: bool,
    /// When it arrived.
    pub arrived: u64,
    /// When its work began.
    pub began: u64,
    /// Time stood still at the callee up to the beginning of its work.
    pub stalled: u64,
    /// Next in the waiting line. While a message that needs no answer is on its way: the replica
    /// that sent it.
    pub next: u32,
    /// For the station's own use: which step it is at.
    pub step: u32,
    /// Calls it waits for: counted by the station, and looked at when the job is lost.
    pub pending: u32,
    /// For the station's own use: the first failure among its calls, or how often it was tried.
    pub note: u32,
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Waiting for its turn in the link's pool.
    Pooled,
    /// At least one attempt is out.
    OutgoingLink,
    /// Pausing before a retry.
    Pausing,
    /// Decided; the news is on its way to the owner.
    Settled,
    /// Its owner is gone, but an event or the pool still refers to it and will free it.
    Orphaned,
    /// A free slot.
    Free,
}

/// What a caller knows of a call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The caller.
    pub station: u32,
    /// The caller's job or request.
    pub owner: u32,
    /// The caller's mark on it.
    pub tag: u32,
    /// The link.
    pub link: u32,
    /// The replica it must go to, or [`NONE`] for any.
    pub target: u32,
    /// What it says.
    pub message: Message,
    /// Counts the attempts made of this slot, ever: a timer of an earlier one is stale.
    pub generation: u32,
    /// Attempts made of this call.
    pub attempts: u32,
    /// The attempts that are out.
    pub jobs: [u32; 2],
    /// Where it is.
    pub state: CallState,
    /// How it ended, once settled.
    pub outcome: Outcome,
    /// Whether it holds a place in the link's pool.
    pub pooled: bool,
    /// Whether the half-open breaker counts it as a probe.
    pub probe: bool,
    /// When it was made.
    pub started: u64,
}

/// What goes on at a station, besides its own behaviour.
#[derive(Clone, Debug)]
pub struct StationState {
    /// The plan.
    pub plan: StationPlan,
    /// For each replica how many faults hold it down.
    pub down: Vec<u32>,
    /// For each replica whether callers are to choose it. One that is out of rotation (drained,
    /// not started yet, scaled in) still works on what it has. Change it by
    /// [`Core::rotate`].
    pub in_rotation: Vec<bool>,
    /// Which of its replicas a message is for, where they are not all alike.
    pub routing: Option<Routing>,
    /// Errands of its own that are out.
    pub background_tasks: u32,
    /// The replicas in rotation, in order.
    pub rotation: Vec<u32>,
    /// Work takes this many times as long, at each replica.
    pub slow: Vec<f64>,
    /// Probability that an answer is an error, at each replica.
    pub error_ratio: Vec<f64>,
    slowed: Vec<Active<f64>>,
    erring: Vec<Active<f64>>,
    /// How many faults pause it, since when, and how long it has stood still before that.
    pub pauses: u32,
    paused_since: u64,
    paused_total: u64,
    /// Messages that came while it was paused.
    pub deferred_events: Vec<Event>,
    failures: Stream,
}

impl StationState {
    /// Time it has stood still up to `now`.
    pub fn stalled(&self, now: u64) -> u64 {
        self.paused_total + if self.pauses > 0 { now - self.paused_since } else { 0 }
    }

    /// Whether a replica serves.
    #[inline(always)]
    pub fn is_up(&self, replica: u32) -> bool {
        self.down[replica as usize] == 0
    }
}

/// See the module's page.
#[derive(Debug)]
pub struct Core {
    /// What happens next.
    pub calendar: Calendar,
    /// Messages under way.
    pub jobs: Slab<Job>,
    /// Calls under way.
    pub calls: Slab<Call>,
    /// Health checks under way.
    pub(super) probes: Slab<Probe>,
    /// The links with their policies' state.
    pub links: Vec<LinkState>,
    /// The stations' condition.
    pub station_states: Vec<StationState>,
    /// The operations of all clients.
    pub operations: Vec<OperationPlan>,
    /// The record.
    pub record: Recorder,
    /// Partitions between endpoints that are at work.
    pub(super) partitions: Partitions,
    /// Numbers attempts.
    pub(super) generation: u32,
    /// A call that was decided by the present event: station, owner, tag, outcome.
    pub(super) decided: Option<(u32, u32, u32, Outcome)>,
    /// Attempts at a certain replica that the present event ended and that others will follow:
    /// station, owner.
    pub(super) failed: Vec<(u32, u32)>,
    /// Jobs that the present event made needless and whose stations are to be told.
    pub(super) cancelled: Vec<u32>,
    /// Stations of which replicas came into or went out of rotation by the present event.
    pub(super) rotated: Vec<u32>,
    /// Replicas that died by the present event and whose stations are to be told.
    pub(super) died: Vec<(u32, u32)>,
}

impl Core {
    /// Everything at rest at time 0.
    pub fn new(
        settings: &RunSettings,
        stations: &[StationPlan],
        links: Vec<LinkPlan>,
        operations: Vec<OperationPlan>,
    ) -> Core {
        let mut record =
            Recorder::new(settings.warmup_ns, settings.bin_ns, stations.len(), links.len(), operations.len());
        for (node, plan) in record.nodes.iter_mut().zip(stations) {
            let present = plan.replicas - plan.absent;
            node.workers.set(0, plan.workers.unwrap_or(0) * present);
            node.replicas.set(0, present);
        }
        let station_states = stations
            .iter()
            .map(|plan| StationState {
                down: (0..plan.replicas).map(|replica| u32::from(replica >= plan.replicas - plan.absent)).collect(),
                in_rotation: (0..plan.replicas).map(|replica| replica < plan.replicas - plan.absent).collect(),
                rotation: (0..plan.replicas - plan.absent).collect(),
                routing: None,
                background_tasks: 0,
                slow: vec![1.0; plan.replicas as usize],
                error_ratio: vec![plan.error_rate; plan.replicas as usize],
                slowed: vec![Active::default(); plan.replicas as usize],
                erring: vec![Active::default(); plan.replicas as usize],
                pauses: 0,
                paused_since: 0,
                paused_total: 0,
                deferred_events: Vec::new(),
                failures: Stream::named(settings.seed, &plan.id, "failures"),
                plan: plan.clone(),
            })
            .collect();
        let mut calendar = Calendar::default();
        let links = links.into_iter().map(|plan| LinkState::new(plan, settings.seed, &mut calendar)).collect();
        Core {
            calendar,
            jobs: Slab::default(),
            calls: Slab::default(),
            probes: Slab::default(),
            links,
            station_states,
            operations,
            record,
            partitions: Partitions::default(),
            generation: 0,
            decided: None,
            failed: Vec::new(),
            cancelled: Vec::new(),
            rotated: Vec::new(),
            died: Vec::new(),
        }
    }

    /// The present, nanoseconds.
    #[inline(always)]
    pub fn now(&self) -> u64 {
        self.calendar.now()
    }

    /// Takes a replica into rotation or out of it; whoever calls the station hears of it by
    /// `rotation_changed` after the present event.
    pub fn rotate(&mut self, station: u32, replica: u32, in_rotation: bool) {
        let condition = &mut self.station_states[station as usize];
        let before = std::mem::replace(&mut condition.in_rotation[replica as usize], in_rotation);
        if before == in_rotation {
            return;
        }
        let at = condition.rotation.partition_point(|other| *other < replica);
        if in_rotation {
            condition.rotation.insert(at, replica);
        } else {
            condition.rotation.remove(at);
        }
        if !self.rotated.contains(&station) {
            self.rotated.push(station);
        }
    }

    // -- processes ----------------------------------------------------------------------------

    /// One more cause holds a replica down. The first one kills it: what is in it is lost, its
    /// callers learn it, and its station hears of it by `crashed` after the present event.
    pub fn kill(&mut self, station: u32, replica: u32) {
        let down = &mut self.station_states[station as usize].down[replica as usize];
        *down += 1;
        if *down == 1 {
            self.count_replica(station, -1);
            self.lose_jobs(station, replica);
            self.died.push((station, replica));
        }
    }

    /// One cause fewer holds a replica down; true when it is up again.
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

    /// Whether a message is on its way to a replica. Looks at every job: for rare use.
    pub fn is_expected(&self, station: u32, replica: u32) -> bool {
        (0..self.jobs.extent())
            .map(|job| &self.jobs[job])
            .any(|it| it.state == JobState::Sent && it.station == station && it.replica == replica)
    }

    // -- messages -----------------------------------------------------------------------------

    /// Puts a message on a link, to a replica that was chosen.
    pub(super) fn send(&mut self, link: u32, replica: u32, message: Message, call: u32, from: u32) -> u32 {
        let job = self.jobs.insert(Job {
            call,
            link,
            station: self.links[link as usize].plan.to,
            replica,
            message,
            state: JobState::Sent,
            outcome: Outcome::Ok,
            one_way: call == NONE,
            has_worker: false,
            has_event: true,
            internal: false,
            arrived: 0,
            began: 0,
            stalled: 0,
            next: from,
            step: 0,
            pending: 0,
            note: 0,
        });
        let bytes = self.operations.get(message.operation as usize).map_or(0.0, |op| op.request_bytes);
        self.transit(link, Direction::Forward, Event::new(EventKind::Deliver, job), bytes);
        job
    }

    /// A station's replica `from` sends a message that needs no answer.
    pub fn notify(&mut self, from: u32, link: u32, message: Message) {
        let replica = self.next_replica(link);
        self.send(link, replica, message, NONE, from);
    }

    /// Gives a replica of a station a piece of work of its own (a replica's share of a statement,
    /// a change that is passed on). It waits for workers and takes them as messages do, and
    /// `done` hears of its end; arrivals, answers and the number in the system do not count it.
    /// End it by [`end_background_task`](Self::end_background_task); one at a replica that dies is gone.
    pub fn background_task(&mut self, station: u32, replica: u32, message: Message, step: u32, note: u32) -> u32 {
        self.station_states[station as usize].background_tasks += 1;
        self.jobs.insert(Job {
            call: NONE,
            link: NONE,
            station,
            replica,
            message,
            state: JobState::Held,
            outcome: Outcome::Ok,
            one_way: true,
            has_worker: false,
            has_event: false,
            internal: true,
            arrived: self.now(),
            began: 0,
            stalled: 0,
            next: NONE,
            step,
            pending: 0,
            note,
        })
    }

    /// An errand is done with.
    pub fn end_background_task(&mut self, job: u32) {
        debug_assert!(self.jobs[job].internal && !self.jobs[job].has_event);
        self.station_states[self.jobs[job].station as usize].background_tasks -= 1;
        self.free_job(job);
    }

    /// A message is delivered: the books are opened for it.
    pub(super) fn admit(&mut self, job: u32) {
        let now = self.now();
        let it = &mut self.jobs[job];
        it.arrived = now;
        it.has_event = false;
        it.state = JobState::Held;
        let node = &mut self.record.nodes[it.station as usize];
        node.counts.arrivals += 1;
        node.in_system.add(now, 1);
    }

    /// Work on a job begins and takes `span` nanoseconds (longer at a slowed station); the
    /// station hears of it by `done`.
    pub fn begin(&mut self, job: u32, span: u64) {
        let span = self.begin_shared(job, span);
        self.jobs[job].has_event = true;
        let time = self.now() + span;
        self.calendar.at(time, Event::new(EventKind::Done, job));
    }

    /// Lets `span` nanoseconds pass for a job without a worker (a delay, not work); the station
    /// hears of the end by `done`.
    pub fn hold(&mut self, job: u32, span: u64) {
        let now = self.now();
        let it = &mut self.jobs[job];
        it.has_event = true;
        it.stalled = self.station_states[it.station as usize].stalled(now);
        self.calendar.at(now + span, Event::new(EventKind::Done, job));
    }

    /// Notes that work on a job begins, and returns how long it takes; its end is the server's
    /// affair.
    pub(super) fn begin_shared(&mut self, job: u32, span: u64) -> u64 {
        let now = self.now();
        let it = &mut self.jobs[job];
        let condition = &self.station_states[it.station as usize];
        let slow = condition.slow[it.replica as usize];
        let span = if slow == 1.0 { span } else { (span as f64 * slow + 0.5) as u64 };
        it.began = now;
        it.stalled = condition.stalled(now);
        let counts = &mut self.record.nodes[it.station as usize].counts;
        counts.began += 1;
        counts.wait_ns += u128::from(now - it.arrived);
        counts.work_ns += u128::from(span);
        span
    }

    /// A job is finished at its station: closes the books and sends the answer.
    pub fn answer(&mut self, job: u32, outcome: Outcome) {
        self.acknowledge(job, outcome);
    }

    /// As [`answer`](Self::answer), and says whether somebody waits for the answer and it is good.
    pub fn acknowledge(&mut self, job: u32, outcome: Outcome) -> bool {
        let it = &self.jobs[job];
        let condition = &mut self.station_states[it.station as usize];
        let error_ratio = condition.error_ratio[it.replica as usize];
        let spoiled = outcome.is_good() && !it.one_way && condition.failures.chance(error_ratio);
        let outcome = if spoiled { Outcome::Error } else { outcome };
        let heard = it.call != NONE && outcome.is_good();
        self.close(job, outcome);
        self.reply(job, outcome);
        heard
    }

    /// A job is turned away at the door.
    pub fn reject(&mut self, job: u32, outcome: Outcome) {
        let now = self.now();
        let node = &mut self.record.nodes[self.jobs[job].station as usize];
        node.counts.rejected += 1;
        node.in_system.add(now, -1);
        self.reply(job, outcome);
    }

    /// Answers a job's caller while the job itself stays (a stored message).
    pub fn answer_early(&mut self, job: u32, outcome: Outcome) {
        let reply = self.detach(job);
        self.reply(reply, outcome);
    }

    /// The process that was to take a message is dead.
    pub(super) fn refuse(&mut self, job: u32) {
        self.reply(job, Outcome::Unreachable);
    }

    /// Closes the books on a job.
    fn close(&mut self, job: u32, outcome: Outcome) {
        let now = self.now();
        let it = &self.jobs[job];
        let node = &mut self.record.nodes[it.station as usize];
        let sojourn = now - it.arrived;
        node.in_system.add(now, -1);
        node.counts.sojourn_ns += u128::from(sojourn);
        if outcome.is_good() {
            node.counts.completed += 1;
            node.response.record(sojourn);
        } else {
            node.counts.failed += 1;
        }
        if it.call == NONE && !it.one_way {
            node.counts.wasted += 1;
        }
    }

    /// Sends a job's answer back, or frees it when nobody waits.
    fn reply(&mut self, job: u32, outcome: Outcome) {
        let it = &mut self.jobs[job];
        if it.call == NONE {
            return self.free_job(job);
        }
        it.state = JobState::Answered;
        it.outcome = outcome;
        let (link, operation) = (it.link, it.message.operation);
        let bytes = self.operations.get(operation as usize).map_or(0.0, |op| op.response_bytes);
        self.transit(link, Direction::Backward, Event::new(EventKind::Answer, job), bytes);
    }

    /// A stored message is done with: closes the books. Its slot stays while deliveries of it are
    /// out, and is given back by [`release_message`](Self::release_message).
    pub fn close_message(&mut self, job: u32, outcome: Outcome) {
        self.close(job, outcome);
        self.jobs[job].state = JobState::Orphaned;
        self.release_message(job);
    }

    /// Gives the slot of a message that is done with back, once no delivery of it is out.
    pub fn release_message(&mut self, job: u32) {
        if self.jobs[job].state == JobState::Orphaned && self.jobs[job].pending == 0 {
            self.free_job(job);
        }
    }

    /// Gives a job's caller a slot of its own, so that the answer can leave while the job stays.
    fn detach(&mut self, job: u32) -> u32 {
        let copy = Job { has_worker: false, has_event: false, ..self.jobs[job].clone() };
        let call = copy.call;
        let reply = self.jobs.insert(copy);
        if call != NONE {
            for slot in &mut self.calls[call].jobs {
                if *slot == job {
                    *slot = reply;
                }
            }
        }
        self.jobs[job].call = NONE;
        self.jobs[job].one_way = true;
        reply
    }

    pub(super) fn free_job(&mut self, job: u32) {
        self.jobs[job].state = JobState::Free;
        self.jobs.remove(job);
    }

    /// Closes a job that is dead or unwanted; its slot is freed now, or by whoever still refers
    /// to it. The worker it may hold is the station's affair.
    pub fn abandon(&mut self, job: u32) {
        let was_waiting = self.jobs[job].state == JobState::Waiting;
        self.orphan_calls(job);
        if self.jobs[job].has_event || was_waiting {
            self.jobs[job].state = JobState::Orphaned;
        } else {
            self.free_job(job);
        }
    }

    /// Drops a job because its caller said that it is not needed: the books close it as failed.
    pub fn drop_cancelled(&mut self, job: u32) {
        self.close(job, Outcome::Timeout);
        self.abandon(job);
    }

    // -- crashes ------------------------------------------------------------------------------

    /// A replica dies: what is in it is lost and its callers learn it.
    pub(super) fn lose_jobs(&mut self, station: u32, replica: u32) {
        for job in 0..self.jobs.extent() {
            let it = &self.jobs[job];
            let inside = matches!(it.state, JobState::Waiting | JobState::Held);
            if !inside || it.station != station || it.replica != replica {
                continue;
            }
            if it.internal {
                self.station_states[station as usize].background_tasks -= 1;
                self.jobs[job].state = JobState::Held;
                self.abandon(job);
                continue;
            }
            self.close(job, Outcome::Unreachable);
            let reply = self.detach(job);
            self.reply(reply, Outcome::Unreachable);
            // The replica's waiting lines are thrown away whole: they hold no ghosts.
            self.jobs[job].state = JobState::Held;
            self.abandon(job);
        }
        for job in 0..self.jobs.extent() {
            let it = &self.jobs[job];
            if it.state == JobState::Orphaned && !it.has_event && it.station == station && it.replica == replica {
                self.orphan_calls(job);
                self.free_job(job);
            }
        }
    }

    /// The owner of calls is gone: nobody waits for their answers.
    fn orphan_calls(&mut self, owner: u32) {
        let station = self.jobs[owner].station;
        if self.jobs[owner].pending == 0 {
            return;
        }
        for call in 0..self.calls.extent() {
            let it = &self.calls[call];
            if it.owner == owner && it.station == station && !matches!(it.state, CallState::Free | CallState::Orphaned)
            {
                self.forget(call);
            }
        }
    }

    // -- slow and erring ----------------------------------------------------------------------

    pub(super) fn slow(&mut self, station: u32, replica: u32, fault: u32, factor: Option<f64>) {
        let condition = &mut self.station_states[station as usize];
        let slowed = &mut condition.slowed[replica as usize];
        slowed.set(fault, factor);
        condition.slow[replica as usize] = slowed.product();
    }

    pub(super) fn err(&mut self, station: u32, replica: u32, fault: u32, ratio: Option<f64>) {
        let condition = &mut self.station_states[station as usize];
        let erring = &mut condition.erring[replica as usize];
        erring.set(fault, ratio);
        condition.error_ratio[replica as usize] = erring.any(condition.plan.error_rate);
    }

    // -- pauses -------------------------------------------------------------------------------

    /// One more fault stops a station.
    pub(super) fn pause(&mut self, station: u32) {
        let now = self.now();
        let condition = &mut self.station_states[station as usize];
        if condition.pauses == 0 {
            condition.paused_since = now;
        }
        condition.pauses += 1;
    }

    /// One fault fewer stops a station; true when it goes on. What it did not hear reaches it now.
    pub(super) fn resume(&mut self, station: u32) -> bool {
        let now = self.now();
        let condition = &mut self.station_states[station as usize];
        condition.pauses -= 1;
        if condition.pauses > 0 {
            return false;
        }
        condition.paused_total += now - condition.paused_since;
        for event in std::mem::take(&mut condition.deferred_events) {
            self.calendar.at(now, event);
        }
        true
    }
}
