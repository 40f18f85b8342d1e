//! The editor: a value that commands change.
//!
//! [`Editor::apply`] performs a [`Command`] or refuses it with a sentence; views send commands and
//! draw [`Editor::document`] and [`Editor::selection`].
//!
//! What always holds: ids are unique and never change; no link, fault or zone names a node that
//! was removed; a refused command changes nothing; undoing everything gives the first document.

pub mod arrange;
pub mod chaos;
mod command;
mod faults;
pub mod geometry;
mod history;
mod ids;
mod placing;
pub mod pointer;
mod policies;
mod selection;
pub mod versions;
pub mod zones;

pub use command::{Command, End, may_connect};
pub use ids::shown_name;
pub use placing::{Joined, Placing, may_be_called_by_new, may_call_new, may_split, placing, placing_at};
pub use selection::Selection;

use crate::model::Document;
use history::{History, Moment};
use std::sync::Arc;

/// The document being edited, what is selected in it, and its history.
///
/// ```
/// use headroom::editor::{Command, Editor};
/// use headroom::model::Document;
///
/// let mut editor = Editor::new(Document::default());
/// let mut add = |kind: &str| {
///     let created = editor.apply(Command::AddNode { kind: kind.to_owned(), at: [0.0, 0.0] })?;
///     Ok::<_, String>(created.expect("a new node has an id"))
/// };
/// let (users, app) = (add("client")?, add("app")?);
/// editor.apply(Command::Connect { from: users.clone(), to: app.clone() })?;
/// assert_eq!(editor.document().links.len(), 1);
///
/// // A refused command changes nothing, and says why in a sentence.
/// let refusal = editor.apply(Command::Connect { from: app, to: users }).unwrap_err();
/// assert!(refusal.ends_with('.'));
///
/// assert!(editor.undo());
/// assert!(editor.document().links.is_empty());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Editor {
    now: Moment,
    history: History,
    /// The moment before the open gesture.
    gesture: Option<Moment>,
}

impl Editor {
    /// Starts editing; the history is empty.
    pub fn new(document: Document) -> Editor {
        Editor {
            now: Moment { document: Arc::new(document), selection: Selection::default() },
            history: History::default(),
            gesture: None,
        }
    }

    /// The document as it is now.
    pub fn document(&self) -> &Arc<Document> {
        &self.now.document
    }

    /// What is selected.
    pub fn selection(&self) -> &Selection {
        &self.now.selection
    }

    /// Selects; not a step of the history. Ids that do not exist are dropped.
    pub fn select(&mut self, mut selection: Selection) {
        selection.retain_in(&self.now.document);
        self.now.selection = selection;
    }

    /// What is selected, and the links between, as a document of its own: for the clipboard, by
    /// way of [`codec::save`](crate::codec::save), and back by [`Command::Paste`].
    pub fn copy(&self, selection: &Selection) -> Document {
        command::fragment(&self.now.document, &selection.nodes)
    }

    /// Performs a command: `Ok` holds the id of what was created, if anything was; `Err` is a
    /// sentence for the user, and nothing has changed.
    pub fn apply(&mut self, command: Command) -> Result<Option<String>, String> {
        // A fault that is injected during a drag, or a parameter that changes, is not part of the drag: canceling
        // the drag must not remove it. It is part of it when it affects a node that the drag has created.
        if let (Some(before), Command::AddFault(_) | Command::AddChanges(_)) = (&mut self.gesture, &command)
            && let Ok((after, _)) = changed(before, command.clone())
        {
            self.history.push(std::mem::replace(before, after));
            return self.replace(command).map(|(made, _)| made);
        }
        let (made, before) = self.replace(command)?;
        if let (Some(before), None) = (before, &self.gesture) {
            self.history.push(before);
        }
        Ok(made)
    }

    /// Opens a gesture: everything applied until [`commit`](Self::commit) is one step. A gesture
    /// that is still open is committed first.
    pub fn begin(&mut self) {
        self.commit();
        self.gesture = Some(self.now.clone());
    }

    /// Closes the gesture. Without a change there is no step.
    pub fn commit(&mut self) {
        if let Some(before) = self.gesture.take()
            && before.document != self.now.document
        {
            self.history.push(before);
        }
    }

    /// Closes the gesture and restores the moment before it.
    pub fn cancel(&mut self) {
        if let Some(before) = self.gesture.take() {
            self.now = before;
        }
    }

    /// Undoes the last step; false when there is none. An open gesture is that step.
    pub fn undo(&mut self) -> bool {
        self.commit();
        self.history.back(&self.now).map(|moment| self.now = moment).is_some()
    }

    /// Redoes the last undone step; false when there is none.
    pub fn redo(&mut self) -> bool {
        self.commit();
        self.history.forth(&self.now).map(|moment| self.now = moment).is_some()
    }

    /// Whether there is a step to undo.
    pub fn can_undo(&self) -> bool {
        self.history.has_past() || self.gesture.as_ref().is_some_and(|before| before.document != self.now.document)
    }

    /// Whether there is a step to redo.
    pub fn can_redo(&self) -> bool {
        self.history.has_future()
    }

    /// Performs a command; returns the moment before it when the document has changed.
    fn replace(&mut self, command: Command) -> Result<(Option<String>, Option<Moment>), String> {
        let (after, made) = changed(&self.now, command)?;
        if *after.document == *self.now.document {
            // The old pointer is kept, so that views which compare pointers see no change.
            self.now.selection = after.selection;
            return Ok((made, None));
        }
        let before = std::mem::replace(&mut self.now, after);
        Ok((made, Some(before)))
    }
}

/// The moment after a command.
fn changed(before: &Moment, command: Command) -> Result<(Moment, Option<String>), String> {
    let mut document = (*before.document).clone();
    let mut selection = before.selection.clone();
    let made = command::perform(&mut document, &mut selection, command)?;
    selection.retain_in(&document);
    Ok((Moment { document: Arc::new(document), selection }, made))
}
