//! The simulator against exact results of queueing theory.

use crate::simulate::{assert_theory, drawing, link, node, poisson};
use headroom::model::Document;
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

/// Probability of loss in M/G/c/c (Erlang B).
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

#[test]
fn mm1_waits_as_theory_says() {
    let it = station(80.0, json!({}), 5000.0);
    assert_theory("mean response", &it, 5, 50.0, 0.01, |r| r.nodes["app"].response_ms.mean.unwrap());
    assert_theory("mean in system", &it, 5, 4.0, 0.01, |r| r.nodes["app"].in_system_mean);
    assert_theory("mean waiting", &it, 5, 3.2, 0.01, |r| r.nodes["app"].queue_mean);
    assert_theory("utilisation", &it, 5, 0.8, 0.005, |r| r.nodes["app"].utilization.unwrap());
    assert_theory("median", &it, 5, 50.0 * 2f64.ln(), 0.015, |r| r.latency_ms.p50.unwrap());
    assert_theory("99th percentile", &it, 5, 50.0 * 100f64.ln(), 0.02, |r| r.latency_ms.p99.unwrap());
}

#[test]
fn mmc_waits_as_erlang_c_says() {
    for (servers, load) in [(2, 0.7), (4, 0.9), (16, 0.8), (64, 0.9)] {
        let rate = 100.0 * f64::from(servers) * load;
        let it = station(rate, json!({"workers": servers}), 200_000.0 / rate * 2.0 + 100.0);
        let wait = erlang_c(servers, f64::from(servers) * load) * 10.0 / (f64::from(servers) * (1.0 - load));
        assert_theory(&format!("M/M/{servers} at {load}"), &it, 8, 10.0 + wait, 0.01, |r| {
            r.nodes["app"].response_ms.mean.unwrap()
        });
    }
}

#[test]
fn mg1_waits_as_pollaczek_and_khinchine_say() {
    for (service, cv2) in [
        (json!({"dist": "constant", "ms": 10}), 0.0),
        (json!({"dist": "gamma", "mean_ms": 10, "cv": 0.5}), 0.25),
        (json!({"dist": "uniform", "min_ms": 5, "max_ms": 15}), 1.0 / 12.0),
        (json!({"dist": "hyperexponential", "mean_ms": 10, "cv": 2}), 4.0),
        (json!({"dist": "log_normal", "mean_ms": 10, "cv": 1.4}), 1.96),
    ] {
        let wait = 0.7 / 0.3 * 10.0 * (1.0 + cv2) / 2.0;
        let it = station(70.0, json!({"service": service}), 5000.0);
        assert_theory(&format!("wait with {service}"), &it, 8, wait, 0.02, |r| r.nodes["app"].wait_ms.mean.unwrap());
    }
}

#[test]
fn a_full_queue_rejects_as_theory_says() {
    let rho: f64 = 0.9;
    let capacity = 6;
    let rejected = (1.0 - rho) * rho.powi(capacity) / (1.0 - rho.powi(capacity + 1));
    let it = station(90.0, json!({"queue_limit": capacity - 1}), 4000.0);
    assert_theory("M/M/1/6", &it, 5, rejected, 0.02, |r| {
        r.nodes["app"].rejected as f64 / r.nodes["app"].arrivals as f64
    });
    let it = station(
        800.0,
        json!({"workers": 10, "queue_limit": 0, "service": {"dist": "log_normal", "mean_ms": 10, "cv": 2}}),
        500.0,
    );
    assert_theory("Erlang B is insensitive", &it, 5, erlang_b(10, 8.0), 0.02, |r| {
        r.nodes["app"].rejected as f64 / r.nodes["app"].arrivals as f64
    });
}

#[test]
fn shared_workers_are_insensitive_to_the_law_of_service() {
    for service in [json!({"dist": "constant", "ms": 10}), json!({"dist": "hyperexponential", "mean_ms": 10, "cv": 2})]
    {
        let it = station(70.0, json!({"discipline": "processor_sharing", "service": service}), 5000.0);
        assert_theory("M/G/1-PS", &it, 8, 10.0 / 0.3, 0.015, |r| r.nodes["app"].response_ms.mean.unwrap());
    }
}

#[test]
fn many_shared_workers_are_insensitive_too() {
    for service in [json!({"dist": "constant", "ms": 10}), json!({"dist": "hyperexponential", "mean_ms": 10, "cv": 2})]
    {
        let it = station(360.0, json!({"discipline": "processor_sharing", "workers": 4, "service": service}), 3000.0);
        let mean = 10.0 + erlang_c(4, 3.6) * 10.0 / (4.0 * 0.1);
        assert_theory("M/G/4-PS", &it, 6, mean, 0.015, |r| r.nodes["app"].response_ms.mean.unwrap());
    }
}

