//! The parameters of a link: the wire, and the caller's policies.

use crate::engine::plan::{Breaker, Jitter, LinkPlan, Retries};
use crate::kind::{Calls, Info, Role};
use crate::params::{DurationParam, Field, Fields, Violation, choice, describe, parameter};
use crate::time::from_ms;

/// Parameters of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    latency: DurationParam,
    loss: f64,
    bandwidth_mbps: Option<f64>,
    timeout_ms: Option<f64>,
    retries_max: u32,
    base_ms: f64,
    factor: f64,
    cap_ms: f64,
    jitter: Jitter,
    budget_ratio: Option<f64>,
    hedged: bool,
    hedge_after_ms: f64,
    breaking: bool,
    consecutive_failures: u32,
    open_s: f64,
    half_open_probes: u32,
    max_in_flight: Option<u32>,
    queue_limit: Option<u32>,
    cancel_on_timeout: bool,
    operations: Option<Vec<String>>,
    fraction: f64,
    weight: f64,
}

impl Default for Link {
    fn default() -> Self {
        Link {
            // Half of the 500 µs that a round trip within a data centre takes (J. Dean, "Numbers
            // everyone should know").
            latency: DurationParam::constant(0.25),
            loss: 0.0,
            bandwidth_mbps: None,
            timeout_ms: None,
            retries_max: 0,
            base_ms: 50.0,
            factor: 2.0,
            cap_ms: 2000.0,
            jitter: Jitter::Full,
            budget_ratio: None,
            hedged: false,
            hedge_after_ms: 50.0,
            breaking: false,
            consecutive_failures: 5,
            open_s: 30.0,
            half_open_probes: 1,
            max_in_flight: None,
            queue_limit: None,
            cancel_on_timeout: false,
            operations: None,
            fraction: 1.0,
            weight: 1.0,
        }
    }
}

/// How a link's caller decides whether a request goes over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choosing {
    /// By operation and by share: an app calls some or all of what it is linked to.
    Calls,
    /// By operation, and perhaps by weight: a load balancer.
    Routes,
    /// The caller is not known: every parameter there is.
    Unknown,
    /// It does not: there is one link, or all are alike.
    Nothing,
}

impl Choosing {
    /// How a caller of this kind decides.
    pub fn of(caller: &Info) -> Choosing {
        match (caller.role, caller.calls) {
            (Role::Service, _) => Choosing::Calls,
            (Role::Proxy, Calls::Many) => Choosing::Routes,
            _ => Choosing::Nothing,
        }
    }
}

/// The longest wait that can be set, 1 hour.
const LONGEST_MS: f64 = 3_600_000.0;

