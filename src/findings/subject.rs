//! What findings are made from: a report, the document that was run, and its bins as a time line.

use crate::fault::FaultEffect;
use crate::faults;
use crate::kinds;
use crate::model::{Document, Fault, Link, Node, Place};
use crate::report::Report;
use crate::scenario::changes;
use serde_json::Value;
use std::borrow::Cow;

/// So many bins in a row make a finding; what lasts for fewer is noise.
pub const HOLD: usize = 3;

/// Failures count from this share of the finished requests in a bin on.
pub const FAILING: f64 = 0.01;
/// Goodput below this share of the offered load has fallen. Over [`HOLD`] bins, so that requests that
/// are started in one bin and answered in the next do not count.
pub const FALLEN: f64 = 0.8;

/// A run to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The numbers of the run.
    pub report: &'a Report,
    /// The document that was run.
    pub document: &'a Document,
}

/// The arithmetic mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Whether a level rises from each quarter of the time to the next, and much.
pub fn grows(level: &[f64]) -> bool {
    let length = level.len();
    if length < 4 * HOLD {
        return false;
    }
    let quarter = |part: usize| mean(&level[part * length / 4..(part + 1) * length / 4]);
    (1..4).all(|part| quarter(part) > quarter(part - 1)) && quarter(3) > 1.2 * quarter(1)
}

impl<'a> Subject<'a> {
    /// What a node is called: its name, else its id. Several nodes of a kind cannot be distinguished by its
    /// label.
    pub fn name(&self, id: &str) -> String {
        let name = self.document.node(id).map_or("", |node| node.name.as_str());
        if name.is_empty() { id.to_owned() } else { name.to_owned() }
    }

    /// A parameter of a node, or its default.
    ///
    /// It is the value at the start of the run; see [`has_change`](Self::has_change).
    pub fn param(&self, id: &str, key: &str) -> Option<Value> {
        Self::param_of(self.document, id, key)
    }

