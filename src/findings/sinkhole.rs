//! Replicas that fail fast and so attract the requests of a balancer.

use super::claim::Measure;
use super::sentence::{count, percent};
use super::{Draft, Subject, Weight};
use crate::metrics::Numbers;
use crate::record::node_metrics::{ARRIVALS, FAILED, REJECTED, REPLICAS, UNREACHABLE};
use crate::sentence;

/// It gets more than this multiple of an even share.
const ATTRACTED: f64 = 1.4;
/// It fails more than this share of what it gets.
const FAILING: f64 = 0.5;
/// Fewer messages say nothing.
const MESSAGES_MIN: u64 = 50;

/// Who answers fast gets more under these algorithms: they look at what is under way or at the latency.
const LOOK_AT_LOAD: [&str; 3] = ["least_connections", "power_of_two", "least_latency"];

/// A process that a balancer sends to.
struct Target<'a> {
    node: &'a str,
    /// Its index, where the node has several.
    process: Option<usize>,
    got: u64,
    failed: u64,
}

impl Target<'_> {
    /// The sum of some of its numbers.
    fn measure(&self, keys: &[&str]) -> Measure {
        let index = self.process.map(|process| process.to_string());
        let of = |key: &&str| match &index {
            Some(index) => Measure::report(&["nodes", self.node, "replicas", index, key]),
            None => Measure::node(self.node, key),
        };
        Measure::Sum(keys.iter().map(of).collect())
    }
}

/// What a process got: what reached it, and what found it dead.
const GOT: [&str; 2] = ["arrivals", "unreachable"];
/// What it failed of that.
const BAD: [&str; 3] = ["failed", "rejected", "unreachable"];

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let balancers = run.document.nodes.iter().filter(|node| node.kind == "load_balancer");
    balancers.filter_map(|node| draft(run, &node.id)).collect()
}

/// The processes that a balancer sends to; `None` where others send to them too, because a process does not
/// count by its callers.
fn targets<'a>(run: &Subject<'a>, balancer: &str) -> Option<Vec<Target<'a>>> {
    let mut nodes: Vec<&'a str> = Vec::new();
    for link in run.document.links.iter().filter(|link| link.from == balancer) {
        if !nodes.contains(&link.to.as_str()) {
            nodes.push(&link.to);
        }
    }
    if run.document.links.iter().any(|link| link.from != balancer && nodes.contains(&link.to.as_str())) {
        return None;
    }
    let mut targets: Vec<Target> = Vec::new();
    for id in nodes {
        let Some(node) = run.report.nodes.get(id) else { continue };
        let of = |numbers: &Numbers, process: Option<usize>| Target {
            node: id,
            process,
            got: numbers[&ARRIVALS] + numbers[&UNREACHABLE],
            failed: numbers[&FAILED] + numbers[&REJECTED] + numbers[&UNREACHABLE],
        };
        match node.get(&REPLICAS) {
            Some(all) => targets.extend(all.iter().enumerate().map(|(index, it)| of(it, Some(index)))),
            None => targets.push(of(node, None)),
        }
    }
    Some(targets)
}

fn draft(run: &Subject, balancer: &str) -> Option<Draft> {
    let algorithm = run.param(balancer, "algorithm").filter(|_| !run.has_change(balancer, "algorithm"))?;
    if !LOOK_AT_LOAD.contains(&algorithm.as_str()?) {
        return None;
    }
    let targets = targets(run, balancer)?;
    let all: u64 = targets.iter().map(|target| target.got).sum();
    let even = all as f64 / targets.len().max(1) as f64;
    let worst = targets.iter().max_by_key(|target| target.failed)?;
    let others_failed: u64 = targets.iter().map(|target| target.failed).sum::<u64>() - worst.failed;
    let is_one = worst.got as f64 > ATTRACTED * even && worst.failed as f64 > FAILING * worst.got as f64;
    if targets.len() < 2 || worst.got < MESSAGES_MIN || !is_one || others_failed > worst.failed {
        return None;
    }
    let name = match worst.process {
        Some(process) => sentence!["Replica ", count(process as u64 + 1), " of ", run.name(worst.node)],
        None => sentence![run.name(worst.node)],
    };
    let (failed, share) = (worst.failed as f64 / worst.got as f64, worst.got as f64 / all as f64);
    let text = sentence![
        name,
        " failed ",
        percent(failed),
        " of what it got, and yet got ",
        percent(share),
        " of all that ",
        run.name(balancer),
        " sent to ",
        count(targets.len() as u64),
        " replicas: who fails fast looks idle."
    ];
    let total = Measure::Sum(targets.iter().map(|target| target.measure(&GOT)).collect());
    let number = worst.process.map_or(0.0, |process| process as f64 + 1.0);
    let at = run.faults().find(|fault| run.document.affected(fault).contains(&worst.node)).map(|fault| fault.start_s);
    Some(Draft::new(Weight::Important, text).node(Some(worst.node)).time(at, None).equal([
        (worst.measure(&BAD).over(worst.measure(&GOT)), failed),
        (worst.measure(&GOT).over(total), share),
        (Measure::Constant(targets.len() as f64), targets.len() as f64),
        (Measure::Constant(number), number),
    ]))
}
