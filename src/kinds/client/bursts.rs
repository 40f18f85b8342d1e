//! Bursts of open load.

use super::station::{ClientStation, SWITCH};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::random::Stream;

/// Bursts and the quiet between them: a Markov-modulated Poisson process of two states with
/// exponential durations. Bursts take a given share of the time, and the mean rate over both states
/// is 1.
#[derive(Clone, Debug)]
pub(super) struct Bursts {
    pub(super) plan: BurstPlan,
    /// 0 in the quiet, 1 in a burst.
    pub(super) state: usize,
    pub(super) rng: Stream,
}

/// How strong bursts are, how long they last and how often they come.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BurstPlan {
    /// What multiplies the rate in the quiet and in a burst.
    pub(super) factors: [f64; 2],
    pub(super) means_ns: [f64; 2],
    /// Share of the time in bursts.
    pub(super) fraction: f64,
}

impl ClientStation {
    /// Schedules the end of the present burst or quiet.
    pub(super) fn schedule_switch(&mut self, core: &mut Core) {
        if let Some(bursts) = &mut self.bursts {
            let span = bursts.plan.means_ns[bursts.state] * bursts.rng.exponential();
            core.calendar.at(core.now() + (span + 0.5).min(1e18) as u64, Event::wake(self.station, SWITCH));
        }
    }
}
