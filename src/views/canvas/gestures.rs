//! The pointer on the canvas: what was pressed, what that begins, and how it ends.
//!
//! The listeners are the window's, so that a drag goes on when it leaves the canvas. What the
//! pointer is in the middle of is one value, [`Gesture`]; Escape ends any of them and restores.

use crate::editor::geometry::{self, Camera, Point, Rect, distance};
use crate::editor::{Command, End, Selection, may_connect};
use crate::order::ascending;
use crate::views::keys;
use crate::views::state::{Gesture, Over, Ui, now_ms};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How far the pointer may stray before a press becomes a drag, screen pixels.
const STILL: f64 = 4.0;
/// How long a finger rests before the menu opens.
const LONG_PRESS: Duration = Duration::from_millis(550);
/// Two presses on one node within this time are a double click.
const DOUBLE_MS: f64 = 400.0;

/// What only the pointer's own listeners need to know.
#[derive(Default)]
struct PointerState {
    /// Fingers that are down, by pointer id, in canvas coordinates.
    fingers: Vec<(i32, Point)>,
    pressed_at: Point,
    long_press: Option<TimeoutHandle>,
    space: bool,
    last_press: Option<(String, f64)>,
    /// The node that was pressed twice, until it turns out whether the second press is a drag.
    double: Option<String>,
}

thread_local! {
    static POINTER: RefCell<PointerState> = RefCell::default();
}

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
enum Hit {
    Port {
        node: String,
        out: bool,
    },
    LinkEnd {
        link: String,
        end: End,
    },
    Node(String),
    Link(String),
    Background,
    /// A control that looks after itself.
    Control,
}

/// The space bar pans while it is held.
pub fn hold_space(held: bool) {
    POINTER.with_borrow_mut(|hand| hand.space = held);
}

/// Listens for as long as the page lives.
pub fn listen(ui: Ui) {
    let moved = window_event_listener(leptos::ev::pointermove, move |event| moved(ui, &event));
    let up = window_event_listener(leptos::ev::pointerup, move |event| released(ui, &event));
    let lost = window_event_listener(leptos::ev::pointercancel, move |event| {
        lift(&event);
        cancel(ui);
    });
    std::mem::forget((moved, up, lost));
}

fn canvas_element() -> Option<web_sys::Element> {
    document().query_selector(".canvas").ok().flatten()
}

fn local(client: Point) -> Point {
    let corner = canvas_element().map(|element| element.get_bounding_client_rect());
    corner.map_or(client, |corner| [client[0] - corner.left(), client[1] - corner.top()])
}

fn client(event: &web_sys::MouseEvent) -> Point {
    [f64::from(event.client_x()), f64::from(event.client_y())]
}

fn under(client: Point) -> Option<web_sys::Element> {
    document().element_from_point(client[0] as f32, client[1] as f32)
}

fn hit(element: &web_sys::Element) -> Hit {
    let find = |selector: &str| element.closest(selector).ok().flatten();
    let read = |found: &web_sys::Element, name: &str| found.get_attribute(name).unwrap_or_default();
    if find(".overlay").is_some() {
        return Hit::Control;
    }
    if let Some(port) = find("[data-port]") {
        return Hit::Port { node: read(&port, "data-of"), out: read(&port, "data-port") == "out" };
    }
    if let Some(handle) = find("[data-end]") {
        let end = if read(&handle, "data-end") == "from" { End::From } else { End::To };
        return Hit::LinkEnd { link: read(&handle, "data-of"), end };
    }
    if let Some(node) = find("[data-node]") {
        return Hit::Node(read(&node, "data-node"));
    }
    if let Some(link) = find("[data-link]") {
        return Hit::Link(read(&link, "data-link"));
    }
    Hit::Background
}

fn node_under(client: Point) -> Option<String> {
    let element = under(client)?.closest("[data-node], [data-port]").ok().flatten()?;
    element.get_attribute("data-node").or_else(|| element.get_attribute("data-of"))
}

