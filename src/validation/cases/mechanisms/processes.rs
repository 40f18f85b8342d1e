//! Policies that stand in each calling process: pool, breaker, retry budget.

use super::*;
use crate::validation::theory::*;

/// Requests for an app of several replicas without work of its own, which calls a database.
fn called(users: Value, replicas: u32, db: Value, policy: Value, measured_s: f64, warmup_s: f64) -> Document {
    document(
        vec![users, relay("app", json!({"replicas": replicas})), db],
        vec![link("users", "app", json!({})), link("app", "db", policy)],
        measured_s,
        warmup_s,
    )
}

pub fn processes() -> Vec<Case> {
    let mut all = Vec::new();
    for (replicas, pool, work_ms) in [(2, 5, 50.0), (3, 4, 100.0), (5, 1, 20.0)] {
        let places = replicas * pool;
        let users = 3 * places;
        let rate = f64::from(places) / work_ms * 1000.0;
        let closed = client(json!({"process": "closed", "users": users, "think": constant(0.0)}));
        let policy = json!({"max_in_flight": pool});
        all.push(
            certain(
                format!("pool-of-each-{replicas}-{pool}"),
                format!("{replicas} processes with a pool of {pool}, calls of {work_ms} ms"),
                "Capacity = processes × pool ÷ time of a call; of the users, those without a place wait (Little 1961)",
                called(closed, replicas, store("db", constant(work_ms)), policy, 60.0, 5.0),
            )
            .exactly("throughput, /s", "throughput_rps", rate)
            .exactly("places in all pools", "links.app-db.pool.size", f64::from(places))
            .exactly("places in use", "links.app-db.pool.in_use_mean", f64::from(places))
            .exactly("calls that wait", "links.app-db.pool.waiting_mean", f64::from(users - places))
            .exactly(LATENCY.0, LATENCY.1, f64::from(users) / rate * 1000.0),
        );
    }
    all.extend(little());
    for replicas in [2, 3, 4] {
        let rate = 10.0 * f64::from(replicas);
        let share = 1.0 / f64::from(replicas);
        let policy = json!({"timeout_ms": 500, "breaker": {"consecutive_failures": 3, "open_s": 3600}});
        all.push(
            certain(
                format!("breaker-of-each-{replicas}"),
                format!("One of {replicas} processes is cut off from the database"),
                "Only the breaker of that process opens: it fails its share of the requests, the others fail none",
                called(steady(rate), replicas, store("db", constant(5.0)), policy, 50.0, 10.0),
            )
            .fault(cut(&format!("app#{replicas}"), "db", 0.0, Value::Null))
            .exactly(FAILED.0, FAILED.1, share)
            .exactly("share that its breaker refuses", "links.app-db.refused / links.app-db.calls", share),
        );
    }
    for (replicas, ratio) in [(2, 0.1), (3, 0.5), (4, 0.2)] {
        let rate = 40.0 * f64::from(replicas);
        let retries = merged(retrying(1, 10.0), json!({"budget_ratio": ratio}));
        all.push(
            certain(
                format!("budget-of-each-{replicas}-{ratio}"),
                format!("One of {replicas} processes needs its retries, {ratio} for a call"),
                "Retries ≤ ratio × the calls of the process that fails; what the others save up is of no use to it",
                called(
                    steady(rate),
                    replicas,
                    store("db", constant(5.0)),
                    json!({"timeout_ms": 100, "retries": retries}),
                    50.0,
                    50.0,
                ),
            )
            .fault(cut(&format!("app#{replicas}"), "db", 0.0, Value::Null))
            .expect(
                "retries, per call",
                "links.app-db.retries / links.app-db.calls",
                ratio / f64::from(replicas),
            ),
        );
    }
    // All calls fail; a budget of 0.25 is not full of the ten that are there from the start.
    for replicas in [1, 3] {
        let calls = 100;
        let failing = app("db", json!({"workers": null, "service": constant(1.0), "error_rate": 1}));
        let retries = merged(retrying(1, 10.0), json!({"budget_ratio": 0.25}));
        all.push(
            certain(
                format!("reserve-of-each-{replicas}"),
                format!("{replicas} processes, of each of which 100 calls fail, 0.25 retries for a call"),
                "Retries = processes × (reserve of ten + ratio × calls)",
                called(first(replicas * calls, 50.0), replicas, failing, json!({"retries": retries}), 10.0, 0.0),
            )
            .exactly("retries", "links.app-db.retries", f64::from(replicas) * (10.0 + 0.25 * f64::from(calls)))
            .exactly("calls", "links.app-db.calls", f64::from(replicas * calls)),
        );
    }
    all.extend(hedges());
    all
}

/// Places in use, and the wait for one.
fn little() -> Vec<Case> {
    let mut all: Vec<Case> = [(4, 320.0), (2, 120.0)]
        .map(|(pool, rate)| {
            let theory = Mmc { servers: pool, rate: rate / 1000.0, service: 10.0 };
            Case::new(
                format!("pool-wait-{pool}"),
                format!("{rate} calls a second of 10 ms on average, through a pool of {pool}"),
                "Places in use = rate × time (Little 1961); the wait for one is Erlang's C ÷ (c/S − λ)",
                called(
                    poisson(rate),
                    1,
                    store("db", exponential(10.0)),
                    json!({"max_in_flight": pool}),
                    200_000.0 / rate,
                    WARM_S,
                ),
            )
            .expect("places in use", "links.app-db.pool.in_use_mean", rate * 0.01)
            .within(0.01)
            .expect("mean wait for a place, ms", "links.app-db.pool.wait_ms.mean", theory.wait())
            .within(0.01)
            .precise(0.15)
            .expect("calls that wait", "links.app-db.pool.waiting_mean", rate / 1000.0 * theory.wait())
            .within(0.01)
            .precise(0.15)
        })
        .into();
    let (replicas, rate, work_ms, way_ms) = (3, 90.0, 40.0, 5.0);
    all.push(
        certain(
            "pool-in-use",
            "90 calls a second of 40 ms and 5 ms each way, through three pools of 8",
            "Places in use = rate × time (Little 1961): a call keeps its place on the way, too",
            called(
                steady(rate),
                replicas,
                store("db", constant(work_ms)),
                json!({"max_in_flight": 8, "latency": constant(way_ms)}),
                50.0,
                10.0,
            ),
        )
        .exactly("places in use", "links.app-db.pool.in_use_mean", rate * (work_ms + 2.0 * way_ms) / 1000.0)
        .exactly("mean wait for a place, ms", "links.app-db.pool.wait_ms.mean", 0.0),
    );
    all
}

/// A hedge takes no place in the pool.
fn hedges() -> Vec<Case> {
    [1, 3]
        .map(|replicas| {
            let (each, after, work) = (10.0, 25.0, 40.0);
            let rate = each * f64::from(replicas);
            let policy = json!({"hedge": {"after_ms": after}, "max_in_flight": 1});
            certain(
                format!("hedge-of-each-{replicas}"),
                format!("{replicas} processes with a pool of one, calls of 40 ms, each with a hedge after 25 ms"),
                "A hedge takes no place of its own: it is sent though the pool is full, and places in use = rate × time",
                called(steady(rate), replicas, store("db", constant(work)), policy, 50.0, 10.0),
            )
            .exactly(LATENCY.0, LATENCY.1, work)
            .exactly("hedges, per call", "links.app-db.hedges / links.app-db.calls", 1.0)
            .exactly("places in use", "links.app-db.pool.in_use_mean", rate * work / 1000.0)
            .exactly("statements, per call", "nodes.db.completed / links.app-db.calls", 2.0)
        })
        .into()
}
