//! A report as a readable table.

use crate::model::Document;
use crate::report::Report;
use crate::report::record::Summary;
use serde_json::Value;

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
    let mut nodes = vec![cells([
        "node",
        "arrivals",
        "completed",
        "rejected",
        "failed",
        "utilization",
        "queue",
        "wait",
        "mean",
        "p99",
        "hits",
    ])];
    for node in &document.nodes {
        let Some(it) = report.nodes.get(&node.id) else { continue };
        nodes.push(vec![
            node.id.clone(),
            it.arrivals.to_string(),
            it.completed.to_string(),
            it.rejected.to_string(),
            it.failed.to_string(),
            percent(it.utilization),
            format!("{:.2}", it.queue_mean),
            ms(it.wait_ms.mean),
            ms(it.response_ms.mean),
            ms(it.response_ms.p99),
            percent(it.hit_ratio),
        ]);
    }
    parts.push(columns(&nodes));
    if !document.links.is_empty() {
        let mut links = vec![cells(["link", "calls", "attempts", "timeouts", "failed", "retries", "mean", "p99"])];
        for link in &document.links {
            let Some(it) = report.links.get(&link.id) else { continue };
            links.push(vec![
                format!("{} ({} → {})", link.id, link.from, link.to),
                it.calls.to_string(),
                it.attempts.to_string(),
                it.timeouts.to_string(),
                it.failed.to_string(),
                it.retries.to_string(),
                ms(it.response_ms.mean),
                ms(it.response_ms.p99),
            ]);
        }
        parts.push(columns(&links));
    }
    if !report.findings.is_empty() {
        parts.push(report.findings.iter().map(|finding| format!("- {}", finding.text)).collect::<Vec<_>>().join("\n"));
    }
    parts.join("\n\n")
}

/// Means with confidence intervals for people: the numbers of the whole and of the nodes.
pub fn replications(means: &Value) -> String {
    let mut rows = vec![cells(["number", "mean", "± 95 %"])];
    let mut walk = vec![(String::new(), &means["mean"], &means["ci95"])];
    while let Some((path, mean, ci)) = walk.pop() {
        match (mean, ci) {
            (Value::Object(map), Value::Object(widths)) => {
                for (key, value) in map.iter().rev() {
                    let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk.push((inner, value, &widths[key]));
                }
            }
            (Value::Number(_), Value::Number(_)) => {
                let number = |value: &Value| value.as_f64().map_or(String::new(), |x| format!("{x:.4}"));
                rows.push(vec![path, number(mean), number(ci)]);
            }
            _ => {}
        }
    }
    format!("{} runs\n\n{}", means["replications"], columns(&rows))
}
