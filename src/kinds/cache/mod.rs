//! Caches with real keys, capacity and expiry: the hit ratio is an outcome, not a parameter.

mod eviction;
pub mod metrics;
mod single_flight;
mod station;
mod write_behind;

pub use station::CacheStation;

use crate::choices;
use crate::engine::plan::{Change, Discipline};
use crate::engine::server::Server;
use crate::kind::{Calls, Capacity, CardNumber, Kind, KindInfo, Role, Section, StationContext, card};
use crate::metrics::MetricInfo;
use crate::params::{DurationParam, Fields, Violation, choice, parameter, shown};
use crate::random::Stream;
use crate::time::{from_ms, from_s};
use eviction::Entries;
use single_flight::Fills;
use write_behind::WriteBehind;

choices! {
    /// Which entry makes room for a new one.
    Eviction {
        /// The least recently used.
        Lru = "lru" "least recently used",
        /// The least frequently used, of several the least recently used.
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
        /// Writes around the cache and removes the key from it.
        Invalidate = "invalidate" "write-around / invalidate",
        /// Writes through the cache, which keeps what was written.
        Through = "through" "write-through",
        /// Acknowledges it at once and writes it later.
        Behind = "behind" "write-behind",
    }
}

/// Parameters of a cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Cache {
    capacity_entries: Option<u32>,
    eviction: Eviction,
    lfu_forgets: bool,
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
            lfu_forgets: false,
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
    const INFO: KindInfo = KindInfo {
        id: "cache",
        label: "Cache",
        role: Role::Cache,
        tagline: shown("real keys, real misses"),
        keywords: shown("redis memcached cdn varnish cloudfront key-value ttl"),
        help: shown(
            "Caches keys. Without an outgoing link the calling app fills it after a miss (cache-aside); with one it reads through. It starts cold, and a crash makes it cold again.",
        ),
        icon: shown("M13 3 5 13.5h6l-1 7.5 9-11h-6.5z"),
        color: "#b56a00",
        card: &[CardNumber::new("hit", &metrics::HIT_RATIO.info), card::P99_RESPONSE, card::FAILED],
        section: Section::Data,
        called: true,
        calls: Calls::One,
    };
    const METRICS: &'static [&'static MetricInfo] = metrics::METRICS;
    type Station = CacheStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("capacity_entries", "Capacity").essential().unit("entries").help("How many keys it can hold."),
            "unlimited",
            &mut self.capacity_entries,
            1,
            5_000_000,
        );
        choice(
            f,
            parameter("eviction", "Eviction")
                .essential()
                .help("Which entry makes room for a new one.")
                .fixed("its entries are listed in the order of the policy that it began with"),
            &mut self.eviction,
        );
        f.boolean(
            parameter("lfu_forgets", "LFU forgets").help("With LFU, the count of a key's uses goes with its entry, as in Redis; otherwise the uses of every key are counted, cached or not."),
            &mut self.lfu_forgets,
        );
        f.optional_number(
            parameter("ttl_s", "Time to live").essential().unit("s").help("An entry older than this is a miss."),
            "for ever",
            &mut self.ttl_s,
            0.001,
            1e7,
        );
        self.lookup.fields(
            f,
            parameter("lookup", "Lookup").essential().slide(0.01, 100.0).help("Time to answer, hit or miss."),
        );
        f.optional_integer(
            parameter("workers", "Workers").essential().slide(1.0, 256.0).help("Lookups at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.boolean(
            parameter("coalesce", "Coalesce misses (single-flight)")
                .essential()
                .help("While a missing key is being fetched, other reads of it wait for that fetch."),
            &mut self.coalesce,
        );
        f.number(
            parameter("lease_ms", "Lease").unit("ms").help("How long coalesced reads wait for an app to fill a key before they are misses. With a link behind the cache they share the outcome of its call."),
            &mut self.lease_ms,
            0.001,
            3_600_000.0,
        );
        choice(
            f,
            parameter("writes", "Writes").help("With a link behind the cache: write around it and invalidate the key; write through and keep the key; or acknowledge at once and write later (a crash or flush loses such writes).").fixed("writes under way end as they began"),
            &mut self.writes,
        );
        f.number(
            parameter("write_delay_ms", "Write delay")
                .unit("ms")
                .help("With write-behind, how long a write is held; further writes of the same key are merged into it.")
                .fixed("the writes that are held are listed in the order in which they are due"),
            &mut self.write_delay_ms,
            0.001,
            3_600_000.0,
        );
        f.integer(
            parameter("write_batch", "Write batch")
                .slide(1.0, 1000.0)
                .unit("keys")
                .help("With write-behind, how many keys one write carries."),
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

    fn idle(&self) -> Option<Violation> {
        let is_idle = self.lfu_forgets && self.eviction != Eviction::Lfu;
        is_idle.then(|| {
            let what = "is not heeded, because only the eviction lfu counts uses";
            Violation::new("lfu_forgets", what, "false, or the eviction lfu")
        })
    }

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        (matches!(change, Change::Slow(..)) && self.lookup.is_zero()).then_some("its lookups take no time")
    }

    fn memory_bytes(&self, keys: u64, _sessions: u64) -> u64 {
        let tables = [true, self.eviction == Eviction::Lfu, self.coalesce, self.writes == Writes::Behind];
        let entries = self.capacity_entries.map_or(keys, |entries| keys.min(entries.into()));
        4 * keys * tables.into_iter().filter(|table| *table).count() as u64 + eviction::ENTRY_BYTES * entries
    }

    fn station(&self, site: &StationContext) -> CacheStation {
        CacheStation {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            server: Server::new(1, self.workers, None, Discipline::Fifo),
            lookup: self.lookup.distribution(),
            entries: Entries::new(
                self.capacity_entries.unwrap_or(site.keys.max(1)),
                site.keys,
                self.eviction,
                self.lfu_forgets,
            ),
            stores: site.stores.clone(),
            ttl_ns: self.ttl_s.map(from_s),
            coalesces: self.coalesce,
            keys: site.keys,
            fills: self.coalesce.then(|| Box::new(Fills::new(site.keys))),
            lease_ns: from_ms(self.lease_ms),
            writes: self.writes,
            write_behind: (self.writes == Writes::Behind && !site.out.is_empty())
                .then(|| Box::new(WriteBehind::new(from_ms(self.write_delay_ms), self.write_batch, site.keys))),
            work: Stream::named(site.seed, &site.id, "service"),
            rng: Stream::named(site.seed, &site.id, "eviction"),
        }
    }
}
