//! Findings are true: what each sentence states is computed anew from the report, for random systems and
//! for the examples; and the numbers of the processes add up to those of their node.
//!
//! A failure prints the seed and the document. `HEADROOM_SYSTEMS=n` tries more of them.

use crate::examples::examples;
use crate::simulate::run;
use crate::systems::{system, system_with_changes};
use headroom::findings::claim::{Claim, Comparison, Measure, Reduction};
use headroom::findings::with_claims;
use headroom::model::Document;
use headroom::report::{Finding, Report, Span};
use serde_json::{Value, json};

/// A report and its document as others read them.
struct Written {
    report: Value,
    document: Value,
}

impl Written {
    fn number(value: &Value, pointer: &str) -> f64 {
        let found = value.pointer(pointer).unwrap_or_else(|| panic!("there is no {pointer}"));
        found.as_f64().unwrap_or_else(|| panic!("{pointer} is no number: {found}"))
    }

    fn compute(&self, measure: &Measure) -> f64 {
        match measure {
            Measure::Report(pointer) => Written::number(&self.report, pointer),
            Measure::Document(pointer) => Written::number(&self.document, pointer),
            Measure::Bins { column, from, to, by } => {
                let all = self.report.pointer(column).and_then(Value::as_array);
                let all = all.unwrap_or_else(|| panic!("there is no {column}"));
                let bins = all[*from..*to].iter().map(|bin| bin.as_f64().unwrap_or(0.0));
                match by {
                    Reduction::Mean => bins.sum::<f64>() / (to - from) as f64,
                    Reduction::Max => bins.fold(f64::NEG_INFINITY, f64::max),
                    Reduction::Min => bins.fold(f64::INFINITY, f64::min),
                }
            }
            Measure::Constant(value) => *value,
            Measure::Sum(parts) => parts.iter().map(|part| self.compute(part)).sum(),
            Measure::Product(a, b) => self.compute(a) * self.compute(b),
            Measure::Ratio(a, b) => match (self.compute(a), self.compute(b)) {
                (0.0, 0.0) => 0.0,
                (a, b) => a / b,
            },
        }
    }

    fn holds(&self, claim: &Claim) -> Result<(), String> {
        let (computed, value) = (self.compute(&claim.measure), claim.value);
        let slack = 1e-9 * (1.0 + value.abs());
        let holds = match claim.is {
            Comparison::Equals => (computed - value).abs() <= slack,
            Comparison::AtLeast => computed >= value - slack,
            Comparison::AtMost => computed <= value + slack,
        };
        if holds { Ok(()) } else { Err(format!("{claim:?}, but it is {computed}")) }
    }

    /// Whether a figure of a sentence is what a claim says, its time, or a number of a fault.
    fn explains(&self, figure: &str, finding: &Finding, claims: &[Claim]) -> bool {
        let digits = figure.split(' ').next().unwrap_or_default();
        let shown: f64 = digits.parse().unwrap_or_else(|_| panic!("no number in {figure}"));
        let decimals = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
        let fits = |value: f64| (value - shown).abs() <= 0.5 * 0.1f64.powi(decimals) + 1e-9 * value.abs();
        let scaled = |value: f64| [1.0, 100.0, 0.001, 1000.0].into_iter().any(|scale| fits(value * scale));
        let mut numbers = Vec::new();
        collect(&self.document["faults"], &mut numbers);
        let times = finding.at_s.into_iter().chain(finding.until_s);
        let of_claims = claims.iter().filter(|claim| claim.is == Comparison::Equals).map(|claim| claim.value);
        numbers.into_iter().chain(times).chain(of_claims).any(scaled)
    }
}

/// All numbers of a value.
fn collect(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Number(number) => numbers.extend(number.as_f64()),
        Value::Array(all) => all.iter().for_each(|value| collect(value, numbers)),
        Value::Object(all) => all.values().for_each(|value| collect(value, numbers)),
        _ => {}
    }
}

/// What is not true of the findings of a run.
fn untrue(document: &Document, report: &Report) -> Vec<String> {
    let written = Written {
        report: serde_json::to_value(report).expect("plain data"),
        document: serde_json::to_value(document).expect("plain data"),
    };
    let mut wrong = Vec::new();
    let findings = with_claims(report, document);
    for (finding, claims) in &findings {
        let mut bad = |what: String| wrong.push(format!("\u{201c}{}\u{201d}: {what}", finding.text));
        claims.iter().filter_map(|claim| written.holds(claim).err()).for_each(&mut bad);
        for span in &finding.spans {
            if let Span::Figure(figure) = span
                && !written.explains(figure, finding, claims)
            {
                bad(format!("nothing says {figure}"));
            }
        }
        if let Some(at) = finding.at_s {
            let series = &report.series;
            let near = |time: f64| (time - at).abs() < 1e-6;
            let ends = |fault: &headroom::model::Fault| fault.start_s + fault.duration_s.unwrap_or(0.0);
            let is_known = series.time_s.iter().any(|end| near(end - series.bin_s))
                || document.faults.iter().any(|fault| near(fault.start_s) || near(ends(fault)))
                || near(report.simulated_s);
            if !is_known {
                bad(format!("{at} s is neither the beginning of a bin nor a time of a fault"));
            }
            if finding.until_s.is_some_and(|until| until < at) {
                bad("it ends before it begins".to_owned());
            }
        }
        plainly_true(finding, document, report).err().into_iter().for_each(&mut bad);
    }
    wrong
}

