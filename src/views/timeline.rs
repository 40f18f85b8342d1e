//! The time line under the canvas: the faults of the whole run as bars, and where the run is.
//!
//! Bars are dragged, stretched, copied and deleted; a press on the empty track goes to that
//! instant. What is broken live on the canvas lands here by itself, so that a demonstration can
//! be run again and shared.

use super::format;
use super::icons::icon;
use super::inspector::{fault_time, fault_words, name_of};
use super::state::Ui;
use crate::editor::Command;
use crate::editor::chaos::schedule;
use crate::fault::FaultInfo;
use crate::faults::{self, AnyFault, is_instantaneous};
use crate::kinds;
use crate::model::{Document, Fault, Place};
use crate::views::erase::{Gather, each, live, memo};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// How far the pointer may stray before a press becomes a drag, pixels.
const STILL: f64 = 3.0;
/// The least share of the track that a bar takes up for its words when rows are made.
const LEAST_SHARE: f64 = 0.09;

/// What part of a bar was taken hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Whole,
    Start,
    End,
}

/// What the pointer is in the middle of.
#[derive(Clone, Debug)]
enum Drag {
    /// A bar as it was, and where it was taken hold of.
    Bar { index: usize, hold: Hold, from_x: f64, fault: Fault, began: bool },
    /// The playhead.
    Head,
}

#[derive(Clone, Copy)]
struct Line {
    ui: Ui,
    track: NodeRef<html::Div>,
    drag: StoredValue<Option<Drag>>,
    /// Where the playhead is dragged to, seconds.
    scrub: RwSignal<Option<f64>>,
    /// How often chaos was asked for.
    draws: StoredValue<u64>,
    /// The end of the run, seconds.
    end_s: Memo<f64>,
}

/// A time as dragging leaves it: whole tenths of a second in short runs, more in long ones.
fn rounded(time_s: f64, end_s: f64) -> f64 {
    let step = if end_s <= 120.0 {
        0.1
    } else if end_s <= 1200.0 {
        0.5
    } else {
        (end_s / 1200.0).ceil()
    };
    ((time_s / step).round() * step * 1000.0).round() / 1000.0
}

/// Start and length of a fault that was dragged by so many seconds; it stays within the run.
fn dragged(fault: &Fault, hold: Hold, by_s: f64, end_s: f64) -> (f64, Option<f64>) {
    let stop_s = fault.duration_s.map_or(end_s, |duration_s| fault.start_s + duration_s);
    let least_s = rounded(end_s / 1200.0, end_s).max(0.1);
    match hold {
        Hold::Whole => {
            let start_s = rounded((fault.start_s + by_s).clamp(0.0, end_s), end_s);
            (start_s, fault.duration_s)
        }
        Hold::Start => {
            let start_s = rounded((fault.start_s + by_s).clamp(0.0, (stop_s - least_s).max(0.0)), end_s);
            let length_s = ((stop_s - start_s) * 1000.0).round() / 1000.0;
            (start_s, fault.duration_s.map(|_| length_s))
        }
        Hold::End => {
            let stop_s =
                rounded((stop_s + by_s).clamp(fault.start_s + least_s, end_s.max(fault.start_s + least_s)), end_s);
            (fault.start_s, Some(((stop_s - fault.start_s) * 1000.0).round() / 1000.0))
        }
    }
}

/// The row of each fault: the first in which it overlaps no other.
fn rows(faults: &[Fault], end_s: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..faults.len()).collect();
    order.sort_by(|a, b| faults[*a].start_s.total_cmp(&faults[*b].start_s));
    let (mut free_from, mut rows) = (Vec::<f64>::new(), vec![0; faults.len()]);
    for index in order {
        let fault = &faults[index];
        let stop_s = fault.duration_s.map_or(end_s, |duration_s| fault.start_s + duration_s);
        let row = free_from.iter().position(|free| *free <= fault.start_s).unwrap_or(free_from.len());
        if row == free_from.len() {
            free_from.push(0.0);
        }
        free_from[row] = stop_s.max(fault.start_s + LEAST_SHARE * end_s);
        rows[index] = row;
    }
    rows
}

/// Times of the marks along the track: the least round step that gives at most six.
fn marks(end_s: f64) -> Vec<f64> {
    let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0];
    let step = steps.into_iter().find(|step| end_s / step <= 6.0).unwrap_or(end_s / 6.0);
    (0..).map(|number| f64::from(number) * step).take_while(|time| *time < end_s * 0.985).collect()
}

