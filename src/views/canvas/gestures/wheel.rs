//! The wheel pans; with Ctrl, which is what a pinch on a trackpad sends, it zooms.

use super::{hit_of, to_canvas};
use crate::editor::geometry::{Camera, Point};
use crate::views::gestures::client;
use crate::views::state::Ui;
use leptos::prelude::*;

/// CSS pixels of one line, for a wheel that reports lines.
const LINE_PX: f64 = 16.0;

/// The wheel turned over the canvas.
pub fn wheel(ui: Ui, event: &web_sys::WheelEvent) {
    if hit_of(event).is_none() {
        return;
    }
    event.prevent_default();
    let unit = if event.delta_mode() == web_sys::WheelEvent::DOM_DELTA_LINE { LINE_PX } else { 1.0 };
    let by = [event.delta_x() * unit, event.delta_y() * unit];
    let at = to_canvas(client(event));
    let zooms = event.ctrl_key() || event.meta_key();
    let shift = event.shift_key();
    ui.viewport.camera.update(|camera| *camera = turned(*camera, at, by, zooms, shift));
}

/// The camera after the wheel turned by so many CSS pixels at a point of the canvas.
fn turned(camera: Camera, at: Point, by: Point, zooms: bool, shift: bool) -> Camera {
    let [dx, dy] = by;
    if zooms {
        camera.zoomed_at(at, libm::exp(-dy.clamp(-60.0, 60.0) / 200.0))
    } else if shift && dx == 0.0 {
        camera.panned([-dy, 0.0])
    } else {
        camera.panned([-dx, -dy])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheel_pans_and_with_shift_sideways() {
        let camera = Camera::default();
        assert_eq!(turned(camera, [0.0, 0.0], [3.0, 5.0], false, false), camera.panned([-3.0, -5.0]));
        assert_eq!(turned(camera, [0.0, 0.0], [0.0, 5.0], false, true), camera.panned([-5.0, 0.0]));
        assert_eq!(turned(camera, [0.0, 0.0], [2.0, 5.0], false, true), camera.panned([-2.0, -5.0]));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let (camera, at) = (Camera::default(), [100.0, 40.0]);
        let after = turned(camera, at, [0.0, -30.0], true, false);
        assert!(after.zoom > camera.zoom);
        let (was, is) = (camera.to_world(at), after.to_world(at));
        assert!((was[0] - is[0]).abs() < 1e-9 && (was[1] - is[1]).abs() < 1e-9);
    }
}
