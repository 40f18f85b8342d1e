//! The record of a run: requests, nodes, links, and the series of bins.

use super::record::{LatencyHistogram, LinkCounts, LinkRecord, NodeCounts, NodeRecord};
use super::snapshot::{Bins, NodeBins};

/// Why a request failed, as its client saw it or, where a callee's own call failed, as that
/// call's caller did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The caller gave up waiting.
    Timeout,
    /// A full queue or pool turned it away.
    Rejected,
    /// The callee answered with an error.
    Error,
    /// The callee's process was dead.
    Unreachable,
    /// The caller's breaker was open.
    BreakerOpen,
    /// A rate limiter turned it away.
    RateLimited,
}

impl Failure {
    /// In the order of their counters.
    pub const ALL: [(Failure, &'static str); 6] = [
        (Failure::Timeout, "timeout"),
        (Failure::Rejected, "rejected"),
        (Failure::Error, "error"),
        (Failure::Unreachable, "unreachable"),
        (Failure::BreakerOpen, "breaker_open"),
        (Failure::RateLimited, "rate_limited"),
    ];
}

/// Requests, counted as they happen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flow {
    /// Started by clients.
    pub offered: u64,
    /// Answered well.
    pub completed: u64,
    /// Answered well within the client's deadline.
    pub in_time: u64,
    /// Failed, by reason in the order of [`Failure::ALL`].
    pub failures: [u64; 6],
    /// Retries and hedges, on any link.
    pub extra_attempts: u64,
}

impl Flow {
    /// Failed, for whatever reason.
    pub fn failed(&self) -> u64 {
        self.failures.iter().sum()
    }

