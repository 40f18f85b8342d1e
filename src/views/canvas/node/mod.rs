//! The card of a node.

mod rename;
mod replicas;

use super::detail::Detail;
use super::node_status::{self, Level};
use super::previews::LinkTargets;
use crate::editor::{geometry, shown_name};
use crate::kind::{Calls, Role};
use crate::kinds;
use crate::model::{Place, Severity};
use crate::record::node_metrics::{UTILIZATION, WAITING};
use crate::report::snapshot::{Alert, NodeSnapshot};
use crate::views::format;
use crate::views::icons::{icon, tile};
use crate::views::run::HeldReplicas;
use crate::views::state::Ui;
use leptos::prelude::*;
use rename::RenameField;
use replicas::ReplicaSegments;

/// The card of a node of this id and kind. It is drawn anew for a node of another kind.
#[component]
pub fn NodeCard(ui: Ui, id: String, kind: String, targets: LinkTargets, detail: Detail) -> impl IntoView {
    let node = ui.editing.node(&id);
    let now = ui.run.node(&id);
    let legible = ui.run.legible_node(&id, detail.is_legible);
    let info = kinds::info(&kind);
    let label = info.map_or("Unknown kind", |info| info.label);
    let has_out_port = info.is_none_or(|info| info.calls != Calls::None);
    let has_in_port = info.is_none_or(|info| info.called);
    let is_queue = info.is_some_and(|info| info.role == Role::Queue);
    let name =
        Memo::new(move |_| node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()).unwrap_or_default()));
    let card = Memo::new(move |_| node.with(|node| node.as_ref().map(geometry::card).unwrap_or_default()));
    let summary = {
        let id = id.clone();
        Memo::new(move |_| {
            // Of the parameters that the run has at present.
            let shown = ui.run.shown.read();
            shown.node(&id).map(|node| kinds::summary(&node.kind, &node.params)).unwrap_or_default()
        })
    };
    let replicas = {
        let id = id.clone();
        Memo::new(move |_| {
            // As many as the run has room for, where more are asked for while it goes on.
            let running = now.with(|now| now.as_ref().map_or(0, |now| now.replicas.len() as u32));
            ui.run.shown.with(|shown| shown.node(&id).map_or(1, kinds::replicas)).max(running)
        })
    };
    let held = {
        let id = id.clone();
        Memo::new(move |_| ui.run.held_replicas(&id, replicas.get()))
    };
    let level = Memo::new(move |_| now.with(|now| now.as_ref().map(node_status::level).unwrap_or_default()));
    let trouble = ui.editing.severity_at(Place::Node(id.clone()));
    let selected = ui.editing.is_selected(Place::Node(id.clone()));
    let accepts = targets.accepts(id.clone());
    let incoming = {
        let id = id.clone();
        Memo::new(move |_| {
            // Moves do not change it.
            ui.editing.simulated.with(|document| document.links.iter().filter(|link| link.to == id).count())
        })
    };
    // Screen readers announce changes of the name: it changes seldom, and not with every number.
    let full_name = Memo::new(move |_| {
        let now = legible.with(|now| now.as_ref().map(coarse));
        node_status::full_name(&name.get(), label, now.as_ref(), &held.read().words(), incoming.get())
    });
    let used = Memo::new(move |_| {
        let used = now.with(|now| now.as_ref().and_then(|now| now.utilization())).unwrap_or(0.0);
        let step = detail.bar_step.get();
        ((used.clamp(0.0, 1.0) * 100.0 / step).round() * step).min(100.0)
    });
    let waiting = Memo::new(move |_| legible.with(|now| now.as_ref().map_or(0, |now| now.waiting())));
    let renaming = {
        let id = id.clone();
        Memo::new(move |_| ui.editing.renaming.read().as_deref() == Some(id.as_str()))
    };
    let crashed = {
        let place = Place::Node(id.clone());
        Memo::new(move |_| ui.run.is_crashed(&place))
    };
    let class = {
        let kind = kind.clone();
        move || format!("node kind-{kind} {} {}", level.get().class(), held.read().class())
    };
    let renamed = id.clone();
    view! {
        <div
            class="node-place"
            class:selected=move || selected.get()
            class:target=move || accepts.get() == Some(true)
            class:refused=move || accepts.get() == Some(false)
            style:transform=move || format!("translate({}px, {}px)", card.get().x, card.get().y)
        >
            <div
                class=class
                style:height=move || format!("{}px", card.get().h)
                role="graphics-symbol"
                tabindex="0"
                aria-label=move || full_name.get()
                aria-current=move || selected.get().to_string()
                data-testid=format!("node-{id}")
                data-node=id.clone()
                data-kind=kind.clone()
            >
                <div class="node-head">
                    {tile(&kind)}
                    <span class="node-words">
                        <b title=move || name.get()>{move || name.get()}</b>
                        <small>{move || summary.get()}</small>
                    </span>
                    {move || trouble.get().map(|severity| view! { <TroubleMark severity /> })}
                </div>
                <StatusLine kind=kind.clone() now=legible />
                <Show when=move || { replicas.get() > 1 }>
                    <ReplicaSegments ui node now=legible replicas held />
                </Show>
                <div class="node-use">
                    <i style:width=move || format!("{}%", used.get())></i>
                </div>
            </div>
            <Show when=move || { level.get() == Level::Down }>
                <DownBadge crashed />
            </Show>
            <Show when=move || { level.get() != Level::Down }>
                <HeldBadge held />
            </Show>
            <Show when=move || renaming.get()>
                <RenameField ui id=renamed.clone() name />
            </Show>
            <div class="below">
                <Show when=move || { !is_queue && waiting.get() > 0 }>
                    <WaitingStack waiting />
                </Show>
                <DataLosses now=legible />
            </div>
            <span class="edge" title="Drag from the edge to connect" aria-hidden="true"></span>
            {has_in_port.then(|| view! { <Port id=id.clone() which="in" /> })}
            {has_out_port.then(|| view! { <Port id=id.clone() which="out" /> })}
        </div>
    }
}