#[test]
fn the_urgent_and_the_patient_wait_as_cobham_says() {
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

#[test]
fn last_come_first_served_has_the_same_mean_and_a_longer_tail() {
    let fifo = station(80.0, json!({}), 5000.0);
    let lifo = station(80.0, json!({"discipline": "lifo"}), 5000.0);
    assert_theory("mean of LIFO", &lifo, 8, 50.0, 0.02, |r| r.nodes["app"].response_ms.mean.unwrap());
    let tail = |it: &Document| crate::simulate::report(it).latency_ms.p999.unwrap();
    assert!(tail(&lifo) > 1.5 * tail(&fifo));
}

#[test]
fn two_replicas_are_balanced_as_theory_says() {
    for (algorithm, mean) in [("random", 50.0), ("round_robin", 38.4398), ("least_connections", 29.5574)] {
        let it = drawing(
            &[
                poisson("users", 160.0),
                node("lb", "load_balancer", json!({"algorithm": algorithm})),
                node("app", "app", json!({"replicas": 2, "workers": 1})),
            ],
            &[link("users", "lb", json!({})), link("lb", "app", json!({}))],
            json!([]),
            4000.0,
            100.0,
        );
        assert_theory(algorithm, &it, 5, mean, 0.015, |r| r.latency_ms.mean.unwrap());
    }
}

#[test]
fn a_closed_system_obeys_mean_value_analysis() {
    // Exact MVA for 10 users thinking 1 s on average and two stations of 50 and 30 ms.
    let (mut queues, demands) = ([0.0, 0.0], [0.05, 0.03]);
    let mut throughput = 0.0;
    for users in 1..=10 {
        let times = [0, 1].map(|i| demands[i] * (1.0 + queues[i]));
        throughput = f64::from(users) / (1.0 + times[0] + times[1]);
        queues = times.map(|time| throughput * time);
    }
    let server = |mean| json!({"replicas": 1, "workers": 1, "blocking": false, "service": {"dist": "exponential", "mean_ms": mean}});
    let it = drawing(
        &[
            node(
                "users",
                "client",
                json!({"arrivals": {"process": "closed", "users": 10, "think": {"dist": "exponential", "mean_ms": 1000}}}),
            ),
            node("a", "app", server(50)),
            node("b", "app", server(30)),
        ],
        &[link("users", "a", json!({})), link("a", "b", json!({}))],
        json!([]),
        4000.0,
        100.0,
    );
    assert_theory("throughput", &it, 5, throughput, 0.01, |r| r.throughput_rps);
}

#[test]
fn a_cache_hits_as_theory_says() {
    // Random eviction and FIFO have the same hit ratio under independent references; a cache of
    // C of K uniform keys hits C/K under any policy (Gelenbe 1973).
    for eviction in ["lru", "fifo", "random"] {
        let it = cache(json!({"capacity_entries": 300, "eviction": eviction}), json!({"count": 1000, "zipf": 0}));
        assert_theory(eviction, &it, 3, 0.3, 0.01, |r| r.nodes["cache"].hit_ratio.unwrap());
    }
    // Che's approximation for LRU, its fixed point found by bisection.
    let weights: Vec<f64> = (1..=1000).map(|k| 1.0 / f64::from(k)).collect();
    let total: f64 = weights.iter().sum();
    let (mut low, mut high) = (0.0, 1e7);
    for _ in 0..100 {
        let t = 0.5 * (low + high);
        let filled: f64 = weights.iter().map(|w| 1.0 - (-w / total * t).exp()).sum();
        if filled < 100.0 { low = t } else { high = t }
    }
    let hit: f64 = weights.iter().map(|w| w / total * (1.0 - (-w / total * low).exp())).sum();
    let it = cache(json!({"capacity_entries": 100}), json!({"count": 1000, "zipf": 1}));
    assert_theory("LRU, Zipf", &it, 3, hit, 0.01, |r| r.nodes["cache"].hit_ratio.unwrap());
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
fn small_caches_hit_exactly_as_often_as_they_must() {
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
        assert_theory(eviction, &it, 4, exact, 0.003, |r| r.nodes["cache"].hit_ratio.unwrap());
    }
}

#[test]
fn the_least_frequently_used_goes_and_what_stays_is_nearly_the_best_choice() {
    // Under independent references nothing beats keeping the most popular keys. Counting uses
    // while they are remembered comes near to it, if slowly: who came early has counted longer
    // (a plain loop with the same rule: 0.657 after so many references).
    let harmonic = |n: u32| (1..=n).map(|k| 1.0 / f64::from(k)).sum::<f64>();
    let best = harmonic(100) / harmonic(1000);
    let hit = |eviction: &str| {
        let it = cache(json!({"capacity_entries": 100, "eviction": eviction}), json!({"count": 1000, "zipf": 1}));
        crate::simulate::over_seeds(&it, 3, |r| r.nodes["cache"].hit_ratio.unwrap()).0
    };
    let (lfu, lru) = (hit("lfu"), hit("lru"));
    assert!(lfu < best + 0.002 && (lfu - 0.657).abs() < 0.015, "best {best}, LFU {lfu}");
    assert!(lru < lfu - 0.05, "LRU {lru}, LFU {lfu}");
}

#[test]
fn entries_expire_as_theory_says() {
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
        assert_theory(&format!("{ttl} s"), &it, 3, hit(ttl), 0.005, |r| r.nodes["cache"].hit_ratio.unwrap());
    }
}

