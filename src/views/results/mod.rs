//! The results below the canvas: figures, curves, findings, tables, problems, outline.

mod charts;
mod findings;
mod table;
mod uplot;

use super::format;
use super::outline::Outline;
use super::problems::Problems;
use super::state::{Tab, Ui};
use super::timeline::Timeline;
use crate::browser::page::focus::focus;
use crate::model::Node;
use crate::report::snapshot::Snapshot;
use charts::{FailureCharts, NodeCharts, RunCharts};
use findings::Findings;
use leptos::prelude::*;
use table::Tables;

/// The tabs: which, its name in ids, and its label.
const TABS: [(Tab, &str, &str); 7] = [
    (Tab::Charts, "charts", "Charts"),
    (Tab::Failures, "failures", "Failures"),
    (Tab::Node, "node", "Node metrics"),
    (Tab::Findings, "findings", "Findings"),
    (Tab::Table, "table", "Table"),
    (Tab::Problems, "problems", "Problems"),
    (Tab::Outline, "outline", "Structure"),
];

/// The results panel.
#[component]
pub fn Results(ui: Ui) -> impl IntoView {
    view! {
        <section class="results panel" aria-label="Results">
            <Timeline ui />
            <div class="tabs" role="tablist" aria-label="Results">
                {TABS.map(|(tab, name, label)| view! { <TabButton ui tab name label /> }).collect_view()}
            </div>
            <div class="results-body">
                <Figures ui />
                <TabPanel ui />
            </div>
        </section>
    }
}

#[component]
fn TabButton(ui: Ui, tab: Tab, name: &'static str, label: &'static str) -> impl IntoView {
    let count = Memo::new(move |_| match tab {
        Tab::Findings => ui.run.findings.with(|findings| findings.as_ref().map_or(0, |findings| findings.len())),
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
            aria-controls="tab-panel"
            tabindex=move || if is_open() { "0" } else { "-1" }
            on:click=move |_| ui.panels.tab.set(tab)
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
        Tab::Charts => view! { <RunCharts ui /> }.into_any(),
        Tab::Failures => view! { <FailureCharts ui /> }.into_any(),
        Tab::Node => view! { <NodeCharts ui /> }.into_any(),
        Tab::Findings => view! { <Findings ui /> }.into_any(),
        Tab::Table => view! { <Tables ui /> }.into_any(),
        Tab::Problems => view! { <Problems ui /> }.into_any(),
        Tab::Outline => view! { <Outline ui /> }.into_any(),
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

/// The figures that are always in sight. Goodput is one of them where a client has a deadline; without
/// one it is the throughput.
#[component]
fn Figures(ui: Ui) -> impl IntoView {
    let has_deadline = Memo::new(move |_| {
        let has_deadline = |node: &Node| node.params.get("deadline_ms").is_some_and(|deadline| !deadline.is_null());
        ui.run.loaded.with(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.nodes.iter().any(has_deadline)))
    });
    let is_failing =
        Memo::new(move |_| ui.run.snapshot.with(|now| now.as_ref().is_some_and(|now| now.error_rate >= 0.01)));
    view! {
        <dl class="figures">
            <Figure ui label="throughput" testid="throughput" read=|now| (format::number(now.throughput_rps), "/s") />
            <Show when=move || has_deadline.get()>
                <Figure ui label="goodput" testid="goodput" read=|now| (format::number(now.goodput_rps), "/s") />
            </Show>
            <Figure
                ui
                label="errors"
                testid="error-rate"
                read=|now| (format::percent(now.error_rate), "%")
                bad=is_failing
            />
            <Figure ui label="p50" testid="p50" read=|now| latency(now.p50_ms) />
            <Figure ui label="p99" testid="p99" read=|now| latency(now.p99_ms) />
            <Figure
                ui
                label="attempts"
                testid="attempts"
                read=|now| (format!("{:.2}", now.attempts_per_request), "×")
            />
            <Figure ui label="in flight" testid="in-flight" read=|now| (format::grouped(now.in_flight as i64), "") />
        </dl>
    }
}

/// A latency in milliseconds as number and unit; a dash when nothing was answered.
fn latency(ms: Option<f64>) -> (String, &'static str) {
    ms.map_or(("–".to_owned(), ""), format::span)
}

/// A figure with its label: the number and its unit that `read` finds in the latest snapshot.
#[component]
fn Figure(
    ui: Ui,
    label: &'static str,
    testid: &'static str,
    read: fn(&Snapshot) -> (String, &'static str),
    #[prop(optional)] bad: Option<Memo<bool>>,
) -> impl IntoView {
    let value =
        Memo::new(move |_| ui.run.snapshot.with(|now| now.as_ref().map_or(("–".to_owned(), ""), |now| read(now))));
    view! {
        <div>
            <dt>{label}</dt>
            <dd data-testid=testid class:bad=move || bad.is_some_and(|bad| bad.get())>
                {move || value.get().0}
                " "
                <em>{move || value.get().1}</em>
            </dd>
        </div>
    }
}
