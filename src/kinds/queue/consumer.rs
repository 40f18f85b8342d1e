//! The consumers of a queue: replicas that take messages.

use crate::engine::breaker::Admission;
use crate::engine::core::Core;
use crate::kind::OutgoingLink;

/// A replica that takes messages.
#[derive(Clone, Debug)]
pub(super) struct Consumer {
    pub(super) link: u32,
    pub(super) station: u32,
    pub(super) replica: u32,
    /// Messages that it takes at a time: its workers.
    pub(super) capacity: u32,
    /// Messages that it has at present.
    pub(super) taken: u32,
    /// Whether it is in the queue of consumers that ask for messages.
    pub(super) is_asking: bool,
    /// Whether it was full a moment ago and does not ask for the time being.
    pub(super) rests: bool,
}

impl Consumer {
    pub(super) fn replicas_of(out: &OutgoingLink) -> Vec<Consumer> {
        let capacity = out.workers.unwrap_or(u32::MAX);
        let consumer = |replica| Consumer {
            link: out.link,
            station: out.to,
            replica,
            capacity,
            taken: 0,
            is_asking: true,
            rests: false,
        };
        (0..out.replicas).map(consumer).collect()
    }

    /// Whether it can be reached: it is up, in rotation and not cut off.
    pub(super) fn is_reachable(&self, core: &Core) -> bool {
        let state = &core.station_states[self.station as usize];
        let link = &core.network.links[self.link as usize];
        state.is_up(self.replica)
            && state.is_in_rotation(self.replica)
            && !link.is_cut()
            && !core.network.is_partitioned_either_way((link.plan.from, 0), (self.station, self.replica))
    }

    /// When a message can be sent to it, as far as the queue's breaker and pool are concerned.
    pub(super) fn admission(&self, core: &Core) -> Admission {
        if core.network.links[self.link as usize].has_room_at(0, self.replica) {
            core.admission(self.link, 0)
        } else {
            Admission::Later
        }
    }
}
