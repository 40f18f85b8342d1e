//! Validation: designs whose results are known from theory, and the simulator compared with them.
//!
//! One list of [`Case`]s, as data, serves three readers: the project's own tests, the command
//! `headroom validate`, and the page that is part of the built site.
//!
//! - [`theory`] the formulas, each with its source
//! - [`cases`] the designs, and what is expected of them
//! - [`sample`] a number that was measured several times
//! - [`page`] the page
//!
//! A case is run with several seeds. An expectation holds when the mean over the seeds lies
//! within four standard errors plus a stated bound of what theory says, and when those standard
//! errors are small enough for that to mean something.

pub mod cases;
pub mod page;
pub mod sample;
pub mod theory;

use crate::engine::Progress;
use crate::model::Document;
use crate::report::build;
use crate::scenario::compile;
use sample::Sample;
use serde_json::Value;
use std::ops::Range;
use std::sync::Mutex;

pub use cases::Family;

/// A design whose answer is known.
#[derive(Clone, Debug)]
pub struct Case {
    /// Unique; for the command line and for links into the page.
    pub id: String,
    /// What is simulated, in a few words.
    pub title: String,
    /// Where the answer comes from.
    pub source: String,
    /// The design.
    pub document: Document,
    /// The seeds it is run with: those of different cases differ, so that their random numbers are independent.
    pub seeds: Range<u64>,
    /// Whether it has to run to its end, as one with faults does; a shorter run would show something else.
    pub whole: bool,
    /// What is known.
    pub expectations: Vec<Expectation>,
}

/// A number that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What it is, with its unit: `mean wait, ms`.
    pub what: String,
    /// Where it stands in the report: see [`number`].
    pub of: String,
    /// What theory says.
    pub expected: f64,
    /// How far the mean may lie off, beyond its standard errors, as a share of what is expected.
    /// It covers what the formula leaves out: an approximation, the width of a histogram's slot.
    pub relative: f64,
    /// The same, absolute.
    pub absolute: f64,
    /// How large four standard errors may be, as a share of what is expected.
    pub precision: f64,
}

/// How an expectation came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Theory and simulation agree.
    Holds,
    /// They do not.
    Off,
    /// They may agree or not: the measurements vary too much to say.
    TooNoisy,
}

impl Verdict {
    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Off => "off",
            Verdict::TooNoisy => "too noisy",
        }
    }
}

/// How an expectation of a case came out.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What was expected.
    pub expectation: Expectation,
    /// What was simulated.
    pub simulated: Sample,
    /// Whether the two agree.
    pub verdict: Verdict,
}

/// How a case came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case.
    pub case: Case,
    /// The digest of its run with the first seed, which is that of its document.
    pub digest: String,
    /// Events of all its runs.
    pub events: u64,
    /// In the order of its expectations.
    pub comparisons: Vec<Comparison>,
    /// Why it could not be run, if it could not.
    pub problem: Option<String>,
}

impl Outcome {
    /// Whether everything agrees.
    pub fn holds(&self) -> bool {
        let holds = |comparison: &Comparison| comparison.verdict == Verdict::Holds;
        self.problem.is_none() && self.comparisons.iter().all(holds)
    }
}

impl Expectation {
    /// Holds measurements against theory, where `share` of the time was simulated: standard errors
    /// may then be as much larger as they are.
    pub fn judge(&self, values: &[f64], share: f64) -> Comparison {
        let simulated = Sample::of(values);
        let size = self.expected.abs();
        let bound = self.relative * size + self.absolute;
        let close = (simulated.mean - self.expected).abs() <= bound + 4.0 * simulated.error;
        let precision = self.precision / share.sqrt();
        let sharp = 4.0 * simulated.error <= (precision * size).max(4.0 * self.absolute).max(1e-12);
        // What is no number is neither close nor sharp.
        let verdict = match (close, sharp) {
            (true, true) => Verdict::Holds,
            (true, false) => Verdict::TooNoisy,
            (false, _) => Verdict::Off,
        };
        Comparison { expectation: self.clone(), simulated, verdict }
    }
}

/// A number of a report, by where it stands: `nodes.app.wait_ms.mean`; the mean over the bins of a
/// series between two times: `series.failed_rps @ 60..120`; sums and differences of these:
/// `requests.offered - requests.failed`; the ratio of two such: `requests.failed / requests.offered`.
pub fn number(report: &Value, of: &str) -> Option<f64> {
    if let Some((over, under)) = of.split_once(" / ") {
        return Some(number(report, over)? / number(report, under)?);
    }
    if let Some((before, last)) = of.rsplit_once(" - ")
        && !last.contains(" + ")
    {
        return Some(number(report, before)? - number(report, last)?);
    }
    if let Some((before, last)) = of.rsplit_once(" + ") {
        return Some(number(report, before)? + number(report, last)?);
    }
    let (path, window) = of.split_once(" @ ").map_or((of, None), |(path, window)| (path, Some(window)));
    let found = path.split('.').try_fold(report, |value, key| value.get(key))?;
    let Some(window) = window else { return found.as_f64() };
    let (from, to) = window.split_once("..")?;
    let (from, to): (f64, f64) = (from.parse().ok()?, to.parse().ok()?);
    let ends = report["series"]["time_s"].as_array()?;
    let within: Vec<f64> = found
        .as_array()?
        .iter()
        .zip(ends)
        .filter(|(_, end)| end.as_f64().is_some_and(|end| end > from && end <= to))
        .filter_map(|(value, _)| value.as_f64())
        .collect();
    (!within.is_empty()).then(|| within.iter().sum::<f64>() / within.len() as f64)
}

