//! Circuit breakers: a link that has failed several times in a row sends nothing for a while, and
//! then a few calls to find out whether the callee works again.

use super::core::Core;

/// Whether a breaker lets calls through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It lets all calls through; the number counts failures in a row.
    Closed(u32),
    /// It lets no calls through until this time, nanoseconds.
    Open(u64),
    /// It lets a few calls through as probes; the number counts those that are under way.
    HalfOpen(u32),
}

impl Core {
    /// Whether the breaker of a call's link lets an attempt through; marks it as a probe if the
    /// breaker is half-open.
    pub(super) fn breaker_admits(&mut self, call: u32) -> bool {
        let now = self.now();
        let link = &mut self.network.links[self.calls[call].link as usize];
        let Some(plan) = &link.plan.breaker else { return true };
        if matches!(link.breaker, BreakerState::Open(until) if now >= until) {
            link.breaker = BreakerState::HalfOpen(0);
        }
        match &mut link.breaker {
            BreakerState::Closed(_) => true,
            BreakerState::Open(_) => false,
            BreakerState::HalfOpen(probes) if *probes < plan.probes => {
                *probes += 1;
                self.calls[call].is_probe = true;
                true
            }
            BreakerState::HalfOpen(_) => false,
        }
    }

    /// Records how an attempt ended.
    pub(super) fn record_breaker_outcome(&mut self, call: u32, good: bool) {
        let now = self.now();
        let index = self.calls[call].link as usize;
        let was_probe = std::mem::take(&mut self.calls[call].is_probe);
        let link = &mut self.network.links[index];
        let Some(plan) = &link.plan.breaker else { return };
        link.breaker = match (link.breaker, good) {
            (BreakerState::Closed(_), true) => BreakerState::Closed(0),
            (BreakerState::Closed(failures), false) if failures + 1 < plan.failures => {
                BreakerState::Closed(failures + 1)
            }
            (BreakerState::HalfOpen(_), true) if was_probe => BreakerState::Closed(0),
            (BreakerState::HalfOpen(_), false) if !was_probe => link.breaker,
            (BreakerState::Closed(_), false) | (BreakerState::HalfOpen(_), false) => {
                self.record.links[index].counts.breaker_opened += 1;
                BreakerState::Open(now + plan.open_ns)
            }
            // The end of an attempt that was made before the breaker opened changes nothing.
            (unchanged, _) => unchanged,
        };
    }

    /// A probe ends without an outcome, because its caller is gone: another call may probe in its
    /// place.
    pub(super) fn withdraw_probe(&mut self, index: u32) {
        let call = &mut self.calls[index];
        if std::mem::take(&mut call.is_probe)
            && let BreakerState::HalfOpen(probes) = &mut self.network.links[call.link as usize].breaker
        {
            // It may be a probe of an earlier opening, which is not counted any more.
            *probes = probes.saturating_sub(1);
        }
    }
}
