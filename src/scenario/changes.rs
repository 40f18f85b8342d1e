//! Parameters that change during a run: what each change of a document means, what the parameters are at an
//! instant, and which changes lead from one document to another.

use super::check::{Checker, EXPLAINS};
use crate::engine::plan::{LinkPlan, OperationPlan};
use crate::kinds::{self, AnyKind, read_node};
use crate::link::{Link, link_fields_from};
use crate::model::{Document, Fault, ParameterChange, Params, Place, Problem, Severity, limits};
use crate::params::{Field, Fixed, Violation, field_at, fixed_difference, hint, plain, values};
use crate::time::from_s;
use serde_json::Value;

/// Latest time of a change, seconds (about 115 days).
const SECONDS_MAX: f64 = 1e7;

/// What has other parameters from an instant on.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// When, nanoseconds since the start of the run.
    pub(super) time: u64,
    /// The nodes with other parameters, by their index.
    pub(super) nodes: Vec<(u32, AnyKind)>,
    /// The links with other parameters, by their index.
    pub(super) links: Vec<(u32, LinkPlan)>,
}

/// The parameters before a step; empty in the worker, which checks nothing.
struct Before {
    kinds: Vec<AnyKind>,
    links: Vec<Link>,
    plans: Vec<LinkPlan>,
}

impl Before {
    fn new(document: &Document, kinds: &[AnyKind], plans: &[LinkPlan]) -> Before {
        if EXPLAINS {
            let links = document.links.iter().map(Link::of).collect();
            Before { kinds: kinds.to_vec(), links, plans: plans.to_vec() }
        } else {
            Before { kinds: Vec::new(), links: Vec::new(), plans: Vec::new() }
        }
    }
}

/// The parameters that describe a node or a link of a document; empty where there is no such place.
pub fn fields_of(document: &Document, place: &Place) -> Vec<Field> {
    match place {
        Place::Node(id) => document.node(id).and_then(|node| kinds::fields(&node.kind)).unwrap_or_default(),
        Place::Link(id) => {
            let caller = document.link(id).and_then(|link| document.node(&link.from));
            caller.map(|node| link_fields_from(&node.kind)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn params_of<'a>(document: &'a Document, place: &Place) -> Option<&'a Params> {
    match place {
        Place::Node(id) => document.node(id).map(|node| &node.params),
        Place::Link(id) => document.link(id).map(|link| &link.params),
        _ => None,
    }
}

fn params_mut<'a>(document: &'a mut Document, place: &Place) -> Option<&'a mut Params> {
    match place {
        Place::Node(id) => document.nodes.iter_mut().find(|node| node.id == *id).map(|node| &mut node.params),
        Place::Link(id) => document.links.iter_mut().find(|link| link.id == *id).map(|link| &mut link.params),
        _ => None,
    }
}

/// The indices of a document's changes by time; those at the same time in the order of the document.
fn by_time(changes: &[ParameterChange]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let at = order.partition_point(|other| changes[*other].at_s <= change.at_s);
        order.insert(at, index);
    }
    order
}

/// Makes a change in the parameters of a document, if it has such a parameter.
fn make(document: &mut Document, change: &ParameterChange) {
    let Some((place, path)) = change.target(document) else { return };
    let fields = fields_of(document, &place);
    if let Some(params) = params_mut(document, &place) {
        // A path that leads nowhere is among the document's problems.
        let _ = values::set(params, &fields, path, Some(change.to.clone()));
    }
}

/// The document with the parameters that it has at an instant of the run, simulated seconds: all changes up to
/// then are made.
pub fn at(document: &Document, at_s: f64) -> Document {
    let mut then = document.clone();
    for index in by_time(&document.changes) {
        if document.changes[index].at_s <= at_s {
            make(&mut then, &document.changes[index]);
        }
    }
    then
}

/// The document with changes that set whole parameters (`nodes.db.params.replication`) in place of those that
/// set parts of them. It is the same run. The worker reads only such changes: finding a part takes the
/// description of all parameters, which it does not have.
pub fn with_whole_changes(document: &Document) -> Document {
    let mut whole = document.clone();
    let mut then = document.clone();
    for index in by_time(&document.changes) {
        let change = &document.changes[index];
        make(&mut then, change);
        let Some((place, path)) = change.target(document) else { continue };
        let key = path.split('.').next().unwrap_or_default();
        let value =
            params_of(&then, &place).and_then(|params| values::value_at(params, &fields_of(&then, &place), key));
        if let Some(value) = value {
            whole.changes[index].set = place.path(key);
            whole.changes[index].to = value;
        }
    }
    whole
}

