//! One fetch for each missing key at a time.

use super::station::{CacheStation, FetchRole, LEASE};
use crate::engine::calendar::Event;
use crate::engine::core::{Core, NONE};
use crate::engine::job::JobState;
use crate::engine::message::Outcome;
use crate::engine::slab::Slab;
use crate::time::NEVER;
use std::collections::VecDeque;

/// Who fetches a missing key, and the reads that wait for it: one fill for each key at a time.
#[derive(Clone, Debug)]
pub(super) struct Fills {
    /// By key, the fill that is under way.
    pub(super) of: Vec<u32>,
    pub(super) all: Slab<Fill>,
    /// Fills that the calling apps make: when they are given up, and by which number.
    leases: VecDeque<(u64, u32, u64)>,
    /// When the next wake-up comes; another is stale.
    pub(super) wakes: u64,
    pub(super) number: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Fill {
    pub(super) key: u32,
    /// Tells fills in one slot apart; 0 once it is over.
    pub(super) number: u64,
    /// The line of reads that wait.
    pub(super) head: u32,
    pub(super) tail: u32,
}

impl Fills {
    pub(super) fn new(keys: u32) -> Fills {
        Fills { of: vec![NONE; keys as usize], all: Slab::default(), leases: VecDeque::new(), wakes: NEVER, number: 0 }
    }

    pub(super) fn clear(&mut self) {
        let keys = self.of.len() as u32;
        let number = self.number;
        *self = Fills { number, ..Fills::new(keys) };
    }

    /// Someone begins to fetch a key that nobody fetches.
    pub(super) fn begin(&mut self, key: u32) -> u32 {
        self.number += 1;
        let fill = self.all.insert(Fill { key, number: self.number, head: NONE, tail: NONE });
        self.of[key as usize] = fill;
        fill
    }

    /// Over: returns the head of the line of those who waited.
    fn end(&mut self, key: u32) -> u32 {
        let fill = std::mem::replace(&mut self.of[key as usize], NONE);
        if fill == NONE {
            return NONE;
        }
        self.all[fill].number = 0;
        self.all.remove(fill);
        self.all[fill].head
    }

    pub(super) fn wait(&mut self, core: &mut Core, fill: u32, job: u32) {
        core.jobs[job].state = JobState::Waiting;
        core.jobs[job].next_in_line = NONE;
        let it = &mut self.all[fill];
        match it.tail {
            NONE => it.head = job,
            tail => core.jobs[tail].next_in_line = job,
        }
        it.tail = job;
    }
}

impl CacheStation {
    /// A read is the one that fetches; without a link behind, its app does under a lease.
    pub(super) fn lead(&mut self, core: &mut Core, job: u32, key: u32) {
        let Some(fills) = &mut self.fills else { return };
        let fill = fills.begin(key);
        core.jobs[job].set_data(FetchRole::Fetches);
        if self.link.is_none() {
            let due = core.now() + self.lease_ns;
            fills.leases.push_back((due, fill, fills.number));
            self.wake_for_leases(core);
        }
    }

    /// Sees to it that a wake-up comes when the oldest open lease is over, and no other.
    fn wake_for_leases(&mut self, core: &mut Core) {
        let Some(fills) = &mut self.fills else { return };
        while fills.leases.front().is_some_and(|(_, fill, number)| fills.all[*fill].number != *number) {
            fills.leases.pop_front();
        }
        if fills.wakes == NEVER
            && let Some((due, ..)) = fills.leases.front()
        {
            fills.wakes = *due;
            core.calendar.at(*due, Event::wake(self.station, LEASE));
        }
    }

    /// Whoever waits for an app that was to fill a key, and took too long, is told so.
    pub(super) fn expire_leases(&mut self, core: &mut Core) {
        let now = core.now();
        match &mut self.fills {
            Some(fills) if fills.wakes == now => fills.wakes = NEVER,
            _ => return,
        }
        while let Some(fills) = &mut self.fills
            && let Some((due, fill, number)) = fills.leases.front().copied()
            && due <= now
        {
            fills.leases.pop_front();
            let it = fills.all[fill];
            if it.number == number {
                self.end_fill(core, it.key, Outcome::Miss);
            }
        }
        self.wake_for_leases(core);
    }

    /// A fill is over: those who waited share what it came to.
    pub(super) fn end_fill(&mut self, core: &mut Core, key: u32, outcome: Outcome) {
        let mut job = self.fills.as_mut().map_or(NONE, |fills| fills.end(key));
        while job != NONE {
            let next = core.jobs[job].next_in_line;
            if core.jobs[job].state == JobState::Waiting {
                core.jobs[job].state = JobState::Held;
                self.count(core, outcome == Outcome::Ok);
                core.answer(job, outcome);
            } else {
                core.release_message(job); // It was cancelled while it waited.
            }
            job = next;
        }
    }

    /// The read that fetched a key is not needed any more: the next that waits fetches it.
    pub(super) fn hand_on(&mut self, core: &mut Core, key: u32) {
        let Some(fills) = &mut self.fills else { return };
        let mut job = fills.end(key);
        while job != NONE && core.jobs[job].state != JobState::Waiting {
            let next = core.jobs[job].next_in_line;
            core.release_message(job);
            job = next;
        }
        if job == NONE {
            return;
        }
        let mut follower = core.jobs[job].next_in_line;
        core.jobs[job].state = JobState::Held;
        let fill = fills.begin(key);
        while follower != NONE {
            let next = core.jobs[follower].next_in_line;
            if core.jobs[follower].state == JobState::Waiting {
                fills.wait(core, fill, follower);
            } else {
                core.release_message(follower);
            }
            follower = next;
        }
        core.jobs[job].set_data(FetchRole::Fetches);
        self.ask_behind(core, job);
    }
}