fn card(ui: Ui, id: &str) -> Option<Rect> {
    ui.editing.document.with_untracked(|document| document.node(id).map(geometry::card))
}

/// A press on the canvas.
pub fn pressed(ui: Ui, event: &web_sys::PointerEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return };
    let hit = hit(&target);
    if hit == Hit::Control {
        return;
    }
    if ui.viewport.menu.read_untracked().is_some() {
        ui.viewport.menu.set(None);
    }
    let at = local(client(event));
    let touch = event.pointer_type() == "touch";
    // One whose lifting was never heard of is not counted twice.
    lift(event);
    let fingers: Vec<Point> = POINTER.with_borrow_mut(|hand| {
        hand.pressed_at = at;
        if touch {
            hand.fingers.push((event.pointer_id(), at));
        }
        hand.fingers.iter().map(|(_, at)| *at).collect()
    });
    if fingers.len() == 2 {
        cancel(ui);
        let (middle, apart) = pinch(&fingers);
        return ui.viewport.gesture.set(Gesture::Pinch { from: ui.viewport.camera.get_untracked(), middle, apart });
    }
    if event.button() == 2 {
        return;
    }
    let view = ui.viewport.camera.get_untracked();
    let world = view.to_world(at);
    let space = POINTER.with_borrow(|hand| hand.space);
    if event.button() == 1 || space {
        event.prevent_default();
        return ui.viewport.gesture.set(Gesture::Pan { from: view, start: at, clears: false });
    }
    if let Gesture::Connect { sticky: true, .. } = &*ui.viewport.gesture.read_untracked() {
        // The second click of click-click: letting go ends it.
        return;
    }
    if ui.viewport.cutting.get_untracked() {
        event.prevent_default();
        return ui.viewport.gesture.set(Gesture::CutLine { start: world, now: world });
    }
    if touch {
        press_long(ui, &hit);
    }
    let add = event.shift_key() || event.ctrl_key() || event.meta_key();
    match hit {
        Hit::Port { node, out } => {
            event.prevent_default();
            ui.viewport.gesture.set(Gesture::Connect { node, backwards: !out, now: world, over: None, sticky: false });
        }
        Hit::LinkEnd { link, end } => ui.viewport.gesture.set(Gesture::Reconnect { link, end, now: world, over: None }),
        Hit::Node(id) => press_node(ui, id, world, add),
        Hit::Link(id) => {
            let mut selection = if add { ui.editing.selection.get_untracked() } else { Selection::default() };
            if !selection.links.remove(&id) {
                selection.links.insert(id);
            }
            ui.select(selection);
        }
        Hit::Background if event.shift_key() => {
            let base = ui.editing.selection.get_untracked();
            ui.viewport.gesture.set(Gesture::Marquee { start: world, now: world, base });
        }
        Hit::Background => ui.viewport.gesture.set(Gesture::Pan { from: view, start: at, clears: true }),
        Hit::Control => {}
    }
}

fn press_node(ui: Ui, id: String, world: Point, add: bool) {
    let now = now_ms();
    POINTER.with_borrow_mut(|hand| {
        let double = hand.last_press.as_ref().is_some_and(|(last, at)| *last == id && now - at < DOUBLE_MS);
        hand.last_press = (!double).then(|| (id.clone(), now));
        hand.double = (double && !add).then(|| id.clone());
    });
    if *ui.editing.renaming.read_untracked() == Some(id.clone()) {
        return;
    }
    let mut selection = ui.editing.selection.get_untracked();
    if add && selection.nodes.contains(&id) {
        selection.nodes.remove(&id);
        return ui.select(selection);
    }
    if !selection.nodes.contains(&id) {
        if !add {
            selection = Selection::default();
        }
        selection.nodes.insert(id.clone());
        ui.select(selection.clone());
    }
    let Some(card) = card(ui, &id) else { return };
    ui.viewport.gesture.set(Gesture::Move {
        start: world,
        corner: [card.x, card.y],
        nodes: selection.nodes.into_iter().collect(),
        applied: [0.0, 0.0],
        began: false,
    });
}

