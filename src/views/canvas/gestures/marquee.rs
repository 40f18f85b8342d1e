//! Selecting nodes by a rectangle.

use super::to_world;
use crate::editor::Selection;
use crate::editor::geometry::{self, Point, Rect};
use crate::model::Document;
use crate::views::gestures::{Gesture, Next, Pointer, Preview};
use crate::views::state::Ui;
use leptos::prelude::*;

/// Nodes are selected by a rectangle.
pub struct Marquee {
    ui: Ui,
    /// One corner, in the world.
    corner: Point,
    /// What was selected before, and stays selected.
    before: Selection,
}

impl Marquee {
    /// Adds to what is selected.
    pub fn new(ui: Ui) -> Marquee {
        Marquee { ui, corner: [0.0, 0.0], before: ui.editing.selection.get_untracked() }
    }
}

/// The selection with the nodes whose cards touch an area.
fn with_nodes_in(area: &Rect, document: &Document, mut selection: Selection) -> Selection {
    let inside = document.nodes.iter().filter(|node| geometry::card(node).overlaps(area));
    selection.nodes.extend(inside.map(|node| node.id.clone()));
    selection
}

impl Gesture for Marquee {
    fn start(&mut self, pointer: &Pointer) {
        self.corner = to_world(self.ui, pointer.client);
        self.ui.gestures.preview.set(Preview::Marquee(Rect::between(self.corner, self.corner)));
    }

    fn moved(&mut self, pointer: &Pointer) {
        let area = Rect::between(self.corner, to_world(self.ui, pointer.client));
        let selection =
            self.ui.editing.document.with_untracked(|document| with_nodes_in(&area, document, self.before.clone()));
        self.ui.editing.select(selection);
        self.ui.gestures.preview.set(Preview::Marquee(area));
    }

    fn end(&mut self, _: &Pointer) -> Next {
        Next::Done
    }

    fn cancel(&mut self) {
        self.ui.editing.select(self.before.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Node, Params};

    #[test]
    fn nodes_that_the_rectangle_touches_are_added_to_the_selection() {
        let node = |id: &str, x: f64| Node {
            id: id.to_owned(),
            kind: "app".to_owned(),
            name: String::new(),
            at: [x, 0.0],
            params: Params::new(),
        };
        let nodes = vec![node("a", 0.0), node("b", 300.0), node("c", 900.0)];
        let document = Document { nodes, ..Document::default() };
        let area = Rect::between([310.0, 40.0], [100.0, 10.0]);
        let selection = with_nodes_in(&area, &document, Selection::node("c"));
        assert_eq!(selection.nodes.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
