//! A random schedule of faults within a budget: the same seed plans the same faults.

use crate::fault::FaultInfo;
use crate::faults::{self, AnyFault};
use crate::kinds;
use crate::model::{Document, Fault, Place};
use crate::random::Stream;
use crate::scenario::check;

/// `budget` faults between the warm-up and the last fifth of the run, in order of time; none where
/// no fault applies to anything. Each fault that applies somewhere is as likely as the others.
/// Durations are exponential with a twentieth of the run as their mean, and at least one second;
/// times are whole tenths of a second.
pub fn schedule(document: &Document, seed: u64, budget: u32) -> Vec<Fault> {
    let mut rng = Stream::named(seed, "chaos", "schedule");
    let possible: Vec<(&FaultInfo, Vec<&str>)> = effective(document);
    if possible.is_empty() {
        return Vec::new();
    }
    let run = &document.run;
    let (first_s, last_s) = (run.warmup_s.min(run.duration_s * 0.5), run.duration_s * 0.8);
    let tenth = |s: f64| (s * 10.0).round() / 10.0;
    let mut planned: Vec<Fault> = (0..budget)
        .filter_map(|_| {
            let (info, ids) = &possible[rng.below(possible.len() as u32) as usize];
            let id = ids[rng.below(ids.len() as u32) as usize];
            let replicas = document.node(id).filter(|_| !info.applies_to.is_links()).map_or(1, kinds::replicas);
            let params = AnyFault::new(info.id)?.chaos(id, replicas, &mut rng).params();
            let start_s = tenth(first_s + rng.unit() * (last_s - first_s));
            let duration_s = tenth((rng.exponential() * run.duration_s / 20.0).clamp(1.0, run.duration_s / 5.0));
            let duration_s = (!info.is_instantaneous).then_some(duration_s);
            Some(Fault { fault: info.id.to_owned(), start_s, duration_s, params })
        })
        .collect();
    planned.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    planned
}

/// The faults that have an effect somewhere, each with the ids of the nodes or links where it has.
fn effective(document: &Document) -> Vec<(&'static FaultInfo, Vec<&str>)> {
    let all = faults::all().iter().flat_map(|info| places(document, info).into_iter().map(move |id| (info, id)));
    let pairs: Vec<(&'static FaultInfo, &str)> = all.collect();
    let fault = |(info, id): &(&'static FaultInfo, &str)| {
        let params = AnyFault::new(info.id)?.at(id).params();
        Some(Fault { fault: info.id.to_owned(), start_s: 0.0, duration_s: None, params })
    };
    // One look at them all, in a document that has no others.
    let faults: Vec<Fault> = pairs.iter().filter_map(fault).collect();
    let problems = check(&Document { faults, ..document.clone() });
    let is_idle = |at: usize| problems.iter().any(|problem| problem.place == Place::Fault(at));
    let mut possible: Vec<(&'static FaultInfo, Vec<&str>)> = Vec::new();
    for (_, (info, id)) in pairs.into_iter().enumerate().filter(|(at, _)| !is_idle(*at)) {
        match possible.last_mut().filter(|(last, _)| last.id == info.id) {
            Some((_, ids)) => ids.push(id),
            None => possible.push((info, vec![id])),
        }
    }
    possible
}

/// The ids of the nodes or links at which a fault can happen.
fn places<'a>(document: &'a Document, info: &FaultInfo) -> Vec<&'a str> {
    if info.applies_to.is_links() {
        return document.links.iter().map(|link| link.id.as_str()).collect();
    }
    let nodes = document.nodes.iter();
    let applies = |kind: &str| kinds::info(kind).is_some_and(|kind| info.applies_to.includes(kind.role));
    nodes.filter(|node| applies(&node.kind)).map(|node| node.id.as_str()).collect()
}
