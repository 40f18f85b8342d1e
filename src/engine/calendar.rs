//! What happens next.
//!
//! Events are ordered by `(time, sequence)`, first come first served on ties. Three stores share
//! one order:
//! - a 4-ary heap of 16-byte entries;
//! - rings, one for each constant delay, however many links have it as their latency or timeout:
//!   what is pushed in order leaves in order, so that only a ring's head stands in the heap and the
//!   thousands of timeouts that never fire cost no sifting. The first few rings of messages stand
//!   beside the heap and are looked at directly: most events are messages;
//! - `soon`, for what happens at the present instant. Everything in the heap with the present
//!   time was scheduled before the present came, and so precedes everything in `soon`.

use crate::order::ascending;
use std::collections::VecDeque;

/// What an event is about: a [`EventKind`] in the upper 4 bits, an index in the lower 28.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event(u32);

/// What kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EventKind {
    /// A message reached its station: job.
    Deliver,
    /// An answer reached its caller: job.
    Answer,
    /// Work at a station is finished: job.
    Done,
    /// An attempt has taken too long: call.
    Timeout,
    /// Time for a second copy: call.
    Hedge,
    /// The pause before a retry is over: call.
    Retry,
    /// A call is decided without a message: call.
    Settle,
    /// A station asked to be woken: station in the upper 10 bits, its tag in the lower 18.
    Wake,
    /// The head of a ring stands here: ring.
    Ring,
    /// A probe reached the process that it asks after: probe.
    Probe,
    /// Its answer reached whoever asked: probe.
    ProbeAnswer,
}

const EVENT_KINDS: [EventKind; 11] = [
    EventKind::Deliver,
    EventKind::Answer,
    EventKind::Done,
    EventKind::Timeout,
    EventKind::Hedge,
    EventKind::Retry,
    EventKind::Settle,
    EventKind::Wake,
    EventKind::Ring,
    EventKind::Probe,
    EventKind::ProbeAnswer,
];

/// The greatest index an event can carry.
pub const INDEX_MAX: u32 = (1 << 28) - 1;

impl Event {
    /// An event about the thing at this index.
    #[inline(always)]
    pub fn new(kind: EventKind, index: u32) -> Event {
        debug_assert!(index <= INDEX_MAX);
        Event((kind as u32) << 28 | index)
    }

    /// A wake-up of a station.
    pub fn wake(station: u32, tag: u32) -> Event {
        debug_assert!(station < 1 << 10 && tag < 1 << 18);
        Event::new(EventKind::Wake, station << 18 | tag)
    }

    /// What kind of event.
    #[inline(always)]
    pub fn kind(self) -> EventKind {
        EVENT_KINDS[(self.0 >> 28) as usize]
    }

    /// What it is about.
    #[inline(always)]
    pub fn index(self) -> u32 {
        self.0 & INDEX_MAX
    }

    /// All 32 bits, for the digest.
    pub fn bits(self) -> u32 {
        self.0
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    time: u64,
    sequence: u32,
    event: Event,
}

impl Entry {
    /// After everything.
    const LAST: Entry = Entry { time: u64::MAX, sequence: u32::MAX, event: Event(0) };

    /// Whether it comes first, without a branch: which of two is earlier is anybody's guess.
    #[inline(always)]
    fn before(&self, other: &Entry) -> bool {
        (self.time < other.time) | ((self.time == other.time) & (self.sequence < other.sequence))
    }
}

#[derive(Clone, Copy, Debug)]
struct Ringed {
    entry: Entry,
    generation: u32,
}

/// Events that are all scheduled the same time ahead.
#[derive(Debug)]
struct Ring {
    delay: u64,
    timers: bool,
    queue: VecDeque<Ringed>,
    /// Where among `heads` its head stands; in the heap if nowhere.
    beside: Option<usize>,
}

/// How many rings stand beside the heap. Most drawings have one or two latencies, and most events
/// are messages; each ring more is a comparison more at every event.
const BESIDE: usize = 3;

/// A constant delay that the calendar knows: see [`Calendar::ring`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Nanoseconds.
    pub ns: u64,
    ring: u32,
}

/// See the module's page.
#[derive(Debug)]
pub struct Calendar {
    now: u64,
    sequence: u32,
    heap: Vec<Entry>,
    rings: Vec<Ring>,
    /// The heads of the rings that stand beside the heap; `LAST` where one is empty.
    heads: [Entry; BESIDE],
    soon: VecDeque<Event>,
}

