//! Load balancers: who gets what, before, while and after something breaks.

use crate::simulate::{assert_theory, drawing, engine_at, link, node, poisson, report, run};
use headroom::engine::Engine;
use headroom::kinds::AnyStation;
use headroom::kinds::cache::metrics::HIT_RATIO;
use headroom::model::Document;
use headroom::record::link_metrics::{ATTEMPTS, CALLS, RETRIES};
use headroom::record::node_metrics::ARRIVALS;
use headroom::report::Report;
use headroom::scenario::compile;
use serde_json::{Value, json};

const ALGORITHMS: [&str; 8] =
    ["round_robin", "random", "weighted", "least_connections", "power_of_two", "least_latency", "key_hash", "sticky"];

fn checks() -> Value {
    json!({"interval_ms": 1000, "timeout_ms": 500, "unhealthy_after": 3, "healthy_after": 2})
}

/// 200 requests a second over four replicas of one app.
fn four(balancer: Value, to_app: Value, app: Value, faults: Value) -> Document {
    let mut params =
        json!({"replicas": 4, "workers": 8, "startup_s": 0, "service": {"dist": "exponential", "mean_ms": 20}});
    app.as_object().expect("an object").iter().for_each(|(key, value)| params[key] = value.clone());
    let keys = json!([{"name": "get", "keys": {"count": 20000, "zipf": 0}}]);
    let arrivals = json!({"process": "poisson", "rate_rps": 200});
    drawing(
        &[
            node("users", "client", json!({"arrivals": arrivals, "operations": keys})),
            node("lb", "load_balancer", balancer),
            node("app", "app", params),
        ],
        &[link("users", "lb", json!({})), link("lb", "app", to_app)],
        faults,
        180.0,
        0.0,
    )
}

/// Failures among the requests that ended in the bins from one second to another.
fn failing(report: &Report, from_s: usize, to_s: usize) -> f64 {
    let failed: f64 = report.series.failed_rps[from_s..to_s].iter().sum();
    let good: f64 = report.series.throughput_rps[from_s..to_s].iter().sum();
    failed / (failed + good)
}

/// Mean number of busy workers at each of the four replicas, looked at every 20 ms.
fn busy(engine: &mut Engine<AnyStation>, from_s: f64, to_s: f64) -> [f64; 4] {
    let mut sums = [0.0; 4];
    let mut looks = 0.0;
    let mut at = from_s;
    while at < to_s {
        engine.advance(headroom::time::from_s(at), u64::MAX / 2);
        let AnyStation::App(app) = &engine.stations()[2] else { panic!("not an app") };
        (0..4).for_each(|replica| sums[replica] += f64::from(app.busy(replica as u32)));
        looks += 1.0;
        at += 0.02;
    }
    sums.map(|sum| sum / looks)
}

/// How many backends the balancer chooses from.
fn active(engine: &Engine<AnyStation>) -> usize {
    let AnyStation::LoadBalancer(balancer) = &engine.stations()[1] else { panic!("not a balancer") };
    balancer.active().0
}

fn crash() -> Value {
    json!([{"fault": "crash", "target": "app#3", "start_s": 60, "duration_s": 60}])
}

#[test]
fn a_crashed_backend_gets_requests_until_a_health_check_fails() {
    for algorithm in ALGORITHMS {
        let blind = report(&four(json!({"algorithm": algorithm}), json!({}), json!({}), crash()));
        let share = failing(&blind, 61, 119);
        let expected = match algorithm {
            "round_robin" | "weighted" => 0.2495..0.2505,
            "random" | "key_hash" | "sticky" => 0.23..0.27,
            // The dead one refuses at once, and so always looks idle: the sinkhole.
            "least_connections" => 0.45..1.0,
            "power_of_two" => 0.30..0.5,
            _ => 0.35..0.52,
        };
        assert!(expected.contains(&share), "{algorithm}: the dead one gets {share}");

        let it = four(json!({"algorithm": algorithm, "health_check": checks()}), json!({}), json!({}), crash());
        let seen = report(&it);
        assert!((failing(&seen, 60, 62) / share - 1.0).abs() < 0.2, "{algorithm}: not before three probes fail");
        assert_eq!(failing(&seen, 64, 180), 0.0, "{algorithm}: nothing after it is out");
        assert_eq!(seen.requests.attempts, seen.requests.offered, "{algorithm}: probes are no attempts");
        assert_eq!(seen.links["lb-app"][&ATTEMPTS], seen.requests.offered);
        assert!(seen.nodes["app"][&ARRIVALS] <= seen.requests.offered, "{algorithm}: nor arrivals");
        let mut engine = engine_at(&it, 59.0);
        assert_eq!(active(&engine), 4);
        let before = busy(&mut engine, 59.0, 59.99);
        assert!(before[2] > 0.2);
        assert_eq!(busy(&mut engine, 64.0, 119.0)[2], 0.0, "{algorithm}");
        assert_eq!(active(&engine), 3);
        let after = busy(&mut engine, 124.0, 180.0);
        assert_eq!(active(&engine), 4, "{algorithm}: it is back");
        // Sessions return to their first replica.
        assert!((after[2] - 1.0).abs() < 0.3, "{algorithm}: {after:?}");
    }
}

