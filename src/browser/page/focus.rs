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

/// Has the field that is being typed in take what is typed, as if it was left. It keeps the focus.
pub fn finish_typing() {
    let is_text = |element: &web_sys::Element| {
        let kind = element.get_attribute("type").unwrap_or_default();
        element.tag_name() == "TEXTAREA" || element.tag_name() == "INPUT" && ["", "text", "search"].contains(&&*kind)
    };
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    if let Some(field) = focused().filter(is_text)
        && let Ok(change) = web_sys::Event::new_with_event_init_dict("change", &options)
    {
        // The only failure is an event that is being dispatched already.
        let _ = field.dispatch_event(&change);
    }
}
