//! The form of a fault: what it is, whom it befalls, when, and how badly.

use super::field::Slot;
use super::{fault_words, name_of, whole_problems};
use crate::editor::{Command, geometry, shown_name};
use crate::kind::{Field, Shape};
use crate::kinds;
use crate::kinds::fault::{FaultKind, fault_kind};
use crate::model::{Document, Place};
use crate::views::erase::{Gather, live, memo};
use crate::views::icons::icon;
use crate::views::state::Ui;
use crate::views::timeline::copy_fault;
use leptos::prelude::*;
use serde_json::{Value, json};

/// The most replicas that can be chosen one by one.
const REPLICAS_MAX: u64 = 24;

fn times(kind: FaultKind) -> Vec<Field> {
    let seconds = Shape::Number { min: 0.0, max: 1e7 };
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

/// Whom a fault can befall: ids with what they are called.
fn targets(document: &Document, kind: FaultKind) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for node in &document.nodes {
        if !kinds::info(&node.kind).is_some_and(|info| kind.strikes(info.role)) {
            continue;
        }
        let name = shown_name(node);
        all.push((node.id.clone(), name.to_owned()));
        let replicas = geometry::replicas(node);
        let one_by_one = matches!(kind, FaultKind::Crash | FaultKind::Slow | FaultKind::Errors);
        if one_by_one && replicas > 1 {
            let replica = |number: u64| (format!("{}#{number}", node.id), format!("{name}, replica {number}"));
            all.extend((1..=replicas.min(REPLICAS_MAX)).map(replica));
        }
    }
    let zone = |zone: &crate::model::Zone| {
        let name = if zone.name.is_empty() { &zone.id } else { &zone.name };
        (zone.id.clone(), format!("Zone {name}"))
    };
    all.extend(document.zones.iter().map(zone));
    all
}

/// The form of the fault at this index.
pub fn fault_form(ui: Ui, index: usize) -> impl IntoView {
    let about = memo(move || ui.document.with(|document| document.faults.get(index).map(|it| it.fault.clone())));
    live(move || {
        let id = about.get()?;
        let Some((kind, label)) = fault_kind(&id) else {
            return Some(view! { <p class="wrong">{format!("There is no fault called {id}.")}</p> }.into_any());
        };
        let mut fields = times(kind);
        let own = kinds::fault_fields(&id).unwrap_or_default();
        fields.extend(own.into_iter().filter(|field| !["target", "links"].contains(&field.key)));
        let words = memo(move || {
            ui.document.with(|document| Some(fault_words(document.faults.get(index)?, |id| name_of(document, id))))
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
                            ui.fault.set(None);
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
        ui.document.with(|document| {
            document.faults.get(index).and_then(|fault| fault.params.get(key).cloned()).unwrap_or(Value::Null)
        })
    })
}

fn set(ui: Ui, index: usize, key: &str, value: Value) {
    ui.edit(Command::SetParam { place: Place::Fault(index), path: key.to_owned(), value: Some(value) });
}

fn target(ui: Ui, index: usize, kind: FaultKind) -> AnyView {
    let chosen = param(ui, index, "target");
    let all = memo(move || ui.document.with(|document| targets(document, kind)));
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
        ui.document.with(|document| {
            let named = |link: &crate::model::Link| (link.id.clone(), name_of(document, &link.id).unwrap_or_default());
            document.links.iter().map(named).collect::<Vec<_>>()
        })
    });
    let ids = move |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let row = move |(id, name): (String, String)| {
        let mine = id.clone();
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || chosen.with(|it| ids(it).contains(&mine))
                    on:change=move |event| {
                        let mut all = chosen.with_untracked(ids);
                        all.retain(|it| *it != id);
                        if event_target_checked(&event) {
                            all.push(id.clone());
                        }
                        let value = if all.is_empty() { Value::Null } else { json!(all) };
                        set(ui, index, "links", value);
                    }
                />
                {name}
            </label>
        }
    };
    view! {
        <fieldset class="field wide checks" data-testid="field-links">
            <legend class="label">"Links"</legend>
            {live(move || all.get().into_iter().map(row).gather())}
        </fieldset>
    }
    .into_any()
}
