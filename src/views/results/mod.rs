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
use crate::views::erase::{Gather, each, live, memo, when};
use leptos::prelude::*;

const TABS: [(Tab, &str); 7] = [
    (Tab::Charts, "Charts"),
    (Tab::Failures, "Failures"),
    (Tab::Node, "Node"),
    (Tab::Findings, "Findings"),
    (Tab::Table, "Table"),
    (Tab::Problems, "Problems"),
    (Tab::Outline, "Outline"),
];

/// The results panel.
pub fn results(ui: Ui) -> impl IntoView {
    let findings =
        memo(move || ui.run.findings.with(|findings| findings.as_ref().map_or(0, |findings| findings.len())));
    let wrong = memo(move || ui.editing.problems.with(|all| all.len()));
    let open = memo(move || vec![format!("{:?}", ui.panels.tab.get())]);
    let tab = move |(tab, label): (Tab, &'static str)| {
        let count = move || match tab {
            Tab::Findings => findings.get(),
            Tab::Problems => wrong.get(),
            _ => 0,
        };
        let id = format!("tab-{}", label.to_ascii_lowercase());
        view! {
            <button
                role="tab"
                class="tab"
                id=id
                class:warn=move || tab == Tab::Problems && (count() > 0)
                aria-selected=move || (ui.panels.tab.get() == tab).to_string()
                aria-controls="tab-panel"
                tabindex=move || if ui.panels.tab.get() == tab { "0" } else { "-1" }
                on:click=move |_| ui.panels.tab.set(tab)
                on:keydown=move |event| turn(ui, &event)
            >
                {label}
                {live(move || (count() > 0).then(|| view! { <span class="count">{count()}</span> }))}
            </button>
        }
    };
    view! {
        <section class="results panel" aria-label="Results">
            <Timeline ui />
            <div class="tabs" role="tablist" aria-label="Results">
                {TABS.map(tab).into_iter().gather()}
            </div>
            <div class="results-body">
                {figures(ui)}
                <div
                    class="tab-panel"
                    id="tab-panel"
                    role="tabpanel"
                    tabindex="0"
                    aria-label=move || TABS.iter().find(|(tab, _)| *tab == ui.panels.tab.get()).map(|(_, label)| *label)
                >
                    // Keyed by the tab: views of one shape would otherwise be taken for each other, and a
                    // chart would stay in the place of another.
                    {each(open, move |_| match ui.panels.tab.get_untracked() {
                        Tab::Charts => charts::charts(ui).into_any(),
                        Tab::Failures => charts::failures(ui).into_any(),
                        Tab::Node => charts::of_node(ui).into_any(),
                        Tab::Findings => view! { <findings::Findings ui /> }.into_any(),
                        Tab::Table => table::table(ui).into_any(),
                        Tab::Problems => view! { <Problems ui /> }.into_any(),
                        Tab::Outline => view! { <Outline ui /> }.into_any(),
                    })}
                </div>
            </div>
        </section>
    }
    .into_any()
}

fn turn(ui: Ui, event: &web_sys::KeyboardEvent) {
    let at = TABS.iter().position(|(tab, _)| *tab == ui.panels.tab.get_untracked()).unwrap_or(0);
    let next = match event.key().as_str() {
        "ArrowRight" => (at + 1) % TABS.len(),
        "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
        "Home" => 0,
        "End" => TABS.len() - 1,
        _ => return,
    };
    event.prevent_default();
    ui.panels.tab.set(TABS[next].0);
    focus(&format!("#tab-{}", TABS[next].1.to_ascii_lowercase()));
}

/// The figures that are always in sight. Goodput is one of them where a client has a deadline; without
/// one it is the throughput.
fn figures(ui: Ui) -> impl IntoView {
    let has_deadline = memo(move || {
        ui.run.loaded.with(|loaded| {
            let has_deadline = |node: &Node| node.params.get("deadline_ms").is_some_and(|deadline| !deadline.is_null());
            loaded.as_ref().is_some_and(|loaded| loaded.nodes.iter().any(has_deadline))
        })
    });
    let now = move |read: fn(&Snapshot) -> (String, &'static str)| {
        memo(move || {
            ui.run.snapshot.with(|snapshot| snapshot.as_ref().map_or(("–".to_owned(), ""), |snapshot| read(snapshot)))
        })
    };
    let failing =
        memo(move || ui.run.snapshot.with(|snapshot| snapshot.as_ref().is_some_and(|s| s.error_rate >= 0.01)));
    let figure = move |label: &'static str,
                       testid: &'static str,
                       value: Memo<(String, &'static str)>,
                       bad: Option<Memo<bool>>| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd data-testid=testid class:bad=move || bad.is_some_and(|bad| bad.get())>
                    {live(move || value.get().0)}
                    " "
                    <em>{live(move || value.get().1)}</em>
                </dd>
            </div>
        }
    };
    view! {
        <dl class="figures">
            {figure("throughput", "throughput", now(|s| (format::number(s.throughput_rps), "/s")), None)}
            {when(
                move || has_deadline.get(),
                move || figure("goodput", "goodput", now(|s| (format::number(s.goodput_rps), "/s")), None).into_any(),
            )}
            {figure("errors", "error-rate", now(|s| (format::percent(s.error_rate), "%")), Some(failing))}
            {figure("p50", "p50", now(|s| s.p50_ms.map_or(("–".to_owned(), ""), format::span)), None)}
            {figure("p99", "p99", now(|s| s.p99_ms.map_or(("–".to_owned(), ""), format::span)), None)}
            {figure("attempts", "attempts", now(|s| (format!("{:.2}", s.attempts_per_request), "×")), None)}
            {figure("in flight", "in-flight", now(|s| (format::grouped(s.in_flight as i64), "")), None)}
        </dl>
    }
}
