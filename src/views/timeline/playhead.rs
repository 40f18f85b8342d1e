//! The playhead: shows where the run is, and goes to another instant when it is dragged.

use super::Track;
use crate::views::format;
use crate::views::gestures::{Gesture, Next, Pointer};
use leptos::prelude::*;

/// The playhead.
#[component]
pub fn Playhead(track: Track) -> impl IntoView {
    let run = track.ui.run;
    let now_s = Memo::new(move |_| track.target_s.get().unwrap_or_else(|| run.now_s()));
    // In tenths of a percent, so that it is not drawn again for less than a pixel.
    let percent = Memo::new(move |_| ((now_s.get() / track.end_s.get()).clamp(0.0, 1.0) * 1000.0).round() / 10.0);
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
        run.seek(to_s.clamp(0.0, track.end_s()));
    };
    view! {
        <span
            class="playhead"
            class:scrubbing=move || track.target_s.get().is_some()
            role="slider"
            tabindex="0"
            aria-label="Simulated time"
            aria-valuemin="0"
            aria-valuemax=move || track.end_s.get().to_string()
            aria-valuenow=move || now_s.get().round().to_string()
            aria-valuetext=move || format::clock(now_s.get().round())
            data-testid="playhead"
            style:left=move || format!("{}%", percent.get())
            on:keydown=key
        ></span>
    }
}

/// The playhead is dragged; the run follows when it is released.
pub struct DragPlayhead {
    track: Track,
}

impl DragPlayhead {
    /// The playhead of this track.
    pub fn new(track: Track) -> DragPlayhead {
        DragPlayhead { track }
    }
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
