//! The problems of the diagram, each with a button that shows where it is.

use super::icons::icon;
use super::inspector;
use super::state::Ui;
use crate::model::{Document, Place, Problem, Severity};
use leptos::prelude::*;

/// The list of problems.
#[component]
pub fn Problems(ui: Ui) -> impl IntoView {
    let problems = ui.editing.problems;
    view! {
        <div class="prose" data-testid="problems">
            <Show
                when=move || !problems.read().is_empty()
                fallback=|| view! { <p class="quiet">"No problems: this diagram can run."</p> }
            >
                <ul class="findings">
                    {move || {
                        problems.read().iter().map(|problem| view! { <ProblemRow ui problem=problem.clone() /> }).collect_view()
                    }}
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn ProblemRow(ui: Ui, problem: Problem) -> impl IntoView {
    let Problem { severity, place, field, what, right } = problem;
    let name = {
        let place = place.clone();
        move || ui.editing.document.with(|document| name_of(document, &place))
    };
    let path = field.clone();
    let is_error = severity == Severity::Error;
    view! {
        <li class="finding" class:warning=!is_error class:error=is_error>
            {icon("warning")}
            <span>
                <b>{name}</b>
                {(!field.is_empty()).then(|| view! { " " <code>{field}</code> })}
                ": "
                {what}
                ". "
                <span class="quiet">"Expected: " {right}</span>
            </span>
            <button class="button small" on:click=move |_| ui.show_field(&place, &path)>
                "Show"
            </button>
        </li>
    }
}

/// What a place is called.
fn name_of(document: &Document, place: &Place) -> String {
    match place {
        Place::Document => "The diagram".to_owned(),
        Place::Node(id) | Place::Link(id) => inspector::name_of(document, id).unwrap_or_else(|| id.clone()),
        Place::Fault(index) => format!("Fault {}", index + 1),
        Place::Change(index) => inspector::change_words(document, *index),
        Place::Zone(id) => id.clone(),
        Place::Run => "The run".to_owned(),
    }
}
