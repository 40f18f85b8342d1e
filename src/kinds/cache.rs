//! Caches: real keys, real capacity, real expiry; the hit ratio emerges.

use crate::engine::core::{Access, Core, NONE, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::{Calls, Fields, Info, Kind, Layout, Role, Section, Site, Span, Wrong, about, pick};
use crate::pick;
use crate::random::{Distribution, Stream};
use crate::time::{NEVER, from_s};

pick! {
    /// Which entry makes room for a new one.
    Eviction {
        /// The one not asked for the longest.
        Lru = "lru" "least recently used",
        /// The oldest.
        Fifo = "fifo" "oldest",
        /// Any.
        Random = "random" "random",
    }
}

/// Parameters of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    capacity_entries: Option<u32>,
    eviction: Eviction,
    ttl_s: Option<f64>,
    lookup: Span,
    workers: Option<u32>,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            capacity_entries: Some(1000),
            eviction: Eviction::Lru,
            ttl_s: None,
            lookup: Span::constant(0.2),
            workers: None,
        }
    }
}

impl Kind for Cache {
    const INFO: Info = Info {
        id: "cache",
        label: "Cache",
        role: Role::Cache,
        tagline: "real keys, real misses",
        help: "Remembers keys. Without a link of its own the calling app fills it after a miss (cache-aside); with one it reads through. It starts cold, and a crash makes it cold again.",
        section: Section::Data,
        called: true,
        calls: Calls::One,
    };
    type Station = Caches;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.maybe_whole(
            about("capacity_entries", "Capacity", "entries", "How many keys it can remember."),
            "unlimited",
            &mut self.capacity_entries,
            1,
            5_000_000,
        );
        pick(f, about("eviction", "Eviction", "", "Which entry makes room for a new one."), &mut self.eviction);
        f.maybe_number(
            about("ttl_s", "Time to live", "s", "An entry older than this is a miss."),
            "for ever",
            &mut self.ttl_s,
            0.001,
            1e7,
        );
        self.lookup.fields(f, about("lookup", "Lookup", "", "Time to answer, hit or miss."));
        f.maybe_whole(
            about("workers", "Workers", "", "Lookups at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
    }

    fn check(&self) -> Vec<Wrong> {
        self.lookup.check("lookup").into_iter().collect()
    }

    fn summary(&self) -> String {
        let policy = match self.eviction {
            Eviction::Lru => "LRU",
            Eviction::Fifo => "FIFO",
            Eviction::Random => "random",
        };
        match self.capacity_entries {
            Some(entries) => format!("{policy}, {entries} keys"),
            None => "unlimited keys".to_owned(),
        }
    }

    fn plan(&self) -> Layout {
        Layout { workers: self.workers, ..Layout::default() }
    }

    fn station(&self, site: &Site) -> Caches {
        Caches {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            server: Server::new(1, self.workers, None, Discipline::Fifo),
            lookup: self.lookup.distribution(),
            memory: Memory::new(self.capacity_entries.unwrap_or(site.keys.max(1)), site.keys, self.eviction),
            ttl_ns: self.ttl_s.map(from_s),
            work: Stream::named(site.seed, &site.id, "service"),
            luck: Stream::named(site.seed, &site.id, "eviction"),
        }
    }
}

/// What a cache remembers: entries in one dense list, chained by age or last use, found by key
/// through a table as long as there are keys.
#[derive(Clone, Debug)]
struct Memory {
    capacity: usize,
    eviction: Eviction,
    entries: Vec<Remembered>,
    at: Vec<u32>,
    /// The entry that goes first, and the one that goes last.
    oldest: u32,
    newest: u32,
}

#[derive(Clone, Copy, Debug)]
struct Remembered {
    key: u32,
    expires: u64,
    older: u32,
    newer: u32,
}

impl Memory {
    fn new(capacity: u32, keys: u32, eviction: Eviction) -> Memory {
        Memory {
            capacity: capacity as usize,
            eviction,
            entries: Vec::new(),
            at: vec![NONE; keys as usize],
            oldest: NONE,
            newest: NONE,
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.at.fill(NONE);
        (self.oldest, self.newest) = (NONE, NONE);
    }

    /// Whether a key is remembered and fresh.
    fn find(&mut self, key: u32, now: u64) -> bool {
        let slot = self.at[key as usize];
        if slot == NONE {
            return false;
        }
        if self.entries[slot as usize].expires <= now {
            self.remove(key);
            return false;
        }
        if self.eviction == Eviction::Lru {
            self.unchain(slot);
            self.chain(slot);
        }
        true
    }

    fn insert(&mut self, key: u32, expires: u64, luck: &mut Stream) {
        let slot = self.at[key as usize];
        if slot != NONE {
            self.entries[slot as usize].expires = expires;
            if self.eviction == Eviction::Lru {
                self.unchain(slot);
                self.chain(slot);
            }
            return;
        }
        if self.entries.len() >= self.capacity {
            let victim = match self.eviction {
                Eviction::Random => luck.below(self.entries.len() as u32),
                Eviction::Lru | Eviction::Fifo => self.oldest,
            };
            self.remove(self.entries[victim as usize].key);
        }
        let slot = self.entries.len() as u32;
        self.entries.push(Remembered { key, expires, older: NONE, newer: NONE });
        self.at[key as usize] = slot;
        self.chain(slot);
    }

    fn remove(&mut self, key: u32) {
        let slot = self.at[key as usize];
        if slot == NONE {
            return;
        }
        self.unchain(slot);
        self.at[key as usize] = NONE;
        self.entries.swap_remove(slot as usize);
        // The last entry moved into the gap: those who know it by its place are told.
        if let Some(moved) = self.entries.get(slot as usize).copied() {
            self.at[moved.key as usize] = slot;
            match moved.older {
                NONE => self.oldest = slot,
                older => self.entries[older as usize].newer = slot,
            }
            match moved.newer {
                NONE => self.newest = slot,
                newer => self.entries[newer as usize].older = slot,
            }
        }
    }

    fn unchain(&mut self, slot: u32) {
        let Remembered { older, newer, .. } = self.entries[slot as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
    }

    fn chain(&mut self, slot: u32) {
        let newest = std::mem::replace(&mut self.newest, slot);
        let entry = &mut self.entries[slot as usize];
        (entry.older, entry.newer) = (newest, NONE);
        match newest {
            NONE => self.oldest = slot,
            newest => self.entries[newest as usize].newer = slot,
        }
    }
}

/// A cache while running.
#[derive(Clone, Debug)]
pub struct Caches {
    station: u32,
    link: Option<u32>,
    server: Server,
    lookup: Distribution,
    memory: Memory,
    ttl_ns: Option<u64>,
    work: Stream,
    luck: Stream,
}

impl Caches {
    fn begin(&mut self, core: &mut Core, job: u32) {
        let span = self.lookup.sample(&mut self.work);
        self.server.begin(core, job, span);
    }

    fn remember(&mut self, now: u64, key: u32) {
        let expires = self.ttl_ns.map_or(NEVER, |ttl| now + ttl);
        self.memory.insert(key, expires, &mut self.luck);
    }

    fn ask_behind(&self, core: &mut Core, job: u32) -> bool {
        let Some(link) = self.link else { return false };
        core.jobs[job].pending = 1;
        let message = core.jobs[job].message;
        core.call(self.station, job, 0, link, NONE, message);
        true
    }
}

impl Station for Caches {
    fn arrive(&mut self, core: &mut Core, job: u32) {
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => core.reject(job, Outcome::Rejected),
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
        let now = core.now();
        let message = core.jobs[job].message;
        match message.access {
            Access::Read => {
                let hit = self.memory.find(message.key, now);
                let counts = &mut core.record.nodes[self.station as usize].counts;
                counts.lookups += 1;
                counts.hits += u64::from(hit);
                if hit {
                    core.answer(job, Outcome::Ok);
                } else if !self.ask_behind(core, job) {
                    core.answer(job, Outcome::Miss);
                }
            }
            Access::Write => {
                if !self.ask_behind(core, job) {
                    self.remember(now, message.key);
                    core.answer(job, Outcome::Ok);
                }
            }
            Access::Fill => {
                self.remember(now, message.key);
                core.answer(job, Outcome::Ok);
            }
            Access::Invalidate => {
                self.memory.remove(message.key);
                core.answer(job, Outcome::Ok);
            }
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, _tag: u32, outcome: Outcome) {
        let it = &mut core.jobs[owner];
        it.pending = 0;
        let message = it.message;
        if outcome.is_good() && message.access == Access::Read {
            self.remember(core.now(), message.key);
        } else if message.access == Access::Write {
            // Whether or not the write took effect, what is remembered may be old.
            self.memory.remove(message.key);
        }
        core.answer(owner, outcome);
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.memory.clear();
    }

    fn flushed(&mut self, _core: &mut Core) {
        self.memory.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chained table against a plain list, under random use.
    #[test]
    fn memory_forgets_what_the_policy_says() {
        for (eviction, touches) in [(Eviction::Lru, true), (Eviction::Fifo, false)] {
            let mut memory = Memory::new(5, 12, eviction);
            let mut list: Vec<u32> = Vec::new();
            let mut luck = Stream::named(9, "memory", "test");
            for step in 0..20_000 {
                let key = luck.below(12);
                match luck.below(5) {
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
                        memory.insert(key, NEVER, &mut luck);
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
        let mut luck = Stream::named(1, "memory", "test");
        memory.insert(1, 100, &mut luck);
        assert!(memory.find(1, 99));
        assert!(!memory.find(1, 100));
    }
}
