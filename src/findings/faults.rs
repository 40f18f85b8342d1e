//! The faults that were injected: each with what it affected, when and for how long.

use super::sentence::{Sentence, number, percent, seconds};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::fault::Part;
use crate::faults::partition::Partition;
use crate::faults::{AnyFault, is_instantaneous, read_fault};
use crate::model::{Fault, Named, Zone};
use crate::sentence;

/// So many faults are always named; of a longer list the rest gives way to what the faults led to.
const NAMED: usize = 3;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (index, fault) in run.document.faults.iter().enumerate() {
        if fault.start_s >= run.report.duration_s {
            continue;
        }
        let names = run.document.affected(fault);
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

/// What a link, a node or one replica of it is called.
fn shown(run: &Subject, id: &str) -> String {
    match run.document.link(id) {
        Some(link) => run.link_name(link),
        None => match run.document.named(id) {
            Some(Named::Replica(node, number)) => format!("{} #{number}", run.name(&node.id)),
            _ => run.name(id),
        },
    }
}

/// What a fault affects: a zone with its members, or all that it names.
fn affected(run: &Subject, fault: &Fault) -> String {
    let all = run.document.affected(fault).into_iter().map(|id| shown(run, id)).collect::<Vec<_>>().join(", ");
    fault.target().and_then(|target| zone(run, target)).map_or(all.clone(), |zone| format!("{zone} ({all})"))
}

/// The words about a partition before its time and those after it.
fn partition_words(run: &Subject, fault: &Fault, partition: &Partition) -> (String, String) {
    let name = |id: &&str| zone(run, id).map_or_else(|| shown(run, id), str::to_owned);
    let names = |ids: &[&str]| ids.iter().map(name).collect::<Vec<String>>();
    let sides: Vec<Vec<String>> = fault.sides().iter().map(|side| names(side)).collect();
    partition.words(&sides, &names(&fault.links()))
}

/// The words about what a fault did, before its time, and those about what that led to, after it.
fn effect(run: &Subject, fault: &Fault) -> (Sentence, Sentence) {
    let known = read_fault(fault);
    if let Some(AnyFault::Partition(partition)) = &known {
        let (before, after) = partition_words(run, fault, partition);
        let after = if after.is_empty() { sentence![] } else { sentence![": ", after] };
        return (before.into(), after);
    }
    let affected = affected(run, fault);
    // One replica is called by its number.
    let affected = match fault.target().and_then(|target| run.document.named(target)) {
        Some(Named::Replica(_, number)) => format!("Replica {number} of {affected}"),
        _ => affected,
    };
    let parts = known.map(|fault| fault.past_tense()).unwrap_or_default();
    let before = parts.into_iter().fold(sentence![affected, " "], |before, part| match part {
        Part::Words(words) => before.with(words),
        Part::Number(value) => before.with(number(value)),
        Part::Percent(ratio) => before.with(percent(ratio)),
    });
    (before, sentence![])
}

fn describe(run: &Subject, fault: &Fault) -> Sentence {
    let (before, after) = effect(run, fault);
    let length = match fault.duration_s {
        Some(duration) => sentence![" for ", seconds(duration)],
        None if is_instantaneous(fault) => sentence![],
        None => sentence![" to the end"],
    };
    sentence![before, " at ", seconds(fault.start_s), length, after, "."]
}
