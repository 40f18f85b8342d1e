//! Links that were full: their pools and their bandwidth.

use super::claim::{Measure, Reduction};
use super::resources::{Resource, Stretch};
use super::saturation::waited;
use super::sentence::{count, duration, number, percent, seconds};
use super::subject::mean;
use super::{Draft, Subject, Weight};
use crate::engine::plan::Direction;
use crate::fault::FaultEffect;
use crate::record::link_metrics::{BACKWARD, BANDWIDTH_WAIT_MS, FORWARD, POOL_SIZE};
use crate::sentence;
use serde_json::Value;

/// The sentence about a full pool.
pub(super) fn pool_draft<'b>(
    run: &Subject<'b>,
    it: &Resource<'b>,
    stretch: Stretch,
    all: &[(Resource<'b>, Stretch)],
    at: f64,
) -> Option<Draft> {
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
    let is_callee = |(other, during): &(Resource, Stretch)| {
        other.node == link.to && other.link.is_none() && during.first <= stretch.last && stretch.first <= during.last
    };
    let callee = run.name(&link.to);
    let bin = stretch.first;
    let is_affected = run.is_affected(it.link?, bin) || run.is_active(FaultEffect::Crashes, &link.to, bin);
    let why = if all.iter().any(is_callee) {
        sentence![", behind it ", callee, " was full"]
    } else if is_affected {
        sentence![]
    } else {
        sentence![", while ", callee, " was not full"]
    };
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
    Some(Draft::new(Weight::Important, text).node(Some(&link.from)).link(Some(&link.id)).equal(claims))
}

/// The sentence about a bandwidth that was used up.
pub(super) fn bandwidth_draft(run: &Subject, it: &Resource, direction: Direction, at: f64) -> Option<Draft> {
    let link = &run.document.links[it.link?];
    let mbps = link.params.get("bandwidth_mbps").and_then(Value::as_f64)?;
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
        " of the run, and a message waited ",
        duration(wait),
        " for it on average."
    ];
    Some(Draft::new(Weight::Important, text).node(Some(&link.from)).link(Some(&link.id)).equal([
        (Measure::Constant(mbps), mbps),
        (Measure::link(&link.id, metric.info.key), share),
        (Measure::link(&link.id, BANDWIDTH_WAIT_MS.info.key), wait),
    ]))
}
