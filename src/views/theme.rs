//! Light, dark, or as the system says; remembered in this browser.

use leptos::prelude::*;

const KEY: &str = "headroom-theme";

/// Which colours the page wears.
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
    /// What the switch turns to next.
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

/// The remembered theme. Storage may be closed to us: then it is the system's.
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

/// A custom property of the style sheet as a colour that a canvas understands: whatever
/// `light-dark()` and `color-mix()` come to just now.
pub fn color(property: &str) -> String {
    let Some(body) = document().body() else { return String::new() };
    let Ok(probe) = document().create_element("span") else { return String::new() };
    let probe: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(probe);
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

/// Whether the system asks for little movement.
pub fn reduced_motion() -> bool {
    window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches())
}

/// Calls back whenever the system changes between light and dark.
pub fn on_system_change(act: impl Fn() + 'static) {
    use wasm_bindgen::JsCast;
    let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") else { return };
    let closure = wasm_bindgen::closure::Closure::<dyn Fn()>::new(act);
    let _ = query.add_event_listener_with_callback("change", closure.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    closure.forget();
}
