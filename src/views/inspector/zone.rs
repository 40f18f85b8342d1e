//! The form of a zone: its name, who stands in it, and breaking it as a whole.

use super::{break_it, checks, replicas};
use crate::editor::{Command, shown_name};
use crate::model::{Place, Zone};
use crate::views::erase::memo;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// Changes the zone of this id.
fn change(ui: Ui, id: &str, act: impl FnOnce(&mut Zone)) {
    if let Some(mut zone) = ui.editing.document.with_untracked(|document| document.zone(id).cloned()) {
        act(&mut zone);
        ui.edit(Command::SetZone(zone));
    }
}

/// The form of the zone of this id.
pub fn zone_form(ui: Ui, id: String) -> impl IntoView {
    let (named, read, ticked, gone) = (id.clone(), id.clone(), id.clone(), id.clone());
    let (renamed, place) = (id.clone(), Place::Zone(id));
    let name =
        move || ui.editing.document.with(|document| document.zone(&named).map(|zone| zone.shown_name().to_owned()));
    // Who can stand in it: nodes, and their replicas one by one.
    let all = memo(move || {
        ui.editing.document.with(|document| {
            let mut all = Vec::new();
            for node in &document.nodes {
                all.push((node.id.clone(), shown_name(node).to_owned()));
                replicas(node, &mut all);
            }
            all
        })
    });
    let now = move || {
        ui.editing.document.with(|document| document.zone(&read).map(|zone| zone.nodes.clone()).unwrap_or_default())
    };
    let members = checks("In this zone", "field-members", all, now, move |all| {
        change(ui, &ticked, |zone| zone.nodes = all);
    });
    view! {
        <div class="head">
            <span class="tile kind-link" aria-hidden="true">{icon("zone")}</span>
            <span>
                <input
                    class="name"
                    type="text"
                    aria-label="Name"
                    data-testid="field-name"
                    maxlength="80"
                    prop:value=name
                    on:change=move |event| {
                        change(ui, &renamed, |zone| event_target_value(&event).trim().clone_into(&mut zone.name));
                    }
                />
                <small>"Zone"</small>
            </span>
        </div>
        <p class="help about">"What stands in a zone fails together: a rack, a data centre, a region."</p>
        {break_it(ui, place)}
        {members}
        <div class="actions">
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.edit(Command::RemoveZone(gone.clone()));
                }
            >
                {icon("trash")}
                "Remove the zone"
            </button>
        </div>
    }
}
