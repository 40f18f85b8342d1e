//! The context menu of the canvas.

use super::gestures::{Hit, to_client};
use crate::browser::page::focus::focus;
use crate::editor::Selection;
use crate::editor::geometry::{self, Point};
use crate::model::Place;
use crate::views::actions::{ACTIONS, Menu};
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The least distance of the menu from the edges of the window, CSS pixels; the style sheet limits its
/// height by the same.
const MARGIN_PX: f64 = 6.0;

/// Opens the menu of what was hit, at a point in coordinates of the canvas.
pub fn open(ui: Ui, hit: &Hit, at: Point) {
    let mut selection = ui.editing.selection.get_untracked();
    match hit {
        Hit::Node(id) | Hit::Port { node: id, .. } if !selection.nodes.contains(id) => {
            selection = Selection::node(id.clone());
        }
        Hit::Link(id) | Hit::LinkEnd { link: id, .. } if !selection.links.contains(id) => {
            selection = Selection::link(id.clone());
        }
        Hit::Background => selection = Selection::default(),
        _ => {}
    }
    ui.editing.select(selection);
    ui.viewport.menu.set(Some(at));
}

/// Opens the menu of what is selected, in the middle of it.
pub fn open_by_key(ui: Ui) {
    let camera = ui.viewport.camera.get_untracked();
    let selection = ui.editing.selection.get_untracked();
    let card = selection
        .nodes
        .first()
        .and_then(|id| ui.editing.document.with_untracked(|document| document.node(id).map(geometry::card)));
    let curve = selection.links.first().and_then(|id| ui.editing.routes.get_untracked().get(id).copied());
    let middle = match (card, curve) {
        (Some(card), _) => camera.to_screen(card.center()),
        (None, Some(curve)) => camera.to_screen(curve.point_at(0.5)),
        (None, None) => ui.viewport.size.get_untracked().map(|side| side / 2.0),
    };
    ui.viewport.menu.set(Some(middle));
}

/// One line of the menu.
struct Item {
    label: &'static str,
    icon: &'static str,
    key: Option<&'static str>,
    act: Box<dyn Fn()>,
}

/// What the menu of the selection offers: faults to inject or to end, then actions.
fn offered(ui: Ui) -> Vec<Item> {
    let selection = ui.editing.selection.get_untracked();
    let nodes = selection.nodes.iter().cloned().map(Place::Node);
    let places: Vec<Place> = nodes.chain(selection.links.iter().cloned().map(Place::Link)).collect();
    let live = untrack(|| ui.run.live_choices(&places)).into_iter().map(|choice| {
        let (label, icon) = match choice.end {
            Some((end, Some(_))) => (end, "check"),
            _ => (choice.label, choice.icon),
        };
        Item { label, icon, key: None, act: Box::new(move || ui.run.inject_or_end(&choice)) }
    });
    let fits = |menu: Menu| match (selection.nodes.is_empty(), selection.links.is_empty()) {
        (true, true) => menu == Menu::Canvas,
        (true, false) => menu == Menu::NodeOrLink,
        _ => matches!(menu, Menu::Node | Menu::NodeOrLink),
    };
    let actions = ACTIONS.iter().filter(|action| fits(action.menu) && (action.is_possible)(ui)).map(|action| Item {
        label: action.label,
        icon: action.icon,
        key: action.keys.first().copied(),
        act: Box::new(move || (action.perform)(ui)),
    });
    live.chain(actions).collect()
}

/// The menu, where it is open.
#[component]
pub fn ContextMenu(
    /// The page.
    ui: Ui,
) -> impl IntoView {
    move || ui.viewport.menu.get().map(|at| view! { <OpenMenu ui at /> })
}

#[component]
fn OpenMenu(ui: Ui, at: Point) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            keep_inside(&root, at);
            request_animation_frame(|| {
                focus(".context-menu button");
            });
        }
    });
    let item = move |item: Item| {
        view! {
            <button
                role="menuitem"
                class="menu-item"
                on:click=move |_| {
                    ui.viewport.menu.set(None);
                    focus(".canvas");
                    (item.act)();
                }
            >
                {icon(item.icon)}
                <span>{item.label}</span>
                <kbd>{item.key}</kbd>
            </button>
        }
    };
    view! {
        <div
            class="context-menu overlay"
            role="menu"
            aria-label="Actions"
            node_ref=root
            on:contextmenu=|event| event.prevent_default()
            on:keydown=move |event| by_key(ui, &event)
        >
            {offered(ui).into_iter().map(item).collect_view()}
        </div>
    }
}

/// The position of the menu's corner so that the menu stands inside the window where it fits.
fn corner_inside(at: Point, menu: [f64; 2], window: [f64; 2]) -> Point {
    [0, 1].map(|axis| at[axis].min(window[axis] - menu[axis] - MARGIN_PX).max(MARGIN_PX))
}

/// Puts the menu at a point of the canvas, and inside the window: the canvas may be lower than the menu.
fn keep_inside(menu: &web_sys::HtmlElement, at: Point) {
    let size = [f64::from(menu.offset_width()), f64::from(menu.offset_height())];
    let length = |of: Result<wasm_bindgen::JsValue, _>| of.ok().and_then(|length| length.as_f64()).unwrap_or(0.0);
    let room = [length(window().inner_width()), length(window().inner_height())];
    let [x, y] = corner_inside(to_client(at), size, room);
    let style = web_sys::HtmlElement::style(menu);
    let _ = style.set_property("left", &format!("{x}px"));
    let _ = style.set_property("top", &format!("{y}px"));
}

fn by_key(ui: Ui, event: &web_sys::KeyboardEvent) {
    let step: isize = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        "Escape" | "Tab" => {
            ui.viewport.menu.set(None);
            focus(".canvas");
            event.prevent_default();
            return event.stop_propagation();
        }
        _ => return event.stop_propagation(),
    };
    event.prevent_default();
    event.stop_propagation();
    let Ok(items) = document().query_selector_all(".context-menu button") else { return };
    let items: Vec<web_sys::HtmlElement> =
        (0..items.length()).filter_map(|index| items.get(index)?.dyn_into::<web_sys::HtmlElement>().ok()).collect();
    let active = document().active_element();
    let position = items.iter().position(|item| active.as_ref().is_some_and(|active| item.is_same_node(Some(active))));
    let next = position.map_or(0, |position| (position as isize + step).rem_euclid(items.len() as isize) as usize);
    if let Some(item) = items.get(next) {
        let _ = item.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_stands_inside_the_window() {
        let window = [400.0, 300.0];
        assert_eq!(corner_inside([50.0, 60.0], [100.0, 80.0], window), [50.0, 60.0]);
        assert_eq!(corner_inside([390.0, 290.0], [100.0, 80.0], window), [294.0, 214.0]);
        assert_eq!(corner_inside([50.0, 60.0], [900.0, 900.0], window), [6.0, 6.0], "too large: its start is shown");
    }
}
