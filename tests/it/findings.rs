//! The run in bins, and what is said of it in words.

use crate::simulate::{drawing, engine_at, link, node, poisson, report};
use headroom::model::Document;
use headroom::report::FailureSeries;
use headroom::summary::snapshot;
use serde_json::{Value, json};

/// A blocking app and a database behind it, with retries: what most systems are made of.
fn shop(rate_rps: f64, retries: u32, faults: Value) -> Document {
    drawing(
        &[
            poisson("users", rate_rps),
            node("app", "app", json!({"workers": 20, "service": {"dist": "constant", "ms": 5}, "startup_s": 0})),
            node(
                "db",
                "database",
                json!({"workers": 8, "read": {"dist": "exponential", "mean_ms": 20}, "startup_s": 0}),
            ),
        ],
        &[
            link("users", "app", json!({"timeout_ms": 1000, "retries": {"max": retries}})),
            link("app", "db", json!({"timeout_ms": 500, "retries": {"max": retries}})),
        ],
        faults,
        120.0,
        0.0,
    )
}

fn reasons(series: &FailureSeries) -> [&[f64]; 6] {
    let FailureSeries { timeout, rejected, error, unreachable, breaker_open, rate_limited } = series;
    [timeout, rejected, error, unreachable, breaker_open, rate_limited]
}

#[test]
fn the_bins_add_up_to_the_report() {
    let faults = json!([
        {"fault": "crash", "target": "db", "start_s": 20, "duration_s": 10},
        {"fault": "slow", "target": "db", "factor": 10, "start_s": 60, "duration_s": 20},
    ]);
    let document = shop(200.0, 2, faults);
    let it = report(&document);
    let (series, requests, failures) = (&it.series, &it.requests, &it.requests.failures);
    let total = |rates: &[f64]| {
        assert_eq!(rates.len(), 120);
        rates.iter().sum::<f64>().round() as u64
    };
    assert_eq!(total(&series.offered_rps), requests.offered);
    assert_eq!(total(&series.throughput_rps), requests.completed);
    assert_eq!(total(&series.failed_rps), requests.failed);
    assert_eq!(total(&series.offered_rps) + total(&series.retries_rps), requests.attempts);
    assert_eq!(total(&series.goodput_rps), (it.goodput_rps * 120.0).round() as u64);
    assert_eq!(total(&series.wasted_rps), it.nodes.values().map(|node| node.wasted).sum::<u64>());
    let counted = [
        failures.timeout,
        failures.rejected,
        failures.error,
        failures.unreachable,
        failures.breaker_open,
        failures.rate_limited,
    ];
    assert_eq!(reasons(&series.failures_rps).map(total), counted);
    assert!(failures.timeout > 1000 && failures.unreachable > 100 && total(&series.wasted_rps) > 1000, "{failures:?}");
    for bin in 0..120 {
        let sum: f64 = reasons(&series.failures_rps).iter().map(|rates| rates[bin]).sum();
        assert!((sum - series.failed_rps[bin]).abs() < 1e-9);
        assert!(series.goodput_rps[bin] <= series.throughput_rps[bin]);
    }
    assert_eq!(series.failed_rps[..20].iter().sum::<f64>(), 0.0);

    // What comes with the snapshots is the same, from any bin on.
    let engine = engine_at(&document, 120.0);
    let (all, late) = (snapshot(&engine, &document, 0).bins, snapshot(&engine, &document, 70).bins);
    assert_eq!((all.from, late.from, late.time_s[0]), (0, 70, 71.0));
    assert_eq!(all.offered_rps, series.offered_rps);
    assert_eq!(all.failures_rps, series.failures_rps);
    assert_eq!(late.goodput_rps, series.goodput_rps[70..]);
    assert_eq!(late.wasted_rps, series.wasted_rps[70..]);
    assert_eq!(late.failures_rps.timeout, series.failures_rps.timeout[70..]);
    assert_eq!(late.p99_ms, series.p99_ms[70..]);
}

#[test]
fn dump() {
    let slow = json!([{"fault": "slow", "target": "db", "factor": 10, "start_s": 31, "duration_s": 10}]);
    let crash = json!([{"fault": "crash", "target": "db", "start_s": 30, "duration_s": 10}]);
    let cut = json!([{"fault": "partition", "links": ["app-db"], "start_s": 30.5, "duration_s": 10}]);
    for (what, it) in [
        ("crash", shop(100.0, 0, crash.clone())),
        ("crash retries", shop(200.0, 2, crash.clone())),
        ("slow retries", shop(200.0, 3, slow.clone())),
        ("slow", shop(200.0, 0, slow.clone())),
        (
            "slow calm",
            shop(20.0, 0, json!([{"fault": "slow", "target": "db", "factor": 1.5, "start_s": 31, "duration_s": 10}])),
        ),
        ("cut", shop(100.0, 0, cut.clone())),
        ("cut retries", shop(100.0, 3, cut)),
        ("overload", shop(500.0, 0, json!([]))),
        ("healthy", shop(100.0, 0, json!([]))),
        ("busy", shop(350.0, 0, json!([]))),
        (
            "traffic",
            shop(
                200.0,
                0,
                json!([{"fault": "traffic", "target": "users", "factor": 3, "start_s": 40, "duration_s": 20}]),
            ),
        ),
    ] {
        println!("== {what}");
        for finding in report(&it).findings {
            println!(
                "{:?}..{:?} {} {:?} {:?}: {}",
                finding.at_s, finding.until_s, finding.severity, finding.node, finding.link, finding.text
            );
        }
    }
    for sample in headroom::codec::library() {
        let (it, _) = headroom::codec::open(sample.text).unwrap();
        println!("== {}", sample.id);
        for fault in [
            json!([]),
            json!([{"fault": "crash", "target": it.nodes.last().unwrap().id, "start_s": 60, "duration_s": 10}]),
            json!([{"fault": "slow", "target": it.nodes.last().unwrap().id, "start_s": 60, "duration_s": 10}]),
        ] {
            let mut it = it.clone();
            println!("-- {fault}");
            it.faults.extend(serde_json::from_value::<Vec<_>>(fault).unwrap());
            for finding in report(&it).findings {
                println!(
                    "{:?}..{:?} {} {:?} {:?}: {}",
                    finding.at_s, finding.until_s, finding.severity, finding.node, finding.link, finding.text
                );
            }
        }
    }
}
