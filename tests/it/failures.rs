//! What goes wrong, and that it is as bad as it would be and no worse.

use crate::simulate::{drawing, engine_at, link, node, poisson, report, run};
use headroom::kinds::queue::metrics::{
    BACKLOG, BACKLOG_MAX, BACKLOG_MEAN, DEAD_LETTERS, DRAIN_S, DUPLICATES, LOST, OLDEST_MAX_S, OLDEST_S, REDELIVERED,
};
use headroom::model::Document;
use headroom::record::link_metrics::{BREAKER_OPENED, RESPONSE_MS};
use headroom::record::node_metrics::{ARRIVALS, COMPLETED, FAILED, IN_SYSTEM_MEAN, QUEUE_MEAN, WAIT_MS};
use headroom::report::Report;
use serde_json::{Value, json};

/// Failures a second in the bins from one time to another.
fn failing(report: &Report, from_s: f64, to_s: f64) -> f64 {
    mean(report, &report.series.failed_rps, from_s, to_s)
}

fn mean(report: &Report, series: &[f64], from_s: f64, to_s: f64) -> f64 {
    let bins: Vec<f64> =
        report.series.time_s.iter().zip(series).filter(|(t, _)| **t > from_s && **t <= to_s).map(|(_, x)| *x).collect();
    bins.iter().sum::<f64>() / bins.len() as f64
}

/// Client, two-worker app, database; the app's call has a timeout.
fn chain(blocking: bool, faults: Value) -> Document {
    drawing(
        &[
            poisson("users", 100.0),
            node(
                "app",
                "app",
                json!({"workers": 20, "blocking": blocking, "service": {"dist": "constant", "ms": 5}, "startup_s": 0}),
            ),
            node(
                "db",
                "database",
                json!({"workers": 8, "read": {"dist": "exponential", "mean_ms": 20}, "startup_s": 0}),
            ),
        ],
        &[link("users", "app", json!({"timeout_ms": 1000})), link("app", "db", json!({"timeout_ms": 2000}))],
        faults,
        60.0,
        0.0,
    )
}

#[test]
fn a_crash_fails_calls_at_once_and_a_partition_drops_them() {
    let crash = report(&chain(true, json!([{"fault": "crash", "target": "db", "start_s": 20, "duration_s": 10}])));
    assert!(crash.requests.failures.unreachable > 900, "{:?}", crash.requests);
    assert_eq!(crash.requests.failures.timeout, 0);
    let cut =
        report(&chain(true, json!([{"fault": "partition", "links": ["app-db"], "start_s": 20, "duration_s": 10}])));
    assert_eq!(cut.requests.failures.unreachable, 0);
    assert!(cut.requests.failures.timeout > 900, "{:?}", cut.requests);
    for it in [&crash, &cut] {
        assert_eq!(failing(it, 0.0, 20.0), 0.0);
        assert!(failing(it, 22.0, 30.0) > 80.0);
        assert_eq!(failing(it, 40.0, 60.0), 0.0, "it recovers");
        let before = mean(it, &it.series.p99_ms.iter().map(|p| p.unwrap_or(0.0)).collect::<Vec<_>>(), 5.0, 20.0);
        let after = mean(it, &it.series.p99_ms.iter().map(|p| p.unwrap_or(0.0)).collect::<Vec<_>>(), 45.0, 60.0);
        assert!(after < 1.3 * before, "percentiles recover: {before} before, {after} after");
    }
}

#[test]
fn without_a_timeout_callers_wait_until_the_partition_ends() {
    let mut it = chain(true, json!([{"fault": "partition", "links": ["app-db"], "start_s": 20, "duration_s": 10}]));
    for link in &mut it.links {
        link.params.remove("timeout_ms");
    }
    let report = report(&it);
    assert_eq!(report.requests.failed, 0);
    assert!(report.latency_ms.max.unwrap() > 9_900.0);
}

