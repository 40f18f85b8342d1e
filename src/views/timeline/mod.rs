//! The timeline under the canvas: the faults of the whole run as bars, its parameter changes as marks, and where
//! the run is.
//!
//! Bars are dragged, resized, duplicated and deleted; a press on the empty track goes to that
//! instant. A fault that is injected live appears here too, so that a run can be repeated and shared.

mod bar;
mod drag;
mod layout;
mod mark;
mod playhead;

use super::format;
use super::icons::icon;
use super::state::Ui;
use crate::editor::Command;
use crate::editor::chaos::schedule;
use crate::fault::FaultInfo;
use crate::faults::{self, AnyFault};
use crate::glossary::PARTITION_ACROSS_LINE;
use crate::kinds;
use crate::model::{Document, Fault, Place, RunPlan};
use bar::FaultBar;
use drag::{rounded, rounded_up};
use leptos::html;
use leptos::prelude::*;
use mark::ChangeMark;
use playhead::{DragPlayhead, Playhead};
use wasm_bindgen::JsCast;

/// Height of the ticks, and of a row of bars, CSS pixels.
const TICKS_PX: usize = 16;
const ROW_PX: usize = 24;

/// The track: simulated time from left to right.
#[derive(Clone, Copy)]
pub struct Track {
    ui: Ui,
    element: NodeRef<html::Div>,
    /// Where the playhead is dragged to, simulated seconds.
    target_s: RwSignal<Option<f64>>,
    /// The end of the run, simulated seconds.
    end_s: Memo<f64>,
}

impl Track {
    fn new(ui: Ui) -> Track {
        Track {
            ui,
            element: NodeRef::new(),
            target_s: RwSignal::new(None),
            end_s: Memo::new(move |_| ui.editing.document.read().run.duration_s.max(1e-3)),
        }
    }

    /// The end of the run, simulated seconds. Not tracked.
    fn end_s(self) -> f64 {
        self.end_s.get_untracked()
    }

    /// The simulated second at a client coordinate.
    fn second_at(self, client_x: f64) -> Option<f64> {
        let area = self.element.get_untracked()?.get_bounding_client_rect();
        let share = ((client_x - area.left()) / area.width().max(1.0)).clamp(0.0, 1.0);
        Some(share * self.end_s())
    }

    /// Simulated seconds that so many CSS pixels stand for.
    fn seconds(self, pixels: f64) -> f64 {
        let width = self.element.get_untracked().map_or(1.0, |element| f64::from(element.client_width()).max(1.0));
        pixels / width * self.end_s()
    }
}

/// The timeline.
#[component]
pub fn Timeline(ui: Ui) -> impl IntoView {
    let track = Track::new(ui);
    let document = ui.editing.document;
    let rows = Memo::new(move |_| layout::rows(&document.read().faults, track.end_s.get()));
    // Changes stand below the faults.
    let fault_rows = Memo::new(move |_| rows.read().iter().max().map_or(0, |last| last + 1));
    let change_rows =
        Memo::new(move |_| layout::change_rows(&document.read().changes, track.end_s.get(), fault_rows.get()));
    let height = Memo::new(move |_| change_rows.read().iter().max().map_or(fault_rows.get(), |last| last + 1).max(1));
    let count = Memo::new(move |_| document.read().faults.len());
    let changes = Memo::new(move |_| document.read().changes.len());
    let ticks = move || {
        let end_s = track.end_s.get();
        let tick = |time_s: f64| {
            view! {
                <i class="tick" style:left=format!("{:.2}%", time_s / end_s * 100.0)>
                    {format!("{} s", format::number(time_s))}
                </i>
            }
        };
        layout::ticks(end_s).into_iter().map(tick).collect_view()
    };
    let press = move |event: web_sys::PointerEvent| {
        if event.button() == 0 {
            event.prevent_default();
            ui.gestures.start(&event, DragPlayhead::new(track));
        }
    };
    // Each use of "Chaos" draws with another seed, the first with that of the run.
    let draws = StoredValue::new(0_u64);
    let is_drawing_line = move || ui.viewport.cutting.get();
    view! {
        <section class="timeline" aria-label="Timeline" data-testid="timeline">
            <div class="timeline-head">
                <ActionList
                    ui
                    name="+ Fault"
                    label="Add a fault"
                    testid="add-fault"
                    choices=faults::all().iter().map(|info| (info.id, info.label)).collect()
                    on_choose=move |id| add_fault(track, &id)
                />
                <ActionList
                    ui
                    name="Chaos"
                    label="Chaos: replace the planned faults by random ones"
                    testid="chaos"
                    choices=vec![("3", "3 faults"), ("5", "5 faults"), ("10", "10 faults"), ("20", "20 faults")]
                    on_choose=move |count| {
                        plan_chaos(ui, draws.get_value(), count.parse().unwrap_or(5));
                        draws.update_value(|draws| *draws += 1);
                    }
                />
                <button
                    class="button icon-only small"
                    class:on=is_drawing_line
                    aria-label=PARTITION_ACROSS_LINE
                    aria-pressed=move || is_drawing_line().to_string()
                    title=format!("{PARTITION_ACROSS_LINE} (X)")
                    data-testid="cut-line"
                    on:click=move |_| ui.viewport.cutting.update(|cutting| *cutting = !*cutting)
                >
                    {icon("cut")}
                </button>
            </div>
            <div class="track-scroll">
                <div
                    class="track"
                    node_ref=track.element
                    style:height=move || format!("{}px", TICKS_PX + ROW_PX * height.get())
                    on:pointerdown=press
                >
                    {ticks}
                    <For each=move || 0..count.get() key=|index| *index let:index>
                        <FaultBar track index rows />
                    </For>
                    <For each=move || 0..changes.get() key=|index| *index let:index>
                        <ChangeMark track index rows=change_rows />
                    </For>
                    <Playhead track />
                </div>
            </div>
        </section>
    }
}

