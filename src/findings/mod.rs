//! A report's numbers in words: what went wrong, in the order in which it did, the first cause first.
//!
//! Each cause is one file: a function from the run ([`Subject`]) to sentences (`Draft`). [`findings`]
//! walks the list of causes, keeps the most important sentences and puts them in order of time. It is
//! pure and needs no browser: the command line and the page call it on the same report.

mod autoscaler;
mod backlog;
mod breakers;
pub mod claim;
mod data;
mod duplicates;
mod ended_early;
mod failures;
mod faults;
mod full_links;
mod goodput;
mod hit_ratio;
mod latency;
mod resources;
mod retries;
mod saturation;
pub mod sentence;
mod sinkhole;
mod subject;
mod traffic;
mod waiting;
mod wasted_work;

use crate::model::Document;
use crate::report::{Finding, FindingSeverity, Report};
use claim::{Claim, Comparison, Measure};
use sentence::Sentence;
pub use subject::Subject;

/// A run is given at most so many findings, the most important ones.
pub const FINDINGS_MAX: usize = 8;

/// What can be found, causes before effects: of one time, findings stand in this order.
const CAUSES: &[fn(&Subject) -> Vec<Draft>] = &[
    ended_early::find,
    faults::find,
    traffic::find,
    hit_ratio::find,
    saturation::find,
    autoscaler::find,
    sinkhole::find,
    backlog::find,
    duplicates::find,
    retries::find,
    failures::find,
    breakers::find,
    wasted_work::find,
    goodput::find,
    data::find,
];

/// How much a finding matters when there are more than [`FINDINGS_MAX`]; the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// What ended the run: it stands before all others.
    End,
    /// Faults and what users felt of them.
    Essential,
    /// What passed the effect on.
    Important,
    /// Details of what passed it on.
    Detail,
    /// More of the same.
    Further,
    /// Good to know.
    Background,
}

/// A finding before it is known how many there are.
#[derive(Clone, Debug)]
struct Draft {
    weight: Weight,
    severity: DraftSeverity,
    sentence: Sentence,
    node: Option<String>,
    link: Option<String>,
    at_s: Option<f64>,
    until_s: Option<f64>,
    claims: Vec<Claim>,
}

/// The severity of a [`Draft`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DraftSeverity {
    Warning,
    Info,
    /// A cause from outside: a warning where anything else is one, else good to know.
    Cause,
}

impl Draft {
    /// A warning without a place and without a time.
    fn new(weight: Weight, sentence: Sentence) -> Draft {
        let severity = DraftSeverity::Warning;
        Draft { weight, severity, sentence, node: None, link: None, at_s: None, until_s: None, claims: Vec::new() }
    }

    fn severity(self, severity: DraftSeverity) -> Draft {
        Draft { severity, ..self }
    }

    fn node(self, node: Option<&str>) -> Draft {
        Draft { node: node.map(str::to_owned), ..self }
    }

    fn link(self, link: Option<&str>) -> Draft {
        Draft { link: link.map(str::to_owned), ..self }
    }

    /// When it can be seen, simulated seconds.
    fn time(self, at_s: Option<f64>, until_s: Option<f64>) -> Draft {
        Draft { at_s, until_s, ..self }
    }

    /// States that measures of the report equal these values.
    fn equal(self, all: impl IntoIterator<Item = (Measure, f64)>) -> Draft {
        all.into_iter().fold(self, |draft, (measure, value)| draft.claim(measure, Comparison::Equals, value))
    }

    /// States that a measure is at least a value.
    fn at_least(self, measure: Measure, value: f64) -> Draft {
        self.claim(measure, Comparison::AtLeast, value)
    }

    /// States that a measure is at most a value.
    fn at_most(self, measure: Measure, value: f64) -> Draft {
        self.claim(measure, Comparison::AtMost, value)
    }

    fn claim(mut self, measure: Measure, is: Comparison, value: f64) -> Draft {
        self.claims.push(Claim { measure, is, value });
        self
    }

    fn finish(self, is_trouble: bool) -> Finding {
        let severity = match self.severity {
            DraftSeverity::Warning => FindingSeverity::Warning,
            DraftSeverity::Cause if is_trouble => FindingSeverity::Warning,
            DraftSeverity::Info | DraftSeverity::Cause => FindingSeverity::Info,
        };
        let Draft { sentence, node, link, at_s, until_s, .. } = self;
        Finding { severity, node, text: sentence.text(), at_s, until_s, link, spans: sentence.into_spans() }
    }
}

/// The findings of a run of `document`: what happened first comes first, what has no time comes last.
pub fn findings(report: &Report, document: &Document) -> Vec<Finding> {
    with_claims(report, document).into_iter().map(|(finding, _)| finding).collect()
}

/// The findings, each with what it states.
pub fn with_claims(report: &Report, document: &Document) -> Vec<(Finding, Vec<Claim>)> {
    let subject = Subject { report, document };
    let mut drafts: Vec<Draft> = CAUSES.iter().flat_map(|find| find(&subject)).collect();
    let is_trouble = drafts.iter().any(|draft| draft.severity == DraftSeverity::Warning);
    if !is_trouble {
        drafts.extend(latency::find(&subject));
    }
    while drafts.len() > FINDINGS_MAX {
        // Of those that matter least the last.
        let least = drafts.iter().enumerate().max_by_key(|(_, draft)| draft.weight).map_or(0, |(index, _)| index);
        drafts.remove(least);
    }
    let time = |it: &Draft| if it.weight == Weight::End { -1.0 } else { it.at_s.unwrap_or(f64::INFINITY) };
    // Stable: of one time the cause stays before its effect.
    drafts.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let mut findings: Vec<(Finding, Vec<Claim>)> = Vec::new();
    for mut draft in drafts {
        let claims = std::mem::take(&mut draft.claims);
        findings.push((draft.finish(is_trouble), claims));
    }
    findings
}
