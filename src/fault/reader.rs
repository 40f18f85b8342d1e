//! From the names in a fault to the stations and links of a run.

use super::{AppliesTo, FaultInfo};
use crate::engine::plan::{Change, Planned};
use crate::kind::Role;
use crate::model::{Document, Fault, Named, Place, Problem, ReplicaRef, Severity};
use crate::params::{Violation, hint};
use crate::time::from_s;

/// What a fault has to know of the document.
pub struct FaultContext<'a> {
    /// The document.
    pub document: &'a Document,
    /// The nodes, in document order.
    pub nodes: &'a [NodeContext],
}

/// What a fault has to know of a node.
#[derive(Clone, Copy, Debug)]
pub struct NodeContext {
    /// What the node is to its callers.
    pub role: Role,
    /// How many replicas it has.
    pub replicas: u32,
    /// How many replicas in a row exchange messages among themselves; 1 where none do.
    pub replica_group: u32,
    /// How long it takes from a restart to the first request served, nanoseconds.
    pub startup_ns: u64,
}

/// A station, and its one replica from 0; `None` is all of them.
pub type StationReplica = (u32, Option<u32>);

/// Finds what a fault names, and collects its changes and what is wrong with it.
pub struct FaultReader<'a> {
    /// The document and its nodes.
    pub context: &'a FaultContext<'a>,
    /// The fault as the document has it.
    pub fault: &'a Fault,
    /// Its index in the document; the engine knows what it does under this number.
    pub number: u32,
    pub(crate) info: &'a FaultInfo,
    pub(crate) changes: Vec<Planned>,
    pub(crate) problems: Vec<Problem>,
}

impl FaultReader<'_> {
    /// Reports an error in the parameter `field`: what is wrong, and what would be right.
    pub fn error(&mut self, field: &str, what: impl Into<String>, right: impl Into<String>) {
        self.report(Severity::Error, Violation::new(field, what, right));
    }

    /// Reports something that can run but does not mean what its author thinks.
    pub fn warning(&mut self, field: &str, what: impl Into<String>, right: impl Into<String>) {
        self.report(Severity::Warning, Violation::new(field, what, right));
    }

    pub(crate) fn report(&mut self, severity: Severity, Violation { field, what, right }: Violation) {
        self.problems.push(Problem { severity, place: Place::Fault(self.number as usize), field, what, right });
    }

    /// Whether nothing wrong has been found so far.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// A change at the start of the fault.
    pub fn at_start(&mut self, change: Change) {
        self.changes.push(Planned { time: from_s(self.fault.start_s), change });
    }

    /// A change at the start of the fault, and another one at its end where it has one.
    pub fn from_to(&mut self, start: Change, end: Change) {
        self.from_to_late(start, end, 0);
    }

    /// A change at the start of the fault, and another one so many nanoseconds after its end.
    pub fn from_to_late(&mut self, start: Change, end: Change, late_ns: u64) {
        self.at_start(start);
        if let Some(duration_s) = self.fault.duration_s {
            let time = from_s(self.fault.start_s + duration_s) + late_ns;
            self.changes.push(Planned { time, change: end });
        }
    }

    fn station(&self, id: &str) -> Option<u32> {
        self.context.document.nodes.iter().position(|node| node.id == id).map(|station| station as u32)
    }

    /// What a name in the parameter `field` means: stations or one replica of one; nothing, and an
    /// error, when it means nothing.
    pub fn stations_named(&mut self, field: &str, name: &str) -> Vec<StationReplica> {
        let document = self.context.document;
        match document.named(name) {
            Some(Named::Zone(zone)) => zone.nodes.iter().filter_map(|member| self.member(field, member)).collect(),
            Some(_) => self.member(field, name).into_iter().collect(),
            // What was written there was refused: it is not missing.
            None if name.is_empty() && self.problems.iter().any(|problem| problem.field == field) => Vec::new(),
            None => {
                let what = if name.is_empty() {
                    "is missing".to_owned()
                } else {
                    let nodes = document.nodes.iter().map(|node| node.id.as_str());
                    let known = nodes.chain(document.zones.iter().map(|zone| zone.id.as_str()));
                    format!("there is no node or zone \"{name}\"{}", hint(name, known))
                };
                self.error(field, what, "the id of a node, of one replica (app#2), or of a zone");
                Vec::new()
            }
        }
    }

    /// A node or a replica; an error when the node has no such replica.
    fn member(&mut self, field: &str, name: &str) -> Option<StationReplica> {
        match self.context.document.named(name)? {
            Named::Node(node) => Some((self.station(&node.id)?, None)),
            Named::Replica(node, number) => {
                let station = self.station(&node.id)?;
                let replicas = self.context.nodes[station as usize].replicas;
                let replica = ReplicaRef { node: &node.id, number };
                if let Some(index) = replica.index().filter(|index| *index < replicas) {
                    return Some((station, Some(index)));
                }
                let id = &node.id;
                self.error(field, format!("{id} has no replica {number}"), format!("{id}#1 to {id}#{replicas}"));
                None
            }
            Named::Zone(_) => None,
        }
    }

    /// The stations or the one replica that the target means, as far as the fault applies to
    /// them; an error when it applies to none.
    pub fn replicas(&mut self, target: &str) -> Vec<StationReplica> {
        let mut found = self.stations_named(Fault::TARGET, target);
        found.retain(|(station, _)| self.info.applies_to.includes(self.context.nodes[*station as usize].role));
        if let AppliesTo::Nodes { expected, .. } = self.info.applies_to
            && found.is_empty()
            && self.is_sound()
        {
            self.error(Fault::TARGET, "this fault does not apply to it", expected);
        }
        found
    }

    /// The stations that the target means, as far as the fault applies to them; an error when it
    /// means one replica or none to which the fault applies.
    pub fn stations(&mut self, target: &str) -> Vec<u32> {
        let found = self.replicas(target);
        if found.iter().any(|(_, replica)| replica.is_some()) {
            self.error(Fault::TARGET, "this fault applies to a node as a whole", "the id of a node");
            return Vec::new();
        }
        found.into_iter().map(|(station, _)| station).collect()
    }

    /// The links of these ids; an error for each that there is not.
    pub fn links(&mut self, ids: &Option<Vec<String>>) -> Vec<u32> {
        let mut found = Vec::new();
        for id in ids.iter().flatten() {
            match self.context.document.links.iter().position(|link| link.id == *id) {
                Some(link) => found.push(link as u32),
                None => {
                    let known = self.context.document.links.iter().map(|link| link.id.as_str());
                    self.error(Fault::LINKS, format!("there is no link \"{id}\"{}", hint(id, known)), "ids of links");
                }
            }
        }
        found
    }
}
