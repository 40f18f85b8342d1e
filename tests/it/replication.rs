//! Replicated and sharded databases, and partitions between endpoints.

use crate::simulate::{assert_theory, drawing, link, node, poisson, report, run};
use headroom::kinds::database::metrics::{CONFLICTING_WRITES, FAILOVERS, RECOVERY_S, SHARDS, UNAVAILABLE_S};
use headroom::kinds::queue::metrics::REDELIVERED;
use headroom::model::{Document, Zone};
use headroom::record::node_metrics::{ARRIVALS, LOST_WRITES, STALE_READS, UTILIZATION, WAIT_MS};
use headroom::report::{NodeReport, Report};
use serde_json::{Map, Value, json};

/// A client of reads and writes before a database without other limits than `params` say.
fn store(rate: f64, writes: f64, params: Value, faults: Value, duration_s: f64) -> Document {
    let mut db = json!({
        "workers": null, "max_connections": null, "startup_s": 0,
        "read": {"dist": "exponential", "mean_ms": 10}, "write": {"dist": "exponential", "mean_ms": 10}
    });
    params.as_object().expect("an object").iter().for_each(|(key, value)| db[key] = value.clone());
    let keys = json!({"count": 50, "zipf": 0});
    let mut operations = vec![json!({"name": "get", "weight": 1.0 - writes, "keys": keys})];
    if writes > 0.0 {
        operations.push(json!({"name": "put", "weight": writes, "access": "write", "keys": keys}));
    }
    drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": rate}, "operations": operations}),
            ),
            node("db", "database", db),
        ],
        &[link("users", "db", json!({}))],
        faults,
        duration_s,
        0.0,
    )
}

fn leader(more: Value) -> Value {
    let mut it =
        json!({"mode": "leader_follower", "replicas": 3, "lag": {"dist": "constant", "ms": 20}, "failover_s": 5});
    more.as_object().expect("an object").iter().for_each(|(key, value)| it[key] = value.clone());
    it
}

fn quorum(replicas: u32, read: u32, write: u32) -> Value {
    json!({"mode": "quorum", "replicas": replicas, "read_quorum": read, "write_quorum": write})
}

fn db(it: &Report) -> &NodeReport {
    &it.nodes["db"]
}

/// `a` of `n` exponential times of mean 10 ms: the mean of the order statistic (Rényi 1953).
fn order_statistic(n: u32, a: u32) -> f64 {
    (0..a).map(|i| 10.0 / f64::from(n - i)).sum()
}

/// Little's law for those who wait for workers: the mean number that waits is what the waits add up to.
/// The way of a write to a follower, or to a quorum, is no waiting.
#[test]
fn the_number_waiting_is_the_integral_of_the_waiting_times() {
    for (what, replication) in [
        ("a short lag", leader(json!({"lag": {"dist": "constant", "ms": 1}}))),
        ("a long lag", leader(json!({"lag": {"dist": "constant", "ms": 2000}}))),
        ("a quorum", quorum(3, 2, 2)),
    ] {
        let (engine, report) =
            run(&store(300.0, 0.5, json!({"workers": 4, "replication": replication}), json!([]), 60.0));
        let counts = engine.core().record.since_warmup(engine.now()).nodes[1];
        let (waits, waiting) = (counts.wait_ns as f64, counts.waiting_ns as f64);
        assert!(waiting > 1e9 && (waits / waiting - 1.0).abs() < 0.01, "{what}: {waits} and {waiting} ns");
        let wait_ms = db(&report).get(&WAIT_MS).expect("some began");
        assert!(wait_ms < 20.0, "{what}: {wait_ms} ms");
    }
}

#[test]
fn a_quorum_has_the_latency_of_order_statistics() {
    for (n, r, w) in [(1, 1, 1), (3, 2, 2), (3, 1, 3), (5, 3, 3), (5, 4, 2), (7, 4, 4)] {
        let it = store(200.0, 0.5, json!({"replication": quorum(n, r, w)}), json!([]), 500.0);
        assert_theory(&format!("{r} of {n}"), &it, 5, order_statistic(n, r), 0.005, |it| {
            it.operations["get"].latency_ms.mean.unwrap()
        });
        assert_theory(&format!("write, {w} of {n}"), &it, 5, order_statistic(n, w), 0.005, |it| {
            it.operations["put"].latency_ms.mean.unwrap()
        });
    }
    let it = store(200.0, 0.0, json!({"replication": quorum(3, 2, 2)}), json!([]), 1000.0);
    // The second of three: F = 3 p² − 2 p³ with p = 1 − exp(−t / 10 ms) is 0.99 at 28.3186 ms.
    assert_theory("99th percentile", &it, 5, 28.318_6, 0.01, |it| it.latency_ms.p99.unwrap());
}

#[test]
fn the_share_of_each_replica_in_a_statement_is_counted_as_work() {
    // 100 statements a second, 10 ms each at each of three replicas of four workers.
    let params = json!({"workers": 4, "replication": quorum(3, 2, 2)});
    let it = store(100.0, 0.5, params, json!([]), 500.0);
    assert_theory("utilization", &it, 5, 0.25, 0.01, |it| db(it)[&UTILIZATION]);
    // Half are writes, which followers replay: a third of the work of reads is at the leader.
    let it = store(100.0, 0.5, json!({"workers": 4, "replication": leader(json!({}))}), json!([]), 500.0);
    assert_theory("utilization", &it, 5, (0.5 + 1.5) / 12.0, 0.01, |it| db(it)[&UTILIZATION]);
    // The books count what callers sent.
    let it = report(&it);
    assert_eq!(db(&it)[&ARRIVALS], it.requests.offered);
}

