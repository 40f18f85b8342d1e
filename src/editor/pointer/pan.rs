//! Moving the camera.

use super::{Gesture, Next, Pointer, Preview, Surface};
use crate::editor::Selection;
use crate::editor::geometry::{Camera, Point};

/// The camera follows the pointer.
pub(super) struct Pan<S> {
    surface: S,
    /// The camera before.
    before: Camera,
    /// Where the pointer was pressed, client coordinates.
    pressed_at: Point,
    /// A click, which does not move, clears the selection.
    clears: bool,
}

impl<S: Surface> Pan<S> {
    /// By the middle button, or with the space bar held.
    pub fn new(surface: S) -> Pan<S> {
        Pan { before: surface.camera(), surface, pressed_at: [0.0, 0.0], clears: false }
    }

    /// By the empty canvas: a click there clears the selection.
    pub fn on_background(surface: S) -> Pan<S> {
        Pan { clears: true, ..Pan::new(surface) }
    }
}

impl<S: Surface> Gesture for Pan<S> {
    fn start(&mut self, pointer: &Pointer) {
        self.pressed_at = pointer.client;
        self.surface.preview(Preview::Panning);
    }

    fn moved(&mut self, pointer: &Pointer) {
        if pointer.client != self.pressed_at {
            let by = [0, 1].map(|axis| pointer.client[axis] - self.pressed_at[axis]);
            self.surface.set_camera(self.before.panned(by));
        }
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        if self.clears && !pointer.dragged {
            self.surface.select(Selection::default());
        }
        Next::Done
    }

    fn cancel(&mut self) {
        self.surface.set_camera(self.before);
    }
}
