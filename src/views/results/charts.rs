//! The charts, with one time axis for all. A chart is a [`Plan`] that names columns of the time series.

use super::uplot::{self, Annotations, Chart, Look};
use crate::editor::shown_name;
use crate::faults::is_instantaneous;
use crate::model::Document;
use crate::record::series::{Column, RunSeries};
use crate::views::format;
use crate::views::inspector::{fault_words, name_of};
use crate::views::run::PreviousRun;
use crate::views::state::Ui;
use crate::views::theme::color;
use js_sys::Array;
use leptos::html;
use leptos::prelude::*;
use leptos_use_resize_observer::use_resize_observer;
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// A chart: which columns of the time series it shows, and how.
struct Plan {
    testid: &'static str,
    title: &'static str,
    /// Whether it shows the selected node; otherwise the whole run.
    of_node: bool,
    /// Whether the value axis is logarithmic.
    log: bool,
    /// Whether the curves stand on each other and are filled.
    stacked: bool,
    /// Text for a value on the axis.
    label: fn(f64) -> String,
    /// Text for a value in the legend.
    say: fn(f64) -> String,
    curves: &'static [Curve],
    /// Which of the curves is also shown of the previous run.
    compared: usize,
}

/// A curve of a chart.
struct Curve {
    /// As the legend calls it.
    name: &'static str,
    /// Custom property of its color.
    color: &'static str,
    /// Keys of the columns that it shows the sum of.
    columns: &'static [&'static str],
}

const fn curve(name: &'static str, color: &'static str, columns: &'static [&'static str]) -> Curve {
    Curve { name, color, columns }
}

static LATENCY: Plan = Plan {
    testid: "chart-latency",
    title: "Latency",
    of_node: false,
    log: true,
    stacked: false,
    label: |ms| format::ms(Some(ms)),
    say: |ms| format::ms(Some(ms)),
    curves: &[
        curve("p50", "--ok", &["p50_ms"]),
        curve("p90", "--sky", &["p90_ms"]),
        curve("p99", "--plum", &["p99_ms"]),
    ],
    compared: 2,
};

static THROUGHPUT: Plan = Plan {
    testid: "chart-throughput",
    title: "Request rate",
    of_node: false,
    log: false,
    stacked: true,
    label: format::number,
    say: format::rate,
    curves: &[
        curve("throughput", "--ok", &["throughput_rps"]),
        curve("failed", "--bad", &["failed_rps"]),
        curve("retries and hedges", "--busy", &["retries_rps"]),
    ],
    compared: 0,
};

static FAILURES: Plan = Plan {
    testid: "chart-failures",
    title: "Failures by reason",
    of_node: false,
    log: false,
    stacked: true,
    label: format::number,
    say: format::rate,
    curves: &[
        curve("timed out", "--bad", &["failures_rps.timeout"]),
        curve("rejected", "--busy", &["failures_rps.rejected"]),
        curve("error", "--plum", &["failures_rps.error"]),
        curve("unreachable", "--faint", &["failures_rps.unreachable"]),
        curve("breaker open", "--sky", &["failures_rps.breaker_open"]),
        curve("rate limited", "--good", &["failures_rps.rate_limited"]),
    ],
    compared: 0,
};

static LOAD: Plan = Plan {
    testid: "chart-load",
    title: "Offered load and goodput",
    of_node: false,
    log: false,
    stacked: false,
    label: format::number,
    say: format::rate,
    curves: &[
        curve("offered", "--faint", &["offered_rps"]),
        curve("attempts", "--busy", &["offered_rps", "retries_rps"]),
        curve("goodput", "--ok", &["goodput_rps"]),
        curve("wasted work", "--plum", &["wasted_rps"]),
    ],
    compared: 2,
};

static UTILIZATION: Plan = Plan {
    testid: "chart-utilisation",
    title: "Utilization",
    of_node: true,
    log: false,
    stacked: false,
    label: |used| format!("{} %", format::percent(used)),
    say: |used| format!("{} %", format::percent(used)),
    curves: &[curve("busy workers", "--ok", &["utilization"])],
    compared: 0,
};

static WAITING: Plan = Plan {
    testid: "chart-waiting",
    title: "Waiting requests",
    of_node: true,
    log: false,
    stacked: true,
    label: format::number,
    say: format::number,
    curves: &[curve("waiting", "--busy", &["queue"])],
    compared: 0,
};

