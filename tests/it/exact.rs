//! More exact results, of what the published list (`headroom validate`) does not have.

use crate::simulate::{assert_theory, drawing, link, node, poisson};
use headroom::kinds::cache::metrics::HIT_RATIO;
use headroom::model::Document;
use headroom::record::node_metrics::{ARRIVALS, RESPONSE_MS};
use serde_json::{Value, json};

/// A client and one app without latency between them.
fn station(rate: f64, app: Value, duration_s: f64) -> Document {
    let mut params = json!({"replicas": 1, "workers": 1, "service": {"dist": "exponential", "mean_ms": 10}});
    for (key, value) in app.as_object().expect("an object") {
        params[key] = value.clone();
    }
    drawing(
        &[poisson("users", rate), node("app", "app", params)],
        &[link("users", "app", json!({}))],
        json!([]),
        duration_s,
        100.0,
    )
}

/// Probability of waiting in M/M/c (Erlang C), load `a` = λ/µ.
fn erlang_c(servers: u32, load: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..servers {
        term *= load / f64::from(k);
        sum += term;
    }
    let last = term * load / f64::from(servers) * f64::from(servers) / (f64::from(servers) - load);
    last / (sum + last)
}

#[test]
fn processor_sharing_on_many_workers_is_insensitive_to_the_distribution() {
    for service in [json!({"dist": "constant", "ms": 10}), json!({"dist": "hyperexponential", "mean_ms": 10, "cv": 2})]
    {
        let it = station(360.0, json!({"discipline": "processor_sharing", "workers": 4, "service": service}), 3000.0);
        let mean = 10.0 + erlang_c(4, 3.6) * 10.0 / (4.0 * 0.1);
        assert_theory("M/G/4-PS", &it, 6, mean, 0.015, |r| r.nodes["app"][&RESPONSE_MS].mean.unwrap());
    }
}

#[test]
fn two_priorities_wait_as_long_as_cobhams_formula() {
    let mut it = station(80.0, json!({"discipline": "priority"}), 5000.0);
    it.nodes[0].params.insert(
        "operations".to_owned(),
        json!([{"name": "batch", "weight": 3}, {"name": "urgent", "weight": 1, "priority": 5}]),
    );
    // Cobham (1954): W0 / ((1 - rho of the more urgent) (1 - rho of those too)), W0 = 8 ms.
    for (name, wait) in [("urgent", 8.0 / 0.8), ("batch", 8.0 / (0.8 * 0.2))] {
        assert_theory(name, &it, 6, wait + 10.0, 0.015, |r| r.operations[name].latency_ms.mean.unwrap());
    }
}

/// Every way to choose `left` of the keys from `next` on, in every order if `ordered`.
fn each_choice(chosen: &mut Vec<usize>, keys: usize, left: usize, ordered: bool, see: &mut dyn FnMut(&[usize])) {
    if left == 0 {
        return see(chosen);
    }
    let next = if ordered { 0 } else { chosen.last().map_or(0, |last| last + 1) };
    for key in next..keys {
        if !chosen.contains(&key) {
            chosen.push(key);
            each_choice(chosen, keys, left - 1, ordered, see);
            chosen.pop();
        }
    }
}

#[test]
fn small_caches_have_the_exact_hit_ratio() {
    let (keys, capacity) = (6, 3);
    let weights: Vec<f64> = (1..=keys).map(|k| 1.0 / k as f64).collect();
    let p: Vec<f64> = weights.iter().map(|w| w / weights.iter().sum::<f64>()).collect();
    // King (1971): the stack of LRU is in the order of the last use.
    let mut lru = 0.0;
    each_choice(&mut Vec::new(), keys, capacity, true, &mut |stack| {
        let (mut chance, mut rest) = (1.0, 1.0);
        for key in stack {
            chance *= p[*key] / rest;
            rest -= p[*key];
        }
        lru += chance * (1.0 - rest);
    });
    // King (1971) for FIFO and Gelenbe (1973) for random eviction: the same product form.
    let (mut hits, mut total) = (0.0, 0.0);
    each_choice(&mut Vec::new(), keys, capacity, false, &mut |set| {
        let chance: f64 = set.iter().map(|key| p[*key]).product();
        total += chance;
        hits += chance * set.iter().map(|key| p[*key]).sum::<f64>();
    });
    for (eviction, exact) in [("lru", lru), ("fifo", hits / total), ("random", hits / total)] {
        let it = cache(json!({"capacity_entries": capacity, "eviction": eviction}), json!({"count": keys, "zipf": 1}));
        assert_theory(eviction, &it, 4, exact, 0.003, |r| r.nodes["cache"][&HIT_RATIO]);
    }
}

