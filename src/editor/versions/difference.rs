//! What changed from one document to another, in words.

use crate::editor::shown_name;
use crate::model::{Document, Link, Node, Params, RunPlan, Zone};
use crate::params::{Field, Shape, change_words, label_within, values};
use crate::{kinds, link};
use serde_json::Value;

/// The most names that are listed; more are counted.
const NAMES_MAX: usize = 2;
/// The most parameters of one node or link that are listed.
const PARAMETERS_MAX: usize = 3;

/// What changed from one document to another, as short phrases: `2 nodes added`, `Orders DB: workers 10 → 5`.
/// Empty only when they are equal.
pub fn difference(before: &Document, after: &Document) -> Vec<String> {
    let mut out = Vec::new();
    if before.title != after.title {
        out.push(match after.title.as_str() {
            "" => "title removed".to_owned(),
            title => format!("title “{title}”"),
        });
    }
    nodes(before, after, &mut out);
    links(before, after, &mut out);
    let zones = |of: &Document, keep: &dyn Fn(&Zone) -> bool| -> Vec<String> {
        of.zones.iter().filter(|zone| keep(zone)).map(|zone| zone.shown_name().to_owned()).collect()
    };
    counted(zones(after, &|zone| before.zone(&zone.id).is_none()), "zone", "added", &mut out);
    counted(zones(before, &|zone| after.zone(&zone.id).is_none()), "zone", "removed", &mut out);
    let is_changed = |zone: &Zone| before.zone(&zone.id).is_some_and(|was| was != zone);
    counted(zones(after, &is_changed), "zone", "changed", &mut out);
    entries(&before.faults, &after.faults, ["fault", "faults"], &mut out);
    entries(&before.changes, &after.changes, ["change during the run", "changes during the run"], &mut out);
    let run = parameters(&RunPlan::described(), &run_values(&before.run), &run_values(&after.run));
    out.extend((!run.is_empty()).then(|| format!("run: {}", listed(run))));
    if out.is_empty() && before != after {
        out.push("other settings changed".to_owned());
    }
    out
}

fn nodes(before: &Document, after: &Document, out: &mut Vec<String>) {
    let nodes = |of: &Document, keep: &dyn Fn(&Node) -> bool| -> Vec<String> {
        of.nodes.iter().filter(|node| keep(node)).map(|node| shown_name(node).to_owned()).collect()
    };
    counted(nodes(after, &|node| before.node(&node.id).is_none()), "node", "added", out);
    counted(nodes(before, &|node| after.node(&node.id).is_none()), "node", "removed", out);
    let is_moved = |node: &Node| before.node(&node.id).is_some_and(|was| was.at != node.at);
    counted(nodes(after, &is_moved), "node", "moved", out);
    for is in &after.nodes {
        let Some(was) = before.node(&is.id) else { continue };
        if shown_name(was) != shown_name(is) {
            out.push(format!("{} renamed {}", shown_name(was), shown_name(is)));
        }
        let fields = kinds::fields(&is.kind).unwrap_or_default();
        let changed = parameters(&fields, &was.params, &is.params);
        if !changed.is_empty() {
            out.push(format!("{}: {}", shown_name(is), listed(changed)));
        }
    }
}

fn links(before: &Document, after: &Document, out: &mut Vec<String>) {
    let words = |document: &Document, link: &Link| {
        let end = |id: &str| document.node(id).map_or_else(|| id.to_owned(), |node| shown_name(node).to_owned());
        format!("{} → {}", end(&link.from), end(&link.to))
    };
    let names = |document: &Document, other: &Document| -> Vec<String> {
        let of = document.links.iter().filter(|link| other.link(&link.id).is_none());
        of.map(|link| words(document, link)).collect()
    };
    counted(names(after, before), "link", "added", out);
    counted(names(before, after), "link", "removed", out);
    for is in &after.links {
        let Some(was) = before.link(&is.id) else { continue };
        if (&was.from, &was.to) != (&is.from, &is.to) {
            out.push(format!("link {} now {}", words(before, was), words(after, is)));
        }
        let changed = parameters(&link::link_fields(), &was.params, &is.params);
        if !changed.is_empty() {
            out.push(format!("{}: {}", words(after, is), listed(changed)));
        }
    }
}

