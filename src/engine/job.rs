//! Jobs: messages from the moment they are sent until their answers are received.
//!
//! A job's slot has exactly one owner at a time: a pending event, a waiting line, or the station that
//! holds the job. The owner frees the slot when the job is not needed any more.

use super::calendar::{Event, EventKind};
use super::core::{Core, NONE};
use super::list::List;
use super::message::{Access, Message, Outcome};
use super::plan::Direction;
use super::replicas::stretched;
use crate::time::NEVER;

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
    /// Not needed any more, but an event or a waiting line still refers to it and will free it.
    Orphaned,
    /// A free slot.
    Free,
}

/// One message, from sending to the end of its answer.
#[derive(Clone, Debug)]
pub struct Job {
    /// The caller's call, or [`NONE`] when no caller waits for the answer.
    pub call: u32,
    /// The link it came over; [`NONE`] for a background task.
    pub link: u32,
    /// The callee.
    pub station: u32,
    /// The callee's replica.
    pub replica: u32,
    /// What it asks for.
    pub message: Message,
    /// Where it is.
    pub state: JobState,
    /// How it ended, once answered; before that `Ok`, or the error that its present work ends with: see
    /// [`Core::timed_error`].
    pub outcome: Outcome,
    /// Whether an answer was never expected.
    pub one_way: bool,
    /// Whether it holds a worker.
    pub has_worker: bool,
    /// Whether work on it is in progress; a delay is none.
    pub(super) is_worked_on: bool,
    /// Whether its callee has answered it, not turned it away, while its caller still waited.
    pub(super) is_answered: bool,
    /// Of its calls that has ended last: whether the callee took the message on, as far as the caller knows. One
    /// that was turned away on arrival, or never sent, was not taken on.
    pub call_was_taken: bool,
    /// Whether its attempt keeps its place in the caller's pool although its caller has given it up.
    pub(super) holds_place: bool,
    /// The share of the pool that the place belongs to: see [`Call`](super::call::Call). The callee may have
    /// given the job to another replica since.
    pub(super) pool_share: u32,
    /// Different for all jobs of a run (until 2³² of them).
    pub(super) serial: u32,
    /// Whether it is a [background task](Core::background_task) of its station. The counts of
    /// arrivals and answers leave these out.
    pub is_background: bool,
    /// When it arrived at the callee, nanoseconds; [`NEVER`] before that.
    pub arrived: u64,
    /// When its present work or delay ends, nanoseconds; [`NEVER`] without any, and while the work
    /// stands still. A `Done` event at another time is out of date.
    pub ends_at: u64,
    /// Of work that stands still: how long it takes from now on at full speed, nanoseconds.
    pub(super) rest: u64,
    /// In a waiting line: the job behind it, or [`NONE`].
    pub next_in_line: u32,
    /// Under processor sharing: its position in the heap of the jobs that share.
    pub(super) heap_index: u32,
    /// The replica that sent it.
    pub(super) sender: u32,
    /// Its own calls that have not ended. The station counts them.
    pub pending_calls: u32,
    /// Its own calls that have not ended, as a list: when the job is lost, they are abandoned with it.
    pub(super) calls: List,
    /// What its station stores with it: see [`JobData`].
    data: [u32; 2],
}

/// What a kind of station stores with each of its jobs, in eight bytes that the engine keeps and
/// does not read. Every kind has its own type for it, so that no number has two meanings.
///
/// The words of a job that has just arrived are zero, and must stand for the initial value.
pub trait JobData: Copy {
    /// The words that stand for a value.
    fn to_words(self) -> [u32; 2];
    /// The value that the words stand for.
    fn from_words(words: [u32; 2]) -> Self;
}

impl Job {
    /// A message that has not been sent yet.
    pub(super) fn new(station: u32, replica: u32, message: Message) -> Job {
        Job {
            call: NONE,
            link: NONE,
            station,
            replica,
            message,
            state: JobState::Held,
            outcome: Outcome::Ok,
            one_way: true,
            has_worker: false,
            is_worked_on: false,
            is_answered: false,
            call_was_taken: false,
            holds_place: false,
            pool_share: NONE,
            serial: 0,
            is_background: false,
            arrived: NEVER,
            ends_at: NEVER,
            rest: 0,
            next_in_line: NONE,
            heap_index: NONE,
            sender: 0,
            pending_calls: 0,
            calls: List::EMPTY,
            data: [0; 2],
        }
    }

