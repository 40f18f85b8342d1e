//! Document → scenario: checked and made ready, or the list of what is wrong. Never fails.

use crate::engine::Engine;
use crate::engine::plan::{LinkPlan, OperationPlan, Planned, RunSettings, StationPlan};
use crate::faults::{FaultContext, read_fault};
use crate::kind::{Calls, OutgoingLink, Role, StationContext};
use crate::kinds::{AnyKind, AnyStation, read_node};
use crate::link::{Choosing, Link};
use crate::model::{Document, Place, Problem, Severity};
use crate::params::{Violation, plain, read};
use crate::time::{from_ms, from_s};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A document checked and made ready.
#[derive(Clone, Debug)]
pub struct Scenario {
    settings: RunSettings,
    nodes: Vec<(AnyKind, StationContext)>,
    stations: Vec<StationPlan>,
    links: Vec<LinkPlan>,
    operations: Vec<OperationPlan>,
    changes: Vec<Planned>,
}

/// What became of a document.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Ready to run; absent when a problem is an error.
    pub scenario: Option<Scenario>,
    /// What is wrong, errors first.
    pub problems: Vec<Problem>,
}

impl Scenario {
    /// A run at time 0.
    pub fn engine(self) -> Engine<AnyStation> {
        let stations = self.nodes.iter().map(|(kind, site)| kind.station(site)).collect();
        Engine::new(self.settings, &self.stations, stations, self.links, self.operations, self.changes)
    }

    /// What goes wrong and when, by time.
    pub fn into_changes(self) -> Vec<Planned> {
        self.changes
    }

    /// Seed, length, warm-up, bins.
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }
}

/// The smallest of 1, 2, 5, 10, 30, 60, … seconds that gives at most 600 bins.
pub fn bin_s(duration_s: f64) -> f64 {
    const STEPS: [f64; 14] =
        [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 18_000.0, 86_400.0];
    STEPS.into_iter().find(|step| duration_s <= step * 600.0).unwrap_or(86_400.0)
}

/// The longest run, simulated seconds (about 115 days).
const LONGEST_S: f64 = 1e7;
/// How many nodes a drawing may have.
pub const NODES_MAX: usize = 500;
/// How many links a drawing may have.
pub const LINKS_MAX: usize = 2000;

/// Part of a problem's sentence.
type Words = Cow<'static, str>;

struct Compiler<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

/// Checks a document and makes it ready.
pub fn compile(document: &Document) -> Compiled {
    let mut compiler = Compiler { document, problems: Vec::new() };
    let scenario = compiler.compile();
    let is_error = |problem: &Problem| problem.severity == Severity::Error;
    let (mut problems, warnings): (Vec<_>, Vec<_>) = compiler.problems.into_iter().partition(is_error);
    let sound = problems.is_empty();
    problems.extend(warnings);
    Compiled { scenario: scenario.filter(|_| sound), problems }
}

