//! An end of a link that follows the pointer: what [`Connect`](super::connect::Connect) and
//! [`Reconnect`](super::reconnect::Reconnect) have in common.

use super::hit::{Reach, node_at};
use super::{Over, Pointer, Preview, Surface};
use crate::editor::geometry::Point;
use crate::editor::{End, may_connect};
use crate::model::Document;

/// A link that has one end only.
#[derive(Clone, Debug, PartialEq)]
pub struct LooseLink {
    /// The node at the other end.
    pub fixed: String,
    /// Which end is loose.
    pub end: End,
    /// Where the loose end is, in the world.
    pub at: Point,
}

/// The loose end of a link, and the node that is under it.
pub(super) struct LooseEnd<S> {
    pub surface: S,
    pub loose: LooseLink,
    /// The link whose end is moved; absent while a new link is drawn.
    pub link: Option<String>,
    /// The node under the pointer.
    pub over: Option<Over>,
    pub is_touch: bool,
}

impl<S: Surface> LooseEnd<S> {
    /// Takes the loose end to the pointer.
    pub fn follow(&mut self, pointer: &Pointer) {
        let surface = &self.surface;
        let reach = Reach { zoom: surface.camera().zoom, is_touch: self.is_touch };
        let document = surface.document();
        let LooseLink { fixed, end, at } = &mut self.loose;
        *at = surface.to_world(pointer.client);
        let node = node_at(&document, *at, reach).filter(|_| surface.is_canvas(pointer.client));
        // The node that a new link is drawn from is where the press was: no link to itself is meant.
        let node = node.filter(|node| self.link.is_some() || node != fixed);
        self.over = node.map(|node| {
            let refusal = refusal(&document, fixed, *end, self.link.as_deref(), &node);
            Over { node, refusal }
        });
        surface.preview(Preview::LooseLink {
            loose: self.loose.clone(),
            link: self.link.clone(),
            over: self.over.clone(),
        });
    }
}

/// The ends of a link, from the fixed end and the node where the loose one is dropped.
pub(super) fn ends(fixed: String, loose: End, dropped_on: String) -> (String, String) {
    match loose {
        End::From => (dropped_on, fixed),
        End::To => (fixed, dropped_on),
    }
}

/// Why the loose end may not be dropped on a node, in a sentence.
fn refusal(document: &Document, fixed: &str, loose: End, link: Option<&str>, node: &str) -> Option<String> {
    let (from, to) = ends(fixed.to_owned(), loose, node.to_owned());
    may_connect(document, &from, &to, link).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loose_end_decides_the_direction() {
        let ends = |loose| ends("shop".to_owned(), loose, "db".to_owned());
        assert_eq!(ends(End::To), ("shop".to_owned(), "db".to_owned()));
        assert_eq!(ends(End::From), ("db".to_owned(), "shop".to_owned()));
    }

    #[test]
    fn a_link_that_exists_may_not_be_drawn_again_and_may_be_put_back() {
        let text = include_str!("../../../examples/1-examples/010-three-tier-shop.json");
        let document: Document = serde_json::from_str(text).expect("a document");
        let link = document.links.first().expect("the example has links").clone();
        let refusal = |id: Option<&str>| refusal(&document, &link.from, End::To, id, &link.to);
        assert!(refusal(None).is_some());
        assert_eq!(refusal(Some(&link.id)), None);
    }
}