#[test]
fn overlapping_quorums_are_never_stale_and_others_are_sometimes() {
    let stale = |n, r, w| {
        let it = report(&store(400.0, 0.3, json!({"replication": quorum(n, r, w)}), json!([]), 100.0));
        db(&it)[&STALE_READS]
    };
    for (n, r, w) in [(3, 2, 2), (3, 1, 3), (3, 3, 1), (5, 3, 3), (1, 1, 1)] {
        assert_eq!(stale(n, r, w), 0, "{r} + {w} > {n}");
    }
    let (loose, looser) = (stale(3, 1, 2), stale(3, 1, 1));
    assert!(loose > 20 && looser > 2 * loose, "{loose} {looser}");
    // Not even while replicas come and go, or are cut off.
    let faults = json!([
        {"fault": "crash", "target": "db#1", "start_s": 10, "duration_s": 10},
        {"fault": "crash", "target": "db#3", "start_s": 30, "duration_s": 10},
        {"fault": "partition", "between": [["db#2"], ["db"]], "start_s": 50, "duration_s": 10},
        {"fault": "slow", "target": "db", "factor": 3, "start_s": 65, "duration_s": 5}
    ]);
    let it = report(&store(400.0, 0.3, json!({"replication": quorum(3, 2, 2)}), faults, 100.0));
    assert_eq!((db(&it).get(&STALE_READS), db(&it).get(&UNAVAILABLE_S)), (Some(0), Some(0.0)));
}

#[test]
fn asynchronous_followers_are_stale_by_their_lag() {
    let stale = |more: Value| {
        let it = report(&store(500.0, 0.2, json!({"replication": leader(more)}), json!([]), 100.0));
        assert_eq!(db(&it).get(&LOST_WRITES), Some(0));
        db(&it)[&STALE_READS] as f64 / it.operations["get"].requests.completed as f64
    };
    let any = |ms: u32| stale(json!({"read_from": "any", "lag": {"dist": "constant", "ms": ms}}));
    // A key is written twice a second. A read at a follower (two of three) misses a write that was
    // acknowledged before it came and less than the lag before its work of 10 ms was done.
    let theory = |lag_s: f64| 2.0 / 3.0 * simpson(lag_s);
    for ms in [20, 100, 400] {
        let (found, expected) = (any(ms), theory(f64::from(ms) / 1000.0));
        assert!((found / expected - 1.0).abs() < 0.1, "lag {ms} ms: {found}, expected {expected}");
    }
    assert_eq!(stale(json!({})), 0.0, "the leader has everything");
    assert_eq!(stale(json!({"read_from": "any", "sync": 2})), 0.0, "so have synchronous followers");
}

/// P(a write in the last `lag − S` seconds), S exponential of mean 10 ms and writes Poisson at 2
/// a second: ∫ (1 − e^(−2 (lag − s))) dP(S ≤ s) from 0 to the lag.
fn simpson(lag: f64) -> f64 {
    let (rate, work) = (2.0, 0.01);
    let n = 10_000;
    let step = lag / f64::from(n);
    (0..n)
        .map(|i| {
            let s = (f64::from(i) + 0.5) * step;
            (1.0 - (-rate * (lag - s)).exp()) * (-s / work).exp() / work * step
        })
        .sum()
}

#[test]
fn synchronous_writes_wait_for_followers() {
    for (sync, extra) in [(0, 0.0), (1, 10.0), (2, 30.0)] {
        // The first of two exponential lags of 20 ms takes 10 ms, the second 30.
        let lag = json!({"dist": "exponential", "mean_ms": 20});
        let params = json!({"replication": leader(json!({"sync": sync, "lag": lag}))});
        let it = store(200.0, 0.5, params, json!([]), 300.0);
        assert_theory(&format!("{sync} synchronous"), &it, 5, 10.0 + extra, 0.01, |it| {
            it.operations["put"].latency_ms.mean.unwrap()
        });
    }
}

#[test]
fn a_failover_loses_unreplicated_writes_and_no_synchronous_ones() {
    let crash = json!([{"fault": "crash", "target": "db#1", "start_s": 20, "duration_s": 20}]);
    let run = |sync: u32, seed: u64| {
        let params =
            json!({"replication": leader(json!({"sync": sync, "lag": {"dist": "exponential", "mean_ms": 50}}))});
        let mut it = store(400.0, 0.5, params, crash.clone(), 60.0);
        it.run.seed = seed;
        report(&it)
    };
    let mut lost = 0;
    for seed in 1..=10 {
        let it = run(0, seed);
        lost += db(&it)[&LOST_WRITES];
        assert_eq!(db(&it).get(&FAILOVERS), Some(1));
        assert_eq!((db(&it).get(&UNAVAILABLE_S), db(&it).get(&RECOVERY_S)), (Some(5.0), Some(5.0)));
        // Refused from the crash to the failover, 400 a second for 5 s.
        assert!((1900..2120).contains(&it.requests.failures.unreachable), "{:?}", it.requests);
        assert_eq!(db(&it).get(&STALE_READS), Some(0), "who reads at leaders sees no old ones");
        for sync in [1, 2] {
            assert_eq!(db(&run(sync, seed)).get(&LOST_WRITES), Some(0), "{sync} synchronous");
        }
    }
    // 200 writes a second that neither of two followers has for min(50, 50) ms on average: 5.
    assert!((30..75).contains(&lost), "{lost} in ten runs");
}

