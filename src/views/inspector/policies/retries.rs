//! The retries of a call.

use super::Values;
use crate::model::json;
use crate::views::format;
use leptos::prelude::*;

/// The most delays that are named one by one.
const NAMED_MAX: usize = 3;

/// How a call that failed is tried again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RetryPolicy {
    /// The first attempt and the retries.
    pub attempts: usize,
    /// The delays before each retry, in words: `0 to 50 ms, 0 to 100 ms`.
    pub delays: String,
    /// The delay before the first retry, without jitter, milliseconds.
    pub base_ms: f64,
    /// How long a call takes at worst, milliseconds; absent without a timeout.
    pub worst_ms: Option<f64>,
    /// Retries a call on average that the budget lets through; absent without a budget.
    pub budget: Option<f64>,
    /// The failures that are tried again, in words; absent where those are the usual ones.
    pub only_after: Option<String>,
}

impl RetryPolicy {
    pub fn read(values: &Values) -> Option<RetryPolicy> {
        let retries = values.number_or_zero("retries.max").clamp(0.0, 100.0) as usize;
        if retries == 0 {
            return None;
        }
        let multiplier = values.number_or_zero("retries.backoff.factor");
        let max_ms = values.number_or_zero("retries.backoff.cap_ms");
        let base_ms = values.number_or_zero("retries.backoff.base_ms");
        let all_ms: Vec<f64> = std::iter::successors(Some(base_ms), |delay_ms| Some(delay_ms * multiplier))
            .take(retries)
            .map(|delay_ms| delay_ms.min(max_ms))
            .collect();
        let attempts = retries + 1;
        let worst_ms =
            values.number("timeout_ms").map(|timeout_ms| timeout_ms * attempts as f64 + all_ms.iter().sum::<f64>());
        // Jitter shortens a delay to at least this share of it.
        let least = match values.value("retries.backoff.jitter").as_str() {
            Some("full") => 0.0,
            Some("equal") => 0.5,
            _ => 1.0,
        };
        Some(RetryPolicy {
            attempts,
            delays: delays(&all_ms, least),
            base_ms,
            worst_ms,
            budget: values.number("retries.budget_ratio"),
            only_after: json::texts(&values.value("retries.retry_on")).map(|names| names.join(", ").replace('_', " ")),
        })
    }
}

impl RetryPolicy {
    /// In a word or two: `1 after 100 ms`.
    pub fn words(&self) -> String {
        format!("{} after {}", self.attempts - 1, format::exact_ms(self.base_ms))
    }
}

/// The first few delays in words; each lies between the share `least` of it and the whole.
fn delays(all_ms: &[f64], least: f64) -> String {
    let range = |delay_ms: &f64| {
        let most = format::exact_ms(*delay_ms);
        if least == 1.0 {
            return most;
        }
        let shortest = format::exact_ms(least * delay_ms);
        // One unit for both where they have the same, and for zero any.
        match (shortest.split_once(' '), most.split_once(' ')) {
            (Some((number, unit)), Some((_, other))) if unit == other || least == 0.0 => format!("{number} to {most}"),
            _ => format!("{shortest} to {most}"),
        }
    };
    let named: Vec<String> = all_ms.iter().take(NAMED_MAX).map(range).collect();
    let more = if all_ms.len() > NAMED_MAX { ", …" } else { "" };
    named.join(", ") + more
}

/// The retries, drawn and described.
#[component]
pub(super) fn Retries(policy: RetryPolicy) -> impl IntoView {
    let worst = policy
        .worst_ms
        .map(|worst_ms| view! { " At worst the call fails after " <i>{format::exact_ms(worst_ms)}</i> "." });
    let budget = match policy.budget {
        Some(budget) => {
            view! { " The budget lets through " <i>{format::exact(budget)}</i> " retries a call on average." }
                .into_any()
        }
        None => " Without a budget an outage multiplies the calls by that number.".into_any(),
    };
    let only_after = policy.only_after.map(|names| {
        if names.is_empty() {
            view! { " No kind of failure is chosen, so nothing is tried again." }.into_any()
        } else {
            view! { " It tries again only after: " <i>{names}</i> "." }.into_any()
        }
    });
    view! {
        <div>
            <b>"Retries"</b>
            <svg viewBox="0 0 236 46">
                <path class="solid" d="M0 2h46v10h-46zM82 18h46v10h-46zM190 34h46v10h-46z" />
                <path d="M48 7h32v9M130 23h58v9" />
                <text x="62" y="18">
                    "delay"
                </text>
                <text x="158" y="34">
                    "delay"
                </text>
            </svg>
            <p>
                "Up to " <i>{policy.attempts}</i> " attempts; the delays between them are " <i>{policy.delays}</i> "."
                {only_after} {worst} {budget}
            </p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    fn retries(params: serde_json::Value) -> RetryPolicy {
        read(params).retries.expect("retries are on")
    }

    #[test]
    fn the_worst_case_is_every_timeout_and_every_delay() {
        let policy = retries(json!({"timeout_ms": 1000, "retries": {"max": 2, "budget_ratio": 0.2}}));
        assert_eq!(policy.attempts, 3);
        assert_eq!(policy.delays, "0 to 50 ms, 0 to 100 ms");
        assert_eq!(policy.worst_ms, Some(3150.0));
        assert_eq!(policy.budget, Some(0.2));
        assert_eq!(policy.only_after, None);
        assert_eq!(
            format::exact_ms(retries(json!({"timeout_ms": 500, "retries": {"max": 2}})).worst_ms.unwrap()),
            "1.65 s"
        );
    }

    #[test]
    fn failures_that_are_tried_again_are_named() {
        let only = |names| retries(json!({"retries": {"max": 1, "retry_on": names}})).only_after;
        assert_eq!(only(json!(["error", "rate_limited"])).as_deref(), Some("error, rate limited"));
        assert_eq!(only(json!([])).as_deref(), Some(""));
        assert_eq!(only(json!(null)), None);
    }

    #[test]
    fn delays_stop_growing_at_the_greatest() {
        let fixed = json!({"retries": {"max": 5, "backoff": {"jitter": "none", "cap_ms": 80}}});
        assert_eq!(retries(fixed).delays, "50 ms, 80 ms, 80 ms, …");
    }

    #[test]
    fn equal_jitter_keeps_half_of_a_delay() {
        let equal = json!({"retries": {"max": 1, "backoff": {"jitter": "equal"}}});
        assert_eq!(retries(equal).delays, "25 to 50 ms");
        let long = json!({"retries": {"max": 1, "backoff": {"jitter": "equal", "base_ms": 1250}}});
        assert_eq!(retries(long).delays, "625 ms to 1.25 s");
    }

    #[test]
    fn no_worst_case_without_a_timeout_and_no_policy_without_retries() {
        assert_eq!(retries(json!({"timeout_ms": null, "retries": {"max": 1}})).worst_ms, None);
        assert_eq!(read(json!({"retries": {"max": 0}})).retries, None);
    }
}
