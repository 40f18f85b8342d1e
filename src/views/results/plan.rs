//! What a chart shows: a [`Plan`] names columns of the time series.

use super::chosen::ChartChoice;
use crate::metrics::Number;
use crate::record::series::{Column, RunSeries};
use crate::views::format;
use crate::views::run::PreviousRun;

/// Whose columns a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Those of the whole run.
    Run,
    /// Those of the selected node.
    Selected,
    /// Those of the node of this id.
    Node(String),
}

/// Text for a value.
type Words = fn(f64) -> String;

/// A chart: which columns of the time series it shows, and how.
pub struct Plan {
    pub testid: String,
    pub title: &'static str,
    pub subject: Subject,
    /// Whether the value axis is logarithmic.
    pub log: bool,
    /// How the curves stand to each other.
    pub shape: Shape,
    /// Text for a value on the axis.
    pub label: Words,
    /// Text for a value in the legend.
    pub say: Words,
    pub curves: Vec<Curve>,
    /// Which of the curves is also shown of the previous run.
    pub compared: usize,
}

/// How curves stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As lines.
    Lines,
    /// On each other, filled.
    Stacked,
    /// As lines with the bands between them filled, the lowest first.
    Bands,
}

/// A curve of a chart.
pub struct Curve {
    /// As the legend calls it.
    pub name: &'static str,
    /// Custom property of its color.
    pub color: &'static str,
    /// Keys of the columns that it shows the sum of.
    pub columns: Vec<String>,
    /// How it differs from the others besides its color.
    pub mark: Mark,
}

/// How a curve differs from others besides its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// An unbroken line, a plain area.
    Plain,
    /// A dashed line, an area of rising strokes.
    Dashed,
    /// A dotted line, an area of dots.
    Dotted,
    /// A line of dashes and dots, an area of falling strokes.
    DashDot,
    /// Long dashes, an area of level strokes.
    Long,
    /// Wide dots, an area of upright strokes.
    Wide,
}

impl Mark {
    /// As the class of its key in a legend.
    pub fn class(self) -> &'static str {
        match self {
            Mark::Plain => "plain",
            Mark::Dashed => "dashed",
            Mark::Dotted => "dotted",
            Mark::DashDot => "dash-dot",
            Mark::Long => "long",
            Mark::Wide => "wide",
        }
    }

    /// Lengths of strokes and gaps in pixels; none for an unbroken line.
    pub fn dash(self) -> &'static [f64] {
        match self {
            Mark::Plain => &[],
            Mark::Dashed => &[5.0, 3.0],
            Mark::Dotted => &[2.0, 3.0],
            Mark::DashDot => &[8.0, 3.0, 2.0, 3.0],
            Mark::Long => &[12.0, 4.0],
            Mark::Wide => &[2.0, 7.0],
        }
    }
}

fn curve(name: &'static str, color: &'static str, mark: Mark, columns: &[&str]) -> Curve {
    Curve { name, color, mark, columns: columns.iter().map(|key| (*key).to_owned()).collect() }
}

fn plan(testid: &str, title: &'static str, subject: Subject, shape: Shape, unit: &str, curves: Vec<Curve>) -> Plan {
    let (label, say): (Words, Words) = match unit {
        "ms" => (|ms| format::ms(Some(ms)), |ms| format::ms(Some(ms))),
        "/s" => (format::number, format::rate),
        "" => (percent, percent),
        _ => (format::number, format::number),
    };
    Plan { testid: testid.to_owned(), title, subject, log: false, shape, label, say, curves, compared: 0 }
}

fn percent(ratio: f64) -> String {
    format!("{} %", format::percent(ratio))
}

/// Latency as users notice it.
pub fn latency() -> Plan {
    let curves = vec![
        curve("p50", "--ok", Mark::Plain, &["p50_ms"]),
        curve("p90", "--sky", Mark::Dashed, &["p90_ms"]),
        curve("p99", "--plum", Mark::DashDot, &["p99_ms"]),
    ];
    let plan = plan("chart-latency", "Latency", Subject::Run, Shape::Bands, "ms", curves);
    Plan { log: true, compared: 2, ..plan }
}

/// What becomes of requests.
pub fn throughput() -> Plan {
    let curves = vec![
        curve("throughput", "--ok", Mark::Plain, &["throughput_rps"]),
        curve("failed", "--bad", Mark::Dashed, &["failed_rps"]),
        curve("retries and hedges", "--busy", Mark::Dotted, &["retries_rps"]),
    ];
    plan("chart-throughput", "Requests per second", Subject::Run, Shape::Stacked, "/s", curves)
}

/// Why requests fail.
pub fn failures() -> Plan {
    let curves = vec![
        curve("timed out", "--bad", Mark::Dashed, &["failures_rps.timeout"]),
        curve("rejected", "--busy", Mark::Plain, &["failures_rps.rejected"]),
        curve("error", "--plum", Mark::DashDot, &["failures_rps.error"]),
        curve("unreachable", "--faint", Mark::Long, &["failures_rps.unreachable"]),
        curve("breaker open", "--sky", Mark::Dotted, &["failures_rps.breaker_open"]),
        curve("rate limited", "--good", Mark::Wide, &["failures_rps.rate_limited"]),
    ];
    plan("chart-failures", "Failures by reason", Subject::Run, Shape::Stacked, "/s", curves)
}

