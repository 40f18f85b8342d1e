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

/// Moves the focus by so many among the elements that a selector finds, round and round; to the first where none of
/// them has it. Returns whether there is one.
pub fn step(selector: &str, by: isize) -> bool {
    let Ok(found) = document().query_selector_all(selector) else { return false };
    let all: Vec<web_sys::HtmlElement> = (0..found.length())
        .filter_map(|index| found.get(index)?.dyn_into::<web_sys::HtmlElement>().ok())
        .filter(|element| element.offset_parent().is_some())
        .collect();
    let now = focused();
    let position = all.iter().position(|each| now.as_ref().is_some_and(|now| each.is_same_node(Some(now))));
    let next = position.map_or(0, |at| (at as isize + by).rem_euclid(all.len().max(1) as isize) as usize);
    all.get(next).is_some_and(|element| element.focus().is_ok())
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
