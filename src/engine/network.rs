//! Everything between the stations: links, partitions and health checks.
//!
//! A [`Network`] moves messages and does not know what they are about. Its methods are given the
//! calendar and the record, and by [`Core`] what they must know about a message's ends.

use super::calendar::{Calendar, Event, EventKind};
use super::core::{Core, NONE};
use super::job::JobState;
use super::link::{LinkState, next_retransmission};
use super::partition::Partitions;
use super::plan::{Direction, Endpoint, LinkPlan, Partition, ResumeMode, StationPlan};
use super::probe::Probe;
use super::slab::Slab;
use crate::record::recorder::Recorder;
use serde::{Deserialize, Serialize};

/// The links between the stations, the partitions in force, and the health checks under way.
#[derive(Debug)]
pub struct Network {
    /// The links with the state of their policies, in the order of their plans.
    pub links: Vec<LinkState>,
    /// Partitions between endpoints, and the messages that they hold back.
    pub(super) partitions: Partitions,
    /// Health checks that are not answered yet.
    pub(super) probes: Slab<Probe>,
    /// Cancellations on their way.
    pub(super) cancels: Slab<Cancel>,
    /// Messages that wait for their retransmission.
    pub(super) resends: Slab<Held>,
}

/// The cancellation of a job, on its way to the callee.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cancel {
    pub job: u32,
    /// The serial number of the job; its slot may hold another one when the cancellation arrives.
    pub serial: u32,
    ends: Ends,
}

/// A message that something held back, and when it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub transfer: Transfer,
    pub sent: u64,
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

/// Which of the messages in one direction of a link are held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldBack {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// Those between some of the replicas.
    Some,
}

impl Network {
    /// A network at rest.
    pub fn new(plans: Vec<LinkPlan>, stations: &[StationPlan], seed: u64, calendar: &mut Calendar) -> Network {
        let replicas = |plan: &LinkPlan| stations.get(plan.to as usize).map_or(1, |station| station.replicas);
        let new = |plan: LinkPlan| {
            let callee_replicas = replicas(&plan);
            LinkState::new(plan, callee_replicas, seed, calendar)
        };
        let mut network = Network {
            links: plans.into_iter().map(new).collect(),
            partitions: Partitions::default(),
            probes: Slab::default(),
            cancels: Slab::default(),
            resends: Slab::default(),
        };
        network.find_siblings();
        network
    }

    /// Finds for each link that limits its calls the others of its caller that do.
    pub(super) fn find_siblings(&mut self) {
        let links = &mut self.links;
        for link in 0..links.len() {
            let from = links[link].plan.from;
            let is_sibling = |other: &usize| {
                *other != link
                    && links[*other].plan.from == from
                    && links[*other].is_capped()
                    && links[link].is_capped()
            };
            links[link].siblings = (0..links.len()).filter(is_sibling).map(|other| other as u32).collect();
        }
    }

    /// The ends of a cancellation.
    pub(super) fn cancel_ends(&self, cancel: u32) -> Ends {
        self.cancels[cancel].ends
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
        let now = calendar.now();
        self.transmit_again(calendar, record, Held { transfer, sent: now }, ends);
    }

    /// As [`transmit`](Self::transmit), for a message that was sent before for the first time.
    #[inline(always)]
    fn transmit_again(&mut self, calendar: &mut Calendar, record: &mut Recorder, held: Held, ends: Option<Ends>) {
        let Held { transfer: Transfer { link: index, direction, event, bytes }, sent } = held;
        let link = &mut self.links[index as usize];
        if link.hold_if_cut(direction, event, sent) {
            return;
        }
        if let Some(ends) = ends
            && self.partitions.hold_if_separated(held, ends)
        {
            return;
        }
        let now = calendar.now();
        let is_limited = link.plan.ns_per_byte > 0.0;
        let busy_until = if is_limited { link.busy_until[direction as usize].max(now) } else { 0 };
        let time = link.arrival(now, direction, bytes);
        if is_limited {
            let departure = link.busy_until[direction as usize];
            let record = &mut record.links[index as usize];
            record.wire[direction as usize].take(departure - busy_until, departure);
            record.counts.wire_wait_ns += busy_until - now;
            record.counts.wire_messages += 1;
        }
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
        let ends = if self.network.partitions.is_empty() { None } else { Some(self.ends(event)) };
        let transfer = Transfer { link, direction, event, bytes };
        self.network.transmit(&mut self.calendar, &mut self.record, transfer, ends);
    }

    /// The caller's and the callee's end of what an event is about.
    fn ends(&self, event: Event) -> Ends {
        match event.kind() {
            EventKind::Probe | EventKind::ProbeAnswer => self.network.probe_ends(event.index()),
            EventKind::Cancel => self.network.cancels[event.index()].ends,
            _ => self.ends_of_job(event.index()),
        }
    }