#[test]
fn a_partition_of_the_responses_lets_requests_pass() {
    for (direction, reaches_db) in [("forward", false), ("backward", true)] {
        let it = chain(
            false,
            json!([{"fault": "partition", "links": ["app-db"], "direction": direction, "start_s": 20, "duration_s": null}]),
        );
        let report = report(&it);
        let expected = if reaches_db { 5800..6300 } else { 1800..2300 };
        assert!(expected.contains(&report.nodes["db"][&ARRIVALS]), "{direction}: {}", report.nodes["db"][&ARRIVALS]);
    }
}

/// Cutting any link, crashing or pausing any node for two seconds with work in flight, then
/// stopping the load: every counter is back at its baseline.
#[test]
fn counters_return_to_their_baseline_after_every_fault() {
    let design = |faults: Value| {
        drawing(
            &[
                node(
                    "users",
                    "client",
                    json!({
                        "arrivals": {"process": "poisson", "rate_rps": 300}, "profile": [[0, 1], [8, 1], [8, 0]],
                        "operations": [{"name": "view", "weight": 4}, {"name": "buy", "access": "write"}]
                    }),
                ),
                node("limit", "rate_limiter", json!({"rate_rps": 280, "burst": 5, "on_limit": "delay"})),
                node(
                    "lb",
                    "load_balancer",
                    json!({"capacity_rps": 1000, "overhead": {"dist": "exponential", "mean_ms": 1}}),
                ),
                node(
                    "app",
                    "app",
                    json!({"replicas": 3, "workers": 6, "queue_limit": 50, "calls": "parallel", "startup_s": 0.5}),
                ),
                node(
                    "ps",
                    "app",
                    json!({"replicas": 2, "workers": 4, "discipline": "processor_sharing", "startup_s": 0}),
                ),
                node("cache", "cache", json!({"workers": 2, "capacity_entries": 500})),
                node("db", "database", json!({"workers": 4, "max_connections": 40})),
                node("jobs", "queue", json!({"visibility_timeout_s": 0.3, "max_attempts": 3})),
                node("worker", "app", json!({"replicas": 2, "workers": 2, "startup_s": 0})),
            ],
            &[
                link("users", "limit", json!({"timeout_ms": 900, "retries": {"max": 2}, "cancel_on_timeout": true})),
                link("limit", "lb", json!({"breaker": {"consecutive_failures": 3, "open_s": 0.5}})),
                link("lb", "app", json!({"timeout_ms": 400, "retries": {"max": 1}, "hedge": {"after_ms": 60}})),
                link("app", "cache", json!({"timeout_ms": 30})),
                link(
                    "app",
                    "db",
                    json!({"timeout_ms": 100, "max_in_flight": 6, "queue_limit": 20, "retries": {"max": 2, "budget_ratio": 0.2}, "cancel_on_timeout": true}),
                ),
                link(
                    "app",
                    "ps",
                    json!({"timeout_ms": 150, "cancel_on_timeout": true, "latency": {"dist": "exponential", "mean_ms": 2}, "loss": 0.02, "bandwidth_mbps": 100}),
                ),
                link("app", "jobs", json!({"operations": ["buy"], "timeout_ms": 100})),
                link("jobs", "worker", json!({})),
            ],
            faults,
            30.0,
            0.0,
        )
    };
    let quiet = design(json!([]));
    let links: Vec<String> = quiet.links.iter().map(|link| link.id.clone()).collect();
    let mut trials: Vec<Value> = vec![json!([])];
    trials.extend(links.iter().map(|id| json!([{"fault": "partition", "links": [id], "start_s": 3, "duration_s": 2}])));
    for target in ["limit", "lb", "app", "app#2", "ps", "cache", "db", "jobs", "worker"] {
        trials.push(json!([{"fault": "crash", "target": target, "start_s": 3, "duration_s": 2}]));
        if !target.contains('#') {
            trials.push(json!([{"fault": "pause", "target": target, "start_s": 3, "duration_s": 2}]));
        }
    }
    trials.push(json!([{"fault": "errors", "target": "db", "ratio": 1, "start_s": 3, "duration_s": 2}]));
    trials.push(json!([{"fault": "pause", "target": "ps", "start_s": 3, "duration_s": 2}, {"fault": "crash", "target": "ps", "start_s": 4, "duration_s": 2}]));
    for faults in trials {
        let (engine, report) = run(&design(faults.clone()));
        if let Err(left) = engine.check_at_rest() {
            panic!("{faults}: {left}");
        }
        assert!(report.requests.completed > 500, "{faults}: {:?}", report.requests);
    }
}

