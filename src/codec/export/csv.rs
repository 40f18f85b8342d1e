//! The time series of a run as a table: one row a bin for the whole run, and one a bin and node.

use crate::kinds;
use crate::model::Node;
use crate::record::series::{Column, FailureSeries, NodeSeries, Series};

/// The columns that say what a row is of.
const HEAD: [&str; 3] = ["time_s", "node", "name"];

/// The series as comma-separated values (RFC 4180), with a line of headings. `time_s` is the end of the bin,
/// simulated seconds; `node` is empty in rows of the whole run. A cell is empty where there is no value. The columns
/// of the run come first, those of nodes follow under `node.<key>`; their units are in `headroom schema --report`.
/// `nodes` are those that were run, each with its columns.
pub fn csv<N, L>(series: &Series<N, L>, nodes: &[(&Node, &NodeSeries)]) -> String {
    let (run_keys, reasons, node_keys) = (Series::<N, L>::KEYS, FailureSeries::KEYS, NodeSeries::KEYS);
    let is_value = |key: &&&str| **key != HEAD[0];
    let run_headings = run_keys.iter().filter(is_value).map(|&key| key.to_owned());
    let reason_headings = reasons.iter().map(|reason| format!("failures_rps.{reason}"));
    let node_headings = node_keys.iter().map(|key| format!("node.{key}"));
    let headings = HEAD.iter().map(|&heading| heading.to_owned());
    let mut out = row(headings.chain(run_headings).chain(reason_headings).chain(node_headings));
    let of_run: Vec<Column> = run_keys
        .iter()
        .filter(is_value)
        .map(|key| series.column(key))
        .chain(reasons.iter().map(|reason| series.failures_rps.column(reason)))
        .map(Option::unwrap_or_default)
        .collect();
    let of_node = |node: &NodeSeries| -> Vec<Column> {
        node_keys.iter().map(|key| node.column(key).unwrap_or_default()).collect()
    };
    let of_nodes: Vec<Vec<Column>> = nodes.iter().map(|(_, columns)| of_node(columns)).collect();
    for (bin, time_s) in series.time_s.iter().enumerate() {
        let cells = |columns: &[Column]| columns.iter().map(|column| cell(column, bin)).collect::<Vec<_>>();
        let none = |count: usize| vec![String::new(); count];
        let head = |node: &str, name: &str| [time_s.to_string(), quoted(node), quoted(name)].into_iter();
        out.push_str(&row(head("", "").chain(cells(&of_run)).chain(none(node_keys.len()))));
        for ((node, _), columns) in nodes.iter().zip(&of_nodes) {
            let head = head(&node.id, &kinds::shown_name(node));
            out.push_str(&row(head.chain(none(of_run.len())).chain(cells(columns))));
        }
    }
    out
}

fn cell(column: &Column, bin: usize) -> String {
    column.get(bin).copied().flatten().map(|value| value.to_string()).unwrap_or_default()
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// A text as a cell. What a spreadsheet would take for a formula is kept from that by an apostrophe.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::series::RunSeries;

    #[test]
    fn a_row_for_the_run_and_one_for_each_node_in_each_bin() {
        let text = r#"{"headroom": 1, "nodes": [{"id": "a", "kind": "client", "name": "=Users, all"},
            {"id": "b", "kind": "app"}], "links": [{"from": "a", "to": "b"}]}"#;
        let document = crate::codec::open(text).expect("it opens").0;
        let node = |queue: f64| NodeSeries { queue: vec![queue, 0.5], ..NodeSeries::default() };
        let series = RunSeries {
            time_s: vec![1.0, 2.0],
            throughput_rps: vec![10.0, 11.5],
            p99_ms: vec![None, Some(3.25)],
            nodes: vec![node(0.0), node(7.0)],
            ..RunSeries::default()
        };
        let nodes: Vec<_> = document.nodes.iter().zip(&series.nodes).collect();
        let table = csv(&series, &nodes);
        let lines: Vec<&str> = table.split("\r\n").collect();
        assert_eq!(lines.len(), 8, "headings, three rows for each of two bins, and the end");
        let cells = |line: usize| lines[line].split(',').collect::<Vec<_>>();
        let at = |heading: &str| cells(0).iter().position(|cell| *cell == heading).expect("a heading");
        assert_eq!(cells(1)[at("throughput_rps")], "10");
        assert_eq!(cells(1)[at("p99_ms")], "", "no value");
        assert_eq!(cells(4)[at("p99_ms")], "3.25");
        assert_eq!(cells(3)[at("node.queue")], "7");
        assert!(lines[2].starts_with("1,a,\"'=Users, all\","), "{}", lines[2]);
        let width = cells(0).len();
        assert!([1, 3, 4, 6].iter().all(|line| cells(*line).len() == width), "every row is as wide as the headings");
    }
}
