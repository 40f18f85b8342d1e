//! What the examples say, held against the simulator.

use crate::simulate::report;
use headroom::codec;
use headroom::model::Document;
use headroom::report::Report;
use headroom::scenario::compile;
use serde_json::{Value, json};

fn example(id: &str) -> Document {
    let it = codec::library().iter().find(|it| it.id == id).expect("the example exists");
    codec::open(it.text).expect("it opens").0
}

fn with(mut document: Document, faults: Value) -> Document {
    document.faults = serde_json::from_value(faults).expect("faults");
    document
}

fn set(mut document: Document, node: &str, key: &str, value: Value) -> Document {
    let node = document.nodes.iter_mut().find(|it| it.id == node).expect("the node exists");
    node.params.insert(key.to_owned(), value);
    document
}

fn failed(report: &Report, from_s: usize, to_s: usize) -> f64 {
    report.series.failed_rps[from_s..to_s].iter().sum::<f64>() / (to_s - from_s) as f64
}

#[test]
fn examples_are_sound_and_say_what_to_watch() {
    assert!(codec::library().len() >= 4);
    for it in codec::library() {
        let (document, notes) = codec::open(it.text).expect("it opens");
        assert!(notes.is_empty(), "{}: {notes:?}", it.id);
        let problems = compile(&document).problems;
        assert!(problems.is_empty(), "{}: {problems:?}", it.id);
        assert!(!document.title.is_empty() && document.watch.ends_with('.'), "{}", it.id);
        let fresh = report(&document);
        assert_eq!(fresh.requests.offered, fresh.requests.completed + fresh.requests.failed + fresh.requests.in_flight);
        assert!(fresh.throughput_rps > 10.0);
    }
}

#[test]
fn the_shops_database_is_near_its_limit_and_takes_the_apps_workers_with_it() {
    let calm = report(&example("three-tier-shop"));
    let busy = calm.nodes["orders"].utilization.unwrap();
    assert!((0.85..0.97).contains(&busy), "{busy}");
    assert!(calm.nodes["shop"].utilization.unwrap() < 0.5);
    // Near the limit some always wait too long: a handful of 70 000.
    let share = calm.requests.failed as f64 / calm.requests.offered as f64;
    assert!(share < 0.001, "{share}");
    let rate = json!({"process": "poisson", "rate_rps": 288});
    let raised = report(&set(example("three-tier-shop"), "shoppers", "arrivals", rate));
    assert!(raised.nodes["shop"].utilization.unwrap() > 0.9, "{:?}", raised.nodes["shop"].utilization);
    let lost = raised.requests.failed as f64 / raised.requests.offered as f64;
    assert!(lost > 0.5, "most users give up: {lost}");
    let crash = json!([{"fault": "crash", "target": "orders", "start_s": 100, "duration_s": 10}]);
    let crashed = report(&with(example("three-tier-shop"), crash));
    assert!(failed(&crashed, 102, 109) > 50.0, "{}", failed(&crashed, 102, 109));
}

#[test]
fn jobs_wait_in_the_queue_and_users_do_not() {
    let crash = json!([{"fault": "crash", "target": "workers", "start_s": 60, "duration_s": 30}]);
    let it = report(&with(example("jobs-behind-a-queue"), crash));
    assert!(it.latency_ms.p99.unwrap() < 50.0);
    assert!(it.nodes["workers"].response_ms.mean.unwrap() > 400.0);
    assert_eq!(it.requests.failed, 0);
    assert_eq!(it.nodes["jobs"].dead_letters, Some(0), "nothing is lost");
    assert!(it.series.nodes["jobs"].queue[88] > 1000.0);
}

#[test]
fn the_database_could_not_live_without_the_cache() {
    let calm = report(&example("read-heavy-with-a-cache"));
    assert!(calm.nodes["cache"].hit_ratio.unwrap() > 0.7);
    assert!(calm.nodes["db"].utilization.unwrap() < 0.6);
    assert_eq!(calm.requests.failed, 0);
    let cut = json!([{"fault": "partition", "links": ["service-cache"], "start_s": 100, "duration_s": 50}]);
    let cut = report(&with(example("read-heavy-with-a-cache"), cut));
    let full = &cut.series.nodes["db"].utilization[103..149];
    assert!(full.iter().all(|u| u.unwrap() > 0.98), "{full:?}");
    assert!(failed(&cut, 103, 149) > 300.0, "{}", failed(&cut, 103, 149));
}

#[test]
fn those_whom_the_limiter_lets_in_are_served_fast() {
    let limited = report(&example("rate-limited-api"));
    assert!((limited.throughput_rps - 140.0).abs() < 2.0);
    assert!(limited.latency_ms.p99.unwrap() < 150.0);
    let open = report(&set(example("rate-limited-api"), "limit", "rate_rps", json!(1000)));
    assert!(open.latency_ms.p50.is_none_or(|p50| p50 > 1000.0), "{:?}", open.latency_ms);
    assert!(open.throughput_rps < 100.0, "most give up after their timeout: {}", open.throughput_rps);
}
