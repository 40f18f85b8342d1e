//! Bursts of open load.

use super::station::{ClientStation, SWITCH};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::random::Stream;

/// Bursts and quiet, a Markov-modulated Poisson process of two states: exponential spans, of which
/// bursts make up a given share of the time, and rates of which the mean over both is 1.
#[derive(Clone, Debug)]
pub(super) struct Bursts {
    /// Multiplies the rate: quiet, burst.
    pub(super) factors: [f64; 2],
    pub(super) means_ns: [f64; 2],
    pub(super) fraction: f64,
    /// 1 in a burst.
    pub(super) state: usize,
    pub(super) rng: Stream,
}

impl ClientStation {
    /// The present state of bursts ends after a span of its own.
    pub(super) fn plan_switch(&mut self, core: &mut Core) {
        if let Some(bursts) = &mut self.bursts {
            let span = bursts.means_ns[bursts.state] * bursts.rng.exponential();
            core.calendar.at(core.now() + (span + 0.5).min(1e18) as u64, Event::wake(self.station, SWITCH));
        }
    }
}
