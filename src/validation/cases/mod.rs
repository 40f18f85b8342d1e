//! The cases, family by family.
//!
//! Documents leave nothing to defaults that could change an answer: links have no latency unless
//! a case says so, and times are in milliseconds.

mod balancing;
mod caches;
mod failures;
mod family;
mod mechanisms;
mod networks;
mod policies;
mod queues;

use super::{Case, Expectation};
use crate::model::Document;
use serde_json::{Value, json};

pub use family::Family;

/// Seeds of a case that needs no others.
const SEEDS: u64 = 10;

/// The first seed of a case, from its name.
fn first_seed(id: &str) -> u64 {
    u64::from(crc32fast::hash(id.as_bytes()) % 100_000) * 100 + 1
}

impl Case {
    /// A case that expects nothing yet.
    fn new(id: impl Into<String>, title: impl Into<String>, source: &str, mut document: Document) -> Case {
        let (id, title, source) = (id.into(), title.into(), source.to_owned());
        document.title.clone_from(&title);
        let first = first_seed(&id);
        document.run.seed = first;
        Case { id, title, source, document, seeds: first..first + SEEDS, whole: false, expectations: Vec::new() }
    }

    /// Expects a number.
    fn expect(mut self, what: &str, of: &str, expected: f64) -> Case {
        let (what, of) = (what.to_owned(), of.to_owned());
        self.expectations.push(Expectation { what, of, expected, relative: 0.005, absolute: 0.0, precision: 0.06 });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Expectation)) -> Case {
        self.expectations.last_mut().map(change);
        self
    }

    /// The bound of the last expectation, as a share.
    fn within(self, relative: f64) -> Case {
        self.last(|it| it.relative = relative)
    }

    /// How large four standard errors of the last expectation may be, as a share.
    fn precise(self, precision: f64) -> Case {
        self.last(|it| it.precision = precision)
    }

    /// Expects a percentile: wider, because tails vary, and because a histogram has slots.
    fn tail(self, what: &str, of: &str, expected: f64) -> Case {
        self.expect(what, of, expected).within(0.01).precise(0.2)
    }

    /// Expects the median and the 99th percentile of the latency.
    fn percentiles(self, expected: impl Fn(f64) -> f64) -> Case {
        self.tail("median latency, ms", "latency_ms.p50", expected(0.5)).tail(
            "99th percentile of latency, ms",
            "latency_ms.p99",
            expected(0.99),
        )
    }

    /// With so many seeds.
    fn seeds(mut self, seeds: u64) -> Case {
        self.seeds.end = self.seeds.start + seeds;
        self
    }

    /// It has to run to its end: a shorter run would show something else.
    fn whole(mut self) -> Case {
        self.whole = true;
        self
    }

    /// Adds a fault.
    fn fault(mut self, fault: Value) -> Case {
        self.document.faults.push(serde_json::from_value(fault).expect("a fault of the list is well formed"));
        self.whole()
    }
}

// -- documents --------------------------------------------------------------------------------

fn node(id: &str, kind: &str, params: Value) -> Value {
    json!({"id": id, "kind": kind, "params": params})
}

/// An open Poisson client.
fn poisson(rate_rps: f64) -> Value {
    client(json!({"process": "poisson", "rate_rps": rate_rps}))
}

fn client(arrivals: Value) -> Value {
    node("users", "client", json!({"arrivals": arrivals, "operations": [{"name": "get"}]}))
}

/// Poisson requests for keys.
fn readers(rate_rps: f64, keys: u32, zipf: f64) -> Value {
    let operation = json!({"name": "get", "keys": {"count": keys, "zipf": zipf}});
    node(
        "users",
        "client",
        json!({"arrivals": {"process": "poisson", "rate_rps": rate_rps}, "operations": [operation]}),
    )
}

/// An app of one replica whose workers do not wait for its calls; `params` are the rest.
fn app(id: &str, params: Value) -> Value {
    let plain = json!({"replicas": 1, "workers": 1, "blocking": false, "startup_s": 0, "service": exponential(10.0)});
    node(id, "app", merged(plain, params))
}

/// An app without a limit and without work of its own.
fn relay(id: &str, params: Value) -> Value {
    app(id, merged(json!({"workers": null, "service": constant(0.0)}), params))
}

/// A database without limits whose reads and writes take this long.
fn store(id: &str, span: Value) -> Value {
    node(id, "database", json!({"workers": null, "max_connections": null, "read": span, "write": span}))
}

fn merged(mut base: Value, over: Value) -> Value {
    for (key, value) in over.as_object().into_iter().flatten() {
        base[key] = value.clone();
    }
    base
}

fn constant(ms: f64) -> Value {
    json!({"dist": "constant", "ms": ms})
}

fn exponential(mean_ms: f64) -> Value {
    json!({"dist": "exponential", "mean_ms": mean_ms})
}

/// A link without latency, unless `params` say otherwise.
fn link(from: &str, to: &str, params: Value) -> Value {
    let params = merged(json!({"latency": constant(0.0)}), params);
    json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": params})
}

/// Links without latency along a chain.
fn chain(ids: &[&str]) -> Vec<Value> {
    ids.windows(2).map(|pair| link(pair[0], pair[1], json!({}))).collect()
}

/// A document, laid out from left to right, that measures for so long after its warm-up.
fn document(mut nodes: Vec<Value>, links: Vec<Value>, measured_s: f64, warmup_s: f64) -> Document {
    let ids: Vec<Value> = nodes.iter().map(|node| node["id"].clone()).collect();
    let place = |id: &Value| ids.iter().position(|each| each == id).unwrap_or_default();
    let mut depth = vec![0usize; nodes.len()];
    for _ in 0..nodes.len() {
        for link in &links {
            let (from, to) = (place(&link["from"]), place(&link["to"]));
            depth[to] = depth[to].max((depth[from] + 1).min(nodes.len()));
        }
    }
    for i in 0..nodes.len() {
        let above = depth[..i].iter().filter(|d| **d == depth[i]).count();
        nodes[i]["at"] = json!([80 + 220 * depth[i], 120 + 140 * above]);
    }
    serde_json::from_value(json!({
        "headroom": 1, "nodes": nodes, "links": links,
        "run": {"duration_s": (warmup_s + measured_s).ceil(), "warmup_s": warmup_s, "seed": 1},
    }))
    .expect("a document of the list is well formed")
}

/// The time after which a station that began empty is as if it had always been there: many times
/// what the load of any case takes to be forgotten.
const WARM_S: f64 = 20.0;

/// A Poisson client before one app. Measures so many requests.
fn station(rate_rps: f64, params: Value, requests: f64) -> Document {
    document(vec![poisson(rate_rps), app("app", params)], chain(&["users", "app"]), requests / rate_rps, WARM_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check;
    use std::collections::BTreeSet;

    #[test]
    fn every_case_is_sound_named_once_and_expects_something() {
        let mut ids = BTreeSet::new();
        for family in Family::ALL {
            assert!(ids.insert(family.id().to_owned()), "{} stands twice", family.id());
            for case in family.cases() {
                assert!(ids.insert(case.id.clone()), "{} stands twice", case.id);
                assert!(!case.expectations.is_empty(), "{} expects nothing", case.id);
                assert!(!case.source.is_empty() && !case.title.is_empty(), "{} has no source", case.id);
                assert!(case.expectations.iter().all(|it| it.expected.is_finite()), "{}", case.id);
                let problems = check(&case.document);
                assert!(problems.is_empty(), "{}: {}", case.id, problems[0]);
            }
        }
    }
}
