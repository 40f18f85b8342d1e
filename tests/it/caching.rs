//! Caches under stampede, and what they do with writes.

use crate::simulate::{drawing, engine_at, link, node, report, run};
use headroom::kinds::cache::metrics::{HIT_RATIO, UNWRITTEN};
use headroom::model::Document;
use headroom::record::node_metrics::{ARRIVALS, LOST_WRITES};
use headroom::report::Report;
use headroom::report::snapshot::snapshot;
use serde_json::{Value, json};

/// One key asked for 1000 times a second, which lives for a second and takes 50 ms to fetch:
/// through the cache, or by an app beside it.
fn stampede(through: bool, cache: Value, faults: Value) -> Document {
    let instant = json!({"dist": "constant", "ms": 0});
    let mut params = json!({"ttl_s": 1, "lookup": instant});
    cache.as_object().expect("an object").iter().for_each(|(key, value)| params[key] = value.clone());
    let nodes = [
        node(
            "users",
            "client",
            json!({"arrivals": {"process": "poisson", "rate_rps": 1000}, "profile": [[0, 1], [60, 1], [60, 0]],
                "operations": [{"name": "get", "keys": {"count": 1}}]}),
        ),
        node("app", "app", json!({"workers": null, "service": instant})),
        node("cache", "cache", params),
        node(
            "db",
            "database",
            json!({"workers": null, "max_connections": null, "read": {"dist": "constant", "ms": 50}, "startup_s": 0}),
        ),
    ];
    let links = [
        link("users", "app", json!({})),
        link("app", "cache", json!({})),
        link(if through { "cache" } else { "app" }, "db", json!({})),
    ];
    drawing(&nodes, &links, faults, 80.0, 0.0)
}

fn at_rest(it: &Document) -> Report {
    let (engine, report) = run(it);
    if let Err(left) = engine.check_at_rest() {
        panic!("{left}");
    }
    report
}

#[test]
fn coalesced_misses_of_a_key_are_one_fetch() {
    for through in [true, false] {
        let many = at_rest(&stampede(through, json!({}), json!([])));
        let one = at_rest(&stampede(through, json!({"coalesce": true}), json!([])));
        // It expires every 1.05 s, and 50 come while it is being fetched.
        let (reads, fewer) = (many.nodes["db"][&ARRIVALS], one.nodes["db"][&ARRIVALS]);
        assert!((2500..3300).contains(&reads), "through {through}: {reads}");
        assert!((56..=58).contains(&fewer), "through {through}: {fewer}: one for each time it expired");
        assert_eq!(one.requests.completed, one.requests.offered);
        // Whoever waits does so for the rest of the fetch and no longer.
        assert!(one.latency_ms.max.unwrap() < 51.0);
        let misses = 1.0 - one.nodes["cache"][&HIT_RATIO];
        assert!((misses - fewer as f64 / one.nodes["cache"][&ARRIVALS] as f64).abs() < 1e-3, "waiters are hits");
    }
}

#[test]
fn coalesced_misses_end_when_the_fetching_app_fails() {
    let crash = json!([{"fault": "crash", "target": "db", "start_s": 20, "duration_s": 10}]);
    let it = at_rest(&stampede(false, json!({"coalesce": true, "lease_ms": 200}), crash.clone()));
    // The one who was to fill the key learns at once that it cannot; the others when its lease is
    // over, and then ask the database themselves, in vain.
    assert_eq!(it.requests.failed, it.requests.failures.unreachable);
    assert!((8_000..10_500).contains(&it.requests.failed), "{:?}", it.requests);
    assert!(it.latency_ms.max.unwrap() < 251.0, "{:?}", it.latency_ms.max);
    assert_eq!(it.requests.in_flight, 0);
    assert_eq!(it.series.failed_rps[35..59].iter().sum::<f64>(), 0.0, "it recovers");
    assert!(
        (it.nodes["db"][&ARRIVALS] as f64) < 300.0,
        "and then is one for each time again: {}",
        it.nodes["db"][&ARRIVALS]
    );
    // Through the cache they share what its call comes to.
    let it = at_rest(&stampede(true, json!({"coalesce": true}), crash));
    assert_eq!(it.requests.failed, it.requests.failures.unreachable);
    assert!((8_500..10_500).contains(&it.requests.failed), "{:?}", it.requests);
    assert!(it.latency_ms.max.unwrap() < 51.0);
}

