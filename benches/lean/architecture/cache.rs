//! The cache of the architecture: entries chained from the oldest to the newest.

use super::Architecture;
use crate::lean::NONE;

impl Architecture {
    pub(super) fn find(&mut self, key: u32) -> bool {
        let slot = self.at[key as usize];
        if slot == NONE {
            return false;
        }
        if self.entries[slot as usize].1 <= self.now {
            self.forget(key);
            return false;
        }
        self.unchain(slot);
        self.chain(slot);
        true
    }

    pub(super) fn remember(&mut self, key: u32) {
        let until = self.now + 60_000_000_000;
        if self.at[key as usize] != NONE {
            self.entries[self.at[key as usize] as usize].1 = until;
            return;
        }
        if self.entries.len() >= 20_000 {
            let oldest = self.entries[self.ends[0] as usize].0;
            self.forget(oldest);
        }
        let slot = self.entries.len() as u32;
        self.entries.push((key, until, NONE, NONE));
        self.at[key as usize] = slot;
        self.chain(slot);
    }

    pub(super) fn forget(&mut self, key: u32) {
        let slot = self.at[key as usize];
        if slot == NONE {
            return;
        }
        self.unchain(slot);
        self.at[key as usize] = NONE;
        self.entries.swap_remove(slot as usize);
        if let Some((key, _, older, newer)) = self.entries.get(slot as usize).copied() {
            self.at[key as usize] = slot;
            if older == NONE {
                self.ends[0] = slot
            } else {
                self.entries[older as usize].3 = slot
            }
            if newer == NONE { self.ends[1] = slot } else { self.entries[newer as usize].2 = slot }
        }
    }

    fn unchain(&mut self, slot: u32) {
        let (_, _, older, newer) = self.entries[slot as usize];
        if older == NONE {
            self.ends[0] = newer
        } else {
            self.entries[older as usize].3 = newer
        }
        if newer == NONE { self.ends[1] = older } else { self.entries[newer as usize].2 = older }
    }

    fn chain(&mut self, slot: u32) {
        let newest = std::mem::replace(&mut self.ends[1], slot);
        (self.entries[slot as usize].2, self.entries[slot as usize].3) = (newest, NONE);
        if newest == NONE { self.ends[0] = slot } else { self.entries[newest as usize].3 = slot }
    }
}
