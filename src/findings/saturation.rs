//! Nodes that ran out of workers, and what their workers waited for.

use super::sentence::{duration, percent, rounded, seconds};
use super::subject::HOLD;
use super::{Draft, Subject, Weight};
use crate::fault::FaultEffect;
use crate::sentence;
use serde_json::Value;

/// A node counts as full from this utilization on.
const FULL: f64 = 0.98;
/// So many full nodes are more important than what followed from them.
const FIRST: usize = 3;
/// Waiting is followed over at most so many nodes without workers of their own.
const HOPS_MAX: usize = 4;

/// A node that became full, and the bin in which it did.
type Full<'a> = (&'a str, usize);

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let mut full: Vec<Full> = Vec::new();
    for id in run.report.series.nodes.keys() {
        full.extend(filled(run, id).map(|bin| (id.as_str(), bin)));
    }
    // Of two that filled in one bin the callee comes first: its caller waits for it.
    let mut order: Vec<(usize, usize, &str)> =
        full.iter().map(|(id, bin)| (*bin, depth(run, id, *bin, &full), *id)).collect();
    order.sort_by_key(|(bin, depth, _)| (*bin, *depth));
    order.iter().enumerate().filter_map(|(place, (bin, _, id))| draft(run, id, *bin, &full, place)).collect()
}

/// How many full nodes stand behind a node, each waiting for the next.
fn depth(run: &Subject, id: &str, bin: usize, full: &[Full]) -> usize {
    let (mut at, mut depth) = (id, 0);
    while let Some((_, callee)) = waits_for(run, at, bin, full) {
        (at, depth) = (callee, depth + 1);
        if depth > full.len() {
            break;
        }
    }
    depth
}

fn draft(run: &Subject, id: &str, bin: usize, full: &[Full], place: usize) -> Option<Draft> {
    let series = &run.report.series.nodes[id];
    let bins = (run.warm()..run.bins()).filter(|bin| is_full(run, id, *bin)).count();
    let share = bins as f64 / (run.bins() - run.warm()).max(1) as f64;
    let last = (bin + 1..run.bins()).take_while(|bin| is_full(run, id, *bin)).last().unwrap_or(bin);
    let longest = series.queue.iter().copied().fold(0.0, f64::max);
    // A consumer of a queue has no waiting line of its own; it is full now and then.
    if longest < 1.0 && last - bin < 2 * HOLD {
        return None;
    }
    let waited =
        if longest >= 1.0 { sentence!["; up to ", rounded(longest), " requests waited for it"] } else { sentence![] };
    let (name, at) = (run.name(id), run.begin(bin));
    let cause = waits_for(run, id, bin, full);
    let text = match cause {
        Some((_, callee)) if run.is_active(FaultEffect::Crashes, callee, bin) => {
            let callee = run.name(callee);
            sentence![
                name,
                " ran out of workers at ",
                seconds(at),
                ": each tried ",
                callee,
                " again and again",
                waited,
                "."
            ]
        }
        Some((link, callee)) => {
            let params = &run.document.links[link].params;
            let retries = params.get("retries").and_then(|retries| retries.get("max")).and_then(Value::as_u64);
            let limit = match params.get("timeout_ms").and_then(Value::as_f64) {
                Some(ms) if retries.unwrap_or(0) > 0 => sentence!["up to ", duration(ms), " an attempt"],
                Some(ms) => sentence!["up to ", duration(ms)],
                None => sentence!["without a timeout"],
            };
            let callee = run.name(callee);
            sentence![
                name,
                " ran out of workers at ",
                seconds(at),
                ": each waited for ",
                callee,
                ", ",
                limit,
                waited,
                "."
            ]
        }
        None => sentence![
            name,
            " reached ",
            percent(1.0),
            " at ",
            seconds(at),
            " and was there for ",
            percent(share),
            " of the run",
            waited,
            "."
        ],
    };
    let weight = if place < FIRST { Weight::Important } else { Weight::Detail };
    let link = cause.map(|(link, _)| run.document.links[link].id.as_str());
    let until = run.report.series.time_s[last];
    Some(Draft::new(weight, text).node(Some(id)).link(link).time(Some(at), Some(until)))
}

fn busy(run: &Subject, id: &str, bin: usize) -> f64 {
    run.report.series.nodes[id].utilization.get(bin).copied().flatten().unwrap_or(0.0)
}

fn is_full(run: &Subject, id: &str, bin: usize) -> bool {
    busy(run, id, bin) >= FULL
}

/// The bin in which a node became full. Saturation may begin in the bin before the first full one; that
/// bin is returned if its load says so.
fn filled(run: &Subject, id: &str) -> Option<usize> {
    let bin = run.since(0, &|bin| is_full(run, id, bin))?;
    let Some(last) = bin.checked_sub(1) else { return Some(bin) };
    let (busy_last, busy_full) = (busy(run, id, last), busy(run, id, bin));
    let before = last.checked_sub(1).map_or(0.0, |bin| busy(run, id, bin));
    let part = if run.has_fault_start(last) { 0.1 } else { 0.5 };
    let partly = !run.has_fault_start(bin) && before < busy_full && (busy_last - before) / (busy_full - before) >= part;
    Some(if partly { last } else { bin })
}

/// The link over which a blocking app that is full from this bin on waits, and the node that makes it
/// wait: one that was full by then or affected by a fault, at the end of the link or behind nodes that
/// have no workers of their own.
fn waits_for<'b>(run: &Subject<'b>, id: &str, bin: usize, full: &[Full<'b>]) -> Option<(usize, &'b str)> {
    let node = run.node_of_kind(id, "app")?;
    if !node.params.get("blocking").and_then(Value::as_bool).unwrap_or(true) {
        return None;
    }
    (0..run.document.links.len())
        .filter(|link| run.document.links[*link].from == id)
        .find_map(|link| Some((link, slow_over(run, link, bin, full, HOPS_MAX)?)))
}

/// The node that makes calls over a link slow during a bin, looking at most `hops` links further.
fn slow_over<'b>(run: &Subject<'b>, link: usize, bin: usize, full: &[Full<'b>], hops: usize) -> Option<&'b str> {
    let links = &run.document.links;
    let callee = links[link].to.as_str();
    let retries = links[link].params.get("retries").is_some_and(|retries| !retries.is_null());
    let is_partitioned = |place: &str| run.is_active(FaultEffect::Partitions, place, bin);
    let is_affected = run.is_active(FaultEffect::Delays, callee, bin)
        || run.is_active(FaultEffect::Delays, &links[link].id, bin)
        || is_partitioned(&links[link].id)
        || (is_partitioned(callee) && is_partitioned(&links[link].from))
        || (retries && run.is_active(FaultEffect::Crashes, callee, bin));
    if is_affected || full.iter().any(|(id, since)| *id == callee && *since <= bin) {
        return Some(callee);
    }
    let has_workers =
        run.report.series.nodes.get(callee).is_none_or(|series| series.utilization.iter().any(Option::is_some));
    let onward = |next: &usize| hops > 0 && !has_workers && links[*next].from == callee;
    (0..links.len()).filter(onward).find_map(|next| slow_over(run, next, bin, full, hops - 1))
}