/// Words that can be held against the report without the claim.
fn plainly_true(finding: &Finding, document: &Document, report: &Report) -> Result<(), String> {
    let all = serde_json::to_value(report).expect("plain data");
    let nodes = all["nodes"].as_object().expect("nodes");
    let of = |key: &str| nodes.values().filter_map(|node| node[key].as_u64()).sum::<u64>();
    if finding.text.starts_with("Nothing was full and") {
        let full = |column: &Value| {
            let warm = report.series.time_s.iter().take_while(|end| **end <= report.warmup_s).count();
            column.as_array().is_some_and(|bins| bins.iter().skip(warm).any(|bin| bin.as_f64() >= Some(0.98)))
        };
        for (id, node) in all["series"]["nodes"].as_object().expect("nodes") {
            if full(&node["utilization"]) {
                return Err(format!("{id} was full"));
            }
        }
        for (id, link) in all["series"]["links"].as_object().expect("links") {
            if full(&link["forward"]) || full(&link["backward"]) {
                return Err(format!("{id} was full"));
            }
        }
    }
    if finding.text.contains("dead process") && of("unreachable") == 0 {
        return Err("no message found a dead process".to_owned());
    }
    let of_links = |key: &str| {
        let links = all["links"].as_object().expect("links");
        links.values().filter_map(|link| link[key].as_u64()).sum::<u64>()
    };
    if finding.text.contains("had given up waiting") && of_links("timeouts") == 0 {
        return Err("nobody gave up".to_owned());
    }
    if finding.text.contains("another copy had answered first") && of_links("hedges") == 0 {
        return Err("there was no other copy".to_owned());
    }
    let looks_at_load = |node: &headroom::model::Node| {
        // The first is the default.
        let algorithm = node.params.get("algorithm").and_then(Value::as_str).unwrap_or("least_connections");
        node.kind == "load_balancer" && matches!(algorithm, "least_connections" | "power_of_two" | "least_latency")
    };
    if finding.text.contains("looks idle") && !document.nodes.iter().any(looks_at_load) {
        return Err("no balancer looks at who is idle".to_owned());
    }
    Ok(())
}

/// The numbers of a node's processes add up to its own.
fn sums_that_differ(report: &Report) -> Vec<String> {
    let all = serde_json::to_value(report).expect("plain data");
    let mut wrong = Vec::new();
    for (id, node) in all["nodes"].as_object().expect("nodes") {
        let Some(processes) = node["replicas"].as_array() else { continue };
        let sum = |key: &str| processes.iter().map(|it| it[key].as_f64().unwrap_or(0.0)).sum::<f64>();
        let duplicates = node["duplicate_work"].as_f64().unwrap_or(0.0);
        for key in ["arrivals", "completed", "rejected", "failed", "unreachable", "wasted", "queue_mean"] {
            let whole = node[key].as_f64().unwrap_or(0.0) - if key == "wasted" { duplicates } else { 0.0 };
            if (sum(key) - whole).abs() > 1e-6 * (1.0 + whole) {
                wrong.push(format!("{id}: {key} is {whole}, and {} of its processes", sum(key)));
            }
        }
    }
    for (id, link) in all["series"]["links"].as_object().expect("links") {
        let under_way = link["under_way"].as_array().expect("a column");
        if under_way.iter().any(|bin| !bin.as_f64().is_some_and(|calls| (0.0..1e7).contains(&calls))) {
            wrong.push(format!("{id}: {under_way:?} calls under way"));
        }
        for key in ["forward", "backward"] {
            let column = link[key].as_array().expect("a column");
            if column.iter().any(|bin| bin.as_f64().is_none_or(|used| used > 1.0 + 1e-9)) {
                wrong.push(format!("{id}: {key} is {column:?}"));
            }
        }
    }
    wrong
}

/// The random system of a seed, under load for the whole run, its faults spread over it.
fn lasting(seed: u64) -> Document {
    let mut document = if seed.is_multiple_of(2) { system(seed) } else { system_with_changes(seed) };
    for change in &mut document.changes {
        change.at_s *= 10.0;
    }
    document.run.duration_s = 24.0;
    document.run.warmup_s = if seed.is_multiple_of(3) { 0.0 } else { 2.0 };
    let profile = json!([[0, 1], [8, if seed.is_multiple_of(4) { 2.5 } else { 1.0 }], [16, 1]]);
    document.nodes[0].params.insert("profile".to_owned(), profile);
    for fault in &mut document.faults {
        fault.start_s *= 6.0;
        fault.duration_s = fault.duration_s.map(|duration| duration * 5.0);
    }
    document
}

#[test]
fn what_findings_say_of_random_systems_holds_in_their_reports() {
    let systems = std::env::var("HEADROOM_SYSTEMS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut said = std::collections::BTreeMap::new();
    for seed in 0..systems {
        let document = lasting(seed);
        let (_, report) = run(&document);
        let mut wrong = untrue(&document, &report);
        wrong.extend(sums_that_differ(&report));
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}\n{}", headroom::codec::save(&document));
        for finding in &report.findings {
            let words = finding.spans.iter().find_map(|span| match span {
                Span::Words(words) if words.len() > 8 => Some(words.clone()),
                _ => None,
            });
            *said.entry(words.unwrap_or_default()).or_insert(0) += 1;
        }
    }
    println!("{systems} systems, {said:#?}");
}

#[test]
fn what_findings_say_of_the_examples_holds_in_their_reports() {
    for example in examples() {
        let document = example.document();
        let (_, report) = run(&document);
        let mut wrong = untrue(&document, &report);
        wrong.extend(sums_that_differ(&report));
        assert!(wrong.is_empty(), "{}: {wrong:#?}", example.id);
    }
}
