//! A click counts for a button or a link of the page only where its press began on it.
//!
//! A finger's press may show a button under the finger, for example that of the link it selects. The
//! browser looks for the target of a click when the finger is lifted, and would give it to that button.

use leptos::ev;
use leptos::prelude::*;
use leptos_use_event_listener::{UseEventListenerOptions, use_event_listener_with_options};
use wasm_bindgen::JsCast;

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

/// Stops clicks on controls that were not there, or not under the pointer, when it was pressed; for as
/// long as the current owner lives.
pub fn listen() {
    let last = StoredValue::new_local(None::<Press>);
    // On the way down, before the handlers of the page change anything.
    let options = || UseEventListenerOptions::default().capture(true);
    let press = move |event: web_sys::PointerEvent| {
        last.set_value(Some(Press { pointer: event.pointer_id(), control: control(&event) }));
    };
    let _ = use_event_listener_with_options(window(), ev::pointerdown, press, options());
    let click = move |event: web_sys::MouseEvent| {
        let Some(press) = last.get_value().filter(|press| is_of_press(&event, press.pointer)) else { return };
        let clicked = control(&event);
        if clicked.is_some() && clicked != press.control {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    };
    let _ = use_event_listener_with_options(window(), ev::click, click, options());
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
