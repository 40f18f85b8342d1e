//! A run's record → its report and its snapshots.

use crate::engine::Engine;
use crate::engine::breaker::BreakerState;
use crate::engine::network::PartitionExtent;
use crate::kind::Role;
use crate::kinds::database::DatabaseStation;
use crate::kinds::{self, AnyStation};
use crate::model::Document;
use crate::report::record::{Gauge, LinkCounts, NodeCounts, NodeRecord};
use crate::report::recorder::Cohort;
use crate::report::snapshot::{LinkNow, NodeNow, ReplicaNow, ReplicaState, Snapshot};
use crate::report::{
    Backlog, Failures, LinkReport, Mean, NodeReport, NodeSeries, OperationReport, OperationRequests, Report, Requests,
    Series,
};
use crate::time::to_s;
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
        lost_writes: (role == Role::Cache).then_some(counts.lost_writes),
        replicas_mean: mean(counts.replicas_ns),
        conflicting_writes: None,
        unavailable_s: None,
        failovers: None,
        recovery_s: None,
        shards: None,
        redelivered: queue.then_some(counts.redelivered),
        duplicates: queue.then_some(counts.duplicates),
        dead_letters: queue.then_some(counts.dead_letters),
        lost: queue.then_some(counts.lost),
        backlog: None,
    }
}

/// How long a backlog takes to empty at the pace of a window of so many seconds.
fn drain_s(backlog: u64, lately: &NodeCounts, seconds: f64) -> Option<f64> {
    let (came, left) = (lately.arrivals - lately.rejected, lately.completed + lately.failed);
    match backlog {
        0 => Some(0.0),
        _ => (left > came).then(|| backlog as f64 * seconds / (left - came) as f64),
    }
}

/// What is told of a database's replicas and shards.
fn replication(
    report: &mut NodeReport,
    database: &DatabaseStation,
    record: &NodeRecord,
    counts: &NodeCounts,
    window: (u64, u64),
) {
    if database.is_replicated() {
        report.stale_reads = Some(counts.stale_reads);
        report.lost_writes = Some(counts.lost_writes);
        report.conflicting_writes = Some(counts.conflicting_writes);
        report.failovers = Some(counts.failovers);
        report.unavailable_s = Some(counts.unavailable_ns as f64 / 1e9);
        report.recovery_s = over(counts.recovery_ns.into(), counts.recoveries.into()).map(|ns| ns / 1e9);
    }
    let (now, length_ns) = window;
    let workers = database.workers_of_shard().filter(|_| length_ns > 0 && !record.shards.is_empty());
    report.shards = workers.map(|workers| {
        let warm = |shard: usize| record.shards_warm.get(shard).copied().unwrap_or(0);
        let busy = |(shard, gauge): (usize, &Gauge)| (gauge.integral(now) - warm(shard)) as f64;
        let all = workers as f64 * length_ns as f64;
        record.shards.iter().enumerate().map(|shard| busy(shard) / all).collect()
    });
}

fn link(counts: &LinkCounts, response_ms: crate::report::record::Summary) -> LinkReport {
    let LinkCounts { calls, attempts, timeouts, failed, retries, hedges, refused, breaker_opened, .. } = *counts;
    let LinkCounts { rejected, errors, unreachable, limited, wire_ns, .. } = *counts;
    let network_ms = Mean { mean: over(wire_ns.into(), attempts.into()).map(|ns| ns / 1e6) };
    LinkReport {
        calls,
        attempts,
        timeouts,
        failed,
        rejected,
        errors,
        unreachable,
        limited,
        retries,
        hedges,
        refused,
        breaker_opened,
        network_ms,
        response_ms,
    }
}

fn role(document: &Document, index: usize) -> Role {
    kinds::info(&document.nodes[index].kind).map_or(Role::Service, |info| info.role)
}

/// A node's name as people see it.
pub fn name(document: &Document, id: &str) -> String {
    document.node(id).map_or_else(|| id.to_owned(), kinds::shown_name)
}

