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
    /// The time before which it does not ask, because it was full, nanoseconds.
    pub(super) asks_from: u64,
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
            asks_from: 0,
        };
        (0..out.replicas).map(consumer).collect()
    }

    /// When it can pull a message. One that is down, out of rotation or unreachable cannot, nor one that
    /// was full a moment ago, and nothing passes an open breaker or a full pool.
    pub(super) fn admission(&self, core: &Core) -> Admission {
        let state = &core.station_states[self.station as usize];
        let link = &core.network.links[self.link as usize];
        let is_reachable = state.is_up(self.replica)
            && state.is_in_rotation(self.replica)
            && !link.is_cut()
            && !core.network.is_partitioned_either_way((link.plan.from, 0), (self.station, self.replica));
        if !is_reachable || !link.has_room_at(0, self.replica) {
            Admission::Later
        } else if self.asks_from > core.now() {
            Admission::At(self.asks_from)
        } else {
            core.admission(self.link, 0)
        }
    }
}