/// Entries of a list that have no identity: `1 fault added`. `called` is what one and several are called.
fn entries<T: PartialEq>(before: &[T], after: &[T], called: [&str; 2], out: &mut Vec<String>) {
    let missing = |all: &[T], other: &[T]| {
        // Equal entries count as often as they are there.
        let count = |of: &[T], entry: &T| of.iter().filter(|it| *it == entry).count();
        let nth = |index: usize| all[..index].iter().filter(|it| **it == all[index]).count();
        (0..all.len()).filter(|index| nth(*index) >= count(other, &all[*index])).count()
    };
    let (added, removed): (usize, usize) = (missing(after, before), missing(before, after));
    let changed = added.min(removed);
    for (count, what) in [(changed, "changed"), (added - changed, "added"), (removed - changed, "removed")] {
        if count > 0 {
            out.push(format!("{count} {} {what}", called[usize::from(count != 1)]));
        }
    }
}

/// `Orders DB added`, or `3 nodes added` when there are many.
fn counted(names: Vec<String>, thing: &str, what: &str, out: &mut Vec<String>) {
    match names.len() {
        0 => {}
        count if count <= NAMES_MAX => out.push(format!("{} {what}", names.join(" and "))),
        count => out.push(format!("{count} {thing}s {what}")),
    }
}

fn listed(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(PARAMETERS_MAX);
    all.truncate(PARAMETERS_MAX);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", all.join(", "))
}

fn run_values(run: &RunPlan) -> Params {
    let mut values = Params::new();
    values.insert("duration_s".to_owned(), run.duration_s.into());
    values.insert("warmup_s".to_owned(), run.warmup_s.into());
    values.insert("seed".to_owned(), run.seed.into());
    values
}

/// The parameters that differ, each with both values.
fn parameters(fields: &[Field], before: &Params, after: &Params) -> Vec<String> {
    let mut out = Vec::new();
    compare(fields, &values::filled(before, fields), &values::filled(after, fields), &mut out);
    let unknown = |key: &&String| fields.iter().all(|field| field.key != key.as_str());
    let keys = after.keys().chain(before.keys().filter(|key| !after.contains_key(*key))).filter(unknown);
    out.extend(keys.filter(|key| before.get(*key) != after.get(*key)).map(|key| format!("{key} changed")));
    out
}

