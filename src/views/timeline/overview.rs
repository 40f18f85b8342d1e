//! The whole run under the charts, with a frame around what these show.

use super::{Track, bar};
use crate::views::format;
use crate::views::gestures::{Gesture, Next, Pointer};
use crate::views::state::{Ui, seconds_words};
use leptos::html;
use leptos::prelude::*;

/// Which part of the frame is dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// All of it: it keeps its length.
    Whole,
    /// Its beginning.
    Start,
    /// Its end.
    End,
}

/// The seconds from and to after a part of the frame was dragged by so many seconds.
fn dragged((from_s, to_s): (f64, f64), part: Part, by_s: f64) -> (f64, f64) {
    match part {
        Part::Whole => (from_s + by_s, to_s + by_s),
        Part::Start => ((from_s + by_s).clamp(0.0, to_s - 1.0_f64.min(to_s)), to_s),
        Part::End => (from_s, (to_s + by_s).max(from_s + 1.0)),
    }
}

/// The overview.
#[component]
pub fn Overview(track: Track) -> impl IntoView {
    let ui = track.ui;
    let element = NodeRef::<html::Div>::new();
    let share = move |time_s: f64| (time_s / ui.time.end_s.get() * 100.0).clamp(0.0, 100.0);
    let frame = Memo::new(move |_| {
        let (from_s, to_s) = ui.time.range.get();
        (share(from_s), share(to_s))
    });
    let now = Memo::new(move |_| (share(ui.run.now_s()) * 10.0).round() / 10.0);
    let stripes = move || {
        let document = ui.editing.document.read();
        let end_s = ui.time.end_s.get();
        let stripe = |(from_s, to_s): (f64, f64)| {
            view! {
                <i
                    class="stripe"
                    style:left=format!("{:.2}%", share(from_s))
                    style:width=format!("{:.2}%", share(to_s) - share(from_s))
                ></i>
            }
        };
        let change = |at_s: f64| view! { <i class="stripe change" style:left=format!("{:.2}%", share(at_s))></i> };
        (
            document.faults.iter().map(|fault| stripe(bar::seconds(fault, end_s))).collect_view(),
            document.changes.iter().map(|it| change(it.at_s)).collect_view(),
        )
    };
    let press = move |part: Part, event: web_sys::PointerEvent| {
        if event.button() == 0 {
            event.stop_propagation();
            event.prevent_default();
            ui.gestures.start(&event, DragFrame { ui, element, part, from_x: 0.0, from: (0.0, 0.0) });
        }
    };
    // A press beside the frame moves it there.
    let jump = move |event: web_sys::PointerEvent| {
        let Some(area) = element.get_untracked().map(|element| element.get_bounding_client_rect()) else { return };
        let at_s = (f64::from(event.client_x()) - area.left()) / area.width().max(1.0) * ui.time.end_s.get_untracked();
        let (from_s, to_s) = ui.time.range.get_untracked();
        ui.time.pan(at_s - f64::midpoint(from_s, to_s));
        press(Part::Whole, event);
    };
    let edge = move |part: Part, class: &'static str, label: &'static str| {
        let at_s = move || if part == Part::Start { ui.time.range.get().0 } else { ui.time.range.get().1 };
        view! {
            <span
                class=class
                role="slider"
                tabindex="0"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax=move || ui.time.end_s.get().to_string()
                aria-valuenow=move || at_s().round().to_string()
                aria-valuetext=move || format!("{} s", format::number(at_s()))
                on:pointerdown=move |event| press(part, event)
                on:keydown=move |event| key(ui, part, &event)
            ></span>
        }
    };
    view! {
        <span class="lane-name">{move || format!("0–{} s", format::number(ui.time.end_s.get()))}</span>
        <div
            class="overview"
            node_ref=element
            data-testid="overview"
            style=("--from", move || format!("{:.2}%", frame.get().0))
            style=("--to", move || format!("{:.2}%", frame.get().1))
            on:pointerdown=jump
        >
            {stripes}
            <i class="now" style:left=move || format!("{}%", now.get())></i>
            <span
                class="frame"
                role="slider"
                tabindex="0"
                aria-label="Part of the run that is shown"
                aria-valuemin="0"
                aria-valuemax=move || ui.time.end_s.get().to_string()
                aria-valuenow=move || ui.time.range.get().0.round().to_string()
                aria-valuetext=move || seconds_words(ui.time.range.get())
                data-testid="window"
                on:pointerdown=move |event| press(Part::Whole, event)
                on:keydown=move |event| key(ui, Part::Whole, &event)
            ></span>
            {edge(Part::Start, "edge start", "First second that is shown")}
            {edge(Part::End, "edge end", "Last second that is shown")}
        </div>
    }
}

/// Arrow keys move a part of the frame by a tenth of what is shown, `+` and `-` zoom.
fn key(ui: Ui, part: Part, event: &web_sys::KeyboardEvent) {
    let range = ui.time.range.get_untracked();
    let step_s = (range.1 - range.0) / 10.0;
    let by_s = match event.key().as_str() {
        "ArrowLeft" | "ArrowDown" => -step_s,
        "ArrowRight" | "ArrowUp" => step_s,
        "+" | "=" => {
            ui.time.zoom(0.5, None);
            0.0
        }
        "-" => {
            ui.time.zoom(2.0, None);
            0.0
        }
        _ => return,
    };
    event.prevent_default();
    event.stop_propagation();
    if by_s != 0.0 {
        let (from_s, to_s) = dragged(range, part, by_s);
        ui.time.show_range(from_s, to_s);
    }
}

/// A part of the frame is dragged.
struct DragFrame {
    ui: Ui,
    element: NodeRef<html::Div>,
    part: Part,
    from_x: f64,
    from: (f64, f64),
}

impl Gesture for DragFrame {
    fn start(&mut self, pointer: &Pointer) {
        self.from_x = pointer.client[0];
        self.from = self.ui.time.range.get_untracked();
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        let width = self.element.get_untracked().map_or(1.0, |element| f64::from(element.client_width()).max(1.0));
        let by_s = (pointer.client[0] - self.from_x) / width * self.ui.time.end_s.get_untracked();
        let (from_s, to_s) = dragged(self.from, self.part, by_s);
        self.ui.time.show_range(from_s, to_s);
    }

    fn end(&mut self, _: &Pointer) -> Next {
        Next::Done
    }

    fn cancel(&mut self) {
        self.ui.time.show_range(self.from.0, self.from.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_of_the_frame_does_not_pass_the_other() {
        assert_eq!(dragged((40.0, 120.0), Part::Whole, 10.0), (50.0, 130.0));
        assert_eq!(dragged((40.0, 120.0), Part::Start, 200.0), (119.0, 120.0));
        assert_eq!(dragged((40.0, 120.0), Part::Start, -200.0), (0.0, 120.0));
        assert_eq!(dragged((40.0, 120.0), Part::End, -200.0), (40.0, 41.0));
    }
}
