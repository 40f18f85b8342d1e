//! How nodes stand to each other.

use super::{Action, CANVAS, Group, NODES, USUAL};
use crate::editor::Command;
use crate::editor::geometry::{self, Alignment};
use crate::views::later;
use crate::views::state::Ui;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The name of the action that arranges.
pub const ARRANGE: &str = "Arrange";

/// An entry that aligns or distributes.
const fn aligning(label: &'static str, perform: fn(Ui)) -> Action {
    Action { label, icon: "align", on: NODES, group: Group::Align, is_possible: can_align, perform, ..USUAL }
}

pub(super) static ACTIONS: &[Action] = &[
    aligning("Align left", |ui| align(ui, Alignment::Left)),
    aligning("Align centers", |ui| align(ui, Alignment::Center)),
    aligning("Align right", |ui| align(ui, Alignment::Right)),
    aligning("Align top", |ui| align(ui, Alignment::Top)),
    aligning("Align middles", |ui| align(ui, Alignment::Middle)),
    aligning("Align bottom", |ui| align(ui, Alignment::Bottom)),
    Action { is_possible: can_distribute, ..aligning("Distribute across", |ui| align(ui, Alignment::Across)) },
    Action { is_possible: can_distribute, ..aligning("Distribute down", |ui| align(ui, Alignment::Down)) },
    Action {
        label: ARRANGE,
        icon: "arrange",
        keys: &["Shift+A"],
        on: CANVAS,
        group: Group::View,
        is_possible: |ui| !ui.editing.document.read_untracked().nodes.is_empty(),
        perform: arrange,
        ..USUAL
    },
];

/// Puts every node to the right of those that call it, and shows the whole diagram.
fn arrange(ui: Ui) {
    spawn_local(async move {
        match later::get().await {
            Ok(later) => {
                let places = ui.editing.document.with_untracked(|document| (later.arranged)(document));
                if ui.editing.apply_announced(Command::MoveTo(places), "Arranged") {
                    ui.viewport.fit();
                }
            }
            Err(why) => ui.panels.notify(why),
        }
    });
}

fn count(ui: Ui) -> usize {
    ui.editing.selection.read_untracked().nodes.len()
}

fn can_align(ui: Ui) -> bool {
    count(ui) > 1
}

fn can_distribute(ui: Ui) -> bool {
    count(ui) > 2
}

fn align(ui: Ui, alignment: Alignment) {
    let selection = ui.editing.selection.get_untracked();
    let places = ui.editing.document.with_untracked(|document| {
        let nodes: Vec<_> = document.nodes.iter().filter(|node| selection.nodes.contains(&node.id)).collect();
        let cards: Vec<_> = nodes.iter().map(|node| geometry::card(node)).collect();
        let ids = nodes.iter().map(|node| node.id.clone());
        ids.zip(geometry::aligned(&cards, alignment)).collect::<Vec<_>>()
    });
    ui.editing.apply_announced(Command::MoveTo(places), "Aligned");
}
