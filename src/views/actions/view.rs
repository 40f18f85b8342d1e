//! What is shown of the diagram, and what is found in it.

use super::{Action, CANVAS, Group, Scope, USUAL};
use crate::glossary::SHOW_EVERYTHING;
use crate::views::present;
use crate::views::state::Dialog;
use leptos::prelude::*;

pub(super) static ACTIONS: &[Action] = &[
    Action {
        label: SHOW_EVERYTHING,
        icon: "fit",
        keys: &["Shift+1"],
        on: CANVAS,
        group: Group::View,
        perform: |ui| ui.viewport.fit(),
        ..USUAL
    },
    Action {
        label: "Show the selection",
        icon: "fit",
        keys: &["Shift+2"],
        group: Group::View,
        is_possible: |ui| !ui.editing.selection.read_untracked().is_empty(),
        perform: |ui| ui.viewport.fit_selection(),
        ..USUAL
    },
    Action {
        label: "Zoom in",
        icon: "plus",
        keys: &["+", "="],
        group: Group::View,
        perform: |ui| ui.viewport.zoom(1.25),
        ..USUAL
    },
    Action {
        label: "Zoom out",
        icon: "minus",
        keys: &["-"],
        group: Group::View,
        perform: |ui| ui.viewport.zoom(0.8),
        ..USUAL
    },
    Action {
        label: "Present",
        icon: "present",
        keys: &["P"],
        on: CANVAS,
        group: Group::View,
        perform: present::toggle,
        ..USUAL
    },
    Action {
        label: "Fold or show the palette",
        icon: "left",
        group: Group::View,
        perform: |ui| {
            let folded = !ui.panels.palette_folded.get_untracked();
            ui.panels.prefer(|preferences| preferences.palette_folded = Some(folded));
        },
        ..USUAL
    },
    Action {
        label: "Fold or show the inspector",
        icon: "right",
        group: Group::View,
        perform: |ui| ui.panels.prefer(|preferences| preferences.inspector_folded = !preferences.inspector_folded),
        ..USUAL
    },
    Action {
        label: "Find in the diagram…",
        icon: "search",
        keys: &["Ctrl+F"],
        scope: Scope::Page,
        group: Group::View,
        is_possible: |ui| !ui.editing.document.read_untracked().nodes.is_empty(),
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Find)),
        ..USUAL
    },
    Action {
        label: "Commands…",
        icon: "list",
        keys: &["Ctrl+K"],
        scope: Scope::Page,
        group: Group::View,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Commands)),
        ..USUAL
    },
];
