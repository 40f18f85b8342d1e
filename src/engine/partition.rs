//! Partitions between endpoints: what is sent from one side to the other is held back until they
//! have healed, on any link. What was under way before still arrives.

use super::calendar::{Event, EventKind};
use super::core::{Core, NONE};
use super::plan::{Active, Direction, Endpoint, Partition};
use crate::order::ascending;

/// The partitions at work, and what they hold back.
#[derive(Debug, Default)]
pub struct Partitions {
    active: Active<Partition>,
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    from: Endpoint,
    to: Endpoint,
    link: u32,
    direction: Direction,
    event: Event,
}

impl Partitions {
    /// Whether there are none.
    pub fn is_quiet(&self) -> bool {
        self.active.is_empty()
    }
}

impl Core {
    /// Whether a message from one endpoint to another, each a station and a replica of it (0 for
    /// a client), is held back by a partition. Link cuts are another matter:
    /// [`LinkState::is_cut`](super::link::LinkState::is_cut).
    pub fn is_partitioned(&self, from: Endpoint, to: Endpoint) -> bool {
        from != to && self.partitions.active.iter().any(|it| it.holds_back(from, to))
    }

    /// Whether messages between two endpoints are held back in either direction.
    pub fn is_partitioned_either_way(&self, a: Endpoint, b: Endpoint) -> bool {
        !self.partitions.is_quiet() && (self.is_partitioned(a, b) || self.is_partitioned(b, a))
    }

    /// Whether partitions hold back messages on a link in either direction: of all of its pairs of
    /// replicas (`Some(true)`), or of some (`Some(false)`).
    pub fn link_partition(&self, link: u32) -> Option<bool> {
        let plan = &self.links[link as usize].plan;
        let names = |station: u32| move |it: &Partition| it.a.stations().chain(it.b.stations()).any(|at| at == station);
        let (from, to) = (names(plan.from), names(plan.to));
        if !self.partitions.active.iter().any(|it| from(it) && to(it)) {
            return None;
        }
        let replicas = |station: u32| 0..self.station_states[station as usize].plan.replicas;
        let (mut some, mut all) = (false, true);
        for from in replicas(plan.from) {
            for to in replicas(plan.to) {
                let is_partitioned = self.is_partitioned_either_way((plan.from, from), (plan.to, to));
                some |= is_partitioned;
                all &= is_partitioned;
                if some && !all {
                    return Some(false);
                }
            }
        }
        some.then_some(all)
    }

    /// The endpoint that made a call: the replica of the owner's job, 0 for clients.
    pub(super) fn caller(&self, call: u32) -> Endpoint {
        let it = &self.calls[call];
        let is_job = it.owner < self.jobs.extent() && self.jobs[it.owner].station == it.station;
        (it.station, if is_job { self.jobs[it.owner].replica } else { 0 })
    }

    /// Holds a message back if a partition is in its way.
    pub(super) fn hold_if_partitioned(&mut self, link: u32, direction: Direction, event: Event) -> bool {
        let (caller, callee) = self.ends(link, event);
        let (from, to) = if direction == Direction::Forward { (caller, callee) } else { (callee, caller) };
        let is_partitioned = self.is_partitioned(from, to);
        if is_partitioned {
            self.partitions.held.push(Held { from, to, link, direction, event });
        }
        is_partitioned
    }

    /// Who sent the question that a message is about, and who is to answer it.
    fn ends(&self, link: u32, event: Event) -> (Endpoint, Endpoint) {
        let from = self.links[link as usize].plan.from;
        if matches!(event.kind(), EventKind::Probe | EventKind::ProbeAnswer) {
            return ((from, 0), self.probed(event.index()));
        }
        let it = &self.jobs[event.index()];
        let caller = match it.call {
            // Its sender is noted in the message; of one that gave up waiting nothing is known.
            NONE => (from, if it.next == NONE { 0 } else { it.next }),
            call => self.caller(call),
        };
        (caller, (it.station, it.replica))
    }

    /// A partition begins, or (`None`) ends: what it held back is sent again. Returns the stations
    /// that it names.
    pub(super) fn set_partition(&mut self, fault: u32, severance: Option<Partition>) -> Vec<u32> {
        let before = self.partitions.active.get(fault);
        let sides = before.iter().copied().chain(&severance);
        let named = ascending(sides.flat_map(|it| it.a.stations().chain(it.b.stations())));
        self.partitions.active.set(fault, severance);
        for held in std::mem::take(&mut self.partitions.held) {
            if self.is_partitioned(held.from, held.to) {
                self.partitions.held.push(held);
            } else {
                self.transit(held.link, held.direction, held.event, 0.0);
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Endpoints;
    use super::*;

    #[test]
    fn a_severance_holds_back_what_crosses_it_in_its_directions() {
        let it = Partition {
            a: Endpoints::new([(1, Some(0)), (2, None)]),
            b: Endpoints::new([(1, None)]),
            forward: true,
            backward: false,
        };
        for (from, to, held) in [
            ((1, 0), (1, 2), true),
            ((1, 2), (1, 0), false),
            ((2, 7), (1, 1), true),
            ((1, 1), (2, 7), false),
            ((2, 0), (2, 1), false),
            ((3, 0), (1, 0), false),
        ] {
            assert_eq!(it.holds_back(from, to), held, "{from:?} to {to:?}");
        }
    }
}