#[test]
fn health_checks_detect_a_partition_and_not_slowness() {
    // Each replica is an app of its own, so that links can be cut and processes stopped.
    let design = |checks: Value, faults: Value| {
        drawing(
            &[
                poisson("users", 100.0),
                node("lb", "load_balancer", json!({"algorithm": "round_robin", "health_check": checks})),
                node("a", "app", json!({"replicas": 1, "workers": 1000, "startup_s": 0})),
                node("b", "app", json!({"replicas": 1, "workers": 1000, "startup_s": 0})),
            ],
            &[
                link("users", "lb", json!({})),
                link("lb", "a", json!({})),
                link("lb", "b", json!({"timeout_ms": 300, "latency": {"dist": "constant", "ms": 10}})),
            ],
            faults,
            60.0,
            0.0,
        )
    };
    for fault in [
        json!({"fault": "pause", "target": "b"}),
        json!({"fault": "crash", "target": "b"}),
        json!({"fault": "partition", "links": ["lb-b"]}),
        json!({"fault": "partition", "links": ["lb-b"], "direction": "backward"}),
    ] {
        let mut fault = fault;
        (fault["start_s"], fault["duration_s"]) = (json!(20.2), json!(20.5));
        let it = design(checks(), json!([fault]));
        // The last probe before the fault is sent at 20.0 s, the third that fails at 23.0 s and
        // given up at 23.5 s; the second that is answered after it at 42.0 s.
        for (at, backends) in [(20.1, 2), (22.9, 2), (23.6, 1), (40.9, 1), (41.9, 1), (42.1, 2)] {
            assert_eq!(active(&engine_at(&it, at)), backends, "{fault} at {at}");
        }
        let it = report(&it);
        assert!(failing(&it, 21, 23) > 0.45, "{fault}: {}", failing(&it, 21, 23));
        assert_eq!(failing(&it, 24, 40), 0.0, "{fault}");
        assert_eq!(failing(&it, 44, 60), 0.0, "{fault}");
    }
    // A slow process answers probes all the same; a probe that takes longer than it may does not.
    let slow = json!([{"fault": "slow", "target": "b", "factor": 1000, "start_s": 20, "duration_s": 20}]);
    assert_eq!(active(&engine_at(&design(checks(), slow), 39.0)), 2);
    let far = json!([{"fault": "latency", "links": ["lb-b"], "add": {"dist": "constant", "ms": 300}, "start_s": 20, "duration_s": 20}]);
    assert_eq!(active(&engine_at(&design(checks(), far), 39.0)), 1);
}

#[test]
fn all_backends_are_used_when_all_fail_their_health_checks() {
    let faults = json!([{"fault": "crash", "target": "app", "start_s": 60, "duration_s": 30}]);
    let it = four(json!({"algorithm": "random", "health_check": checks()}), json!({}), json!({}), faults);
    assert_eq!(active(&engine_at(&it, 80.0)), 4);
    let it = report(&it);
    assert_eq!(failing(&it, 61, 90), 1.0);
    assert_eq!(failing(&it, 91, 180), 0.0, "no check has to pass first");
}

