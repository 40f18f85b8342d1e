//! What can be added to the timeline and the charts, and which part of the run they show.

use super::drag::{rounded, rounded_up};
use crate::editor::Command;
use crate::editor::chaos::schedule;
use crate::fault::FaultInfo;
use crate::faults::{self, AnyFault};
use crate::glossary::PARTITION_ACROSS_LINE;
use crate::kinds;
use crate::model::{Document, Fault, Place, RunPlan};
use crate::views::icons::icon;
use crate::views::state::{Shown, Tab, Ui};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// What can be chosen to be shown of the run.
const WINDOWS: [(&str, &str, Shown); 5] = [
    ("growing", "Follow from the start", Shown::Growing),
    ("whole", "Whole run", Shown::Whole),
    ("10", "Last 10 s", Shown::Last(10.0)),
    ("30", "Last 30 s", Shown::Last(30.0)),
    ("60", "Last 60 s", Shown::Last(60.0)),
];

/// Adds faults: one, several at random, or a partition across a line.
#[component]
pub fn FaultTools(ui: Ui) -> impl IntoView {
    // Each use of "Chaos" draws with another seed, the first with that of the run.
    let draws = StoredValue::new(0_u64);
    let is_drawing_line = move || ui.viewport.cutting.get();
    let is_empty = Memo::new(move |_| ui.editing.document.read().nodes.is_empty());
    let kinds_of_faults: Vec<(String, String)> =
        faults::all().iter().map(|info| (info.id.to_owned(), info.label.to_owned())).collect();
    view! {
        <ActionList
            class="fault-list"
            name=|| "+ Fault".to_owned()
            label="Add a fault"
            testid="add-fault"
            disabled=is_empty
            choices=kinds_of_faults
            on_choose=move |id: String| add_fault(ui, &id)
        />
        <ActionList
            name=|| "Chaos".to_owned()
            label="Chaos: replace the planned faults by random ones"
            testid="chaos"
            disabled=is_empty
            choices=["3", "5", "10", "20"].map(|count| (count.to_owned(), format!("{count} faults"))).to_vec()
            on_choose=move |count: String| {
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
    }
}

/// Chooses the part of the run that is shown.
#[component]
pub fn WindowTools(ui: Ui) -> impl IntoView {
    let windows: Vec<(String, String)> =
        WINDOWS.iter().map(|(id, label, _)| ((*id).to_owned(), (*label).to_owned())).collect();
    let zoom = move |label: &'static str, picture: &'static str, factor: f64| {
        view! {
            <button
                class="button icon-only small zoom-window"
                aria-label=label
                title=format!("{label} (Ctrl+wheel)")
                on:click=move |_| ui.time.zoom(factor, None)
            >
                {icon(picture)}
            </button>
        }
    };
    view! {
        <ActionList
            class="window-list"
            name=move || ui.time.words()
            label="Part of the run that is shown"
            testid="window-choice"
            choices=windows
            on_choose=move |chosen: String| {
                if let Some((.., shown)) = WINDOWS.iter().find(|(id, ..)| *id == chosen) {
                    ui.time.show(*shown);
                }
            }
        />
        {zoom("Show more of the run", "minus", 2.0)}
        {zoom("Show less of the run", "plus", 0.5)}
    }
}

/// A list that does something when an entry is chosen, and otherwise shows its name.
#[component]
pub fn ActionList(
    /// What it shows.
    name: impl Fn() -> String + Send + 'static,
    label: &'static str,
    testid: &'static str,
    /// Values with what they are called.
    #[prop(into)]
    choices: Signal<Vec<(String, String)>>,
    on_choose: impl Fn(String) + 'static,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] disabled: Option<Memo<bool>>,
) -> impl IntoView {
    let change = move |event: web_sys::Event| {
        on_choose(event_target_value(&event));
        if let Some(select) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok()) {
            select.set_selected_index(0);
        }
    };
    view! {
        <select
            class=format!("pick {class}")
            aria-label=label
            title=label
            data-testid=testid
            on:change=change
            prop:disabled=move || disabled.is_some_and(|disabled| disabled.get())
        >
            <option value="" hidden>
                {name}
            </option>
            {move || {
                let option = |(value, label): (String, String)| view! { <option value=value>{label}</option> };
                choices.get().into_iter().map(option).collect_view()
            }}
        </select>
    }
}

/// Adds a fault that starts where the run is, or early in the run where that has ended, and selects it.
pub fn add_fault(ui: Ui, id: &str) {
    let Some(info) = faults::info(id) else { return };
    let document = ui.editing.document.get_untracked();
    let selection = ui.editing.selection.get_untracked();
    let chosen = selection.nodes.first().or(selection.links.first()).map(String::as_str);
    let start_s = new_start_s(&document.run, untrack(|| ui.run.now_s()), untrack(|| ui.run.finished()));
    match new_fault(&document, info, chosen, start_s) {
        Some(fault) => {
            let start_s = fault.start_s;
            ui.editing.apply(Command::AddFault(fault));
            ui.editing.select_place(Place::Fault(document.faults.len()));
            show_on_timeline(ui, start_s);
        }
        None => ui.panels.notify("This fault applies to nothing in this diagram."),
    }
}

/// Shows an instant on the timeline, which stands above the charts.
fn show_on_timeline(ui: Ui, at_s: f64) {
    if !ui.panels.tab.get_untracked().has_charts() {
        ui.panels.tab.set(Tab::Charts);
    }
    ui.time.reveal((at_s, at_s));
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
    show_on_timeline(ui, 0.0);
    ui.time.show(Shown::Whole);
    ui.panels.notify(format!("Planned {planned} random faults, with seed {seed}. Undo restores the earlier ones."));
}

/// Plans the same fault again after it has ended, and selects the copy.
pub fn duplicate_fault(ui: Ui, index: usize) {
    let count = ui.editing.document.with_untracked(|document| document.faults.len());
    ui.editing.apply(Command::DuplicateFault(index));
    ui.editing.select_place(Place::Fault(count));
    let start_s = ui.editing.document.with_untracked(|document| document.faults.get(count).map(|copy| copy.start_s));
    if let Some(start_s) = start_s {
        ui.time.reveal((start_s, start_s));
    }
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
