//! Connection pools that are larger together than what they are connected to.

use super::{Checker, Facts};

/// Warns of pools whose connections their callee does not take.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    for (callee, kind) in (0..).zip(facts.kinds) {
        let Some(taken) = kind.connections() else { continue };
        let size = |link: u32| {
            let plan = facts.link(link);
            let pool = plan.max_in_flight.filter(|_| plan.to == callee && facts.is_used(link))?;
            let replicas = facts.kinds[plan.from as usize].capacity().replicas;
            Some((u64::from(pool) * u64::from(replicas), pool, replicas, link))
        };
        let pools: Vec<_> = (0..facts.links.len() as u32).filter_map(size).collect();
        let held: u64 = pools.iter().map(|(size, ..)| size).sum();
        // The first of the largest.
        let Some((_, pool, replicas, link)) = pools.iter().copied().rev().max_by_key(|(size, ..)| *size) else {
            continue;
        };
        if held <= taken {
            continue;
        }
        let id = facts.id(callee);
        let of = match pools.len() {
            1 => String::new(),
            count => format!(", with those of {} other links {held}", count - 1),
        };
        let what = format!(
            "{pool} connections at each of {replicas} replicas are {}{of}, and {id} takes {taken}",
            u64::from(pool) * u64::from(replicas)
        );
        let right = format!("at most {taken} in all, or more max_connections at {id}");
        checker.warning(facts.place(link), "max_in_flight", what, right);
    }
}
