//! Editing what is selected: connecting, copying, deleting.

use super::{
    Action, CANVAS, Group, LINKS, NODE, NODES, Scope, USUAL, ZONE, has_nodes, selected, selected_node, selected_zone,
    with_node,
};
use crate::browser::page::clipboard;
use crate::browser::page::focus::focus;
use crate::codec;
use crate::editor::{Command, Selection, geometry};
use crate::glossary::FIND_NODE_TYPE;
use crate::kind::Calls;
use crate::kinds;
use crate::views::canvas::menu;
use crate::views::documents;
use crate::views::keys;
use crate::views::layout;
use crate::views::palette;
use crate::views::state::{Dialog, Sheet, Ui};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// An entry that goes a step back or forward in the history.
const fn stepping(
    label: &'static str,
    icon: &'static str,
    keys: &'static [&'static str],
    is_possible: fn(Ui) -> bool,
    perform: fn(Ui),
) -> Action {
    Action { label, icon, keys, scope: Scope::Page, is_possible, perform, ..USUAL }
}

pub(super) static ACTIONS: &[Action] = &[
    Action {
        label: FIND_NODE_TYPE,
        icon: "plus",
        keys: &["/"],
        scope: Scope::Page,
        on: CANVAS,
        perform: |ui| {
            ui.panels.sheet.set(Some(Sheet::Palette));
            if ui.panels.palette_folded.get_untracked() {
                ui.panels.prefer(|preferences| preferences.palette_folded = Some(false));
            }
            if !palette::focus_search() {
                // A sheet can take the focus only once it is shown.
                request_animation_frame(|| {
                    palette::focus_search();
                });
            }
        },
        ..USUAL
    },
    Action {
        label: "Connect…",
        icon: "link",
        keys: &["C"],
        on: NODE,
        is_possible: |ui| selected_node(ui).is_some_and(|id| calls(ui, &id)),
        perform: |ui| with_node(ui, |id| ui.panels.dialog.set(Some(Dialog::Connect(id)))),
        ..USUAL
    },
    Action {
        label: "Parameters",
        icon: "sliders",
        keys: &["Enter"],
        on: LINKS | ZONE,
        is_possible: is_any_selected,
        perform: |ui| {
            ui.panels.sheet.set(Some(Sheet::Inspector));
            layout::focus_inspector(ui);
        },
        ..USUAL
    },
    Action {
        label: "Rename",
        icon: "pencil",
        keys: &["F2"],
        on: NODE | ZONE,
        is_possible: |ui| selected_node(ui).or_else(|| selected_zone(ui)).is_some(),
        perform: rename,
        ..USUAL
    },
    Action {
        label: "Duplicate",
        icon: "twice",
        keys: &["Ctrl+D"],
        scope: Scope::Page,
        on: NODE | NODES,
        is_possible: has_nodes,
        perform: |ui| {
            if let Some(first) = ui.editing.apply(Command::Duplicate(ui.editing.selection.get_untracked())) {
                ui.viewport.reveal(&first);
                ui.panels.announce("Duplicated");
            }
        },
        ..USUAL
    },
    Action {
        label: "Copy",
        icon: "copy",
        keys: &["Ctrl+C"],
        on: NODE | NODES,
        is_possible: has_nodes,
        perform: copy,
        ..USUAL
    },
    Action {
        label: "Cut",
        icon: "cut",
        keys: &["Ctrl+X"],
        on: NODE | NODES,
        is_possible: has_nodes,
        perform: |ui| {
            copy(ui);
            remove(ui);
        },
        ..USUAL
    },
    Action {
        label: "Paste",
        icon: "paste",
        keys: &[keys::PASTE],
        scope: Scope::Page,
        on: CANVAS,
        perform: |ui| {
            spawn_local(async move {
                match clipboard::read().await {
                    Ok(text) if paste(ui, &text) => {}
                    Ok(_) => ui.panels.notify("There are no nodes on the clipboard."),
                    Err(why) => ui.panels.notify(why),
                }
            });
        },
        ..USUAL
    },
    Action {
        label: "Delete",
        icon: "trash",
        keys: &["Delete", "Backspace"],
        on: NODE | NODES | LINKS | ZONE,
        is_possible: is_any_selected,
        perform: remove,
        ..USUAL
    },
    Action {
        label: "Select all",
        icon: "select",
        keys: &["Ctrl+A"],
        scope: Scope::Page,
        on: CANVAS,
        is_possible: |ui| !ui.editing.document.read_untracked().nodes.is_empty(),
        perform: |ui| ui.editing.select(Selection::all(&ui.editing.document.get_untracked())),
        ..USUAL
    },
    stepping("Undo", "undo", &["Ctrl+Z"], |ui| ui.editing.can_undo.get_untracked(), |ui| ui.editing.undo()),
    stepping(
        "Redo",
        "redo",
        &["Ctrl+Y", "Ctrl+Shift+Z"],
        |ui| ui.editing.can_redo.get_untracked(),
        |ui| ui.editing.redo(),
    ),
    Action {
        label: "Open the menu",
        icon: "menu",
        keys: &["Shift+F10", "ContextMenu"],
        perform: menu::open_by_key,
        ..USUAL
    },
    Action {
        label: "Inject a fault…",
        icon: "warning",
        keys: &["F"],
        group: Group::Resilience,
        is_possible: menu::has_faults,
        perform: menu::open_faults_by_key,
        ..USUAL
    },
];

