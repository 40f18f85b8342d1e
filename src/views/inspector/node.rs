//! The form of a node.

use super::controls::Essentials;
use super::head::{Entry, HeadActions, head, live_note, section};
use super::parameters::Parameter;
use super::policies::NodePolicies;
use super::problems::PlaceProblems;
use super::tiles::{Tile, Tiles};
use crate::editor::{Command, Selection, shown_name};
use crate::kind::Calls;
use crate::kinds;
use crate::model::Place;
use crate::report::snapshot::NodeSnapshot;
use crate::views::canvas::node_status::{self, Level};
use crate::views::format;
use crate::views::icons::tile;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The form of the node of this id and kind. It is drawn anew for a node of another kind.
#[component]
pub fn NodeForm(ui: Ui, id: String, kind: String) -> impl IntoView {
    let info = kinds::info(&kind);
    let now = ui.run.node(&id);
    let numbers = {
        let kind = kind.clone();
        Memo::new(move |_| now.with(|now| tiles(&kind, now.as_ref())))
    };
    let place = Place::Node(id.clone());
    let about = RwSignal::new(false);
    let entries = {
        let (duplicated, deleted) = (id.clone(), id.clone());
        vec![
            Entry::new("About this kind", "help", move || about.update(|about| *about = !*about)),
            Entry::new("Duplicate", "copy", move || {
                ui.editing.apply(Command::Duplicate(Selection::node(duplicated.clone())));
            }),
            Entry::new("Delete", "trash", move || {
                ui.editing.apply(Command::Remove(Selection::node(deleted.clone())));
            }),
        ]
    };
    let label = info.map_or("Unknown kind", |info| info.label);
    let connects = info.is_none_or(|info| info.calls != Calls::None).then(|| id.clone());
    let name = view! { <NameField ui id=id.clone() label /> }.into_any();
    view! {
        {head(tile(&kind), name, label.into_any(), entries)}
        {move || about.get().then(|| info.map(|info| view! { <p class="help about">{info.help}</p> }))}
        <PlaceProblems ui place=place.clone() />
        <Tiles tiles=numbers />
        <HeadActions ui place connects />
        {section("Parameters", live_note(ui))}
        <div class="form">
            <NodeParameters ui id=id.clone() kind=kind.clone() />
        </div>
        <NodePolicies ui id kind />
    }
}

/// The parameters of a node, and what is worth noting about them.
#[component]
pub fn NodeParameters(
    ui: Ui,
    id: String,
    kind: String,
    /// Begins the ids of the controls.
    #[prop(into, optional)]
    scope: String,
) -> impl IntoView {
    let node = ui.editing.node(&id);
    let note = Memo::new(move |_| {
        node.with(|node| node.as_ref().map(|node| kinds::note(&node.kind, &node.params)).unwrap_or_default())
    });
    let fields = kinds::fields(&kind).unwrap_or_default();
    let parameter = Parameter::new(ui, Place::Node(id), fields.clone()).within(&scope);
    view! {
        <Essentials parameter fields about=kind />
        <Show when=move || !note.with(String::is_empty)>
            <p class="help about" data-testid="note">
                {move || note.get()}
            </p>
        </Show>
    }
}

/// The rate, the number that matters most for the kind, how busy it is, and what waits.
fn tiles(kind: &str, now: Option<&NodeSnapshot>) -> Vec<Tile> {
    let Some(now) = now else { return ["requests", "p99", "busy", "waiting"].map(Tile::unknown).into() };
    let is_full = node_status::level(now) == Level::Full;
    let line = node_status::line(kind, now);
    let mut all = vec![Tile::new("requests", line.rate)];
    if !line.label.is_empty() && line.label != "waiting" {
        all.push(Tile::new(line.label, line.value));
    }
    if let Some(used) = now.utilization() {
        all.push(Tile { bad: is_full, ..Tile::new("busy", format!("{} %", format::percent(used))) });
    }
    let is_bad = now.waiting() > 0 && is_full;
    all.push(Tile { bad: is_bad, ..Tile::new("waiting", format::grouped(now.waiting() as i64)) });
    all
}

/// The field for a node's name.
#[component]
pub fn NameField(
    ui: Ui,
    id: String,
    /// The label of its kind, which is its name where it has none.
    label: &'static str,
    /// Begins the id of the field.
    #[prop(default = "")]
    scope: &'static str,
) -> impl IntoView {
    let node = ui.editing.node(&id);
    let name = move || node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()).unwrap_or_default());
    view! {
        <input
            class="name"
            type="text"
            aria-label="Name"
            data-testid=format!("field-{scope}name")
            maxlength="80"
            placeholder=label
            title=name
            prop:value=name
            on:change=move |event| {
                let name = event_target_value(&event).trim().to_owned();
                ui.editing.apply(Command::Rename { node: id.clone(), name });
            }
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::node_metrics::{ARRIVALS, UTILIZATION, WAITING};

    fn value(tiles: &[Tile], label: &str) -> Option<Tile> {
        tiles.iter().find(|tile| tile.label == label).cloned()
    }

    #[test]
    fn a_node_without_workers_shows_no_utilization() {
        let now = NodeSnapshot::default().with(&ARRIVALS, 40.0);
        let shown = tiles("queue", Some(&now));
        assert_eq!(shown[0], Tile::new("requests", format::rate(40.0)));
        assert_eq!(value(&shown, "busy"), None);
        assert_eq!(shown.iter().filter(|tile| tile.label == "waiting").count(), 1);
    }

    #[test]
    fn what_waits_for_a_node_without_headroom_is_a_sign_of_trouble() {
        let at = |used| tiles("app", Some(&NodeSnapshot::default().with(&UTILIZATION, used).with(&WAITING, 3.0)));
        assert!(value(&at(0.5), "waiting").is_some_and(|tile| !tile.bad));
        assert!(value(&at(0.99), "waiting").is_some_and(|tile| tile.bad));
    }
}
