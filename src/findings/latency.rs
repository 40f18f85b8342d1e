//! A run without trouble: how long requests took, and what was used most.

use super::claim::{Measure, Reduction};
use super::resources::{FULL, Part, Resource, resources};
use super::sentence::{Sentence, duration, percent};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::engine::plan::Direction;
use crate::record::node_metrics::{RESPONSE_MS, UTILIZATION};
use crate::report::NodeReport;
use crate::sentence;

/// The slowest requests are a tail from this multiple of the median on.
const TAIL: f64 = 5.0;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let latency = &run.report.latency_ms;
    let (Some(p50), Some(p99)) = (latency.p50, latency.p99) else { return Vec::new() };
    let all = resources(run);
    let was_full = |it: &Resource| (run.warm()..run.bins()).any(|bin| it.is_full(bin));
    let for_long = all.iter().any(|it| !it.stretches(run).is_empty());
    let begins = match (all.iter().any(was_full), for_long) {
        (false, _) => "Nothing was full and nearly nothing failed",
        (true, false) => "Nothing was full for long and nearly nothing failed",
        (true, true) => "Nearly nothing failed",
    };
    let mut claims =
        vec![(Measure::report(&["latency_ms", "p50"]), p50), (Measure::report(&["latency_ms", "p99"]), p99)];
    let busiest = busiest(run, &all).filter(|_| !for_long);
    let used = match busiest {
        Some((words, used, measure)) => {
            claims.push((measure, used));
            sentence!["; most used were ", words, ", for ", percent(used), " of the time"]
        }
        None => sentence![],
    };
    let tail = tail(run, p50, p99).map_or(sentence![], |(words, of_tail)| {
        claims.extend(of_tail);
        words
    });
    let text = sentence![
        begins,
        ": half of the requests took up to ",
        duration(p50),
        ", 99 % up to ",
        duration(p99),
        tail,
        used,
        "."
    ];
    let mut draft = Draft::new(Weight::Essential, text).severity(DraftSeverity::Info).equal(claims);
    if !all.iter().any(was_full) {
        for it in all.iter().filter(|_| run.warm() < run.bins()) {
            draft = draft.at_most(it.load_measure(run.report, run, run.warm(), run.bins(), Reduction::Max), FULL);
        }
    }
    vec![draft]
}

/// The node that makes the slowest requests slow, where they are much slower than the others.
fn tail(run: &Subject, p50: f64, p99: f64) -> Option<(Sentence, [(Measure, f64); 2])> {
    if p99 < TAIL * p50 {
        return None;
    }
    let of = |(id, node): (&String, &NodeReport)| {
        let response = node.get(&RESPONSE_MS)?;
        Some((id.clone(), response.p50?, response.p99?, response.mean?))
    };
    let is_slow = |it: &(String, f64, f64, f64)| it.2 > 0.7 * p99 && it.2 > TAIL * it.1;
    let slow = run.report.nodes.iter().filter_map(of).filter(is_slow);
    // Of a chain of callers the last one.
    let (id, half, most, _) = slow.min_by(|a, b| a.3.total_cmp(&b.3))?;
    let words = sentence![" (", run.name(&id), " alone: half ", duration(half), ", 99 % ", duration(most), ")"];
    let measure = |key| Measure::report(&["nodes", &id, "response_ms", key]);
    Some((words, [(measure("p50"), half), (measure("p99"), most)]))
}

/// The workers, connections or bandwidth that were used for the greatest share of the time.
fn busiest(run: &Subject, all: &[Resource]) -> Option<(Sentence, f64, Measure)> {
    let used = |it: &Resource| -> Option<(Sentence, f64, Measure)> {
        let link = it.link.map(|link| &run.document.links[link]);
        match (it.part, link) {
            (Part::Node, _) => {
                let kind = run.document.node(it.node).map(|node| node.kind.as_str());
                let what = match kind {
                    Some("rate_limiter") => "the tokens of ",
                    Some("load_balancer") => "the capacity of ",
                    _ => "the workers of ",
                };
                let used = run.report.nodes[it.node].get(&UTILIZATION)?;
                Some((sentence![what, run.name(it.node)], used, Measure::node(it.node, "utilization")))
            }
            (Part::Pool, Some(link)) => {
                let report = run.report.links.get(&link.id)?;
                let of = |key: &str| report.value(key).and_then(|value| value.as_f64());
                let used = of("pool.in_use_mean")? / of("pool.size").filter(|size| *size > 0.0)?;
                let measure = |key: &str| Measure::link(&link.id, key);
                let measure = measure("pool.in_use_mean").over(measure("pool.size"));
                Some((sentence!["the connections of ", run.link_name(link)], used, measure))
            }
            (Part::Bandwidth(direction), Some(link)) => {
                let key = if direction == Direction::Forward { "bandwidth.forward" } else { "bandwidth.backward" };
                let used = run.report.links.get(&link.id)?.value(key)?.as_f64()?;
                Some((sentence!["the bandwidth of ", run.link_name(link)], used, Measure::link(&link.id, key)))
            }
            _ => None,
        }
    };
    let most = all.iter().filter_map(used).max_by(|a, b| a.1.total_cmp(&b.1));
    most.filter(|(_, used, _)| *used > 0.0)
}
