//! The time series: columns with one value a bin. A column is an entry of [`series!`] here: its
//! documentation, its label and unit, and how it is computed from a bin. The recorder, the messages
//! between page and worker, the report, the schema and the page's table walk that list.

use super::counts::{LinkCounts, NodeCounts};
use super::histogram::LatencyHistogram;
use super::over;
use super::recorder::{Failure, RequestCounts};
use crate::metrics::{Described, Number};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happened in the run in one bin.
#[derive(Clone, Copy, Debug)]
pub struct RunBin<'a> {
    /// Its end, simulated seconds.
    pub end_s: f64,
    /// Its length, simulated seconds.
    pub seconds: f64,
    /// Requests.
    pub requests: RequestCounts,
    /// Answers, at any node, given after the caller had stopped waiting.
    pub wasted: u64,
    /// Latencies of the requests that succeeded.
    pub latency: &'a LatencyHistogram,
}

impl RunBin<'_> {
    fn rate(&self, count: u64) -> f64 {
        count as f64 / self.seconds
    }

    fn failed(&self, reason: Failure) -> f64 {
        self.rate(self.requests.failures[reason as usize])
    }
}

/// What happened at a node in one bin.
#[derive(Clone, Copy, Debug)]
pub struct NodeBin<'a> {
    /// Its length, nanoseconds.
    pub length_ns: u64,
    /// What was counted in it.
    pub counts: &'a NodeCounts,
    /// How busy its busiest process was.
    pub busiest: Option<f64>,
    /// Whether what waits there are messages, and not requests for a worker.
    pub holds_messages: bool,
}

impl NodeBin<'_> {
    fn rate(&self, count: u64) -> f64 {
        count as f64 * 1e9 / self.length_ns as f64
    }

    fn waiting(&self) -> f64 {
        self.counts.waiting_ns as f64 / self.length_ns as f64
    }
}

/// What happened on a link in one bin.
#[derive(Clone, Copy, Debug)]
pub struct LinkBin<'a> {
    /// Its length, nanoseconds.
    pub length_ns: u64,
    /// What was counted in it.
    pub counts: &'a LinkCounts,
    /// Mean number of places in the pools of all calling processes that were up; 0 without a limit.
    pub pool_size: f64,
}

impl LinkBin<'_> {
    fn mean(&self, integral: u128) -> f64 {
        integral as f64 / self.length_ns as f64
    }
}

/// One column as a table or a chart reads it.
pub type Column = Vec<Option<f64>>;

/// The values of a column: those that may be absent, and those that never are.
trait Values {
    fn column(&self) -> Column;
}

impl Values for Vec<f64> {
    fn column(&self) -> Column {
        self.iter().copied().map(Some).collect()
    }
}

impl Values for Vec<Option<f64>> {
    fn column(&self) -> Column {
        self.clone()
    }
}

