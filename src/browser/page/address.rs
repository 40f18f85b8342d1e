//! The page's address: `?example=ID` names a built-in example, and a share link is everything after
//! the `#`.

use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::Url;

/// The parameter of the address that names an example.
const EXAMPLE: &str = "example";

/// What follows the `#`; `None` when nothing does.
pub fn fragment() -> Option<String> {
    let hash = window().location().hash().ok()?;
    let fragment = hash.strip_prefix('#').unwrap_or(&hash);
    (!fragment.is_empty()).then(|| fragment.to_owned())
}

/// The id of the built-in example that the address names; `None` when it names none.
pub fn example() -> Option<String> {
    url()?.search_params().get(EXAMPLE)
}

/// The link that opens this page with a fragment, wherever the page is served from.
pub fn link(fragment: &str) -> String {
    format!("{}#{fragment}", page())
}

/// Puts a fragment in the address, or takes it out, without a reload, an event or a step in the
/// browser's history. An example that the address names is taken out of it.
pub fn set_fragment(fragment: Option<&str>) {
    // In full, because a bare `#…` is resolved against `<base>`.
    let url = fragment.map_or_else(page, link);
    if let Ok(history) = window().history() {
        // Browsers refuse this for `file:` addresses: there the fragment stays as it is.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// The page's address without a fragment and without an example.
fn page() -> String {
    let Some(url) = url() else { return String::new() };
    url.set_hash("");
    // Even deleting a parameter that is absent rewrites the rest of the query in another form.
    if url.search_params().has(EXAMPLE) {
        url.search_params().delete(EXAMPLE);
    }
    url.href()
}

fn url() -> Option<Url> {
    Url::new(&window().location().href().ok()?).ok()
}
