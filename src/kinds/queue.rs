//! Queues: a message is stored and acknowledged at once (`202 Accepted`), and worked on later.

use crate::engine::calendar::Event;
use crate::engine::core::{Core, JobState, Outcome};
use crate::engine::station::Station;
use crate::kind::{Calls, Fields, Info, Kind, Out, Role, Section, Site, about, pick};
use crate::pick;
use crate::time::from_s;
use std::collections::VecDeque;

pick! {
    /// When a message is forgotten.
    Delivery {
        /// Once a consumer has acknowledged it: it may be worked on twice.
        AtLeastOnce = "at_least_once" "at least once",
        /// Once it is handed out: it may be lost.
        AtMostOnce = "at_most_once" "at most once",
    }
}

/// Parameters of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    capacity: Option<u32>,
    visibility_timeout_s: f64,
    max_attempts: Option<u32>,
    delivery: Delivery,
}

impl Default for Queue {
    fn default() -> Self {
        // Amazon SQS hides a message for 30 s by default; after how many deliveries it is given up
        // is for its user to say there, and 5 is common.
        Queue { capacity: None, visibility_timeout_s: 30.0, max_attempts: Some(5), delivery: Delivery::AtLeastOnce }
    }
}

impl Kind for Queue {
    const INFO: Info = Info {
        id: "queue",
        label: "Queue",
        role: Role::Queue,
        tagline: "jobs for later",
        help: "Stores a message, answers its publisher at once, and hands it to the apps that its links lead to as fast as their workers take it. Watch the backlog. A crash loses what it holds.",
        section: Section::Data,
        called: true,
        calls: Calls::Many,
    };
    type Station = Queues;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.maybe_whole(
            about("capacity", "Capacity", "messages", "What it can hold; more are rejected."),
            "unbounded",
            &mut self.capacity,
            1,
            100_000_000,
        );
        f.number(
            about(
                "visibility_timeout_s",
                "Visibility timeout",
                "s",
                "A message that is not acknowledged within this time is handed out again.",
            ),
            &mut self.visibility_timeout_s,
            0.001,
            86_400.0,
        );
        f.maybe_whole(
            about(
                "max_attempts",
                "Deliveries at most",
                "",
                "After so many failed deliveries a message becomes a dead letter.",
            ),
            "no limit",
            &mut self.max_attempts,
            1,
            1000,
        );
        pick(
            f,
            about("delivery", "Delivery", "", "Forget a message when it is acknowledged, or when it is handed out."),
            &mut self.delivery,
        );
    }

    fn summary(&self) -> String {
        "202 Accepted".to_owned()
    }

    fn station(&self, site: &Site) -> Queues {
        Queues {
            station: site.station,
            capacity: self.capacity.unwrap_or(u32::MAX),
            visibility_ns: from_s(self.visibility_timeout_s),
            max_attempts: self.max_attempts.unwrap_or(u32::MAX),
            once: self.delivery == Delivery::AtMostOnce,
            consumers: site.out.iter().flat_map(Consumer::replicas_of).collect(),
            turn: 0,
            ready: VecDeque::new(),
            hidden: VecDeque::new(),
        }
    }
}

/// A replica that takes messages.
#[derive(Clone, Debug)]
struct Consumer {
    link: u32,
    station: u32,
    replica: u32,
    /// How many messages it takes at a time: its workers.
    takes: u32,
    has: u32,
}

impl Consumer {
    fn replicas_of(out: &Out) -> Vec<Consumer> {
        let takes = out.workers.unwrap_or(u32::MAX);
        (0..out.replicas).map(|replica| Consumer { link: out.link, station: out.to, replica, takes, has: 0 }).collect()
    }
}

/// A queue while running. A message is a job that stays after its publisher was answered; its
/// `note` counts deliveries, its `step` is 1 while it is ready to be handed out.
#[derive(Clone, Debug)]
pub struct Queues {
    station: u32,
    capacity: u32,
    visibility_ns: u64,
    max_attempts: u32,
    once: bool,
    consumers: Vec<Consumer>,
    turn: usize,
    ready: VecDeque<u32>,
    /// Messages handed out: when they show again, and which delivery it was.
    hidden: VecDeque<(u64, u32, u32)>,
}

/// A delivery's tag: the consumer in the lower bits, the number of the delivery above.
const CONSUMER_BITS: u32 = 14;