/// Declares the columns of a series: a struct of vectors that grow together. The second form is for the
/// whole run: it has other fields too, and the columns of its nodes in a form of their own.
macro_rules! series {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident of $bin:ident {
            $($(#[doc = $help:literal])+ $field:ident: $type:ty = $aggregate:ident($label:literal, $unit:literal) => $read:expr;)+
        }
    ) => {
        crate::metrics::numbers! {
            $(#[doc = $doc])*
            pub struct $name {
                $($(#[doc = $help])+ $field: $type = $aggregate($label, $unit),)+
            }
        }

        impl $name {
            columns! { $bin { $($field: $type => $read;)+ } }
        }
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident<$nodes_type:ident, $links_type:ident> of $bin:ident {
            $($(#[doc = $help:literal])+ $field:ident: $type:ty = $aggregate:ident($label:literal, $unit:literal) => $read:expr;)+
        }
        others {
            $($(#[doc = $other_help:literal])+ $other:ident: $other_type:ty = $other_aggregate:ident($other_label:literal, $other_unit:literal);)+
        }
    ) => {
        crate::metrics::numbers! {
            $(#[doc = $doc])*
            pub struct $name<$nodes_type, $links_type> {
                $($(#[doc = $help])+ $field: $type = $aggregate($label, $unit),)+
                $($(#[doc = $other_help])+ $other: $other_type = $other_aggregate($other_label, $other_unit),)+
                /// Columns of each node.
                nodes: $nodes_type = Level("Nodes", ""),
                /// Columns of each link.
                links: $links_type = Level("Links", ""),
            }
        }

        impl<$nodes_type, $links_type> $name<$nodes_type, $links_type> {
            columns! { $bin { $($field: $type => $read;)+ } }

            /// The same with the columns of nodes and links in another form.
            pub fn with<OtherNodes, OtherLinks>(self, nodes: OtherNodes, links: OtherLinks) -> $name<OtherNodes, OtherLinks> {
                $name { $($field: self.$field,)+ $($other: self.$other,)+ nodes, links }
            }
        }
    };
}

/// What can be done with the columns of a series, whichever they are.
macro_rules! columns {
    ($bin:ident { $($field:ident: $type:ty => $read:expr;)+ }) => {
        /// The keys of the columns.
        pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),+];

        /// Adds a bin to the columns.
        pub fn push(&mut self, bin: &$bin<'_>) {
            $({
                let read: fn(&$bin<'_>) -> <$type as IntoIterator>::Item = $read;
                self.$field.push(read(bin));
            })+
        }

        /// The columns from a bin on.
        pub fn columns_from(&self, from: usize) -> Self
        where
            Self: Default,
        {
            let mut newer = Self::default();
            $(newer.$field = self.$field.get(from..).unwrap_or_default().to_vec();)+
            newer
        }

        /// Takes newer bins, the first of which stands at an index; what was there is replaced.
        pub fn replace_from(&mut self, at: usize, newer: &Self) {
            $(
                self.$field.truncate(at);
                self.$field.extend_from_slice(&newer.$field);
            )+
        }

        /// The column with this key.
        pub fn column(&self, key: &str) -> Option<Column> {
            $(if key == stringify!($field) { return Some(self.$field.column()); })+
            None
        }
    };
}

series! {
    /// The run in bins. `N` holds the columns of its nodes: by id in a report, in document order in a
    /// snapshot. `L` holds those of its links, which snapshots do not have.
    pub struct Series<N, L> of RunBin {
        /// End of each bin, simulated seconds.
        time_s: Vec<f64> = Level("Until", "s") => |bin| bin.end_s;
        /// Requests a second that were answered without an error.
        throughput_rps: Vec<f64> = Rate("Throughput", "/s") => |bin| bin.rate(bin.requests.completed);
        /// Requests a second that failed.
        failed_rps: Vec<f64> = Rate("Failed", "/s") => |bin| bin.rate(bin.requests.failed());
        /// Retries and hedges a second, on any link.
        retries_rps: Vec<f64> = Rate("Retries and hedges", "/s") => |bin| bin.rate(bin.requests.extra_attempts);
        /// Requests a second that clients started; with `retries_rps` the attempts.
        offered_rps: Vec<f64> = Rate("Offered", "/s") => |bin| bin.rate(bin.requests.offered);
        /// Requests a second that were answered without an error and within their client's deadline.
        goodput_rps: Vec<f64> = Rate("Goodput", "/s") => |bin| bin.rate(bin.requests.within_deadline);
        /// Answers a second, at any node, given after the caller had stopped waiting.
        wasted_rps: Vec<f64> = Rate("Wasted work", "/s") => |bin| bin.rate(bin.wasted);
        /// Median latency of the requests that were answered in the bin; absent where none was.
        p50_ms: Vec<Option<f64>> = Distribution("p50", "ms") => |bin| bin.latency.quantile_ms(0.5);
        /// 90th percentile.
        p90_ms: Vec<Option<f64>> = Distribution("p90", "ms") => |bin| bin.latency.quantile_ms(0.9);
        /// 99th percentile.
        p99_ms: Vec<Option<f64>> = Distribution("p99", "ms") => |bin| bin.latency.quantile_ms(0.99);
    } others {
        /// Length of a bin, simulated seconds.
        bin_s: f64 = Level("Length of a bin", "s");
        /// Requests a second that failed, by reason; their sum is `failed_rps`.
        failures_rps: FailureSeries = Rate("Failures by reason", "/s");
    }
}

series! {
    /// Requests a second that failed, by reason, in bins; the reasons are those of [`Failure`], and
    /// their sum is `failed_rps`.
    pub struct FailureSeries of RunBin {
        /// The caller stopped waiting.
        timeout: Vec<f64> = Rate("Timed out", "/s") => |bin| bin.failed(Failure::Timeout);
        /// A full queue or pool turned the request away.
        rejected: Vec<f64> = Rate("Rejected", "/s") => |bin| bin.failed(Failure::Rejected);
        /// The callee answered with an error.
        error: Vec<f64> = Rate("Error", "/s") => |bin| bin.failed(Failure::Error);
        /// The callee's process was dead.
        unreachable: Vec<f64> = Rate("Unreachable", "/s") => |bin| bin.failed(Failure::Unreachable);
        /// The caller's circuit breaker was open.
        breaker_open: Vec<f64> = Rate("Breaker open", "/s") => |bin| bin.failed(Failure::BreakerOpen);
        /// A rate limiter turned the request away.
        rate_limited: Vec<f64> = Rate("Rate limited", "/s") => |bin| bin.failed(Failure::RateLimited);
    }
}

series! {
    /// A node in bins.
    pub struct NodeSeries of NodeBin {
        /// Mean number of requests that wait for a worker; at a queue the messages.
        queue: Vec<f64> = TimeAverage("Waiting", "requests") => |bin| bin.waiting();
        /// Mean number of requests that wait for a worker; an empty list at queues.
        waiting: Vec<Option<f64>> = TimeAverage("Waiting", "requests") => |bin| (!bin.holds_messages).then(|| bin.waiting());
        /// Mean number of messages that wait at a queue; an empty list at other kinds.
        backlog: Vec<Option<f64>> = TimeAverage("Backlog", "messages") => |bin| bin.holds_messages.then(|| bin.waiting());
        /// Busy workers over workers; absent where workers are unlimited or all down.
        utilization: Vec<Option<f64>> = Ratio("Utilization", "") => |bin| over(bin.counts.busy_ns, bin.counts.workers_ns);
        /// Mean number of replicas that were up.
        replicas: Vec<f64> = TimeAverage("Replicas up", "replicas") => |bin| bin.counts.replicas_ns as f64 / bin.length_ns as f64;
        /// Messages a second that reached it.
        arrivals_rps: Vec<f64> = Rate("Arrivals", "/s") => |bin| bin.rate(bin.counts.arrivals);
        /// Messages a second that it turned away on arrival.
        rejected_rps: Vec<f64> = Rate("Rejected", "/s") => |bin| bin.rate(bin.counts.rejected);
        /// Busy workers over workers of the busiest process; absent where there is only one, or where
        /// workers are unlimited or all down.
        busiest: Vec<Option<f64>> = Ratio("Utilization of the busiest process", "") => |bin| bin.busiest;
        /// Hits over lookups; absent where nothing was looked up, and an empty list at other kinds than
        /// caches.
        hit_ratio: Vec<Option<f64>> = Ratio("Hit ratio", "") => |bin| over(bin.counts.hits.into(), bin.counts.lookups.into());
    }
}

series! {
    /// A link in bins. A column of what the link does not limit is an empty list.
    pub struct LinkSeries of LinkBin {
        /// Mean number of calls under way, those that wait for the pool or for their next attempt
        /// included: how long callers waited, by Little's law.
        under_way: Vec<f64> = TimeAverage("Under way", "calls") => |bin| bin.mean(bin.counts.under_way_ns);
        /// Mean number of places in use in the pools of all calling processes.
        pool_in_use: Vec<f64> = TimeAverage("Connections in use", "connections") => |bin| bin.mean(bin.counts.pool_in_use_ns);
        /// Mean number of places in the pools of all calling processes that were up.
        pool_size: Vec<f64> = TimeAverage("Connections", "connections") => |bin| bin.pool_size;
        /// Mean number of calls that wait for a place.
        pool_waiting: Vec<f64> = TimeAverage("Waiting for a connection", "calls") => |bin| bin.mean(bin.counts.pool_waiting_ns);
        /// Attempts that the full pool turned away, over attempts and these; absent without any.
        pool_rejected: Vec<Option<f64>> = Ratio("Rejected by the pool", "") => |bin| over(bin.counts.pool_rejected.into(), (bin.counts.attempts + bin.counts.pool_rejected).into());
        /// Share of the time in which messages used the bandwidth there.
        forward: Vec<f64> = Ratio("Bandwidth in use there", "") => |bin| bin.mean(bin.counts.forward_ns);
        /// Share of the time in which messages used the bandwidth back.
        backward: Vec<f64> = Ratio("Bandwidth in use back", "") => |bin| bin.mean(bin.counts.backward_ns);
    }
}

/// Bins of a run under way.
pub type RunSeries = Series<Vec<NodeSeries>, ()>;
/// The bins of a report.
pub type ReportSeries = Series<BTreeMap<String, NodeSeries>, BTreeMap<String, LinkSeries>>;

impl RunSeries {
    /// Adds a bin of the run and of each of its nodes.
    pub fn push_all<'a>(&mut self, run: &RunBin<'_>, nodes: impl Iterator<Item = NodeBin<'a>>) {
        self.push(run);
        self.failures_rps.push(run);
        self.nodes.iter_mut().zip(nodes).for_each(|(columns, bin)| columns.push(&bin));
    }

    /// The bins from an index on.
    pub fn bins_from(&self, from: usize) -> Bins {
        let from = from.min(self.time_s.len());
        let series = RunSeries {
            bin_s: self.bin_s,
            failures_rps: self.failures_rps.columns_from(from),
            nodes: self.nodes.iter().map(|node| node.columns_from(from)).collect(),
            ..self.columns_from(from)
        };
        Bins { from, series }
    }

    /// Takes newer bins; those from 0 on begin a new series, and a bin that comes again replaces the
    /// one that was there.
    pub fn absorb(&mut self, newer: &Bins) {
        let (from, newer) = (newer.from, &newer.series);
        if from == 0 || newer.bin_s != self.bin_s {
            *self = newer.clone();
            return;
        }
        self.replace_from(from, newer);
        self.failures_rps.replace_from(from, &newer.failures_rps);
        for (mine, newer) in self.nodes.iter_mut().zip(&newer.nodes) {
            mine.replace_from(from, newer);
        }
    }

    /// How many bins there are.
    pub fn len(&self) -> usize {
        self.time_s.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.time_s.is_empty()
    }

    /// Index of the bin in which an instant lies; of the last bin where that comes later.
    pub fn at(&self, time_s: f64) -> usize {
        self.time_s.partition_point(|end| *end <= time_s).min(self.len().saturating_sub(1))
    }

    /// The column of the run with this key: `throughput_rps`, `failures_rps.timeout`.
    pub fn column_at(&self, path: &str) -> Option<Column> {
        match path.strip_prefix("failures_rps.") {
            Some(reason) => self.failures_rps.column(reason),
            None => self.column(path),
        }
    }
}

/// The columns of the whole run, without the times: as [`RunSeries::column_at`] finds them.
pub fn run_columns() -> Vec<Number> {
    let mut all = Vec::new();
    ReportSeries::describe(Number::ROOT, &mut all);
    let series = RunSeries::default();
    all.retain(|number| number.path != "time_s" && series.column_at(&number.path).is_some());
    all
}

/// Closed bins of the time series, to be added to those before them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Index of the first bin; 0 starts a new run's series.
    pub from: usize,
    /// The bins.
    pub series: RunSeries,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bins that end at these times, each with as many requests offered.
    fn bins(from: usize, times: &[f64]) -> Bins {
        let latency = LatencyHistogram::default();
        let mut series = RunSeries { bin_s: 1.0, nodes: vec![NodeSeries::default()], ..RunSeries::default() };
        for time in times {
            let requests =
                RequestCounts { offered: *time as u64, failures: [1, 2, 3, 4, 5, 6], ..RequestCounts::default() };
            let run = RunBin { end_s: *time, seconds: 1.0, requests, wasted: 9, latency: &latency };
            let counts = NodeCounts { waiting_ns: *time as u128, ..NodeCounts::default() };
            series.push_all(
                &run,
                [NodeBin { length_ns: 1, counts: &counts, busiest: None, holds_messages: false }].into_iter(),
            );
        }
        Bins { from, series }
    }

    #[test]
    fn bins_follow_each_other() {
        let mut series = RunSeries::default();
        series.absorb(&bins(0, &[1.0, 2.0]));
        series.absorb(&bins(2, &[3.0]));
        assert_eq!(series, bins(0, &[1.0, 2.0, 3.0]).series);
        assert_eq!(series.bins_from(2), bins(2, &[3.0]));
        assert_eq!([0.0, 0.9, 1.0, 2.5, 3.0, 9.0].map(|time_s| series.at(time_s)), [0, 0, 1, 2, 2, 2]);
    }

    #[test]
    fn a_new_run_replaces_the_series_and_a_repeated_bin_counts_once() {
        let mut series = RunSeries::default();
        series.absorb(&bins(0, &[1.0, 2.0, 3.0]));
        series.absorb(&bins(2, &[3.5, 4.0]));
        assert_eq!(series.time_s, [1.0, 2.0, 3.5, 4.0]);
        assert_eq!(series.nodes[0].queue, [1.0, 2.0, 3.0, 4.0]);
        series.absorb(&bins(0, &[1.0]));
        assert_eq!(series.len(), 1);
    }

    #[test]
    fn columns_are_found_by_their_keys() {
        let series = bins(0, &[7.0]).series;
        assert_eq!(series.column_at("offered_rps"), Some(vec![Some(7.0)]));
        assert_eq!(series.column_at("failures_rps.error"), Some(vec![Some(3.0)]));
        assert_eq!(series.column_at("p50_ms"), Some(vec![None]));
        assert_eq!(series.column_at("nothing"), None);
    }
}
