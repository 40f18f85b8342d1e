//! The run in bins, and what is said of it in words.

use crate::examples::{example, examples};
use crate::simulate::{drawing, engine_at, link, node, poisson, report};
use headroom::model::Document;
use headroom::record::link_metrics::BREAKER_OPENED;
use headroom::record::node_metrics::WASTED;
use headroom::record::series::FailureSeries;
use headroom::report::snapshot::snapshot;
use headroom::report::{Finding, FindingSeverity, Report};
use serde_json::{Value, json};

/// A blocking app and a database behind it, with retries: what most systems are made of.
fn shop(rate_rps: f64, retries: u32, faults: Value) -> Document {
    let document = drawing(
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
    );
    named(document)
}

/// The document with each node called by its kind.
fn named(mut document: Document) -> Document {
    for node in &mut document.nodes {
        node.name = headroom::kinds::shown_name(node);
    }
    document
}

fn reasons(series: &FailureSeries) -> [&[f64]; 6] {
    let FailureSeries { timeout, rejected, error, unreachable, breaker_open, rate_limited } = series;
    [timeout, rejected, error, unreachable, breaker_open, rate_limited]
}

#[test]
fn the_series_add_up_to_the_report() {
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
    assert_eq!(total(&series.wasted_rps), it.nodes.values().map(|node| node[&WASTED]).sum::<u64>());
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
    assert_eq!((all.from, late.from, late.series.time_s[0]), (0, 70, 71.0));
    assert_eq!(all.series.offered_rps, series.offered_rps);
    assert_eq!(all.series.failures_rps, series.failures_rps);
    assert_eq!(late.series.goodput_rps, series.goodput_rps[70..]);
    assert_eq!(late.series.wasted_rps, series.wasted_rps[70..]);
    assert_eq!(late.series.failures_rps.timeout, series.failures_rps.timeout[70..]);
    assert_eq!(late.series.p99_ms, series.p99_ms[70..]);
}

/// The findings of a run, printed should the test fail: in order of time, what has none last.
fn findings_of(document: &Document) -> (Report, Vec<Finding>) {
    let it = report(document);
    let findings = it.findings.clone();
    for finding in &findings {
        println!("{:?} {:?} {:?} {:?}: {}", finding.at_s, finding.severity, finding.node, finding.link, finding.text);
    }
    let times: Vec<f64> = findings.iter().map(|it| it.at_s.unwrap_or(f64::INFINITY)).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!((1..=8).contains(&findings.len()));
    assert!(findings.iter().all(|it| it.text.ends_with('.') && it.until_s.is_none_or(|until| Some(until) >= it.at_s)));
    (it, findings)
}

/// These words are in the story, in this order.
#[track_caller]
fn in_order(findings: &[Finding], words: &[&str]) {
    let mut from = 0;
    for words in words {
        let at = findings[from..].iter().position(|it| it.text.contains(words));
        from += at.unwrap_or_else(|| panic!("\"{words}\" is not reported after number {from}")) + 1;
    }
}

#[track_caller]
fn the<'a>(findings: &'a [Finding], words: &str) -> &'a Finding {
    findings.iter().find(|it| it.text.contains(words)).unwrap_or_else(|| panic!("\"{words}\" is not reported"))
}

/// A fault of ten seconds.
fn fault(kind: &str, start_s: f64, mut params: Value) -> Value {
    params["fault"] = json!(kind);
    params["start_s"] = json!(start_s);
    params["duration_s"] = json!(10);
    params
}

#[test]
fn a_crash_is_the_first_cause_and_its_effects_follow() {
    let (it, findings) = findings_of(&shop(100.0, 0, json!([fault("crash", 30.0, json!({"target": "db"}))])));
    in_order(
        &findings,
        &["Database crashed at 30 s for 10 s.", "found a dead process", "Goodput fell", "back at 40 s."],
    );
    assert_eq!(findings.len(), 4);
    let first = &findings[0];
    assert_eq!((first.node.as_deref(), first.at_s, first.until_s), (Some("db"), Some(30.0), Some(40.0)));
    let failed = the(&findings, "Requests failed from 30 s on");
    assert!(failed.text.contains(&format!("{} found", it.requests.failures.unreachable)), "{}", failed.text);
    let fell = the(&findings, "Goodput fell below the offered load at 30 s, down to 0 %");
    assert_eq!((fell.at_s, fell.until_s, fell.severity), (Some(30.0), Some(40.0), FindingSeverity::Warning));
    assert_eq!(it.series.goodput_rps[31..39], [0.0; 8]);
    assert!(it.series.goodput_rps[40] > 80.0);
}

