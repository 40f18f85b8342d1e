//! Retries with backoff and a budget.

use super::LONGEST_MS;
use crate::engine::plan::{Jitter, Retries};
use crate::params::{Fields, choice, parameter};

/// Parameters of retries.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RetryParameters {
    max: u32,
    base_ms: f64,
    factor: f64,
    cap_ms: f64,
    jitter: Jitter,
    budget_ratio: Option<f64>,
}

impl Default for RetryParameters {
    fn default() -> Self {
        RetryParameters { max: 0, base_ms: 50.0, factor: 2.0, cap_ms: 2000.0, jitter: Jitter::Full, budget_ratio: None }
    }
}

impl RetryParameters {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        let RetryParameters { max, base_ms, factor, cap_ms, jitter, budget_ratio } = self;
        f.group(
            parameter("retries", "Retries").help("Retries after any failure but an open circuit breaker."),
            &mut |f| {
                f.integer(parameter("max", "Max").help("Attempts after the first."), max, 0, 100);
                f.group(parameter("backoff", "Backoff").help("The delay before a retry."), &mut |f| {
                    f.number(
                        parameter("base_ms", "Base delay").unit("ms").help("Delay before the first retry."),
                        base_ms,
                        0.0,
                        LONGEST_MS,
                    );
                    f.number(
                        parameter("factor", "Multiplier")
                            .unit("×")
                            .help("Each delay is this many times the one before."),
                        factor,
                        1.0,
                        100.0,
                    );
                    f.number(
                        parameter("cap_ms", "Max delay").unit("ms").help("No delay is longer."),
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
                        .help("Retries that are allowed per call on average."),
                    "no limit",
                    budget_ratio,
                    0.0,
                    100.0,
                );
            },
        );
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
        }
    }
}
