//! The connection pool of a link.

use super::Values;
use crate::record::link_metrics::{IN_FLIGHT, POOL_SIZE, POOL_WAITING};
use crate::report::snapshot::LinkSnapshot;
use crate::views::format;
use leptos::prelude::*;
use serde_json::Value;

/// The most places that are drawn; of a larger pool each stands for several.
const DRAWN_MAX: u64 = 8;

/// How many calls each calling process makes over a link at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PoolPolicy {
    /// Calls at a time; absent without a limit.
    pub size: Option<f64>,
    /// Calls at a time to one replica, no more than to all; absent without a limit.
    pub per_replica: Option<f64>,
    /// Calls that may wait for a place; absent without a limit.
    pub queue_limit: Option<f64>,
    /// Whether a call that waits gives up after a time.
    pub has_timeout: bool,
    /// Whether a call that timed out keeps its place until the callee has answered.
    pub holds_place: bool,
}

impl PoolPolicy {
    pub fn read(values: &Values) -> Option<PoolPolicy> {
        let (size, per_replica) = (values.number("max_in_flight"), values.number("max_in_flight_per_replica"));
        (size.is_some() || per_replica.is_some()).then(|| PoolPolicy {
            size,
            per_replica: per_replica.map(|each| size.map_or(each, |size| each.min(size))),
            queue_limit: values.number("queue_limit"),
            has_timeout: values.number("timeout_ms").is_some(),
            holds_place: values.value("timeout_holds_place") == Value::Bool(true),
        })
    }

    /// In a word or two: `16 at once`.
    pub fn words(&self) -> String {
        match (self.size, self.per_replica) {
            (Some(size), _) => format!("{} at once", format::exact(size)),
            (None, each) => format!("{} a replica", format::exact(each.unwrap_or_default())),
        }
    }
}

/// The pools of all calling processes together during the run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PoolUse {
    /// Calls that hold a connection.
    pub in_use: u64,
    /// Connections that there are.
    pub size: u64,
    /// Calls that wait for one.
    pub waiting: u64,
}

impl PoolUse {
    /// Nothing before the run.
    pub fn of(now: Option<&LinkSnapshot>) -> Option<PoolUse> {
        now.map(|now| PoolUse {
            in_use: now.value(&IN_FLIGHT) as u64,
            size: now.value(&POOL_SIZE) as u64,
            waiting: now.value(&POOL_WAITING) as u64,
        })
    }

    /// How many places are drawn, and how many of them are filled: some where any is in use, and all only
    /// where all are.
    fn drawn(&self) -> (u64, u64) {
        let places = self.size.clamp(1, DRAWN_MAX);
        let filled = (self.in_use * places).checked_div(self.size).unwrap_or(0);
        (places, filled.max(self.in_use.min(1)).min(places))
    }

    fn words(&self) -> String {
        let [in_use, size, waiting] = [self.in_use, self.size, self.waiting].map(|count| format::grouped(count as i64));
        format!("{in_use} of {size} in use, {waiting} waiting")
    }
}

/// The square of the place at this index.
fn square(index: u64) -> String {
    format!("M{} 3h8v12h-8z", 1 + 11 * index)
}

/// The connection pool, drawn with its use and described.
#[component]
pub(super) fn Pool(policy: PoolPolicy, pool: Memo<Option<PoolUse>>) -> impl IntoView {
    let queue = match policy.queue_limit {
        None if policy.has_timeout => " Others wait for a connection, and their timeout runs meanwhile.".into_any(),
        None => " Others wait for a connection.".into_any(),
        Some(0.0) => " When every connection is in use, a call is rejected at once.".into_any(),
        Some(limit) => {
            view! { " " <i>{format::exact(limit)}</i> " more wait for a connection, the rest are rejected." }.into_any()
        }
    };
    let holds_place = (policy.holds_place && policy.has_timeout)
        .then_some(" A call that timed out keeps its connection until the callee has answered it or its cancellation.");
    let calls = |limit: f64| format::counted(limit as usize, "call");
    let limits = match (policy.size, policy.per_replica) {
        (Some(size), None) => view! { "At most " <i>{calls(size)}</i> " at a time" }.into_any(),
        (None, each) => {
            view! { "At most " <i>{calls(each.unwrap_or_default())}</i> " at a time to each replica" }.into_any()
        }
        (Some(size), Some(each)) => view! {
            "At most " <i>{calls(size)}</i> " at a time, " <i>{format::exact(each)}</i>
            " of them to one replica"
        }
        .into_any(),
    };
    let drawn = Memo::new(move |_| pool.with(|pool| pool.as_ref().map_or((DRAWN_MAX, 0), PoolUse::drawn)));
    let squares = move |filled: bool| {
        let (places, in_use) = drawn.get();
        (0..places).filter(|index| (*index < in_use) == filled).map(square).collect::<String>()
    };
    let words = move || pool.with(|pool| pool.as_ref().map_or_else(|| "not run yet".to_owned(), PoolUse::words));
    view! {
        <div>
            <b>"Connection pool"</b>
            <svg viewBox="0 0 236 18" data-testid="pool-drawing">
                <path class="solid" d=move || squares(true) />
                <path d=move || squares(false) />
                <text x="164" y="9">
                    {words}
                </text>
            </svg>
            <p>{limits} ", from each process of the caller." {queue} {holds_place}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use serde_json::json;

    fn pool(params: serde_json::Value) -> Option<PoolPolicy> {
        read(params).pool
    }

    #[test]
    fn a_pool_has_a_size_and_perhaps_a_limit_of_its_queue() {
        let plain =
            PoolPolicy { size: None, per_replica: None, queue_limit: None, has_timeout: false, holds_place: false };
        let sized = PoolPolicy { size: Some(4.0), queue_limit: Some(0.0), ..plain.clone() };
        assert_eq!(pool(json!({"max_in_flight": 4, "queue_limit": 0})), Some(sized));
        let each = PoolPolicy { per_replica: Some(2.0), ..plain.clone() };
        assert_eq!(pool(json!({"max_in_flight_per_replica": 2})), Some(each));
        assert_eq!(pool(json!({"max_in_flight": null})), None);
        let both =
            PoolPolicy { size: Some(5.0), per_replica: Some(5.0), has_timeout: true, holds_place: true, ..plain };
        let params =
            json!({"max_in_flight": 5, "max_in_flight_per_replica": 8, "timeout_ms": 9, "timeout_holds_place": true});
        assert_eq!(pool(params), Some(both), "no more to one replica than to all");
    }

    #[test]
    fn connections_of_all_processes_are_counted() {
        let now = LinkSnapshot::default().with(&IN_FLIGHT, 7.0).with(&POOL_SIZE, 20.0).with(&POOL_WAITING, 1200.0);
        let pool = PoolUse::of(Some(&now)).expect("it runs");
        assert_eq!(pool.words(), "7 of 20 in use, 1\u{202f}200 waiting");
        assert_eq!(PoolUse::of(None), None);
    }

    #[test]
    fn places_are_filled_as_they_are_used() {
        let drawn = |in_use, size| PoolUse { in_use, size, waiting: 0 }.drawn();
        assert_eq!([drawn(0, 5), drawn(3, 5), drawn(5, 5)], [(5, 0), (5, 3), (5, 5)]);
        assert_eq!([drawn(1, 400), drawn(399, 400), drawn(400, 400)], [(8, 1), (8, 7), (8, 8)]);
        assert_eq!(drawn(0, 0), (1, 0), "every caller is down");
    }
}
