//! Writes that are acknowledged at once and written later.

use super::station::{CacheStation, WRITE};
use crate::engine::calendar::Event;
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Message, Outcome};
use crate::engine::slab::Slab;
use crate::time::NEVER;

/// Writes that were acknowledged and are yet to be written behind: one for each key, in the order
/// in which they are due.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    pub(super) delay_ns: u64,
    pub(super) batch: u32,
    /// By key, its write in the line.
    pub(super) of: Vec<u32>,
    all: Slab<Unwritten>,
    pub(super) head: u32,
    pub(super) tail: u32,
    /// Writes that were merged into those in the line, these included.
    pub(super) writes: u64,
    /// Batches on their way, …
    sent: Slab<Batch>,
    /// … those of this life, and how many there may be: after a failure one, and twice as many
    /// after each success, as in TCP's slow start, so that it does not drown what is behind.
    pub(super) flying: u32,
    pub(super) window: u32,
    /// When the next wake-up comes; another is stale.
    pub(super) wakes: u64,
    /// Counts crashes: a batch that was sent before one is nobody's.
    pub(super) lives: u32,
}

#[derive(Clone, Copy, Debug)]
struct Unwritten {
    pub(super) message: Message,
    pub(super) due: u64,
    pub(super) writes: u64,
    pub(super) next: u32,
}

#[derive(Clone, Copy, Debug)]
struct Batch {
    pub(super) head: u32,
    life: u32,
}

impl Behind {
    pub(super) fn new(delay_ns: u64, batch: u32, keys: u32) -> Behind {
        Behind {
            delay_ns,
            batch,
            of: vec![NONE; keys as usize],
            all: Slab::default(),
            head: NONE,
            tail: NONE,
            writes: 0,
            sent: Slab::default(),
            flying: 0,
            window: u32::MAX,
            wakes: NEVER,
            lives: 0,
        }
    }

    /// Puts writes of a key into the line, or merges them with what is there.
    pub(super) fn push(&mut self, message: Message, due: u64, writes: u64) {
        self.writes += writes;
        let known = self.of[message.key as usize];
        if known != NONE {
            self.all[known].writes += writes;
            return;
        }
        let it = self.all.insert(Unwritten { message, due, writes, next: NONE });
        self.of[message.key as usize] = it;
        match self.tail {
            NONE => self.head = it,
            tail => self.all[tail].next = it,
        }
        self.tail = it;
    }

    /// Takes a batch from the line, oldest first; returns its head.
    fn take(&mut self) -> u32 {
        let (head, mut last) = (self.head, NONE);
        for _ in 0..self.batch {
            if self.head == NONE {
                break;
            }
            last = self.head;
            let Unwritten { message, writes, next, .. } = self.all[last];
            self.of[message.key as usize] = NONE;
            self.writes -= writes;
            self.head = next;
        }
        if self.head == NONE {
            self.tail = NONE;
        }
        if last != NONE {
            self.all[last].next = NONE;
        }
        head
    }

    /// Forgets what is in the line; returns how many writes that were.
    pub(super) fn lose(&mut self) -> u64 {
        let lost = self.writes;
        while self.head != NONE {
            let mut it = self.take();
            while it != NONE {
                self.all.remove(it);
                it = self.all[it].next;
            }
        }
        lost
    }
}

impl CacheStation {
    /// Writes what is due, and what else fits into the batches, as far as the window allows; the
    /// rest when it is due or a batch is back.
    pub(super) fn write_behind(&mut self, core: &mut Core) {
        let (Some(behind), Some(link)) = (&mut self.behind, self.link) else { return };
        let now = core.now();
        if core.station_states[self.station as usize].pauses > 0 {
            return;
        }
        while behind.head != NONE && behind.all[behind.head].due <= now && behind.flying < behind.window {
            let head = behind.take();
            behind.flying += 1;
            let batch = behind.sent.insert(Batch { head, life: behind.lives });
            // The call is nobody's: it goes on whatever becomes of the jobs here.
            core.call(self.station, NONE, batch, link, NONE, behind.all[head].message);
        }
        if behind.head != NONE && behind.all[behind.head].due > now && behind.wakes == NEVER {
            behind.wakes = behind.all[behind.head].due;
            core.calendar.at(behind.wakes, Event::wake(self.station, WRITE));
        }
    }

    /// A batch is written, or was not: then it is written later.
    pub(super) fn written(&mut self, core: &mut Core, batch: u32, outcome: Outcome) {
        let Some(behind) = &mut self.behind else { return };
        let Batch { head, life } = behind.sent[batch];
        behind.sent.remove(batch);
        let is_mine = life == behind.lives;
        if is_mine {
            behind.flying -= 1;
            behind.window = if outcome.is_good() { behind.window.saturating_mul(2) } else { 1 };
        }
        let mut it = head;
        while it != NONE {
            let Unwritten { message, writes, next, .. } = behind.all[it];
            behind.all.remove(it);
            if !outcome.is_good() && is_mine {
                behind.push(message, core.now() + behind.delay_ns, writes);
            } else if !outcome.is_good() {
                core.record.nodes[self.station as usize].counts.lost_writes += writes;
            }
            it = next;
        }
        self.write_behind(core);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::message::Access;

    #[test]
    fn writes_of_a_key_are_merged_and_leave_in_the_order_in_which_they_are_due() {
        let message = |key| Message { operation: 0, access: Access::Write, priority: 0, key, session: 0 };
        let mut behind = Behind::new(5, 2, 4);
        for (due, key) in [(5, 3), (6, 1), (7, 3), (8, 0)] {
            behind.push(message(key), due, 1);
        }
        assert_eq!(behind.writes, 4);
        let first = behind.take();
        let (one, two) = (behind.all[first], behind.all[behind.all[first].next]);
        assert_eq!([(one.message.key, one.writes), (two.message.key, two.writes)], [(3, 2), (1, 1)]);
        assert_eq!((two.next, behind.writes), (NONE, 1));
        assert_eq!(behind.lose(), 1);
        assert_eq!((behind.head, behind.tail, behind.writes), (NONE, NONE, 0));
        behind.push(message(0), 9, 1);
        assert_eq!(behind.head, behind.tail);
    }
}
