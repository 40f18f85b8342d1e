//! The numbers that every node has, and those that several kinds share.

use super::counts::{NodeCounts, NodeRecord, ProcessTotals};
use super::over;
use crate::metrics::{
    Live, Metric, MetricInfo, Metrics, Numbers, count, distribution, level, mean, parts, percentile, ratio,
    time_average,
};

crate::metrics! {
    /// Messages that reached it; at a client the requests that it started.
    ARRIVALS: u64 = count("arrivals", "Arrivals").unit("requests").live(Live::PerSecond);
    /// Answered without an error.
    COMPLETED: u64 = count("completed", "Completed").unit("requests");
    /// Turned away on arrival: a queue, a pool or a limit was full.
    REJECTED: u64 = count("rejected", "Rejected").unit("requests").live(Live::PerSecond);
    /// Answered with a failure, or lost in a crash.
    FAILED: u64 = count("failed", "Failed").unit("requests").live(Live::PerSecond);
    /// Messages that found its process dead.
    UNREACHABLE: u64 = count("unreachable", "Found dead").unit("requests");
    /// Requests that nobody could take, although a process answered: a side without a leader or a quorum,
    /// or a balancer without a backend in rotation.
    NOT_TAKEN: u64 = count("not_taken", "Nobody could take").unit("requests");
    /// Time-average of busy workers over the workers there were, at a rate limiter the share of its rate
    /// that was used; absent where workers are unlimited.
    UTILIZATION: f64 = ratio("utilization", "Utilization").live(Live::Value);
    /// Requests waiting for a worker at this instant; at a queue the messages.
    WAITING: u64 = level("waiting", "Waiting").unit("requests").live_only(Live::Value);
    /// Time-average of the requests waiting for a worker.
    QUEUE_MEAN: f64 = time_average("queue_mean", "Mean waiting").unit("requests");
    /// Time-average of the requests in the system, waiting and in work.
    IN_SYSTEM_MEAN: f64 = time_average("in_system_mean", "Mean in system").unit("requests");
    /// Mean time waited for a worker; absent where none was given.
    WAIT_MS: f64 = mean("wait_ms.mean", "Mean wait").unit("ms");
    /// Time between arrival and answer, its calls included; only answers without an error.
    RESPONSE_MS: crate::metrics::Summary = distribution("response_ms", "Response").unit("ms");
    /// Mean time between arrival and answer, failures included; absent where none was answered.
    RESPONSE_MEAN_MS: f64 = mean("response_mean_ms", "Mean response").unit("ms").live_only(Live::Value);
    /// 99th percentile of the time between arrival and answer, within 2 %; only answers without an error, and absent
    /// where there was none. Of fewer than 100 answers it is the longest time.
    RESPONSE_P99_MS: f64 = percentile("response_p99_ms", "p99 response").unit("ms").live_only(Live::Value);
    /// Answers given after the caller had stopped waiting.
    WASTED: u64 = count("wasted", "Wasted work").unit("requests");
    /// Of `wasted`: work on messages of a queue that another delivery had finished.
    DUPLICATE_WORK: u64 = count("duplicate_work", "Duplicate work").unit("requests");
    /// Time-average of the replicas that were up: there, started, and not crashed.
    REPLICAS_MEAN: f64 = time_average("replicas_mean", "Mean replicas up").unit("replicas");
    /// For each process, in the order of their numbers: `arrivals`, `completed`, `rejected`, `failed`,
    /// `unreachable`, `wasted` (without duplicate work), `utilization`, `queue_mean`, as above. Absent
    /// where there can be only one.
    REPLICAS: Vec<Numbers> = parts("replicas", "Replicas").unit("replicas");
}

/// Reads that got an old version. Databases and caches have this number.
pub static STALE_READS: Metric<u64> =
    count("stale_reads", "Stale reads").unit("reads").live(Live::Total).alert("clock").help(
        "Reads whose callers got a version of the key older than one that was acknowledged before. At a \
         replicated database: before the read arrived; what a failover has lost is not missed. At a cache: hits \
         on an entry that is older than a write which a database behind the cache has acknowledged.",
    );

