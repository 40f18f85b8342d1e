//! An end of a link that follows the pointer: what [`Connect`](super::connect::Connect) and
//! [`Reconnect`](super::reconnect::Reconnect) have in common.

use super::hit::{Hit, hit_at};
use super::to_world;
use crate::editor::{End, may_connect};
use crate::model::Document;
use crate::views::gestures::{Over, Pointer, Preview};
use crate::views::state::Ui;
use leptos::prelude::*;

/// The loose end of a link, and the node that is under it.
pub struct LooseEnd {
    /// The page.
    pub ui: Ui,
    /// The node at the other end.
    pub fixed: String,
    /// Which end is loose.
    pub loose: End,
    /// The link whose end is moved; absent while a new link is drawn.
    pub link: Option<String>,
    /// The node under the pointer.
    pub over: Option<Over>,
}

impl LooseEnd {
    /// Takes the loose end to the pointer.
    pub fn follow(&mut self, pointer: &Pointer) {
        let node = match hit_at(pointer.client) {
            Some(Hit::Node(node) | Hit::Port { node, .. }) => Some(node),
            _ => None,
        };
        // The node that a new link is drawn from is where the press was: no link to itself is meant.
        let node = node.filter(|node| self.link.is_some() || *node != self.fixed);
        self.over = node.map(|node| {
            let refusal = self
                .ui
                .editing
                .document
                .with_untracked(|document| refusal(document, &self.fixed, self.loose, self.link.as_deref(), &node));
            Over { node, refusal }
        });
        self.ui.gestures.preview.set(Preview::LooseLink {
            fixed: self.fixed.clone(),
            loose: self.loose,
            link: self.link.clone(),
            at: to_world(self.ui, pointer.client),
            over: self.over.clone(),
        });
    }
}

/// The ends of a link, from the fixed end and the node where the loose one is dropped.
pub fn ends(fixed: String, loose: End, dropped_on: String) -> (String, String) {
    match loose {
        End::From => (dropped_on, fixed),
        End::To => (fixed, dropped_on),
    }
}

/// Why the loose end may not be dropped on a node, in a sentence.
pub fn refusal(document: &Document, fixed: &str, loose: End, link: Option<&str>, node: &str) -> Option<String> {
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
        let document = {
            let text = include_str!("../../../../examples/1-examples/010-three-tier-shop.json");
            crate::codec::open(text).expect("examples open").0
        };
        let link = document.links.first().expect("the example has links").clone();
        let refusal = |id: Option<&str>| refusal(&document, &link.from, End::To, id, &link.to);
        assert!(refusal(None).is_some());
        assert_eq!(refusal(Some(&link.id)), None);
    }
}
