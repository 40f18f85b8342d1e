//! The report is a contract: its keys, its nulls and its numbers.

use crate::examples::examples;
use crate::simulate::{engine_at, report};
use headroom::engine::station::Station;
use headroom::kinds;
use headroom::kinds::queue::metrics::REDELIVERED;
use headroom::metrics::{Aggregate, Live, MetricInfo, Metrics};
use headroom::model::Document;
use headroom::record::{LinkWindow, link_metrics, node_metrics};
use headroom::report::all_numbers;
use headroom::report::snapshot::snapshot;
use serde_json::{Value, json};

/// A built-in example that runs for so many seconds, three of which are the warm-up.
fn example(id: &str, duration_s: f64) -> Document {
    let example = examples().into_iter().find(|example| example.id == id).expect("a built-in example");
    let mut document = example.document();
    document.run.duration_s = duration_s;
    document.run.warmup_s = 3.0;
    document
}

/// Every kind under load, with retries, hedges, breakers, pools and faults.
fn every_kind() -> Document {
    let mut document = crate::registry::sensitive();
    document.run.duration_s = 20.0;
    document.run.warmup_s = 4.0;
    document.nodes[0].params.insert("deadline_ms".to_owned(), json!(60));
    document
}

/// The report as the command line writes it, without the findings, whose words may change.
fn written(document: &Document) -> Value {
    let text = serde_json::to_string(&report(document)).expect("a report is plain data");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    value.as_object_mut().expect("an object").remove("findings");
    value
}

/// After a change of what the engine does, `HEADROOM_UPDATE=1` writes the files anew.
#[test]
fn reports_have_the_keys_and_numbers_of_the_golden_files() {
    for (name, document) in documents() {
        let path = format!("tests/golden/report-{name}.json");
        let now = written(&document);
        if std::env::var_os("HEADROOM_UPDATE").is_some() {
            std::fs::write(&path, format!("{now:#}\n")).expect("the golden file can be written");
        }
        let golden = std::fs::read_to_string(&path).expect("the golden file is there");
        let golden: Value = serde_json::from_str(&golden).expect("JSON");
        let mut differences = Vec::new();
        compare("", &golden, &now, &mut differences);
        assert!(differences.is_empty(), "{name}: {differences:#?}");
    }
}

/// The paths at which two values differ.
fn compare(path: &str, old: &Value, new: &Value, differences: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for key in old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))) {
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => compare(&format!("{path}.{key}"), old, new, differences),
                    (old, _) => {
                        differences
                            .push(format!("{path}.{key} {}", if old.is_some() { "is missing" } else { "is new" }));
                    }
                }
            }
        }
        _ if old != new => differences.push(format!("{path}: {old} before, {new} now")),
        _ => {}
    }
}

fn documents() -> [(&'static str, Document); 3] {
    [
        ("every-kind", every_kind()),
        ("split-brain", example("split-brain", 45.0)),
        ("jobs-behind-a-queue", example("jobs-behind-a-queue", 20.0)),
    ]
}

/// The paths of a report at which no further object begins, with what stands there.
fn leaves(path: &str, value: &Value, all: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(inner) => {
            for (key, value) in inner {
                leaves(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, all);
            }
        }
        _ => all.push((path.to_owned(), value.clone())),
    }
}

#[test]
fn every_number_has_a_label_a_unit_and_a_meaning() {
    let all = all_numbers();
    for number in &all {
        let path = &number.path;
        assert!(!number.label.is_empty(), "{path} has no label");
        assert!(number.help.ends_with('.') && number.help.len() > 6, "{path}: {}", number.help);
        assert_eq!(all.iter().filter(|other| other.path == *path).count(), 1, "{path} is declared twice");
        let says = |suffix: &str| path.split('.').any(|key| key.ends_with(suffix));
        let expected = [("_ms", "ms"), ("_rps", "/s"), ("_s", "s")].into_iter().find(|(suffix, _)| says(suffix));
        if let Some((_, unit)) = expected {
            assert_eq!(number.unit, unit, "{path}");
        }
    }
    for metric in kinds::NODE_METRICS.iter().copied().flatten().chain(link_metrics::METRICS) {
        assert!(metric.reported || metric.live != Live::No, "{} is shown nowhere", metric.key);
        let is_plain = matches!(metric.aggregate, Aggregate::Ratio);
        assert_eq!(metric.unit.is_empty(), is_plain, "{}: a ratio has no unit, all else has one", metric.key);
    }
}

#[test]
fn every_key_of_a_report_is_declared_and_every_declared_number_is_reported() {
    let all = all_numbers();
    let mut seen = vec![false; all.len()];
    for (name, document) in documents() {
        let mut found = Vec::new();
        leaves("", &written(&document), &mut found);
        for (path, value) in found {
            let declared = all.iter().position(|number| number.is_at(&path));
            match declared {
                Some(number) => seen[number] |= !value.is_null(),
                // `null` for the object that would hold the numbers of another kind.
                None => assert!(
                    value.is_null()
                        && (path.trim_start_matches('.') == "ended_early"
                            || all.iter().any(|number| number.path.contains(path.rsplit('.').next().unwrap()))),
                    "{name}: {path} is not declared"
                ),
            }
        }
    }
    let missing: Vec<&str> = all.iter().zip(seen).filter(|(_, seen)| !seen).map(|(it, _)| it.path.as_str()).collect();
    assert!(missing.is_empty(), "in no report: {missing:?}");
}

