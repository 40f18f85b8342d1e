//! What is wrong with a document as a graph.

use super::check::Checker;
use crate::kind::{Calls, Role};
use crate::kinds::{self, AnyKind};
use crate::model::Place;

impl Checker<'_> {
    /// Checks the document as a graph: which node calls which, and how many each may call.
    pub(super) fn graph(&mut self, kinds: &[AnyKind], ends: &[(u32, u32)]) {
        let document = self.document;
        for (link, (from, to)) in document.links.iter().zip(ends) {
            let (from, to) = (&document.nodes[*from as usize].kind, &document.nodes[*to as usize].kind);
            if let Err(sentence) = kinds::may_call(from, to) {
                self.error(Place::Link(link.id.clone()), "", sentence.trim_end_matches('.').to_owned(), "another link");
            }
        }
        for (index, kind) in kinds.iter().enumerate() {
            let node = &document.nodes[index];
            let info = kind.info();
            let out = ends.iter().filter(|(from, _)| *from == index as u32).count();
            let place = || Place::Node(node.id.clone());
            if info.calls == Calls::One && out > 1 {
                self.error(place(), "", format!("{out} links leave it"), "one link; a load balancer spreads over more");
            }
            match info.role {
                Role::Source if out == 0 => self.error(place(), "", "it calls nothing", "a link to what it calls"),
                Role::Proxy if out == 0 => {
                    self.error(place(), "", "nothing is behind it", "a link to what it protects or balances")
                }
                Role::Queue if out == 0 => self.warning(place(), "", "nothing takes its messages", "a link to an app"),
                _ => {}
            }
        }
        if kinds.iter().all(|kind| kind.info().role != Role::Source) {
            self.error(Place::Document, "", "nothing makes requests", "a client that calls something");
        }
    }
}
