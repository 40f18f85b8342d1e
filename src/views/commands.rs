//! What a person can do, once: menus, keys and the help dialog are drawn from this list.

use super::documents;
use super::state::{Dialog, Sheet, Ui};
use crate::browser::page::focus::focus;
use crate::editor::geometry;
use crate::editor::{Command, Selection};
use crate::kind::Calls;
use crate::kinds;
use crate::model::Place;
use leptos::prelude::*;

/// In which context menu an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// In none.
    No,
    /// In a node's.
    Node,
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
        label: "Restore everything here",
        icon: "check",
        keys: &[],
        on_canvas: true,
        menu: Menu::Both,
        when: |ui| {
            let there = untrack(|| place(ui).map(|place| ui.faults_at(&place)));
            let crash = one_node(ui).and_then(|id| untrack(|| ui.crashed(&Place::Node(id))));
            let partition = one_link(ui).and_then(|id| untrack(|| ui.is_cut(&Place::Link(id))));
            there.is_some_and(|faults| faults.iter().any(|fault| Some(*fault) != crash.or(partition)))
        },
        act: |ui| {
            if let Some(place) = place(ui) {
                ui.heal_all(&place);
            }
        },
    },
    Action {
        label: "Partition across a line…",
        icon: "cut",
        keys: &["X"],
        on_canvas: true,
        menu: Menu::Canvas,
        when: |ui| !ui.editing.document.read_untracked().links.is_empty(),
        act: |ui| ui.viewport.cutting.update(|cutting| *cutting = !*cutting),
    },
    Action {
        label: "Good defaults on every link",
        icon: "check",
        keys: &[],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| {
            let document = ui.editing.document.read_untracked();
            document
                .nodes
                .iter()
                .any(|node| has_policies(&node.kind) && document.links.iter().any(|link| link.from == node.id))
        },
        act: |ui| good_defaults(ui, None),
    },
    Action {
        label: "Connect to…",
        icon: "link",
        keys: &["C"],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some_and(|id| calls(ui, &id)),
        act: |ui| with_node(ui, |id| ui.panels.dialog.set(Some(Dialog::Connect(id)))),
    },
    Action {
        label: "Draw a zone around it",
        icon: "zone",
        keys: &["Z"],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| !ui.editing.selection.read_untracked().nodes.is_empty(),
        act: |ui| {
            if let Some(id) = ui.edit(Command::AddZone(ui.editing.selection.get_untracked().nodes)) {
                ui.select_place(Place::Zone(id));
                ui.say("Zone drawn");
            }
        },
    },
    Action {
        label: "Spread replicas over zones",
        icon: "zone",
        keys: &[],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some_and(|id| can_spread(ui, &id)),
        act: |ui| with_node(ui, |id| spread(ui, id)),
    },
    Action {
        label: "Rename",
        icon: "sliders",
        keys: &["F2"],
        on_canvas: true,
        menu: Menu::Node,
        when: |ui| one_node(ui).is_some(),
        act: |ui| with_node(ui, |id| ui.editing.renaming.set(Some(id))),
    },
    Action {
        label: "Parameters",
        icon: "sliders",
        keys: &["Enter"],
        on_canvas: true,
        menu: Menu::Both,
        when: |ui| !ui.editing.selection.read_untracked().is_empty(),
        act: |ui| {
            ui.panels.sheet.set(Some(Sheet::Inspector));
            // A sheet takes the focus only once it is in sight.
            request_animation_frame(|| {
                focus(".inspector .form input, .inspector .form select");
            });
        },
    },
    Action {
        label: "Duplicate",
        icon: "copy",
        keys: &["Ctrl+D"],
        on_canvas: false,
        menu: Menu::Node,
        when: |ui| !ui.editing.selection.read_untracked().nodes.is_empty(),
        act: |ui| {
            ui.edit(Command::Duplicate(ui.editing.selection.get_untracked()));
        },
    },
    Action {
        label: "Delete",
        icon: "trash",
        keys: &["Delete", "Backspace"],
        on_canvas: true,
        menu: Menu::Both,
        when: |ui| !ui.editing.selection.read_untracked().is_empty(),
        act: |ui| {
            ui.edit(Command::Remove(ui.editing.selection.get_untracked()));
            ui.say("Deleted");
        },
    },
    Action {
        label: "Select all",
        icon: "fit",
        keys: &["Ctrl+A"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| !ui.editing.document.read_untracked().nodes.is_empty(),
        act: |ui| ui.select(Selection::all(&ui.editing.document.get_untracked())),
    },
    Action {
        label: "Undo",
        icon: "undo",
        keys: &["Ctrl+Z"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| ui.editing.can_undo.get_untracked(),
        act: |ui| ui.editing.undo(),
    },
    Action {
        label: "Redo",
        icon: "redo",
        keys: &["Ctrl+Y", "Ctrl+Shift+Z"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |ui| ui.editing.can_redo.get_untracked(),
        act: |ui| ui.editing.redo(),
    },
    Action {
        label: "Run or pause",
        icon: "play",
        keys: &["Ctrl+Enter"],
        on_canvas: false,
        menu: Menu::Canvas,
        when: |_| true,
        act: |ui| ui.run.toggle(),
    },
    Action {
        label: "Show everything",
        icon: "fit",
        keys: &["Shift+1"],
        on_canvas: true,
        menu: Menu::Canvas,
        when: |_| true,
        act: |ui| ui.viewport.fit(),
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
        act: |ui| ui.panels.dialog.set(Some(Dialog::Help)),
    },
];

/// Zooms at the middle of the canvas.
pub fn zoom(ui: Ui, factor: f64) {
    let [w, h] = ui.viewport.size.get_untracked();
    ui.viewport.camera.update(|view| *view = view.zoomed_at([w / 2.0, h / 2.0], factor));
}

/// Moves what is selected by a step of the grid.
pub fn nudge(ui: Ui, direction: [f64; 2], far: bool) {
    let nodes: Vec<String> = ui.editing.selection.read_untracked().nodes.iter().cloned().collect();
    if nodes.is_empty() {
        return;
    }
    let step = if far { 4.0 * geometry::GRID } else { geometry::GRID / 2.0 };
    ui.edit(Command::MoveBy { nodes, by: direction.map(|each| each * step) });
}

/// The selected node, when it is the only thing selected.
pub fn one_node(ui: Ui) -> Option<String> {
    let selection = ui.editing.selection.read_untracked();
    (selection.nodes.len() == 1 && selection.links.is_empty()).then(|| selection.nodes.first().cloned()).flatten()
}

/// The selected link, when it is the only thing selected.
pub fn one_link(ui: Ui) -> Option<String> {
    let selection = ui.editing.selection.read_untracked();
    (selection.links.len() == 1 && selection.nodes.is_empty()).then(|| selection.links.first().cloned()).flatten()
}

/// Whether a node's kind calls others at all.
fn calls(ui: Ui, id: &str) -> bool {
    let document = ui.editing.document.read_untracked();
    let info = document.node(id).and_then(|node| kinds::info(&node.kind));
    info.is_none_or(|info| info.calls != Calls::None)
}

/// The one thing that is selected.
fn place(ui: Ui) -> Option<Place> {
    one_node(ui).map(Place::Node).or_else(|| one_link(ui).map(Place::Link))
}

/// Whether a node has replicas, and the drawing zones, to spread them over.
fn can_spread(ui: Ui, id: &str) -> bool {
    let document = ui.editing.document.read_untracked();
    document.zones.len() > 1 && document.node(id).is_some_and(|node| kinds::replicas(node) > 1)
}

/// Spreads the replicas of a node evenly over all zones.
fn spread(ui: Ui, id: String) {
    ui.edit(Command::SpreadOverZones(id));
    ui.tell("The replicas stand in the zones by turns. Undo takes it back.");
}

/// Whether what this kind calls has a deadline, retries and a breaker of its own: what a queue hands
/// out has those of the queue.
pub fn has_policies(caller: &str) -> bool {
    caller != "queue"
}

/// Gives a link, or all that can have them, a deadline, retries with a budget and a breaker.
pub fn good_defaults(ui: Ui, link: Option<&str>) {
    let document = ui.editing.document.get_untracked();
    let suits = |it: &&crate::model::Link| {
        link.is_none_or(|id| it.id == id) && document.node(&it.from).is_some_and(|node| has_policies(&node.kind))
    };
    ui.edit(Command::GoodDefaults(document.links.iter().filter(suits).map(|link| link.id.clone()).collect()));
    ui.tell("Set: a deadline, two retries with full jitter and a budget, and a breaker. Undo takes them back.");
}

fn with_node(ui: Ui, act: impl FnOnce(String)) {
    if let Some(id) = one_node(ui) {
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