/// A fault at what is selected, if it applies to that; else at the first link, or at the last node
/// that it applies to: the others call that one.
fn new_fault(document: &Document, info: &FaultInfo, chosen: Option<&str>, start_s: f64) -> Option<Fault> {
    let duration_s = rounded(document.run.duration_s / 10.0, document.run.duration_s);
    let id = if info.applies_to.is_links() {
        let chosen = document.links.iter().find(|link| Some(link.id.as_str()) == chosen);
        chosen.or(document.links.first()).map(|link| link.id.as_str())?
    } else {
        let applies = |id: &str| {
            let kind = document.node(id).and_then(|node| kinds::info(&node.kind));
            kind.is_some_and(|kind| info.applies_to.includes(kind.role))
        };
        let last = || document.nodes.iter().rev().map(|node| node.id.as_str()).find(|id| applies(id));
        chosen.filter(|id| applies(id)).or_else(last)?
    };
    let params = AnyFault::new(info.id)?.at(id).params();
    let duration_s = (!info.is_instantaneous).then_some(duration_s);
    Some(Fault { fault: info.id.to_owned(), start_s, duration_s, params })
}

/// The time line.
pub fn timeline(ui: Ui) -> impl IntoView {
    let end_s = memo(move || ui.editing.document.with(|document| document.run.duration_s).max(1e-3));
    let line = Line {
        ui,
        track: NodeRef::new(),
        drag: StoredValue::new(None),
        scrub: RwSignal::new(None),
        draws: StoredValue::new(0),
        end_s,
    };
    let moved = window_event_listener(leptos::ev::pointermove, move |event| line.moved(f64::from(event.client_x())));
    let up = window_event_listener(leptos::ev::pointerup, move |_| line.released());
    std::mem::forget((moved, up));

    let rows = memo(move || ui.editing.document.with(|document| rows(&document.faults, end_s.get())));
    let height = memo(move || rows.with(|rows| rows.iter().max().map_or(1, |last| last + 1)));
    let ids =
        memo(move || ui.editing.document.with(|document| (0..document.faults.len()).map(|i| i.to_string()).collect()));
    let ticks = move || {
        let end_s = end_s.get();
        let tick = move |time: f64| {
            view! {
                <i class="tick" style:left=format!("{:.2}%", time / end_s * 100.0)>
                    {format!("{} s", format::number(time))}
                </i>
            }
        };
        marks(end_s).into_iter().map(tick).gather()
    };
    view! {
        <section class="timeline" aria-label="Time line" data-testid="timeline" on:pointercancel=move |_| line.given_up()>
            <div class="timeline-head">
                {pick(
                    ui,
                    "+ Fault",
                    "Add a fault",
                    "add-fault",
                    faults::all().iter().map(|info| (info.id, info.label)).collect(),
                    move |id| line.add(id),
                )}
                {pick(
                    ui,
                    "Chaos",
                    "Chaos: plan random faults in place of those that are planned",
                    "chaos",
                    vec![("3", "3 faults"), ("5", "5 faults"), ("10", "10 faults"), ("20", "20 faults")],
                    move |budget| line.chaos(budget),
                )}
                <button
                    class="button icon-only small"
                    class:on=move || ui.viewport.cutting.get()
                    aria-label="Partition across a line"
                    aria-pressed=move || ui.viewport.cutting.get().to_string()
                    title="Partition across a line (X)"
                    data-testid="cut-line"
                    on:click=move |_| ui.viewport.cutting.update(|cutting| *cutting = !*cutting)
                >
                    {icon("cut")}
                </button>
            </div>
            <div class="track-scroll">
                <div
                    class="track"
                    node_ref=line.track
                    style:height=move || format!("{}px", 16 + 24 * height.get())
                    on:pointerdown=move |event| line.pressed_track(&event)
                >
                    {live(ticks)} {each(ids, move |id| bar(line, id.parse().unwrap_or(0), rows).into_any())} {playhead(line)}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// A list that does something and then shows its name again.
fn pick(
    ui: Ui,
    name: &'static str,
    words: &'static str,
    testid: &'static str,
    choices: Vec<(&'static str, &'static str)>,
    act: impl Fn(&str) + 'static,
) -> AnyView {
    let act: Box<dyn Fn(&str)> = Box::new(act);
    view! {
        <select
            class="add-fault"
            aria-label=words
            title=words
            data-testid=testid
            on:change=move |event| {
                act(&event_target_value(&event));
                if let Some(select) = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlSelectElement>().ok()) {
                    select.set_selected_index(0);
                }
            }
            prop:disabled=move || ui.editing.document.with(|document| document.nodes.is_empty())
        >
            <option value="">{name}</option>
            {choices.into_iter().map(|(id, label)| view! { <option value=id>{label}</option> }).gather()}
        </select>
    }
    .into_any()
}

fn playhead(line: Line) -> impl IntoView {
    let now_s = memo(move || line.scrub.get().unwrap_or_else(|| line.ui.run.now_s()));
    let share = memo(move || ((now_s.get() / line.end_s.get()).clamp(0.0, 1.0) * 1000.0).round() / 10.0);
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
        line.ui.run.seek(to_s.clamp(0.0, line.end_s.get_untracked()));
    };
    view! {
        <span
            class="playhead"
            class:scrubbing=move || line.scrub.get().is_some()
            role="slider"
            tabindex="0"
            aria-label="Simulated time"
            aria-valuemin="0"
            aria-valuemax=move || line.end_s.get().to_string()
            aria-valuenow=move || now_s.get().round().to_string()
            aria-valuetext=move || format::clock(now_s.get().round())
            data-testid="playhead"
            style:left=move || format!("{}%", share.get())
            on:keydown=key
        ></span>
    }
}

