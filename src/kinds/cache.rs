//! Caches: real keys, real capacity, real expiry; the hit ratio emerges.

use crate::choices;
use crate::engine::calendar::Event;
use crate::engine::core::{Access, Core, JobState, Message, NONE, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::server::{Entry, Server};
use crate::engine::slab::Slab;
use crate::engine::station::Station;
use crate::kind::{Calls, Capacity, Info, Kind, Role, Section, StationContext};
use crate::params::{DurationParam, Fields, Violation, choice, parameter};
use crate::random::{Distribution, Stream};
use crate::time::{NEVER, from_ms, from_s};
use std::collections::VecDeque;

choices! {
    /// Which entry makes room for a new one.
    Eviction {
        /// The one not asked for the longest.
        Lru = "lru" "least recently used",
        /// The one asked for the fewest times since it is there, of several the one not asked
        /// for the longest.
        Lfu = "lfu" "least frequently used",
        /// The oldest.
        Fifo = "fifo" "oldest",
        /// Any.
        Random = "random" "random",
    }
}

choices! {
    /// What a cache with a link behind it does with a write.
    Writes {
        /// Passes it on and forgets the key.
        Invalidate = "invalidate" "pass on, forget",
        /// Passes it on and remembers what was written.
        Through = "through" "write through",
        /// Acknowledges it at once and passes it on later.
        Behind = "behind" "write behind",
    }
}

/// Parameters of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    capacity_entries: Option<u32>,
    eviction: Eviction,
    ttl_s: Option<f64>,
    lookup: DurationParam,
    workers: Option<u32>,
    coalesce: bool,
    lease_ms: f64,
    writes: Writes,
    write_delay_ms: f64,
    write_batch: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            capacity_entries: Some(1000),
            eviction: Eviction::Lru,
            ttl_s: None,
            lookup: DurationParam::constant(0.2),
            workers: None,
            coalesce: false,
            // Memcache at Facebook hands out one lease for a key in 10 s (Nishtala et al. 2013).
            lease_ms: 10_000.0,
            writes: Writes::Invalidate,
            // Hazelcast's MapStore: write-batch-size is 1 by default; write-delay-seconds is 0,
            // which is write-through.
            write_delay_ms: 1000.0,
            write_batch: 1,
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
    type Station = CacheStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("capacity_entries", "Capacity").unit("entries").help("How many keys it can remember."),
            "unlimited",
            &mut self.capacity_entries,
            1,
            5_000_000,
        );
        choice(f, parameter("eviction", "Eviction").help("Which entry makes room for a new one."), &mut self.eviction);
        f.optional_number(
            parameter("ttl_s", "Time to live").unit("s").help("An entry older than this is a miss."),
            "for ever",
            &mut self.ttl_s,
            0.001,
            1e7,
        );
        self.lookup.fields(f, parameter("lookup", "Lookup").help("Time to answer, hit or miss."));
        f.optional_integer(
            parameter("workers", "Workers").help("Lookups at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.boolean(
            parameter("coalesce", "One fill at a time")
                .help("While a missing key is being fetched, other reads of it wait for that and do not fetch it too."),
            &mut self.coalesce,
        );
        f.number(
            parameter("lease_ms", "Lease").unit("ms").help("How long they wait for an app to fill a key before they are told that it is missing. With a link behind, they share what its call comes to."),
            &mut self.lease_ms,
            0.001,
            3_600_000.0,
        );
        choice(
            f,
            parameter("writes", "Writes").help("With a link behind: pass a write on and forget the key, or remember it; or acknowledge it at once and write it later, which a crash or a flush loses."),
            &mut self.writes,
        );
        f.number(
            parameter("write_delay_ms", "Write delay")
                .unit("ms")
                .help("Writing behind, how long a write is held; further writes of the same key are merged into it."),
            &mut self.write_delay_ms,
            0.001,
            3_600_000.0,
        );
        f.integer(
            parameter("write_batch", "Write batch")
                .unit("keys")
                .help("Writing behind, how many keys one write to what is behind carries."),
            &mut self.write_batch,
            1,
            100_000,
        );
    }

    fn check(&self) -> Vec<Violation> {
        self.lookup.check("lookup").into_iter().collect()
    }

    fn summary(&self) -> String {
        let policy = match self.eviction {
            Eviction::Lru => "LRU",
            Eviction::Lfu => "LFU",
            Eviction::Fifo => "FIFO",
            Eviction::Random => "random",
        };
        match self.capacity_entries {
            Some(entries) => format!("{policy}, {entries} keys"),
            None => "unlimited keys".to_owned(),
        }
    }

    fn capacity(&self) -> Capacity {
        Capacity { workers: self.workers, ..Capacity::default() }
    }

    fn station(&self, site: &StationContext) -> CacheStation {
        CacheStation {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            server: Server::new(1, self.workers, None, Discipline::Fifo),
            lookup: self.lookup.distribution(),
            memory: Memory::new(self.capacity_entries.unwrap_or(site.keys.max(1)), site.keys, self.eviction),
            ttl_ns: self.ttl_s.map(from_s),
            fills: self.coalesce.then(|| Box::new(Fills::new(site.keys))),
            lease_ns: from_ms(self.lease_ms),
            writes: self.writes,
            behind: (self.writes == Writes::Behind && !site.out.is_empty())
                .then(|| Box::new(Behind::new(from_ms(self.write_delay_ms), self.write_batch, site.keys))),
            work: Stream::named(site.seed, &site.id, "service"),
            rng: Stream::named(site.seed, &site.id, "eviction"),
        }
    }
}

