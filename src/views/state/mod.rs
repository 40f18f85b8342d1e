//! The page's signals: a few small structs of copyable handles.
//!
//! A view takes [`Ui`] as a prop, reads the signals that it shows, and calls methods of the struct
//! that they belong to. Each struct knows only those made before it: [`Panels`], [`Editing`],
//! [`Viewport`], [`Run`], [`Storing`]. What follows from a change of the document (problems, the run,
//! autosave) follows its signal, by memos and effects; nothing calls upwards.

mod editing;
mod panels;
mod preferences;
mod relays;
mod viewport;
mod window;

pub use editing::Editing;
pub use panels::{About, Dialog, Notice, Panels, Sheet, SheetHeight, Tab};
pub use preferences::{BackgroundDrag, Preferences, Wheel};
pub use relays::Relays;
pub use viewport::{MenuOf, OpenMenu, Viewport, over_canvas};
pub use window::{Shown, TimeWindow, seconds_words};

use super::documents::Storing;
use super::gestures::Gestures;
use super::later::Fetched;
use super::run::Run;
use crate::browser::page::focus::focus;
use crate::editor::{Placing, Selection, placing};
use crate::kinds;
use crate::model::{Document, Place};
use leptos::prelude::*;

/// Everything that views share.
#[derive(Clone, Copy)]
pub struct Ui {
    /// The document and what is selected.
    pub editing: Editing,
    /// What the canvas shows.
    pub viewport: Viewport,
    /// What the pointer is used for at the moment.
    pub gestures: Gestures,
    /// The simulation.
    pub run: Run,
    /// Which seconds of it are shown.
    pub time: TimeWindow,
    /// Where the document is stored.
    pub storing: Storing,
    /// What is open beside the canvas.
    pub panels: Panels,
    /// What is fetched after the first numbers.
    pub later: Fetched,
}

impl Ui {
    /// An empty page.
    pub fn new() -> Ui {
        let panels = Panels::new();
        let editing = Editing::new(panels);
        let later = Fetched::default();
        let run = Run::new(editing, panels, later);
        Ui {
            editing,
            viewport: Viewport::new(editing),
            gestures: Gestures::default(),
            run,
            time: TimeWindow::new(editing, run),
            storing: Storing::new(editing),
            panels,
            later,
        }
    }

    /// Whether the diagram has been opened and nothing is drawn in it. Tracked.
    pub fn is_blank(self) -> bool {
        self.storing.opened.get() && self.editing.document.with(|document| document.nodes.is_empty())
    }

    /// Puts another document on the page, with a history of its own.
    pub fn open(self, document: Document) {
        self.gestures.cancel();
        self.viewport.menu.set(None);
        self.viewport.cutting.set(false);
        self.viewport.fit_pending.set_value(true);
        self.editing.open(document);
        self.viewport.fit_if_pending();
    }

    /// Selects what a problem is about, and shows it.
    pub fn show_place(self, place: &Place) {
        match place {
            Place::Fault(_) | Place::Change(_) | Place::Zone(_) => self.editing.select_place(place.clone()),
            Place::Node(id) => self.show_node(id),
            Place::Link(id) => self.editing.select(Selection::link(id.clone())),
            _ => self.editing.select(Selection::default()),
        }
        self.panels.sheet.set(Some(Sheet::Inspector));
    }

    /// Selects what a problem is about, and moves the focus to the parameter that it names.
    pub fn show_field(self, place: &Place, path: &str) {
        self.show_place(place);
        super::layout::unfold_inspector(self);
        self.panels.pointed.set((!path.is_empty()).then(|| (place.clone(), path.to_owned())));
        let selector = format!("[data-testid='field-{path}']");
        // The form is drawn by then; a list of choices has its own buttons.
        request_animation_frame(move || {
            focus(&format!(".inspector {selector}:is(input, select), .inspector {selector} input"));
        });
    }

    /// Selects a node and moves the camera to it.
    pub fn show_node(self, id: &str) {
        self.editing.select(Selection::node(id));
        self.viewport.reveal(id);
    }

    /// Where a node of this kind goes that is placed now, and with which link. Tracked.
    pub fn placing(self, kind: &str) -> Placing {
        let middle = self.viewport.camera.with_untracked(|camera| camera.to_world(self.viewport.middle()));
        let selection = self.editing.selection.read();
        // Of several the last one that was drawn.
        let document = self.editing.document.read();
        let selected =
            document.nodes.iter().rev().map(|node| node.id.as_str()).find(|id| selection.nodes.contains(*id));
        placing(&document, selected, kind, middle)
    }

    /// Adds a node beside the selected one with the likely link, and selects it.
    pub fn place(self, kind: &str) {
        let placing = untrack(|| self.placing(kind));
        self.viewport.placement.set(None);
        let was_fitted = self.viewport.is_fitted();
        if let Some(id) = self.editing.apply(placing.command()) {
            self.viewport.follow(&id, was_fitted);
            let label = kinds::info(kind).map_or(kind, |info| info.label);
            self.panels.announce(format!("{label} added"));
        }
    }
}

/// Milliseconds on the page's clock, since the page was opened.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}
