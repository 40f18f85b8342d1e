//! Requests that failed, and the reason of most of them.

use super::claim::{Claim, Comparison, Measure};
use super::sentence::{Sentence, count, percent, seconds};
use super::subject::FAILING;
use super::{Draft, Subject, Weight};
use crate::kinds::database::metrics::CONNECTIONS_REFUSED;
use crate::record::link_metrics::POOL_REJECTED;
use crate::record::node_metrics::{NOT_TAKEN, REJECTED, UNREACHABLE};
use crate::sentence;

/// A failure shorter than a few bins is reported when it is more than this share of all requests.
const NOTABLE: f64 = 0.001;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let (series, requests) = (&run.report.series, &run.report.requests);
    let (rates, counts) = (&series.failures_rps, &requests.failures);
    let reasons = [
        ("timeout", counts.timeout, &rates.timeout),
        ("rejected", counts.rejected, &rates.rejected),
        ("error", counts.error, &rates.error),
        ("unreachable", counts.unreachable, &rates.unreachable),
        ("breaker_open", counts.breaker_open, &rates.breaker_open),
        ("rate_limited", counts.rate_limited, &rates.rate_limited),
    ];
    let most = reasons.into_iter().max_by_key(|(_, count, _)| *count).filter(|(_, count, _)| *count > 0);
    let Some((reason, failed, rates)) = most else { return Vec::new() };
    let share = requests.failed as f64 / requests.offered.max(1) as f64;
    let failing =
        |rates: &[f64], bin: usize| rates[bin] > FAILING * (series.throughput_rps[bin] + series.failed_rps[bin]);
    let since = |rates: &[f64]| {
        let brief = || (run.warm()..run.bins()).find(|bin| share > NOTABLE && failing(rates, *bin));
        let first = run.since(0, &|bin| failing(rates, bin)).into_iter().chain(brief()).min();
        first.map(|first| run.began(first, &|bin| failing(rates, bin)))
    };
    let Some(bin) = since(&series.failed_rps) else { return Vec::new() };
    let at = run.begin(bin);
    let later = match since(rates).filter(|later| *later > bin) {
        Some(later) => sentence![" from ", seconds(run.begin(later)), " on"],
        None => sentence![],
    };
    let (why, node, claims) = why(run, reason);
    let (of_operations, shares) = operations(run);
    let text = sentence![
        "Requests failed from ",
        seconds(at),
        " on, ",
        percent(share),
        " in all; ",
        count(failed),
        " ",
        why,
        later,
        of_operations,
        "."
    ];
    let draft = Draft::new(Weight::Important, text).time(Some(at), None).node(node.as_deref()).equal([
        (Measure::report(&["requests", "failed"]).over(Measure::report(&["requests", "offered"])), share),
        (Measure::report(&["requests", "failures", reason]), failed as f64),
    ]);
    let draft = draft.equal(shares);
    let draft = claims.into_iter().fold(draft, |draft, it| draft.claim(it.measure, it.is, it.value));
    vec![match since(rates).filter(|later| *later > bin) {
        Some(later) => draft.equal([(Measure::Constant(run.begin(later)), run.begin(later))]),
        None => draft,
    }]
}

/// The words about the operation of which most failed, and the one of which fewest did.
fn operations(run: &Subject) -> (Sentence, Vec<(Measure, f64)>) {
    let share = |name: &String| {
        let requests = &run.report.operations[name].requests;
        requests.failed as f64 / requests.offered.max(1) as f64
    };
    let all = || run.report.operations.iter().filter(|(_, it)| it.requests.offered > 0).map(|(name, _)| name);
    let most = all().max_by(|a, b| share(a).total_cmp(&share(b)));
    let least = all().min_by(|a, b| share(a).total_cmp(&share(b)));
    let (Some(most), Some(least)) = (most, least) else { return (sentence![], Vec::new()) };
    if most == least || share(most) < 1.5 * share(least) && share(most) < share(least) + 0.1 {
        return (sentence![], Vec::new());
    }
    let of = |name: &String| {
        let number = |key| Measure::report(&["operations", name, "requests", key]);
        (number("failed").over(number("offered")), share(name))
    };
    let words = sentence![
        "; of ",
        most.as_str(),
        " ",
        percent(share(most)),
        ", of ",
        least.as_str(),
        " ",
        percent(share(least))
    ];
    (words, vec![of(most), of(least)])
}

/// What became of the requests that failed for a reason, the node that did it, and what that states.
type Why = (Sentence, Option<String>, Vec<Claim>);

fn at_least(measure: Measure, least: u64) -> Claim {
    Claim { measure, is: Comparison::AtLeast, value: least as f64 }
}

