//! How much of the diagram's detail can be seen at the present zoom. What cannot be seen is not drawn, or not
//! ten times a second.

use crate::editor::geometry::CARD_WIDTH;
use crate::views::state::{Relays, Ui};
use leptos::prelude::*;

/// The least zoom at which the numbers on cards can be read.
const LEGIBLE_ZOOM: f64 = 0.35;
/// Diagrams of more nodes than this are drawn with less effort for each.
const FEW_NODES: usize = 40;

/// What can be seen at the present zoom.
#[derive(Clone, Copy)]
pub struct Detail {
    /// CSS pixels on screen for one of the world.
    pub zoom: Memo<f64>,
    /// The same, as the next power of two above.
    scale: Relays<f64>,
    /// Whether the texts on cards and links can be read. Otherwise they are brought up to date once a second.
    legible: Relays<bool>,
    /// Whether there are many nodes.
    pub is_many: Memo<bool>,
    /// Whether bars glide to their next value instead of jumping there.
    pub glides: Memo<bool>,
}

impl Detail {
    /// Follows the camera and the document.
    pub fn new(ui: Ui) -> Detail {
        let zoom = Memo::new(move |_| ui.viewport.camera.get().zoom);
        let is_legible = move || zoom.get() >= LEGIBLE_ZOOM;
        let is_many = Memo::new(move |_| ui.editing.document.with(|document| document.nodes.len() > FEW_NODES));
        Detail {
            zoom,
            scale: Relays::of_changes(move || scale(zoom.get())),
            legible: Relays::of_changes(is_legible),
            is_many,
            glides: Memo::new(move |_| is_legible() && !is_many.get()),
        }
    }

    /// Whether the texts of the node or link of this id can be read.
    pub fn is_legible(self, id: &str) -> Memo<bool> {
        self.legible.of(id)
    }

    /// CSS pixels on screen for one of the world, for the view of the node or link of this id: the next power of
    /// two above, so that it seldom changes.
    pub fn scale(self, id: &str) -> Memo<f64> {
        self.scale.of(id)
    }
}

/// The next power of two.
fn scale(zoom: f64) -> f64 {
    libm::exp2(libm::log2(zoom).ceil())
}

/// Half a pixel on screen as percent of a card's width, and at least one percent.
pub fn bar_step(scale: f64) -> f64 {
    (50.0 / (CARD_WIDTH * scale)).ceil().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_change_by_what_can_be_seen() {
        assert_eq!([2.0, 1.0, 0.9, 0.25, 0.15].map(scale), [2.0, 1.0, 1.0, 0.25, 0.25]);
        assert_eq!([1.0, 0.25, 0.125].map(bar_step), [1.0, 2.0, 3.0]);
    }
}
