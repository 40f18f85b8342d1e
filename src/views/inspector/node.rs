//! The form of a node.

use super::controls::Form;
use super::live_faults::LiveFaults;
use super::parameters::Parameter;
use super::problems::PlaceProblems;
use super::tiles::{Tile, Tiles, dash};
use crate::editor::{Command, Selection, shown_name};
use crate::kinds;
use crate::model::Place;
use crate::report::snapshot::NodeSnapshot;
use crate::views::canvas::node_status::{self, Level};
use crate::views::format;
use crate::views::icons::{icon, tile};
use crate::views::state::Ui;
use leptos::prelude::*;

/// The form of the node of this id and kind. It is drawn anew for a node of another kind.
#[component]
pub fn NodeForm(ui: Ui, id: String, kind: String) -> impl IntoView {
    let info = kinds::info(&kind);
    let node = ui.editing.node(&id);
    let now = ui.run.node(&id);
    let numbers = {
        let kind = kind.clone();
        Memo::new(move |_| now.with(|now| tiles(&kind, now.as_ref())))
    };
    let note = Memo::new(move |_| {
        node.with(|node| node.as_ref().map(|node| kinds::note(&node.kind, &node.params)).unwrap_or_default())
    });
    let place = Place::Node(id.clone());
    let fields = kinds::fields(&kind).unwrap_or_default();
    let parameter = Parameter::new(ui, place.clone(), fields.clone());
    let (duplicated, deleted) = (id.clone(), id.clone());
    view! {
        <NameField ui id kind />
        {info.map(|info| view! { <p class="help about">{info.help}</p> })}
        <PlaceProblems ui place=place.clone() />
        <Tiles tiles=numbers />
        <div class="form">
            <Form parameter fields />
        </div>
        <Show when=move || !note.with(String::is_empty)>
            <p class="help about" data-testid="note">
                {move || note.get()}
            </p>
        </Show>
        <LiveFaults ui place />
        <div class="actions">
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.editing.apply(Command::Duplicate(Selection::node(duplicated.clone())));
                }
            >
                {icon("copy")}
                "Duplicate"
            </button>
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.editing.apply(Command::Remove(Selection::node(deleted.clone())));
                }
            >
                {icon("trash")}
                "Delete"
            </button>
        </div>
    }
}

/// Utilization or rate, what waits, and the number that matters most for the kind.
fn tiles(kind: &str, now: Option<&NodeSnapshot>) -> [Tile; 3] {
    let Some(now) = now else { return ["utilization", "waiting", "mean response"].map(Tile::unknown) };
    let is_full = node_status::level(now) == Level::Full;
    let line = node_status::line(kind, now);
    let first = match now.utilization() {
        Some(used) => Tile { bad: is_full, ..Tile::new("utilization", format!("{} %", format::percent(used))) },
        None => Tile::new("rate", format::rate(now.rate_rps())),
    };
    let waiting =
        Tile { bad: now.waiting() > 0 && is_full, ..Tile::new("waiting", format::grouped(now.waiting() as i64)) };
    let third =
        if line.label.is_empty() { Tile::new("mean response", dash()) } else { Tile::new(line.label, line.value) };
    [first, waiting, third]
}

/// The node's name and the label of its kind.
#[component]
fn NameField(ui: Ui, id: String, kind: String) -> impl IntoView {
    let label = kinds::info(&kind).map_or("Unknown kind", |info| info.label);
    let node = ui.editing.node(&id);
    let name = move || node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()).unwrap_or_default());
    view! {
        <div class="head">
            {tile(&kind)}
            <span>
                <input
                    class="name"
                    type="text"
                    aria-label="Name"
                    data-testid="field-name"
                    maxlength="80"
                    placeholder=label
                    prop:value=name
                    on:change=move |event| {
                        let name = event_target_value(&event).trim().to_owned();
                        ui.editing.apply(Command::Rename { node: id.clone(), name });
                    }
                />
                <small>{label}</small>
            </span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::node_metrics::{ARRIVALS, UTILIZATION, WAITING};

    #[test]
    fn a_node_without_workers_shows_its_rate_in_place_of_its_utilization() {
        let now = NodeSnapshot::default().with(&ARRIVALS, 40.0);
        assert_eq!(tiles("queue", Some(&now))[0], Tile::new("rate", format::rate(40.0)));
    }

    #[test]
    fn what_waits_for_a_node_without_headroom_is_a_sign_of_trouble() {
        let at = |used| NodeSnapshot::default().with(&UTILIZATION, used).with(&WAITING, 3.0);
        assert!(!tiles("app", Some(&at(0.5)))[1].bad);
        assert!(tiles("app", Some(&at(0.99)))[1].bad);
    }
}
