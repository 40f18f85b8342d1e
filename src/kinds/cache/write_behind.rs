//! Writes that are acknowledged at once and written to what is behind the cache later.

use super::station::{CacheStation, WRITE};
use crate::engine::calendar::Event;
use crate::engine::call::{Caller, Target};
use crate::engine::core::{Core, NONE};
use crate::engine::list::{Queue, Queued};
use crate::engine::message::{Message, Outcome};
use crate::engine::slab::Slab;
use crate::time::NEVER;

/// Writes that were acknowledged and are not written yet: one for each key, in the order in which
/// they are due.
#[derive(Clone, Debug)]
pub(super) struct WriteBehind {
    pub(super) delay_ns: u64,
    /// Most keys of a batch.
    pub(super) batch_size: u32,
    /// By key, its pending write; [`NONE`] if there is none.
    by_key: Vec<u32>,
    pending: Slab<PendingWrite>,
    queue: Queue,
    /// Writes in the queue, those that were merged into others counted.
    pub(super) writes: u64,
    /// Batches that are being written, those of earlier epochs included.
    batches: Slab<Batch>,
    /// Batches of this epoch that are being written.
    pub(super) batches_in_flight: u32,
    /// How many batches may be in flight: one after a failure, and twice as many after each
    /// success, as in TCP's slow start, so that a recovering callee is not overloaded.
    pub(super) window: u32,
    /// When the next wake-up is due; one before that is stale.
    pub(super) next_wake: u64,
    /// Counts crashes; answers to batches of an earlier epoch are ignored.
    pub(super) epoch: u32,
}

#[derive(Clone, Copy, Debug)]
struct PendingWrite {
    message: Message,
    /// When it is to be written, nanoseconds.
    due: u64,
    /// How many writes of the key were merged into it.
    writes: u64,
    next: u32,
}

impl Queued for Slab<PendingWrite> {
    #[inline(always)]
    fn next(&mut self, item: u32) -> &mut u32 {
        &mut self[item].next
    }
}

#[derive(Clone, Copy, Debug)]
struct Batch {
    writes: Queue,
    epoch: u32,
}

impl WriteBehind {
    pub(super) fn new(delay_ns: u64, batch_size: u32, keys: u32) -> WriteBehind {
        WriteBehind {
            delay_ns,
            batch_size,
            by_key: vec![NONE; keys as usize],
            pending: Slab::default(),
            queue: Queue::EMPTY,
            writes: 0,
            batches: Slab::default(),
            batches_in_flight: 0,
            window: u32::MAX,
            next_wake: NEVER,
            epoch: 0,
        }
    }

    /// Queues writes of a key, or merges them into the pending write of that key.
    pub(super) fn push(&mut self, message: Message, due: u64, writes: u64) {
        self.writes += writes;
        let known = self.by_key[message.key as usize];
        if known != NONE {
            self.pending[known].writes += writes;
            return;
        }
        let write = self.pending.insert(PendingWrite { message, due, writes, next: NONE });
        self.by_key[message.key as usize] = write;
        self.queue.push_back(&mut self.pending, write);
    }

    /// When the first write of the queue is due.
    fn next_due(&self) -> Option<u64> {
        (!self.queue.is_empty()).then(|| self.pending[self.queue.first].due)
    }

    /// Takes a batch from the queue, oldest first.
    fn take_batch(&mut self) -> Queue {
        let mut batch = Queue::EMPTY;
        for _ in 0..self.batch_size {
            let Some(write) = self.queue.pop_front(&mut self.pending) else {
                break;
            };
            let PendingWrite { message, writes, .. } = self.pending[write];
            self.by_key[message.key as usize] = NONE;
            self.writes -= writes;
            batch.push_back(&mut self.pending, write);
        }
        batch
    }

    /// Discards the queue; returns how many writes that loses.
    pub(super) fn discard_queue(&mut self) -> u64 {
        let lost = self.writes;
        while !self.queue.is_empty() {
            let mut batch = self.take_batch();
            while let Some(write) = batch.pop_front(&mut self.pending) {
                self.pending.remove(write);
            }
        }
        lost
    }
}

impl CacheStation {
    /// Sends batches while the first write of the queue is due and the window allows; schedules
    /// the rest.
    pub(super) fn send_batches(&mut self, core: &mut Core) {
        let (Some(behind), Some(link)) = (&mut self.write_behind, self.link) else {
            return;
        };
        let now = core.now();
        while behind.next_due().is_some_and(|due| due <= now) && behind.batches_in_flight < behind.window {
            let writes = behind.take_batch();
            behind.batches_in_flight += 1;
            let message = behind.pending[writes.first].message;
            let batch = behind.batches.insert(Batch { writes, epoch: behind.epoch });
            // The call has no owner: no job of the cache waits for it.
            core.call(Caller::Station(self.station, NONE), batch, link, Target::Any, message);
        }
        if let Some(due) = behind.next_due()
            && due > now
            && behind.next_wake == NEVER
        {
            behind.next_wake = due;
            core.calendar.at(due, Event::wake(self.station, WRITE));
        }
    }

    /// A batch was written, or failed and is queued again.
    pub(super) fn batch_answered(&mut self, core: &mut Core, batch: u32, outcome: Outcome) {
        let Some(behind) = &mut self.write_behind else {
            return;
        };
        let Batch { mut writes, epoch } = behind.batches[batch];
        behind.batches.remove(batch);
        let is_current = epoch == behind.epoch;
        if is_current {
            behind.batches_in_flight -= 1;
            behind.window = if outcome.is_good() { behind.window.saturating_mul(2) } else { 1 };
        }
        while let Some(write) = writes.pop_front(&mut behind.pending) {
            let PendingWrite { message, writes: merged, .. } = behind.pending[write];
            behind.pending.remove(write);
            if !outcome.is_good() && is_current {
                behind.push(message, core.now() + behind.delay_ns, merged);
            } else if !outcome.is_good() {
                core.record.nodes[self.station as usize].counts.lost_writes += merged;
            } else if is_current {
                // What the store has now is what was cached before.
                self.entries.confirm(message.key, core.now());
            }
        }
        self.send_batches(core);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::message::Access;

    #[test]
    fn writes_of_a_key_are_merged_and_leave_in_the_order_in_which_they_are_due() {
        let message = |key| Message { operation: 0, access: Access::Write, priority: 0, key, session: 0 };
        let mut behind = WriteBehind::new(5, 2, 4);
        for (due, key) in [(5, 3), (6, 1), (7, 3), (8, 0)] {
            behind.push(message(key), due, 1);
        }
        assert_eq!(behind.writes, 4);
        let batch = behind.take_batch();
        let (first, last) = (behind.pending[batch.first], behind.pending[batch.last]);
        assert_eq!([(first.message.key, first.writes), (last.message.key, last.writes)], [(3, 2), (1, 1)]);
        assert_eq!((first.next, last.next, behind.writes), (batch.last, NONE, 1));
        assert_eq!(behind.discard_queue(), 1);
        assert_eq!((behind.queue, behind.writes), (Queue::EMPTY, 0));
        behind.push(message(0), 9, 1);
        assert_eq!((behind.next_due(), behind.queue.first), (Some(9), behind.queue.last));
    }
}
