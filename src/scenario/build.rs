//! Checked document → what the engine runs.

use super::changes::Step;
use super::check::Parts;
use crate::engine::plan::{LinkPlan, NewParameters, OperationPlan, Reconfiguration, RunSettings, StationPlan};
use crate::engine::{Engine, Plan};
use crate::kind::{Capacity, OutgoingLink, Role, StationContext};
use crate::kinds::{AnyKind, AnyStation};
use crate::model::Document;
use crate::time::{from_ms, from_s};

/// A document checked and made ready.
#[derive(Clone, Debug)]
pub struct Scenario {
    settings: RunSettings,
    nodes: Vec<(AnyKind, StationContext)>,
    stations: Vec<StationPlan>,
    links: Vec<LinkPlan>,
    operations: Vec<OperationPlan>,
    plan: Plan<AnyKind>,
}

impl Scenario {
    /// A run at time 0.
    pub fn engine(self) -> Engine<AnyStation> {
        let stations = self.nodes.iter().map(|(kind, context)| kind.station(context)).collect();
        Engine::new(self.settings, &self.stations, stations, self.links, self.operations, self.plan)
    }

    /// For each node how many replicas and sessions there is room for. A run can go on by another scenario of the
    /// same nodes and links if these are the same.
    pub fn room(&self) -> Vec<[u32; 2]> {
        self.nodes.iter().map(|(_, site)| [site.replicas, site.own_sessions]).collect()
    }

    /// What happens at planned times.
    pub fn into_plan(self) -> Plan<AnyKind> {
        self.plan
    }

