//! The results below the canvas: figures, curves, findings, tables, problems, outline.

mod charts;
mod chosen;
mod figures;
mod findings;
mod plan;
mod printed;
mod table;
mod uplot;

use super::icons::icon;
use super::later::LaterView;
use super::outline::outline;
use super::problems::Problems;
use super::state::{Tab, Ui};
use super::timeline::{FaultTools, WindowTools};
use crate::browser::page::focus::focus;
use charts::{ChartTool, Charts};
use figures::{FewFigures, Figures, HeadFigures};
use findings::Findings;
use leptos::prelude::*;
use table::Tables;

pub use chosen::ChosenCharts;
pub use printed::printed;

/// The tabs: which, its name in ids, and its label.
const TABS: [(Tab, &str, &str); 7] = [
    (Tab::Charts, "charts", "Charts"),
    (Tab::Failures, "failures", "Failures"),
    (Tab::Node, "node", "Node metrics"),
    (Tab::Findings, "findings", "Findings"),
    (Tab::Table, "table", "Table"),
    (Tab::Problems, "problems", "Problems"),
    (Tab::Outline, "outline", "Outline"),
];

/// The results panel.
#[component]
pub fn Results(ui: Ui) -> impl IntoView {
    let head = HeadFigures::new(ui);
    let is_maximized = RwSignal::new(false);
    // Of a diagram that has not been begun there is nothing to show, unless the user asks for it.
    let is_blank = Memo::new(move |_| ui.is_blank());
    let is_asked_for = RwSignal::new(false);
    Effect::new(move |_| {
        is_blank.track();
        is_asked_for.set(false);
    });
    // Who presents sees the charts, below the canvas.
    let is_folded = Memo::new(move |_| {
        let is_empty = is_blank.get() && !is_asked_for.get();
        (ui.panels.preferences.read().results_folded || is_empty) && !ui.panels.presenting.get()
    });
    let unfold = Callback::new(move |()| {
        is_asked_for.set(true);
        if ui.panels.preferences.read_untracked().results_folded {
            ui.panels.prefer(|preferences| preferences.results_folded = false);
        }
    });
    // Whatever opens another tab wants it seen.
    Effect::new(move |before: Option<Tab>| {
        let tab = ui.panels.tab.get();
        if before.is_some_and(|before| before != tab) {
            unfold.run(());
        }
        tab
    });
    let has_begun = Memo::new(move |_| ui.run.snapshot.with(Option::is_some));
    let toggle = move |name: &'static str, label: &'static str, testid: &'static str, act: Callback<()>| {
        view! {
            <button
                class="button icon-only small"
                aria-label=label
                title=label
                data-testid=testid
                on:click=move |_| act.run(())
            >
                {icon(name)}
            </button>
        }
    };
    view! {
        <section
            class="results panel"
            class:maximized=move || is_maximized.get() && !is_folded.get() && !ui.panels.presenting.get()
            class:folded=move || is_folded.get()
            aria-label="Results"
        >
            <div class="results-head">
                <div class="tabs" role="tablist" aria-label="Results">
                    {TABS.map(|(tab, name, label)| view! { <TabButton ui tab name label unfold is_folded /> }).collect_view()}
                </div>
                <Show when=move || is_folded.get()>
                    {move || {
                        if has_begun.get() && !is_blank.get() {
                            view! { <FewFigures head /> }.into_any()
                        } else {
                            view! { <p class="quiet">"Charts open with the first run"</p> }.into_any()
                        }
                    }}
                </Show>
                <div class="results-tools" role="group" aria-label="Timeline and charts">
                    <Show when=move || !is_folded.get()>
                        <LaterView ui waits=true is_silent=true draw=move |later| (later.tools)(ui) />
                        {move || {
                            let (name, label) = match is_maximized.get() {
                                true => ("close", "Results below the canvas"),
                                false => ("fit", "Results over the canvas"),
                            };
                            toggle(name, label, "maximize", Callback::new(move |()| is_maximized.update(|it| *it = !*it)))
                        }}
                    </Show>
                    {move || {
                        if is_folded.get() {
                            toggle("up", "Show the results", "fold-results", unfold)
                        } else {
                            let fold = move |()| {
                                is_asked_for.set(false);
                                if !is_blank.get_untracked() {
                                    ui.panels.prefer(|preferences| preferences.results_folded = true);
                                }
                            };
                            toggle("down", "Fold the results", "fold-results", Callback::new(fold))
                        }
                    }}
                </div>
            </div>
            <Show when=move || !is_folded.get()>
                <div class="results-body">
                    <Figures head />
                    <TabPanel ui />
                </div>
            </Show>
        </section>
    }
}

