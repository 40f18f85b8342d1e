//! Replicas that come and go: autoscaling, draining, rolling deploys.

use crate::simulate::{document, drawing, engine_at, link, node, poisson, report, run, scenario};
use headroom::kinds::queue::metrics::{BACKLOG, BACKLOG_MAX, DRAIN_S, REDELIVERED};
use headroom::model::{Document, Severity};
use headroom::record::ReplicaState;
use headroom::record::node_metrics::{REPLICAS_MEAN, UTILIZATION};
use headroom::report::Report;
use headroom::report::snapshot::snapshot;
use headroom::scenario::compile;
use serde_json::{Value, json};

/// A client whose rate follows a profile, and an app of four workers a replica, 10 ms each: 100 a
/// second is 0.25 of a replica.
fn scaled(profile: Value, autoscale: Value, app: Value, faults: Value, duration_s: f64) -> Document {
    let mut params = json!({
        "replicas": 2, "workers": 4, "service": {"dist": "exponential", "mean_ms": 10}, "startup_s": 20,
        "autoscale": autoscale
    });
    app.as_object().expect("an object").iter().for_each(|(key, value)| params[key] = value.clone());
    drawing(
        &[
            node("users", "client", json!({"arrivals": {"process": "poisson", "rate_rps": 100}, "profile": profile})),
            node("app", "app", params),
        ],
        &[link("users", "app", json!({}))],
        faults,
        duration_s,
        0.0,
    )
}

/// The mean number of replicas from one time to another.
fn replicas(report: &Report, from_s: f64, to_s: f64) -> f64 {
    let bins = report.series.time_s.iter().zip(&report.series.nodes["app"].replicas);
    let within: Vec<f64> = bins.filter(|(t, _)| **t > from_s && **t <= to_s).map(|(_, n)| *n).collect();
    within.iter().sum::<f64>() / within.len() as f64
}

#[test]
fn replicas_follow_the_load_with_a_lag_and_return() {
    // 4 replicas' worth of work from 60 s to 360 s, 0.375 before and after.
    let profile = json!([[0, 1.5], [60, 1.5], [60, 16], [360, 16], [360, 1.5]]);
    let autoscale = json!({"min": 1, "max": 10, "target": 0.5, "interval_s": 15, "cooldown_s": 60});
    let it = scaled(profile, autoscale, json!({"replicas": 1}), json!([]), 600.0);
    let (engine, report) = run(&it);
    assert!((replicas(&report, 30.0, 60.0) - 1.0).abs() < 0.05, "0.375 of a replica at a target of 0.5");
    // The look at 75 s sees one full replica and asks for two, which come up 20 s later: until
    // then there is what there was.
    assert!((replicas(&report, 60.0, 95.0) - 1.0).abs() < 0.05, "{}", replicas(&report, 60.0, 95.0));
    assert!(replicas(&report, 100.0, 105.0) > 1.9);
    // 4 replicas' worth at a target of 0.5.
    let settled = replicas(&report, 260.0, 360.0);
    assert!((8.0..=10.0).contains(&settled), "{settled}");
    // The load leaves at 360 s; what was wanted stays wanted for 60 s.
    assert!((replicas(&report, 365.0, 415.0) - settled).abs() < 0.7, "{}", replicas(&report, 365.0, 415.0));
    assert!((replicas(&report, 460.0, 600.0) - 1.0).abs() < 0.1, "{}", replicas(&report, 460.0, 600.0));
    assert_eq!(report.requests.failed, 0, "scaling in loses nothing");
    let app = &report.nodes["app"];
    let mean = report.series.nodes["app"].replicas.iter().sum::<f64>() / 600.0;
    assert!((app[&REPLICAS_MEAN] - mean).abs() < 1e-6, "{} {mean}", app[&REPLICAS_MEAN]);
    let states = snapshot(&engine, &it, 0).nodes[1].replicas.iter().map(|it| it.state).collect::<Vec<_>>();
    assert_eq!(states.len(), 10);
    assert_eq!(states.iter().filter(|it| **it == ReplicaState::Absent).count(), 9, "{states:?}");
}

#[test]
fn utilization_is_relative_to_the_running_workers() {
    // Steady: 2 replicas' worth, whatever the maximum.
    let autoscale = json!({"min": 1, "max": 50, "target": 0.5, "interval_s": 10});
    let it = scaled(json!([[0, 8]]), autoscale, json!({"replicas": 4, "startup_s": 1}), json!([]), 600.0);
    let report = report(&it);
    let app = &report.nodes["app"];
    assert!((app[&REPLICAS_MEAN] - 4.0).abs() < 0.3, "{}", app[&REPLICAS_MEAN]);
    assert!((app[&UTILIZATION] - 0.5).abs() < 0.04, "{:?}", app.get(&UTILIZATION));
}