    /// Whether its present work ends with an error.
    pub fn is_error(&self) -> bool {
        self.outcome == Outcome::Error
    }

    /// What its station stored with it.
    pub fn data<T: JobData>(&self) -> T {
        T::from_words(self.data)
    }

    /// Stores a value with it.
    pub fn set_data<T: JobData>(&mut self, data: T) {
        self.data = data.to_words();
    }
}

impl Core {
    /// Whether a message is on its way to a replica. Looks at every job: for rare use.
    pub(super) fn is_message_under_way_to(&self, station: u32, replica: u32) -> bool {
        (0..self.jobs.extent())
            .map(|job| &self.jobs[job])
            .any(|job| job.state == JobState::Sent && job.station == station && job.replica == replica)
    }

    /// Sends a message over a link from the caller's replica `sender` to a replica of the callee, for a
    /// call or (with [`NONE`]) without one.
    pub(super) fn send(&mut self, link: u32, replica: u32, message: Message, call: u32, sender: u32) -> u32 {
        let station = self.network.links[link as usize].plan.to;
        let serial = self.next_serial();
        let job = self.jobs.insert(Job {
            call,
            link,
            state: JobState::Sent,
            one_way: call == NONE,
            sender,
            serial,
            ..Job::new(station, replica, message)
        });
        let bytes = self.operations.get(message.operation as usize).map_or(0.0, |operation| operation.request_bytes);
        self.transmit(link, Direction::Forward, Event::new(EventKind::Deliver, job), bytes);
        job
    }

    /// The serial number of the next job; never 0.
    fn next_serial(&mut self) -> u32 {
        self.serial = self.serial % (u32::MAX - 1) + 1;
        self.serial
    }

    /// A station's replica `from` sends a message that needs no answer.
    pub fn notify(&mut self, from: u32, link: u32, message: Message) {
        let replica = self.next_replica(link);
        self.send(link, replica, message, NONE, from);
    }

    /// A message has arrived at its station: counts it.
    pub(super) fn admit(&mut self, job: u32) {
        let now = self.now();
        let job = &mut self.jobs[job];
        job.arrived = now;
        job.state = JobState::Held;
        let node = &mut self.record.nodes[job.station as usize];
        node.counts.arrivals += 1;
        node.in_system.add(now, 1);
        if let Some(process) = node.process(job.replica) {
            process.arrivals += 1;
        }
    }

    // -- work -----------------------------------------------------------------------------------

    /// Begins work of `span` nanoseconds on a job that holds a worker (longer at a slowed replica). At its
    /// end `done` of the station is called.
    pub fn begin(&mut self, index: u32, span: u64) {
        self.count_work(index, span);
        self.process(index, span);
    }

    /// Begins work of `span` nanoseconds on a job (longer at a slowed replica) that takes no worker. At its
    /// end `done` of the station is called.
    pub fn process(&mut self, index: u32, span: u64) {
        let now = self.now();
        let job = &mut self.jobs[index];
        job.is_worked_on = true;
        match self.station_states[job.station as usize].stretch(job.replica) {
            Some(factor) => {
                job.ends_at = now + stretched(span, factor);
                self.calendar.at(job.ends_at, Event::new(EventKind::Done, index));
            }
            None => job.rest = span,
        }
    }

    /// Lets `span` nanoseconds pass for a job without a worker (a delay, not work). At their end
    /// `done` of the station is called.
    pub fn hold(&mut self, index: u32, span: u64) {
        let ends_at = self.now() + span;
        self.jobs[index].ends_at = ends_at;
        self.calendar.at(ends_at, Event::new(EventKind::Done, index));
    }

    /// Counts work of `span` nanoseconds at full speed that begins on a job. Its end is for the caller
    /// to see to.
    pub(super) fn count_work(&mut self, job: u32, span: u64) {
        let now = self.now();
        let job = &self.jobs[job];
        let counts = &mut self.record.nodes[job.station as usize].counts;
        counts.began += 1;
        counts.wait_ns += u128::from(now - job.arrived);
        counts.work_ns += u128::from(span);
    }

    /// Gives a replica of a station a piece of work of its own (its part of a quorum statement, a
    /// write that is replicated). It waits for workers and takes them as messages do, and `done` of
    /// the station is called at its end; arrivals, answers and the number in the system do not count
    /// it. The station ends it by [`end_background_task`](Self::end_background_task); when its
    /// replica dies, it is gone.
    pub fn background_task(&mut self, station: u32, replica: u32, message: Message, data: impl JobData) -> u32 {
        self.station_states[station as usize].background_tasks += 1;
        let (arrived, serial) = (self.now(), self.next_serial());
        let mut job = Job { is_background: true, arrived, serial, ..Job::new(station, replica, message) };
        job.set_data(data);
        self.jobs.insert(job)
    }