#[test]
fn a_slow_dependency_fills_the_workers_of_a_blocking_caller_only() {
    let slow = json!([{"fault": "slow", "target": "db", "factor": 10, "start_s": 20, "duration_s": null}]);
    let busy = |blocking| {
        let it = report(&chain(blocking, slow.clone()));
        let after = it.series.nodes["app"].utilization[30..].iter().map(|u| u.unwrap()).sum::<f64>();
        after / 30.0
    };
    assert!(busy(true) > 0.95, "{}", busy(true));
    assert!(busy(false) < 0.05, "{}", busy(false));
}

#[test]
fn a_crashed_backend_gets_its_share_under_round_robin_and_more_under_least_connections() {
    let share = |algorithm: &str| {
        let it = drawing(
            &[
                poisson("users", 200.0),
                node("lb", "load_balancer", json!({"algorithm": algorithm})),
                node(
                    "app",
                    "app",
                    json!({"replicas": 4, "workers": 8, "service": {"dist": "exponential", "mean_ms": 20}}),
                ),
            ],
            &[link("users", "lb", json!({})), link("lb", "app", json!({}))],
            json!([{"fault": "crash", "target": "app#3", "start_s": 0, "duration_s": null}]),
            200.0,
            10.0,
        );
        let it = report(&it);
        it.requests.failures.unreachable as f64 / it.requests.offered as f64
    };
    assert!((share("round_robin") - 0.25).abs() < 0.005, "{}", share("round_robin"));
    assert!((share("random") - 0.25).abs() < 0.01, "{}", share("random"));
    // The dead one refuses at once, and so always looks idle: the sinkhole.
    assert!(share("least_connections") > 0.45, "{}", share("least_connections"));
    assert!(share("power_of_two") > 0.3, "{}", share("power_of_two"));
}

#[test]
fn fifo_order_is_kept_and_a_waiting_request_counts_once() {
    // Constant arrivals a millisecond apart into a server of 2 ms: request n waits n ms.
    let it = drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "constant", "rate_rps": 1000}, "profile": [[0, 1], [0.1, 1], [0.1, 0]]}),
            ),
            node("app", "app", json!({"workers": 1, "service": {"dist": "constant", "ms": 2}})),
        ],
        &[link("users", "app", json!({}))],
        json!([]),
        1.0,
        0.0,
    );
    let engine = engine_at(&it, 0.0999);
    let waiting = engine.core().record.nodes[1].waiting.level();
    assert_eq!(waiting, 49, "99 have come, 49 are done, one is served");
    let done = report(&it);
    assert_eq!(done.requests.completed, 100);
    assert!((done.latency_ms.max.unwrap() - 101.0).abs() < 0.01, "{:?}", done.latency_ms);
    assert!((done.nodes["app"][&WAIT_MS] - 49.5).abs() < 0.01);
}

#[test]
fn a_breaker_opens_after_failures_and_closes_after_a_good_probe() {
    let mut it = chain(true, json!([{"fault": "crash", "target": "db", "start_s": 20, "duration_s": 10}]));
    it.links[1].params.insert("breaker".to_owned(), json!({"consecutive_failures": 5, "open_s": 2}));
    let report = report(&it);
    let link = &report.links["app-db"];
    assert!((4..=6).contains(&link[&BREAKER_OPENED]), "{link:?}");
    assert!(report.requests.failures.breaker_open > 900);
    assert!(report.requests.failures.unreachable < 20);
    assert_eq!(failing(&report, 33.0, 60.0), 0.0, "it closes again");
}