#[test]
fn starting_replicas_count_as_idle_and_growth_is_limited() {
    // Hopelessly full from the start: 1 → 2 (1 × 1 ÷ 0.5), and 4 more a look at most; the ones
    // that are still starting do not make the rule ask for more.
    let autoscale = json!({"min": 1, "max": 100, "target": 0.01, "interval_s": 10});
    let it = scaled(json!([[0, 40]]), autoscale, json!({"replicas": 1, "startup_s": 25}), json!([]), 40.0);
    let present = |at: f64| {
        let engine = engine_at(&it, at);
        let all = snapshot(&engine, &it, 0).nodes[1].replicas.clone();
        [ReplicaState::Serving, ReplicaState::Starting].map(|s| all.iter().filter(|it| it.state == s).count())
    };
    assert_eq!(present(5.0), [1, 0]);
    assert_eq!(present(11.0), [1, 4]);
    assert_eq!(present(21.0), [1, 9]);
    assert_eq!(present(31.0), [1, 19], "from 4 on it doubles");
    assert_eq!(present(36.0), [5, 15]);
    let calm = json!({"min": 1, "max": 100, "target": 0.5, "interval_s": 10});
    let it = scaled(json!([[0, 40]]), calm, json!({"replicas": 1, "startup_s": 25}), json!([]), 40.0);
    let engine = engine_at(&it, 34.0);
    let all = &snapshot(&engine, &it, 0).nodes[1].replicas;
    assert_eq!(all.iter().filter(|it| it.state == ReplicaState::Starting).count(), 1, "one full one needs one more");
}

#[test]
fn consumers_scale_by_the_backlog_of_their_queue() {
    let it = |autoscale: Value| {
        drawing(
            &[
                node(
                    "users",
                    "client",
                    json!({"arrivals": {"process": "poisson", "rate_rps": 100}, "operations": [{"name": "job", "access": "write"}]}),
                ),
                node("jobs", "queue", json!({})),
                node(
                    "app",
                    "app",
                    json!({"replicas": 1, "workers": 2, "startup_s": 5, "service": {"dist": "exponential", "mean_ms": 100}, "autoscale": autoscale}),
                ),
            ],
            &[link("users", "jobs", json!({})), link("jobs", "app", json!({}))],
            json!([]),
            300.0,
            150.0,
        )
    };
    let grows = report(&it(Value::Null));
    assert!(grows.nodes["jobs"][&BACKLOG] > 20_000);
    assert_eq!(grows.nodes["jobs"].get(&DRAIN_S), None, "it never drains");
    let scaled =
        report(&it(json!({"min": 1, "max": 20, "metric": "queue", "target": 10, "interval_s": 5, "cooldown_s": 300})));
    assert!(scaled.nodes["jobs"][&BACKLOG_MAX] < 50, "{:?}", scaled.nodes["jobs"]);
    assert!(scaled.nodes["app"][&REPLICAS_MEAN] > 5.0, "100 a second of 20 each");
    assert_eq!(
        scaled.nodes["jobs"].get(&REDELIVERED),
        Some(0),
        "nobody hands a message to a replica that is not there"
    );
}

/// Four replicas of two workers at 60 % load, without a load balancer.
fn deployed(faults: Value, service: Value) -> Document {
    drawing(
        &[
            poisson("users", 48.0),
            node("app", "app", json!({"replicas": 4, "workers": 2, "service": service, "startup_s": 5})),
        ],
        &[link("users", "app", json!({"latency": {"dist": "constant", "ms": 1}}))],
        faults,
        120.0,
        0.0,
    )
}

