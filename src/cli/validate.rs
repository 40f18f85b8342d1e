//! `headroom validate`.

use super::table::columns;
use super::{Stop, print, print_json};
use crate::validation::page::{self, Shown};
use crate::validation::{Case, Family, Outcome, run};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Holds the simulator against exact and published results; exit code 1 when it is off.
#[derive(Args)]
pub struct Validate {
    /// Only cases with this text in their name or in that of their family.
    #[arg(long, default_value = "", value_name = "TEXT")]
    only: String,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Writes a page too, and its style sheet beside it.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Simulates only this share of the time of each steady case, 0.01 to 1: the tests take 0.25.
    #[arg(long, default_value_t = 1.0)]
    share: f64,
    /// Cases at a time; as many as there are processors without this.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
}

impl Validate {
    /// Does it.
    pub fn run(self) -> Result<(), Stop> {
        let wanted = |family: Family, case: &Case| case.id.contains(&self.only) || family.id().contains(&self.only);
        let (families, cases): (Vec<Family>, Vec<Case>) = Family::ALL
            .into_iter()
            .flat_map(|family| family.cases().into_iter().map(move |case| (family, case)))
            .filter(|(family, case)| wanted(*family, case))
            .unzip();
        if !(0.01..=1.0).contains(&self.share) {
            return Err(Stop::input(format!("--share {}: is out of range: 0.01 to 1", self.share)));
        }
        if cases.is_empty() {
            let families: Vec<&str> = Family::ALL.iter().map(|family| family.id()).collect();
            return Err(Stop::input(format!("--only '{}': no case is called so: {}", self.only, families.join(", "))));
        }
        let threads = match self.jobs {
            Some(jobs) => usize::from(jobs),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let bar = progress(cases.len());
        let outcomes = run(&cases, self.share, threads, |done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let off: Vec<String> = outcomes.iter().filter(|it| !it.holds()).map(|it| it.case.id.clone()).collect();
        let outcomes: Vec<(Family, Outcome)> = families.into_iter().zip(outcomes).collect();
        if let Some(path) = &self.html {
            write_page(path, &outcomes)?;
        }
        if self.json {
            print_json(&to_json(&outcomes))?;
        } else {
            print(&table(&outcomes))?;
        }
        if off.is_empty() {
            return Ok(());
        }
        Err(Stop { lines: off.iter().map(|id| format!("{id}: does not agree with theory")).collect(), code: 1 })
    }
}

fn progress(cases: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} cases, {eta} to go");
    ProgressBar::new(cases as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes the page, and its style sheet under the same name.
fn write_page(path: &Path, outcomes: &[(Family, Outcome)]) -> Result<(), Stop> {
    let style = path.with_extension("css");
    let name = style.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let write = |path: &Path, text: String| {
        std::fs::write(path, text)
            .map_err(|error| Stop::input(format!("{}: cannot be written: {error}", path.display())))
    };
    write(path, page::html(outcomes, &name))?;
    write(&style, page::style())
}

fn table(outcomes: &[(Family, Outcome)]) -> String {
    let mut rows = vec![["case", "number", "theory", "simulated", "± 95 %", "off by", ""].map(str::to_owned).to_vec()];
    for (_, outcome) in outcomes {
        let id = outcome.case.id.clone();
        if let Some(problem) = &outcome.problem {
            rows.push([id.as_str(), problem, "", "", "", "", "off"].map(str::to_owned).to_vec());
        }
        for it in &outcome.comparisons {
            let shown = Shown::of(it);
            let verdict = it.verdict.label().to_owned();
            let Shown { theory, simulated, half_width, difference } = shown;
            rows.push(vec![
                id.clone(),
                it.expectation.what.clone(),
                theory,
                simulated,
                half_width,
                difference,
                verdict,
            ]);
        }
    }
    let numbers = outcomes.iter().map(|(_, outcome)| outcome.comparisons.len()).sum::<usize>();
    let events = outcomes.iter().map(|(_, outcome)| outcome.events).sum::<u64>();
    format!(
        "{}\n\n{numbers} numbers of {} cases, {events} events, version {}",
        columns(&rows),
        outcomes.len(),
        env!("CARGO_PKG_VERSION")
    )
}

fn to_json(outcomes: &[(Family, Outcome)]) -> Value {
    let comparisons = |outcome: &Outcome| -> Vec<Value> {
        outcome
            .comparisons
            .iter()
            .map(|it| {
                json!({
                    "what": it.expectation.what, "of": it.expectation.of, "theory": it.expectation.expected,
                    "mean": it.simulated.mean, "standard_error": it.simulated.error, "ci95": it.simulated.half_width,
                    "bound": it.expectation.relative, "precision": it.expectation.precision, "verdict": it.verdict.label(),
                })
            })
            .collect()
    };
    let cases: Vec<Value> = outcomes
        .iter()
        .map(|(family, outcome)| {
            let case = &outcome.case;
            json!({
                "id": case.id, "family": family.id(), "title": case.title, "source": case.source, "seeds": case.seeds.clone().collect::<Vec<u64>>(),
                "digest": outcome.digest, "events": outcome.events, "problem": outcome.problem,
                "numbers": comparisons(outcome), "document": case.document,
            })
        })
        .collect();
    json!({"headroom": 1, "version": env!("CARGO_PKG_VERSION"), "cases": cases})
}
