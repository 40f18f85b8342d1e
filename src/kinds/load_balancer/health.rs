//! Health checks.

use super::station::LoadBalancerStation;
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::time::NEVER;

/// Health checks while running.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    pub(super) interval_ns: u64,
    pub(super) timeout_ns: u64,
    /// Failed probes in a row after which a backend is unhealthy.
    pub(super) unhealthy_after: u32,
    /// Answered probes in a row after which a backend is healthy.
    pub(super) healthy_after: u32,
    /// When the next probe is sent; a wake-up before that is out of date.
    pub(super) due: u64,
    /// When the present round of probes began. Within a round the backends are probed one after the
    /// other, spread evenly over the interval, as HAProxy spreads them.
    pub(super) round: u64,
    /// The backend that is probed next.
    pub(super) next: u32,
    /// Probes that have not timed out yet, oldest first.
    pub(super) outstanding: Vec<Probe>,
}

/// A probe that has not timed out yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    backend: u32,
    sent: u64,
    /// When it times out, nanoseconds.
    due: u64,
}

/// The tag of a wake-up when the next probe is due.
pub(super) const PROBE: u32 = 0;
/// The tag of a wake-up when the oldest outstanding probe times out.
pub(super) const PROBE_TIMEOUT: u32 = 1;

impl LoadBalancerStation {
    /// Begins the first round, and schedules its first probe.
    pub(super) fn start_checks(&mut self, core: &mut Core) {
        if let Some(checks) = &mut self.checks
            && !self.backends.is_empty()
        {
            checks.round = core.now();
            checks.due = checks.round + checks.interval_ns / self.backends.len() as u64;
            core.calendar.at(checks.due, Event::wake(self.station, PROBE));
        }
    }

    /// Whether the process of the load balancer is up.
    fn is_running(&self, core: &Core) -> bool {
        let state = &core.station_states[self.station as usize];
        state.is_up(0)
    }

    /// The next probe is due: sends it, unless the last probe of that backend is outstanding.
    pub(super) fn send_probe(&mut self, core: &mut Core) {
        let is_running = self.is_running(core);
        let Some(checks) = &mut self.checks else {
            return;
        };
        let now = core.now();
        if checks.due > now {
            return;
        }
        let (backend, count) = (checks.next, self.backends.len() as u64);
        checks.next += 1;
        if u64::from(checks.next) == count {
            (checks.round, checks.next) = (checks.round + checks.interval_ns, 0);
        }
        // After a pause the probes that were missed are not made up for.
        let due = |round: u64| round + checks.interval_ns * (u64::from(checks.next) + 1) / count;
        if due(checks.round) < now {
            checks.round = now - checks.interval_ns * u64::from(checks.next) / count;
        }
        checks.due = checks.round + checks.interval_ns * (u64::from(checks.next) + 1) / count;
        core.calendar.at(checks.due, Event::wake(self.station, PROBE));
        let probed = &mut self.backends[backend as usize];
        if is_running && probed.probed == NEVER {
            probed.probed = now;
            let due = now + checks.timeout_ns;
            checks.outstanding.push(Probe { backend, sent: now, due });
            core.calendar.at(due, Event::wake(self.station, PROBE_TIMEOUT));
            core.probe(self.station, backend, probed.link, probed.replica);
        }
    }

    /// The time of an outstanding probe is over: it has failed, if it was not answered.
    pub(super) fn probe_timed_out(&mut self, core: &mut Core) {
        let now = core.now();
        let Some(checks) = &mut self.checks else { return };
        // The oldest one, unless the timeout was longer when it was sent.
        let Some(at) = checks.outstanding.iter().position(|probe| probe.due <= now) else { return };
        let Probe { backend, sent, .. } = checks.outstanding.remove(at);
        if self.backends[backend as usize].probed == sent {
            self.backends[backend as usize].probed = NEVER;
            if self.is_running(core) {
                self.record_probe(core, backend, false);
            }
        }
    }

    /// A probe was answered (`good`), or refused, or has timed out.
    pub(super) fn record_probe(&mut self, core: &mut Core, backend: u32, good: bool) {
        let Some(checks) = &self.checks else { return };
        let probed = &mut self.backends[backend as usize];
        probed.probed = NEVER;
        if good == probed.healthy {
            probed.streak = 0;
            return;
        }
        probed.streak += 1;
        if probed.streak >= if good { checks.healthy_after } else { checks.unhealthy_after } {
            (probed.healthy, probed.streak) = (good, 0);
            self.refresh(core);
            self.fill_pools(core);
        }
    }
}
