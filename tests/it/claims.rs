//! What the examples say, held against the simulator.

use crate::examples::{example, examples};
use crate::simulate::report;
use headroom::kinds;
use headroom::kinds::cache::metrics::HIT_RATIO;
use headroom::kinds::queue::metrics::DEAD_LETTERS;
use headroom::model::{Document, Params};
use headroom::params::{Field, Shape};
use headroom::record::node_metrics::{RESPONSE_MS, UTILIZATION};
use headroom::report::Report;
use serde_json::{Value, json};

fn with(mut document: Document, faults: Value) -> Document {
    document.faults = serde_json::from_value(faults).expect("faults");
    document
}

/// Changes a parameter of a node or a link, given as a dotted path.
pub fn set(mut document: Document, id: &str, path: &str, value: Value) -> Document {
    let mut nodes = document.nodes.iter_mut().map(|it| (&it.id, &mut it.params));
    let mut links = document.links.iter_mut().map(|it| (&it.id, &mut it.params));
    let (_, params) = nodes.find(|it| it.0 == id).or_else(|| links.find(|it| it.0 == id)).expect("a node or a link");
    let (groups, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut params: &mut Params = params;
    for group in groups.split('.').filter(|group| !group.is_empty()) {
        params = params.entry(group).or_insert_with(|| json!({})).as_object_mut().expect("a group");
    }
    params.insert(key.to_owned(), value);
    document
}

/// The document after exactly what its `cure` says: each change (node or link, parameter, value)
/// has to be named there as the inspector names it.
pub fn cured(document: &Document, changes: &[(&str, &str, Value)]) -> Document {
    let cure = &document.cure;
    let named = |name: &str| assert!(cure.contains(name), "\u{201c}{cure}\u{201d} does not say \u{201c}{name}\u{201d}");
    changes.iter().fold(document.clone(), |document, (id, path, value)| {
        let name = |id: &str| document.node(id).expect("a node").name.clone();
        let fields = match document.link(id) {
            Some(link) => {
                named(&format!("the link {} → {}", name(&link.from), name(&link.to)));
                headroom::link::link_fields()
            }
            None => {
                named(&name(id));
                kinds::fields(&document.node(id).expect("a node").kind).expect("a kind")
            }
        };
        let field = field(fields, path);
        named(field.label);
        match (value, &field.shape) {
            (Value::Bool(on), _) => named(if *on { " on" } else { " off" }),
            (Value::Object(group), Shape::Group(inner)) => {
                named(" on");
                for (key, value) in group {
                    let inner = inner.iter().find(|it| it.key == key).expect("a parameter");
                    named(&format!("{} {value} {}", inner.label, inner.unit));
                }
            }
            (Value::String(id), Shape::Choice(all)) => {
                named(&format!("to {}", all.iter().find(|it| it.id == id).expect("a choice").label));
            }
            (number, _) => named(&format!("to {number}")),
        }
        set(document, id, path, value.clone())
    })
}

/// The description of a parameter.
fn field(fields: Vec<Field>, path: &str) -> Field {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    let found = fields.into_iter().find(|it| it.key == key).unwrap_or_else(|| panic!("no parameter {path}"));
    match found.shape {
        _ if rest.is_empty() => found,
        Shape::Group(inner) => field(inner, rest),
        Shape::OneOf { variants, .. } => field(variants.into_iter().flat_map(|it| it.1).collect(), rest),
        _ => panic!("{path} has no parameters of its own"),
    }
}

/// The mean of a series of one-second bins.
pub fn mean(series: &[f64], from_s: usize, to_s: usize) -> f64 {
    series[from_s..to_s].iter().sum::<f64>() / (to_s - from_s) as f64
}

pub fn answered(report: &Report, from_s: usize, to_s: usize) -> f64 {
    mean(&report.series.throughput_rps, from_s, to_s)
}

pub fn failed(report: &Report, from_s: usize, to_s: usize) -> f64 {
    mean(&report.series.failed_rps, from_s, to_s)
}

#[test]
fn each_example_says_what_to_watch_and_what_to_change_and_counts_its_requests() {
    for it in examples() {
        let document = it.document();
        assert!(!document.title.is_empty() && document.title.len() <= 40, "{}", it.id);
        for text in [&document.watch, &document.cure] {
            // A question may say first what happens.
            let is_question = text == &document.watch && text.ends_with('?');
            let is_sentence = text.len() > 40 && (text.ends_with('.') || is_question) && text.len() < 250;
            let ends = text.match_indices(['.', '!', '?']).map(|(at, _)| &text[at + 1..]);
            let is_one = ends.filter(|rest| rest.trim_start().starts_with(char::is_uppercase)).count() == 0;
            assert!(is_sentence && (is_one || is_question), "{}: {text}", it.id);
        }
        let fresh = report(&document);
        assert_eq!(fresh.requests.offered, fresh.requests.completed + fresh.requests.failed + fresh.requests.in_flight);
        assert!(fresh.throughput_rps > 10.0);
    }
}

#[test]
fn the_shops_database_is_near_its_limit_and_its_queue_fills_the_apps_workers() {
    let calm = report(&example("three-tier-shop"));
    let busy = calm.nodes["orders"][&UTILIZATION];
    assert!((0.85..0.93).contains(&busy), "{busy}");
    assert!(calm.nodes["shop"][&UTILIZATION] < 0.5);
    assert_eq!(calm.requests.failed, 0);
    // It is warm from the first seconds on: nothing piles up that heals by itself.
    let (first, all) = (&calm.series.nodes["orders"].queue[..20], &calm.series.nodes["orders"].queue[20..]);
    let most = |queue: &[f64]| queue.iter().copied().fold(0.0, f64::max);
    assert!(most(first) <= most(all) && most(first) < 30.0, "{} and then {}", most(first), most(all));
    assert!(calm.series.p99_ms[..20].iter().all(|p99| p99.unwrap() < 500.0), "{:?}", calm.series.p99_ms);
    let rate = json!({"process": "poisson", "rate_rps": 240.0 * 1.65});
    let raised = set(example("three-tier-shop"), "shoppers", "arrivals", rate);
    let cure = report(&cured(&raised, &[("orders", "workers", json!(5))]));
    assert_eq!(cure.requests.failed, 0);
    assert!(cure.latency_ms.p99.unwrap() < 1.1 * calm.latency_ms.p99.unwrap(), "{:?}", cure.latency_ms);
    let more_workers = report(&set(raised.clone(), "shop", "workers", json!(32)));
    let fuller = report(&set(raised.clone(), "shop", "replicas", json!(8)));
    let raised = report(&raised);
    assert!(raised.nodes["orders"][&UTILIZATION] > 0.99 && raised.nodes["shop"][&UTILIZATION] > 0.9);
    for it in [&raised, &more_workers, &fuller] {
        let lost = it.requests.failed as f64 / it.requests.offered as f64;
        assert!(lost > 0.3, "many users give up, whatever the app has: {lost}");
    }
    let crash = json!([{"fault": "crash", "target": "orders", "start_s": 100, "duration_s": 10}]);
    let crashed = report(&with(example("three-tier-shop"), crash));
    assert!(failed(&crashed, 102, 109) > 50.0, "{}", failed(&crashed, 102, 109));
    let busy = &crashed.series.nodes["shop"].utilization[102..109];
    assert!(busy.iter().all(|it| it.unwrap() < 0.6), "its crash does not fill them: {busy:?}");
}

#[test]
fn jobs_wait_in_the_queue_while_users_are_answered() {
    let crash = json!([{"fault": "crash", "target": "workers", "start_s": 60, "duration_s": 30}]);
    let it = with(example("jobs-behind-a-queue"), crash);
    let cure = report(&cured(&it, &[("workers", "replicas", json!(8))]));
    let it = report(&it);
    assert!(it.latency_ms.p99.unwrap() < 50.0);
    assert!(it.nodes["workers"][&RESPONSE_MS].mean.unwrap() > 400.0);
    assert_eq!(it.requests.failed, 0);
    assert_eq!(it.nodes["jobs"].get(&DEAD_LETTERS), Some(0), "nothing is lost");
    assert!(it.series.nodes["jobs"].queue[88] > 1000.0);
    // The workers are back at 95 s, 5 s after the end of the crash.
    assert!(it.series.nodes["jobs"].queue[125] > 1000.0);
    assert!(cure.series.nodes["jobs"].queue[125] < 1.0, "{}", cure.series.nodes["jobs"].queue[125]);
}

#[test]
fn the_database_is_overloaded_without_the_cache() {
    let calm = report(&example("read-heavy-with-a-cache"));
    assert!(calm.nodes["cache"][&HIT_RATIO] > 0.7);
    assert!(calm.nodes["db"][&UTILIZATION] < 0.6);
    assert_eq!(calm.requests.failed, 0);
    let cut = json!([{"fault": "partition", "links": ["service-cache"], "start_s": 100, "duration_s": 50}]);
    let cut = with(example("read-heavy-with-a-cache"), cut);
    let cure = report(&cured(&cut, &[("db", "workers", json!(24))]));
    assert_eq!(cure.requests.failed, 0);
    let cut = report(&cut);
    let full = &cut.series.nodes["db"].utilization[103..149];
    assert!(full.iter().all(|u| u.unwrap() > 0.98), "{full:?}");
    assert!(failed(&cut, 103, 149) > 300.0, "{}", failed(&cut, 103, 149));
    // It is the database that the service waits for, not the cache that was cut off.
    let blamed = cut.findings.iter().find(|it| it.text.starts_with("Service ran out of workers")).expect("it did");
    assert!(blamed.text.contains("of their time for Database"), "{}", blamed.text);
}

#[test]
fn requests_that_the_limiter_admits_are_served_fast() {
    let limited = report(&example("rate-limited-api"));
    assert!((limited.throughput_rps - 140.0).abs() < 2.0);
    assert!(limited.latency_ms.p99.unwrap() < 150.0);
    let open = set(example("rate-limited-api"), "limit", "rate_rps", json!(1000));
    let changes = [("api", "replicas", json!(6)), ("db", "workers", json!(10)), ("limit", "rate_rps", json!(1000))];
    let cure = report(&cured(&example("rate-limited-api"), &changes));
    assert_eq!(cure.requests.failed, 0);
    assert!(cure.throughput_rps > 390.0 && cure.latency_ms.p99.unwrap() < 150.0, "{:?}", cure.latency_ms);
    let open = report(&open);
    assert!(open.latency_ms.p50.is_none_or(|p50| p50 > 1000.0), "{:?}", open.latency_ms);
    assert!(open.throughput_rps < 100.0, "most give up after their timeout: {}", open.throughput_rps);
}
