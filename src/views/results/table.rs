//! The same numbers in rows, for those who read rather than look.

use crate::editor::shown_name;
use crate::kinds;
use crate::metrics::{Live, MetricInfo, Number};
use crate::record::node_metrics;
use crate::record::series::{Column, run_columns};
use crate::views::canvas::node_status;
use crate::views::erase::{Gather, each, live, memo};
use crate::views::format;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The most rows of the time series, the latest first.
const ROWS_MAX: usize = 120;

/// Nodes as they are, and the time series.
pub fn table(ui: Ui) -> impl IntoView {
    view! { <div class="tables">{nodes(ui)} {series(ui)}</div> }
}

/// The numbers of every node that snapshots have.
fn columns() -> impl Iterator<Item = &'static MetricInfo> {
    node_metrics::METRICS.iter().copied().filter(|metric| metric.live != Live::No)
}

/// A value of a snapshot with its unit; a dash when there is none.
fn measured(metric: &MetricInfo, value: Option<f64>) -> String {
    match (value, metric.live, metric.unit) {
        (None, ..) => "–".to_owned(),
        (Some(value), Live::PerSecond, _) => format::rate(value),
        (ms, _, "ms") => format::ms(ms),
        (Some(seconds), _, "s") => format::ms(Some(seconds * 1000.0)),
        (Some(ratio), _, "") => format!("{} %", format::percent(ratio)),
        (Some(count), ..) => format::grouped(count as i64),
    }
}

fn nodes(ui: Ui) -> impl IntoView {
    let ids =
        memo(move || ui.editing.document.with(|d| d.nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>()));
    let row = move |id: String| {
        let node = ui.node(&id);
        let now = ui.run.node(&id);
        let kind = memo(move || node.with(|node| node.as_ref().map(|node| node.kind.clone()).unwrap_or_default()));
        let cells = memo(move || {
            let (now, kind) = (now.read(), kind.read());
            let value = |metric: &MetricInfo| measured(metric, now.as_ref().and_then(|now| now.find(metric.key)));
            let mut cells: Vec<String> = columns().map(value).collect();
            let own = kinds::metrics(&kind).iter().filter(|metric| metric.live != Live::No);
            let own = own.filter_map(|metric| {
                let value = now.as_ref()?.find(metric.key)?;
                Some(format!("{} {}", metric.label.to_lowercase(), measured(metric, Some(value))))
            });
            cells.push(own.collect::<Vec<_>>().join(", "));
            cells
        });
        let state =
            memo(move || now.with(|now| now.as_ref().map(|now| node_status::level(now).words()).unwrap_or_default()));
        view! {
            <tr>
                <th scope="row">
                    {live(move || node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned())))}
                    <small>{live(move || state.get())}</small>
                </th>
                {live(move || cells.get().into_iter().map(|cell| view! { <td>{cell}</td> }).gather())}
            </tr>
        }
    };
    view! {
        <table>
            <caption>"Nodes, over the last second"</caption>
            <thead>
                <tr>
                    <th scope="col">"Node"</th>
                    {columns().map(|metric| view! { <th scope="col">{metric.label}</th> }).gather()}
                    <th scope="col">"Of its kind"</th>
                </tr>
            </thead>
            <tbody>
                {each(ids, move |id| row(id).into_any())}
            </tbody>
        </table>
    }
}

fn series(ui: Ui) -> impl IntoView {
    let shown = run_columns();
    let head = shown.clone();
    let rows = move || {
        let series = ui.run.series.read();
        let columns: Vec<Column> = shown.iter().filter_map(|number| series.column(&number.path)).collect();
        let cell = |number: &Number, column: &Column, at: usize| {
            let value = column.get(at).copied().flatten();
            let text = if number.unit == "ms" {
                format::ms(value)
            } else {
                value.map_or_else(|| "–".to_owned(), format::number)
            };
            view! { <td>{text}</td> }
        };
        let row = |at: usize| {
            let cells = shown.iter().zip(&columns).map(|(number, column)| cell(number, column, at));
            view! {
                <tr>
                    <th scope="row">{format!("{} s", format::exact(series.time_s[at]))}</th>
                    {cells.gather()}
                </tr>
            }
        };
        (0..series.len()).rev().take(ROWS_MAX).map(row).gather()
    };
    let heading = |number: &Number| {
        let unit = if number.unit == "/s" { " /s" } else { "" };
        view! { <th scope="col">{format!("{}{unit}", number.label)}</th> }
    };
    view! {
        <table>
            <caption>"Over time, the latest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Until"</th>
                    {head.iter().map(heading).gather()}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