#[test]
fn a_graceful_deploy_loses_no_requests_and_another_loses_those_in_service() {
    let exponential = json!({"dist": "exponential", "mean_ms": 100});
    let deploy = |graceful: bool| {
        let fault = json!([{"fault": "deploy", "target": "app", "graceful": graceful, "start_s": 20}]);
        run(&deployed(fault, exponential.clone()))
    };
    let (engine, drained) = deploy(true);
    assert_eq!(drained.requests.failed, 0, "{:?}", drained.requests);
    assert_eq!(drained.requests.offered, drained.requests.completed + drained.requests.in_flight);
    // One of four is away for its drain and 5 s of start, four times.
    let away: f64 = drained.series.nodes["app"].replicas.iter().map(|n| 4.0 - n).sum();
    assert!((away - 20.0).abs() < 0.1, "{away}");
    let gone: Vec<f64> = drained.series.nodes["app"]
        .replicas
        .iter()
        .enumerate()
        .filter(|(_, n)| **n < 3.99)
        .map(|(i, _)| i as f64)
        .collect();
    assert!(gone[0] >= 20.0 && *gone.last().expect("some") < 45.0, "{gone:?}");
    assert!(drained.series.nodes["app"].replicas.iter().all(|n| *n > 2.99), "never two at a time");
    assert!((0..4).all(|replica| engine.core().station_states[1].is_in_rotation(replica)), "all are back");

    let (_, killed) = deploy(false);
    // About 1.2 requests in work (and some waiting) at each of four kills.
    assert!((2..=40).contains(&killed.requests.failures.unreachable), "{:?}", killed.requests);
    assert_eq!(killed.requests.failures.unreachable, killed.requests.failed);
}

#[test]
fn draining_is_limited_in_time() {
    // Work of 10 s and a drain of 2 s: what is in work at the end of it is lost.
    let it = deployed(
        json!([{"fault": "deploy", "target": "app", "drain_s": 2, "start_s": 60}]),
        json!({"dist": "constant", "ms": 10_000}),
    );
    let report = report(&it);
    assert!(report.requests.failures.unreachable >= 8, "two in work at each: {:?}", report.requests.failures);
    let first = engine_at(&it, 61.0);
    let states: Vec<ReplicaState> = snapshot(&first, &it, 0).nodes[1].replicas.iter().map(|it| it.state).collect();
    assert_eq!(states[0], ReplicaState::Draining);
    assert_eq!(states[1..], [ReplicaState::Serving; 3]);
    let then = engine_at(&it, 63.0);
    assert_eq!(snapshot(&then, &it, 0).nodes[1].replicas[0].state, ReplicaState::Starting);
    assert!(!snapshot(&then, &it, 0).nodes[1].replicas[0].up);
}

#[test]
fn a_deploy_of_two_replicas_at_a_time_takes_half_as_long() {
    let away = |max_unavailable: u32| {
        let it = deployed(
            json!([{"fault": "deploy", "target": "app", "max_unavailable": max_unavailable, "start_s": 20}]),
            json!({"dist": "constant", "ms": 20}),
        );
        let report = report(&it);
        assert_eq!(report.requests.failed, 0);
        let series = &report.series.nodes["app"].replicas;
        let least = series.iter().copied().fold(f64::INFINITY, f64::min);
        (series.iter().filter(|n| **n < 3.99).count(), least)
    };
    let (one, two) = (away(1), away(2));
    assert!((20..=22).contains(&one.0) && (one.1 - 3.0).abs() < 0.05, "{one:?}");
    assert!((10..=12).contains(&two.0) && (two.1 - 2.0).abs() < 0.05, "{two:?}");
}

#[test]
fn crashes_deploys_and_scaling_work_together() {
    let profile = json!([[0, 4], [40, 4], [40, 20], [80, 20], [80, 2], [150, 2], [150, 0]]);
    let autoscale = json!({"min": 2, "max": 8, "target": 0.6, "interval_s": 2, "cooldown_s": 5});
    for faults in [
        json!([{"fault": "deploy", "target": "app", "start_s": 41}, {"fault": "crash", "target": "app#1", "start_s": 43, "duration_s": 30}]),
        json!([{"fault": "deploy", "target": "app", "start_s": 79}, {"fault": "deploy", "target": "app", "graceful": false, "start_s": 82}]),
        json!([{"fault": "crash", "target": "app", "start_s": 81, "duration_s": 10}, {"fault": "deploy", "target": "app", "start_s": 85, "max_unavailable": 3}]),
        json!([{"fault": "pause", "target": "app", "start_s": 81, "duration_s": 10}, {"fault": "deploy", "target": "app", "drain_s": 1, "start_s": 80}]),
        json!([{"fault": "partition", "links": ["users-app"], "start_s": 78, "duration_s": 20}]),
    ] {
        let it = scaled(profile.clone(), autoscale.clone(), json!({"startup_s": 3}), faults.clone(), 400.0);
        let (engine, report) = run(&it);
        if let Err(left) = engine.check_at_rest() {
            panic!("{faults}: {left}");
        }
        let node = &engine.core().record.nodes[1];
        assert_eq!(node.replicas.level(), 2, "{faults}");
        assert_eq!(node.workers.level(), 8, "{faults}");
        assert_eq!(engine.core().station_states[1].rotation, [0, 1], "{faults}");
        assert!(report.requests.completed > 50_000, "{faults}");
    }
}

