//! Faults that are injected into a run while it goes on.

use super::FaultInfo;
use crate::kinds;
use crate::model::{Document, Node, Place, Zone};

/// One thing that a menu offers to inject.
pub struct LiveFault<F> {
    /// As shown in the menu: an instruction such as `Crash`.
    pub label: &'static str,
    /// How much, or of how many, in a few words beside the label: `1 of 4`. Empty where the label says it all.
    pub detail: fn(&LiveTarget) -> String,
    /// What is announced once it is done: `Crashed`.
    pub done: &'static str,
    /// The menu's word for ending it (`Restart`), when the menu offers that in its place for as
    /// long as such a fault affects the whole of what is selected.
    pub end: Option<&'static str>,
    /// The fault for what is selected; `None` where it does not apply.
    pub inject: fn(&LiveTarget) -> Option<F>,
}

/// What is selected, to inject a fault there.
#[derive(Clone, Copy, Debug)]
pub struct LiveTarget<'a> {
    /// The document that runs.
    pub document: &'a Document,
    /// One node, one zone, or any number of links.
    pub places: &'a [Place],
    /// The instant, seconds of simulated time.
    pub now_s: f64,
}

impl<'a> LiveTarget<'a> {
    /// The one node that is selected, when the fault applies to it.
    pub fn node(&self, info: &FaultInfo) -> Option<&'a Node> {
        let [Place::Node(id)] = self.places else { return None };
        let node = self.document.node(id)?;
        let role = kinds::info(&node.kind)?.role;
        info.applies_to.includes(role).then_some(node)
    }

    /// The one zone that is selected.
    pub fn zone(&self) -> Option<&'a Zone> {
        let [Place::Zone(id)] = self.places else { return None };
        self.document.zone(id)
    }

    /// The links that are selected, when nothing else is.
    pub fn links(&self) -> Option<Vec<String>> {
        let link = |place: &Place| match place {
            Place::Link(id) => Some(id.clone()),
            _ => None,
        };
        self.places.iter().map(link).collect::<Option<Vec<_>>>().filter(|links| !links.is_empty())
    }

    /// The one link that is selected.
    pub fn link(&self) -> Option<Vec<String>> {
        self.links().filter(|links| links.len() == 1)
    }
}
