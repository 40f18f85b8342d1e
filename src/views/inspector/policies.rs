//! What the policies of a link do, drawn and in a sentence each, and good defaults for them.

use crate::report::snapshot::LinkNow;
use crate::views::commands::good_defaults;
use crate::views::erase::{live, memo};
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;
use serde_json::Value;

/// Which policies a link has, by its parameters: deadline, retries, breaker.
fn policies(params: &crate::model::Params) -> [bool; 3] {
    let on = |key: &str| params.get(key).is_some_and(|value| !value.is_null());
    let retries = params.get("retries").and_then(|retries| retries.get("max")).and_then(Value::as_f64);
    [on("timeout_ms"), retries.is_some_and(|max| max > 0.0), on("breaker")]
}

/// The button that sets good defaults, and how deadline, retries and breaker work together.
pub fn policies_of(ui: Ui, id: &str, now: Memo<Option<LinkNow>>) -> impl IntoView + use<> {
    let (link, one) = (id.to_owned(), id.to_owned());
    let on = memo(move || ui.document.with(|document| document.link(&link).map(|link| policies(&link.params))));
    let on = move |policy: usize| on.get().is_some_and(|all| all[policy]);
    let is_open = memo(move || now.with(|now| now.as_ref().is_some_and(|now| now.breaker_open)));
    view! {
        <h2 class="section">"Policies"</h2>
        <div class="actions">
            <button
                class="button outlined small"
                data-testid="good-defaults"
                title="A deadline, two retries with full jitter and a budget, and a breaker"
                on:click=move |_| good_defaults(ui, Some(one.clone()))
            >
                {icon("check")}
                "Good defaults"
            </button>
            <button class="button outlined small" data-testid="good-defaults-all" on:click=move |_| good_defaults(ui, None)>
                "On every link"
            </button>
        </div>
        <figure class="policy" class:off=move || !(on(0) || on(1))>
            <svg viewBox="0 0 260 44" role="img" aria-label="An attempt ends at its deadline, a pause follows, and then the next attempt">
                <path class="axis" d="M6 36h248" />
                <path class="try" d="M10 20h54v10h-54z" />
                <path class="gone" d="M60 16l8 18M68 16l-8 18" />
                <path class="try" d="M98 20h54v10h-54z" />
                <path class="gone" d="M148 16l8 18M156 16l-8 18" />
                <path class="try good" d="M212 20h30v10h-30z" />
                <text x="10" y="12">"attempt"</text>
                <text x="70" y="12">"pause"</text>
                <text x="160" y="12">"longer pause"</text>
            </svg>
            <figcaption>"Each attempt ends at the timeout; a retry follows after a pause that doubles and is drawn at random (full jitter). The budget caps retries at a share of the calls, so that a slow callee is not buried."</figcaption>
        </figure>
        <figure class="policy" class:off=move || !on(2)>
            <svg viewBox="0 0 260 58" role="img" aria-label="A breaker is closed, then open after failures in a row, then half open for a probe">
                <rect x="4" y="14" width="64" height="26" rx="8" class:live=move || on(2) && !is_open.get() />
                <rect x="98" y="14" width="64" height="26" rx="8" class:live=move || is_open.get() />
                <rect x="192" y="14" width="64" height="26" rx="8" />
                <path class="arc" d="M70 27h26M90 23l6 4-6 4M164 27h26M184 23l6 4-6 4M224 42v10h-188v-10M32 47l4-5 4 5" />
                <text class="mid" x="36" y="31">"closed"</text>
                <text class="mid" x="130" y="31">"open"</text>
                <text class="mid" x="224" y="31">"half open"</text>
            </svg>
            <figcaption>
                "After failures in a row the breaker refuses calls at once; after a while it lets a probe through, and closes if that succeeds. "
                {live(move || (on(2)).then(|| if is_open.get() { "It is open now." } else { "It is closed now." }))}
            </figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_null_or_zero_is_off() {
        let of = |params: Value| policies(params.as_object().expect("parameters"));
        assert_eq!(of(json!({})), [false; 3]);
        assert_eq!(of(json!({"timeout_ms": null, "retries": {"max": 0}, "breaker": null})), [false; 3]);
        assert_eq!(of(json!({"timeout_ms": 5, "retries": {"max": 2}, "breaker": {}})), [true; 3]);
    }
}
