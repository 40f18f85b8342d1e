//! Numbers during a run, as the page shows them.

use crate::engine::Engine;
use crate::engine::breaker::BreakerState;
use crate::engine::network::HeldBack;
use crate::engine::plan::Direction;
use crate::engine::station::Station;
use crate::kinds::{self, AnyStation};
use crate::metrics::{Metric, Values};
use crate::model::Document;
use crate::record::recorder::RequestCounts;
use crate::record::series::Bins;
use crate::record::{LatencyHistogram, LinkWindow, ReplicaSnapshot, link_metrics, node_metrics, over};
use crate::time::to_s;
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
    pub busy_ms: f64,
    /// Requests a second that clients started.
    pub offered_rps: f64,
    /// Requests a second that were answered without an error.
    pub throughput_rps: f64,
    /// Requests a second that were answered without an error and within their client's deadline.
    pub goodput_rps: f64,
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
    /// What users noticed in the last ten seconds or so: the bins that hold them.
    pub last: WindowFigures,
    /// What they noticed since the warm-up, as the report says it; absent before its end.
    pub whole: Option<WindowFigures>,
    /// One for each node.
    pub nodes: Vec<NodeSnapshot>,
    /// One for each link.
    pub links: Vec<LinkSnapshot>,
    /// Bins of the series that closed since the last snapshot.
    pub bins: Bins,
}

/// What users noticed in a part of the run that ends at the present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowFigures {
    /// Where it begins, simulated seconds.
    pub from_s: f64,
    /// Requests a second that were answered without an error.
    pub throughput_rps: f64,
    /// Requests a second that were answered without an error and within their client's deadline.
    pub goodput_rps: f64,
    /// Failed over finished, 0 to 1.
    pub error_rate: f64,
    /// Median latency of the successes in milliseconds; absent when there were none.
    pub p50_ms: Option<f64>,
    /// 99th percentile in milliseconds.
    pub p99_ms: Option<f64>,
    /// Attempts a request, retries anywhere included.
    pub attempts_per_request: f64,
}

impl WindowFigures {
    /// Of requests counted in so many nanoseconds up to `now`, of which `failed` of `ended` failed.
    fn new(
        now: u64,
        length_ns: u64,
        counts: &RequestCounts,
        offered: u64,
        (failed, ended): (u64, u64),
        latency: &LatencyHistogram,
    ) -> WindowFigures {
        let rate = |count: u64| over(u128::from(count) * 1_000_000_000, length_ns.into()).unwrap_or(0.0);
        let attempts = offered + counts.extra_attempts;
        WindowFigures {
            from_s: to_s(now - length_ns),
            throughput_rps: rate(counts.completed),
            goodput_rps: rate(counts.within_deadline),
            error_rate: over(failed.into(), ended.into()).unwrap_or(0.0),
            p50_ms: latency.quantile_ms(0.5),
            p99_ms: latency.quantile_ms(0.99),
            attempts_per_request: over(attempts.into(), offered.into()).unwrap_or(1.0),
        }
    }
}

/// A node during a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeSnapshot {
    /// The numbers that [`NodeSnapshot::get`] finds.
    pub values: Values,
    /// One for each replica.
    pub replicas: Vec<ReplicaSnapshot>,
}

impl NodeSnapshot {
    /// A number as its [`Live`](crate::metrics::Live) says: per second, of this instant, or since the
    /// start. `None` where it is absent.
    pub fn get<T>(&self, metric: &Metric<T>) -> Option<f64> {
        self.values.get(kinds::NODE_METRICS, metric)
    }

    /// The same; 0 where it is absent.
    pub fn value<T>(&self, metric: &Metric<T>) -> f64 {
        self.get(metric).unwrap_or(0.0)
    }

    /// The number with this key; `None` where it is absent.
    pub fn find(&self, key: &str) -> Option<f64> {
        self.values.find(kinds::NODE_METRICS, key)
    }

    /// With another value of a number.
    pub fn with<T>(mut self, metric: &Metric<T>, value: f64) -> NodeSnapshot {
        self.values.set(kinds::NODE_METRICS, metric.info.key, Some(value));
        self
    }

    /// Arrivals a second.
    pub fn rate_rps(&self) -> f64 {
        self.value(&node_metrics::ARRIVALS)
    }

    /// Requests a second that were rejected or failed.
    pub fn failed_rps(&self) -> f64 {
        self.value(&node_metrics::REJECTED) + self.value(&node_metrics::FAILED)
    }

    /// Busy workers over all workers, 0 to 1; absent where workers are unlimited.
    pub fn utilization(&self) -> Option<f64> {
        self.get(&node_metrics::UTILIZATION)
    }

    /// Requests, at a queue messages, that wait at this instant.
    pub fn waiting(&self) -> u64 {
        self.value(&node_metrics::WAITING) as u64
    }

    /// What should be zero and is not: data lost, stale or given up since the start.
    pub fn alerts(&self) -> Vec<Alert> {
        let mut alerts: Vec<Alert> = Vec::new();
        for metric in kinds::NODE_METRICS.iter().copied().flatten() {
            let Some(icon) = metric.alert else { continue };
            let count = self.find(metric.key).unwrap_or(0.0) as u64;
            // A number that several kinds share stands in the list of each.
            if count > 0 && alerts.iter().all(|alert| alert.label != metric.label) {
                alerts.push(Alert { icon, count, label: metric.label });
            }
        }
        alerts
    }
}

/// A number on a card that should be zero and is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alert {
    /// Name of its icon.
    pub icon: &'static str,
    /// The number.
    pub count: u64,
    /// What it counts.
    pub label: &'static str,
}

/// The list of a link's numbers.
const LINK_METRICS: &[&[&crate::metrics::MetricInfo]] = &[link_metrics::METRICS];