#[test]
fn a_leader_that_restarts_before_the_failover_stays_leader() {
    let crash = json!([{"fault": "crash", "target": "db#1", "start_s": 20, "duration_s": 3}]);
    let it = report(&store(400.0, 0.5, json!({"replication": leader(json!({"read_from": "any"}))}), crash, 60.0));
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&LOST_WRITES)), (Some(0), Some(0)));
    assert_eq!(db(&it).get(&UNAVAILABLE_S), Some(3.0));
    // Followers went on answering reads, so that only writes failed: 200 a second for 3 s.
    assert_eq!(it.operations["get"].requests.failures.unreachable, reset_reads(&it));
    assert!((530..680).contains(&it.operations["put"].requests.failures.unreachable));
}

/// Reads that were in work at a leader when it died.
fn reset_reads(it: &Report) -> u64 {
    let reads = it.operations["get"].requests.failures.unreachable;
    assert!(reads < 10, "{reads}");
    reads
}

#[test]
fn the_follower_of_two_replicas_takes_over_when_the_leader_crashes() {
    let crash = json!([{"fault": "crash", "target": "db#1", "start_s": 20, "duration_s": null}]);
    let it = report(&store(100.0, 0.5, json!({"replication": leader(json!({"replicas": 2}))}), crash, 60.0));
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(1), Some(5.0)));
    // And with most replicas dead nobody does.
    let crash = json!([
        {"fault": "crash", "target": "db#1", "start_s": 20, "duration_s": null},
        {"fault": "crash", "target": "db#2", "start_s": 21, "duration_s": null}
    ]);
    let it = report(&store(100.0, 0.5, json!({"replication": leader(json!({}))}), crash.clone(), 60.0));
    assert_eq!(
        (db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S), db(&it).get(&RECOVERY_S)),
        (Some(0), Some(40.0), None)
    );
    // Unless every side may go on alone.
    let params = json!({"replication": leader(json!({})), "on_partition": "available"});
    let it = report(&store(100.0, 0.5, params, crash, 60.0));
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(1), Some(5.0)));
}

/// Two zones: one has a client with the first replica, the other one with the rest, and they are
/// cut off from each other from 20 s to 40 s of 60.
fn two_zones(params: Value) -> Document {
    let mut db = json!({
        "workers": null, "max_connections": null, "startup_s": 0,
        "read": {"dist": "exponential", "mean_ms": 5}, "write": {"dist": "exponential", "mean_ms": 5}
    });
    params.as_object().expect("an object").iter().for_each(|(key, value)| db[key] = value.clone());
    let client = |id: &str| {
        let keys = json!({"count": 20, "zipf": 0});
        let operations = json!([{"name": format!("{id} get"), "keys": keys}, {"name": format!("{id} put"), "access": "write", "keys": keys}]);
        node(id, "client", json!({"arrivals": {"process": "poisson", "rate_rps": 100}, "operations": operations}))
    };
    let mut it = drawing(
        &[client("left"), client("right"), node("db", "database", db)],
        &[link("left", "db", json!({"timeout_ms": 1000})), link("right", "db", json!({"timeout_ms": 1000}))],
        json!([{"fault": "partition", "between": [["west"], ["east"]], "start_s": 20, "duration_s": 20}]),
        60.0,
        0.0,
    );
    let zone = |id: &str, nodes: &[&str]| Zone {
        id: id.to_owned(),
        name: String::new(),
        nodes: nodes.iter().map(|id| (*id).to_owned()).collect(),
    };
    it.zones = vec![zone("west", &["left", "db#1"]), zone("east", &["right", "db#2", "db#3"])];
    it
}

fn failed(it: &Report, operation: &str) -> u64 {
    it.operations[operation].requests.failed
}

#[test]
fn consistent_databases_refuse_on_the_minority_side_and_available_ones_diverge() {
    let both = |replication: Value, on_partition: &str| {
        let (engine, it) = run(&two_zones(json!({"replication": replication, "on_partition": on_partition})));
        assert_eq!(it.nodes["left"][&ARRIVALS] + it.nodes["right"][&ARRIVALS], it.requests.offered);
        drop(engine);
        it
    };
    // The leader is cut off with the left: 50 reads and 50 writes a second fail there for 20 s. On
    // the right they fail until a follower is promoted after 5 s.
    let it = both(leader(json!({})), "consistent");
    for operation in ["left get", "left put"] {
        assert!((900..1130).contains(&failed(&it, operation)), "{operation}: {}", failed(&it, operation));
    }
    for operation in ["right get", "right put"] {
        assert!((190..310).contains(&failed(&it, operation)), "{operation}: {}", failed(&it, operation));
    }
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(1), Some(5.0)));
    assert_eq!((db(&it).get(&STALE_READS), db(&it).get(&CONFLICTING_WRITES)), (Some(0), Some(0)));
    assert!(db(&it)[&LOST_WRITES] < 10, "the last 20 ms of writes: {:?}", db(&it).get(&LOST_WRITES));

    let it = both(leader(json!({})), "available");
    assert!(failed(&it, "left get") + failed(&it, "left put") < 5);
    assert!((190..310).contains(&failed(&it, "right put")), "{}", failed(&it, "right put"));
    assert_eq!(db(&it).get(&FAILOVERS), Some(1));
    assert!(db(&it)[&STALE_READS] > 500, "each side misses the other's writes: {:?}", db(&it).get(&STALE_READS));
    // 15 s of 50 writes a second on each side and 20 keys: either side's whole branch of a key loses.
    let conflicts = db(&it)[&CONFLICTING_WRITES];
    assert!((600..1100).contains(&conflicts), "{conflicts}");
    assert_eq!(db(&it).get(&LOST_WRITES), Some(conflicts));

    // Of a quorum every replica coordinates. Until the others' silence is noticed after 3 s, a third of
    // a hundred a second on the right goes to the replica on the left, and on the left two thirds to the
    // right.
    let mut two_of_three = quorum(3, 2, 2);
    two_of_three["detection_s"] = json!(3);
    let it = both(two_of_three.clone(), "consistent");
    for operation in ["left get", "left put"] {
        assert!((900..1130).contains(&failed(&it, operation)), "{operation}: {}", failed(&it, operation));
    }
    let right = |it: &Report| failed(it, "right get") + failed(it, "right put");
    assert!((65..135).contains(&right(&it)), "{}", right(&it));
    let timeouts = it.requests.failures.timeout;
    assert!((220..380).contains(&timeouts), "100 on the right and 200 on the left: {timeouts}");
    assert_eq!(
        (db(&it).get(&STALE_READS), db(&it).get(&LOST_WRITES), db(&it).get(&UNAVAILABLE_S)),
        (Some(0), Some(0), Some(0.0))
    );

    let it = both(two_of_three, "available");
    assert!((65..135).contains(&right(&it)), "{}", right(&it));
    assert!((220..380).contains(&it.requests.failed), "{:?}", it.requests);
    assert_eq!(it.requests.failed, it.requests.failures.timeout);
    assert!(db(&it)[&STALE_READS] > 500, "{:?}", db(&it).get(&STALE_READS));
    assert!(db(&it)[&CONFLICTING_WRITES] > 600, "{:?}", db(&it).get(&CONFLICTING_WRITES));
}

