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
        LatencyHistogram { histogram: histogram(3), batch: [0; BATCH], batched: 0, sum: 0, max: 0 }
    }
}

/// An empty histogram that keeps so many significant digits of a span.
fn histogram(digits: u8) -> Histogram<u32> {
    // A slot at the bottom is 512 ns wide: half a microsecond is far below what a network
    // or a disk can do. The bounds are constants, so they cannot be refused.
    let mut histogram =
        Histogram::new_with_bounds(1000, 1 << 32, digits).unwrap_or_else(|_| unreachable!("constant bounds are valid"));
    histogram.auto(true);
    histogram
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

/// Spans of time in the last two bins of the series, in slots of less than 1 % width: so small, and so quick to read,
/// that every node has them.
#[derive(Clone, Debug, Default)]
pub struct RecentSpans {
    previous: Bin,
    present: Bin,
}

#[derive(Clone, Debug)]
struct Bin {
    histogram: Histogram<u32>,
    /// Nanoseconds, exact.
    max: u64,
}

impl Default for Bin {
    fn default() -> Self {
        Bin { histogram: histogram(2), max: 0 }
    }
}

impl RecentSpans {
    /// Records one span in nanoseconds, in the present bin.
    pub fn record(&mut self, ns: u64) {
        // It grows as needed up to the bound, so that recording cannot fail.
        let _ = self.present.histogram.record(ns.min(LONGEST_NS));
        self.present.max = self.present.max.max(ns);
    }

    /// The present bin becomes the previous one.
    pub fn next_bin(&mut self) {
        std::mem::swap(&mut self.previous, &mut self.present);
        self.present.histogram.reset();
        self.present.max = 0;
    }

    /// The value below which a share `q` of the spans lies, in milliseconds, within 1 %.
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let mut both = self.previous.histogram.clone();
        // Both have the same bounds and may grow: addition cannot fail.
        let _ = both.add(&self.present.histogram);
        let max = self.previous.max.max(self.present.max);
        (!both.is_empty()).then(|| to_ms(both.value_at_quantile(q).min(max)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_percentiles_are_those_of_the_last_two_bins() {
        let mut recent = RecentSpans::default();
        assert_eq!(recent.quantile_ms(0.99), None);
        (0..50).for_each(|_| recent.record(10_000_000));
        assert_eq!(recent.quantile_ms(0.99), Some(10.0), "spans of one length are exact");
        recent.next_bin();
        (1..=150).for_each(|ms| recent.record(ms * 1_000_000));
        let within = |q: f64, ms: f64| {
            let found = recent.quantile_ms(q).expect("there are spans");
            assert!((ms..ms * 1.01).contains(&found), "{q}: {found}");
        };
        within(0.99, 148.0);
        within(0.5, 50.0);
        assert_eq!(recent.quantile_ms(1.0), Some(150.0));
        recent.next_bin();
        recent.next_bin();
        assert_eq!(recent.quantile_ms(0.99), None);
    }
}
