//! Numbers of a snapshot: values alone, in the order of a list that writer and reader share.

use super::{Live, Metric, MetricInfo, Metrics, Value};
use serde::{Deserialize, Serialize};

/// The numbers of one node or link in a snapshot, in the order of those of a list that are live.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Values(Vec<Option<f64>>);

/// Where a number stands among those of the lists that are live.
fn place(lists: &[&[&MetricInfo]], key: &str) -> Option<usize> {
    let live = || lists.iter().copied().flatten().filter(|info| info.live != Live::No);
    // Nearly always the key is that of the list itself, which is known without comparing texts.
    live().position(|info| std::ptr::eq(info.key, key)).or_else(|| live().position(|info| info.key == key))
}

impl Values {
    /// The value of a number: per second, of the window or since the start, as its
    /// [`Live`] says; `None` where it is absent.
    pub fn get<T>(&self, lists: &[&[&MetricInfo]], metric: &Metric<T>) -> Option<f64> {
        self.find(lists, metric.info.key)
    }

    /// The value of the number with this key.
    pub fn find(&self, lists: &[&[&MetricInfo]], key: &str) -> Option<f64> {
        self.0.get(place(lists, key)?).copied().flatten()
    }

    /// Sets the value of a number.
    pub fn set(&mut self, lists: &[&[&MetricInfo]], key: &str, value: Option<f64>) {
        if let Some(place) = place(lists, key) {
            if self.0.len() <= place {
                self.0.resize(place + 1, None);
            }
            self.0[place] = value;
        }
    }

    /// Takes from a walk over the numbers of a window of so many seconds those that are shown per
    /// second or as they are.
    pub fn window<'a>(&'a mut self, lists: &'a [&'a [&'a MetricInfo]], seconds: f64) -> impl Metrics + 'a {
        Walk { values: self, lists, seconds: Some(seconds) }
    }

    /// Takes from a walk over the numbers since the start those that are shown as totals.
    pub fn totals<'a>(&'a mut self, lists: &'a [&'a [&'a MetricInfo]]) -> impl Metrics + 'a {
        Walk { values: self, lists, seconds: None }
    }
}

struct Walk<'a> {
    values: &'a mut Values,
    lists: &'a [&'a [&'a MetricInfo]],
    /// Length of the window; absent where it is the whole run.
    seconds: Option<f64>,
}

impl Metrics for Walk<'_> {
    fn number(&mut self, metric: &'static MetricInfo, value: Option<Value>) {
        if !self.wants(metric) {
            return;
        }
        let value = value.as_ref().and_then(Value::as_f64);
        let value = match (metric.live, self.seconds) {
            (Live::PerSecond, Some(seconds)) => value.map(|count| if seconds > 0.0 { count / seconds } else { 0.0 }),
            _ => value,
        };
        self.values.set(self.lists, metric.key, value);
    }

    fn wants(&self, metric: &'static MetricInfo) -> bool {
        match metric.live {
            Live::No => false,
            Live::PerSecond | Live::Value => self.seconds.is_some(),
            Live::Total => self.seconds.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{count, level, ratio};

    crate::metrics! {
        /// Requests.
        REQUESTS: u64 = count("requests", "Requests").unit("requests").live(Live::PerSecond);
        /// Hits over lookups.
        HITS: f64 = ratio("hits", "Hits").live(Live::Value);
        /// Writes that are gone.
        LOST: u64 = count("lost", "Lost").unit("writes").live(Live::Total);
        /// Only in reports.
        REPORTED: u64 = count("reported", "Reported").unit("requests");
        /// Only in snapshots.
        WAITING: u64 = level("waiting", "Waiting").unit("requests").live_only(Live::Value);
    }

    fn walk(counts: u64, m: &mut dyn Metrics) {
        m.report(&REQUESTS, counts);
        m.report(&HITS, None);
        m.report(&LOST, counts);
        m.report_with(&REPORTED, || -> u64 { panic!("a snapshot does not compute it") });
        m.report(&WAITING, 7);
    }

    #[test]
    fn counts_are_shown_per_second_or_since_the_start_and_levels_as_they_are() {
        let lists: &[&[&MetricInfo]] = &[METRICS];
        let mut values = Values::default();
        walk(10, &mut values.window(lists, 2.0));
        walk(300, &mut values.totals(lists));
        assert_eq!(values.get(lists, &REQUESTS), Some(5.0));
        assert_eq!(values.get(lists, &HITS), None);
        assert_eq!(values.get(lists, &LOST), Some(300.0));
        assert_eq!(values.get(lists, &REPORTED), None);
        assert_eq!(values.get(lists, &WAITING), Some(7.0));
    }
}
