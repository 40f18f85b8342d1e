//! The form of a link.

use super::controls::Form;
use super::live_faults::LiveFaults;
use super::parameters::Parameter;
use super::policies::Policies;
use super::problems::PlaceProblems;
use super::tiles::{Tile, Tiles};
use super::words::name_of;
use crate::editor::{Command, Selection};
use crate::link::link_fields_from;
use crate::model::Place;
use crate::record::link_metrics::IN_FLIGHT;
use crate::report::snapshot::LinkSnapshot;
use crate::views::actions::{has_policies, set_recommended_policies};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The form of the link of this id.
#[component]
pub fn LinkForm(ui: Ui, id: String) -> impl IntoView {
    let ends = {
        let id = id.clone();
        move || ui.editing.document.with(|document| name_of(document, &id))
    };
    let now = ui.run.link(&id);
    let numbers = Memo::new(move |_| now.with(|now| tiles(now.as_ref())));
    // The caller's kind decides which parameters a link has; reconnecting may change it.
    let caller = {
        let id = id.clone();
        Memo::new(move |_| {
            ui.editing.document.with(|document| {
                let from = document.link(&id).and_then(|link| document.node(&link.from));
                from.map(|node| node.kind.clone()).unwrap_or_default()
            })
        })
    };
    let form = {
        let id = id.clone();
        move || view! { <LinkParameters ui id=id.clone() caller=caller.get() /> }
    };
    let delete = {
        let id = id.clone();
        move |_| {
            ui.editing.apply(Command::Remove(Selection::link(id.clone())));
        }
    };
    let place = Place::Link(id);
    view! {
        <div class="head">
            <span class="tile kind-link" aria-hidden="true">
                {icon("link")}
            </span>
            <span>
                <b>{ends}</b>
                <small>"Link"</small>
            </span>
        </div>
        <PlaceProblems ui place=place.clone() />
        <Tiles tiles=numbers />
        {form}
        <LiveFaults ui place />
        <div class="actions">
            <button class="button outlined small" on:click=delete>
                {icon("trash")}
                "Delete"
            </button>
        </div>
    }
}

fn tiles(now: Option<&LinkSnapshot>) -> [Tile; 3] {
    let Some(now) = now else { return ["attempts", "failed", "in flight"].map(Tile::unknown) };
    [
        Tile::new("attempts", format::rate(now.rate_rps())),
        Tile { bad: now.failed_rps() > 0.05, ..Tile::new("failed", format::rate(now.failed_rps())) },
        Tile::new("in flight", format::grouped(now.value(&IN_FLIGHT) as i64)),
    ]
}

/// The parameters of a link whose caller is of this kind, and its policies.
#[component]
fn LinkParameters(ui: Ui, id: String, caller: String) -> impl IntoView {
    let fields = link_fields_from(&caller);
    let parameter = Parameter::new(ui, Place::Link(id.clone()), fields.clone());
    let policies = has_policies(&caller).then(|| {
        let recommended = id.clone();
        view! {
            <div class="actions">
                <button
                    class="button outlined small"
                    data-testid="good-defaults"
                    title="A timeout, two retries with full jitter and a budget, and a circuit breaker"
                    on:click=move |_| set_recommended_policies(ui, Some(&recommended))
                >
                    {icon("check")}
                    "Recommended policies"
                </button>
            </div>
            <Policies ui id fields=fields.clone() />
        }
    });
    view! {
        <div class="form">
            <Form parameter fields />
        </div>
        {policies}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_a_sign_of_trouble() {
        let failing = |failed_rps| LinkSnapshot::default().with(&crate::record::link_metrics::FAILED, failed_rps);
        assert!(!tiles(Some(&failing(0.0)))[1].bad);
        assert!(tiles(Some(&failing(2.0)))[1].bad);
    }
}