    fn ends_of_job(&self, job: u32) -> Ends {
        let job = &self.jobs[job];
        let from = self.network.links[job.link as usize].plan.from;
        Ends { caller: (from, job.sender), callee: (job.station, job.replica) }
    }

    /// Sends the callee of a job a cancellation, because no caller waits for its answer: a message like any other.
    pub(super) fn send_cancel(&mut self, index: u32) {
        let (ends, job) = (self.ends_of_job(index), &self.jobs[index]);
        let (link, serial) = (job.link, job.serial);
        let cancel = self.network.cancels.insert(Cancel { job: index, serial, ends });
        self.transmit(link, Direction::Forward, Event::new(EventKind::Cancel, cancel), 0.0);
    }

    /// A cancellation has arrived: returns the job that it is for, if that has not been answered.
    pub(super) fn cancelled_job(&mut self, event: Event) -> Option<u32> {
        let Cancel { job, serial, .. } = self.network.cancels[event.index()];
        self.network.cancels.remove(event.index());
        let it = &self.jobs[job];
        (it.serial == serial && matches!(it.state, JobState::Sent | JobState::Waiting | JobState::Held)).then_some(job)
    }

    // -- what was held back ---------------------------------------------------------------------------

    /// One fault fewer cuts a link. If it was the last one, what was held back is sent again, and
    /// the result is true.
    pub(super) fn restore_link(&mut self, link: u32, direction: Direction, resume: ResumeMode) -> bool {
        let Some(held) = self.network.links[link as usize].restore(direction) else { return false };
        for (event, sent) in held {
            self.send_held(Held { transfer: Transfer { link, direction, event, bytes: 0.0 }, sent }, resume);
        }
        true
    }

    /// A partition begins, or (`None`) ends, and then what it held back is sent again. Returns the
    /// stations that it separates, in rising order.
    pub(super) fn set_partition(&mut self, fault: u32, partition: Option<Partition>) -> Vec<u32> {
        let (named, resume) = self.network.partitions.set(fault, partition, self.calendar.now());
        for held in self.network.partitions.release() {
            self.send_held(held, resume);
        }
        named
    }

    /// Sends a message that was held back: now, or at its next retransmission.
    fn send_held(&mut self, held: Held, resume: ResumeMode) {
        let now = self.now();
        let due = match resume {
            ResumeMode::AtOnce => now,
            ResumeMode::Retransmission => next_retransmission(held.sent, now),
        };
        if due == now {
            return self.transmit_held(held);
        }
        let resend = self.network.resends.insert(held);
        self.calendar.at(due, Event::new(EventKind::Resend, resend));
    }

    /// The time of a retransmission has come. A message whose sender has given up is not sent again.
    #[cold]
    pub(super) fn resend(&mut self, resend: u32) {
        let held = self.network.resends[resend];
        self.network.resends.remove(resend);
        let event = held.transfer.event;
        if event.kind() == EventKind::Deliver {
            let job = &self.jobs[event.index()];
            let is_given_up = job.call == NONE && !job.one_way;
            if is_given_up || job.state == JobState::Orphaned {
                return self.drop_undelivered(event.index());
            }
        }
        self.transmit_held(held);
    }

    fn transmit_held(&mut self, held: Held) {
        let ends = (!self.network.partitions.is_empty()).then(|| self.ends(held.transfer.event));
        self.network.transmit_again(&mut self.calendar, &mut self.record, held, ends);
    }

    /// Places in the pools of all calling processes that are up; `None` without a limit.
    pub fn pool_size(&self, link: u32) -> Option<u64> {
        let state = &self.network.links[link as usize];
        let callers = u64::from(self.record.nodes[state.plan.from as usize].replicas.level());
        Some(state.pool_of_process()? * callers)
    }

    /// Which messages of a link's direction cuts and partitions hold back now.
    pub fn held_back(&self, link: u32, direction: Direction) -> HeldBack {
        let state = &self.network.links[link as usize];
        if state.is_cut_in(direction) {
            return HeldBack::All;
        }
        let LinkPlan { from, to, .. } = state.plan;
        if !self.network.partitions.concern(from, to) {
            return HeldBack::None;
        }
        let replicas = |station: u32| 0..self.station_states[station as usize].plan.replicas;
        let (mut some, mut all) = (false, true);
        for caller in replicas(from).map(|replica| (from, replica)) {
            for callee in replicas(to).map(|replica| (to, replica)) {
                let (sender, receiver) =
                    if direction == Direction::Forward { (caller, callee) } else { (callee, caller) };
                let is_partitioned = self.network.is_partitioned(sender, receiver);
                some |= is_partitioned;
                all &= is_partitioned;
                if some && !all {
                    return HeldBack::Some;
                }
            }
        }
        if some { HeldBack::All } else { HeldBack::None }
    }
}
