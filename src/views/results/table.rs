//! The numbers of the run as tables. The columns are the lists of metrics.

use super::chosen::{self, ChartChoice, ChosenCharts};
use crate::editor::shown_name;
use crate::kinds;
use crate::metrics::{Live, MetricInfo};
use crate::model::Document;
use crate::record::node_metrics;
use crate::record::series::{Column, RunSeries};
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
            <caption>"Nodes, over the present interval of the charts and the one before where nothing else is said"</caption>
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

/// A column of the time series in the table.
#[derive(Clone, Debug, PartialEq)]
struct SeriesColumn {
    choice: ChartChoice,
    heading: String,
    unit: &'static str,
}

/// The columns of what the charts of all tabs show; those of a node are called by its name.
fn series_columns(document: &Document, chosen: &ChosenCharts, selected: Option<&str>) -> Vec<SeriesColumn> {
    let column = |choice: ChartChoice| {
        let number = choice.number(document)?;
        let whose = choice.node.as_deref().and_then(|id| document.node(id)).map(shown_name);
        let whose = whose.map(|name| format!("{name}: ")).unwrap_or_default();
        let unit = if number.unit == "/s" { " /s" } else { "" };
        Some(SeriesColumn { choice, heading: format!("{whose}{}{unit}", number.label), unit: number.unit })
    };
    chosen::tabled(document, chosen, selected).into_iter().filter_map(column).collect()
}

/// A value of the time series; its unit is in the heading where it has one of its own.
fn in_series(unit: &str, value: Option<f64>) -> String {
    match (unit, value) {
        (_, None) => "–".to_owned(),
        ("ms", ms) => format::ms(ms),
        ("", Some(ratio)) => format!("{} %", format::percent(ratio)),
        (_, Some(value)) => format::number(value),
    }
}

/// The latest bins of the time series, the last one first: what the charts show.
#[component]
fn SeriesTable(ui: Ui) -> impl IntoView {
    let columns = Memo::new(move |_| {
        let selection = ui.editing.selection.read();
        let preferences = ui.panels.preferences.read();
        let selected = selection.nodes.first().map(String::as_str);
        ui.editing.document.with(|document| series_columns(document, &preferences.charts, selected))
    });
    let values = move |series: &RunSeries, choice: &ChartChoice| {
        let Some(id) = &choice.node else { return series.column_at(&choice.column) };
        let loaded = ui.run.loaded.read();
        let node = loaded.as_ref()?.nodes.iter().position(|node| node.id == *id)?;
        series.nodes.get(node)?.column(&choice.column)
    };
    let rows = move || {
        let series = ui.run.series.read();
        columns.with(|columns| {
            let columns: Vec<(&str, Column)> = columns
                .iter()
                .map(|column| (column.unit, values(&series, &column.choice).unwrap_or_default()))
                .collect();
            let row = |at: usize| {
                let cell = |(unit, column): &(&str, Column)| {
                    view! { <td>{in_series(unit, column.get(at).copied().flatten())}</td> }
                };
                view! {
                    <tr>
                        <th scope="row">{format!("{} s", format::exact(series.time_s[at]))}</th>
                        {columns.iter().map(cell).collect_view()}
                    </tr>
                }
            };
            (0..series.len()).rev().take(ROWS_MAX).map(row).collect_view()
        })
    };
    let headings = move || {
        let heading = |column: &SeriesColumn| view! { <th scope="col">{column.heading.clone()}</th> };
        columns.with(|columns| columns.iter().map(heading).collect_view())
    };
    view! {
        <table data-testid="series-table">
            <caption>"Over time, the latest first: what the charts show"</caption>
            <thead>
                <tr>
                    <th scope="col">"Until"</th>
                    {headings}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_that_was_added_has_a_column_in_the_table() {
        let document = crate::codec::open(include_str!("../../../examples/1-examples/010-three-tier-shop.json"))
            .expect("examples open")
            .0;
        let mut chosen = ChosenCharts::default();
        let headings = |chosen: &ChosenCharts, selected| {
            series_columns(&document, chosen, selected).into_iter().map(|column| column.heading).collect::<Vec<_>>()
        };
        let before = headings(&chosen, None);
        assert!(before.contains(&"Throughput /s".to_owned()), "{before:?}");
        chosen.add(ChartChoice { node: Some("orders".to_owned()), column: "waiting".to_owned() });
        let after = headings(&chosen, None);
        assert_eq!(after[before.len()..], ["Orders DB: Waiting"]);
        let selected = headings(&chosen, Some("orders"));
        assert_eq!(selected[after.len()..], ["Orders DB: Utilization"], "one that is there already comes once");
    }

    #[test]
    fn values_have_their_units() {
        assert_eq!(in_series("", Some(0.5)), "50 %");
        assert_eq!(in_series("ms", Some(12.0)), "12 ms");
        assert_eq!(in_series("/s", Some(12.0)), "12");
        assert_eq!(in_series("ms", None), "–");
    }
}