#[test]
fn probes_are_events_and_leave_no_jobs() {
    let arrivals = json!({"process": "poisson", "rate_rps": 200});
    let faults = json!([
        {"fault": "pause", "target": "lb", "start_s": 10, "duration_s": 5}, {"fault": "crash", "target": "lb", "start_s": 20, "duration_s": 5},
        {"fault": "partition", "links": ["lb-app"], "start_s": 25, "duration_s": 3}, {"fault": "pause", "target": "app", "start_s": 27, "duration_s": 3}
    ]);
    let mut events = Vec::new();
    for checks in [Value::Null, checks()] {
        let mut it = four(
            json!({"algorithm": "least_connections", "health_check": checks}),
            json!({"timeout_ms": 200, "retries": {"max": 1}}),
            json!({}),
            faults.clone(),
        );
        let stops = json!({"arrivals": arrivals, "profile": [[0, 1], [40, 1], [40, 0]]});
        it.nodes[0].params = stops.as_object().expect("an object").clone();
        let (engine, report) = run(&it);
        engine.check_at_rest().expect("all is at rest");
        assert_eq!(active(&engine), 4);
        assert!(report.requests.completed > 4000);
        events.push(engine.events());
    }
    // A wake-up, a message, its answer and a timeout for each of 4 backends a second; what was
    // balanced while some were out differs a little.
    assert!((1800..3800).contains(&(events[1] as i64 - events[0] as i64)), "{events:?}");
}

#[test]
fn the_weights_of_links_divide_the_requests() {
    let nodes = [
        poisson("users", 200.0),
        node("lb", "load_balancer", json!({"algorithm": "weighted"})),
        node("stable", "app", json!({"replicas": 3, "workers": null})),
        node("canary", "app", json!({"replicas": 1, "workers": null})),
        node("off", "app", json!({"replicas": 5, "workers": null})),
    ];
    let links = |weights: [f64; 3]| {
        [
            link("users", "lb", json!({})),
            link("lb", "stable", json!({"weight": weights[0]})),
            link("lb", "canary", json!({"weight": weights[1]})),
            link("lb", "off", json!({"weight": weights[2]})),
        ]
    };
    let it = report(&drawing(&nodes, &links([0.9, 0.1, 0.0]), json!([]), 100.0, 0.0));
    let arrivals = |id: &str| it.nodes[id][&ARRIVALS] as f64;
    assert!((arrivals("stable") - 9.0 * arrivals("canary")).abs() <= 9.0);
    assert_eq!(arrivals("off"), 0.0);
    let wrong = compile(&drawing(&nodes, &links([0.0; 3]), json!([]), 100.0, 0.0));
    let paths: Vec<String> = wrong.problems.iter().map(|problem| problem.path()).collect();
    assert_eq!(paths, ["nodes.lb.params.algorithm"]);
}

/// Apps of one replica each behind a balancer.
fn apart(apps: usize, arrivals: Value, balancer: Value, faults: Value) -> Document {
    let mut nodes = vec![node("users", "client", json!({"arrivals": arrivals})), node("lb", "load_balancer", balancer)];
    let mut links = vec![link("users", "lb", json!({}))];
    for app in 0..apps {
        let id = format!("app{app}");
        let service = json!({"dist": "exponential", "mean_ms": 10});
        nodes.push(node(&id, "app", json!({"replicas": 1, "workers": null, "startup_s": 0, "service": service})));
        links.push(link("lb", &id, json!({})));
    }
    drawing(&nodes, &links, faults, 100.0, 0.0)
}

/// Each app's share of the arrivals, greatest first.
fn shares(it: &Document) -> Vec<f64> {
    let it = report(it);
    let arrivals = (0..).map_while(|app| it.nodes.get(&format!("app{app}"))).map(|node| node[&ARRIVALS] as f64);
    let mut shares: Vec<f64> = arrivals.map(|arrivals| arrivals / it.requests.offered as f64).collect();
    shares.sort_by(|a, b| b.total_cmp(a));
    shares
}

