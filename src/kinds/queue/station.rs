//! A queue while running.

use super::consumer::Consumer;
use super::metrics;
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::engine::job::{JobData, JobState};
use crate::engine::message::Outcome;
use crate::engine::station::Station;
use crate::metrics::Metrics;
use crate::record::NodeWindow;
use std::collections::VecDeque;

/// What a queue stores with a message, which is a job that stays after its publisher was answered.
/// Its calls are its deliveries.
#[derive(Clone, Copy, Debug)]
struct StoredMessage {
    /// Deliveries so far.
    deliveries: u32,
    /// Whether it is in the line to be handed out. The line refers to it even after it is finished.
    is_ready: bool,
}

impl JobData for StoredMessage {
    fn to_words(self) -> [u32; 2] {
        [self.deliveries, u32::from(self.is_ready)]
    }

    fn from_words([deliveries, is_ready]: [u32; 2]) -> StoredMessage {
        StoredMessage { deliveries, is_ready: is_ready != 0 }
    }
}

/// A queue while running.
#[derive(Clone, Debug)]
pub struct QueueStation {
    pub(super) station: u32,
    pub(super) capacity: u32,
    pub(super) visibility_ns: u64,
    pub(super) max_attempts: u32,
    pub(super) keeps_dead: bool,
    pub(super) once: bool,
    pub(super) consumers: Vec<Consumer>,
    /// Consumers with a free worker, in the order in which they asked.
    pub(super) free: VecDeque<u32>,
    pub(super) ready: VecDeque<u32>,
    /// Messages handed out: when they show again, and which delivery it was.
    pub(super) hidden: VecDeque<(u64, u32, u32)>,
    /// Messages stored: a crash loses them.
    pub(super) inside: u64,
    pub(super) backlog_max: u64,
    pub(super) oldest_max_ns: u64,
}

/// A delivery's tag: the consumer in the lower bits, above them as much of the number of the
/// delivery as there is room for.
const CONSUMER_BITS: u32 = 20;

impl QueueStation {
    /// When the oldest message that waits to be handed out was stored. Looks at all of them: for
    /// rare use.
    fn oldest(&self, core: &Core) -> Option<u64> {
        let waiting = self.ready.iter().map(|job| &core.jobs[*job]).filter(|it| it.state == JobState::Held);
        waiting.map(|it| it.arrived).min()
    }

    /// Age of the oldest message that waits to be handed out, nanoseconds; 0 when there is none.
    pub fn oldest_ns(&self, core: &Core) -> u64 {
        self.oldest(core).map_or(0, |arrived| core.now() - arrived)
    }

    /// The greatest age at which a message was handed out or still waits, nanoseconds, and the
    /// most that waited at a time; since the warm-up.
    pub fn worst(&self, core: &Core) -> (u64, u64) {
        (self.oldest_max_ns.max(self.oldest_ns(core)), self.backlog_max)
    }

    /// Hands out messages while there are some and someone takes them.
    fn hand_out(&mut self, core: &mut Core) {
        while let Some(job) = self.ready.front().copied() {
            if core.jobs[job].state == JobState::Orphaned {
                // It was acknowledged while it was in the line again.
                self.ready.pop_front();
                set_ready(core, job, false);
                core.release_message(job);
                continue;
            }
            let Some(taker) = self.taker(core) else { return };
            self.ready.pop_front();
            self.deliver(core, job, taker);
        }
    }

    /// The next consumer that asks. Whoever turns out not to can ask again when something has
    /// changed, so that the cost is constant however many there are.
    fn taker(&mut self, core: &Core) -> Option<u32> {
        while let Some(index) = self.free.front().copied() {
            let it = &mut self.consumers[index as usize];
            if it.can_ask(core) {
                return Some(index);
            }
            it.asks = false;
            self.free.pop_front();
        }
        None
    }

    /// A consumer may have room again.
    fn ask(&mut self, index: u32) {
        let it = &mut self.consumers[index as usize];
        if it.has < it.takes && !std::mem::replace(&mut it.asks, true) {
            self.free.push_back(index);
        }
    }

