//! Drawing a line that partitions every link it crosses.

use super::{Gesture, Next, Pointer, Preview, Surface};
use crate::editor::geometry::{Curve, Point};
use std::collections::HashMap;

/// A line is drawn across links.
pub struct CutLine<S> {
    surface: S,
    /// Its two ends, in the world.
    line: [Point; 2],
}

impl<S: Surface> CutLine<S> {
    /// Where the pointer is pressed.
    pub fn new(surface: S) -> CutLine<S> {
        CutLine { surface, line: [[0.0, 0.0]; 2] }
    }
}

/// The links that a line crosses, in the order of their ids.
fn crossed(routes: &HashMap<String, Curve>, line: [Point; 2]) -> Vec<String> {
    let mut links: Vec<String> =
        routes.iter().filter(|(_, curve)| curve.is_crossed(line)).map(|(id, _)| id.clone()).collect();
    links.sort_unstable();
    links
}

impl<S: Surface> Gesture for CutLine<S> {
    fn start(&mut self, pointer: &Pointer) {
        self.line = [self.surface.to_world(pointer.client); 2];
        self.surface.preview(Preview::CutLine(self.line));
    }

    fn moved(&mut self, pointer: &Pointer) {
        self.line[1] = self.surface.to_world(pointer.client);
        self.surface.preview(Preview::CutLine(self.line));
    }

    fn end(&mut self, pointer: &Pointer) -> Next {
        // A click draws no line, and the next press may.
        if pointer.dragged {
            self.surface.cut(crossed(&self.surface.routes(), self.line));
        }
        Next::Done
    }

    fn cancel(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_link_that_the_line_crosses() {
        let straight = |y: f64| Curve([[0.0, y], [30.0, y], [60.0, y], [90.0, y]]);
        let routes = [("b", 10.0), ("a", 20.0), ("far", 200.0)]
            .map(|(id, y)| (id.to_owned(), straight(y)))
            .into_iter()
            .collect::<HashMap<_, _>>();
        assert_eq!(crossed(&routes, [[45.0, 0.0], [45.0, 50.0]]), ["a", "b"]);
        assert!(crossed(&routes, [[45.0, 50.0], [45.0, 90.0]]).is_empty());
    }
}
