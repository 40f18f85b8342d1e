//! The numbers of the run as tables. The columns are the lists of metrics.

use crate::editor::shown_name;
use crate::kinds;
use crate::metrics::{Live, MetricInfo, Number};
use crate::record::node_metrics;
use crate::record::series::{Column, run_columns};
use crate::report::snapshot::NodeSnapshot;
use crate::views::canvas::node_status;
use crate::views::format;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The most rows of the time series, the latest first.
const ROWS_MAX: usize = 120;

/// The nodes at this instant, and the time series.
#[component]
pub fn Tables(ui: Ui) -> impl IntoView {
    view! {
        <div class="tables">
            <NodeTable ui />
            <SeriesTable ui />
        </div>
    }
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

/// The live numbers that only nodes of this kind have: `hit ratio 61 %`.
fn own_numbers(kind: &str, now: &NodeSnapshot) -> String {
    let own = kinds::metrics(kind).iter().filter(|metric| metric.live != Live::No);
    let number = |metric: &&MetricInfo| {
        let value = now.find(metric.key)?;
        let total = if metric.live == Live::Total { " since the start" } else { "" };
        Some(format!("{} {}{total}", metric.label.to_lowercase(), measured(metric, Some(value))))
    };
    own.filter_map(number).collect::<Vec<_>>().join(", ")
}

/// The heading of a number's column; of totals it says that they are.
fn heading(metric: &'static MetricInfo) -> impl IntoView {
    let total = (metric.live == Live::Total).then(|| view! { " " <small>"since the start"</small> });
    view! { <th scope="col">{metric.label} {total}</th> }
}

#[component]
fn NodeTable(ui: Ui) -> impl IntoView {
    let ids = Memo::new(move |_| {
        ui.editing.document.with(|document| document.nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>())
    });
    view! {
        <table>
            <caption>"Nodes, over the last second where nothing else is said"</caption>
            <thead>
                <tr>
                    <th scope="col">"Node"</th>
                    {columns().map(heading).collect_view()}
                    <th scope="col">"Kind metrics"</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || ids.get() key=Clone::clone let:id>
                    <NodeRow ui id />
                </For>
            </tbody>
        </table>
    }
}

#[component]
fn NodeRow(ui: Ui, id: String) -> impl IntoView {
    let node = ui.editing.node(&id);
    let now = ui.run.node(&id);
    let name = move || node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()));
    let state =
        Memo::new(move |_| now.with(|now| now.as_ref().map(|now| node_status::level(now).words()).unwrap_or_default()));
    let cells = Memo::new(move |_| {
        let (node, now) = (node.read(), now.read());
        let value = |metric: &MetricInfo| measured(metric, now.as_ref().and_then(|now| now.find(metric.key)));
        let own = node.as_ref().zip(now.as_ref()).map(|(node, now)| own_numbers(&node.kind, now));
        columns().map(value).chain([own.unwrap_or_default()]).collect::<Vec<String>>()
    });
    view! {
        <tr>
            <th scope="row">
                {name} <small>{move || state.get()}</small>
            </th>
            {move || cells.get().into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}
        </tr>
    }
}

/// The latest bins of the time series, the last one first.
#[component]
fn SeriesTable(ui: Ui) -> impl IntoView {
    let shown = StoredValue::new(run_columns());
    let rows = move || {
        let series = ui.run.series.read();
        shown.with_value(|shown| {
            let columns: Vec<(&Number, Column)> =
                shown.iter().filter_map(|number| Some((number, series.column(&number.path)?))).collect();
            let cell = |(number, column): &(&Number, Column), at: usize| {
                let value = column.get(at).copied().flatten();
                match number.unit {
                    "ms" => format::ms(value),
                    _ => value.map_or_else(|| "–".to_owned(), format::number),
                }
            };
            let row = |at: usize| {
                let cells = columns.iter().map(|column| view! { <td>{cell(column, at)}</td> }).collect_view();
                view! {
                    <tr>
                        <th scope="row">{format!("{} s", format::exact(series.time_s[at]))}</th>
                        {cells}
                    </tr>
                }
            };
            (0..series.len()).rev().take(ROWS_MAX).map(row).collect_view()
        })
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
                    {shown.with_value(|shown| shown.iter().map(heading).collect_view())}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