    /// Seed, duration, warm-up and bins.
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

/// The number of things before each node, and of all: `counts` says how many each node has.
fn running_total(counts: impl Iterator<Item = u32>) -> (Vec<u32>, u32) {
    let mut total = 0u32;
    let before = counts
        .map(|count| {
            let before = total;
            total = total.saturating_add(count);
            before
        })
        .collect();
    (before, total)
}

/// Makes a sound document ready to run.
pub(super) fn assemble(document: &Document, parts: Parts, memory_bytes: u64) -> Scenario {
    let Parts { kinds, ends, operations, links, changes, steps } = parts;
    let run = &document.run;
    let settings = RunSettings {
        seed: run.seed,
        duration_ns: from_s(run.duration_s),
        warmup_ns: from_s(run.warmup_s),
        bin_ns: from_s(bin_s(run.duration_s)),
        memory_bytes,
    };
    let (first_operation, _) = running_total(kinds.iter().map(|kind| kind.operations().len() as u32));
    let own_sessions: Vec<u32> =
        kinds.iter().zip(0..).map(|(kind, node)| most(node, kind, &steps, AnyKind::sessions)).collect();
    let (first_session, sessions) = running_total(own_sessions.iter().copied());
    let sessions = if kinds.iter().any(AnyKind::sees_sessions) { sessions } else { 0 };
    let keys = kinds.iter().map(AnyKind::keys).max().unwrap_or(1).max(1);
    let roles: Vec<Role> = kinds.iter().map(|kind| kind.info().role).collect();
    // As many replicas as it has at any time; those that it does not have at the start are absent.
    let capacity = |(kind, node): (&AnyKind, u32)| {
        let at_start = kind.capacity();
        let replicas = most_replicas(node, kind, &steps);
        Capacity { replicas, absent: at_start.absent + replicas - at_start.replicas, ..at_start }
    };
    let capacities: Vec<Capacity> = kinds.iter().zip(0..).map(capacity).collect();

    let calls_others = |node: u32| ends.iter().any(|(from, _)| *from == node);
    let outgoing = |(link, (_, to)): (usize, &(u32, u32))| OutgoingLink {
        link: link as u32,
        role: roles[*to as usize],
        to: *to,
        replicas: capacities[*to as usize].replicas,
        workers: capacities[*to as usize].workers,
        relays: calls_others(*to),
    };
    let context = |station: u32| StationContext {
        station,
        id: document.nodes[station as usize].id.clone(),
        seed: run.seed,
        out: ends.iter().enumerate().filter(|(_, (from, _))| *from == station).map(outgoing).collect(),
        queues: ends
            .iter()
            .filter(|(from, to)| *to == station && roles[*from as usize] == Role::Queue)
            .map(|(from, _)| *from)
            .collect(),
        stores: if roles[station as usize] == Role::Cache { stores_behind(station, &ends, &roles) } else { Vec::new() },
        replicas: capacities[station as usize].replicas,
        own_sessions: own_sessions[station as usize],
        first_operation: first_operation[station as usize] as u16,
        keys,
        first_session: first_session[station as usize],
        sessions,
    };
    let contexts: Vec<StationContext> = (0..kinds.len() as u32).map(context).collect();
    let is_cached = |station: u32| contexts.iter().any(|context| context.stores.contains(&station));
    let plan = |station: u32, kind: &AnyKind, capacity: &Capacity| StationPlan {
        id: document.nodes[station as usize].id.clone(),
        replicas: capacities[station as usize].replicas,
        workers: capacity.workers,
        startup_ns: from_ms(capacity.startup_ms),
        error_rate: capacity.error_rate,
        error_service: kind.error_service(),
        absent: capacities[station as usize].absent,
        tracked_keys: if is_cached(station) { keys } else { 0 },
    };
    let stations =
        kinds.iter().zip(0..).map(|(kind, station)| plan(station, kind, &capacities[station as usize])).collect();
    let mut reconfigurations = Vec::new();
    for Step { time, nodes, links } in steps {
        for (node, kind) in nodes {
            let first = u32::from(first_operation[node as usize] as u16);
            for (operation, number) in kind.operations().into_iter().zip(first..) {
                let to = NewParameters::Operation(number, operation);
                reconfigurations.push(Reconfiguration { time, to });
            }
            let to = NewParameters::Station(node, plan(node, &kind, &kind.capacity()), kind);
            reconfigurations.push(Reconfiguration { time, to });
        }
        let links = links.into_iter().map(|(link, plan)| NewParameters::Link(link, plan));
        reconfigurations.extend(links.map(|to| Reconfiguration { time, to }));
    }
    let nodes = kinds.into_iter().zip(contexts).collect();
    Scenario { settings, nodes, stations, links, operations, plan: Plan { fault_changes: changes, reconfigurations } }
}

/// The greatest value that a number of a node has during the run.
fn most(node: u32, at_start: &AnyKind, steps: &[Step], number: impl Fn(&AnyKind) -> u32) -> u32 {
    let later = steps.iter().flat_map(|step| &step.nodes).filter(|(other, _)| *other == node);
    later.map(|(_, kind)| number(kind)).fold(number(at_start), u32::max)
}

/// How many replicas a node has at most during the run.
pub(super) fn most_replicas(node: u32, at_start: &AnyKind, steps: &[Step]) -> u32 {
    most(node, at_start, steps, |kind| kind.capacity().replicas)
}

/// The stores whose data a cache has copies of: those that can be reached from it, or from its callers if
/// they fill it.
fn stores_behind(cache: u32, ends: &[(u32, u32)], roles: &[Role]) -> Vec<u32> {
    let reads_through = ends.iter().any(|(from, _)| *from == cache);
    let mut reached: Vec<u32> = match reads_through {
        true => vec![cache],
        false => ends.iter().filter(|(_, to)| *to == cache).map(|(from, _)| *from).collect(),
    };
    let mut next = 0;
    while let Some(node) = reached.get(next).copied() {
        next += 1;
        for (_, to) in ends.iter().filter(|(from, _)| *from == node) {
            if !reached.contains(to) {
                reached.push(*to);
            }
        }
    }
    reached.retain(|node| roles[*node as usize] == Role::Store);
    reached
}
