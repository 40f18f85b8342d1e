//! The recommended policies of links: timeouts that leave the calls behind them their time, few retries
//! within a budget, circuit breakers.

use super::command::link_mut;
use crate::kind::Role;
use crate::kinds;
use crate::link::{Choosing, Link};
use crate::model::{self, Document, Place};
use crate::params::read;
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
    let mut search = Search { document, calls: &calls, missing: &missing, known: BTreeMap::new() };
    let timeouts: Vec<(&String, f64)> = missing.iter().map(|id| (*id, search.timeout_ms(id))).collect();
    for (id, timeout_ms) in timeouts {
        link_mut(document, id)?.params.insert("timeout_ms".to_owned(), json!(timeout_ms as u32));
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

/// Looks for how long calls may take until all their attempts have failed.
struct Search<'a> {
    document: &'a Document,
    calls: &'a Calls,
    /// The links that are to get a timeout.
    missing: &'a BTreeSet<&'a String>,
    /// For each link how long a call may take, milliseconds; `None` for one that is being looked at, or waits
    /// for ever.
    known: BTreeMap<String, Option<f64>>,
}

impl Search<'_> {
    /// The timeout for a link: as long as a call behind it may take, rounded up to 10 ms.
    fn timeout_ms(&mut self, id: &str) -> f64 {
        let behind = self.document.link(id).and_then(|link| self.longest_behind(&link.to));
        let timeout_ms = behind.unwrap_or(0.0).max(SHORTEST_MS);
        ((timeout_ms / 10.0).ceil() * 10.0).min(LONGEST_MS)
    }

    fn longest_behind(&mut self, node: &str) -> Option<f64> {
        let calls = self.calls;
        calls.behind(node).iter().filter_map(|id| self.longest(id)).reduce(f64::max)
    }

    fn longest(&mut self, id: &str) -> Option<f64> {
        if let Some(known) = self.known.get(id) {
            return *known;
        }
        // A circle has no longest call.
        self.known.insert(id.to_owned(), None);
        let link = self.document.link(id)?;
        let mut policies = policies(link);
        if self.missing.contains(&link.id) {
            policies.set_timeout_ms(self.timeout_ms(id));
        }
        let attempts = attempts_ns(&policies.plan("", 0, 0, Vec::new())).map(|ns| ns / MS);
        let longest = attempts.or_else(|| self.longest_behind(&link.to));
        self.known.insert(id.to_owned(), longest);
        longest
    }
}

/// The parameters of a link; what cannot be read is at its default.
fn policies(link: &model::Link) -> Link {
    let mut parameters = Link::default();
    let place = Place::Link(link.id.clone());
    // What is wrong with them is in the problem list.
    let _ = read(&link.params, &place, &mut |f| parameters.fields(Choosing::Unknown, f));
    parameters
}