    /// The document with the parameters that it had at an instant of the run, simulated seconds.
    pub fn document_at(&self, at_s: f64) -> Cow<'a, Document> {
        if self.document.changes.is_empty() {
            Cow::Borrowed(self.document)
        } else {
            Cow::Owned(changes::at(self.document, at_s))
        }
    }

    /// The value of a parameter of a node at an instant of the run, simulated seconds.
    pub fn param_at(&self, id: &str, key: &str, at_s: f64) -> Option<Value> {
        Self::param_of(&self.document_at(at_s), id, key)
    }

    /// Whether a parameter of a node changes during the run.
    pub fn has_change(&self, id: &str, key: &str) -> bool {
        let path = Place::Node(id.to_owned()).path(key);
        let is_it = |set: &str| set.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.document.changes.iter().any(|change| is_it(&change.set))
    }

    fn param_of(document: &Document, id: &str, key: &str) -> Option<Value> {
        let node = document.node(id)?;
        let default = || Some(kinds::fields(&node.kind)?.into_iter().find(|field| field.key == key)?.default);
        node.params.get(key).cloned().or_else(default)
    }

    /// Whether requests failed in a bin, or were not answered in time.
    pub fn is_lossy(&self, bin: usize) -> bool {
        let series = &self.report.series;
        let finished = series.throughput_rps[bin] + series.failed_rps[bin];
        let (good, offered) = (self.over(&series.goodput_rps, bin), self.over(&series.offered_rps, bin));
        series.failed_rps[bin] > FAILING * finished || (good < FALLEN * offered && offered * series.bin_s >= 4.0)
    }

    /// What a link is called: the names of the nodes that it joins.
    pub fn link_name(&self, link: &Link) -> String {
        format!("{} → {}", self.name(&link.from), self.name(&link.to))
    }

    /// The node of this id, if it is of this kind.
    pub fn node_of_kind(&self, id: &str, kind: &str) -> Option<&'a Node> {
        self.document.node(id).filter(|node| node.kind == kind)
    }

    /// The faults that begin before the end of the run.
    pub fn faults(&self) -> impl Iterator<Item = &'a Fault> {
        let end_s = self.report.duration_s;
        self.document.faults.iter().filter(move |fault| fault.start_s < end_s)
    }

    /// How many bins the series has.
    pub fn bins(&self) -> usize {
        self.report.series.time_s.len()
    }

    /// The first bin that ends after the warm-up.
    pub fn warm(&self) -> usize {
        self.report.series.time_s.iter().take_while(|end| **end <= self.report.warmup_s).count()
    }

    /// What a share of the measured time is a share of.
    pub fn of_measured_time(&self) -> &'static str {
        if self.report.warmup_s > 0.0 { " of the time after the warm-up" } else { " of the run" }
    }

    /// Simulated seconds at which a bin begins; or the start of a fault within it, since a cause comes
    /// before its effect.
    pub fn begin(&self, bin: usize) -> f64 {
        let end = self.report.series.time_s[bin];
        let begin = end - self.report.series.bin_s;
        let faults = self.document.faults.iter().map(|fault| fault.start_s);
        faults.filter(|start| (begin..end).contains(start)).fold(begin, f64::max)
    }

    /// Whether a fault begins within a bin.
    pub fn has_fault_start(&self, bin: usize) -> bool {
        let end = self.report.series.time_s[bin];
        let within = end - self.report.series.bin_s..end;
        self.document.faults.iter().any(|fault| within.contains(&fault.start_s))
    }

    /// The first bin at or after `from` from which on something holds for `HOLD` bins after the
    /// warm-up. That stretch may begin before the warm-up ends. Where a fault begins within the first
    /// `HOLD` bins of the stretch, what held before it was noise: the fault's bin is returned.
    pub fn since(&self, from: usize, holds: &dyn Fn(usize) -> bool) -> Option<usize> {
        let first = (from.max(self.warm())..(self.bins() + 1).saturating_sub(HOLD))
            .find(|bin| (*bin..bin + HOLD).all(holds))?;
        let first = (from..first).rev().take_while(|bin| holds(*bin)).last().unwrap_or(first);
        let with_fault =
            (first + 1..first + HOLD).find(|bin| !self.has_fault_start(first) && self.has_fault_start(*bin));
        Some(with_fault.unwrap_or(first))
    }

    /// The bin in which something began that holds from a bin on, where it held before with breaks of a
    /// few bins. What held before the start of a fault is not looked at.
    pub fn began(&self, bin: usize, holds: &dyn Fn(usize) -> bool) -> usize {
        let mut first = bin;
        loop {
            let earlier = (first.saturating_sub(2 * HOLD)..first).find(|bin| holds(*bin));
            match earlier.filter(|earlier| !(*earlier + 1..=first).any(|bin| self.has_fault_start(bin))) {
                Some(earlier) => first = earlier,
                None => return first,
            }
        }
    }

    /// The mean over a bin and the `HOLD` − 1 that follow it, as far as there are any.
    pub fn over(&self, values: &[f64], bin: usize) -> f64 {
        mean(&values[bin..(bin + HOLD).min(self.bins())])
    }

    /// Whether a fault with this effect affects a node or link during a bin.
    pub fn is_active(&self, effect: FaultEffect, place: &str, bin: usize) -> bool {
        let end = self.report.series.time_s[bin];
        let begin = end - self.report.series.bin_s;
        self.document.faults.iter().any(|fault| {
            faults::has_effect(fault, effect)
                && fault.start_s < end
                && fault.duration_s.is_none_or(|duration| fault.start_s + duration > begin)
                && self.document.affected(fault).contains(&place)
        })
    }

    /// Simulated seconds at which a fault is over; infinite where it lasts to the end of the run.
    pub fn end_of(&self, fault: &Fault) -> f64 {
        match fault.duration_s {
            Some(duration) => fault.start_s + duration,
            None if faults::is_instantaneous(fault) => fault.start_s,
            None => f64::INFINITY,
        }
    }
}
