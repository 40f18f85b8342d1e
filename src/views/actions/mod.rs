//! What a user can do, once: the context menus, the keys, the command palette and the help dialog are made from
//! these lists, one file for each.

mod edit;
mod layout;
mod page;
mod policies;
mod view;
mod zones;

pub use edit::{nudge, paste};
pub use layout::ARRANGE;
pub use policies::{has_policies, set_recommended_policies};
pub use view::{ZOOM_IN, ZOOM_OUT};
pub use zones::zone_choices;

use super::state::Ui;
use crate::model::Place;
use leptos::prelude::*;

/// What is selected while a context menu that an action is in is open. An action is in the menus of several by the
/// sum of them.
pub type On = u8;
/// In no menu.
pub const NOWHERE: On = 0;
/// Nothing is selected: the menu of the empty canvas.
pub const CANVAS: On = 1;
/// One node.
pub const NODE: On = 2;
/// Several nodes, or nodes and links.
pub const NODES: On = 4;
/// Links.
pub const LINKS: On = 8;
/// A zone.
pub const ZONE: On = 16;

/// The part of a context menu that an action is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Editing and connecting, which come first.
    Edit,
    /// How nodes stand to each other: a menu of its own.
    Align,
    /// Zones: a menu of its own.
    Zone,
    /// What is shown, and how it is arranged.
    View,
    /// What goes wrong, and what is done about it.
    Resilience,
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
    /// The keys that do it, as [`chord`](super::keys::chord) writes them. Menus show the first.
    pub keys: &'static [&'static str],
    /// Where the keys work.
    pub scope: Scope,
    /// The context menus that it is in.
    pub on: On,
    /// The part of these menus.
    pub group: Group,
    /// Whether it can be done now. Not tracked.
    pub is_possible: fn(Ui) -> bool,
    /// Does it.
    pub perform: fn(Ui),
}

/// What most actions have in common: for the fields that they do not name.
const USUAL: Action = Action {
    label: "",
    icon: "check",
    keys: &[],
    scope: Scope::Canvas,
    on: NOWHERE,
    group: Group::Edit,
    is_possible: |_| true,
    perform: |_| (),
};

/// Every action, in the order of menus and of the help dialog.
pub fn all() -> impl Iterator<Item = &'static Action> {
    let lists = [edit::ACTIONS, layout::ACTIONS, zones::ACTIONS, view::ACTIONS, policies::ACTIONS, page::ACTIONS];
    lists.into_iter().flatten()
}

/// The action of this name.
pub fn named(label: &str) -> Option<&'static Action> {
    all().find(|action| action.label == label)
}

/// The actions of a part of a context menu that are possible now.
pub fn of_menu(ui: Ui, on: On, group: Group) -> impl Iterator<Item = &'static Action> {
    all().filter(move |action| action.on & on != 0 && action.group == group && (action.is_possible)(ui))
}

/// What is selected now, as menus distinguish it. Not tracked.
pub fn selected(ui: Ui) -> On {
    let selection = ui.editing.selection.read_untracked();
    match (selection.nodes.len(), selection.links.len()) {
        (0, 0) if selected_zone(ui).is_some() => ZONE,
        (0, 0) => CANVAS,
        (0, _) => LINKS,
        (1, 0) => NODE,
        _ => NODES,
    }
}

/// The nodes and links that are selected, or the zone; for faults. Not tracked.
pub fn selected_places(ui: Ui) -> Vec<Place> {
    let selection = ui.editing.selection.read_untracked();
    let nodes = selection.nodes.iter().cloned().map(Place::Node);
    let mut places: Vec<Place> = nodes.chain(selection.links.iter().cloned().map(Place::Link)).collect();
    if places.is_empty() {
        places.extend(selected_zone(ui).map(Place::Zone));
    }
    places
}

/// The selected zone; nothing while nodes or links are selected. Not tracked.
fn selected_zone(ui: Ui) -> Option<String> {
    match ui.editing.selected_place.get_untracked() {
        Some(Place::Zone(id)) => Some(id),
        _ => None,
    }
}

/// The selected node, when nothing else is selected. Not tracked.
fn selected_node(ui: Ui) -> Option<String> {
    let selection = ui.editing.selection.read_untracked();
    (selection.nodes.len() == 1 && selection.links.is_empty()).then(|| selection.nodes.first().cloned()).flatten()
}

fn with_node(ui: Ui, act: impl FnOnce(String)) {
    if let Some(id) = selected_node(ui) {
        act(id);
    }
}

fn has_nodes(ui: Ui) -> bool {
    !ui.editing.selection.read_untracked().nodes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things_and_none_is_the_browsers() {
        let mut seen = std::collections::BTreeSet::new();
        for key in all().flat_map(|action| action.keys) {
            assert!(seen.insert(key), "{key} is in the list twice");
            assert!(!["Ctrl+W", "Ctrl+N", "Ctrl+T"].contains(key), "{key} belongs to the browser");
        }
    }

    #[test]
    fn single_letters_work_on_the_canvas_alone() {
        let letters = all().filter(|action| action.keys.iter().any(|key| key.len() == 1 && *key != "?" && *key != "/"));
        for action in letters {
            assert_eq!(action.scope, Scope::Canvas, "{}", action.label);
        }
    }

    #[test]
    fn every_action_has_a_name_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for action in all() {
            assert!(!action.label.is_empty() && seen.insert(action.label), "{}", action.label);
        }
        assert!(seen.len() > 30);
    }
}
