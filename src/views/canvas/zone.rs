//! Zones: a frame around the nodes that fail together, and a name to select the zone by.

use super::menu;
use crate::editor::geometry::{self, ZonePlace};
use crate::model::{Place, Zone};
use crate::views::icons::icon;
use crate::views::state::{Sheet, Ui};
use leptos::prelude::*;

/// Where the zones are; changes as cards move.
pub fn places(ui: Ui) -> Memo<Vec<ZonePlace>> {
    Memo::new(move |_| ui.editing.document.with(|document| geometry::zones(document)))
}

/// The ids of the zones, in their order.
fn ids(places: Memo<Vec<ZonePlace>>) -> Memo<Vec<String>> {
    Memo::new(move |_| places.with(|places| places.iter().map(|place| place.id.clone()).collect()))
}

/// A part of one zone's place, as text.
fn part(places: Memo<Vec<ZonePlace>>, id: &str, of: fn(&ZonePlace) -> String) -> Memo<String> {
    let id = id.to_owned();
    Memo::new(move |_| places.with(|all| all.iter().find(|place| place.id == id).map(of).unwrap_or_default()))
}

/// The state of a zone, in the words of the fault: `crashed`, `partitioned`, or empty.
fn state(ui: Ui, id: &str) -> Memo<&'static str> {
    let place = Place::Zone(id.to_owned());
    Memo::new(move |_| {
        if ui.run.crash_at(&place).is_some() {
            "crashed"
        } else if ui.run.partition_at(&place).is_some() {
            "partitioned"
        } else {
            ""
        }
    })
}

/// The class names of a zone's frame or head.
fn class(ui: Ui, id: &str, name: &'static str, state: Memo<&'static str>) -> Memo<String> {
    let place = Place::Zone(id.to_owned());
    Memo::new(move |_| {
        let picked = if ui.editing.selected_place.read().as_ref() == Some(&place) { " picked" } else { "" };
        let broken = if state.get().is_empty() { "" } else { " broken" };
        format!("{name}{picked}{broken}")
    })
}

/// The frames, behind everything else, as parts of an SVG.
#[component]
pub fn ZoneFrames(ui: Ui, places: Memo<Vec<ZonePlace>>) -> impl IntoView {
    let ids = ids(places);
    let frame = move |id: String| {
        let class = class(ui, &id, "zone", state(ui, &id));
        let path = part(places, &id, |place| place.frame.map(|frame| frame.rounded(18.0)).unwrap_or_default());
        view! { <path class=move || class.get() d=move || path.get() /> }
    };
    view! { <For each=move || ids.get() key=Clone::clone children=frame /> }
}

/// The names, which are pressed to select a zone.
#[component]
pub fn ZoneHeads(ui: Ui, places: Memo<Vec<ZonePlace>>) -> impl IntoView {
    let ids = ids(places);
    view! { <For each=move || ids.get() key=Clone::clone children=move |id| view! { <ZoneHead ui id places /> } /> }
}

#[component]
fn ZoneHead(ui: Ui, id: String, places: Memo<Vec<ZonePlace>>) -> impl IntoView {
    let state = state(ui, &id);
    let class = class(ui, &id, "zone-head overlay", state);
    let at = part(places, &id, |place| format!("translate({:.1}px, {:.1}px)", place.head.x, place.head.y));
    let name = {
        let id = id.clone();
        Memo::new(move |_| {
            ui.editing.document.with(|document| document.zone(&id).map(Zone::shown_name).unwrap_or_default().to_owned())
        })
    };
    let (zone, menu_of) = (id.clone(), id.clone());
    let pressed = {
        let id = id.clone();
        move |event: web_sys::PointerEvent| {
            if event.pointer_type() == "touch" {
                let id = id.clone();
                ui.gestures.on_long_press(&event, move || menu::open_of_zone(ui, &id));
            }
        }
    };
    view! {
        <button
            class=move || class.get()
            data-testid=format!("zone-{id}")
            data-zone=id
            title="A zone: right-click for what can be done with it"
            style:transform=move || at.get()
            on:pointerdown=pressed
            on:contextmenu=move |event| {
                event.prevent_default();
                ui.gestures.cancel();
                menu::open_of_zone(ui, &menu_of);
            }
            on:click=move |_| {
                // The end of a long press, which has opened the menu, is no click.
                if ui.viewport.menu.read_untracked().is_none() {
                    ui.editing.select_place(Place::Zone(zone.clone()));
                    ui.panels.sheet.set(Some(Sheet::Inspector));
                }
            }
        >
            {icon("zone")}
            <span>{move || name.get()}</span>
            <small>{move || state.get()}</small>
        </button>
    }
}
