//! The form of a fault: what it is, what it affects, when, and how badly.

use super::checklist::{Checklist, Named, push_replicas};
use super::controls::Form;
use super::head::{Entry, head, plain_tile};
use super::parameters::Parameter;
use super::problems::PlaceProblems;
use super::words::{fault_words, name_of};
use crate::editor::{Command, shown_name};
use crate::fault::FaultInfo;
use crate::faults;
use crate::kinds;
use crate::model::{Document, Fault, Place};
use crate::params::{Field, Hint, Shape};
use crate::views::state::Ui;
use crate::views::timeline::duplicate_fault;
use leptos::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// When a fault is in effect; `end_s` is where the run ends, and so the sliders.
fn times(info: &FaultInfo, end_s: f64) -> Vec<Field> {
    let seconds = Shape::Number { min: 0.0, max: end_s };
    let hint = Hint { slide: Some([0.0, end_s]), ..Hint::NONE };
    let start = Field {
        key: "start_s",
        label: "Start",
        unit: "s",
        help: "Simulated time.",
        fixed: "",
        hint,
        default: json!(0),
        none: None,
        shape: seconds.clone(),
    };
    let duration = Field {
        key: "duration_s",
        label: "Duration",
        unit: "s",
        help: "How long the fault lasts.",
        fixed: "",
        hint,
        default: Value::Null,
        none: Some("to the end"),
        shape: seconds,
    };
    if info.is_instantaneous { vec![start] } else { vec![start, duration] }
}

/// What a fault can affect, and what it affects now.
fn targets(document: &Document, info: &FaultInfo, now: Option<&str>) -> Vec<Named> {
    let mut all = Vec::new();
    for node in &document.nodes {
        if !kinds::info(&node.kind).is_some_and(|kind| info.applies_to.includes(kind.role)) {
            continue;
        }
        all.push((node.id.clone(), shown_name(node).to_owned()));
        if info.applies_to.has_replicas() {
            push_replicas(node, &mut all);
        }
    }
    all.extend(document.zones.iter().map(|zone| (zone.id.clone(), zone.shown_name().to_owned())));
    // A target that the fault cannot have is shown nevertheless: the document names it.
    if let Some(now) = now.filter(|now| all.iter().all(|(id, _)| id != now)) {
        all.push((now.to_owned(), now.to_owned()));
    }
    all
}

/// The form of the fault at this index. It is drawn anew for a fault of another kind.
#[component]
pub fn FaultForm(ui: Ui, index: usize) -> impl IntoView {
    let id = id_at(ui, index);
    move || {
        let id = id.get()?;
        Some(match faults::info(&id) {
            Some(info) => view! { <KnownFault ui index info /> }.into_any(),
            None => view! { <p class="wrong">{format!("There is no fault called {id}.")}</p> }.into_any(),
        })
    }
}

/// The id of the fault at this index.
fn id_at(ui: Ui, index: usize) -> Memo<Option<String>> {
    Memo::new(move |_| ui.editing.document.with(|document| document.faults.get(index).map(|fault| fault.fault.clone())))
}

#[component]
fn KnownFault(ui: Ui, index: usize, info: &'static FaultInfo) -> impl IntoView {
    let words = move || {
        ui.editing.document.with(|document| Some(fault_words(document.faults.get(index)?, |id| name_of(document, id))))
    };
    let about = RwSignal::new(false);
    let entries = vec![
        Entry::new("About this fault", "help", move || about.update(|about| *about = !*about)),
        Entry::new("Duplicate", "copy", move || duplicate_fault(ui, index)),
        Entry::new("Delete", "trash", move || {
            ui.editing.apply(Command::RemoveFault(index));
            ui.editing.selected_place.set(None);
        }),
    ];
    let name = view! { <b title=words>{words}</b> }.into_any();
    let small = format!("Fault: {}", info.label).into_any();
    view! {
        {head(plain_tile("kind-fault", info.icon), name, small, entries)}
        {move || about.get().then(|| view! { <p class="help about">{info.help}</p> })}
        <FaultFields ui index scope="" />
    }
}

/// What the fault at this index affects, when, and its parameters. Drawn anew for a fault of another kind, and when
/// the duration of the run changes.
#[component]
pub fn FaultFields(
    ui: Ui,
    index: usize,
    /// Begins the ids of the controls.
    scope: &'static str,
) -> impl IntoView {
    let id = id_at(ui, index);
    let end_s = Memo::new(move |_| ui.editing.document.with(|document| document.run.duration_s));
    move || {
        let info = faults::info(&id.get()?)?;
        let mut fields = times(info, end_s.get());
        let own = faults::fields(info.id).unwrap_or_default();
        fields.extend(own.into_iter().filter(|field| !Fault::PLACES.contains(&field.key)));
        let parameter = Parameter::new(ui, Place::Fault(index), fields.clone()).within(scope);
        let affected = if info.applies_to.is_links() {
            view! { <AffectedLinks ui index /> }.into_any()
        } else {
            view! { <Target ui index info scope /> }.into_any()
        };
        Some(view! {
            <PlaceProblems ui place=Place::Fault(index) />
            <div class="form">
                {affected} <Form parameter fields />
            </div>
        })
    }
}

/// A parameter of the fault at this index; `Null` where it is not set.
fn param(ui: Ui, index: usize, key: &'static str) -> Memo<Value> {
    Memo::new(move |_| {
        ui.editing.document.with(|document| {
            document.faults.get(index).and_then(|fault| fault.params.get(key).cloned()).unwrap_or(Value::Null)
        })
    })
}

fn set(ui: Ui, index: usize, key: &str, value: Value) {
    ui.editing.apply(Command::SetParam { place: Place::Fault(index), path: key.to_owned(), value: Some(value) });
}

/// The node, replica or zone that the fault affects.
#[component]
fn Target(ui: Ui, index: usize, info: &'static FaultInfo, scope: &'static str) -> impl IntoView {
    let chosen = param(ui, index, Fault::TARGET);
    let all = Memo::new(move |_| ui.editing.document.with(|document| targets(document, info, chosen.get().as_str())));
    let option = move |(id, name): Named| {
        let value = id.clone();
        let is_chosen = move || chosen.with(|chosen| chosen.as_str() == Some(id.as_str()));
        view! {
            <option value=value prop:selected=is_chosen>
                {name}
            </option>
        }
    };
    view! {
        <div class="field wide">
            <label class="label" for=format!("{scope}fault-target")>
                "Target"
            </label>
            <select
                id=format!("{scope}fault-target")
                data-testid=format!("field-{scope}target")
                on:change=move |event| set(ui, index, Fault::TARGET, json!(event_target_value(&event)))
            >
                {move || all.get().into_iter().map(option).collect_view()}
            </select>
        </div>
    }
}

/// The links that the fault affects.
#[component]
fn AffectedLinks(ui: Ui, index: usize) -> impl IntoView {
    let links = param(ui, index, Fault::LINKS);
    let all = Memo::new(move |_| {
        ui.editing.document.with(|document| {
            let ids = document.links.iter().map(|link| link.id.clone());
            ids.map(|id| (id.clone(), name_of(document, &id).unwrap_or_default())).collect::<Vec<Named>>()
        })
    });
    let chosen = Memo::new(move |_| {
        let ids = |links: &Value| {
            links.as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        links.with(ids)
    });
    let change = Arc::new(move |all: Vec<String>| {
        let value = if all.is_empty() { Value::Null } else { json!(all) };
        set(ui, index, Fault::LINKS, value);
    });
    view! { <Checklist legend="Links" testid="field-links" all chosen change /> }
}
