//! A report as a readable table.

use crate::kinds;
use crate::metrics::{Aggregate, MetricInfo, Number, Numbers, Summary, Value};
use crate::model::Document;
use crate::record::{link_metrics, node_metrics};
use crate::report::Report;
use serde_json::Value as Json;

/// Columns under headings, the first to the left and the rest to the right.
pub fn columns(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let pad = |cell: &str, width: usize| " ".repeat(width - cell.chars().count());
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter()
                .zip(&widths)
                .enumerate()
                .map(|(i, (cell, width))| {
                    if i == 0 { format!("{cell}{}", pad(cell, *width)) } else { format!("{}{cell}", pad(cell, *width)) }
                })
                .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn ms(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(ms) if ms >= 1000.0 => format!("{:.2} s", ms / 1000.0),
        Some(ms) if ms >= 100.0 => format!("{ms:.0} ms"),
        Some(ms) => format!("{ms:.2} ms"),
    }
}

fn percent(ratio: Option<f64>) -> String {
    ratio.map_or("–".to_owned(), |ratio| format!("{:.1} %", ratio * 100.0))
}

fn cells<const N: usize>(all: [&str; N]) -> Vec<String> {
    all.into_iter().map(str::to_owned).collect()
}

/// A value with its unit.
fn value(number: &Number, value: Option<f64>) -> String {
    match (number.unit, value) {
        (_, None) => "–".to_owned(),
        ("ms", ms) => self::ms(ms),
        ("s", Some(seconds)) => self::ms(Some(seconds * 1000.0)),
        ("", ratio) => percent(ratio),
        (_, Some(value)) if value.fract() == 0.0 => format!("{value}"),
        (_, Some(value)) => format!("{value:.2}"),
    }
}

/// Which percentiles of a distribution are printed.
const PRINTED: [&str; 2] = ["mean", "p99"];

/// The columns that a number has: one, or a few percentiles.
fn printed(metric: &MetricInfo) -> Vec<(String, Number)> {
    let all = metric.numbers("").into_iter();
    if metric.aggregate != Aggregate::Distribution {
        return all.map(|number| (metric.label.to_lowercase(), number)).collect();
    }
    let some = all.filter(|number| PRINTED.contains(&number.label));
    some.map(|number| (format!("{} {}", metric.label.to_lowercase(), number.label), number)).collect()
}

/// What a number's column shows of a node or link.
fn measured_value(numbers: &Numbers, metric: &MetricInfo, number: &Number) -> Option<f64> {
    match numbers.value(metric.key)? {
        Value::Summary(summary) if number.label == "p99" => summary.p99,
        other => other.as_f64(),
    }
}