/// The store, with arrivals at equal intervals and a timeout of a second.
fn steady(rate: f64, writes: f64, params: Value, faults: Value) -> Document {
    let mut it = store(rate, writes, params, faults, 60.0);
    it.nodes[0].params["arrivals"] = json!({"process": "constant", "rate_rps": rate});
    it.links[0].params.insert("timeout_ms".to_owned(), json!(1000));
    it
}

/// To a caller a partition is silence: it goes on calling a replica that does not answer, until that has
/// been silent for as long as a failover takes.
#[test]
fn callers_notice_a_partition_after_the_failure_detection() {
    let cut = json!([{"fault": "partition", "between": [["users"], ["db#2"]], "start_s": 20, "duration_s": 10}]);
    for (failover_s, lost) in [(30, 270), (10, 270), (4, 120), (0, 0)] {
        // 90 reads a second, each third of them to db#2. Those of the last second are answered in time
        // when the partition ends.
        let replication = leader(json!({"read_from": "any", "failover_s": failover_s}));
        let it = report(&steady(90.0, 0.0, json!({"replication": replication}), cut.clone()));
        assert!(it.requests.failures.timeout.abs_diff(lost) <= 1, "{failover_s} s: {:?}", it.requests);
        assert_eq!(it.requests.failed, it.requests.failures.timeout);
        assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(0), Some(0.0)));
    }
    // A leader that its followers hear is not replaced: who cannot reach it waits until the partition
    // ends, and its followers say that it leads.
    let cut = json!([{"fault": "partition", "between": [["users"], ["db#1"]], "start_s": 20, "duration_s": 10}]);
    for read_from in ["leader", "any"] {
        let replication = leader(json!({"read_from": read_from, "failover_s": 0}));
        let it = report(&steady(90.0, 1.0, json!({"replication": replication}), cut.clone()));
        assert!(it.requests.failures.timeout.abs_diff(9 * 90) <= 2, "{:?}", it.requests);
        assert_eq!((db(&it).get(&FAILOVERS), it.requests.failures.unreachable), (Some(0), 0));
    }
}

/// A follower that is cut off from the others refuses reads for as long as callers take to notice it.
#[test]
fn a_partition_inside_a_database_is_published_after_its_detection() {
    let cut = |replica: &str| json!([{"fault": "partition", "between": [[replica], ["db"]], "start_s": 20, "duration_s": 10}]);
    let replication = leader(json!({"read_from": "any", "failover_s": 4}));
    let it = report(&steady(90.0, 0.0, json!({"replication": replication}), cut("db#3")));
    assert!(it.requests.failures.unreachable.abs_diff(4 * 30) <= 1, "{:?}", it.requests);
    let mut two_of_three = quorum(3, 2, 2);
    two_of_three["detection_s"] = json!(4);
    let it = report(&steady(90.0, 0.0, json!({"replication": two_of_three}), cut("db#3")));
    assert!(it.requests.failures.unreachable.abs_diff(4 * 30) <= 1, "{:?}", it.requests);
    assert_eq!((db(&it).get(&UNAVAILABLE_S), db(&it).get(&STALE_READS)), (Some(0.0), Some(0)));
}

#[test]
fn the_direction_of_a_partition_between_replicas_matters() {
    let cut = |direction: &str| {
        json!([{"fault": "partition", "between": [["db#1"], ["db#2", "db#3"]], "direction": direction,
            "start_s": 20, "duration_s": 20}])
    };
    let run = |direction: &str, sync: u32| {
        let replication = leader(json!({"sync": sync, "lag": {"dist": "constant", "ms": 10}}));
        report(&store(100.0, 1.0, json!({"replication": replication}), cut(direction), 60.0))
    };
    // What followers send is held back: they hear their leader and miss nothing.
    let it = run("backward", 0);
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&LOST_WRITES)), (Some(0), Some(0)));
    assert_eq!((db(&it).get(&UNAVAILABLE_S), it.requests.failed), (Some(0.0), 0));
    assert!(it.latency_ms.max.unwrap() < 200.0, "nothing waits: {:?}", it.latency_ms);
    // Their acknowledgements are among it: synchronous writes wait for the end.
    let it = run("backward", 1);
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&LOST_WRITES)), (Some(0), Some(0)));
    assert!(completed_within(&it, 21, 40) < 0.001, "{:?}", it.series.throughput_rps);
    assert!(it.latency_ms.max.unwrap() > 19_900.0, "{:?}", it.latency_ms);
    // What the leader sends is held back: the followers miss it, and it hears of its successor.
    for sync in [0, 1] {
        let it = run("forward", sync);
        assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(1), Some(5.0)));
        assert!(db(&it)[&LOST_WRITES] < 5 && (sync == 0 || db(&it)[&LOST_WRITES] == 0), "the last 10 ms");
        assert!(it.requests.failures.unreachable.abs_diff(500) < 90, "{:?}", it.requests);
    }
    // A coordinator of a quorum needs answers.
    let it = report(&store(90.0, 0.5, json!({"replication": quorum(3, 2, 2)}), cut("backward"), 60.0));
    assert_eq!((db(&it).get(&UNAVAILABLE_S), db(&it).get(&STALE_READS)), (Some(0.0), Some(0)));
    assert!(it.requests.failures.unreachable.abs_diff(10 * 30) < 70, "until it is noticed: {:?}", it.requests);
}

