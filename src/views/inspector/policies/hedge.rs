//! The hedge of a call: a second copy that is sent when the first is late.

use super::Values;
use crate::views::format;
use leptos::prelude::*;

/// When the second copy is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HedgePolicy {
    /// Milliseconds after the first copy.
    pub after_ms: f64,
}

impl HedgePolicy {
    pub fn read(values: &Values) -> Option<HedgePolicy> {
        values.number("hedge.after_ms").map(|after_ms| HedgePolicy { after_ms })
    }
}

/// The hedge, drawn and described.
#[component]
pub(super) fn Hedge(policy: HedgePolicy) -> impl IntoView {
    let after = format::exact_ms(policy.after_ms);
    view! {
        <div>
            <b>"Hedge"</b>
            <svg viewBox="0 0 236 36">
                <path class="solid" d="M0 4h200v10h-200zM92 22h84v10h-84z" />
                <path d="M90 16v18M0 27h88M178 0v36" />
                <text x="45" y="22">
                    {after.clone()}
                </text>
            </svg>
            <p>
                "When there is no response after " <i>{after}</i>
                ", a second copy is sent, and the first response is used."
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
    fn a_hedge_is_read_with_its_delay() {
        assert_eq!(read(json!({"hedge": {"after_ms": 30}})).hedge, Some(HedgePolicy { after_ms: 30.0 }));
        assert_eq!(read(json!({"hedge": null})).hedge, None);
    }
}