#[test]
fn what_a_write_does_to_the_hit_ratio() {
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
        assert_theory(writes, &it, 3, exact, 0.004, |r| r.nodes["cache"].hit_ratio.unwrap());
        if writes == "behind" {
            // A key waits for its first write, mean 0.4 s, and holds it for 1 s: all writes in
            // between are one.
            assert_theory("writes merged", &it, 3, 200.0 / 1.4, 0.01, |r| r.nodes["db"].arrivals as f64 / 80.0);
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

#[test]
fn retries_and_their_amplification_are_geometric() {
    let it = drawing(
        &[
            poisson("users", 200.0),
            node("app", "app", json!({"workers": null, "error_rate": 0.5, "service": {"dist": "constant", "ms": 0}})),
        ],
        &[link(
            "users",
            "app",
            json!({"retries": {"max": 3, "backoff": {"base_ms": 1, "factor": 1, "cap_ms": 1, "jitter": "none"}}}),
        )],
        json!([]),
        500.0,
        10.0,
    );
    assert_theory("attempts", &it, 5, 1.875, 0.005, |r| r.attempts_per_request);
    assert_theory("failures", &it, 5, 0.0625, 0.02, |r| r.requests.failed as f64 / r.requests.offered as f64);
}

#[test]
fn a_hedge_cuts_the_tail_at_the_price_that_theory_says() {
    let after = 10.0 * 20f64.ln();
    let it = drawing(
        &[poisson("users", 200.0), node("app", "app", json!({"workers": null}))],
        &[link("users", "app", json!({"hedge": {"after_ms": after}}))],
        json!([]),
        500.0,
        10.0,
    );
    assert_theory("attempts", &it, 5, 1.05, 0.004, |r| r.attempts_per_request);
    // P(min of both > t) = e^(-t/10) · e^(-(t - after)/10) for t beyond the hedge.
    let p99 = (after + 10.0 * 100f64.ln()) / 2.0;
    assert_theory("99th percentile", &it, 5, p99, 0.015, |r| r.latency_ms.p99.unwrap());
}

#[test]
fn a_token_bucket_lets_its_rate_through() {
    let it = drawing(
        &[
            poisson("users", 150.0),
            node("limit", "rate_limiter", json!({"rate_rps": 100, "burst": 10})),
            node("app", "app", json!({"workers": null})),
        ],
        &[link("users", "limit", json!({})), link("limit", "app", json!({}))],
        json!([]),
        2000.0,
        10.0,
    );
    // An overloaded M/D/1/b: nearly every token is used; the exact loss from the Markov chain at
    // departures is within 0.1 % of 1 - 1/1.5 here.
    assert_theory("share refused", &it, 5, 1.0 - 1.0 / 1.5, 0.003, |r| {
        r.requests.failures.rate_limited as f64 / r.requests.offered as f64
    });
}

#[test]
fn workers_are_held_for_as_long_as_calls_take_when_blocking() {
    for (blocking, busy) in [(true, 0.55), (false, 0.05)] {
        let it = drawing(
            &[
                poisson("users", 50.0),
                node(
                    "app",
                    "app",
                    json!({"workers": 10, "service": {"dist": "constant", "ms": 10}, "blocking": blocking}),
                ),
                node(
                    "db",
                    "database",
                    json!({"workers": null, "max_connections": null, "read": {"dist": "constant", "ms": 100}}),
                ),
            ],
            &[link("users", "app", json!({})), link("app", "db", json!({}))],
            json!([]),
            1000.0,
            10.0,
        );
        assert_theory("busy workers", &it, 5, busy, 0.01, |r| r.nodes["app"].utilization.unwrap());
    }
}
