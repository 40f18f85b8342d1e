//! Runs of small documents, for the tests of kinds.

use crate::engine::Progress;
use crate::model::Document;
use crate::report::{NodeReport, Report};
use crate::{report, scenario};
use serde_json::{Value, json};

/// A client whose requests arrive at equal gaps.
pub fn constant_client(rate_rps: f64) -> Value {
    json!({"id": "client", "kind": "client", "params": {"arrivals": {"process": "constant", "rate_rps": rate_rps}}})
}

/// A link without latency.
pub fn link(from: &str, to: &str) -> Value {
    json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": {"latency": {"dist": "constant", "ms": 0}}})
}

/// The report of a run of `duration_s` simulated seconds without warm-up.
pub fn report(nodes: &[Value], links: &[Value], duration_s: f64) -> Report {
    let document: Document = serde_json::from_value(json!({
        "headroom": 1, "nodes": nodes, "links": links,
        "run": {"duration_s": duration_s, "warmup_s": 0, "seed": 1}
    }))
    .expect("a well-formed document");
    let compiled = scenario::compile(&document);
    let problems = compiled.problems;
    let mut engine = compiled.scenario.unwrap_or_else(|| panic!("{problems:?}")).engine();
    while engine.advance(u64::MAX, 100_000) != Progress::Finished {}
    engine.check_books().expect("the books balance");
    report::build(&engine, &document)
}

/// A number of a node by its key; 0 where it is absent.
pub fn number(node: &NodeReport, key: &str) -> f64 {
    node.value(key).and_then(|value| value.as_f64()).unwrap_or(0.0)
}

/// A count of a node by its key.
pub fn count(node: &NodeReport, key: &str) -> u64 {
    let value = node.value(key).unwrap_or_else(|| panic!("the node has no {key}"));
    value.as_f64().expect("a count") as u64
}
