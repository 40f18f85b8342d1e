//! A report's numbers in words: what went wrong, in the order in which it did, the first cause
//! first.

use super::{Finding, Report};
use crate::model::{Document, Fault, Zone};
use serde_json::Value;

/// A node is called full from this utilisation on.
const FULL: f64 = 0.98;

/// So many bins in a row make a finding; what is over sooner is noise.
const HOLD: usize = 3;

/// So many sentences are told, the most important ones.
const MOST: usize = 8;

/// Goodput below this share of what was asked for has fallen. Over [`HOLD`] bins, so that
/// requests that are asked for in one bin and answered in the next do not count.
const FALLEN: f64 = 0.8;

/// Attempts a request from which on retries are told with their time.
const AMPLIFIED: f64 = 1.2;

/// Simulated seconds that must be left after the last fault before it is said that a run did not
/// recover.
const PATIENCE_S: f64 = 10.0;

/// Milliseconds as a person would say them.
fn span(ms: f64) -> String {
    if ms >= 1000.0 {
        format!("{} s", short(ms / 1000.0))
    } else if ms >= 10.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

/// A number with a decimal where it has one.
fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn percent(ratio: f64) -> String {
    if ratio >= 0.1 || ratio == 0.0 { format!("{:.0} %", ratio * 100.0) } else { format!("{:.1} %", ratio * 100.0) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sentences for a report of a run of `document`, `name` giving each node's name. What
/// happened first comes first; what has no time comes last.
pub fn findings(report: &Report, document: &Document, name: impl Fn(&str) -> String) -> Vec<Finding> {
    let mut story = Story { report, document, name: &name, told: Vec::new() };
    story.faults();
    story.traffic();
    story.full();
    story.hit_ratios();
    story.backlogs();
    story.attempts();
    story.failures();
    story.breakers();
    story.wasted();
    story.goodput();
    story.data();
    story.end()
}

/// How much a sentence matters when there are too many: the lower, the more.
type Weight = u8;

struct Story<'a> {
    report: &'a Report,
    document: &'a Document,
    name: &'a dyn Fn(&str) -> String,
    told: Vec<(Weight, Finding)>,
}

impl Story<'_> {
    fn tell(&mut self, weight: Weight, node: Option<&str>, at_s: Option<f64>, text: String) -> &mut Finding {
        let finding = Finding {
            severity: "warning".to_owned(),
            node: node.map(str::to_owned),
            text,
            at_s,
            until_s: None,
            link: None,
        };
        self.told.push((weight, finding));
        let last = self.told.len() - 1;
        &mut self.told[last].1
    }

    // -- time ---------------------------------------------------------------------------------

    fn bins(&self) -> usize {
        self.report.series.time_s.len()
    }

    /// The first bin that ends after the warm-up.
    fn warm(&self) -> usize {
        self.report.series.time_s.iter().take_while(|end| **end <= self.report.warmup_s).count()
    }

    /// Where a bin begins; or the fault within it, which comes before its effect.
    fn begin(&self, bin: usize) -> f64 {
        let end = self.report.series.time_s[bin];
        let begin = end - self.report.series.bin_s;
        let faults = self.document.faults.iter().map(|fault| fault.start_s);
        faults.filter(|start| (begin..end).contains(start)).fold(begin, f64::max)
    }

    /// Whether a fault begins within a bin.
    fn is_struck(&self, bin: usize) -> bool {
        let end = self.report.series.time_s[bin];
        let within = end - self.report.series.bin_s..end;
        self.document.faults.iter().any(|fault| within.contains(&fault.start_s))
    }

    /// The first bin from which on something holds for a while after the warm-up: the beginning
    /// of that while, which may lie before. What held for less than a while when a fault began
    /// was noise until then.
    fn since(&self, from: usize, holds: &dyn Fn(usize) -> bool) -> Option<usize> {
        let first = (from.max(self.warm())..(self.bins() + 1).saturating_sub(HOLD))
            .find(|bin| (*bin..bin + HOLD).all(holds))?;
        let first = (from..first).rev().take_while(|bin| holds(*bin)).last().unwrap_or(first);
        Some((first + 1..first + HOLD).find(|bin| !self.is_struck(first) && self.is_struck(*bin)).unwrap_or(first))
    }

    /// The mean over a bin and the two that follow it, as far as there are any.
    fn over(&self, values: &[f64], bin: usize) -> f64 {
        mean(&values[bin..(bin + HOLD).min(self.bins())])
    }

    // -- causes -------------------------------------------------------------------------------

    fn faults(&mut self) {
        for (number, fault) in self.document.faults.iter().enumerate() {
            if fault.start_s >= self.report.duration_s {
                continue;
            }
            let text = self.fault(fault);
            let names = self.document.struck(fault);
            let node = names.iter().copied().find(|id| self.document.node(id).is_some());
            let link = names.iter().copied().find(|id| self.document.link(id).is_some());
            // The first few; a long list of faults leaves room for what they did.
            let weight = if number < 3 { 0 } else { 3 };
            let it = self.tell(weight, node, Some(fault.start_s), text);
            it.until_s = fault.duration_s.map(|duration| fault.start_s + duration);
            it.link = link.map(str::to_owned);
            it.severity = "fault".to_owned();
        }
    }

    /// What a zone is called, where the name is a zone's.
    fn zone(&self, name: &str) -> Option<&str> {
        self.document.zone_named(name).map(Zone::shown_name)
    }

    /// Whom a fault befalls: a zone with what stands in it, the two sides of a cut, or all that it names.
    fn whom(&self, fault: &Fault) -> String {
        let called = |id: &str| match self.document.link(id) {
            Some(link) => format!("{} → {}", (self.name)(&link.from), (self.name)(&link.to)),
            None => match id.rsplit_once('#').filter(|_| self.document.node(id).is_none()) {
                Some((base, number)) => format!("{} #{number}", (self.name)(base)),
                None => (self.name)(id),
            },
        };
        if let Some(Value::Array(sides)) = fault.params.get("between") {
            let side = |side: &Value| {
                let names = side.as_array().into_iter().flatten().filter_map(Value::as_str);
                let names: Vec<_> = names.map(|id| self.zone(id).map_or_else(|| called(id), str::to_owned)).collect();
                match names.as_slice() {
                    [first, _, _, _, ..] => format!("{first} with {} others", names.len() - 1),
                    few => few.join(", "),
                }
            };
            return sides.iter().map(side).collect::<Vec<_>>().join(" and ");
        }
        let all = self.document.struck(fault).into_iter().map(called).collect::<Vec<_>>().join(", ");
        let target = fault.params.get("target").and_then(Value::as_str);
        target.and_then(|target| self.zone(target)).map_or(all.clone(), |zone| format!("{zone} ({all})"))
    }

    fn fault(&self, fault: &Fault) -> String {
        let whom = self.whom(fault);
        // One replica is called by its number.
        let replica = fault.params.get("target").and_then(Value::as_str).and_then(|it| it.split_once('#'));
        let whom = replica.map_or(whom.clone(), |(_, number)| format!("Replica {number} of {whom}"));
        let number = |key: &str, default: f64| fault.params.get(key).and_then(Value::as_f64).unwrap_or(default);
        let what = match fault.fault.as_str() {
            "crash" => "crashed".to_owned(),
            "slow" => format!("took {} times as long", short(number("factor", 10.0))),
            "errors" => format!("answered {} with an error", percent(number("ratio", 0.5))),
            "partition" if fault.params.contains_key("between") => "were cut off from each other".to_owned(),
            "partition" => "was cut".to_owned(),
            "latency" => "had longer ways".to_owned(),
            "loss" => format!("lost {} of its messages", percent(number("ratio", 0.5))),
            "cache_flush" => "was flushed".to_owned(),
            "traffic" => format!("sent {} times the traffic", short(number("factor", 2.0))),
            "pause" => "stood still".to_owned(),
            _ => "was deployed anew".to_owned(),
        };
        let long = match fault.duration_s {
            Some(duration) => format!(" for {} s", short(duration)),
            None if is_instant(fault) => String::new(),
            None => " to the end".to_owned(),
        };
        format!("{whom} {what} at {} s{long}.", short(fault.start_s))
    }

    /// Traffic that rose by itself: a client's profile or bursts.
    fn traffic(&mut self) {
        let series = &self.report.series;
        let warm = self.warm();
        let before = |bin: usize| mean(&series.offered_rps[warm.min(bin)..bin]);
        let rose = |bin: usize| {
            bin >= warm + HOLD
                && series.offered_rps[bin] * series.bin_s >= 30.0
                && series.offered_rps[bin] > 1.5 * before(bin)
        };
        let by_fault = self.document.faults.iter().any(|fault| fault.fault == "traffic");
        if !by_fault && let Some(bin) = self.since(warm, &rose) {
            let (before, after) = (before(bin), self.over(&series.offered_rps, bin));
            let at = self.begin(bin);
            let text = format!("Traffic rose from {before:.0} to {after:.0} requests a second at {} s.", short(at));
            self.tell(1, None, Some(at), text).severity = "fault".to_owned();
        }
    }

    // -- what was full ------------------------------------------------------------------------

    fn is_full(&self, id: &str, bin: usize) -> bool {
        self.busy(id, bin) >= FULL
    }

    fn busy(&self, id: &str, bin: usize) -> f64 {
        self.report.series.nodes[id].utilization.get(bin).copied().flatten().unwrap_or(0.0)
    }

    /// The bin in which a node became full: perhaps in the midst of the one before the first that
    /// was full as a whole.
    fn filled(&self, id: &str) -> Option<usize> {
        let bin = self.since(0, &|bin| self.is_full(id, bin))?;
        let Some(last) = bin.checked_sub(1) else { return Some(bin) };
        let (busy, full) = (self.busy(id, last), self.busy(id, bin));
        let before = last.checked_sub(1).map_or(0.0, |bin| self.busy(id, bin));
        let part = if self.is_struck(last) { 0.1 } else { 0.5 };
        let partly = !self.is_struck(bin) && before < full && (busy - before) / (full - before) >= part;
        Some(if partly { last } else { bin })
    }

    fn full(&mut self) {
        let mut full: Vec<(&str, usize)> = Vec::new();
        for id in self.report.series.nodes.keys() {
            if let Some(bin) = self.filled(id) {
                full.push((id, bin));
            }
        }
        // Of two that filled in one bin the callee comes first: its caller waits for it.
        let mut order: Vec<(usize, usize, usize)> = Vec::new();
        for (index, (id, bin)) in full.iter().enumerate() {
            let mut depth = 0;
            let mut at = *id;
            while let Some((_, callee)) = self.waits_for(at, *bin, &full) {
                (at, depth) = (callee, depth + 1);
                if depth > full.len() {
                    break;
                }
            }
            let at = order.partition_point(|it| (it.0, it.1) <= (*bin, depth));
            order.insert(at, (*bin, depth, index));
        }
        for (place, (bin, _, index)) in order.into_iter().enumerate() {
            let (id, _) = full[index];
            let at = self.begin(bin);
            let series = &self.report.series.nodes[id];
            let bins = (self.warm()..self.bins()).filter(|bin| self.is_full(id, *bin)).count();
            let share = percent(bins as f64 / (self.bins() - self.warm()).max(1) as f64);
            let last = (bin + 1..self.bins()).take_while(|bin| self.is_full(id, *bin)).last().unwrap_or(bin);
            let longest = series.queue.iter().copied().fold(0.0, f64::max);
            let waited =
                if longest >= 1.0 { format!("; up to {longest:.0} requests waited for it") } else { String::new() };
            // A consumer has no line of its own; it is busy now and then.
            if longest < 1.0 && last - bin < 2 * HOLD {
                continue;
            }
            let (whom, at_text) = ((self.name)(id), short(at));
            let blame = self.waits_for(id, bin, &full);
            let text = match blame {
                Some((_, callee)) if self.is_on("crash", callee, bin) => {
                    let callee = (self.name)(callee);
                    format!("{whom} ran out of workers at {at_text} s: each tried {callee} again and again{waited}.")
                }
                Some((link, callee)) => {
                    let params = &self.document.links[link].params;
                    let number = |key: &str| params.get(key).and_then(Value::as_f64);
                    let retries = params.get("retries").and_then(|it| it.get("max")).and_then(Value::as_u64);
                    let long = match number("timeout_ms") {
                        Some(ms) if retries.unwrap_or(0) > 0 => format!("up to {} an attempt", span(ms)),
                        Some(ms) => format!("up to {}", span(ms)),
                        None => "without a timeout".to_owned(),
                    };
                    let callee = (self.name)(callee);
                    format!("{whom} ran out of workers at {at_text} s: each waited for {callee}, {long}{waited}.")
                }
                None => format!("{whom} reached 100 % at {at_text} s and was there for {share} of the run{waited}."),
            };
            let link = blame.map(|(link, _)| self.document.links[link].id.clone());
            let until = self.report.series.time_s[last];
            let it = self.tell(if place < 3 { 1 } else { 2 }, Some(id), Some(at), text);
            it.until_s = Some(until);
            it.link = link;
        }
    }

    /// The link over which a blocking app that is full from this bin on waits, and the node that
    /// makes it wait: one that was full by then or was struck by a fault, at the end of the link or
    /// behind nodes that have no workers of their own.
    fn waits_for<'b>(&'b self, id: &str, bin: usize, full: &[(&'b str, usize)]) -> Option<(usize, &'b str)> {
        let node = self.document.node(id)?;
        let blocks = node.params.get("blocking").and_then(Value::as_bool).unwrap_or(true);
        if node.kind != "app" || !blocks {
            return None;
        }
        (0..self.document.links.len())
            .filter(|link| self.document.links[*link].from == id)
            .find_map(|link| Some((link, self.slow_over(link, bin, full, 4)?)))
    }

    fn slow_over<'b>(&'b self, link: usize, bin: usize, full: &[(&'b str, usize)], hops: usize) -> Option<&'b str> {
        let drawn = &self.document.links[link];
        let callee = drawn.to.as_str();
        let retries = drawn.params.get("retries").is_some_and(|it| !it.is_null());
        let is_struck = ["slow", "pause"].into_iter().any(|fault| self.is_on(fault, callee, bin))
            || ["latency", "loss", "partition"].into_iter().any(|fault| self.is_on(fault, &drawn.id, bin))
            || (self.is_on("partition", callee, bin) && self.is_on("partition", &drawn.from, bin))
            || (retries && self.is_on("crash", callee, bin));
        if is_struck || full.iter().any(|(id, since)| *id == callee && *since <= bin) {
            return Some(callee);
        }
        let has_workers =
            self.report.series.nodes.get(callee).is_none_or(|it| it.utilization.iter().any(Option::is_some));
        let onward = |next: &usize| hops > 0 && !has_workers && self.document.links[*next].from == callee;
        (0..self.document.links.len()).filter(onward).find_map(|next| self.slow_over(next, bin, full, hops - 1))
    }

    /// Whether a fault of this sort strikes a node or link during a bin.
    fn is_on(&self, sort: &str, id: &str, bin: usize) -> bool {
        let end = self.report.series.time_s[bin];
        let begin = end - self.report.series.bin_s;
        self.document.faults.iter().any(|fault| {
            fault.fault == sort
                && fault.start_s < end
                && fault.duration_s.is_none_or(|duration| fault.start_s + duration > begin)
                && self.document.struck(fault).contains(&id)
        })
    }

    fn hit_ratios(&mut self) {
        for (id, series) in &self.report.series.nodes {
            let report = &self.report.nodes[id];
            let Some(ratio) = report.hit_ratio.filter(|_| report.arrivals > 0) else { continue };
            let warm = self.warm();
            let bins: Vec<f64> = series.hit_ratio.iter().map(|it| it.unwrap_or(ratio)).collect();
            let before = |bin: usize| mean(&bins[warm.min(bin)..bin]);
            let fell = |bin: usize| bin >= warm + HOLD && bins[bin] < before(bin) - 0.2;
            if let Some(bin) = self.since(warm, &fell) {
                let (at, lowest) = (self.begin(bin), bins[bin..].iter().copied().fold(1.0, f64::min));
                let (before, lowest, name) = (percent(before(bin)), percent(lowest), (self.name)(id));
                let text = format!("The hit ratio of {name} fell from {before} to {lowest} at {} s.", short(at));
                self.tell(2, Some(id), Some(at), text);
            } else {
                let text = format!("{} answered {} of its lookups from memory.", (self.name)(id), percent(ratio));
                self.tell(4, Some(id), None, text).severity = "info".to_owned();
            }
        }
    }

    fn backlogs(&mut self) {
        for (id, series) in &self.report.series.nodes {
            let (warm, bins) = (self.warm(), self.bins());
            if self.report.nodes[id].backlog.is_none() || warm >= bins {
                continue;
            }
            let begin = self.over(&series.queue, warm);
            let peak =
                (warm..bins).fold(warm, |best, bin| if series.queue[bin] > series.queue[best] { bin } else { best });
            let most = series.queue[peak];
            if most < 5.0 * begin + 50.0 {
                continue;
            }
            let small = begin + 0.05 * (most - begin);
            let bin = (warm..peak).rev().take_while(|bin| series.queue[*bin] > small).last().unwrap_or(peak);
            let gone = (peak..bins).find(|bin| series.queue[*bin] <= small).map(|bin| self.report.series.time_s[bin]);
            let then = match gone {
                Some(at) => format!("and was worked off by {} s", short(at)),
                None => format!("and {:.0} were left at the end", series.queue[bins - 1]),
            };
            let (at, name) = (self.begin(bin), (self.name)(id));
            let text = format!("The backlog of {name} grew from {} s on to {most:.0} messages {then}.", short(at));
            self.tell(2, Some(id), Some(at), text).until_s = gone;
        }
    }

    // -- what it led to -----------------------------------------------------------------------

    fn attempts(&mut self) {
        let series = &self.report.series;
        let attempts = |bin: usize| match self.over(&series.offered_rps, bin) {
            offered if offered * series.bin_s >= 4.0 => 1.0 + self.over(&series.retries_rps, bin) / offered,
            _ => 1.0,
        };
        let raised = |bin: usize| {
            attempts(bin) > AMPLIFIED && series.retries_rps[bin] > (AMPLIFIED - 1.0) * series.offered_rps[bin]
        };
        let (retries, hedges) =
            self.report.links.values().fold((0, 0), |(r, h), link| (r + link.retries, h + link.hedges));
        let what = if hedges > retries { "Hedges" } else { "Retries" };
        if let Some(bin) = self.since(0, &raised) {
            let most = (bin..self.bins()).map(attempts).fold(1.0, f64::max);
            let at = self.begin(bin);
            let text = format!("{what} raised the load from {} s on, up to {most:.1} attempts a request.", short(at));
            self.tell(1, None, Some(at), text);
        } else if self.report.attempts_per_request > 1.05 {
            let text = format!("{what} raised the load to {:.2} attempts a request.", self.report.attempts_per_request);
            self.tell(3, None, None, text);
        }
    }

    fn failures(&mut self) {
        let (series, requests) = (&self.report.series, &self.report.requests);
        let (rates, counts) = (&series.failures_rps, &requests.failures);
        let reasons = [
            (counts.timeout, &rates.timeout, "timed out"),
            (counts.rejected, &rates.rejected, "were rejected by a full queue or pool"),
            (counts.error, &rates.error, "got an error"),
            (counts.unreachable, &rates.unreachable, "found a dead process"),
            (counts.breaker_open, &rates.breaker_open, "were stopped by an open breaker"),
            (counts.rate_limited, &rates.rate_limited, "were over the rate limit"),
        ];
        let Some((count, rates, reason)) = reasons.into_iter().max_by_key(|it| it.0).filter(|it| it.0 > 0) else {
            return;
        };
        let share = requests.failed as f64 / requests.offered.max(1) as f64;
        let failing =
            |rates: &[f64], bin: usize| rates[bin] > 0.01 * (series.throughput_rps[bin] + series.failed_rps[bin]);
        // A short outage is no noise if it weighs in the whole.
        let since = |rates: &[f64]| {
            let brief = || (self.warm()..self.bins()).find(|bin| share > 0.001 && failing(rates, *bin));
            self.since(0, &|bin| failing(rates, bin)).into_iter().chain(brief()).min()
        };
        let Some(bin) = since(&series.failed_rps) else { return };
        let at = self.begin(bin);
        let later = since(rates).filter(|later| *later > bin).map(|later| self.begin(later));
        let later = later.map_or(String::new(), |at| format!(" from {} s on", short(at)));
        let share = percent(share);
        let text = format!("Requests failed from {} s on, {share} in all; {count} {reason}{later}.", short(at));
        self.tell(1, None, Some(at), text);
    }

    fn breakers(&mut self) {
        let open: Vec<_> = self.document.links.iter().filter(|link| self.opened(&link.id) > 0).collect();
        let first = self.report.series.failures_rps.breaker_open.iter().position(|rate| *rate > 0.0);
        // Whose it was is known only where there was but one.
        let at = first.filter(|_| open.len() == 1).map(|bin| self.begin(bin));
        for link in open {
            let times = match self.opened(&link.id) {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            let refused = self.report.links[&link.id].refused;
            let when = at.map_or(String::new(), |at| format!(" from {} s on", short(at)));
            let (from, to) = ((self.name)(&link.from), (self.name)(&link.to));
            let text = format!("The breaker of {from} → {to} opened {times}{when} and refused {refused} attempts.");
            self.tell(2, Some(&link.from), at, text).link = Some(link.id.clone());
        }
    }

    fn opened(&self, link: &str) -> u64 {
        self.report.links.get(link).map_or(0, |link| link.breaker_opened)
    }

    /// The node that wasted the most.
    fn wasted(&mut self) {
        let Some((id, node)) = self.report.nodes.iter().max_by_key(|(_, node)| node.wasted) else { return };
        let answered = node.completed + node.failed;
        if node.wasted as f64 <= 0.01 * answered as f64 {
            return;
        }
        let series = &self.report.series;
        let at = self.since(0, &|bin| series.wasted_rps[bin] > 0.05 * series.offered_rps[bin]);
        let at = at.map(|bin| self.begin(bin));
        let when = at.map_or(String::new(), |at| format!(" from {} s on", short(at)));
        let share = percent(node.wasted as f64 / answered as f64);
        let name = (self.name)(id);
        let text = format!("{share} of what {name} did was wasted{when}: nobody waited for the answer any more.");
        self.tell(3, Some(id), at, text);
    }

    fn goodput(&mut self) {
        let series = &self.report.series;
        let (warm, bins) = (self.warm(), self.bins());
        // Users of a closed loop who wait ask for nothing new: what was asked for before counts.
        let process = |node: &crate::model::Node| node.params.get("arrivals").and_then(|it| it.get("process")).cloned();
        let closed = self.document.nodes.iter().any(|node| process(node) == Some(Value::from("closed")));
        let faults = || self.document.faults.iter().filter(|fault| fault.start_s < self.report.duration_s);
        let struck = faults().map(|fault| fault.start_s).fold(f64::INFINITY, f64::min);
        let calm = series.time_s.iter().take_while(|end| **end <= struck).count().min(bins);
        let usual = if closed && calm > warm && calm < bins { mean(&series.goodput_rps[warm..calm]) } else { 0.0 };
        let asked = |bin: usize| self.over(&series.offered_rps, bin).max(usual);
        let share = |bin: usize| match asked(bin) {
            asked if asked * series.bin_s >= 4.0 => self.over(&series.goodput_rps, bin) / asked,
            _ => 1.0,
        };
        // Where some are turned away at all times, it is their number that rises.
        let before = mean(&(warm..calm).map(share).collect::<Vec<_>>());
        let before = if calm >= warm + HOLD && calm < bins { before.min(1.0) } else { 1.0 };
        let own = |bin: usize| series.goodput_rps[bin] / series.offered_rps[bin].max(usual).max(1e-9);
        let fallen = |bin: usize| share(bin) < FALLEN * before && own(bin) < 0.9 * before;
        let Some(fell) = self.since(0, &fallen) else { return };
        let whole = fell..(bins + 1).saturating_sub(HOLD).max(fell + 1);
        let worst = whole.fold(fell, |worst, bin| if share(bin) < share(worst) { bin } else { worst });
        let at = self.begin(fell);
        let when = if fell <= warm { "from the start".to_owned() } else { format!("at {} s", short(at)) };
        let text = format!(
            "Goodput fell below what was asked for {when}, down to {}: {:.0} of {:.0} requests a second.",
            percent(share(worst)),
            self.over(&series.goodput_rps, worst),
            asked(worst)
        );
        // It is well again once it stays so to the end.
        let back = (fell..bins).rev().skip(HOLD - 1).take_while(|bin| !fallen(*bin)).last();
        let back = back.and_then(|back| (back..bins).find(|bin| own(*bin) >= FALLEN * before));
        let back = back.map(|bin| self.begin(bin));
        let ends = faults().map(|fault| match fault.duration_s {
            Some(duration) => fault.start_s + duration,
            None if is_instant(fault) => fault.start_s,
            None => f64::INFINITY,
        });
        let healed = ends.fold(0.0, f64::max);
        let is_cause = struck <= at && healed.is_finite();
        let after: Vec<usize> =
            (fell..bins).filter(|bin| series.time_s[*bin] - series.bin_s >= healed + PATIENCE_S / 2.0).collect();
        let ratio = |values: &[f64]| mean(&after.iter().map(|bin| values[*bin]).collect::<Vec<_>>());
        let stayed = ratio(&series.goodput_rps) / ratio(&series.offered_rps).max(usual).max(1e-9);
        self.tell(0, None, Some(at), text).until_s = back;
        let number = faults().count();
        let fault = if number == 1 { "The fault" } else { "The last fault" };
        match back {
            Some(back) => {
                let since = if is_cause && back - healed >= series.bin_s {
                    format!(", {} s after {} was over", short(back - healed), fault.to_lowercase())
                } else {
                    String::new()
                };
                let text = format!("Goodput was back at {} s{since}.", short(back));
                self.tell(1, None, Some(back), text).severity = "info".to_owned();
            }
            None if is_cause && healed + PATIENCE_S <= self.report.duration_s => {
                let (healed_text, stayed_text) = (short(healed), percent(stayed));
                let why = if stayed < 0.5 * before {
                    "the overload sustains itself"
                } else {
                    "it had not recovered by the end"
                };
                let text = format!("{fault} was over at {healed_text} s, but goodput stayed at {stayed_text}: {why}.");
                self.tell(0, None, Some(healed), text);
            }
            None => {}
        }
    }

    // -- what has no time ---------------------------------------------------------------------

    fn data(&mut self) {
        for (id, node) in &self.report.nodes {
            let name = (self.name)(id);
            if let Some(lost) = node.lost_writes.filter(|lost| *lost > 0) {
                let why = match node.conflicting_writes {
                    None => "the cache had not written them yet",
                    Some(beaten) if beaten == lost => "later writes of another side won over them",
                    Some(_) => "a replica without them took over",
                };
                self.tell(1, Some(id), None, format!("{name}: {lost} acknowledged writes were lost: {why}."));
            }
            let counts = [
                (node.lost, "acknowledged messages were lost"),
                (node.dead_letters, "messages were given up and are dead letters"),
            ];
            for (count, what) in counts {
                if let Some(count) = count.filter(|count| *count > 0) {
                    self.tell(2, Some(id), None, format!("{name}: {count} {what}."));
                }
            }
            if let Some(seconds) = node.unavailable_s.filter(|seconds| *seconds > 0.0) {
                let shards = if node.shards.is_some() { "Some shard of " } else { "" };
                let text = format!("{shards}{name} took no statements for {}.", span(seconds * 1000.0));
                self.tell(2, Some(id), None, text);
            }
            if let Some(stale) = node.stale_reads.filter(|stale| *stale > 0) {
                let text = format!("{name} answered {stale} reads without a write that was acknowledged before.");
                self.tell(2, Some(id), None, text);
            }
        }
    }

    fn end(mut self) -> Vec<Finding> {
        let trouble = self.told.iter().any(|(_, finding)| finding.severity == "warning");
        let latency = &self.report.latency_ms;
        if !trouble && let (Some(p50), Some(p99)) = (latency.p50, latency.p99) {
            let text = format!(
                "Nothing was full and nearly nothing failed: half of the requests took up to {}, 99 % up to {}.",
                span(p50),
                span(p99)
            );
            self.tell(0, None, None, text).severity = "info".to_owned();
        }
        // What a fault did makes it a warning.
        for (_, finding) in self.told.iter_mut().filter(|(_, finding)| finding.severity == "fault") {
            finding.severity = if trouble { "warning" } else { "info" }.to_owned();
        }
        while self.told.len() > MOST {
            let least =
                self.told.iter().enumerate().max_by_key(|(_, (weight, _))| *weight).map_or(0, |(index, _)| index);
            self.told.remove(least);
        }
        // Causes were told before their effects: of one time they stay so.
        let mut findings: Vec<Finding> = Vec::new();
        for (_, finding) in self.told {
            let time = |finding: &Finding| finding.at_s.unwrap_or(f64::INFINITY);
            let at = findings.partition_point(|earlier| time(earlier) <= time(&finding));
            findings.insert(at, finding);
        }
        findings
    }
}

/// Whether a fault is over as soon as it has begun.
fn is_instant(fault: &Fault) -> bool {
    matches!(fault.fault.as_str(), "cache_flush" | "deploy")
}
