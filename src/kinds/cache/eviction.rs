//! What a cache remembers, and what makes room.

use super::Eviction;
use crate::engine::core::NONE;
use crate::engine::slab::Slab;
use crate::random::Stream;

/// What a cache remembers: entries in one dense list, found by key through a table as long as
/// there are keys, and chained by age or last use. Under [`Eviction::Lfu`] there is one chain for
/// each number of uses, and the chains are chained in turn, so that every step takes constant
/// time (Shah, Mitra and Matani 2010, "An O(1) algorithm for implementing the LFU cache eviction
/// scheme"). Uses of every key are counted, remembered or not, and do not age (Perfect LFU of Breslau
/// et al. 1999): in the long run the most popular keys are kept. To count only while a key is
/// remembered falls short of that by some percent for hours.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    pub(super) capacity: usize,
    pub(super) eviction: Eviction,
    entries: Vec<Remembered>,
    pub(super) at: Vec<u32>,
    chains: Slab<Chain>,
    /// Uses of each key since the memory was last empty; none where they do not matter.
    uses: Vec<u32>,
    /// The chain of the least used; [`NONE`] while there are no entries.
    pub(super) least: u32,
}

#[derive(Clone, Copy, Debug)]
struct Remembered {
    pub(super) key: u32,
    chain: u32,
    pub(super) expires: u64,
    pub(super) older: u32,
    newer: u32,
}

/// Entries with the same number of uses (unless they are counted: all entries).
#[derive(Clone, Copy, Debug)]
struct Chain {
    uses: u32,
    /// The entry that goes first, and the one that goes last.
    pub(super) oldest: u32,
    newest: u32,
    /// The chains of fewer and of more uses.
    less: u32,
    more: u32,
}