/// Whether nodes of this node's kind call others.
fn calls(ui: Ui, id: &str) -> bool {
    let document = ui.editing.document.read_untracked();
    let info = document.node(id).and_then(|node| kinds::info(&node.kind));
    info.is_none_or(|info| info.calls != Calls::None)
}

/// Whether a node, a link or a zone is selected.
fn is_any_selected(ui: Ui) -> bool {
    selected(ui) != CANVAS
}

/// Has the user type another name: of a node on its card, of a zone in the inspector.
fn rename(ui: Ui) {
    match selected_node(ui) {
        Some(id) => ui.editing.renaming.set(Some(id)),
        None => {
            ui.panels.sheet.set(Some(Sheet::Inspector));
            layout::focus_name(ui);
        }
    }
}

fn remove(ui: Ui) {
    let command = match selected_zone(ui) {
        Some(zone) => Command::RemoveZone(zone),
        None => Command::Remove(ui.editing.selection.get_untracked()),
    };
    if ui.editing.apply_announced(command, "Deleted") {
        // What had the focus may be gone.
        focus(".canvas");
    }
}

/// Copies the selected nodes, and the links between them, to the clipboard.
fn copy(ui: Ui) {
    let text = codec::save(&ui.editing.copy_selection());
    spawn_local(async move {
        match clipboard::copy(&text).await {
            Ok(()) => ui.panels.announce("Copied"),
            Err(why) => ui.panels.notify(why),
        }
    });
}

/// Adds the nodes of a copied text, and shows them; a link, a picture or a flowchart is opened. Returns whether it is
/// one of these: other content of the clipboard is ignored.
pub fn paste(ui: Ui, text: &str) -> bool {
    if codec::is_readable(text) {
        documents::open_text(ui, text.to_owned());
        return true;
    }
    let Ok((fragment, _)) = codec::open(text) else { return false };
    if fragment.nodes.is_empty() {
        return false;
    }
    if let Some(first) = ui.editing.apply(Command::Paste { fragment: Box::new(fragment), at: None }) {
        ui.viewport.reveal(&first);
        ui.panels.announce("Pasted");
    }
    true
}

/// Moves the selected nodes by a step of the grid.
pub fn nudge(ui: Ui, direction: [f64; 2], far: bool) {
    let nodes: Vec<String> = ui.editing.selection.read_untracked().nodes.iter().cloned().collect();
    if nodes.is_empty() {
        return;
    }
    let step = if far { 4.0 * geometry::GRID } else { geometry::GRID / 2.0 };
    ui.editing.apply(Command::MoveBy { nodes, by: direction.map(|each| each * step) });
}
