//! The run, the document as a whole, and the page itself.

use super::{Action, Scope, USUAL};
use crate::editor::Selection;
use crate::views::documents;
use crate::views::present;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;

pub(super) static ACTIONS: &[Action] = &[
    Action {
        label: "Run or pause",
        icon: "play",
        keys: &["Ctrl+Enter"],
        scope: Scope::Page,
        perform: |ui| ui.run.toggle(),
        ..USUAL
    },
    Action { label: "One step", icon: "step", keys: &["."], perform: |ui| ui.run.step(), ..USUAL },
    Action {
        label: "Reset the run",
        icon: "reset",
        scope: Scope::Page,
        is_possible: |ui| untrack(|| ui.run.now_s()) > 0.0,
        perform: |ui| ui.run.reset(),
        ..USUAL
    },
    Action { label: "New diagram", icon: "plus", scope: Scope::Page, perform: documents::open_new, ..USUAL },
    Action {
        label: "My diagrams…",
        icon: "list",
        scope: Scope::Page,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Documents)),
        ..USUAL
    },
    Action {
        label: "Version history…",
        icon: "reset",
        keys: &["H"],
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Versions)),
        ..USUAL
    },
    Action {
        label: "Share…",
        icon: "share",
        scope: Scope::Page,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Share)),
        ..USUAL
    },
    Action {
        label: "Download JSON",
        icon: "down",
        keys: &["Ctrl+S"],
        scope: Scope::Page,
        perform: documents::download,
        ..USUAL
    },
    Action {
        label: "Export…",
        icon: "down",
        scope: Scope::Page,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Export)),
        ..USUAL
    },
    Action {
        label: "Change the colors",
        icon: "dark",
        scope: Scope::Page,
        perform: |ui| ui.panels.change_theme(),
        ..USUAL
    },
    Action {
        label: "Keys and gestures",
        icon: "help",
        keys: &["?"],
        scope: Scope::Page,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Help)),
        ..USUAL
    },
    Action {
        label: "Close or deselect",
        icon: "close",
        keys: &["Escape"],
        scope: Scope::Page,
        perform: close,
        ..USUAL
    },
];

/// The widest page that shows palette and inspector as sheets over the canvas, as the style sheet says; CSS pixels.
const NARROW_PX: f64 = 900.0;

fn is_narrow() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width <= NARROW_PX)
}

/// Ends what is open, one thing after the other: the partition line, a sheet, the selection.
fn close(ui: Ui) {
    if ui.panels.presenting.get_untracked() {
        return present::toggle(ui);
    }
    if ui.viewport.cutting.get_untracked() {
        ui.viewport.cutting.set(false);
        return;
    }
    // On a wide page the sheets are panels that are always there.
    if ui.panels.sheet.with_untracked(Option::is_some) {
        ui.panels.sheet.set(None);
        if is_narrow() {
            return;
        }
    }
    ui.editing.select(Selection::default());
}