/// The values of a curve: of the whole run, or of the node at this index.
fn values(plan: &Plan, curve: &Curve, series: &RunSeries, node: usize) -> Column {
    let column = |key: &&str| match plan.of_node {
        true => series.nodes.get(node).and_then(|node| node.column(key)),
        false => series.column_at(key),
    };
    let mut columns = curve.columns.iter().map(|key| column(key).unwrap_or_default());
    let mut sum = columns.next().unwrap_or_default();
    for column in columns {
        for (sum, value) in sum.iter_mut().zip(column) {
            *sum = sum.zip(value).map(|(sum, value)| sum + value);
        }
    }
    if plan.log { positive(sum) } else { sum }
}

/// A logarithmic axis has no zero.
fn positive(values: Column) -> Column {
    values.into_iter().map(|value| value.filter(|value| *value > 0.0)).collect()
}

/// Each list on top of the ones before it.
fn stack(mut values: Vec<Column>) -> Vec<Column> {
    for above in 1..values.len() {
        let (below, rest) = values.split_at_mut(above);
        for (low, high) in below[above - 1].iter().zip(&mut rest[0]) {
            *high = Some(low.unwrap_or(0.0) + high.unwrap_or(0.0));
        }
    }
    values
}

/// The compared curve of the previous run, where there is one with the same bins that this chart can show: `node`
/// is the id of the selected node.
fn previous_values(plan: &Plan, series: &RunSeries, previous: Option<&PreviousRun>, node: Option<&str>) -> Column {
    let Some(previous) = previous else { return Column::new() };
    let same = series.time_s.iter().zip(&previous.series.time_s).all(|(a, b)| a == b);
    let node = previous.document.nodes.iter().position(|other| Some(other.id.as_str()) == node);
    if !same || (plan.of_node && node.is_none()) {
        return Column::new();
    }
    values(plan, &plan.curves[plan.compared], &previous.series, node.unwrap_or(usize::MAX))
}

/// The data of a chart: times, and then its curves and the previous run in the order of [`look`].
fn data(plan: &Plan, series: &RunSeries, node: usize, previous: &[Option<f64>], previous_s: &[f64]) -> Array {
    let out = Array::new();
    let list = |values: &[Option<f64>]| -> Array {
        values.iter().map(|value| value.map_or(JsValue::NULL, JsValue::from)).collect()
    };
    let times = if previous.len() > series.len() { previous_s } else { &series.time_s };
    out.push(&times.iter().map(|time| JsValue::from(*time)).collect::<Array>());
    let values: Vec<Column> = plan.curves.iter().map(|curve| values(plan, curve, series, node)).collect();
    if plan.stacked {
        // The highest first: the lower ones are painted over it.
        for values in stack(values).iter().rev() {
            out.push(&list(values));
        }
        out.push(&list(previous));
    } else {
        out.push(&list(previous));
        for values in &values {
            out.push(&list(values));
        }
    }
    out
}

fn look(plan: &Plan) -> Look {
    let curve = |curve: &Curve| {
        let stroke = color(curve.color);
        uplot::Curve { fill: plan.stacked.then(|| stroke.clone()), stroke, width: if plan.stacked { 0.5 } else { 2.0 } }
    };
    let mut curves: Vec<uplot::Curve> = plan.curves.iter().map(curve).collect();
    if plan.stacked {
        curves.reverse();
    }
    // Behind the others, unless these are filled and would hide it.
    let previous = uplot::Curve { stroke: color("--previous"), fill: None, width: 1.5 };
    let at = if plan.stacked { curves.len() } else { 0 };
    curves.insert(at, previous);
    Look {
        curves,
        log: plan.log,
        label: plan.label,
        text: color("--muted"),
        grid: color("--line"),
        shade: color("--shade"),
        mark: color("--accent"),
        ground: color("--surface"),
    }
}

/// Where time ends on every chart: it grows with the run, so that its first seconds can be seen.
fn end_s(ui: Ui) -> f64 {
    let planned = ui.editing.document.with_untracked(|document| document.run.duration_s);
    let end =
        ui.run.snapshot.with_untracked(|snapshot| snapshot.as_ref().map_or(planned, |snapshot| snapshot.duration_s));
    window_s(untrack(|| ui.run.now_s()), end)
}

/// The least of 30 s, 60 s, 120 s, … that holds `now_s`, and at most the whole run.
fn window_s(now_s: f64, end_s: f64) -> f64 {
    let mut window_s = 30.0;
    while window_s < now_s {
        window_s *= 2.0;
    }
    window_s.min(end_s)
}

/// When each fault was on, and what it was.
fn shaded(ui: Ui) -> Vec<(f64, f64, String)> {
    let (now, end) = (untrack(|| ui.run.now_s()), end_s(ui));
    ui.editing.document.with_untracked(|document| {
        let faults = document.faults.iter();
        faults
            .map(|fault| {
                let start = fault.start_s;
                // What happens at a moment is a stroke.
                let stop = match fault.duration_s {
                    Some(duration_s) => start + duration_s,
                    None if is_instantaneous(fault) => start + end / 200.0,
                    None => now.max(start),
                };
                (start, stop.min(end), fault_words(fault, |id| name_of(document, id)))
            })
            .collect()
    })
}

