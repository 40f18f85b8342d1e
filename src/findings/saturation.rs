//! What was full: the root of it first, with its numbers, and what its callers waited for.

use super::claim::{Measure, Reduction};
use super::full_links::{bandwidth_draft, pool_draft};
use super::resources::{FULL, Part, Resource, Stretch, resources};
use super::sentence::{Sentence, count, duration, number, percent, rounded, seconds};
use super::subject::{HOLD, grows, mean};
use super::waiting::{Wait, share_measure, waits_for};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::fault::FaultEffect;
use crate::kinds::database::metrics::CONNECTIONS_REFUSED;
use crate::record::node_metrics::{ARRIVALS, REJECTED, REPLICAS};
use crate::sentence;
use serde_json::Value;

/// So many full resources are more important than what followed from them.
const FIRST: usize = 3;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let mut causes: Vec<(Resource, Stretch)> = Vec::new();
    let mut passing: Vec<(Resource, Stretch)> = Vec::new();
    for resource in resources(run) {
        let stretches = resource.stretches(run);
        match (stretches.iter().find(|it| run.is_cause(**it)), stretches.first()) {
            (Some(stretch), _) => causes.push((resource, *stretch)),
            (None, Some(stretch)) => passing.push((resource, *stretch)),
            (None, None) => {}
        }
    }
    let is_whole_full = |node: &str, stretch: &Stretch| {
        causes.iter().any(|(it, other)| it.part == Part::Node && it.node == node && other.first <= stretch.first + HOLD)
    };
    let kept: Vec<bool> = causes
        .iter()
        .map(|(it, stretch)| !matches!(it.part, Part::Process(_)) || !is_whole_full(it.node, stretch))
        .collect();
    let mut kept = kept.into_iter();
    causes.retain(|_| kept.next() == Some(true));
    // A short peak after things had gone wrong is what followed, not a cause.
    let lost = (run.warm()..run.bins()).find(|bin| run.is_lossy(*bin)).unwrap_or(run.bins());
    let is_short = |stretch: &Stretch| stretch.last - stretch.first < 2 * HOLD && stretch.last + HOLD < run.bins();
    causes.retain(|(_, stretch)| !is_short(stretch) || stretch.first <= lost + HOLD);
    if causes.is_empty() {
        // Nothing was lost by what was full for a while: good to know.
        let drafts = passing.iter().filter_map(|(it, stretch)| draft(run, it, *stretch, &passing, FIRST));
        return drafts.map(|draft| draft.severity(DraftSeverity::Info)).collect();
    }
    // Of two that filled in one bin the callee comes first: its caller waits for it.
    let mut order: Vec<(usize, usize, usize)> =
        (0..causes.len()).map(|index| (run.start_of(&causes[index]), depth(run, index, &causes), index)).collect();
    order.sort_by_key(|(bin, depth, _)| (*bin, *depth));
    let place = |(place, (_, _, index)): (usize, &(usize, usize, usize))| {
        let (it, stretch) = &causes[*index];
        draft(run, it, *stretch, &causes, place)
    };
    order.iter().enumerate().filter_map(place).collect()
}

/// How many full resources stand behind one, each waiting for the next.
fn depth(run: &Subject, index: usize, all: &[(Resource, Stretch)]) -> usize {
    let (mut at, mut depth) = (index, 0);
    while let Some(next) = behind(run, at, all) {
        (at, depth) = (next, depth + 1);
        if depth > all.len() {
            break;
        }
    }
    depth
}

/// The full resource that one waits for.
fn behind(run: &Subject, index: usize, all: &[(Resource, Stretch)]) -> Option<usize> {
    let (it, stretch) = &all[index];
    let (pool, callee) = match (it.part, it.link) {
        (Part::Pool, Some(link)) => (None, run.document.links[link].to.as_str()),
        _ => {
            let wait = waits_for(run, it, *stretch, all)?;
            (wait.pool, wait.callee)
        }
    };
    let begins = stretch.first..=stretch.first + HOLD;
    let is_next = |(other, _): &(Resource, Stretch)| match pool {
        Some(link) => other.part == Part::Pool && other.link == Some(link),
        None => other.node == callee && other.link.is_none() && { begins.clone() }.any(|bin| other.is_full(bin)),
    };
    all.iter().position(is_next).filter(|next| *next != index)
}

