//! Moving nodes, or copies of them. A single node that is dropped on a link is put into it; a double click on a node
//! without moving it renames it.

use super::hit::link_under;
use super::{Gesture, Next, Pointer, Preview, Step, Surface};
use crate::editor::geometry::{self, Point};
use crate::editor::{Command, may_split};
use crate::model::Document;
use std::collections::BTreeSet;

/// Nodes follow the pointer.
pub(super) struct MoveNodes<S> {
    surface: S,
    /// The node that was pressed, or its copy.
    pressed: String,
    /// The corner of its card, which snaps to the grid.
    corner: Point,
    nodes: Vec<String>,
    /// Where it was pressed, in the world.
    pressed_at: Point,
    /// How far the nodes have gone.
    applied: Point,
    step: Step<S>,
    /// This press is the second of a double click.
    renames: bool,
    /// Copies are moved, and the originals stay.
    copies: bool,
    /// The link that the node would be put into.
    into: Option<String>,
}

impl<S: Surface> MoveNodes<S> {
    /// Takes the selected nodes by the one that was pressed; nothing where there is no such node.
    pub fn new(
        surface: S,
        pressed: String,
        nodes: BTreeSet<String>,
        renames: bool,
        copies: bool,
    ) -> Option<MoveNodes<S>> {
        let corner = surface.document().node(&pressed)?.at;
        Some(MoveNodes {
            step: Step::new(surface.clone()),
            surface,
            pressed,
            corner,
            nodes: nodes.into_iter().collect(),
            pressed_at: [0.0, 0.0],
            applied: [0.0, 0.0],
            renames,
            copies,
            into: None,
        })
    }

    /// Puts copies where the nodes are, to be moved in their place.
    fn copy(&mut self) {
        let document = self.surface.document();
        let is_taken = |id: &String| self.nodes.contains(id);
        let fragment = Document {
            nodes: document.nodes.iter().filter(|node| is_taken(&node.id)).cloned().collect(),
            links: document.links.iter().filter(|link| is_taken(&link.from) && is_taken(&link.to)).cloned().collect(),
            ..Document::default()
        };
        let corner = [0, 1].map(|axis| fragment.nodes.iter().map(|node| node.at[axis]).fold(f64::INFINITY, f64::min));
        let which = fragment.nodes.iter().position(|node| node.id == self.pressed);
        if self.surface.apply(Command::Paste { fragment: Box::new(fragment), at: Some(corner) }).is_none() {
            return;
        }
        let after = self.surface.document();
        // Copies are added at the end, in the order of the originals.
        let added = &after.nodes[document.nodes.len()..];
        if let Some(copy) = which.and_then(|which| added.get(which)) {
            self.pressed = copy.id.clone();
        }
        self.nodes = added.iter().map(|node| node.id.clone()).collect();
    }

    /// The link that a single node lies on, if it can be put into it.
    fn link_below(&self) -> Option<String> {
        let document = self.surface.document();
        let [node] = self.nodes.as_slice() else { return None };
        let node = document.node(node)?;
        let is_own = |id: &str| document.link(id).is_some_and(|link| link.from == node.id || link.to == node.id);
        let fits = |id: &str| !is_own(id) && may_split(&document, id, Some(&node.id), &node.kind);
        link_under(&self.surface.routes(), &geometry::card(node), fits)
    }
}

/// How far the nodes go so that the pressed one lands on the grid, and how far from where they are.
fn next_step(corner: Point, dragged: Point, applied: Point) -> (Point, Point) {
    let to = geometry::snapped_move(corner, dragged);
    (to, [to[0] - applied[0], to[1] - applied[1]])
}

impl<S: Surface> Gesture for MoveNodes<S> {
    fn start(&mut self, pointer: &Pointer) {
        self.pressed_at = self.surface.to_world(pointer.client);
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        if !self.step.is_open() {
            self.step.open();
            if self.copies {
                self.copy();
            }
        }
        let world = self.surface.to_world(pointer.client);
        let dragged = [world[0] - self.pressed_at[0], world[1] - self.pressed_at[1]];
        let (to, by) = next_step(self.corner, dragged, self.applied);
        if by != [0.0, 0.0] {
            self.surface.apply(Command::MoveBy { nodes: self.nodes.clone(), by });
            let into = self.link_below();
            if into != self.into {
                self.surface.preview(into.clone().map_or(Preview::None, Preview::Into));
                self.into = into;
            }
        }
        self.applied = to;
    }

    fn end(&mut self, _: &Pointer) -> Next {
        if let (true, Some(link), [node]) = (self.step.is_open(), self.into.take(), self.nodes.as_slice())
            && self.surface.apply(Command::SplitLink { link, node: node.clone() }).is_some()
        {
            self.surface.announce("Put into the link");
        }
        if !self.step.commit() && self.renames {
            self.surface.rename(&self.pressed);
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
