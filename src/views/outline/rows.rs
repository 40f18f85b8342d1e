//! The rows of the outline: what each is called, its numbers, and the form that it unfolds.

use super::{Rows, node_name};
use crate::browser::page::focus::focus;
use crate::editor::{Command, Selection};
use crate::kind::Calls;
use crate::kinds;
use crate::model::{Document, Place};
use crate::report::snapshot::{LinkSnapshot, NodeSnapshot};
use crate::views::canvas::node_status;
use crate::views::format;
use crate::views::icons::{icon, tile};
use crate::views::inspector::{change_words, fault_time, fault_words, forms, name_of, plain_tile};
use crate::views::state::Ui;
use leptos::prelude::*;

/// Begins the ids of the controls in the outline: the inspector has the same ones.
const SCOPE: &str = "outline.";

/// What a place is called, for its row and for the search, which finds a node's kind too.
pub fn words(document: &Document, place: &Place) -> String {
    match place {
        Place::Node(id) => {
            let kind = document.node(id).and_then(|node| kinds::info(&node.kind)).map_or("", |info| info.label);
            format!("{}, {}", node_name(document, id), kind.to_ascii_lowercase())
        }
        Place::Run => format!(
            "The run: {} s, seed {}",
            format::number(document.run.duration_s),
            format::exact(document.run.seed as f64)
        ),
        other => name(document, other),
    }
}

fn name(document: &Document, place: &Place) -> String {
    match place {
        Place::Node(id) => node_name(document, id),
        Place::Link(id) | Place::Zone(id) => name_of(document, id).unwrap_or_default(),
        Place::Fault(index) => {
            let fault = document.faults.get(*index);
            fault.map(|fault| fault_words(fault, |id| name_of(document, id))).unwrap_or_default()
        }
        Place::Change(index) => change_words(document, *index),
        Place::Run => "The run".to_owned(),
        _ => String::new(),
    }
}

/// What is said of a place besides its name, where that does not change with the run.
fn plain_value(document: &Document, place: &Place) -> String {
    match place {
        Place::Fault(index) => document.faults.get(*index).map(fault_time).unwrap_or_default(),
        Place::Change(index) => document
            .changes
            .get(*index)
            .map(|change| format!("at {} s", format::number(change.at_s)))
            .unwrap_or_default(),
        Place::Run => format!("{} s", format::number(document.run.duration_s)),
        Place::Zone(id) => document.zone(id).map(|zone| format::counted(zone.nodes.len(), "node")).unwrap_or_default(),
        _ => String::new(),
    }
}

/// How a node does, in a few words: `64 % busy · p99 140 ms`.
fn node_value(kind: &str, now: &NodeSnapshot) -> String {
    let line = node_status::line(kind, now);
    let first = match now.utilization() {
        Some(used) => format!("{} % busy", format::percent(used)),
        None => line.rate,
    };
    if line.label.is_empty() { first } else { format!("{first} · {} {}", line.label, line.value) }
}

/// How a link does, in a few words: `150 /s · 12 /s fail`.
fn link_value(now: &LinkSnapshot) -> String {
    let rate = format::rate(now.rate_rps());
    if now.failed_rps() > 0.05 { format!("{rate} · {} fail", format::rate(now.failed_rps())) } else { rate }
}

/// Takes what a row is about out of the document.
pub fn remove(ui: Ui, place: &Place) {
    let command = match place {
        Place::Node(id) => Command::Remove(Selection::node(id.clone())),
        Place::Link(id) => Command::Remove(Selection::link(id.clone())),
        Place::Fault(index) => Command::RemoveFault(*index),
        Place::Change(index) => Command::RemoveChange(*index),
        Place::Zone(id) => Command::RemoveZone(id.clone()),
        _ => return,
    };
    let words = ui.editing.document.with_untracked(|document| name(document, place));
    ui.editing.apply_announced(command, format!("{words} deleted"));
}

/// The row of a place.
pub fn row(rows: Rows, place: Place) -> AnyView {
    let ui = rows.ui;
    let of_name = place.clone();
    let title = Memo::new(move |_| ui.editing.document.with(|document| name(document, &of_name)));
    let (value, what) = said(ui, &place);
    let (of_open, of_stop, of_click, of_focus) = (place.clone(), place.clone(), place.clone(), place.clone());
    let is_open = Memo::new(move |_| rows.is_open(&of_open));
    let is_stop = Memo::new(move |_| rows.is_stop(&of_stop));
    let unfolds = !matches!(place, Place::Zone(_));
    view! {
        <li class="outline-row" class:open=move || is_open.get()>
            <button
                type="button"
                class="outline-head"
                tabindex=move || if is_stop.get() { "0" } else { "-1" }
                aria-expanded=move || unfolds.then(|| is_open.get().to_string())
                data-testid=testid(&place)
                on:click=move |_| rows.toggle(&of_click)
                on:focus=move |_| rows.current.set(Some(of_focus.clone()))
            >
                {sign(ui, &place)}
                <b>{move || title.get()}</b>
                <span class="off-screen">{move || format!(", {}, ", what.get())}</span>
                <span>{move || value.get()}</span>
                {icon("right")}
            </button>
            <Show when=move || is_open.get()>{form(ui, place.clone())}</Show>
        </li>
    }
    .into_any()
}

