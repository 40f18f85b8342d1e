//! Links that were full: their pools and their bandwidth.

use super::claim::{Measure, Reduction};
use super::resources::{FULL, Part, Resource, Stretch, node_resources};
use super::saturation::waited;
use super::sentence::{Sentence, count, duration, number, percent, seconds};
use super::subject::mean;
use super::{Draft, Subject, Weight};
use crate::engine::plan::Direction;
use crate::fault::FaultEffect;
use crate::record::link_metrics::{BACKWARD, BANDWIDTH_WAIT_MS, FORWARD, POOL_SIZE};
use crate::sentence;
use serde_json::Value;

/// The sentence about a full pool.
pub(super) fn pool_draft(run: &Subject, it: &Resource, stretch: Stretch, at: f64) -> Option<Draft> {
    let link = &run.document.links[it.link?];
    let report = &run.report.links[&link.id];
    let size = report.get(&POOL_SIZE)?;
    let (waited, mut claims) = waited(run, it, stretch, "calls");
    claims.push((Measure::link(&link.id, POOL_SIZE.info.key), size as f64));
    let refused = mean(&it.refused[stretch.first..=stretch.last]);
    let refusal = if refused > 0.0 {
        let (from, to) = (stretch.first, stretch.last + 1);
        claims.push((Measure::link_series(&link.id, "pool_rejected", from, to, Reduction::Mean), refused));
        sentence!["; it turned away ", percent(refused), " of the calls"]
    } else {
        sentence![]
    };
    let (why, most_used) = behind_pool(run, it.link?, stretch);
    let connections = if size == 1 { " connection was in use" } else { " connections were in use" };
    let verb = if size == 1 { ": its " } else { ": all of its " };
    let text = sentence![
        "The pool of ",
        run.link_name(link),
        " was full from ",
        seconds(at),
        " on",
        verb,
        count(size),
        connections,
        why,
        waited,
        refusal,
        "."
    ];
    let draft = Draft::new(Weight::Important, text).node(Some(&link.from)).link(Some(&link.id)).equal(claims);
    Some(match most_used {
        Some(measure) => draft.at_most(measure, FULL),
        None => draft,
    })
}

/// The words about the callee behind a full pool, and what is less than full if they say that it was not.
/// A callee that was full for a small part of the time, or in a part of it, was neither.
fn behind_pool(run: &Subject, link: usize, stretch: Stretch) -> (Sentence, Option<Measure>) {
    let id = run.document.links[link].to.as_str();
    let parts: Vec<Resource> = node_resources(run, id);
    let bins = stretch.first..stretch.last + 1;
    let full = |part: &Resource| bins.clone().filter(|bin| part.is_full(*bin)).count();
    let is_affected = run.is_affected(link, stretch.first) || run.is_active(FaultEffect::Crashes, id, stretch.first);
    if parts.iter().any(|part| part.part == Part::Node && 2 * full(part) >= bins.len()) {
        (sentence![", behind it ", run.name(id), " was full"], None)
    } else if is_affected || parts.iter().any(|part| full(part) > 0) {
        (sentence![], None)
    } else {
        let most = Measure::node_series(id, "utilization", bins.start, bins.end, Reduction::Max);
        (sentence![", while ", run.name(id), " was not full"], Some(most))
    }
}

/// The sentence about a bandwidth that was used up.
pub(super) fn bandwidth_draft(run: &Subject, it: &Resource, direction: Direction, at: f64) -> Option<Draft> {
    let link = &run.document.links[it.link?];
    let then = run.document_at(at);
    let mbps = then.link(&link.id)?.params.get("bandwidth_mbps").and_then(Value::as_f64)?;
    let (metric, what) = match direction {
        Direction::Forward => (&FORWARD, "by what is sent to "),
        Direction::Backward => (&BACKWARD, "by the answers of "),
    };
    let wait = run.report.links[&link.id].get(&BANDWIDTH_WAIT_MS)?;
    let share = run.report.links[&link.id].get(metric)?;
    let text = sentence![
        "The bandwidth of ",
        run.link_name(link),
        " (",
        number(mbps),
        " Mbit/s) was used up from ",
        seconds(at),
        " on ",
        what,
        run.name(&link.to),
        ": the wire was busy for ",
        percent(share),
        run.of_measured_time(),
        ", and a message waited ",
        duration(wait),
        " for it on average."
    ];
    Some(Draft::new(Weight::Important, text).node(Some(&link.from)).link(Some(&link.id)).equal([
        (Measure::Constant(mbps), mbps),
        (Measure::link(&link.id, metric.info.key), share),
        (Measure::link(&link.id, BANDWIDTH_WAIT_MS.info.key), wait),
    ]))
}
