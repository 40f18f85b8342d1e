//! Distributions of spans of time.

use crate::metrics::Summary;
use crate::time::to_ms;
use hdrhistogram::Histogram;
use std::borrow::Cow;

/// Spans of time: every one counts, in slots of 0.1 % width, with the exact sum.
#[derive(Clone, Debug)]
pub struct LatencyHistogram {
    // Slots of 32 bits: half the memory to miss, and 4 billion in one slot is more than a run has.
    histogram: Histogram<u32>,
    /// Spans that are not in the histogram yet. A document has dozens of histograms, too large
    /// together for the cache: recording one span at a time waits for memory each time (14 % of a
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
    pub fn record(&mut self, ns: u64) {
        self.batch[self.batched] = ns;
        self.batched += 1;
        if self.batched == BATCH {
            self.flush();
        }
    }

    /// Puts the batch into the histogram, so that the calls that follow need not do it on a copy.
    pub fn flush(&mut self) {
        for ns in &self.batch[..std::mem::take(&mut self.batched)] {
            // It grows as needed up to the bound, so that recording cannot fail.
            let _ = self.histogram.record((*ns).min(LONGEST_NS));
            self.sum += u128::from(*ns);
            self.max = self.max.max(*ns);
        }
    }

    /// The same with nothing left in the batch.
    fn flushed(&self) -> Cow<'_, LatencyHistogram> {
        if self.batched == 0 {
            return Cow::Borrowed(self);
        }
        let mut flushed = self.clone();
        flushed.flush();
        Cow::Owned(flushed)
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
        let other = other.flushed();
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
        self.flushed().sum
    }

    /// The mean in milliseconds, from the exact sum.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum_ns() as f64 / self.count() as f64 / 1e6)
    }

    /// The value below which a share `q` of the spans lies, in milliseconds, within 0.1 %.
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let all = self.flushed();
        (all.count() > 0).then(|| to_ms(all.histogram.value_at_quantile(q).min(all.max)))
    }

    /// The summary for a report.
    pub fn summary(&self) -> Summary {
        let all = self.flushed();
        Summary {
            mean: all.mean_ms(),
            p50: all.quantile_ms(0.5),
            p90: all.quantile_ms(0.9),
            p95: all.quantile_ms(0.95),
            p99: all.quantile_ms(0.99),
            p999: all.quantile_ms(0.999),
            max: (all.count() > 0).then(|| to_ms(all.max)),
        }
    }
}
