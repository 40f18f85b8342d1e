//! The number on the card of a node beside the rate of its requests.

use crate::metrics::MetricInfo;
use crate::record::node_metrics;

/// A number that a card can show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CardNumber {
    /// What it is, in a word.
    pub label: &'static str,
    /// The measured number, as snapshots have it; its unit and aggregate say how it is written.
    pub metric: &'static MetricInfo,
    /// Whether it is shown while it is 0.
    pub shown_at_zero: bool,
}

impl CardNumber {
    /// A number that is shown whenever it has a value.
    pub const fn new(label: &'static str, metric: &'static MetricInfo) -> CardNumber {
        CardNumber { label, metric, shown_at_zero: true }
    }
}

/// The time within which 99 of 100 answers came.
pub const P99_RESPONSE: CardNumber = CardNumber::new("p99", &node_metrics::RESPONSE_P99_MS.info);

/// Rejected requests, if there are any: while nothing is answered, the only failures.
pub const FAILED: CardNumber =
    CardNumber { label: "failed", metric: &node_metrics::REJECTED.info, shown_at_zero: false };

/// The numbers of a kind for which the response time matters most.
pub const RESPONSE: &[CardNumber] = &[P99_RESPONSE, FAILED];
