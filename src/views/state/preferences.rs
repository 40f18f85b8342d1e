//! What a user has chosen for the page itself; remembered in this browser.

use crate::views::results::ChosenCharts;
use crate::views::theme::Theme;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Where the preferences are stored.
const KEY: &str = "headroom-preferences";
/// Where older versions of the page stored the theme alone.
const THEME_KEY: &str = "headroom-theme";

/// What the wheel does over the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wheel {
    /// A mouse wheel zooms, two fingers on a trackpad pan: distinguished by what the browser reports.
    #[default]
    Auto,
    /// It pans.
    Pan,
    /// It zooms.
    Zoom,
}

/// What a drag over the empty canvas does, by mouse or pen; a finger always pans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackgroundDrag {
    /// It selects what is in the rectangle.
    #[default]
    Select,
    /// It pans.
    Pan,
}

/// What a user has chosen for the page itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The colors.
    pub theme: Theme,
    /// What the wheel does over the canvas.
    pub wheel: Wheel,
    /// What a drag over the empty canvas does.
    pub background_drag: BackgroundDrag,
    /// Whether the palette is folded to a rail of icons; `None` is where the page is narrow.
    pub palette_folded: Option<bool>,
    /// Whether the inspector is folded away.
    pub inspector_folded: bool,
    /// Whether the results are folded to a strip.
    pub results_folded: bool,
    /// Width of the inspector where the user has changed it, CSS pixels.
    pub inspector_px: Option<f64>,
    /// Height of the results where the user has changed it, CSS pixels.
    pub results_px: Option<f64>,
    /// Whether the state of a run is not announced to screen readers while it goes on.
    pub quiet_run: bool,
    /// The hints that the user has dismissed, by their ids.
    pub dismissed_hints: Vec<String>,
    /// The charts that the user has added or taken away.
    pub charts: ChosenCharts,
}

impl Preferences {
    /// The stored ones; the usual ones where there are none, where they cannot be read, and where the browser allows
    /// no storage.
    pub fn remembered() -> Preferences {
        let item = |key: &str| window().local_storage().ok().flatten()?.get_item(key).ok().flatten();
        Preferences::read(item(KEY).as_deref(), item(THEME_KEY).as_deref())
    }

    fn read(stored: Option<&str>, theme: Option<&str>) -> Preferences {
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| Preferences {
            theme: theme.map_or(Theme::default(), Theme::of),
            ..Preferences::default()
        })
    }

    /// Stores them. Where the browser allows no storage they hold until the page is left.
    pub fn remember(&self) {
        if let (Ok(Some(storage)), Ok(text)) = (window().local_storage(), serde_json::to_string(self)) {
            let _ = storage.set_item(KEY, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_read_as_they_were_stored() {
        let chosen = Preferences {
            theme: Theme::Dark,
            wheel: Wheel::Zoom,
            results_px: Some(320.0),
            dismissed_hints: vec!["break".to_owned()],
            ..Preferences::default()
        };
        let text = serde_json::to_string(&chosen).expect("plain data");
        assert_eq!(Preferences::read(Some(&text), Some("light")), chosen);
    }

    #[test]
    fn what_cannot_be_read_gives_the_usual_preferences() {
        assert_eq!(Preferences::read(None, None), Preferences::default());
        assert_eq!(Preferences::read(Some("{\"wheel\": 7}"), None), Preferences::default());
        let partly = Preferences::read(Some("{\"inspector_folded\": true, \"of_a_later_version\": 1}"), None);
        assert!(partly.inspector_folded);
    }

    #[test]
    fn the_theme_of_an_older_version_is_kept() {
        assert_eq!(Preferences::read(None, Some("dark")).theme, Theme::Dark);
    }
}