/// The changes at an instant that lead from the parameters of one document to those of another; `None` if the
/// documents differ in more than the parameters of nodes and links.
pub fn between(before: &Document, after: &Document, at_s: f64) -> Option<Vec<ParameterChange>> {
    let same_parameters = |document: &Document| {
        let mut same = document.clone();
        same.nodes.iter_mut().for_each(|node| node.params = Params::new());
        same.links.iter_mut().for_each(|link| link.params = Params::new());
        same
    };
    if same_parameters(before) != same_parameters(after) {
        return None;
    }
    let nodes = before.nodes.iter().map(|node| Place::Node(node.id.clone()));
    let places = nodes.chain(before.links.iter().map(|link| Place::Link(link.id.clone())));
    let mut changes = Vec::new();
    for place in places {
        let (old, new) = (params_of(before, &place)?, params_of(after, &place)?);
        if old == new {
            continue;
        }
        let fields = fields_of(before, &place);
        let (old, new) = (values::filled(old, &fields), values::filled(new, &fields));
        let mut differences = Vec::new();
        differing("", &old, &new, &mut differences);
        let change = |(path, to): (String, Value)| ParameterChange { at_s, set: place.path(&path), to };
        changes.extend(differences.into_iter().map(change));
    }
    Some(changes)
}

