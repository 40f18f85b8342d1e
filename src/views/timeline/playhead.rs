//! The playhead: shows where the run is, and goes to another instant when it is dragged.

use super::Track;
use crate::views::format;
use crate::views::gestures::{Gesture, Next, Pointer};
use leptos::prelude::*;

/// Where the playhead is.
#[derive(Clone, Copy)]
pub struct PlayheadPlace {
    track: Track,
    now_s: Memo<f64>,
    /// Pixels from the left end of the track, in half pixels, so that it is not drawn again for less.
    left: Memo<f64>,
}

impl PlayheadPlace {
    /// Where the run is, or where the playhead is dragged to.
    pub fn new(track: Track) -> PlayheadPlace {
        let now_s = Memo::new(move |_| track.target_s.get().unwrap_or_else(|| track.ui.run.now_s()));
        let left = Memo::new(move |_| (track.px(now_s.get()) * 2.0).round() / 2.0);
        PlayheadPlace { track, now_s, left }
    }

    /// Whether it is on the part of the run that is not shown.
    fn is_outside(self) -> bool {
        self.left.get() < 0.0 || self.left.get() > self.track.width.get()
    }
}

/// A line through lanes and charts.
#[component]
pub fn PlayheadLine(at: PlayheadPlace) -> impl IntoView {
    view! {
        <i
            class="playhead"
            class:scrubbing=move || at.track.target_s.get().is_some()
            class:outside=move || at.is_outside()
            style:left=move || format!("{}px", at.left.get())
        ></i>
    }
}

/// The time on the axis, by which the playhead is moved. Off the part that is shown it stays at the end of the axis.
#[component]
pub fn PlayheadTime(at: PlayheadPlace) -> impl IntoView {
    let PlayheadPlace { track, now_s, left } = at;
    let at_edge = move || left.get().clamp(0.0, track.width.get());
    let key = move |event: web_sys::KeyboardEvent| {
        let step = if event.shift_key() { 10.0 } else { 1.0 };
        let now_s = now_s.get_untracked();
        let to_s = match event.key().as_str() {
            "ArrowLeft" => now_s - step,
            "ArrowRight" => now_s + step,
            "Home" => 0.0,
            _ => return,
        };
        event.prevent_default();
        let to_s = to_s.clamp(0.0, track.end_s());
        track.ui.time.reveal((to_s, to_s));
        track.ui.run.seek(to_s);
    };
    view! {
        <span
            class="playhead-time"
            class:outside=move || at.is_outside()
            class:early=move || at_edge() < 30.0
            class:late=move || { track.width.get() - at_edge() < 30.0 }
            role="slider"
            tabindex="0"
            aria-label="Simulated time"
            aria-valuemin="0"
            aria-valuemax=move || track.end_s.get().to_string()
            aria-valuenow=move || now_s.get().round().to_string()
            aria-valuetext=move || format::clock(now_s.get().round())
            data-testid="playhead"
            style:left=move || format!("{}px", at_edge())
            on:keydown=key
            on:pointerdown=move |event| press(track, &event)
        >
            {move || format::clock(now_s.get())}
        </span>
    }
}

/// A press on the track, or on the playhead, drags the playhead.
pub fn press(track: Track, event: &web_sys::PointerEvent) {
    if event.button() == 0 {
        event.stop_propagation();
        event.prevent_default();
        track.ui.gestures.start(event, DragPlayhead { track });
    }
}

/// The playhead is dragged; the run follows when it is released.
struct DragPlayhead {
    track: Track,
}

impl Gesture for DragPlayhead {
    fn start(&mut self, pointer: &Pointer) {
        self.track.target_s.set(self.track.second_at(pointer.client[0]));
    }

    fn moved(&mut self, pointer: &Pointer) {
        self.track.target_s.set(self.track.second_at(pointer.client[0]));
    }

    fn end(&mut self, _: &Pointer) -> Next {
        let to_s = self.track.target_s.get_untracked();
        self.track.target_s.set(None);
        if let Some(to_s) = to_s {
            self.track.ui.run.seek(to_s);
        }
        Next::Done
    }

    fn cancel(&mut self) {
        self.track.target_s.set(None);
    }
}