/// The sentence about a full resource; none about one that is full now and then and for which nobody
/// waits, as a consumer of a queue.
fn draft<'b>(
    run: &Subject<'b>,
    it: &Resource<'b>,
    stretch: Stretch,
    all: &[(Resource<'b>, Stretch)],
    place: usize,
) -> Option<Draft> {
    let most = it.most_waiting(stretch);
    let refused = mean(&it.refused[stretch.first..=stretch.last]);
    let has_line = !matches!(it.part, Part::Bandwidth(_) | Part::Process(_));
    if has_line && most < 1.0 && refused <= 0.0 && stretch.last - stretch.first < 2 * HOLD {
        return None;
    }
    let at = run.begin(run.start_of(&(it.clone(), stretch)));
    let mut draft = match it.part {
        Part::Node => node_draft(run, it, stretch, all, at),
        Part::Process(process) => process_draft(run, it, stretch, process, at),
        Part::Pool => pool_draft(run, it, stretch, at)?,
        Part::Bandwidth(direction) => bandwidth_draft(run, it, direction, at)?,
    };
    if it.refused[stretch.first..=stretch.last].iter().all(|refused| *refused <= 0.0) {
        let full = (stretch.first..=stretch.last).filter(|bin| it.is_full(*bin));
        let (from, to) = full.fold((stretch.last, stretch.last), |(from, _), bin| (from.min(bin), bin));
        let held = (from..=to).find(|bin| !it.is_full(*bin)).unwrap_or(to + 1);
        let measure = it.load_measure(run.report, run, from, held, Reduction::Min);
        draft = draft.at_least(measure, FULL);
    }
    let weight = if place < FIRST { Weight::Important } else { Weight::Detail };
    let until = run.report.series.time_s[stretch.last];
    Some(Draft { weight, ..draft }.time(Some(at), Some(until)))
}

/// The words about those who waited, with the claim that they hold.
pub(super) fn waited(run: &Subject, it: &Resource, stretch: Stretch, what: &str) -> (Sentence, Vec<(Measure, f64)>) {
    let most = it.most_waiting(stretch);
    if most < 1.0 {
        return (sentence![], Vec::new());
    }
    let words = sentence!["; up to ", rounded(most), " ", what, " waited for it"];
    (words, vec![(it.waiting_measure(run, stretch), most)])
}

/// The words about what was turned away over a stretch.
fn turned_away(run: &Subject, it: &Resource, stretch: Stretch, why: &str) -> (Sentence, Vec<(Measure, f64)>) {
    let (from, to) = (stretch.first, stretch.last + 1);
    let series = &run.report.series.nodes[it.node];
    let (rejected, arrived) = (mean(&series.rejected_rps[from..to]), mean(&series.arrivals_rps[from..to]));
    if rejected <= 0.0 || run.is_leaderless(it.node) {
        return (sentence![], Vec::new());
    }
    let column = |key| Measure::node_series(it.node, key, from, to, Reduction::Mean);
    let share = rejected / arrived;
    let words = sentence!["; it turned away ", percent(share), " of what came", why];
    (words, vec![(column("rejected_rps").over(column("arrivals_rps")), share)])
}

fn node_draft<'b>(
    run: &Subject<'b>,
    it: &Resource<'b>,
    stretch: Stretch,
    all: &[(Resource<'b>, Stretch)],
    at: f64,
) -> Draft {
    let (id, name) = (it.node, run.name(it.node));
    let kind = run.document.node(id).map_or("", |node| node.kind.as_str());
    let full = (stretch.first..=stretch.last).filter(|bin| it.load[*bin] >= FULL).count();
    let is_busy = 2 * full > stretch.last - stretch.first;
    let (waited, mut claims) = waited(run, it, stretch, "requests");
    let node = &run.report.nodes[id];
    let refused = node.get(&CONNECTIONS_REFUSED).unwrap_or(0);
    let for_connections = 2 * refused > node[&REJECTED];
    let hot = hot_process(run, id).filter(|_| !it.refused[stretch.first..=stretch.last].iter().all(|it| *it <= 0.0));
    let why = if for_connections { ": all of its connections were in use" } else { "" };
    let (refusal, refusal_claims) = turned_away(run, it, stretch, why);
    claims.extend(refusal_claims);
    let wait = waits_for(run, it, stretch, all);
    let (words, link) = match (&wait, kind) {
        (Some(wait), _) => {
            let (words, claim) = workers_wait(run, id, wait, stretch, at);
            claims.extend(claim);
            (words, Some(run.document.links[wait.link].id.as_str()))
        }
        (None, "rate_limiter" | "load_balancer") => {
            let key = if kind == "rate_limiter" { "rate_rps" } else { "capacity_rps" };
            let rate = run.param_at(id, key, at).and_then(|rate| rate.as_f64()).unwrap_or(0.0);
            claims.push((Measure::Constant(rate), rate));
            let does = if kind == "rate_limiter" { " let through " } else { " was at its capacity of " };
            let rest =
                if kind == "rate_limiter" { " requests a second, its rate, from " } else { " requests a second from " };
            (sentence![name, does, number(rate), rest, seconds(at), " on"], None)
        }
        // All that it could take was in use, whatever its workers did.
        (None, _) if !is_busy => (
            sentence![
                name,
                if for_connections { " had no connection left from " } else { " was full from " },
                seconds(at),
                " on"
            ],
            None,
        ),
        (None, _) => {
            let bins = (run.warm()..run.bins()).filter(|bin| it.load[*bin] >= FULL).count();
            let share = bins as f64 / (run.bins() - run.warm()).max(1) as f64;
            let level = run.report.series.nodes[id].utilization[stretch.first..=stretch.last].iter();
            let level = level.flatten().copied().fold(0.0, f64::max);
            claims.push((
                Measure::node_series(id, "utilization", stretch.first, stretch.last + 1, Reduction::Max),
                level,
            ));
            claims.push((Measure::Constant(share), share));
            (
                sentence![
                    name,
                    " reached ",
                    percent(level),
                    " at ",
                    seconds(at),
                    " and was there for ",
                    percent(share),
                    run.of_measured_time()
                ],
                None,
            )
        }
    };
    let growing = if run.is_growing(&it.waiting, stretch) { ", more and more to the end" } else { "" };
    let hot = hot.map_or(sentence![], |(words, hot_claims)| {
        claims.extend(hot_claims);
        words
    });
    let text = sentence![words, waited, growing, refusal, hot, "."];
    Draft::new(Weight::Important, text).node(Some(id)).link(link).equal(claims)
}

/// The words about the one process that turned away most of what its node did, and the share of the
/// requests that it got; none where it is not one.
fn hot_process(run: &Subject, id: &str) -> Option<(Sentence, Vec<(Measure, f64)>)> {
    let processes = run.report.nodes[id].get(&REPLICAS)?;
    let sum = |of: &dyn Fn(usize) -> u64| (0..processes.len()).map(of).sum::<u64>();
    let (rejected, arrived) = (|index: usize| processes[index][&REJECTED], |index: usize| processes[index][&ARRIVALS]);
    let hot = (0..processes.len()).max_by_key(|index| rejected(*index))?;
    let (all, came) = (sum(&rejected), sum(&arrived));
    if 5 * rejected(hot) < 4 * all || 4 * arrived(hot) * (processes.len() as u64) < 5 * came || all == 0 {
        return None;
    }
    let (name, number) = process_name(run, id, hot, processes.len());
    let of = |key: &str, index: usize| Measure::report(&["nodes", id, "replicas", &index.to_string(), key]);
    let total = |key: &str| Measure::Sum((0..processes.len()).map(|index| of(key, index)).collect());
    let (share, part) = (arrived(hot) as f64 / came.max(1) as f64, rejected(hot) as f64 / all as f64);
    let words =
        sentence!["; ", percent(part), " of that at ", name, ", which got ", percent(share), " of the requests"];
    let claims = vec![
        (of("arrivals", hot).over(total("arrivals")), share),
        (of("rejected", hot).over(total("rejected")), part),
        (Measure::Constant(number as f64), number as f64),
    ];
    Some((words, claims))
}

/// What a process is called, `shard 3` or `replica 2`, and the number in that.
fn process_name(run: &Subject, id: &str, process: usize, processes: usize) -> (Sentence, u64) {
    let shards = run.param(id, "shards").and_then(|shards| shards.as_u64()).unwrap_or(1);
    let (what, number) = match shards {
        0 | 1 => ("replica ", process as u64 + 1),
        shards => ("shard ", process as u64 * shards / processes as u64 + 1),
    };
    (sentence![what, count(number)], number)
}

/// The words about an app whose workers wait for somebody else.
fn workers_wait(run: &Subject, id: &str, wait: &Wait, stretch: Stretch, at: f64) -> (Sentence, Vec<(Measure, f64)>) {
    let name = run.name(id);
    let link = &run.document.links[wait.link];
    let mut claims = vec![(share_measure(run, id, wait, stretch), wait.share)];
    // Calls in parallel can add up to more than the time.
    let share = if wait.share < 1.0 {
        sentence![" for ", percent(wait.share), " of their time"]
    } else {
        claims.clear();
        sentence![]
    };
    let callee = run.name(wait.callee);
    let bin = stretch.first;
    let begins = sentence![name, " ran out of workers at ", seconds(at)];
    let is_down =
        run.is_active(FaultEffect::Crashes, wait.callee, bin) || run.is_active(FaultEffect::Crashes, &link.to, bin);
    let words = match wait.pool {
        Some(pool) => {
            let pool = run.link_name(&run.document.links[pool]);
            sentence![begins, ": they waited", share, " for a connection of the pool of ", pool]
        }
        None if is_down => sentence![begins, ": they tried ", callee, " again and again", share],
        None => {
            let then = run.document_at(at);
            let params = then.link(&link.id).map_or(&link.params, |link| &link.params);
            let retries = params.get("retries").and_then(|retries| retries.get("max")).and_then(Value::as_u64);
            let limit = match params.get("timeout_ms").and_then(Value::as_f64) {
                Some(ms) => {
                    claims.push((Measure::Constant(ms), ms));
                    let each = if retries.unwrap_or(0) > 0 { " an attempt" } else { " a call" };
                    sentence!["up to ", duration(ms), each]
                }
                None => sentence!["without a timeout"],
            };
            sentence![begins, ": they waited", share, " for ", callee, ", ", limit]
        }
    };
    (words, claims)
}

fn process_draft(run: &Subject, it: &Resource, stretch: Stretch, process: usize, at: f64) -> Draft {
    let id = it.node;
    let (from, to) = (stretch.first, stretch.last + 1);
    let whole: Vec<f64> = run.report.series.nodes[id].utilization[from..to].iter().flatten().copied().collect();
    let whole = whole.iter().sum::<f64>() / (to - from) as f64;
    let processes = run.report.nodes[id].get(&REPLICAS).unwrap_or_default();
    let all: u64 = processes.iter().map(|process| process[&ARRIVALS]).sum();
    let share = processes[process][&ARRIVALS] as f64 / all.max(1) as f64;
    let one = process.to_string();
    let arrivals = |index: &str| Measure::report(&["nodes", id, "replicas", index, "arrivals"]);
    let others: Vec<String> = (0..processes.len()).map(|index| index.to_string()).collect();
    let sum = Measure::Sum(others.iter().map(|index| arrivals(index)).collect());
    let (called, number) = process_name(run, id, process, processes.len());
    let text = sentence![
        run.name(id),
        ": ",
        called,
        " was full from ",
        seconds(at),
        " on, while all of them together were at ",
        percent(whole),
        ": it got ",
        percent(share),
        " of the requests, as one of ",
        count(processes.len() as u64),
        "."
    ];
    Draft::new(Weight::Important, text).node(Some(id)).equal([
        (Measure::node_series(id, "utilization", from, to, Reduction::Mean), whole),
        (arrivals(&one).over(sum), share),
        (Measure::Constant(number as f64), number as f64),
        (Measure::Constant(processes.len() as f64), processes.len() as f64),
    ])
}

impl Subject<'_> {
    /// Whether a resource that is full is a cause: it stays full to the end, or something was lost while
    /// it was, or soon after.
    fn is_cause(&self, stretch: Stretch) -> bool {
        stretch.last + HOLD >= self.bins()
            || (stretch.first..(stretch.last + 1 + HOLD).min(self.bins())).any(|bin| self.is_lossy(bin))
    }

    /// The bin in which a resource became full. That may be within the bin before the first full one;
    /// that bin is returned if its load says so.
    fn start_of(&self, (it, stretch): &(Resource, Stretch)) -> usize {
        let bin = stretch.first;
        let Some(last) = bin.checked_sub(1) else { return bin };
        let (before, full) = (it.load[last], it.load[bin]);
        let earlier = last.checked_sub(1).map_or(0.0, |bin| it.load[bin]);
        let part = if self.has_fault_start(last) { 0.1 } else { 0.5 };
        let partly = full >= FULL
            && !self.has_fault_start(bin)
            && earlier < full
            && (before - earlier) / (full - earlier) >= part;
        if partly { last } else { bin }
    }

    /// Whether a line of several grew to the end of the run without a pause.
    fn is_growing(&self, waiting: &[f64], stretch: Stretch) -> bool {
        let line = &waiting[stretch.first..=stretch.last];
        stretch.last + 1 >= self.bins() && grows(line) && mean(&line[3 * line.len() / 4..]) > 10.0
    }
}
