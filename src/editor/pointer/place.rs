//! Bringing a kind from the palette to the canvas. Dropped on a link, the new node is put into it.

use super::hit::link_under;
use super::{Gesture, Next, Pointer, Preview, Surface};
use crate::editor::geometry::{self, Point};
use crate::editor::{Command, may_split};

/// A kind follows the pointer. A press that does not become a drag is a click, which the palette
/// handles.
pub struct Place<S> {
    surface: S,
    kind: &'static str,
    /// The link that the node would be put into.
    into: Option<String>,
}

impl<S: Surface> Place<S> {
    /// The kind of this registry id.
    pub fn new(surface: S, kind: &'static str) -> Place<S> {
        Place { surface, kind, into: None }
    }
}

/// The corner on the grid of a card whose middle is dropped at a point.
fn corner(middle: Point) -> Point {
    geometry::snap([middle[0] - geometry::CARD_WIDTH / 2.0, middle[1] - geometry::CARD_HEIGHT / 2.0])
}

impl<S: Surface> Gesture for Place<S> {
    fn start(&mut self, _: &Pointer) {}

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        let surface = &self.surface;
        self.into = None;
        if surface.is_canvas(pointer.client) {
            let document = surface.document();
            let card = geometry::card_at(corner(surface.to_world(pointer.client)));
            self.into = link_under(&surface.routes(), &card, |id| may_split(&document, id, None, self.kind));
        }
        surface.preview(Preview::Place { kind: self.kind, client: pointer.client, into: self.into.clone() });
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        let surface = &self.surface;
        if !pointer.dragged || !surface.is_canvas(pointer.client) {
            return Next::Done;
        }
        let at = corner(surface.to_world(pointer.client));
        surface.begin_step();
        if let Some(node) = surface.apply(Command::AddNode { kind: self.kind.to_owned(), at })
            && let Some(link) = self.into.take()
        {
            surface.apply(Command::SplitLink { link, node });
        }
        surface.commit_step();
        Next::Done
    }

    fn cancel(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_card_is_where_it_was_dropped_and_its_corner_on_the_grid() {
        let [x, y] = corner([200.0, 100.0]);
        assert_eq!([x % geometry::GRID, y % geometry::GRID], [0.0, 0.0]);
        assert!((x + geometry::CARD_WIDTH / 2.0 - 200.0).abs() <= geometry::GRID / 2.0);
    }
}