    /// What was added since `earlier`.
    pub fn since(&self, earlier: &Flow) -> Flow {
        Flow {
            offered: self.offered - earlier.offered,
            completed: self.completed - earlier.completed,
            in_time: self.in_time - earlier.in_time,
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
    /// Answered well.
    pub completed: u64,
    /// Failed, by reason in the order of [`Failure::ALL`].
    pub failures: [u64; 6],
    /// Latency of the successes.
    pub latency: LatencyHistogram,
}

impl Cohort {
    /// Adds the requests of another.
    pub fn add(&mut self, other: &Cohort) {
        self.offered += other.offered;
        self.completed += other.completed;
        self.failures.iter_mut().zip(other.failures).for_each(|(sum, count)| *sum += count);
        self.latency.add(&other.latency);
    }
}

/// One closed bin of a node.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeBin {
    /// Mean number waiting.
    pub waiting: f64,
    /// Busy workers over workers; absent where unlimited or all down.
    pub utilization: Option<f64>,
    /// Mean number of replicas that were up.
    pub replicas: f64,
    /// Hits over lookups; absent where nothing was looked up.
    pub hit_ratio: Option<f64>,
}

/// A time in the run at which counters were looked at.
#[derive(Clone, Debug, Default)]
struct Mark {
    time: u64,
    flow: Flow,
    nodes: Vec<NodeCounts>,
    links: Vec<LinkCounts>,
}

/// See the module's page.
#[derive(Debug)]
pub struct Recorder {
    /// One for each node.
    pub nodes: Vec<NodeRecord>,
    /// One for each link.
    pub links: Vec<LinkRecord>,
    /// Requests since the start.
    pub flow: Flow,
    /// Requests that started after the warm-up, by operation.
    pub operations: Vec<Cohort>,
    /// Requests under way.
    pub in_flight: u64,
    warmup_ns: u64,
    bin_ns: u64,
    warm: Mark,
    /// Beginnings of the previous and of the present bin.
    bins: [Mark; 2],
    open: LatencyHistogram,
    closed: LatencyHistogram,
    series: Bins,
    node_series: Vec<Vec<NodeBin>>,
}

/// What happened between two marks, with its length.
#[derive(Clone, Debug)]
pub struct Window {
    /// Nanoseconds.
    pub length_ns: u64,
    /// Requests.
    pub flow: Flow,
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
            flow: Flow::default(),
            operations: vec![Cohort::default(); operations],
            in_flight: 0,
            warmup_ns,
            bin_ns,
            warm: Mark::default(),
            bins: [Mark::default(), Mark::default()],
            open: LatencyHistogram::default(),
            closed: LatencyHistogram::default(),
            series: Bins { bin_s: bin_ns as f64 / 1e9, ..Bins::default() },
            node_series: vec![Vec::new(); nodes],
        };
        record.warm = record.mark(0);
        record.bins = [record.warm.clone(), record.warm.clone()];
        record
    }

    fn mark(&self, now: u64) -> Mark {
        Mark {
            time: now,
            flow: self.flow,
            nodes: self.nodes.iter().map(|node| node.at(now)).collect(),
            links: self.links.iter().map(|link| link.counts).collect(),
        }
    }

    fn window(&self, from: &Mark, now: u64) -> Window {
        let to = self.mark(now);
        Window {
            length_ns: now - from.time,
            flow: to.flow.since(&from.flow),
            nodes: to.nodes.iter().zip(&from.nodes).map(|(a, b)| a.since(b)).collect(),
            links: to.links.iter().zip(&from.links).map(|(a, b)| a.since(b)).collect(),
        }
    }

    // -- requests -----------------------------------------------------------------------------

    /// A client starts a request.
    pub fn request_starts(&mut self, now: u64, operation: usize) {
        self.flow.offered += 1;
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
                self.flow.completed += 1;
                self.flow.in_time += u64::from(deadline_ns.is_none_or(|deadline| latency <= deadline));
                self.open.record(latency);
            }
            Some(failure) => self.flow.failures[failure as usize] += 1,
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
        self.flow.extra_attempts += 1;
    }

    // -- marks --------------------------------------------------------------------------------

    /// The warm-up is over: what was counted so far is set aside.
    pub fn warmed_up(&mut self, now: u64) {
        self.warm = self.mark(now);
        for node in &mut self.nodes {
            node.response.clear();
            node.shards_warm = node.shards.iter().map(|shard| shard.integral(now)).collect();
        }
        self.links.iter_mut().for_each(|link| link.response.clear());
    }

    /// What happened since the warm-up.
    pub fn since_warm(&self, now: u64) -> Window {
        self.window(&self.warm, now)
    }

    /// What happened in the present bin and the one before it.
    pub fn lately(&self, now: u64) -> Window {
        self.window(&self.bins[0], now)
    }

    /// Latencies of the present bin and the one before it.
    pub fn latency_lately(&self) -> LatencyHistogram {
        let mut both = self.closed.clone();
        both.add(&self.open);
        both
    }

    /// The present bin ends.
    pub fn close_bin(&mut self, now: u64) {
        let window = self.window(&self.bins[1], now);
        let seconds = window.length_ns as f64 / 1e9;
        if seconds <= 0.0 {
            return;
        }
        let Flow { offered, completed, in_time, failures, extra_attempts } = window.flow;
        let [timeout, rejected, error, unreachable, breaker_open, rate_limited] = failures;
        let wasted = window.nodes.iter().map(|node| node.wasted).sum();
        let counts = [
            completed,
            window.flow.failed(),
            extra_attempts,
            offered,
            in_time,
            wasted,
            timeout,
            rejected,
            error,
            unreachable,
            breaker_open,
            rate_limited,
        ];
        self.series.time_s.push(now as f64 / 1e9);
        self.series.rates().into_iter().zip(counts).for_each(|(rate, count)| rate.push(count as f64 / seconds));
        self.open.flush();
        let quantiles = [0.5, 0.9, 0.99].map(|q| self.open.quantile_ms(q));
        self.series.spans().into_iter().zip(quantiles).for_each(|(span, value)| span.push(value));
        for (bins, counts) in self.node_series.iter_mut().zip(&window.nodes) {
            bins.push(NodeBin {
                waiting: counts.waiting_ns as f64 / window.length_ns as f64,
                utilization: (counts.workers_ns > 0).then(|| counts.busy_ns as f64 / counts.workers_ns as f64),
                replicas: counts.replicas_ns as f64 / window.length_ns as f64,
                hit_ratio: (counts.lookups > 0).then(|| counts.hits as f64 / counts.lookups as f64),
            });
        }
        let mark = self.mark(now);
        self.bins = [std::mem::replace(&mut self.bins[1], mark.clone()), mark];
        std::mem::swap(&mut self.open, &mut self.closed);
        self.open.clear();
    }

    /// Length of a bin, nanoseconds.
    pub fn bin_ns(&self) -> u64 {
        self.bin_ns
    }

    /// The closed bins from an index on.
    pub fn bins_from(&self, from: usize) -> Bins {
        let mut bins = self.series.clone();
        bins.from = from.min(bins.time_s.len());
        let past = ..bins.from;
        bins.time_s.drain(past);
        bins.rates().into_iter().for_each(|rate| drop(rate.drain(past)));
        bins.spans().into_iter().for_each(|span| drop(span.drain(past)));
        for node in &self.node_series {
            let mut it = NodeBins::default();
            for bin in &node[bins.from..] {
                it.waiting.push(bin.waiting);
                it.utilization.push(bin.utilization);
            }
            bins.nodes.push(it);
        }
        bins
    }

    /// The closed bins of a node.
    pub fn node_bins(&self, node: usize) -> &[NodeBin] {
        &self.node_series[node]
    }
}
