//! Moving and zooming the camera with two fingers.

use super::{Gesture, Next, Pointer, Preview, Surface};
use crate::editor::geometry::{Camera, Point, distance};

/// The camera follows two fingers.
pub struct Pinch<S> {
    surface: S,
    /// The camera before.
    before: Camera,
    /// The fingers at first, in coordinates of the canvas.
    pressed_at: Option<[Point; 2]>,
}

impl<S: Surface> Pinch<S> {
    /// With the fingers that are on the canvas.
    pub fn new(surface: S) -> Pinch<S> {
        Pinch { before: surface.camera(), surface, pressed_at: None }
    }

    fn two_fingers(&self, pointer: &Pointer) -> Option<[Point; 2]> {
        match pointer.fingers.as_slice() {
            [a, b] => Some([self.surface.to_canvas(*a), self.surface.to_canvas(*b)]),
            _ => None,
        }
    }
}

/// The camera that keeps the same points of the world under the fingers.
fn pinched(before: Camera, from: [Point; 2], to: [Point; 2]) -> Camera {
    let middle = |[a, b]: [Point; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
    let apart = |[a, b]: [Point; 2]| distance(a, b).max(1.0);
    let (middle_before, middle_now) = (middle(from), middle(to));
    let zoomed = before.zoomed_at(middle_before, apart(to) / apart(from));
    zoomed.panned([middle_now[0] - middle_before[0], middle_now[1] - middle_before[1]])
}

impl<S: Surface> Gesture for Pinch<S> {
    fn start(&mut self, pointer: &Pointer) {
        self.pressed_at = self.two_fingers(pointer);
        self.surface.preview(Preview::Panning);
    }

    fn moved(&mut self, pointer: &Pointer) {
        if let (Some(from), Some(to)) = (self.pressed_at, self.two_fingers(pointer)) {
            self.surface.set_camera(pinched(self.before, from, to));
        }
    }

    fn end(&mut self, _: &Pointer) -> Next {
        Next::Done
    }

    fn cancel(&mut self) {
        self.surface.set_camera(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_points_of_the_world_stay_under_the_fingers() {
        let before = Camera { x: 10.0, y: -5.0, zoom: 1.0 };
        let from = [[100.0, 100.0], [200.0, 100.0]];
        let to = [[90.0, 140.0], [290.0, 140.0]];
        let after = pinched(before, from, to);
        assert_eq!(after.zoom, 2.0);
        for (was, is) in from.into_iter().zip(to) {
            assert!(distance(before.to_world(was), after.to_world(is)) < 1e-9);
        }
    }

    #[test]
    fn fingers_in_one_place_do_not_divide_by_zero() {
        let after = pinched(Camera::default(), [[5.0, 5.0]; 2], [[5.0, 5.0], [5.0, 45.0]]);
        assert!(after.zoom.is_finite());
    }
}
