//! Names and faults in a few words.

use crate::editor::shown_name;
use crate::faults::is_momentary;
use crate::model::{Document, Fault};
use crate::views::format;
use serde_json::Value;

/// What a node, one of its replicas (`db#2`), a link or a zone is called on the page.
pub fn name_of(document: &Document, id: &str) -> Option<String> {
    let node = |id: &str| document.node(id).map(|node| shown_name(node).to_owned());
    let replica = || {
        let (base, number) = id.rsplit_once('#')?;
        Some(format!("{} #{number}", node(base)?))
    };
    let zone = || document.zone(id).map(|zone| zone.shown_name().to_owned());
    let link = || {
        let link = document.link(id)?;
        Some(format!("{} → {}", node(&link.from)?, node(&link.to)?))
    };
    node(id).or_else(zone).or_else(replica).or_else(link)
}

/// A fault in a few words; `name` finds what an id is called.
pub fn fault_words(fault: &Fault, name: impl Fn(&str) -> Option<String>) -> String {
    let called = |value: &Value| value.as_str().map(|id| name(id).unwrap_or_else(|| id.to_owned()));
    let target = fault.params.get("target").and_then(called);
    let links = fault
        .params
        .get("links")
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(called).collect::<Vec<_>>().join(", "));
    let side = |side: &Value| {
        let names: Vec<String> = side.as_array().into_iter().flatten().filter_map(called).collect();
        match names.as_slice() {
            [first, _, _, ..] => format!("{first} and {} others", names.len() - 1),
            few => few.join(", "),
        }
    };
    let sides = fault.params.get("between").and_then(Value::as_array);
    let between = sides.map(|sides| sides.iter().map(side).collect::<Vec<_>>().join(" | "));
    let what = match fault.fault.as_str() {
        "partition" => match fault.params.get("direction").and_then(Value::as_str) {
            Some("forward" | "backward") => "one-way partition".to_owned(),
            _ => "partition".to_owned(),
        },
        other => other.replace('_', " "),
    };
    match target.or(links).or(between) {
        Some(affected) => format!("{affected}: {what}"),
        None => what,
    }
}

/// When a fault is in effect, in a few words.
pub fn fault_time(fault: &Fault) -> String {
    let start = format::number(fault.start_s);
    match fault.duration_s {
        Some(duration_s) => format!("{start} s to {} s", format::number(fault.start_s + duration_s)),
        None if is_momentary(fault) => format!("at {start} s"),
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
        assert_eq!(fault_words(&fault, |_| None), "a, b: partition");
        fault.params = [("between".to_owned(), json!([["z"], ["a", "b", "c"]]))].into_iter().collect();
        assert_eq!(fault_words(&fault, |_| None), "z | a and 2 others: partition");
        assert_eq!(fault_time(&fault), "from 31 s to the end");
    }
}
