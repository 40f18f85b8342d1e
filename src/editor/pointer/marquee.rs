//! Selecting nodes by a rectangle.

use super::{Gesture, Next, Pointer, Preview, Surface};
use crate::editor::Selection;
use crate::editor::geometry::{self, Point, Rect};
use crate::model::Document;

/// Nodes are selected by a rectangle.
pub(super) struct Marquee<S> {
    surface: S,
    /// One corner, in the world.
    corner: Point,
    /// What was selected before.
    before: Selection,
    /// What was selected before stays selected.
    adds: bool,
}

impl<S: Surface> Marquee<S> {
    /// Selects, or adds to what is selected.
    pub fn new(surface: S, adds: bool) -> Marquee<S> {
        Marquee { before: surface.selection(), surface, corner: [0.0, 0.0], adds }
    }

    /// What stays selected.
    fn kept(&self) -> Selection {
        if self.adds { self.before.clone() } else { Selection::default() }
    }
}

/// The selection with the nodes whose cards touch an area.
fn with_nodes_in(area: &Rect, document: &Document, mut selection: Selection) -> Selection {
    let inside = document.nodes.iter().filter(|node| geometry::card(node).overlaps(area));
    selection.nodes.extend(inside.map(|node| node.id.clone()));
    selection
}

impl<S: Surface> Gesture for Marquee<S> {
    fn start(&mut self, pointer: &Pointer) {
        self.corner = self.surface.to_world(pointer.client);
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        let area = Rect::between(self.corner, self.surface.to_world(pointer.client));
        self.surface.select(with_nodes_in(&area, &self.surface.document(), self.kept()));
        self.surface.preview(Preview::Marquee(area));
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        // A click selects nothing.
        if !pointer.dragged {
            self.surface.select(self.kept());
        }
        Next::Done
    }

    fn cancel(&mut self) {
        self.surface.select(self.before.clone());
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
