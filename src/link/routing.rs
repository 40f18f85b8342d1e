//! Which requests of the caller use a link.

use crate::kind::{Calls, KindInfo, Role};
use crate::params::{Fields, parameter};

/// How the caller of a link decides which requests use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choosing {
    /// By operation and by share: an app calls some or all of what it is linked to.
    Calls,
    /// By operation, and perhaps by weight: a load balancer.
    Routes,
    /// The caller is not known: every parameter there is.
    Unknown,
    /// It does not decide: there is one link, or all are alike.
    Nothing,
}

impl Choosing {
    /// How a caller of this kind decides.
    pub fn of(caller: &KindInfo) -> Choosing {
        match (caller.role, caller.calls) {
            (Role::Service, _) => Choosing::Calls,
            (Role::Proxy, Calls::Many) => Choosing::Routes,
            _ => Choosing::Nothing,
        }
    }
}

/// Parameters of the choice of requests.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RoutingParameters {
    /// Operations that the link serves by name; `None` is all.
    pub(super) operations: Option<Vec<String>>,
    /// Share of the requests that use it.
    pub(super) fraction: f64,
    /// Share of the requests relative to the other links of a weighted load balancer.
    pub(super) weight: f64,
}

impl Default for RoutingParameters {
    fn default() -> Self {
        RoutingParameters { operations: None, fraction: 1.0, weight: 1.0 }
    }
}

impl RoutingParameters {
    pub(super) fn fields(&mut self, choosing: Choosing, f: &mut dyn Fields) {
        if choosing != Choosing::Nothing {
            f.optional_names(
                parameter("operations", "Operations")
                    .help("Names of the operations that use this link.")
                    .fixed("it is part of the structure: load balancers lay out their routes with it"),
                "all",
                &[],
                &mut self.operations,
            );
        }
        if matches!(choosing, Choosing::Routes | Choosing::Unknown) {
            f.number(
                parameter("weight", "Weight").slide(0.0, 10.0).help("This link's share of the requests relative to the other links, where the algorithm is weighted; its replicas take turns. 0 is none."),
                &mut self.weight,
                0.0,
                1e6,
            );
        }
        if matches!(choosing, Choosing::Calls | Choosing::Unknown) {
            f.number(
                parameter("fraction", "Fraction").help("Share of the requests that use this link, 0 to 1."),
                &mut self.fraction,
                0.0,
                1.0,
            );
        }
    }
}
