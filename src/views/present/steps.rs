//! The events of a diagram's timeline as steps: what begins, what ends, what changes.

use crate::faults::is_instantaneous;
use crate::model::Document;
use crate::views::format;
use crate::views::inspector::{change_words, fault_words, name_of};

/// How many steps are shown at once.
const SHOWN: usize = 3;
/// Events closer than this are one step, simulated seconds.
const SAME_S: f64 = 0.05;

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When it begins, simulated seconds.
    pub at_s: f64,
    /// When the next one begins, or the run ends.
    pub until_s: f64,
    /// What happens then, in a few words.
    pub label: String,
}

/// Where a step is, seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// The run has gone on to a later one.
    Done,
    /// It is the last that has begun.
    Now,
    /// It comes later.
    Next,
}

impl StepState {
    /// As a class of the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            StepState::Done => "done",
            StepState::Now => "now",
            StepState::Next => "next",
        }
    }
}

impl Step {
    /// Its time in words: how much is left of it while it goes on, else when it begins.
    pub fn time_words(&self, state: StepState, now_s: f64) -> String {
        match state {
            StepState::Now => format!("{:.1} s left", (self.until_s - now_s).max(0.0)),
            _ => format!("{} s", format::number(self.at_s)),
        }
    }

    /// How much of it has passed, 0 to 1.
    pub fn progress(&self, now_s: f64) -> f64 {
        ((now_s - self.at_s) / (self.until_s - self.at_s).max(1e-9)).clamp(0.0, 1.0)
    }
}

/// The steps of a diagram in the order of their times; none where nothing is planned. The start of the run is the
/// first.
pub fn steps(document: &Document) -> Vec<Step> {
    let name = |id: &str| name_of(document, id);
    let end_s = document.run.duration_s;
    let mut events: Vec<(f64, String)> = Vec::new();
    for fault in &document.faults {
        let words = fault_words(fault, name);
        events.push((fault.start_s, words.clone()));
        if let Some(duration_s) = fault.duration_s.filter(|_| !is_instantaneous(fault)) {
            events.push((fault.start_s + duration_s, format!("{words} ends")));
        }
    }
    for (index, change) in document.changes.iter().enumerate() {
        events.push((change.at_s, change_words(document, index)));
    }
    events.retain(|(at_s, _)| *at_s < end_s);
    if events.is_empty() {
        return Vec::new();
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut steps = vec![Step { at_s: 0.0, until_s: end_s, label: String::new() }];
    for (at_s, label) in events {
        match steps.last_mut() {
            Some(last) if at_s - last.at_s < SAME_S => {
                let before = std::mem::take(&mut last.label);
                last.label = if before.is_empty() { label } else { format!("{before}; {label}") };
            }
            last => {
                if let Some(last) = last {
                    last.until_s = at_s;
                }
                steps.push(Step { at_s, until_s: end_s, label });
            }
        }
    }
    if let Some(first) = steps.first_mut().filter(|first| first.label.is_empty()) {
        first.label = "Start".to_owned();
    }
    steps
}

/// The step that has begun last.
pub fn current(steps: &[Step], now_s: f64) -> usize {
    steps.iter().rposition(|step| step.at_s <= now_s).unwrap_or(0)
}

/// Where a step is, where this one has begun last.
pub fn state(index: usize, current: usize) -> StepState {
    match index.cmp(&current) {
        std::cmp::Ordering::Less => StepState::Done,
        std::cmp::Ordering::Equal => StepState::Now,
        std::cmp::Ordering::Greater => StepState::Next,
    }
}

/// The indexes of the steps that are shown: the one before, the one that goes on, and the next.
pub fn shown(count: usize, current: usize) -> Vec<usize> {
    let first = current.saturating_sub(1).min(count.saturating_sub(SHOWN));
    (first..count.min(first + SHOWN)).collect()
}

/// Where the step before begins, simulated seconds; the present one's begin once that has gone on for a second.
pub fn before(steps: &[Step], now_s: f64) -> Option<f64> {
    steps.iter().map(|step| step.at_s).rfind(|at_s| *at_s < now_s - 1.0)
}

/// Where the next step begins, simulated seconds.
pub fn after(steps: &[Step], now_s: f64) -> Option<f64> {
    steps.iter().map(|step| step.at_s).find(|at_s| *at_s > now_s)
}

/// The faults that are active, by their indexes, in a few words.
pub fn active_words(document: &Document, active: &[usize]) -> String {
    let faults = active.iter().filter_map(|index| document.faults.get(*index));
    faults.map(|fault| fault_words(fault, |id| name_of(document, id))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(faults: &str) -> Document {
        let text = format!(
            r#"{{"headroom": 1, "nodes": [{{"id": "users", "kind": "client"}}, {{"id": "db", "kind": "database", "name": "Orders DB"}}],
            "links": [{{"from": "users", "to": "db"}}], "faults": [{faults}], "run": {{"duration_s": 100}}}}"#
        );
        crate::codec::open(&text).expect("it opens").0
    }

    #[test]
    fn a_fault_begins_and_ends() {
        let steps = steps(&document(r#"{"fault": "crash", "target": "db", "start_s": 60, "duration_s": 10}"#));
        let labels: Vec<(&str, f64, f64)> =
            steps.iter().map(|step| (step.label.as_str(), step.at_s, step.until_s)).collect();
        assert_eq!(
            labels,
            [("Start", 0.0, 60.0), ("Orders DB: crash", 60.0, 70.0), ("Orders DB: crash ends", 70.0, 100.0)]
        );
        assert_eq!(current(&steps, 66.4), 1);
        assert_eq!(steps[1].time_words(StepState::Now, 66.4), "3.6 s left");
        assert!((steps[1].progress(66.4) - 0.64).abs() < 1e-9);
        assert_eq!((before(&steps, 66.4), after(&steps, 66.4)), (Some(60.0), Some(70.0)));
        assert_eq!(before(&steps, 60.5), Some(0.0));
    }

    #[test]
    fn what_happens_at_the_start_is_one_step_too() {
        let faults = r#"{"fault": "crash", "target": "db", "start_s": 0, "duration_s": 5}, {"fault": "traffic", "target": "users", "factor": 2, "start_s": 0}"#;
        let steps = steps(&document(faults));
        assert_eq!(steps.len(), 2);
        assert!(steps[0].label.starts_with("Orders DB: crash; "), "{steps:?}");
        assert_eq!(steps[1].label, "Orders DB: crash ends");
    }

    #[test]
    fn nothing_planned_is_no_step() {
        assert_eq!(steps(&document("")), []);
    }

    #[test]
    fn what_happens_at_one_instant_is_one_step() {
        let steps = steps(&document(
            r#"{"fault": "crash", "target": "db", "start_s": 20, "duration_s": 5}, {"fault": "traffic", "target": "users", "factor": 2, "start_s": 20, "duration_s": 5}"#,
        ));
        assert_eq!(steps.len(), 3);
        assert!(steps[1].label.contains("; "), "{steps:?}");
    }

    #[test]
    fn three_steps_are_shown_and_the_present_one_is_among_them() {
        assert_eq!(shown(3, 0), [0, 1, 2]);
        assert_eq!(shown(9, 4), [3, 4, 5]);
        assert_eq!(shown(9, 8), [6, 7, 8]);
        assert_eq!(shown(2, 1), [0, 1]);
    }
}