fn testid(place: &Place) -> String {
    match place {
        Place::Node(id) | Place::Link(id) | Place::Zone(id) => format!("outline-{id}"),
        Place::Fault(index) => format!("outline-fault-{index}"),
        Place::Change(index) => format!("outline-change-{index}"),
        _ => "outline-run".to_owned(),
    }
}

/// What stands at the beginning of a row.
fn sign(ui: Ui, place: &Place) -> AnyView {
    match place {
        Place::Node(id) => {
            let kind = ui.editing.document.with_untracked(|document| document.node(id).map(|node| node.kind.clone()));
            tile(&kind.unwrap_or_default())
        }
        Place::Link(_) => plain_tile("kind-link", "link"),
        Place::Zone(_) => plain_tile("kind-link", "zone"),
        Place::Fault(_) => plain_tile("kind-fault", "warning"),
        Place::Change(_) => plain_tile("kind-change", "sliders"),
        _ => plain_tile("kind-link", "play"),
    }
}

/// What a row says besides its name, and what screen readers read in between: what it is, and what calls it. Numbers are
/// of each second, so that what is read aloud does not change while it is read.
fn said(ui: Ui, place: &Place) -> (Memo<String>, Memo<String>) {
    let never = Memo::new(|_| false);
    match place.clone() {
        Place::Node(id) => {
            let now = ui.run.legible_node(&id, never);
            let kind = ui.editing.document.with_untracked(|document| Some(document.node(&id)?.kind.clone()));
            let info = kind.and_then(|kind| kinds::info(&kind));
            let label = info.map_or("unknown kind".to_owned(), |info| info.label.to_ascii_lowercase());
            let kind = info.map_or("", |info| info.id);
            let value =
                Memo::new(move |_| now.with(|now| now.as_ref().map(|now| node_value(kind, now)).unwrap_or_default()));
            let what = Memo::new(move |_| {
                let incoming =
                    ui.editing.simulated.with(|document| document.links.iter().filter(|link| link.to == id).count());
                format!("{label}, {incoming} incoming")
            });
            (value, what)
        }
        Place::Link(id) => {
            let now = ui.run.legible_link(&id, never);
            let value = Memo::new(move |_| now.with(|now| now.as_ref().map(link_value).unwrap_or_default()));
            (value, Memo::new(|_| "link".to_owned()))
        }
        other => {
            let what = match other {
                Place::Fault(_) => "fault",
                Place::Change(_) => "parameter change",
                Place::Zone(_) => "zone",
                _ => "settings",
            };
            let value = Memo::new(move |_| ui.editing.document.with(|document| plain_value(document, &other)));
            (value, Memo::new(move |_| what.to_owned()))
        }
    }
}

/// The form that a row unfolds, with what can be done besides.
fn form(ui: Ui, place: Place) -> AnyView {
    let (fields, connects) = match &place {
        Place::Node(id) => {
            let kind = ui.editing.document.with_untracked(|document| document.node(id).map(|node| node.kind.clone()));
            let kind = kind.unwrap_or_default();
            let connects = kinds::info(&kind).is_none_or(|info| info.calls != Calls::None).then(|| id.clone());
            (forms::node(ui, id.clone(), kind, SCOPE), connects)
        }
        Place::Link(id) => (forms::link(ui, id.clone(), SCOPE), None),
        Place::Fault(index) => (forms::fault(ui, *index, SCOPE), None),
        Place::Change(index) => (forms::change(ui, *index, SCOPE), None),
        _ => (forms::run(ui, SCOPE), None),
    };
    let breakable =
        matches!(place, Place::Node(_) | Place::Link(_)).then(|| forms::actions(ui, place.clone(), connects, SCOPE));
    let delete = (place != Place::Run).then(|| {
        let place = place.clone();
        view! {
            <button
                type="button"
                class="button outlined"
                data-testid="outline-delete"
                on:click=move |_| {
                    remove(ui, &place);
                    // The button is gone with its row.
                    request_animation_frame(|| {
                        let _ = focus(".outline-head[tabindex='0']") || focus("[data-testid=outline-add]");
                    });
                }
            >
                {icon("trash")}
                "Delete"
            </button>
        }
    });
    view! {
        <div class="outline-form" role="group" aria-label="Parameters">
            {fields}
            <div class="outline-actions">{breakable} {delete}</div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::link_metrics;
    use crate::record::node_metrics::{ARRIVALS, RESPONSE_P99_MS, UTILIZATION};

    #[test]
    fn a_row_says_how_its_node_and_its_link_do() {
        let now = NodeSnapshot::default().with(&ARRIVALS, 240.0).with(&RESPONSE_P99_MS, 140.0);
        assert_eq!(node_value("app", &now), "240 /s · p99 140 ms");
        assert_eq!(node_value("app", &now.with(&UTILIZATION, 0.64)), "64 % busy · p99 140 ms");
        let failing = LinkSnapshot::default().with(&link_metrics::FAILED, 3.0);
        assert!(link_value(&failing).ends_with("3 /s fail"), "{}", link_value(&failing));
    }
}