#[test]
fn a_full_pool_rejects_or_queues() {
    let with = |pool: Value| {
        let mut it = chain(false, json!([]));
        it.links[1].params = pool.as_object().expect("an object").clone();
        report(&it)
    };
    // Two of eight statements at a time, each 20 ms: 100 a second, as many as come.
    let held = with(json!({"max_in_flight": 2}));
    assert!(held.links["app-db"][&RESPONSE_MS].mean.unwrap() > 100.0);
    let rejected = with(json!({"max_in_flight": 2, "queue_limit": 0}));
    assert!(rejected.requests.failures.rejected > 1000, "{:?}", rejected.requests);
    assert!(rejected.nodes["db"][&IN_SYSTEM_MEAN] < 2.0);
}

#[test]
fn a_queue_acknowledges_at_once_redelivers_and_drains() {
    let design = |rate: u32, faults: Value| {
        drawing(
            &[
                node(
                    "users",
                    "client",
                    json!({"arrivals": {"process": "poisson", "rate_rps": rate}, "operations": [{"name": "job", "access": "write"}]}),
                ),
                node("jobs", "queue", json!({"visibility_timeout_s": 2})),
                node(
                    "worker",
                    "app",
                    json!({"replicas": 2, "workers": 4, "service": {"dist": "exponential", "mean_ms": 100}, "startup_s": 0}),
                ),
            ],
            &[link("users", "jobs", json!({})), link("jobs", "worker", json!({}))],
            faults,
            120.0,
            0.0,
        )
    };
    let (engine, broken) =
        run(&design(50, json!([{"fault": "crash", "target": "worker", "start_s": 20, "duration_s": 20}])));
    assert_eq!(broken.requests.failed, 0, "publishers never notice");
    assert!(broken.latency_ms.max.unwrap() < 1.0);
    let backlog = &broken.series.nodes["jobs"].queue;
    assert!(backlog[38] > 800.0, "50 a second for 20 s: {}", backlog[38]);
    assert!(backlog[118] < 20.0, "80 a second against 50: drained");
    let jobs = &broken.nodes["jobs"];
    assert!(jobs[&REDELIVERED] >= 1, "what was in work is handed out again");
    assert_eq!(jobs[&COMPLETED] + u64::from(engine.core().record.nodes[1].in_system.level()), jobs[&ARRIVALS]);
    let failing = report(&design(
        10,
        json!([{"fault": "errors", "target": "worker", "ratio": 1, "start_s": 0, "duration_s": null}]),
    ));
    assert!(failing.nodes["jobs"][&DEAD_LETTERS] > 1000, "after five deliveries a message is given up");
}

/// A queue of jobs that take a mean of 100 ms, and two consumers of four workers.
fn jobs(rate: f64, queue: Value, faults: Value, duration_s: f64) -> Document {
    drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": rate}, "operations": [{"name": "job", "access": "write"}]}),
            ),
            node("jobs", "queue", queue),
            node(
                "worker",
                "app",
                json!({"replicas": 2, "workers": 4, "service": {"dist": "exponential", "mean_ms": 100}, "startup_s": 0}),
            ),
        ],
        &[link("users", "jobs", json!({})), link("jobs", "worker", json!({}))],
        faults,
        duration_s,
        0.0,
    )
}