    /// A background task is finished.
    pub fn end_background_task(&mut self, job: u32) {
        debug_assert!(self.jobs[job].is_background);
        self.station_states[self.jobs[job].station as usize].background_tasks -= 1;
        self.free_job(job);
    }

    // -- answers ----------------------------------------------------------------------------------

    /// A job is finished at its station: counts it and sends the answer.
    pub fn answer(&mut self, job: u32, outcome: Outcome) {
        self.acknowledge(job, outcome);
    }

    /// Draws whether a good answer to a job is an error all the same: by the node's error rate, or by
    /// a fault.
    pub fn draws_error(&mut self, index: u32) -> bool {
        let job = &self.jobs[index];
        let state = &mut self.station_states[job.station as usize];
        let error_ratio = state.error_ratio(job.replica);
        !job.one_way && state.error_rng.chance(error_ratio)
    }

    /// As [`answer`](Self::answer), and returns whether a caller waits for the answer and it is good.
    pub fn acknowledge(&mut self, index: u32, outcome: Outcome) -> bool {
        let outcome = if outcome.is_good() && self.draws_error(index) { Outcome::Error } else { outcome };
        let (now, job) = (self.calendar.now(), &self.jobs[index]);
        if outcome.is_good() && job.message.access == Access::Write {
            self.station_states[job.station as usize].acknowledged_write(now, job.message.key);
        }
        let delivered = job.call != NONE && outcome.is_good();
        self.count_end(index, outcome);
        self.reply(index, outcome);
        delivered
    }

    /// A job is turned away on arrival.
    pub fn reject(&mut self, job: u32, outcome: Outcome) {
        let now = self.now();
        let it = &self.jobs[job];
        let node = &mut self.record.nodes[it.station as usize];
        node.counts.rejected += 1;
        node.in_system.add(now, -1);
        if outcome == Outcome::Unreachable {
            node.counts.leaderless += 1;
        }
        if let Some(process) = node.process(it.replica) {
            process.rejected += 1;
        }
        self.reply(job, outcome);
    }

    /// Answers a job's caller while the job itself stays (a stored message).
    pub fn answer_early(&mut self, job: u32, outcome: Outcome) {
        let reply = self.split_off_reply(job);
        self.reply(reply, outcome);
    }

    /// A message whose sender has given it up, or has cancelled it, does not arrive.
    pub(super) fn drop_undelivered(&mut self, job: u32) {
        // What its sender kept for it is given back as by an answer.
        self.reply(job, Outcome::Timeout);
    }

    /// The process that a message was sent to is dead.
    pub(super) fn refuse(&mut self, job: u32) {
        let it = &self.jobs[job];
        let node = &mut self.record.nodes[it.station as usize];
        node.counts.unreachable += 1;
        if let Some(process) = node.process(it.replica) {
            process.unreachable += 1;
        }
        self.reply(job, Outcome::Unreachable);
    }

    /// Counts a job as completed or failed.
    fn count_end(&mut self, job: u32, outcome: Outcome) {
        let now = self.now();
        let job = &mut self.jobs[job];
        job.is_answered = job.call != NONE;
        let node = &mut self.record.nodes[job.station as usize];
        let sojourn = now - job.arrived;
        node.in_system.add(now, -1);
        node.counts.sojourn_ns += u128::from(sojourn);
        let is_wasted = job.call == NONE && !job.one_way;
        if outcome.is_good() {
            node.counts.completed += 1;
            node.record_response(sojourn);
        } else {
            node.counts.failed += 1;
        }
        node.counts.wasted += u64::from(is_wasted);
        if let Some(process) = node.process(job.replica) {
            process.completed += u64::from(outcome.is_good());
            process.failed += u64::from(!outcome.is_good());
            process.wasted += u64::from(is_wasted);
        }
    }

    /// An answer arrives that nobody waits for any more: what was done for it is wasted.
    pub(super) fn count_late_answer(&mut self, job: u32) {
        let job = &self.jobs[job];
        if job.is_answered {
            let node = &mut self.record.nodes[job.station as usize];
            node.counts.wasted += 1;
            if let Some(process) = node.process(job.replica) {
                process.wasted += 1;
            }
        }
    }

