//! What the page uses of the browser: its address, clipboard, files, focus, storage, tabs and worker.

pub mod address;
pub mod backup;
pub mod clipboard;
pub mod download;
pub mod examples;
pub mod focus;
pub mod picture;
pub mod storage;
pub mod tabs;
pub mod upload;
pub mod worker;

use wasm_bindgen::{JsCast, JsValue};

/// The message of a value that JavaScript threw, on one line.
fn message_of(thrown: &JsValue) -> String {
    let text = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
