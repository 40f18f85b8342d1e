//! The time series of a run, put together from the bins that come with the snapshots.

use crate::report::snapshot::Bins;

/// All bins of the present run so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series(pub Bins);

impl Series {
    /// Adds newly closed bins; bins from 0 begin a new series.
    pub fn absorb(&mut self, newer: &Bins) {
        if newer.from == 0 || newer.bin_s != self.0.bin_s {
            self.0 = newer.clone();
            return;
        }
        let (mine, at) = (&mut self.0, newer.from);
        // What comes again replaces what was there.
        append(&mut mine.time_s, at, &newer.time_s);
        let mut newer = newer.clone();
        mine.rates().into_iter().zip(newer.rates()).for_each(|(mine, newer)| append(mine, at, newer));
        mine.spans().into_iter().zip(newer.spans()).for_each(|(mine, newer)| append(mine, at, newer));
        for (mine, newer) in mine.nodes.iter_mut().zip(&newer.nodes) {
            append(&mut mine.waiting, at, &newer.waiting);
            append(&mut mine.utilization, at, &newer.utilization);
        }
    }

    /// How many bins there are.
    pub fn len(&self) -> usize {
        self.0.time_s.len()
    }

    /// Index of the bin in which an instant lies; of the last one where that comes later.
    pub fn at(&self, time_s: f64) -> usize {
        self.0.time_s.partition_point(|end| *end <= time_s).min(self.len().saturating_sub(1))
    }
}

fn append<T: Clone>(mine: &mut Vec<T>, at: usize, newer: &[T]) {
    mine.truncate(at);
    mine.extend_from_slice(newer);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::snapshot::NodeBins;

    fn bins(from: usize, values: &[f64]) -> Bins {
        let mut bins = Bins { from, bin_s: 1.0, time_s: values.to_vec(), ..Bins::default() };
        // Every column has numbers of its own, so that none is taken for another.
        bins.rates().into_iter().zip(1..).for_each(|(rate, column)| {
            *rate = values.iter().map(|value| value + 100.0 * f64::from(column)).collect();
        });
        bins.spans().into_iter().zip(1..).for_each(|(span, column)| {
            *span = values.iter().map(|value| Some(value + 1e4 * f64::from(column))).collect();
        });
        bins.nodes =
            vec![NodeBins { waiting: values.to_vec(), utilization: values.iter().copied().map(Some).collect() }];
        bins
    }

    #[test]
    fn bins_follow_each_other() {
        let mut series = Series::default();
        series.absorb(&bins(0, &[1.0, 2.0]));
        series.absorb(&bins(2, &[3.0]));
        assert_eq!(series.0, bins(0, &[1.0, 2.0, 3.0]));
        assert_eq!([0.0, 0.9, 1.0, 2.5, 3.0, 9.0].map(|time_s| series.at(time_s)), [0, 0, 1, 2, 2, 2]);
    }

    #[test]
    fn a_new_run_starts_afresh_and_a_repeated_bin_counts_once() {
        let mut series = Series::default();
        series.absorb(&bins(0, &[1.0, 2.0, 3.0]));
        series.absorb(&bins(2, &[3.5, 4.0]));
        assert_eq!(series.0.time_s, [1.0, 2.0, 3.5, 4.0]);
        series.absorb(&bins(0, &[1.0]));
        assert_eq!(series.len(), 1);
    }
}
