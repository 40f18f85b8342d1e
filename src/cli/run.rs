//! `headroom run`.

use super::{Stop, compile_to_run, print, print_json, read_document, table};
use crate::engine::Progress;
use crate::findings::findings;
use crate::model::Document;
use crate::report::{Report, build};
use crate::time::to_s;
use crate::validation::sample::Sample;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};
use std::io::IsTerminal;

/// Runs a design and prints its report.
#[derive(Args)]
pub struct Run {
    /// A document, a share link, or - for standard input.
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
    /// Fails with exit code 1 unless this holds: 'p99_ms<200', 'nodes.db.utilization<=0.8'.
    #[arg(long = "assert", value_name = "CLAIM")]
    claims: Vec<String>,
}

/// Events between looks at the progress bar.
const SLICE: u64 = 2_000_000;

/// One run to its end.
fn simulate(document: &Document, shows_progress: bool) -> Result<Report, Stop> {
    let scenario = compile_to_run(document)?;
    let mut engine = scenario.engine();
    let bar = if shows_progress && std::io::stderr().is_terminal() {
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

/// A claim about a report: `p99_ms<200`.
struct Claim {
    text: String,
    path: Vec<String>,
    comparison: &'static str,
    bound: f64,
}

/// Short names of often used numbers.
const SHORT: [(&str, &str); 9] = [
    ("mean_ms", "latency_ms.mean"),
    ("p50_ms", "latency_ms.p50"),
    ("p90_ms", "latency_ms.p90"),
    ("p95_ms", "latency_ms.p95"),
    ("p99_ms", "latency_ms.p99"),
    ("p999_ms", "latency_ms.p999"),
    ("max_ms", "latency_ms.max"),
    ("failed", "requests.failed"),
    ("completed", "requests.completed"),
];

impl Claim {
    fn parse(text: &str) -> Result<Claim, Stop> {
        let wrong = |what: &str| {
            Stop::input(format!(
                "--assert '{text}': {what}: a number of the report, <, <=, >, >= or ==, and a bound, as in 'p99_ms<200'"
            ))
        };
        let comparison = ["<=", ">=", "==", "<", ">"]
            .into_iter()
            .find(|each| text.contains(each))
            .ok_or_else(|| wrong("has no comparison"))?;
        let (left, right) = text.split_once(comparison).ok_or_else(|| wrong("has no comparison"))?;
        let bound = right.trim().parse().map_err(|_| wrong("has no number on its right"))?;
        let name = left.trim();
        let path = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, path)| path);
        Ok(Claim { text: text.to_owned(), path: path.split('.').map(str::to_owned).collect(), comparison, bound })
    }

    /// What the report says; `error_rate` is computed. `Err` says why there is no number to compare, with the
    /// exit code: 2 where the report can have none of this name, 1 where this run did not measure it.
    fn value(&self, report: &Value) -> Result<f64, (String, u8)> {
        if self.path == ["error_rate"] {
            let count = |key: &str| report["requests"][key].as_f64().unwrap_or(0.0);
            let ended = count("failed") + count("completed");
            return Ok(if ended > 0.0 { count("failed") / ended } else { 0.0 });
        }
        match self.path.iter().try_fold(report, |value, key| value.get(key)) {
            None => Err(("the report has no such number".to_owned(), 2)),
            Some(Value::Null) => Err(("this run did not measure it".to_owned(), 1)),
            Some(value) => value.as_f64().ok_or_else(|| ("it is not a number".to_owned(), 2)),
        }
    }

    /// `None` when it holds, else the sentence that says why not, and the exit code.
    fn fails(&self, report: &Value) -> Option<(String, u8)> {
        let value = match self.value(report) {
            Ok(value) => value,
            Err((why, code)) => return Some((format!("--assert '{}': {why}", self.text), code)),
        };
        let holds = match self.comparison {
            "<=" => value <= self.bound,
            ">=" => value >= self.bound,
            "==" => value == self.bound,
            "<" => value < self.bound,
            _ => value > self.bound,
        };
        (!holds).then(|| (format!("--assert '{}': it is {value}", self.text), 1))
    }
}