#[test]
fn a_message_beyond_its_receive_count_is_a_dead_letter_or_lost() {
    let errors = json!([{"fault": "errors", "target": "worker", "ratio": 0.5, "start_s": 0, "duration_s": null}]);
    for (queue, attempts, dead) in [
        (json!({"max_attempts": 3, "visibility_timeout_s": 2}), 3, true),
        (json!({"max_attempts": 3, "on_failure": "requeue"}), 3, true),
        (json!({"max_attempts": 3, "visibility_timeout_s": 2, "dead_letter": false}), 3, false),
        (json!({"delivery": "at_most_once"}), 1, false),
    ] {
        let (_, report) = run(&jobs(20.0, queue.clone(), errors.clone(), 400.0));
        let it = &report.nodes["jobs"];
        let [kept, lost] = [it[&DEAD_LETTERS], it[&LOST]];
        let given_up = if dead { kept } else { lost };
        assert_eq!(kept + lost, given_up, "{queue}");
        assert_eq!(it[&FAILED], given_up, "{queue}: the books have it as failed");
        let expected = 0.5f64.powi(attempts);
        let share = given_up as f64 / it[&ARRIVALS] as f64;
        assert!((share - expected).abs() < 0.02, "{queue}: {share} of the messages, {expected} expected");
        // Each delivery after the first follows a failure; so does the first of a duplicate.
        let redelivered = it[&REDELIVERED] as f64 / it[&ARRIVALS] as f64;
        let expected: f64 = (1..attempts).map(|n| 0.5f64.powi(n)).sum();
        assert!((redelivered - expected).abs() < 0.03, "{queue}: {redelivered}, {expected} expected");
        let duplicates = it[&DUPLICATES] as f64 / it[&ARRIVALS] as f64;
        let expected = if attempts > 1 { 0.5 } else { 0.0 };
        assert!((duplicates - expected).abs() < 0.02, "{queue}: {duplicates}");
    }
}

#[test]
fn a_backlog_has_a_size_and_an_age_and_drains() {
    let outage = json!([{"fault": "crash", "target": "worker", "start_s": 20, "duration_s": 20}]);
    let it = jobs(50.0, json!({}), outage, 46.0);
    let report = report(&it);
    let jobs_report = &report.nodes["jobs"];
    let most = jobs_report[&BACKLOG_MAX];
    assert!((900..1150).contains(&most), "50 a second for 20 s: {most}");
    let oldest_s = jobs_report[&OLDEST_MAX_S];
    assert!((19.5..20.5).contains(&oldest_s), "the first to wait waited for all of it: {oldest_s}");
    // 6 s later: 30 a second fewer, and the head of the line is 20 s - 480 × (1/50 - 1/80) s old.
    let [left, oldest_s] = [jobs_report[&BACKLOG] as f64, jobs_report[&OLDEST_S]];
    assert!((700.0..950.0).contains(&left), "{left}");
    assert!((15.0..18.0).contains(&oldest_s), "{oldest_s}");
    let drain_s = jobs_report[&DRAIN_S];
    assert!((15.0..60.0).contains(&drain_s), "820 at 30 a second: {drain_s}");
    assert_eq!(jobs_report[&BACKLOG_MEAN], jobs_report[&QUEUE_MEAN]);
    let mut later = it.clone();
    later.run.duration_s = 200.0;
    later.run.warmup_s = 120.0;
    let calm = crate::simulate::report(&later);
    let [most, oldest_s] = [calm.nodes["jobs"][&BACKLOG_MAX] as f64, calm.nodes["jobs"][&OLDEST_MAX_S]];
    assert!(most < 60.0 && oldest_s < 2.0, "counted from the warm-up on: {most}, {oldest_s} s");
    let rising = crate::simulate::report(&jobs(120.0, json!({}), json!([]), 60.0));
    assert_eq!(rising.nodes["jobs"].get(&DRAIN_S), None, "it does not drain");
}

#[test]
fn a_queue_that_crashes_loses_what_it_holds() {
    let faults = json!([
        {"fault": "crash", "target": "worker", "start_s": 5, "duration_s": 20},
        {"fault": "crash", "target": "jobs", "start_s": 15, "duration_s": 1}
    ]);
    let (engine, report) = run(&jobs(50.0, json!({}), faults, 60.0));
    let it = &report.nodes["jobs"];
    assert!((420..600).contains(&it[&LOST]), "50 a second for 10 s: {:?}", it.get(&LOST));
    assert_eq!(it[&FAILED], it[&LOST]);
    assert_eq!(
        it[&ARRIVALS],
        it[&COMPLETED] + it[&FAILED] + u64::from(engine.core().record.nodes[1].in_system.level())
    );
}