impl Compiler<'_> {
    #[inline(never)]
    fn report(&mut self, severity: Severity, place: Place, field: &str, what: Words, right: Words) {
        let (field, what, right) = (field.to_owned(), what.into_owned(), right.into_owned());
        self.problems.push(Problem { severity, place, field, what, right });
    }

    fn error(&mut self, place: Place, field: &str, what: impl Into<Words>, right: impl Into<Words>) {
        self.report(Severity::Error, place, field, what.into(), right.into());
    }

    fn warning(&mut self, place: Place, field: &str, what: impl Into<Words>, right: impl Into<Words>) {
        self.report(Severity::Warning, place, field, what.into(), right.into());
    }

    fn compile(&mut self) -> Option<Scenario> {
        let document = self.document;
        let settings = self.run();
        if document.nodes.is_empty() {
            self.error(Place::Document, "", "there is nothing to run", "a client and something that it calls");
            return None;
        }
        if document.nodes.len() > NODES_MAX || document.links.len() > LINKS_MAX {
            self.error(
                Place::Document,
                "",
                "the drawing is too large",
                format!("at most {NODES_MAX} nodes and {LINKS_MAX} links"),
            );
            return None;
        }
        let kinds = self.nodes()?;
        let ends = self.links_ends()?;
        self.graph(&kinds, &ends);

        let mut operations: Vec<OperationPlan> = Vec::new();
        let first: Vec<u16> = kinds
            .iter()
            .map(|kind| {
                let index = operations.len() as u16;
                operations.extend(kind.operations());
                index
            })
            .collect();
        let keys = kinds.iter().map(AnyKind::keys).max().unwrap_or(1).max(1);
        let links = self.links(&ends, &operations);
        for (index, kind) in kinds.iter().enumerate() {
            let out: Vec<&LinkPlan> = links.iter().filter(|link| link.from == index as u32).collect();
            for Violation { field, what, right } in kind.check_links(&out) {
                self.error(Place::Node(document.nodes[index].id.clone()), &field, what, right);
            }
        }
        let mut sessions = 0u32;
        let first_session: Vec<u32> = kinds
            .iter()
            .map(|kind| {
                let first = sessions;
                sessions = sessions.saturating_add(kind.sessions());
                first
            })
            .collect();
        let sessions = if kinds.iter().any(AnyKind::sees_sessions) { sessions } else { 0 };

        let layouts: Vec<_> = kinds.iter().map(AnyKind::capacity).collect();
        let leaves = |node: u32| ends.iter().any(|(from, _)| *from == node);
        let is_queue = |node: u32| {
            crate::kinds::info(&document.nodes[node as usize].kind).is_some_and(|info| info.role == Role::Queue)
        };
        let nodes: Vec<(AnyKind, StationContext)> = kinds
            .into_iter()
            .enumerate()
            .map(|(index, kind)| {
                let out = ends
                    .iter()
                    .enumerate()
                    .filter(|(_, (from, _))| *from == index as u32)
                    .map(|(link, (_, to))| OutgoingLink {
                        link: link as u32,
                        role: crate::kinds::info(&document.nodes[*to as usize].kind)
                            .map_or(Role::Service, |info| info.role),
                        to: *to,
                        replicas: layouts[*to as usize].replicas,
                        workers: layouts[*to as usize].workers,
                        relays: leaves(*to),
                    })
                    .collect();
                let id = document.nodes[index].id.clone();
                let site = StationContext {
                    station: index as u32,
                    id,
                    seed: document.run.seed,
                    out,
                    queues: ends
                        .iter()
                        .filter(|(from, to)| *to == index as u32 && is_queue(*from))
                        .map(|(from, _)| *from)
                        .collect(),
                    first_operation: first[index],
                    keys,
                    first_session: first_session[index],
                    sessions,
                };
                (kind, site)
            })
            .collect();
        let stations: Vec<StationPlan> = layouts
            .iter()
            .zip(&document.nodes)
            .map(|(layout, node)| StationPlan {
                id: node.id.clone(),
                replicas: layout.replicas,
                workers: layout.workers,
                startup_ns: from_ms(layout.startup_ms),
                error_rate: layout.error_rate,
                absent: layout.absent,
            })
            .collect();
        let ground: Vec<(Role, u32, u64)> = nodes
            .iter()
            .zip(&stations)
            .map(|((kind, _), plan)| (kind.info().role, plan.replicas, plan.startup_ns))
            .collect();
        let changes = self.faults(&ground);
        Some(Scenario { settings, nodes, stations, links, operations, changes })
    }

    fn run(&mut self) -> RunSettings {
        let run = &self.document.run;
        if !(0.001..=LONGEST_S).contains(&run.duration_s) {
            self.error(
                Place::Run,
                "duration_s",
                format!("{} does not fit", plain(run.duration_s)),
                "seconds from 0.001 to 10000000",
            );
        }
        if !(0.0..=LONGEST_S).contains(&run.warmup_s) || run.warmup_s >= run.duration_s {
            self.error(
                Place::Run,
                "warmup_s",
                format!("{} does not fit", plain(run.warmup_s)),
                "seconds from 0, less than duration_s",
            );
        }
        RunSettings {
            seed: run.seed,
            duration_ns: from_s(run.duration_s),
            warmup_ns: from_s(run.warmup_s),
            bin_ns: from_s(bin_s(run.duration_s)),
        }
    }

    fn nodes(&mut self) -> Option<Vec<AnyKind>> {
        let mut seen = BTreeSet::new();
        let mut kinds = Vec::new();
        for (index, node) in self.document.nodes.iter().enumerate() {
            let place = Place::Node(node.id.clone());
            if node.id.is_empty() || !seen.insert(&node.id) {
                let what = if node.id.is_empty() {
                    format!("node {index} has no id")
                } else {
                    "the id is used twice".to_owned()
                };
                self.error(place.clone(), "", what, "an id of its own");
            }
            let Some((kind, problems)) = read_node(&node.kind, &node.params, &place) else {
                let known: Vec<&str> = crate::kinds::all().iter().map(|info| info.id).collect();
                self.error(
                    place,
                    "",
                    format!("the kind \"{}\" is not known", node.kind),
                    format!("one of {}", known.join(", ")),
                );
                continue;
            };
            self.problems.extend(problems);
            for Violation { field, what, right } in kind.check() {
                self.error(place.clone(), &field, what, right);
            }
            kinds.push(kind);
        }
        (kinds.len() == self.document.nodes.len()).then_some(kinds)
    }

    /// For each link the indices of the nodes that it joins.
    fn links_ends(&mut self) -> Option<Vec<(u32, u32)>> {
        let mut index = BTreeMap::new();
        for (i, node) in self.document.nodes.iter().enumerate() {
            index.insert(node.id.as_str(), i as u32);
        }
        let mut seen = BTreeSet::new();
        let mut ends = Vec::new();
        for link in &self.document.links {
            let place = Place::Link(link.id.clone());
            if link.id.is_empty() || !seen.insert(&link.id) {
                self.error(place.clone(), "", "the id is missing or used twice", "an id of its own");
            }
            let mut end = |field: &str, id: &str| {
                let found = index.get(id).copied();
                if found.is_none() {
                    self.error(place.clone(), "", format!("{field}: there is no node \"{id}\""), "the id of a node");
                }
                found
            };
            if let (Some(from), Some(to)) = (end("from", &link.from), end("to", &link.to)) {
                ends.push((from, to));
            }
        }
        (ends.len() == self.document.links.len()).then_some(ends)
    }

    fn links(&mut self, ends: &[(u32, u32)], operations: &[OperationPlan]) -> Vec<LinkPlan> {
        let mut plans = Vec::new();
        for (link, (from, to)) in self.document.links.iter().zip(ends) {
            let place = Place::Link(link.id.clone());
            let mut parameters = Link::default();
            let caller = crate::kinds::info(&self.document.nodes[*from as usize].kind);
            let choosing = caller.map_or(Choosing::Calls, Choosing::of);
            self.problems.extend(read(&link.params, &place, &mut |f| parameters.fields(choosing, f)));
            for Violation { field, what, right } in parameters.check() {
                self.error(place.clone(), &field, what, right);
            }
            for name in parameters.operations().unwrap_or_default() {
                if operations.iter().all(|operation| operation.name != *name) {
                    self.warning(
                        place.clone(),
                        "operations",
                        format!("no client does \"{name}\""),
                        "the name of an operation",
                    );
                }
            }
            let serves = |it: &OperationPlan| parameters.operations().is_none_or(|names| names.contains(&it.name));
            plans.push(parameters.plan(&link.id, *from, *to, operations.iter().map(serves).collect()));
        }
        plans
    }

    /// What is wrong with the drawing as a graph.
    fn graph(&mut self, kinds: &[AnyKind], ends: &[(u32, u32)]) {
        let document = self.document;
        let mut graph: DiGraph<(), usize> = DiGraph::new();
        let at: Vec<NodeIndex> = kinds.iter().map(|_| graph.add_node(())).collect();
        for (link, (from, to)) in ends.iter().enumerate() {
            graph.add_edge(at[*from as usize], at[*to as usize], link);
        }
        for (link, (from, to)) in document.links.iter().zip(ends) {
            let (from, to) = (&document.nodes[*from as usize].kind, &document.nodes[*to as usize].kind);
            if let Err(sentence) = crate::kinds::may_call(from, to) {
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
                Role::Source if out == 0 => self.error(place(), "", "it calls nobody", "a link to what it calls"),
                Role::Proxy if out == 0 => {
                    self.error(place(), "", "nothing is behind it", "a link to what it protects or balances")
                }
                Role::Queue if out == 0 => self.warning(place(), "", "nobody takes its messages", "a link to an app"),
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
            self.error(Place::Document, "", "nobody makes requests", "a client that calls something");
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
        // Requests must not go round for ever: on every circle some link takes only a share.
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
                    "its requests come back to it for ever",
                    "no circle of links, or a fraction below 1 on one of them",
                );
            }
        }
    }

    fn faults(&mut self, nodes: &[(Role, u32, u64)]) -> Vec<Planned> {
        let ground = FaultContext { document: self.document, nodes };
        let mut changes: Vec<Planned> = Vec::new();
        for (index, fault) in self.document.faults.iter().enumerate() {
            let (plan, problems) = read_fault(fault, index as u32, &ground);
            for planned in plan {
                // At the same time, in the order of the document.
                let at = changes.partition_point(|earlier| earlier.time <= planned.time);
                changes.insert(at, planned);
            }
            self.problems.extend(problems);
        }
        changes
    }
}