#[test]
fn a_slow_database_and_retries_are_found_as_a_metastable_overload() {
    let slow = || json!([fault("slow", 31.0, json!({"target": "db", "factor": 10}))]);
    let (it, findings) = findings_of(&shop(200.0, 3, slow()));
    in_order(
        &findings,
        &[
            "Database took 10 times as long at 31 s for 10 s.",
            "Database reached 100 % at 31 s",
            "App ran out of workers at 31 s: they waited for 93 % of their time for Database, up to 500 ms an attempt",
            "Goodput fell below the offered load at 31 s, down to 0 %",
            "Requests failed",
            "The fault was over at 41 s, but goodput stayed at 0 %: the overload sustains itself.",
        ],
    );
    let app = the(&findings, "App ran out");
    assert_eq!((app.node.as_deref(), app.link.as_deref(), app.until_s), (Some("app"), Some("app-db"), Some(120.0)));
    // The same numbers are in the series.
    let queue = it.series.nodes["app"].queue.iter().copied().fold(0.0, f64::max);
    assert!(app.text.contains(&format!("up to {queue:.0} requests")), "{}", app.text);
    let attempts = |bin: usize| {
        let sum = |rates: &[f64]| rates[bin..bin + 3].iter().sum::<f64>();
        1.0 + sum(&it.series.retries_rps) / sum(&it.series.offered_rps)
    };
    let most = (31..=117).map(attempts).fold(0.0, f64::max);
    assert!(most > 3.0);
    the(&findings, &format!("up to {most:.1} attempts a request"));
    assert!(it.series.goodput_rps[60..].iter().sum::<f64>() < 60.0);

    // Without retries and with half of the traffic it recovers.
    let (it, findings) = findings_of(&shop(100.0, 0, slow()));
    in_order(&findings, &["took 10 times", "Database reached", "App ran out", "Goodput was back at"]);
    let back = the(&findings, "Goodput was back at").at_s.unwrap();
    assert!((41.0..50.0).contains(&back), "{back}");
    assert!(it.series.goodput_rps[back as usize] > 0.79 * it.series.offered_rps[back as usize]);
    assert!(!findings.iter().any(|it| it.text.contains("sustains")));
}

#[test]
fn an_app_runs_out_of_workers_behind_a_cut_link_and_in_front_of_a_crashed_database() {
    let cut = fault("partition", 30.5, json!({"links": ["app-db"]}));
    let (_, findings) = findings_of(&shop(100.0, 0, json!([cut])));
    in_order(
        &findings,
        &[
            "App → Database was cut at 30.5 s for 10 s.",
            "App ran out of workers at 30.5 s: they waited for 98 % of their time for Database, up to 500 ms a call;",
            "Goodput fell below the offered load at 30.5 s",
            "Goodput was back",
        ],
    );
    assert_eq!((findings[0].node.as_deref(), findings[0].link.as_deref()), (None, Some("app-db")));
    assert!(!findings.iter().any(|it| it.text.contains("Database reached")), "nothing reaches it");

    let crash = fault("crash", 30.0, json!({"target": "db"}));
    let (_, findings) = findings_of(&shop(200.0, 2, json!([crash])));
    in_order(&findings, &["Database crashed", "they tried Database again and again", "sustains itself"]);

    // A non-blocking app does not wait with its workers.
    let mut free = shop(100.0, 0, json!([fault("partition", 30.5, json!({"links": ["app-db"]}))]));
    free.nodes[1].params.insert("blocking".to_owned(), json!(false));
    let (_, findings) = findings_of(&free);
    in_order(&findings, &["was cut", "Goodput fell"]);
    assert!(!findings.iter().any(|it| it.text.contains("ran out")));
}

