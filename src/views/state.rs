//! The page's few root signals, in one struct that views take as an argument.
//!
//! [`Ui`] is a handful of copyable handles. Views read slices of it and call its methods; every
//! change of the document goes through [`Ui::edit`] and so through `Editor::apply`.

use super::documents::{self, Origin, Saving};
use super::gestures::Gestures;
use super::run::Run;
use super::theme::{self, Theme};
use crate::browser::page::examples::{self, Example};
use crate::editor::geometry::{self, Camera, Curve, Point, Rect};
use crate::editor::{Command, Editor, Selection};
use crate::faults::PartitionDirection;
use crate::model::{Document, Node, Place, Problem, Severity};
use crate::views::erase::memo;
use leptos::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A dialog that is open.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The share link.
    Share,
    /// The stored documents.
    Documents,
    /// Keys and gestures.
    Help,
    /// Opening a link by pasting it.
    OpenLink,
    /// Choosing what a node calls.
    Connect(String),
}

/// The tabs of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Figures and curves.
    Charts,
    /// Failures by reason, and the work that is done.
    Failures,
    /// How busy the selected node is.
    Node,
    /// The report in words.
    Findings,
    /// Numbers in rows.
    Table,
    /// What is wrong with the drawing.
    Problems,
    /// Nodes and links in rows.
    Outline,
}

/// The sheets of a narrow page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// Kinds and examples.
    Palette,
    /// Parameters of what is selected.
    Inspector,
}

/// A sentence for the person, shown until dismissed or for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What to say.
    pub text: String,
    /// Stays until dismissed.
    pub stays: bool,
}

/// The document, what is selected in it, and what follows from it.
#[derive(Clone, Copy)]
pub struct Editing {
    editor: StoredValue<Editor>,
    /// The document as it stands.
    pub document: RwSignal<Arc<Document>>,
    /// The selected nodes and links.
    pub selection: RwSignal<Selection>,
    /// The selected fault or zone; only while no node or link is selected.
    pub selected_place: RwSignal<Option<Place>>,
    /// Whether there is a step to undo.
    pub can_undo: RwSignal<bool>,
    /// Whether there is a step to redo.
    pub can_redo: RwSignal<bool>,
    /// What is wrong with the document.
    pub problems: RwSignal<Arc<Vec<Problem>>>,
    /// Where each link runs.
    pub routes: Memo<Arc<HashMap<String, Curve>>>,
    /// The node whose name is being typed on its card.
    pub renaming: RwSignal<Option<String>>,
}

/// What the canvas shows.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// What part of the world the canvas shows.
    pub camera: RwSignal<Camera>,
    /// Size of the canvas on screen, CSS pixels.
    pub size: RwSignal<Point>,
    /// Set when the whole diagram should be shown as soon as the canvas has a size.
    pub fit_pending: StoredValue<bool>,
    /// The next press on the canvas draws a line that partitions the links it crosses.
    pub cutting: RwSignal<bool>,
    /// Which messages that line blocks.
    pub cut_ways: StoredValue<PartitionDirection>,
    /// Where the context menu is open, in canvas coordinates.
    pub menu: RwSignal<Option<Point>>,
}

/// Where the document came from and whether it is stored.
#[derive(Clone, Copy)]
pub struct Storing {
    /// Where the document came from.
    pub origin: RwSignal<Origin>,
    /// Whether the document is stored.
    pub saving: RwSignal<Saving>,
    /// The list of built-in examples, or why it could not be fetched.
    pub examples: LocalResource<Result<Vec<Example>, String>>,
    /// Counts what was opened or edited: a document that is still being fetched is opened only if
    /// this has not changed meanwhile.
    pub generation: StoredValue<u64>,
}

