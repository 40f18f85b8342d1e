//! Parameters of a link that have no effect beside its others.

use super::{Checker, Facts};
use crate::link::Choosing;

/// Warns of settings without an effect.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    for (link, plan) in (0..).zip(facts.links) {
        let place = || facts.place(link);
        if let (Some(hedge), Some(timeout)) = (plan.hedge_ns, plan.timeout_ns)
            && hedge > timeout
        {
            let what = "is later than timeout_ms, so that no second copy is ever sent";
            checker.warning(place(), "hedge.after_ms", what, "less than timeout_ms");
        }
        if plan.queue_limit.is_some() && plan.max_in_flight.is_none() {
            let what = "limits nothing, because the pool is unlimited and no call waits for it";
            checker.warning(place(), "queue_limit", what, "a number for max_in_flight, or null");
        }
        if facts.choosing(plan.from) == Choosing::Routes
            && plan.weight != 1.0
            && !facts.kinds[plan.from as usize].weighs_links()
        {
            let what = format!("is not heeded, because the algorithm of {} is not weighted", facts.id(plan.from));
            checker.warning(place(), "weight", what, "1, or the algorithm weighted");
        }
    }
}
