//! Zones: a frame around the nodes that fail together, with a name to take hold of.

use crate::editor::geometry::{self, ZonePlace};
use crate::model::{Place, Zone};
use crate::views::erase::{each, live, memo};
use crate::views::icons::icon;
use crate::views::state::{Sheet, Ui};
use leptos::prelude::*;

/// Where the zones are, followed as cards move.
pub fn places(ui: Ui) -> Memo<Vec<ZonePlace>> {
    memo(move || ui.editing.document.with(|document| geometry::zones(document)))
}

fn ids(places: Memo<Vec<ZonePlace>>) -> Memo<Vec<String>> {
    memo(move || places.with(|places| places.iter().map(|place| place.id.clone()).collect()))
}

/// Something of a zone's place, as text.
fn part(places: Memo<Vec<ZonePlace>>, id: &str, of: fn(&ZonePlace) -> String) -> Memo<String> {
    let id = id.to_owned();
    memo(move || places.with(|all| all.iter().find(|place| place.id == id).map(of).unwrap_or_default()))
}

/// What a zone is in the middle of: `down`, `cut off`, or nothing.
fn state(ui: Ui, id: &str) -> Memo<String> {
    let place = Place::Zone(id.to_owned());
    memo(move || {
        let word = if ui.crashed(&place).is_some() {
            "down"
        } else if ui.is_cut(&place).is_some() {
            "cut off"
        } else {
            ""
        };
        word.to_owned()
    })
}

/// Its class of the style sheet.
fn class(ui: Ui, id: &str, name: &'static str, state: Memo<String>) -> Memo<String> {
    let place = Place::Zone(id.to_owned());
    memo(move || {
        let picked = if ui.editing.selected_place.read().as_ref() == Some(&place) { " picked" } else { "" };
        let broken = if state.with(String::is_empty) { "" } else { " broken" };
        format!("{name}{picked}{broken}")
    })
}

/// The frames, behind everything else, as parts of an SVG.
pub fn frames(ui: Ui, places: Memo<Vec<ZonePlace>>) -> AnyView {
    each(ids(places), move |id| {
        let class = class(ui, &id, "zone", state(ui, &id));
        let path = part(places, &id, |place| place.frame.map(|frame| frame.rounded(18.0)).unwrap_or_default());
        view! { <path class=move || class.get() d=move || path.get() /> }.into_any()
    })
}

/// The names, which are pressed to break a zone or to change it.
pub fn heads(ui: Ui, places: Memo<Vec<ZonePlace>>) -> AnyView {
    each(ids(places), move |id| {
        let state = state(ui, &id);
        let class = class(ui, &id, "zone-head overlay", state);
        let at = part(places, &id, |place| format!("translate({:.1}px, {:.1}px)", place.head.x, place.head.y));
        let named = id.clone();
        let name = memo(move || {
            ui.editing
                .document
                .with(|document| document.zone(&named).map(Zone::shown_name).unwrap_or_default().to_owned())
        });
        view! {
            <button
                class=move || class.get()
                data-testid=format!("zone-{id}")
                title="A zone: break it, or change who stands in it"
                style:transform=move || at.get()
                on:click=move |_| {
                    ui.select_place(Place::Zone(id.clone()));
                    ui.panels.sheet.set(Some(Sheet::Inspector));
                }
            >
                {icon("zone")}
                <span>{live(move || name.get())}</span>
                <small>{live(move || state.get())}</small>
            </button>
        }
        .into_any()
    })
}
