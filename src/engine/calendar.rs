//! Events to come, and the present.
//!
//! Events are ordered by `(time, sequence)`: of those at the same time, the one that was scheduled
//! first happens first. Three stores share one order:
//! - a 4-ary heap of 16-byte entries;
//! - rings, one for each constant delay, however many links have it as their latency or timeout:
//!   events that are scheduled the same time ahead happen in the order in which they were
//!   scheduled, so that only a ring's first event stands in the heap, and the thousands of timeouts
//!   that never fire cost no sifting. The first events of a few rings of messages stand in slots
//!   beside the heap and are compared directly: most events are messages;
//! - a queue for what happens at the present instant. Every entry of the heap with the present time
//!   was scheduled before that time came, and so precedes everything in the queue.

use std::collections::VecDeque;

/// An event: its [`EventKind`] in the upper 4 bits, the index of what it is about in the lower 28.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event(u32);

/// The kinds of events, each with what its index refers to. Digests depend on the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EventKind {
    /// A message reaches its station: job.
    Deliver,
    /// An answer reaches its caller: job.
    Answer,
    /// Work at a station, or a delay, is finished: job.
    Done,
    /// An attempt has taken too long: call.
    Timeout,
    /// It is time for a second copy: call.
    Hedge,
    /// The pause before a retry is over: call.
    Retry,
    /// A call that ended without a message is reported to its owner: call.
    CallEnd,
    /// A station asked to be woken: station in the upper 10 bits, its tag in the lower 18.
    Wake,
    /// Stands for the first event of a ring: ring.
    Ring,
    /// A health check reaches the process that it checks: probe.
    Probe,
    /// Its answer reaches the station that checks: probe.
    ProbeAnswer,
    /// A cancellation reaches the callee: cancel.
    Cancel,
    /// The time of a message's retransmission has come: resend.
    Resend,
}

const EVENT_KINDS: [EventKind; 13] = [
    EventKind::Deliver,
    EventKind::Answer,
    EventKind::Done,
    EventKind::Timeout,
    EventKind::Hedge,
    EventKind::Retry,
    EventKind::CallEnd,
    EventKind::Wake,
    EventKind::Ring,
    EventKind::Probe,
    EventKind::ProbeAnswer,
    EventKind::Cancel,
    EventKind::Resend,
];

/// The greatest index that an event can carry.
pub const INDEX_MAX: u32 = (1 << (STATION_BITS + TAG_BITS)) - 1;
const STATION_BITS: u32 = 10;
const TAG_BITS: u32 = 18;

impl Event {
    /// An event about the job, call, ring, probe, cancel or resend at this index.
    pub fn new(kind: EventKind, index: u32) -> Event {
        debug_assert!(index <= INDEX_MAX);
        Event((kind as u32) << 28 | index)
    }

    /// A wake-up of a station, which receives the tag. There are up to 2¹⁰ stations and 2¹⁸ tags.
    pub fn wake(station: u32, tag: u32) -> Event {
        debug_assert!(station < 1 << STATION_BITS && tag < 1 << TAG_BITS);
        Event::new(EventKind::Wake, station << TAG_BITS | tag)
    }

    /// Its kind.
    pub fn kind(self) -> EventKind {
        EVENT_KINDS[(self.0 >> 28) as usize]
    }

    /// The index of what it is about.
    pub fn index(self) -> u32 {
        self.0 & INDEX_MAX
    }

    /// The station and the tag of a wake-up.
    pub fn station_and_tag(self) -> (u32, u32) {
        (self.index() >> TAG_BITS, self.index() & ((1 << TAG_BITS) - 1))
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
    /// Later than every event.
    const NEVER: Entry = Entry { time: u64::MAX, sequence: u32::MAX, event: Event(0) };

    /// Whether it happens first. Computed without a branch, because no processor can predict which of
    /// two events is earlier.
    fn precedes(&self, other: &Entry) -> bool {
        (self.time < other.time) | ((self.time == other.time) & (self.sequence < other.sequence))
    }
}

#[derive(Clone, Copy, Debug)]
struct RingEntry {
    entry: Entry,
    /// Of a timer: the attempt it belongs to. 0 otherwise.
    generation: u32,
}

/// Events that are all scheduled the same time ahead, the earliest first.
#[derive(Debug)]
struct Ring {
    delay_ns: u64,
    /// Whether its events are timers, which may have become stale.
    has_timers: bool,
    queue: VecDeque<RingEntry>,
    /// The slot for its first event; `None` if that stands in the heap.
    slot: Option<usize>,
}

/// Rings that have a slot beside the heap. Most documents have one or two latencies, and most events
/// are messages; each further slot would be a further comparison at every event.
const SLOTS: usize = 3;

/// A constant delay that the calendar has a ring for: see [`Calendar::messages_after`] and
/// [`Calendar::timers_after`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Its length, nanoseconds.
    pub ns: u64,
    ring: u32,
}

