//! What a run came to: the [`Report`] after it, and [`Snapshot`](snapshot::Snapshot)s while it goes on.
//!
//! Both are made of what the engine recorded ([`crate::record`]) and of what the stations say of
//! themselves ([`Station::metrics`](crate::engine::station::Station::metrics)). Every number of a report
//! is declared once with its unit and meaning; [`all_numbers`] lists them.

mod build;
mod finding;
pub mod snapshot;

pub use build::build;
pub use finding::{Finding, FindingSeverity, Span};

pub use crate::engine::ends::EarlyEnd;

use crate::kinds;
use crate::metrics::{Described, Number, Numbers, Summary, numbers};
use crate::record::link_metrics;
use crate::record::series::ReportSeries;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Deref;

numbers! {
    /// What a run came to, counted from the warm-up to the end; the fields are those of the
    /// command line's `--json`.
    pub struct Report {
        /// Version of the report.
        headroom: u32 = Level("Version", ""),
        /// Seed of the run.
        seed: u64 = Level("Random seed", ""),
        /// Hash of the event trace, the same wherever this document runs with this seed.
        digest: String = Level("Digest", ""),
        /// Length of the run, simulated seconds.
        duration_s: f64 = Level("Duration", "s"),
        /// Length of the warm-up, which does not count, simulated seconds.
        warmup_s: f64 = Level("Warm-up", "s"),
        /// How far the run came: its duration, unless it ended early.
        simulated_s: f64 = Level("Simulated", "s"),
        /// Why the run ended early; absent if it did not.
        ended_early: Option<EndedEarly> = Level("Ended early", ""),
        /// Events handled, warm-up included.
        events: u64 = Count("Events", "events"),
        /// Requests that clients started after the warm-up, and what became of them.
        requests: Requests = Count("Requests", "requests"),
        /// Requests a second that were answered without an error.
        throughput_rps: f64 = Rate("Throughput", "/s"),
        /// Requests a second that were answered without an error and within their client's deadline.
        goodput_rps: f64 = Rate("Goodput", "/s"),
        /// Requests, retries and hedges on any link, over requests.
        attempts_per_request: f64 = Ratio("Attempts per request", ""),
        /// Time from the intended start to the final answer; successes only.
        latency_ms: Summary = Distribution("Latency", "ms"),
        /// By the name of the operation.
        operations: BTreeMap<String, OperationReport> = Count("Operations", ""),
        /// By node id.
        nodes: BTreeMap<String, NodeReport> = Count("Nodes", ""),
        /// By link id.
        links: BTreeMap<String, LinkReport> = Count("Links", ""),
        /// The run in bins, warm-up included.
        series: ReportSeries = Level("Time series", ""),
        /// The numbers in words.
        findings: Vec<Finding> = Level("Findings", ""),
    }
}

/// Why a run ended before its duration was over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndedEarly {
    /// The reason.
    pub reason: EarlyEnd,
    /// Ids of the nodes that chased each other, or to which most of what was under way belonged.
    pub nodes: Vec<String>,
}

numbers! {
    /// Requests and what became of them: `offered` = `completed` + `failed` + `in_flight`.
    #[derive(Copy)]
    pub struct Requests {
        /// Started.
        offered: u64 = Count("Offered", "requests"),
        /// Answered without an error.
        completed: u64 = Count("Completed", "requests"),
        /// Failed.
        failed: u64 = Count("Failed", "requests"),
        /// Under way at the end.
        in_flight: u64 = Level("In flight", "requests"),
        /// Started, and retries and hedges on any link.
        attempts: u64 = Count("Attempts", "attempts"),
        /// Failed, by reason.
        failures: Failures = Count("Failures by reason", "requests"),
    }
}

numbers! {
    /// Failed requests by reason.
    #[derive(Copy)]
    pub struct Failures {
        /// The caller stopped waiting.
        timeout: u64 = Count("Timed out", "requests"),
        /// A full queue or pool turned the request away.
        rejected: u64 = Count("Rejected", "requests"),
        /// The callee answered with an error.
        error: u64 = Count("Error", "requests"),
        /// The callee's process was dead.
        unreachable: u64 = Count("Unreachable", "requests"),
        /// The caller's circuit breaker was open.
        breaker_open: u64 = Count("Breaker open", "requests"),
        /// A rate limiter turned the request away.
        rate_limited: u64 = Count("Rate limited", "requests"),
    }
}

numbers! {
    /// Requests of one operation.
    #[derive(Copy)]
    pub struct OperationReport {
        /// Requests and what became of them; attempts are not counted by operation.
        requests: OperationRequests = Count("Requests", "requests"),
        /// Time from the intended start to the final answer; successes only.
        latency_ms: Summary = Distribution("Latency", "ms"),
    }
}

numbers! {
    /// Requests of one operation and what became of them.
    #[derive(Copy)]
    pub struct OperationRequests {
        /// Started.
        offered: u64 = Count("Offered", "requests"),
        /// Answered without an error.
        completed: u64 = Count("Completed", "requests"),
        /// Failed.
        failed: u64 = Count("Failed", "requests"),
        /// Under way at the end.
        in_flight: u64 = Level("In flight", "requests"),
        /// Failed, by reason.
        failures: Failures = Count("Failures by reason", "requests"),
    }
}

/// The numbers of a node: those of [`node_metrics`](crate::record::node_metrics) and those of its kind;
/// what other kinds have is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeReport(pub Numbers);

/// The numbers of a link: those of [`link_metrics`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkReport(pub Numbers);

impl Deref for NodeReport {
    type Target = Numbers;

    fn deref(&self) -> &Numbers {
        &self.0
    }
}

impl Deref for LinkReport {
    type Target = Numbers;

    fn deref(&self) -> &Numbers {
        &self.0
    }
}

impl Described for NodeReport {
    fn describe(number: Number, all: &mut Vec<Number>) {
        let mut listed = Vec::new();
        for info in kinds::NODE_METRICS.iter().copied().flatten().filter(|info| info.reported) {
            // A number that several kinds share stands in the list of each.
            if !listed.contains(&info.key) {
                listed.push(info.key);
                all.extend(info.numbers(&number.path));
            }
        }
    }
}

impl Described for LinkReport {
    fn describe(number: Number, all: &mut Vec<Number>) {
        let reported = link_metrics::METRICS.iter().filter(|info| info.reported);
        all.extend(reported.flat_map(|info| info.numbers(&number.path)));
    }
}

impl Described for Option<EndedEarly> {
    fn describe(_number: Number, _all: &mut Vec<Number>) {}
}

/// Findings are words about numbers.
impl Described for Vec<Finding> {
    fn describe(_number: Number, _all: &mut Vec<Number>) {}
}

/// Every number of a report, in the order of its fields.
pub fn all_numbers() -> Vec<Number> {
    let mut all = Vec::new();
    Report::describe(Number::ROOT, &mut all);
    all
}
