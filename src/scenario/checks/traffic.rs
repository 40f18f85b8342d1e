//! Where requests go, and nodes that none come to.

use super::{Checker, Facts};
use crate::kind::Role;
use std::collections::BTreeSet;

/// One operation of a client, for all that go the same way.
pub(super) struct Flow {
    /// The operation.
    pub(super) operation: u32,
    /// For each node whether requests of the operation come to it, the client included.
    pub(super) reached: Vec<bool>,
}

impl Facts<'_> {
    /// Whether requests of an operation may use a link.
    pub(super) fn carries(&self, link: u32, operation: u32) -> bool {
        let plan = self.link(link);
        plan.fraction > 0.0 && plan.serves.get(operation as usize).is_none_or(|serves| *serves)
    }
}

/// Where the operations of each client go.
pub(super) fn flows(facts: &Facts) -> Vec<Flow> {
    // Only links that serve some operations and not others distinguish operations.
    let selective: Vec<u32> =
        (0..facts.links.len() as u32).filter(|link| facts.link(*link).serves.contains(&false)).collect();
    let mut seen = BTreeSet::new();
    let mut flows = Vec::new();
    let mut operation = 0;
    for (client, kind) in (0..).zip(facts.kinds) {
        for _ in kind.operations() {
            let signature: Vec<bool> = selective.iter().map(|link| facts.carries(*link, operation)).collect();
            if seen.insert((client, signature)) {
                flows.push(Flow { operation, reached: reached(facts, client, operation) });
            }
            operation += 1;
        }
    }
    flows
}

fn reached(facts: &Facts, client: u32, operation: u32) -> Vec<bool> {
    let mut reached = vec![false; facts.kinds.len()];
    let mut next = vec![client];
    while let Some(node) = next.pop() {
        if !std::mem::replace(&mut reached[node as usize], true) {
            let links = facts.out[node as usize].iter().filter(|link| facts.carries(**link, operation));
            next.extend(links.map(|link| facts.link(*link).to));
        }
    }
    reached
}

/// Warns of nodes that no request comes to.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    if facts.kinds.iter().all(|kind| kind.info().role != Role::Source) {
        return; // That is an error of its own.
    }
    for (node, _) in (0..).zip(&facts.reached).filter(|(_, reached)| !**reached) {
        let right = "a link from something that a client calls";
        checker.warning(facts.node(node), "", "no traffic reaches it", right);
    }
}