impl Queues {
    /// Hands out messages while there are some and someone takes them.
    fn hand_out(&mut self, core: &mut Core) {
        while !self.ready.is_empty() {
            let n = self.consumers.len();
            let taker = (0..n).map(|i| (self.turn + i) % n).find(|at| {
                let it = &self.consumers[*at];
                // Consumers pull: one that is down, or cannot be reached, does not.
                it.has < it.takes
                    && core.conditions[it.station as usize].is_up(it.replica)
                    && !core.links[it.link as usize].is_cut()
                    && !core.is_severed_either_way((self.station, 0), (it.station, it.replica))
            });
            let Some(taker) = taker else { return };
            self.turn = (taker + 1) % n;
            let Some(job) = self.ready.pop_front() else { return };
            let now = core.now();
            let node = &mut core.record.nodes[self.station as usize];
            node.waiting.add(now, -1);
            let it = &mut core.jobs[job];
            it.step = 0;
            it.note += 1;
            it.pending += 1;
            if it.note == 1 {
                node.counts.began += 1;
                node.counts.wait_ns += u128::from(now - it.arrived);
            } else {
                node.counts.redelivered += 1;
            }
            let (message, number) = (it.message, it.note);
            let consumer = &mut self.consumers[taker];
            consumer.has += 1;
            let (link, replica) = (consumer.link, consumer.replica);
            core.call(self.station, job, number << CONSUMER_BITS | taker as u32, link, replica, message);
            if !self.once {
                self.hidden.push_back((now + self.visibility_ns, job, number));
                if self.hidden.len() == 1 {
                    core.calendar.at(now + self.visibility_ns, Event::wake(self.station, 0));
                }
            }
        }
    }

    /// A delivery came to nothing: again, or never.
    fn return_message(&mut self, core: &mut Core, job: u32) {
        if self.once || core.jobs[job].note >= self.max_attempts {
            core.record.nodes[self.station as usize].counts.dead_letters += 1;
            return core.close_message(job, Outcome::Error);
        }
        self.make_ready(core, job);
    }

    fn make_ready(&mut self, core: &mut Core, job: u32) {
        let now = core.now();
        core.jobs[job].step = 1;
        core.record.nodes[self.station as usize].waiting.add(now, 1);
        self.ready.push_back(job);
    }
}

impl Station for Queues {
    fn arrive(&mut self, core: &mut Core, job: u32) {
        // The newcomer is counted already.
        if core.record.nodes[self.station as usize].in_system.level() > self.capacity {
            return core.reject(job, Outcome::Rejected);
        }
        core.answer_early(job, Outcome::Ok);
        self.make_ready(core, job);
        self.hand_out(core);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, tag: u32, outcome: Outcome) {
        let consumer = &mut self.consumers[(tag & ((1 << CONSUMER_BITS) - 1)) as usize];
        consumer.has = consumer.has.saturating_sub(1);
        let number = tag >> CONSUMER_BITS;
        core.jobs[owner].pending -= 1;
        let it = &core.jobs[owner];
        if it.state == JobState::Ghost {
            core.release_message(owner); // Another delivery of it was acknowledged before.
        } else if outcome.is_good() {
            if it.step == 1 {
                // It shows again already, but now it is done.
                let now = core.now();
                self.ready.retain(|other| *other != owner);
                core.record.nodes[self.station as usize].waiting.add(now, -1);
            }
            core.close_message(owner, Outcome::Ok);
        } else if it.note == number && it.step == 0 {
            self.return_message(core, owner);
        }
        self.hand_out(core);
    }

    fn wake(&mut self, core: &mut Core, _tag: u32) {
        let now = core.now();
        while let Some((due, job, number)) = self.hidden.front().copied() {
            if due > now {
                core.calendar.at(due, Event::wake(self.station, 0));
                break;
            }
            self.hidden.pop_front();
            let it = &core.jobs[job];
            let still_out = it.station == self.station
                && it.state == JobState::Held
                && it.note == number
                && it.step == 0
                && it.pending > 0;
            if still_out && now - it.arrived >= self.visibility_ns {
                self.return_message(core, job);
            }
        }
        self.hand_out(core);
    }

    fn crashed(&mut self, core: &mut Core, _replica: u32) {
        let now = core.now();
        core.record.nodes[self.station as usize].waiting.set(now, 0);
        self.ready.clear();
        self.consumers.iter_mut().for_each(|consumer| consumer.has = 0);
    }

    fn nudged(&mut self, core: &mut Core) {
        self.hand_out(core);
    }
}