/// What is marked on every chart.
fn annotations(ui: Ui) -> Annotations {
    let changes =
        ui.editing.document.with_untracked(|document| document.changes.iter().map(|change| change.at_s).collect());
    Annotations { changes, interval: ui.panels.mark.get_untracked() }
}

/// What users notice: latency and throughput.
#[component]
pub fn RunCharts(ui: Ui) -> impl IntoView {
    view! { <ChartPair ui left=&LATENCY right=&THROUGHPUT /> }
}

/// How busy the selected node is, and how many requests wait there.
#[component]
pub fn NodeCharts(ui: Ui) -> impl IntoView {
    let is_selected = Memo::new(move |_| !ui.editing.selection.read().nodes.is_empty());
    view! {
        <Show
            when=move || is_selected.get()
            fallback=|| {
                view! {
                    <div class="prose">
                        <p class="quiet">"Select a node to see how busy it was and how many requests waited there."</p>
                    </div>
                }
            }
        >
            <ChartPair ui left=&UTILIZATION right=&WAITING />
        </Show>
    }
}

/// Why requests fail, and what work is done for them.
#[component]
pub fn FailureCharts(ui: Ui) -> impl IntoView {
    view! { <ChartPair ui left=&FAILURES right=&LOAD /> }
}

/// Two charts that show the same instant under the pointer.
#[component]
fn ChartPair(ui: Ui, left: &'static Plan, right: &'static Plan) -> impl IntoView {
    let hover = RwSignal::new(None::<usize>);
    view! {
        <div class="charts">
            <ChartFigure ui plan=left hover />
            <ChartFigure ui plan=right hover />
        </div>
    }
}

/// One chart with its title and its legend. `hover` is the index of the bin under the pointer.
#[component]
fn ChartFigure(ui: Ui, plan: &'static Plan, hover: RwSignal<Option<usize>>) -> impl IntoView {
    let target = NodeRef::<html::Div>::new();
    // The selected node's index in the document that runs.
    let node = Memo::new(move |_| {
        let selection = ui.editing.selection.read();
        let index =
            |loaded: &Arc<Document>| loaded.nodes.iter().position(|node| selection.nodes.first() == Some(&node.id));
        ui.run.loaded.with(|loaded| loaded.as_ref().and_then(index)).unwrap_or(usize::MAX)
    });
    let title = move || {
        let name = ui.run.loaded.with(|loaded| {
            loaded.as_ref().and_then(|loaded| loaded.nodes.get(node.get()).map(|node| shown_name(node).to_owned()))
        });
        match name.filter(|_| plan.of_node) {
            Some(name) => format!("{}: {name}", plan.title),
            None => plan.title.to_owned(),
        }
    };
    draw(ui, plan, target, node, hover);
    let legend = move |curve: &'static Curve| {
        let value = move || {
            let series = ui.run.series.read();
            let marked = ui.panels.mark.get().map(|(from, _)| series.at(from));
            let at = hover.get().or(marked).or_else(|| series.len().checked_sub(1))?;
            values(plan, curve, &series, node.get()).get(at).copied().flatten().map(plan.say)
        };
        view! {
            <span>
                <i style:background=format!("var({})", curve.color)></i>
                {curve.name}
                <b>{value}</b>
            </span>
        }
    };
    let previous_name = move || format!("{} of the run before this one", plan.curves[plan.compared].name);
    let previous_value = move || {
        let (series, previous) = (ui.run.series.read(), ui.run.previous.get());
        let marked = ui.panels.mark.get().map(|(from, _)| series.at(from));
        let at = hover.get().or(marked).or_else(|| series.len().checked_sub(1))?;
        compared(ui, plan, &series, previous.as_deref()).get(at).copied().flatten().map(plan.say)
    };
    view! {
        <figure class="chart" data-testid=plan.testid aria-label=plan.title>
            <figcaption>
                <b>{title}</b>
                <span class="legend">
                    {plan.curves.iter().map(legend).collect_view()} <Show when=move || ui.run.previous.get().is_some()>
                        <span class="previous" data-testid="previous-run" title=previous_name>
                            <i></i>
                            "previous run"
                            <b>{previous_value}</b>
                        </span>
                    </Show>
                </span>
            </figcaption>
            <div class="plot" node_ref=target></div>
            <Show when=|| !uplot::is_loaded()>
                <p class="quiet">"The chart script is missing: the Table tab has the numbers."</p>
            </Show>
        </figure>
    }
}

