//! The editor: a value that is told what to do (skeleton).

pub mod geometry;

use crate::model::{Document, Fault, Place, RunPlan};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is selected: ids of nodes and links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Node ids.
    pub nodes: BTreeSet<String>,
    /// Link ids.
    pub links: BTreeSet<String>,
}

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The calling end.
    From,
    /// The called end.
    To,
}

/// Everything that can be done to a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Places a kind; the new node is selected and its id returned.
    AddNode {
        /// Registry id.
        kind: String,
        /// Top left corner.
        at: [f64; 2],
    },
    /// Moves nodes by a distance.
    MoveBy {
        /// Their ids.
        nodes: Vec<String>,
        /// Canvas pixels.
        by: [f64; 2],
    },
    /// Removes nodes with their links, and links; faults and zones that named them forget them.
    Remove(Selection),
    /// Copies nodes and the links between them, a little lower right; the copies are selected.
    Duplicate(Selection),
    /// Names a node; empty gives it its kind's label back.
    Rename {
        /// Node id.
        node: String,
        /// The name.
        name: String,
    },
    /// Sets a parameter of a node, link or fault at a dotted path (`service.mean_ms`,
    /// `operations.0.weight`); `None` gives it its default back. A value out of range is kept
    /// and shows up as a problem.
    SetParam {
        /// `Place::Node`, `Place::Link` or `Place::Fault`.
        place: Place,
        /// Dotted path.
        path: String,
        /// The value.
        value: Option<Value>,
    },
    /// Draws a link; its id is returned and it is selected.
    Connect {
        /// Calling node.
        from: String,
        /// Called node.
        to: String,
    },
    /// Moves one end of a link to another node.
    Reconnect {
        /// Link id.
        link: String,
        /// Which end.
        end: End,
        /// The new node there.
        node: String,
    },
    /// Names the document.
    SetTitle(String),
    /// Sets duration, warm-up and seed.
    SetRun(RunPlan),
    /// Appends a fault.
    AddFault(Fault),
    /// Sets when a fault ends.
    SetFaultDuration {
        /// Index in the document.
        index: usize,
        /// Seconds; `None` is to the end of the run.
        duration_s: Option<f64>,
    },
    /// Removes a fault.
    RemoveFault(usize),
}

/// The document being edited, what is selected in it, and its history.
#[derive(Clone, Debug)]
pub struct Editor {
    document: Arc<Document>,
    selection: Selection,
}

impl Editor {
    /// Starts editing; the history is empty.
    pub fn new(document: Document) -> Editor {
        Editor { document: Arc::new(document), selection: Selection::default() }
    }
    /// The document as it stands.
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }
    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }
    /// Selects; not a step of the history. Ids that do not exist are dropped.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
    }
    /// Does it: `Ok` holds the id of what was created, if anything was; `Err` is a sentence for
    /// the user, and nothing has changed.
    pub fn apply(&mut self, command: Command) -> Result<Option<String>, String> {
        let _ = command;
        todo!()
    }
    /// Opens a gesture: everything applied until [`commit`](Self::commit) is one step.
    pub fn begin(&mut self) {
        todo!()
    }
    /// Closes the gesture. Without a change there is no step.
    pub fn commit(&mut self) {
        todo!()
    }
    /// Closes the gesture and restores what was there before it.
    pub fn cancel(&mut self) {
        todo!()
    }
    /// Takes the last step back; false when there is none.
    pub fn undo(&mut self) -> bool {
        todo!()
    }
    /// Takes the last undone step again; false when there is none.
    pub fn redo(&mut self) -> bool {
        todo!()
    }
    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        todo!()
    }
    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        todo!()
    }
}
