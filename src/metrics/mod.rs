//! How a station or a link names the numbers that it measures: once.
//!
//! A number that is measured is a [`Metric`]: its key in the report, its label, its unit, what it
//! aggregates, and a sentence that says what it means. [`metrics!`](crate::metrics!) declares the
//! numbers of one owner (every node, every link, one kind) together with their list. The owner then has
//! one function that reports a value for each of them to a visitor, [`Metrics`]. The same walk serves
//! every purpose: [`Numbers`] makes the report of it, [`Values`] the snapshot that the page gets ten
//! times a second; the list alone serves `headroom schema --report`, tables and cards.
//!
//! Counting itself is not done here: counters are plain fields of
//! [`NodeCounts`](crate::record::NodeCounts), and a walk happens when a report or a snapshot is
//! asked for, never at an event.
//!
//! # Example
//!
//! ```
//! use headroom::metrics::{Metrics, Numbers, count, ratio};
//!
//! headroom::metrics! {
//!     /// Lookups in the table.
//!     LOOKUPS: u64 = count("lookups", "Lookups").unit("lookups");
//!     /// Lookups that found an entry, over all lookups; absent where there were none.
//!     FOUND_RATIO: f64 = ratio("found_ratio", "Found");
//! }
//!
//! struct Table {
//!     lookups: u64,
//!     found: u64,
//! }
//!
//! impl Table {
//!     fn metrics(&self, m: &mut dyn Metrics) {
//!         m.report(&LOOKUPS, self.lookups);
//!         m.report(&FOUND_RATIO, (self.lookups > 0).then(|| self.found as f64 / self.lookups as f64));
//!     }
//! }
//!
//! let mut numbers = Numbers::default();
//! Table { lookups: 4, found: 3 }.metrics(&mut numbers);
//! assert_eq!(numbers[&LOOKUPS], 4);
//! assert_eq!(numbers.get(&FOUND_RATIO), Some(0.75));
//!
//! // The list says what each number means, without a table to ask.
//! assert_eq!(METRICS[0].key, "lookups");
//! assert_eq!(METRICS[0].help, "Lookups in the table.");
//! ```

mod described;
mod numbers;
mod values;

pub(crate) use described::numbers;
pub use described::{Described, Number};
pub use numbers::{Measured, Numbers, Summary, Value};
pub use values::Values;

use std::marker::PhantomData;

/// What is said of one measured number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricInfo {
    /// Key in the report; units are in the name. A dot puts the number into an object:
    /// `backlog.max`.
    pub key: &'static str,
    /// As tables and charts call it.
    pub label: &'static str,
    /// Unit as shown beside the value; empty for a ratio.
    pub unit: &'static str,
    /// One or two sentences: what is measured, and when it is absent.
    pub help: &'static str,
    /// What it is made of.
    pub aggregate: Aggregate,
    /// Whether the report has it; otherwise only snapshots have it.
    pub reported: bool,
    /// How snapshots show it.
    pub live: Live,
    /// The icon with which a card shows the number where it is above zero; for numbers that should
    /// be zero.
    pub alert: Option<&'static str>,
}

/// What a number is made of, and so what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// How often something happened since the warm-up.
    Count,
    /// How often something happened, per second.
    Rate,
    /// One count over another, 0 to 1 unless it says otherwise.
    Ratio,
    /// A sum over how many were summed.
    Mean,
    /// A level's integral over the time.
    TimeAverage,
    /// A level at the end of the window.
    Level,
    /// The greatest value since the warm-up.
    Maximum,
    /// A sum, usually of time.
    Sum,
    /// Mean, percentiles and maximum.
    Distribution,
    /// Numbers of several parts.
    Parts,
}

impl Aggregate {
    /// As the schema of the report calls it.
    pub fn id(self) -> &'static str {
        match self {
            Aggregate::Count => "count",
            Aggregate::Rate => "rate",
            Aggregate::Ratio => "ratio",
            Aggregate::Mean => "mean",
            Aggregate::TimeAverage => "time_average",
            Aggregate::Level => "level",
            Aggregate::Maximum => "maximum",
            Aggregate::Sum => "sum",
            Aggregate::Distribution => "distribution",
            Aggregate::Parts => "parts",
        }
    }
}

