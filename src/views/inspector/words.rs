//! Names and faults in a few words.

use crate::editor::shown_name;
use crate::faults::{is_instantaneous, read_fault};
use crate::model::{Document, Fault, Named, Place};
use crate::params;
use crate::scenario::changes::{self, Difference};
use crate::views::format;

/// What a node, one of its replicas (`db#2`), a link or a zone is called on the page.
pub fn name_of(document: &Document, id: &str) -> Option<String> {
    let node = |id: &str| document.node(id).map(|node| shown_name(node).to_owned());
    let link = || {
        let link = document.link(id)?;
        Some(format!("{} → {}", node(&link.from)?, node(&link.to)?))
    };
    match document.named(id) {
        Some(Named::Node(node)) => Some(shown_name(node).to_owned()),
        Some(Named::Replica(node, number)) => Some(format!("{} #{number}", shown_name(node))),
        Some(Named::Zone(zone)) => Some(zone.shown_name().to_owned()),
        None => link(),
    }
}

/// The parameter change of this index in a few words: `Orders DB: Workers 3 → 5`.
pub fn change_words(document: &Document, index: usize) -> String {
    let Some(Difference { place, field, label, before, after }) = changes::difference(document, index) else {
        return document.changes.get(index).map(|change| change.set.clone()).unwrap_or_default();
    };
    let name = match &place {
        Place::Node(id) | Place::Link(id) => name_of(document, id),
        _ => None,
    };
    format!("{}: {}", name.unwrap_or_default(), params::change_words(&label, &field, &before, &after))
}

/// A fault in a few words; `name` finds what an id is called.
pub fn fault_words(fault: &Fault, name: impl Fn(&str) -> Option<String>) -> String {
    let called = |id: &str| name(id).unwrap_or_else(|| id.to_owned());
    let links = fault.links().into_iter().map(called).collect::<Vec<_>>().join(", ");
    let side = |ids: Vec<&str>| match ids.as_slice() {
        [first, _, _, ..] => format!("{} and {} others", called(first), ids.len() - 1),
        few => few.iter().map(|id| called(id)).collect::<Vec<_>>().join(", "),
    };
    let between = fault.sides().into_iter().map(side).collect::<Vec<_>>().join(" | ");
    let what = read_fault(fault).map_or_else(|| fault.fault.clone(), |read| read.short_label());
    match fault.target().map(called).into_iter().chain([links, between]).find(|affected| !affected.is_empty()) {
        Some(affected) => format!("{affected}: {what}"),
        None => what,
    }
}

/// When a fault is in effect, in a few words.
pub fn fault_time(fault: &Fault) -> String {
    let start = format::number(fault.start_s);
    match fault.duration_s {
        Some(duration_s) => format!("{start} s to {} s", format::number(fault.start_s + duration_s)),
        None if is_instantaneous(fault) => format!("at {start} s"),
        None => format!("from {start} s to the end"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_are_described_by_names() {
        let mut fault = Fault {
            fault: "crash".to_owned(),
            start_s: 31.0,
            duration_s: Some(4.0),
            params: [("target".to_owned(), json!("db"))].into_iter().collect(),
        };
        assert_eq!(fault_words(&fault, |_| Some("Orders DB".to_owned())), "Orders DB: crash");
        assert_eq!(fault_words(&fault, |_| None), "db: crash");
        assert_eq!(fault_time(&fault), "31 s to 35 s");
        fault.params = [("links".to_owned(), json!(["a", "b"]))].into_iter().collect();
        fault.fault = "partition".to_owned();
        fault.duration_s = None;
        assert_eq!(fault_words(&fault, |_| None), "a, b: cut off");
        fault.params = [("between".to_owned(), json!([["z"], ["a", "b", "c"]]))].into_iter().collect();
        assert_eq!(fault_words(&fault, |_| None), "z | a and 2 others: cut off");
        assert_eq!(fault_time(&fault), "from 31 s to the end");
    }
}
