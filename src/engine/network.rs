//! Everything between the stations: links, partitions and health checks.
//!
//! A [`Network`] moves messages and does not know what they are about. Its methods are given the
//! calendar and the record, and by [`Core`] what they must know about a message's ends.

use super::calendar::{Calendar, Event, EventKind};
use super::core::{Core, NONE};
use super::link::LinkState;
use super::partition::Partitions;
use super::plan::{Direction, Endpoint, LinkPlan, Partition};
use super::probe::Probe;
use super::slab::Slab;
use crate::record::recorder::Recorder;

/// The links between the stations, the partitions in force, and the health checks under way.
#[derive(Debug)]
pub struct Network {
    /// The links with the state of their policies, in the order of their plans.
    pub links: Vec<LinkState>,
    /// Partitions between endpoints, and the messages that they hold back.
    pub(super) partitions: Partitions,
    /// Health checks that are not answered yet.
    pub(super) probes: Slab<Probe>,
}

/// One message on its way over a link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    pub link: u32,
    pub direction: Direction,
    /// What happens on arrival.
    pub event: Event,
    /// Its size, which matters where the link's bandwidth is limited.
    pub bytes: f64,
}

/// The caller's and the callee's end of a message, whichever of the two sent it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub caller: Endpoint,
    pub callee: Endpoint,
}

/// Which of a link's pairs of replicas a partition separates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionExtent {
    /// None of them.
    None,
    /// Some of them.
    Partial,
    /// All of them.
    Full,
}

impl Network {
    /// A network at rest.
    pub fn new(plans: Vec<LinkPlan>, seed: u64, calendar: &mut Calendar) -> Network {
        Network {
            links: plans.into_iter().map(|plan| LinkState::new(plan, seed, calendar)).collect(),
            partitions: Partitions::default(),
            probes: Slab::default(),
        }
    }

    /// Whether a partition holds back messages from one endpoint to another. Links that are cut as
    /// a whole are another matter: [`LinkState::is_cut`].
    pub fn is_partitioned(&self, from: Endpoint, to: Endpoint) -> bool {
        self.partitions.separate(from, to)
    }

    /// Whether a partition holds back messages between two endpoints in either direction.
    pub fn is_partitioned_either_way(&self, a: Endpoint, b: Endpoint) -> bool {
        !self.partitions.is_empty() && (self.is_partitioned(a, b) || self.is_partitioned(b, a))
    }

    /// Sends a message now: schedules its arrival, or keeps it with what a cut or a partition holds
    /// back. `ends` is needed only while there are partitions.
    // Inlined into `Core::transmit`, which every message goes through: 1 % of a run.
    #[inline(always)]
    pub(super) fn transmit(
        &mut self,
        calendar: &mut Calendar,
        record: &mut Recorder,
        transfer: Transfer,
        ends: Option<Ends>,
    ) {
        let Transfer { link: index, direction, event, bytes } = transfer;
        let link = &mut self.links[index as usize];
        if link.hold_if_cut(direction, event) {
            return;
        }
        if let Some(ends) = ends
            && self.partitions.hold_if_separated(transfer, ends)
        {
            return;
        }
        let now = calendar.now();
        let time = link.arrival(now, direction, bytes);
        if matches!(event.kind(), EventKind::Deliver | EventKind::Answer) {
            record.links[index as usize].counts.wire_ns += time - now;
        }
        match link.constant_latency {
            Some(delay) if time == now + delay.ns => calendar.after(delay, event),
            _ => calendar.at(time, event),
        }
    }
}

// What only the core knows: whose message it is.
impl Core {
    /// Sends a message over a link.
    pub(super) fn transmit(&mut self, link: u32, direction: Direction, event: Event, bytes: f64) {
        let ends = if self.network.partitions.is_empty() { None } else { Some(self.ends(link, event)) };
        let transfer = Transfer { link, direction, event, bytes };
        self.network.transmit(&mut self.calendar, &mut self.record, transfer, ends);
    }

    /// The endpoint that made a call: the replica that holds the owning job, or replica 0 of a
    /// client.
    pub(super) fn caller(&self, call: u32) -> Endpoint {
        let call = &self.calls[call];
        let is_job = call.owner < self.jobs.extent() && self.jobs[call.owner].station == call.station;
        (call.station, if is_job { self.jobs[call.owner].replica } else { 0 })
    }

    fn ends(&self, link: u32, event: Event) -> Ends {
        if matches!(event.kind(), EventKind::Probe | EventKind::ProbeAnswer) {
            return self.network.probe_ends(event.index());
        }
        let job = &self.jobs[event.index()];
        let caller = match job.call {
            // A message that needs no answer names its sender. Of a caller that stopped waiting the
            // replica is not known any more.
            NONE => (self.network.links[link as usize].plan.from, if job.sender == NONE { 0 } else { job.sender }),
            call => self.caller(call),
        };
        Ends { caller, callee: (job.station, job.replica) }
    }

    /// One fault fewer cuts a link. If it was the last one, what was held back is sent again, and
    /// the result is true.
    pub(super) fn restore_link(&mut self, link: u32, direction: Direction) -> bool {
        let Some(held) = self.network.links[link as usize].restore(direction) else { return false };
        for event in held {
            self.transmit(link, direction, event, 0.0);
        }
        true
    }

    /// A partition begins, or (`None`) ends, and then what it held back is sent again. Returns the
    /// stations that it separates, in rising order.
    pub(super) fn set_partition(&mut self, fault: u32, partition: Option<Partition>) -> Vec<u32> {
        let named = self.network.partitions.set(fault, partition);
        for Transfer { link, direction, event, .. } in self.network.partitions.release() {
            self.transmit(link, direction, event, 0.0);
        }
        named
    }

    /// Which of a link's pairs of replicas a partition separates, in either direction.
    pub fn link_partition(&self, link: u32) -> PartitionExtent {
        let plan = &self.network.links[link as usize].plan;
        if !self.network.partitions.concern(plan.from, plan.to) {
            return PartitionExtent::None;
        }
        let replicas = |station: u32| 0..self.station_states[station as usize].plan.replicas;
        let (mut some, mut all) = (false, true);
        for from in replicas(plan.from) {
            for to in replicas(plan.to) {
                let is_partitioned = self.network.is_partitioned_either_way((plan.from, from), (plan.to, to));
                some |= is_partitioned;
                all &= is_partitioned;
                if some && !all {
                    return PartitionExtent::Partial;
                }
            }
        }
        if some { PartitionExtent::Full } else { PartitionExtent::None }
    }
}