#[test]
fn a_waiting_miss_fetches_when_the_first_is_canceled() {
    let mut it = stampede(true, json!({"coalesce": true}), json!([]));
    it.links[1].params.insert("timeout_ms".to_owned(), json!(20));
    it.links[1].params.insert("cancel_on_timeout".to_owned(), json!(true));
    let vain = at_rest(&it);
    assert_eq!(vain.requests.completed, 0, "nobody waits for the 50 ms that it takes");
    assert_eq!(vain.requests.failed, vain.requests.failures.timeout);
    // 20 ms after a fetch began its reader is gone, and the next fetches for the 20 ms of its own
    // that are left.
    assert!((2_000..60_000).contains(&vain.nodes["db"][&ARRIVALS]), "{}", vain.nodes["db"][&ARRIVALS]);
    let mut it = stampede(
        true,
        json!({"coalesce": true}),
        json!([{"fault": "crash", "target": "cache", "start_s": 20.02, "duration_s": 5}]),
    );
    it.links[1].params.insert("hedge".to_owned(), json!({"after_ms": 10}));
    assert!(at_rest(&it).requests.completed > 50_000);
}

/// 200 writes a second of 100 keys to a cache with a database behind it.
fn writes(cache: Value, faults: Value) -> Document {
    drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": 200}, "profile": [[0, 1], [60, 1], [60, 0]],
                    "operations": [{"name": "put", "access": "write", "keys": {"count": 100, "zipf": 0}}]}),
            ),
            node("cache", "cache", cache),
            node("db", "database", json!({"workers": 8, "write": {"dist": "constant", "ms": 10}, "startup_s": 0})),
        ],
        &[link("users", "cache", json!({})), link("cache", "db", json!({}))],
        faults,
        80.0,
        0.0,
    )
}

#[test]
fn write_behind_is_fast_and_loses_pending_writes_in_a_crash() {
    let crash = json!([{"fault": "crash", "target": "cache", "start_s": 30, "duration_s": 1}]);
    let through = at_rest(&writes(json!({"writes": "through"}), crash.clone()));
    assert_eq!(through.nodes["cache"].get(&LOST_WRITES), Some(0));
    assert!((through.latency_ms.p50.unwrap() - 10.2).abs() < 0.1, "{:?}", through.latency_ms);

    let behind = json!({"writes": "behind", "write_delay_ms": 500});
    let crashed = at_rest(&writes(behind.clone(), crash));
    assert!((crashed.latency_ms.p50.unwrap() - 0.2).abs() < 0.01, "{:?}", crashed.latency_ms);
    // A key is written twice a second and held for half of one, so half of the keys are held, for
    // 0.25 s so far, and with the first write half a write more.
    let lost = crashed.nodes["cache"][&LOST_WRITES];
    assert!((40..=120).contains(&lost), "75 expected, {lost} lost");
    assert!(crashed.findings.iter().any(|it| it.text.contains("acknowledged writes were lost")));
    let calm = writes(behind.clone(), json!([]));
    let unwritten =
        |at: f64| snapshot(&engine_at(&calm, at), &calm, 0).nodes[1].get(&UNWRITTEN).expect("it writes behind");
    assert!((40.0..=120.0).contains(&unwritten(30.0)), "{}", unwritten(30.0));
    assert_eq!(unwritten(79.0), 0.0, "all is written in the end");
    assert_eq!(at_rest(&calm).nodes["cache"].get(&LOST_WRITES), Some(0));
    let flushed = at_rest(&writes(behind, json!([{"fault": "cache_flush", "target": "cache", "start_s": 30}])));
    assert!((40..=120).contains(&flushed.nodes["cache"][&LOST_WRITES]), "{:?}", flushed.nodes["cache"]);
}

#[test]
fn a_batch_of_pending_writes_is_one_write() {
    let of = |batch: u32| {
        let it = at_rest(&writes(json!({"writes": "behind", "write_delay_ms": 500, "write_batch": batch}), json!([])));
        it.nodes["db"][&ARRIVALS]
    };
    // Each key waits half a second for a write and holds it for half a second: 100 a second.
    let (one, twenty) = (of(1), of(20));
    assert!((5_700..6_300).contains(&one), "{one}");
    assert!(twenty < one / 10, "{twenty}");
}

#[test]
fn failed_writes_behind_are_written_later() {
    let crash = json!([{"fault": "crash", "target": "db", "start_s": 20, "duration_s": 10}]);
    let it = at_rest(&writes(json!({"writes": "behind", "write_delay_ms": 100}), crash));
    assert_eq!(it.requests.failed, 0, "nobody notices");
    assert_eq!(it.nodes["cache"].get(&LOST_WRITES), Some(0));
    // A cache that crashes while the database is down has sent what fails: that is lost too.
    let both = json!([
        {"fault": "partition", "links": ["cache-db"], "direction": "forward", "start_s": 20, "duration_s": 10},
        {"fault": "crash", "target": "cache", "start_s": 25, "duration_s": 1},
        {"fault": "crash", "target": "db", "start_s": 29, "duration_s": 2}
    ]);
    let it = at_rest(&writes(json!({"writes": "behind", "write_delay_ms": 100}), both));
    let lost = it.nodes["cache"][&LOST_WRITES];
    assert!((850..1150).contains(&lost), "200 a second for 5 s: {lost}");
    assert!(report(&writes(json!({}), json!([]))).nodes["cache"].get(&LOST_WRITES) == Some(0));
}
