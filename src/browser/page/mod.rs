//! What the page uses of the browser.

pub mod address;
pub mod clipboard;
pub mod download;
pub mod examples;
pub mod focus;
pub mod storage;
pub mod upload;
pub mod worker;

use wasm_bindgen::{JsCast, JsValue};

/// What a thrown value says, on one line.
fn words(thrown: &JsValue) -> String {
    let text = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page's window.
fn window() -> web_sys::Window {
    web_sys::window().expect("the page has a window")
}
