//! Callers that give up before the calls that are made for them can end.

use super::traffic::Flow;
use super::{Checker, Facts};
use crate::engine::plan::{Jitter, LinkPlan};
use crate::kind::Role;
use crate::params::plain;
use crate::time::MS;

/// How long a call may take before it fails, and the link whose timeout says so.
#[derive(Clone, Copy)]
struct Longest {
    ns: f64,
    link: u32,
}

/// Warns of a timeout that is over before the attempts of a call further on are.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    let mut into = vec![Vec::new(); facts.kinds.len()];
    for (link, plan) in (0..).zip(facts.links) {
        into[plan.to as usize].push(link);
    }
    let mut longest: Vec<Option<Longest>> = vec![None; facts.links.len()];
    for flow in &facts.flows {
        let of_nodes = longest_of_nodes(facts, flow, &into);
        for (link, longest) in (0..).zip(&mut longest) {
            let plan = facts.link(link);
            let is_used = flow.reached[plan.from as usize] && facts.carries(link, flow.operation);
            if plan.timeout_ns.is_some() && is_used {
                *longest = longer(*longest, of_nodes[plan.to as usize]);
            }
        }
    }
    for (link, longest) in (0..).zip(longest) {
        if let (Some(timeout_ns), Some(inner)) = (facts.link(link).timeout_ns, longest)
            && inner.ns > timeout_ns as f64
        {
            let (what, right) = words(timeout_ns, inner, facts.link(inner.link));
            checker.warning(facts.place(link), "timeout_ms", what, right);
        }
    }
}

fn words(timeout_ns: u64, inner: Longest, plan: &LinkPlan) -> (String, String) {
    let ms = |ns: f64| plain((ns / MS * 1000.0).round() / 1000.0);
    let longest = ms(inner.ns);
    let end = match plan.retries.max {
        0 => format!("after {longest} ms"),
        max => {
            let each = ms(plan.timeout_ns.unwrap_or(0) as f64);
            format!("after {} attempts of {each} ms, {longest} ms in all", max + 1)
        }
    };
    let timeout = ms(timeout_ns as f64);
    let what = format!("{timeout} ms are over before a call that is made meanwhile over {} fails {end}", plan.id);
    (what, format!("at least {longest} ms, or a shorter timeout or fewer retries there"))
}

/// The longer of two; the first of equals.
fn longer(a: Option<Longest>, b: Option<Longest>) -> Option<Longest> {
    match (a, b) {
        (Some(first), Some(second)) if second.ns > first.ns => b,
        (None, _) => b,
        _ => a,
    }
}

/// For each node how long a call that is made while it works on a request of an operation may take until it
/// fails: all attempts of a call over a link with a timeout, with the shortest pauses, where it is made by the
/// node itself or further on over links without a timeout. `None` where nothing limits such a call, or a queue
/// has answered before it is made. `into` are the links to each node.
fn longest_of_nodes(facts: &Facts, flow: &Flow, into: &[Vec<u32>]) -> Vec<Option<Longest>> {
    let carried = |link: &u32| facts.carries(*link, flow.operation);
    let limited = |link| attempts_ns(facts.link(link)).map(|ns| Longest { ns, link });
    let mut calls: Vec<Longest> = (0..facts.links.len() as u32).filter(carried).filter_map(limited).collect();
    calls.sort_by(|a, b| b.ns.total_cmp(&a.ns));
    let mut of_nodes = vec![None; facts.kinds.len()];
    // The longest comes first: it is that of every caller, in circles too, that waits for it.
    for call in calls {
        let mut waiting = vec![facts.link(call.link).from];
        while let Some(node) = waiting.pop() {
            let longest: &mut Option<Longest> = &mut of_nodes[node as usize];
            if longest.is_none() && facts.role(node) != Role::Queue {
                *longest = Some(call);
                let calling = into[node as usize].iter().filter(|link| carried(link));
                waiting.extend(
                    calling.map(|link| facts.link(*link)).filter(|it| it.timeout_ns.is_none()).map(|it| it.from),
                );
            }
        }
    }
    of_nodes
}

/// How long all attempts of a call last if each times out, with the shortest pauses between them, nanoseconds;
/// `None` without a timeout.
pub fn attempts_ns(plan: &LinkPlan) -> Option<f64> {
    let retries = &plan.retries;
    let shortest = match retries.jitter {
        Jitter::None => 1.0,
        Jitter::Equal => 0.5,
        Jitter::Full => 0.0,
    };
    let mut pause = retries.base_ns;
    let mut total = plan.timeout_ns? as f64 * f64::from(retries.max + 1);
    for _ in 0..retries.max {
        total += pause.min(retries.cap_ns) * shortest;
        pause *= retries.factor;
    }
    Some(total)
}
