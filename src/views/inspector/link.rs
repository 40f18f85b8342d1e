//! The form of a link.

use super::controls::Form;
use super::head::{Entry, HeadActions, head, live_note, plain_tile, section};
use super::parameters::Parameter;
use super::policies::{Policies, is_of_a_policy, recommended};
use super::problems::PlaceProblems;
use super::tiles::{Tile, Tiles};
use super::words::name_of;
use crate::editor::{Command, Selection};
use crate::link::link_fields_from;
use crate::model::Place;
use crate::record::link_metrics::IN_FLIGHT;
use crate::report::snapshot::LinkSnapshot;
use crate::views::actions::has_policies;
use crate::views::format;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The form of the link of this id.
#[component]
pub fn LinkForm(ui: Ui, id: String) -> impl IntoView {
    let ends = {
        let id = id.clone();
        Memo::new(move |_| ui.editing.document.with(|document| name_of(document, &id)).unwrap_or_default())
    };
    let now = ui.run.link(&id);
    let numbers = Memo::new(move |_| now.with(|now| tiles(now.as_ref())));
    let deleted = id.clone();
    let entries = vec![Entry::new("Delete", "trash", move || {
        ui.editing.apply(Command::Remove(Selection::link(deleted.clone())));
    })];
    let place = Place::Link(id.clone());
    let name = view! { <b title=move || ends.get()>{move || ends.get()}</b> }.into_any();
    view! {
        {head(plain_tile("kind-link", "link"), name, "Link".into_any(), entries)}
        <PlaceProblems ui place=place.clone() />
        <Tiles tiles=numbers />
        <HeadActions ui place />
        {section("Parameters", live_note(ui))}
        <LinkParameters ui id />
    }
}

fn tiles(now: Option<&LinkSnapshot>) -> Vec<Tile> {
    let Some(now) = now else { return ["attempts", "failed", "in flight"].map(Tile::unknown).into() };
    vec![
        Tile::new("attempts", format::rate(now.rate_rps())),
        Tile { bad: now.failed_rps() > 0.05, ..Tile::new("failed", format::rate(now.failed_rps())) },
        Tile::new("in flight", format::grouped(now.value(&IN_FLIGHT) as i64)),
    ]
}

/// The parameters of a link and its policies.
#[component]
pub fn LinkParameters(
    ui: Ui,
    id: String,
    /// Begins the ids of the controls.
    #[prop(into, optional)]
    scope: String,
) -> impl IntoView {
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
    move || {
        let caller = caller.get();
        let fields = link_fields_from(&caller);
        let parameter = Parameter::new(ui, Place::Link(id.clone()), fields.clone()).within(&scope);
        let own = fields.iter().filter(|field| !is_of_a_policy(field.key)).cloned().collect::<Vec<_>>();
        let link = id.clone();
        let link = Memo::new(move |_| Some(link.clone()));
        let end = if has_policies(&caller) { recommended(ui, link) } else { ().into_any() };
        view! {
            <div class="form">
                <Form parameter fields=own />
            </div>
            {section("Resilience policies", end)}
            <Policies ui id=id.clone() fields scope=scope.clone() />
        }
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