#[test]
fn an_overload_without_a_fault_begins_at_the_saturated_node() {
    let (it, findings) = findings_of(&shop(500.0, 0, json!([])));
    in_order(
        &findings,
        &[
            "Database reached 100 % at 0 s",
            "App ran out of workers",
            "Goodput fell below the offered load from the start",
        ],
    );
    the(&findings, &format!("{} timed out", it.requests.failures.timeout));

    let mut risen = shop(150.0, 0, json!([]));
    risen.nodes[0].params.insert("profile".to_owned(), json!([[0, 1], [60, 1], [61, 4]]));
    let (it, findings) = findings_of(&risen);
    in_order(&findings, &["Traffic rose from", "Database reached 100 %", "App ran out", "Goodput fell"]);
    let at = findings[0].at_s.unwrap();
    assert!((60.0..=61.0).contains(&at), "{at}");
    assert!(it.series.offered_rps[at as usize] > 1.5 * 150.0);
}

#[test]
fn a_run_without_trouble_has_one_finding() {
    let (_, findings) = findings_of(&shop(100.0, 0, json!([])));
    assert_eq!((findings.len(), findings[0].severity, findings[0].at_s), (1, FindingSeverity::Info, None));
    assert!(findings[0].text.starts_with("Nothing was full"));
    // A fault that does no harm is reported, and that it did none.
    let slow = fault("slow", 31.0, json!({"target": "db", "factor": 1.5}));
    let (_, findings) = findings_of(&shop(20.0, 0, json!([slow])));
    in_order(&findings, &["Database took 1.5 times as long at 31 s for 10 s.", "Nothing was full"]);
    assert!(findings.len() == 2 && findings.iter().all(|it| it.severity == FindingSeverity::Info));
}

#[test]
fn a_breaker_a_backlog_and_a_flushed_cache_are_found_with_their_times() {
    let mut guarded = shop(100.0, 0, json!([fault("crash", 30.0, json!({"target": "db"}))]));
    guarded.links[1].params.insert("breaker".to_owned(), json!({"consecutive_failures": 5, "open_s": 3}));
    let (it, findings) = findings_of(&guarded);
    let opened = it.links["app-db"][&BREAKER_OPENED];
    let breaker = the(&findings, &format!("The breaker of App → Database opened {opened} times from 30 s on"));
    assert_eq!((breaker.link.as_deref(), breaker.at_s), (Some("app-db"), Some(30.0)));

    let jobs = drawing(
        &[
            poisson("users", 100.0),
            node("jobs", "queue", json!({})),
            node("work", "app", json!({"workers": 20, "service": {"dist": "constant", "ms": 50}, "startup_s": 0})),
        ],
        &[link("users", "jobs", json!({})), link("jobs", "work", json!({}))],
        json!([fault("crash", 30.0, json!({"target": "work"}))]),
        120.0,
        0.0,
    );
    let (it, findings) = findings_of(&named(jobs));
    in_order(&findings, &["App crashed at 30 s", "The backlog of Queue grew from 30 s on to"]);
    let most = it.series.nodes["jobs"].queue.iter().copied().fold(0.0, f64::max);
    let grew = the(&findings, &format!("grew from 30 s on to {most:.0} messages and was worked off by"));
    assert!(grew.until_s.unwrap() < 60.0, "{:?}", grew.until_s);

    let operations = json!([{"name": "view", "access": "read", "keys": {"count": 2000, "zipf": 0.9}}]);
    let arrivals = json!({"process": "poisson", "rate_rps": 300});
    let cached = drawing(
        &[
            node("users", "client", json!({"arrivals": arrivals, "operations": operations})),
            node("cache", "cache", json!({"capacity_entries": 2000, "ttl_s": null})),
            node("db", "database", json!({"workers": 50, "read": {"dist": "constant", "ms": 5}})),
        ],
        &[link("users", "cache", json!({})), link("cache", "db", json!({}))],
        json!([{"fault": "cache_flush", "target": "cache", "start_s": 100}]),
        140.0,
        60.0,
    );
    let (it, findings) = findings_of(&named(cached));
    in_order(&findings, &["Cache was flushed at 100 s.", "The hit ratio of Cache fell from"]);
    let ratios = &it.series.nodes["cache"].hit_ratio;
    assert!(it.series.nodes["db"].hit_ratio.is_empty());
    assert!(ratios[99].unwrap() > 0.9 && ratios[100].unwrap() < 0.7, "{:?}", &ratios[98..103]);
    assert_eq!(the(&findings, "The hit ratio").at_s, Some(100.0));
}

