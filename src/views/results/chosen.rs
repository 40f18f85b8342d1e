//! Charts that are chosen by the name of a number: those that fit the diagram, and those that the user has added.

use crate::editor::shown_name;
use crate::kind::Role;
use crate::kinds;
use crate::metrics::{Described, Number};
use crate::model::{Document, Node};
use crate::record::series::{NodeSeries, run_columns};
use serde::{Deserialize, Serialize};

/// A number of the time series, of the whole run or of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChartChoice {
    /// The node's id; none for the whole run.
    pub node: Option<String>,
    /// The key of the column.
    pub column: String,
}

impl ChartChoice {
    fn of(node: &str, column: &str) -> ChartChoice {
        ChartChoice { node: Some(node.to_owned()), column: column.to_owned() }
    }

    fn of_run(column: &str) -> ChartChoice {
        ChartChoice { node: None, column: column.to_owned() }
    }

    /// As the value of an entry of a list.
    pub fn id(&self) -> String {
        format!("{}|{}", self.node.as_deref().unwrap_or_default(), self.column)
    }

    /// What was written by [`id`](Self::id).
    pub fn read(id: &str) -> Option<ChartChoice> {
        let (node, column) = id.rsplit_once('|')?;
        Some(ChartChoice { node: (!node.is_empty()).then(|| node.to_owned()), column: column.to_owned() })
    }

    /// For tests: `chart-jobs.backlog`.
    pub fn testid(&self) -> String {
        format!("chart-{}.{}", self.node.as_deref().unwrap_or("run"), self.column)
    }

    /// What is said of its number in this diagram; none where the diagram has no such node.
    pub fn number(&self, document: &Document) -> Option<Number> {
        let number = |all: Vec<Number>| all.into_iter().find(|number| number.path == self.column);
        match &self.node {
            None => number(run_columns()),
            Some(id) => number(node_columns(document.node(id)?)),
        }
    }
}

/// What the user has changed about the charts that are shown; remembered with the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChosenCharts {
    /// Charts that were added, in this order; those of nodes that a diagram does not have are not shown.
    pub added: Vec<ChartChoice>,
    /// Charts that fit a diagram and were taken away.
    pub taken_away: Vec<ChartChoice>,
}

impl ChosenCharts {
    /// Adds a chart at the end, unless it is there.
    pub fn add(&mut self, choice: ChartChoice) {
        self.taken_away.retain(|other| *other != choice);
        if !self.added.contains(&choice) {
            self.added.push(choice);
        }
    }

    /// Takes a chart away.
    pub fn take_away(&mut self, choice: &ChartChoice) {
        self.added.retain(|other| other != choice);
        if !self.taken_away.contains(choice) {
            self.taken_away.push(choice.clone());
        }
    }
}

/// The columns of a node of this kind.
fn node_columns(node: &Node) -> Vec<Number> {
    let mut all = Vec::new();
    NodeSeries::describe(Number::ROOT, &mut all);
    all.retain(|number| match number.path.as_str() {
        // The same as one of the two that follow.
        "queue" => false,
        "backlog" => is_queue(node),
        "hit_ratio" => node.kind == "cache",
        _ => number.unit == "/s" || !is_queue(node),
    });
    all
}

fn is_queue(node: &Node) -> bool {
    kinds::info(&node.kind).is_some_and(|info| info.role == Role::Queue)
}

/// The charts that fit the diagram: the backlog of a queue, the replicas of what scales by itself, and how busy the
/// busiest shard is.
pub fn fitting(document: &Document) -> Vec<ChartChoice> {
    let charts = document.nodes.iter().filter_map(|node| {
        let is_set = |key: &str| node.params.get(key).is_some_and(|value| !value.is_null());
        let has_shards = node.params.get("shards").and_then(|it| it.as_u64()).is_some_and(|shards| shards > 1);
        match () {
            () if is_queue(node) => Some(ChartChoice::of(&node.id, "backlog")),
            () if is_set("autoscale") => Some(ChartChoice::of(&node.id, "replicas")),
            () if has_shards => Some(ChartChoice::of(&node.id, "busiest")),
            () => None,
        }
    });
    charts.take(2).collect()
}

/// The charts beside latency and requests: those that fit the diagram and those that the user has added.
pub fn shown(document: &Document, chosen: &ChosenCharts) -> Vec<ChartChoice> {
    let fitting = fitting(document).into_iter().filter(|choice| !chosen.taken_away.contains(choice));
    let mut shown: Vec<ChartChoice> = fitting.collect();
    for choice in &chosen.added {
        if !shown.contains(choice) && choice.number(document).is_some() {
            shown.push(choice.clone());
        }
    }
    shown
}

