//! What stands over the canvas: the way to begin, hints, the question, the first finding, and the zoom controls.

mod empty;
mod guide;

pub use empty::EmptyHint;
pub use guide::FindingNote;

use crate::faults::PartitionDirection;
use crate::glossary::SHOW_EVERYTHING;
use crate::views::icons::icon;
use crate::views::state::Ui;
use crate::views::{actions, format};
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

/// The zoom and its buttons.
#[component]
pub fn ZoomControls(ui: Ui) -> impl IntoView {
    let zoom = Memo::new(move |_| format!("{} %", format::number((ui.viewport.camera.get().zoom * 100.0).round())));
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
                aria-label="Arrange"
                title="Arrange the nodes from left to right (Shift+A)"
                data-testid="arrange"
                on:click=move |_| actions::arrange(ui)
            >
                {icon("arrange")}
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
    }
}
