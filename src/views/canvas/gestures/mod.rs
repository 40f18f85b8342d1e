//! The pointer on the canvas: which gesture a press starts.
//!
//! One file a gesture. Escape, a lost pointer or another gesture cancels it, which restores what was
//! there before: see [`crate::views::gestures`].

mod connect;
mod cut_line;
mod hit;
mod loose_end;
mod marquee;
mod move_nodes;
mod nearest;
mod pan;
mod pinch;
mod place;
mod reconnect;
mod wheel;

pub use hit::Hit;
pub use place::Place;
pub use wheel::wheel;

use super::menu;
use crate::editor::Selection;
use crate::editor::geometry::Point;
use crate::views::gestures::client;
use crate::views::state::Ui;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The corner of the canvas, client coordinates.
fn corner() -> Point {
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

/// Client coordinates as coordinates of the world.
fn to_world(ui: Ui, client: Point) -> Point {
    ui.viewport.camera.with_untracked(|camera| camera.to_world(to_canvas(client)))
}

/// What an event on the canvas is about.
fn hit_of(event: &web_sys::MouseEvent) -> Option<Hit> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    Some(hit::hit(&target)).filter(|hit| *hit != Hit::Control)
}

/// What a press means that hit this.
fn meant(ui: Ui, hit: Hit, event: &web_sys::MouseEvent, is_touch: bool) -> Hit {
    let zoom = ui.viewport.camera.get_untracked().zoom;
    let press = nearest::Press { at: to_world(ui, client(event)), zoom, is_touch };
    ui.editing.document.with_untracked(|document| {
        ui.editing.routes.with_untracked(|routes| nearest::meant(hit, &press, document, routes))
    })
}

/// A press on the canvas.
pub fn pressed(ui: Ui, event: &web_sys::PointerEvent) {
    let Some(hit) = hit_of(event) else { return };
    let gestures = ui.gestures;
    if ui.viewport.menu.read_untracked().is_some() {
        ui.viewport.menu.set(None);
    }
    let is_touch = event.pointer_type() == "touch";
    if is_touch && gestures.put_down(event) == 2 {
        return gestures.start(event, pinch::Pinch::new(ui));
    }
    if event.button() == 2 {
        return;
    }
    if event.button() == 1 || gestures.is_space_held() {
        event.prevent_default();
        return gestures.start(event, pan::Pan::new(ui));
    }
    if gestures.is_following() {
        // The second click of a link drawn by two clicks: its release ends the link.
        return gestures.press(event);
    }
    if ui.viewport.cutting.get_untracked() {
        event.prevent_default();
        return gestures.start(event, cut_line::CutLine::new(ui));
    }
    let hit = meant(ui, hit, event, is_touch);
    if is_touch {
        let (hit, at) = (hit.clone(), to_canvas(client(event)));
        gestures.on_long_press(event, move || menu::open(ui, &hit, at));
    }
    let adds = event.shift_key() || event.ctrl_key() || event.meta_key();
    match hit {
        Hit::Port { node, out } => {
            event.prevent_default();
            gestures.start(event, connect::Connect::new(ui, node, out));
        }
        Hit::LinkEnd { link, end } => {
            if let Some(gesture) = reconnect::Reconnect::new(ui, link, end) {
                gestures.start(event, gesture);
            }
        }
        Hit::Node(id) => press_node(ui, event, id, adds),
        Hit::Link(id) => {
            let mut selection = if adds { ui.editing.selection.get_untracked() } else { Selection::default() };
            if !selection.links.remove(&id) {
                selection.links.insert(id);
            }
            ui.editing.select(selection);
        }
        Hit::Background if event.shift_key() => gestures.start(event, marquee::Marquee::new(ui)),
        Hit::Background => gestures.start(event, pan::Pan::on_background(ui)),
        Hit::Control => {}
    }
}

/// A press on a node selects it and may move what is selected; the second in short time renames it.
fn press_node(ui: Ui, event: &web_sys::PointerEvent, id: String, adds: bool) {
    let renames = ui.gestures.is_double_press(&id) && !adds;
    if *ui.editing.renaming.read_untracked() == Some(id.clone()) {
        return;
    }
    let mut selection = ui.editing.selection.get_untracked();
    if adds && selection.nodes.contains(&id) {
        selection.nodes.remove(&id);
        return ui.editing.select(selection);
    }
    if !selection.nodes.contains(&id) {
        if !adds {
            selection = Selection::default();
        }
        selection.nodes.insert(id.clone());
        ui.editing.select(selection.clone());
    }
    if let Some(gesture) = move_nodes::MoveNodes::new(ui, id, selection.nodes, renames) {
        ui.gestures.start(event, gesture);
    }
}

/// The right button, or anything else that asks for a menu.
pub fn context_menu(ui: Ui, event: &web_sys::MouseEvent) {
    let Some(hit) = hit_of(event) else { return };
    event.prevent_default();
    ui.gestures.cancel();
    let is_touch = event.dyn_ref::<web_sys::PointerEvent>().is_some_and(|event| event.pointer_type() == "touch");
    menu::open(ui, &meant(ui, hit, event, is_touch), to_canvas(client(event)));
}
