//! Backends and their latency.

use crate::random::mix;
use crate::time::NEVER;

/// A replica behind one of the links of a load balancer.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) link: u32,
    pub(super) station: u32,
    pub(super) replica: u32,
    /// Requests of this balancer under way there; at layer 4 connections.
    pub(super) load: u32,
    pub(super) latency: PeakEwma,
    pub(super) healthy: bool,
    /// Probe results in a row that contradict `healthy`.
    pub(super) streak: u32,
    /// When the outstanding probe was sent; [`NEVER`] when there is none.
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

    /// The balancer has crashed: forgets load, latency and health.
    pub(super) fn forget(&mut self) {
        *self = Backend::new(self.link, self.station, self.replica);
    }

    /// Identifies the backend in hashes, independently of the other backends.
    pub(super) fn identity(&self) -> u64 {
        mix(u64::from(self.station) << 32 | u64::from(self.replica))
    }
}

/// Time in which the weight of an observed latency falls to 1/e, nanoseconds: 10 s, the default of
/// Finagle's and linkerd's peak EWMA.
const DECAY_NS: f64 = 1e10;
/// Cost of a backend that has requests under way and has not answered yet, as in Finagle.
const UNKNOWN_COST: f64 = 1e18;

/// An average of latencies that rises to a peak at once and decays exponentially, so that the first
/// slow answer of a backend is enough to avoid it: Finagle's `PeakEwma`. A fast error counts as a
/// fast answer.
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

    /// Expected latency of one more request, if each request under way adds the average latency.
    pub(super) fn cost(&self, now: u64, load: u32) -> f64 {
        let ns = self.ns * self.weight(now);
        if ns == 0.0 && load > 0 { UNKNOWN_COST + f64::from(load) } else { ns * f64::from(load + 1) }
    }
}
