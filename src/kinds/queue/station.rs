//! A queue while running.

use super::consumer::Consumer;
use super::metrics;
use super::{OnFailure, Queue};
use crate::engine::breaker::Admission;
use crate::engine::calendar::Event;
use crate::engine::call::{Caller, Target};
use crate::engine::core::Core;
use crate::engine::job::{JobData, JobState};
use crate::engine::message::Outcome;
use crate::engine::station::Station;
use crate::metrics::Metrics;
use crate::record::NodeWindow;
use crate::time::{NEVER, from_s};
use std::collections::VecDeque;

/// What a queue stores with a message, which is a job that stays after its publisher was answered.
/// Its calls are its deliveries.
#[derive(Clone, Copy, Debug)]
struct StoredMessage {
    /// Deliveries so far, without what something held back.
    deliveries: u32,
    /// How often a consumer was to get it, what was held back included; modulo 2³¹.
    tries: u32,
    /// Whether it waits for delivery. Its place among the waiting messages refers to it even after it
    /// is finished.
    is_ready: bool,
}

impl JobData for StoredMessage {
    fn to_words(self) -> [u32; 2] {
        [self.deliveries, self.tries << 1 | u32::from(self.is_ready)]
    }

    fn from_words([deliveries, rest]: [u32; 2]) -> StoredMessage {
        StoredMessage { deliveries, tries: rest >> 1, is_ready: rest & 1 != 0 }
    }
}

/// A message that was delivered and is not acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden {
    /// When it is visible again, nanoseconds.
    due: u64,
    /// When it was delivered. A job that came later is a newer message in the same slot.
    delivered: u64,
    job: u32,
    /// Which try it was.
    number: u32,
}

/// A queue while running.
#[derive(Clone, Debug)]
pub struct QueueStation {
    pub(super) station: u32,
    pub(super) capacity: u32,
    pub(super) visibility_ns: u64,
    pub(super) max_attempts: u32,
    pub(super) keeps_dead_letters: bool,
    pub(super) at_most_once: bool,
    /// Whether a message whose consumer failed is visible again at once.
    pub(super) requeues: bool,
    /// When the next wake-up for consumers that cannot ask before is due; one at another time is stale.
    pub(super) next_poll: u64,
    /// How many consumers a breaker or a full pool holds back.
    pub(super) held_back: u32,
    /// Consumers that were full and do not ask until a time, in the order of these times.
    pub(super) resting: VecDeque<(u64, u32)>,
    pub(super) consumers: Vec<Consumer>,
    /// Consumers with a free worker, in the order in which they asked.
    pub(super) asking: VecDeque<u32>,
    pub(super) ready: VecDeque<u32>,
    /// Messages that were delivered and are not acknowledged, in the order in which they are visible again.
    pub(super) hidden: VecDeque<Hidden>,
    /// Stored messages, which a crash loses.
    pub(super) stored: u64,
    pub(super) backlog_max: u64,
    pub(super) oldest_max_ns: u64,
}

/// The tag of a wake-up when a message is visible again.
const VISIBLE: u32 = 0;
/// The tag of a wake-up when a consumer may ask again.
const POLL: u32 = 1;

/// How long a consumer that was full does not ask, nanoseconds.
const POLL_NS: u64 = 100_000_000;

/// The tag of a delivery has the consumer in its lower bits, and above them the lower bits of the
/// number of the try.
const CONSUMER_BITS: u32 = 20;

impl QueueStation {
    /// When the oldest message that waits for delivery was stored. Takes time in proportion to the
    /// backlog.
    fn oldest(&self, core: &Core) -> Option<u64> {
        let waiting = self.ready.iter().map(|job| &core.jobs[*job]).filter(|it| it.state == JobState::Held);
        waiting.map(|it| it.arrived).min()
    }

    /// Age of the oldest message that waits for delivery, nanoseconds; 0 when there is none.
    pub fn oldest_ns(&self, core: &Core) -> u64 {
        self.oldest(core).map_or(0, |arrived| core.now() - arrived)
    }