impl Default for Calendar {
    fn default() -> Self {
        Calendar {
            now: 0,
            sequence: 0,
            heap: Vec::new(),
            rings: Vec::new(),
            heads: [Entry::LAST; BESIDE],
            soon: VecDeque::new(),
        }
    }
}

impl Calendar {
    /// The ring of all events that are scheduled `ns` nanoseconds ahead; timers, which may have
    /// become stale, have rings of their own.
    pub fn ring(&mut self, ns: u64, timers: bool) -> Delay {
        let known = self.rings.iter().position(|ring| ring.delay == ns && ring.timers == timers);
        let ring = known.unwrap_or(self.rings.len());
        if known.is_none() {
            let taken = self.rings.iter().filter(|ring| ring.beside.is_some()).count();
            let beside = (!timers && ns > 0 && taken < BESIDE).then_some(taken);
            self.rings.push(Ring { delay: ns, timers, queue: VecDeque::new(), beside });
        }
        Delay { ns, ring: ring as u32 }
    }

    /// The present, nanoseconds.
    #[inline(always)]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Moves the present on; never back.
    pub fn move_to(&mut self, time: u64) {
        debug_assert!(time >= self.now && self.soon.is_empty());
        self.now = time;
    }

    /// Whether something is left to happen at the present instant.
    pub fn is_amid_instant(&self) -> bool {
        !self.soon.is_empty()
    }

    /// Schedules an event at a time that is not past.
    pub fn at(&mut self, time: u64, event: Event) {
        debug_assert!(time >= self.now);
        if time == self.now {
            self.soon.push_back(event);
        } else {
            let entry = self.entry(time, event);
            self.push(entry);
        }
    }

    /// Schedules an event after a constant delay.
    pub fn after(&mut self, delay: Delay, event: Event) {
        if delay.ns == 0 {
            self.soon.push_back(event);
        } else {
            self.in_ring(delay, event, 0);
        }
    }

    /// Schedules a timer: an event that nobody waits for any more once its generation is past.
    pub fn timer(&mut self, delay: Delay, event: Event, generation: u32) {
        debug_assert!(generation != 0);
        self.in_ring(delay, event, generation);
    }

    #[inline(always)]
    fn in_ring(&mut self, delay: Delay, event: Event, generation: u32) {
        let entry = self.entry(self.now + delay.ns, event);
        let ring = &mut self.rings[delay.ring as usize];
        ring.queue.push_back(Ringed { entry, generation });
        if ring.queue.len() == 1 {
            let head = Entry { event: Event::new(EventKind::Ring, delay.ring), ..entry };
            match ring.beside {
                Some(beside) => self.heads[beside] = head,
                None => self.push(head),
            }
        }
    }

    /// Takes the next event before `until`, and the generation it was scheduled with (0 outside
    /// rings of timers), and moves the present to it. `stale` says which ringed events nobody
    /// waits for any more; they are dropped without being returned when they are not at the head.
    #[inline(always)]
    pub fn pop(&mut self, until: u64, stale: impl Fn(Event, u32) -> bool) -> Option<(Event, u32)> {
        loop {
            let mut top = self.heap.first().copied().unwrap_or(Entry::LAST);
            for head in &self.heads {
                top = if head.before(&top) { *head } else { top };
            }
            if top.time != self.now && (!self.soon.is_empty() || top.time >= until) {
                return self.soon.pop_front().map(|event| (event, 0));
            }
            if top.event.kind() != EventKind::Ring {
                self.now = top.time;
                self.pop_top();
                return Some((top.event, 0));
            }
            let Ring { timers, queue, beside, .. } = &mut self.rings[top.event.index() as usize];
            let head = queue.pop_front();
            while *timers && queue.front().is_some_and(|next| stale(next.entry.event, next.generation)) {
                queue.pop_front();
            }
            let next = queue.front().map(|next| Entry { event: top.event, ..next.entry });
            match (*beside, next) {
                (Some(beside), next) => self.heads[beside] = next.unwrap_or(Entry::LAST),
                (None, Some(next)) => self.replace_top(next),
                (None, None) => self.pop_top(),
            }
            let Some(head) = head else { continue };
            if head.generation != 0 && stale(head.entry.event, head.generation) {
                continue;
            }
            self.now = head.entry.time;
            return Some((head.entry.event, head.generation));
        }
    }