/// A link during a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkSnapshot {
    /// The numbers that [`LinkSnapshot::value`] finds.
    pub values: Values,
    /// Which of the caller's messages are held back.
    pub requests: HeldBack,
    /// Which of the callee's messages are held back.
    pub responses: HeldBack,
    /// Whether the breaker refuses calls.
    pub breaker_open: bool,
    /// Whether it has stayed open long enough, and lets probes through.
    pub breaker_half_open: bool,
}

impl LinkSnapshot {
    /// Whether all messages are held back, in one direction at least.
    pub fn is_cut(&self) -> bool {
        [self.requests, self.responses].contains(&HeldBack::All)
    }

    /// Whether only what some of the replicas send each other is held back.
    pub fn is_partly_cut(&self) -> bool {
        !self.is_cut() && [self.requests, self.responses].contains(&HeldBack::Some)
    }

    /// Attempts a second.
    pub fn rate_rps(&self) -> f64 {
        self.value(&link_metrics::ATTEMPTS)
    }

    /// Attempts a second that failed, for whatever reason.
    pub fn failed_rps(&self) -> f64 {
        self.value(&link_metrics::FAILED)
    }

    /// A number as its [`Live`](crate::metrics::Live) says; 0 where it is absent.
    pub fn value<T>(&self, metric: &Metric<T>) -> f64 {
        self.values.get(LINK_METRICS, metric).unwrap_or(0.0)
    }

    /// With another value of a number.
    pub fn with<T>(mut self, metric: &Metric<T>, value: f64) -> LinkSnapshot {
        self.values.set(LINK_METRICS, metric.info.key, Some(value));
        self
    }
}

/// The numbers at this instant; bins from `bins_from` on. What the session alone knows (run,
/// speed, running) is left at its default.
pub fn snapshot(engine: &Engine<AnyStation>, document: &Document, bins_from: usize) -> Snapshot {
    let core = engine.core();
    let record = &core.record;
    let now = engine.now();
    let (recent, whole) = (record.recent(now), record.since_start(now));
    let seconds = to_s(recent.length_ns);
    let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let latency = record.recent_latency();
    let failed = recent.requests.failed();
    let ended = recent.requests.completed + failed;

    let node = |index: usize| {
        let station = &engine.stations()[index];
        let mut values = Values::default();
        let window = record.node_window(index, now, &recent, &recent);
        let mut in_window = values.window(kinds::NODE_METRICS, seconds);
        node_metrics::metrics(&window, &mut in_window);
        station.metrics(core, &window, &mut in_window);
        drop(in_window);
        let window = record.node_window(index, now, &whole, &recent);
        let mut totals = values.totals(kinds::NODE_METRICS);
        node_metrics::metrics(&window, &mut totals);
        station.metrics(core, &window, &mut totals);
        drop(totals);
        let state = &core.station_states[index];
        let replicas = (0..state.plan.replicas).map(|replica| station.replica(state, replica)).collect();
        NodeSnapshot { values, replicas }
    };
    let link = |index: usize| {
        let state = &core.network.links[index];
        let mut values = Values::default();
        let window = LinkWindow {
            counts: &recent.links[index],
            record: &record.links[index],
            length_ns: recent.length_ns,
            has_bandwidth: state.plan.ns_per_byte > 0.0,
            pool_size: core.pool_size(index as u32),
            in_flight: u64::from(state.in_flight),
            pool_waiting: u64::from(state.pool_waiting),
            ejected: engine.stations()[state.plan.from as usize].ejected(index as u32),
        };
        link_metrics::metrics(&window, &mut values.window(LINK_METRICS, seconds));
        let breakers = || state.policies.iter().map(|policies| policies.breaker);
        let breaker_open = breakers().any(|breaker| matches!(breaker, BreakerState::Open(until) if now < until));
        LinkSnapshot {
            values,
            requests: core.held_back(index as u32, Direction::Forward),
            responses: core.held_back(index as u32, Direction::Backward),
            breaker_open,
            breaker_half_open: !breaker_open && breakers().any(|breaker| !matches!(breaker, BreakerState::Closed(..))),
        }
    };
    let (seconds_ns, counts, of_seconds) = record.last_seconds(now);
    let last_failed = counts.failed();
    let last = WindowFigures::new(
        now,
        seconds_ns,
        &counts,
        counts.offered,
        (last_failed, counts.completed + last_failed),
        &of_seconds,
    );
    let whole = record.requests_since_warmup(now).map(|(length_ns, counts)| {
        let cohort = record.cohort();
        let failed = cohort.failed();
        let ends = (failed, cohort.completed + failed);
        WindowFigures::new(now, length_ns, &counts, cohort.offered, ends, &cohort.latency)
    });
    Snapshot {
        now_s: to_s(now),
        duration_s: to_s(engine.settings().duration_ns),
        finished: engine.is_finished(),
        events: engine.events(),
        offered_rps: rate(recent.requests.offered),
        throughput_rps: rate(recent.requests.completed),
        goodput_rps: rate(recent.requests.within_deadline),
        failed_rps: rate(failed),
        error_rate: if ended > 0 { failed as f64 / ended as f64 } else { 0.0 },
        p50_ms: latency.quantile_ms(0.5),
        p99_ms: latency.quantile_ms(0.99),
        in_flight: record.in_flight,
        attempts_per_request: if recent.requests.offered > 0 {
            1.0 + recent.requests.extra_attempts as f64 / recent.requests.offered as f64
        } else {
            1.0
        },
        last,
        whole,
        nodes: (0..document.nodes.len()).map(node).collect(),
        links: (0..document.links.len()).map(link).collect(),
        bins: record.series().bins_from(bins_from),
        ..Snapshot::default()
    }
}