/// The report of a run as far as it has come, without findings. `document` is the one it was
/// compiled from.
pub fn numbers(engine: &Engine<AnyStation>, document: &Document) -> Report {
    let record = &engine.core().record;
    let now = engine.now();
    let settings = engine.settings();
    let window = record.since_warm(now);
    let seconds = to_s(window.length_ns);
    let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    let cohort = record.cohort();
    let failed: u64 = cohort.failures.iter().sum();
    let offered = cohort.offered;
    let attempts = offered + window.flow.extra_attempts;

    // Several clients may do operations of one name.
    let mut by_name: Vec<(&str, Cohort)> = Vec::new();
    for (operation, cohort) in engine.core().operations.iter().zip(&record.operations) {
        match by_name.iter_mut().find(|(name, _)| *name == operation.name) {
            Some((_, all)) => all.add(cohort),
            None => by_name.push((&operation.name, cohort.clone())),
        }
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
            completed: cohort.completed,
            failed,
            in_flight: offered - cohort.completed - failed,
            attempts,
            failures: failures(&cohort),
        },
        throughput_rps: rate(window.flow.completed),
        goodput_rps: rate(window.flow.in_time),
        attempts_per_request: if offered > 0 { attempts as f64 / offered as f64 } else { 1.0 },
        latency_ms: cohort.latency.summary(),
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
            offered_rps: bins.offered_rps,
            goodput_rps: bins.goodput_rps,
            wasted_rps: bins.wasted_rps,
            failures_rps: bins.failures_rps,
            nodes: BTreeMap::new(),
        },
        findings: Vec::new(),
    };
    for (name, cohort) in by_name {
        report.operations.insert(name.to_owned(), operation(&cohort));
    }
    let lately = record.lately(now);
    for (index, drawn) in document.nodes.iter().enumerate() {
        let response = record.nodes[index].response.summary();
        let counts = &window.nodes[index];
        let mut it = node(role(document, index), counts, response, window.length_ns);
        if let AnyStation::Queue(queue) = &engine.stations()[index] {
            let waiting = u64::from(record.nodes[index].waiting.level());
            let (oldest_max_ns, max) = queue.worst(engine.core());
            it.backlog = Some(Backlog {
                now: waiting,
                max,
                mean: it.queue_mean,
                oldest_s: to_s(queue.oldest_ns(engine.core())),
                oldest_max_s: to_s(oldest_max_ns),
                drain_s: drain_s(waiting, &lately.nodes[index], to_s(lately.length_ns)),
            });
        }
        if let AnyStation::Database(database) = &engine.stations()[index] {
            replication(&mut it, database, &record.nodes[index], counts, (now, window.length_ns));
        }
        report.nodes.insert(drawn.id.clone(), it);
        let bins = record.node_bins(index);
        report.series.nodes.insert(
            drawn.id.clone(),
            NodeSeries {
                queue: bins.iter().map(|bin| bin.waiting).collect(),
                utilization: bins.iter().map(|bin| bin.utilization).collect(),
                replicas: bins.iter().map(|bin| bin.replicas).collect(),
                hit_ratio: if role(document, index) == Role::Cache {
                    bins.iter().map(|bin| bin.hit_ratio).collect()
                } else {
                    Vec::new()
                },
            },
        );
    }
    for (index, drawn) in document.links.iter().enumerate() {
        report.links.insert(drawn.id.clone(), link(&window.links[index], record.links[index].response.summary()));
    }
    report
}

