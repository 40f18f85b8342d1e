//! The bar of one fault.

use super::Track;
use super::drag::{DragAlong, Grip, arrow_step, dragged};
use super::layout::{Spot, Words};
use crate::editor::Command;
use crate::faults::is_instantaneous;
use crate::model::{Fault, Place};
use crate::views::inspector::{fault_time, fault_words, name_of};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// When a fault is on, simulated seconds; one without an end is until that of the run.
pub fn seconds(fault: &Fault, end_s: f64) -> (f64, f64) {
    let to_s = match fault.duration_s {
        Some(duration_s) => fault.start_s + duration_s,
        None if is_instantaneous(fault) => fault.start_s,
        None => end_s.max(fault.start_s),
    };
    (fault.start_s, to_s)
}

/// The bar of the fault at this index of the document; `spots` has the place of each fault.
#[component]
pub fn FaultBar(track: Track, index: usize, spots: Memo<Vec<Spot>>) -> impl IntoView {
    let editing = track.ui.editing;
    let fault = Memo::new(move |_| editing.document.read().faults.get(index).cloned());
    let words = Memo::new(move |_| {
        let document = editing.document.read();
        document.faults.get(index).map(|fault| fault_words(fault, |id| name_of(&document, id))).unwrap_or_default()
    });
    let spot = Memo::new(move |_| spots.with(|spots| spots.get(index).copied().unwrap_or_default()));
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
            class:outside=move || spot.get().is_outside
            role="button"
            tabindex="0"
            data-testid=format!("fault-{index}")
            aria-label=label
            aria-pressed=move || is_selected.get().to_string()
            title=label
            style:left=move || format!("{:.1}px", spot.get().left)
            style:width=move || format!("{:.1}px", spot.get().width)
            style:top=move || track.top(spot.get().row)
            on:pointerdown=move |event| press(track, index, &event)
            on:keydown=move |event| key(track, index, &event)
            on:focus=move |_| reveal(track, index)
        >
            <i class="grip start" aria-hidden="true"></i>
            <span
                class="words"
                class:after=move || spot.get().words == Words::After
                class:before=move || spot.get().words == Words::Before
                style:max-width=move || format!("{:.0}px", spot.get().words_px)
            >
                {move || words.get()}
            </span>
            <i class="grip end" aria-hidden="true"></i>
        </div>
    }
}

fn reveal(track: Track, index: usize) {
    let fault = track.ui.editing.document.with_untracked(|document| document.faults.get(index).cloned());
    if let Some(fault) = fault {
        track.ui.time.reveal(seconds(&fault, track.end_s()));
    }
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
        reveal(track, index);
    };
    match event.key().as_str() {
        "ArrowLeft" | "ArrowRight" => arrow_step(event).into_iter().for_each(slide),
        "Delete" | "Backspace" => {
            ui.editing.apply(Command::RemoveFault(index));
        }
        "Enter" | " " => ui.show_place(&Place::Fault(index)),
        "d" | "D" if command => super::tools::duplicate_fault(ui, index),
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_without_an_end_is_until_that_of_the_run() {
        let seconds = |id: &str, start_s, duration_s| {
            seconds(&Fault { fault: id.to_owned(), start_s, duration_s, params: serde_json::Map::new() }, 100.0)
        };
        assert_eq!(seconds("crash", 10.0, Some(20.0)), (10.0, 30.0));
        assert_eq!(seconds("crash", 10.0, None), (10.0, 100.0));
        assert_eq!(seconds("cache_flush", 10.0, None), (10.0, 10.0));
    }
}
