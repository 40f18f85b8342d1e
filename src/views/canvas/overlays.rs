//! What stands over the canvas: hints, the first finding, and the zoom controls.

use crate::editor::Selection;
use crate::faults::PartitionDirection;
use crate::glossary::SHOW_EVERYTHING;
use crate::report::FindingSeverity;
use crate::views::icons::icon;
use crate::views::state::{Tab, Ui};
use crate::views::{format, theme};
use leptos::prelude::*;

/// What the partition line blocks, chosen before it is drawn.
#[component]
pub fn PartitionLineChoice(ui: Ui) -> impl IntoView {
    let choose = move |event: web_sys::Event| {
        ui.viewport.cut_ways.set_value(match event_target_value(&event).as_str() {
            "requests" => PartitionDirection::Forward,
            "answers" => PartitionDirection::Backward,
            _ => PartitionDirection::Both,
        });
    };
    ui.viewport.cut_ways.set_value(PartitionDirection::Both);
    view! {
        <div class="cut-choice overlay">
            <p role="status">"Drag a line across the links to partition. Esc cancels."</p>
            <select class="add-fault" aria-label="What the line blocks" data-testid="cut-ways" on:change=choose>
                <option value="both">"Both directions"</option>
                <option value="requests">"Requests only"</option>
                <option value="answers">"Responses only"</option>
            </select>
        </div>
    }
}

/// What to do with an empty canvas.
#[component]
pub fn EmptyHint(ui: Ui) -> impl IntoView {
    let is_empty = Memo::new(move |_| ui.editing.document.with(|document| document.nodes.is_empty()));
    view! {
        <Show when=move || is_empty.get()>
            <div class="empty">
                <b>"Draw a system"</b>
                <p>
                    "Drag a client, an app and a database from the palette. Pull a link from one port to the next, then press Run."
                </p>
            </div>
        </Show>
    }
}

/// The first cause of trouble and its effect, once a run has ended.
#[component]
pub fn FindingNote(ui: Ui) -> impl IntoView {
    let first = Memo::new(move |_| {
        ui.run.findings.with(|findings| {
            let findings = findings.as_ref()?;
            // The first cause together with its effect: often the first is a fault that was planned.
            let mut warnings = findings.iter().filter(|finding| finding.severity == FindingSeverity::Warning);
            let (cause, effect) = (warnings.next()?, warnings.next());
            let text = effect.map_or(cause.text.clone(), |effect| format!("{} {}", cause.text, effect.text));
            let node = effect.and_then(|effect| effect.node.as_ref()).or(cause.node.as_ref());
            Some((text, node.cloned(), findings.len()))
        })
    });
    let dismissed = RwSignal::new(false);
    Effect::new(move |_| {
        first.track();
        dismissed.set(false);
    });
    let show_node = move |node: String| {
        view! {
            <button
                class="as-link"
                on:click=move |_| {
                    ui.editing.select(Selection::node(node.clone()));
                    ui.viewport.reveal(&node);
                }
            >
                "Show the node"
            </button>
        }
    };
    move || {
        first.get().filter(|_| !dismissed.get()).map(|(text, node, count)| {
            view! {
                <div class="note overlay">
                    <p>{text}</p>
                    {node.map(show_node)}
                    <button class="as-link" on:click=move |_| ui.panels.tab.set(Tab::Findings)>
                        {format!("All findings ({count})")}
                    </button>
                    <button class="button icon-only" aria-label="Dismiss" on:click=move |_| dismissed.set(true)>
                        {icon("close")}
                    </button>
                </div>
            }
        })
    }
}

/// The zoom and its buttons.
#[component]
pub fn ZoomControls(ui: Ui) -> impl IntoView {
    let zoom = Memo::new(move |_| format!("{} %", format::number((ui.viewport.camera.get().zoom * 100.0).round())));
    let moves = move || ui.run.playing.get() && !theme::reduced_motion();
    view! {
        <div class="hud overlay" role="group" aria-label="Zoom">
            <button
                class="button icon-only"
                aria-label="Zoom out"
                title="Zoom out (−)"
                on:click=move |_| ui.viewport.zoom(0.8)
            >
                {icon("minus")}
            </button>
            <button
                class="button zoom"
                title="Back to 100 %"
                aria-label=move || format!("Zoom {}: back to 100 %", zoom.get())
                on:click=move |_| ui.viewport.zoom(1.0 / ui.viewport.camera.get_untracked().zoom)
            >
                {move || zoom.get()}
            </button>
            <button
                class="button icon-only"
                aria-label="Zoom in"
                title="Zoom in (+)"
                on:click=move |_| ui.viewport.zoom(1.25)
            >
                {icon("plus")}
            </button>
            <button
                class="button icon-only"
                aria-label=SHOW_EVERYTHING
                title=format!("{SHOW_EVERYTHING} (Shift+1)")
                on:click=move |_| ui.viewport.fit()
            >
                {icon("fit")}
            </button>
        </div>
        <Show when=moves>
            <span class="sample">"dots: a sample of the requests"</span>
        </Show>
    }
}
