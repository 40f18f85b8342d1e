//! Where a request's time goes: to the nanosecond.

use crate::simulate::{drawing, link, node, run};
use headroom::model::Document;
use serde_json::{Value, json};

/// Balancer, two apps, a cache that reads through, a database: everything takes random time, one
/// step after the other, and nothing is sent that the request does not wait for.
fn design(client: Value, seed: u64) -> Document {
    let random = |mean_ms: f64| json!({"dist": "log_normal", "mean_ms": mean_ms, "cv": 2});
    let wire = || json!({"latency": {"dist": "exponential", "mean_ms": 0.7}, "bandwidth_mbps": 50, "loss": 0.02});
    let mut it = drawing(
        &[
            node("users", "client", client),
            node("lb", "load_balancer", json!({"capacity_rps": 700})),
            node("app", "app", json!({"replicas": 2, "workers": 2, "service": random(8.0)})),
            node(
                "inner",
                "app",
                json!({"workers": 3, "blocking": false, "service": random(3.0), "discipline": "lifo"}),
            ),
            node("cache", "cache", json!({"workers": 1, "capacity_entries": 50, "lookup": random(0.5)})),
            node("db", "database", json!({"workers": 2, "max_connections": null, "read": random(4.0)})),
        ],
        &[
            link("users", "lb", wire()),
            link("lb", "app", wire()),
            link("app", "inner", wire()),
            link("inner", "cache", wire()),
            link("cache", "db", wire()),
        ],
        json!([]),
        1000.0,
        0.0,
    );
    it.run.seed = seed;
    it
}

/// The requests' latencies, and waiting, work and network summed over the drawing; nanoseconds.
fn sums(document: &Document) -> (u64, u128, u128) {
    let (engine, report) = run(document);
    engine.check_at_rest().expect("everything has drained");
    let record = &engine.core().record;
    let window = record.since_warmup(engine.now());
    let inside: u128 = window.nodes.iter().map(|counts| counts.wait_ns + counts.work_ns).sum();
    let wire: u128 = window.links.iter().map(|counts| u128::from(counts.wire_ns)).sum();
    (report.requests.completed, record.cohort().latency.sum_ns(), inside + wire)
}

#[test]
fn the_latency_of_a_request_is_the_sum_of_its_waiting_work_and_network_times() {
    for seed in 0..300 {
        let once = json!({"arrivals": {"process": "constant", "rate_rps": 1}, "profile": [[0, 1], [1.5, 1], [1.5, 0]]});
        let (completed, latency, parts) = sums(&design(once, seed));
        assert_eq!(completed, 1);
        assert_eq!(latency, parts, "seed {seed}");
    }
}

#[test]
fn total_latency_is_the_sum_of_waiting_work_and_network_times() {
    let many = json!({"arrivals": {"process": "poisson", "rate_rps": 400}, "profile": [[0, 1], [20, 1], [20, 0]],
        "operations": [{"name": "get", "keys": {"count": 500, "zipf": 1}}]});
    let (completed, latency, parts) = sums(&design(many, 7));
    assert!(completed > 7000, "{completed}");
    assert_eq!(latency, parts);
}
