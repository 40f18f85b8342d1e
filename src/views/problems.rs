//! What is wrong with the drawing, each with a way to where it is.

use super::icons::icon;
use super::inspector;
use super::state::Ui;
use crate::model::{Document, Place, Problem, Severity};
use crate::views::erase::{Gather, live};
use leptos::prelude::*;

/// The list of problems.
pub fn problems(ui: Ui) -> impl IntoView {
    let row = move |problem: &Problem| {
        let place = problem.place.clone();
        let whose = ui.editing.document.with_untracked(|document| name_of(document, &place));
        let error = problem.severity == Severity::Error;
        view! {
            <li class="finding" class:warning=!error class:error=error>
                {icon("warning")}
                <span>
                    <b>{whose}</b>
                    {(!problem.field.is_empty()).then(|| view! { " " <code>{problem.field.clone()}</code> })}
                    ": "
                    {problem.what.clone()}
                    ". "
                    <span class="quiet">"Right would be: " {problem.right.clone()}</span>
                </span>
                <button class="button small" on:click=move |_| ui.show_place(&place)>
                    "Show"
                </button>
            </li>
        }
    };
    view! {
        <div class="prose" data-testid="problems">
            {live(move || {
                let all = ui.editing.problems.get();
                if all.is_empty() {
                    view! { <p class="quiet">"No problems: this drawing can run."</p> }.into_any()
                } else {
                    view! { <ul class="findings">{all.iter().map(row).gather()}</ul> }.into_any()
                }
            })}
        </div>
    }
}

/// What a place is called.
fn name_of(document: &Document, place: &Place) -> String {
    match place {
        Place::Document => "The diagram".to_owned(),
        Place::Node(id) | Place::Link(id) => inspector::name_of(document, id).unwrap_or_else(|| id.clone()),
        Place::Fault(index) => format!("Fault {}", index + 1),
        Place::Zone(id) => id.clone(),
        Place::Run => "The run".to_owned(),
    }
}
