//! The page's icons. They are symbols of one sprite, `style/icons.svg`, which `index.html` includes.

use crate::kinds;
use leptos::prelude::*;

/// An icon of the sprite by its name, without a label: the control around it says what it does.
pub fn icon(name: &'static str) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <use_ href=format!("#icon-{name}") />
        </svg>
    }
    .into_any()
}

/// Path data of a plain box, for a kind that is not known.
const UNKNOWN: &str = "M5 5h14v14h-14z";

/// A kind's icon on a tile of its color.
pub fn tile(kind: &str) -> AnyView {
    let info = kinds::info(kind);
    let path = info.map_or(UNKNOWN, |info| info.icon);
    view! {
        <span
            class=format!("tile kind-{kind}")
            style=("--k", info.map(|info| info.color))
            aria-hidden="true"
        >
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
                <path d=path />
            </svg>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    const SPRITE: &str = include_str!("../../style/icons.svg");

    /// What is between `start` and the next `end`, for every `start` of a text.
    fn between<'a>(text: &'a str, start: &'a str, end: char) -> impl Iterator<Item = &'a str> {
        text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
    }

    fn sources(folder: &Path, read: &mut impl FnMut(&str)) {
        for entry in std::fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, read);
            } else {
                read(&std::fs::read_to_string(&path).expect("a source"));
            }
        }
    }

    #[test]
    fn every_icon_that_a_view_names_is_in_the_sprite() {
        let drawn: BTreeSet<&str> = between(SPRITE, "id=\"icon-", '"').collect();
        let mut named = 0;
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |text| {
            for start in ["icon(\"", "icon: \"", "shape: \""] {
                for name in between(text, start, '"').filter(|name| name.bytes().all(|c| c.is_ascii_lowercase())) {
                    named += 1;
                    assert!(drawn.contains(name), "there is no icon {name} in style/icons.svg");
                }
            }
        });
        assert!(named > 50, "only {named} icons are named");
    }

    #[test]
    fn no_two_icons_look_alike() {
        let drawn: Vec<&str> = between(SPRITE, "<path d=\"", '"').collect();
        let distinct: BTreeSet<&&str> = drawn.iter().collect();
        assert!(drawn.len() > 30);
        assert_eq!(distinct.len(), drawn.len());
    }
}
