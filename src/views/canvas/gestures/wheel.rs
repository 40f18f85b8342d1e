//! The wheel pans or zooms, as the user prefers; with Ctrl, which is what a pinch on a trackpad sends, it zooms.

use super::{is_of_canvas, to_canvas};
use crate::editor::geometry::{Camera, Point};
use crate::views::gestures::client;
use crate::views::state::{Ui, Wheel, now_ms};
use leptos::prelude::*;

/// CSS pixels of one line, for a wheel that reports lines.
const LINE_PX: f64 = 16.0;
/// A notch of a wheel is at least so far, CSS pixels; a trackpad sends less at a time.
const NOTCH_PX: f64 = 50.0;
/// What follows within this time is of the same device, milliseconds: a trackpad's scrolling runs on.
const SAME_DEVICE_MS: f64 = 400.0;

/// What turns.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Turn {
    /// CSS pixels.
    by: Point,
    /// The browser reports lines, which it does for wheels alone.
    in_lines: bool,
}

/// Whether a turn is that of a mouse's wheel, and not of two fingers on a trackpad.
fn is_wheel(turn: Turn) -> bool {
    turn.in_lines || turn.by[0] == 0.0 && turn.by[1].abs() >= NOTCH_PX
}

/// The wheel turned over the canvas.
pub fn wheel(ui: Ui, event: &web_sys::WheelEvent) {
    if !is_of_canvas(event) {
        return;
    }
    event.prevent_default();
    ui.viewport.menu.set(None);
    let in_lines = event.delta_mode() == web_sys::WheelEvent::DOM_DELTA_LINE;
    let unit = if in_lines { LINE_PX } else { 1.0 };
    let turn = Turn { by: [event.delta_x() * unit, event.delta_y() * unit], in_lines };
    let zooms = match ui.panels.preferences.with_untracked(|preferences| preferences.wheel) {
        _ if event.ctrl_key() || event.meta_key() => true,
        // With Shift it scrolls sideways.
        _ if event.shift_key() => false,
        Wheel::Pan => false,
        Wheel::Zoom => true,
        Wheel::Auto => {
            let now = now_ms();
            let is_wheel = ui.viewport.last_turn.with_value(|last| match last {
                Some((at_ms, false)) if now - at_ms < SAME_DEVICE_MS => false,
                _ => is_wheel(turn),
            });
            ui.viewport.last_turn.set_value(Some((now, is_wheel)));
            is_wheel
        }
    };
    let at = to_canvas(client(event));
    let shift = event.shift_key();
    ui.viewport.camera.update(|camera| *camera = turned(*camera, at, turn.by, zooms, shift));
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

    #[test]
    fn a_wheel_is_told_from_a_trackpad_by_how_it_turns() {
        let turn = |by, in_lines| is_wheel(Turn { by, in_lines });
        assert!(turn([0.0, 48.0], true) && turn([0.0, -120.0], false));
        assert!(!turn([0.0, 7.0], false) && !turn([2.0, 90.0], false));
    }
}
