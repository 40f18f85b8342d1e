//! Caches in front of a database, filled by the app.

use super::*;
use crate::validation::theory::*;

const HITS: (&str, &str) = ("hit ratio", "nodes.cache.hit_ratio");
const PERFECT: &str = "In the long run the most popular keys stay, and one place holds the key that was read last";
const FETCHED: (&str, &str) = ("reads that reach the database, per request", "nodes.db.arrivals / nodes.app.arrivals");

fn cached(users: Value, cache: Value, measured_s: f64, warmup_s: f64) -> Document {
    let cache = merged(json!({"lookup": constant(0.0), "workers": null, "ttl_s": null}), cache);
    document(
        vec![users, relay("app", json!({})), node("cache", "cache", cache), store("db", constant(0.0))],
        vec![link("users", "app", json!({})), link("app", "cache", json!({})), link("app", "db", json!({}))],
        measured_s,
        warmup_s,
    )
}

pub fn eviction() -> Vec<Case> {
    let mut all = Vec::new();
    for eviction in ["lru", "lfu", "fifo", "random"] {
        all.push(
            Case::new(
                format!("uniform-{eviction}"),
                format!("1000 keys alike, room for 300, {eviction}"),
                "By symmetry: capacity over keys, whatever the policy",
                cached(readers(2000.0, 1000, 0.0), json!({"capacity_entries": 300, "eviction": eviction}), 60.0, 10.0),
            )
            .expect(HITS.0, HITS.1, 0.3),
        );
        let few = zipf(10, 1.0);
        let (exact, source) = match eviction {
            "lru" => (king_lru(&few, 4), "Exact: King (1971)"),
            "lfu" => (perfect_lfu(&few, 4), PERFECT),
            _ => (gelenbe_random(&few, 4), "Exact, and the same for FIFO and random: Gelenbe (1973)"),
        };
        all.push(
            Case::new(
                format!("small-{eviction}"),
                format!("10 keys by Zipf's law, room for 4, {eviction}"),
                source,
                cached(readers(2000.0, 10, 1.0), json!({"capacity_entries": 4, "eviction": eviction}), 60.0, 10.0),
            )
            .expect(HITS.0, HITS.1, exact)
            .within(0.003),
        );
    }
    for (eviction, keys, exponent, capacity) in [
        ("lru", 1000, 1.0, 100),
        ("lru", 10_000, 0.8, 500),
        ("lru", 10_000, 1.2, 1000),
        ("lfu", 1000, 1.0, 100),
        ("fifo", 1000, 1.0, 100),
        ("random", 1000, 1.0, 100),
        ("random", 10_000, 0.8, 2000),
    ] {
        let popularity = zipf(keys, exponent);
        let (hits, source) = match eviction {
            "lru" => (che_lru(&popularity, f64::from(capacity)), "Che's approximation (Che, Tung and Wang 2002)"),
            "lfu" => (perfect_lfu(&popularity, capacity as usize), PERFECT),
            _ => (
                che_random(&popularity, f64::from(capacity)),
                "Che's approximation for random eviction and FIFO (Fricker, Robert and Roberts 2012)",
            ),
        };
        let rate = if keys > 1000 { 4000.0 } else { 2000.0 };
        all.push(
            Case::new(
                format!("zipf-{eviction}-{keys}-{exponent}"),
                format!("{keys} keys by Zipf's law with exponent {exponent}, room for {capacity}, {eviction}"),
                source,
                cached(
                    readers(rate, keys, exponent),
                    json!({"capacity_entries": capacity, "eviction": eviction}),
                    25.0,
                    // Until everything that is kept has been asked for several times over.
                    if keys > 1000 { 20.0 } else { 10.0 },
                ),
            )
            .expect(HITS.0, HITS.1, hits)
            .expect(FETCHED.0, FETCHED.1, 1.0 - hits)
            .within(0.01),
        );
    }
    let few = zipf(10, 1.0);
    let through = node(
        "cache",
        "cache",
        json!({"capacity_entries": 4, "eviction": "lru", "lookup": constant(0.0), "workers": null}),
    );
    let hits = king_lru(&few, 4);
    all.push(
        Case::new(
            "read-through",
            "A cache that reads through, 10 keys, room for 4, lru",
            "Exact: King (1971); a miss costs a read of 10 ms",
            document(
                vec![readers(2.0, 10, 1.0), through, store("db", constant(10.0))],
                chain(&["users", "cache", "db"]),
                50_000.0,
                10.0,
            ),
        )
        .expect(HITS.0, HITS.1, hits)
        .within(0.01)
        .expect("mean latency, ms", "latency_ms.mean", 10.0 * (1.0 - hits))
        .within(0.02),
    );
    all
}

pub fn expiry() -> Vec<Case> {
    let source = "The renewals of each key, from a cold start: misses at least T apart, and on average T + 1/λ";
    let cold = |rate: f64, keys: u32, ttl_s: f64| {
        let popularity = zipf(keys, 0.8);
        let hits = ttl_cache_from_cold(&popularity, rate, ttl_s, [ttl_s, 2.0 * ttl_s]);
        Case::new(
            format!("ttl-{ttl_s}s"),
            format!("Entries that live for {ttl_s} s, {keys} keys, the second of their lives"),
            source,
            cached(
                readers(rate, keys, 0.8),
                json!({"capacity_entries": null, "eviction": "lru", "ttl_s": ttl_s}),
                ttl_s,
                ttl_s,
            ),
        )
        .whole()
        .expect(HITS.0, HITS.1, hits)
        .expect(FETCHED.0, FETCHED.1, 1.0 - hits)
        .within(0.01)
    };
    let (rate, ttl_s) = (2000.0, 0.2);
    let hits = ttl_cache(&zipf(1000, 0.8), rate * ttl_s);
    let steady = Case::new(
        "ttl-steady",
        "Entries that live for 0.2 s, 1000 keys, in the long run",
        "λT / (1 + λT) for each key (Jung, Berger and Balakrishnan 2003)",
        cached(
            readers(rate, 1000, 0.8),
            json!({"capacity_entries": null, "eviction": "lru", "ttl_s": ttl_s}),
            60.0,
            20.0,
        ),
    )
    .expect(HITS.0, HITS.1, hits)
    .expect(FETCHED.0, FETCHED.1, 1.0 - hits);
    let mut all = vec![steady, cold(2000.0, 1000, 10.0), cold(1000.0, 10_000, 60.0)];
    for writes in [0.1, 0.5] {
        let keys = json!({"count": 100, "zipf": 0});
        let operations = json!([
            {"name": "look", "weight": 1.0 - writes, "access": "read", "keys": keys},
            {"name": "change", "weight": writes, "access": "write", "keys": keys},
        ]);
        let users = node(
            "users",
            "client",
            json!({"arrivals": {"process": "poisson", "rate_rps": 2000}, "operations": operations}),
        );
        all.push(
            Case::new(
                format!("invalidated-{writes}"),
                format!("{} % writes, each of which invalidates its key", writes * 100.0),
                "A read hits when the operation before it on the same key was a read",
                cached(users, json!({"capacity_entries": null, "eviction": "lru"}), 60.0, 10.0),
            )
            .expect(HITS.0, HITS.1, 1.0 - writes),
        );
    }
    all
}
