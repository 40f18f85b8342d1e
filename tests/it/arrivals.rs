//! How requests arrive: bursts, profiles, crowds.

use crate::simulate::{drawing, engine_at, link, node, report, scenario};
use headroom::model::Document;
use headroom::scenario::compile;
use headroom::time::from_s;
use serde_json::{Value, json};

fn client(params: Value, service: Value, faults: Value, duration_s: f64) -> Document {
    drawing(
        &[node("users", "client", params), node("app", "app", json!({"workers": null, "service": service}))],
        &[link("users", "app", json!({}))],
        faults,
        duration_s,
        0.0,
    )
}

fn instant() -> Value {
    json!({"dist": "constant", "ms": 0})
}

/// Arrivals in each window of so many seconds.
fn counts(it: &Document, window_s: f64) -> Vec<f64> {
    let mut engine = scenario(it).engine();
    let mut before = 0;
    let mut counts = Vec::new();
    while !engine.is_finished() {
        let until = engine.now() + from_s(window_s);
        engine.advance(until, u64::MAX / 2);
        let offered = engine.core().record.requests.offered;
        counts.push((offered - before) as f64);
        before = offered;
    }
    counts
}

fn mean_and_dispersion(counts: &[f64]) -> (f64, f64) {
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / (counts.len() - 1) as f64;
    (mean, variance / mean)
}

/// Index of dispersion of the counts of a two-state Markov-modulated Poisson process in windows of
/// `t`: 1 + 2 (λ₁ − λ₂)² π₁ π₂ / (λ̄ r) · (1 − (1 − e^(−r t)) / (r t)), r the sum of the two rates of
/// change (Heffes and Lucantoni 1986).
fn dispersion(rates: [f64; 2], means_s: [f64; 2], t: f64) -> f64 {
    let share = means_s[1] / (means_s[0] + means_s[1]);
    let mean = rates[0] * (1.0 - share) + rates[1] * share;
    let r = 1.0 / means_s[0] + 1.0 / means_s[1];
    let square = (rates[0] - rates[1]) * (rates[0] - rates[1]) * share * (1.0 - share);
    1.0 + 2.0 * square / (mean * r) * (1.0 - (1.0 - (-r * t).exp()) / (r * t))
}

#[test]
fn bursts_match_a_markov_modulated_poisson_process() {
    let arrivals =
        json!({"process": "bursty", "rate_rps": 20, "burst_factor": 5, "burst_fraction": 0.1, "burst_mean_s": 2});
    let it = client(json!({"arrivals": arrivals}), instant(), json!([]), 60_000.0);
    // In bursts 100 /s for 2 s, between them 11.1 /s for 18 s.
    for window_s in [1.0, 10.0] {
        let (mean, varies) = mean_and_dispersion(&counts(&it, window_s));
        assert!((mean / window_s / 20.0 - 1.0).abs() < 0.05, "{mean}");
        let theory = dispersion([100.0 / 9.0, 100.0], [18.0, 2.0], window_s);
        assert!((varies / theory - 1.0).abs() < 0.08, "in {window_s} s: {varies}, theory {theory}");
        assert!(varies > 10.0);
    }
    // With nothing between bursts the time in them can be seen.
    let arrivals =
        json!({"process": "bursty", "rate_rps": 100, "burst_factor": 4, "burst_fraction": 0.25, "burst_mean_s": 20});
    let all = counts(&client(json!({"arrivals": arrivals}), instant(), json!([]), 40_000.0), 0.5);
    let busy = all.iter().filter(|n| **n > 0.0).count() as f64 / all.len() as f64;
    // Half a window more at each end of a burst of 20 s on average.
    assert!((busy - 0.25 * 20.5 / 20.0).abs() < 0.025, "{busy}");
    let plain =
        counts(&client(json!({"arrivals": {"process": "poisson", "rate_rps": 20}}), instant(), json!([]), 5000.0), 1.0);
    assert!((mean_and_dispersion(&plain).1 - 1.0).abs() < 0.1);
}

#[test]
fn bursts_follow_the_profile_and_traffic_faults_and_impossible_ones_are_refused() {
    let arrivals = json!({"process": "bursty", "rate_rps": 200, "burst_mean_s": 0.05, "burst_factor": 2});
    let params = json!({"arrivals": arrivals, "profile": [[0, 1], [100, 3], [100, 1]]});
    let faults = json!([{"fault": "traffic", "target": "users", "factor": 2, "start_s": 200, "duration_s": 100}]);
    let all = counts(&client(params, instant(), faults, 400.0), 100.0);
    for (count, expected) in all.iter().zip([40_000.0, 20_000.0, 40_000.0, 20_000.0]) {
        assert!((count / expected - 1.0).abs() < 0.03, "{all:?}");
    }
    let arrivals = json!({"process": "bursty", "rate_rps": 20, "burst_factor": 12, "burst_fraction": 0.1});
    let wrong = compile(&client(json!({"arrivals": arrivals}), instant(), json!([]), 10.0));
    let paths: Vec<String> = wrong.problems.iter().map(|problem| problem.path()).collect();
    assert_eq!(paths, ["nodes.users.params.arrivals.burst_factor"]);
}

