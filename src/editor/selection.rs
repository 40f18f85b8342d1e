//! What is selected.

use crate::model::Document;
use std::collections::BTreeSet;

/// What is selected: ids of nodes and links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Node ids.
    pub nodes: BTreeSet<String>,
    /// Link ids.
    pub links: BTreeSet<String>,
}

impl Selection {
    /// One node.
    pub fn node(id: impl Into<String>) -> Selection {
        Selection { nodes: BTreeSet::from([id.into()]), links: BTreeSet::new() }
    }

    /// One link.
    pub fn link(id: impl Into<String>) -> Selection {
        Selection { nodes: BTreeSet::new(), links: BTreeSet::from([id.into()]) }
    }

    /// Every node and link of a document.
    pub fn all(document: &Document) -> Selection {
        Selection {
            nodes: document.nodes.iter().map(|node| node.id.clone()).collect(),
            links: document.links.iter().map(|link| link.id.clone()).collect(),
        }
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.links.is_empty()
    }

    /// Drops the ids that a document does not have.
    pub fn retain_in(&mut self, document: &Document) {
        let all = Selection::all(document);
        self.nodes.retain(|id| all.nodes.contains(id));
        self.links.retain(|id| all.links.contains(id));
    }
}