#[test]
fn the_schema_lists_every_number() {
    let schema = headroom::schema::report_schema();
    let listed: Vec<&str> =
        schema["numbers"].as_array().unwrap().iter().map(|it| it["key"].as_str().unwrap()).collect();
    for key in ["throughput_rps", "latency_ms.p99", "nodes.*.stale_reads", "links.*.breaker_opened", "series.p50_ms"] {
        assert!(listed.contains(&key), "{key}");
    }
    assert_eq!(listed.len(), all_numbers().len());
    assert!(
        schema["numbers"].as_array().unwrap().iter().all(|it| it["meaning"].is_string() && it["aggregate"].is_string())
    );
}

/// Collects the keys that a walk reports.
#[derive(Default)]
struct Keys(Vec<&'static str>);

impl Metrics for Keys {
    fn number(&mut self, metric: &'static MetricInfo, _value: Option<headroom::metrics::Value>) {
        self.0.push(metric.key);
    }
}

#[test]
fn stations_report_the_numbers_that_their_kind_lists() {
    let document = every_kind();
    let engine = engine_at(&document, 10.0);
    let record = &engine.core().record;
    let window = record.since_warmup(engine.now());
    let recent = record.recent(engine.now());
    for (index, node) in document.nodes.iter().enumerate() {
        let window = record.node_window(index, engine.now(), &window, &recent);
        let mut own = Keys::default();
        engine.stations()[index].metrics(engine.core(), &window, &mut own);
        let mut listed: Vec<&str> = kinds::metrics(&node.kind).iter().map(|metric| metric.key).collect();
        own.0.sort_unstable();
        listed.sort_unstable();
        assert_eq!(own.0, listed, "{}", node.kind);
        let mut common = Keys::default();
        node_metrics::metrics(&window, &mut common);
        assert_eq!(common.0, node_metrics::METRICS.iter().map(|metric| metric.key).collect::<Vec<_>>());
    }
    let kinds_seen = |kind: &str| document.nodes.iter().any(|node| node.kind == kind);
    assert!(kinds::all().iter().all(|info| kinds_seen(info.id)), "the document has every kind");
    let mut of_link = Keys::default();
    let (counts, record) = (&window.links[0], &record.links[0]);
    link_metrics::metrics(
        &LinkWindow {
            counts,
            record,
            length_ns: window.length_ns,
            has_bandwidth: true,
            pool_size: Some(1),
            in_flight: 0,
            pool_waiting: 0,
            ejected: 0,
        },
        &mut of_link,
    );
    assert_eq!(of_link.0, link_metrics::METRICS.iter().map(|metric| metric.key).collect::<Vec<_>>());
}

#[test]
fn snapshots_have_the_live_numbers_of_each_kind() {
    let document = every_kind();
    let now = snapshot(&engine_at(&document, 15.0), &document, 0);
    for (node, shown) in document.nodes.iter().zip(&now.nodes) {
        let own = kinds::metrics(&node.kind).iter().chain(node_metrics::METRICS);
        for metric in own.filter(|metric| metric.live == Live::Total || metric.live == Live::PerSecond) {
            assert!(shown.find(metric.key).is_some(), "{}: {}", node.id, metric.key);
        }
        let foreign = kinds::NODE_METRICS[1..].iter().copied().flatten();
        for metric in foreign.filter(|metric| !kinds::metrics(&node.kind).contains(metric)) {
            assert_eq!(shown.find(metric.key), None, "{}: {}", node.id, metric.key);
        }
    }
    // Totals count from the start, the warm-up included; the report counts from the warm-up.
    let index = document.nodes.iter().position(|node| node.kind == "queue").unwrap();
    let whole = report(&document);
    let total = snapshot(&engine_at(&document, 20.0), &document, 0).nodes[index].value(&REDELIVERED);
    assert!(total > whole.nodes["queue"][&REDELIVERED] as f64, "{total}");
}

#[test]
fn goodput_of_a_snapshot_leaves_out_what_came_after_the_deadline() {
    let document = every_kind();
    let now = snapshot(&engine_at(&document, 10.999), &document, 0);
    assert!(0.0 < now.goodput_rps && now.goodput_rps < now.throughput_rps, "{now:?}");
    // The snapshot looks back over the present second and the one before it, as the chart's last two bins.
    let series = report(&document).series;
    let charted = (series.goodput_rps[9] + series.goodput_rps[10]) / 2.0;
    assert!((now.goodput_rps - charted).abs() < 1.5, "{} in the snapshot, {charted} in the chart", now.goodput_rps);
    let mut relaxed = document;
    relaxed.nodes[0].params.remove("deadline_ms");
    let now = snapshot(&engine_at(&relaxed, 10.999), &relaxed, 0);
    assert_eq!(now.goodput_rps, now.throughput_rps, "without a deadline they are the same");
}