/// The integral of a function from 0 to `end`, by the midpoint rule.
fn integral(end: f64, of: impl Fn(f64) -> f64) -> f64 {
    let n = 20_000;
    (0..n).map(|i| of((f64::from(i) + 0.5) * end / f64::from(n)) * end / f64::from(n)).sum()
}

/// A leader with followers of exponential lags of 100 ms that dies: 200 writes a second of `keys` keys.
fn dying_leader(followers: u32, keys: u32, order: &str) -> Document {
    let replication = leader(json!({"replicas": followers + 1, "lag": {"dist": "exponential", "mean_ms": 100},
        "failover_s": 0.5, "order": order}));
    let crash = json!([{"fault": "crash", "target": "db#1", "start_s": 4, "duration_s": null}]);
    let mut it = store(200.0, 1.0, json!({"replication": replication}), crash, 5.0);
    it.nodes[0].params["operations"][1]["keys"] = json!({"count": keys, "zipf": 0});
    it
}

/// Lost is a write of age s that no follower has, G(s) = e^(−f s / lag), if no later write of its key is
/// at a follower either: those are Poisson at μ (1 − G). So μ ∫ G(s) exp(−μ ∫₀ˢ (1 − G)) ds for each key.
#[test]
fn a_later_write_of_the_key_makes_up_for_a_lost_one() {
    for (followers, keys, seeds) in [(1, 1, 1000), (2, 3, 600), (2, 10_000, 250)] {
        let (f, rate) = (f64::from(followers), 200.0 / f64::from(keys));
        let nobody_has = |age: f64| (-f * age / 0.1).exp();
        let arrived_until = |age: f64| age - 0.1 / f * (1.0 - nobody_has(age));
        let lost = 200.0 * integral(3.0, |age| nobody_has(age) * (-rate * arrived_until(age)).exp());
        let what = format!("{followers} followers, {keys} keys");
        assert_theory(&what, &dying_leader(followers, keys, "none"), seeds, lost, 0.02, |it| {
            assert_eq!(db(it).get(&FAILOVERS), Some(1));
            db(it)[&LOST_WRITES] as f64
        });
    }
}

/// The mean time until a follower has a write and all before it, where writes are Poisson and their own
/// lags exponential: P(W ≤ t) = (1 − y) e^(−ρ y) with y = e^(−t / lag) and ρ writes in one mean lag.
fn mean_in_order(lag: f64, writes_per_s: f64) -> f64 {
    lag * integral(1.0, |y| (1.0 - (1.0 - y) * (-writes_per_s * lag * y).exp()) / y)
}

#[test]
fn followers_in_log_order_have_a_write_when_they_have_all_before_it() {
    let synchronous = |order: &str, lag: Value| {
        let replication = leader(json!({"replicas": 2, "sync": 1, "lag": lag, "order": order}));
        store(200.0, 0.5, json!({"replication": replication}), json!([]), 300.0)
    };
    let put = |it: &Report| it.operations["put"].latency_ms.mean.unwrap();
    let exponential = json!({"dist": "exponential", "mean_ms": 20});
    assert_theory("each by itself", &synchronous("none", exponential.clone()), 5, 30.0, 0.01, put);
    let in_order = 10.0 + 1000.0 * mean_in_order(0.02, 100.0);
    assert!(in_order > 45.0, "{in_order}");
    assert_theory("in order", &synchronous("log", exponential), 5, in_order, 0.01, put);
    // Writes of one lag do not overtake each other.
    let constant = json!({"dist": "constant", "ms": 20});
    assert_eq!(put(&report(&synchronous("log", constant.clone()))), put(&report(&synchronous("none", constant))));
    // Each is missing for as long as it is under way: λ W of them when the leader dies (Little 1961).
    for (order, lost) in [("none", 200.0 * 0.1), ("log", 200.0 * mean_in_order(0.1, 200.0))] {
        assert_theory(order, &dying_leader(1, 10_000, order), 400, lost, 0.02, |it| db(it)[&LOST_WRITES] as f64);
    }
    // And no synchronous one.
    let mut it = dying_leader(1, 1000, "log");
    it.nodes[1].params["replication"]["sync"] = json!(1);
    assert_eq!(db(&report(&it)).get(&LOST_WRITES), Some(0));
}