/// A list that does something when an entry is chosen, and then shows its name again.
#[component]
fn ActionList(
    ui: Ui,
    name: &'static str,
    label: &'static str,
    testid: &'static str,
    /// Values with what they are called.
    choices: Vec<(&'static str, &'static str)>,
    on_choose: impl Fn(String) + 'static,
) -> impl IntoView {
    let change = move |event: web_sys::Event| {
        on_choose(event_target_value(&event));
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok()) {
            select.set_selected_index(0);
        }
    };
    view! {
        <select
            class="add-fault"
            aria-label=label
            title=label
            data-testid=testid
            on:change=change
            prop:disabled=move || ui.editing.document.read().nodes.is_empty()
        >
            <option value="">{name}</option>
            {choices.into_iter().map(|(value, label)| view! { <option value=value>{label}</option> }).collect_view()}
        </select>
    }
}

/// Adds a fault that starts where the run is, or early in the run where that has ended, and selects it.
fn add_fault(track: Track, id: &str) {
    let ui = track.ui;
    let Some(info) = faults::info(id) else { return };
    let document = ui.editing.document.get_untracked();
    let selection = ui.editing.selection.get_untracked();
    let chosen = selection.nodes.first().or(selection.links.first()).map(String::as_str);
    let start_s = new_start_s(&document.run, untrack(|| ui.run.now_s()), untrack(|| ui.run.finished()));
    match new_fault(&document, info, chosen, start_s) {
        Some(fault) => {
            ui.editing.apply(Command::AddFault(fault));
            ui.editing.select_place(Place::Fault(document.faults.len()));
        }
        None => ui.panels.notify("This fault applies to nothing in this diagram."),
    }
}

/// When a new fault starts, simulated seconds: now, or, where the run is over, when a tenth of what follows
/// the warm-up has passed.
fn new_start_s(run: &RunPlan, now_s: f64, is_finished: bool) -> f64 {
    let end_s = run.duration_s.max(1e-3);
    let start_s = rounded_up(now_s, end_s);
    if !is_finished && start_s < end_s {
        return start_s;
    }
    let warmup_s = if run.warmup_s < end_s { run.warmup_s } else { 0.0 };
    let early_s = warmup_s + (end_s - warmup_s) / 10.0;
    // The steps of a very short run are longer than it.
    Some(rounded_up(early_s, end_s)).filter(|start_s| *start_s < end_s).unwrap_or(early_s)
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

/// Replaces the faults of the document by so many random ones, in one step. The seed is that of the run
/// plus the number of earlier draws.
fn plan_chaos(ui: Ui, draws: u64, count: u32) {
    let document = ui.editing.document.get_untracked();
    let seed = document.run.seed.wrapping_add(draws);
    let faults = schedule(&document, seed, count);
    if faults.is_empty() {
        return ui.panels.notify("No fault applies to anything in this diagram.");
    }
    let planned = faults.len();
    ui.editing.apply(Command::SetFaults(faults));
    ui.panels.notify(format!("Planned {planned} random faults, with seed {seed}. Undo restores the earlier ones."));
}

/// Plans the same fault again after it has ended, and selects the copy.
pub fn duplicate_fault(ui: Ui, index: usize) {
    let count = ui.editing.document.with_untracked(|document| document.faults.len());
    ui.editing.apply(Command::DuplicateFault(index));
    ui.editing.select_place(Place::Fault(count));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_fault_starts_within_the_run_and_not_in_the_past() {
        let run = |duration_s, warmup_s| RunPlan { duration_s, warmup_s, ..RunPlan::default() };
        assert_eq!(new_start_s(&run(300.0, 5.0), 0.0, false), 0.0);
        assert_eq!(new_start_s(&run(300.0, 5.0), 3.2, false), 3.5);
        assert_eq!(new_start_s(&run(300.0, 5.0), 300.0, true), 34.5, "a tenth after the warm-up");
        assert_eq!(new_start_s(&run(300.0, 5.0), 120.0, true), 34.5, "ended early");
        assert_eq!(new_start_s(&run(300.0, 5.0), 299.8, false), 34.5, "the next step is the end");
        assert_eq!(new_start_s(&run(60.0, 90.0), 60.0, true), 6.0);
        assert_eq!(new_start_s(&run(0.05, 0.0), 0.05, true), 0.005);
    }

    #[test]
    fn a_new_fault_is_at_what_is_selected_or_at_the_last_node_it_applies_to() {
        let document = crate::codec::open(include_str!("../../../examples/1-examples/010-three-tier-shop.json"))
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
