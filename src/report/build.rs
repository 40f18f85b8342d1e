//! The report of what the engine recorded.

use super::{EndedEarly, Failures, LinkReport, NodeReport, OperationReport, OperationRequests, Report, Requests};
use crate::engine::Engine;
use crate::engine::station::Station;
use crate::kinds::cache::metrics::HIT_RATIO;
use crate::kinds::{self, AnyStation};
use crate::metrics::Numbers;
use crate::model::Document;
use crate::record::recorder::Cohort;
use crate::record::series::ReportSeries;
use crate::record::{Failure, LinkWindow, link_metrics, node_metrics};
use crate::time::to_s;
use std::collections::BTreeMap;

/// The report of a run as far as it has come, without findings. `document` is the one it was
/// compiled from.
pub fn build(engine: &Engine<AnyStation>, document: &Document) -> Report {
    let record = &engine.core().record;
    let now = engine.now();
    let settings = engine.settings();
    let window = record.since_warmup(now);
    let recent = record.recent(now);
    let seconds = to_s(window.length_ns);
    let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let cohort = record.cohort();
    let whole = operation(&cohort);
    let OperationRequests { offered, completed, failed, in_flight, failures } = whole.requests;
    let attempts = offered + window.requests.extra_attempts;

    // Several clients may do operations of one name.
    let mut cohorts: BTreeMap<&str, Cohort> = BTreeMap::new();
    for (operation, cohort) in engine.core().operations.iter().zip(&record.operations) {
        cohorts.entry(&operation.name).or_default().add(cohort);
    }
    let mut operations = BTreeMap::new();
    for (name, cohort) in &cohorts {
        operations.insert((*name).to_owned(), operation(cohort));
    }
    // Maps are filled one by one: `collect` would bring a sort of its own into the worker for each type.
    let mut nodes = BTreeMap::new();
    for (index, node) in document.nodes.iter().enumerate() {
        let mut numbers = Numbers::default();
        let its_window = record.node_window(index, now, &window, &recent);
        node_metrics::metrics(&its_window, &mut numbers);
        engine.stations()[index].metrics(engine.core(), &its_window, &mut numbers);
        numbers.complete(kinds::NODE_METRICS.iter().copied().flatten().copied());
        nodes.insert(node.id.clone(), NodeReport(numbers));
    }
    let mut links = BTreeMap::new();
    for (index, link) in document.links.iter().enumerate() {
        let mut numbers = Numbers::default();
        let its_window = LinkWindow {
            counts: &window.links[index],
            record: &record.links[index],
            length_ns: window.length_ns,
            has_bandwidth: engine.core().network.links[index].plan.ns_per_byte > 0.0,
            pool_size: engine.core().pool_size(index as u32),
            in_flight: 0,
            pool_waiting: 0,
            ejected: 0,
        };
        link_metrics::metrics(&its_window, &mut numbers);
        links.insert(link.id.clone(), LinkReport(numbers));
    }
    Report {
        headroom: 1,
        seed: settings.seed,
        digest: format!("{:016x}", engine.digest()),
        duration_s: to_s(settings.duration_ns),
        warmup_s: to_s(settings.warmup_ns),
        simulated_s: to_s(now),
        ended_early: engine.early_end().map(|(reason, stations)| EndedEarly {
            reason: reason.clone(),
            nodes: stations.iter().map(|station| document.nodes[*station as usize].id.clone()).collect(),
        }),
        events: engine.events(),
        requests: Requests { offered, completed, failed, in_flight, attempts, failures },
        throughput_rps: rate(window.requests.completed),
        goodput_rps: rate(window.requests.within_deadline),
        attempts_per_request: if offered > 0 { attempts as f64 / offered as f64 } else { 1.0 },
        latency_ms: whole.latency_ms,
        operations,
        series: series(engine, document),
        nodes,
        links,
        findings: Vec::new(),
    }
}

fn operation(cohort: &Cohort) -> OperationReport {
    let failed = cohort.failed();
    let by = |reason: Failure| cohort.failures[reason as usize];
    OperationReport {
        requests: OperationRequests {
            offered: cohort.offered,
            completed: cohort.completed,
            failed,
            in_flight: cohort.offered - cohort.completed - failed,
            failures: Failures {
                timeout: by(Failure::Timeout),
                rejected: by(Failure::Rejected),
                error: by(Failure::Error),
                unreachable: by(Failure::Unreachable),
                breaker_open: by(Failure::BreakerOpen),
                rate_limited: by(Failure::RateLimited),
            },
        },
        latency_ms: cohort.latency.summary(),
    }
}

/// The closed bins, those of nodes and links by id. A column that does not apply is empty: hit ratios of kinds that
/// look nothing up, what waits for workers at queues, the backlog at other kinds, and how far a limit is used of links
/// that have none.
fn series(engine: &Engine<AnyStation>, document: &Document) -> ReportSeries {
    let series = engine.core().record.series().clone();
    let mut nodes = BTreeMap::new();
    for (node, bins) in document.nodes.iter().zip(&series.nodes) {
        let mut bins = bins.clone();
        if !kinds::metrics(&node.kind).iter().any(|metric| metric.key == HIT_RATIO.info.key) {
            bins.hit_ratio.clear();
        }
        let waits = [&mut bins.waiting, &mut bins.backlog];
        waits.into_iter().filter(|column| column.iter().all(Option::is_none)).for_each(Vec::clear);
        nodes.insert(node.id.clone(), bins);
    }
    let mut links = BTreeMap::new();
    let all = document.links.iter().zip(engine.core().record.link_series());
    for ((link, bins), state) in all.zip(&engine.core().network.links) {
        let mut bins = bins.clone();
        if !state.is_capped() {
            bins.pool_in_use.clear();
            bins.pool_size.clear();
            bins.pool_waiting.clear();
            bins.pool_rejected.clear();
        }
        if state.plan.ns_per_byte == 0.0 {
            bins.forward.clear();
            bins.backward.clear();
        }
        links.insert(link.id.clone(), bins);
    }
    series.with(nodes, links)
}