/// What a cache remembers: entries in one dense list, found by key through a table as long as
/// there are keys, and chained by age or last use. Under [`Eviction::Lfu`] there is one chain for
/// each number of uses, and the chains are chained in turn, so that every step takes constant
/// time (Shah, Mitra and Matani 2010, "An O(1) algorithm for implementing the LFU cache eviction
/// scheme"). Uses of every key are counted, remembered or not, and do not age (Perfect LFU of Breslau
/// et al. 1999): in the long run the most popular keys are kept. To count only while a key is
/// remembered falls short of that by some percent for hours.
#[derive(Clone, Debug)]
struct Memory {
    capacity: usize,
    eviction: Eviction,
    entries: Vec<Remembered>,
    at: Vec<u32>,
    chains: Slab<Chain>,
    /// Uses of each key since the memory was last empty; none where they do not matter.
    uses: Vec<u32>,
    /// The chain of the least used; [`NONE`] while there are no entries.
    least: u32,
}

#[derive(Clone, Copy, Debug)]
struct Remembered {
    key: u32,
    chain: u32,
    expires: u64,
    older: u32,
    newer: u32,
}

/// Entries with the same number of uses (unless they are counted: all entries).
#[derive(Clone, Copy, Debug)]
struct Chain {
    uses: u32,
    /// The entry that goes first, and the one that goes last.
    oldest: u32,
    newest: u32,
    /// The chains of fewer and of more uses.
    less: u32,
    more: u32,
}

