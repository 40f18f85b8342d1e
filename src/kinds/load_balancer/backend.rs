//! Backends and how long they take.

use crate::random::mix;
use crate::time::NEVER;

/// Where a balancer can send a request: a replica behind one of its links.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) link: u32,
    pub(super) station: u32,
    pub(super) replica: u32,
    /// Requests from here under way there; at layer 4 connections.
    pub(super) load: u32,
    pub(super) latency: PeakEwma,
    pub(super) healthy: bool,
    /// Probes in a row that speak against its present health.
    pub(super) streak: u32,
    /// When the probe that is out was sent; [`NEVER`] when none is.
    pub(super) probed: u64,
}

impl Backend {
    pub(super) fn new(link: u32, station: u32, replica: u32) -> Backend {
        Backend {
            link,
            station,
            replica,
            load: 0,
            latency: PeakEwma::default(),
            healthy: true,
            streak: 0,
            probed: NEVER,
        }
    }

    /// Memory of it is lost.
    pub(super) fn forget(&mut self) {
        *self = Backend::new(self.link, self.station, self.replica);
    }

    /// Its name in hashes: the same wherever else replicas come and go.
    pub(super) fn identity(&self) -> u64 {
        mix(u64::from(self.station) << 32 | u64::from(self.replica))
    }
}

/// Time within which a latency that was seen loses all but 1/e of its weight, nanoseconds: 10 s,
/// the default of Finagle's and linkerd's peak EWMA.
const DECAY_NS: f64 = 1e10;
/// What a backend costs that has been asked and has not answered yet, as Finagle has it.
const UNKNOWN_COST: f64 = 1e18;

/// An average of latencies that jumps to a peak at once and comes down from it exponentially, so
/// that a backend that turns slow is noticed by its first slow answer: Finagle's `PeakEwma`. An
/// error that comes quickly is a quick answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PeakEwma {
    ns: f64,
    pub(super) at: u64,
}

impl PeakEwma {
    pub(super) fn weight(&self, now: u64) -> f64 {
        libm::exp(-((now - self.at) as f64) / DECAY_NS)
    }

    pub(super) fn observe(&mut self, now: u64, ns: u64) {
        let (ns, weight) = (ns as f64, self.weight(now));
        self.ns = if ns > self.ns { ns } else { self.ns * weight + ns * (1.0 - weight) };
        self.at = now;
    }

    /// Latency that one more request can expect, if each under way takes its time.
    pub(super) fn cost(&self, now: u64, load: u32) -> f64 {
        let ns = self.ns * self.weight(now);
        if ns == 0.0 && load > 0 { UNKNOWN_COST + f64::from(load) } else { ns * f64::from(load + 1) }
    }
}