/// Acknowledged writes that are gone. Databases and caches have this number.
pub static LOST_WRITES: Metric<u64> =
    count("lost_writes", "Lost writes").unit("writes").live(Live::Total).alert("gone").help(
        "Acknowledged writes that are gone. At a failover those that no replica which goes on has, unless it has a \
         later write of the same key; when two sides meet again those that a write of the other side replaced; with a \
         crashed cache those not yet written behind. Replicated databases and caches only.",
    );

/// What happened at a node in some time, for its numbers to be computed from.
#[derive(Clone, Copy, Debug)]
pub struct NodeWindow<'a> {
    /// The end of the window, nanoseconds.
    pub now: u64,
    /// Its length, nanoseconds.
    pub length_ns: u64,
    /// What was counted in it.
    pub counts: &'a NodeCounts,
    /// The node's record.
    pub record: &'a NodeRecord,
    /// What was counted in the last two bins of the series.
    pub recent: &'a NodeCounts,
    /// Length of these two bins, nanoseconds.
    pub recent_ns: u64,
}

impl NodeWindow<'_> {
    /// The time-average of a level with this integral over the window; 0 for an empty window.
    pub fn time_average(&self, integral: u128) -> f64 {
        over(integral, self.length_ns.into()).unwrap_or(0.0)
    }
}

/// The numbers of each process.
pub const OF_A_PROCESS: [&MetricInfo; 8] = [
    &ARRIVALS.info,
    &COMPLETED.info,
    &REJECTED.info,
    &FAILED.info,
    &UNREACHABLE.info,
    &WASTED.info,
    &UTILIZATION.info,
    &QUEUE_MEAN.info,
];

/// The numbers of a process in a window: those of [`OF_A_PROCESS`].
fn process(
    ProcessTotals { counts, busy_ns, workers_ns, waiting_ns }: ProcessTotals,
    window: &NodeWindow<'_>,
) -> Numbers {
    let mut numbers = Numbers::default();
    let m: &mut dyn Metrics = &mut numbers;
    m.report(&ARRIVALS, counts.arrivals);
    m.report(&COMPLETED, counts.completed);
    m.report(&REJECTED, counts.rejected);
    m.report(&FAILED, counts.failed);
    m.report(&UNREACHABLE, counts.unreachable);
    m.report(&WASTED, counts.wasted);
    m.report(&UTILIZATION, over(busy_ns, workers_ns));
    m.report(&QUEUE_MEAN, window.time_average(waiting_ns));
    numbers
}

/// Reports the numbers that every node has.
pub fn metrics(window: &NodeWindow<'_>, m: &mut dyn Metrics) {
    let NodeWindow { counts, record, .. } = *window;
    m.report(&ARRIVALS, counts.arrivals);
    m.report(&COMPLETED, counts.completed);
    m.report(&REJECTED, counts.rejected);
    m.report(&FAILED, counts.failed);
    m.report(&UNREACHABLE, counts.unreachable);
    m.report(&NOT_TAKEN, counts.leaderless + counts.no_backend);
    m.report(&UTILIZATION, over(counts.busy_ns, counts.workers_ns));
    m.report(&WAITING, u64::from(record.waiting.level()));
    m.report(&QUEUE_MEAN, window.time_average(counts.waiting_ns));
    m.report(&IN_SYSTEM_MEAN, window.time_average(counts.in_system_ns));
    m.report(&WAIT_MS, over(counts.wait_ns, counts.began.into()).map(|ns| ns / 1e6));
    m.report_with(&RESPONSE_MS, || record.response.summary());
    let left = counts.completed + counts.failed;
    m.report(&RESPONSE_MEAN_MS, over(counts.sojourn_ns, left.into()).map(|ns| ns / 1e6));
    m.report_with(&RESPONSE_P99_MS, || record.recent.quantile_ms(0.99));
    m.report(&WASTED, counts.wasted);
    m.report(&DUPLICATE_WORK, counts.duplicate_work);
    m.report(&REPLICAS_MEAN, window.time_average(counts.replicas_ns));
    m.report_with(&REPLICAS, || {
        let mut all = Vec::new();
        let processes = record.processes_since(&record.processes_at_warmup, window.now);
        processes.for_each(|it| all.push(process(it, window)));
        (!all.is_empty()).then_some(all)
    });
}
