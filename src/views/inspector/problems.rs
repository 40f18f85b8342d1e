//! Problems that no control can show.

use crate::model::{Fault, Place};
use crate::views::state::Ui;
use leptos::prelude::*;

/// Fields that have no control with a place for a problem; empty for a problem with the whole place.
const FIELDS: [&str; 5] = ["", "fault", Fault::TARGET, Fault::LINKS, Fault::BETWEEN];

/// The problems with a place as a whole, and with what a fault affects.
#[component]
pub fn PlaceProblems(ui: Ui, place: Place) -> impl IntoView {
    let all = Memo::new(move |_| {
        ui.editing.problems.with(|all| {
            all.iter()
                .filter(|problem| problem.place == place && FIELDS.contains(&problem.field.as_str()))
                .map(|problem| format!("{}: {}", problem.what, problem.right))
                .collect::<Vec<_>>()
        })
    });
    move || all.get().into_iter().map(|text| view! { <p class="wrong">{text}</p> }).collect_view()
}
