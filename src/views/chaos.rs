//! The dialog that plans random faults within a budget.

use super::state::Ui;
use crate::editor::Command;
use crate::editor::chaos::{FAULTS_MAX, schedule};
use leptos::prelude::*;

/// How many faults, with which luck, and whether those that are planned stay.
pub fn chaos(ui: Ui) -> impl IntoView {
    let budget = RwSignal::new(5_u32);
    let seed = RwSignal::new(ui.document.with_untracked(|document| document.run.seed));
    let keeps = RwSignal::new(false);
    let whole = |event: &leptos::ev::Event| event_target_value(event).trim().parse::<u64>().ok();
    let plan = move |_| {
        let document = ui.document.get_untracked();
        let faults = schedule(&document, seed.get_untracked(), budget.get_untracked());
        if faults.is_empty() {
            return ui.tell("There is nothing in this drawing that could be broken.");
        }
        // One step, so that one undo takes all of it back.
        ui.begin();
        if !keeps.get_untracked() {
            for index in (0..document.faults.len()).rev() {
                ui.edit(Command::RemoveFault(index));
            }
        }
        ui.edit(Command::AddFaults(faults));
        ui.commit();
        ui.dialog.set(None);
        ui.say("Faults planned");
    };
    view! {
        <h2>"Chaos"</h2>
        <p class="quiet">"Plans faults at random times, of random kinds, at random places. The same seed plans the same ones; one undo takes them back."</p>
        <div class="form">
            <div class="field">
                <label class="label" for="chaos-budget">"Budget"</label>
                <span class="value">
                    <input
                        id="chaos-budget"
                        data-testid="chaos-budget"
                        type="number"
                        min="1"
                        max=FAULTS_MAX.to_string()
                        prop:value=move || budget.get().to_string()
                        on:change=move |event| {
                            let asked = whole(&event).unwrap_or(5).clamp(1, u64::from(FAULTS_MAX));
                            budget.set(asked as u32);
                            budget.notify();
                        }
                    />
                    <em>"faults"</em>
                </span>
            </div>
            <div class="field">
                <label class="label" for="chaos-seed">"Seed"</label>
                <span class="value">
                    <input
                        id="chaos-seed"
                        data-testid="chaos-seed"
                        type="number"
                        min="0"
                        prop:value=move || seed.get().to_string()
                        on:change=move |event| {
                            seed.set(whole(&event).unwrap_or(1));
                            seed.notify();
                        }
                    />
                </span>
            </div>
            <div class="field">
                <label class="label" for="chaos-keep">"Keep the faults that are planned"</label>
                <input
                    type="checkbox"
                    role="switch"
                    class="switch"
                    id="chaos-keep"
                    prop:checked=move || keeps.get()
                    on:change=move |event| keeps.set(event_target_checked(&event))
                />
            </div>
        </div>
        <div class="actions">
            <button class="button primary" data-testid="chaos-plan" on:click=plan>
                "Plan them"
            </button>
        </div>
    }
}
