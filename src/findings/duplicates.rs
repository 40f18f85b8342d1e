//! Messages that a queue gave out again, because work on them failed or went on for too long.

use super::claim::{Comparison, Measure};
use super::sentence::{Sentence, count, seconds};
use super::{Draft, Subject, Weight};
use crate::kinds::queue::metrics::{DUPLICATES, REDELIVERED};
use crate::model::Link;
use crate::record::link_metrics::FAILED;
use crate::record::node_metrics::{ARRIVALS, DUPLICATE_WORK};
use crate::sentence;

/// Duplicates are reported from this share of the messages on.
const NOTABLE: f64 = 0.01;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    run.report.nodes.keys().filter_map(|id| draft(run, id)).collect()
}

fn draft(run: &Subject, id: &str) -> Option<Draft> {
    let node = &run.report.nodes[id];
    let duplicates = node.get(&DUPLICATES)?;
    let consumers = run.document.links.iter().filter(|link| link.from == id);
    let worked = |link: &&crate::model::Link| run.report.nodes.get(&link.to).map_or(0, |node| node[&DUPLICATE_WORK]);
    let most = consumers.max_by_key(worked);
    let twice = most.as_ref().map_or(0, worked);
    if duplicates.max(twice) as f64 <= NOTABLE * node[&ARRIVALS] as f64 {
        return None;
    }
    let (why, why_claims) = why(run, id, twice);
    let mut claims = vec![(Measure::node(id, "duplicates"), Comparison::Equals, duplicates as f64)];
    claims.extend(why_claims);
    let work = match most.filter(|_| twice > 0) {
        Some(link) => {
            claims.push((Measure::node(&link.to, "duplicate_work"), Comparison::Equals, twice as f64));
            sentence![
                "; ",
                count(twice),
                if twice == 1 { " time " } else { " times " },
                run.name(&link.to),
                " did what was done already"
            ]
        }
        None => sentence![],
    };
    let text = sentence![
        run.name(id),
        " gave ",
        count(duplicates),
        if duplicates == 1 { " message" } else { " messages" },
        " out more than once",
        why,
        work,
        "."
    ];
    let draft = Draft::new(Weight::Detail, text).node(Some(id));
    Some(claims.into_iter().fold(draft, |draft, (measure, is, value)| draft.claim(measure, is, value)))
}

type Claims = Vec<(Measure, Comparison, f64)>;

/// Why a queue gave messages out again: its visibility timeout where work went on meanwhile, or where fewer
/// deliveries failed than were made again; else the consumers failed.
fn why(run: &Subject, id: &str, twice: u64) -> (Sentence, Claims) {
    let links: Vec<&Link> = run.document.links.iter().filter(|link| link.from == id).collect();
    let failed: u64 = links.iter().filter_map(|link| Some(run.report.links.get(&link.id)?[&FAILED])).sum();
    let again = run.report.nodes[id].get(&REDELIVERED).unwrap_or(0);
    if twice == 0 && failed >= again {
        let failures = Measure::Sum(links.iter().map(|link| Measure::link(&link.id, "failed")).collect());
        return (sentence![", because its consumers failed"], vec![(failures, Comparison::AtLeast, again as f64)]);
    }
    if run.has_change(id, "visibility_timeout_s") {
        return (sentence![], Vec::new());
    }
    let timeout = run.param(id, "visibility_timeout_s").and_then(|timeout| timeout.as_f64()).unwrap_or(0.0);
    let words = sentence![" (its visibility timeout is ", seconds(timeout), ")"];
    (words, vec![(Measure::Constant(timeout), Comparison::Equals, timeout)])
}
