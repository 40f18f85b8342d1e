//! The document, what is selected in it, and what follows from it.

use super::{About, Panels, Relays};
use crate::editor::geometry::{self, Curve};
use crate::editor::{Command, Editor, Selection, shown_name};
use crate::model::{Document, Node, Place, Problem, Severity};
use crate::scenario;
use leptos::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// Why a document that another tab writes is not changed.
const READ_ONLY: &str = "Another tab writes this diagram: take over to change it here.";

/// The document, what is selected in it, and what follows from it.
///
/// Every change goes through the editor, which holds the history; the signals then show what the
/// editor holds. Problems and routes are memos of the document, and so are never out of date.
#[derive(Clone, Copy)]
pub struct Editing {
    editor: StoredValue<Editor>,
    /// The document as it is drawn.
    pub document: RwSignal<Arc<Document>>,
    /// The same document; changes only when a change matters to the simulator, so not when nodes are
    /// moved or renamed.
    pub simulated: Memo<Arc<Document>>,
    /// The problems of the document, errors first.
    pub problems: Memo<Arc<Vec<Problem>>>,
    /// Where each link runs, by its id.
    pub routes: Memo<Arc<HashMap<String, Curve>>>,
    /// The names of the nodes, by their ids.
    pub names: Memo<Arc<HashMap<String, String>>>,
    /// The selected nodes and links.
    pub selection: RwSignal<Selection>,
    /// The selected fault or zone; only while no node or link is selected.
    pub selected_place: RwSignal<Option<Place>>,
    /// Whether there is a step to undo.
    pub can_undo: RwSignal<bool>,
    /// Whether there is a step to redo.
    pub can_redo: RwSignal<bool>,
    /// Whether another tab writes the document, so that this one refuses every change of it.
    pub read_only: RwSignal<bool>,
    /// The node whose name is being typed on its card.
    pub renaming: RwSignal<Option<String>>,
    documents: Relays<Arc<Document>>,
    all_routes: Relays<Arc<HashMap<String, Curve>>>,
    selections: Relays<Selection>,
    panels: Panels,
}

impl Editing {
    /// An empty document; refusals are shown in `panels`.
    pub fn new(panels: Panels) -> Editing {
        let editor = Editor::new(Document::default());
        let document = RwSignal::new(editor.document().clone());
        let simulated = Memo::new_with_compare(
            move |_| document.get(),
            |before, now| before.zip(now).is_none_or(|(before, now)| !before.same_run(now)),
        );
        let routes = Memo::new(move |_| Arc::new(geometry::routes(&document.read())));
        let selection = RwSignal::new(Selection::default());
        Editing {
            editor: StoredValue::new(editor),
            document,
            simulated,
            problems: Memo::new(move |_| Arc::new(scenario::check(&simulated.read()))),
            routes,
            names: Memo::new(move |_| {
                let document = document.read();
                let name = |node: &Node| (node.id.clone(), shown_name(node).to_owned());
                Arc::new(document.nodes.iter().map(name).collect())
            }),
            selection,
            selected_place: RwSignal::new(None),
            can_undo: RwSignal::new(false),
            can_redo: RwSignal::new(false),
            read_only: RwSignal::new(false),
            renaming: RwSignal::new(None),
            documents: Relays::new(move || document.get()),
            all_routes: Relays::new(move || routes.get()),
            selections: Relays::new(move || selection.get()),
            panels,
        }
    }

    /// Applies a command; a refusal is shown to the user. Returns the id of what was made.
    pub fn apply(self, command: Command) -> Option<String> {
        self.try_apply(command).unwrap_or_else(|refusal| {
            self.panels.notify_about(About::Change, refusal);
            None
        })
    }

    /// Applies a command and announces that it is done; a refusal is shown to the user instead. Returns whether it is
    /// done.
    pub fn apply_announced(self, command: Command, done: impl Into<String>) -> bool {
        match self.try_apply(command) {
            Ok(_) => self.panels.announce(done),
            Err(refusal) => {
                self.panels.notify_about(About::Change, refusal);
                return false;
            }
        }
        true
    }

    /// Applies a command. `Err` is why the document refuses it, in a sentence, for the caller to show.
    pub fn try_apply(self, command: Command) -> Result<Option<String>, String> {
        if self.read_only.get_untracked() {
            return Err(READ_ONLY.to_owned());
        }
        let made = self.editor.try_update_value(|editor| editor.apply(command)).unwrap_or(Ok(None))?;
        self.publish();
        self.panels.settle(About::Change);
        Ok(made)
    }

    /// Whether the document cannot be changed in this tab; says so if that is the case.
    pub fn refuses(self) -> bool {
        let refuses = self.read_only.get_untracked();
        if refuses {
            self.panels.notify(READ_ONLY);
        }
        refuses
    }