#[test]
fn a_message_that_takes_longer_than_its_visibility_timeout_is_delivered_twice() {
    let mut it = jobs(10.0, json!({"visibility_timeout_s": 0.1, "max_attempts": null}), json!([]), 300.0);
    it.nodes[2].params.insert("service".to_owned(), json!({"dist": "constant", "ms": 150}));
    let (_, report) = run(&it);
    let queue = &report.nodes["jobs"];
    let twice = queue[&DUPLICATES] as f64 / queue[&ARRIVALS] as f64;
    assert!(twice > 0.99, "{twice}");
    assert_eq!(queue.get(&DUPLICATES), queue.get(&REDELIVERED), "the second is still at it when the first is done");
    assert_eq!(queue[&FAILED], 0);
    let done = report.nodes["worker"][&COMPLETED] as f64 / queue[&COMPLETED] as f64;
    assert!((done - 2.0).abs() < 0.02, "{done}");
}

#[test]
fn a_flushed_cache_is_empty() {
    let it = drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": 500}, "operations": [{"name": "get", "keys": {"count": 500, "zipf": 0}}]}),
            ),
            node("app", "app", json!({"workers": null, "service": {"dist": "constant", "ms": 1}})),
            node("cache", "cache", json!({"capacity_entries": 500})),
            node(
                "db",
                "database",
                json!({"workers": null, "max_connections": null, "read": {"dist": "constant", "ms": 10}}),
            ),
        ],
        &[link("users", "app", json!({})), link("app", "cache", json!({})), link("app", "db", json!({}))],
        json!([{"fault": "cache_flush", "target": "cache", "start_s": 30}]),
        60.0,
        0.0,
    );
    let it = report(&it);
    let p50 = |at: usize| it.series.p50_ms[at].unwrap();
    assert!(p50(28) < 3.0 && p50(30) > 10.0 && p50(58) < 3.0, "{} {} {}", p50(28), p50(30), p50(58));
}

#[test]
fn traffic_faults_multiply_the_rate() {
    for process in ["poisson", "constant"] {
        let mut it = drawing(
            &[
                node("users", "client", json!({"arrivals": {"process": process, "rate_rps": 100}})),
                node("app", "app", json!({"workers": null})),
            ],
            &[link("users", "app", json!({}))],
            json!([
                {"fault": "traffic", "target": "users", "factor": 3, "start_s": 20, "duration_s": 20},
                {"fault": "traffic", "target": "users", "factor": 0, "start_s": 50, "duration_s": 5}
            ]),
            100.0,
            0.0,
        );
        it.run.seed = 3;
        let it = report(&it);
        let rate = |from, to| mean(&it, &it.series.throughput_rps, from, to);
        assert!((rate(0.0, 20.0) - 100.0).abs() < 10.0, "{process}: {}", rate(0.0, 20.0));
        assert!((rate(20.0, 40.0) - 300.0).abs() < 20.0, "{process}: {}", rate(20.0, 40.0));
        assert!(rate(51.0, 55.0) < 1.0);
        assert!((rate(60.0, 100.0) - 100.0).abs() < 8.0);
    }
}

#[test]
fn lost_packets_delay_calls_and_do_not_fail_them() {
    let with = |loss: f64| {
        let mut it = chain(false, json!([]));
        it.links[0].params.insert("loss".to_owned(), json!(loss));
        it.links[0].params.remove("timeout_ms");
        report(&it)
    };
    let (clean, lossy) = (with(0.0), with(0.02));
    assert_eq!(lossy.requests.failed, 0);
    assert!((lossy.latency_ms.p50.unwrap() / clean.latency_ms.p50.unwrap() - 1.0).abs() < 0.1);
    assert!(lossy.latency_ms.p99.unwrap() > clean.latency_ms.p99.unwrap() + 100.0);
}