/// The paths at which two objects differ, with the values of the second. Objects with the same keys are
/// compared key by key, others as a whole.
fn differing(above: &str, old: &Params, new: &Params, found: &mut Vec<(String, Value)>) {
    for (key, new) in new {
        let old = old.get(key).unwrap_or(&Value::Null);
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match (old, new) {
            (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => {
                differing(&path, old, new, found);
            }
            _ if !values::same(old, new) => found.push((path, new.clone())),
            _ => {}
        }
    }
}

/// From which simulated second on a run of one document is another run than one of the other, where they differ in
/// zones, faults and changes alone; infinite where they do not differ.
pub fn differ_from_s(before: &Document, after: &Document) -> f64 {
    let end_s = |fault: &Fault| fault.duration_s.map_or(f64::INFINITY, |duration_s| fault.start_s + duration_s);
    let faults = (0..before.faults.len().max(after.faults.len())).map(|index| {
        match (before.faults.get(index), after.faults.get(index)) {
            (Some(a), Some(b)) if a == b => f64::INFINITY,
            // Only the end is another one.
            (Some(a), Some(b)) if Fault { duration_s: b.duration_s, ..a.clone() } == *b => end_s(a).min(end_s(b)),
            (a, b) => a.into_iter().chain(b).map(|fault| fault.start_s).fold(f64::INFINITY, f64::min),
        }
    });
    // A fault at a zone that has other members is another fault.
    let members = |document: &Document, id: &str| document.zone(id).map(|zone| zone.nodes.clone());
    let zones =
        before.zones.iter().chain(&after.zones).filter(|zone| members(before, &zone.id) != members(after, &zone.id));
    let others: Vec<&str> = zones.map(|zone| zone.id.as_str()).collect();
    let names_one = |fault: &&Fault| {
        fault.target().into_iter().chain(fault.sides().into_iter().flatten()).any(|name| others.contains(&name))
    };
    let zoned: Vec<f64> =
        before.faults.iter().chain(&after.faults).filter(names_one).map(|fault| fault.start_s).collect();
    let ordered = |document: &Document| -> Vec<ParameterChange> {
        by_time(&document.changes).into_iter().map(|index| document.changes[index].clone()).collect()
    };
    let (old, new) = (ordered(before), ordered(after));
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let next = [old.get(same), new.get(same)].into_iter().flatten().map(|change| change.at_s);
    faults.chain(next).chain(zoned).fold(f64::INFINITY, f64::min)
}

/// Why the parameters of a document cannot become those of another one during a run: the parameter and why it
/// is fixed. `None` where they can.
pub fn fixed_between(before: &Document, after: &Document) -> Option<Fixed> {
    let nodes = before.nodes.iter().map(|node| Place::Node(node.id.clone()));
    let places = nodes.chain(before.links.iter().map(|link| Place::Link(link.id.clone())));
    places.into_iter().find_map(|place| {
        let (old, new) = (params_of(before, &place)?, params_of(after, &place)?);
        if old == new { None } else { fixed_difference(&fields_of(before, &place), old, new) }
    })
}

impl Checker<'_> {
    /// What each change does, by time.
    pub(super) fn steps(
        &mut self,
        kinds: &[AnyKind],
        ends: &[(u32, u32)],
        links: &[LinkPlan],
        operations: &[OperationPlan],
    ) -> Vec<Step> {
        let document = self.document;
        if document.changes.is_empty() {
            return Vec::new();
        }
        let (mut then, mut before) = (document.clone(), Before::new(document, kinds, links));
        let order = by_time(&document.changes);
        let mut steps: Vec<Step> = Vec::new();
        let mut touched: Vec<Place> = Vec::new();
        for (position, index) in order.iter().copied().enumerate() {
            let place = self.make_change(&mut then, index);
            touched.extend(place.filter(|place| !touched.contains(place)));
            // Changes at one instant are one step: together they have to fit.
            let time = from_s(document.changes[index].at_s);
            if order.get(position + 1).is_some_and(|next| from_s(document.changes[*next].at_s) == time) {
                continue;
            }
            let mut step = Step { time, nodes: Vec::new(), links: Vec::new() };
            for place in std::mem::take(&mut touched) {
                self.take_step(&mut step, &then, &place, ends, operations, index);
            }
            if EXPLAINS {
                self.check_step(&step, &then, &mut before, index);
            }
            steps.push(step);
        }
        steps
    }

    /// Reads the parameters of a place after changes of which the one of this index is the last.
    fn take_step(
        &mut self,
        step: &mut Step,
        then: &Document,
        place: &Place,
        ends: &[(u32, u32)],
        operations: &[OperationPlan],
        index: usize,
    ) {
        match place {
            Place::Node(id) => {
                let Some(at) = then.nodes.iter().position(|node| node.id == *id) else { return };
                let node = &then.nodes[at];
                let Some((kind, problems)) = read_node(&node.kind, &node.params, &Place::Change(index)) else { return };
                self.violated(index, problems);
                step.nodes.push((at as u32, kind));
            }
            Place::Link(id) => {
                let Some(at) = then.links.iter().position(|link| link.id == *id) else { return };
                let (_, plan, problems) = self.read_link(&then.links[at], ends[at], operations, &Place::Change(index));
                self.violated(index, problems);
                step.links.push((at as u32, plan));
            }
            _ => {}
        }
    }

    /// What is wrong with the parameters after a step that was not wrong before it. `then` has them.
    fn check_step(&mut self, step: &Step, then: &Document, before: &mut Before, index: usize) {
        let out = |before: &Before, node: u32| -> Vec<LinkPlan> {
            before.plans.iter().filter(|link| link.from == node).cloned().collect()
        };
        let mut touched: Vec<u32> = step.nodes.iter().map(|(node, _)| *node).collect();
        for (_, plan) in &step.links {
            if !touched.contains(&plan.from) {
                touched.push(plan.from);
            }
        }
        let known: Vec<Vec<Violation>> = touched
            .iter()
            .map(|node| before.kinds[*node as usize].check_links(&out(before, *node).iter().collect::<Vec<_>>()))
            .collect();
        for (node, kind) in &step.nodes {
            let former = std::mem::replace(&mut before.kinds[*node as usize], kind.clone());
            let known = former.check();
            self.violates(index, kind.check().into_iter().filter(|it| !known.contains(it)));
            self.violates(index, former.cannot_become(kind));
        }
        for (link, plan) in &step.links {
            let at = *link as usize;
            before.plans[at] = plan.clone();
            let parameters = Link::of(&then.links[at]);
            let former = std::mem::replace(&mut before.links[at], parameters.clone());
            let known = former.check();
            self.violates(index, parameters.check().into_iter().filter(|it| !known.contains(it)));
            self.violates(index, former.cannot_become(&parameters));
        }
        for (node, known) in touched.into_iter().zip(known) {
            let now = before.kinds[node as usize].check_links(&out(before, node).iter().collect::<Vec<_>>());
            self.violates(index, now.into_iter().filter(|it| !known.contains(it)));
        }
    }

    fn violated(&mut self, index: usize, problems: Vec<Problem>) {
        if EXPLAINS {
            for problem in problems.into_iter().filter(|problem| problem.severity == Severity::Error) {
                self.violates(index, [Violation::new(&problem.field, problem.what, problem.right)]);
            }
        }
    }

    fn violates(&mut self, index: usize, violations: impl IntoIterator<Item = Violation>) {
        for Violation { field, what, right } in violations {
            let what = if field.is_empty() { what } else { format!("{field} {what}") };
            self.error(Place::Change(index), "to", what, right);
        }
    }

    /// Makes a change in the parameters of `then`, and returns where it was; `None` where there is something
    /// wrong with it.
    fn make_change(&mut self, then: &mut Document, index: usize) -> Option<Place> {
        let document = self.document;
        let change = &document.changes[index];
        if EXPLAINS && !(0.0..=SECONDS_MAX).contains(&change.at_s) {
            let what = format!("{} does not fit", plain(change.at_s));
            self.error(Place::Change(index), "at_s", what, "seconds from 0 to 10000000");
            return None;
        }
        if EXPLAINS && change.at_s >= document.run.duration_s {
            let right = format!("less than {} s, the duration of the run", plain(document.run.duration_s));
            self.warning(Place::Change(index), "at_s", "the run is over by then", right);
        }
        let Some((place, path)) = change.target(document) else {
            self.unknown_target(index);
            return None;
        };
        if !EXPLAINS {
            // The page sends changes that set whole parameters.
            params_mut(then, &place)?.insert(path.to_owned(), change.to.clone());
            return Some(place);
        }
        let fields = fields_of(document, &place);
        let before = params_of(then, &place)?.clone();
        let mut after = before.clone();
        let set = values::set(&mut after, &fields, path, Some(change.to.clone()));
        let key = path.split('.').next().unwrap_or_default();
        if fields.iter().all(|field| field.key != key) {
            let known: Vec<&str> = fields.iter().map(|field| field.key).collect();
            let what = format!("there is no parameter \"{key}\"{}", hint(key, known.iter().copied()));
            self.error(Place::Change(index), "set", what, format!("one of {}", known.join(", ")));
            return None;
        }
        if let Err(refusal) = set {
            let what = refusal.trim_end_matches('.').to_owned();
            self.error(Place::Change(index), "set", what, "the path of a parameter");
            return None;
        }
        if let Some(Fixed { path, why, .. }) = fixed_difference(&fields, &before, &after) {
            let what = format!("{path} cannot change during a run, because {why}");
            self.error(Place::Change(index), "set", what, "its value from the start, among the parameters");
            return None;
        }
        *params_mut(then, &place)? = after;
        Some(place)
    }

    /// Says that a change names nothing that there is.
    fn unknown_target(&mut self, index: usize) {
        if !EXPLAINS {
            return;
        }
        let document = self.document;
        let set = &document.changes[index].set;
        let fixed = ["run.", "zones.", "faults"].iter().any(|prefix| set.starts_with(prefix));
        let (what, right) = if fixed {
            (format!("\"{set}\" cannot change during a run"), "a parameter of a node or a link")
        } else {
            let known = document.nodes.iter().map(|node| Place::Node(node.id.clone()).path(""));
            let known: Vec<String> =
                known.chain(document.links.iter().map(|link| Place::Link(link.id.clone()).path(""))).collect();
            let place = set.split(".params").next().unwrap_or_default();
            let meant = hint(place, known.iter().map(String::as_str));
            (format!("there is no parameter \"{set}\"{meant}"), "such as nodes.db.params.workers")
        };
        self.error(Place::Change(index), "set", what, right);
    }
}

