//! The timeout of a call.

use super::Values;
use crate::views::format;
use leptos::prelude::*;
use serde_json::Value;

/// How long the caller waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TimeoutPolicy {
    /// Milliseconds; absent where the caller waits without a limit.
    pub timeout_ms: Option<f64>,
    /// Whether the callee stops working on a call that timed out.
    pub cancels: bool,
}

impl TimeoutPolicy {
    pub fn read(values: &Values) -> TimeoutPolicy {
        TimeoutPolicy {
            timeout_ms: values.number("timeout_ms"),
            cancels: values.value("cancel_on_timeout") == Value::Bool(true),
        }
    }
}

/// The timeout, drawn and described.
#[component]
pub(super) fn Timeout(policy: TimeoutPolicy) -> impl IntoView {
    let Some(timeout_ms) = policy.timeout_ms else {
        return view! {
            <div>
                <b>"No timeout"</b>
                <svg viewBox="0 0 236 18">
                    <path class="solid" d="M0 4h222v10h-222z" />
                    <path d="M224 9h10m-4-4 4 4-4 4" />
                </svg>
                <p>"The caller waits without a limit: a slow callee holds the caller for as long as it takes."</p>
            </div>
        }
        .into_any();
    };
    let callee = if policy.cancels {
        "The callee is sent a cancellation and stops."
    } else {
        "The callee gets no cancellation and continues to work: that work is wasted."
    };
    view! {
        <div>
            <b>"Timeout"</b>
            <svg viewBox="0 0 236 18">
                <path class="solid" d="M0 4h120v10h-120z" />
                <path d="M124 4h96v10h-96zM121 0v18" />
                <text x="172" y="9">
                    {if policy.cancels { "cancelled" } else { "wasted work" }}
                </text>
            </svg>
            <p>"The caller gives up after " <i>{format::exact_ms(timeout_ms)}</i> ". " {callee}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_timeout_of_null_is_no_timeout() {
        assert_eq!(read(json!({"timeout_ms": null})).timeout, TimeoutPolicy { timeout_ms: None, cancels: false });
    }

    #[test]
    fn a_callee_may_get_a_cancellation() {
        let policy = read(json!({"timeout_ms": 750, "cancel_on_timeout": true})).timeout;
        assert_eq!(policy, TimeoutPolicy { timeout_ms: Some(750.0), cancels: true });
    }
}
