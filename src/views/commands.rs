//! What a person can do, once: menus, keys and the help dialog are drawn from this list.

use super::state::{Dialog, Sheet, Ui};
use super::{documents, keys};
use crate::editor::geometry;
use crate::editor::{Command, Selection};
use crate::kind::Calls;
use crate::kinds;
use leptos::prelude::*;

/// In which context menu an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// In none.
    No,
    /// In a node's.
    Node,
    /// In a link's.
    Link,
    /// In both.
    Both,
    /// In that of the empty canvas.
    Canvas,
}

/// Something a person can do.
pub struct Action {
    /// What it is called.
    pub label: &'static str,
    /// Icon in menus.
    pub icon: &'static str,
    /// The keys that do it, as [`chord`] writes them; the first is shown.
    pub keys: &'static [&'static str],
    /// Whether the keys work only while the canvas has the focus.
    pub on_canvas: bool,
    /// Where it stands in context menus.
    pub menu: Menu,
    /// Whether it makes sense just now.
    pub when: fn(Ui) -> bool,
    /// Does it.
    pub act: fn(Ui),
}

/// Every action, in the order of menus and of the help dialog.
pub static ACTIONS: &[Action] = &[
    Action {
        label: "Crash",
        icon: "warning",
        keys: &[],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some_and(|id| untrack(|| ui.crashed(&id)).is_none()),
        act: |ui| with_node(ui, |id| ui.crash(&id)),
    },
    Action {
        label: "Bring back up",
        icon: "check",
        keys: &[],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some_and(|id| untrack(|| ui.crashed(&id)).is_some()),
        act: |ui| with_node(ui, |id| ui.bring_back(&id)),
    },
    Action {
        label: "Cut",
        icon: "warning",
        keys: &[],
        on_canvas: true,
        menu: Menu::Link,
        when: |ui| one_link(ui).is_some_and(|id| untrack(|| ui.is_cut(&id)).is_none()),
        act: |ui| with_link(ui, |id| ui.cut(&id)),
    },
    Action {
        label: "Heal",
        icon: "check",
        keys: &[],
        on_canvas: true,
        menu: Menu::Link,
        when: |ui| one_link(ui).is_some_and(|id| untrack(|| ui.is_cut(&id)).is_some()),
        act: |ui| with_link(ui, |id| ui.mend(&id)),
    },
    Action {
        label: "Connect to…",
        icon: "link",
        keys: &["C"],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some_and(|id| calls(ui, &id)),
        act: |ui| with_node(ui, |id| ui.dialog.set(Some(Dialog::Connect(id)))),
    },
    Action {
        label: "Rename",
        icon: "sliders",
        keys: &["F2"],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some(),
        act: |ui| with_node(ui, |id| ui.renaming.set(Some(id))),
    },
    Action {
        label: "Parameters",
        icon: "sliders",
        keys: &["Enter"],
        on_canvas: true,
        menu: Menu::Both,
        when: |ui| !ui.selection.read_untracked().is_empty(),
        act: |ui| {
            ui.sheet.set(Some(Sheet::Inspector));
            // A sheet takes the focus only once it is in sight.
            request_animation_frame(|| {
                keys::focus(".inspector .form input, .inspector .form select");
            });
        },
    },
    Action {
        label: "Duplicate",
        icon: "copy",
        keys: &["Ctrl+D"],
        on_canvas: false,
        menu: Menu::Node,
        when: |ui| !ui.selection.read_untracked().nodes.is_empty(),
        act: |ui| {
            ui.edit(Command::Duplicate(ui.selection.get_untracked()));
        },
    },
    Action {
        label: "Delete",
        icon: "trash",
        keys: &["Delete", "Backspace"],
        on_canvas: true,
        menu: Menu::Both,
        when: |ui| !ui.selection.read_untracked().is_empty(),
        act: |ui| {
            ui.edit(Command::Remove(ui.selection.get_untracked()));
            ui.say("Deleted");
        },
    },
    Action {
        label: "Select all",
        icon: "fit",
        keys: &["Ctrl+A"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| !ui.document.read_untracked().nodes.is_empty(),
        act: |ui| ui.select(Selection::all(&ui.document.get_untracked())),
    },
    Action {
        label: "Undo",
        icon: "undo",
        keys: &["Ctrl+Z"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| ui.can_undo.get_untracked(),
        act: Ui::undo,
    },
    Action {
        label: "Redo",
        icon: "redo",
        keys: &["Ctrl+Y", "Ctrl+Shift+Z"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| ui.can_redo.get_untracked(),
        act: Ui::redo,
    },
    Action {
        label: "Run or pause",
        icon: "play",
        keys: &["Ctrl+Enter"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |_| true,
        act: Ui::toggle_run,
    },
    Action {
        label: "Show everything",
        icon: "fit",
        keys: &["Shift+1"],
        on_canvas: true,
        menu: Menu::Canvas,
        when: |_| true,
        act: Ui::fit,
    },
    Action {
        label: "Zoom in",
        icon: "plus",
        keys: &["+", "="],
        on_canvas: true,
        menu: Menu::No,
        when: |_| true,
        act: |ui| zoom(ui, 1.25),
    },
    Action {
        label: "Zoom out",
        icon: "minus",
        keys: &["-"],
        on_canvas: true,
        menu: Menu::No,
        when: |_| true,
        act: |ui| zoom(ui, 0.8),
    },
    Action {
        label: "Download JSON",
        icon: "copy",
        keys: &["Ctrl+S"],
        on_canvas: false,
        menu: Menu::No,
        when: |_| true,
        act: documents::download,
    },
    Action {
        label: "Keys and gestures",
        icon: "help",
        keys: &["?"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |_| true,
        act: |ui| ui.dialog.set(Some(Dialog::Help)),
    },
];

/// Zooms at the middle of the canvas.
pub fn zoom(ui: Ui, factor: f64) {
    let [w, h] = ui.canvas.get_untracked();
    ui.view.update(|view| *view = view.zoomed_at([w / 2.0, h / 2.0], factor));
}

/// Moves what is selected by a step of the grid.
pub fn nudge(ui: Ui, direction: [f64; 2], far: bool) {
    let nodes: Vec<String> = ui.selection.read_untracked().nodes.iter().cloned().collect();
    if nodes.is_empty() {
        return;
    }
    let step = if far { 4.0 * geometry::GRID } else { geometry::GRID / 2.0 };
    ui.edit(Command::MoveBy { nodes, by: direction.map(|each| each * step) });
}

/// The selected node, when it is the only thing selected.
pub fn one_node(ui: Ui) -> Option<String> {
    let selection = ui.selection.read_untracked();
    (selection.nodes.len() == 1 && selection.links.is_empty()).then(|| selection.nodes.first().cloned()).flatten()
}

/// The selected link, when it is the only thing selected.
pub fn one_link(ui: Ui) -> Option<String> {
    let selection = ui.selection.read_untracked();
    (selection.links.len() == 1 && selection.nodes.is_empty()).then(|| selection.links.first().cloned()).flatten()
}

/// Whether a node's kind calls others at all.
fn calls(ui: Ui, id: &str) -> bool {
    let document = ui.document.read_untracked();
    let info = document.node(id).and_then(|node| kinds::info(&node.kind));
    info.is_none_or(|info| info.calls != Calls::None)
}

fn with_node(ui: Ui, act: impl FnOnce(String)) {
    if let Some(id) = one_node(ui) {
        act(id);
    }
}

fn with_link(ui: Ui, act: impl FnOnce(String)) {
    if let Some(id) = one_link(ui) {
        act(id);
    }
}

/// A pressed key with its modifiers, as the list above writes it.
pub fn chord(key: &str, code: &str, ctrl: bool, shift: bool, alt: bool) -> String {
    let mut out = String::new();
    if ctrl {
        out.push_str("Ctrl+");
    }
    if alt {
        out.push_str("Alt+");
    }
    let digit = code.strip_prefix("Digit");
    let single = key.chars().count() == 1;
    let letter = single && key.chars().all(char::is_alphabetic);
    match digit {
        // Shift+1 is an exclamation mark on some keyboards: here the key counts, not the sign.
        Some(digit) if shift && key != "?" => {
            out.push_str("Shift+");
            out.push_str(digit);
        }
        _ if letter => {
            if shift {
                out.push_str("Shift+");
            }
            out.push_str(&key.to_ascii_uppercase());
        }
        // Signs such as ? need Shift on one keyboard and not on the other.
        _ if single => out.push_str(key),
        _ => {
            if shift {
                out.push_str("Shift+");
            }
            out.push_str(key);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_one_way() {
        assert_eq!(chord("z", "KeyZ", true, false, false), "Ctrl+Z");
        assert_eq!(chord("Z", "KeyZ", true, true, false), "Ctrl+Shift+Z");
        assert_eq!(chord("?", "Slash", false, true, false), "?");
        assert_eq!(chord("!", "Digit1", false, true, false), "Shift+1");
        assert_eq!(chord("Delete", "Delete", false, false, false), "Delete");
        assert_eq!(chord("ArrowUp", "ArrowUp", false, true, false), "Shift+ArrowUp");
    }

    #[test]
    fn no_key_does_two_things_and_none_is_the_browsers() {
        let mut seen = std::collections::BTreeSet::new();
        for key in ACTIONS.iter().flat_map(|action| action.keys) {
            assert!(seen.insert(key), "{key} stands twice");
            assert!(!["Ctrl+W", "Ctrl+N", "Ctrl+T"].contains(key), "{key} belongs to the browser");
        }
    }
}