impl Memory {
    fn new(capacity: u32, keys: u32, eviction: Eviction) -> Memory {
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

    fn clear(&mut self) {
        self.entries.clear();
        self.at.fill(NONE);
        self.chains = Slab::default();
        self.uses.fill(0);
        self.least = NONE;
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
        self.touch(slot);
        true
    }

    fn insert(&mut self, key: u32, expires: u64, rng: &mut Stream) {
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

    fn remove(&mut self, key: u32) {
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

    fn leave(&mut self, slot: u32) {
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

/// Who fetches a missing key, and the reads that wait for it: one fill for each key at a time.
#[derive(Clone, Debug)]
struct Fills {
    /// By key, the fill that is under way.
    of: Vec<u32>,
    all: Slab<Fill>,
    /// Fills that the calling apps make: when they are given up, and by which number.
    leases: VecDeque<(u64, u32, u64)>,
    /// When the next wake-up comes; another is stale.
    wakes: u64,
    number: u64,
}

#[derive(Clone, Copy, Debug)]
struct Fill {
    key: u32,
    /// Tells fills in one slot apart; 0 once it is over.
    number: u64,
    /// The line of reads that wait.
    head: u32,
    tail: u32,
}

impl Fills {
    fn new(keys: u32) -> Fills {
        Fills { of: vec![NONE; keys as usize], all: Slab::default(), leases: VecDeque::new(), wakes: NEVER, number: 0 }
    }

    fn clear(&mut self) {
        let keys = self.of.len() as u32;
        let number = self.number;
        *self = Fills { number, ..Fills::new(keys) };
    }

    /// Someone begins to fetch a key that nobody fetches.
    fn begin(&mut self, key: u32) -> u32 {
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

    fn wait(&mut self, core: &mut Core, fill: u32, job: u32) {
        core.jobs[job].state = JobState::Waiting;
        core.jobs[job].next = NONE;
        let it = &mut self.all[fill];
        match it.tail {
            NONE => it.head = job,
            tail => core.jobs[tail].next = job,
        }
        it.tail = job;
    }
}

/// Writes that were acknowledged and are yet to be written behind: one for each key, in the order
/// in which they are due.
#[derive(Clone, Debug)]
struct Behind {
    delay_ns: u64,
    batch: u32,
    /// By key, its write in the line.
    of: Vec<u32>,
    all: Slab<Unwritten>,
    head: u32,
    tail: u32,
    /// Writes that were merged into those in the line, these included.
    writes: u64,
    /// Batches on their way, …
    sent: Slab<Batch>,
    /// … those of this life, and how many there may be: after a failure one, and twice as many
    /// after each success, as in TCP's slow start, so that it does not drown what is behind.
    flying: u32,
    window: u32,
    /// When the next wake-up comes; another is stale.
    wakes: u64,
    /// Counts crashes: a batch that was sent before one is nobody's.
    lives: u32,
}

#[derive(Clone, Copy, Debug)]
struct Unwritten {
    message: Message,
    due: u64,
    writes: u64,
    next: u32,
}

#[derive(Clone, Copy, Debug)]
struct Batch {
    head: u32,
    life: u32,
}

impl Behind {
    fn new(delay_ns: u64, batch: u32, keys: u32) -> Behind {
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
    fn push(&mut self, message: Message, due: u64, writes: u64) {
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
    fn lose(&mut self) -> u64 {
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

/// A job's step while it waits for another's fill, …
const WAITS: u32 = 1;
/// … and while it fetches for itself and for those who wait.
const FETCHES: u32 = 2;

/// Tags of wake-ups: a lease may be over, …
const LEASE: u32 = 0;
/// … or a write is due.
const WRITE: u32 = 1;

/// A cache while running.
#[derive(Clone, Debug)]
pub struct CacheStation {
    station: u32,
    link: Option<u32>,
    server: Server,
    lookup: Distribution,
    memory: Memory,
    ttl_ns: Option<u64>,
    fills: Option<Box<Fills>>,
    lease_ns: u64,
    writes: Writes,
    behind: Option<Box<Behind>>,
    work: Stream,
    rng: Stream,
}

impl CacheStation {
    /// Writes acknowledged and not yet sent to be written; absent unless it writes behind.
    pub fn unwritten(&self) -> Option<u64> {
        self.behind.as_ref().map(|behind| behind.writes)
    }

    fn begin(&mut self, core: &mut Core, job: u32) {
        let span = self.lookup.sample(&mut self.work);
        self.server.begin(core, job, span);
    }

    fn remember(&mut self, now: u64, key: u32) {
        let expires = self.ttl_ns.map_or(NEVER, |ttl| now + ttl);
        self.memory.insert(key, expires, &mut self.rng);
    }

    fn ask_behind(&self, core: &mut Core, job: u32) -> bool {
        let Some(link) = self.link else { return false };
        core.jobs[job].pending = 1;
        let message = core.jobs[job].message;
        core.call(self.station, job, 0, link, NONE, message);
        true
    }

    fn read(&mut self, core: &mut Core, job: u32) {
        let key = core.jobs[job].message.key;
        if self.memory.find(key, core.now()) {
            self.count(core, true);
            return core.answer(job, Outcome::Ok);
        }
        if let Some(fills) = &mut self.fills {
            match fills.of[key as usize] {
                NONE => self.lead(core, job, key),
                fill => {
                    core.jobs[job].step = WAITS;
                    return fills.wait(core, fill, job);
                }
            }
        }
        self.count(core, false);
        if !self.ask_behind(core, job) {
            core.answer(job, Outcome::Miss);
        }
    }

    /// A lookup is decided; a read that another's fill has served counts as a hit.
    fn count(&self, core: &mut Core, hit: bool) {
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.lookups += 1;
        counts.hits += u64::from(hit);
    }

    /// A read is the one that fetches; without a link behind, its app does under a lease.
    fn lead(&mut self, core: &mut Core, job: u32, key: u32) {
        let Some(fills) = &mut self.fills else { return };
        let fill = fills.begin(key);
        core.jobs[job].step = FETCHES;
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
    fn expire_leases(&mut self, core: &mut Core) {
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
    fn end_fill(&mut self, core: &mut Core, key: u32, outcome: Outcome) {
        let mut job = self.fills.as_mut().map_or(NONE, |fills| fills.end(key));
        while job != NONE {
            let next = core.jobs[job].next;
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
    fn hand_on(&mut self, core: &mut Core, key: u32) {
        let Some(fills) = &mut self.fills else { return };
        let mut job = fills.end(key);
        while job != NONE && core.jobs[job].state != JobState::Waiting {
            let next = core.jobs[job].next;
            core.release_message(job);
            job = next;
        }
        if job == NONE {
            return;
        }
        let mut follower = core.jobs[job].next;
        core.jobs[job].state = JobState::Held;
        let fill = fills.begin(key);
        while follower != NONE {
            let next = core.jobs[follower].next;
            if core.jobs[follower].state == JobState::Waiting {
                fills.wait(core, fill, follower);
            } else {
                core.release_message(follower);
            }
            follower = next;
        }
        core.jobs[job].step = FETCHES;
        self.ask_behind(core, job);
    }

    fn write(&mut self, core: &mut Core, job: u32) {
        let now = core.now();
        let message = core.jobs[job].message;
        if let (Some(behind), Some(_)) = (&mut self.behind, self.link) {
            let due = now + behind.delay_ns;
            behind.push(message, due, 1);
            self.remember(now, message.key);
            self.write_behind(core);
            core.answer(job, Outcome::Ok);
        } else if !self.ask_behind(core, job) {
            self.remember(now, message.key);
            core.answer(job, Outcome::Ok);
        }
    }

    /// Writes what is due, and what else fits into the batches, as far as the window allows; the
    /// rest when it is due or a batch is back.
    fn write_behind(&mut self, core: &mut Core) {
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
    fn written(&mut self, core: &mut Core, batch: u32, outcome: Outcome) {
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

    fn forget(&mut self, core: &mut Core) {
        self.memory.clear();
        if let Some(behind) = &mut self.behind {
            core.record.nodes[self.station as usize].counts.lost_writes += behind.lose();
        }
    }
}

impl Station for CacheStation {
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
        let key = core.jobs[job].message.key;
        match core.jobs[job].message.access {
            Access::Read => self.read(core, job),
            Access::Write => self.write(core, job),
            Access::Fill => {
                self.remember(core.now(), key);
                core.answer(job, Outcome::Ok);
                if self.link.is_none() {
                    self.end_fill(core, key, Outcome::Ok);
                }
            }
            Access::Invalidate => {
                self.memory.remove(key);
                core.answer(job, Outcome::Ok);
            }
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, tag: u32, outcome: Outcome) {
        if owner == NONE {
            return self.written(core, tag, outcome);
        }
        let it = &mut core.jobs[owner];
        it.pending = 0;
        let (message, fetches) = (it.message, it.step == FETCHES);
        let through = self.writes == Writes::Through && message.access == Access::Write;
        if outcome.is_good() && (message.access == Access::Read || through) {
            self.remember(core.now(), message.key);
        } else if message.access == Access::Write {
            // Whether or not the write took effect, what is remembered may be old.
            self.memory.remove(message.key);
        }
        core.answer(owner, outcome);
        if fetches {
            self.end_fill(core, message.key, outcome);
        }
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        match tag {
            LEASE => self.expire_leases(core),
            _ => {
                if let Some(behind) = &mut self.behind
                    && behind.wakes == core.now()
                {
                    behind.wakes = NEVER;
                    self.write_behind(core);
                }
            }
        }
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        let it = &core.jobs[job];
        let (step, key) = (it.step, it.message.key);
        if step == WAITS {
            return core.drop_cancelled(job); // Its place in the line is freed with the others.
        }
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
        if step == FETCHES && self.link.is_some() {
            self.hand_on(core, key);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.forget(core);
        if let Some(fills) = &mut self.fills {
            fills.clear();
        }
        if let Some(behind) = &mut self.behind {
            behind.lives += 1;
            (behind.flying, behind.window) = (0, u32::MAX);
        }
    }

    fn flushed(&mut self, core: &mut Core) {
        self.forget(core);
    }

    fn resumed(&mut self, core: &mut Core) {
        self.write_behind(core);
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
