//! The timeline: the faults of the whole run as bars, its parameter changes as marks, where the run is, and below them
//! the charts, with one time axis for all.
//!
//! Bars are dragged, resized, duplicated and deleted; a press on the empty track goes to that
//! instant. A fault that is injected live appears here too, so that a run can be repeated and shared.

mod bar;
mod drag;
mod layout;
mod mark;
mod overview;
mod playhead;
mod tools;

use super::format;
use super::inspector::{change_words, fault_words, name_of};
use super::state::Ui;
use crate::faults::is_instantaneous;
use bar::FaultBar;
use layout::Span;
use leptos::html;
use leptos::prelude::*;
use leptos_use_resize_observer::use_resize_observer;
use mark::ChangeMark;
use overview::Overview;
use playhead::{PlayheadLine, PlayheadPlace, PlayheadTime};

pub use tools::{ActionList, FaultTools, WindowTools, add_fault, duplicate_fault};

/// Pixels left of the track, for names and numbers, and right of it.
pub const GUTTER_PX: f64 = 76.0;
pub const MARGIN_PX: f64 = 16.0;

/// The track: simulated time from left to right.
#[derive(Clone, Copy)]
pub struct Track {
    ui: Ui,
    element: NodeRef<html::Div>,
    /// Where the playhead is dragged to, simulated seconds.
    target_s: RwSignal<Option<f64>>,
    /// The end of the run, simulated seconds.
    end_s: Memo<f64>,
    /// How wide it is, CSS pixels.
    width: RwSignal<f64>,
}

impl Track {
    fn new(ui: Ui) -> Track {
        Track {
            ui,
            element: NodeRef::new(),
            target_s: RwSignal::new(None),
            end_s: Memo::new(move |_| ui.editing.document.read().run.duration_s.max(1e-3)),
            width: RwSignal::new(600.0),
        }
    }

    /// The end of the run, simulated seconds. Not tracked.
    fn end_s(self) -> f64 {
        self.end_s.get_untracked()
    }

    /// The simulated second at a client coordinate, within the run.
    fn second_at(self, client_x: f64) -> Option<f64> {
        let left = self.element.get_untracked()?.get_bounding_client_rect().left();
        let width = self.width.get_untracked();
        let from_s = self.ui.time.range.get_untracked().0;
        Some((from_s + self.seconds((client_x - left).clamp(0.0, width))).clamp(0.0, self.end_s()))
    }

    /// Simulated seconds that so many CSS pixels stand for.
    fn seconds(self, pixels: f64) -> f64 {
        let (from_s, to_s) = self.ui.time.range.get_untracked();
        pixels / self.width.get_untracked().max(1.0) * (to_s - from_s)
    }

    /// Where an instant is, CSS pixels from the left end of the track.
    fn px(self, time_s: f64) -> f64 {
        let (from_s, to_s) = self.ui.time.range.get();
        (time_s - from_s) / (to_s - from_s).max(1e-9) * self.width.get()
    }

    /// The top of a row, as CSS.
    fn top(self, row: usize) -> String {
        format!("calc(var(--row) * {row})")
    }
}

/// Faults and changes above, the charts in the middle, the axis and the whole run below.
#[component]
pub fn Timeline(ui: Ui, children: Children) -> impl IntoView {
    let track = Track::new(ui);
    let at = PlayheadPlace::new(track);
    let rows = NodeRef::<html::Div>::new();
    let measure = move || {
        let width = rows.get_untracked().map_or(0.0, |rows| f64::from(rows.client_width()) - GUTTER_PX - MARGIN_PX);
        if width > 0.0 && track.width.get_untracked() != width {
            track.width.set(width);
        }
    };
    let _ = use_resize_observer(rows, move |_, _| measure());
    // Before the first frame: paper has no other.
    Effect::new(move |_| {
        if rows.get().is_some() {
            measure();
        }
    });
    // What a finding marks is in sight.
    Effect::new(move |_| {
        if let Some(interval) = ui.panels.mark.get() {
            ui.time.reveal(interval);
        }
    });
    let wheel = move |event: web_sys::WheelEvent| {
        let is_zoom = event.ctrl_key() || event.meta_key();
        let along = if event.shift_key() { event.delta_y() } else { event.delta_x() };
        if is_zoom {
            let factor = (event.delta_y() * 0.002).clamp(-0.7, 0.7).exp2();
            ui.time.zoom(factor, track.second_at(f64::from(event.client_x())));
        } else if along != 0.0 {
            ui.time.pan(track.seconds(along));
        } else {
            return;
        }
        event.prevent_default();
    };
    let change_lines = move || {
        let document = ui.editing.document.read();
        let places = document.changes.iter().map(|change| track.px(change.at_s));
        let line = |left: f64| view! { <i class="change-line" style:left=format!("{left:.1}px")></i> };
        places.filter(|left| (0.0..=track.width.get()).contains(left)).map(line).collect_view()
    };
    view! {
        <div class="stage" on:wheel=wheel>
            <div class="stage-rows" node_ref=rows style=("--track", move || format!("{}px", track.width.get()))>
                <Lanes track />
                <div class="charts">{children()}</div>
                <div class="stage-foot">
                    <Axis track at />
                    <Overview track />
                </div>
                <div class="over" aria-hidden="true">
                    {change_lines} <PlayheadLine at />
                </div>
            </div>
        </div>
    }
}

