//! What a user can do, once: the context menus, the keys and the help dialog are made from this list.

use super::documents;
use super::keys;
use super::state::{About, Dialog, Sheet, Ui};
use crate::browser::page::focus::focus;
use crate::editor::{Command, Selection, geometry};
use crate::glossary::{FIND_NODE_TYPE, SHOW_EVERYTHING};
use crate::kind::{Calls, Role};
use crate::kinds;
use crate::model::{Link, Place};
use leptos::prelude::*;

/// The context menu that an action is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// None.
    None,
    /// That of nodes.
    Node,
    /// Those of nodes and of links.
    NodeOrLink,
    /// That of the empty canvas.
    Canvas,
}

/// Where the keys of an action work, unless a field has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere on the page.
    Page,
    /// While the canvas has the focus.
    Canvas,
}

/// Something that a user can do.
pub struct Action {
    /// Its name in menus and in the help dialog.
    pub label: &'static str,
    /// Its icon in menus.
    pub icon: &'static str,
    /// The keys that do it, as [`chord`](keys::chord) writes them. Menus show the first.
    pub keys: &'static [&'static str],
    /// Where the keys work.
    pub scope: Scope,
    /// The context menu that it is in.
    pub menu: Menu,
    /// Whether it can be done now. Not tracked.
    pub is_possible: fn(Ui) -> bool,
    /// Does it.
    pub perform: fn(Ui),
}