impl Run {
    /// Does it.
    pub fn run(self) -> Result<(), Stop> {
        let claims = self.claims.iter().map(|text| Claim::parse(text)).collect::<Result<Vec<Claim>, Stop>>()?;
        let mut document = read_document(&self.file)?;
        document.run.seed = self.seed.unwrap_or(document.run.seed);
        document.run.duration_s = self.duration.unwrap_or(document.run.duration_s);
        document.run.warmup_s = self.warmup.unwrap_or(document.run.warmup_s);
        let value = match self.replications {
            Some(count) => {
                let mut reports = Vec::new();
                for i in 0..u64::from(count) {
                    let mut again = document.clone();
                    again.run.seed = document.run.seed.wrapping_add(i);
                    reports.push(to_value(&simulate(&again, true)?));
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
                let report = simulate(&document, true)?;
                let value = to_value(&report);
                if self.json {
                    print_json(&value)?
                } else {
                    print(&table::report(&report, &document))?
                }
                value
            }
        };
        let (lines, codes): (Vec<String>, Vec<u8>) = claims.iter().filter_map(|claim| claim.fails(&value)).unzip();
        // A claim about nothing is a wrong argument, whatever became of the others.
        codes.into_iter().max().map_or(Ok(()), |code| Err(Stop { lines, code }))
    }
}

/// A report as JSON: plain data, which cannot fail to serialize.
fn to_value(report: &Report) -> Value {
    serde_json::to_value(report).unwrap_or(Value::Null)
}

/// Means, and half widths of their 95 % confidence intervals, of every number of the reports
/// (series aside).
fn replicated(reports: &[Value]) -> Value {
    let strip = |report: &Value| {
        let mut map = report.as_object().cloned().unwrap_or_default();
        ["series", "findings", "digest", "seed", "headroom"].iter().for_each(|key| drop(map.remove(*key)));
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
    fn claims() {
        let report = json!({"latency_ms": {"p99": 150.0}, "requests": {"failed": 1, "completed": 9}, "digest": "00ff",
            "nodes": {"db": {"utilization": 0.5, "hit_ratio": null}}});
        for (text, holds) in [
            ("p99_ms<200", true),
            ("p99_ms <= 150", true),
            ("latency_ms.p99>150", false),
            ("error_rate==0.1", true),
            ("nodes.db.utilization>=0.6", false),
            ("nodes.none.utilization<1", false),
        ] {
            let Ok(claim) = Claim::parse(text) else { panic!("{text}") };
            assert_eq!(claim.fails(&report).is_none(), holds, "{text}");
        }
        for (text, code) in [
            ("p99ms<200", 2),
            ("nodes.nobody.arrivals>0", 2),
            ("latency_ms<200", 2),
            ("digest==1", 2),
            ("nodes.db.nothing>0", 2),
            ("nodes.db.hit_ratio>0", 1),
            ("p99_ms<0", 1),
        ] {
            let Ok(claim) = Claim::parse(text) else { panic!("{text}") };
            assert_eq!(claim.fails(&report).map(|(_, code)| code), Some(code), "{text}");
        }
        assert!(Claim::parse("p99_ms").is_err());
        assert!(Claim::parse("p99_ms<fast").is_err());
    }

    #[test]
    fn every_number_of_a_report_can_be_asserted_on() {
        let document = json!({
            "headroom": 1,
            "nodes": [{"id": "u", "kind": "client"}, {"id": "db", "kind": "database", "params": {"replication": {}}}],
            "links": [{"id": "l", "from": "u", "to": "db"}], "run": {"duration_s": 5, "warmup_s": 1}
        });
        let document: Document = serde_json::from_value(document).expect("a document");
        let Ok(report) = simulate(&document, false) else { panic!("it runs") };
        let report = to_value(&report);
        let mut asserted = 0;
        for number in crate::report::all_numbers() {
            let name = number.path.replace("nodes.*", "nodes.db").replace("links.*", "links.l");
            let found = name.split('.').try_fold(&report, |value, key| value.get(key));
            let Some(value) = found.and_then(Value::as_f64) else { continue };
            let Ok(claim) = Claim::parse(&format!("{name}=={value}")) else { panic!("{name}") };
            assert_eq!(claim.fails(&report), None, "{name}");
            asserted += 1;
        }
        assert!(asserted > 60, "{asserted}");
    }
}
