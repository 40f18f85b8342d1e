//! The recommended policies of links: timeouts that leave the calls behind them their time, few retries
//! within a budget, circuit breakers.

use super::command::link_mut;
use crate::kind::Role;
use crate::kinds;
use crate::link::Link;
use crate::model::{self, Document};
use crate::scenario::attempts_ns;
use crate::time::MS;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The shortest timeout that is recommended, milliseconds: far above what a data store usually takes.
const SHORTEST_MS: f64 = 250.0;
/// The longest, milliseconds: nobody waits longer for an answer.
const LONGEST_MS: f64 = 60_000.0;

/// Gives links their recommended policies. A timeout that is there stays; others are as long as all attempts of
/// the calls that are made meanwhile. The error is a sentence that names a link that is not there.
///
/// Two retries are for links whose callee calls nothing further, one is for others: retries at several links of
/// a chain multiply.
pub(super) fn recommend(document: &mut Document, links: &BTreeSet<String>) -> Result<(), String> {
    let calls = Calls::of(document);
    for id in links {
        let link = link_mut(document, id)?;
        let retries = if calls.behind(&link.to).is_empty() { 2 } else { 1 };
        link.params.insert("retries".to_owned(), json!({"max": retries, "budget_ratio": 0.2}));
        link.params.insert("breaker".to_owned(), json!({}));
    }
    let without = |id: &&String| document.link(id).is_some_and(|link| !link.params.contains_key("timeout_ms"));
    let missing: BTreeSet<&String> = links.iter().filter(without).collect();
    let mut search = Search::new(&document.links, &calls, &missing);
    let numbers = (0..).zip(&document.links).filter(|(_, link)| missing.contains(&link.id));
    let timeouts: Vec<(String, f64)> =
        numbers.map(|(number, link)| (link.id.clone(), search.timeout_ms(number))).collect();
    for (id, timeout_ms) in timeouts {
        link_mut(document, &id)?.params.insert("timeout_ms".to_owned(), json!(timeout_ms as u32));
    }
    Ok(())
}

/// The links over which each node calls others while its own caller waits.
struct Calls(BTreeMap<String, Vec<String>>);

impl Calls {
    fn of(document: &Document) -> Calls {
        // A queue answers before anybody takes the message.
        let answers_first = |node: &str| {
            let kind = document.node(node).and_then(|node| kinds::info(&node.kind));
            kind.is_some_and(|kind| kind.role == Role::Queue)
        };
        let mut calls: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for link in document.links.iter().filter(|link| !answers_first(&link.from)) {
            calls.entry(link.from.clone()).or_default().push(link.id.clone());
        }
        Calls(calls)
    }

    fn behind(&self, node: &str) -> &[String] {
        self.0.get(node).map_or(&[], Vec::as_slice)
    }
}

/// Looks for how long calls may take until all their attempts have failed. Links go by their number.
struct Search<'a> {
    links: &'a [model::Link],
    /// For each link its parameters.
    policies: Vec<Link>,
    /// For each link the links over which its callee calls others, unless a timeout ends the call anyway.
    behind: Vec<Vec<usize>>,
    /// For each link whether another is behind it, at whatever distance.
    reaches: Vec<Vec<bool>>,
    /// The links that are to get a timeout.
    missing: &'a BTreeSet<&'a String>,
    /// For each link how long a call may take, milliseconds, once it was looked for; `None` for one that waits
    /// for ever.
    known: Vec<Option<Option<f64>>>,
}

impl<'a> Search<'a> {
    fn new(links: &'a [model::Link], calls: &Calls, missing: &'a BTreeSet<&'a String>) -> Search<'a> {
        let policies: Vec<Link> = links.iter().map(Link::of).collect();
        let number: BTreeMap<&str, usize> = links.iter().map(|link| link.id.as_str()).zip(0..).collect();
        let numbers = |ids: &[String]| ids.iter().filter_map(|id| number.get(id.as_str()).copied()).collect();
        let behind: Vec<Vec<usize>> = links
            .iter()
            .zip(&policies)
            .map(|(link, policies)| if policies.has_timeout() { Vec::new() } else { numbers(calls.behind(&link.to)) })
            .collect();
        let reaches = behind.iter().map(|first| reached(first, &behind)).collect();
        Search { links, policies, behind, reaches, missing, known: vec![None; links.len()] }
    }

    /// The timeout for a link: as long as a call behind it may take, rounded up to 10 ms.
    fn timeout_ms(&mut self, link: usize) -> f64 {
        let timeout_ms = self.longest_behind(link).unwrap_or(0.0).max(SHORTEST_MS);
        ((timeout_ms / 10.0).ceil() * 10.0).min(LONGEST_MS)
    }

    /// The longest of the calls that are made during a call over a link. A circle has no longest call: all its
    /// links wait for the longest of those that leave it.
    fn longest_behind(&mut self, link: usize) -> Option<f64> {
        let is_in_circle = |other: usize| other == link || (self.reaches[link][other] && self.reaches[other][link]);
        let circle = (0..self.links.len()).filter(|other| is_in_circle(*other));
        let mut leaving: Vec<usize> =
            circle.flat_map(|each| &self.behind[each]).copied().filter(|next| !is_in_circle(*next)).collect();
        leaving.sort_unstable();
        leaving.dedup();
        leaving.into_iter().filter_map(|next| self.longest(next)).reduce(f64::max)
    }

    fn longest(&mut self, link: usize) -> Option<f64> {
        if let Some(known) = self.known[link] {
            return known;
        }
        let mut policies = self.policies[link].clone();
        if self.missing.contains(&self.links[link].id) {
            policies.set_timeout_ms(self.timeout_ms(link));
        }
        let attempts = attempts_ns(&policies.plan("", 0, 0, Vec::new())).map(|ns| ns / MS);
        let longest = attempts.or_else(|| self.longest_behind(link));
        self.known[link] = Some(longest);
        longest
    }
}

/// For each link whether it is among `first` or behind one of them.
fn reached(first: &[usize], behind: &[Vec<usize>]) -> Vec<bool> {
    let mut reached = vec![false; behind.len()];
    let mut next = first.to_vec();
    while let Some(link) = next.pop() {
        if !std::mem::replace(&mut reached[link], true) {
            next.extend(&behind[link]);
        }
    }
    reached
}