/// A row for each node or link, a column for each of these numbers.
fn measured<'a>(
    of: &str,
    metrics: &[&'static MetricInfo],
    all: impl Iterator<Item = (String, &'a Numbers)>,
) -> Vec<Vec<String>> {
    let is_shown = |metric: &&&MetricInfo| metric.reported && metric.aggregate != Aggregate::Parts;
    let shown: Vec<_> = metrics.iter().filter(is_shown).collect();
    let shown: Vec<_> = shown
        .iter()
        .flat_map(|metric| printed(metric).into_iter().map(move |(label, number)| (metric, label, number)))
        .collect();
    let mut rows =
        vec![std::iter::once(of.to_owned()).chain(shown.iter().map(|(_, label, _)| label.clone())).collect::<Vec<_>>()];
    for (name, numbers) in all {
        let cells = shown.iter().map(|(metric, _, number)| value(number, measured_value(numbers, metric, number)));
        rows.push(std::iter::once(name).chain(cells).collect());
    }
    rows
}

/// The numbers that only some kinds have: a row for each that is there.
fn of_kinds(report: &Report, document: &Document) -> Option<Vec<Vec<String>>> {
    let mut rows = vec![cells(["node", "number", "value"])];
    for node in &document.nodes {
        let Some(numbers) = report.nodes.get(&node.id) else { continue };
        for metric in kinds::metrics(&node.kind).iter().filter(|metric| metric.reported) {
            if let Some(Value::List(ratios)) = numbers.value(metric.key) {
                let ratios: Vec<String> = ratios.iter().map(|ratio| percent(Some(*ratio))).collect();
                rows.push(vec![node.id.clone(), metric.label.to_lowercase(), ratios.join(", ")]);
            }
            for (label, number) in printed(metric) {
                if let Some(it) = measured_value(numbers, metric, &number) {
                    rows.push(vec![node.id.clone(), label, value(&number, Some(it))]);
                }
            }
        }
    }
    (rows.len() > 1).then_some(rows)
}

/// The whole report for people.
pub fn report(report: &Report, document: &Document) -> String {
    let requests = &report.requests;
    let ended = (requests.completed + requests.failed).max(1) as f64;
    let Summary { mean, p50, p90, p99, p999, max, .. } = report.latency_ms;
    let title = if document.title.is_empty() { "Untitled" } else { &document.title };
    let mut parts = vec![
        format!(
            "{title}: {} s simulated (of which {} s warm-up), seed {}, {} events, digest {}",
            report.duration_s, report.warmup_s, report.seed, report.events, report.digest
        ),
        format!(
            "requests    {} offered, {} completed, {} failed ({}), {} in flight\nthroughput  {:.1} /s, goodput {:.1} /s, {:.2} attempts a request\nlatency     mean {}, p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
            requests.offered,
            requests.completed,
            requests.failed,
            percent(Some(requests.failed as f64 / ended)),
            requests.in_flight,
            report.throughput_rps,
            report.goodput_rps,
            report.attempts_per_request,
            ms(mean),
            ms(p50),
            ms(p90),
            ms(p99),
            ms(p999),
            ms(max),
        ),
    ];
    let failures = &requests.failures;
    let reasons: Vec<String> = [
        ("timeout", failures.timeout),
        ("rejected", failures.rejected),
        ("error", failures.error),
        ("unreachable", failures.unreachable),
        ("breaker open", failures.breaker_open),
        ("rate limited", failures.rate_limited),
    ]
    .iter()
    .filter(|(_, count)| *count > 0)
    .map(|(reason, count)| format!("{reason} {count}"))
    .collect();
    if !reasons.is_empty() {
        parts.push(format!("failures    {}", reasons.join(", ")));
    }
    let nodes = document.nodes.iter().filter_map(|node| Some((node.id.clone(), &report.nodes.get(&node.id)?.0)));
    parts.push(columns(&measured("node", node_metrics::METRICS, nodes)));
    parts.extend(of_kinds(report, document).map(|rows| columns(&rows)));
    if !document.links.is_empty() {
        let links = document.links.iter().filter_map(|link| {
            let name = format!("{} ({} → {})", link.id, link.from, link.to);
            Some((name, &report.links.get(&link.id)?.0))
        });
        parts.push(columns(&measured("link", link_metrics::METRICS, links)));
    }
    if !report.findings.is_empty() {
        parts.push(report.findings.iter().map(|finding| format!("- {}", finding.text)).collect::<Vec<_>>().join("\n"));
    }
    parts.join("\n\n")
}

/// Means with confidence intervals for people: the numbers of the whole and of the nodes.
pub fn replications(means: &Json) -> String {
    let mut rows = vec![cells(["number", "mean", "± 95 %"])];
    let mut walk = vec![(String::new(), &means["mean"], &means["ci95"])];
    while let Some((path, mean, ci)) = walk.pop() {
        match (mean, ci) {
            (Json::Object(map), Json::Object(widths)) => {
                for (key, value) in map.iter().rev() {
                    let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk.push((inner, value, &widths[key]));
                }
            }
            (Json::Number(_), Json::Number(_)) => {
                let number = |value: &Json| value.as_f64().map_or(String::new(), |x| format!("{x:.4}"));
                rows.push(vec![path, number(mean), number(ci)]);
            }
            _ => {}
        }
    }
    format!("{} runs\n\n{}", means["replications"], columns(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_shows_every_number_of_every_node_and_those_of_its_kind() {
        let document = json!({
            "headroom": 1,
            "nodes": [{"id": "u", "kind": "client"}, {"id": "jobs", "kind": "queue"}, {"id": "w", "kind": "app"}],
            "links": [{"id": "a", "from": "u", "to": "jobs"}, {"id": "b", "from": "jobs", "to": "w"}],
            "run": {"duration_s": 5, "warmup_s": 1}
        });
        let document: Document = serde_json::from_value(document).expect("a document");
        let mut engine = crate::scenario::compile(&document).scenario.expect("it is sound").engine();
        while engine.advance(u64::MAX, u64::MAX) != crate::engine::Progress::Finished {}
        let text = super::report(&crate::report::build(&engine, &document), &document);
        let shown = node_metrics::METRICS.iter().chain(link_metrics::METRICS).chain(kinds::metrics("queue"));
        let shown = shown.filter(|metric| metric.aggregate != Aggregate::Parts);
        for metric in shown.filter(|metric| metric.reported && metric.key != "backlog.drain_s") {
            assert!(text.contains(&metric.label.to_lowercase()), "{} is missing in\n{text}", metric.key);
        }
    }
}