/// How a snapshot shows a number. Its window is the last second or so of simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// Not at all.
    No,
    /// A count of the window, per second.
    PerSecond,
    /// The value of the window, or of this instant.
    Value,
    /// A count since the start of the run.
    Total,
}

/// A measured number whose values are of the type `T`.
#[derive(Debug)]
pub struct Metric<T> {
    /// What is said of it.
    pub info: MetricInfo,
    values: PhantomData<fn() -> T>,
}

const fn metric<T>(aggregate: Aggregate, key: &'static str, label: &'static str) -> Metric<T> {
    let info = MetricInfo { key, label, unit: "", help: "", aggregate, reported: true, live: Live::No, alert: None };
    Metric { info, values: PhantomData }
}

/// How often something happened since the warm-up.
pub const fn count(key: &'static str, label: &'static str) -> Metric<u64> {
    metric(Aggregate::Count, key, label)
}

/// One count over another.
pub const fn ratio(key: &'static str, label: &'static str) -> Metric<f64> {
    metric(Aggregate::Ratio, key, label)
}

/// A sum over how many were summed.
pub const fn mean(key: &'static str, label: &'static str) -> Metric<f64> {
    metric(Aggregate::Mean, key, label)
}

/// A level's integral over the time.
pub const fn time_average(key: &'static str, label: &'static str) -> Metric<f64> {
    metric(Aggregate::TimeAverage, key, label)
}

/// A level at the end of the window.
pub const fn level<T>(key: &'static str, label: &'static str) -> Metric<T> {
    metric(Aggregate::Level, key, label)
}

/// The greatest value since the warm-up.
pub const fn maximum<T>(key: &'static str, label: &'static str) -> Metric<T> {
    metric(Aggregate::Maximum, key, label)
}

/// A sum, usually of time.
pub const fn sum(key: &'static str, label: &'static str) -> Metric<f64> {
    metric(Aggregate::Sum, key, label)
}

/// Mean, percentiles and maximum.
pub const fn distribution(key: &'static str, label: &'static str) -> Metric<Summary> {
    metric(Aggregate::Distribution, key, label)
}

/// One percentile of a distribution.
pub const fn percentile(key: &'static str, label: &'static str) -> Metric<f64> {
    metric(Aggregate::Distribution, key, label)
}

/// The numbers of each of several parts.
pub const fn parts(key: &'static str, label: &'static str) -> Metric<Vec<Numbers>> {
    metric(Aggregate::Parts, key, label)
}

/// One ratio for each part of the node.
pub const fn ratios(key: &'static str, label: &'static str) -> Metric<Vec<f64>> {
    metric(Aggregate::Ratio, key, label)
}

impl<T> Metric<T> {
    /// Names the unit that is shown beside the value.
    pub const fn unit(self, unit: &'static str) -> Metric<T> {
        Metric { info: MetricInfo { unit, ..self.info }, values: PhantomData }
    }

    /// Says what is measured; [`metrics!`](crate::metrics!) takes it from the documentation.
    /// The worker leaves it out.
    pub const fn help(self, help: &'static str) -> Metric<T> {
        let help = if crate::params::SHOWS_HELP { help } else { "" };
        Metric { info: MetricInfo { help, ..self.info }, values: PhantomData }
    }

    /// Shows it in snapshots too.
    pub const fn live(self, live: Live) -> Metric<T> {
        Metric { info: MetricInfo { live, ..self.info }, values: PhantomData }
    }

    /// Shows it in snapshots and leaves it out of the report.
    pub const fn live_only(self, live: Live) -> Metric<T> {
        Metric { info: MetricInfo { live, reported: false, ..self.info }, values: PhantomData }
    }

