//! The form of a fault: what it is, whom it befalls, when, and how badly.

use super::field::Slot;
use super::{checks, fault_words, name_of, replicas, whole_problems};
use crate::editor::{Command, shown_name};
use crate::faults::{FaultKind, fault_kind};
use crate::kinds;
use crate::model::{Document, Place};
use crate::params::{Field, Shape};
use crate::views::erase::{Gather, live, memo};
use crate::views::icons::icon;
use crate::views::state::Ui;
use crate::views::timeline::copy_fault;
use leptos::prelude::*;
use serde_json::{Value, json};

/// When it is on; `end_s` is where the run ends, and so the sliders.
fn times(kind: FaultKind, end_s: f64) -> Vec<Field> {
    let seconds = Shape::Number { min: 0.0, max: end_s };
    let start = Field {
        key: "start_s",
        label: "Start",
        unit: "s",
        help: "Simulated time.",
        default: json!(0),
        none: None,
        shape: seconds.clone(),
    };
    let duration = Field {
        key: "duration_s",
        label: "Length",
        unit: "s",
        help: "How long it lasts.",
        default: Value::Null,
        none: Some("to the end"),
        shape: seconds,
    };
    if kind.is_momentary() { vec![start] } else { vec![start, duration] }
}

/// Whom a fault can befall, and whom it does befall now: ids with what they are called.
fn targets(document: &Document, kind: FaultKind, now: Option<&str>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for node in &document.nodes {
        if !kinds::info(&node.kind).is_some_and(|info| kind.strikes(info.role)) {
            continue;
        }
        all.push((node.id.clone(), shown_name(node).to_owned()));
        if matches!(kind, FaultKind::Crash | FaultKind::Slow | FaultKind::Errors) {
            replicas(node, &mut all);
        }
    }
    let zone = |zone: &crate::model::Zone| (zone.id.clone(), zone.shown_name().to_owned());
    all.extend(document.zones.iter().map(zone));
    // What stands in the document is shown, whatever it is.
    if let Some(now) = now.filter(|now| all.iter().all(|(id, _)| id != now)) {
        all.push((now.to_owned(), now.to_owned()));
    }
    all
}

/// The form of the fault at this index.
pub fn fault_form(ui: Ui, index: usize) -> impl IntoView {
    let parameter =
        memo(move || ui.editing.document.with(|document| document.faults.get(index).map(|it| it.fault.clone())));
    live(move || {
        let id = parameter.get()?;
        let Some((kind, label)) = fault_kind(&id) else {
            return Some(view! { <p class="wrong">{format!("There is no fault called {id}.")}</p> }.into_any());
        };
        let end_s = ui.editing.document.with_untracked(|document| document.run.duration_s);
        let mut fields = times(kind, end_s);
        let own = crate::faults::fault_fields(&id).unwrap_or_default();
        fields.extend(own.into_iter().filter(|field| !["target", "links"].contains(&field.key)));
        let words = memo(move || {
            ui.editing
                .document
                .with(|document| Some(fault_words(document.faults.get(index)?, |id| name_of(document, id))))
        });
        let whom = if kind.is_of_links() { links(ui, index) } else { target(ui, index, kind) };
        Some(
            view! {
                <div class="head">
                    <span class="tile kind-fault" aria-hidden="true">
                        {icon("warning")}
                    </span>
                    <span>
                        <b>{live(move || words.get())}</b>
                        <small>{format!("Fault: {label}")}</small>
                    </span>
                </div>
                <p class="help about">{kind.help()}</p>
                {whole_problems(ui, Place::Fault(index))}
                <div class="form">{whom} {Slot::new(ui, Place::Fault(index), fields).form()}</div>
                <div class="actions">
                    <button class="button outlined small" on:click=move |_| copy_fault(ui, index)>
                        {icon("copy")}
                        "Duplicate"
                    </button>
                    <button
                        class="button outlined small"
                        on:click=move |_| {
                            ui.edit(Command::RemoveFault(index));
                            ui.editing.selected_place.set(None);
                        }
                    >
                        {icon("trash")}
                        "Delete"
                    </button>
                </div>
            }
            .into_any(),
        )
    })
}

fn param(ui: Ui, index: usize, key: &'static str) -> Memo<Value> {
    memo(move || {
        ui.editing.document.with(|document| {
            document.faults.get(index).and_then(|fault| fault.params.get(key).cloned()).unwrap_or(Value::Null)
        })
    })
}

fn set(ui: Ui, index: usize, key: &str, value: Value) {
    ui.edit(Command::SetParam { place: Place::Fault(index), path: key.to_owned(), value: Some(value) });
}

fn target(ui: Ui, index: usize, kind: FaultKind) -> AnyView {
    let chosen = param(ui, index, "target");
    let all = memo(move || ui.editing.document.with(|document| targets(document, kind, chosen.get().as_str())));
    let option = move |(id, name): (String, String)| {
        let mine = id.clone();
        view! { <option value=id prop:selected=move || chosen.with(|it| it.as_str() == Some(mine.as_str()))>{name}</option> }
    };
    view! {
        <div class="field wide">
            <label class="label" for="fault-target">"Target"</label>
            <select
                id="fault-target"
                data-testid="field-target"
                on:change=move |event| set(ui, index, "target", json!(event_target_value(&event)))
            >
                {live(move || all.get().into_iter().map(option).gather())}
            </select>
        </div>
    }
    .into_any()
}

fn links(ui: Ui, index: usize) -> AnyView {
    let chosen = param(ui, index, "links");
    let all = memo(move || {
        ui.editing.document.with(|document| {
            let named = |link: &crate::model::Link| (link.id.clone(), name_of(document, &link.id).unwrap_or_default());
            document.links.iter().map(named).collect::<Vec<_>>()
        })
    });
    let now = move || {
        chosen.with(|value| {
            value.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect::<Vec<_>>()
        })
    };
    let change = move |all: Vec<String>| {
        let value = if all.is_empty() { Value::Null } else { json!(all) };
        set(ui, index, "links", value);
    };
    checks("Links", "field-links", all, now, change)
}
