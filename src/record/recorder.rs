//! The record of a run: requests, nodes, links, and the series of bins.

use super::counts::{LinkCounts, LinkRecord, NodeCounts, NodeRecord};
use super::histogram::LatencyHistogram;
use super::node_metrics::NodeWindow;
use super::over;
use super::series::{LinkBin, LinkSeries, NodeBin, NodeSeries, RunBin, RunSeries};
use std::collections::VecDeque;

/// Why a request failed, as its client saw it or, where a callee's own call failed, as that
/// call's caller did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The caller stopped waiting.
    Timeout,
    /// A full queue or pool turned it away.
    Rejected,
    /// The callee answered with an error.
    Error,
    /// The callee's process was dead.
    Unreachable,
    /// The caller's circuit breaker was open.
    BreakerOpen,
    /// A rate limiter turned it away.
    RateLimited,
}

/// How many reasons there are.
const REASONS: usize = Failure::RateLimited as usize + 1;

/// Requests, counted as they happen.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestCounts {
    /// Started by clients.
    pub offered: u64,
    /// Answered without an error.
    pub completed: u64,
    /// Answered without an error and within the client's deadline.
    pub within_deadline: u64,
    /// Failed, by reason: indexed by [`Failure`].
    pub failures: [u64; REASONS],
    /// Retries and hedges, on any link.
    pub extra_attempts: u64,
}

impl RequestCounts {
    /// Failed, for whatever reason.
    pub fn failed(&self) -> u64 {
        self.failures.iter().sum()
    }

    /// What was added since `earlier`.
    pub fn since(&self, earlier: &RequestCounts) -> RequestCounts {
        RequestCounts {
            offered: self.offered - earlier.offered,
            completed: self.completed - earlier.completed,
            within_deadline: self.within_deadline - earlier.within_deadline,
            failures: std::array::from_fn(|reason| self.failures[reason] - earlier.failures[reason]),
            extra_attempts: self.extra_attempts - earlier.extra_attempts,
        }
    }
}

/// The requests that started after the warm-up, followed to their end.
#[derive(Clone, Debug, Default)]
pub struct Cohort {
    /// Started.
    pub offered: u64,
    /// Answered without an error.
    pub completed: u64,
    /// Failed, by reason: indexed by [`Failure`].
    pub failures: [u64; REASONS],
    /// Latency of the successes.
    pub latency: LatencyHistogram,
}

impl Cohort {
    /// Failed, for whatever reason.
    pub fn failed(&self) -> u64 {
        self.failures.iter().sum()
    }

    /// Adds the requests of another.
    pub fn add(&mut self, other: &Cohort) {
        self.offered += other.offered;
        self.completed += other.completed;
        self.failures.iter_mut().zip(other.failures).for_each(|(sum, count)| *sum += count);
        self.latency.add(&other.latency);
    }
}

/// All counters at one time of the run.
#[derive(Clone, Debug, Default)]
struct Checkpoint {
    time: u64,
    requests: RequestCounts,
    nodes: Vec<NodeCounts>,
    links: Vec<LinkCounts>,
}

/// Counters, gauges and histograms of a run, and the bins of its series that are closed.
#[derive(Debug)]
pub struct Recorder {
    /// One for each node.
    pub nodes: Vec<NodeRecord>,
    /// One for each link.
    pub links: Vec<LinkRecord>,
    /// Requests since the start.
    pub requests: RequestCounts,
    /// Requests that started after the warm-up, by operation.
    pub operations: Vec<Cohort>,
    /// Requests under way.
    pub in_flight: u64,
    warmup_ns: u64,
    bin_ns: u64,
    /// The end of the warm-up.
    warmup_end: Checkpoint,
    /// The beginnings of the previous bin and of the present one.
    bin_starts: [Checkpoint; 2],
    /// Latencies of the present bin.
    latency: LatencyHistogram,
    /// The bins before the present one that [`LAST_NS`] reaches back to, the latest first.
    earlier: VecDeque<EarlierBin>,
    series: RunSeries,
    /// The closed bins of each link. Snapshots do not have them.
    link_series: Vec<LinkSeries>,
}

/// How far back [`Recorder::last_seconds`] reaches at least, where the run has come so far, nanoseconds.
const LAST_NS: u64 = 10_000_000_000;

/// A closed bin.
#[derive(Debug)]
struct EarlierBin {
    /// Its beginning.
    start: u64,
    /// Requests until then.
    requests: RequestCounts,
    /// Latencies in it.
    latency: LatencyHistogram,
}

