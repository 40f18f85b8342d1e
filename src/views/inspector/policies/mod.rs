//! The resilience policies of a link: what the caller does when a response is late or fails. Each
//! policy that is on is drawn, and described with the numbers that are set.
//!
//! One file a policy: what is read from the parameters, and its component.

mod breaker;
mod hedge;
mod pool;
mod retries;
mod timeout;

use super::controls::{Form, toggle};
use super::head::section;
use super::parameters::Parameter;
use crate::editor::shown_name;
use crate::link::link_fields_from;
use crate::model::{Link, Params, Place};
use crate::params::{Field, values};
use crate::report::snapshot::LinkSnapshot;
use crate::views::actions::{has_policies, set_recommended_policies};
use crate::views::format;
use crate::views::icons::icon;
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

/// A resilience policy of a link.
struct Policy {
    /// Under what the page remembers that it is unfolded.
    id: &'static str,
    /// Its name.
    name: &'static str,
    /// The parameters of a link that belong to it.
    keys: &'static [&'static str],
    /// What it is set to in a word or two; nothing where it is off.
    words: fn(&LinkPolicies) -> Option<String>,
}

/// Every policy, in the order of the form.
const POLICIES: [Policy; 5] = [
    Policy {
        id: "policy.timeout",
        name: "Timeout",
        keys: &["timeout_ms", "cancel_on_timeout"],
        words: |all| all.timeout.timeout_ms.map(format::exact_ms),
    },
    Policy {
        id: "policy.retries",
        name: "Retries",
        keys: &["retries"],
        words: |all| all.retries.as_ref().map(RetryPolicy::words),
    },
    Policy {
        id: "policy.breaker",
        name: "Circuit breaker",
        keys: &["breaker"],
        words: |all| all.breaker.as_ref().map(BreakerPolicy::words),
    },
    Policy {
        id: "policy.pool",
        name: "Connection pool",
        keys: &["max_in_flight", "max_in_flight_per_replica", "queue_limit", "timeout_holds_place"],
        words: |all| all.pool.as_ref().map(PoolPolicy::words),
    },
    Policy {
        id: "policy.hedge",
        name: "Hedging",
        keys: &["hedge"],
        words: |all| all.hedge.as_ref().map(|hedge| format!("after {}", format::exact_ms(hedge.after_ms))),
    },
];

/// Whether a parameter of a link belongs to one of its policies.
pub fn is_of_a_policy(key: &str) -> bool {
    POLICIES.iter().any(|policy| policy.keys.contains(&key))
}

/// The policies of the link of this id: a row for each, which unfolds its parameters and what they do.
#[component]
pub fn Policies(
    ui: Ui,
    id: String,
    /// The parameters of the link.
    fields: Vec<Field>,
    /// Begins the ids of the controls.
    #[prop(into, optional)]
    scope: String,
) -> impl IntoView {
    let now = ui.run.link(&id);
    let parameter = Parameter::new(ui, Place::Link(id.clone()), fields.clone()).within(&scope);
    let of_link = fields.clone();
    let policies = Memo::new(move |_| {
        // Those that the run has at present, where it is in flight.
        ui.run.shown.with(|document| {
            document.link(&id).map(|link| LinkPolicies::read(&link.params, &of_link)).unwrap_or_default()
        })
    });
    let rows = POLICIES.iter().map(|policy| {
        let own = fields.iter().filter(|field| policy.keys.contains(&field.key)).cloned().collect();
        policy_row(policy, &parameter, own, policies, now)
    });
    view! {
        <ul class="policies" data-testid="policies">
            {rows.collect_view()}
        </ul>
    }
}

fn policy_row(
    policy: &'static Policy,
    parameter: &Parameter,
    fields: Vec<Field>,
    policies: Memo<LinkPolicies>,
    now: Memo<Option<LinkSnapshot>>,
) -> AnyView {
    let ui = parameter.ui();
    let parameter = parameter.clone();
    let is_open = parameter.unfolds(policy.id.to_owned(), policy.keys.to_vec());
    let words = Memo::new(move |_| policies.with(policy.words));
    let is_on = move || words.with(Option::is_some);
    let drawing = move || match policy.id {
        "policy.timeout" => {
            let timeout = Memo::new(move |_| policies.with(|policies| policies.timeout.clone()));
            (move || view! { <Timeout policy=timeout.get() /> }).into_any()
        }
        "policy.retries" => {
            let retries = Memo::new(move |_| policies.with(|policies| policies.retries.clone()));
            (move || retries.get().map(|policy| view! { <Retries policy /> })).into_any()
        }
        "policy.breaker" => {
            let breaker = Memo::new(move |_| policies.with(|policies| policies.breaker.clone()));
            let state = Memo::new(move |_| now.with(|now| BreakerState::of(now.as_ref())));
            (move || breaker.get().map(|policy| view! { <Breaker policy state /> })).into_any()
        }
        "policy.pool" => {
            let pool = Memo::new(move |_| policies.with(|policies| policies.pool.clone()));
            let pool_use = Memo::new(move |_| now.with(|now| PoolUse::of(now.as_ref())));
            (move || pool.get().map(|policy| view! { <Pool policy pool=pool_use /> })).into_any()
        }
        _ => {
            let hedge = Memo::new(move |_| policies.with(|policies| policies.hedge.clone()));
            (move || hedge.get().map(|policy| view! { <Hedge policy /> })).into_any()
        }
    };
    view! {
        <li class:on=is_on>
            <button
                type="button"
                class="policy"
                data-testid=policy.id
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| toggle(ui, policy.id, is_open)
            >
                <i class="state-dot" aria-hidden="true"></i>
                <b>{policy.name}</b>
                <span>{move || words.get().unwrap_or_else(|| "off".to_owned())}</span>
                {icon("right")}
            </button>
            <Show when=move || is_open.get()>
                <div class="policy-form">
                    <Form parameter=parameter.clone() fields=fields.clone() />
                    {drawing()}
                </div>
            </Show>
        </li>
    }
    .into_any()
}