/// The report with its findings. The page finds the words itself, so that its worker needs none.
pub fn report(engine: &Engine<AnyStation>, document: &Document) -> Report {
    let mut report = numbers(engine, document);
    report.findings = crate::findings::findings(&report, document);
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
    let failed = window.flow.failed();
    let ended = window.flow.completed + failed;
    let nodes = document
        .nodes
        .iter()
        .enumerate()
        .map(|(index, _)| {
            let counts = &window.nodes[index];
            let condition = &core.station_states[index];
            let left = counts.completed + counts.failed;
            let state = |replica: u32| match (&engine.stations()[index], condition.is_up(replica)) {
                (AnyStation::App(app), up) => app.state(replica, up),
                (_, true) => ReplicaState::Serving,
                (_, false) => ReplicaState::Down,
            };
            let busy = |replica: u32| match (&engine.stations()[index], condition.plan.workers) {
                (AnyStation::App(app), Some(workers)) => f64::from(app.busy(replica)) / f64::from(workers),
                (AnyStation::Database(it), Some(workers)) => f64::from(it.busy(replica)) / f64::from(workers),
                _ => 0.0,
            };
            let standing = |replica: u32| match &engine.stations()[index] {
                AnyStation::Database(it) => it.standing(replica),
                _ => None,
            };
            NodeNow {
                rate_rps: rate(counts.arrivals),
                utilization: over(counts.busy_ns, counts.workers_ns),
                waiting: u64::from(record.nodes[index].waiting.level()),
                failed_rps: rate(counts.rejected + counts.failed),
                response_ms: over(counts.sojourn_ns, left.into()).map(|ns| ns / 1e6),
                hit_ratio: (role(document, index) == Role::Cache)
                    .then(|| over(counts.hits.into(), counts.lookups.into()))
                    .flatten(),
                replicas: (0..condition.plan.replicas)
                    .map(|replica| ReplicaNow {
                        up: condition.is_up(replica),
                        busy: busy(replica),
                        state: state(replica),
                        leads: standing(replica).map(|it| it.leads),
                        lacks: standing(replica).map_or(0, |it| it.lacks),
                    })
                    .collect(),
                oldest_s: match &engine.stations()[index] {
                    AnyStation::Queue(queue) => Some(to_s(queue.oldest_ns(core))),
                    _ => None,
                },
                dead_letters: matches!(&engine.stations()[index], AnyStation::Queue(_))
                    .then_some(record.nodes[index].counts.dead_letters),
                redelivered: record.nodes[index].counts.redelivered,
                stale_reads: record.nodes[index].counts.stale_reads,
                lost_writes: record.nodes[index].counts.lost_writes,
                conflicting_writes: record.nodes[index].counts.conflicting_writes,
                unwritten: match &engine.stations()[index] {
                    AnyStation::Cache(cache) => cache.unwritten(),
                    _ => None,
                },
            }
        })
        .collect();
    let links = core
        .network
        .links
        .iter()
        .enumerate()
        .zip(&window.links)
        .map(|((index, state), counts)| {
            let partition = core.link_partition(index as u32);
            let breaker_open = matches!(state.breaker, BreakerState::Open(until) if now < until);
            LinkNow {
                rate_rps: rate(counts.attempts),
                failed_rps: rate(counts.failed),
                timeouts_rps: rate(counts.timeouts),
                rejected_rps: rate(counts.rejected),
                errors_rps: rate(counts.errors),
                unreachable_rps: rate(counts.unreachable),
                limited_rps: rate(counts.limited),
                refused_rps: rate(counts.refused),
                retries_rps: rate(counts.retries),
                cut: state.is_cut() || partition == PartitionExtent::Full,
                partly_cut: partition == PartitionExtent::Partial,
                breaker_open,
                breaker_half_open: !breaker_open && !matches!(state.breaker, BreakerState::Closed(..)),
                in_flight: u64::from(state.in_flight),
                pooled: u64::from(state.pool_waiting),
                ejected: match &engine.stations()[state.plan.from as usize] {
                    AnyStation::LoadBalancer(balancer) => balancer.ejected(index as u32),
                    _ => 0,
                },
            }
        })
        .collect();
    Snapshot {
        now_s: to_s(now),
        duration_s: to_s(engine.settings().duration_ns),
        finished: engine.is_finished(),
        events: engine.events(),
        offered_rps: rate(window.flow.offered),
        throughput_rps: rate(window.flow.completed),
        failed_rps: rate(failed),
        error_rate: if ended > 0 { failed as f64 / ended as f64 } else { 0.0 },
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
