//! Faults that have no effect.

use super::{Checker, Facts};
use crate::engine::plan::{Change, Planned};
use crate::fault::FaultEffect;
use crate::faults::{self, read_fault};
use crate::model::{Fault, Place};
use crate::params::{Violation, plain};
use crate::time::from_s;

/// Warns of faults that have no effect: outside the run, of no size, or where they change nothing.
pub(super) fn check(checker: &mut Checker, facts: &Facts, changes: &[Vec<Planned>]) {
    for (index, (fault, changes)) in facts.document.faults.iter().zip(changes).enumerate() {
        let place = Place::Fault(index);
        if let Some(Violation { field, what, right }) = without_effect(facts, fault, changes)
            && !checker.has_problem(&place, &field)
        {
            checker.warning(place, &field, what, right);
        }
    }
}

/// Why a fault has no effect; `None` where it has one, or is not sound.
fn without_effect(facts: &Facts, fault: &Fault, changes: &[Planned]) -> Option<Violation> {
    let run_s = facts.document.run.duration_s;
    let info = faults::info(&fault.fault)?;
    if changes.is_empty() {
        return None; // Something else is wrong with it.
    }
    if from_s(fault.start_s) >= from_s(run_s) {
        let what = format!("it begins at {} s, when the run is over", plain(fault.start_s));
        return Some(Violation::new("start_s", what, format!("less than {} s, or a longer run", plain(run_s))));
    }
    if let Some(duration_s) = fault.duration_s {
        if info.is_instantaneous {
            return Some(Violation::new("duration_s", "means nothing, because it happens at an instant", "null"));
        }
        // What dies is lost, however soon it is up again.
        if from_s(duration_s) == 0 && info.effect != FaultEffect::Crashes {
            return Some(Violation::new("duration_s", "it ends when it begins", "more than 0, or null"));
        }
    }
    if let Some(idle) = read_fault(fault)?.idle() {
        return Some(idle);
    }
    // What begins: ends change nothing where beginnings do not.
    let begins = from_s(fault.start_s);
    let mut beginnings = changes.iter().filter(|planned| planned.time == begins);
    let mut reason = None;
    let has_no_effect = beginnings.all(|planned| {
        let unmoved = unmoved(facts, &planned.change);
        reason = reason.take().or_else(|| unmoved.clone());
        unmoved.is_some()
    });
    let reason = reason.filter(|_| has_no_effect)?;
    let field = if info.applies_to.is_links() { Fault::LINKS } else { Fault::TARGET };
    Some(Violation::new(field, format!("it changes nothing there, because {reason}"), "another fault, or elsewhere"))
}

/// Why a change has no effect where it is made.
fn unmoved(facts: &Facts, change: &Change) -> Option<String> {
    let station = match change {
        Change::Cut(link, _) | Change::RestoreLink(link, ..) | Change::Latency(link, ..) | Change::Loss(link, ..) => {
            return (!facts.is_used(*link)).then(|| format!("no request uses the link {}", facts.link(*link).id));
        }
        Change::Partition(..) => return None,
        Change::Crash(station, _)
        | Change::Restore(station, _)
        | Change::Slow(station, ..)
        | Change::Errors(station, ..)
        | Change::Pause(station, _)
        | Change::Resume(station, _)
        | Change::Flush(station)
        | Change::Traffic(station, ..)
        | Change::Deploy(station, _) => *station,
    };
    if !facts.reached[station as usize] {
        return Some(format!("no traffic reaches {}", facts.id(station)));
    }
    facts.kinds[station as usize].unmoved_by(change).map(str::to_owned)
}