/// The policies of a node's links, by their targets.
#[component]
pub fn NodePolicies(
    ui: Ui,
    /// The id of the node.
    id: String,
    /// Its kind.
    kind: String,
    /// Begins the ids of the controls.
    #[prop(into, optional)]
    scope: String,
) -> impl IntoView {
    // The links that leave the node, and whom they call.
    let links = Memo::new(move |_| {
        let document = ui.editing.document.read();
        let of = |link: &Link| (link.id.clone(), document.node(&link.to).map(|node| shown_name(node).to_owned()));
        document.links.iter().filter(|link| link.from == id).map(of).collect::<Vec<_>>()
    });
    let chosen = RwSignal::new(None::<String>);
    let shown = Memo::new(move |_| {
        let chosen = chosen.get();
        links.with(|links| {
            let is_chosen = |(id, _): &&(String, Option<String>)| chosen.as_ref() == Some(id);
            links.iter().find(is_chosen).or(links.first()).map(|(id, _)| id.clone())
        })
    });
    let fields = link_fields_from(&kind);
    let tab = move |(id, name): (String, Option<String>)| {
        let name = format!("→ {}", name.unwrap_or_default());
        let title = name.clone();
        let (own, of_click) = (id.clone(), id);
        view! {
            <button
                type="button"
                class:on=move || shown.with(|shown| shown.as_ref() == Some(&own))
                aria-pressed={
                    let own = of_click.clone();
                    move || shown.with(|shown| shown.as_ref() == Some(&own)).to_string()
                }
                title=title
                on:click=move |_| chosen.set(Some(of_click.clone()))
            >
                {name}
            </button>
        }
    };
    let policies = move || {
        let id = shown.get()?;
        let scope = format!("{scope}{id}.");
        Some(view! { <Policies ui id fields=fields.clone() scope /> })
    };
    let has_policies = has_policies(&kind);
    view! {
        <Show when=move || has_policies && links.with(|links| !links.is_empty())>
            {section("Resilience policies", recommended(ui, shown))}
            <div class="segmented targets" role="group" aria-label="Whose policies">
                {move || links.get().into_iter().map(tab).collect_view()}
            </div>
            {policies.clone()}
        </Show>
    }
}

/// Sets the recommended policies on a link.
pub fn recommended(ui: Ui, link: Memo<Option<String>>) -> AnyView {
    view! {
        <button
            type="button"
            class="as-link"
            data-testid="good-defaults"
            title="Sets a timeout, two retries with full jitter and a budget, and a circuit breaker"
            on:click=move |_| {
                if let Some(id) = link.get_untracked() {
                    set_recommended_policies(ui, Some(&id));
                }
            }
        >
            "Recommended"
        </button>
    }
    .into_any()
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
    fn every_policy_has_parameters_of_a_link_and_says_what_they_are_set_to() {
        let fields = crate::link::link_fields();
        for policy in &POLICIES {
            for key in policy.keys {
                assert!(fields.iter().any(|field| field.key == *key), "{}: {key}", policy.name);
            }
        }
        let link = json!({"timeout_ms": 2000, "retries": {"max": 1, "backoff": {"base_ms": 100}}, "breaker": {},
            "max_in_flight": 16, "hedge": {"after_ms": 30}});
        let all = read(link);
        let words = POLICIES.map(|policy| (policy.words)(&all).expect("it is on"));
        assert_eq!(words, ["2 s", "1 after 100 ms", "after 5 failures", "16 at once", "after 30 ms"]);
        let off = read(json!({"timeout_ms": null}));
        assert!(POLICIES.iter().all(|policy| (policy.words)(&off).is_none()));
    }

    #[test]
    fn recommended_policies_are_all_read() {
        let link = json!({"timeout_ms": 1000, "retries": {"max": 2, "budget_ratio": 0.2}, "breaker": {}});
        let policies = read(link);
        assert!(policies.retries.is_some() && policies.breaker.is_some());
        assert!(policies.hedge.is_none() && policies.pool.is_none());
    }
}