    /// The greatest age at which a message was delivered or still waits, nanoseconds, and the greatest
    /// backlog; since the warm-up.
    pub fn worst(&self, core: &Core) -> (u64, u64) {
        (self.oldest_max_ns.max(self.oldest_ns(core)), self.backlog_max)
    }

    /// Delivers messages while there are messages and consumers that ask.
    fn deliver_all(&mut self, core: &mut Core) {
        while let Some(job) = self.ready.front().copied() {
            if core.jobs[job].state == JobState::Orphaned {
                // An earlier delivery was acknowledged while the message waited for another.
                self.ready.pop_front();
                set_ready(core, job, false);
                core.release_message(job);
                continue;
            }
            let Some(consumer) = self.next_consumer(core) else { return };
            self.ready.pop_front();
            self.deliver(core, job, consumer);
        }
    }

    /// The next consumer that can ask. One that cannot is removed until something changes, so that
    /// the amortized time does not depend on the number of consumers.
    fn next_consumer(&mut self, core: &mut Core) -> Option<u32> {
        while let Some(index) = self.asking.front().copied() {
            let consumer = &mut self.consumers[index as usize];
            let admission = (!consumer.rests && consumer.is_reachable(core)).then(|| consumer.admission(core));
            if admission == Some(Admission::Now) {
                return Some(index);
            }
            consumer.is_asking = false;
            self.asking.pop_front();
            // One that rests or is out of reach is asked when that is over, the others at every answer.
            self.held_back += u32::from(admission.is_some());
            if let Some(Admission::At(time)) = admission {
                self.poll_at(core, time);
            }
        }
        None
    }

    /// Schedules a wake-up for the consumers, unless an earlier one is scheduled.
    fn poll_at(&mut self, core: &mut Core, time: u64) {
        if time < self.next_poll {
            self.next_poll = time;
            core.calendar.at(time, Event::wake(self.station, POLL));
        }
    }

    /// Lets a consumer ask if it has a free worker.
    fn ask(&mut self, index: u32) {
        let consumer = &mut self.consumers[index as usize];
        if !consumer.rests && consumer.taken < consumer.capacity && !std::mem::replace(&mut consumer.is_asking, true) {
            self.asking.push_back(index);
        }
    }

    /// Lets the consumers ask again that have rested.
    fn end_rests(&mut self, core: &mut Core) {
        let now = core.now();
        while let Some((_, index)) = self.resting.front().copied().filter(|(until, _)| *until <= now) {
            self.resting.pop_front();
            self.consumers[index as usize].rests = false;
            self.ask(index);
        }
        if let Some((until, _)) = self.resting.front().copied() {
            self.poll_at(core, until);
        }
    }

    /// Lets all consumers ask that a breaker or a full pool held back.
    fn ask_held_back(&mut self) {
        if std::mem::take(&mut self.held_back) > 0 {
            (0..self.consumers.len() as u32).for_each(|index| self.ask(index));
        }
    }

    fn deliver(&mut self, core: &mut Core, job: u32, index: u32) {
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        node.waiting.add(now, -1);
        let stored = &mut core.jobs[job];
        let StoredMessage { deliveries, tries, .. } = stored.data();
        let (number, tries) = (deliveries + 1, (tries + 1) & (u32::MAX >> 1));
        stored.set_data(StoredMessage { deliveries: number, tries, is_ready: false });
        stored.pending_calls += 1;
        self.oldest_max_ns = self.oldest_max_ns.max(now - stored.arrived);
        if number == 1 {
            node.counts.began += 1;
            node.counts.wait_ns += u128::from(now - stored.arrived);
        } else {
            node.counts.redelivered += 1;
            node.counts.duplicates += u64::from(number == 2);
        }
        let message = stored.message;
        let consumer = &mut self.consumers[index as usize];
        consumer.taken += 1;
        consumer.is_asking = false;
        let (link, replica) = (consumer.link, consumer.replica);
        self.asking.pop_front();
        self.ask(index);
        core.call(Caller::Job(job), tries << CONSUMER_BITS | index, link, Target::Bound(replica), message);
        if !self.at_most_once {
            let due = now + self.visibility_ns;
            // The timeout may have been longer when those before it were delivered.
            let at = self.hidden.partition_point(|other| other.due <= due);
            self.hidden.insert(at, Hidden { due, delivered: now, job, number: tries });
            if at == 0 {
                core.calendar.at(due, Event::wake(self.station, VISIBLE));
            }
        }
    }

