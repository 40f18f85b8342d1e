//! What is counted while a run goes on. Recording is adding to a counter or a histogram slot.

use crate::time::to_ms;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A level over time (requests waiting, workers busy) and its integral.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    level: u32,
    since: u64,
    integral: u128,
}

impl Gauge {
    /// The level at this instant.
    #[inline(always)]
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Changes the level by `by` at `now`.
    #[inline(always)]
    pub fn add(&mut self, now: u64, by: i32) {
        self.set(now, self.level.wrapping_add_signed(by));
    }

    /// Sets the level at `now`.
    #[inline(always)]
    pub fn set(&mut self, now: u64, level: u32) {
        // A product of 128 bits is a call in Wasm; spans beyond 4 s are rare.
        let span = now - self.since;
        self.integral += match u32::try_from(span) {
            Ok(span) => u128::from(u64::from(self.level) * u64::from(span)),
            Err(_) => u128::from(self.level) * u128::from(span),
        };
        self.since = now;
        debug_assert!(level < u32::MAX / 2, "a level below zero");
        self.level = level;
    }

    /// The integral of the level from the start to `now`, in units times nanoseconds.
    pub fn integral(&self, now: u64) -> u128 {
        self.integral + u128::from(self.level) * u128::from(now - self.since)
    }
}

/// Spans of time: every one counts, in slots of 0.1 % width, with the exact sum.
#[derive(Clone, Debug)]
pub struct LatencyHistogram {
    // Slots of 32 bits: half the memory to miss, and 4 billion in one slot is more than a run has.
    histogram: Histogram<u32>,
    /// Spans that are not in the histogram yet. A drawing has dozens of histograms, too large
    /// together for the cache: what is put in one by one waits for memory each time (14 % of a
    /// run), a batch for the most part once.
    batch: [u64; BATCH],
    batched: usize,
    sum: u128,
    max: u64,
}

const BATCH: usize = 32;

/// Spans beyond this (about 12 days) count as this long in percentiles.
const LONGEST_NS: u64 = 1_000_000_000_000_000;

impl Default for LatencyHistogram {
    fn default() -> Self {
        // A slot at the bottom is 512 ns wide: half a microsecond is far below what a network
        // or a disk can do. The bounds are constants, so they cannot be refused.
        let mut histogram =
            Histogram::new_with_bounds(1000, 1 << 32, 3).unwrap_or_else(|_| unreachable!("constant bounds are valid"));
        histogram.auto(true);
        LatencyHistogram { histogram, batch: [0; BATCH], batched: 0, sum: 0, max: 0 }
    }
}

impl LatencyHistogram {
    /// Records one span in nanoseconds.
    #[inline(always)]
    pub fn record(&mut self, ns: u64) {
        self.batch[self.batched] = ns;
        self.batched += 1;
        if self.batched == BATCH {
            self.flush();
        }
    }

    /// Puts the batch into the histogram, before several questions are asked.
    pub fn flush(&mut self) {
        for ns in &self.batch[..std::mem::take(&mut self.batched)] {
            // It grows as needed up to the bound, so that recording cannot fail.
            let _ = self.histogram.record((*ns).min(LONGEST_NS));
            self.sum += u128::from(*ns);
            self.max = self.max.max(*ns);
        }
    }

    /// With nothing left in the batch.
    fn settled(&self) -> Cow<'_, LatencyHistogram> {
        if self.batched == 0 {
            return Cow::Borrowed(self);
        }
        let mut settled = self.clone();
        settled.flush();
        Cow::Owned(settled)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.histogram.reset();
        self.batched = 0;
        self.sum = 0;
        self.max = 0;
    }

    /// Adds what another has recorded.
    pub fn add(&mut self, other: &LatencyHistogram) {
        let other = other.settled();
        // Both have the same bounds and may grow: addition cannot fail.
        let _ = self.histogram.add(&other.histogram);
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.histogram.len() + self.batched as u64
    }

    /// Sum in nanoseconds, exact.
    pub fn sum_ns(&self) -> u128 {
        self.settled().sum
    }

    /// The mean in milliseconds, from the exact sum.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum_ns() as f64 / self.count() as f64 / 1e6)
    }

    /// The value below which a share `q` of the spans lies, in milliseconds, within 0.1 %.
    // Seven times in every summary: once in the worker is enough.
    #[inline(never)]
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let it = self.settled();
        (it.count() > 0).then(|| to_ms(it.histogram.value_at_quantile(q).min(it.max)))
    }

    /// The summary for a report.
    #[inline(never)]
    pub fn summary(&self) -> Summary {
        let it = self.settled();
        Summary {
            mean: it.mean_ms(),
            p50: it.quantile_ms(0.5),
            p90: it.quantile_ms(0.9),
            p95: it.quantile_ms(0.95),
            p99: it.quantile_ms(0.99),
            p999: it.quantile_ms(0.999),
            max: (it.count() > 0).then(|| to_ms(it.max)),
        }
    }
}

/// Spans in milliseconds; absent where nothing was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// 99.9th percentile.
    pub p999: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

