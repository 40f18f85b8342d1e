//! Numbers during a run, as the page shows them.

use super::FailureSeries;
use serde::{Deserialize, Serialize};

/// Numbers of a run under way. Rates and percentiles are over the last second or so of
/// simulated time; nodes and links are in document order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The run's number.
    pub run: u64,
    /// Simulated seconds since the start.
    pub now_s: f64,
    /// Where the run ends, simulated seconds.
    pub duration_s: f64,
    /// Whether simulated time is moving.
    pub running: bool,
    /// Whether the run reached its end.
    pub finished: bool,
    /// Simulated seconds a second of real time, as achieved.
    pub speed: f64,
    /// Events handled since the start.
    pub events: u64,
    /// Real time spent on them, milliseconds.
    #[serde(default)]
    pub busy_ms: f64,
    /// Requests a second that clients started.
    pub offered_rps: f64,
    /// Requests a second that were answered well.
    pub throughput_rps: f64,
    /// Requests a second that failed.
    pub failed_rps: f64,
    /// Failed over finished, 0 to 1.
    pub error_rate: f64,
    /// Median latency of the successes in milliseconds; absent when there were none.
    pub p50_ms: Option<f64>,
    /// 99th percentile in milliseconds.
    pub p99_ms: Option<f64>,
    /// Requests under way.
    pub in_flight: u64,
    /// Attempts a request, retries anywhere included.
    pub attempts_per_request: f64,
    /// One for each node.
    pub nodes: Vec<NodeNow>,
    /// One for each link.
    pub links: Vec<LinkNow>,
    /// Bins of the series that closed since the last snapshot.
    pub bins: Bins,
}

/// A node during a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeNow {
    /// Arrivals a second (for a client: requests started).
    pub rate_rps: f64,
    /// Busy workers over all workers, 0 to 1; absent where workers are unlimited.
    pub utilization: Option<f64>,
    /// Requests (in a queue: messages) waiting at this instant.
    pub waiting: u64,
    /// Rejected or failed a second.
    pub failed_rps: f64,
    /// Mean time between arrival and answer in milliseconds.
    pub response_ms: Option<f64>,
    /// Hits over lookups, caches only.
    pub hit_ratio: Option<f64>,
    /// One for each replica.
    pub replicas: Vec<ReplicaNow>,
    /// Age of the oldest message that waits to be handed out in seconds, queues only.
    #[serde(default)]
    pub oldest_s: Option<f64>,
    /// Messages given up and kept aside since the start, queues only.
    #[serde(default)]
    pub dead_letters: Option<u64>,
    /// Messages handed out again since the start, because their visibility timeout expired or they
    /// were given back.
    #[serde(default)]
    pub redelivered: u64,
    /// Writes acknowledged and not yet written behind, caches only.
    #[serde(default)]
    pub unwritten: Option<u64>,
    /// Reads since the start that missed an acknowledged write.
    pub stale_reads: u64,
    /// Acknowledged writes since the start that are gone.
    pub lost_writes: u64,
    /// Acknowledged writes since the start that a later one of another side won over.
    pub conflicting_writes: u64,
}

/// A replica at this instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaNow {
    /// False while crashed or starting.
    pub up: bool,
    /// Busy workers over its workers, 0 to 1 (0 where unlimited).
    pub busy: f64,
    /// Where it is in its life.
    #[serde(default)]
    pub state: ReplicaState,
    /// Whether it leads the replicas of its shard; absent where nobody does.
    #[serde(default)]
    pub leads: Option<bool>,
    /// Acknowledged writes that a follower does not have yet.
    #[serde(default)]
    pub lacks: u64,
}

/// Where a replica is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaState {
    /// It takes requests.
    #[default]
    Serving,
    /// It takes no new ones and finishes those that it has.
    Draining,
    /// It comes up.
    Starting,
    /// It has crashed.
    Down,
    /// It is not there: scaled in, or not yet scaled out.
    Absent,
}

/// A link during a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkNow {
    /// Attempts a second.
    pub rate_rps: f64,
    /// Attempts a second that failed, for whatever reason.
    pub failed_rps: f64,
    /// Attempts a second that timed out.
    pub timeouts_rps: f64,
    /// Attempts a second that a full queue or pool turned away.
    pub rejected_rps: f64,
    /// Attempts a second that were answered with an error.
    pub errors_rps: f64,
    /// Attempts a second that found a dead process.
    pub unreachable_rps: f64,
    /// Attempts a second that were over a rate limit.
    pub limited_rps: f64,
    /// Attempts a second that the open breaker let nothing of through.
    pub refused_rps: f64,
    /// Retries a second.
    pub retries_rps: f64,
    /// Whether all messages are held back, in one direction at least.
    pub cut: bool,
    /// Whether a partition holds back what some of the replicas say to each other.
    pub partly_cut: bool,
    /// Whether the breaker refuses calls.
    pub breaker_open: bool,
    /// Whether it has stayed open long enough, and lets probes through.
    pub breaker_half_open: bool,
    /// Calls under way.
    pub in_flight: u64,
    /// Calls that wait for a place in the full connection pool.
    pub pooled: u64,
    /// The callee's replicas that the caller's health checks keep out of rotation.
    pub ejected: u64,
}

/// Closed bins of the time series, all of one length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Index of the first one; 0 starts a new run's series.
    pub from: usize,
    /// Length of a bin in simulated seconds.
    pub bin_s: f64,
    /// End of each bin in simulated seconds.
    pub time_s: Vec<f64>,
    /// Requests a second answered well.
    pub throughput_rps: Vec<f64>,
    /// Requests a second failed.
    pub failed_rps: Vec<f64>,
    /// Retries a second, anywhere.
    pub retries_rps: Vec<f64>,
    /// Requests a second that clients started.
    pub offered_rps: Vec<f64>,
    /// Requests a second answered well within the client's deadline.
    pub goodput_rps: Vec<f64>,
    /// Answers a second, at any node, that nobody waited for any more.
    pub wasted_rps: Vec<f64>,
    /// Requests a second failed, by reason.
    pub failures_rps: FailureSeries,
    /// Median latency in milliseconds.
    pub p50_ms: Vec<Option<f64>>,
    /// 90th percentile in milliseconds.
    pub p90_ms: Vec<Option<f64>>,
    /// 99th percentile in milliseconds.
    pub p99_ms: Vec<Option<f64>>,
    /// Those of each node, in document order.
    pub nodes: Vec<NodeBins>,
}

/// Closed bins of a node, as many as the run's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeBins {
    /// Mean number waiting.
    pub waiting: Vec<f64>,
    /// Busy workers over workers; absent where unlimited or all down.
    pub utilization: Vec<Option<f64>>,
}

impl Bins {
    /// All that is counted a second.
    pub fn rates(&mut self) -> [&mut Vec<f64>; 12] {
        let FailureSeries { timeout, rejected, error, unreachable, breaker_open, rate_limited } =
            &mut self.failures_rps;
        [
            &mut self.throughput_rps,
            &mut self.failed_rps,
            &mut self.retries_rps,
            &mut self.offered_rps,
            &mut self.goodput_rps,
            &mut self.wasted_rps,
            timeout,
            rejected,
            error,
            unreachable,
            breaker_open,
            rate_limited,
        ]
    }

    /// The percentiles.
    pub fn spans(&mut self) -> [&mut Vec<Option<f64>>; 3] {
        [&mut self.p50_ms, &mut self.p90_ms, &mut self.p99_ms]
    }
}
