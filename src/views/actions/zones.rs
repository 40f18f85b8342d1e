//! Zones of what is selected.

use super::{Action, Group, NODE, NODES, USUAL, ZONE, has_nodes, selected_node, selected_zone, with_node};
use crate::editor::{Command, Selection};
use crate::kinds;
use crate::model::{Place, Zone};
use crate::views::state::{About, Ui};
use leptos::prelude::*;
use std::collections::BTreeSet;

pub(super) static ACTIONS: &[Action] = &[
    Action {
        label: "Draw a zone around it",
        icon: "zone",
        keys: &["Z"],
        on: NODE | NODES,
        group: Group::Zone,
        is_possible: has_nodes,
        perform: |ui| {
            if let Some(id) = ui.editing.apply(Command::AddZone(ui.editing.selection.get_untracked().nodes)) {
                ui.editing.select_place(Place::Zone(id));
                ui.panels.announce("Zone added");
            }
        },
        ..USUAL
    },
    Action {
        label: "Spread replicas over zones",
        icon: "zone",
        on: NODE,
        group: Group::Zone,
        is_possible: |ui| selected_node(ui).is_some_and(|id| can_spread(ui, &id)),
        perform: |ui| with_node(ui, |id| spread(ui, id)),
        ..USUAL
    },
    Action {
        label: "Select the zone's nodes",
        icon: "select",
        on: ZONE,
        is_possible: |ui| selected_zone(ui).is_some_and(|id| !members(ui, &id).is_empty()),
        perform: |ui| {
            if let Some(id) = selected_zone(ui) {
                ui.editing.select(Selection { nodes: members(ui, &id), ..Selection::default() });
            }
        },
        ..USUAL
    },
];

/// The nodes that are in a zone as a whole or with some of their replicas.
fn members(ui: Ui, zone: &str) -> BTreeSet<String> {
    let document = ui.editing.document.read_untracked();
    let zone = document.zone(zone).into_iter();
    zone.flat_map(|zone| &zone.nodes).map(|name| document.base_id(name).to_owned()).collect()
}

/// Whether a node has several replicas, and the diagram several zones, to spread them over.
fn can_spread(ui: Ui, id: &str) -> bool {
    let document = ui.editing.document.read_untracked();
    document.zones.len() > 1 && document.node(id).is_some_and(|node| kinds::replicas(node) > 1)
}

/// Spreads the replicas of a node evenly over all zones.
fn spread(ui: Ui, id: String) {
    match ui.editing.try_apply(Command::SpreadOverZones(id)) {
        Ok(_) => ui.panels.notify("The replicas are spread evenly over the zones. Undo restores what was there."),
        Err(refusal) => ui.panels.notify_about(About::Change, refusal),
    }
}

/// The zones of the diagram with whether all of the selected nodes are in them as a whole, and the command that puts
/// these nodes into the zone or takes them out of it. Not tracked.
pub fn zone_choices(ui: Ui) -> Vec<(String, bool, Command)> {
    let document = ui.editing.document.get_untracked();
    let nodes = ui.editing.selection.get_untracked().nodes;
    let choice = |zone: &Zone| {
        let is_inside = nodes.iter().all(|id| zone.nodes.contains(id));
        let mut changed = zone.clone();
        changed.nodes.retain(|name| !nodes.contains(document.base_id(name)));
        if !is_inside {
            changed.nodes.extend(nodes.iter().cloned());
        }
        let command = match changed.nodes.is_empty() {
            true => Command::RemoveZone(zone.id.clone()),
            false => Command::SetZone(changed),
        };
        (zone.shown_name().to_owned(), is_inside, command)
    };
    document.zones.iter().map(choice).collect()
}
