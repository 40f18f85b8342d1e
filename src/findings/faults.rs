//! The faults that were injected: each with what it affected, when and for how long.

use super::sentence::{Sentence, number, percent, seconds};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::fault::Part;
use crate::faults::{is_instantaneous, read_fault};
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

/// What a fault affects: a zone with its members, the two sides of a partition, or all that it names.
fn affected(run: &Subject, fault: &Fault) -> String {
    let shown = |id: &str| match run.document.link(id) {
        Some(link) => run.link_name(link),
        None => match run.document.named(id) {
            Some(Named::Replica(node, number)) => format!("{} #{number}", run.name(&node.id)),
            _ => run.name(id),
        },
    };
    let sides = fault.sides();
    if !sides.is_empty() {
        let side = |ids: &Vec<&str>| {
            let name = |id: &&str| zone(run, id).map_or_else(|| shown(id), str::to_owned);
            let names: Vec<_> = ids.iter().map(name).collect();
            match names.as_slice() {
                [first, _, _, _, ..] => format!("{first} with {} others", names.len() - 1),
                few => few.join(", "),
            }
        };
        return sides.iter().map(side).collect::<Vec<_>>().join(" and ");
    }
    let all = run.document.affected(fault).into_iter().map(shown).collect::<Vec<_>>().join(", ");
    fault.target().and_then(|target| zone(run, target)).map_or(all.clone(), |zone| format!("{zone} ({all})"))
}

fn describe(run: &Subject, fault: &Fault) -> Sentence {
    let affected = affected(run, fault);
    // One replica is called by its number.
    let affected = match fault.target().and_then(|target| run.document.named(target)) {
        Some(Named::Replica(_, number)) => format!("Replica {number} of {affected}"),
        _ => affected,
    };
    let parts = read_fault(fault).map(|fault| fault.past_tense()).unwrap_or_default();
    let effect = parts.into_iter().fold(sentence![], |effect, part| match part {
        Part::Words(words) => effect.with(words),
        Part::Number(value) => effect.with(number(value)),
        Part::Percent(ratio) => effect.with(percent(ratio)),
    });
    let length = match fault.duration_s {
        Some(duration) => sentence![" for ", seconds(duration)],
        None if is_instantaneous(fault) => sentence![],
        None => sentence![" to the end"],
    };
    sentence![affected, " ", effect, " at ", seconds(fault.start_s), length, "."]
}
