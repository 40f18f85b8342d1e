//! What is counted while a run goes on. Recording is adding to a counter or a histogram slot.

use crate::time::to_ms;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// A level over time (requests waiting, workers busy) and its integral.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    level: u32,
    since: u64,
    integral: u128,
}

impl Gauge {
    /// The level at this instant.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Changes the level by `by` at `now`.
    pub fn add(&mut self, now: u64, by: i32) {
        self.set(now, self.level.wrapping_add_signed(by));
    }

    /// Sets the level at `now`.
    pub fn set(&mut self, now: u64, level: u32) {
        self.integral += u128::from(self.level) * u128::from(now - self.since);
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
pub struct Spans {
    histogram: Histogram<u64>,
    sum: u128,
    max: u64,
}

/// Spans beyond this (about 12 days) count as this long in percentiles.
const LONGEST_NS: u64 = 1_000_000_000_000_000;

impl Default for Spans {
    fn default() -> Self {
        // A slot at the bottom is 512 ns wide: half a microsecond is far below what a network
        // or a disk can do. The bounds are constants, so they cannot be refused.
        let mut histogram =
            Histogram::new_with_bounds(1000, 1 << 32, 3).unwrap_or_else(|_| unreachable!("constant bounds are valid"));
        histogram.auto(true);
        Spans { histogram, sum: 0, max: 0 }
    }
}

impl Spans {
    /// Records one span in nanoseconds.
    pub fn record(&mut self, ns: u64) {
        // It grows as needed up to the bound, so that recording cannot fail.
        let _ = self.histogram.record(ns.min(LONGEST_NS));
        self.sum += u128::from(ns);
        self.max = self.max.max(ns);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.histogram.reset();
        self.sum = 0;
        self.max = 0;
    }

    /// Adds what another has recorded.
    pub fn add(&mut self, other: &Spans) {
        // Both have the same bounds and may grow: addition cannot fail.
        let _ = self.histogram.add(&other.histogram);
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// Sum in nanoseconds, exact.
    pub fn sum_ns(&self) -> u128 {
        self.sum
    }

    /// The mean in milliseconds, from the exact sum.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum as f64 / self.count() as f64 / 1e6)
    }

    /// The value below which a share `q` of the spans lies, in milliseconds, within 0.1 %.
    // Seven times in every summary: once in the worker is enough.
    #[inline(never)]
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        (self.count() > 0).then(|| to_ms(self.histogram.value_at_quantile(q).min(self.max)))
    }

    /// The summary for a report.
    #[inline(never)]
    pub fn summary(&self) -> Summary {
        Summary {
            mean: self.mean_ms(),
            p50: self.quantile_ms(0.5),
            p90: self.quantile_ms(0.9),
            p95: self.quantile_ms(0.95),
            p99: self.quantile_ms(0.99),
            p999: self.quantile_ms(0.999),
            max: (self.count() > 0).then(|| to_ms(self.max)),
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
    /// Cache lookups that found a fresh entry.
    pub hits: u64,
    /// Cache lookups.
    pub lookups: u64,
    /// Messages delivered more than once, queues only.
    pub redelivered: u64,
    /// Messages given up, queues only.
    pub dead_letters: u64,
    /// Integral of requests waiting, requests times nanoseconds.
    pub waiting_ns: u128,
    /// Integral of requests in the system, requests times nanoseconds.
    pub in_system_ns: u128,
    /// Integral of busy workers, workers times nanoseconds.
    pub busy_ns: u128,
    /// Integral of workers there were, workers times nanoseconds.
    pub workers_ns: u128,
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
    /// Time between arrival and answer.
    pub response: Spans,
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
    /// Attempts after the first.
    pub retries: u64,
    /// Second copies sent.
    pub hedges: u64,
    /// Calls refused by the open breaker.
    pub refused: u64,
    /// Times the breaker opened.
    pub breaker_opened: u64,
}

/// A link's record.
#[derive(Clone, Debug, Default)]
pub struct LinkRecord {
    /// Counters since the start.
    pub counts: LinkCounts,
    /// Time between a call and its end, successes only.
    pub response: Spans,
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
    dead_letters,
    waiting_ns,
    in_system_ns,
    busy_ns,
    workers_ns,
});
since!(LinkCounts { calls, attempts, timeouts, failed, retries, hedges, refused, breaker_opened });
