//! A cache while running.

use super::eviction::Entries;
use super::metrics;
use super::single_flight::Fills;
use super::write_behind::WriteBehind;
use super::{Cache, Writes};
use crate::engine::call::{Caller, Target};
use crate::engine::core::{Core, NONE};
use crate::engine::job::JobData;
use crate::engine::message::{Access, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::metrics::Metrics;
use crate::random::{Distribution, Stream};
use crate::record::NodeWindow;
use crate::time::{NEVER, from_ms, from_s};

/// What a cache stores with a job: its part in the fetch of a missing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FetchRole {
    /// It has none.
    None,
    /// It waits for the fetch of another read.
    Waits,
    /// It fetches, for itself and for the reads that wait.
    Fetches,
}

impl JobData for FetchRole {
    fn to_words(self) -> [u32; 2] {
        [self as u32, 0]
    }

    fn from_words([role, _]: [u32; 2]) -> FetchRole {
        match role {
            0 => FetchRole::None,
            1 => FetchRole::Waits,
            _ => FetchRole::Fetches,
        }
    }
}

/// The tag of a wake-up at the expiry of a lease.
pub(super) const LEASE: u32 = 0;
/// The tag of a wake-up when a pending write is due.
pub(super) const WRITE: u32 = 1;

/// A cache while running.
#[derive(Clone, Debug)]
pub struct CacheStation {
    pub(super) station: u32,
    pub(super) link: Option<u32>,
    pub(super) server: Server,
    pub(super) lookup: Distribution,
    pub(super) entries: Entries,
    /// Stations that keep the data: an entry is stale once one of them has acknowledged a later write.
    pub(super) stores: Vec<u32>,
    pub(super) ttl_ns: Option<u64>,
    /// Whether reads of a key that is being fetched wait for that fetch.
    pub(super) coalesces: bool,
    /// How many keys there are.
    pub(super) keys: u32,
    /// The fetches under way; `None` while reads have never waited for one another.
    pub(super) fills: Option<Box<Fills>>,
    pub(super) lease_ns: u64,
    pub(super) writes: Writes,
    pub(super) write_behind: Option<Box<WriteBehind>>,
    pub(super) work: Stream,
    pub(super) rng: Stream,
}

impl CacheStation {
    /// Writes that were acknowledged and are not sent on yet; `None` unless the cache uses
    /// write-behind.
    pub fn unwritten(&self) -> Option<u64> {
        self.write_behind.as_ref().map(|behind| behind.writes)
    }

    fn begin(&mut self, core: &mut Core, job: u32) {
        let span = self.lookup.sample(&mut self.work);
        self.server.begin(core, job, span);
    }

    /// Caches a key from now on.
    fn cache_key(&mut self, now: u64, key: u32) {
        let expires = self.ttl_ns.map_or(NEVER, |ttl| now + ttl);
        self.entries.insert(key, now, expires, &mut self.rng);
    }

    /// Calls what is behind the cache for a job; false if there is no link behind it.
    pub(super) fn call_behind(&self, core: &mut Core, job: u32) -> bool {
        let Some(link) = self.link else { return false };
        core.jobs[job].pending_calls = 1;
        let message = core.jobs[job].message;
        core.call(Caller::Job(job), 0, link, Target::Any, message);
        true
    }

    fn read(&mut self, core: &mut Core, job: u32) {
        let key = core.jobs[job].message.key;
        if let Some(cached) = self.entries.find(key, core.now()) {
            self.count_lookup(core, true);
            self.count_if_stale(core, key, cached);
            return core.answer(job, Outcome::Ok);
        }
        if let (true, Some(fills)) = (self.coalesces, &mut self.fills) {
            match fills.by_key[key as usize] {
                NONE => self.begin_fill(core, job, key),
                fill => {
                    core.jobs[job].set_data(FetchRole::Waits);
                    return fills.wait(core, fill, job);
                }
            }
        }
        self.count_lookup(core, false);
        if !self.call_behind(core, job) {
            core.answer(job, Outcome::Miss);
        }
    }

    /// Counts a hit that is older than a write which a store behind the cache has acknowledged.
    fn count_if_stale(&self, core: &mut Core, key: u32, cached: u64) {
        let last_write = |store: &u32| core.station_states[*store as usize].last_write(key);
        let is_stale = self.stores.iter().any(|store| last_write(store) > cached);
        core.record.nodes[self.station as usize].counts.stale_reads += u64::from(is_stale);
    }

