//! Printing: the title, the whole diagram, the figures, the charts and the findings, dark on light.
//!
//! A browser draws a sheet at once when it has said that it prints, and calls neither observers nor frames in between.
//! So the sheet is drawn by what the event itself changes, and `style/print.css` gives the page the width of the sheet
//! by an attribute and not by a media query.

use super::documents;
use super::later::LaterView;
use super::state::Ui;
use crate::editor::geometry::{self, Camera, Point};
use leptos::prelude::*;
use leptos_use_media_query::use_media_query;

/// The part of a sheet that the diagram takes, CSS pixels: the width of A4 and Letter upright without their margins,
/// and the height that the style sheet gives to the canvas.
const SHEET: Point = [660.0, 420.0];
/// Room around the diagram, CSS pixels.
const PADDING: f64 = 12.0;

/// Makes the page a sheet for as long as the browser prints, from now on.
pub fn listen(ui: Ui) {
    let before = StoredValue::new(None::<Camera>);
    let begin = move || {
        if ui.panels.printing.get_untracked() {
            return;
        }
        mark_root(true);
        let camera = ui.viewport.camera;
        before.set_value(Some(camera.get_untracked()));
        if let Some(extent) = ui.editing.document.with_untracked(|document| geometry::extent(document)) {
            camera.set(Camera::fit(extent, SHEET, PADDING, 1.0));
        }
        ui.panels.printing.set(true);
    };
    let end = move || {
        if !ui.panels.printing.get_untracked() {
            return;
        }
        mark_root(false);
        ui.panels.printing.set(false);
        if let Some(camera) = before.try_update_value(Option::take).flatten() {
            ui.viewport.camera.set(camera);
        }
    };
    window_event_listener_untyped("beforeprint", move |_| begin());
    window_event_listener_untyped("afterprint", move |_| end());
    // Tools that show how a page would print send no event.
    let is_print = use_media_query("print");
    Effect::new(move |before: Option<bool>| {
        let now = is_print.get();
        match before {
            Some(before) if before != now => {
                if now {
                    begin()
                } else {
                    end()
                }
            }
            _ => {}
        }
        now
    });
}

/// Says on the root of the page whether it is a sheet.
fn mark_root(is_sheet: bool) {
    if let Some(root) = document().document_element() {
        let _ = match is_sheet {
            true => root.set_attribute("data-printing", ""),
            false => root.remove_attribute("data-printing"),
        };
    }
}

/// The heading of a sheet.
#[component]
pub fn PrintedTitle(ui: Ui) -> impl IntoView {
    view! {
        <Show when=move || ui.panels.printing.get()>
            <h1 class="paper-title">{move || documents::title_of(&ui.editing.document.read())}</h1>
        </Show>
    }
}

/// What stands below the diagram on a sheet.
#[component]
pub fn PrintedResults(ui: Ui) -> impl IntoView {
    view! {
        <Show when=move || ui.panels.printing.get() && !ui.is_blank()>
            <LaterView ui waits=true is_silent=true draw=move |later| (later.printed)(ui) />
        </Show>
    }
}