/// What the charts of all tabs show, for the table behind them: the numbers of the whole run, those of the charts
/// that fit or were added, and how busy the selected node is and what waits there.
pub fn tabled(document: &Document, chosen: &ChosenCharts, selected: Option<&str>) -> Vec<ChartChoice> {
    let mut all: Vec<ChartChoice> = run_columns().iter().map(|number| ChartChoice::of_run(&number.path)).collect();
    let of_selected = selected
        .into_iter()
        .flat_map(|id| ["utilization", "waiting", "backlog"].map(|column| ChartChoice::of(id, column)));
    for choice in shown(document, chosen).into_iter().chain(of_selected) {
        if !all.contains(&choice) && choice.number(document).is_some() {
            all.push(choice);
        }
    }
    all
}

/// What can be put on a chart, as values of a list and what they are called.
pub fn all(document: &Document) -> Vec<(String, String)> {
    let entry = |node: Option<&Node>, number: Number| {
        let choice = ChartChoice { node: node.map(|node| node.id.clone()), column: number.path };
        let whose = node.map_or("Whole run", |node| shown_name(node));
        (choice.id(), format!("{whose}: {}", number.label))
    };
    let of_run = run_columns().into_iter().map(|number| entry(None, number));
    let of_nodes = document
        .nodes
        .iter()
        .flat_map(|node| node_columns(node).into_iter().map(move |number| entry(Some(node), number)));
    of_nodes.chain(of_run).collect()
}

#[cfg(test)]
mod tests {
    use super::super::plan;
    use super::*;
    use crate::record::series::RunSeries;

    fn document() -> Document {
        let text = r#"{"headroom": 1, "nodes": [
            {"id": "jobs", "kind": "queue", "at": [0, 0]},
            {"id": "web", "kind": "app", "at": [0, 0], "params": {"autoscale": {"min": 1, "max": 4}}},
            {"id": "db", "kind": "database", "at": [0, 0]}], "links": [], "run": {"duration_s": 10, "seed": 1}}"#;
        crate::codec::open(text).expect("a document").0
    }

    #[test]
    fn the_charts_fit_the_diagram() {
        let fitting: Vec<String> = fitting(&document()).iter().map(ChartChoice::testid).collect();
        assert_eq!(fitting, ["chart-jobs.backlog", "chart-web.replicas"]);
    }

    #[test]
    fn a_chart_that_fits_can_be_taken_away_and_added_again() {
        let document = document();
        let mut chosen = ChosenCharts::default();
        let ids = |chosen: &ChosenCharts| shown(&document, chosen).iter().map(ChartChoice::testid).collect::<Vec<_>>();
        let backlog = shown(&document, &chosen)[0].clone();
        chosen.add(ChartChoice::of_run("offered_rps"));
        chosen.add(ChartChoice::of("of another diagram", "waiting"));
        chosen.add(ChartChoice::of_run("offered_rps"));
        assert_eq!(ids(&chosen), ["chart-jobs.backlog", "chart-web.replicas", "chart-run.offered_rps"]);
        chosen.take_away(&backlog);
        assert_eq!(ids(&chosen), ["chart-web.replicas", "chart-run.offered_rps"]);
        chosen.add(backlog);
        assert_eq!(ids(&chosen), ["chart-jobs.backlog", "chart-web.replicas", "chart-run.offered_rps"]);
    }

    #[test]
    fn the_table_has_what_any_chart_shows() {
        let document = document();
        let mut chosen = ChosenCharts::default();
        chosen.add(ChartChoice::of("db", "arrivals_rps"));
        let tabled = tabled(&document, &chosen, Some("web"));
        let has = |choice: ChartChoice| tabled.iter().filter(|other| **other == choice).count() == 1;
        assert!(shown(&document, &chosen).into_iter().all(has));
        let plans = [plan::latency(), plan::throughput(), plan::failures(), plan::load()];
        let mut of_run = plans.iter().flat_map(|plan| &plan.curves).flat_map(|curve| &curve.columns);
        assert!(of_run.all(|column| has(ChartChoice::of_run(column))));
        assert!(["utilization", "waiting"].into_iter().all(|column| has(ChartChoice::of("web", column))));
    }

    #[test]
    fn what_waits_is_named_by_what_it_is() {
        let document = document();
        let has = |node: &str, column: &str| ChartChoice::of(node, column).number(&document).is_some();
        assert_eq!(["jobs", "web", "db"].map(|node| has(node, "backlog")), [true, false, false]);
        assert_eq!(["jobs", "web", "db"].map(|node| has(node, "waiting")), [false, true, true]);
    }

    #[test]
    fn whatever_can_be_chosen_is_in_the_series() {
        let (document, series) = (document(), RunSeries::default());
        let all = all(&document);
        assert!(all.len() > 20, "{all:?}");
        for (id, label) in all {
            let choice = ChartChoice::read(&id).expect("what was written is read");
            let column = match choice.node {
                None => series.column_at(&choice.column),
                Some(_) => NodeSeries::default().column(&choice.column),
            };
            assert!(column.is_some(), "{label}");
            let number = choice.number(&document).expect("it is in the diagram");
            assert!(label.ends_with(number.label), "{label}");
        }
        assert_eq!(ChartChoice::of("gone", "waiting").number(&document), None);
    }
}
