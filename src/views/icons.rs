//! The page's icons. They are symbols of one sprite, `style/icons.svg`, which `index.html` includes.

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

/// A kind's icon on its tinted tile.
pub fn tile(kind: &str) -> AnyView {
    let class = format!("tile kind-{kind}");
    view! { <span class=class aria-hidden="true">{outline(kind_outline(kind))}</span> }.into_any()
}

/// An icon from its path data, on a grid of 24 × 24.
fn outline(path: &'static str) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path />
        </svg>
    }
    .into_any()
}

/// Path data of a kind by its registry id; a plain box for an unknown one.
fn kind_outline(kind: &str) -> &'static str {
    match kind {
        "client" => {
            "M9 11.5a3.3 3.3 0 1 0 0-6.6a3.3 3.3 0 1 0 0 6.6M2.8 19.2c.5-3.3 2.9-5.1 6.2-5.1s5.7 1.8 6.2 5.1M15.6 5.3a3.1 3.1 0 0 1 0 5.8M17.6 14.6c2 .7 3.3 2.3 3.6 4.6"
        }
        "load_balancer" => {
            "M5 14.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M19 7.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M19 14.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M19 21.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M7.2 12h9.6M7 11l10-5M7 13l10 5"
        }
        "rate_limiter" => "M4.2 17.5a8.5 8.5 0 1 1 15.6 0M12 15l4-5.5M12 16.2a1.2 1.2 0 1 0 0-2.4a1.2 1.2 0 1 0 0 2.4",
        "app" => {
            "M5 4h14a1.5 1.5 0 0 1 1.5 1.5v3.5a1.5 1.5 0 0 1-1.5 1.5h-14a1.5 1.5 0 0 1-1.5-1.5v-3.5a1.5 1.5 0 0 1 1.5-1.5M5 13.5h14a1.5 1.5 0 0 1 1.5 1.5v3.5a1.5 1.5 0 0 1-1.5 1.5h-14a1.5 1.5 0 0 1-1.5-1.5v-3.5a1.5 1.5 0 0 1 1.5-1.5M7 7.25h.01M7 16.75h.01M11 7.25h6M11 16.75h6"
        }
        "cache" => "M13 3 5 13.5h6l-1 7.5 9-11h-6.5z",
        "database" => {
            "M5 5.6c0-1.5 3.1-2.7 7-2.7s7 1.2 7 2.7-3.1 2.7-7 2.7-7-1.2-7-2.7M5 5.6v12.8c0 1.5 3.1 2.7 7 2.7s7-1.2 7-2.7v-12.8M5 12c0 1.5 3.1 2.7 7 2.7s7-1.2 7-2.7"
        }
        "queue" => "M3.5 7h4v10h-4zM10 7h4v10h-4zM16.5 7h4v10h-4z",
        _ => "M5 5h14v14h-14z",
    }
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
