//! A random schedule of faults within a budget: the same seed plans the same misfortunes.

use crate::faults::{FaultKind, fault_kind, ids};
use crate::kinds;
use crate::model::{Document, Fault, Node};
use crate::order::sort_by;
use crate::random::Stream;
use serde_json::{Value, json};

/// `budget` faults between the warm-up and the last fifth of the run, in order of time; none where
/// nothing can be struck. Each kind of fault that finds something to strike is as likely as
/// the others. Lengths are exponential with a twentieth of the run as their mean, and at least
/// one second; times are whole tenths of a second.
pub fn schedule(document: &Document, seed: u64, budget: u32) -> Vec<Fault> {
    let mut rng = Stream::named(seed, "chaos", "schedule");
    let kinds: Vec<(FaultKind, &'static str)> = ids()
        .filter_map(|id| Some((fault_kind(id)?.0, id)))
        .filter(|(kind, _)| {
            if kind.is_of_links() {
                !document.links.is_empty()
            } else {
                document.nodes.iter().any(|node| strikes(*kind, node))
            }
        })
        .collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let run = &document.run;
    let (first_s, last_s) = (run.warmup_s.min(run.duration_s * 0.5), run.duration_s * 0.8);
    let tenth = |s: f64| (s * 10.0).round() / 10.0;
    let mut faults: Vec<Fault> = (0..budget)
        .map(|_| {
            let (kind, id) = kinds[rng.below(kinds.len() as u32) as usize];
            let params = victim(document, kind, &mut rng);
            let start_s = tenth(first_s + rng.unit() * (last_s - first_s));
            let length_s = tenth((rng.exponential() * run.duration_s / 20.0).clamp(1.0, run.duration_s / 5.0));
            let duration_s = (!kind.is_momentary()).then_some(length_s);
            let params = params.as_object().cloned().unwrap_or_default();
            Fault { fault: id.to_owned(), start_s, duration_s, params }
        })
        .collect();
    sort_by(&mut faults, |a, b| a.start_s.total_cmp(&b.start_s));
    faults
}

fn strikes(kind: FaultKind, node: &Node) -> bool {
    kinds::info(&node.kind).is_some_and(|info| kind.strikes(info.role))
}

/// Whom it befalls, and how badly.
fn victim(document: &Document, kind: FaultKind, rng: &mut Stream) -> Value {
    let one_of = |rng: &mut Stream, count: usize| rng.below(count as u32) as usize;
    if kind.is_of_links() {
        let link = &document.links[one_of(rng, document.links.len())].id;
        return match kind {
            FaultKind::Latency => json!({"links": [link], "add": {"dist": "constant", "ms": 200}}),
            FaultKind::Loss => json!({"links": [link], "ratio": 0.2}),
            _ => json!({"links": [link]}),
        };
    }
    let possible: Vec<&Node> = document.nodes.iter().filter(|node| strikes(kind, node)).collect();
    let node = possible[one_of(rng, possible.len())];
    let replicas = super::geometry::replicas(node) as u32;
    match kind {
        // One process of many, if there are many.
        FaultKind::Crash if replicas > 1 => json!({"target": format!("{}#{}", node.id, 1 + rng.below(replicas))}),
        FaultKind::Slow => json!({"target": node.id, "factor": 5}),
        FaultKind::Errors => json!({"target": node.id, "ratio": 0.3}),
        FaultKind::Traffic => json!({"target": node.id, "factor": 2}),
        _ => json!({"target": node.id}),
    }
}