#[test]
fn lfu_keeps_the_most_popular_entries() {
    // Under independent references nothing beats keeping the most popular keys, and counting all
    // uses comes to that.
    let harmonic = |n: u32| (1..=n).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    let best = harmonic(100) / harmonic(1000);
    let it = |eviction: &str| {
        cache(json!({"capacity_entries": 100, "eviction": eviction}), json!({"count": 1000, "zipf": 1}))
    };
    assert_theory("LFU", &it("lfu"), 3, best, 0.01, |r| r.nodes["cache"][&HIT_RATIO]);
    let lru = crate::simulate::over_seeds(&it("lru"), 3, |r| r.nodes["cache"][&HIT_RATIO]).0;
    assert!(lru < best - 0.05, "LRU {lru}, LFU {best}");
}

#[test]
fn expiring_entries_have_the_hit_ratio_of_theory() {
    // An entry lives for T from its fill, whether or not it is asked for: a key that is asked for
    // at rate λ hits λT times for each miss.
    let weights: Vec<f64> = (1..=1000).map(|k| f64::from(k).powf(-0.8)).collect();
    let total: f64 = weights.iter().sum();
    let hit = |ttl: f64| -> f64 {
        let of = |w: &f64| w / total * (2000.0 * w / total * ttl) / (1.0 + 2000.0 * w / total * ttl);
        weights.iter().map(of).sum()
    };
    for ttl in [0.1, 1.0, 10.0] {
        let it = cache(json!({"capacity_entries": null, "ttl_s": ttl}), json!({"count": 1000, "zipf": 0.8}));
        assert_theory(&format!("{ttl} s"), &it, 3, hit(ttl), 0.005, |r| r.nodes["cache"][&HIT_RATIO]);
    }
}

#[test]
fn each_write_policy_has_its_hit_ratio() {
    // Of a key that is read three times as often as written: if a write makes the cache forget
    // it, a read hits when the access before it was a read; if it is written through, always.
    let instant = json!({"dist": "constant", "ms": 0});
    for (writes, exact) in [("invalidate", 0.75), ("through", 1.0), ("behind", 1.0)] {
        let keys = json!({"count": 200, "zipf": 0});
        let it = drawing(
            &[
                node(
                    "users",
                    "client",
                    json!({"arrivals": {"process": "poisson", "rate_rps": 2000}, "operations": [
                        {"name": "get", "weight": 3, "keys": keys}, {"name": "put", "access": "write", "keys": keys}
                    ]}),
                ),
                node("cache", "cache", json!({"capacity_entries": null, "lookup": instant, "writes": writes})),
                node(
                    "db",
                    "database",
                    json!({"workers": null, "max_connections": null, "read": instant, "write": instant}),
                ),
            ],
            &[link("users", "cache", json!({})), link("cache", "db", json!({}))],
            json!([]),
            100.0,
            20.0,
        );
        assert_theory(writes, &it, 3, exact, 0.004, |r| r.nodes["cache"][&HIT_RATIO]);
        if writes == "behind" {
            // A key waits for its first write, mean 0.4 s, and holds it for 1 s: all writes in
            // between are one.
            assert_theory("writes merged", &it, 3, 200.0 / 1.4, 0.01, |r| r.nodes["db"][&ARRIVALS] as f64 / 80.0);
        }
    }
}

fn cache(cache: Value, keys: Value) -> Document {
    let instant = json!({"dist": "constant", "ms": 0});
    let mut params = json!({"lookup": instant});
    cache.as_object().expect("an object").iter().for_each(|(key, value)| params[key] = value.clone());
    drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "poisson", "rate_rps": 2000}, "operations": [{"name": "get", "keys": keys}]}),
            ),
            node("app", "app", json!({"workers": null, "service": instant, "blocking": false})),
            node("cache", "cache", params),
            node("db", "database", json!({"workers": null, "max_connections": null, "read": instant})),
        ],
        &[link("users", "app", json!({})), link("app", "cache", json!({})), link("app", "db", json!({}))],
        json!([]),
        120.0,
        20.0,
    )
}
