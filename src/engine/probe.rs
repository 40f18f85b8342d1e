//! Health checks: whether a process answers at all.
//!
//! A probe is a message on the link, and is held up by whatever holds up messages there. It is not
//! a request: the record, the pool and the breaker do not count it, and a process answers it at
//! once without a worker, however slow or full it is. A dead process refuses it; a paused one does
//! not answer until it is resumed.

use super::calendar::{Calendar, Event, EventKind};
use super::core::Core;
use super::network::{Ends, Network, Transfer};
use super::plan::{Direction, Endpoint};
use crate::record::recorder::Recorder;

/// One health check of one replica.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The station that checks.
    pub station: u32,
    /// Its mark on the probe.
    pub tag: u32,
    /// When it was sent, nanoseconds.
    pub sent: u64,
    /// Whether a process answered; false until then.
    pub good: bool,
    link: u32,
    replica: u32,
}

impl Network {
    /// The replica that a probe checks.
    pub(super) fn probed(&self, probe: u32) -> Endpoint {
        let Probe { link, replica, .. } = self.probes[probe];
        (self.links[link as usize].plan.to, replica)
    }

    pub(super) fn probe_ends(&self, probe: u32) -> Ends {
        let from = self.links[self.probes[probe].link as usize].plan.from;
        Ends { caller: (from, 0), callee: self.probed(probe) }
    }

    fn transmit_probe(
        &mut self,
        calendar: &mut Calendar,
        record: &mut Recorder,
        probe: u32,
        direction: Direction,
        kind: EventKind,
    ) {
        let ends = (!self.partitions.is_empty()).then(|| self.probe_ends(probe));
        let event = Event::new(kind, probe);
        let transfer = Transfer { link: self.probes[probe].link, direction, event, bytes: 0.0 };
        self.transmit(calendar, record, transfer, ends);
    }

    /// Sends the answer to a probe.
    pub(super) fn answer_probe(&mut self, calendar: &mut Calendar, record: &mut Recorder, probe: u32, good: bool) {
        self.probes[probe].good = good;
        self.transmit_probe(calendar, record, probe, Direction::Backward, EventKind::ProbeAnswer);
    }

    /// The answer to a probe has arrived: gives its slot back.
    pub(super) fn end_probe(&mut self, probe: u32) -> Probe {
        self.probes.remove(probe);
        self.probes[probe]
    }
}

impl Core {
    /// Sends a health check to a replica behind a link. If an answer comes, the station receives it
    /// by `probed`.
    pub fn probe(&mut self, station: u32, tag: u32, link: u32, replica: u32) {
        let probe = Probe { station, tag, sent: self.now(), good: false, link, replica };
        let probe = self.network.probes.insert(probe);
        let Core { network, calendar, record, .. } = self;
        network.transmit_probe(calendar, record, probe, Direction::Forward, EventKind::Probe);
    }
}
