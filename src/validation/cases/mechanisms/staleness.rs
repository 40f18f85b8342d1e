//! Reads that miss a write: at a cache that the write goes past, and at a follower that lags.

use super::*;
use crate::validation::theory::*;

pub fn staleness() -> Vec<Case> {
    let mut all = past_a_cache();
    all.extend(followers());
    all.extend(forgetting());
    all
}

fn accessing(id: &str, rate: f64, operation: &str, access: &str, keys: u32) -> Value {
    let operation = json!({"name": operation, "access": access, "keys": {"count": keys, "zipf": 0}});
    node(id, "client", json!({"arrivals": {"process": "poisson", "rate_rps": rate}, "operations": [operation]}))
}

/// Writes that another app makes, of which the cache learns nothing.
fn past_a_cache() -> Vec<Case> {
    let mut all = Vec::new();
    for (filled, keys, reads, writes, ttl_s) in
        [("aside", 100, 2000.0, 200.0, 0.5), ("aside", 20, 400.0, 100.0, 1.0), ("through", 50, 1000.0, 25.0, 2.0)]
    {
        let each = 1.0 / f64::from(keys);
        let (hits, written) = (reads * each * ttl_s, writes * each * ttl_s);
        let stale = 1.0 - (1.0 - libm::exp(-written)) / written;
        let cache = node(
            "cache",
            "cache",
            json!({"capacity_entries": null, "lookup": constant(0.0), "workers": null, "ttl_s": ttl_s}),
        );
        let nodes = vec![
            accessing("users", reads, "look", "read", keys),
            accessing("editors", writes, "change", "write", keys),
            relay("app", json!({})),
            relay("office", json!({})),
            cache,
            store("db", constant(0.0)),
        ];
        let behind = if filled == "aside" { "app" } else { "cache" };
        let links = vec![
            link("users", "app", json!({})),
            link("app", "cache", json!({})),
            link(behind, "db", json!({})),
            link("editors", "office", json!({})),
            link("office", "db", json!({})),
        ];
        all.push(
            Case::new(
                format!("stale-{filled}-{keys}"),
                format!("{keys} keys that live for {ttl_s} s in a cache, {writes} writes a second go past it"),
                "A hit comes at an age that is uniform over T, and is stale if its key was written since: \
                 1 − (1 − e^(−wT))/(wT) of the hits, which are rT/(1 + rT) of the reads",
                document(nodes, links, 200.0, WARM_S),
            )
            .expect("hit ratio", "nodes.cache.hit_ratio", hits / (1.0 + hits))
            .expect(
                "stale hits, per read",
                "nodes.cache.stale_reads / nodes.users.completed",
                stale * hits / (1.0 + hits),
            )
            .within(0.01),
        );
    }
    all
}

/// Reads from any replica, of which the followers lag.
fn followers() -> Vec<Case> {
    let mut all = Vec::new();
    for (order, replicas, keys, writes, lag_s) in [
        ("none", 3, 10, 100.0, 0.05),
        ("none", 2, 100, 200.0, 0.2),
        ("log", 3, 10, 100.0, 0.05),
        ("log", 2, 50, 40.0, 0.1),
    ] {
        let each = writes / f64::from(keys);
        let absent = |age_s: f64| libm::exp(-age_s / lag_s);
        let misses = |age_s: f64| match order {
            "none" => absent(age_s),
            _ => 1.0 - (1.0 - absent(age_s)) * libm::exp(-writes * lag_s * absent(age_s)),
        };
        let missed = integral(0.0, 60.0 * lag_s, |age_s| each * libm::exp(-each * age_s) * misses(age_s));
        let share = missed * f64::from(replicas - 1) / f64::from(replicas);
        let replication = json!({
            "mode": "leader_follower", "replicas": replicas, "read_from": "any", "sync": 0,
            "lag": exponential(lag_s * 1000.0), "order": order,
        });
        let source = if order == "none" {
            "A follower is stale if it has not the newest write of the key: of age a, exponential, with probability e^(−a/lag)"
        } else {
            "A follower is stale if it has not the newest write of the key and all before it: of age a with probability \
             1 − (1 − e^(−a/lag)) · e^(−rate · lag · e^(−a/lag))"
        };
        all.push(
            Case::new(
                format!("stale-{order}-{replicas}-{keys}"),
                format!(
                    "{writes} writes a second of {keys} keys, {} followers that lag {} ms on average, order: {order}",
                    replicas - 1,
                    lag_s * 1000.0
                ),
                source,
                document(
                    vec![
                        accessing("users", 500.0, "look", "read", keys),
                        accessing("editors", writes, "change", "write", keys),
                        with(store("db", constant(0.0)), json!({"replication": replication})),
                    ],
                    vec![link("users", "db", json!({})), link("editors", "db", json!({}))],
                    200.0,
                    10.0,
                ),
            )
            .expect("stale reads, per read", "nodes.db.stale_reads / nodes.users.completed", share)
            .within(0.01)
            .precise(0.1),
        );
    }
    all
}

/// LFU whose counts go with the entries.
fn forgetting() -> Vec<Case> {
    let cached = |keys: u32, exponent: f64, capacity: u32| {
        let cache = json!({
            "capacity_entries": capacity, "eviction": "lfu", "lfu_forgets": true, "ttl_s": null,
            "lookup": constant(0.0), "workers": null,
        });
        document(
            vec![
                readers(2000.0, keys, exponent),
                relay("app", json!({})),
                node("cache", "cache", cache),
                store("db", constant(0.0)),
            ],
            vec![link("users", "app", json!({})), link("app", "cache", json!({})), link("app", "db", json!({}))],
            60.0,
            10.0,
        )
    };
    let last: f64 = zipf(10, 1.0).iter().map(|p| p * p).sum();
    let alike = Case::new(
        "lfu-forgets-alike",
        "1000 keys alike, room for 300, LFU that forgets",
        "By symmetry: capacity over keys, whatever the policy",
        cached(1000, 0.0, 300),
    )
    .expect("hit ratio", "nodes.cache.hit_ratio", 0.3);
    let one = Case::new(
        "lfu-forgets-one",
        "10 keys by Zipf's law, room for one, LFU that forgets",
        "Room for one is for the key that was read last: the sum of the squares of the popularities",
        cached(10, 1.0, 1),
    )
    .expect("hit ratio", "nodes.cache.hit_ratio", last);
    vec![alike, one]
}
