//! How much of the diagram's detail can be seen at the present zoom. What cannot be seen is not drawn, or not
//! ten times a second.

use crate::editor::geometry::CARD_WIDTH;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The least zoom at which the numbers on cards can be read.
const LEGIBLE_ZOOM: f64 = 0.35;
/// The least zoom at which a card shows everything, and that at which it shows a number beside its name.
const FULL_ZOOM: f64 = 0.8;
const NUMBER_ZOOM: f64 = 0.4;
/// The least zoom at which more than a letter or two of a name fits on a card.
const NAME_ZOOM: f64 = 0.25;
/// Diagrams of more nodes than this are drawn with less effort for each.
const FEW_NODES: usize = 40;

/// What can be seen at the present zoom.
#[derive(Clone, Copy)]
pub struct Detail {
    /// CSS pixels on screen for one of the world.
    pub zoom: Memo<f64>,
    /// Whether the texts on cards and links can be read. Otherwise they are brought up to date once a second.
    pub is_legible: Memo<bool>,
    /// The zoom by which texts keep their least size on screen; in steps, so that they are not laid out anew with
    /// every turn of the wheel.
    pub text_zoom: Memo<f64>,
    /// Whether cards show their name and one number only.
    pub is_compact: Memo<bool>,
    /// Whether cards show their name only.
    pub is_tiny: Memo<bool>,
    /// Whether cards show the color of their kind only.
    pub is_nameless: Memo<bool>,
    /// The least change of a card's bar that can be seen, percent.
    pub bar_step: Memo<f64>,
    /// Whether there are many nodes.
    pub is_many: Memo<bool>,
    /// Whether bars glide to their next value instead of jumping there.
    pub glides: Memo<bool>,
}

impl Detail {
    /// Follows the camera and the document.
    pub fn new(ui: Ui) -> Detail {
        let zoom = Memo::new(move |_| ui.viewport.camera.get().zoom);
        let is_legible = Memo::new(move |_| zoom.get() >= LEGIBLE_ZOOM);
        let is_many = Memo::new(move |_| ui.editing.document.with(|document| document.nodes.len() > FEW_NODES));
        Detail {
            zoom,
            is_legible,
            text_zoom: Memo::new(move |_| ((zoom.get() * 64.0).floor() / 64.0).clamp(1.0 / 16.0, 1.0)),
            is_compact: Memo::new(move |_| zoom.get() < FULL_ZOOM),
            is_tiny: Memo::new(move |_| zoom.get() < NUMBER_ZOOM),
            is_nameless: Memo::new(move |_| zoom.get() < NAME_ZOOM),
            bar_step: Memo::new(move |_| bar_step(zoom.get())),
            is_many,
            glides: Memo::new(move |_| is_legible.get() && !is_many.get()),
        }
    }
}

/// Half a pixel on screen as percent of a card's width, and at least one percent.
fn bar_step(zoom: f64) -> f64 {
    (50.0 / (CARD_WIDTH * zoom)).ceil().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_change_by_what_can_be_seen() {
        assert_eq!([2.0, 1.0, 0.3, 0.15].map(bar_step), [1.0, 1.0, 1.0, 2.0]);
    }
}
