//! The faults that were injected: each with what it affected, when and for how long.

use super::sentence::{Sentence, number, percent, seconds};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::faults::is_momentary;
use crate::model::{Fault, Zone};
use crate::sentence;
use serde_json::Value;

/// So many faults are always named; of a longer list the rest gives way to what the faults led to.
const NAMED: usize = 3;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (index, fault) in run.document.faults.iter().enumerate() {
        if fault.start_s >= run.report.duration_s {
            continue;
        }
        let names = run.document.struck(fault);
        let node = names.iter().copied().find(|id| run.document.node(id).is_some());
        let link = names.iter().copied().find(|id| run.document.link(id).is_some());
        let weight = if index < NAMED { Weight::Essential } else { Weight::Further };
        let until_s = fault.duration_s.map(|duration| fault.start_s + duration);
        let draft = Draft::new(weight, describe(run, fault)).severity(DraftSeverity::Cause);
        drafts.push(draft.node(node).link(link).time(Some(fault.start_s), until_s));
    }
    drafts
}

/// The name of a zone, where `name` is the id of one.
fn zone<'a>(run: &Subject<'a>, name: &str) -> Option<&'a str> {
    run.document.zone_named(name).map(Zone::shown_name)
}

/// What a fault affects: a zone with its members, the two sides of a partition, or all that it names.
fn affected(run: &Subject, fault: &Fault) -> String {
    let shown = |id: &str| match run.document.link(id) {
        Some(link) => run.link_name(link),
        None => match id.rsplit_once('#').filter(|_| run.document.node(id).is_none()) {
            Some((base, number)) => format!("{} #{number}", run.name(base)),
            None => run.name(id),
        },
    };
    if let Some(Value::Array(sides)) = fault.params.get("between") {
        let side = |side: &Value| {
            let names = side.as_array().into_iter().flatten().filter_map(Value::as_str);
            let names: Vec<_> = names.map(|id| zone(run, id).map_or_else(|| shown(id), str::to_owned)).collect();
            match names.as_slice() {
                [first, _, _, _, ..] => format!("{first} with {} others", names.len() - 1),
                few => few.join(", "),
            }
        };
        return sides.iter().map(side).collect::<Vec<_>>().join(" and ");
    }
    let all = run.document.struck(fault).into_iter().map(shown).collect::<Vec<_>>().join(", ");
    let target = fault.params.get("target").and_then(Value::as_str);
    target.and_then(|target| zone(run, target)).map_or(all.clone(), |zone| format!("{zone} ({all})"))
}

fn describe(run: &Subject, fault: &Fault) -> Sentence {
    let affected = affected(run, fault);
    // One replica is called by its number.
    let replica = fault.params.get("target").and_then(Value::as_str).and_then(|target| target.split_once('#'));
    let affected = replica.map_or(affected.clone(), |(_, number)| format!("Replica {number} of {affected}"));
    let value = |key: &str, default: f64| fault.params.get(key).and_then(Value::as_f64).unwrap_or(default);
    let effect = match fault.fault.as_str() {
        "crash" => sentence!["crashed"],
        "slow" => sentence!["took ", number(value("factor", 10.0)), " times as long"],
        "errors" => sentence!["answered ", percent(value("ratio", 0.5)), " with an error"],
        "partition" if fault.params.contains_key("between") => sentence!["were cut off from each other"],
        "partition" => sentence!["was cut"],
        "latency" => sentence!["had longer ways"],
        "loss" => sentence!["lost ", percent(value("ratio", 0.5)), " of its messages"],
        "cache_flush" => sentence!["was flushed"],
        "traffic" => sentence!["sent ", number(value("factor", 2.0)), " times the traffic"],
        "pause" => sentence!["stood still"],
        _ => sentence!["was deployed anew"],
    };
    let length = match fault.duration_s {
        Some(duration) => sentence![" for ", seconds(duration)],
        None if is_momentary(fault) => sentence![],
        None => sentence![" to the end"],
    };
    sentence![affected, " ", effect, " at ", seconds(fault.start_s), length, "."]
}