    /// A message was held back and not delivered: it waits again, before all others.
    fn take_back(&mut self, core: &mut Core, job: u32, index: u32) {
        let message: StoredMessage = core.jobs[job].data();
        let counts = &mut core.record.nodes[self.station as usize].counts;
        match message.deliveries {
            1 => {}
            number => {
                counts.redeliveries_held_back += 1;
                counts.duplicates_held_back += u64::from(number == 2);
            }
        }
        core.jobs[job].set_data(StoredMessage { deliveries: message.deliveries - 1, ..message });
        let time = core.now() + POLL_NS;
        let consumer = &mut self.consumers[index as usize];
        if !std::mem::replace(&mut consumer.rests, true) {
            self.resting.push_back((time, index));
            self.poll_at(core, time);
        }
        self.make_ready(core, job, true);
    }

    /// A delivery has failed: delivers the message again, unless it has had its last delivery.
    fn return_message(&mut self, core: &mut Core, job: u32) {
        if !self.at_most_once && core.jobs[job].data::<StoredMessage>().deliveries < self.max_attempts {
            return self.make_ready(core, job, false);
        }
        let counts = &mut core.record.nodes[self.station as usize].counts;
        if self.keeps_dead_letters && !self.at_most_once {
            counts.dead_letters += 1;
        } else {
            counts.lost += 1;
        }
        self.stored -= 1;
        close(core, job, Outcome::Error);
    }

    fn make_ready(&mut self, core: &mut Core, job: u32, is_first: bool) {
        let now = core.now();
        set_ready(core, job, true);
        let waiting = &mut core.record.nodes[self.station as usize].waiting;
        waiting.add(now, 1);
        self.backlog_max = self.backlog_max.max(u64::from(waiting.level()));
        if is_first {
            self.ready.push_front(job);
        } else {
            self.ready.push_back(job);
        }
    }

    /// Whether this try is the latest of its message, which is not finished.
    fn is_open(&self, core: &Core, job: u32, number: u32) -> bool {
        let it = &core.jobs[job];
        it.station == self.station && it.state == JobState::Held && {
            let StoredMessage { tries, is_ready, .. } = it.data();
            tries == number && !is_ready
        }
    }
}

fn set_ready(core: &mut Core, job: u32, is_ready: bool) {
    let message: StoredMessage = core.jobs[job].data();
    core.jobs[job].set_data(StoredMessage { is_ready, ..message });
}

/// A message is finished. Its slot is freed once neither a delivery nor its place among the waiting
/// messages refers to it.
fn close(core: &mut Core, job: u32, outcome: Outcome) {
    core.close_message(job, outcome);
    release_unless_ready(core, job);
}

fn release_unless_ready(core: &mut Core, job: u32) {
    if !core.jobs[job].data::<StoredMessage>().is_ready {
        core.release_message(job);
    }
}

impl Station for QueueStation {
    type Parameters = Queue;

    fn start(&mut self, core: &mut Core) {
        core.record.nodes[self.station as usize].holds_messages = true;
    }

    fn reconfigure(&mut self, core: &mut Core, queue: &Queue) {
        self.capacity = queue.capacity.unwrap_or(u32::MAX);
        self.visibility_ns = from_s(queue.visibility_timeout_s);
        self.max_attempts = queue.max_attempts.unwrap_or(u32::MAX);
        self.keeps_dead_letters = queue.dead_letter;
        self.requeues = queue.on_failure == OnFailure::Requeue;
        self.deliver_all(core);
    }

    fn link_reconfigured(&mut self, core: &mut Core, _link: u32) {
        self.pool_has_room(core);
    }

