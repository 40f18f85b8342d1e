//! The connection pool of a link.

use super::Values;
use crate::record::link_metrics::{IN_FLIGHT, POOL_WAITING};
use crate::report::snapshot::LinkSnapshot;
use crate::views::format;
use leptos::prelude::*;

/// How many calls a link carries at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PoolPolicy {
    /// Calls at a time.
    pub size: f64,
    /// Calls that may wait for a place; absent without a limit.
    pub queue_limit: Option<f64>,
}

impl PoolPolicy {
    pub fn read(values: &Values) -> Option<PoolPolicy> {
        Some(PoolPolicy { size: values.number("max_in_flight")?, queue_limit: values.number("queue_limit") })
    }
}

/// The pool during the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PoolUse {
    /// Calls that hold a connection.
    pub in_use: u64,
    /// Calls that wait for one.
    pub waiting: u64,
}

impl PoolUse {
    /// Calls that are abandoned count as in flight and may be more than the pool has connections.
    pub fn of(policy: &PoolPolicy, now: Option<&LinkSnapshot>) -> PoolUse {
        now.map(|now| PoolUse {
            in_use: policy.size.min(now.value(&IN_FLIGHT)) as u64,
            waiting: now.value(&POOL_WAITING) as u64,
        })
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
            <p>"At most " <i>{format::number(policy.size)}</i> " calls at a time." {queue}</p>
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
        assert_eq!(pool, Some(PoolPolicy { size: 4.0, queue_limit: Some(0.0) }));
        assert_eq!(read(json!({"max_in_flight": null})).pool, None);
    }

    #[test]
    fn no_more_connections_are_in_use_than_there_are() {
        let policy = PoolPolicy { size: 4.0, queue_limit: None };
        let now = LinkSnapshot::default().with(&IN_FLIGHT, 7.0).with(&POOL_WAITING, 1200.0);
        assert_eq!(PoolUse::of(&policy, Some(&now)), PoolUse { in_use: 4, waiting: 1200 });
        assert_eq!(PoolUse::of(&policy, None), PoolUse::default());
    }
}