/// The numbers, rounded so that the spoken name does not change ten times a second.
fn coarse(now: &NodeSnapshot) -> NodeSnapshot {
    let waiting = now.waiting();
    let waiting = if waiting > 20 { waiting / 20 * 20 } else { waiting / 5 * 5 };
    let coarse = NodeSnapshot { replicas: now.replicas.clone(), ..NodeSnapshot::default() };
    let coarse = coarse.with(&WAITING, waiting as f64);
    match now.utilization() {
        Some(used) => coarse.with(&UTILIZATION, (used * 20.0).round() / 20.0),
        None => coarse,
    }
}

/// A sign that there is a problem with the node.
#[component]
fn TroubleMark(severity: Severity) -> impl IntoView {
    let (class, words) = match severity {
        Severity::Error => ("mark error", "This node has an error: see Problems"),
        Severity::Warning => ("mark", "See Problems"),
    };
    view! {
        <span class=class title=words>
            {icon("warning")}
        </span>
    }
}

/// The rate, and the number that matters most for the kind.
#[component]
fn StatusLine(kind: String, now: Memo<Option<NodeSnapshot>>) -> impl IntoView {
    let line = Memo::new(move |_| now.with(|now| now.as_ref().map(|now| node_status::line(&kind, now))));
    view! {
        <div class="node-line">
            {move || match line.get() {
                Some(line) => {
                    view! {
                        <b>{line.rate}</b>
                        <span>
                            <small class:usual=line.label == "p99">{line.label}</small>
                            " "
                            <b>{line.value}</b>
                        </span>
                    }
                        .into_any()
                }
                None => view! { <span class="idle">"not run yet"</span> }.into_any(),
            }}
        </div>
    }
}

/// Every replica is down: crashed, together or one by one, or not started yet.
#[component]
fn DownBadge(crashed: Memo<bool>) -> impl IntoView {
    view! {
        <span class="down-badge">
            {icon("close")} {move || if crashed.get() { "down" } else { "starting" }}
        </span>
    }
}

/// Replicas are paused or slowed down.
#[component]
fn HeldBadge(held: Memo<HeldReplicas>) -> impl IntoView {
    move || {
        let held = held.get();
        let words = held.words();
        let sign = if held.paused.is_empty() { "slow" } else { "pause" };
        (!words.is_empty()).then(|| view! { <span class="held-badge">{icon(sign)} {words}</span> })
    }
}

/// Counts of data that was lost or is wrong. Each has a word beside its sign, because no error
/// reports it.
#[component]
fn DataLosses(now: Memo<Option<NodeSnapshot>>) -> impl IntoView {
    let losses = Memo::new(move |_| now.with(|now| now.as_ref().map(NodeSnapshot::alerts).unwrap_or_default()));
    let sign = |alert: Alert| {
        let what = alert.label.to_lowercase();
        view! {
            <span class="sign" title=what.clone()>
                {icon(alert.icon)}
                {format!("{} {what}", format::grouped(alert.count as i64))}
            </span>
        }
    };
    view! {
        <Show when=move || !losses.with(Vec::is_empty)>
            <span class="losses">{move || losses.get().into_iter().map(sign).collect_view()}</span>
        </Show>
    }
}

/// Requests that wait, as a stack of bars and as a number.
#[component]
fn WaitingStack(waiting: Memo<u64>) -> impl IntoView {
    let bars = Memo::new(move |_| node_status::stack(waiting.get()));
    view! {
        <span class="stack" aria-hidden="true">
            {move || (0..bars.get()).map(|_| view! { <i></i> }).collect_view()}
        </span>
        <span class="badge">{move || format!("{} waiting", format::grouped(waiting.get() as i64))}</span>
    }
}

/// A port, from which links are pulled: `in` where the node is called, `out` where its calls leave.
#[component]
fn Port(id: String, which: &'static str) -> impl IntoView {
    view! {
        <span
            class=format!("port {which}")
            data-testid=format!("port-{which}-{id}")
            data-port=which
            data-of=id
            title=if which == "out" {
                "Pull a link to a node that this one calls"
            } else {
                "Pull a link from a node that calls this one"
            }
        ></span>
    }
}
