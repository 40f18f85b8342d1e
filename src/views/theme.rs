//! Light, dark, or as the system says; and what the style sheet says of colors and motion.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;

/// The colors of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
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

    /// The theme of this id; as the system says for any other text.
    pub fn of(id: &str) -> Theme {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.id() == id).unwrap_or(Theme::Auto)
    }
}

/// Puts the theme on the page.
pub fn apply(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = match theme {
            Theme::Auto => root.remove_attribute("data-theme"),
            other => root.set_attribute("data-theme", other.id()),
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

/// Whether the system gives all text one color and all grounds another.
pub fn forced_colors() -> bool {
    window().match_media("(forced-colors: active)").ok().flatten().is_some_and(|query| query.matches())
}

/// The color of all grounds where the system forces it.
pub fn forced_ground() -> String {
    let style = document().body().and_then(|body| window().get_computed_style(&body).ok().flatten());
    style.and_then(|style| style.get_property_value("background-color").ok()).unwrap_or_default()
}
