//! The page's address: `?example=ID` names a built-in example, `?present=1` shows it in large type, and a share link
//! is everything after the `#`.

use leptos::prelude::window;
use web_sys::Url;

/// The parameter of the address that names an example.
const EXAMPLE: &str = "example";
/// The parameter of the address that asks for presenting.
const PRESENT: &str = "present";

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

/// Whether the address asks for the diagram in large type: `?present=1`.
pub fn presents() -> bool {
    url().is_some_and(|url| url.search_params().get(PRESENT).as_deref() == Some("1"))
}

/// The link that opens this page with a fragment, wherever the page is served from.
pub fn link(fragment: &str) -> String {
    format!("{}#{fragment}", page())
}

/// The link that opens the built-in example of this id.
pub fn example_link(id: &str) -> String {
    let page = page();
    let Ok(url) = Url::new(&page) else { return page };
    url.search_params().set(EXAMPLE, id);
    url.href()
}

/// What the page has written into the entry of the browser's history that is shown; `None` when the entry was
/// made by the user, who changed the address or has just opened the page.
pub fn entry() -> Option<String> {
    window().history().ok()?.state().ok()?.as_string()
}

/// How an entry comes into the browser's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enter {
    /// After the one that is shown.
    Push,
    /// In place of the one that is shown.
    Replace,
}

/// Writes an entry into the browser's history, with a fragment or a link of its own or the page's bare address,
/// without a reload or an event.
pub fn enter(how: Enter, entry: &str, link: Option<&str>) {
    // In full, because a bare `#…` is resolved against `<base>`.
    let url = link.map_or_else(page, str::to_owned);
    let Ok(history) = window().history() else { return };
    // Browsers refuse this for `file:` addresses and for very long ones: there the address stays as it is.
    let _ = match how {
        Enter::Push => history.push_state_with_url(&entry.into(), "", Some(&url)),
        Enter::Replace => history.replace_state_with_url(&entry.into(), "", Some(&url)),
    };
}

/// The page's address without a fragment and without an example.
fn page() -> String {
    let Some(url) = url() else { return String::new() };
    url.set_hash("");
    // Even deleting a parameter that is absent rewrites the rest of the query in another form.
    for parameter in [EXAMPLE, PRESENT] {
        if url.search_params().has(parameter) {
            url.search_params().delete(parameter);
        }
    }
    url.href()
}

fn url() -> Option<Url> {
    Url::new(&window().location().href().ok()?).ok()
}