/// What is asked for and what comes of it.
pub fn load() -> Plan {
    let curves = vec![
        curve("offered", "--faint", Mark::Long, &["offered_rps"]),
        curve("attempts", "--busy", Mark::Dashed, &["offered_rps", "retries_rps"]),
        curve("goodput", "--ok", Mark::Plain, &["goodput_rps"]),
        curve("wasted work", "--plum", Mark::DashDot, &["wasted_rps"]),
    ];
    Plan { compared: 2, ..plan("chart-load", "Offered load and goodput", Subject::Run, Shape::Lines, "/s", curves) }
}

/// How busy the selected node is.
pub fn utilization() -> Plan {
    let curves = vec![curve("busy workers", "--ok", Mark::Plain, &["utilization"])];
    plan("chart-utilisation", "Utilization", Subject::Selected, Shape::Lines, "", curves)
}

/// How many requests wait at the selected node.
pub fn waiting() -> Plan {
    let curves = vec![curve("waiting", "--busy", Mark::Plain, &["queue"])];
    plan("chart-waiting", "Waiting requests", Subject::Selected, Shape::Stacked, "requests", curves)
}

/// One column that was chosen by name.
pub fn chosen(choice: &ChartChoice, number: &Number) -> Plan {
    let subject = choice.node.clone().map_or(Subject::Run, Subject::Node);
    let waits = ["requests", "messages"].contains(&number.unit);
    let shape = if waits || number.unit == "replicas" { Shape::Stacked } else { Shape::Lines };
    let color = if waits { "--busy" } else { "--ok" };
    let curves = vec![curve(number.label, color, Mark::Plain, &[&choice.column])];
    let plan = plan(&choice.testid(), number.label, subject, shape, number.unit, curves);
    Plan { log: number.unit == "ms", ..plan }
}

/// The values of a curve: of the whole run, or of the node at this index.
pub fn values(plan: &Plan, curve: &Curve, series: &RunSeries, node: usize) -> Column {
    let column = |key: &String| match plan.subject {
        Subject::Run => series.column_at(key),
        _ => series.nodes.get(node).and_then(|node| node.column(key)),
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
pub fn stack(mut values: Vec<Column>) -> Vec<Column> {
    for above in 1..values.len() {
        let (below, rest) = values.split_at_mut(above);
        for (low, high) in below[above - 1].iter().zip(&mut rest[0]) {
            *high = Some(low.unwrap_or(0.0) + high.unwrap_or(0.0));
        }
    }
    values
}

/// The compared curve of the previous run, where there is one with the same bins that this chart can show: `node`
/// is the id of the node that the chart is of.
pub fn previous_values(plan: &Plan, series: &RunSeries, previous: Option<&PreviousRun>, node: Option<&str>) -> Column {
    let Some(previous) = previous else { return Column::new() };
    let same = series.time_s.iter().zip(&previous.series.time_s).all(|(a, b)| a == b);
    let node = previous.document.nodes.iter().position(|other| Some(other.id.as_str()) == node);
    if !same || (plan.subject != Subject::Run && node.is_none()) {
        return Column::new();
    }
    values(plan, &plan.curves[plan.compared], &previous.series, node.unwrap_or(usize::MAX))
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
    fn every_curve_shows_columns_that_there_are_and_differs_in_more_than_color() {
        let series = RunSeries { nodes: vec![NodeSeries::default()], ..RunSeries::default() };
        for plan in [latency(), throughput(), failures(), load(), utilization(), waiting()] {
            for (index, curve) in plan.curves.iter().enumerate() {
                for key in &curve.columns {
                    let column =
                        if plan.subject == Subject::Run { series.column_at(key) } else { series.nodes[0].column(key) };
                    assert!(column.is_some(), "{}: {key}", plan.title);
                }
                let is_other = |other: &Curve| other.mark != curve.mark && other.color != curve.color;
                assert!(plan.curves[..index].iter().all(is_other), "{}: {}", plan.title, curve.name);
            }
        }
    }

    #[test]
    fn a_curve_is_the_sum_of_its_columns() {
        let series = RunSeries { offered_rps: vec![10.0, 20.0], retries_rps: vec![1.0, 2.0], ..RunSeries::default() };
        let load = load();
        assert_eq!(values(&load, &load.curves[1], &series, 0), [Some(11.0), Some(22.0)]);
        let waiting = waiting();
        assert_eq!(values(&waiting, &waiting.curves[0], &series, 7), Column::new());
    }

    #[test]
    fn a_logarithmic_axis_is_given_no_zero() {
        assert_eq!(positive(vec![Some(0.0), None, Some(2.0)]), [None, None, Some(2.0)]);
    }
}
