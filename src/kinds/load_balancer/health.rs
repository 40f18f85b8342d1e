//! Health checks.

use super::station::LoadBalancerStation;
use crate::engine::core::Core;
use crate::time::NEVER;
use std::collections::VecDeque;

/// Health checks while running.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    pub(super) interval_ns: u64,
    pub(super) timeout_ns: u64,
    pub(super) unhealthy_after: u32,
    pub(super) healthy_after: u32,
    /// When the present round of probes began, and whose turn it is: they are spread evenly over
    /// the interval, as HAProxy spreads them.
    pub(super) round: u64,
    pub(super) next: u32,
    /// Probes whose timeout is to come: backend and when it was sent.
    pub(super) out: VecDeque<(u32, u64)>,
}

/// Wake-ups: the next probe is due; the oldest probe's time is over.
pub(super) const PROBE: u32 = 0;
pub(super) const PROBE_TIMEOUT: u32 = 1;

impl LoadBalancerStation {
    /// A probe was answered, refused, or neither in time.
    pub(super) fn hear(&mut self, core: &Core, backend: u32, good: bool) {
        let Some(checks) = &self.checks else { return };
        let it = &mut self.backends[backend as usize];
        it.probed = NEVER;
        if good == it.healthy {
            it.streak = 0;
            return;
        }
        it.streak += 1;
        if it.streak >= if good { checks.healthy_after } else { checks.unhealthy_after } {
            (it.healthy, it.streak) = (good, 0);
            self.refresh(core);
        }
    }
}