#[test]
fn priorities_are_served_first() {
    let it = drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": 95}, "operations": [
                    {"name": "batch", "weight": 4}, {"name": "urgent", "weight": 1, "priority": 5}
                ]}),
            ),
            node("app", "app", json!({"workers": 1, "discipline": "priority"})),
        ],
        &[link("users", "app", json!({}))],
        json!([]),
        300.0,
        20.0,
    );
    let it = report(&it);
    let mean = |name: &str| it.operations[name].latency_ms.mean.unwrap();
    // Cobham (1954): W_urgent = W0 / (1 - rho_urgent), W0 = 9.5 ms; plus its own 10 ms.
    assert!((mean("urgent") - (9.5 / 0.81 + 10.0)).abs() < 2.5, "{}", mean("urgent"));
    assert!(mean("batch") > 5.0 * mean("urgent"));
}

/// A client that makes a request at a constant rate.
fn steady(id: &str, rate_rps: f64) -> Value {
    node(id, "client", json!({"arrivals": {"process": "constant", "rate_rps": rate_rps}}))
}

/// What a consumer turned away was not delivered, also where a message is delivered at most once: all of them are
/// done in the end, and no visibility timeout runs meanwhile.
#[test]
fn what_a_full_consumer_turns_away_is_not_delivered() {
    let work = json!({"workers": 1, "queue_limit": 0, "service": {"dist": "constant", "ms": 50}});
    for queue in [json!({"delivery": "at_most_once"}), json!({"visibility_timeout_s": 0.06, "max_attempts": 1})] {
        let design = drawing(
            &[
                steady("users", 5.0),
                node("jobs", "queue", queue.clone()),
                node("worker", "app", work.clone()),
                poisson("others", 10.0),
            ],
            &[link("users", "jobs", json!({})), link("jobs", "worker", json!({})), link("others", "worker", json!({}))],
            json!([]),
            60.0,
            0.0,
        );
        let it = report(&design);
        let jobs = &it.nodes["jobs"];
        assert!(it.nodes["worker"][&headroom::record::node_metrics::REJECTED] > 100, "{queue}: others take its place");
        assert!(jobs[&COMPLETED] + 10 > jobs[&ARRIVALS], "{queue}: {} of {}", jobs[&COMPLETED], jobs[&ARRIVALS]);
        let given_up = (jobs[&LOST], jobs[&DEAD_LETTERS], jobs[&REDELIVERED]);
        assert_eq!(given_up, (0, 0, 0), "{queue}");
    }
}

/// A refusal further down fails the consumer's work. The queue has delivered the message.
#[test]
fn what_a_consumer_is_refused_is_a_failed_delivery() {
    let constant = |ms: u32| json!({"dist": "constant", "ms": ms});
    for (refusing, params) in [
        ("database", json!({"max_connections": 1, "read": constant(1000), "write": constant(1000)})),
        ("app", json!({"workers": 1, "queue_limit": 0, "service": constant(1000)})),
        ("rate_limiter", json!({"rate_rps": 1})),
    ] {
        for on_failure in ["requeue", "visibility"] {
            let mut nodes = vec![
                steady("users", 2.0),
                node("jobs", "queue", json!({"max_attempts": 3, "visibility_timeout_s": 1, "on_failure": on_failure})),
                node("worker", "app", json!({"workers": 4, "service": constant(10)})),
                node("refuses", refusing, params.clone()),
                steady("others", 20.0),
            ];
            let mut links = vec![
                link("users", "jobs", json!({})),
                link("jobs", "worker", json!({})),
                link("worker", "refuses", json!({})),
                link("others", "refuses", json!({})),
            ];
            if refusing == "rate_limiter" {
                nodes.push(node("behind", "app", json!({})));
                links.push(link("refuses", "behind", json!({})));
            }
            let it = report(&drawing(&nodes, &links, json!([]), 120.0, 0.0));
            let (jobs, worker) = (&it.nodes["jobs"], &it.nodes["worker"]);
            let deliveries = jobs[&REDELIVERED] + jobs[&ARRIVALS];
            let case = format!("{refusing}, {on_failure}");
            assert!(jobs[&DEAD_LETTERS] > 100, "{case}: {} dead letters", jobs[&DEAD_LETTERS]);
            assert!(worker[&ARRIVALS] + 8 > deliveries && worker[&ARRIVALS] <= deliveries, "{case}: each once");
        }
    }
}

