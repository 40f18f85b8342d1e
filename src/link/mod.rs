//! The parameters of a link: the network, and the resilience policies of the caller. A new policy is
//! a file here, a field of [`Link`] and what the engine does with it.

mod breaker;
mod hedge;
mod network;
mod pool;
mod retries;
mod routing;

pub use routing::Choosing;

use crate::engine::plan::LinkPlan;
use crate::model::{self, Place};
use crate::params::{Field, Fields, Violation, describe, parameter, read};
use crate::time::from_ms;

/// Parameters of a link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    network: network::Network,
    timeout_ms: Option<f64>,
    retries: retries::RetryParameters,
    hedge: hedge::HedgeParameters,
    breaker: breaker::BreakerParameters,
    pool: pool::PoolParameters,
    cancel_on_timeout: bool,
    routing: routing::RoutingParameters,
}

/// The longest duration that can be set, 1 hour.
const LONGEST_MS: f64 = 3_600_000.0;

impl Link {
    /// Names every parameter once that has a meaning for such a caller, in the order of the inspector.
    pub fn fields(&mut self, choosing: Choosing, f: &mut dyn Fields) {
        self.network.latency(f);
        f.optional_number(
            parameter("timeout_ms", "Timeout")
                .unit("ms")
                .help("The caller stops waiting after this time; the callee does not know and its work is wasted."),
            "none: waits for ever",
            &mut self.timeout_ms,
            0.001,
            LONGEST_MS,
        );
        self.retries.fields(f);
        self.hedge.fields(f);
        self.breaker.fields(f);
        self.pool.fields(f);
        f.boolean(
            parameter("cancel_on_timeout", "Cancel")
                .help("Send a cancellation to the callee when the caller no longer waits."),
            &mut self.cancel_on_timeout,
        );
        self.routing.fields(choosing, f);
        self.network.loss_and_bandwidth(f);
    }

    /// The parameters of a link of a document; what cannot be read is at its default.
    pub fn of(link: &model::Link) -> Link {
        let mut parameters = Link::default();
        // What is wrong with them is in the problem list.
        let _ = read(&link.params, &Place::Document, &mut |f| parameters.fields(Choosing::Unknown, f));
        parameters
    }

    /// What ranges alone cannot say.
    pub fn check(&self) -> Vec<Violation> {
        self.network.check().into_iter().chain(self.retries.check()).collect()
    }

    /// Why these parameters cannot become others during a run, where each of them alone could change.
    pub fn cannot_become(&self, next: &Link) -> Option<Violation> {
        let has_shares = |link: &Link| link.pool.max_per_replica.is_some();
        (has_shares(self) != has_shares(next)).then(|| {
            let what = "the places for each replica are counted from the start, or never";
            Violation::new("max_in_flight_per_replica", what, "another number, where there is one")
        })
    }

    /// Whether a call over it times out.
    pub fn has_timeout(&self) -> bool {
        self.timeout_ms.is_some()
    }

    /// Sets the timeout, milliseconds.
    pub fn set_timeout_ms(&mut self, timeout_ms: f64) {
        self.timeout_ms = Some(timeout_ms);
    }

    /// The operations that it serves by name; `None` is all.
    pub fn operations(&self) -> Option<&[String]> {
        self.routing.operations.as_deref()
    }

    /// Share of the requests that use it.
    pub fn fraction(&self) -> f64 {
        self.routing.fraction
    }

    /// The link for the engine, from one station to another; `serves` says of each operation whether
    /// it uses the link.
    pub fn plan(&self, id: &str, from: u32, to: u32, serves: Vec<bool>) -> LinkPlan {
        LinkPlan {
            id: id.to_owned(),
            from,
            to,
            latency: self.network.latency.distribution(),
            loss: self.network.loss,
            ns_per_byte: self.network.ns_per_byte(),
            timeout_ns: self.timeout_ms.map(from_ms),
            retries: self.retries.plan(),
            hedge_ns: self.hedge.plan(),
            breaker: self.breaker.plan(),
            max_in_flight: self.pool.max_in_flight,
            max_per_replica: self.pool.max_per_replica,
            queue_limit: self.pool.queue_limit,
            holds_place: self.pool.holds_place,
            cancel_on_timeout: self.cancel_on_timeout,
            serves,
            fraction: self.routing.fraction,
            weight: self.routing.weight,
        }
    }
}

/// The parameters of a link, described with their defaults: all of them.
pub fn link_fields() -> Vec<Field> {
    fields_for(Choosing::Unknown)
}

/// The parameters that mean something on a link whose caller is of this kind.
pub fn link_fields_from(caller: &str) -> Vec<Field> {
    fields_for(crate::kinds::info(caller).map_or(Choosing::Calls, Choosing::of))
}

fn fields_for(choosing: Choosing) -> Vec<Field> {
    let mut link = Link::default();
    describe(&mut |f| link.fields(choosing, f))
}
