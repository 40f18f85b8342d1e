//! Numbers: recorded during a run, and reported after it.

mod finding;
pub mod record;
pub mod recorder;
pub mod snapshot;

pub use finding::{Finding, FindingSeverity, Span};

use record::Summary;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run came to, counted from the warm-up to the end; the fields are those of the
/// command line's `--json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of the report.
    pub headroom: u32,
    /// Seed of the run.
    pub seed: u64,
    /// Hash of the event trace.
    pub digest: String,
    /// Simulated seconds.
    pub duration_s: f64,
    /// Simulated seconds left out at the start.
    pub warmup_s: f64,
    /// Events handled, warm-up included.
    pub events: u64,
    /// Requests that clients started after the warm-up, and what became of them.
    pub requests: Requests,
    /// Requests answered well a second.
    pub throughput_rps: f64,
    /// Requests answered well and within their client's deadline a second.
    pub goodput_rps: f64,
    /// One, and the retries and hedges on any link, per request.
    pub attempts_per_request: f64,
    /// From the intended start to the final answer; successes only.
    pub latency_ms: Summary,
    /// By name of the operation.
    pub operations: BTreeMap<String, OperationReport>,
    /// By node id.
    pub nodes: BTreeMap<String, NodeReport>,
    /// By link id.
    pub links: BTreeMap<String, LinkReport>,
    /// The run in bins, warm-up included.
    pub series: Series,
    /// The numbers in words.
    pub findings: Vec<Finding>,
}

/// Requests and what became of them: `offered` = `completed` + `failed` + `in_flight`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Requests {
    /// Started.
    pub offered: u64,
    /// Answered well.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// Under way at the end.
    pub in_flight: u64,
    /// Started, and retries and hedges anywhere.
    pub attempts: u64,
    /// Failed, by reason.
    pub failures: Failures,
}

/// Failed requests by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failures {
    /// The caller gave up waiting.
    pub timeout: u64,
    /// A full queue or pool turned it away.
    pub rejected: u64,
    /// Answered with an error.
    pub error: u64,
    /// The process was dead.
    pub unreachable: u64,
    /// The breaker was open.
    pub breaker_open: u64,
    /// Over the rate limit.
    pub rate_limited: u64,
}

/// Requests of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationReport {
    /// Requests and what became of them; attempts are not told apart by operation.
    pub requests: OperationRequests,
    /// As for the whole.
    pub latency_ms: Summary,
}

/// Requests of one operation and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationRequests {
    /// Started.
    pub offered: u64,
    /// Answered well.
    pub completed: u64,
    /// Failed.
    pub failed: u64,
    /// Under way at the end.
    pub in_flight: u64,
    /// Failed, by reason.
    pub failures: Failures,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeReport {
    /// Messages that reached it (a client: requests started).
    pub arrivals: u64,
    /// Answered well.
    pub completed: u64,
    /// Turned away at the door.
    pub rejected: u64,
    /// Answered with a failure, or lost in a crash.
    pub failed: u64,
    /// Time-average of busy workers over the workers there were; absent where unlimited.
    pub utilization: Option<f64>,
    /// Time-average of the number waiting.
    pub queue_mean: f64,
    /// Time-average of the number in the system.
    pub in_system_mean: f64,
    /// Time waited for a worker.
    pub wait_ms: Mean,
    /// Time between arrival and answer, its calls included; answered well only.
    pub response_ms: Summary,
    /// Answers that nobody waited for any more.
    pub wasted: u64,
    /// Hits over lookups, caches only; who waited for another's fill has hit.
    pub hit_ratio: Option<f64>,
    /// Reads that missed a write acknowledged before they arrived; replicated databases only, as
    /// what follows.
    pub stale_reads: Option<u64>,
    /// Acknowledged writes that are gone: after a failover, after sides met again, or with a
    /// crashed cache that wrote behind.
    pub lost_writes: Option<u64>,
    /// Acknowledged writes that a later one of another side won over; they count as lost too.
    #[serde(default)]
    pub conflicting_writes: Option<u64>,
    /// Seconds in which some shard took no statements: no leader or no quorum.
    #[serde(default)]
    pub unavailable_s: Option<f64>,
    /// Followers promoted.
    #[serde(default)]
    pub failovers: Option<u64>,
    /// Mean length of the times in which it took none, of those that are over; seconds.
    #[serde(default)]
    pub recovery_s: Option<f64>,
    /// Busy workers over all workers of each shard; sharded databases with limited workers only.
    #[serde(default)]
    pub shards: Option<Vec<f64>>,
    /// Time-average of the replicas that were up: there, started, and not crashed.
    #[serde(default)]
    pub replicas_mean: f64,
    /// Deliveries after the first, queues only.
    pub redelivered: Option<u64>,
    /// Messages that were delivered more than once, queues only.
    #[serde(default)]
    pub duplicates: Option<u64>,
    /// Messages given up and kept in the dead-letter list, queues only.
    pub dead_letters: Option<u64>,
    /// Messages that were acknowledged and will never be worked on: given up without a
    /// dead-letter list, forgotten by a delivery that failed, or lost in a crash. Queues only.
    #[serde(default)]
    pub lost: Option<u64>,
    /// What waits to be handed out, queues only.
    #[serde(default)]
    pub backlog: Option<Backlog>,
}

