//! `headroom run`.

use super::claim::Claim;
use super::{Bounds, Stop, allow_to_run, open_document, print, print_json, table};
use crate::codec;
use crate::engine::Progress;
use crate::findings::findings;
use crate::model::Document;
use crate::report::{Report, build};
use crate::scenario::{Compiled, compile_within};
use crate::time::to_s;
use crate::validation::sample::Sample;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use std::io::IsTerminal;

/// Runs a design and prints its report.
#[derive(Args)]
pub struct Run {
    /// A document (JSON, or a picture or flowchart of one), a share link, or - for standard input.
    file: String,
    /// Seed instead of the document's.
    #[arg(long)]
    seed: Option<u64>,
    /// Simulated seconds instead of the document's.
    #[arg(long)]
    duration: Option<f64>,
    /// Warm-up in simulated seconds instead of the document's.
    #[arg(long)]
    warmup: Option<f64>,
    /// Runs so many times with consecutive seeds and prints means with 95 % confidence intervals.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    replications: Option<u32>,
    /// Prints the whole report as JSON.
    #[arg(long)]
    json: bool,
    /// Prints the time series as comma-separated values: one row a bin for the whole run, and one a bin and node.
    #[arg(long, conflicts_with_all = ["json", "replications"])]
    csv: bool,
    /// Fails with exit code 1 unless this holds: 'p99_ms<200', 'nodes.db.utilization<=0.8'.
    #[arg(long = "assert", value_name = "CLAIM")]
    claims: Vec<String>,
    #[command(flatten)]
    bounds: Bounds,
}

/// Events between looks at the progress bar.
const SLICE: u64 = 2_000_000;

/// One run to its end.
fn simulate(document: &Document, bounds: Bounds) -> Result<Report, Stop> {
    let Compiled { scenario, problems } = compile_within(document, bounds.memory_bytes());
    let lines = || problems.iter().map(ToString::to_string).collect();
    let mut engine = scenario.ok_or_else(|| Stop { lines: lines(), code: 2 })?.engine();
    let bar = if std::io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} simulated seconds, {eta} to go");
        ProgressBar::new(document.run.duration_s.ceil() as u64)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    } else {
        ProgressBar::hidden()
    };
    while engine.advance(u64::MAX, SLICE) != Progress::Finished {
        bar.set_position(to_s(engine.now()) as u64);
    }
    bar.finish_and_clear();
    let mut report = build(&engine, document);
    report.findings = findings(&report, document);
    Ok(report)
}

impl Run {
    /// Does it.
    pub fn run(self) -> Result<(), Stop> {
        let claims = self.claims.iter().map(|text| Claim::parse(text)).collect::<Result<Vec<Claim>, Stop>>()?;
        let (mut document, notes) = open_document(&self.file)?;
        document.run.seed = self.seed.unwrap_or(document.run.seed);
        document.run.duration_s = self.duration.unwrap_or(document.run.duration_s);
        document.run.warmup_s = self.warmup.unwrap_or(document.run.warmup_s);
        allow_to_run(&document, notes, self.bounds)?;
        let unknown: Vec<String> =
            claims.iter().filter_map(|claim| claim.is_about_nothing(&document, self.replications.is_some())).collect();
        if !unknown.is_empty() {
            return Err(Stop { lines: unknown, code: 2 });
        }
        let value = match self.replications {
            Some(count) => {
                let mut reports = Vec::new();
                for i in 0..u64::from(count) {
                    let mut again = document.clone();
                    again.run.seed = document.run.seed.wrapping_add(i);
                    reports.push(to_value(&simulate(&again, self.bounds)?));
                }
                let means = replicated(&reports);
                if self.json {
                    print_json(&means)?
                } else {
                    print(&table::replications(&means))?
                }
                means["mean"].clone()
            }
            None => {
                let report = simulate(&document, self.bounds)?;
                let value = to_value(&report);
                if self.csv {
                    let columns = |node| report.series.nodes.get(node);
                    let nodes: Vec<_> =
                        document.nodes.iter().filter_map(|node| Some((node, columns(&node.id)?))).collect();
                    print(codec::export::csv(&report.series, &nodes).trim_end())?
                } else if self.json {
                    print_json(&value)?
                } else {
                    print(&table::report(&report, &document))?
                }
                value
            }
        };
        let (lines, codes): (Vec<String>, Vec<u8>) = claims.iter().filter_map(|claim| claim.fails(&value)).unzip();
        // A claim about something that is no number is a wrong argument, whatever became of the others.
        codes.into_iter().max().map_or(Ok(()), |code| Err(Stop { lines, code }))
    }
}