#[test]
fn few_long_connections_are_unbalanced_at_layer_4() {
    let open = |sessions: u32| json!({"process": "poisson", "rate_rps": 200, "sessions": sessions});
    let closed = json!({"process": "closed", "users": 6, "think": {"dist": "constant", "ms": 20}});
    for (arrivals, sessions) in [(open(6), 6), (closed, 6), (open(1), 1), (open(1000), 1000)] {
        for algorithm in ["round_robin", "least_connections"] {
            let at = |layer: u32| {
                shares(&apart(4, arrivals.clone(), json!({"layer": layer, "algorithm": algorithm}), json!([])))
            };
            let even = at(7);
            assert!(even.iter().all(|share| (share - 0.25).abs() < 0.02), "{algorithm}, {sessions}: {even:?}");
            let piled = at(4);
            let expected = match sessions {
                6 => [1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0],
                1 => [1.0, 0.0, 0.0, 0.0],
                _ => [0.25; 4],
            };
            for (share, expected) in piled.iter().zip(expected) {
                assert!((share - expected).abs() < 0.03, "{algorithm}, {sessions}: {piled:?}");
            }
        }
    }
    // Drawn at random, ten connections over ten backends leave some without any.
    let random = shares(&apart(10, open(10), json!({"layer": 4, "algorithm": "random"}), json!([])));
    assert!(random[0] > 0.18 && random[9] == 0.0, "{random:?}");
}

#[test]
fn broken_connections_are_opened_to_another_backend_until_theirs_is_back() {
    let faults = json!([{"fault": "crash", "target": "app0", "start_s": 20, "duration_s": 10}]);
    let arrivals = json!({"process": "poisson", "rate_rps": 200, "sessions": 100});
    let it = apart(4, arrivals, json!({"layer": 4, "algorithm": "round_robin"}), faults);
    let engine = engine_at(&it, 30.0);
    let until = engine.core().record.nodes[2].counts.arrivals;
    let it = report(&it);
    assert!((900..1100).contains(&until), "a quarter of 20 s: {until}");
    let after = it.nodes["app0"][&ARRIVALS] - until;
    let length_s = it.duration_s - 30.0;
    assert!((after as f64 / (50.0 * length_s) - 1.0).abs() < 0.1, "a quarter again: {after} in {length_s} s");
    // Each of the 25 broken connections is opened anew until it hits a live one: at the first try
    // three of four times.
    assert!((3..20).contains(&it.requests.failures.unreachable), "{}", it.requests.failures.unreachable);
}

#[test]
fn layer_4_refuses_policies_that_need_keys_or_operations() {
    let problems = |balancer: Value, to_app: Value| -> Vec<String> {
        let it = four(balancer, to_app, json!({}), json!([]));
        compile(&it).problems.iter().map(|problem| problem.path()).collect()
    };
    let layer4 = json!({"layer": 4, "algorithm": "random"});
    assert!(problems(layer4.clone(), json!({"operations": ["get"]})).is_empty(), "all there are");
    assert_eq!(problems(json!({"layer": 4, "algorithm": "key_hash"}), json!({})), ["nodes.lb.params.algorithm"]);
    assert_eq!(problems(json!({"layer": 5}), json!({})), ["nodes.lb.params.layer"]);
    assert!(problems(layer4, json!({"operations": []})).contains(&"nodes.lb.params.layer".to_owned()));
}

#[test]
fn keys_and_sessions_stay_with_one_backend() {
    // Each replica remembers what it was asked: a cache of its own behind each.
    let hit_ratio = |algorithm: &str| {
        let users = json!({
            "arrivals": {"process": "poisson", "rate_rps": 500},
            "operations": [{"name": "get", "keys": {"count": 1000, "zipf": 0}}]
        });
        let mut nodes =
            vec![node("users", "client", users), node("lb", "load_balancer", json!({"algorithm": algorithm}))];
        let mut links = vec![link("users", "lb", json!({}))];
        for at in 0..4 {
            let (cache, db) = (format!("cache{at}"), format!("db{at}"));
            nodes.push(node(&cache, "cache", json!({"capacity_entries": 250, "workers": null})));
            nodes.push(node(&db, "database", json!({"workers": null, "max_connections": null})));
            links.push(link("lb", &cache, json!({})));
            links.push(link(&cache, &db, json!({})));
        }
        let it = report(&drawing(&nodes, &links, json!([]), 100.0, 20.0));
        (0..4).map(|at| it.nodes[&format!("cache{at}")][&HIT_RATIO]).sum::<f64>() / 4.0
    };
    assert!((hit_ratio("round_robin") - 0.25).abs() < 0.03, "each holds a quarter of all keys");
    assert!(hit_ratio("key_hash") > 0.9, "each holds its own keys");
    // Sessions: of ten, each stays with one backend, whatever the others do.
    let arrivals = json!({"process": "poisson", "rate_rps": 200, "sessions": 10});
    let sticky = shares(&apart(4, arrivals, json!({"algorithm": "sticky"}), json!([])));
    for (share, expected) in sticky.iter().zip([0.3, 0.3, 0.2, 0.2]) {
        assert!((share - expected).abs() < 0.02, "{sticky:?}");
    }
}