    fn callee_reconfigured(&mut self, core: &mut Core, callee: u32) {
        let workers = core.station_states[callee as usize].plan.workers;
        for index in 0..self.consumers.len() as u32 {
            if self.consumers[index as usize].station == callee {
                self.consumers[index as usize].capacity = workers.unwrap_or(u32::MAX);
                self.ask(index);
            }
        }
        self.deliver_all(core);
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        // The new message is counted already.
        if core.record.nodes[self.station as usize].in_system.level() > self.capacity {
            return core.reject(job, Outcome::Rejected);
        }
        if let Some(span) = core.timed_error(job) {
            return core.process(job, span);
        }
        if core.draws_error(job) {
            return core.answer(job, Outcome::Error);
        }
        core.answer_early(job, Outcome::Ok);
        self.stored += 1;
        self.make_ready(core, job, false);
        self.deliver_all(core);
    }

    /// An error that took a time of its own.
    fn done(&mut self, core: &mut Core, job: u32) {
        core.answer(job, Outcome::Error);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, tag: u32, outcome: Outcome) {
        let index = tag & ((1 << CONSUMER_BITS) - 1);
        let consumer = &mut self.consumers[index as usize];
        consumer.taken = consumer.taken.saturating_sub(1);
        let consumer = &self.consumers[index as usize];
        let (it, callee) = (&mut core.jobs[owner], consumer.station);
        it.pending_calls -= 1;
        let StoredMessage { tries, is_ready, .. } = it.data();
        let is_latest = tries << CONSUMER_BITS == tag - index && !is_ready;
        // A full consumer or pool, or an open breaker of the queue, has kept it back: it was not delivered. That
        // the consumer itself was refused something is a failure of its work.
        let was_held_back = !it.call_was_taken && matches!(outcome, Outcome::Rejected | Outcome::BreakerOpen);
        if it.state == JobState::Orphaned {
            // Another delivery was acknowledged before. What is answered too late is counted then.
            if it.call_was_taken && outcome != Outcome::Timeout {
                core.count_duplicate_work(callee);
            }
            release_unless_ready(core, owner);
        } else if outcome.is_good() {
            if is_ready {
                // It is visible again already, but now it is finished.
                let now = core.now();
                core.record.nodes[self.station as usize].waiting.add(now, -1);
            }
            self.stored -= 1;
            close(core, owner, Outcome::Ok);
        } else if is_latest && was_held_back {
            self.take_back(core, owner, index);
        } else if is_latest && (self.requeues || self.at_most_once) {
            self.return_message(core, owner);
        }
        // Otherwise it is visible again when its visibility timeout is over.
        self.ask(index);
        self.ask_held_back();
        self.deliver_all(core);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        let now = core.now();
        if tag == POLL {
            if self.next_poll <= now {
                self.next_poll = NEVER;
                self.end_rests(core);
                self.ask_held_back();
                self.deliver_all(core);
            }
            return;
        }
        while let Some(Hidden { due, delivered, job, number }) = self.hidden.front().copied() {
            let is_open = self.is_open(core, job, number);
            if is_open && due > now {
                core.calendar.at(due, Event::wake(self.station, VISIBLE));
                break;
            }
            self.hidden.pop_front();
            // Otherwise it is a newer message in the same slot.
            if is_open && core.jobs[job].arrived <= delivered {
                self.return_message(core, job);
            }
        }
        self.deliver_all(core);
    }

    fn crashed(&mut self, core: &mut Core, _replica: u32) {
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        node.waiting.set(now, 0);
        node.counts.lost += std::mem::take(&mut self.stored);
        self.ready.clear();
        for index in 0..self.consumers.len() as u32 {
            self.consumers[index as usize].taken = 0;
            self.ask(index);
        }
    }

    fn pool_has_room(&mut self, core: &mut Core) {
        self.ask_held_back();
        self.deliver_all(core);
    }

    fn warmed_up(&mut self, core: &Core) {
        self.backlog_max = u64::from(core.record.nodes[self.station as usize].waiting.level());
        self.oldest_max_ns = 0;
    }

    fn rotation_changed(&mut self, core: &mut Core, _callee: u32) {
        self.dependency_restored(core);
    }

    fn dependency_restored(&mut self, core: &mut Core) {
        (0..self.consumers.len() as u32).for_each(|index| self.ask(index));
        self.deliver_all(core);
    }

    fn metrics(&self, core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
        metrics::report(self, core, window, m);
    }
}
