//! What part of the diagram the canvas shows.

use super::Editing;
use crate::editor::geometry::{self, Camera, Point};
use crate::faults::PartitionDirection;
use leptos::prelude::*;

/// Room around a card for what is drawn outside it, world units: ports, and waiting requests.
const CARD_MARGIN: f64 = 14.0;
/// The closest zoom at which the whole diagram is shown.
const FIT_ZOOM_MAX: f64 = 1.25;
/// A canvas that is narrower than this has little room for margins, CSS pixels.
const NARROW_CANVAS: f64 = 600.0;

/// What part of the diagram the canvas shows, and what is open on it.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// What part of the world the canvas shows.
    pub camera: RwSignal<Camera>,
    /// Size of the canvas on screen, CSS pixels; zero until it is laid out.
    pub size: RwSignal<Point>,
    /// Set when the whole diagram should be shown as soon as the canvas has a size.
    pub fit_pending: StoredValue<bool>,
    /// The next press on the canvas draws a line that partitions the links it crosses.
    pub cutting: RwSignal<bool>,
    /// Which messages that line blocks.
    pub cut_ways: StoredValue<PartitionDirection>,
    /// Where the context menu is open, in canvas coordinates.
    pub menu: RwSignal<Option<Point>>,
    editing: Editing,
}

impl Viewport {
    /// A view of this document, to be fitted to the canvas.
    pub fn new(editing: Editing) -> Viewport {
        Viewport {
            camera: RwSignal::new(Camera::default()),
            size: RwSignal::new([0.0, 0.0]),
            fit_pending: StoredValue::new(true),
            cutting: RwSignal::new(false),
            cut_ways: StoredValue::new(PartitionDirection::Both),
            menu: RwSignal::new(None),
            editing,
        }
    }

    /// The middle of the canvas, in canvas coordinates.
    pub fn middle(self) -> Point {
        self.size.get_untracked().map(|length| length / 2.0)
    }

    /// Zooms by a factor; the middle of the canvas stays where it is.
    pub fn zoom(self, factor: f64) {
        let middle = self.middle();
        self.camera.update(|camera| *camera = camera.zoomed_at(middle, factor));
    }

    /// Moves the camera so that a node can be seen.
    pub fn reveal(self, node: &str) {
        let Some(card) = self.editing.document.with_untracked(|document| document.node(node).map(geometry::card))
        else {
            return;
        };
        let (camera, canvas) = (self.camera.get_untracked(), self.size.get_untracked());
        let [left, top] = camera.to_screen([card.x, card.y]);
        let [right, bottom] = camera.to_screen([card.right(), card.bottom()]);
        if left < 0.0 || top < 0.0 || right > canvas[0] || bottom > canvas[1] {
            let (from, to) = (camera.to_screen(card.center()), self.middle());
            self.camera.set(camera.panned([to[0] - from[0], to[1] - from[1]]));
        }
    }

    /// Shows the whole diagram.
    pub fn fit(self) {
        let canvas = self.size.get_untracked();
        let padding = if canvas[0] < NARROW_CANVAS { 6.0 } else { 36.0 };
        self.camera.set(match self.editing.document.with_untracked(|document| geometry::extent(document)) {
            Some(extent) => Camera::fit(extent.grown(CARD_MARGIN), canvas, padding, FIT_ZOOM_MAX),
            None => Camera::default(),
        });
    }

    /// Shows the whole diagram if that is pending and the canvas has a size.
    pub fn fit_if_pending(self) {
        if self.fit_pending.get_value() && self.size.get_untracked()[0] > 0.0 {
            self.fit_pending.set_value(false);
            self.fit();
        }
    }
}
