//! The pointer on the canvas: presses and the wheel, as gestures know them.

mod wheel;

pub use wheel::wheel;

use super::menu;
use crate::editor::geometry::Point;
use crate::editor::pointer::{CutLine, Pinch, Press, begin};
pub use crate::editor::pointer::{Hit, Place};
use crate::views::gestures::client;
use crate::views::state::{BackgroundDrag, Ui};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The corner of the canvas, client coordinates.
pub fn corner() -> Point {
    let canvas = document().query_selector(".canvas").ok().flatten();
    let area = canvas.map(|element| element.get_bounding_client_rect());
    area.map_or([0.0, 0.0], |area| [area.left(), area.top()])
}

/// Client coordinates as coordinates of the canvas on screen.
pub fn to_canvas(client: Point) -> Point {
    let corner = corner();
    [client[0] - corner[0], client[1] - corner[1]]
}

/// Coordinates of the canvas on screen as client coordinates.
pub fn to_client(canvas: Point) -> Point {
    let corner = corner();
    [canvas[0] + corner[0], canvas[1] + corner[1]]
}

/// Whether an element is the canvas or drawn on it, and not a control that handles the pointer itself.
fn belongs_to_canvas(element: &web_sys::Element) -> bool {
    let is_in = |selector: &str| element.closest(selector).ok().flatten().is_some();
    is_in(".canvas") && !is_in(".overlay")
}

/// Whether the canvas is at this point, in client coordinates, and no control over it.
pub fn is_canvas(client: Point) -> bool {
    let element = document().element_from_point(client[0] as f32, client[1] as f32);
    element.is_some_and(|element| belongs_to_canvas(&element))
}

/// Whether an event is about the canvas.
fn is_of_canvas(event: &web_sys::MouseEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| belongs_to_canvas(&target))
}

/// A press or another event as gestures know it.
fn press_of(ui: Ui, event: &web_sys::MouseEvent, is_touch: bool) -> Press {
    let background_drag = ui.panels.preferences.with_untracked(|preferences| preferences.background_drag);
    Press {
        client: client(event),
        is_touch,
        pans: event.button() == 1 || ui.gestures.space_held.get_untracked(),
        background_pans: background_drag == BackgroundDrag::Pan,
        adds: event.shift_key() || event.ctrl_key() || event.meta_key(),
        copies: event.alt_key(),
        is_double: false,
    }
}

/// A press on the canvas.
pub fn pressed(ui: Ui, event: &web_sys::PointerEvent) {
    if !is_of_canvas(event) {
        return;
    }
    let gestures = ui.gestures;
    let is_touch = event.pointer_type() == "touch";
    if is_touch && gestures.put_down(event) == 2 {
        return gestures.start(event, Pinch::new(ui));
    }
    if event.button() == 2 {
        return;
    }
    if gestures.is_following() {
        // The second click of a link drawn by two clicks: its release ends the link.
        return gestures.press(event);
    }
    let mut press = press_of(ui, event, is_touch);
    if !press.pans && ui.viewport.cutting.get_untracked() {
        event.prevent_default();
        return gestures.start(event, CutLine::new(ui));
    }
    let hit = press.hit(&ui);
    if let Hit::Node(id) | Hit::Edge(id) = &hit {
        if *ui.editing.renaming.read_untracked() == Some(id.clone()) {
            return;
        }
        press.is_double = gestures.is_double_press(id);
    }
    if press.pans || matches!(hit, Hit::Port { .. } | Hit::Edge(_) | Hit::LinkEnd { .. }) {
        // No text is selected, and nothing is dragged by the browser.
        event.prevent_default();
    }
    if is_touch {
        let (hit, at) = (hit.clone(), press.client);
        gestures.on_long_press(event, move || menu::open(ui, &hit, at));
    }
    if let Some(gesture) = begin(&ui, hit, &press) {
        gestures.start_boxed(event, gesture);
    }
}

/// The right button, or anything else that asks for a menu.
pub fn context_menu(ui: Ui, event: &web_sys::MouseEvent) {
    if !is_of_canvas(event) {
        return;
    }
    event.prevent_default();
    ui.gestures.cancel();
    let is_touch = event.dyn_ref::<web_sys::PointerEvent>().is_some_and(|event| event.pointer_type() == "touch");
    let press = press_of(ui, event, is_touch);
    menu::open(ui, &press.hit(&ui), press.client);
}