/// A report as JSON: plain data, which cannot fail to serialize.
fn to_value(report: &Report) -> Value {
    serde_json::to_value(report).unwrap_or(Value::Null)
}

/// What differs between the runs of a replication or has no mean.
pub(super) const NOT_REPLICATED: [&str; 5] = ["series", "findings", "digest", "seed", "headroom"];

/// Means, and half widths of their 95 % confidence intervals, of every number of the reports
/// (series aside).
fn replicated(reports: &[Value]) -> Value {
    let strip = |report: &Value| {
        let mut map = report.as_object().cloned().unwrap_or_default();
        NOT_REPLICATED.iter().for_each(|key| drop(map.remove(*key)));
        Value::Object(map)
    };
    let stripped: Vec<Value> = reports.iter().map(strip).collect();
    let columns: Vec<&Value> = stripped.iter().collect();
    let seeds: Vec<&Value> = reports.iter().map(|report| &report["seed"]).collect();
    json!({
        "headroom": 1,
        "replications": reports.len(),
        "seeds": seeds,
        "mean": fold(&columns, &|values| Sample::of(values).mean),
        "ci95": fold(&columns, &|values| Sample::of(values).half_width),
    })
}

/// Applies `f` to each number across values of the same shape; numbers that some lack are left out.
fn fold(columns: &[&Value], f: &dyn Fn(&[f64]) -> f64) -> Value {
    match columns[0] {
        Value::Object(map) => {
            let mut all = Map::new();
            for key in map.keys() {
                let inner: Option<Vec<&Value>> = columns.iter().map(|column| column.get(key)).collect();
                all.insert(key.clone(), inner.map_or(Value::Null, |inner| fold(&inner, f)));
            }
            Value::Object(all)
        }
        Value::Array(list) if list.iter().all(|each| each.is_object() || each.is_number()) => {
            let element = |index: usize| {
                let inner: Option<Vec<&Value>> = columns.iter().map(|column| column.get(index)).collect();
                inner.map_or(Value::Null, |inner| fold(&inner, f))
            };
            (0..list.len()).map(element).collect()
        }
        _ => {
            let numbers: Vec<f64> = columns.iter().filter_map(|value| value.as_f64()).collect();
            if numbers.len() == columns.len() { json!(f(&numbers)) } else { Value::Null }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_lists_are_lists_of_the_means_of_their_elements() {
        let report = |x: f64, shard: f64| {
            json!({"replicas": [{"arrivals": x, "utilization": null}, {"arrivals": 1.0, "utilization": x}],
                "shards": [shard, 2.0], "nodes": ["db"], "none": []})
        };
        let mean = |reports: &[&Value]| fold(reports, &|values| values.iter().sum::<f64>() / values.len() as f64);
        let (a, b) = (report(1.0, 4.0), report(3.0, 8.0));
        let expected = json!({"replicas": [{"arrivals": 2.0, "utilization": null}, {"arrivals": 1.0, "utilization": 2.0}],
            "shards": [6.0, 2.0], "nodes": null, "none": []});
        assert_eq!(mean(&[&a, &b]), expected);
        let shorter = json!({"replicas": [], "shards": [1.0], "nodes": [], "none": []});
        assert_eq!(mean(&[&a, &shorter])["shards"], json!([2.5, null]), "what one of them lacks has no mean");
    }
}
