//! Processes die: their work is lost, and calls to them are refused at once.

use super::active;
use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, LiveTarget, Part, target};
use crate::kind::Role;
use crate::kinds;
use crate::model::ReplicaRef;
use crate::params::{Fields, shown};
use crate::random::Stream;

/// Parameters of a crash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crash {
    target: String,
}

impl Fault for Crash {
    const INFO: FaultInfo = FaultInfo {
        id: "crash",
        label: "Crash",
        icon: "warning",
        help: shown("The processes die: what they were doing is lost, and calls to them are refused at once."),
        applies_to: AppliesTo::Nodes {
            role: |role| role != Role::Source,
            replicas: true,
            expected: "a node that is not a client, or the fault traffic with factor 0",
        },
        effect: FaultEffect::Crashes,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Crash>] = &[
        LiveFault {
            label: "Crash",
            detail: |_| String::new(),
            done: "Crashed",
            end: Some("Restart"),
            inject: |place| {
                let node = place.node(&Self::INFO).filter(|node| kinds::replicas(node) == 1).map(|node| &node.id);
                node.or(place.zone().map(|zone| &zone.id)).map(|id| Crash { target: id.clone() })
            },
        },
        LiveFault {
            label: "Crash a replica",
            detail: |place| of_replicas(place, 1),
            done: "One replica crashed",
            end: None,
            inject: one_replica,
        },
        LiveFault {
            label: "Crash all",
            detail: |place| of_replicas(place, u32::MAX),
            done: "Crashed",
            end: Some("Restart"),
            inject: |place| {
                let node = place.node(&Self::INFO).filter(|node| kinds::replicas(node) > 1);
                node.map(|node| Crash { target: node.id.clone() })
            },
        },
    ];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
    }

    fn at(id: &str) -> Crash {
        Crash { target: id.to_owned() }
    }

    fn chaos(id: &str, replicas: u32, rng: &mut Stream) -> Crash {
        if replicas > 1 {
            let number = 1 + rng.below(replicas);
            return Crash { target: ReplicaRef { node: id, number }.to_string() };
        }
        Crash::at(id)
    }

    fn changes(&self, reader: &mut FaultReader) {
        for (station, replica) in reader.replicas(&self.target) {
            let startup_ns = reader.context.nodes[station as usize].startup_ns;
            reader.from_to_late(Change::Crash(station, replica), Change::Restore(station, replica), startup_ns);
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("crashed")]
    }
}

/// `1 of 4`: so many of the replicas of the node that is selected.
fn of_replicas(place: &LiveTarget, most: u32) -> String {
    let replicas = place.node(&Crash::INFO).map_or(0, kinds::replicas);
    format!("{} of {replicas}", replicas.min(most))
}

/// The last replica of a node that no fault has crashed yet, where the node has more than one.
fn one_replica(place: &LiveTarget) -> Option<Crash> {
    let node = place.node(&Crash::INFO)?;
    let replicas = kinds::replicas(node);
    if replicas < 2 {
        return None;
    }
    let crashed: Vec<&str> = active::all_active(place.document, place.now_s, &place.places[0])
        .into_iter()
        .filter_map(|index| place.document.faults[index].target())
        .collect();
    let mut names = (1..=replicas).rev().map(|number| ReplicaRef { node: &node.id, number }.to_string());
    names.find(|name| !crashed.contains(&name.as_str())).map(|target| Crash { target })
}