/// A paused replica is as good as cut off: it neither hears nor answers.
#[test]
fn a_paused_leader_is_replaced_and_a_paused_database_is_not() {
    let pause = |target: &str, duration_s: f64| json!([{"fault": "pause", "target": target, "start_s": 20, "duration_s": duration_s}]);
    let run =
        |replication: Value, faults: Value| report(&steady(90.0, 0.5, json!({"replication": replication}), faults));
    let it = run(leader(json!({})), pause("db#1", 10.0));
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(1), Some(5.0)));
    assert_eq!((db(&it).get(&LOST_WRITES), db(&it).get(&STALE_READS)), (Some(0), Some(0)), "what was under way comes");
    assert!(it.requests.failures.timeout.abs_diff(5 * 90) <= 4, "until the failover: {:?}", it.requests);
    assert_eq!(it.requests.failed, it.requests.failures.timeout);
    // For less than the failover time nobody takes over.
    let it = run(leader(json!({})), pause("db#1", 4.0));
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(0), Some(4.0)));
    assert!(it.requests.failures.timeout.abs_diff(3 * 90) <= 4, "{:?}", it.requests);
    // A follower that is read is given up after that time.
    let it = run(leader(json!({"read_from": "any"})), pause("db#2", 10.0));
    assert_eq!((db(&it).get(&FAILOVERS), db(&it).get(&UNAVAILABLE_S)), (Some(0), Some(0.0)));
    assert!(it.requests.failures.timeout.abs_diff(5 * 45 / 3) <= 20, "{:?}", it.requests);
    // Two of three go on. When all are paused, nobody misses anyone.
    for (replication, unavailable) in [(leader(json!({})), 0), (quorum(3, 2, 2), 0), (quorum(3, 3, 3), 0)] {
        let it = run(replication, pause("db", 10.0));
        assert_eq!(db(&it).get(&FAILOVERS), Some(0));
        assert_eq!(db(&it).get(&UNAVAILABLE_S), Some(f64::from(unavailable)));
        assert!(it.requests.failures.timeout.abs_diff(9 * 90) <= 4, "{:?}", it.requests);
        assert_eq!(db(&it).get(&STALE_READS), Some(0));
    }
}

#[test]
fn range_shards_of_popular_keys_are_hot() {
    let shares = |shard_by: &str, zipf: f64| {
        let mut it = store(200.0, 0.0, json!({"workers": 4, "shards": 4, "shard_by": shard_by}), json!([]), 200.0);
        it.nodes[0].params["operations"][0]["keys"] = json!({"count": 4000, "zipf": zipf});
        let it = report(&it);
        assert_eq!((db(&it).get(&STALE_READS), db(&it).get(&UNAVAILABLE_S)), (None, None));
        db(&it).get(&SHARDS).expect("a sharded database reports its shards")
    };
    // 200 reads a second of 10 ms are 2 busy workers of 16.
    for shard_by in ["hash", "range"] {
        let even = shares(shard_by, 0.0);
        assert!(even.iter().all(|busy| (busy / 0.125 - 1.0).abs() < 0.1), "{shard_by}: {even:?}");
    }
    let hot = shares("range", 1.0);
    let weight = |from: u32, to: u32| (from..to).map(|k| 1.0 / f64::from(k + 1)).sum::<f64>();
    for (shard, busy) in (0..4).zip(&hot) {
        let expected = weight(shard * 1000, shard * 1000 + 1000) / weight(0, 4000) * 0.5;
        assert!((busy / expected - 1.0).abs() < 0.15, "shard {shard}: {busy}, expected {expected}");
    }
    let spread = shares("hash", 1.0);
    assert!(spread.iter().all(|busy| *busy < 0.6 * hot[0]), "{spread:?} {hot:?}");
}

#[test]
fn a_crashed_shard_fails_the_statements_on_its_keys() {
    let crash = json!([{"fault": "crash", "target": "db#3", "start_s": 0, "duration_s": null}]);
    let mut it = store(200.0, 0.5, json!({"shards": 4, "shard_by": "range"}), crash.clone(), 100.0);
    for operation in 0..2 {
        it.nodes[0].params["operations"][operation]["keys"] = json!({"count": 4000, "zipf": 0});
    }
    let share = |it: &Document| {
        let it = report(it);
        it.requests.failures.unreachable as f64 / it.requests.offered as f64
    };
    assert!((share(&it) - 0.25).abs() < 0.01, "{}", share(&it));
    // With replicas the process is a follower of the first shard, and nothing is missed.
    it.nodes[1].params.insert("replication".to_owned(), leader(json!({"read_from": "any"})));
    assert_eq!(share(&it), 0.0);
}

#[test]
fn statements_at_the_wrong_replica_are_forwarded() {
    for replication in [Value::Null, leader(json!({})), quorum(3, 2, 2)] {
        let params = json!({"shards": 3, "replication": replication, "startup_s": 0});
        let it = drawing(
            &[
                node(
                    "users",
                    "client",
                    json!({"operations": [{"name": "a", "keys": {"count": 300}}, {"name": "b", "access": "write", "keys": {"count": 300}}]}),
                ),
                node("lb", "load_balancer", json!({"algorithm": "round_robin"})),
                node("db", "database", params),
            ],
            &[link("users", "lb", json!({})), link("lb", "db", json!({}))],
            json!([]),
            60.0,
            0.0,
        );
        let it = report(&it);
        assert_eq!((it.requests.failed, db(&it).get(&STALE_READS).unwrap_or(0)), (0, 0), "{replication}");
        assert!(it.requests.completed > 1000);
    }
}