fn bar(line: Line, index: usize, rows: Memo<Vec<usize>>) -> impl IntoView {
    let ui = line.ui;
    let fault = memo(move || ui.editing.document.with(|document| document.faults.get(index).cloned()));
    let words = memo(move || {
        ui.editing.document.with(|document| Some(fault_words(document.faults.get(index)?, |id| name_of(document, id))))
    });
    let place = memo(move || {
        let end_s = line.end_s.get();
        fault.with(|fault| {
            let Some(fault) = fault else { return (0.0, 0.0) };
            let left = (fault.start_s / end_s * 100.0).clamp(0.0, 100.0);
            let stop = fault.duration_s.map_or(100.0, |d| (fault.start_s + d) / end_s * 100.0);
            (left, (stop.clamp(left, 100.0) - left).max(0.6))
        })
    });
    let moment = memo(move || fault.with(|fault| fault.as_ref().is_some_and(is_instantaneous)));
    let picked = memo(move || ui.editing.selected_place.read().as_ref() == Some(&Place::Fault(index)));
    let wrong = memo(move || ui.trouble(Place::Fault(index)).get().is_some());
    let spoken = move || {
        let when = fault.with(|fault| fault.as_ref().map(fault_time)).unwrap_or_default();
        format!("{}, {when}", words.get().unwrap_or_default())
    };
    view! {
        <div
            class="fault-bar"
            class:selected=move || picked.get()
            class:moment=move || moment.get()
            class:wrong=move || wrong.get()
            role="button"
            tabindex="0"
            data-testid=format!("fault-{index}")
            aria-label=spoken
            aria-pressed=move || picked.get().to_string()
            title=spoken
            style:left=move || format!("{:.2}%", place.get().0)
            style:width=move || if moment.get() { String::new() } else { format!("{:.2}%", place.get().1) }
            style:top=move || format!("{}px", 15 + 24 * rows.with(|rows| rows.get(index).copied().unwrap_or(0)))
            on:pointerdown=move |event| line.pressed_bar(index, &event)
            on:keydown=move |event| line.key(index, &event)
        >
            <i class="grip start" aria-hidden="true"></i>
            <span>{live(move || words.get())}</span>
            <i class="grip end" aria-hidden="true"></i>
        </div>
    }
}

impl Line {
    fn second_at(self, client_x: f64) -> Option<f64> {
        let track = self.track.get_untracked()?;
        let area = track.get_bounding_client_rect();
        let share = ((client_x - area.left()) / area.width().max(1.0)).clamp(0.0, 1.0);
        Some(share * self.end_s.get_untracked())
    }

