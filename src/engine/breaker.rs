//! Circuit breakers: a link that has failed several times in a row sends nothing for a while, and
//! then a few calls to find out whether the callee works again. Each calling process has its own.
//!
//! A breaker counts what became of calls that were sent: what the caller's own full pool kept back says
//! nothing about the callee.

use super::core::Core;

/// Whether a breaker lets calls through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It lets all calls through; the number counts failures in a row.
    Closed(u32),
    /// It lets no calls through until this time, nanoseconds.
    Open(u64),
    /// It lets a few calls through as probes.
    HalfOpen {
        /// Probes that are under way.
        out: u32,
        /// Probes that did well.
        good: u32,
    },
}

impl BreakerState {
    /// No failure so far.
    pub const CLOSED: BreakerState = BreakerState::Closed(0);
    const HALF_OPEN: BreakerState = BreakerState::HalfOpen { out: 0, good: 0 };
}

/// Whether a caller may send a call over a link now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Now,
    /// Not before this time, nanoseconds.
    At(u64),
    /// Not before another call of its process has ended.
    Later,
}

impl Core {
    /// Whether the breaker and the pool of a process would let a call through now. Nothing changes.
    pub fn admission(&self, link: u32, replica: u32) -> Admission {
        let now = self.now();
        let link = &self.network.links[link as usize];
        if !link.has_pool_place(replica) {
            return Admission::Later;
        }
        let Some(plan) = &link.plan.breaker else { return Admission::Now };
        match link.policies.get(replica as usize).map(|policies| policies.breaker) {
            Some(BreakerState::Open(until)) if now < until => Admission::At(until),
            Some(BreakerState::HalfOpen { out, good }) if out + good >= plan.probes => Admission::Later,
            _ => Admission::Now,
        }
    }

    /// Whether the breaker of the calling process lets an attempt through; marks it as a probe if the
    /// breaker is half-open.
    pub(super) fn breaker_admits(&mut self, index: u32) -> bool {
        let now = self.now();
        let call = &mut self.calls[index];
        let link = &mut self.network.links[call.link as usize];
        let Some(probes) = link.plan.breaker.as_ref().map(|plan| plan.probes) else { return true };
        let breaker = &mut link.policies(call.replica).breaker;
        if matches!(*breaker, BreakerState::Open(until) if now >= until) {
            *breaker = BreakerState::HALF_OPEN;
        }
        match breaker {
            BreakerState::Closed(_) => true,
            BreakerState::Open(_) => false,
            BreakerState::HalfOpen { out, good } if *out + *good < probes => {
                *out += 1;
                call.is_probe = true;
                true
            }
            BreakerState::HalfOpen { .. } => false,
        }
    }

    /// Records how an attempt ended that was sent over a link.
    #[inline(always)]
    pub(super) fn record_breaker_outcome(&mut self, index: u32, link: u32, good: bool) {
        if link != self.calls[index].link || self.network.links[link as usize].plan.breaker.is_some() {
            self.record_outcome(index, link, good);
        }
    }

    fn record_outcome(&mut self, index: u32, link: u32, good: bool) {
        if link != self.calls[index].link {
            // A hedge over another link has decided: of what the first copy probes nothing is known.
            self.withdraw_probe(index);
        }
        let now = self.now();
        let call = &mut self.calls[index];
        let was_probe = std::mem::take(&mut call.is_probe);
        let state = &mut self.network.links[link as usize];
        let Some(plan) = state.plan.breaker else { return };
        let breaker = &mut state.policies(call.replica).breaker;
        let opens = match (breaker, good) {
            (BreakerState::Closed(failures), true) => {
                *failures = 0;
                false
            }
            (BreakerState::Closed(failures), false) => {
                *failures += 1;
                *failures >= plan.failures
            }
            (BreakerState::HalfOpen { out, good }, true) if was_probe => {
                (*out, *good) = (out.saturating_sub(1), *good + 1);
                if *good >= plan.probes {
                    state.policies(call.replica).breaker = BreakerState::CLOSED;
                }
                false
            }
            (BreakerState::HalfOpen { .. }, false) => was_probe,
            // The end of an attempt that was made before the breaker opened changes nothing.
            _ => false,
        };
        if opens {
            state.policies(call.replica).breaker = BreakerState::Open(now + plan.open_ns);
            self.record.links[link as usize].counts.breaker_opened += 1;
        }
    }

    /// A probe ends without an outcome, because its caller is gone or nothing was sent: another call may
    /// probe in its place.
    pub(super) fn withdraw_probe(&mut self, index: u32) {
        let call = &mut self.calls[index];
        if !std::mem::take(&mut call.is_probe) {
            return;
        }
        if let BreakerState::HalfOpen { out, .. } =
            &mut self.network.links[call.link as usize].policies(call.replica).breaker
        {
            // It may be a probe of an earlier opening, which is not counted any more.
            *out = out.saturating_sub(1);
        }
    }
}