/// What is open beside the canvas, and what is said to the user.
#[derive(Clone, Copy)]
pub struct Panels {
    /// A sentence for the user.
    pub notice: RwSignal<Option<Notice>>,
    /// The live region's text.
    pub announcement: RwSignal<String>,
    announced_at_ms: StoredValue<f64>,
    /// The open dialog.
    pub dialog: RwSignal<Option<Dialog>>,
    /// The open tab of the results.
    pub tab: RwSignal<Tab>,
    /// What a finding marks on the charts, simulated seconds from and to.
    pub mark: RwSignal<Option<(f64, f64)>>,
    /// The open sheet of a narrow page.
    pub sheet: RwSignal<Option<Sheet>>,
    /// The colors.
    pub theme: RwSignal<Theme>,
    /// Counts changes of colors, the system's included.
    pub theme_changes: RwSignal<u32>,
}

/// Everything that views share.
#[derive(Clone, Copy)]
pub struct Ui {
    /// The document and what is selected.
    pub editing: Editing,
    /// What the canvas shows.
    pub viewport: Viewport,
    /// What the pointer is used for at the moment.
    pub gestures: Gestures,
    /// The simulator.
    pub run: Run,
    /// Where the document is kept.
    pub storing: Storing,
    /// What is open beside the canvas.
    pub panels: Panels,
}

impl Default for Editing {
    /// An empty document.
    fn default() -> Editing {
        let editor = Editor::new(Document::default());
        let document = RwSignal::new(editor.document().clone());
        Editing {
            editor: StoredValue::new(editor),
            document,
            selection: RwSignal::new(Selection::default()),
            selected_place: RwSignal::new(None),
            can_undo: RwSignal::new(false),
            can_redo: RwSignal::new(false),
            problems: RwSignal::new(Arc::default()),
            routes: Memo::new(move |_| document.with(|document| Arc::new(geometry::routes(document)))),
            renaming: RwSignal::new(None),
        }
    }
}

impl Default for Viewport {
    fn default() -> Viewport {
        Viewport {
            camera: RwSignal::new(Camera::default()),
            size: RwSignal::new([0.0, 0.0]),
            fit_pending: StoredValue::new(true),
            cutting: RwSignal::new(false),
            cut_ways: StoredValue::new(PartitionDirection::Both),
            menu: RwSignal::new(None),
        }
    }
}

impl Default for Panels {
    fn default() -> Panels {
        Panels {
            notice: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            announced_at_ms: StoredValue::new(f64::MIN),
            dialog: RwSignal::new(None),
            tab: RwSignal::new(Tab::Charts),
            mark: RwSignal::new(None),
            sheet: RwSignal::new(None),
            theme: RwSignal::new(theme::remembered()),
            theme_changes: RwSignal::new(0),
        }
    }
}

impl Default for Storing {
    /// Nothing is stored yet, and the list of examples is being fetched.
    fn default() -> Storing {
        Storing {
            origin: RwSignal::new(Origin::New),
            saving: RwSignal::new(Saving::Nothing),
            examples: LocalResource::new(examples::list),
            generation: StoredValue::new(0),
        }
    }
}

impl Default for Ui {
    /// An empty page.
    fn default() -> Ui {
        let ui = Ui {
            editing: Editing::default(),
            viewport: Viewport::default(),
            gestures: Gestures::default(),
            run: Run::default(),
            storing: Storing::default(),
            panels: Panels::default(),
        };
        theme::on_system_change(move || ui.panels.theme_changes.update(|count| *count += 1));
        ui
    }
}

impl Ui {
    /// Does a command; a refusal is told to the person. Returns the id of what was made.
    pub fn edit(self, command: Command) -> Option<String> {
        let result = self.editing.editor.try_update_value(|editor| editor.apply(command))?;
        match result {
            Ok(made) => {
                self.publish();
                made
            }
            Err(sentence) => {
                self.tell(sentence);
                None
            }
        }
    }

    /// Opens a gesture: what follows is one step of the history.
    pub fn begin(self) {
        self.editing.editor.update_value(Editor::begin);
    }

    /// Closes the gesture.
    pub fn commit(self) {
        self.editing.editor.update_value(Editor::commit);
        self.publish();
    }

    /// Closes the gesture and restores what was there before.
    pub fn cancel(self) {
        self.editing.editor.update_value(Editor::cancel);
        self.publish();
    }

