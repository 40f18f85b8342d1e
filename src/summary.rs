//! A run's record → its report and its snapshots.

use crate::engine::Engine;
use crate::engine::link::BreakerState;
use crate::kind::Role;
use crate::kinds::{self, AnyStation};
use crate::model::Document;
use crate::report::record::{LinkCounts, NodeCounts};
use crate::report::recorder::Cohort;
use crate::report::snapshot::{LinkNow, NodeNow, ReplicaNow, Snapshot};
use crate::report::{
    Failures, LinkReport, Mean, NodeReport, NodeSeries, OperationReport, OperationRequests, Report, Requests, Series,
    findings,
};
use crate::time::{to_ms, to_s};
use std::collections::BTreeMap;

fn over(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn failures(cohort: &Cohort) -> Failures {
    let [timeout, rejected, error, unreachable, breaker_open, rate_limited] = cohort.failures;
    Failures { timeout, rejected, error, unreachable, breaker_open, rate_limited }
}

fn operation(cohort: &Cohort) -> OperationReport {
    let failed = cohort.failures.iter().sum();
    OperationReport {
        requests: OperationRequests {
            offered: cohort.offered,
            completed: cohort.completed,
            failed,
            in_flight: cohort.offered - cohort.completed - failed,
            failures: failures(cohort),
        },
        latency_ms: cohort.latency.summary(),
    }
}

/// Adds an operation of the same name (two clients may share one).
fn merge(into: &mut Cohort, other: &Cohort) {
    into.offered += other.offered;
    into.completed += other.completed;
    for (sum, more) in into.failures.iter_mut().zip(other.failures) {
        *sum += more;
    }
    into.latency.add(&other.latency);
}

fn node(role: Role, counts: &NodeCounts, response: crate::report::record::Summary, length_ns: u64) -> NodeReport {
    let mean = |integral: u128| over(integral, u128::from(length_ns)).unwrap_or(0.0);
    let queue = role == Role::Queue;
    NodeReport {
        arrivals: counts.arrivals,
        completed: counts.completed,
        rejected: counts.rejected,
        failed: counts.failed,
        utilization: over(counts.busy_ns, counts.workers_ns),
        queue_mean: mean(counts.waiting_ns),
        in_system_mean: mean(counts.in_system_ns),
        wait_ms: Mean { mean: over(counts.wait_ns, u128::from(counts.began)).map(|ns| ns / 1e6) },
        response_ms: response,
        wasted: counts.wasted,
        hit_ratio: (role == Role::Cache).then(|| over(counts.hits.into(), counts.lookups.into())).flatten(),
        stale_reads: None,
        lost_writes: None,
        redelivered: queue.then_some(counts.redelivered),
        dead_letters: queue.then_some(counts.dead_letters),
    }
}

fn link(counts: &LinkCounts, response_ms: crate::report::record::Summary) -> LinkReport {
    let LinkCounts { calls, attempts, timeouts, failed, retries, hedges, refused, breaker_opened } = *counts;
    LinkReport { calls, attempts, timeouts, failed, retries, hedges, refused, breaker_opened, response_ms }
}

fn role(document: &Document, index: usize) -> Role {
    kinds::info(&document.nodes[index].kind).map_or(Role::Worker, |info| info.role)
}

/// A node's name as people see it.
pub fn name(document: &Document, id: &str) -> String {
    match document.node(id) {
        Some(node) if !node.name.is_empty() => node.name.clone(),
        Some(node) => kinds::info(&node.kind).map_or(node.id.clone(), |info| info.label.to_owned()),
        None => id.to_owned(),
    }
}

/// The report of a run as far as it has come. `document` is the one it was compiled from.
pub fn report(engine: &Engine<AnyStation>, document: &Document, operations: &[String]) -> Report {
    let record = &engine.core().record;
    let now = engine.now();
    let settings = engine.settings();
    let window = record.since_warm(now);
    let seconds = to_s(window.length_ns);
    let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let failed: u64 = record.cohort.failures.iter().sum();
    let offered = record.cohort.offered;
    let attempts = offered + window.flow.extra_attempts;

    let mut by_name: BTreeMap<String, Cohort> = BTreeMap::new();
    for (name, cohort) in operations.iter().zip(&record.operations) {
        merge(by_name.entry(name.clone()).or_default(), cohort);
    }
    let bins = record.bins_from(0);
    let mut report = Report {
        headroom: 1,
        seed: settings.seed,
        digest: format!("{:016x}", engine.digest()),
        duration_s: to_s(settings.duration_ns),
        warmup_s: to_s(settings.warmup_ns),
        events: engine.events(),
        requests: Requests {
            offered,
            completed: record.cohort.completed,
            failed,
            in_flight: offered - record.cohort.completed - failed,
            attempts,
            failures: failures(&record.cohort),
        },
        throughput_rps: rate(window.flow.completed),
        goodput_rps: rate(window.flow.in_time),
        attempts_per_request: if offered > 0 { attempts as f64 / offered as f64 } else { 1.0 },
        latency_ms: record.cohort.latency.summary(),
        operations: BTreeMap::new(),
        nodes: BTreeMap::new(),
        links: BTreeMap::new(),
        series: Series {
            bin_s: bins.bin_s,
            time_s: bins.time_s,
            throughput_rps: bins.throughput_rps,
            p50_ms: bins.p50_ms,
            p90_ms: bins.p90_ms,
            p99_ms: bins.p99_ms,
            failed_rps: bins.failed_rps,
            retries_rps: bins.retries_rps,
            nodes: BTreeMap::new(),
        },
        findings: Vec::new(),
    };
    for (name, cohort) in by_name {
        report.operations.insert(name, operation(&cohort));
    }
    for (index, drawn) in document.nodes.iter().enumerate() {
        let response = record.nodes[index].response.summary();
        report
            .nodes
            .insert(drawn.id.clone(), node(role(document, index), &window.nodes[index], response, window.length_ns));
        let bins = record.node_bins(index);
        report.series.nodes.insert(
            drawn.id.clone(),
            NodeSeries {
                queue: bins.iter().map(|bin| bin.waiting).collect(),
                utilization: bins.iter().map(|bin| bin.utilization).collect(),
            },
        );
    }
    for (index, drawn) in document.links.iter().enumerate() {
        report.links.insert(drawn.id.clone(), link(&window.links[index], record.links[index].response.summary()));
    }
    report.findings = findings::findings(&report, |id| name(document, id));
    report
}

/// The numbers at this instant; bins from `bins_from` on. What the worker alone knows (run,
/// speed, running) is left at its default.
pub fn snapshot(engine: &Engine<AnyStation>, document: &Document, bins_from: usize) -> Snapshot {
    let core = engine.core();
    let record = &core.record;
    let now = engine.now();
    let window = record.lately(now);
    let seconds = to_s(window.length_ns);
    let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let latency = record.latency_lately();
    let ended = window.flow.completed + window.flow.failed;
    let nodes = document
        .nodes
        .iter()
        .enumerate()
        .map(|(index, _)| {
            let counts = &window.nodes[index];
            let condition = &core.conditions[index];
            let left = counts.completed + counts.failed;
            let busy = |replica: u32| match (&engine.stations()[index], condition.plan.workers) {
                (AnyStation::App(app), Some(workers)) => f64::from(app.busy(replica)) / f64::from(workers),
                _ => 0.0,
            };
            NodeNow {
                rate_rps: rate(counts.arrivals),
                utilization: over(counts.busy_ns, counts.workers_ns),
                waiting: u64::from(record.nodes[index].waiting.level()),
                failed_rps: rate(counts.rejected + counts.failed),
                response_ms: (left > 0).then(|| to_ms((counts.sojourn_ns / u128::from(left)) as u64)),
                hit_ratio: (role(document, index) == Role::Cache)
                    .then(|| over(counts.hits.into(), counts.lookups.into()))
                    .flatten(),
                replicas: (0..condition.plan.replicas)
                    .map(|replica| ReplicaNow { up: condition.is_up(replica), busy: busy(replica) })
                    .collect(),
            }
        })
        .collect();
    let links = core
        .links
        .iter()
        .zip(&window.links)
        .map(|(state, counts)| LinkNow {
            rate_rps: rate(counts.attempts),
            failed_rps: rate(counts.failed),
            timeouts_rps: rate(counts.timeouts),
            retries_rps: rate(counts.retries),
            cut: state.is_cut(),
            breaker_open: matches!(state.breaker, BreakerState::Open(until) if now < until),
            in_flight: u64::from(state.in_flight),
        })
        .collect();
    Snapshot {
        now_s: to_s(now),
        duration_s: to_s(engine.settings().duration_ns),
        finished: engine.is_finished(),
        events: engine.events(),
        offered_rps: rate(window.flow.offered),
        throughput_rps: rate(window.flow.completed),
        failed_rps: rate(window.flow.failed),
        error_rate: if ended > 0 { window.flow.failed as f64 / ended as f64 } else { 0.0 },
        p50_ms: latency.quantile_ms(0.5),
        p99_ms: latency.quantile_ms(0.99),
        in_flight: record.in_flight,
        attempts_per_request: if window.flow.offered > 0 {
            1.0 + window.flow.extra_attempts as f64 / window.flow.offered as f64
        } else {
            1.0
        },
        nodes,
        links,
        bins: record.bins_from(bins_from),
        ..Snapshot::default()
    }
}