#[component]
fn TabButton(
    ui: Ui,
    tab: Tab,
    name: &'static str,
    label: &'static str,
    unfold: Callback<()>,
    is_folded: Memo<bool>,
) -> impl IntoView {
    let count = Memo::new(move |_| match tab {
        Tab::Findings => ui.run.findings.with(|findings| findings.as_ref().map_or(0, |findings| findings.len())),
        // Nothing is wrong with a diagram that has not been begun.
        Tab::Problems if ui.is_blank() => 0,
        Tab::Problems => ui.editing.problems.with(|problems| problems.len()),
        _ => 0,
    });
    let is_open = move || ui.panels.tab.get() == tab;
    let is_warning = move || tab == Tab::Problems && count.get() > 0;
    view! {
        <button
            role="tab"
            class="tab"
            id=format!("tab-{name}")
            class:warn=is_warning
            aria-selected=move || is_open().to_string()
            // A folded panel is not there.
            aria-controls=move || (!is_folded.get()).then_some("tab-panel")
            tabindex=move || if is_open() { "0" } else { "-1" }
            on:click=move |_| {
                ui.panels.tab.set(tab);
                unfold.run(());
            }
            on:keydown=move |event| move_tab(ui, &event)
        >
            {label}
            <Show when=move || { count.get() > 0 }>
                <span class="count">{move || count.get()}</span>
            </Show>
        </button>
    }
}

#[component]
fn TabPanel(ui: Ui) -> impl IntoView {
    let label = move || TABS.iter().find(|(tab, ..)| *tab == ui.panels.tab.get()).map(|(.., label)| *label);
    let content = move |tab: Tab| match tab {
        Tab::Charts | Tab::Failures | Tab::Node => view! { <Charts ui tab /> }.into_any(),
        _ => view! { <LaterView ui draw=move |later| (later.tab)(ui, tab) /> }.into_any(),
    };
    view! {
        <div class="tab-panel" id="tab-panel" role="tabpanel" tabindex="0" aria-label=label>
            // Keyed by the tab: charts of two tabs are views of one type, and would be taken for each other.
            <For each=move || [ui.panels.tab.get()] key=|tab| *tab as u8 let:tab>
                {content(tab)}
            </For>
        </div>
    }
}

/// The tools of the timeline, and of the charts where a tab has them.
pub fn tools(ui: Ui) -> AnyView {
    let has_charts = Memo::new(move |_| ui.panels.tab.get().has_charts());
    view! {
        <FaultTools ui />
        <ChartTool ui />
        <Show when=move || has_charts.get()>
            <WindowTools ui />
        </Show>
    }
    .into_any()
}

/// The content of a tab without charts.
pub fn text_tab(ui: Ui, tab: Tab) -> AnyView {
    match tab {
        Tab::Findings => view! { <Findings ui /> }.into_any(),
        Tab::Table => view! { <Tables ui /> }.into_any(),
        Tab::Problems => view! { <Problems ui /> }.into_any(),
        _ => outline(ui),
    }
}

/// The arrow keys, Home and End move along the tabs.
fn move_tab(ui: Ui, event: &web_sys::KeyboardEvent) {
    let at = TABS.iter().position(|(tab, ..)| *tab == ui.panels.tab.get_untracked()).unwrap_or(0);
    let next = match event.key().as_str() {
        "ArrowRight" => (at + 1) % TABS.len(),
        "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
        "Home" => 0,
        "End" => TABS.len() - 1,
        _ => return,
    };
    event.prevent_default();
    ui.panels.tab.set(TABS[next].0);
    focus(&format!("#tab-{}", TABS[next].1));
}