    /// Takes a step back.
    pub fn undo(self) {
        if self.editing.editor.try_update_value(Editor::undo) == Some(true) {
            self.publish();
            self.say("Undone");
        }
    }

    /// Takes a step again.
    pub fn redo(self) {
        if self.editing.editor.try_update_value(Editor::redo) == Some(true) {
            self.publish();
            self.say("Redone");
        }
    }

    /// Selects.
    pub fn select(self, selection: Selection) {
        self.editing.selected_place.set(None);
        self.editing.editor.update_value(|editor| editor.select(selection));
        self.publish();
    }

    /// Selects a fault or a zone.
    pub fn select_place(self, place: Place) {
        self.select(Selection::default());
        self.editing.selected_place.set(Some(place));
    }

    /// What is selected, as a document of its own.
    pub fn copied(self) -> Document {
        self.editing.editor.with_value(|editor| editor.copy(editor.selection()))
    }

    /// Puts another document on the page, with a history of its own.
    pub fn open(self, document: Document) {
        self.gestures.cancel();
        self.viewport.menu.set(None);
        self.editing.renaming.set(None);
        self.editing.selected_place.set(None);
        self.viewport.cutting.set(false);
        self.editing.editor.set_value(Editor::new(document));
        self.viewport.fit_pending.set_value(true);
        self.republish();
        self.editing.problems.set(Arc::default());
        self.find_problems();
        self.fit_if_due();
    }

    /// Tells the views what the editor holds now; the rest of the page follows.
    fn publish(self) {
        let before = self.editing.document.get_untracked();
        let now = self.republish();
        if Arc::ptr_eq(&before, &now) {
            return;
        }
        if !before.same_run(&now) {
            self.find_problems();
            self.run_follows();
        }
        documents::changed(self);
    }

    fn republish(self) -> Arc<Document> {
        let (document, selection, back, forth) = self.editing.editor.with_value(|editor| {
            (editor.document().clone(), editor.selection().clone(), editor.can_undo(), editor.can_redo())
        });
        let set = |signal: RwSignal<bool>, value: bool| {
            if signal.get_untracked() != value {
                signal.set(value);
            }
        };
        set(self.editing.can_undo, back);
        set(self.editing.can_redo, forth);
        if !Arc::ptr_eq(&self.editing.document.get_untracked(), &document) {
            self.editing.document.set(document.clone());
        }
        if self.editing.selection.with_untracked(|old| *old != selection) {
            self.editing.selection.set(selection);
        }
        let gone = |place: &Place| match place {
            Place::Fault(index) => *index >= document.faults.len(),
            Place::Zone(id) => document.zones.iter().all(|zone| zone.id != *id),
            _ => true,
        };
        if self.editing.selected_place.with_untracked(|picked| picked.as_ref().is_some_and(gone)) {
            self.editing.selected_place.set(None);
        }
        document
    }

    /// Has the worker look for problems: whatever reads the drawing stands there already.
    pub fn find_problems(self) {
        self.run.check(&self.editing.document.get_untracked());
    }

    /// The first problem that is known to keep the drawing from being run.
    pub fn first_error(self) -> Option<Problem> {
        if !self.run.is_checked() {
            return None;
        }
        self.editing
            .problems
            .with_untracked(|all| all.iter().find(|problem| problem.severity == Severity::Error).cloned())
    }

    /// Shows the charts of a tab, and an interval or an instant on them.
    pub fn point_out(self, tab: Tab, from_s: Option<f64>, until_s: Option<f64>) {
        self.panels.mark.set(from_s.map(|from_s| (from_s, until_s.unwrap_or(from_s))));
        self.panels.tab.set(tab);
    }

    /// A sentence for the person, for a while.
    pub fn tell(self, text: impl Into<String>) {
        let notice = Notice { text: text.into(), stays: false };
        self.panels.notice.set(Some(notice.clone()));
        set_timeout(
            move || {
                if self.panels.notice.with_untracked(|now| now.as_ref() == Some(&notice)) {
                    self.panels.notice.set(None);
                }
            },
            std::time::Duration::from_secs(6),
        );
    }