fn why(run: &Subject, reason: &str) -> Why {
    let plain = |words: &str| (sentence![words], None, Vec::new());
    match reason {
        "timeout" => plain("timed out"),
        "error" => plain("got an error"),
        "breaker_open" => plain("were stopped by an open breaker"),
        "rate_limited" => plain("were over the rate limit"),
        "rejected" => rejected(run),
        _ => unreachable(run),
    }
}

/// Who turned most requests away: the full line of a node, its connections, or the pool of a link.
fn rejected(run: &Subject) -> Why {
    let mut places: Vec<(u64, Sentence, &str, Measure)> = Vec::new();
    for node in run.document.nodes.iter().filter(|node| node.kind != "rate_limiter") {
        let Some(numbers) = run.report.nodes.get(&node.id).filter(|_| !run.is_leaderless(&node.id)) else { continue };
        let rejected = numbers[&REJECTED];
        let words = if 2 * numbers.get(&CONNECTIONS_REFUSED).unwrap_or(0) > rejected {
            sentence![run.name(&node.id), ", whose connections were all in use"]
        } else {
            sentence![run.name(&node.id), ", which had no room for more"]
        };
        places.push((rejected, words, &node.id, Measure::node(&node.id, "rejected")));
    }
    for link in &run.document.links {
        let rejected = run.report.links.get(&link.id).and_then(|link| link.get(&POOL_REJECTED)).unwrap_or(0);
        let words = sentence!["the full pool of ", run.link_name(link)];
        places.push((rejected, words, &link.from, Measure::link(&link.id, "pool.rejected")));
    }
    let all: u64 = places.iter().map(|(rejected, ..)| rejected).sum();
    match places.into_iter().max_by_key(|(rejected, ..)| *rejected).filter(|(rejected, ..)| *rejected > 0) {
        Some((most, words, node, measure)) if 2 * most > all => {
            let by = if most == all { "were rejected by " } else { "were rejected, most of them by " };
            (sentence![by, words], Some(node.to_owned()), vec![at_least(measure, most)])
        }
        _ => (sentence!["were rejected by full lines or pools"], None, Vec::new()),
    }
}

/// What those found that nobody took: a dead process, or one that answered and could not; or the process
/// that worked on them died.
fn unreachable(run: &Subject) -> Why {
    let failed = run.report.requests.failures.unreachable;
    let dead: u64 = run.report.nodes.values().map(|node| node[&UNREACHABLE]).sum();
    let of_all = |key: &str| Measure::Sum(run.report.nodes.keys().map(|id| Measure::node(id, key)).collect());
    let most = run.report.nodes.iter().max_by_key(|(_, node)| node[&NOT_TAKEN]);
    let (id, not_taken) = most.map_or(("", 0), |(id, node)| (id.as_str(), node[&NOT_TAKEN]));
    if not_taken > dead {
        let (words, name) = (not_taken_words(run, id, not_taken, failed), run.name(id));
        let claims = vec![at_least(Measure::node(id, "not_taken"), not_taken)];
        return (sentence![words.0, name, words.1], Some(id.to_owned()), claims);
    }
    let dead_claim = Claim { measure: of_all("unreachable"), is: Comparison::Equals, value: dead as f64 };
    if dead == 0 {
        (sentence!["were lost with the process that worked on them"], None, vec![dead_claim])
    } else if 2 * dead >= failed {
        let claims = vec![at_least(of_all("unreachable").times(2.0), failed)];
        (sentence!["found a dead process or were lost with it"], None, claims)
    } else {
        let words = sentence![
            "were lost with the process that worked on them or found it dead: ",
            count(dead),
            if dead == 1 { " attempt" } else { " attempts" },
            " found a dead process"
        ];
        (words, None, vec![dead_claim])
    }
}

/// The words before and after the name of a node that could not take so many of the requests that failed.
fn not_taken_words(run: &Subject, id: &str, not_taken: u64, failed: u64) -> (&'static str, &'static str) {
    let is_balancer = run.node_of_kind(id, "load_balancer").is_some();
    let before = match (failed > not_taken, 2 * not_taken > failed, is_balancer) {
        (false, _, true) => return ("came to ", " while no replica behind it was in rotation"),
        (false, _, false) => return ("were refused by replicas of ", " that had no leader or no quorum"),
        (true, true, true) => "could not be served, most of them because ",
        (true, false, true) => "could not be served, some of them because ",
        (true, true, false) => "could not be served, most of them because replicas of ",
        (true, false, false) => "could not be served, some of them because replicas of ",
    };
    (before, if is_balancer { " had no replica in rotation" } else { " had no leader or no quorum" })
}