#[test]
fn sessions_are_drawn_only_where_they_are_used_and_change_no_other_stream() {
    let with = |algorithm: &str, sessions: u32| {
        let arrivals = json!({"process": "poisson", "rate_rps": 200, "sessions": sessions});
        report(&apart(4, arrivals, json!({"algorithm": algorithm}), json!([])))
    };
    assert_eq!(with("random", 1000).digest, with("random", 7).digest);
    assert_ne!(with("sticky", 1000).digest, with("sticky", 7).digest);
    assert_eq!(with("sticky", 1000).requests.offered, with("random", 7).requests.offered);
}

#[test]
fn least_latency_avoids_a_slow_backend() {
    let share = |algorithm: &str, faults: Value| {
        let arrivals = json!({"process": "poisson", "rate_rps": 100});
        let it = report(&apart(4, arrivals, json!({"algorithm": algorithm}), faults));
        it.nodes["app2"][&ARRIVALS] as f64 / it.requests.offered as f64
    };
    let slow = json!([{"fault": "slow", "target": "app2", "factor": 10, "start_s": 0, "duration_s": null}]);
    assert!((share("random", slow.clone()) - 0.25).abs() < 0.01);
    let avoided = share("least_latency", slow.clone());
    assert!(avoided < 0.08, "{avoided}");
    assert!(share("power_of_two", slow) > 1.3 * avoided);
    assert!((share("least_latency", json!([])) - 0.25).abs() < 0.05);
}

#[test]
fn a_fault_can_slow_one_replica_or_make_it_fail() {
    let service = json!({"workers": null, "service": {"dist": "constant", "ms": 10}});
    let slow = json!([{"fault": "slow", "target": "app#2", "factor": 10, "start_s": 0, "duration_s": 90}]);
    let it = report(&four(json!({"algorithm": "round_robin"}), json!({}), service.clone(), slow));
    assert!((it.latency_ms.mean.unwrap() - (0.5 * (3.0 * 10.0 + 100.0) / 4.0 + 0.5 * 10.0)).abs() < 0.3);
    let errors = json!([{"fault": "errors", "target": "app#4", "ratio": 1, "start_s": 0, "duration_s": null}]);
    let it = report(&four(json!({"algorithm": "round_robin"}), json!({}), service, errors));
    assert!((it.requests.failures.error as f64 - it.requests.offered as f64 / 4.0).abs() < 2.0);
}

#[test]
fn retries_and_hedges_go_to_another_backend() {
    let dead = json!([{"fault": "crash", "target": "app#1", "start_s": 0, "duration_s": null}]);
    let slow = json!([{"fault": "slow", "target": "app#1", "factor": 1000, "start_s": 0, "duration_s": null}]);
    let two = json!({"replicas": 2, "workers": null, "service": {"dist": "constant", "ms": 10}});
    for algorithm in ALGORITHMS {
        let balancer = json!({"algorithm": algorithm});
        let retries = json!({"retries": {"max": 1, "backoff": {"base_ms": 1}}});
        let it = report(&four(balancer.clone(), retries, two.clone(), dead.clone()));
        let (failed, hedged) = (it.requests.failed, json!({"hedge": {"after_ms": 20}}));
        let it = report(&four(balancer, hedged, two.clone(), slow.clone()));
        let slowest = it.latency_ms.max.unwrap();
        if algorithm == "sticky" {
            // A session has nowhere else to go.
            assert!(failed > 1000 && slowest > 9_999.0, "{failed}, {slowest}");
        } else {
            assert!(failed == 0 && slowest < 31.0, "{algorithm}: {failed} failed, {slowest} ms");
        }
    }
    // Without a load balancer replicas take turns, for hedges too.
    let mut it = four(json!({}), json!({}), two, slow);
    it.nodes.remove(1);
    it.links.remove(1);
    it.links[0].to = "app".to_owned();
    it.links[0].params.insert("hedge".to_owned(), json!({"after_ms": 20}));
    assert!(report(&it).latency_ms.max.unwrap() < 31.0);
}