    fn add(self, id: &str) {
        let ui = self.ui;
        let Some(info) = faults::info(id) else { return };
        let document = ui.editing.document.get_untracked();
        let selection = ui.editing.selection.get_untracked();
        let chosen = selection.nodes.first().or(selection.links.first()).map(String::as_str);
        let start_s = rounded(untrack(|| ui.run.now_s()), self.end_s.get_untracked());
        match new_fault(&document, info, chosen, start_s) {
            Some(fault) => {
                ui.edit(Command::AddFault(fault));
                ui.select_place(Place::Fault(document.faults.len()));
            }
            None => ui.tell("This fault applies to nothing in this diagram."),
        }
    }

    /// Plans so many random faults in place of those that are there, in one step. The run's seed
    /// plans the first ones; asked again, the next seed plans others.
    fn chaos(self, budget: &str) {
        let ui = self.ui;
        let document = ui.editing.document.get_untracked();
        let seed = document.run.seed.wrapping_add(self.draws.get_value());
        self.draws.update_value(|draws| *draws += 1);
        let faults = schedule(&document, seed, budget.parse().unwrap_or(5));
        if faults.is_empty() {
            return ui.tell("No fault applies to anything in this diagram.");
        }
        let count = faults.len();
        ui.edit(Command::SetFaults(faults));
        ui.tell(format!("Planned {count} faults by chance, with seed {seed}. Undo takes them back."));
    }

    fn pressed_track(self, event: &web_sys::PointerEvent) {
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        self.drag.set_value(Some(Drag::Head));
        self.scrub.set(self.second_at(f64::from(event.client_x())));
    }