/// What is counted at a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeCounts {
    /// Messages that reached it (for a client: requests started).
    pub arrivals: u64,
    /// Answered well.
    pub completed: u64,
    /// Turned away at the door.
    pub rejected: u64,
    /// Answered with a failure, or lost in a crash.
    pub failed: u64,
    /// Work given to workers, nanoseconds.
    pub work_ns: u128,
    /// Time waited for a worker by those who got one, nanoseconds.
    pub wait_ns: u128,
    /// How many got a worker.
    pub began: u64,
    /// Times in system of those who left, nanoseconds.
    pub sojourn_ns: u128,
    /// Answered when nobody waited for the answer any more.
    pub wasted: u64,
    /// Cache lookups that found a fresh entry, or waited while another fetched it.
    pub hits: u64,
    /// Cache lookups, those that wait left out.
    pub lookups: u64,
    /// Deliveries after the first, queues only.
    pub redelivered: u64,
    /// Messages delivered more than once, queues only: how many.
    pub duplicates: u64,
    /// Messages given up and kept aside, queues only.
    pub dead_letters: u64,
    /// Messages given up or lost in a crash, queues only.
    pub lost: u64,
    /// Reads that missed a write acknowledged before they arrived, replicated databases only.
    pub stale_reads: u64,
    /// Acknowledged writes that are gone, replicated databases and caches that write behind only.
    pub lost_writes: u64,
    /// Acknowledged writes that a later one of another side won over, replicated databases only.
    pub conflicting_writes: u64,
    /// Followers promoted, replicated databases only.
    pub failovers: u64,
    /// Times that it served again after it did not, and how long it had not in all.
    pub recoveries: u64,
    /// See `recoveries`; nanoseconds.
    pub recovery_ns: u64,
    /// Time in which some part of it took no statements, nanoseconds.
    pub unavailable_ns: u128,
    /// Integral of requests waiting, requests times nanoseconds.
    pub waiting_ns: u128,
    /// Integral of requests in the system, requests times nanoseconds.
    pub in_system_ns: u128,
    /// Integral of busy workers, workers times nanoseconds.
    pub busy_ns: u128,
    /// Integral of workers there were, workers times nanoseconds.
    pub workers_ns: u128,
    /// Integral of replicas that were up, replicas times nanoseconds.
    pub replicas_ns: u128,
}

/// A node's record.
#[derive(Clone, Debug, Default)]
pub struct NodeRecord {
    /// Counters since the start.
    pub counts: NodeCounts,
    /// Requests waiting for a worker.
    pub waiting: Gauge,
    /// Requests in the system.
    pub in_system: Gauge,
    /// Busy workers.
    pub busy: Gauge,
    /// Workers that are up; stays 0 where unlimited.
    pub workers: Gauge,
    /// Replicas that are up.
    pub replicas: Gauge,
    /// 1 while some part of it takes no statements, replicated databases only.
    pub unavailable: Gauge,
    /// Busy workers of each shard, sharded databases only.
    pub shards: Vec<Gauge>,
    /// The integrals of `shards` at the end of the warm-up.
    pub shards_warm: Vec<u128>,
    /// Time between arrival and answer.
    pub response: LatencyHistogram,
    /// As the counters were at the last mark.
    pub marked: NodeCounts,
}

impl NodeRecord {
    /// The counters with the integrals up to `now`.
    pub fn at(&self, now: u64) -> NodeCounts {
        NodeCounts {
            waiting_ns: self.waiting.integral(now),
            in_system_ns: self.in_system.integral(now),
            busy_ns: self.busy.integral(now),
            workers_ns: self.workers.integral(now),
            replicas_ns: self.replicas.integral(now),
            unavailable_ns: self.unavailable.integral(now),
            ..self.counts
        }
    }
}

/// What is counted on a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkCounts {
    /// Calls the caller made.
    pub calls: u64,
    /// Messages sent for them.
    pub attempts: u64,
    /// Attempts given up after the timeout.
    pub timeouts: u64,
    /// Attempts that failed, timeouts included.
    pub failed: u64,
    /// Of these, those that a full queue or pool turned away.
    pub rejected: u64,
    /// Of these, those that were answered with an error.
    pub errors: u64,
    /// Of these, those that found a dead process.
    pub unreachable: u64,
    /// Of these, those that were over a rate limit.
    pub limited: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// Second copies sent.
    pub hedges: u64,
    /// Calls refused by the open breaker.
    pub refused: u64,
    /// Times the breaker opened.
    pub breaker_opened: u64,
    /// Time messages spent on the wire, both ways, nanoseconds. Time held back by a cut is not in it.
    pub wire_ns: u64,
}

/// A link's record.
#[derive(Clone, Debug, Default)]
pub struct LinkRecord {
    /// Counters since the start.
    pub counts: LinkCounts,
    /// Time between a call and its end, successes only.
    pub response: LatencyHistogram,
}

/// Subtracts the counters of an earlier time, field by field.
macro_rules! since {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $name {
            /// What was added since `earlier`.
            pub fn since(&self, earlier: &$name) -> $name {
                $name { $($field: self.$field - earlier.$field),+ }
            }
        }
    };
}

since!(NodeCounts {
    arrivals,
    completed,
    rejected,
    failed,
    work_ns,
    wait_ns,
    began,
    sojourn_ns,
    wasted,
    hits,
    lookups,
    redelivered,
    duplicates,
    dead_letters,
    lost,
    stale_reads,
    lost_writes,
    conflicting_writes,
    failovers,
    recoveries,
    recovery_ns,
    unavailable_ns,
    waiting_ns,
    in_system_ns,
    busy_ns,
    workers_ns,
    replicas_ns,
});
since!(LinkCounts {
    calls,
    attempts,
    timeouts,
    failed,
    rejected,
    errors,
    unreachable,
    limited,
    retries,
    hedges,
    refused,
    breaker_opened,
    wire_ns
});
