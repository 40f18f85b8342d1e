//! Undo and redo: stacks of documents.
//!
//! A step keeps the whole document behind an [`Arc`], which costs little and cannot go wrong in
//! the ways that recorded inverse operations can.

use super::Selection;
use crate::model::Document;
use std::sync::Arc;

/// Steps kept; the oldest are forgotten.
const STEPS: usize = 200;

/// A document and what was selected in it.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub document: Arc<Document>,
    pub selection: Selection,
}

/// What was before the present moment and what was undone after it.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    past: Vec<Moment>,
    future: Vec<Moment>,
}

impl History {
    /// Remembers the moment before a change; what had been undone is gone.
    pub fn push(&mut self, before: Moment) {
        if self.past.len() == STEPS {
            self.past.remove(0);
        }
        self.past.push(before);
        self.future.clear();
    }

    /// The moment before the last step, in exchange for the present one.
    pub fn back(&mut self, present: &Moment) -> Option<Moment> {
        let before = self.past.pop()?;
        self.future.push(present.clone());
        Some(before)
    }

    /// The moment after the last undone step, in exchange for the present one.
    pub fn forth(&mut self, present: &Moment) -> Option<Moment> {
        let after = self.future.pop()?;
        self.past.push(present.clone());
        Some(after)
    }

    pub fn has_past(&self) -> bool {
        !self.past.is_empty()
    }

    pub fn has_future(&self) -> bool {
        !self.future.is_empty()
    }
}
