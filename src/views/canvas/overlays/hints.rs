//! The hints of the first minute: a strip at the top of the canvas, which folds to a button where it would cover nodes.

use super::when_settled;
use crate::browser::page::focus::focus;
use crate::editor::geometry::Rect;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The hints: how each is remembered once it is dismissed, and what it says.
const HINTS: [(&str, &str); 3] = [
    ("select", "Click a node to see and set its numbers"),
    ("break", "Right-click a node to break it, or press F"),
    ("change", "Change a number while it runs: no restart"),
];
/// Where the strip is, as `style/overlays.css` has it, CSS pixels: its distance from the edges, and its height.
const MARGIN: f64 = 12.0;
const HEIGHT: f64 = 48.0;

/// Whether the strip would cover any of these cards on a canvas of this width.
fn covers(cards: &[Rect], canvas_width: f64) -> bool {
    let strip = Rect { x: MARGIN, y: MARGIN, w: canvas_width - 2.0 * MARGIN, h: HEIGHT };
    cards.iter().any(|card| card.overlaps(&strip))
}

/// The hints that the user has not dismissed.
#[component]
pub fn Hints(ui: Ui) -> impl IntoView {
    let is_empty = Memo::new(move |_| ui.editing.document.with(|document| document.nodes.is_empty()));
    let left = Memo::new(move |_| {
        let preferences = ui.panels.preferences.read();
        let is_left = |index: &usize| preferences.dismissed_hints.iter().all(|id| id != HINTS[*index].0);
        (0..HINTS.len()).filter(is_left).collect::<Vec<usize>>()
    });
    let is_in_the_way = RwSignal::new(false);
    let is_asked_for = RwSignal::new(false);
    let changes = move || {
        ui.editing.document.track();
        ui.viewport.size.track();
        ui.viewport.camera.track();
    };
    when_settled(changes, move || {
        let width = ui.viewport.size.get_untracked()[0];
        is_in_the_way.set(covers(&ui.viewport.kept_clear_on_screen(), width));
    });
    let is_folded = Memo::new(move |_| is_in_the_way.get() && !is_asked_for.get());
    let hint = move |index: usize| {
        let (id, text) = HINTS[index];
        let dismiss = move |_| {
            ui.panels.prefer(|preferences| preferences.dismissed_hints.push(id.to_owned()));
        };
        view! {
            <li class="hint overlay" data-testid=format!("hint-{id}")>
                <b aria-hidden="true">{index + 1}</b>
                <span>{text}</span>
                <button class="button icon-only small" aria-label=format!("Dismiss: {text}") on:click=dismiss>
                    {icon("close")}
                </button>
            </li>
        }
    };
    let unfold = move |_| {
        is_asked_for.set(true);
        request_animation_frame(|| {
            focus(".hints .button");
        });
    };
    let folded = move || {
        view! {
            <button class="hints-button button outlined overlay" data-testid="show-hints" on:click=unfold>
                {icon("help")}
                <span>"Hints"</span>
                <span class="count">{move || left.read().len()}</span>
            </button>
        }
    };
    view! {
        <Show when=move || !is_empty.get() && !left.read().is_empty()>
            <Show when=move || !is_folded.get() fallback=folded>
                <ol class="hints" aria-label="Hints">
                    <For each=move || left.get() key=|index| *index let:index>
                        {hint(index)}
                    </For>
                </ol>
            </Show>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strip_folds_where_it_would_cover_a_node() {
        let card = |y| Rect { x: 300.0, y, w: 20.0, h: 9.0 };
        assert!(covers(&[card(200.0), card(47.0)], 854.0));
        assert!(!covers(&[card(200.0), card(61.0), card(2.0)], 854.0));
        assert!(!covers(&[card(20.0)], 300.0), "it ends before the card");
    }
}
