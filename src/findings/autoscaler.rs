//! Autoscalers that came too late.

use super::claim::{Measure, Reduction};
use super::resources::FULL;
use super::sentence::{rounded, seconds};
use super::{Draft, Subject, Weight};
use crate::fault::{Fault, FaultEffect};
use crate::faults::deploy::Deploy;
use crate::faults::has_effect;
use crate::kinds;
use crate::sentence;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    // Replicas that somebody asked for are not the autoscaler's.
    let is_asked = |id: &str| run.has_change(id, "replicas") || run.has_change(id, "autoscale");
    let scales =
        |id: &&String| !is_asked(id) && run.param(id, "autoscale").is_some_and(|autoscale| !autoscale.is_null());
    run.report.series.nodes.keys().filter(scales).filter_map(|id| draft(run, id)).collect()
}

fn draft(run: &Subject, id: &str) -> Option<Draft> {
    let series = &run.report.series.nodes[id];
    let is_full = |bin: usize| series.utilization[bin].is_some_and(|busy| busy >= FULL);
    let full = run.since(0, &is_full)?;
    let last = (full..run.bins()).take_while(|bin| is_full(*bin)).last()?;
    if !(full..=last).any(|bin| run.is_lossy(bin)) {
        return None;
    }
    let up = &series.replicas;
    let before = up[full];
    let name = run.name(id);
    let at = run.begin(full);
    let replicas = |bin: usize| Measure::node_series(id, "replicas", bin, bin + 1, Reduction::Mean);
    let begins = sentence![
        name,
        " was full at ",
        seconds(at),
        " with ",
        rounded(before),
        if before < 1.5 { " replica up" } else { " replicas up" }
    ];
    // Replicas that come back after a fault are not added: there are more only above what there was.
    let loses = may_lose_replicas(run, id);
    let added_above = if loses { most_before(run, id, full) } else { before };
    let Some(first) = (full + 1..run.bins()).find(|bin| up[*bin] > added_above + 0.5) else {
        if loses {
            return None;
        }
        let text = sentence![begins, ", and its autoscaler added none."];
        let most = Measure::node_series(id, "replicas", full, run.bins(), Reduction::Max);
        let draft = Draft::new(Weight::Important, text).node(Some(id)).time(Some(at), None);
        return Some(draft.equal([(replicas(full), before)]).at_most(most, before + 0.5));
    };
    let most = (first..run.bins()).fold(first, |best, bin| if up[bin] > up[best] + 0.5 { bin } else { best });
    let (came, reached) = (run.report.series.time_s[first], run.report.series.time_s[most]);
    let then = if most > first {
        sentence![", and the most, ", rounded(up[most]), ", at ", seconds(reached)]
    } else {
        sentence![]
    };
    let text = sentence![
        begins,
        "; its autoscaler had another one up by ",
        seconds(came),
        ", ",
        seconds(came - at),
        " later",
        then,
        "."
    ];
    let draft = Draft::new(Weight::Important, text).node(Some(id)).time(Some(at), Some(came));
    let constants = [came, came - at, reached].map(|time| (Measure::Constant(time), time));
    Some(
        draft
            .equal([(replicas(full), before), (replicas(most), up[most])])
            .equal(constants)
            .at_least(replicas(first), added_above + 0.5),
    )
}

/// Whether a fault takes replicas of a node away for a while.
fn may_lose_replicas(run: &Subject, id: &str) -> bool {
    run.faults().any(|fault| {
        (has_effect(fault, FaultEffect::Crashes) || fault.fault == Deploy::INFO.id)
            && run.document.affected(fault).contains(&id)
    })
}

/// The most replicas that a node had up to a bin: those that it began with, or more.
fn most_before(run: &Subject, id: &str, bin: usize) -> f64 {
    let configured = run.document.node(id).map_or(0.0, |node| f64::from(kinds::replicas(node)));
    run.report.series.nodes[id].replicas[..=bin].iter().copied().fold(configured, f64::max)
}
