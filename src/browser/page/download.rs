//! Files from the page to the user.

use super::message_of;
use leptos::prelude::{document, set_timeout};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long the browser may take to read the text that it downloads.
const READ_TIME: Duration = Duration::from_secs(60);

/// Offers a text as a file; `media_type` is for example `application/json`. `Err` is a sentence.
pub fn offer(file_name: &str, media_type: &str, text: &str) -> Result<(), String> {
    offer_bytes(file_name, media_type, text.as_bytes())
}

/// Offers bytes as a file; `media_type` is for example `image/png`. `Err` is a sentence.
pub fn offer_bytes(file_name: &str, media_type: &str, bytes: &[u8]) -> Result<(), String> {
    download(file_name, media_type, bytes)
        .map_err(|thrown| format!("The browser did not allow the download of {file_name} ({}).", message_of(&thrown)))
}

/// A file name made from a title: `Web shop` and `json` give `web-shop.json`.
pub fn file_name(title: &str, ending: &str) -> String {
    let mut name = String::new();
    for c in title.to_lowercase().chars().take(60) {
        match c {
            c if c.is_alphanumeric() => name.push(c),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('-');
    format!("{}.{ending}", if name.is_empty() { "headroom" } else { name })
}

fn download(file_name: &str, media_type: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(file_name);
    // Some browsers ignore a click on a link that is not in the page.
    let body = document().body().ok_or("there is no page")?;
    body.append_child(&anchor)?;
    anchor.click();
    anchor.remove();
    let release = move || {
        // Fails for an address that is not valid only.
        let _ = Url::revoke_object_url(&url);
    };
    set_timeout(release, READ_TIME);
    Ok(())
}