#[test]
fn a_partition_separates_single_replicas_until_it_ends() {
    // A call of the app's first replica to the database hangs; those of the second go through.
    let design = |between: Value, direction: &str| {
        drawing(
            &[
                poisson("users", 100.0),
                node("app", "app", json!({"replicas": 2, "workers": null, "service": {"dist": "constant", "ms": 1}})),
                node(
                    "db",
                    "database",
                    json!({"workers": null, "max_connections": null, "read": {"dist": "constant", "ms": 1}}),
                ),
            ],
            &[link("users", "app", json!({})), link("app", "db", json!({}))],
            json!([{"fault": "partition", "between": between, "direction": direction, "start_s": 10, "duration_s": 10}]),
            40.0,
            0.0,
        )
    };
    let (engine, it) = run(&design(json!([["app#1"], ["db"]]), "both"));
    assert_eq!(it.requests.failed, 0);
    let slow = 1.0 - completed_within(&it, 10, 20);
    assert!((slow - 0.5).abs() < 0.06, "{slow}");
    assert!((9_900.0..10_100.0).contains(&it.latency_ms.max.unwrap()), "until it heals: {:?}", it.latency_ms);
    assert!(engine.core().network.links.iter().all(|link| link.in_flight < 5));
    // One way: requests go through, answers do not, and the database does the work in time.
    for (between, direction, reaches) in [
        (json!([["app"], ["db"]]), "forward", false),
        (json!([["app"], ["db"]]), "backward", true),
        (json!([["db"], ["app"]]), "forward", true),
    ] {
        let it = report(&design(between.clone(), direction));
        let busy: f64 = it.series.nodes["db"].queue[12..19].iter().sum();
        assert_eq!(busy, 0.0);
        let arrivals = arrivals_by(&design(between, direction), 19.0);
        assert_eq!(arrivals > 1500, reaches, "{direction}: {arrivals}");
        assert_eq!(it.requests.failed, 0);
    }
    // A client and all that it calls.
    let it = report(&design(json!([["users"], ["app#2"]]), "both"));
    let slow = 1.0 - completed_within(&it, 10, 20);
    assert!((slow - 0.5).abs() < 0.06, "{slow}");
}

/// The share of a hundred requests a second that is answered in the bins from one second on.
fn completed_within(it: &Report, from: usize, to: usize) -> f64 {
    it.series.throughput_rps[from..to].iter().sum::<f64>() / (to - from) as f64 / 100.0
}

fn arrivals_by(document: &Document, at_s: f64) -> u64 {
    crate::simulate::engine_at(document, at_s).core().record.nodes[2].counts.arrivals
}

#[test]
fn a_partitioned_consumer_receives_no_messages() {
    let it = drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": 50}, "operations": [{"name": "job", "access": "write"}]}),
            ),
            node("jobs", "queue", json!({})),
            node("worker", "app", json!({"replicas": 2, "workers": 2, "service": {"dist": "constant", "ms": 10}})),
        ],
        &[link("users", "jobs", json!({})), link("jobs", "worker", json!({}))],
        json!([
            {"fault": "partition", "between": [["jobs"], ["worker#1"]], "start_s": 10, "duration_s": 10},
            {"fault": "partition", "between": [["jobs"], ["worker"]], "start_s": 30, "duration_s": 10}
        ]),
        60.0,
        0.0,
    );
    let it = report(&it);
    let queue = &it.series.nodes["jobs"].queue;
    assert!(queue[10..20].iter().all(|waiting| *waiting < 3.0), "the other one takes them: {queue:?}");
    assert!(queue[39] > 400.0 && queue[45] < 3.0, "nobody, and then both: {queue:?}");
    assert!(it.nodes["jobs"][&REDELIVERED] < 10);
}

#[test]
fn zones_of_replicas_crash_together() {
    let mut it = two_zones(json!({"replication": quorum(3, 2, 2)}));
    it.faults = serde_json::from_value(json!([{"fault": "crash", "target": "east", "start_s": 20, "duration_s": 10}]))
        .expect("faults");
    // Clients do not crash: the fault is about the two replicas.
    let (engine, it) = run(&it);
    assert_eq!(db(&it).get(&UNAVAILABLE_S), Some(10.0));
    assert!((1900..2120).contains(&it.requests.failures.unreachable), "{:?}", it.requests);
    assert!(engine.core().station_states.iter().all(|state| state.up() == state.plan.replicas as usize));
}

#[test]
fn counters_of_a_replicated_database_return_to_their_baseline() {
    let faults = [
        json!([{"fault": "crash", "target": "db#1", "start_s": 3, "duration_s": 2}]),
        json!([{"fault": "crash", "target": "db", "start_s": 3, "duration_s": 2}]),
        json!([{"fault": "crash", "target": "db#1", "start_s": 3, "duration_s": 2}, {"fault": "crash", "target": "db#2", "start_s": 3.3, "duration_s": 0.4}]),
        json!([{"fault": "partition", "between": [["db#1"], ["db"]], "start_s": 3, "duration_s": 2}]),
        json!([{"fault": "partition", "between": [["db#1", "users"], ["db#2", "db#3"]], "direction": "forward", "start_s": 3, "duration_s": 2}]),
        json!([{"fault": "partition", "between": [["users"], ["db"]], "start_s": 3, "duration_s": 2}]),
        json!([{"fault": "pause", "target": "db", "start_s": 3, "duration_s": 2}, {"fault": "crash", "target": "db#1", "start_s": 4, "duration_s": 2}]),
        json!([{"fault": "partition", "between": [["db#1"], ["db"]], "start_s": 3, "duration_s": 2}, {"fault": "crash", "target": "db#3", "start_s": 3.5, "duration_s": 3}]),
    ];
    for faults in faults {
        for replication in
            [leader(json!({"sync": 1, "failover_s": 0.2, "read_from": "any"})), quorum(3, 2, 2), quorum(3, 1, 1)]
        {
            for on_partition in ["consistent", "available"] {
                for shards in [1, 2] {
                    let params = json!({"workers": 4, "max_connections": 30, "queue_limit": 10, "replication": replication, "on_partition": on_partition, "shards": shards});
                    let mut it = store(400.0, 0.4, params, faults.clone(), 30.0);
                    it.nodes[0].params["arrivals"]["rate_rps"] = json!(300);
                    it.nodes[0].params.insert("profile".to_owned(), json!([[0, 1], [8, 1], [8, 0]]));
                    it.links[0].params = json!({"timeout_ms": 60, "retries": {"max": 2}, "cancel_on_timeout": true, "hedge": {"after_ms": 40}})
                        .as_object()
                        .expect("an object")
                        .clone();
                    let (engine, report) = run(&it);
                    if let Err(left) = engine.check_at_rest() {
                        panic!("{left}\n{}", headroom::codec::save(&it));
                    }
                    assert!(report.requests.completed > 1000, "{:?}", report.requests);
                    let again = crate::simulate::report(&it);
                    assert_eq!(again, report, "a rerun is the same run");
                }
            }
        }
    }
}

