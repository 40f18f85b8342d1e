//! Buttons that inject a fault into a node, a link or a zone during the run, and end it again.

use crate::model::Place;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The buttons of the faults that a menu can end as well as inject.
#[component]
pub fn LiveFaults(ui: Ui, place: Place) -> impl IntoView {
    let places = [place.clone()];
    let labels = Memo::new(move |_| {
        let choices = ui.run.live_choices(&places).into_iter().filter(|choice| choice.end.is_some());
        choices.map(|choice| (choice.fault, choice.label)).collect::<Vec<_>>()
    });
    let button = move |(position, (fault, label)): (usize, (&'static str, &'static str))| {
        let testid = match fault {
            _ if position == 0 => "break".to_owned(),
            "partition" => "cut-off".to_owned(),
            other => format!("inject-{other}"),
        };
        view! { <FaultButton ui place=place.clone() label testid /> }
    };
    view! {
        <div class="actions faults" role="group" aria-label="Faults that can be injected">
            {move || labels.get().into_iter().enumerate().map(&button).collect_view()}
            <small class="quiet">"Recorded as a fault at this simulated time."</small>
        </div>
    }
}

/// Injects a fault, or ends the one that is active.
#[component]
fn FaultButton(
    ui: Ui,
    place: Place,
    /// What the button says before the fault; it is one of those that can be injected here.
    label: &'static str,
    testid: String,
) -> impl IntoView {
    let places = [place];
    let choice = Memo::new(move |_| {
        let choices = ui.run.live_choices(&places).into_iter();
        choices.filter(|choice| choice.end.is_some()).find(|choice| choice.label == label)
    });
    let end = Memo::new(move |_| {
        choice.with(|choice| {
            let (label, active) = choice.as_ref()?.end?;
            active.map(|_| label)
        })
    });
    let act = move |_| {
        if let Some(choice) = choice.get_untracked() {
            ui.run.inject_or_end(&choice);
        }
    };
    view! {
        <button class="button small break" class:restore=move || end.get().is_some() data-testid=testid on:click=act>
            {move || end.get().unwrap_or(label)}
        </button>
    }
}
