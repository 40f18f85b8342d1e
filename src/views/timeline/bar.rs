//! The bar of one fault.

use super::drag::{DragAlong, Grip, arrow_step, dragged};
use super::{Track, duplicate_fault};
use crate::editor::Command;
use crate::faults::is_instantaneous;
use crate::model::{Fault, Place};
use crate::views::inspector::{fault_time, fault_words, name_of};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The bar of the fault at this index of the document; `rows` has the row of each fault.
#[component]
pub fn FaultBar(track: Track, index: usize, rows: Memo<Vec<usize>>) -> impl IntoView {
    let editing = track.ui.editing;
    let fault = Memo::new(move |_| editing.document.read().faults.get(index).cloned());
    let words = Memo::new(move |_| {
        let document = editing.document.read();
        document.faults.get(index).map(|fault| fault_words(fault, |id| name_of(&document, id))).unwrap_or_default()
    });
    let place = Memo::new(move |_| {
        fault.with(|fault| fault.as_ref().map_or((0.0, 0.0), |fault| span(fault, track.end_s.get())))
    });
    let is_instant = Memo::new(move |_| fault.with(|fault| fault.as_ref().is_some_and(is_instantaneous)));
    let is_selected = Memo::new(move |_| *editing.selected_place.read() == Some(Place::Fault(index)));
    let severity = editing.severity_at(Place::Fault(index));
    let label = move || {
        let when = fault.with(|fault| fault.as_ref().map(fault_time)).unwrap_or_default();
        format!("{}, {when}", words.get())
    };
    view! {
        <div
            class="fault-bar"
            class:selected=move || is_selected.get()
            class:moment=move || is_instant.get()
            class:wrong=move || severity.get().is_some()
            role="button"
            tabindex="0"
            data-testid=format!("fault-{index}")
            aria-label=label
            aria-pressed=move || is_selected.get().to_string()
            title=label
            style:left=move || format!("{:.2}%", place.get().0)
            style:width=move || if is_instant.get() { String::new() } else { format!("{:.2}%", place.get().1) }
            style:top=move || format!("{}px", 15 + 24 * rows.with(|rows| rows.get(index).copied().unwrap_or(0)))
            on:pointerdown=move |event| press(track, index, &event)
            on:keydown=move |event| key(track, index, &event)
        >
            <i class="grip start" aria-hidden="true"></i>
            <span>{move || words.get()}</span>
            <i class="grip end" aria-hidden="true"></i>
        </div>
    }
}

/// Where the bar begins and how wide it is, percent of the track.
fn span(fault: &Fault, end_s: f64) -> (f64, f64) {
    const WIDTH_MIN: f64 = 0.6;
    let left = (fault.start_s / end_s * 100.0).clamp(0.0, 100.0);
    let right = fault.duration_s.map_or(100.0, |duration_s| (fault.start_s + duration_s) / end_s * 100.0);
    (left, (right.clamp(left, 100.0) - left).max(WIDTH_MIN))
}

fn press(track: Track, index: usize, event: &web_sys::PointerEvent) {
    // Not a press on the track.
    event.stop_propagation();
    let fault = track.ui.editing.document.with_untracked(|document| document.faults.get(index).cloned());
    let Some(fault) = fault.filter(|_| event.button() == 0) else { return };
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_on = |class: &str| target.as_ref().is_some_and(|element| element.class_list().contains(class));
    let grip = match () {
        () if is_instantaneous(&fault) => Grip::Whole,
        () if is_on("start") => Grip::Start,
        () if is_on("end") => Grip::End,
        () => Grip::Whole,
    };
    track.ui.editing.select_place(Place::Fault(index));
    let slide = move |by_s: f64| {
        let (start_s, duration_s) = dragged(&fault, grip, by_s, track.end_s());
        track.ui.editing.apply(Command::MoveFault { index, start_s, duration_s });
    };
    track.ui.gestures.start(event, DragAlong::new(track, slide));
}

fn key(track: Track, index: usize, event: &web_sys::KeyboardEvent) {
    let ui = track.ui;
    let Some(fault) = ui.editing.document.with_untracked(|document| document.faults.get(index).cloned()) else {
        return;
    };
    let command = event.ctrl_key() || event.meta_key();
    let grip = if event.alt_key() && !is_instantaneous(&fault) { Grip::End } else { Grip::Whole };
    let slide = |by_s: f64| {
        let (start_s, duration_s) = dragged(&fault, grip, by_s, track.end_s());
        ui.editing.apply(Command::MoveFault { index, start_s, duration_s });
    };
    match event.key().as_str() {
        "ArrowLeft" | "ArrowRight" => arrow_step(event).into_iter().for_each(slide),
        "Delete" | "Backspace" => {
            ui.editing.apply(Command::RemoveFault(index));
        }
        "Enter" | " " => ui.show_place(&Place::Fault(index)),
        "d" | "D" if command => duplicate_fault(ui, index),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_spans_its_fault_and_stays_on_the_track() {
        let span = |start_s, duration_s| {
            span(&Fault { fault: "crash".to_owned(), start_s, duration_s, params: serde_json::Map::new() }, 100.0)
        };
        assert_eq!(span(10.0, Some(20.0)), (10.0, 20.0));
        assert_eq!(span(10.0, None), (10.0, 90.0), "to the end of the run");
        assert_eq!(span(90.0, Some(20.0)), (90.0, 10.0), "no further than the end");
        assert_eq!(span(10.0, Some(0.0)), (10.0, 0.6), "wide enough to be seen");
    }
}