/// What was counted between two times.
#[derive(Clone, Debug)]
pub struct Window {
    /// Its length, nanoseconds.
    pub length_ns: u64,
    /// Requests.
    pub requests: RequestCounts,
    /// Nodes.
    pub nodes: Vec<NodeCounts>,
    /// Links.
    pub links: Vec<LinkCounts>,
}

impl Recorder {
    /// An empty record at time 0.
    pub fn new(warmup_ns: u64, bin_ns: u64, nodes: usize, links: usize, operations: usize) -> Recorder {
        let mut record = Recorder {
            nodes: vec![NodeRecord::default(); nodes],
            links: vec![LinkRecord::default(); links],
            link_series: vec![LinkSeries::default(); links],
            requests: RequestCounts::default(),
            operations: vec![Cohort::default(); operations],
            in_flight: 0,
            warmup_ns,
            bin_ns,
            warmup_end: Checkpoint::default(),
            bin_starts: [Checkpoint::default(), Checkpoint::default()],
            latency: LatencyHistogram::default(),
            earlier: VecDeque::new(),
            series: RunSeries {
                bin_s: bin_ns as f64 / 1e9,
                nodes: vec![NodeSeries::default(); nodes],
                ..RunSeries::default()
            },
        };
        record.warmup_end = record.checkpoint(0);
        record.bin_starts = [record.warmup_end.clone(), record.warmup_end.clone()];
        record
    }

    fn checkpoint(&self, now: u64) -> Checkpoint {
        Checkpoint {
            time: now,
            requests: self.requests,
            nodes: self.nodes.iter().map(|node| node.at(now)).collect(),
            links: self.links.iter().map(|link| link.at(now)).collect(),
        }
    }

    fn window(&self, from: &Checkpoint, now: u64) -> Window {
        let to = self.checkpoint(now);
        Window {
            length_ns: now - from.time,
            requests: to.requests.since(&from.requests),
            nodes: to.nodes.iter().zip(&from.nodes).map(|(a, b)| a.since(b)).collect(),
            links: to.links.iter().zip(&from.links).map(|(a, b)| a.since(b)).collect(),
        }
    }

    // -- requests -----------------------------------------------------------------------------

    /// A client starts a request.
    pub fn request_starts(&mut self, now: u64, operation: usize) {
        self.requests.offered += 1;
        self.in_flight += 1;
        if now >= self.warmup_ns {
            self.operations[operation].offered += 1;
        }
    }

    /// A request that started at `start` is over.
    pub fn request_ends(
        &mut self,
        now: u64,
        start: u64,
        operation: usize,
        failure: Option<Failure>,
        deadline_ns: Option<u64>,
    ) {
        let latency = now - start;
        self.in_flight -= 1;
        match failure {
            None => {
                self.requests.completed += 1;
                self.requests.within_deadline += u64::from(deadline_ns.is_none_or(|deadline| latency <= deadline));
                self.latency.record(latency);
            }
            Some(failure) => self.requests.failures[failure as usize] += 1,
        }
        if start < self.warmup_ns {
            return;
        }
        let cohort = &mut self.operations[operation];
        match failure {
            None => {
                cohort.completed += 1;
                cohort.latency.record(latency);
            }
            Some(failure) => cohort.failures[failure as usize] += 1,
        }
    }

    /// Requests of all operations that started after the warm-up.
    pub fn cohort(&self) -> Cohort {
        let mut all = Cohort::default();
        self.operations.iter().for_each(|cohort| all.add(cohort));
        all
    }

    /// A retry or a hedge, anywhere.
    pub fn extra_attempt(&mut self) {
        self.requests.extra_attempts += 1;
    }

    // -- windows ------------------------------------------------------------------------------

    /// The warm-up is over: what was counted so far does not count in the report.
    pub fn warmed_up(&mut self, now: u64) {
        self.warmup_end = self.checkpoint(now);
        for node in &mut self.nodes {
            node.response.clear();
            node.processes_at_warmup = node.processes_at(now);
            node.shards_at_warmup = node.shards.iter().map(|shard| shard.integral(now)).collect();
        }
        for link in &mut self.links {
            link.response.clear();
            link.pool_wait.clear();
        }
    }

    /// What was counted since the start.
    pub fn since_start(&self, now: u64) -> Window {
        let Checkpoint { time, requests, nodes, links } = self.checkpoint(now);
        Window { length_ns: time, requests, nodes, links }
    }

