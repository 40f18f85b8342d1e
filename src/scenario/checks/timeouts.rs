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
    let mut longest: Vec<Option<Longest>> = vec![None; facts.links.len()];
    for flow in &facts.flows {
        let mut search = Search { facts, flow, known: vec![None; facts.links.len()] };
        for (link, longest) in (0..).zip(&mut longest) {
            let plan = facts.link(link);
            let is_used = flow.reached[plan.from as usize] && facts.carries(link, flow.operation);
            if plan.timeout_ns.is_some() && is_used {
                *longest = longer(*longest, search.behind(link));
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

/// Looks for the longest calls that are made for one operation.
struct Search<'a> {
    facts: &'a Facts<'a>,
    flow: &'a Flow,
    /// For each link what was found.
    known: Vec<Option<Option<Longest>>>,
}

impl Search<'_> {
    /// The longest of the calls that the callee of a link makes.
    fn behind(&mut self, link: u32) -> Option<Longest> {
        let facts = self.facts;
        let callee = facts.link(link).to;
        if facts.role(callee) == Role::Queue {
            return None; // It answers before it calls.
        }
        let links = facts.out[callee as usize].iter().filter(|next| facts.carries(**next, self.flow.operation));
        let links: Vec<u32> = links.copied().collect();
        links.into_iter().fold(None, |longest, next| longer(longest, self.call(next)))
    }

    /// How long a call over a link may take: all its attempts with the shortest pauses, or without a timeout
    /// what the calls behind it may take. `None` where nothing limits it.
    fn call(&mut self, link: u32) -> Option<Longest> {
        if let Some(known) = self.known[link as usize] {
            return known;
        }
        // A circle has no longest call.
        self.known[link as usize] = Some(None);
        let longest = match attempts_ns(self.facts.link(link)) {
            Some(ns) => Some(Longest { ns, link }),
            None => self.behind(link),
        };
        self.known[link as usize] = Some(longest);
        longest
    }
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
