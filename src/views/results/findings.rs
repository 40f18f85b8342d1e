//! The report in words, once a run has ended.

use crate::editor::Selection;
use crate::glossary::{DIGEST, MAX_SPEED, RANDOM_SEED, Term};
use crate::report::{Finding, FindingSeverity, Report, Span};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::{Tab, Ui};
use leptos::prelude::*;
use std::sync::Arc;

/// What the report says in words, and what identifies the run.
#[component]
pub fn Findings(ui: Ui) -> impl IntoView {
    view! {
        <div class="prose">
            {move || match ui.run.report.get() {
                None => {
                    view! {
                        <p class="quiet">
                            {format!(
                                "Findings appear when a run has reached its end. Choose “{}” to get there sooner.",
                                MAX_SPEED.word,
                            )}
                        </p>
                    }
                        .into_any()
                }
                Some(report) => {
                    let busy_ms = ui.run.snapshot.read_untracked().as_ref().map_or(0.0, |snapshot| snapshot.busy_ms);
                    view! {
                        <Sentences ui />
                        <Facts report busy_ms />
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

#[component]
fn Sentences(ui: Ui) -> impl IntoView {
    move || {
        let findings = ui.run.findings.get()?;
        Some(if findings.is_empty() {
            view! { <p>"Nothing stands out: every node kept its headroom."</p> }.into_any()
        } else {
            let rows =
                findings.iter().map(|finding| view! { <FindingRow ui finding=finding.clone() /> }).collect_view();
            view! { <ol class="findings">{rows}</ol> }.into_any()
        })
    }
}

/// A sentence, in which each figure opens the charts that show it.
#[component]
fn FindingRow(ui: Ui, finding: Finding) -> impl IntoView {
    let Finding { severity, node, link, at_s, until_s, spans, .. } = finding;
    let is_warning = severity == FindingSeverity::Warning;
    // A node has charts of its own; what users notice is among the failures.
    let tab = match (&node, &link) {
        (Some(_), _) => Tab::Node,
        (None, Some(_)) => Tab::Charts,
        (None, None) => Tab::Failures,
    };
    let show_charts = {
        let node = node.clone();
        move || {
            if let Some(node) = node.clone() {
                ui.editing.select(Selection::node(node));
            }
            ui.panels.show_charts(tab, at_s, until_s);
        }
    };
    let part = |span: Span| match span {
        Span::Words(words) => words.into_any(),
        Span::Figure(figure) => {
            let show_charts = show_charts.clone();
            view! {
                <button class="as-link" title="Show it on the charts" on:click=move |_| show_charts()>
                    {figure}
                </button>
            }
            .into_any()
        }
    };
    view! {
        <li class="finding" class:warning=is_warning>
            {icon(if is_warning { "warning" } else { "check" })}
            <span>{spans.into_iter().map(part).collect_view()}</span>
            {node
                .map(|node| {
                    view! {
                        <button class="button small" on:click=move |_| ui.show_node(&node)>
                            "Show"
                        </button>
                    }
                })}
        </li>
    }
}

/// What identifies the run, and how fast it was: `busy_ms` is the real time that it took.
#[component]
fn Facts(report: Arc<Report>, busy_ms: f64) -> impl IntoView {
    let events_per_s = report.events as f64 / busy_ms.max(0.001) * 1000.0;
    let term = |Term { word, meaning }: Term| view! { <dt title=meaning>{word.to_lowercase()}</dt> };
    view! {
        <dl class="facts">
            <div>
                {term(DIGEST)} <dd>
                    <code data-testid="digest">{report.digest.clone()}</code>
                </dd>
            </div>
            <div>
                {term(RANDOM_SEED)} <dd>{report.seed}</dd>
            </div>
            <div>
                <dt>"events"</dt>
                <dd>{format::grouped(report.events as i64)}</dd>
            </div>
            <div>
                <dt>"pace"</dt>
                <dd data-testid="pace" data-events=report.events.to_string() data-ms=busy_ms.to_string()>
                    {format!("{} events a second", format::grouped(events_per_s as i64))}
                </dd>
            </div>
            <div>
                <dt>"requests"</dt>
                <dd>{format::grouped(report.requests.offered as i64)}</dd>
            </div>
            <div>
                <dt>"failed"</dt>
                <dd>{format::grouped(report.requests.failed as i64)}</dd>
            </div>
        </dl>
        <p class="quiet">
            "The same diagram and seed give the same digest on any machine. Requests are counted after the warm-up."
        </p>
    }
}