impl Link {
    /// Names every parameter once: those that mean something to a caller that decides so.
    pub fn fields(&mut self, choosing: Choosing, f: &mut dyn Fields) {
        self.latency.fields(
            f,
            parameter("latency", "Latency").help("One way, each way. The default is typical within a data centre."),
        );
        f.optional_number(
            parameter("timeout_ms", "Timeout")
                .unit("ms")
                .help("The caller stops waiting after this; the callee does not know and works on in vain."),
            "none: waits for ever",
            &mut self.timeout_ms,
            0.001,
            LONGEST_MS,
        );
        let Link { retries_max, base_ms, factor, cap_ms, jitter, budget_ratio, .. } = self;
        f.group(parameter("retries", "Retries").help("Tries again after any failure but an open breaker."), &mut |f| {
            f.integer(parameter("max", "At most").help("Attempts after the first."), retries_max, 0, 100);
            f.group(parameter("backoff", "Backoff").help("The pause before a retry."), &mut |f| {
                f.number(
                    parameter("base_ms", "First pause").unit("ms").help("Before the first retry."),
                    base_ms,
                    0.0,
                    LONGEST_MS,
                );
                f.number(
                    parameter("factor", "Growth").unit("×").help("Each pause is this many times the one before."),
                    factor,
                    1.0,
                    100.0,
                );
                f.number(
                    parameter("cap_ms", "Longest pause").unit("ms").help("No pause is longer."),
                    cap_ms,
                    0.0,
                    LONGEST_MS,
                );
                choice(
                    f,
                    parameter("jitter", "Jitter")
                        .help("Spreads the pauses, so that callers do not come back together."),
                    jitter,
                );
            });
            f.optional_number(
                parameter("budget_ratio", "Budget")
                    .unit("per call")
                    .help("Retries that are allowed per call on average."),
                "no limit",
                budget_ratio,
                0.0,
                100.0,
            );
        });
        let after = &mut self.hedge_after_ms;
        f.optional_group(
            parameter("hedge", "Hedge").help("A second copy after a while; the first answer wins."),
            "off",
            &mut self.hedged,
            &mut |f| {
                f.number(
                    parameter("after_ms", "After").unit("ms").help("How long the first copy may take."),
                    after,
                    0.001,
                    LONGEST_MS,
                );
            },
        );
        let Link { consecutive_failures, open_s, half_open_probes, breaking, .. } = self;
        f.optional_group(
            parameter("breaker", "Breaker").help("Stops calling after failures in a row, and tries again later."),
            "off",
            breaking,
            &mut |f| {
                f.integer(
                    parameter("consecutive_failures", "Opens after").unit("failures").help("Failures in a row."),
                    consecutive_failures,
                    1,
                    1_000_000,
                );
                f.number(
                    parameter("open_s", "Stays open").unit("s").help("Calls fail at once meanwhile."),
                    open_s,
                    0.001,
                    86_400.0,
                );
                f.integer(
                    parameter("half_open_probes", "Probes")
                        .help("Calls let through at a time while half-open; a good one closes it."),
                    half_open_probes,
                    1,
                    1000,
                );
            },
        );
        f.optional_integer(
            parameter("max_in_flight", "Calls at a time")
                .help("Size of the connection pool (bulkhead); further calls wait, and their timeout runs."),
            "unlimited",
            &mut self.max_in_flight,
            1,
            1_000_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Waiting calls").help("Calls that may wait for the pool; more are rejected."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        f.boolean(
            parameter("cancel_on_timeout", "Cancel").help("Tell the callee to stop when nobody waits any more."),
            &mut self.cancel_on_timeout,
        );
        if choosing != Choosing::Nothing {
            f.optional_names(
                parameter("operations", "Operations").help("Names of the operations that use this link."),
                "all",
                &mut self.operations,
            );
        }
        if matches!(choosing, Choosing::Routes | Choosing::Unknown) {
            f.number(
                parameter("weight", "Weight").help("This link's part of the requests beside the other links', where the algorithm is weighted; its replicas take turns. 0 is none."),
                &mut self.weight,
                0.0,
                1e6,
            );
        }
        if matches!(choosing, Choosing::Calls | Choosing::Unknown) {
            f.number(
                parameter("fraction", "Fraction").help("Share of the requests that use this link, 0 to 1."),
                &mut self.fraction,
                0.0,
                1.0,
            );
        }
        f.number(
            parameter("loss", "Packet loss")
                .help("Share of the messages that are lost and sent again, after 200 ms, then 400 ms, and so on."),
            &mut self.loss,
            0.0,
            0.9,
        );
        f.optional_number(
            parameter("bandwidth_mbps", "Bandwidth")
                .unit("Mbit/s")
                .help("Messages take time by their size, one after the other."),
            "unlimited",
            &mut self.bandwidth_mbps,
            0.001,
            1e6,
        );
    }

    /// What ranges alone cannot say.
    pub fn check(&self) -> Vec<Violation> {
        self.latency.check("latency").into_iter().collect()
    }

    /// The operations that it serves by name; `None` is all.
    pub fn operations(&self) -> Option<&[String]> {
        self.operations.as_deref()
    }

    /// Share of the requests that use it.
    pub fn fraction(&self) -> f64 {
        self.fraction
    }

    /// Ready for the engine.
    pub fn plan(&self, id: &str, from: u32, to: u32, serves: Vec<bool>) -> LinkPlan {
        LinkPlan {
            id: id.to_owned(),
            from,
            to,
            latency: self.latency.distribution(),
            loss: self.loss,
            ns_per_byte: self.bandwidth_mbps.map_or(0.0, |mbps| 8000.0 / mbps),
            timeout_ns: self.timeout_ms.map(from_ms),
            retries: Retries {
                max: self.retries_max,
                base_ns: self.base_ms * 1e6,
                factor: self.factor,
                cap_ns: self.cap_ms * 1e6,
                jitter: self.jitter,
                budget: self.budget_ratio,
            },
            hedge_ns: self.hedged.then(|| from_ms(self.hedge_after_ms)),
            breaker: self.breaking.then(|| Breaker {
                failures: self.consecutive_failures,
                open_ns: from_ms(self.open_s * 1000.0),
                probes: self.half_open_probes,
            }),
            max_in_flight: self.max_in_flight,
            queue_limit: self.queue_limit,
            cancel_on_timeout: self.cancel_on_timeout,
            serves,
            fraction: self.fraction,
            weight: self.weight,
        }
    }
}

/// The parameters of a link, described with their defaults: all of them.
pub fn link_fields() -> Vec<Field> {
    fields_for(Choosing::Unknown)
}

/// The parameters that mean something on a link whose caller is of this kind.
pub fn link_fields_from(caller: &str) -> Vec<Field> {
    fields_for(crate::kinds::info(caller).map_or(Choosing::Calls, Choosing::of))
}

fn fields_for(choosing: Choosing) -> Vec<Field> {
    let mut link = Link::default();
    describe(&mut |f| link.fields(choosing, f))
}