fn compare(fields: &[Field], before: &Params, after: &Params, out: &mut Vec<String>) {
    for field in fields {
        let (was, is) = (before.get(field.key).unwrap_or(&Value::Null), after.get(field.key).unwrap_or(&Value::Null));
        if values::same(was, is) {
            continue;
        }
        let inside = was.as_object().zip(is.as_object());
        let deeper = match (&field.shape, inside) {
            (Shape::Group(fields), Some(_)) => Some(fields),
            (Shape::OneOf { tag, variants }, Some((was, is))) if was.get(*tag) == is.get(*tag) => {
                let chosen = is.get(*tag).and_then(Value::as_str);
                variants.iter().find(|(choice, _)| Some(choice.id) == chosen).map(|(_, fields)| fields)
            }
            _ => None,
        };
        match (deeper, inside) {
            (Some(fields), Some((was, is))) => {
                let mut changed = Vec::new();
                compare(fields, was, is, &mut changed);
                out.extend(changed.into_iter().map(|each| format!("{} {each}", label_within(field.label))));
            }
            _ => out.push(change_words(&label_within(field.label), field, was, is)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::{Command, Editor};
    use crate::model::Place;
    use serde_json::json;

    /// Users, an app and a database, linked.
    fn editor() -> Editor {
        let mut editor = Editor::new(Document::default());
        for (kind, x) in [("client", 0.0), ("app", 300.0), ("database", 600.0)] {
            editor.apply(Command::AddNode { kind: kind.to_owned(), at: [x, 0.0] }).expect("a node");
        }
        for (from, to) in [(0, 1), (1, 2)] {
            let id = |index: usize| editor.document().nodes[index].id.clone();
            let command = Command::Connect { from: id(from), to: id(to) };
            editor.apply(command).expect("a link");
        }
        editor
    }

    /// The words for what some commands change.
    fn words(commands: impl FnOnce(&Document) -> Vec<Command>) -> String {
        let mut editor = editor();
        let before = editor.document().clone();
        for command in commands(&before) {
            editor.apply(command).expect("a change");
        }
        difference(&before, editor.document()).join("; ")
    }

    fn set(place: Place, path: &str, value: Value) -> Command {
        Command::SetParam { place, path: path.to_owned(), value: Some(value) }
    }

    #[test]
    fn equal_documents_do_not_differ() {
        assert_eq!(words(|_| vec![]), "");
    }

    #[test]
    fn nodes_and_links_are_named_or_counted() {
        let add = |kind: &str| Command::AddNode { kind: kind.to_owned(), at: [0.0, 300.0] };
        assert_eq!(words(|_| vec![add("cache")]), "Cache added");
        assert_eq!(words(|_| vec![add("cache"), add("cache"), add("queue")]), "3 nodes added");
        let moved = |id: &str| Command::MoveBy { nodes: vec![id.to_owned()], by: [32.0, 0.0] };
        assert_eq!(words(|was| vec![moved(&was.nodes[0].id)]), "Client moved");
        let rename = |id: &str| Command::Rename { node: id.to_owned(), name: "Orders DB".to_owned() };
        assert_eq!(words(|was| vec![rename(&was.nodes[2].id)]), "Database renamed Orders DB");
        let remove = |was: &Document| Command::Remove(crate::editor::Selection::node(&was.nodes[2].id));
        assert_eq!(words(|was| vec![remove(was)]), "Database removed; App → Database removed");
    }

    #[test]
    fn parameters_have_both_values_with_their_units() {
        let node = |was: &Document, index: usize| Place::Node(was.nodes[index].id.clone());
        assert_eq!(words(|was| vec![set(node(was, 1), "workers", json!(5))]), "App: workers 8 → 5");
        let service = words(|was| vec![set(node(was, 1), "service.mean_ms", json!(7))]);
        assert!(service.contains(" ms → 7 ms"), "{service}");
        let link = |was: &Document| Place::Link(was.links[0].id.clone());
        let timeout = words(|was| vec![set(link(was), "timeout_ms", json!(250))]);
        assert!(timeout.starts_with("Client → App: timeout ") && timeout.ends_with("→ 250 ms"), "{timeout}");
    }

    #[test]
    fn the_title_zones_faults_and_the_run_are_told() {
        let zone = |was: &Document| Command::AddZone([was.nodes[0].id.clone()].into());
        assert_eq!(words(|was| vec![zone(was)]), "Zone A added");
        assert_eq!(words(|_| vec![Command::SetTitle("Shop".to_owned())]), "title “Shop”");
        let run = words(|was| vec![Command::SetRun(RunPlan { duration_s: 45.0, ..was.run.clone() })]);
        assert!(run.starts_with("run: duration ") && run.ends_with("→ 45 s"), "{run}");
        let crash = |was: &Document| crate::model::Fault {
            fault: "crash".to_owned(),
            start_s: 1.0,
            duration_s: None,
            params: [("target".to_owned(), json!(was.nodes[1].id))].into_iter().collect(),
        };
        assert_eq!(words(|was| vec![Command::AddFault(crash(was))]), "1 fault added");
    }

    #[test]
    fn nothing_that_differs_is_passed_over() {
        let before = Document::default();
        let after = Document { watch: "The queue.".to_owned(), ..Document::default() };
        assert_eq!(difference(&before, &after), ["other settings changed"]);
    }
}
