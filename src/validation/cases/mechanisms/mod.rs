//! Mechanisms: what a pool, a pause or a partition means, in designs whose answer can be counted.
//!
//! Most of them are certain: constant arrivals and constant work, so that every run is alike and the
//! number is exact. The others have an expectation that follows in a line or two.

mod deliveries;
mod errors;
mod given_up;
mod lines;
mod pauses;
mod processes;
mod replicas;
mod retransmission;
mod slow_downs;
mod staleness;

use super::*;

pub use deliveries::deliveries;
pub use errors::errors;
pub use given_up::given_up;
pub use lines::lines;
pub use pauses::pauses;
pub use processes::processes;
pub use replicas::replicas;
pub use retransmission::retransmission;
pub use slow_downs::slow_downs;
pub use staleness::staleness;

const LATENCY: (&str, &str) = ("mean latency, ms", "latency_ms.mean");
const LONGEST: (&str, &str) = ("longest latency, ms", "latency_ms.max");
const FAILED: (&str, &str) = ("share that fails", "requests.failed / requests.offered");

/// A case without chance: two seeds show that they change nothing.
fn certain(id: impl Into<String>, title: impl Into<String>, source: &str, document: Document) -> Case {
    Case::new(id, title, source, document).whole().seeds(2)
}

impl Case {
    /// Expects a number that leaves no room: a count, or a time that is the sum of constant ones.
    fn exactly(self, what: &str, of: &str, expected: f64) -> Case {
        self.expect(what, of, expected).within(1e-6)
    }
}

/// Requests at equal distances, the first after one distance.
fn steady(rate_rps: f64) -> Value {
    client(json!({"process": "constant", "rate_rps": rate_rps}))
}

/// The first so many of such requests, and then none.
fn first(requests: u32, rate_rps: f64) -> Value {
    let end_s = (f64::from(requests) + 0.5) / rate_rps;
    let mut it = steady(rate_rps);
    it["params"]["profile"] = json!([[0, 1], [end_s, 1], [end_s, 0]]);
    it
}

/// The node with further parameters.
fn with(mut node: Value, params: Value) -> Value {
    node["params"] = merged(node["params"].take(), params);
    node
}

fn balancer(algorithm: &str) -> Value {
    node("lb", "load_balancer", json!({"algorithm": algorithm, "capacity_rps": null, "overhead": constant(0.0)}))
}

/// Up to so many retries, after a pause.
fn retrying(max: u32, pause_ms: f64) -> Value {
    json!({"max": max, "backoff": {"base_ms": pause_ms, "factor": 1, "cap_ms": pause_ms, "jitter": "none"}})
}

/// Nothing passes between two sets.
fn cut(a: &str, b: &str, start_s: f64, duration_s: impl Into<Value>) -> Value {
    json!({"fault": "partition", "between": [[a], [b]], "start_s": start_s, "duration_s": duration_s.into()})
}

/// The integral of a function over an interval, by Simpson's rule.
fn integral(from: f64, to: f64, of: impl Fn(f64) -> f64) -> f64 {
    let steps = 20_000u32;
    let width = (to - from) / f64::from(steps);
    let weight = |i: u32| match i {
        0 => 1.0,
        i if i == steps => 1.0,
        i if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=steps).map(|i| weight(i) * of(from + width * f64::from(i))).sum::<f64>() * width / 3.0
}