    fn pressed_bar(self, index: usize, event: &web_sys::PointerEvent) {
        event.stop_propagation();
        if event.button() != 0 {
            return;
        }
        let Some(fault) = self.ui.editing.document.with_untracked(|document| document.faults.get(index).cloned())
        else {
            return;
        };
        let on = |class: &str| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            target.is_some_and(|element| element.class_list().contains(class))
        };
        let hold = if is_instantaneous(&fault) {
            Hold::Whole
        } else if on("start") {
            Hold::Start
        } else if on("end") {
            Hold::End
        } else {
            Hold::Whole
        };
        self.ui.select_place(Place::Fault(index));
        let from_x = f64::from(event.client_x());
        self.drag.set_value(Some(Drag::Bar { index, hold, from_x, fault, began: false }));
    }

    fn moved(self, x: f64) {
        let Some(drag) = self.drag.get_value() else { return };
        match drag {
            Drag::Head => self.scrub.set(self.second_at(x)),
            Drag::Bar { index, hold, from_x, fault, began } => {
                if !began && (x - from_x).abs() <= STILL {
                    return;
                }
                if !began {
                    self.ui.begin();
                }
                let width = self.track.get_untracked().map_or(1.0, |track| f64::from(track.client_width()).max(1.0));
                let end_s = self.end_s.get_untracked();
                let (start_s, duration_s) = dragged(&fault, hold, (x - from_x) / width * end_s, end_s);
                self.ui.edit(Command::MoveFault { index, start_s, duration_s });
                self.drag.set_value(Some(Drag::Bar { index, hold, from_x, fault, began: true }));
            }
        }
    }

    fn released(self) {
        match self.drag.try_update_value(Option::take).flatten() {
            Some(Drag::Bar { began: true, .. }) => self.ui.commit(),
            Some(Drag::Head) => {
                let to_s = self.scrub.get_untracked();
                self.scrub.set(None);
                if let Some(to_s) = to_s {
                    self.ui.run.seek(to_s);
                }
            }
            _ => {}
        }
    }

    fn given_up(self) {
        self.scrub.set(None);
        if let Some(Drag::Bar { began: true, .. }) = self.drag.try_update_value(Option::take).flatten() {
            self.ui.cancel();
        }
    }

    fn key(self, index: usize, event: &web_sys::KeyboardEvent) {
        let ui = self.ui;
        let Some(fault) = ui.editing.document.with_untracked(|document| document.faults.get(index).cloned()) else {
            return;
        };
        let end_s = self.end_s.get_untracked();
        let step = if event.shift_key() { 10.0 } else { 1.0 };
        let command = event.ctrl_key() || event.meta_key();
        let hold = if event.alt_key() && !is_instantaneous(&fault) { Hold::End } else { Hold::Whole };
        let slide = |by_s: f64| {
            let (start_s, duration_s) = dragged(&fault, hold, by_s, end_s);
            ui.edit(Command::MoveFault { index, start_s, duration_s });
        };
        match event.key().as_str() {
            "ArrowLeft" => slide(-step),
            "ArrowRight" => slide(step),
            "Delete" | "Backspace" => {
                ui.edit(Command::RemoveFault(index));
            }
            "Enter" | " " => ui.show_place(&Place::Fault(index)),
            "d" | "D" if command => copy_fault(ui, index),
            "Escape" if self.drag.with_value(Option::is_some) => self.given_up(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }
}

/// Plans the same again after a fault, and selects it.
pub fn copy_fault(ui: Ui, index: usize) {
    let document = ui.editing.document.get_untracked();
    let Some(mut fault) = document.faults.get(index).cloned() else { return };
    let length_s = fault.duration_s.unwrap_or(0.0).max(document.run.duration_s / 20.0);
    fault.start_s = rounded((fault.start_s + length_s).min(document.run.duration_s), document.run.duration_s);
    ui.edit(Command::AddFault(fault));
    ui.select_place(Place::Fault(document.faults.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(start_s: f64, duration_s: Option<f64>) -> Fault {
        Fault { fault: "crash".to_owned(), start_s, duration_s, params: serde_json::Map::new() }
    }

    #[test]
    fn a_bar_stays_within_the_run_and_keeps_a_length() {
        let it = fault(30.0, Some(10.0));
        assert_eq!(dragged(&it, Hold::Whole, 5.04, 120.0), (35.0, Some(10.0)));
        assert_eq!(dragged(&it, Hold::Whole, -99.0, 120.0), (0.0, Some(10.0)));
        assert_eq!(dragged(&it, Hold::Start, 4.0, 120.0), (34.0, Some(6.0)));
        assert_eq!(dragged(&it, Hold::Start, 40.0, 120.0), (39.9, Some(0.1)));
        assert_eq!(dragged(&it, Hold::End, -4.0, 120.0), (30.0, Some(6.0)));
        assert_eq!(dragged(&it, Hold::End, -40.0, 120.0), (30.0, Some(0.1)));
        assert_eq!(dragged(&it, Hold::End, 400.0, 120.0), (30.0, Some(90.0)));
        let open = fault(30.0, None);
        assert_eq!(dragged(&open, Hold::Whole, 5.0, 120.0), (35.0, None));
        assert_eq!(dragged(&open, Hold::Start, 5.0, 120.0), (35.0, None));
        assert_eq!(dragged(&open, Hold::End, -20.0, 120.0), (30.0, Some(70.0)));
    }

    #[test]
    fn bars_that_overlap_stand_in_rows() {
        let all = [fault(30.0, Some(10.0)), fault(0.0, Some(20.0)), fault(35.0, None), fault(60.0, Some(5.0))];
        assert_eq!(rows(&all, 120.0), [0, 0, 1, 0]);
        assert_eq!(rows(&[fault(0.0, Some(1.0)), fault(2.0, Some(1.0))], 120.0), [0, 1], "words need room");
        assert_eq!(rows(&[], 120.0), [0; 0]);
    }

    #[test]
    fn there_are_at_most_six_marks() {
        assert_eq!(marks(120.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        for end_s in [1.0, 7.0, 61.0, 300.0, 86_400.0, 500_000.0] {
            assert!((1..=6).contains(&marks(end_s).len()), "{end_s}: {:?}", marks(end_s));
        }
    }

    #[test]
    fn a_new_fault_is_at_what_is_selected_or_at_the_last_node_it_applies_to() {
        let document = crate::codec::open(include_str!("../../examples/1-examples/010-three-tier-shop.json"))
            .expect("examples open")
            .0;
        let target = |id: &str, chosen: Option<&str>| {
            let info = faults::info(id).expect("a fault");
            let fault = new_fault(&document, info, chosen, 3.0).expect("it finds something");
            assert!(
                crate::scenario::compile(&Document { faults: vec![fault.clone()], ..document.clone() })
                    .scenario
                    .is_some()
            );
            let named = fault.params.values().next().expect("it names something");
            named.as_str().or_else(|| named[0].as_str()).map(str::to_owned)
        };
        assert_eq!(target("crash", None).as_deref(), Some("orders"));
        assert_eq!(target("crash", Some("shop")).as_deref(), Some("shop"));
        assert_eq!(target("crash", Some("shoppers")).as_deref(), Some("orders"), "clients do not crash");
        assert_eq!(target("traffic", None).as_deref(), Some("shoppers"));
        assert_eq!(target("partition", Some("shop-redis")).as_deref(), Some("shop-redis"));
    }
}
