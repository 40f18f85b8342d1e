//! What stands over the canvas: the way to begin, hints, the question, the first finding, and the zoom controls.

mod empty;
mod guide;
mod hints;

pub use empty::EmptyHint;
pub use guide::Guide;
pub use hints::Hints;

use crate::faults::PartitionDirection;
use crate::glossary::SHOW_EVERYTHING;
use crate::views::actions::{self, ARRANGE, ZOOM_IN, ZOOM_OUT};
use crate::views::icons::icon;
use crate::views::state::Ui;
use crate::views::{format, keys};
use leptos::prelude::*;
use std::time::Duration;

/// How long nothing changes before what lies over the canvas moves.
const SETTLE_DELAY: Duration = Duration::from_millis(300);

/// Does something once nothing of what `track` follows has changed for a moment.
pub fn when_settled(track: impl Fn() + 'static, act: impl Fn() + Copy + 'static) {
    let changes = StoredValue::new(0_u32);
    Effect::new(move |_| {
        track();
        changes.update_value(|changes| *changes += 1);
        let count = changes.get_value();
        let look = move || {
            if changes.try_get_value() == Some(count) {
                act();
            }
        };
        set_timeout(look, SETTLE_DELAY);
    });
}

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
            {action_button(ui, ZOOM_OUT, None)}
            <button
                class="button zoom"
                title="Back to 100 %"
                aria-label=move || format!("Zoom {}: back to 100 %", zoom.get())
                on:click=move |_| ui.viewport.zoom(1.0 / ui.viewport.camera.get_untracked().zoom)
            >
                {move || zoom.get()}
            </button>
            {action_button(ui, ZOOM_IN, None)} {action_button(ui, ARRANGE, Some("arrange"))}
            {action_button(ui, SHOW_EVERYTHING, None)}
        </div>
    }
}

/// A button with the icon, the name and the key of an action.
fn action_button(ui: Ui, label: &'static str, testid: Option<&'static str>) -> impl IntoView {
    actions::named(label).map(|action| {
        let key = action.keys.first().map(|key| format!(" ({})", keys::label(key))).unwrap_or_default();
        view! {
            <button
                class="button icon-only"
                aria-label=action.label
                title=format!("{}{key}", action.label)
                data-testid=testid
                on:click=move |_| (action.perform)(ui)
            >
                {icon(action.icon)}
            </button>
        }
    })
}
