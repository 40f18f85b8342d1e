//! The built-in examples as the page has them.
//!
//! They stand in the page's HTML, where `scripts/finish.mjs` puts them, and not in the program: a
//! script that is fetched before anything runs is no place for what is read one at a time.

use super::window;
use crate::codec::Example;
use crate::model::json;
use serde_json::Value;
use std::sync::OnceLock;

/// The examples in palette order; none where the page was built without `scripts/finish.mjs`.
pub fn library() -> &'static [Example] {
    static LIBRARY: OnceLock<Vec<Example>> = OnceLock::new();
    LIBRARY.get_or_init(|| read().unwrap_or_default())
}

fn read() -> Option<Vec<Example>> {
    let text = window().document()?.get_element_by_id("library")?.text_content()?;
    let Value::Array(all) = serde_json::from_str(&text).ok()? else { return None };
    all.iter()
        .map(|it| {
            // The page keeps them for as long as it lives.
            let keep = |text: String| -> &'static str { text.leak() };
            let text = |key: &str| it.get(key)?.as_str().map(|text| keep(text.to_owned()));
            Some(Example { id: text("id")?, section: text("section")?, text: keep(json::write(it.get("document")?)) })
        })
        .collect()
}