    fn deliver(&mut self, core: &mut Core, job: u32, taker: u32) {
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        node.waiting.add(now, -1);
        let it = &mut core.jobs[job];
        let number = it.data::<StoredMessage>().deliveries + 1;
        it.set_data(StoredMessage { deliveries: number, is_ready: false });
        it.pending_calls += 1;
        self.oldest_max_ns = self.oldest_max_ns.max(now - it.arrived);
        if number == 1 {
            node.counts.began += 1;
            node.counts.wait_ns += u128::from(now - it.arrived);
        } else {
            node.counts.redelivered += 1;
            node.counts.duplicates += u64::from(number == 2);
        }
        let message = it.message;
        let consumer = &mut self.consumers[taker as usize];
        consumer.has += 1;
        consumer.asks = false;
        let (link, replica) = (consumer.link, consumer.replica);
        self.free.pop_front();
        self.ask(taker);
        core.call(self.station, job, number << CONSUMER_BITS | taker, link, replica, message);
        if !self.once {
            self.hidden.push_back((now + self.visibility_ns, job, number));
            if self.hidden.len() == 1 {
                core.calendar.at(now + self.visibility_ns, Event::wake(self.station, 0));
            }
        }
    }

    /// A delivery came to nothing: again, or never.
    fn return_message(&mut self, core: &mut Core, job: u32) {
        if !self.once && core.jobs[job].data::<StoredMessage>().deliveries < self.max_attempts {
            return self.make_ready(core, job);
        }
        let counts = &mut core.record.nodes[self.station as usize].counts;
        if self.keeps_dead && !self.once {
            counts.dead_letters += 1;
        } else {
            counts.lost += 1;
        }
        self.inside -= 1;
        close(core, job, Outcome::Error);
    }

    fn make_ready(&mut self, core: &mut Core, job: u32) {
        let now = core.now();
        set_ready(core, job, true);
        let waiting = &mut core.record.nodes[self.station as usize].waiting;
        waiting.add(now, 1);
        self.backlog_max = self.backlog_max.max(u64::from(waiting.level()));
        self.ready.push_back(job);
    }

    /// Whether this delivery of a message is out and nothing newer happened to the message.
    fn is_out(&self, core: &Core, job: u32, number: u32) -> bool {
        let it = &core.jobs[job];
        it.station == self.station && it.state == JobState::Held && it.pending_calls > 0 && {
            let StoredMessage { deliveries, is_ready } = it.data();
            deliveries == number && !is_ready
        }
    }
}

fn set_ready(core: &mut Core, job: u32, is_ready: bool) {
    let stored: StoredMessage = core.jobs[job].data();
    core.jobs[job].set_data(StoredMessage { is_ready, ..stored });
}

/// A message is finished. Its slot is given back once neither a delivery nor the line refers to it.
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
    fn arrive(&mut self, core: &mut Core, job: u32) {
        // The newcomer is counted already.
        if core.record.nodes[self.station as usize].in_system.level() > self.capacity {
            return core.reject(job, Outcome::Rejected);
        }
        core.answer_early(job, Outcome::Ok);
        self.inside += 1;
        self.make_ready(core, job);
        self.hand_out(core);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, tag: u32, outcome: Outcome) {
        let index = tag & ((1 << CONSUMER_BITS) - 1);
        let consumer = &mut self.consumers[index as usize];
        consumer.has = consumer.has.saturating_sub(1);
        self.ask(index);
        let it = &mut core.jobs[owner];
        it.pending_calls -= 1;
        let StoredMessage { deliveries, is_ready } = it.data();
        if it.state == JobState::Orphaned {
            release_unless_ready(core, owner); // Another delivery of it was acknowledged before.
        } else if outcome.is_good() {
            if is_ready {
                // It is visible again already, but now it is finished.
                let now = core.now();
                core.record.nodes[self.station as usize].waiting.add(now, -1);
            }
            self.inside -= 1;
            close(core, owner, Outcome::Ok);
        } else if deliveries << CONSUMER_BITS == tag - index && !is_ready {
            self.return_message(core, owner);
        }
        self.hand_out(core);
    }

    fn wake(&mut self, core: &mut Core, _tag: u32) {
        let now = core.now();
        while let Some((due, job, number)) = self.hidden.front().copied() {
            let is_out = self.is_out(core, job, number);
            if is_out && due > now {
                core.calendar.at(due, Event::wake(self.station, 0));
                break;
            }
            self.hidden.pop_front();
            // Not a newer message in the same slot.
            if is_out && now - core.jobs[job].arrived >= self.visibility_ns {
                self.return_message(core, job);
            }
        }
        self.hand_out(core);
    }

    fn crashed(&mut self, core: &mut Core, _replica: u32) {
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        node.waiting.set(now, 0);
        node.counts.lost += std::mem::take(&mut self.inside);
        self.ready.clear();
        for index in 0..self.consumers.len() as u32 {
            self.consumers[index as usize].has = 0;
            self.ask(index);
        }
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
        self.hand_out(core);
    }

    fn metrics(&self, core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
        metrics::report(self, core, window, m);
    }
}
