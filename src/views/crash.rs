//! What the page shows after a panic: plain DOM, without anything of the program that panicked.

use crate::browser::page::download;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, closure::Closure};

thread_local! {
    /// The document as last written, for the panic message's download button.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Records the document's text, for the download after a panic.
pub fn keep(text: &str) {
    LAST.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            text.clone_into(&mut last);
        }
    });
}

/// From now on, a panic is shown on the console and on the page, with a way to download the diagram.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let _ = show(&info.to_string());
    }));
}

fn show(message: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    if document.get_element_by_id("broke").is_some() {
        return Some(());
    }
    let element = |name: &str, text: &str| {
        let element = document.create_element(name).ok()?;
        element.set_text_content(Some(text));
        Some(element)
    };
    let panel = element("div", "")?;
    panel.set_id("broke");
    panel.set_class_name("broke");
    let _ = panel.set_attribute("role", "alertdialog");
    let _ = panel.set_attribute("aria-labelledby", "broke-title");
    let title = element("h2", "Something broke")?;
    title.set_id("broke-title");
    let words = element(
        "p",
        "This is a bug in Headroom, not a problem of your diagram. You can download the diagram, then reload.",
    )?;
    let download = element("button", "Download the diagram")?;
    let reload = element("button", "Reload")?;
    let details = element("pre", message)?;
    for button in [&download, &reload] {
        button.set_class_name("button outlined");
    }
    listen(&download, download_last)?;
    listen(&reload, || {
        if let Some(window) = web_sys::window() {
            let _ = window.location().reload();
        }
    })?;
    for child in [&title, &words, &download, &reload, &details] {
        panel.append_child(child).ok()?;
    }
    document.body()?.append_child(&panel).ok()?;
    let download: web_sys::HtmlElement = download.unchecked_into();
    let _ = download.focus();
    Some(())
}

fn download_last() {
    let text = LAST.with(|last| last.try_borrow().map(|last| last.clone()).unwrap_or_default());
    // If this fails too, nothing is left that could say so.
    let _ = download::offer("diagram.json", "application/json", &text);
}

/// Calls `act` on every click, for as long as the element exists.
fn listen(button: &web_sys::Element, act: impl Fn() + 'static) -> Option<()> {
    let act = Closure::<dyn Fn()>::new(act).into_js_value();
    button.add_event_listener_with_callback("click", act.unchecked_ref()).ok()
}