#[test]
fn zones_contain_single_replicas_in_files_and_in_the_editor() {
    let it = json!({"headroom": 1, "nodes": [{"id": "users", "kind": "client"}, {"id": "db", "kind": "database"}],
        "zones": [{"id": "east", "nodes": ["users", "db#2", "missing#1", "db#x"]}, {"id": "west", "nodes": ["db#1"]}]});
    let (opened, notes) = headroom::codec::open(&it.to_string()).unwrap();
    assert_eq!(opened.zones[0].nodes, ["users", "db#2"]);
    assert_eq!(notes.len(), 2, "{notes:?}");
    let mut editor = headroom::editor::Editor::new(opened);
    editor.apply(headroom::editor::Command::Remove(headroom::editor::Selection::node("db"))).unwrap();
    let zones: Vec<_> = editor.document().zones.iter().map(|zone| (zone.id.as_str(), zone.nodes.clone())).collect();
    assert_eq!(zones, [("east", vec!["users".to_owned()])], "a zone with nothing in it is gone");
}

#[test]
fn replication_is_switched_on_by_setting_something_in_it() {
    use headroom::params::values::{set, value_at};
    let fields = headroom::kinds::fields("database").unwrap();
    let mut params = Map::new();
    set(&mut params, &fields, "replication.replicas", Some(json!(5))).unwrap();
    assert_eq!(params["replication"], json!({"mode": "leader_follower", "replicas": 5}));
    set(&mut params, &fields, "replication.mode", Some(json!("quorum"))).unwrap();
    assert_eq!(params["replication"], json!({"mode": "quorum", "replicas": 5}));
    assert_eq!(value_at(&params, &fields, "replication.read_quorum"), Some(json!(2)));
    set(&mut params, &fields, "replication", Some(Value::Null)).unwrap();
    assert!(params.is_empty(), "off is the default");
}

#[test]
fn wrong_replication_settings_are_problems() {
    let problems = |params: Value, faults: Value| -> Vec<String> {
        let it = store(1.0, 0.5, params, faults, 10.0);
        headroom::scenario::compile(&it).problems.iter().map(ToString::to_string).collect()
    };
    for (params, part) in [
        (json!({"replication": quorum(3, 4, 2)}), "replication.read_quorum: 4 is more than there are replicas"),
        (json!({"replication": quorum(3, 2, 9)}), "replication.write_quorum: 9"),
        (
            json!({"replication": leader(json!({"sync": 3}))}),
            "replication.sync: 3 is more than there are followers: at most 2",
        ),
        (json!({"replication": "yes"}), "replication: \"yes\" does not fit: an object, {…}, or null for off"),
        (json!({"replication": quorum(4, 2, 2), "shards": 300}), "shards: 1200 processes are too many"),
    ] {
        let found = problems(params, json!([]));
        assert!(found.iter().any(|problem| problem.contains(part)), "{part}: {found:?}");
    }
    let cut = |a: &str, b: &str| json!([{"fault": "partition", "between": [[a], [b]], "start_s": 1, "duration_s": 1}]);
    assert_eq!(problems(json!({"replication": quorum(3, 2, 2)}), cut("db#1", "db")), [""; 0]);
    let alone = problems(json!({}), cut("db#1", "db"));
    assert!(alone[0].contains("nothing is partitioned"), "{alone:?}");
    let none = problems(json!({"replication": quorum(3, 2, 2)}), cut("db#4", "db"));
    assert!(none[0].contains("db has no replica 4: db#1 to db#3"), "{none:?}");
}

#[test]
fn health_checks_do_not_cross_a_partition() {
    let it = drawing(
        &[
            poisson("users", 100.0),
            node(
                "lb",
                "load_balancer",
                json!({"algorithm": "round_robin", "health_check": {"interval_ms": 500, "timeout_ms": 200, "unhealthy_after": 2, "healthy_after": 2}}),
            ),
            node("app", "app", json!({"replicas": 2, "workers": null, "service": {"dist": "constant", "ms": 1}})),
        ],
        &[link("users", "lb", json!({"timeout_ms": 500})), link("lb", "app", json!({}))],
        json!([{"fault": "partition", "between": [["lb"], ["app#2"]], "start_s": 10, "duration_s": 20}]),
        60.0,
        0.0,
    );
    let it = report(&it);
    // Half of a hundred a second, for as long as two checks take to fail: a second or so.
    assert!((20..100).contains(&it.requests.failures.timeout), "{:?}", it.requests);
    assert!(completed_within(&it, 13, 30) > 0.9, "the other one takes all");
    let busy = it.series.nodes["app"].queue[40..].iter().sum::<f64>();
    assert_eq!((busy, it.requests.failures.unreachable), (0.0, 0));
}
