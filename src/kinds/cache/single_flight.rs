//! Coalescing of misses (single-flight): while a missing key is being fetched, other reads of it
//! wait for that fetch.

use super::station::{CacheStation, FetchRole, LEASE};
use crate::engine::calendar::Event;
use crate::engine::core::{Core, NONE};
use crate::engine::job::JobState;
use crate::engine::list::Queue;
use crate::engine::message::Outcome;
use crate::engine::slab::Slab;
use crate::time::NEVER;
use std::collections::VecDeque;

/// The fetches of missing keys, at most one for each key, and the reads that wait for them.
#[derive(Clone, Debug)]
pub(super) struct Fills {
    /// By key, the fill that is under way; [`NONE`] if there is none.
    pub(super) by_key: Vec<u32>,
    fills: Slab<Fill>,
    /// Fills that calling apps make, oldest first: when the lease expires, the slot, the number.
    leases: VecDeque<(u64, u32, u64)>,
    /// When the next wake-up is due; one before that is stale.
    next_wake: u64,
    /// The number of the latest fill.
    number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Fill {
    key: u32,
    /// Distinguishes the fills of one slot; 0 once the fill is over.
    number: u64,
    /// The jobs of the reads that wait.
    waiting: Queue,
}

impl Fills {
    pub(super) fn new(keys: u32) -> Fills {
        Fills {
            by_key: vec![NONE; keys as usize],
            fills: Slab::default(),
            leases: VecDeque::new(),
            next_wake: NEVER,
            number: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        let keys = self.by_key.len() as u32;
        let number = self.number;
        *self = Fills { number, ..Fills::new(keys) };
    }

    /// Begins to fetch a key that is not being fetched.
    fn begin(&mut self, key: u32) -> u32 {
        self.number += 1;
        let fill = self.fills.insert(Fill { key, number: self.number, waiting: Queue::EMPTY });
        self.by_key[key as usize] = fill;
        fill
    }

    /// Ends the fill of a key, if there is one; returns the reads that waited for it.
    fn end(&mut self, key: u32) -> Queue {
        let fill = std::mem::replace(&mut self.by_key[key as usize], NONE);
        if fill == NONE {
            return Queue::EMPTY;
        }
        self.fills[fill].number = 0;
        self.fills.remove(fill);
        self.fills[fill].waiting
    }

    /// Lets a read wait for a fill.
    pub(super) fn wait(&mut self, core: &mut Core, fill: u32, job: u32) {
        core.jobs[job].state = JobState::Waiting;
        self.fills[fill].waiting.push_back(&mut core.jobs, job);
    }
}

impl CacheStation {
    /// Begins the fetch of a key for a read. Without a link behind the cache the calling app
    /// fetches it, under a lease.
    pub(super) fn begin_fill(&mut self, core: &mut Core, job: u32, key: u32) {
        let Some(fills) = &mut self.fills else { return };
        let fill = fills.begin(key);
        core.jobs[job].set_data(FetchRole::Fetches);
        if self.link.is_none() {
            let due = core.now() + self.lease_ns;
            // The lease may have been longer when those before it began.
            let at = fills.leases.partition_point(|(other, ..)| *other <= due);
            fills.leases.insert(at, (due, fill, fills.number));
            self.wake_for_leases(core);
        }
    }

    /// Schedules one wake-up at the expiry of the oldest open lease.
    fn wake_for_leases(&mut self, core: &mut Core) {
        let Some(fills) = &mut self.fills else { return };
        while fills.leases.front().is_some_and(|(_, fill, number)| fills.fills[*fill].number != *number) {
            fills.leases.pop_front();
        }
        if let Some((due, ..)) = fills.leases.front()
            && *due < fills.next_wake
        {
            fills.next_wake = *due;
            core.calendar.at(*due, Event::wake(self.station, LEASE));
        }
    }

    /// Answers the reads whose lease has expired with a miss.
    pub(super) fn expire_leases(&mut self, core: &mut Core) {
        let now = core.now();
        match &mut self.fills {
            Some(fills) if fills.next_wake <= now => fills.next_wake = NEVER,
            _ => return,
        }
        while let Some(fills) = &mut self.fills
            && let Some((due, fill, number)) = fills.leases.front().copied()
            && due <= now
        {
            fills.leases.pop_front();
            let expired = fills.fills[fill];
            if expired.number == number {
                self.end_fill(core, expired.key, Outcome::Miss);
            }
        }
        self.wake_for_leases(core);
    }

    /// A fill is over: the reads that waited get the same outcome.
    pub(super) fn end_fill(&mut self, core: &mut Core, key: u32, outcome: Outcome) {
        let mut waiting = self.fills.as_mut().map_or(Queue::EMPTY, |fills| fills.end(key));
        while let Some(job) = waiting.pop_front(&mut core.jobs) {
            if core.jobs[job].state == JobState::Waiting {
                core.jobs[job].state = JobState::Held;
                self.count_lookup(core, outcome == Outcome::Ok);
                core.answer(job, outcome);
            } else {
                core.release_message(job); // It was cancelled while it waited.
            }
        }
    }

    /// The read that fetched a key was cancelled: the next read that waits fetches it.
    pub(super) fn hand_over_fill(&mut self, core: &mut Core, key: u32) {
        let Some(fills) = &mut self.fills else { return };
        let mut waiting = fills.end(key);
        let mut leader = waiting.pop_front(&mut core.jobs);
        while let Some(job) = leader
            && core.jobs[job].state != JobState::Waiting
        {
            leader = waiting.pop_front(&mut core.jobs);
            core.release_message(job);
        }
        let Some(leader) = leader else { return };
        core.jobs[leader].state = JobState::Held;
        let fill = fills.begin(key);
        while let Some(follower) = waiting.pop_front(&mut core.jobs) {
            if core.jobs[follower].state == JobState::Waiting {
                fills.wait(core, fill, follower);
            } else {
                core.release_message(follower);
            }
        }
        core.jobs[leader].set_data(FetchRole::Fetches);
        self.call_behind(core, leader);
    }
}