    /// A sentence for the person that stays until dismissed.
    pub fn alert(self, text: impl Into<String>) {
        self.panels.notice.set(Some(Notice { text: text.into(), stays: true }));
    }

    /// Puts a sentence into the polite live region, at most one in two seconds.
    pub fn say(self, text: impl Into<String>) {
        let now = now_ms();
        if now - self.panels.announced_at_ms.get_value() >= 2000.0 {
            self.panels.announced_at_ms.set_value(now);
            self.panels.announcement.set(text.into());
        }
    }

    /// The node of this id, followed as it changes.
    pub fn node(self, id: &str) -> Memo<Option<Node>> {
        let id = id.to_owned();
        memo(move || self.editing.document.with(|document| document.node(&id).cloned()))
    }

    /// The worst problem at a place, if there is one.
    pub fn trouble(self, place: Place) -> Memo<Option<Severity>> {
        memo(move || {
            self.editing
                .problems
                .with(|all| all.iter().filter(|each| each.place == place).map(|each| each.severity).max())
        })
    }

    /// Selects what a problem is about, and shows it.
    pub fn show_place(self, place: &Place) {
        if matches!(place, Place::Fault(_) | Place::Zone(_)) {
            self.select_place(place.clone());
            return self.panels.sheet.set(Some(Sheet::Inspector));
        }
        let selection = match place {
            Place::Node(id) => Selection::node(id.clone()),
            Place::Link(id) => Selection::link(id.clone()),
            _ => Selection::default(),
        };
        self.select(selection);
        if let Place::Node(id) = place {
            self.reveal(id);
        }
        self.panels.sheet.set(Some(Sheet::Inspector));
    }

    /// Moves the view so that a node can be seen.
    pub fn reveal(self, id: &str) {
        let Some(card) = self.editing.document.with_untracked(|document| document.node(id).map(geometry::card)) else {
            return;
        };
        let (view, canvas) = (self.viewport.camera.get_untracked(), self.viewport.size.get_untracked());
        let [x, y] = view.to_screen([card.x, card.y]);
        let [right, bottom] = view.to_screen([card.right(), card.bottom()]);
        if x < 0.0 || y < 0.0 || right > canvas[0] || bottom > canvas[1] {
            let middle = view.to_screen(card.center());
            self.viewport.camera.set(view.panned([canvas[0] / 2.0 - middle[0], canvas[1] / 2.0 - middle[1]]));
        }
    }

    /// Shows the whole drawing.
    pub fn fit(self) {
        let canvas = self.viewport.size.get_untracked();
        let view = match self.editing.document.with_untracked(|document| geometry::extent(document)) {
            // Room for what hangs out of a card: ports, and the requests that wait.
            Some(all) => Camera::fit(all.grown(14.0), canvas, if canvas[0] < 600.0 { 6.0 } else { 36.0 }, 1.25),
            None => Camera::default(),
        };
        self.viewport.camera.set(view);
    }

    /// Shows the whole drawing if that was asked for and the canvas has a size by now.
    pub fn fit_if_due(self) {
        if self.viewport.fit_pending.get_value() && self.viewport.size.get_untracked()[0] > 0.0 {
            self.viewport.fit_pending.set_value(false);
            self.fit();
        }
    }

    /// Places a kind in the middle of what is seen, where there is room.
    pub fn place_in_view(self, kind: &str) {
        let canvas = self.viewport.size.get_untracked();
        let near = self.viewport.camera.with_untracked(|view| view.to_world([canvas[0] / 2.0, canvas[1] / 2.0]));
        let taken: Vec<Rect> =
            self.editing.document.with_untracked(|document| document.nodes.iter().map(geometry::card).collect());
        let at = geometry::free_place(&taken, near);
        if let Some(id) = self.edit(Command::AddNode { kind: kind.to_owned(), at }) {
            self.reveal(&id);
            self.say(format!("{} added", crate::kinds::info(kind).map_or(kind, |info| info.label)));
        }
    }
}

/// Milliseconds on the page's clock.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}
