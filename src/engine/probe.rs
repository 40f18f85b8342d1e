//! Health checks: whether a process answers at all.
//!
//! A probe is a message on the link, held up by whatever holds up messages there. It is no
//! request: it enters no book, pool or breaker, and a process answers it at once without a worker,
//! however slow or full it is. A dead process refuses it; one that stands still is silent.

use super::calendar::{Event, EventKind};
use super::core::Core;
use super::plan::Direction;

/// One question to one process.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Who asks.
    pub station: u32,
    /// The asker's mark on it.
    pub tag: u32,
    /// When it was sent.
    pub sent: u64,
    /// Whether a process answered, once it did.
    pub good: bool,
    link: u32,
    replica: u32,
}

impl Core {
    /// Asks after a replica behind a link; `probed` of the station hears the answer, if one comes.
    pub fn probe(&mut self, station: u32, tag: u32, link: u32, replica: u32) {
        let sent = self.now();
        let probe = self.probes.insert(Probe { station, tag, sent, good: false, link, replica });
        self.transit(link, Direction::Forward, Event::new(EventKind::Probe, probe), 0.0);
    }

    /// The station and replica that a probe asks after.
    pub(super) fn probed(&self, probe: u32) -> (u32, u32) {
        let Probe { link, replica, .. } = self.probes[probe];
        (self.links[link as usize].plan.to, replica)
    }

    /// Sends the answer to a probe.
    pub(super) fn answer_probe(&mut self, probe: u32, good: bool) {
        self.probes[probe].good = good;
        let link = self.probes[probe].link;
        self.transit(link, Direction::Backward, Event::new(EventKind::ProbeAnswer, probe), 0.0);
    }

    /// An answer has come back.
    pub(super) fn end_probe(&mut self, probe: u32) -> Probe {
        self.probes.remove(probe);
        self.probes[probe]
    }
}