/// Every action, in the order of menus and of the help dialog.
pub static ACTIONS: &[Action] = &[
    Action {
        label: "Restore everything here",
        icon: "check",
        keys: &[],
        scope: Scope::Canvas,
        menu: Menu::NodeOrLink,
        is_possible: |ui| {
            let Some(place) = selected_place(ui) else { return false };
            // Entries of their own end these.
            let choices = untrack(|| ui.run.live_choices(std::slice::from_ref(&place)));
            let ended: Vec<usize> = choices.iter().filter_map(|choice| choice.end?.1).collect();
            untrack(|| ui.run.faults_at(&place)).iter().any(|fault| !ended.contains(fault))
        },
        perform: |ui| {
            if let Some(place) = selected_place(ui) {
                ui.run.restore(&place);
            }
        },
    },
    Action {
        label: "Partition across a line…",
        icon: "cut",
        keys: &["X"],
        scope: Scope::Canvas,
        menu: Menu::Canvas,
        is_possible: |ui| !ui.editing.document.read_untracked().links.is_empty(),
        perform: |ui| ui.viewport.cutting.update(|cutting| *cutting = !*cutting),
    },
    Action {
        label: "Recommended policies on every link",
        icon: "check",
        keys: &[],
        scope: Scope::Page,
        menu: Menu::Canvas,
        is_possible: |ui| {
            let document = ui.editing.document.read_untracked();
            document
                .nodes
                .iter()
                .any(|node| has_policies(&node.kind) && document.links.iter().any(|link| link.from == node.id))
        },
        perform: |ui| set_recommended_policies(ui, None),
    },
    Action {
        label: "Connect to…",
        icon: "link",
        keys: &["C"],
        scope: Scope::Canvas,
        menu: Menu::Node,
        is_possible: |ui| selected_node(ui).is_some_and(|id| calls(ui, &id)),
        perform: |ui| with_node(ui, |id| ui.panels.dialog.set(Some(Dialog::Connect(id)))),
    },
    Action {
        label: "Draw a zone around it",
        icon: "zone",
        keys: &["Z"],
        scope: Scope::Canvas,
        menu: Menu::Node,
        is_possible: |ui| !ui.editing.selection.read_untracked().nodes.is_empty(),
        perform: |ui| {
            if let Some(id) = ui.editing.apply(Command::AddZone(ui.editing.selection.get_untracked().nodes)) {
                ui.editing.select_place(Place::Zone(id));
                ui.panels.announce("Zone added");
            }
        },
    },
    Action {
        label: "Spread replicas over zones",
        icon: "zone",
        keys: &[],
        scope: Scope::Canvas,
        menu: Menu::Node,
        is_possible: |ui| selected_node(ui).is_some_and(|id| can_spread(ui, &id)),
        perform: |ui| with_node(ui, |id| spread(ui, id)),
    },
    Action {
        label: "Rename",
        icon: "sliders",
        keys: &["F2"],
        scope: Scope::Canvas,
        menu: Menu::Node,
        is_possible: |ui| selected_node(ui).is_some(),
        perform: |ui| with_node(ui, |id| ui.editing.renaming.set(Some(id))),
    },
    Action {
        label: "Parameters",
        icon: "sliders",
        keys: &["Enter"],
        scope: Scope::Canvas,
        menu: Menu::NodeOrLink,
        is_possible: |ui| !ui.editing.selection.read_untracked().is_empty(),
        perform: |ui| {
            ui.panels.sheet.set(Some(Sheet::Inspector));
            // A sheet can take the focus only once it is shown.
            request_animation_frame(|| {
                focus(".inspector .form input, .inspector .form select");
            });
        },
    },
    Action {
        label: "Duplicate",
        icon: "copy",
        keys: &["Ctrl+D"],
        scope: Scope::Page,
        menu: Menu::Node,
        is_possible: |ui| !ui.editing.selection.read_untracked().nodes.is_empty(),
        perform: |ui| {
            ui.editing.apply(Command::Duplicate(ui.editing.selection.get_untracked()));
        },
    },
    Action {
        label: "Delete",
        icon: "trash",
        keys: &["Delete", "Backspace"],
        scope: Scope::Canvas,
        menu: Menu::NodeOrLink,
        is_possible: |ui| !ui.editing.selection.read_untracked().is_empty(),
        perform: |ui| {
            ui.editing.apply(Command::Remove(ui.editing.selection.get_untracked()));
            ui.panels.announce("Deleted");
        },
    },
    Action {
        label: "Select all",
        icon: "fit",
        keys: &["Ctrl+A"],
        scope: Scope::Page,
        menu: Menu::Canvas,
        is_possible: |ui| !ui.editing.document.read_untracked().nodes.is_empty(),
        perform: |ui| ui.editing.select(Selection::all(&ui.editing.document.get_untracked())),
    },
    Action {
        label: "Undo",
        icon: "undo",
        keys: &["Ctrl+Z"],
        scope: Scope::Page,
        menu: Menu::Canvas,
        is_possible: |ui| ui.editing.can_undo.get_untracked(),
        perform: |ui| ui.editing.undo(),
    },
    Action {
        label: "Redo",
        icon: "redo",
        keys: &["Ctrl+Y", "Ctrl+Shift+Z"],
        scope: Scope::Page,
        menu: Menu::Canvas,
        is_possible: |ui| ui.editing.can_redo.get_untracked(),
        perform: |ui| ui.editing.redo(),
    },
    Action {
        label: "Run or pause",
        icon: "play",
        keys: &["Ctrl+Enter"],
        scope: Scope::Page,
        menu: Menu::Canvas,
        is_possible: |_| true,
        perform: |ui| ui.run.toggle(),
    },
    Action {
        label: SHOW_EVERYTHING,
        icon: "fit",
        keys: &["Shift+1"],
        scope: Scope::Canvas,
        menu: Menu::Canvas,
        is_possible: |_| true,
        perform: |ui| ui.viewport.fit(),
    },
    Action {
        label: "Copy",
        icon: "copy",
        keys: &["Ctrl+C"],
        scope: Scope::Canvas,
        menu: Menu::None,
        is_possible: |ui| !ui.editing.selection.read_untracked().nodes.is_empty(),
        perform: keys::copy,
    },
    Action {
        label: "Cut",
        icon: "copy",
        keys: &["Ctrl+X"],
        scope: Scope::Canvas,
        menu: Menu::None,
        is_possible: |ui| !ui.editing.selection.read_untracked().nodes.is_empty(),
        perform: |ui| {
            keys::copy(ui);
            ui.editing.apply(Command::Remove(ui.editing.selection.get_untracked()));
        },
    },
    Action {
        label: "Open the menu",
        icon: "menu",
        keys: &["Shift+F10", "ContextMenu"],
        scope: Scope::Canvas,
        menu: Menu::None,
        is_possible: |_| true,
        perform: super::canvas::menu::open_by_key,
    },
    Action {
        label: FIND_NODE_TYPE,
        icon: "plus",
        keys: &["/"],
        scope: Scope::Page,
        menu: Menu::None,
        is_possible: |_| true,
        perform: |_| {
            super::palette::focus_search();
        },
    },
    Action {
        label: "Close or deselect",
        icon: "close",
        keys: &["Escape"],
        scope: Scope::Page,
        menu: Menu::None,
        is_possible: |_| true,
        perform: |ui| {
            ui.viewport.cutting.set(false);
            ui.viewport.menu.set(None);
            ui.panels.sheet.set(None);
            ui.editing.select(Selection::default());
        },
    },
    Action {
        label: "Zoom in",
        icon: "plus",
        keys: &["+", "="],
        scope: Scope::Canvas,
        menu: Menu::None,
        is_possible: |_| true,
        perform: |ui| ui.viewport.zoom(1.25),
    },
    Action {
        label: "Zoom out",
        icon: "minus",
        keys: &["-"],
        scope: Scope::Canvas,
        menu: Menu::None,
        is_possible: |_| true,
        perform: |ui| ui.viewport.zoom(0.8),
    },
    Action {
        label: "Version history…",
        icon: "reset",
        keys: &["H"],
        scope: Scope::Canvas,
        menu: Menu::Canvas,
        is_possible: |_| true,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Versions)),
    },
    Action {
        label: "Download JSON",
        icon: "copy",
        keys: &["Ctrl+S"],
        scope: Scope::Page,
        menu: Menu::None,
        is_possible: |_| true,
        perform: documents::download,
    },
    Action {
        label: "Keys and gestures",
        icon: "help",
        keys: &["?"],
        scope: Scope::Page,
        menu: Menu::Canvas,
        is_possible: |_| true,
        perform: |ui| ui.panels.dialog.set(Some(Dialog::Help)),
    },
];

