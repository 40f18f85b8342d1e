//! Light, dark, or as the system says; remembered in this browser.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

const KEY: &str = "headroom-theme";

/// The colors of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The next one, as the button in the toolbar goes through them.
    pub fn next(self) -> Theme {
        match self {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        }
    }

    /// As written in storage and in `data-theme`; also the icon's name.
    pub fn id(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    fn of(id: &str) -> Theme {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.id() == id).unwrap_or(Theme::Auto)
    }
}

/// The remembered theme; the system's where the browser allows no storage.
pub fn remembered() -> Theme {
    let stored = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEY).ok().flatten());
    Theme::of(&stored.unwrap_or_default())
}

/// Puts the theme on the page and remembers it.
pub fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = match theme {
            Theme::Auto => root.remove_attribute("data-theme"),
            other => root.set_attribute("data-theme", other.id()),
        };
    }
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = match theme {
            Theme::Auto => storage.remove_item(KEY),
            other => storage.set_item(KEY, other.id()),
        };
    }
}

/// A custom property of the style sheet as a color that a canvas understands, with `light-dark()` and
/// `color-mix()` resolved.
pub fn color(property: &str) -> String {
    let Some(body) = document().body() else { return String::new() };
    let Ok(probe) = document().create_element("span") else { return String::new() };
    let probe: web_sys::HtmlElement = probe.unchecked_into();
    let _ = web_sys::HtmlElement::style(&probe).set_property("color", &format!("var({property})"));
    let _ = body.append_child(&probe);
    let found = window()
        .get_computed_style(&probe)
        .ok()
        .flatten()
        .and_then(|style| style.get_property_value("color").ok())
        .unwrap_or_default();
    probe.remove();
    found
}

/// Whether the user asked the system for reduced motion.
pub fn reduced_motion() -> bool {
    window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches())
}
