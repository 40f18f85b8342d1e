//! Running documents in tests.

use headroom::engine::{Engine, Progress};
use headroom::kinds::AnyStation;
use headroom::model::Document;
use headroom::report::Report;
use headroom::scenario::{Scenario, compile};
use headroom::summary;
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
    let names: Vec<String> = scenario.operations().iter().map(|operation| operation.name.clone()).collect();
    let report = summary::report(&engine, document, &names);
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