#[test]
fn constant_arrivals_have_the_exact_count_under_profiles_and_faults() {
    let params = json!({"arrivals": {"process": "constant", "rate_rps": 100}, "profile": [[10, 1], [20, 3], [30, 3], [30, 0], [40, 0], [40, 2]]});
    let faults = json!([
        {"fault": "traffic", "target": "users", "factor": 2, "start_s": 15, "duration_s": 20},
        {"fault": "traffic", "target": "users", "factor": 0, "start_s": 50, "duration_s": 5},
        {"fault": "traffic", "target": "users", "factor": 0.5, "start_s": 52, "duration_s": 10}
    ]);
    let all = counts(&client(params, instant(), faults, 70.0), 5.0);
    // 100/s; then from 1 to 3 times it in 10 s; doubled from 15 s; none from 30 to 40 s; 200/s,
    // none from 50 to 55 s, half of it to 62 s.
    let expected = [500.0, 500.0, 750.0, 2500.0, 3000.0, 3000.0, 0.0, 0.0, 1000.0, 1000.0, 0.0, 500.0, 800.0, 1000.0];
    for (at, (count, expected)) in all.iter().zip(expected).enumerate() {
        assert!((count - expected).abs() <= 1.0, "from {} s: {count}, not {expected}", at * 5);
    }
    assert!((all.iter().sum::<f64>() - expected.iter().sum::<f64>()).abs() <= 1.0);
}

#[test]
fn closed_users_follow_their_profile() {
    // Nobody thinks: all users who are there are in the system.
    let think = json!({"dist": "constant", "ms": 0});
    let arrivals = json!({"process": "closed", "users": 10, "think": think});
    let profile = json!([[0, 1], [10, 3], [20, 3], [20, 1], [30, 0], [40, 0], [40, 2]]);
    let faults = json!([
        {"fault": "traffic", "target": "users", "factor": 2, "start_s": 12, "duration_s": 3},
        {"fault": "traffic", "target": "users", "factor": 0.5, "start_s": 45, "duration_s": 3}
    ]);
    let service = json!({"dist": "uniform", "min_ms": 5, "max_ms": 15});
    let it = client(json!({"arrivals": arrivals, "profile": profile}), service, faults, 60.0);
    for (at, users) in [
        (0.1, 10),
        (2.45, 15),
        (2.55, 15),
        (4.99, 20),
        (7.2, 24),
        (7.3, 25),
        (11.0, 30),
        (12.1, 60),
        (14.9, 60),
        (15.1, 30),
        (19.9, 30),
        (20.1, 10),
        (23.6, 6),
        (29.4, 1),
        (29.6, 0),
        (35.0, 0),
        (40.1, 20),
        (44.0, 20),
        (45.1, 10),
        (48.1, 20),
    ] {
        let level = engine_at(&it, at).core().record.nodes[0].in_system.level();
        assert_eq!(level, users, "at {at} s");
    }
    let ends = json!([[0, 1], [30, 1], [30, 0]]);
    let arrivals = json!({"process": "closed", "users": 50, "think": {"dist": "exponential", "mean_ms": 500}});
    let it = client(
        json!({"arrivals": arrivals, "profile": ends}),
        json!({"dist": "exponential", "mean_ms": 20}),
        json!([]),
        60.0,
    );
    let (engine, done) = crate::simulate::run(&it);
    engine.check_at_rest().expect("all have left");
    assert!(done.series.throughput_rps[35..].iter().all(|rate| *rate == 0.0));
    assert!((done.series.throughput_rps[5..30].iter().sum::<f64>() / 25.0 / (50.0 / 0.52) - 1.0).abs() < 0.05);
}

#[test]
fn the_number_of_closed_users_is_limited() {
    let arrivals = json!({"process": "closed", "users": 200_000});
    let it = client(json!({"arrivals": arrivals, "profile": [[0, 1], [1, 2]]}), instant(), json!([]), 1.0);
    let paths: Vec<String> = compile(&it).problems.iter().map(|problem| problem.path()).collect();
    assert_eq!(paths, ["nodes.users.params.profile"]);
    // A thousand users think until 1 s; the others, who come at 0.5 s, until 1.5 s.
    let fault = json!([{"fault": "traffic", "target": "users", "factor": 1000, "start_s": 0.5, "duration_s": null}]);
    let think = json!({"dist": "uniform", "min_ms": 990, "max_ms": 1010});
    let arrivals = json!({"process": "closed", "users": 1000, "think": think});
    let it = client(json!({"arrivals": arrivals}), instant(), fault, 1.9);
    assert_eq!(report(&it).requests.offered, 250_000, "the fault asks for a million");
}
