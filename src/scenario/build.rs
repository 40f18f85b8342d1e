//! Checked document → what the engine runs.

use super::check::Parts;
use crate::engine::Engine;
use crate::engine::plan::{LinkPlan, OperationPlan, Planned, RunSettings, StationPlan};
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
    changes: Vec<Planned>,
}

impl Scenario {
    /// A run at time 0.
    pub fn engine(self) -> Engine<AnyStation> {
        let stations = self.nodes.iter().map(|(kind, context)| kind.station(context)).collect();
        Engine::new(self.settings, &self.stations, stations, self.links, self.operations, self.changes)
    }

    /// What faults change, by time.
    pub fn into_changes(self) -> Vec<Planned> {
        self.changes
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
    let Parts { kinds, ends, operations, links, changes } = parts;
    let run = &document.run;
    let settings = RunSettings {
        seed: run.seed,
        duration_ns: from_s(run.duration_s),
        warmup_ns: from_s(run.warmup_s),
        bin_ns: from_s(bin_s(run.duration_s)),
        memory_bytes,
    };
    let (first_operation, _) = running_total(kinds.iter().map(|kind| kind.operations().len() as u32));
    let (first_session, sessions) = running_total(kinds.iter().map(AnyKind::sessions));
    let sessions = if kinds.iter().any(AnyKind::sees_sessions) { sessions } else { 0 };
    let keys = kinds.iter().map(AnyKind::keys).max().unwrap_or(1).max(1);
    let roles: Vec<Role> = kinds.iter().map(|kind| kind.info().role).collect();
    let capacities: Vec<Capacity> = kinds.iter().map(AnyKind::capacity).collect();

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
        first_operation: first_operation[station as usize] as u16,
        keys,
        first_session: first_session[station as usize],
        sessions,
    };
    let contexts: Vec<StationContext> = (0..kinds.len() as u32).map(context).collect();
    let is_cached = |station: u32| contexts.iter().any(|context| context.stores.contains(&station));
    let stations = capacities
        .iter()
        .zip(&document.nodes)
        .zip(kinds.iter().zip(0..))
        .map(|((capacity, node), (kind, station))| StationPlan {
            id: node.id.clone(),
            replicas: capacity.replicas,
            workers: capacity.workers,
            startup_ns: from_ms(capacity.startup_ms),
            error_rate: capacity.error_rate,
            error_service: kind.error_service(),
            absent: capacity.absent,
            tracked_keys: if is_cached(station) { keys } else { 0 },
        })
        .collect();
    let nodes = kinds.into_iter().zip(contexts).collect();
    Scenario { settings, nodes, stations, links, operations, changes }
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