/// The data of a chart now, with the previous run.
fn chart_data(ui: Ui, plan: &Plan, node: Memo<usize>) -> Array {
    let (series, previous) = (ui.run.series.read(), ui.run.previous.get());
    let compared = compared(ui, plan, &series, previous.as_deref());
    data(plan, &series, node.get(), &compared, previous.as_ref().map_or(&[], |previous| &previous.series.time_s))
}

/// The compared curve of the previous run, as this page has it.
fn compared(ui: Ui, plan: &Plan, series: &RunSeries, previous: Option<&PreviousRun>) -> Column {
    let selection = ui.editing.selection.read();
    previous_values(plan, series, previous, selection.nodes.first().map(String::as_str))
}

/// Keeps the chart in the target up to date: its data, its marks, its colors and its size.
fn draw(ui: Ui, plan: &'static Plan, target: NodeRef<html::Div>, node: Memo<usize>, hover: RwSignal<Option<usize>>) {
    let chart = StoredValue::new_local(None::<Chart>);
    let with_chart = move |act: &dyn Fn(&Chart)| {
        chart.try_with_value(|chart| chart.as_ref().map(act));
    };
    // Built again when the colors change.
    Effect::new(move |_| {
        ui.panels.theme.track();
        ui.panels.theme_changes.track();
        let Some(element) = target.get() else { return };
        if !uplot::is_loaded() {
            return;
        }
        // The theme is on the page only after this turn of the effects.
        request_animation_frame(move || {
            if chart.try_update_value(|chart| *chart = None).is_none() {
                // The tab was left meanwhile.
                return;
            }
            let data = untrack(|| chart_data(ui, plan, node));
            let pointed = move |index: Option<usize>| {
                if hover.try_get_untracked().is_some_and(|now| now != index) {
                    hover.set(index);
                }
            };
            let built = Chart::new(
                &element,
                look(plan),
                &data,
                move || shaded(ui),
                move || annotations(ui),
                move || end_s(ui),
                pointed,
            );
            chart.set_value(Some(built));
        });
    });
    Effect::new(move |_| {
        let data = chart_data(ui, plan, node);
        with_chart(&|chart| chart.show(&data));
    });
    let marks = Memo::new(move |_| {
        ui.editing
            .document
            .with(|document| (document.faults.clone(), document.changes.clone(), document.run.duration_s))
    });
    Effect::new(move |_| {
        marks.track();
        ui.panels.mark.track();
        with_chart(&Chart::redraw);
    });
    let _ = use_resize_observer(target, move |_, _| {
        let Some(element) = target.get_untracked() else { return };
        let (width, height) = (element.client_width(), element.client_height());
        if width > 0 && height > 0 {
            with_chart(&|chart| chart.resize(f64::from(width), f64::from(height)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::series::NodeSeries;

    #[test]
    fn curves_stand_on_each_other() {
        assert_eq!(
            stack(vec![vec![Some(1.0), Some(2.0)], vec![Some(10.0), None], vec![Some(100.0), Some(100.0)]]),
            [[Some(1.0), Some(2.0)], [Some(11.0), Some(2.0)], [Some(111.0), Some(102.0)]]
        );
    }

    #[test]
    fn the_time_axis_grows_with_the_run() {
        let windows = [0.0, 29.0, 31.0, 119.0, 121.0, 299.0].map(|now_s| window_s(now_s, 300.0));
        assert_eq!(windows, [30.0, 30.0, 60.0, 120.0, 240.0, 300.0]);
        assert_eq!(window_s(0.0, 10.0), 10.0);
    }

    #[test]
    fn every_curve_shows_columns_that_there_are() {
        let series = RunSeries { nodes: vec![NodeSeries::default()], ..RunSeries::default() };
        for plan in [&LATENCY, &THROUGHPUT, &FAILURES, &LOAD, &UTILIZATION, &WAITING] {
            for curve in plan.curves {
                for key in curve.columns {
                    let column = if plan.of_node { series.nodes[0].column(key) } else { series.column_at(key) };
                    assert!(column.is_some(), "{}: {key}", plan.title);
                }
            }
        }
    }

    #[test]
    fn a_curve_is_the_sum_of_its_columns() {
        let series = RunSeries { offered_rps: vec![10.0, 20.0], retries_rps: vec![1.0, 2.0], ..RunSeries::default() };
        assert_eq!(values(&LOAD, &LOAD.curves[1], &series, 0), [Some(11.0), Some(22.0)]);
        assert_eq!(values(&WAITING, &WAITING.curves[0], &series, 7), Column::new());
    }

    #[test]
    fn a_logarithmic_axis_is_given_no_zero() {
        assert_eq!(positive(vec![Some(0.0), None, Some(2.0)]), [None, None, Some(2.0)]);
    }
}
