//! The form of a zone: its name, which nodes are in it, and faults of the whole zone.

use super::checklist::{Checklist, Named, push_replicas};
use super::head::{HeadActions, head, plain_tile};
use crate::editor::{Command, shown_name};
use crate::model::{Document, Place, Zone};
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;
use std::sync::Arc;

/// Changes the zone of this id.
fn change(ui: Ui, id: &str, act: impl FnOnce(&mut Zone)) {
    if let Some(mut zone) = ui.editing.document.with_untracked(|document| document.zone(id).cloned()) {
        act(&mut zone);
        ui.editing.apply(Command::SetZone(zone));
    }
}

/// What can be in a zone: nodes, and their replicas one by one.
fn candidates(document: &Document) -> Vec<Named> {
    let mut all = Vec::new();
    for node in &document.nodes {
        all.push((node.id.clone(), shown_name(node).to_owned()));
        push_replicas(node, &mut all);
    }
    all
}

/// The form of the zone of this id.
#[component]
pub fn ZoneForm(ui: Ui, id: String) -> impl IntoView {
    let zone = {
        let id = id.clone();
        Memo::new(move |_| ui.editing.document.with(|document| document.zone(&id).cloned()))
    };
    let name = move || zone.with(|zone| zone.as_ref().map(|zone| zone.shown_name().to_owned()));
    let all = Memo::new(move |_| ui.editing.document.with(|document| candidates(document)));
    let members =
        Memo::new(move |_| zone.with(|zone| zone.as_ref().map(|zone| zone.nodes.clone()).unwrap_or_default()));
    let rename = {
        let id = id.clone();
        move |name: String| change(ui, &id, |zone| name.trim().clone_into(&mut zone.name))
    };
    let set_members = {
        let id = id.clone();
        Arc::new(move |members: Vec<String>| change(ui, &id, |zone| zone.nodes = members))
    };
    let place = Place::Zone(id.clone());
    let name = view! {
        <input
            class="name"
            type="text"
            aria-label="Name"
            data-testid="field-name"
            maxlength="80"
            prop:value=name
            on:change=move |event| rename(event_target_value(&event))
        />
    }
    .into_any();
    view! {
        {head(plain_tile("kind-link", "zone"), name, "Zone".into_any(), Vec::new())}
        <p class="help about">"The nodes of a zone fail together: a rack, a data center, a region."</p>
        <HeadActions ui place />
        <Checklist legend="In this zone" testid="field-members" all chosen=members change=set_members />
        <div class="actions">
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.editing.apply(Command::RemoveZone(id.clone()));
                }
            >
                {icon("trash")}
                "Remove the zone"
            </button>
        </div>
    }
}