#[test]
fn a_call_waiting_before_a_retry_is_not_counted_as_load() {
    // Both replicas fail every request; with a long pause nothing is under way most of the time.
    let retries = json!({"retries": {"max": 1, "backoff": {"base_ms": 10000, "cap_ms": 10000, "jitter": "none"}}});
    let errors = json!([{"fault": "errors", "target": "app#1", "ratio": 1, "start_s": 0, "duration_s": null}]);
    let two = json!({"replicas": 2, "workers": null, "service": {"dist": "constant", "ms": 1}});
    let it = report(&four(json!({"algorithm": "least_connections"}), retries, two, errors));
    // Calls that pause count nowhere: the failing replica goes on getting half of the first
    // attempts, and the other one all of the second.
    let share = it.links["lb-app"][&RETRIES] as f64 / it.links["lb-app"][&CALLS] as f64;
    assert!((0.4..0.55).contains(&share), "{share}");
}

#[test]
fn a_hundred_replicas_under_power_of_two_choices_wait_as_long_as_published() {
    let it = drawing(
        &[
            poisson("users", 8000.0),
            node("lb", "load_balancer", json!({"algorithm": "power_of_two"})),
            node("app", "app", json!({"replicas": 100, "workers": 1})),
        ],
        &[link("users", "lb", json!({})), link("lb", "app", json!({}))],
        json!([]),
        130.0,
        30.0,
    );
    assert_theory("power of two", &it, 3, 19.6, 0.008, |r| r.latency_ms.mean.unwrap());
}

/// Where calls wait for a pool, backends get the same shares as without one.
#[test]
fn pools_do_not_change_the_shares_of_backends() {
    for algorithm in ALGORITHMS.into_iter().filter(|it| !matches!(*it, "key_hash" | "sticky")) {
        for pool in [
            json!({}),
            json!({"max_in_flight": 2}),
            json!({"max_in_flight": 4}),
            json!({"max_in_flight_per_replica": 1}),
            json!({"max_in_flight": 3, "max_in_flight_per_replica": 2}),
        ] {
            let work = json!({"workers": 1, "service": {"dist": "exponential", "mean_ms": 8}});
            let it = report(&four(json!({"algorithm": algorithm}), pool.clone(), work, json!([])));
            let processes = it.nodes["app"][&headroom::record::node_metrics::REPLICAS].clone();
            let arrivals: Vec<u64> = processes.iter().map(|process| process[&ARRIVALS]).collect();
            let all: u64 = arrivals.iter().sum();
            let share = |it: &u64| *it as f64 / all as f64;
            // One that looks at latencies prefers for a while what was fast.
            let tolerance = if algorithm == "least_latency" { 0.06 } else { 0.02 };
            let is_even = arrivals.iter().map(share).all(|share| (share - 0.25).abs() < tolerance);
            assert!(is_even, "{algorithm}, {pool}: {arrivals:?}");
        }
    }
}

/// Where calls wait for pools, the links of a weighted balancer get their weights as far as they can.
#[test]
fn pools_do_not_change_the_weights_of_links() {
    let app = || json!({"replicas": 2, "workers": 8, "service": {"dist": "exponential", "mean_ms": 10}});
    let to = |name: &str, weight: u32| link("lb", name, json!({"weight": weight, "max_in_flight": 6}));
    let design = drawing(
        &[
            poisson("users", 300.0),
            node("lb", "load_balancer", json!({"algorithm": "weighted"})),
            node("a", "app", app()),
            node("b", "app", app()),
        ],
        &[link("users", "lb", json!({})), to("a", 3), to("b", 1)],
        json!([]),
        120.0,
        0.0,
    );
    let it = report(&design);
    let [a, b] = ["a", "b"].map(|name| it.nodes[name][&ARRIVALS] as f64);
    assert!((a / (a + b) - 0.75).abs() < 0.03, "{a} and {b}");
}