/// The events to come, and the present time.
#[derive(Debug)]
pub struct Calendar {
    /// The present, nanoseconds since the start of the run.
    now: u64,
    /// The number of the event that was scheduled last.
    sequence: u32,
    heap: Vec<Entry>,
    rings: Vec<Ring>,
    /// The first events of the rings that have a slot; `NEVER` where the ring is empty.
    slots: [Entry; SLOTS],
    /// Events of the present instant, in order.
    present: VecDeque<Event>,
}

impl Default for Calendar {
    fn default() -> Self {
        Calendar {
            now: 0,
            sequence: 0,
            heap: Vec::new(),
            rings: Vec::new(),
            slots: [Entry::NEVER; SLOTS],
            present: VecDeque::new(),
        }
    }
}

impl Calendar {
    /// The delay for messages that are all scheduled `ns` nanoseconds ahead.
    pub fn messages_after(&mut self, ns: u64) -> Delay {
        self.ring(ns, false)
    }

    /// The delay for timers that are all scheduled `ns` nanoseconds ahead.
    pub fn timers_after(&mut self, ns: u64) -> Delay {
        self.ring(ns, true)
    }

    fn ring(&mut self, ns: u64, has_timers: bool) -> Delay {
        let known = self.rings.iter().position(|ring| ring.delay_ns == ns && ring.has_timers == has_timers);
        let ring = known.unwrap_or(self.rings.len());
        if known.is_none() {
            let taken = self.rings.iter().filter(|ring| ring.slot.is_some()).count();
            let slot = (!has_timers && ns > 0 && taken < SLOTS).then_some(taken);
            self.rings.push(Ring { delay_ns: ns, has_timers, queue: VecDeque::new(), slot });
        }
        Delay { ns, ring: ring as u32 }
    }