/// A row for each fault and change that would cover another one.
#[component]
fn Lanes(track: Track) -> impl IntoView {
    let ui = track.ui;
    let document = ui.editing.document;
    let faults = Memo::new(move |_| {
        let document = document.read();
        let span = |fault: &crate::model::Fault| {
            let (from_s, to_s) = bar::seconds(fault, ui.time.end_s.get());
            let words_px = layout::words_px(&fault_words(fault, |id| name_of(&document, id)));
            Span { from: track.px(from_s), to: track.px(to_s), words_px, has_inside: true }
        };
        layout::place(&document.faults.iter().map(span).collect::<Vec<_>>(), track.width.get(), 0)
    });
    // Changes stand below the faults.
    let fault_rows = Memo::new(move |_| faults.read().iter().map(|spot| spot.row + 1).max().unwrap_or(1));
    let changes = Memo::new(move |_| {
        let document = document.read();
        let span = |index: usize| {
            let at = track.px(document.changes[index].at_s);
            let words_px = layout::words_px(&change_words(&document, index));
            Span { from: at, to: at, words_px, has_inside: false }
        };
        let spans: Vec<Span> = (0..document.changes.len()).map(span).collect();
        layout::place(&spans, track.width.get(), fault_rows.get())
    });
    let height =
        Memo::new(move |_| changes.read().iter().map(|spot| spot.row + 1).max().unwrap_or_else(|| fault_rows.get()));
    let count = Memo::new(move |_| document.read().faults.len());
    let change_count = Memo::new(move |_| document.read().changes.len());
    view! {
        <section class="lanes" aria-label="Timeline" data-testid="timeline">
            <div
                class="track"
                node_ref=track.element
                style:height=move || track.top(height.get())
                on:pointerdown=move |event| playhead::press(track, &event)
            >
                <span class="lane-name" style:top="0">
                    "Faults"
                </span>
                <Show when=move || { change_count.get() > 0 }>
                    <span class="lane-name" style:top=move || track.top(fault_rows.get())>
                        "Changes"
                    </span>
                </Show>
                <For each=move || 0..count.get() key=|index| *index let:index>
                    <FaultBar track index spots=faults />
                </For>
                <For each=move || 0..change_count.get() key=|index| *index let:index>
                    <ChangeMark track index spots=changes />
                </For>
            </div>
        </section>
    }
}

/// The seconds, once for lanes and charts.
#[component]
fn Axis(track: Track, at: PlayheadPlace) -> impl IntoView {
    let ui = track.ui;
    // A tick under the time of the playhead is left out.
    const LABEL_PX: f64 = 62.0;
    let ticks = move || {
        let (from_s, to_s) = ui.time.range.get();
        let width = track.width.get();
        let head_s = track.target_s.get().unwrap_or_else(|| ui.run.now_s());
        let head = track.px(head_s).clamp(26.0, (width - 26.0).max(26.0));
        let tick = |time_s: f64| {
            let left = track.px(time_s);
            let class = match () {
                () if left < 20.0 => "tick early",
                () if width - left < 20.0 => "tick late",
                () => "tick",
            };
            let middle = left.clamp(14.0, (width - 14.0).max(14.0));
            ((middle - head).abs() >= LABEL_PX / 2.0 + 14.0).then(|| {
                view! {
                    <i class=class style:left=format!("{left:.1}px")>
                        {format!("{} s", format::exact((time_s * 10.0).round() / 10.0))}
                    </i>
                }
            })
        };
        layout::ticks(from_s, to_s).into_iter().map(tick).collect_view()
    };
    view! {
        <div class="axis" on:pointerdown=move |event| playhead::press(track, &event)>
            {ticks} <PlayheadTime at />
        </div>
    }
}

/// When each fault is on, simulated seconds from and to.
pub fn shaded(ui: Ui) -> Vec<(f64, f64)> {
    let end_s = ui.time.end_s.get_untracked();
    let (from_s, to_s) = ui.time.range.get_untracked();
    ui.editing.document.with_untracked(|document| {
        let span = |fault: &crate::model::Fault| {
            let (start_s, stop_s) = bar::seconds(fault, end_s);
            // What happens at a moment is a stroke.
            (start_s, if is_instantaneous(fault) { start_s + (to_s - from_s) / 300.0 } else { stop_s })
        };
        document.faults.iter().map(span).collect()
    })
}
