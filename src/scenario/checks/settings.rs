//! Parameters that have no effect beside the others.

use super::{Checker, Facts};
use crate::engine::plan::{Change, LinkPlan, OutcomeSet, Planned};
use crate::kind::Role;
use crate::link::Choosing;
use crate::params::Violation;

/// Warns of settings without an effect. `changes` are what each fault changes.
pub(super) fn check(checker: &mut Checker, facts: &Facts, changes: &[Vec<Planned>]) {
    for (node, kind) in (0..).zip(facts.kinds) {
        if let Some(Violation { field, what, right }) = kind.idle()
            && !checker.has_problem(&facts.node(node), &field)
        {
            checker.warning(facts.node(node), &field, what, right);
        }
    }
    for (link, plan) in (0..).zip(facts.links) {
        let mut warn = |field: &str, what: String, right: &'static str| {
            // A value that was refused is at its default, which nobody has written.
            if !checker.has_problem(&facts.place(link), field) {
                checker.warning(facts.place(link), field, what, right);
            }
        };
        if let (Some(hedge), Some(timeout)) = (plan.hedge_ns, plan.timeout_ns)
            && hedge > timeout
        {
            let what = "is later than timeout_ms, so that no second copy is ever sent";
            warn("hedge.after_ms", what.to_owned(), "less than timeout_ms");
        }
        if plan.retries.max > 0 && plan.retries.on == OutcomeSet::of(&[]) {
            let what = format!("names no failure, so that none of the {} retries is ever made", plan.retries.max);
            warn("retries.retry_on", what, "names of failures, or null, or no retries");
        }
        check_pool(plan, &mut warn);
        if plan.cancel_on_timeout && gives_nothing_up(facts, plan, changes) {
            let what = "cancels nothing, because without timeout_ms no call is given up";
            warn("cancel_on_timeout", what.to_owned(), "false, or a timeout_ms");
        }
        if facts.choosing(plan.from) == Choosing::Routes
            && plan.weight != 1.0
            && !facts.kinds[plan.from as usize].weighs_links()
        {
            let what = format!("is not heeded, because the algorithm of {} is not weighted", facts.id(plan.from));
            warn("weight", what, "1, or the algorithm weighted");
        }
    }
}

/// Warns of settings of a connection pool.
fn check_pool(plan: &LinkPlan, warn: &mut impl FnMut(&str, String, &'static str)) {
    let has_pool = plan.max_in_flight.is_some() || plan.max_per_replica.is_some();
    if plan.queue_limit.is_some() && !has_pool {
        let what = "limits nothing, because the pool is unlimited and no call waits for it";
        warn("queue_limit", what.to_owned(), "a number for max_in_flight, or null");
    }
    if let (Some(all), Some(each)) = (plan.max_in_flight, plan.max_per_replica)
        && each > all
    {
        let what = format!("{each} are never reached at one replica, because max_in_flight allows {all} in all");
        warn("max_in_flight_per_replica", what, "less than max_in_flight, or null");
    }
    if plan.holds_place && (plan.timeout_ns.is_none() || !has_pool) {
        let (what, right) = match plan.timeout_ns {
            None => ("holds nothing, because without timeout_ms no call times out", "false, or a timeout_ms"),
            Some(_) => ("holds nothing, because the pool is unlimited", "false, or a number for max_in_flight"),
        };
        warn("timeout_holds_place", what.to_owned(), right);
    }
}

/// Whether no call over a link is ever given up while it is under way: it does not time out, no other copy of
/// it is answered first, and nobody cancels the request for which it is made, nor does its process die.
fn gives_nothing_up(facts: &Facts, plan: &LinkPlan, changes: &[Vec<Planned>]) -> bool {
    let is_cancelled = facts.links.iter().any(|link| link.to == plan.from && link.cancel_on_timeout);
    let dies = changes.iter().flatten().any(|planned| match planned.change {
        Change::Crash(station, _) | Change::Deploy(station, _) => station == plan.from,
        _ => false,
    });
    let is_delivery = facts.role(plan.from) == Role::Queue;
    plan.timeout_ns.is_none() && plan.hedge_ns.is_none() && !is_cancelled && !dies && !is_delivery
}
