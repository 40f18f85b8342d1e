//! Which gesture a press starts.

use super::connect::Connect;
use super::hit::{Hit, Reach, hit};
use super::marquee::Marquee;
use super::move_nodes::MoveNodes;
use super::pan::Pan;
use super::reconnect::Reconnect;
use super::{Gesture, Surface};
use crate::editor::Selection;
use crate::editor::geometry::Point;

/// A press on the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Press {
    /// Where, client coordinates.
    pub client: Point,
    /// By a finger; otherwise by a mouse or a pen.
    pub is_touch: bool,
    /// It pans whatever is there: the middle button, or the space bar held.
    pub pans: bool,
    /// A drag over the empty canvas pans; otherwise it selects.
    pub background_pans: bool,
    /// The Shift key is held, or Ctrl or Cmd: what is pressed is added to the selection.
    pub adds: bool,
    /// The Alt key is held: copies are moved.
    pub copies: bool,
    /// It is the second one on the same thing within the time of a double click.
    pub is_double: bool,
}

impl Press {
    /// What is pressed.
    pub fn hit(&self, surface: &impl Surface) -> Hit {
        let reach = Reach { zoom: surface.camera().zoom, is_touch: self.is_touch };
        let at = surface.to_world(self.client);
        hit(&surface.document(), &surface.routes(), &surface.selection(), at, reach)
    }
}

/// What a press that hit this starts, after it has selected what it selects; nothing where it starts no gesture.
pub fn begin<S: Surface>(surface: &S, hit: Hit, press: &Press) -> Option<Box<dyn Gesture>> {
    if press.pans {
        return Some(Box::new(Pan::new(surface.clone())));
    }
    match hit {
        Hit::Port { node, out } => Some(Box::new(Connect::new(surface.clone(), node, out, press.is_touch))),
        Hit::Edge(node) => Some(Box::new(Connect::from_edge(surface.clone(), node, press))),
        Hit::LinkEnd { link, end } => Some(Box::new(Reconnect::new(surface.clone(), link, end, press.is_touch)?)),
        Hit::Node(node) => on_node(surface, node, press),
        Hit::Link(link) => {
            let mut selection = if press.adds { surface.selection() } else { Selection::default() };
            if !selection.links.remove(&link) {
                selection.links.insert(link);
            }
            surface.select(selection);
            None
        }
        Hit::Background if press.is_touch || press.background_pans && !press.adds => {
            Some(Box::new(Pan::on_background(surface.clone())))
        }
        Hit::Background => Some(Box::new(Marquee::new(surface.clone(), press.adds))),
    }
}

/// A press on a node selects it and may move what is selected.
fn on_node<S: Surface>(surface: &S, node: String, press: &Press) -> Option<Box<dyn Gesture>> {
    select_node(surface, &node, press)?;
    let nodes = surface.selection().nodes;
    let renames = press.is_double && !press.adds;
    Some(Box::new(MoveNodes::new(surface.clone(), node, nodes, renames, press.copies)?))
}

/// Selects a pressed node, or, when it is added and selected already, takes it out of the selection; then nothing
/// follows.
pub(super) fn select_node(surface: &impl Surface, node: &str, press: &Press) -> Option<()> {
    let mut selection = surface.selection();
    if press.adds && selection.nodes.remove(node) {
        surface.select(selection);
        return None;
    }
    if !selection.nodes.contains(node) {
        if !press.adds {
            selection = Selection::default();
        }
        selection.nodes.insert(node.to_owned());
        surface.select(selection);
    }
    Some(())
}
