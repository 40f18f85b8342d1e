//! Where the keyboard's focus is.

use leptos::prelude::document;
use wasm_bindgen::JsCast;

/// The element that has the focus.
pub fn focused() -> Option<web_sys::Element> {
    document().active_element()
}

/// Moves the focus to the first element that a selector finds. Returns whether there is one.
pub fn focus(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    found
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
        .is_some_and(|element| element.focus().is_ok())
}
