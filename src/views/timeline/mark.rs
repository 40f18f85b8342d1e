//! The mark of one parameter change.

use super::Track;
use super::drag::{DragAlong, arrow_step, rounded};
use super::layout::{Spot, Words};
use crate::editor::Command;
use crate::model::Place;
use crate::views::format;
use crate::views::inspector::change_words;
use leptos::prelude::*;

/// The mark of the change at this index of the document; `spots` has the place of each change.
#[component]
pub fn ChangeMark(track: Track, index: usize, spots: Memo<Vec<Spot>>) -> impl IntoView {
    let editing = track.ui.editing;
    let at_s = Memo::new(move |_| editing.document.read().changes.get(index).map_or(0.0, |change| change.at_s));
    let words = Memo::new(move |_| change_words(&editing.document.read(), index));
    let is_selected = Memo::new(move |_| *editing.selected_place.read() == Some(Place::Change(index)));
    let severity = editing.severity_at(Place::Change(index));
    let label = move || format!("{}, at {} s", words.get(), format::number(at_s.get()));
    let spot = Memo::new(move |_| spots.with(|spots| spots.get(index).copied().unwrap_or_default()));
    // The chip ends in its diamond, on whichever side the words are.
    let left = move || {
        let spot = spot.get();
        format!("{:.1}px", if spot.words == Words::Before { spot.left - spot.words_px } else { spot.left })
    };
    view! {
        <div
            class="change-mark"
            class:selected=move || is_selected.get()
            class:wrong=move || severity.get().is_some()
            class:late=move || spot.get().words == Words::Before
            class:outside=move || spot.get().is_outside
            role="button"
            tabindex="0"
            data-testid=format!("change-{index}")
            aria-label=label
            aria-pressed=move || is_selected.get().to_string()
            title=label
            style:left=left
            style:width=move || format!("{:.1}px", spot.get().words_px)
            style:top=move || track.top(spot.get().row)
            on:pointerdown=move |event| press(track, index, &event)
            on:keydown=move |event| key(track, index, &event)
            on:focus=move |_| reveal(track, index)
        >
            <i aria-hidden="true"></i>
            <span>{move || words.get()}</span>
        </div>
    }
}

fn reveal(track: Track, index: usize) {
    if let Some(at_s) = time_of(track, index) {
        track.ui.time.reveal((at_s, at_s));
    }
}

fn time_of(track: Track, index: usize) -> Option<f64> {
    track.ui.editing.document.with_untracked(|document| document.changes.get(index).map(|change| change.at_s))
}

fn press(track: Track, index: usize, event: &web_sys::PointerEvent) {
    // Not a press on the track.
    event.stop_propagation();
    let Some(at_s) = time_of(track, index).filter(|_| event.button() == 0) else { return };
    track.ui.editing.select_place(Place::Change(index));
    track.ui.gestures.start(event, DragAlong::new(track, move |by_s| slide(track, index, at_s, by_s)));
}

fn key(track: Track, index: usize, event: &web_sys::KeyboardEvent) {
    let ui = track.ui;
    let Some(at_s) = time_of(track, index) else { return };
    match event.key().as_str() {
        "ArrowLeft" | "ArrowRight" => {
            arrow_step(event).into_iter().for_each(|by_s| slide(track, index, at_s, by_s));
            reveal(track, index);
        }
        "Delete" | "Backspace" => {
            ui.editing.apply(Command::RemoveChange(index));
        }
        "Enter" | " " => ui.show_place(&Place::Change(index)),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// Moves a change to so many seconds from where it was, at `at_s`.
fn slide(track: Track, index: usize, at_s: f64, by_s: f64) {
    track.ui.editing.apply(Command::MoveChange { index, at_s: moved(at_s, by_s, track.end_s()) });
}

/// When a change is that was moved by so many seconds; it stays within the run.
fn moved(at_s: f64, by_s: f64, end_s: f64) -> f64 {
    rounded((at_s + by_s).clamp(0.0, end_s), end_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_within_the_run() {
        assert_eq!(moved(40.0, 2.04, 120.0), 42.0);
        assert_eq!(moved(40.0, -99.0, 120.0), 0.0);
        assert_eq!(moved(40.0, 99.0, 120.0), 120.0);
    }
}