/// The visibility timeout counts from the delivery, not from a try that was held back before it.
#[test]
fn a_message_that_was_held_back_has_its_whole_visibility_timeout() {
    let rate = 0.2;
    let design = drawing(
        &[
            steady("users", rate),
            node("jobs", "queue", json!({"visibility_timeout_s": 1})),
            node("worker", "app", json!({"workers": 2, "queue_limit": 0, "service": {"dist": "constant", "ms": 800}})),
            steady("a", rate),
            steady("b", rate),
        ],
        &[
            link("users", "jobs", json!({"latency": {"dist": "constant", "ms": 400}})),
            link("jobs", "worker", json!({})),
            link("a", "worker", json!({})),
            link("b", "worker", json!({})),
        ],
        json!([]),
        100.0,
        0.0,
    );
    let it = report(&design);
    let (jobs, worker) = (&it.nodes["jobs"], &it.nodes["worker"]);
    assert!(worker[&headroom::record::node_metrics::REJECTED] > 10, "it is held back");
    assert_eq!((jobs[&REDELIVERED], jobs[&DUPLICATES]), (0, 0), "and then done in time");
}

/// An error with a time of its own is an error everywhere, and takes this time in place of the work.
#[test]
fn errors_with_a_time_of_their_own_are_errors_at_every_kind() {
    let slow = json!({"dist": "constant", "ms": 20});
    let database =
        |replication: Value| json!({"read": slow, "write": slow, "max_connections": null, "replication": replication});
    let quorum = json!({"mode": "quorum", "replicas": 3, "read_quorum": 2, "write_quorum": 2});
    for (kind, params) in [
        ("app", json!({"service": slow, "workers": 8})),
        ("cache", json!({"lookup": slow, "workers": 8})),
        ("database", database(Value::Null)),
        ("database", database(json!({"mode": "leader_follower", "replicas": 3}))),
        ("database", database(quorum)),
        ("load_balancer", json!({"overhead": slow})),
        ("rate_limiter", json!({"rate_rps": 1000})),
        ("queue", json!({})),
    ] {
        let mut nodes = vec![
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": 40}, "operations": [
                    {"name": "get", "keys": {"count": 100, "zipf": 0}},
                    {"name": "put", "access": "write", "keys": {"count": 100, "zipf": 0}}
                ]}),
            ),
            node("it", kind, params.clone()),
        ];
        let mut links = vec![link("users", "it", json!({"latency": {"dist": "constant", "ms": 0}}))];
        match kind {
            "database" | "app" => {}
            "cache" => {
                nodes.push(node("db", "database", json!({})));
                links.push(link("it", "db", json!({})));
            }
            _ => {
                nodes.push(node("app", "app", json!({})));
                links.push(link("it", "app", json!({})));
            }
        }
        let fault = |ratio: f64| {
            json!([{"fault": "errors", "target": "it", "ratio": ratio, "start_s": 0,
            "duration_s": null, "service": {"dist": "constant", "ms": 3}}])
        };
        let of = |ratio: f64| report(&drawing(&nodes, &links, fault(ratio), 60.0, 0.0));
        let half = of(0.5);
        let share = half.requests.failed as f64 / half.requests.offered as f64;
        assert!((share - 0.5).abs() < 0.04, "{kind} {params}: {share} of all requests failed");
        let all = of(1.0);
        assert_eq!(all.requests.completed, 0, "{kind} {params}");
        let rate = all.requests.failed as f64 / all.requests.offered as f64;
        assert!(rate > 0.99, "{kind} {params}: {rate}");
        let busy = all.nodes["it"].get(&headroom::record::node_metrics::IN_SYSTEM_MEAN).unwrap_or(0.0);
        assert!((busy - 40.0 * 0.003).abs() < 0.02, "{kind} {params}: {busy} of 0.12 are there on average");
    }
}
