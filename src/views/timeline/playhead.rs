//! The playhead: shows where the run is, and goes to another instant when it is dragged.

use super::Track;
use crate::views::format;
use crate::views::gestures::{Gesture, Next, Pointer};
use leptos::prelude::*;

/// Where the playhead is: a line through lanes and charts, with its time on the axis.
#[component]
pub fn Playhead(track: Track) -> impl IntoView {
    let run = track.ui.run;
    let now_s = Memo::new(move |_| track.target_s.get().unwrap_or_else(|| run.now_s()));
    // In half pixels, so that it is not drawn again for less.
    let left = Memo::new(move |_| (track.px(now_s.get()) * 2.0).round() / 2.0);
    let is_outside = move || left.get() < 0.0 || left.get() > track.width.get();
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
        run.seek(to_s);
    };
    view! {
        <i
            class="playhead"
            class:scrubbing=move || track.target_s.get().is_some()
            class:outside=is_outside
            aria-hidden="true"
            style:left=move || format!("{}px", left.get())
        ></i>
        <span
            class="playhead-time"
            class:outside=is_outside
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