fn press_long(ui: Ui, hit: &Hit) {
    let hit = hit.clone();
    let handle = set_timeout_with_handle(
        move || {
            let at = POINTER.with_borrow(|hand| hand.pressed_at);
            cancel(ui);
            open_menu(ui, &hit, at);
        },
        LONG_PRESS,
    );
    POINTER.with_borrow_mut(|hand| hand.long_press = handle.ok());
}

fn forget_long_press() {
    if let Some(handle) = POINTER.with_borrow_mut(|hand| hand.long_press.take()) {
        handle.clear();
    }
}

/// A finger is lifted.
fn lift(event: &web_sys::PointerEvent) {
    POINTER.with_borrow_mut(|hand| hand.fingers.retain(|(id, _)| *id != event.pointer_id()));
}

fn pinch(fingers: &[Point]) -> (Point, f64) {
    let (a, b) = (fingers[0], fingers[1]);
    ([(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0], distance(a, b).max(1.0))
}

fn moved(ui: Ui, event: &web_sys::PointerEvent) {
    let gesture = ui.viewport.gesture.get_untracked();
    let held = POINTER.with_borrow(|hand| hand.long_press.is_some());
    if gesture == Gesture::Idle && !held {
        return;
    }
    let at = local(client(event));
    let strayed = POINTER.with_borrow_mut(|hand| {
        if let Some(finger) = hand.fingers.iter_mut().find(|(id, _)| *id == event.pointer_id()) {
            finger.1 = at;
        }
        distance(hand.pressed_at, at) > STILL
    });
    if strayed {
        forget_long_press();
    }
    let world = ui.viewport.camera.with_untracked(|view| view.to_world(at));
    match gesture {
        Gesture::Idle => {}
        Gesture::Pan { from, start, clears } => {
            ui.viewport.camera.set(from.panned([at[0] - start[0], at[1] - start[1]]));
            if clears && strayed {
                ui.viewport.gesture.set(Gesture::Pan { from, start, clears: false });
            }
        }
        Gesture::Pinch { from, middle, apart } => {
            let fingers: Vec<Point> = POINTER.with_borrow(|hand| hand.fingers.iter().map(|(_, at)| *at).collect());
            if fingers.len() == 2 {
                let (now, wide) = pinch(&fingers);
                let zoomed = from.zoomed_at(middle, wide / apart);
                ui.viewport.camera.set(zoomed.panned([now[0] - middle[0], now[1] - middle[1]]));
            }
        }
        Gesture::Marquee { start, base, .. } => {
            let mut selection = base.clone();
            let area = Rect::between(start, world);
            ui.editing.document.with_untracked(|document| {
                let inside = document.nodes.iter().filter(|node| geometry::card(node).overlaps(&area));
                selection.nodes.extend(inside.map(|node| node.id.clone()));
            });
            ui.select(selection);
            ui.viewport.gesture.set(Gesture::Marquee { start, now: world, base });
        }
        Gesture::Move { start, corner, nodes, applied, began } => {
            if !began && !strayed {
                return;
            }
            if !began {
                ui.begin();
            }
            let by = geometry::snapped_move(corner, [world[0] - start[0], world[1] - start[1]]);
            let step = [by[0] - applied[0], by[1] - applied[1]];
            if step != [0.0, 0.0] {
                ui.edit(Command::MoveBy { nodes: nodes.clone(), by: step });
            }
            ui.viewport.gesture.set(Gesture::Move { start, corner, nodes, applied: by, began: true });
        }
        Gesture::Connect { node, backwards, sticky, .. } => {
            let over = node_under(client(event)).filter(|over| *over != node).map(|over| {
                let (from, to) = if backwards { (&over, &node) } else { (&node, &over) };
                let refusal =
                    ui.editing.document.with_untracked(|document| may_connect(document, from, to, None).err());
                Over { node: over, refusal }
            });
            ui.viewport.gesture.set(Gesture::Connect { node, backwards, now: world, over, sticky });
        }
        Gesture::Reconnect { link, end, .. } => {
            let over = node_under(client(event)).and_then(|over| {
                ui.editing.document.with_untracked(|document| {
                    let found = document.link(&link)?;
                    let (from, to) = if end == End::From { (&over, &found.to) } else { (&found.from, &over) };
                    let refusal = may_connect(document, from, to, Some(&link)).err();
                    Some(Over { node: over.clone(), refusal })
                })
            });
            ui.viewport.gesture.set(Gesture::Reconnect { link, end, now: world, over });
        }
        Gesture::CutLine { start, .. } => ui.viewport.gesture.set(Gesture::CutLine { start, now: world }),
        Gesture::Place { kind, now, began } => {
            let here = client(event);
            if began || distance(now, here) > STILL {
                ui.viewport.gesture.set(Gesture::Place { kind, now: here, began: true });
            }
        }
    }
}

fn released(ui: Ui, event: &web_sys::PointerEvent) {
    // A finger that taps has not moved to where it is: what it is over is found now.
    moved(ui, event);
    forget_long_press();
    lift(event);
    let at = local(client(event));
    let strayed = POINTER.with_borrow(|hand| distance(hand.pressed_at, at) > STILL);
    match ui.viewport.gesture.get_untracked() {
        Gesture::Idle => return,
        Gesture::Pan { clears, .. } => {
            if clears && !strayed {
                ui.select(Selection::default());
            }
        }
        Gesture::Pinch { .. } | Gesture::Marquee { .. } => {}
        Gesture::CutLine { start, now } if strayed => {
            ui.viewport.cutting.set(false);
            cut_along(ui, [start, now]);
        }
        Gesture::CutLine { .. } => {}
        Gesture::Move { began, .. } => {
            let double = POINTER.with_borrow_mut(|hand| hand.double.take());
            if began {
                ui.commit();
            } else if double.is_some() {
                ui.editing.renaming.set(double);
            }
        }
        Gesture::Connect { node, backwards, now, over, sticky } => match (over, strayed) {
            (Some(over), _) => connect(ui, node, backwards, over),
            // A click on a port: the link follows the pointer until the next click.
            (None, false) if !sticky => {
                return ui.viewport.gesture.set(Gesture::Connect { node, backwards, now, over: None, sticky: true });
            }
            _ => {}
        },
        Gesture::Reconnect { link, end, over, .. } => {
            if let Some(over) = over {
                ui.edit(Command::Reconnect { link, end, node: over.node });
            }
        }
        Gesture::Place { kind, began, .. } => {
            let over_canvas = under(client(event)).is_some_and(|element| {
                element.closest(".canvas").ok().flatten().is_some()
                    && element.closest(".overlay").ok().flatten().is_none()
            });
            if began && over_canvas {
                let link = under(client(event)).and_then(|element| element.get_attribute("data-link"));
                drop_kind(ui, kind, ui.viewport.camera.with_untracked(|view| view.to_world(at)), link);
            }
        }
    }
    ui.viewport.gesture.set(Gesture::Idle);
}

/// Cuts every link that a line crosses, in one fault.
fn cut_along(ui: Ui, line: [Point; 2]) {
    let crossed = ui.editing.routes.with_untracked(|routes| {
        ascending(routes.iter().filter(|(_, curve)| curve.is_crossed(line)).map(|(id, _)| id.clone()))
    });
    if crossed.is_empty() {
        return ui.tell("The line crosses no link: nothing is cut.");
    }
    ui.cut(crossed, ui.viewport.cut_ways.get_value());
}

/// Draws the link that was dropped on a node; a refusal is told.
fn connect(ui: Ui, node: String, backwards: bool, over: Over) {
    let (from, to) = if backwards { (over.node, node) } else { (node, over.node) };
    if ui.edit(Command::Connect { from, to }).is_some() {
        ui.say("Connected");
    }
}

/// Places a kind with its middle where it was dropped; on a link it is put into the link.
fn drop_kind(ui: Ui, kind: &'static str, world: Point, link: Option<String>) {
    let at = geometry::snap([world[0] - geometry::CARD_WIDTH / 2.0, world[1] - geometry::CARD_HEIGHT / 2.0]);
    ui.begin();
    if let Some(node) = ui.edit(Command::AddNode { kind: kind.to_owned(), at }) {
        if let Some(link) = link {
            ui.edit(Command::SplitLink { link, node });
        }
        keys::focus(".canvas");
    }
    ui.commit();
}

/// Ends any gesture and restores what was there before it.
pub fn cancel(ui: Ui) {
    forget_long_press();
    match ui.viewport.gesture.get_untracked() {
        Gesture::Pan { from, .. } | Gesture::Pinch { from, .. } => ui.viewport.camera.set(from),
        Gesture::Marquee { base, .. } => ui.select(base),
        Gesture::Move { began: true, .. } => ui.cancel(),
        _ => {}
    }
    ui.viewport.gesture.set(Gesture::Idle);
}

/// The wheel: two fingers pan, with Ctrl (which is what a pinch on a trackpad sends) it zooms.
pub fn wheel(ui: Ui, event: &web_sys::WheelEvent) {
    let over_control = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| element.closest(".overlay").ok().flatten().is_some());
    if over_control {
        return;
    }
    event.prevent_default();
    let unit = if event.delta_mode() == 1 { 16.0 } else { 1.0 };
    let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
    let at = local(client(event));
    ui.viewport.camera.update(|view: &mut Camera| {
        *view = if event.ctrl_key() || event.meta_key() {
            view.zoomed_at(at, libm::exp(-dy.clamp(-60.0, 60.0) / 200.0))
        } else if event.shift_key() && dx == 0.0 {
            view.panned([-dy, 0.0])
        } else {
            view.panned([-dx, -dy])
        };
    });
}