    /// Shows it on the card, with this icon, where it is above zero.
    pub const fn alert(self, icon: &'static str) -> Metric<T> {
        Metric { info: MetricInfo { alert: Some(icon), ..self.info }, values: PhantomData }
    }
}

/// What a walk over measured numbers does at each of them.
pub trait Metrics {
    /// A number and its value; `None` where it cannot be measured at this node.
    fn number(&mut self, metric: &'static MetricInfo, value: Option<Value>);

    /// Whether it does anything with this number. What is costly to compute is reported with
    /// `report_with`, which asks first.
    fn wants(&self, _metric: &'static MetricInfo) -> bool {
        true
    }
}

impl dyn Metrics + '_ {
    /// Reports the value of a number; `None` where it cannot be measured.
    pub fn report<T: Measured>(&mut self, metric: &'static Metric<T>, value: impl Into<Option<T>>) {
        self.number(&metric.info, value.into().map(T::into_value));
    }

    /// Reports the value of a number that takes some computing.
    pub fn report_with<T: Measured, V: Into<Option<T>>>(
        &mut self,
        metric: &'static Metric<T>,
        value: impl FnOnce() -> V,
    ) {
        if self.wants(&metric.info) {
            self.report(metric, value());
        }
    }
}

/// Declares the numbers of one owner, each once, and `METRICS`, their list. The documentation of a
/// number is its help. Numbers that are declared elsewhere, for several owners, follow after `and`.
#[macro_export]
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $name:ident: $value:ty = $metric:expr;)+ $(and $($shared:ident),+;)?) => {
        $(
            $(#[doc = $help])+
            pub static $name: $crate::metrics::Metric<$value> = $metric.help(concat!($($help),+).trim_ascii());
        )+

        /// These numbers, in the order in which tables show them.
        pub const METRICS: &[&$crate::metrics::MetricInfo] = &[$(&$name.info,)+ $($(&$shared.info),+)?];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::metrics! {
        /// Calls of
        /// all kinds.
        CALLS: u64 = count("calls", "Calls").unit("calls").live(Live::PerSecond);
        /// The longest.
        LONGEST: f64 = maximum("line.longest_s", "Longest").unit("s");
        /// The mean.
        MEAN: f64 = super::mean("line.mean_s", "Mean").unit("s");
        /// Shares.
        SHARES: Vec<f64> = ratios("shares", "Shares");
    }

    fn walk(calls: u64, m: &mut dyn Metrics) {
        m.report(&CALLS, calls);
        m.report(&LONGEST, 2.5);
        m.report(&MEAN, None);
        m.report(&SHARES, vec![0.5, 1.0]);
    }

    #[test]
    fn help_is_the_documentation_on_one_line() {
        assert_eq!(CALLS.info.help, "Calls of all kinds.");
        assert_eq!(
            METRICS.iter().map(|info| info.key).collect::<Vec<_>>(),
            ["calls", "line.longest_s", "line.mean_s", "shares"]
        );
    }

    #[test]
    fn numbers_are_nested_as_json_and_flat_in_a_message() {
        let mut numbers = Numbers::default();
        walk(7, &mut numbers);
        let json = serde_json::to_value(&numbers).expect("plain data");
        let expected =
            serde_json::json!({"calls": 7, "line": {"longest_s": 2.5, "mean_s": null}, "shares": [0.5, 1.0]});
        assert_eq!(json, expected);
        let bytes = postcard::to_allocvec(&numbers).expect("plain data");
        assert_eq!(postcard::from_bytes::<Numbers>(&bytes).expect("the same again"), numbers);
        assert_eq!((numbers[&CALLS], numbers.get(&MEAN)), (7, None));
    }

    #[test]
    fn numbers_that_a_node_does_not_have_are_null() {
        let mut numbers = Numbers::default();
        numbers.complete([&CALLS.info, &LONGEST.info, &SHARES.info].into_iter());
        let json = serde_json::to_value(&numbers).expect("plain data");
        assert_eq!(json, serde_json::json!({"calls": null, "line": null, "shares": null}));
        assert!(!numbers.has(&CALLS));
    }
}