    /// Opens a step of the history: the commands that follow are undone together.
    pub fn begin(self) {
        self.editor.update_value(Editor::begin);
    }

    /// Closes the step.
    pub fn commit(self) {
        self.editor.update_value(Editor::commit);
        self.publish();
    }

    /// Closes the step and restores what was there before it.
    pub fn cancel(self) {
        self.editor.update_value(Editor::cancel);
        self.publish();
    }

    /// Undoes a step.
    pub fn undo(self) {
        if !self.refuses() && self.editor.try_update_value(Editor::undo) == Some(true) {
            self.publish();
            self.panels.announce("Undone");
        }
    }

    /// Redoes a step.
    pub fn redo(self) {
        if !self.refuses() && self.editor.try_update_value(Editor::redo) == Some(true) {
            self.publish();
            self.panels.announce("Redone");
        }
    }

    /// Selects nodes and links.
    pub fn select(self, selection: Selection) {
        self.selected_place.set(None);
        self.editor.update_value(|editor| editor.select(selection));
        self.publish();
    }

    /// Selects a fault or a zone.
    pub fn select_place(self, place: Place) {
        self.select(Selection::default());
        self.selected_place.set(Some(place));
    }

    /// The selected nodes and the links between them, as a document of their own.
    pub fn copy_selection(self) -> Document {
        self.editor.with_value(|editor| editor.copy(editor.selection()))
    }

    /// Replaces the document and its history.
    pub fn open(self, document: Document) {
        self.renaming.set(None);
        self.selected_place.set(None);
        self.editor.set_value(Editor::new(document));
        self.publish();
    }

    /// The node of this id, followed as it changes.
    pub fn node(self, id: &str) -> Memo<Option<Node>> {
        let (id, document) = (id.to_owned(), self.documents.of(id));
        // Where it was last is looked first.
        let index = StoredValue::new(0_usize);
        Memo::new(move |_| {
            document.with(|document| {
                let is_it = |node: &Node| node.id == id;
                if !document.nodes.get(index.get_value()).is_some_and(is_it) {
                    index.set_value(document.nodes.iter().position(is_it)?);
                }
                document.nodes.get(index.get_value()).cloned()
            })
        })
    }

    /// Where the link of this id runs; nothing where it has no route.
    pub fn route(self, id: &str) -> Memo<Option<Curve>> {
        let (id, routes) = (id.to_owned(), self.all_routes.of(id));
        Memo::new(move |_| routes.with(|routes| routes.get(&id).copied()))
    }

    /// Whether the node or link of this place is selected.
    pub fn is_selected(self, place: Place) -> Memo<bool> {
        let id = match &place {
            Place::Node(id) | Place::Link(id) => id,
            _ => "",
        };
        let selection = self.selections.of(id);
        Memo::new(move |_| {
            selection.with(|selection| match &place {
                Place::Node(id) => selection.nodes.contains(id),
                Place::Link(id) => selection.links.contains(id),
                _ => false,
            })
        })
    }

    /// The severity of the worst problem at a place, if there is one.
    pub fn severity_at(self, place: Place) -> Memo<Option<Severity>> {
        Memo::new(move |_| {
            self.problems.read().iter().filter(|problem| problem.place == place).map(|problem| problem.severity).max()
        })
    }

    /// The first problem that keeps the document from being run. Not tracked.
    pub fn first_error(self) -> Option<Problem> {
        self.problems
            .with_untracked(|problems| problems.iter().find(|problem| problem.severity == Severity::Error).cloned())
    }

    /// Sets the signals to what the editor holds. Only those that differ are set, so that nothing is
    /// drawn again without need.
    fn publish(self) {
        let (document, selection, can_undo, can_redo) = self.editor.with_value(|editor| {
            (editor.document().clone(), editor.selection().clone(), editor.can_undo(), editor.can_redo())
        });
        set_if_changed(self.can_undo, can_undo);
        set_if_changed(self.can_redo, can_redo);
        if !Arc::ptr_eq(&self.document.read_untracked(), &document) {
            self.document.set(document.clone());
        }
        set_if_changed(self.selection, selection);
        let is_gone = |place: &Place| match place {
            Place::Fault(index) => *index >= document.faults.len(),
            Place::Change(index) => *index >= document.changes.len(),
            Place::Zone(id) => document.zones.iter().all(|zone| zone.id != *id),
            _ => true,
        };
        if self.selected_place.with_untracked(|place| place.as_ref().is_some_and(is_gone)) {
            self.selected_place.set(None);
        }
    }
}

fn set_if_changed<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|now| *now != value) {
        signal.set(value);
    }
}
