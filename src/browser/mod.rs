//! The only code that touches the browser, the views aside.
//!
//! Each module wraps one thing that a browser offers and speaks in the project's own values:
//! what goes wrong comes back as a sentence for the user, never as a `JsValue`.

#[cfg(feature = "web")]
pub mod address;
#[cfg(feature = "web")]
pub mod clipboard;
#[cfg(feature = "web")]
pub mod download;
#[cfg(feature = "web")]
pub mod library;
#[cfg(feature = "web")]
pub mod storage;
pub mod teller_side;
#[cfg(feature = "web")]
pub mod upload;
#[cfg(feature = "web")]
pub mod worker;
pub mod worker_side;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
#[cfg(feature = "web")]
use wasm_bindgen::JsValue;
use web_sys::MessageEvent;

/// Bytes as a message between page and worker, and the list of what is given away with it: the
/// memory is handed over, not copied.
fn posted(bytes: &[u8]) -> (Uint8Array, Array) {
    let message = Uint8Array::from(bytes);
    let given_away = Array::of1(&message.buffer());
    (message, given_away)
}

/// The bytes of a message; none when it is something else.
fn bytes_of(event: &MessageEvent) -> Vec<u8> {
    event.data().dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default()
}

/// What a thrown value says, on one line.
#[cfg(feature = "web")]
fn words(thrown: &JsValue) -> String {
    let text = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page's window. Nothing in this module but [`worker_side`] and [`teller_side`]
/// runs where there is none.
#[cfg(feature = "web")]
fn window() -> web_sys::Window {
    web_sys::window().expect("the page has a window")
}
