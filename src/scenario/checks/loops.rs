//! Circles of calls on which each request makes at least one more of itself.
//!
//! Let `w[i][j]` be the calls that a request at node i makes to node j on average. The requests die out
//! if and only if the elimination of `I − w` meets positive pivots only: it is a matrix of Minkowski's
//! kind then, and the pivot of a node is 1 less the requests that one request there brings back to it
//! through the nodes that were eliminated before.

use super::traffic::Flow;
use super::{Checker, Facts, rounded};
use crate::link::Choosing;
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// Rounding that a pivot may have.
const ROUNDING: f64 = 1e-9;

/// Refuses circles that multiply requests, or keep their number.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    let mut named: Vec<u32> = Vec::new();
    for flow in &facts.flows {
        for circle in circles(facts, flow) {
            let Some((node, returns)) = multiplies(facts, flow, &circle) else { continue };
            if named.contains(&node) {
                continue;
            }
            named.push(node);
            let subject = match &facts.operations[flow.operation as usize].name {
                name if facts.flows.len() > 1 => format!("each request of \"{name}\""),
                _ => "each request".to_owned(),
            };
            let what = match rounded(returns).as_str() {
                "1" => format!("{subject} comes back to it forever"),
                more => format!("{subject} comes back to it forever and makes {more} of itself each time"),
            };
            let right = "no circle of links, or fractions that bring less than 1 back";
            checker.error(facts.node(node), "", what, right);
        }
    }
}

/// The nodes of each set of circles that a flow passes, in document order.
fn circles(facts: &Facts, flow: &Flow) -> Vec<Vec<u32>> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    let at: Vec<_> = facts.kinds.iter().map(|_| graph.add_node(())).collect();
    for (link, plan) in (0..).zip(facts.links) {
        if flow.reached[plan.from as usize] && facts.carries(link, flow.operation) {
            graph.update_edge(at[plan.from as usize], at[plan.to as usize], ());
        }
    }
    let mut circles: Vec<Vec<u32>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|nodes| nodes.len() > 1 || graph.contains_edge(nodes[0], nodes[0]))
        .map(|nodes| nodes.into_iter().map(|node| node.index() as u32).collect())
        .collect();
    circles.iter_mut().for_each(|nodes| nodes.sort_unstable());
    circles.sort();
    circles
}

/// A node of a set of circles to which one request brings back at least one, and how many; `None` if the
/// requests die out.
fn multiplies(facts: &Facts, flow: &Flow, circle: &[u32]) -> Option<(u32, f64)> {
    // The first node is eliminated last: if any, it is the one that is named.
    let nodes: Vec<u32> = circle.iter().rev().copied().collect();
    let n = nodes.len();
    let mut rest = vec![vec![0.0; n]; n];
    for (row, from) in nodes.iter().enumerate() {
        rest[row][row] += 1.0;
        for (to, calls) in calls(facts, flow, *from) {
            if let Some(column) = nodes.iter().position(|node| *node == to) {
                rest[row][column] -= calls;
            }
        }
    }
    for pivot in 0..n {
        let divisor = rest[pivot][pivot];
        if divisor <= ROUNDING {
            return Some((nodes[pivot], 1.0 - divisor));
        }
        let (above, below) = rest.split_at_mut(pivot + 1);
        for row in below.iter_mut().filter(|row| row[pivot] != 0.0) {
            let factor = row[pivot] / divisor;
            for (value, above) in row.iter_mut().zip(&above[pivot]).skip(pivot + 1) {
                *value -= factor * above;
            }
        }
    }
    None
}

/// The nodes that a request at a node calls, each with the number of calls on average. What a cache or a
/// database could answer is not counted off: the first request of each key is answered by none.
fn calls(facts: &Facts, flow: &Flow, from: u32) -> Vec<(u32, f64)> {
    let used = || facts.out[from as usize].iter().copied().filter(|link| facts.carries(*link, flow.operation));
    if facts.choosing(from) == Choosing::Calls {
        return used().map(|link| (facts.link(link).to, facts.link(link).fraction)).collect();
    }
    // One of the links: by weight where weights count, else in proportion to the replicas behind each.
    let weighs = facts.kinds[from as usize].weighs_links();
    let weight = |link: u32| {
        let plan = facts.link(link);
        if weighs { plan.weight } else { f64::from(facts.kinds[plan.to as usize].capacity().replicas) }
    };
    let total: f64 = used().map(weight).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    used().map(|link| (facts.link(link).to, weight(link) / total)).collect()
}
