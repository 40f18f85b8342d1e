//! Document → problems. Nothing is built and nothing runs.

use super::build::most_replicas;
use super::changes::{self, Step};
use super::checks::{self, Facts};
use crate::engine::plan::{LinkPlan, OperationPlan, Planned};
use crate::fault::{FaultContext, NodeContext};
use crate::faults;
use crate::kind::{Calls, KindInfo};
use crate::kinds::{self, AnyKind, read_node};
use crate::link::{Choosing, Link, link_fields_from};
use crate::model::{self, Document, Fault, Place, Problem, Severity, limits};
use crate::params::{SHOWS_HELP, Violation, hint, read};
use crate::time::from_ms;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a document, errors first. A document without an error can run.
///
/// ```
/// use headroom::model::{Document, Place, Severity};
/// use headroom::scenario::check;
///
/// let problems = check(&Document::default());
/// assert_eq!(problems.len(), 1);
/// assert_eq!((problems[0].severity, &problems[0].place), (Severity::Error, &Place::Document));
/// assert_eq!(problems[0].what, "there is nothing to run");
/// ```
pub fn check(document: &Document) -> Vec<Problem> {
    check_within(document, limits::MEMORY_BYTES)
}

/// What is wrong with a fault in a document that has no others: that it does nothing, for one.
pub fn check_fault(document: &Document, fault: Fault) -> Option<Problem> {
    let alone = Document { faults: vec![fault], ..document.clone() };
    check(&alone).into_iter().find(|problem| problem.place == Place::Fault(0))
}

/// As [`check()`], for a run that may take so much memory.
pub fn check_within(document: &Document, memory_bytes: u64) -> Vec<Problem> {
    examine(document, memory_bytes).1
}

/// Whether this build explains documents to people. The worker does not: it is sent documents that the
/// page has checked, and leaves out what takes more than reading them.
pub(super) const EXPLAINS: bool = SHOWS_HELP;

/// The parts of a document that were read while it was checked; see [`super::build::assemble`].
pub(super) struct Parts {
    /// The nodes' parameters, in document order.
    pub(super) kinds: Vec<AnyKind>,
    /// For each link the indices of the nodes that it joins.
    pub(super) ends: Vec<(u32, u32)>,
    /// The operations of all clients, in document order.
    pub(super) operations: Vec<OperationPlan>,
    /// The links, in document order.
    pub(super) links: Vec<LinkPlan>,
    /// What faults change, by time.
    pub(super) changes: Vec<Planned>,
    /// Which parameters are others from then on, by time.
    pub(super) steps: Vec<Step>,
}

/// Reads and checks a document: its parts, unless one of the problems is an error, and the
/// problems, errors first.
pub(super) fn examine(document: &Document, memory_bytes: u64) -> (Option<Parts>, Vec<Problem>) {
    let mut checker = Checker { document, memory_bytes, problems: Vec::new() };
    let parts = checker.parts();
    let is_error = |problem: &Problem| problem.severity == Severity::Error;
    let (mut problems, warnings): (Vec<_>, Vec<_>) = checker.problems.into_iter().partition(is_error);
    let is_sound = problems.is_empty();
    problems.extend(warnings);
    (parts.filter(|_| is_sound), problems)
}

/// Part of a problem's sentence.
type Words = Cow<'static, str>;