    /// The memory that the events to come take, bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let ringed: usize = self.rings.iter().map(|ring| ring.queue.len()).sum();
        self.heap.len() * size_of::<Entry>() + ringed * size_of::<RingEntry>() + self.present.len() * size_of::<Event>()
    }

    /// The present, nanoseconds since the start of the run.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Moves the present on; never back, and never past an event.
    pub fn move_to(&mut self, time: u64) {
        debug_assert!(time >= self.now && self.present.is_empty());
        self.now = time;
    }

    /// Schedules an event at a time that is not past, nanoseconds.
    pub fn at(&mut self, time: u64, event: Event) {
        debug_assert!(time >= self.now);
        if time == self.now {
            self.present.push_back(event);
        } else {
            let entry = self.entry(time, event);
            self.push(entry);
        }
    }

    /// Schedules an event after a constant delay.
    // Inlined, with `schedule_in_ring`, into the path of every message: the compiler alone does not do it.
    #[inline(always)]
    pub fn after(&mut self, delay: Delay, event: Event) {
        if delay.ns == 0 {
            self.present.push_back(event);
        } else {
            self.schedule_in_ring(delay, event, 0);
        }
    }

    /// Schedules a timer: an event that is stale once its generation is over (see [`Self::pop`]).
    /// Generations are not 0.
    pub fn timer(&mut self, delay: Delay, event: Event, generation: u32) {
        debug_assert!(generation != 0);
        self.schedule_in_ring(delay, event, generation);
    }

    #[inline(always)]
    fn schedule_in_ring(&mut self, delay: Delay, event: Event, generation: u32) {
        let entry = self.entry(self.now + delay.ns, event);
        let ring = &mut self.rings[delay.ring as usize];
        ring.queue.push_back(RingEntry { entry, generation });
        if ring.queue.len() == 1 {
            let head = Entry { event: Event::new(EventKind::Ring, delay.ring), ..entry };
            match ring.slot {
                Some(slot) => self.slots[slot] = head,
                None => self.push(head),
            }
        }
    }

    /// Takes the earliest event before `until` and moves the present to its time. Timers for which
    /// `is_stale` is true, given the generation that they were scheduled with, are discarded.
    pub fn pop(&mut self, until: u64, is_stale: impl Fn(Event, u32) -> bool) -> Option<Event> {
        loop {
            let mut top = self.heap.first().copied().unwrap_or(Entry::NEVER);
            for head in &self.slots {
                top = if head.precedes(&top) { *head } else { top };
            }
            if top.time != self.now && (!self.present.is_empty() || top.time >= until) {
                return self.present.pop_front();
            }
            if top.event.kind() != EventKind::Ring {
                self.now = top.time;
                self.pop_top();
                return Some(top.event);
            }
            let Ring { has_timers, queue, slot, .. } = &mut self.rings[top.event.index() as usize];
            let head = queue.pop_front();
            while *has_timers && queue.front().is_some_and(|next| is_stale(next.entry.event, next.generation)) {
                queue.pop_front();
            }
            let next = queue.front().map(|next| Entry { event: top.event, ..next.entry });
            match (*slot, next) {
                (Some(slot), next) => self.slots[slot] = next.unwrap_or(Entry::NEVER),
                (None, Some(next)) => self.replace_top(next),
                (None, None) => self.pop_top(),
            }
            let Some(head) = head else { continue };
            if head.generation != 0 && is_stale(head.entry.event, head.generation) {
                continue;
            }
            self.now = head.entry.time;
            return Some(head.entry.event);
        }
    }

    // Every event that is not of the present instant goes through it.
    #[inline(always)]
    fn entry(&mut self, time: u64, event: Event) -> Entry {
        if self.sequence == u32::MAX {
            self.renumber();
        }
        self.sequence += 1;
        Entry { time, sequence: self.sequence, event }
    }

    /// Gives all pending events new sequence numbers in the same order, once in 2³² events.
    #[cold]
    fn renumber(&mut self) {
        let ringed = self.rings.iter().flat_map(|ring| &ring.queue).map(|ringed| &ringed.entry);
        let mut all: Vec<_> = self.heap.iter().chain(ringed).map(|entry| (entry.time, entry.sequence)).collect();
        // A ring's first event stands twice: in its queue, and in the heap or a slot.
        all.sort_unstable();
        all.dedup();
        let rank = |time, sequence| all.binary_search(&(time, sequence)).map_or(0, |at| at as u32);
        let heads = self.slots.iter_mut().filter(|head| head.time != u64::MAX);
        for entry in self.heap.iter_mut().chain(heads) {
            entry.sequence = rank(entry.time, entry.sequence);
        }
        for ringed in self.rings.iter_mut().flat_map(|ring| &mut ring.queue) {
            ringed.entry.sequence = rank(ringed.entry.time, ringed.entry.sequence);
        }
        self.sequence = all.len() as u32;
    }

    fn push(&mut self, entry: Entry) {
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if !entry.precedes(&self.heap[parent]) {
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
                if self.heap[child].precedes(&self.heap[least]) {
                    least = child;
                }
            }
            if !self.heap[least].precedes(&entry) {
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
    fn events_happen_by_time_and_then_in_the_order_of_scheduling() {
        for seed in 0..20 {
            let mut stream = Stream::named(seed, "calendar", "test");
            let mut calendar = Calendar::default();
            // More rings than slots.
            let rings: Vec<Delay> = (5..10).map(|ns| calendar.messages_after(ns)).collect();
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
                } else if let Some(event) = calendar.pop(u64::MAX, |_, _| false) {
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
        let ring = calendar.messages_after(10);
        calendar.sequence = u32::MAX - 3;
        for i in 0..8 {
            calendar.after(ring, Event::new(EventKind::Done, i));
            calendar.at(10, Event::new(EventKind::Done, 100 + i));
        }
        let order: Vec<u32> = std::iter::from_fn(|| calendar.pop(u64::MAX, |_, _| false)).map(Event::index).collect();
        assert_eq!(order, (0..8).flat_map(|i| [i, 100 + i]).collect::<Vec<_>>());
    }

    #[test]
    fn stale_timers_are_dropped() {
        let mut calendar = Calendar::default();
        let ring = calendar.timers_after(10);
        for i in 0..4 {
            calendar.timer(ring, Event::new(EventKind::Timeout, i), 1);
            calendar.move_to(u64::from(i) + 1);
        }
        let popped = calendar.pop(u64::MAX, |event, _| event.index() != 3);
        assert_eq!(popped.map(Event::index), Some(3));
        assert_eq!(calendar.now(), 13);
    }
}
