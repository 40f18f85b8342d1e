//! Moving nodes; a double click on a node without moving it renames it.

use super::to_world;
use crate::editor::Command;
use crate::editor::geometry::{self, Point};
use crate::views::gestures::{Gesture, HistoryStep, Next, Pointer};
use crate::views::state::Ui;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// Nodes follow the pointer.
pub struct MoveNodes {
    ui: Ui,
    /// The node that was pressed.
    pressed: String,
    /// The corner of its card, which snaps to the grid.
    corner: Point,
    nodes: Vec<String>,
    /// Where it was pressed, in the world.
    pressed_at: Point,
    /// How far the nodes have gone.
    applied: Point,
    step: HistoryStep,
    /// This press is the second of a double click.
    renames: bool,
}

impl MoveNodes {
    /// Takes the selected nodes by the one that was pressed; nothing where there is no such node.
    pub fn new(ui: Ui, pressed: String, nodes: BTreeSet<String>, renames: bool) -> Option<MoveNodes> {
        let card = ui.editing.document.with_untracked(|document| document.node(&pressed).map(geometry::card))?;
        Some(MoveNodes {
            ui,
            pressed,
            corner: [card.x, card.y],
            nodes: nodes.into_iter().collect(),
            pressed_at: [0.0, 0.0],
            applied: [0.0, 0.0],
            step: HistoryStep::new(ui),
            renames,
        })
    }
}

/// How far the nodes go so that the pressed one lands on the grid, and how far from where they are.
fn next_step(corner: Point, dragged: Point, applied: Point) -> (Point, Point) {
    let to = geometry::snapped_move(corner, dragged);
    (to, [to[0] - applied[0], to[1] - applied[1]])
}

impl Gesture for MoveNodes {
    fn start(&mut self, pointer: &Pointer) {
        self.pressed_at = to_world(self.ui, pointer.client);
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        self.step.open();
        let world = to_world(self.ui, pointer.client);
        let dragged = [world[0] - self.pressed_at[0], world[1] - self.pressed_at[1]];
        let (to, by) = next_step(self.corner, dragged, self.applied);
        if by != [0.0, 0.0] {
            self.ui.editing.apply(Command::MoveBy { nodes: self.nodes.clone(), by });
        }
        self.applied = to;
    }

    fn end(&mut self, _: &Pointer) -> Next {
        if !self.step.commit() && self.renames {
            self.ui.editing.renaming.set(Some(self.pressed.clone()));
        }
        Next::Done
    }

    fn cancel(&mut self) {
        self.step.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up_to_where_the_grid_is() {
        let corner = [7.0, 0.0];
        let (mut applied, mut at) = ([0.0, 0.0], corner);
        for dragged in [[3.0, 1.0], [9.0, 14.0], [31.0, 22.0]] {
            let (to, by) = next_step(corner, dragged, applied);
            applied = to;
            at = [at[0] + by[0], at[1] + by[1]];
        }
        assert_eq!(at, geometry::snap([38.0, 22.0]));
        assert_eq!(next_step(corner, [31.0, 22.0], applied).1, [0.0, 0.0], "no move within a cell of the grid");
    }
}