    /// What was counted since the warm-up.
    pub fn since_warmup(&self, now: u64) -> Window {
        self.window(&self.warmup_end, now)
    }

    /// What was counted in the present bin and the one before it.
    pub fn recent(&self, now: u64) -> Window {
        self.window(&self.bin_starts[0], now)
    }

    /// Latencies of the present bin and the one before it.
    pub fn recent_latency(&self) -> LatencyHistogram {
        let mut both = self.latency.clone();
        if let Some(previous) = self.earlier.front() {
            both.add(&previous.latency);
        }
        both
    }

    /// Length, requests and latencies of the last ten seconds or so: of the bins that hold them.
    pub fn last_seconds(&self, now: u64) -> (u64, RequestCounts, LatencyHistogram) {
        let mut latency = self.latency.clone();
        let (mut start, mut requests) = (self.bin_starts[1].time, self.bin_starts[1].requests);
        for bin in &self.earlier {
            if now - start >= LAST_NS {
                break;
            }
            latency.add(&bin.latency);
            (start, requests) = (bin.start, bin.requests);
        }
        (now - start, self.requests.since(&requests), latency)
    }

    /// Length and requests of the time since the warm-up; `None` before its end.
    pub fn requests_since_warmup(&self, now: u64) -> Option<(u64, RequestCounts)> {
        let is_over = now >= self.warmup_ns && now > 0;
        is_over.then(|| (now - self.warmup_end.time, self.requests.since(&self.warmup_end.requests)))
    }

    /// What one node did in a window, for its numbers to be computed from.
    pub fn node_window<'a>(&'a self, node: usize, now: u64, window: &'a Window, recent: &'a Window) -> NodeWindow<'a> {
        NodeWindow {
            now,
            length_ns: window.length_ns,
            counts: &window.nodes[node],
            record: &self.nodes[node],
            recent: &recent.nodes[node],
            recent_ns: recent.length_ns,
        }
    }

    // -- bins ---------------------------------------------------------------------------------

    /// The present bin ends.
    pub fn close_bin(&mut self, now: u64) {
        let window = self.window(&self.bin_starts[1], now);
        if window.length_ns == 0 {
            return;
        }
        self.latency.flush();
        let bin = RunBin {
            end_s: now as f64 / 1e9,
            seconds: window.length_ns as f64 / 1e9,
            requests: window.requests,
            wasted: window.nodes.iter().map(|node| node.wasted).sum(),
            latency: &self.latency,
        };
        let length_ns = window.length_ns;
        let of_node = |(node, counts): (&NodeRecord, _)| NodeBin {
            length_ns,
            counts,
            busiest: node.busiest_of_bin(now),
            holds_messages: node.holds_messages,
        };
        self.series.push_all(&bin, self.nodes.iter().zip(&window.nodes).map(of_node));
        for (index, series) in self.link_series.iter_mut().enumerate() {
            let size = |(places, from): (u64, u32)| {
                over(u128::from(places) * window.nodes[from as usize].replicas_ns, length_ns.into()).unwrap_or(0.0)
            };
            let pool_size = self.links[index].pool.map(size).unwrap_or_default();
            series.push(&LinkBin { length_ns, counts: &window.links[index], pool_size });
        }
        for node in &mut self.nodes {
            node.processes_at_bin = node.processes_at(now);
            node.recent.next_bin();
        }
        // The oldest histogram is used again: a new one grows as it is filled.
        let is_old = |bin: &EarlierBin| now - bin.start >= LAST_NS + window.length_ns;
        let mut fresh = LatencyHistogram::default();
        while self.earlier.len() > 1 && self.earlier.back().is_some_and(is_old) {
            fresh = self.earlier.pop_back().map(|bin| bin.latency).unwrap_or_default();
        }
        fresh.clear();
        let (bin_start, requests) = (self.bin_starts[1].time, self.bin_starts[1].requests);
        let latency = std::mem::replace(&mut self.latency, fresh);
        self.earlier.push_front(EarlierBin { start: bin_start, requests, latency });
        let start = self.checkpoint(now);
        self.bin_starts = [std::mem::replace(&mut self.bin_starts[1], start.clone()), start];
    }

    /// Length of a bin, nanoseconds.
    pub fn bin_ns(&self) -> u64 {
        self.bin_ns
    }

    /// The closed bins of each link.
    pub fn link_series(&self) -> &[LinkSeries] {
        &self.link_series
    }

    /// The closed bins.
    pub fn series(&self) -> &RunSeries {
        &self.series
    }
}