    /// A job's answer is of no use, because another job has done the same work: it is wasted. `station`
    /// is its callee.
    pub fn count_duplicate_work(&mut self, station: u32) {
        let counts = &mut self.record.nodes[station as usize].counts;
        counts.wasted += 1;
        counts.duplicate_work += 1;
    }

    /// Sends a job's answer back, or frees the job when no caller waits.
    fn reply(&mut self, index: u32, outcome: Outcome) {
        let job = &mut self.jobs[index];
        if job.call == NONE && !job.holds_place {
            return self.free_job(index);
        }
        job.ends_at = NEVER;
        job.state = JobState::Answered;
        job.outcome = outcome;
        let (link, operation) = (job.link, job.message.operation);
        let bytes = self.operations.get(operation as usize).map_or(0.0, |operation| operation.response_bytes);
        self.transmit(link, Direction::Backward, Event::new(EventKind::Answer, index), bytes);
    }

    /// Gives the answer to a job's caller a slot of its own, so that it can leave while the job stays.
    fn split_off_reply(&mut self, job: u32) -> u32 {
        let serial = self.next_serial();
        let copy = Job { has_worker: false, is_worked_on: false, calls: List::EMPTY, serial, ..self.jobs[job].clone() };
        let call = copy.call;
        let reply = self.jobs.insert(copy);
        if call != NONE {
            for attempt in &mut self.calls[call].attempts_out {
                if *attempt == job {
                    *attempt = reply;
                }
            }
        }
        let job = &mut self.jobs[job];
        (job.call, job.one_way, job.holds_place) = (NONE, true, false);
        reply
    }

    // -- jobs that are not needed any more --------------------------------------------------------

    pub(super) fn free_job(&mut self, job: u32) {
        self.jobs[job].state = JobState::Free;
        self.jobs.remove(job);
    }

    /// A stored message is finished: counts it. Its slot stays until the station gives it back by
    /// [`release_message`](Self::release_message).
    pub fn close_message(&mut self, job: u32, outcome: Outcome) {
        self.count_end(job, outcome);
        self.jobs[job].state = JobState::Orphaned;
    }

    /// Frees the slot of a message that is finished, unless calls for it have not ended.
    pub fn release_message(&mut self, job: u32) {
        if self.jobs[job].state == JobState::Orphaned && self.jobs[job].pending_calls == 0 {
            self.free_job(job);
        }
    }

    /// Gives up a job without an answer. Its slot is freed now, or by the waiting line that still
    /// refers to it. The worker that it may hold is for the station to take back.
    pub fn abandon(&mut self, job: u32) {
        let was_waiting = self.jobs[job].state == JobState::Waiting;
        self.abandon_calls_of(job);
        if was_waiting {
            self.jobs[job].state = JobState::Orphaned;
        } else {
            self.free_job(job);
        }
    }

    /// Gives up a job because its caller has cancelled it: it counts as failed.
    pub fn drop_cancelled(&mut self, job: u32) {
        self.count_end(job, Outcome::Timeout);
        if self.jobs[job].holds_place {
            // The caller gets an answer, so that it can give the place in its pool back.
            let reply = self.split_off_reply(job);
            self.reply(reply, Outcome::Timeout);
        }
        self.abandon(job);
    }

    /// A replica dies: the jobs in it are lost, and their callers receive an error.
    pub(super) fn lose_jobs(&mut self, station: u32, replica: u32) {
        for index in 0..self.jobs.extent() {
            let job = &self.jobs[index];
            if job.station != station || job.replica != replica {
                continue;
            }
            match job.state {
                JobState::Waiting | JobState::Held => {}
                // The replica's waiting lines are thrown away as a whole: no line refers to it any more.
                JobState::Orphaned if job.arrived != NEVER => {
                    self.abandon_calls_of(index);
                    self.free_job(index);
                    continue;
                }
                _ => continue,
            }
            if job.is_background {
                self.station_states[station as usize].background_tasks -= 1;
            } else {
                self.count_end(index, Outcome::Unreachable);
                let reply = self.split_off_reply(index);
                self.reply(reply, Outcome::Unreachable);
            }
            self.jobs[index].state = JobState::Held;
            self.abandon(index);
        }
    }

    /// The owner of calls is gone: abandons them.
    fn abandon_calls_of(&mut self, owner: u32) {
        while self.jobs[owner].calls.first != NONE {
            self.abandon_call(self.jobs[owner].calls.first);
        }
    }
}