/// The same diagram with a load balancer before the app.
fn balanced(it: &Document, params: Value) -> Document {
    let mut value = serde_json::to_value(it).expect("a document is JSON");
    value["nodes"].as_array_mut().expect("nodes").push(node("lb", "load_balancer", params));
    let before = link("users", "lb", json!({"latency": {"dist": "constant", "ms": 1}}));
    let behind = link("lb", "app", json!({"latency": {"dist": "constant", "ms": 1}}));
    value["links"] = json!([before, behind]);
    document(value)
}

#[test]
fn replicas_behind_a_load_balancer_are_added_and_removed_without_a_lost_request() {
    let checks = json!({"interval_ms": 1000, "timeout_ms": 500, "unhealthy_after": 3, "healthy_after": 2});
    for balancer in [
        json!({"algorithm": "round_robin", "health_check": checks}),
        json!({"algorithm": "least_connections"}),
        json!({"algorithm": "round_robin", "layer": 4, "health_check": checks}),
    ] {
        // Deployed one by one: one of four is away at a time, and the others carry its load.
        let exponential = json!({"dist": "exponential", "mean_ms": 100});
        let deploy = json!([{"fault": "deploy", "target": "app", "start_s": 20}]);
        let (engine, report) = run(&balanced(&deployed(deploy, exponential), balancer.clone()));
        assert_eq!(report.requests.failed, 0, "{balancer}: {:?}", report.requests);
        let app = &report.series.nodes["app"].replicas;
        let away: f64 = app.iter().map(|n| 4.0 - n).sum();
        assert!((19.9..24.0).contains(&away), "{balancer}: {away}");
        assert!(app.iter().all(|n| *n > 2.99), "{balancer}: never two at a time");
        engine.check_books().unwrap_or_else(|wrong| panic!("{balancer}: {wrong}"));

        // Scaled out for a load of four replicas and back in again; connections of layer 4 stay
        // where they are, so new replicas would not help.
        if balancer["layer"] == 4 {
            continue;
        }
        let profile = json!([[0, 1.5], [60, 1.5], [60, 16], [360, 16], [360, 1.5]]);
        let autoscale = json!({"min": 1, "max": 10, "target": 0.5, "interval_s": 15, "cooldown_s": 60});
        let (_, report) =
            run(&balanced(&scaled(profile, autoscale, json!({"replicas": 1}), json!([]), 600.0), balancer.clone()));
        let settled = replicas(&report, 260.0, 360.0);
        assert!((7.0..=10.0).contains(&settled), "{balancer}: {settled}");
        assert!((replicas(&report, 500.0, 600.0) - 1.0).abs() < 0.2, "{balancer}");
        assert_eq!(report.requests.failed, 0, "{balancer}: {:?}", report.requests);
    }
}

#[test]
fn wrong_scaling_settings_are_problems() {
    let sentences = |it: &Document| compile(it).problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    let with = |autoscale: Value, app: Value| sentences(&scaled(json!([]), autoscale, app, json!([]), 10.0));
    assert!(with(json!({"min": 3, "max": 2}), json!({}))[0].starts_with("nodes.app.params.autoscale.min"));
    assert!(with(json!({"target": 70}), json!({}))[0].starts_with("nodes.app.params.autoscale.target"));
    assert!(with(json!({}), json!({"workers": null}))[0].starts_with("nodes.app.params.autoscale.metric"));
    assert!(with(json!({"metric": "queue", "target": 70}), json!({"workers": null})).is_empty());
    let deploy = |target: &str, duration: Value| {
        scaled(
            json!([]),
            Value::Null,
            json!({}),
            json!([{"fault": "deploy", "target": target, "start_s": 1, "duration_s": duration}]),
            10.0,
        )
    };
    let it = deploy("app", json!(5));
    assert!(sentences(&it)[0].contains("means nothing"));
    assert_eq!(compile(&it).problems[0].severity, Severity::Warning);
    assert_eq!(report(&it).digest, report(&deploy("app", Value::Null)).digest);
    assert!(sentences(&deploy("users", Value::Null))[0].contains("does not apply"));
    assert!(sentences(&deploy("app#1", Value::Null))[0].contains("as a whole"));
    // The maximum is what can be crashed.
    let it = scaled(
        json!([]),
        json!({"max": 7}),
        json!({}),
        json!([{"fault": "crash", "target": "app#7", "start_s": 1}]),
        10.0,
    );
    assert_eq!(scenario(&it).into_plan().fault_changes.len(), 1);
}
