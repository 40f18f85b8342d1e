//! What is said while the diagram is another one than the run's.

use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// Says that the run is without what was changed in the diagram, and offers to start again with it.
#[component]
pub fn StaleBanner(ui: Ui) -> impl IntoView {
    let text = move || {
        if ui.run.finished() {
            "The diagram has changed since this run."
        } else {
            "This run does not have your last change of the diagram."
        }
    };
    view! {
        <Show when=move || ui.run.is_stale.get()>
            <div class="banner" role="status" data-testid="stale">
                <span>{text}</span>
                <button class="button outlined small" data-testid="start-again" on:click=move |_| ui.run.start_again()>
                    {icon("reset")}
                    "Start again with it"
                </button>
            </div>
        </Show>
    }
}