    /// Counts a lookup. A read that was served by the fill of another read counts as a hit.
    pub(super) fn count_lookup(&self, core: &mut Core, hit: bool) {
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.lookups += 1;
        counts.hits += u64::from(hit);
    }

    fn write(&mut self, core: &mut Core, job: u32) {
        let now = core.now();
        let message = core.jobs[job].message;
        if let (Some(behind), Some(_)) = (&mut self.write_behind, self.link) {
            let due = now + behind.delay_ns;
            behind.push(message, due, 1);
            self.cache_key(now, message.key);
            self.send_batches(core);
            core.answer(job, Outcome::Ok);
        } else if !self.call_behind(core, job) {
            self.cache_key(now, message.key);
            core.answer(job, Outcome::Ok);
        }
    }

    /// Empties the cache; writes that are still in the queue are lost.
    fn clear_entries(&mut self, core: &mut Core) {
        self.entries.clear();
        if let Some(behind) = &mut self.write_behind {
            core.record.nodes[self.station as usize].counts.lost_writes += behind.discard_queue();
        }
    }
}

impl Station for CacheStation {
    type Parameters = Cache;

    fn reconfigure(&mut self, core: &mut Core, cache: &Cache) {
        self.lookup = cache.lookup.distribution();
        // Entries that are there keep the expiry that they have.
        self.ttl_ns = cache.ttl_s.map(from_s);
        self.lease_ns = from_ms(cache.lease_ms);
        self.coalesces = cache.coalesce;
        if self.coalesces && self.fills.is_none() {
            self.fills = Some(Box::new(Fills::new(self.keys)));
        }
        if let Some(behind) = &mut self.write_behind {
            behind.batch_size = cache.write_batch;
        }
        self.entries.reconfigure(cache.capacity_entries.unwrap_or(self.keys.max(1)), cache.lfu_forgets, &mut self.rng);
        for job in self.server.reconfigure(core, self.station, (cache.workers, None), Discipline::Fifo) {
            self.begin(core, job);
        }
    }

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
        if core.jobs[job].is_error() {
            return core.answer(job, Outcome::Error);
        }
        let key = core.jobs[job].message.key;
        match core.jobs[job].message.access {
            Access::Read => self.read(core, job),
            Access::Write => self.write(core, job),
            Access::Fill => {
                self.cache_key(core.now(), key);
                core.answer(job, Outcome::Ok);
                if self.link.is_none() {
                    self.end_fill(core, key, Outcome::Ok);
                }
            }
            Access::Invalidate => {
                self.entries.remove(key);
                core.answer(job, Outcome::Ok);
            }
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, tag: u32, outcome: Outcome) {
        if owner == NONE {
            return self.batch_answered(core, tag, outcome);
        }
        let job = &mut core.jobs[owner];
        job.pending_calls = 0;
        let (message, fetches) = (job.message, job.data::<FetchRole>() == FetchRole::Fetches);
        let through = self.writes == Writes::Through && message.access == Access::Write;
        if outcome.is_good() && (message.access == Access::Read || through) {
            self.cache_key(core.now(), message.key);
        } else if message.access == Access::Write {
            // Whether or not the write took effect, the cached entry may be stale.
            self.entries.remove(message.key);
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
                if let Some(behind) = &mut self.write_behind
                    && behind.next_wake <= core.now()
                {
                    behind.next_wake = NEVER;
                    self.send_batches(core);
                }
            }
        }
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        let (role, key) = (core.jobs[job].data::<FetchRole>(), core.jobs[job].message.key);
        if role == FetchRole::Waits {
            return core.drop_cancelled(job); // Its slot is freed when the fill ends.
        }
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
        if role == FetchRole::Fetches && self.link.is_some() {
            self.hand_over_fill(core, key);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.clear_entries(core);
        if let Some(fills) = &mut self.fills {
            fills.clear();
        }
        if let Some(behind) = &mut self.write_behind {
            behind.epoch += 1;
            (behind.batches_in_flight, behind.window) = (0, u32::MAX);
        }
    }

    fn flushed(&mut self, core: &mut Core) {
        self.clear_entries(core);
    }

    fn metrics(&self, _core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
        metrics::report(self, window, m);
    }
}
