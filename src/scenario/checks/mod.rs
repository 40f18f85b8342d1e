//! What can be foreseen of a run, one family of problems a file. A new family is a file beside this one
//! and a line in [`all`].

mod connections;
mod faults;
mod loops;
mod memory;
mod settings;
pub(super) mod timeouts;
mod traffic;

use super::check::Checker;
use crate::engine::plan::{LinkPlan, OperationPlan, Planned};
use crate::kind::Role;
use crate::kinds::AnyKind;
use crate::link::Choosing;
use crate::model::{Document, Place};
use traffic::Flow;

/// Looks for every family of problems. `changes` are what each fault changes.
pub(super) fn all(checker: &mut Checker, facts: &Facts, changes: &[Vec<Planned>]) {
    traffic::check(checker, facts);
    loops::check(checker, facts);
    memory::check(checker, facts);
    timeouts::check(checker, facts);
    connections::check(checker, facts);
    settings::check(checker, facts, changes);
    faults::check(checker, facts, changes);
}

/// A document that was read, and what follows from it.
pub(super) struct Facts<'a> {
    document: &'a Document,
    kinds: &'a [AnyKind],
    links: &'a [LinkPlan],
    operations: &'a [OperationPlan],
    /// For each node the links that leave it, in document order.
    out: Vec<Vec<u32>>,
    /// Where the operations of each client go; operations that go the same way are one.
    flows: Vec<Flow>,
    /// For each node whether requests come to it.
    reached: Vec<bool>,
}

impl<'a> Facts<'a> {
    /// The facts about a document whose parts were read.
    pub(super) fn new(
        document: &'a Document,
        kinds: &'a [AnyKind],
        ends: &[(u32, u32)],
        links: &'a [LinkPlan],
        operations: &'a [OperationPlan],
    ) -> Facts<'a> {
        let mut out = vec![Vec::new(); kinds.len()];
        for (link, (from, _)) in (0..).zip(ends) {
            out[*from as usize].push(link);
        }
        let mut facts = Facts { document, kinds, links, operations, out, flows: Vec::new(), reached: Vec::new() };
        facts.flows = traffic::flows(&facts);
        let is_reached = |node: usize| facts.flows.iter().any(|flow| flow.reached[node]);
        facts.reached = (0..kinds.len()).map(is_reached).collect();
        facts
    }

    fn link(&self, link: u32) -> &LinkPlan {
        &self.links[link as usize]
    }

    fn id(&self, node: u32) -> &str {
        &self.document.nodes[node as usize].id
    }

    fn node(&self, node: u32) -> Place {
        Place::Node(self.id(node).to_owned())
    }

    fn place(&self, link: u32) -> Place {
        Place::Link(self.document.links[link as usize].id.clone())
    }

    fn role(&self, node: u32) -> Role {
        self.kinds[node as usize].info().role
    }

    fn choosing(&self, node: u32) -> Choosing {
        Choosing::of(self.kinds[node as usize].info())
    }

    /// Whether requests use a link: not where none come to its caller, or it takes none of them.
    fn is_used(&self, link: u32) -> bool {
        let from = self.link(link).from as usize;
        self.flows.iter().any(|flow| flow.reached[from] && self.carries(link, flow.operation))
    }
}

/// A number in a sentence: at most three digits of it are shown.
fn rounded(number: f64) -> String {
    let digits = if number >= 100.0 {
        0
    } else if number >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
