//! The connection pool of a link.

use super::Values;
use crate::record::link_metrics::{IN_FLIGHT, POOL_WAITING};
use crate::report::snapshot::LinkSnapshot;
use crate::views::format;
use leptos::prelude::*;

/// How many calls each calling process makes over a link at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PoolPolicy {
    /// Calls at a time; absent without a limit.
    pub size: Option<f64>,
    /// Calls at a time to one replica; absent without a limit.
    pub per_replica: Option<f64>,
    /// Calls that may wait for a place; absent without a limit.
    pub queue_limit: Option<f64>,
}

impl PoolPolicy {
    pub fn read(values: &Values) -> Option<PoolPolicy> {
        let (size, per_replica) = (values.number("max_in_flight"), values.number("max_in_flight_per_replica"));
        let queue_limit = values.number("queue_limit");
        (size.is_some() || per_replica.is_some()).then_some(PoolPolicy { size, per_replica, queue_limit })
    }
}

/// The pool during the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PoolUse {
    /// Calls that hold a connection, of all calling processes.
    pub in_use: u64,
    /// Calls that wait for one.
    pub waiting: u64,
}

impl PoolUse {
    pub fn of(now: Option<&LinkSnapshot>) -> PoolUse {
        now.map(|now| PoolUse { in_use: now.value(&IN_FLIGHT) as u64, waiting: now.value(&POOL_WAITING) as u64 })
            .unwrap_or_default()
    }
}

/// The connection pool, drawn and described.
#[component]
pub(super) fn Pool(policy: PoolPolicy, in_use: Memo<PoolUse>) -> impl IntoView {
    let queue = match policy.queue_limit {
        None => " Others wait for a connection, and their timeout runs meanwhile.".into_any(),
        Some(0.0) => " When every connection is in use, a call is rejected at once.".into_any(),
        Some(limit) => {
            view! { " " <i>{format::number(limit)}</i> " more wait for a connection, the rest are rejected." }
                .into_any()
        }
    };
    let limits = match (policy.size, policy.per_replica) {
        (Some(size), None) => view! { "At most " <i>{format::number(size)}</i> " calls at a time" }.into_any(),
        (None, each) => {
            view! { "At most " <i>{format::number(each.unwrap_or_default())}</i> " calls at a time to each replica" }
                .into_any()
        }
        (Some(size), Some(each)) => view! {
            "At most " <i>{format::number(size)}</i> " calls at a time, " <i>{format::number(each)}</i>
            " of them to one replica"
        }
        .into_any(),
    };
    let numbers = move || {
        in_use.with(|pool| {
            format!("{} in use, {} waiting", format::grouped(pool.in_use as i64), format::grouped(pool.waiting as i64))
        })
    };
    view! {
        <div>
            <b>"Connection pool"</b>
            <svg viewBox="0 0 236 18">
                <path class="solid" d="M1 3h12v12h-12zM17 3h12v12h-12zM33 3h12v12h-12zM49 3h12v12h-12z" />
                <path d="M69 3h12v12h-12zM85 3h12v12h-12z" />
                <text x="168" y="9">
                    {numbers}
                </text>
            </svg>
            <p>{limits} ", from each process of the caller." {queue}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pool_has_a_size_and_perhaps_a_limit_of_its_queue() {
        let pool = read(json!({"max_in_flight": 4, "queue_limit": 0})).pool;
        assert_eq!(pool, Some(PoolPolicy { size: Some(4.0), per_replica: None, queue_limit: Some(0.0) }));
        let pool = read(json!({"max_in_flight_per_replica": 2})).pool;
        assert_eq!(pool, Some(PoolPolicy { size: None, per_replica: Some(2.0), queue_limit: None }));
        assert_eq!(read(json!({"max_in_flight": null})).pool, None);
    }

    #[test]
    fn connections_of_all_processes_are_counted() {
        let now = LinkSnapshot::default().with(&IN_FLIGHT, 7.0).with(&POOL_WAITING, 1200.0);
        assert_eq!(PoolUse::of(Some(&now)), PoolUse { in_use: 7, waiting: 1200 });
        assert_eq!(PoolUse::of(None), PoolUse::default());
    }
}
