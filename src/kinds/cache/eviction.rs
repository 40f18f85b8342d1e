//! The entries of a cache, and which of them makes room for a new one.

use super::Eviction;
use crate::engine::core::NONE;
use crate::engine::list::{Linked, Links, List};
use crate::engine::slab::Slab;
use crate::random::Stream;

/// The entries of a cache: one dense vector, found by key through a table as long as there are keys,
/// and listed by age or last use. Under [`Eviction::Lfu`] there is one list for each number of uses,
/// and these groups are listed in turn, so that every step takes constant time (Shah, Mitra and
/// Matani 2010, "An O(1) algorithm for implementing the LFU cache eviction scheme"). Uses of every
/// key are counted, cached or not, and do not age (Perfect LFU of Breslau et al. 1999): in the long
/// run the most popular keys are kept. With `forgets` a key is counted only while it is cached, as Redis
/// does, which falls short of that by some percent for hours.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    capacity: usize,
    eviction: Eviction,
    entries: Vec<Entry>,
    /// By key, the index of its entry; [`NONE`] when it is not cached.
    by_key: Vec<u32>,
    groups: Slab<Group>,
    /// The groups by number of uses, fewest first.
    by_uses: List,
    /// Uses of each key since the cache was last empty; empty unless the policy counts uses.
    uses: Vec<u32>,
    /// Whether the count of a key goes with its entry.
    forgets: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u32,
    group: u32,
    /// When it was cached or confirmed, nanoseconds.
    cached: u64,
    expires: u64,
    links: Links,
}

/// Bytes of an entry.
pub(super) const ENTRY_BYTES: u64 = std::mem::size_of::<Entry>() as u64;

/// Entries with the same number of uses; all entries, unless the policy counts uses.
#[derive(Clone, Copy, Debug)]
struct Group {
    uses: u32,
    /// The entry that is evicted first comes first.
    entries: List,
    links: Links,
}

impl Linked for [Entry] {
    #[inline(always)]
    fn links(&mut self, item: u32) -> &mut Links {
        &mut self[item as usize].links
    }
}

impl Linked for Slab<Group> {
    #[inline(always)]
    fn links(&mut self, item: u32) -> &mut Links {
        &mut self[item].links
    }
}

impl Entries {
    pub(super) fn new(capacity: u32, keys: u32, eviction: Eviction, forgets: bool) -> Entries {
        Entries {
            capacity: capacity as usize,
            eviction,
            entries: Vec::new(),
            by_key: vec![NONE; keys as usize],
            groups: Slab::default(),
            by_uses: List::EMPTY,
            uses: vec![0; if eviction == Eviction::Lfu { keys as usize } else { 0 }],
            forgets,
        }
    }

    /// Another capacity from now on: entries beyond it are evicted.
    pub(super) fn reconfigure(&mut self, capacity: u32, forgets: bool, rng: &mut Stream) {
        (self.capacity, self.forgets) = (capacity as usize, forgets);
        while self.entries.len() > self.capacity {
            self.evict(rng);
        }
    }

    /// Removes the entry that makes room for a new one; there is one.
    fn evict(&mut self, rng: &mut Stream) {
        let victim = match self.eviction {
            Eviction::Random => rng.below(self.entries.len() as u32),
            Eviction::Lru | Eviction::Lfu | Eviction::Fifo => self.groups[self.by_uses.first].entries.first,
        };
        self.remove(self.entries[victim as usize].key);
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.by_key.fill(NONE);
        self.groups = Slab::default();
        self.by_uses = List::EMPTY;
        self.uses.fill(0);
    }

    /// Looks a key up, which counts as a use: when it was cached, if it is and has not expired.
    pub(super) fn find(&mut self, key: u32, now: u64) -> Option<u64> {
        let slot = self.by_key[key as usize];
        if slot == NONE {
            return None;
        }
        let Entry { cached, expires, .. } = self.entries[slot as usize];
        if expires <= now {
            self.remove(key);
            return None;
        }
        self.touch(slot);
        Some(cached)
    }

    /// The value of a key, if it is cached, is known to be up to date now.
    pub(super) fn confirm(&mut self, key: u32, now: u64) {
        if let Some(entry) = self.entries.get_mut(self.by_key[key as usize] as usize) {
            entry.cached = now;
        }
    }

    /// Caches a key, in place of another if there is no room.
    pub(super) fn insert(&mut self, key: u32, now: u64, expires: u64, rng: &mut Stream) {
        let slot = self.by_key[key as usize];
        if slot != NONE {
            let entry = &mut self.entries[slot as usize];
            (entry.cached, entry.expires) = (now, expires);
            return self.touch(slot);
        }
        if self.entries.len() >= self.capacity {
            self.evict(rng);
        }
        let slot = self.entries.len() as u32;
        let uses = self.uses.get_mut(key as usize).map_or(1, |uses| {
            *uses = uses.saturating_add(1);
            *uses
        });
        // A returning key's count is near the minimum, so this scan is short.
        let (mut fewer, mut more) = (NONE, self.by_uses.first);
        while more != NONE && self.groups[more].uses < uses {
            (fewer, more) = (more, self.groups[more].links.next);
        }
        let group = self.group_after(fewer, uses);
        self.entries.push(Entry { key, group, cached: now, expires, links: Links::NONE });
        self.by_key[key as usize] = slot;
        self.groups[group].entries.push_back(&mut self.entries[..], slot);
    }

