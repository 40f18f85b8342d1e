//! A click counts for a button or a link of the page only where its press began on it.
//!
//! A finger's press may show a button under the finger, for example that of the link it selects. The
//! browser looks for the target of a click when the finger is lifted, and would give it to that button.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What a click can activate.
const CONTROLS: &str = "button, a";

/// Where a pointer was pressed.
#[derive(Clone)]
struct Press {
    /// The pointer's id.
    pointer: i32,
    /// The control there.
    control: Option<web_sys::Element>,
}

/// Stops clicks on controls that were not there, or not under the pointer, when it was pressed; from now
/// on.
pub fn listen() {
    let last = StoredValue::new_local(None::<Press>);
    let press = move |event: web_sys::PointerEvent| {
        last.set_value(Some(Press { pointer: event.pointer_id(), control: control(&event) }));
    };
    listen_first("pointerdown", move |event| press(event.unchecked_into()));
    let click = move |event: web_sys::MouseEvent| {
        let Some(press) = last.get_value().filter(|press| is_of_press(&event, press.pointer)) else { return };
        let clicked = control(&event);
        if clicked.is_some() && clicked != press.control {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    };
    listen_first("click", move |event| click(event.unchecked_into()));
}

/// Listens to the window's events on their way down, before the handlers of the page change anything.
fn listen_first(name: &str, act: impl Fn(web_sys::Event) + 'static) {
    let act = Closure::<dyn Fn(web_sys::Event)>::new(act).into_js_value();
    // Adding a listener to the window cannot fail.
    let _ = window().add_event_listener_with_callback_and_bool(name, act.unchecked_ref(), true);
}

fn control(event: &web_sys::MouseEvent) -> Option<web_sys::Element> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    target.closest(CONTROLS).ok().flatten()
}

/// Whether a click follows from the press of this pointer: keys, assistive technology and programs click
/// without one.
fn is_of_press(click: &web_sys::MouseEvent, pointer: i32) -> bool {
    match click.dyn_ref::<web_sys::PointerEvent>() {
        Some(click) => click.pointer_id() == pointer,
        None => click.detail() > 0,
    }
}