/// Events between looks at whether a run is over.
const SLICE: u64 = 10_000_000;

/// One run: its report as JSON.
fn simulate(document: &Document) -> Result<Value, String> {
    let compiled = compile(document);
    let Some(scenario) = compiled.scenario else {
        let problems: Vec<String> = compiled.problems.iter().map(ToString::to_string).collect();
        return Err(problems.join("; "));
    };
    let mut engine = scenario.engine();
    while engine.advance(u64::MAX, SLICE) != Progress::Finished {}
    engine.check_books().map_err(|imbalance| imbalance.to_string())?;
    serde_json::to_value(build(&engine, document)).map_err(|error| error.to_string())
}

impl Case {
    /// The document of one run, of which only this `share` of the time after the warm-up is simulated.
    fn document(&self, seed: u64, share: f64) -> Document {
        let mut document = self.document.clone();
        let run = &mut document.run;
        run.seed = seed;
        run.duration_s = run.warmup_s + (run.duration_s - run.warmup_s) * share;
        document
    }

    /// Runs the case with all its seeds, a steady one for only this `share` of its time.
    pub fn run(&self, share: f64) -> Outcome {
        let share = if self.whole { 1.0 } else { share };
        let mut outcome =
            Outcome { case: self.clone(), digest: String::new(), events: 0, comparisons: Vec::new(), problem: None };
        let runs: Result<Vec<Value>, String> =
            self.seeds.clone().map(|seed| simulate(&self.document(seed, share))).collect();
        match runs {
            Ok(reports) => {
                outcome.digest = reports[0]["digest"].as_str().unwrap_or_default().to_owned();
                outcome.events = reports.iter().filter_map(|report| report["events"].as_u64()).sum();
                let values = |of: &str| -> Vec<f64> {
                    reports.iter().map(|report| number(report, of).unwrap_or(f64::NAN)).collect()
                };
                outcome.comparisons = self.expectations.iter().map(|it| it.judge(&values(&it.of), share)).collect();
            }
            Err(problem) => outcome.problem = Some(problem),
        }
        outcome
    }
}

/// Runs cases on so many threads; `done` is called with how many are finished. The outcomes stand in the
/// order of the cases.
pub fn run(cases: &[Case], share: f64, threads: usize, done: impl Fn(usize) + Sync) -> Vec<Outcome> {
    let next = Mutex::new((0, 0));
    let lock = || next.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let take = || {
        let mut next = lock();
        next.0 += 1;
        next.0 - 1
    };
    let finish = || {
        let mut next = lock();
        next.1 += 1;
        done(next.1);
    };
    let work = || {
        let mut mine = Vec::new();
        while let Some((index, case)) = Some(take()).and_then(|index| Some((index, cases.get(index)?))) {
            mine.push((index, case.run(share)));
            finish();
        }
        mine
    };
    let mut all: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expectation(expected: f64) -> Expectation {
        Expectation {
            what: "x".to_owned(),
            of: "x".to_owned(),
            expected,
            relative: 0.005,
            absolute: 0.0,
            precision: 0.06,
        }
    }

    #[test]
    fn wrong_is_off_and_vague_is_too_noisy() {
        let near = [49.9, 50.2, 50.0, 49.8, 50.1];
        assert_eq!(expectation(50.0).judge(&near, 1.0).verdict, Verdict::Holds);
        assert_eq!(expectation(51.0).judge(&near, 1.0).verdict, Verdict::Off);
        assert_eq!(expectation(49.0).judge(&near, 1.0).verdict, Verdict::Off);
        let wide = [30.0, 70.0, 50.0, 20.0, 80.0];
        assert_eq!(expectation(50.0).judge(&wide, 1.0).verdict, Verdict::TooNoisy);
        let less = [49.0, 52.0, 51.0, 46.0, 52.0];
        assert_eq!(expectation(50.0).judge(&less, 1.0).verdict, Verdict::TooNoisy);
        assert_eq!(
            expectation(50.0).judge(&less, 0.25).verdict,
            Verdict::Holds,
            "sharp enough for a quarter of the time"
        );
        assert_eq!(expectation(50.0).judge(&[f64::NAN], 1.0).verdict, Verdict::Off);
        assert_eq!(expectation(0.0).judge(&[0.0, 0.0], 1.0).verdict, Verdict::Holds);
        assert_eq!(expectation(0.0).judge(&[0.0, 1e-6], 1.0).verdict, Verdict::TooNoisy);
        assert_eq!(expectation(0.0).judge(&[1e-6, 1e-6], 1.0).verdict, Verdict::Off);
    }

    #[test]
    fn numbers_are_found_where_they_stand() {
        let report = json!({
            "a": {"b": 6}, "c": 3.0, "none": null,
            "series": {"time_s": [1, 2, 3, 4], "x": [1, 2, null, 4]}
        });
        assert_eq!(number(&report, "a.b"), Some(6.0));
        assert_eq!(number(&report, "a.b / c"), Some(2.0));
        assert_eq!(number(&report, "a.b - c - c + c"), Some(3.0));
        assert_eq!(number(&report, "a.b + c - c - c"), Some(3.0));
        assert_eq!(number(&report, "a.b + c / c"), Some(3.0));
        assert_eq!(number(&report, "series.x @ 1..4"), Some(3.0));
        assert_eq!(number(&report, "series.x @ 2..3"), None);
        for missing in ["a.x", "none", "a", "a.b / none", "a.b - none", "series.x @ 9..10"] {
            assert_eq!(number(&report, missing), None, "{missing}");
        }
    }
}
