//! A run that ended before its time.

use super::claim::Measure;
use super::sentence::seconds;
use super::{Draft, Subject, Weight};
use crate::report::EarlyEnd;
use crate::sentence;

/// So many nodes are named.
const NAMED: usize = 4;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let Some(end) = &run.report.ended_early else { return Vec::new() };
    let mut names: Vec<String> = end.nodes.iter().take(NAMED).map(|id| run.name(id)).collect();
    if end.nodes.len() > NAMED {
        names.push(format!("{} others", end.nodes.len() - NAMED));
    }
    let last = names.pop().unwrap_or_default();
    let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    let why = match (&end.reason, end.nodes.len()) {
        (EarlyEnd::EndlessInstant, 0) => "requests chased each other without time passing, for ever".to_owned(),
        (EarlyEnd::EndlessInstant, 1) => {
            format!("requests chased each other at {names} without time passing, for ever")
        }
        (EarlyEnd::EndlessInstant, _) => {
            format!("requests chased each other between {names} without time passing, for ever")
        }
        (EarlyEnd::OutOfMemory, 0) => "the requests under way took more memory than a run may take".to_owned(),
        (EarlyEnd::OutOfMemory, _) => {
            format!(
                "the requests under way took more memory than a run may take, most of them on the way to {names} or in it"
            )
        }
    };
    let at = run.report.simulated_s;
    let text = sentence!["The run ended at ", seconds(at), ": ", why, "."];
    let node = end.nodes.first().map(String::as_str);
    vec![Draft::new(Weight::End, text).node(node).time(Some(at), None).equal([(Measure::report(&["simulated_s"]), at)])]
}
