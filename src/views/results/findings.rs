//! The report in words, once a run has ended.

use crate::editor::Selection;
use crate::report::{Finding, Report};
use crate::views::erase::{Gather, live};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// What the numbers say, and what identifies the run.
pub fn findings(ui: Ui) -> impl IntoView {
    live(move || {
        match ui.run.report.get() {
        None => view! {
            <div class="prose">
                <p class="quiet">
                    "Findings are told when a run has reached its end. Speed it up with “as fast as it goes” to be there sooner."
                </p>
            </div>
        }
        .into_any(),
        Some(report) => told(ui, &report, ui.run.snapshot.with_untracked(|now| now.as_ref().map_or(0.0, |it| it.busy_ms))).into_any(),
    }
    })
}

/// `busy_ms` is the real time that the run took.
fn told(ui: Ui, report: &Report, busy_ms: f64) -> impl IntoView + use<> {
    let finding = move |finding: &Finding| {
        let warning = finding.severity == "warning";
        let node = finding.node.clone();
        view! {
            <li class="finding" class:warning=warning>
                {icon(if warning { "warning" } else { "check" })}
                <span>{finding.text.clone()}</span>
                {node
                    .map(|node| {
                        view! {
                            <button
                                class="button small"
                                on:click=move |_| {
                                    ui.select(Selection::node(node.clone()));
                                    ui.reveal(&node);
                                }
                            >
                                "Show"
                            </button>
                        }
                    })}
            </li>
        }
    };
    let none = report.findings.is_empty();
    let requests = &report.requests;
    view! {
        <div class="prose">
            <ul class="findings">{report.findings.iter().map(finding).gather()}</ul>
            {none.then(|| view! { <p>"Nothing stands out: every node kept its headroom."</p> })}
            <dl class="facts">
                <div>
                    <dt>"digest"</dt>
                    <dd>
                        <code data-testid="digest">{report.digest.clone()}</code>
                    </dd>
                </div>
                <div>
                    <dt>"seed"</dt>
                    <dd>{report.seed}</dd>
                </div>
                <div>
                    <dt>"events"</dt>
                    <dd>{format::grouped(report.events as i64)}</dd>
                </div>
                <div>
                    <dt>"pace"</dt>
                    <dd data-testid="pace" data-events=report.events.to_string() data-ms=busy_ms.to_string()>
                        {format!("{} events a second", format::grouped((report.events as f64 / busy_ms.max(0.001) * 1000.0) as i64))}
                    </dd>
                </div>
                <div>
                    <dt>"requests"</dt>
                    <dd>{format::grouped(requests.offered as i64)}</dd>
                </div>
                <div>
                    <dt>"failed"</dt>
                    <dd>{format::grouped(requests.failed as i64)}</dd>
                </div>
            </dl>
            <p class="quiet">
                "The same design and seed give the same digest on any machine. Requests are counted from the warm-up on."
            </p>
        </div>
    }
}
