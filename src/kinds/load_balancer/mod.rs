//! Load balancers: they spread requests over every replica behind their links.
//!
//! At layer 7 each request is balanced; at layer 4 each connection is, and its requests follow it.
//! Every algorithm chooses among the *active* backends: those in rotation that have not failed
//! their health checks. The cost of a choice does not grow with their number (with weights it grows
//! with the number of links); only a change of the active backends takes time in proportion to the
//! number of backends.

mod backend;
mod group;
mod health;
mod least_loaded;
mod rendezvous;
mod station;
#[cfg(test)]
mod tests;

pub use station::LoadBalancerStation;

use crate::choices;
use crate::engine::plan::{Change, Discipline, LinkPlan};
use crate::engine::server::Server;
use crate::kind::{Calls, Capacity, Kind, KindInfo, Role, Section, StationContext, card};
use crate::params::{DurationParam, Fields, Violation, choice, parameter, shown};
use crate::random::Stream;
use crate::time::{NEVER, from_ms};
use health::Checks;

choices! {
    /// How a backend is chosen.
    Algorithm {
        /// All in turn.
        RoundRobin = "round_robin" "round robin",
        /// One at random.
        Random = "random" "random",
        /// Each link gets a share in proportion to its weight, smoothly interleaved (as in nginx);
        /// the replicas behind a link take turns.
        Weighted = "weighted" "weighted",
        /// The one with the fewest requests (layer 4: connections) of this balancer, ties at random.
        LeastConnections = "least_connections" "least connections",
        /// The less loaded of two drawn at random (Mitzenmacher 2001).
        PowerOfTwo = "power_of_two" "power of two",
        /// Of two drawn at random the one with the lower expected latency (`PeakEwma`).
        LeastLatency = "least_latency" "least latency",
        /// By a consistent hash of the key.
        KeyHash = "key_hash" "hash of the key",
        /// The backend of the session; new sessions take turns.
        Sticky = "sticky" "sticky sessions",
    }
}

impl Algorithm {
    /// Whether backends are chosen in turns: by what was chosen before, not by what they are doing.
    pub(super) fn takes_turns(self) -> bool {
        matches!(self, Algorithm::RoundRobin | Algorithm::Sticky | Algorithm::Weighted)
    }
}

/// Parameters of a load balancer.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancer {
    layer: u32,
    algorithm: Algorithm,
    checking: bool,
    interval_ms: f64,
    timeout_ms: f64,
    unhealthy_after: u32,
    healthy_after: u32,
    capacity_rps: Option<f64>,
    overhead: DurationParam,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        LoadBalancer {
            layer: 7,
            algorithm: Algorithm::LeastConnections,
            // Off by default, as in nginx, HAProxy and Envoy. Interval and thresholds are the
            // defaults of HAProxy (inter, fall, rise), the timeout that of Kubernetes
            // (timeoutSeconds).
            checking: false,
            interval_ms: 2000.0,
            timeout_ms: 1000.0,
            unhealthy_after: 3,
            healthy_after: 2,
            capacity_rps: None,
            overhead: DurationParam::constant(0.0),
        }
    }
}

