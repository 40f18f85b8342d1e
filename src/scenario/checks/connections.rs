//! Connection pools that are larger together than what they are connected to.

use super::{Checker, Facts};
use crate::kind::Connections;

/// The pools of a link, one at each replica of the caller.
#[derive(Clone, Copy)]
struct Pools {
    link: u32,
    /// The parameter that limits each of them.
    field: &'static str,
    /// Connections of a pool, to each of so many processes of the callee.
    connections: u32,
    processes: u32,
    replicas: u32,
}

impl Pools {
    /// The pools of a link to a callee of which so many processes serve requests; `None` where they are
    /// unlimited, or no request uses them.
    fn of(facts: &Facts, link: u32, callee: u32, processes: u32) -> Option<Pools> {
        let plan = facts.link(link);
        if plan.to != callee || !facts.is_used(link) {
            return None;
        }
        let replicas = facts.kinds[plan.from as usize].capacity().replicas;
        let all = plan.max_in_flight.map(|all| Pools {
            link,
            field: "max_in_flight",
            connections: all,
            processes: 1,
            replicas,
        });
        let each = plan.max_per_replica.map(|each| Pools {
            link,
            field: "max_in_flight_per_replica",
            connections: each,
            processes,
            replicas,
        });
        // The first of the smaller.
        all.into_iter().chain(each).min_by_key(Pools::size)
    }

    fn size(&self) -> u64 {
        u64::from(self.connections) * u64::from(self.processes) * u64::from(self.replicas)
    }
}

/// Warns of pools whose connections their callee does not take.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    for (callee, kind) in (0..).zip(facts.kinds) {
        let Some(Connections { each, processes }) = kind.connections() else { continue };
        let taken = u64::from(each) * u64::from(processes);
        let links = 0..facts.links.len() as u32;
        let pools: Vec<Pools> = links.filter_map(|link| Pools::of(facts, link, callee, processes)).collect();
        let held: u64 = pools.iter().map(Pools::size).sum();
        // The first of the largest.
        let Some(largest) = pools.iter().copied().rev().max_by_key(Pools::size) else { continue };
        if held <= taken {
            continue;
        }
        let id = facts.id(callee);
        let of = match pools.len() {
            1 => String::new(),
            count => format!(", with those of {} other links {held}", count - 1),
        };
        let to = match largest.processes {
            1 => String::new(),
            count => format!(" to each of {count} processes"),
        };
        let Pools { connections, replicas, .. } = largest;
        let size = largest.size();
        let what = format!(
            "{connections} connections{to} at each of {replicas} replicas are {size}{of}, and {id} takes {taken}"
        );
        let right = format!("at most {taken} in all, or more max_connections at {id}");
        checker.warning(facts.place(largest.link), largest.field, what, right);
    }
}