    /// An entry is used once more.
    fn touch(&mut self, slot: u32) {
        let from = self.entries[slot as usize].group;
        let uses = self.groups[from].uses;
        match self.eviction {
            Eviction::Lfu if uses < u32::MAX => {
                let to = self.group_after(from, uses + 1);
                self.uses[self.entries[slot as usize].key as usize] = uses + 1;
                self.groups[from].entries.remove(&mut self.entries[..], slot);
                self.drop_if_empty(from);
                self.entries[slot as usize].group = to;
                self.groups[to].entries.push_back(&mut self.entries[..], slot);
            }
            Eviction::Lru | Eviction::Lfu => {
                self.groups[from].entries.remove(&mut self.entries[..], slot);
                self.groups[from].entries.push_back(&mut self.entries[..], slot);
            }
            Eviction::Fifo | Eviction::Random => {}
        }
    }

    /// Removes a key if it is cached.
    pub(super) fn remove(&mut self, key: u32) {
        let slot = self.by_key[key as usize];
        if slot == NONE {
            return;
        }
        let group = self.entries[slot as usize].group;
        self.groups[group].entries.remove(&mut self.entries[..], slot);
        self.drop_if_empty(group);
        self.by_key[key as usize] = NONE;
        if self.forgets
            && let Some(uses) = self.uses.get_mut(key as usize)
        {
            *uses = 0;
        }
        self.entries.swap_remove(slot as usize);
        // The last entry has moved into the gap.
        if let Some(moved) = self.entries.get(slot as usize).copied() {
            self.by_key[moved.key as usize] = slot;
            self.groups[moved.group].entries.item_moved(&mut self.entries[..], slot);
        }
    }

    /// The group of so many uses, which comes right after the group `fewer`; made if it is missing.
    fn group_after(&mut self, fewer: u32, uses: u32) -> u32 {
        let next = if fewer == NONE { self.by_uses.first } else { self.groups[fewer].links.next };
        if next != NONE && self.groups[next].uses == uses {
            return next;
        }
        let group = self.groups.insert(Group { uses, entries: List::EMPTY, links: Links::NONE });
        self.by_uses.insert_after(&mut self.groups, fewer, group);
        group
    }

    fn drop_if_empty(&mut self, group: u32) {
        if self.groups[group].entries.is_empty() {
            self.by_uses.remove(&mut self.groups, group);
            self.groups.remove(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::NEVER;

    /// The linked entries against a plain list, under random use.
    #[test]
    fn evicts_what_lru_and_fifo_say() {
        for (eviction, touches) in [(Eviction::Lru, true), (Eviction::Fifo, false)] {
            let mut cache = Entries::new(5, 12, eviction, false);
            let mut list: Vec<u32> = Vec::new();
            let mut rng = Stream::named(9, "memory", "test");
            for step in 0..20_000 {
                let key = rng.below(12);
                match rng.below(5) {
                    0 => {
                        cache.remove(key);
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
                        cache.insert(key, 0, NEVER, &mut rng);
                    }
                    _ => {
                        assert_eq!(cache.find(key, 0).is_some(), list.contains(&key), "step {step}");
                        if touches && list.contains(&key) {
                            list.retain(|k| *k != key);
                            list.push(key);
                        }
                    }
                }
                assert_eq!(cache.entries.len(), list.len(), "step {step}");
            }
        }
    }

    #[test]
    fn an_entry_is_a_miss_once_it_has_expired() {
        let mut cache = Entries::new(5, 2, Eviction::Lru, false);
        let mut rng = Stream::named(1, "memory", "test");
        cache.insert(1, 7, 100, &mut rng);
        assert_eq!(cache.find(1, 99), Some(7));
        assert_eq!(cache.find(1, 100), None);
    }

    /// The groups by uses against a plain list of uses, under random use.
    #[test]
    fn lfu_evicts_the_least_used_and_of_several_the_least_recently_used() {
        for forgets in [false, true] {
            lfu_against_a_list(forgets);
        }
    }

    fn lfu_against_a_list(forgets: bool) {
        let mut cache = Entries::new(6, 15, Eviction::Lfu, forgets);
        let mut uses = [0u32; 15];
        // Key and time of the last use.
        let mut list: Vec<(u32, u32)> = Vec::new();
        let mut rng = Stream::named(4, "memory", "test");
        for step in 0..40_000 {
            let key = rng.below(15).min(rng.below(15));
            let known = list.iter().position(|it| it.0 == key);
            match rng.below(8) {
                0 => {
                    cache.remove(key);
                    list.retain(|it| it.0 != key);
                    if forgets {
                        uses[key as usize] = 0;
                    }
                }
                1..=3 => {
                    if known.is_none() && list.len() == 6 {
                        let least = list.iter().map(|it| (uses[it.0 as usize], it.1)).min().expect("six");
                        let evicted =
                            list.iter().find(|it| (uses[it.0 as usize], it.1) == least).expect("it is there").0;
                        list.retain(|it| it.0 != evicted);
                        if forgets {
                            uses[evicted as usize] = 0;
                        }
                    }
                    list.retain(|it| it.0 != key);
                    list.push((key, step));
                    uses[key as usize] += 1;
                    cache.insert(key, 0, NEVER, &mut rng);
                }
                _ => {
                    assert_eq!(cache.find(key, 0).is_some(), known.is_some(), "step {step}");
                    if let Some(at) = known {
                        list[at] = (key, step);
                        uses[key as usize] += 1;
                    }
                }
            }
            let mut kept: Vec<u32> = cache.entries.iter().map(|it| it.key).collect();
            let mut expected: Vec<u32> = list.iter().map(|it| it.0).collect();
            kept.sort_unstable();
            expected.sort_unstable();
            assert_eq!(kept, expected, "step {step}");
            assert!(cache.groups.len() <= cache.entries.len());
        }
    }
}