/// The selected node, when nothing else is selected. Not tracked.
fn selected_node(ui: Ui) -> Option<String> {
    let selection = ui.editing.selection.read_untracked();
    (selection.nodes.len() == 1 && selection.links.is_empty()).then(|| selection.nodes.first().cloned()).flatten()
}

/// The selected link, when nothing else is selected. Not tracked.
fn selected_link(ui: Ui) -> Option<String> {
    let selection = ui.editing.selection.read_untracked();
    (selection.links.len() == 1 && selection.nodes.is_empty()).then(|| selection.links.first().cloned()).flatten()
}

/// The selected node or link, when nothing else is selected. Not tracked.
fn selected_place(ui: Ui) -> Option<Place> {
    selected_node(ui).map(Place::Node).or_else(|| selected_link(ui).map(Place::Link))
}

fn with_node(ui: Ui, act: impl FnOnce(String)) {
    if let Some(id) = selected_node(ui) {
        act(id);
    }
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

/// Whether nodes of this node's kind call others.
fn calls(ui: Ui, id: &str) -> bool {
    let document = ui.editing.document.read_untracked();
    let info = document.node(id).and_then(|node| kinds::info(&node.kind));
    info.is_none_or(|info| info.calls != Calls::None)
}

/// Whether a node has several replicas, and the diagram several zones, to spread them over.
fn can_spread(ui: Ui, id: &str) -> bool {
    let document = ui.editing.document.read_untracked();
    document.zones.len() > 1 && document.node(id).is_some_and(|node| kinds::replicas(node) > 1)
}

/// Spreads the replicas of a node evenly over all zones.
fn spread(ui: Ui, id: String) {
    ui.editing.apply(Command::SpreadOverZones(id));
    ui.panels.notify("The replicas are spread evenly over the zones. Undo restores what was there.");
}

/// Whether links from this kind have policies of their own: jobs that a queue delivers have those of the
/// queue.
pub fn has_policies(caller: &str) -> bool {
    kinds::info(caller).is_none_or(|info| info.role != Role::Queue)
}

/// Sets the recommended policies on a link, or on all that can have policies: timeouts that fit each other,
/// retries with a budget, and circuit breakers.
pub fn set_recommended_policies(ui: Ui, link: Option<&str>) {
    let document = ui.editing.document.get_untracked();
    let takes_policies = |each: &&Link| {
        link.is_none_or(|id| each.id == id)
            && document.node(&each.from).is_some_and(|caller| has_policies(&caller.kind))
    };
    let links = document.links.iter().filter(takes_policies).map(|link| link.id.clone()).collect();
    if let Err(refusal) = ui.run.edit(Command::RecommendedPolicies(links), false) {
        return ui.panels.notify_about(About::Change, refusal);
    }
    ui.panels.notify(
        "Set: timeouts that leave the calls behind them their time, one or two retries with full jitter and a budget, and circuit breakers. Undo restores what was there.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_and_none_is_the_browsers() {
        let mut seen = std::collections::BTreeSet::new();
        for key in ACTIONS.iter().flat_map(|action| action.keys) {
            assert!(seen.insert(key), "{key} is in the list twice");
            assert!(!["Ctrl+W", "Ctrl+N", "Ctrl+T"].contains(key), "{key} belongs to the browser");
        }
    }
}
