//! The step of the edit history that a drag makes.

use super::Surface;

/// A step that is opened with the first change of a drag.
pub struct Step<S> {
    surface: S,
    is_open: bool,
}

impl<S: Surface> Step<S> {
    /// A step that is not open yet.
    pub fn new(surface: S) -> Step<S> {
        Step { surface, is_open: false }
    }

    /// Opens the step: what follows is undone together.
    pub fn open(&mut self) {
        if !self.is_open {
            self.is_open = true;
            self.surface.begin_step();
        }
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Closes the step. Returns whether it was open.
    pub fn commit(&mut self) -> bool {
        let was_open = std::mem::take(&mut self.is_open);
        if was_open {
            self.surface.commit_step();
        }
        was_open
    }

    /// Closes the step and restores what was there before it.
    pub fn cancel(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.surface.cancel_step();
        }
    }
}