/// Messages that wait in a queue to be handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    /// How many at the end.
    pub now: u64,
    /// The most there were at a time.
    pub max: u64,
    /// Time-average.
    pub mean: f64,
    /// Age of the oldest of them at the end, seconds since it was first stored; 0 when there is none.
    pub oldest_s: f64,
    /// The greatest age that one of them reached, seconds.
    pub oldest_max_s: f64,
    /// How long it takes to empty at the pace of the last two bins of the series: the backlog over
    /// what leaves less what comes, seconds; absent while it does not shrink.
    pub drain_s: Option<f64>,
}

/// A mean in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// Arithmetic mean; absent where nothing was recorded.
    pub mean: Option<f64>,
}

/// A link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// Calls made.
    pub calls: u64,
    /// Messages sent for them.
    pub attempts: u64,
    /// Attempts given up after the timeout.
    pub timeouts: u64,
    /// Attempts that failed, timeouts included.
    pub failed: u64,
    /// Of these, those that a full queue or pool turned away.
    #[serde(default)]
    pub rejected: u64,
    /// Of these, those that were answered with an error.
    #[serde(default)]
    pub errors: u64,
    /// Of these, those that found a dead process.
    #[serde(default)]
    pub unreachable: u64,
    /// Of these, those that were over a rate limit.
    #[serde(default)]
    pub limited: u64,
    /// Attempts after the first.
    pub retries: u64,
    /// Second copies sent.
    pub hedges: u64,
    /// Attempts that the open breaker refused.
    pub refused: u64,
    /// Times the breaker opened.
    pub breaker_opened: u64,
    /// Time on the wire for each attempt, there and back.
    pub network_ms: Mean,
    /// Time between a call and its end; successes only.
    pub response_ms: Summary,
}

/// The run in bins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Length of a bin.
    pub bin_s: f64,
    /// End of each bin.
    pub time_s: Vec<f64>,
    /// Answered well.
    pub throughput_rps: Vec<f64>,
    /// Median latency.
    pub p50_ms: Vec<Option<f64>>,
    /// 90th percentile.
    pub p90_ms: Vec<Option<f64>>,
    /// 99th percentile.
    pub p99_ms: Vec<Option<f64>>,
    /// Failed.
    pub failed_rps: Vec<f64>,
    /// Retries and hedges anywhere.
    pub retries_rps: Vec<f64>,
    /// Requests that clients started; with `retries_rps` the attempts.
    #[serde(default)]
    pub offered_rps: Vec<f64>,
    /// Answered well within the client's deadline.
    #[serde(default)]
    pub goodput_rps: Vec<f64>,
    /// Answers, at any node, that nobody waited for any more.
    #[serde(default)]
    pub wasted_rps: Vec<f64>,
    /// Failed, by reason; their sum is `failed_rps`.
    #[serde(default)]
    pub failures_rps: FailureSeries,
    /// By node id.
    pub nodes: BTreeMap<String, NodeSeries>,
}

/// Failed requests a second by reason in bins; the reasons are those of [`Failures`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailureSeries {
    /// The caller gave up waiting.
    pub timeout: Vec<f64>,
    /// A full queue or pool turned it away.
    pub rejected: Vec<f64>,
    /// Answered with an error.
    pub error: Vec<f64>,
    /// The process was dead.
    pub unreachable: Vec<f64>,
    /// The breaker was open.
    pub breaker_open: Vec<f64>,
    /// Over the rate limit.
    pub rate_limited: Vec<f64>,
}

/// A node in bins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeSeries {
    /// Mean number waiting.
    pub queue: Vec<f64>,
    /// Busy workers over workers; absent where unlimited or all down.
    pub utilization: Vec<Option<f64>>,
    /// Mean number of replicas that were up.
    #[serde(default)]
    pub replicas: Vec<f64>,
    /// Hits over lookups, caches only; absent where nothing was looked up.
    #[serde(default)]
    pub hit_ratio: Vec<Option<f64>>,
}
