//! Moving the camera.

use crate::editor::Selection;
use crate::editor::geometry::{Camera, Point};
use crate::views::gestures::{Gesture, Next, Pointer, Preview};
use crate::views::state::Ui;
use leptos::prelude::*;

/// The camera follows the pointer.
pub struct Pan {
    ui: Ui,
    /// The camera before.
    before: Camera,
    /// Where the pointer was pressed, client coordinates.
    pressed_at: Point,
    /// A click, which does not move, clears the selection.
    clears: bool,
}

impl Pan {
    /// By the middle button, or with the space bar held.
    pub fn new(ui: Ui) -> Pan {
        Pan { ui, before: ui.viewport.camera.get_untracked(), pressed_at: [0.0, 0.0], clears: false }
    }

    /// By the empty canvas: a click there clears the selection.
    pub fn on_background(ui: Ui) -> Pan {
        Pan { clears: true, ..Pan::new(ui) }
    }
}

impl Gesture for Pan {
    fn start(&mut self, pointer: &Pointer) {
        self.pressed_at = pointer.client;
        self.ui.gestures.preview.set(Preview::Panning);
    }

    fn moved(&mut self, pointer: &Pointer) {
        let by = [0, 1].map(|axis| pointer.client[axis] - self.pressed_at[axis]);
        self.ui.viewport.camera.set(self.before.panned(by));
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        if self.clears && !pointer.dragged {
            self.ui.editing.select(Selection::default());
        }
        Next::Done
    }

    fn cancel(&mut self) {
        self.ui.viewport.camera.set(self.before);
    }
}
