//! What is wrong with a document as a graph.

use super::check::Checker;
use crate::kind::{Calls, Role};
use crate::kinds::{self, AnyKind};
use crate::link::{Choosing, Link};
use crate::model::Place;
use crate::params::read;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;

impl Checker<'_> {
    /// Checks the document as a graph: which node calls which, what traffic reaches, and circles.
    pub(super) fn graph(&mut self, kinds: &[AnyKind], ends: &[(u32, u32)]) {
        let document = self.document;
        let mut graph: DiGraph<(), usize> = DiGraph::new();
        let at: Vec<NodeIndex> = kinds.iter().map(|_| graph.add_node(())).collect();
        for (link, (from, to)) in ends.iter().enumerate() {
            graph.add_edge(at[*from as usize], at[*to as usize], link);
        }
        for (link, (from, to)) in document.links.iter().zip(ends) {
            let (from, to) = (&document.nodes[*from as usize].kind, &document.nodes[*to as usize].kind);
            if let Err(sentence) = kinds::may_call(from, to) {
                self.error(Place::Link(link.id.clone()), "", sentence.trim_end_matches('.').to_owned(), "another link");
            }
        }
        let mut reached = vec![false; kinds.len()];
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
            if info.role == Role::Source {
                let mut walk = Dfs::new(&graph, at[index]);
                while let Some(next) = walk.next(&graph) {
                    reached[next.index()] = true;
                }
            }
        }
        if kinds.iter().all(|kind| kind.info().role != Role::Source) {
            self.error(Place::Document, "", "nothing makes requests", "a client that calls something");
        } else {
            for (node, _) in document.nodes.iter().zip(&reached).filter(|(_, reached)| !**reached) {
                self.warning(
                    Place::Node(node.id.clone()),
                    "",
                    "no traffic reaches it",
                    "a link from something that a client calls",
                );
            }
        }
        // Requests must not circulate forever: on every circle, some link takes only a share.
        graph.retain_edges(|graph, edge| {
            let mut parameters = Link::default();
            read(&document.links[graph[edge]].params, &Place::Document, &mut |f| parameters.fields(Choosing::Calls, f));
            parameters.fraction() >= 1.0
        });
        for circle in petgraph::algo::tarjan_scc(&graph) {
            let first = circle[0];
            if circle.len() > 1 || graph.contains_edge(first, first) {
                let node = &document.nodes[first.index()];
                self.error(
                    Place::Node(node.id.clone()),
                    "",
                    "its requests come back to it forever",
                    "no circle of links, or a fraction below 1 on one of them",
                );
            }
        }
    }
}
