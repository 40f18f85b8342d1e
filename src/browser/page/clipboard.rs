//! Text to and from the clipboard. Both must be called from a click or a key press.

use super::message_of;
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlElement, HtmlTextAreaElement};

/// Copies a text. `Err` is a sentence that says how to copy it by hand.
pub async fn copy(text: &str) -> Result<(), String> {
    let clipboard = window().navigator().clipboard();
    // Browsers have no clipboard for a page that came over plain HTTP from another machine.
    let refused = if clipboard.is_undefined() {
        "the page was not loaded over a secure connection".to_owned()
    } else {
        match JsFuture::from(clipboard.write_text(text)).await {
            Ok(_) => return Ok(()),
            Err(thrown) => message_of(&thrown),
        }
    };
    if copy_by_selection(text) {
        return Ok(());
    }
    Err(format!("The browser did not allow copying ({refused}): select the text and copy it by hand."))
}

/// The text on the clipboard. `Err` is a sentence that says how to paste it by hand.
pub async fn read() -> Result<String, String> {
    let clipboard = window().navigator().clipboard();
    let by_hand = "press Ctrl+V or Cmd+V on the canvas instead";
    if clipboard.is_undefined() {
        return Err(format!("The browser does not let this page read the clipboard: {by_hand}."));
    }
    let text = JsFuture::from(clipboard.read_text()).await;
    text.map(|text| text.as_string().unwrap_or_default()).map_err(|thrown| {
        format!("The browser did not allow reading the clipboard ({}): {by_hand}.", message_of(&thrown))
    })
}

/// Copies without the clipboard interface: selects the text in a hidden field and runs the "copy"
/// command. Returns whether the browser did it.
fn copy_by_selection(text: &str) -> bool {
    let Some(document) = window().document().and_then(|document| document.dyn_into::<HtmlDocument>().ok()) else {
        return false;
    };
    let Some(body) = document.body() else { return false };
    let focused = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let Some(field) =
        document.create_element("textarea").ok().and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok())
    else {
        return false;
    };
    field.set_value(text);
    field.set_read_only(true);
    field.set_class_name("off-screen");
    if body.append_child(&field).is_err() {
        return false;
    }
    field.select();
    let copied = document.exec_command("copy").unwrap_or(false);
    field.remove();
    // Selecting moved the focus to the hidden field.
    if let Some(element) = focused {
        let _ = element.focus();
    }
    copied
}