impl Kind for LoadBalancer {
    const INFO: KindInfo = KindInfo {
        id: "load_balancer",
        label: "Load balancer",
        role: Role::Proxy,
        tagline: shown("over every replica"),
        keywords: shown("lb balancer proxy nginx haproxy envoy traefik alb nlb elb gateway ingress reverse"),
        help: shown(
            "Spreads requests over all replicas behind its links. It knows only what it has sent and what came back: without health checks a crashed replica that refuses quickly looks idle.",
        ),
        icon: shown(
            "M5 14.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M19 7.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M19 14.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M19 21.2a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 1 0 0 4.4M7.2 12h9.6M7 11l10-5M7 13l10 5",
        ),
        color: "#3451d1",
        card: card::RESPONSE,
        section: Section::Traffic,
        called: true,
        calls: Calls::Many,
    };
    type Station = LoadBalancerStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        choice(
            f,
            parameter("algorithm", "Algorithm").help("How the next replica is chosen. Weights are set on the links; a hash sends the same key to the same replica; sticky sessions stay at their first replica until it leaves."),
            &mut self.algorithm,
        );
        f.integer(
            parameter("layer", "Layer").among(&[4, 7]).help("7 balances each request. 4 balances each session's connection, and its requests follow it until the replica dies or leaves; layer 4 sees neither operations nor keys.").fixed("connections are counted, or requests, from the start"),
            &mut self.layer,
            4,
            7,
        );
        let LoadBalancer { checking, interval_ms, timeout_ms, unhealthy_after, healthy_after, .. } = self;
        f.optional_group(
            parameter("health_check", "Health check").help("Probes each replica and sends nothing to those that fail; if all fail, to all of them. A process answers a probe at once, however slow or busy it is; a dead one refuses, a paused one does not answer."),
            "off",
            checking,
            &mut |f| {
                f.number(
                    parameter("interval_ms", "Interval").unit("ms").slide(100.0, 60_000.0).help("Between two probes of a replica."),
                    interval_ms,
                    10.0,
                    3_600_000.0,
                );
                f.number(
                    parameter("timeout_ms", "Timeout").unit("ms").slide(10.0, 10_000.0).help("A probe that is not answered within this time has failed."),
                    timeout_ms,
                    0.1,
                    3_600_000.0,
                );
                f.integer(
                    parameter("unhealthy_after", "Unhealthy threshold").unit("failures").help("Failed probes in a row."),
                    unhealthy_after,
                    1,
                    1000,
                );
                f.integer(
                    parameter("healthy_after", "Healthy threshold").unit("successes").help("Answered probes in a row."),
                    healthy_after,
                    1,
                    1000,
                );
            },
        );
        f.optional_number(
            parameter("capacity_rps", "Capacity")
                .unit("/s")
                .help("Requests per second that the load balancer itself can handle; more must wait."),
            "unlimited",
            &mut self.capacity_rps,
            0.001,
            1e9,
        );
        self.overhead.fields(
            f,
            parameter("overhead", "Overhead")
                .slide(0.01, 100.0)
                .help("Time that the load balancer adds to each request."),
        );
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.overhead.check("overhead").into_iter().collect();
        if self.layer != 4 && self.layer != 7 {
            all.push(Violation::new("layer", format!("{} does not fit", self.layer), "4 or 7"));
        }
        if self.layer == 4 && self.algorithm == Algorithm::KeyHash {
            all.push(Violation::new("algorithm", "layer 4 cannot see keys", "another algorithm, or layer 7"));
        }
        all
    }

    fn cannot_become(&self, next: &LoadBalancer) -> Option<Violation> {
        let is_sticky = |it: &LoadBalancer| it.algorithm == Algorithm::Sticky;
        (is_sticky(self) != is_sticky(next)).then(|| {
            let what = "the replica of each session is remembered from the start, or never";
            Violation::new("algorithm", what, "another algorithm without sticky sessions")
        })
    }

    fn check_links(&self, out: &[&LinkPlan]) -> Vec<Violation> {
        let mut all = Vec::new();
        if self.layer == 4 && out.iter().any(|link| link.serves.contains(&false)) {
            let what = "layer 4 cannot see operations, and a link serves only some";
            all.push(Violation::new("layer", what, "7, or links that serve all operations"));
        }
        if self.algorithm == Algorithm::Weighted && !out.is_empty() && out.iter().all(|link| link.weight == 0.0) {
            let what = "all its links have the weight 0";
            all.push(Violation::new("algorithm", what, "a weight above 0 on at least one link"));
        }
        all
    }

    fn summary(&self) -> String {
        let algorithm = crate::params::Choices::ALL
            .iter()
            .find(|(each, _): &&(Algorithm, _)| *each == self.algorithm)
            .map_or("", |(_, choice)| choice.label);
        if self.layer == 4 { format!("layer 4, {algorithm}") } else { algorithm.to_owned() }
    }

    fn capacity(&self) -> Capacity {
        Capacity { workers: self.capacity_rps.map(|_| 1), ..Capacity::default() }
    }

    fn sees_sessions(&self) -> bool {
        self.layer == 4 || self.algorithm == Algorithm::Sticky
    }

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        match change {
            Change::Slow(..) if self.capacity_rps.is_none() && self.overhead.is_zero() => {
                Some("it passes requests on without work of its own")
            }
            _ => None,
        }
    }

    fn weighs_links(&self) -> bool {
        self.algorithm == Algorithm::Weighted
    }

    fn memory_bytes(&self, _keys: u64, sessions: u64) -> u64 {
        // For each session its backend.
        if self.sees_sessions() { 4 * sessions } else { 0 }
    }

    fn station(&self, site: &StationContext) -> LoadBalancerStation {
        LoadBalancerStation {
            station: site.station,
            algorithm: self.algorithm,
            connections: self.layer == 4,
            sessions: if self.sees_sessions() { site.sessions.max(1) } else { 0 },
            capacity_ns: self.capacity_ns(),
            server: Server::new(1, Some(1), None, Discipline::Fifo),
            overhead: self.overhead.distribution(),
            out: site.out.clone(),
            backends: Vec::new(),
            groups: Vec::new(),
            group_of: Vec::new(),
            sent: Vec::new(),
            checks: self.checks(),
            rng: Stream::named(site.seed, &site.id, "routing"),
            work: Stream::named(site.seed, &site.id, "service"),
        }
    }
}

impl LoadBalancer {
    /// Time that it takes for a request; `None` is none.
    fn capacity_ns(&self) -> Option<u64> {
        self.capacity_rps.map(|rps| (1e9 / rps + 0.5) as u64)
    }

    /// Its health checks, if it has any, before the first probe.
    fn checks(&self) -> Option<Checks> {
        self.checking.then(|| Checks {
            interval_ns: from_ms(self.interval_ms),
            timeout_ns: from_ms(self.timeout_ms),
            unhealthy_after: self.unhealthy_after,
            healthy_after: self.healthy_after,
            due: NEVER,
            round: 0,
            next: 0,
            outstanding: Vec::new(),
        })
    }
}