/// Refuses more changes than a document may have.
pub(super) fn check_count(checker: &mut Checker) {
    if checker.document.changes.len() > limits::CHANGES {
        let right = format!("at most {} changes", limits::CHANGES);
        checker.error(Place::Document, "changes", "there are too many changes of parameters", right);
    }
}

/// What a change sets, and its value before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The node or the link.
    pub place: Place,
    /// The parameter.
    pub field: Field,
    /// As the inspector names the parameter, with the groups that it stands in.
    pub label: String,
    /// Its value until then.
    pub before: Value,
    /// Its value from then on.
    pub after: Value,
}

/// What the change of this index does; `None` where it names no parameter.
pub fn difference(document: &Document, index: usize) -> Option<Difference> {
    let change = document.changes.get(index)?;
    let (place, path) = change.target(document)?;
    let fields = fields_of(document, &place);
    let (label, field) = field_at(&fields, path)?;
    let field = field.clone();
    let mut then = document.clone();
    for other in by_time(&document.changes).into_iter().take_while(|other| *other != index) {
        make(&mut then, &document.changes[other]);
    }
    let value = |document: &Document| values::value_at(params_of(document, &place)?, &fields, path);
    let before = value(&then).unwrap_or(Value::Null);
    Some(Difference { field, label, before, after: change.to.clone(), place })
}
