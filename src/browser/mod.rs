//! The only code that touches the browser, the views aside: [`page`] runs in the page, [`worker`] in the worker.
//!
//! Each module wraps one interface of the browser in the project's own types: an error is a sentence
//! for the user, never a `JsValue`.

#[cfg(feature = "web")]
pub mod page;
pub mod worker;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::MessageEvent;

/// Bytes as a message between page and worker, and its transfer list: the memory is handed over, not copied.
fn transferable(bytes: &[u8]) -> (Uint8Array, Array) {
    let message = Uint8Array::from(bytes);
    let transferred = Array::of1(&message.buffer());
    (message, transferred)
}

/// The bytes of a message; empty when the message is something else.
fn bytes_of(event: &MessageEvent) -> Vec<u8> {
    event.data().dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default()
}
