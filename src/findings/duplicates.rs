//! Messages that a queue gave out again while work on them went on.

use super::claim::Measure;
use super::sentence::{count, seconds};
use super::{Draft, Subject, Weight};
use crate::kinds::queue::metrics::DUPLICATES;
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
    let timeout = run.param(id, "visibility_timeout_s").and_then(|timeout| timeout.as_f64()).unwrap_or(0.0);
    let mut claims = vec![(Measure::node(id, "duplicates"), duplicates as f64), (Measure::Constant(timeout), timeout)];
    let work = match most.filter(|_| twice > 0) {
        Some(link) => {
            claims.push((Measure::node(&link.to, "duplicate_work"), twice as f64));
            sentence!["; ", count(twice), " times ", run.name(&link.to), " did what was done already"]
        }
        None => sentence![],
    };
    let text = sentence![
        run.name(id),
        " gave ",
        count(duplicates),
        " messages out more than once (its visibility timeout is ",
        seconds(timeout),
        ")",
        work,
        "."
    ];
    Some(Draft::new(Weight::Detail, text).node(Some(id)).equal(claims))
}