/// The right button, or whatever else asks for a menu.
pub fn context_menu(ui: Ui, event: &web_sys::MouseEvent) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return };
    let hit = hit(&target);
    if hit == Hit::Control {
        return;
    }
    event.prevent_default();
    cancel(ui);
    open_menu(ui, &hit, local(client(event)));
}

fn open_menu(ui: Ui, hit: &Hit, at: Point) {
    let mut selection = ui.editing.selection.get_untracked();
    match hit {
        Hit::Node(id) | Hit::Port { node: id, .. } if !selection.nodes.contains(id) => {
            selection = Selection::node(id.clone())
        }
        Hit::Link(id) | Hit::LinkEnd { link: id, .. } if !selection.links.contains(id) => {
            selection = Selection::link(id.clone());
        }
        Hit::Background => selection = Selection::default(),
        _ => {}
    }
    ui.select(selection);
    ui.viewport.menu.set(Some(at));
}

/// Opens the menu of what is selected, by key.
pub fn menu_by_key(ui: Ui) {
    let view = ui.viewport.camera.get_untracked();
    let selection = ui.editing.selection.get_untracked();
    let middle = if let Some(card) = selection.nodes.first().and_then(|id| card(ui, id)) {
        view.to_screen(card.center())
    } else if let Some(curve) =
        selection.links.first().and_then(|id| ui.editing.routes.get_untracked().get(id).copied())
    {
        view.to_screen(curve.point_at(0.5))
    } else {
        let [w, h] = ui.viewport.size.get_untracked();
        [w / 2.0, h / 2.0]
    };
    ui.viewport.menu.set(Some(middle));
}
