//! Replicas that take messages.

use crate::engine::core::Core;
use crate::kind::OutgoingLink;

/// A replica that takes messages.
#[derive(Clone, Debug)]
pub(super) struct Consumer {
    pub(super) link: u32,
    pub(super) station: u32,
    pub(super) replica: u32,
    /// How many messages it takes at a time: its workers.
    pub(super) takes: u32,
    pub(super) has: u32,
    /// Whether it stands in the line of those who ask for messages.
    pub(super) asks: bool,
}

impl Consumer {
    pub(super) fn replicas_of(out: &OutgoingLink) -> Vec<Consumer> {
        let takes = out.workers.unwrap_or(u32::MAX);
        let consumer = |replica| Consumer { link: out.link, station: out.to, replica, takes, has: 0, asks: true };
        (0..out.replicas).map(consumer).collect()
    }

    /// Consumers pull: one that is down, out of rotation or cannot be reached does not.
    pub(super) fn can_ask(&self, core: &Core) -> bool {
        let state = &core.station_states[self.station as usize];
        let link = &core.network.links[self.link as usize];
        state.is_up(self.replica)
            && state.in_rotation[self.replica as usize]
            && !link.is_cut()
            && !core.network.is_partitioned_either_way((link.plan.from, 0), (self.station, self.replica))
    }
}
