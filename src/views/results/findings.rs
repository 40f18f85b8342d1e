//! The report in words, once a run has ended.

use crate::editor::Selection;
use crate::protocol::Ending;
use crate::report::{Finding, FindingSeverity, Span};
use crate::views::erase::{Gather, live};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::{Tab, Ui};
use leptos::prelude::*;

/// What the numbers say, and what identifies the run.
pub fn findings(ui: Ui) -> impl IntoView {
    live(move || {
        match ui.run.ending.get() {
            None => view! {
                <div class="prose">
                    <p class="quiet">
                        "Findings are told when a run has reached its end. Speed it up with “as fast as it goes” to be there sooner."
                    </p>
                </div>
            }
            .into_any(),
            Some(ending) => {
                let busy_ms = ui.run.snapshot.with_untracked(|now| now.as_ref().map_or(0.0, |it| it.busy_ms));
                view! {
                    <div class="prose">
                        {live(move || told(ui))}
                        {facts(&ending, busy_ms)}
                    </div>
                }
                .into_any()
            }
        }
    })
}

fn told(ui: Ui) -> AnyView {
    match ui.run.told.get() {
        None => view! { <p class="quiet">"The report is being read…"</p> }.into_any(),
        Some(Err(why)) => view! {
            <p class="quiet">
                "The findings cannot be told now, and what the run came to stands all the same. The next run tries again. " {why}
            </p>
        }
        .into_any(),
        Some(Ok(all)) if all.is_empty() => {
            view! { <p>"Nothing stands out: every node kept its headroom."</p> }.into_any()
        }
        Some(Ok(all)) => {
            view! { <ol class="findings">{all.iter().map(|it| row(ui, it)).gather()}</ol> }.into_any()
        }
    }
}

fn row(ui: Ui, finding: &Finding) -> impl IntoView + use<> {
    let warning = finding.severity == FindingSeverity::Warning;
    let node = finding.node.clone();
    let until_s = finding.until_s;
    // A node has charts of its own, and what users feel stands among the failures.
    let tab = match (&finding.node, &finding.link) {
        (Some(_), _) => Tab::Node,
        (None, Some(_)) => Tab::Charts,
        (None, None) => Tab::Failures,
    };
    let whose = finding.node.clone();
    let at_s = finding.at_s;
    let words = |span: &Span| {
        let figure = match span {
            Span::Words(words) => return words.clone().into_any(),
            Span::Figure(figure) => figure.clone(),
        };
        let whose = whose.clone();
        let show = move |_| {
            if let Some(node) = whose.clone() {
                ui.select(Selection::node(node));
            }
            ui.point_out(tab, at_s, until_s);
        };
        view! {
            <button class="as-link" title="Show it on the charts" on:click=show>
                {figure}
            </button>
        }
        .into_any()
    };
    view! {
        <li class="finding" class:warning=warning>
            {icon(if warning { "warning" } else { "check" })}
            <span>{finding.spans.iter().map(words).gather()}</span>
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
}

/// `busy_ms` is the real time that the run took.
fn facts(ending: &Ending, busy_ms: f64) -> impl IntoView + use<> {
    view! {
        <dl class="facts">
            <div>
                <dt>"digest"</dt>
                <dd>
                    <code data-testid="digest">{ending.digest.clone()}</code>
                </dd>
            </div>
            <div>
                <dt>"seed"</dt>
                <dd>{ending.seed}</dd>
            </div>
            <div>
                <dt>"events"</dt>
                <dd>{format::grouped(ending.events as i64)}</dd>
            </div>
            <div>
                <dt>"pace"</dt>
                <dd data-testid="pace" data-events=ending.events.to_string() data-ms=busy_ms.to_string()>
                    {format!("{} events a second", format::grouped((ending.events as f64 / busy_ms.max(0.001) * 1000.0) as i64))}
                </dd>
            </div>
            <div>
                <dt>"requests"</dt>
                <dd>{format::grouped(ending.offered as i64)}</dd>
            </div>
            <div>
                <dt>"failed"</dt>
                <dd>{format::grouped(ending.failed as i64)}</dd>
            </div>
        </dl>
        <p class="quiet">
            "The same design and seed give the same digest on any machine. Requests are counted from the warm-up on."
        </p>
    }
}
