//! The context menu of the canvas.

use crate::views::commands::{ACTIONS, Action, Menu};
use crate::views::erase::{Gather, effect, live};
use crate::views::icons::icon;
use crate::views::keys;
use crate::views::state::Ui;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The actions that stand in the menu of what is selected.
fn offered(ui: Ui) -> Vec<&'static Action> {
    let selection = ui.editing.selection.get_untracked();
    let fits = |menu: Menu| match (selection.nodes.is_empty(), selection.links.is_empty()) {
        (true, true) => menu == Menu::Canvas,
        (true, false) => matches!(menu, Menu::Link | Menu::Both),
        _ => matches!(menu, Menu::Node | Menu::Both),
    };
    ACTIONS.iter().filter(|action| fits(action.menu) && (action.when)(ui)).collect()
}

/// The menu, where it is open.
pub fn menu(ui: Ui) -> impl IntoView {
    live(move || {
        ui.viewport.menu.get().map(|at| {
            let root = NodeRef::<html::Div>::new();
            effect(move || {
                if let Some(root) = root.get() {
                    keep_inside(ui, &root, at);
                    request_animation_frame(|| {
                        keys::focus(".context-menu button");
                    });
                }
            });
            let item = move |action: &'static Action| {
                view! {
                    <button
                        role="menuitem"
                        class="menu-item"
                        on:click=move |_| {
                            ui.viewport.menu.set(None);
                            keys::focus(".canvas");
                            (action.act)(ui);
                        }
                    >
                        {icon(action.icon)}
                        <span>{action.label}</span>
                        <kbd>{action.keys.first().copied()}</kbd>
                    </button>
                }
            };
            view! {
                <div
                    class="context-menu overlay"
                    role="menu"
                    aria-label="What to do"
                    node_ref=root
                    on:contextmenu=|event| event.prevent_default()
                    on:keydown=move |event| by_key(ui, &event)
                >
                    {offered(ui).into_iter().map(item).gather()}
                </div>
            }
        })
    })
}

fn keep_inside(ui: Ui, menu: &web_sys::HtmlElement, at: [f64; 2]) {
    let canvas = ui.viewport.size.get_untracked();
    let size = [f64::from(menu.offset_width()), f64::from(menu.offset_height())];
    let [x, y] = [0, 1].map(|axis| at[axis].min(canvas[axis] - size[axis] - 6.0).max(6.0));
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
            keys::focus(".canvas");
            event.prevent_default();
            return event.stop_propagation();
        }
        _ => return event.stop_propagation(),
    };
    event.prevent_default();
    event.stop_propagation();
    let Ok(items) = document().query_selector_all(".context-menu button") else { return };
    let items: Vec<web_sys::HtmlElement> =
        (0..items.length()).filter_map(|i| items.get(i)?.dyn_into::<web_sys::HtmlElement>().ok()).collect();
    let active = document().active_element();
    let position = items.iter().position(|item| active.as_ref().is_some_and(|active| item.is_same_node(Some(active))));
    let next = position.map_or(0, |position| (position as isize + step).rem_euclid(items.len() as isize) as usize);
    if let Some(item) = items.get(next) {
        let _ = item.focus();
    }
}
