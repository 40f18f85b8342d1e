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
pub mod storage;
#[cfg(feature = "web")]
pub mod upload;
#[cfg(feature = "web")]
pub mod worker;
pub mod worker_side;

#[cfg(feature = "web")]
use wasm_bindgen::{JsCast, JsValue};

/// What a thrown value says, on one line.
#[cfg(feature = "web")]
fn words(thrown: &JsValue) -> String {
    let text = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page's window. Nothing in this module but [`worker_side`] runs where there is none.
#[cfg(feature = "web")]
fn window() -> web_sys::Window {
    web_sys::window().expect("the page has a window")
}
