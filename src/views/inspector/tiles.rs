//! A few numbers of what is selected, while it runs.

use leptos::prelude::*;

/// A number with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// The label.
    pub label: &'static str,
    /// The number with its unit; a dash where there is none.
    pub value: String,
    /// Whether the number is a sign of trouble.
    pub bad: bool,
}

impl Tile {
    /// A number that is no sign of trouble.
    pub fn new(label: &'static str, value: String) -> Tile {
        Tile { label, value, bad: false }
    }

    /// A number that is not known.
    pub fn unknown(label: &'static str) -> Tile {
        Tile::new(label, dash())
    }
}

/// What stands for a number that is not known.
pub fn dash() -> String {
    "–".to_owned()
}

/// Of what time the numbers are: [`Recorder`](crate::record::Recorder) counts from the start of the previous bin on. A
/// bin is a second in runs of up to 10 minutes, and longer in longer ones.
const WINDOW: &str = "Rates, means and percentiles are of the present interval of the charts and the one before";

/// Up to four numbers side by side.
#[component]
pub fn Tiles(tiles: Memo<Vec<Tile>>) -> impl IntoView {
    let draw = |Tile { label, value, bad }: Tile| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd class:bad=bad>{value}</dd>
            </div>
        }
    };
    view! {
        <dl class="tiles" title=WINDOW>
            {move || tiles.get().into_iter().map(draw).collect_view()}
        </dl>
    }
}
