//! What is shown of the diagram, and what is found in it.

use super::{Action, CANVAS, Group, Scope, USUAL};
use crate::glossary::SHOW_EVERYTHING;
use crate::views::present;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;

/// The names of the actions that zoom.
pub const ZOOM_IN: &str = "Zoom in";
pub const ZOOM_OUT: &str = "Zoom out";
/// The factor of one step of the zoom.
const ZOOM_STEP: f64 = 1.25;

/// An entry that zooms.
const fn zooming(label: &'static str, icon: &'static str, keys: &'static [&'static str], perform: fn(Ui)) -> Action {
    Action { label, icon, keys, group: Group::View, perform, ..USUAL }
}

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
    zooming(ZOOM_IN, "plus", &["+", "="], |ui| ui.viewport.zoom(ZOOM_STEP)),
    zooming(ZOOM_OUT, "minus", &["-"], |ui| ui.viewport.zoom(1.0 / ZOOM_STEP)),
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
