//! Printing: the camera shows the whole diagram on the sheet, whose layout is in `style/layout.css`.

use super::state::Ui;
use crate::editor::geometry::{self, Camera, Point};
use leptos::prelude::*;

/// The part of a sheet that the diagram takes, CSS pixels: the width of A4 and Letter upright without their margins,
/// and the height that the style sheet gives to the canvas.
const SHEET: Point = [660.0, 420.0];
/// Room around the diagram, CSS pixels.
const PADDING: f64 = 12.0;

/// Shows the whole diagram for as long as the browser prints, from now on.
pub fn listen(ui: Ui) {
    let before = StoredValue::new(None::<Camera>);
    window_event_listener_untyped("beforeprint", move |_| {
        let camera = ui.viewport.camera;
        before.set_value(Some(camera.get_untracked()));
        if let Some(extent) = ui.editing.document.with_untracked(|document| geometry::extent(document)) {
            camera.set(Camera::fit(extent, SHEET, PADDING, 1.0));
        }
    });
    window_event_listener_untyped("afterprint", move |_| {
        if let Some(camera) = before.try_update_value(Option::take).flatten() {
            ui.viewport.camera.set(camera);
        }
    });
}
