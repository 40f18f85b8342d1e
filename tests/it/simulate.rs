//! Running documents in tests.

use headroom::engine::{Engine, Progress};
use headroom::findings::findings;
use headroom::kinds::AnyStation;
use headroom::model::Document;
use headroom::report::{Report, build};
use headroom::scenario::{Scenario, compile};
use headroom::time::from_s;
use serde_json::{Value, json};

/// A document from JSON written in a test.
pub fn document(value: Value) -> Document {
    serde_json::from_value(value).expect("the test's document is well formed")
}

/// A node of a test document.
pub fn node(id: &str, kind: &str, params: Value) -> Value {
    json!({"id": id, "kind": kind, "params": params})
}

/// A link of a test document, without latency unless `params` say otherwise; its id is `from-to`.
pub fn link(from: &str, to: &str, mut params: Value) -> Value {
    if params.get("latency").is_none() {
        params["latency"] = json!({"dist": "constant", "ms": 0});
    }
    json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": params})
}

/// A test document.
pub fn drawing(nodes: &[Value], links: &[Value], faults: Value, duration_s: f64, warmup_s: f64) -> Document {
    document(json!({
        "headroom": 1, "nodes": nodes, "links": links, "faults": faults,
        "run": {"duration_s": duration_s, "warmup_s": warmup_s, "seed": 1}
    }))
}

/// An open Poisson client.
pub fn poisson(id: &str, rate_rps: f64) -> Value {
    node(id, "client", json!({"arrivals": {"process": "poisson", "rate_rps": rate_rps}}))
}

/// The scenario of a document that has to be sound.
pub fn scenario(document: &Document) -> Scenario {
    let compiled = compile(document);
    let problems: Vec<String> = compiled.problems.iter().map(ToString::to_string).collect();
    compiled.scenario.unwrap_or_else(|| panic!("the document does not compile: {problems:#?}"))
}

/// A finished run, its books checked.
pub fn run(document: &Document) -> (Engine<AnyStation>, Report) {
    let scenario = scenario(document);
    let mut engine = scenario.engine();
    while engine.advance(u64::MAX, 100_000) != Progress::Finished {}
    if let Err(imbalance) = engine.check_books() {
        panic!("{imbalance}\n{}", serde_json::to_string(document).unwrap_or_default());
    }
    let mut report = build(&engine, document);
    report.findings = findings(&report, document);
    (engine, report)
}

/// The report of a finished run.
pub fn report(document: &Document) -> Report {
    run(document).1
}

/// An engine that has come to this time.
pub fn engine_at(document: &Document, at_s: f64) -> Engine<AnyStation> {
    let mut engine = scenario(document).engine();
    while engine.advance(from_s(at_s), 100_000) == Progress::OutOfBudget {}
    engine
}

/// The mean of a number over seeds 1 … `seeds`, with its standard error.
pub fn over_seeds(document: &Document, seeds: u64, number: impl Fn(&Report) -> f64) -> (f64, f64) {
    let values: Vec<f64> = (1..=seeds)
        .map(|seed| {
            let mut again = document.clone();
            again.run.seed = seed;
            number(&report(&again))
        })
        .collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Fails unless theory and simulation agree within four standard errors and a relative bound.
#[track_caller]
pub fn assert_theory(
    what: &str,
    document: &Document,
    seeds: u64,
    theory: f64,
    relative: f64,
    number: impl Fn(&Report) -> f64,
) {
    let (mean, error) = over_seeds(document, seeds, number);
    let bound = 4.0 * error + relative * theory.abs();
    assert!(
        (mean - theory).abs() <= bound,
        "{what}: theory {theory}, simulated {mean} ± {error}\n{}",
        serde_json::to_string(document).unwrap_or_default()
    );
    assert!(error * 4.0 <= 0.1 * theory.abs() + 1e-9, "{what}: too noisy to mean something: ± {error}");
}
