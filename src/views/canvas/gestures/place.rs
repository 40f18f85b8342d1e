//! Bringing a kind from the palette to the canvas.

use super::hit::{Hit, hit_at};
use super::to_world;
use crate::browser::page::focus::focus;
use crate::editor::Command;
use crate::editor::geometry::{self, Point};
use crate::views::gestures::{Gesture, Next, Pointer, Preview};
use crate::views::state::Ui;
use leptos::prelude::*;

/// A kind follows the pointer. A press that does not become a drag is a click, which the palette
/// handles.
pub struct Place {
    ui: Ui,
    kind: &'static str,
}

impl Place {
    /// The kind of this registry id.
    pub fn new(ui: Ui, kind: &'static str) -> Place {
        Place { ui, kind }
    }
}

/// What dropping a kind does.
#[derive(Debug, PartialEq, Eq)]
enum Dropped {
    /// Adds a node.
    Node,
    /// Adds a node and puts it into this link.
    IntoLink(String),
    /// Adds nothing.
    Nothing,
}

fn dropped(hit: Option<Hit>, pointer_dragged: bool) -> Dropped {
    match hit {
        _ if !pointer_dragged => Dropped::Nothing,
        None | Some(Hit::Control) => Dropped::Nothing,
        Some(Hit::Link(link)) => Dropped::IntoLink(link),
        Some(_) => Dropped::Node,
    }
}

/// The corner on the grid of a card whose middle is dropped at a point.
fn corner(middle: Point) -> Point {
    geometry::snap([middle[0] - geometry::CARD_WIDTH / 2.0, middle[1] - geometry::CARD_HEIGHT / 2.0])
}

impl Gesture for Place {
    fn start(&mut self, _: &Pointer) {}

    fn moved(&mut self, pointer: &Pointer) {
        if pointer.dragged {
            self.ui.gestures.preview.set(Preview::Place { kind: self.kind, client: pointer.client });
        }
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        let link = match dropped(hit_at(pointer.client), pointer.dragged) {
            Dropped::Nothing => return Next::Done,
            Dropped::Node => None,
            Dropped::IntoLink(link) => Some(link),
        };
        let ui = self.ui;
        let at = corner(to_world(ui, pointer.client));
        ui.editing.begin();
        if let Some(node) = ui.editing.apply(Command::AddNode { kind: self.kind.to_owned(), at }) {
            if let Some(link) = link {
                ui.editing.apply(Command::SplitLink { link, node });
            }
            focus(".canvas");
        }
        ui.editing.commit();
        Next::Done
    }

    fn cancel(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_dropped_on_a_link_is_put_into_it() {
        assert_eq!(dropped(Some(Hit::Link("a-b".to_owned())), true), Dropped::IntoLink("a-b".to_owned()));
    }

    #[test]
    fn a_kind_dropped_elsewhere_on_the_canvas_becomes_a_node() {
        assert_eq!(dropped(Some(Hit::Background), true), Dropped::Node);
        assert_eq!(dropped(Some(Hit::Node("a".to_owned())), true), Dropped::Node);
    }

    #[test]
    fn nothing_is_added_outside_the_canvas_on_a_control_or_by_a_click() {
        assert_eq!(dropped(None, true), Dropped::Nothing);
        assert_eq!(dropped(Some(Hit::Control), true), Dropped::Nothing);
        assert_eq!(dropped(Some(Hit::Background), false), Dropped::Nothing);
    }

    #[test]
    fn the_middle_of_the_card_is_where_it_was_dropped_and_its_corner_on_the_grid() {
        let [x, y] = corner([200.0, 100.0]);
        assert_eq!([x % geometry::GRID, y % geometry::GRID], [0.0, 0.0]);
        assert!((x + geometry::CARD_WIDTH / 2.0 - 200.0).abs() <= geometry::GRID / 2.0);
    }
}
