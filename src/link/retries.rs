//! Retries with backoff and a budget.

use super::LONGEST_MS;
use crate::engine::message::Outcome;
use crate::engine::plan::{Jitter, OutcomeSet, Retries};
use crate::params::{Fields, Violation, choice, hint, parameter};

/// Parameters of retries.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RetryParameters {
    max: u32,
    base_ms: f64,
    factor: f64,
    cap_ms: f64,
    jitter: Jitter,
    budget_ratio: Option<f64>,
    /// The reasons of failures that are tried again; `None` is the usual ones.
    retry_on: Option<Vec<String>>,
}

/// What is tried again unless the parameters say otherwise: all but what an open breaker refused, here or
/// further down, and what a rate limiter turned away; more of the same would not help.
const USUAL: OutcomeSet = OutcomeSet::of(&[Outcome::Timeout, Outcome::Rejected, Outcome::Error, Outcome::Unreachable]);

/// The reasons by the names that they have in a report.
const REASONS: [(&str, Outcome); 6] = [
    ("timeout", Outcome::Timeout),
    ("rejected", Outcome::Rejected),
    ("error", Outcome::Error),
    ("unreachable", Outcome::Unreachable),
    ("breaker_open", Outcome::BreakerOpen),
    ("rate_limited", Outcome::RateLimited),
];

fn reason(name: &str) -> Option<Outcome> {
    REASONS.iter().find(|(known, _)| *known == name).map(|(_, outcome)| *outcome)
}

impl Default for RetryParameters {
    fn default() -> Self {
        RetryParameters {
            max: 0,
            base_ms: 50.0,
            factor: 2.0,
            cap_ms: 2000.0,
            jitter: Jitter::Full,
            budget_ratio: None,
            retry_on: None,
        }
    }
}

impl RetryParameters {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        let RetryParameters { max, base_ms, factor, cap_ms, jitter, budget_ratio, retry_on } = self;
        f.group(
            parameter("retries", "Retries").help("Tries a failed call again. Behind a load balancer it goes to a replica that was not tried yet, behind whichever link."),
            &mut |f| {
                f.integer(parameter("max", "Max").slide(0.0, 10.0).help("Attempts after the first."), max, 0, 100);
                f.group(parameter("backoff", "Backoff").help("The delay before a retry."), &mut |f| {
                    f.number(
                        parameter("base_ms", "Base delay").unit("ms").slide(1.0, 2000.0).help("Delay before the first retry."),
                        base_ms,
                        0.0,
                        LONGEST_MS,
                    );
                    f.number(
                        parameter("factor", "Multiplier")
                            .unit("×")
                            .slide(1.0, 5.0)
                            .help("Each delay is this many times the one before."),
                        factor,
                        1.0,
                        100.0,
                    );
                    f.number(
                        parameter("cap_ms", "Max delay").unit("ms").slide(10.0, 60_000.0).help("No delay is longer."),
                        cap_ms,
                        0.0,
                        LONGEST_MS,
                    );
                    choice(
                        f,
                        parameter("jitter", "Jitter")
                            .help("Spreads the delays, so that callers do not retry together."),
                        jitter,
                    );
                });
                f.optional_number(
                    parameter("budget_ratio", "Budget")
                        .unit("per call")
                        .help("Retries that are allowed per call on average, in each calling process. A reserve of ten is there from the start, so that a process which has made few calls can retry at all; and no more than ten, or 100 calls' worth, is saved up."),
                    "no limit",
                    budget_ratio,
                    0.0,
                    100.0,
                );
                f.optional_names(
                    parameter("retry_on", "Retry on").help("Failures that are tried again: timeout, rejected, error, unreachable, breaker_open, rate_limited. With unreachable alone only failed connections are, as HAProxy does."),
                    "all but breaker_open and rate_limited",
                    &REASONS.map(|(name, _)| name),
                    retry_on,
                );
            },
        );
    }

    /// What ranges alone cannot say.
    pub(super) fn check(&self) -> Option<Violation> {
        let unknown = self.retry_on.iter().flatten().find(|name| reason(name).is_none())?;
        let known = REASONS.map(|(name, _)| name);
        let what = format!("there is no failure \"{unknown}\"{}", hint(unknown, known));
        Some(Violation::new("retries.retry_on", what, known.join(", ")))
    }

    /// The policy for the engine.
    pub(super) fn plan(&self) -> Retries {
        Retries {
            max: self.max,
            base_ns: self.base_ms * 1e6,
            factor: self.factor,
            cap_ns: self.cap_ms * 1e6,
            jitter: self.jitter,
            budget: self.budget_ratio,
            on: self.retry_on.as_ref().map_or(USUAL, |names| {
                let outcomes: Vec<Outcome> = names.iter().filter_map(|name| reason(name)).collect();
                OutcomeSet::of(&outcomes)
            }),
        }
    }
}
