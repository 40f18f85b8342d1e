//! The resilience policies of a link: what the caller does when a response is late or fails. Each
//! policy that is on is drawn, and described with the numbers that are set.
//!
//! One file a policy: what is read from the parameters, and its component.

mod breaker;
mod hedge;
mod pool;
mod retries;
mod timeout;

use crate::model::Params;
use crate::params::{Field, values};
use crate::views::state::Ui;
use breaker::{Breaker, BreakerPolicy, BreakerState};
use hedge::{Hedge, HedgePolicy};
use leptos::prelude::*;
use pool::{Pool, PoolPolicy, PoolUse};
use retries::{Retries, RetryPolicy};
use serde_json::Value;
use timeout::{Timeout, TimeoutPolicy};

/// The values of a link's parameters, defaults included.
struct Values<'a> {
    params: &'a Params,
    fields: &'a [Field],
}

impl Values<'_> {
    fn value(&self, path: &str) -> Value {
        values::value_at(self.params, self.fields, path).unwrap_or_default()
    }

    fn number(&self, path: &str) -> Option<f64> {
        self.value(path).as_f64()
    }

    fn number_or_zero(&self, path: &str) -> f64 {
        self.number(path).unwrap_or(0.0)
    }
}

/// The policies of a link; those that are off are absent.
#[derive(Clone, Debug, Default, PartialEq)]
struct LinkPolicies {
    timeout: TimeoutPolicy,
    retries: Option<RetryPolicy>,
    hedge: Option<HedgePolicy>,
    breaker: Option<BreakerPolicy>,
    pool: Option<PoolPolicy>,
}

impl LinkPolicies {
    fn read(params: &Params, fields: &[Field]) -> LinkPolicies {
        let values = Values { params, fields };
        LinkPolicies {
            timeout: TimeoutPolicy::read(&values),
            retries: RetryPolicy::read(&values),
            hedge: HedgePolicy::read(&values),
            breaker: BreakerPolicy::read(&values),
            pool: PoolPolicy::read(&values),
        }
    }
}

/// The policies of the link of this id, whose parameters `fields` describes.
#[component]
pub fn Policies(ui: Ui, id: String, fields: Vec<Field>) -> impl IntoView {
    let now = ui.run.link(&id);
    let policies = Memo::new(move |_| {
        // Those that the run has at present, where it is in flight.
        ui.run.shown.with(|document| {
            document.link(&id).map(|link| LinkPolicies::read(&link.params, &fields)).unwrap_or_default()
        })
    });
    let timeout = Memo::new(move |_| policies.with(|policies| policies.timeout.clone()));
    let retries = Memo::new(move |_| policies.with(|policies| policies.retries.clone()));
    let hedge = Memo::new(move |_| policies.with(|policies| policies.hedge.clone()));
    let breaker = Memo::new(move |_| policies.with(|policies| policies.breaker.clone()));
    let pool = Memo::new(move |_| policies.with(|policies| policies.pool.clone()));
    let state = Memo::new(move |_| now.with(|now| BreakerState::of(now.as_ref())));
    let pool_use = Memo::new(move |_| now.with(|now| PoolUse::of(now.as_ref())));
    view! {
        <h2 class="section">"Resilience policies"</h2>
        <div class="policies" data-testid="policies">
            {move || view! { <Timeout policy=timeout.get() /> }}
            {move || retries.get().map(|policy| view! { <Retries policy /> })}
            {move || hedge.get().map(|policy| view! { <Hedge policy /> })}
            {move || breaker.get().map(|policy| view! { <Breaker policy state /> })}
            {move || pool.get().map(|policy| view! { <Pool policy pool=pool_use /> })}
        </div>
    }
}

/// The policies in these parameters of a link.
#[cfg(test)]
fn read(params: Value) -> LinkPolicies {
    LinkPolicies::read(params.as_object().expect("an object"), &crate::link::link_fields())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_link_without_parameters_has_only_its_default_timeout() {
        let policies = read(json!({}));
        assert_eq!(policies, LinkPolicies { timeout: policies.timeout.clone(), ..LinkPolicies::default() });
    }

    #[test]
    fn recommended_policies_are_all_read() {
        let link = json!({"timeout_ms": 1000, "retries": {"max": 2, "budget_ratio": 0.2}, "breaker": {}});
        let policies = read(link);
        assert!(policies.retries.is_some() && policies.breaker.is_some());
        assert!(policies.hedge.is_none() && policies.pool.is_none());
    }
}