/// Collects what is wrong.
pub(super) struct Checker<'a> {
    pub(super) document: &'a Document,
    /// Bytes that a run may take.
    pub(super) memory_bytes: u64,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn report(&mut self, severity: Severity, place: Place, field: &str, what: Words, right: Words) {
        let (field, what, right) = (field.to_owned(), what.into_owned(), right.into_owned());
        self.problems.push(Problem { severity, place, field, what, right });
    }

    pub(super) fn error(&mut self, place: Place, field: &str, what: impl Into<Words>, right: impl Into<Words>) {
        self.report(Severity::Error, place, field, what.into(), right.into());
    }

    pub(super) fn warning(&mut self, place: Place, field: &str, what: impl Into<Words>, right: impl Into<Words>) {
        self.report(Severity::Warning, place, field, what.into(), right.into());
    }

    /// Whether something is wrong with a field of a place already.
    pub(super) fn has_problem(&self, place: &Place, field: &str) -> bool {
        self.problems.iter().any(|problem| problem.place == *place && problem.field == field)
    }

    fn violations(&mut self, place: &Place, violations: impl IntoIterator<Item = Violation>) {
        for Violation { field, what, right } in violations {
            self.error(place.clone(), &field, what, right);
        }
    }

    fn parts(&mut self) -> Option<Parts> {
        let document = self.document;
        if EXPLAINS {
            self.problems.extend(document.run.problems());
        }
        if document.nodes.is_empty() {
            self.error(Place::Document, "", "there is nothing to run", "a client and something that it calls");
            return None;
        }
        if document.nodes.len() > limits::NODES || document.links.len() > limits::LINKS {
            let right = format!("at most {} nodes and {} links", limits::NODES, limits::LINKS);
            self.error(Place::Document, "", "the diagram is too large", right);
            return None;
        }
        changes::check_count(self);
        let kinds = self.nodes()?;
        let ends = self.ends()?;
        if EXPLAINS {
            self.graph(&kinds, &ends);
        }
        let operations: Vec<OperationPlan> = kinds.iter().flat_map(AnyKind::operations).collect();
        let links = self.links(&ends, &operations);
        for (index, kind) in kinds.iter().enumerate().filter(|_| EXPLAINS) {
            let out: Vec<&LinkPlan> = links.iter().filter(|link| link.from == index as u32).collect();
            self.violations(&Place::Node(document.nodes[index].id.clone()), kind.check_links(&out));
        }
        let steps = self.steps(&kinds, &ends, &links, &operations);
        let changes = self.faults(&kinds, &steps);
        if EXPLAINS {
            let facts = Facts::new(document, &kinds, &ends, &links, &operations);
            checks::all(self, &facts, &changes);
        }
        Some(Parts { kinds, ends, operations, links, changes: in_order(changes.into_iter().flatten()), steps })
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
                if EXPLAINS {
                    let known: Vec<&str> = kinds::all().iter().map(|info| info.id).collect();
                    let meant = hint(&node.kind, known.iter().copied());
                    let what = format!("the kind \"{}\" is not known{meant}", node.kind);
                    self.error(place, "", what, format!("one of {}", known.join(", ")));
                }
                continue;
            };
            self.problems.extend(problems);
            if EXPLAINS {
                self.violations(&place, kind.check());
            }
            kinds.push(kind);
        }
        (kinds.len() == self.document.nodes.len()).then_some(kinds)
    }

    /// For each link the indices of the nodes that it joins.
    fn ends(&mut self) -> Option<Vec<(u32, u32)>> {
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
                    let what = format!("{field}: there is no node \"{id}\"{}", hint(id, index.keys().copied()));
                    self.error(place.clone(), "", what, "the id of a node");
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
            let (parameters, plan, problems) = self.read_link(link, (*from, *to), operations, &place);
            self.problems.extend(problems);
            if EXPLAINS {
                self.violations(&place, parameters.check());
            }
            for name in parameters.operations().unwrap_or_default() {
                if EXPLAINS && operations.iter().all(|operation| operation.name != *name) {
                    let known = operations.iter().map(|operation| operation.name.as_str());
                    let what = format!("no client has the operation \"{name}\"{}", hint(name, known));
                    self.warning(place.clone(), "operations", what, "the name of an operation");
                }
            }
            plans.push(plan);
        }
        plans
    }

    /// Reads a link: its parameters, its plan, and what is wrong with them.
    pub(super) fn read_link(
        &self,
        link: &model::Link,
        (from, to): (u32, u32),
        operations: &[OperationPlan],
        place: &Place,
    ) -> (Link, LinkPlan, Vec<Problem>) {
        let mut parameters = Link::default();
        let caller = kinds::info(&self.document.nodes[from as usize].kind);
        let choosing = caller.map_or(Choosing::Calls, Choosing::of);
        let mut problems = read(&link.params, place, &mut |f| parameters.fields(choosing, f));
        if let (true, Some(caller)) = (EXPLAINS, caller) {
            problems.iter_mut().for_each(|problem| explain_unknown(problem, caller));
        }
        let serves =
            |operation: &OperationPlan| parameters.operations().is_none_or(|names| names.contains(&operation.name));
        let plan = parameters.plan(&link.id, from, to, operations.iter().map(serves).collect());
        (parameters, plan, problems)
    }

    /// What each fault changes.
    fn faults(&mut self, kinds: &[AnyKind], steps: &[Step]) -> Vec<Vec<Planned>> {
        let context = |(kind, node): (&AnyKind, u32)| {
            let startup_ns = from_ms(kind.capacity().startup_ms);
            let replicas = most_replicas(node, kind, steps);
            NodeContext { role: kind.info().role, replicas, replica_group: kind.replica_group(), startup_ns }
        };
        let nodes: Vec<NodeContext> = kinds.iter().zip(0..).map(context).collect();
        let context = FaultContext { document: self.document, nodes: &nodes };
        let mut changes: Vec<Vec<Planned>> = Vec::new();
        for (index, fault) in self.document.faults.iter().enumerate() {
            let (planned, problems) = faults::plan(fault, index as u32, &context);
            changes.push(planned);
            self.problems.extend(problems);
        }
        changes
    }
}

/// Says of a parameter that is ignored on a link from this kind, and has a meaning on links from others, where
/// it has one.
fn explain_unknown(problem: &mut Problem, caller: &KindInfo) {
    let is_known = |info: &KindInfo| link_fields_from(info.id).iter().any(|field| field.key == problem.field);
    if problem.severity != Severity::Warning || is_known(caller) {
        return;
    }
    let others = kinds::all().iter().filter(|info| info.calls != Calls::None && is_known(info));
    let others: Vec<String> = others.map(|info| info.label.to_lowercase()).collect();
    if !others.is_empty() {
        problem.what = format!("has no meaning on a link from a node of the kind {}", caller.label.to_lowercase());
        problem.right = format!("a link from a node of the kind {}", others.join(" or "));
    }
}

/// The changes by time; those at the same time stay in the order of the document. They are few, and a sort of
/// the standard library for this type is four kilobytes of the worker.
fn in_order(changes: impl Iterator<Item = Planned>) -> Vec<Planned> {
    let mut sorted: Vec<Planned> = Vec::new();
    for change in changes {
        let at = sorted.partition_point(|other| other.time <= change.time);
        sorted.insert(at, change);
    }
    sorted
}