    fn entry(&mut self, time: u64, event: Event) -> Entry {
        if self.sequence == u32::MAX {
            self.renumber();
        }
        self.sequence += 1;
        Entry { time, sequence: self.sequence, event }
    }

    /// Gives all pending events new sequence numbers in the same order, once in 2³² events.
    fn renumber(&mut self) {
        let ringed = self.rings.iter().flat_map(|ring| &ring.queue).map(|ringed| &ringed.entry);
        let all = ascending(self.heap.iter().chain(ringed).map(|entry| (entry.time, entry.sequence)));
        let rank = |time, sequence| all.binary_search(&(time, sequence)).map_or(0, |at| at as u32);
        let heads = self.heads.iter_mut().filter(|head| head.time != u64::MAX);
        for entry in self.heap.iter_mut().chain(heads) {
            entry.sequence = rank(entry.time, entry.sequence);
        }
        for ringed in self.rings.iter_mut().flat_map(|ring| &mut ring.queue) {
            ringed.entry.sequence = rank(ringed.entry.time, ringed.entry.sequence);
        }
        self.sequence = all.len() as u32;
    }

    #[inline(always)]
    fn push(&mut self, entry: Entry) {
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    fn pop_top(&mut self) {
        if let Some(last) = self.heap.pop()
            && !self.heap.is_empty()
        {
            self.replace_top(last);
        }
    }

    #[inline(always)]
    fn replace_top(&mut self, entry: Entry) {
        let mut hole = 0;
        loop {
            let first = hole * 4 + 1;
            if first >= self.heap.len() {
                break;
            }
            let last = (first + 4).min(self.heap.len());
            let mut least = first;
            for child in first + 1..last {
                if self.heap[child].before(&self.heap[least]) {
                    least = child;
                }
            }
            if !self.heap[least].before(&entry) {
                break;
            }
            self.heap[hole] = self.heap[least];
            hole = least;
        }
        self.heap[hole] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Random pushes and pops against a sorted list of `(time, order of scheduling)`.
    #[test]
    fn events_leave_by_time_and_then_in_the_order_of_scheduling() {
        for seed in 0..20 {
            let mut stream = Stream::named(seed, "calendar", "test");
            let mut calendar = Calendar::default();
            // More rings than stand beside the heap.
            let rings: Vec<Delay> = (5..10).map(|ns| calendar.ring(ns, false)).collect();
            let mut expected: Vec<(u64, u32)> = Vec::new();
            let mut scheduled = 0;
            for _ in 0..2000 {
                if stream.chance(0.55) {
                    let event = Event::new(EventKind::Done, scheduled);
                    let now = calendar.now();
                    let time = now + u64::from(stream.below(12));
                    match rings.iter().find(|ring| ring.ns == time - now && stream.chance(0.8)) {
                        Some(ring) => calendar.after(*ring, event),
                        None => calendar.at(time, event),
                    }
                    expected.push((time, scheduled));
                    scheduled += 1;
                } else if let Some((event, _)) = calendar.pop(u64::MAX, |_, _| false) {
                    expected.sort_unstable();
                    let (time, order) = expected.remove(0);
                    assert_eq!((calendar.now(), event.index()), (time, order), "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn renumbering_keeps_the_order() {
        let mut calendar = Calendar::default();
        let ring = calendar.ring(10, false);
        calendar.sequence = u32::MAX - 3;
        for i in 0..8 {
            calendar.after(ring, Event::new(EventKind::Done, i));
            calendar.at(10, Event::new(EventKind::Done, 100 + i));
        }
        let order: Vec<u32> =
            std::iter::from_fn(|| calendar.pop(u64::MAX, |_, _| false)).map(|(e, _)| e.index()).collect();
        assert_eq!(order, (0..8).flat_map(|i| [i, 100 + i]).collect::<Vec<_>>());
    }

    #[test]
    fn stale_timers_are_dropped() {
        let mut calendar = Calendar::default();
        let ring = calendar.ring(10, true);
        for i in 0..4 {
            calendar.timer(ring, Event::new(EventKind::Timeout, i), 1);
            calendar.move_to(u64::from(i) + 1);
        }
        let popped = calendar.pop(u64::MAX, |event, _| event.index() != 3);
        assert_eq!(popped.map(|(event, _)| event.index()), Some(3));
        assert_eq!(calendar.now(), 13);
    }
}
