//! The circuit breaker of a link.

use super::Values;
use crate::report::snapshot::LinkSnapshot;
use crate::views::format;
use leptos::prelude::*;

/// When the breaker opens and closes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BreakerPolicy {
    /// Failures in a row that open it.
    pub failures: f64,
    /// Milliseconds for which it stays open.
    pub open_ms: f64,
    /// Calls that it lets through while half-open, all of which must do well for it to close.
    pub probes: usize,
}

impl BreakerPolicy {
    pub fn read(values: &Values) -> Option<BreakerPolicy> {
        Some(BreakerPolicy {
            failures: values.number("breaker.consecutive_failures")?,
            open_ms: 1000.0 * values.number_or_zero("breaker.open_s"),
            probes: values.number_or_zero("breaker.half_open_probes") as usize,
        })
    }

    /// In a word or two: `after 5 failures`.
    pub fn words(&self) -> String {
        format!("after {}", format::counted(self.failures as usize, "failure"))
    }
}

/// The state of the breaker during the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BreakerState {
    /// Calls go through.
    #[default]
    Closed,
    /// Calls fail at once.
    Open,
    /// A few calls go through.
    HalfOpen,
}

impl BreakerState {
    pub fn of(now: Option<&LinkSnapshot>) -> BreakerState {
        match now {
            Some(now) if now.breaker_open => BreakerState::Open,
            Some(now) if now.breaker_half_open => BreakerState::HalfOpen,
            _ => BreakerState::Closed,
        }
    }

    /// Where its box begins in the drawing.
    fn left(self) -> u32 {
        match self {
            BreakerState::Closed => 1,
            BreakerState::Open => 86,
            BreakerState::HalfOpen => 171,
        }
    }
}

/// The circuit breaker, drawn with its state and described.
#[component]
pub(super) fn Breaker(policy: BreakerPolicy, state: Memo<BreakerState>) -> impl IntoView {
    let failures = format::exact(policy.failures);
    let open_for = format::exact_ms(policy.open_ms);
    view! {
        <div>
            <b>"Circuit breaker"</b>
            <svg viewBox="0 0 236 58">
                <path d="M1 16h64v22h-64zM86 16h64v22h-64zM171 16h64v22h-64z" />
                <path class="now" d=move || format!("M{} 16h64v22h-64z", state.get().left()) />
                <path d="M67 27h17m-5-4 5 4-5 4M152 27h17m-5-4 5 4-5 4M210 40v14h-178v-14m-4 5 4-5 4 5M118 54v-14m-4 5 4-5 4 5" />
                <text x="33" y="27">
                    "closed"
                </text>
                <text x="118" y="27">
                    "open"
                </text>
                <text x="203" y="27">
                    "half-open"
                </text>
                <text x="76" y="8">
                    {format!("{failures} fail")}
                </text>
                <text x="160" y="8">
                    {open_for.clone()}
                </text>
            </svg>
            <p>
                <i>{failures}</i> " failures in a row open it: calls then fail at once for " <i>{open_for}</i>
                ", and the callee can recover. Half-open it lets "
                <i>{format::counted(policy.probes, "call")}</i>
                {if policy.probes == 1 {
                    " through: a success closes it, a failure opens it again."
                } else {
                    " through: as many successes close it, a failure opens it again."
                }} " Each process of the caller has a breaker of its own."
            </p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_breaker_without_parameters_has_the_default_ones() {
        let policy = read(json!({"breaker": {}})).breaker.expect("it is on");
        assert!(policy.failures > 0.0 && policy.open_ms > 0.0 && policy.probes > 0);
    }

    #[test]
    fn the_state_is_that_of_the_run() {
        let open = LinkSnapshot { breaker_open: true, ..LinkSnapshot::default() };
        let half_open = LinkSnapshot { breaker_half_open: true, ..LinkSnapshot::default() };
        assert_eq!(BreakerState::of(Some(&open)), BreakerState::Open);
        assert_eq!(BreakerState::of(Some(&half_open)), BreakerState::HalfOpen);
        assert_eq!(BreakerState::of(None), BreakerState::Closed);
    }
}