impl Memory {
    pub(super) fn new(capacity: u32, keys: u32, eviction: Eviction) -> Memory {
        Memory {
            capacity: capacity as usize,
            eviction,
            entries: Vec::new(),
            at: vec![NONE; keys as usize],
            chains: Slab::default(),
            uses: vec![0; if eviction == Eviction::Lfu { keys as usize } else { 0 }],
            least: NONE,
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.at.fill(NONE);
        self.chains = Slab::default();
        self.uses.fill(0);
        self.least = NONE;
    }

    /// Whether a key is remembered and fresh.
    pub(super) fn find(&mut self, key: u32, now: u64) -> bool {
        let slot = self.at[key as usize];
        if slot == NONE {
            return false;
        }
        if self.entries[slot as usize].expires <= now {
            self.remove(key);
            return false;
        }
        self.touch(slot);
        true
    }

    pub(super) fn insert(&mut self, key: u32, expires: u64, rng: &mut Stream) {
        let slot = self.at[key as usize];
        if slot != NONE {
            self.entries[slot as usize].expires = expires;
            return self.touch(slot);
        }
        if self.entries.len() >= self.capacity {
            let victim = match self.eviction {
                Eviction::Random => rng.below(self.entries.len() as u32),
                Eviction::Lru | Eviction::Lfu | Eviction::Fifo => self.chains[self.least].oldest,
            };
            self.remove(self.entries[victim as usize].key);
        }
        let slot = self.entries.len() as u32;
        let uses = self.uses.get_mut(key as usize).map_or(1, |uses| {
            *uses = uses.saturating_add(1);
            *uses
        });
        // Whoever comes back has been used little more than those that are used least: a short walk.
        let (mut less, mut more) = (NONE, self.least);
        while more != NONE && self.chains[more].uses < uses {
            (less, more) = (more, self.chains[more].more);
        }
        let chain = self.chain_of(uses, less);
        self.entries.push(Remembered { key, chain, expires, older: NONE, newer: NONE });
        self.at[key as usize] = slot;
        self.join(slot);
    }

    /// An entry is used once more.
    fn touch(&mut self, slot: u32) {
        let from = self.entries[slot as usize].chain;
        let uses = self.chains[from].uses;
        match self.eviction {
            Eviction::Lfu if uses < u32::MAX => {
                let to = self.chain_of(uses + 1, from);
                self.uses[self.entries[slot as usize].key as usize] = uses + 1;
                self.leave(slot);
                self.drop_if_empty(from);
                self.entries[slot as usize].chain = to;
                self.join(slot);
            }
            Eviction::Lru | Eviction::Lfu => {
                self.leave(slot);
                self.join(slot);
            }
            Eviction::Fifo | Eviction::Random => {}
        }
    }

    pub(super) fn remove(&mut self, key: u32) {
        let slot = self.at[key as usize];
        if slot == NONE {
            return;
        }
        let chain = self.entries[slot as usize].chain;
        self.leave(slot);
        self.drop_if_empty(chain);
        self.at[key as usize] = NONE;
        self.entries.swap_remove(slot as usize);
        // The last entry moved into the gap: those who know it by its place are told.
        if let Some(moved) = self.entries.get(slot as usize).copied() {
            self.at[moved.key as usize] = slot;
            match moved.older {
                NONE => self.chains[moved.chain].oldest = slot,
                older => self.entries[older as usize].newer = slot,
            }
            match moved.newer {
                NONE => self.chains[moved.chain].newest = slot,
                newer => self.entries[newer as usize].older = slot,
            }
        }
    }

    /// The chain of so many uses, which comes right after `less`; made if it is not there.
    fn chain_of(&mut self, uses: u32, less: u32) -> u32 {
        let more = if less == NONE { self.least } else { self.chains[less].more };
        if more != NONE && self.chains[more].uses == uses {
            return more;
        }
        let chain = self.chains.insert(Chain { uses, oldest: NONE, newest: NONE, less, more });
        self.tie(less, chain);
        self.tie(chain, more);
        chain
    }

    fn drop_if_empty(&mut self, chain: u32) {
        let Chain { oldest, less, more, .. } = self.chains[chain];
        if oldest == NONE {
            self.chains.remove(chain);
            self.tie(less, more);
        }
    }

    /// Makes two chains, or the beginning or end, neighbours.
    fn tie(&mut self, less: u32, more: u32) {
        match less {
            NONE => self.least = more,
            less => self.chains[less].more = more,
        }
        if more != NONE {
            self.chains[more].less = less;
        }
    }

    pub(super) fn leave(&mut self, slot: u32) {
        let Remembered { older, newer, chain, .. } = self.entries[slot as usize];
        match older {
            NONE => self.chains[chain].oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
        match newer {
            NONE => self.chains[chain].newest = older,
            newer => self.entries[newer as usize].older = older,
        }
    }

    fn join(&mut self, slot: u32) {
        let entry = &mut self.entries[slot as usize];
        let newest = std::mem::replace(&mut self.chains[entry.chain].newest, slot);
        (entry.older, entry.newer) = (newest, NONE);
        match newest {
            NONE => self.chains[entry.chain].oldest = slot,
            newest => self.entries[newest as usize].newer = slot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::NEVER;

    /// The chained table against a plain list, under random use.
    #[test]
    fn memory_forgets_what_the_policy_says() {
        for (eviction, touches) in [(Eviction::Lru, true), (Eviction::Fifo, false)] {
            let mut memory = Memory::new(5, 12, eviction);
            let mut list: Vec<u32> = Vec::new();
            let mut rng = Stream::named(9, "memory", "test");
            for step in 0..20_000 {
                let key = rng.below(12);
                match rng.below(5) {
                    0 => {
                        memory.remove(key);
                        list.retain(|k| *k != key);
                    }
                    1 | 2 => {
                        if list.contains(&key) {
                            if touches {
                                list.retain(|k| *k != key);
                                list.push(key);
                            }
                        } else {
                            if list.len() == 5 {
                                list.remove(0);
                            }
                            list.push(key);
                        }
                        memory.insert(key, NEVER, &mut rng);
                    }
                    _ => {
                        assert_eq!(memory.find(key, 0), list.contains(&key), "step {step}");
                        if touches && list.contains(&key) {
                            list.retain(|k| *k != key);
                            list.push(key);
                        }
                    }
                }
                assert_eq!(memory.entries.len(), list.len(), "step {step}");
            }
        }
    }

    #[test]
    fn entries_expire() {
        let mut memory = Memory::new(5, 2, Eviction::Lru);
        let mut rng = Stream::named(1, "memory", "test");
        memory.insert(1, 100, &mut rng);
        assert!(memory.find(1, 99));
        assert!(!memory.find(1, 100));
    }

    /// The chains of chains against a plain list of uses, under random use.
    #[test]
    fn the_least_used_goes_and_of_several_the_one_not_used_for_the_longest() {
        let mut memory = Memory::new(6, 15, Eviction::Lfu);
        let mut uses = [0u32; 15];
        // Key and time of the last use.
        let mut list: Vec<(u32, u32)> = Vec::new();
        let mut rng = Stream::named(4, "memory", "test");
        for step in 0..40_000 {
            let key = rng.below(15).min(rng.below(15));
            let known = list.iter().position(|it| it.0 == key);
            match rng.below(8) {
                0 => {
                    memory.remove(key);
                    list.retain(|it| it.0 != key);
                }
                1..=3 => {
                    if known.is_none() && list.len() == 6 {
                        let least = list.iter().map(|it| (uses[it.0 as usize], it.1)).min().expect("six");
                        list.retain(|it| (uses[it.0 as usize], it.1) != least);
                    }
                    list.retain(|it| it.0 != key);
                    list.push((key, step));
                    uses[key as usize] += 1;
                    memory.insert(key, NEVER, &mut rng);
                }
                _ => {
                    assert_eq!(memory.find(key, 0), known.is_some(), "step {step}");
                    if let Some(at) = known {
                        list[at] = (key, step);
                        uses[key as usize] += 1;
                    }
                }
            }
            let mut kept: Vec<u32> = memory.entries.iter().map(|it| it.key).collect();
            let mut expected: Vec<u32> = list.iter().map(|it| it.0).collect();
            kept.sort_unstable();
            expected.sort_unstable();
            assert_eq!(kept, expected, "step {step}");
            assert!(memory.chains.len() <= memory.entries.len());
        }
    }
}