#[test]
fn faults_of_zones_are_named_by_the_zones() {
    let (_, findings) = findings_of(&example("zone-loss"));
    the(&findings, "Zone C (Web app, Database) crashed at 60 s for 90 s.");
    let mut document = example("split-brain");
    let (_, findings) = findings_of(&document);
    the(&findings, "Zone East and Zone West were cut off from each other at 60 s for 60 s.");
    let sides = json!([["e"], ["west", "west-app", "db#3", "db#2"]]);
    document.faults[0].params.insert("between".to_owned(), sides);
    let (_, findings) = findings_of(&document);
    the(&findings, "Zone East was cut off from West with 3 others at 60 s");
    document.faults[0].params.insert("between".to_owned(), json!([["west-app"], ["db#3", "db#2"]]));
    let (_, findings) = findings_of(&document);
    the(&findings, "App West was cut off from Database #3 and Database #2 at 60 s");
}

#[test]
fn findings_of_the_examples_name_the_fault_and_its_node() {
    // Those of the laboratory have faults of their own.
    for sample in examples().iter().filter(|sample| sample.section == "examples") {
        let document = sample.document();
        let last = document.nodes.last().expect("a node").id.clone();
        for kind in ["", "crash", "slow", "pause"] {
            println!("{}: {kind}", sample.id);
            let mut broken = document.clone();
            if !kind.is_empty() {
                let faults = json!([fault(kind, 60.0, json!({"target": last}))]);
                broken.faults = serde_json::from_value(faults).expect("a fault");
            }
            let (_, findings) = findings_of(&broken);
            let first = findings.iter().find(|it| it.at_s == Some(60.0)).and_then(|it| it.node.as_deref());
            assert_eq!(first, (!kind.is_empty()).then_some(last.as_str()));
        }
    }
}

#[test]
fn a_partition_is_said_to_cut_what_it_cuts() {
    let service = |ms: u64| json!({"dist": "constant", "ms": ms});
    let said = |params: Value| {
        let replication = json!({"mode": "quorum", "replicas": 3});
        let nodes = [
            poisson("users", 20.0),
            node("app", "app", json!({"workers": null, "service": service(1)})),
            node("db", "database", json!({"read": service(1), "write": service(2), "replication": replication})),
        ];
        let links = [link("users", "app", json!({})), link("app", "db", json!({"timeout_ms": 500}))];
        let (_, findings) = findings_of(&drawing(&nodes, &links, json!([fault("partition", 5.0, params)]), 20.0, 0.0));
        findings.iter().find(|it| it.at_s == Some(5.0)).expect("the fault").text.clone()
    };
    let groups = json!([["app", "db#1"], ["db#2", "db#3"]]);
    assert_eq!(said(json!({"between": groups})), "app and db #1 were cut off from db #2 and db #3 at 5 s for 10 s.");
    assert_eq!(
        said(json!({"between": [["app"], ["db"]], "direction": "forward"})),
        "app was cut off from db in one direction at 5 s for 10 s: what app sent did not reach db."
    );
    assert_eq!(
        said(json!({"between": [["app"], ["db"]], "direction": "backward"})),
        "app was cut off from db in one direction at 5 s for 10 s: what db sent did not reach app."
    );
    assert_eq!(
        said(json!({"links": ["app-db"], "direction": "backward"})),
        "app → db was cut in one direction at 5 s for 10 s: answers were held back."
    );
    assert_eq!(
        said(json!({"links": ["users-app"], "between": [["app"], ["db"]]})),
        "app and db were cut off from each other, and users → app was cut at 5 s for 10 s."
    );
    assert_eq!(said(json!({"links": ["users-app", "app-db"]})), "users → app and app → db were cut at 5 s for 10 s.");
}
