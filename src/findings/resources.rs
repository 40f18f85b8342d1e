//! Everything of a run that can be full: workers, tokens and capacities of nodes, single processes, pools
//! and bandwidths of links; each with how far it was used in each bin.

use super::Subject;
use super::claim::{Measure, Reduction};
use super::subject::{HOLD, mean};
use crate::engine::plan::Direction;
use crate::kinds;
use crate::record::node_metrics::{NOT_TAKEN, REJECTED, REPLICAS, UTILIZATION};
use crate::report::Report;

/// A resource counts as full from this share of it on.
pub const FULL: f64 = 0.98;
/// It also counts as full where it turns away more than this share of what comes.
const REFUSING: f64 = 0.01;
/// A resource that is full now and then, with breaks of less than this many bins, is full throughout.
const BREAK: usize = 2 * HOLD;
/// The busiest process of a node is a resource of its own where it is so many times as busy as all of
/// them together.
const UNEVEN: f64 = 1.25;

/// What can be full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The workers of a node, the tokens of a limiter, the capacity of a balancer.
    Node,
    /// The workers of one process of a node, by its index.
    Process(usize),
    /// The connections of a link's pools.
    Pool,
    /// The bandwidth of a link in one direction.
    Bandwidth(Direction),
}

/// Something that can be full.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// What it is.
    pub part: Part,
    /// The node that it belongs to; of a link the caller.
    pub node: &'a str,
    /// The link that it belongs to: its index in the document.
    pub link: Option<usize>,
    /// The share of it that was used in each bin.
    pub load: Vec<f64>,
    /// The share of what came that it turned away in each bin.
    pub refused: Vec<f64>,
    /// How many waited for it in each bin.
    pub waiting: Vec<f64>,
}

/// A time in which a resource was full: its first bin and its last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first full bin.
    pub first: usize,
    /// The last full bin.
    pub last: usize,
}

impl Stretch {
    /// The bins from the first on, at most so many.
    pub fn range(&self, most: usize) -> std::ops::Range<usize> {
        self.first..(self.last + 1).min(self.first + most)
    }
}

/// All resources of a run.
pub fn resources<'a>(run: &Subject<'a>) -> Vec<Resource<'a>> {
    let mut all = Vec::new();
    for node in &run.document.nodes {
        all.extend(node_resources(run, &node.id));
    }
    for (index, link) in run.document.links.iter().enumerate() {
        let Some(series) = run.report.series.links.get(&link.id) else { continue };
        let nothing = || vec![0.0; run.bins()];
        let of = |part, load, refused, waiting| Resource {
            part,
            node: &link.from,
            link: Some(index),
            load,
            refused,
            waiting,
        };
        if !series.pool_in_use.is_empty() {
            let load = series.pool_in_use.iter().zip(&series.pool_size);
            let load = load.map(|(used, size)| if *size > 0.0 { used / size } else { 0.0 }).collect();
            let refused = series.pool_rejected.iter().map(|bin| bin.unwrap_or(0.0)).collect();
            all.push(of(Part::Pool, load, refused, series.pool_waiting.clone()));
        }
        if !series.forward.is_empty() {
            all.push(of(Part::Bandwidth(Direction::Forward), series.forward.clone(), nothing(), nothing()));
            all.push(of(Part::Bandwidth(Direction::Backward), series.backward.clone(), nothing(), nothing()));
        }
    }
    all
}

/// What of a node can be full: its busiest process, and all of it.
pub fn node_resources<'a>(run: &Subject<'a>, id: &str) -> Vec<Resource<'a>> {
    let mut all = Vec::new();
    let (Some(node), Some(series)) = (run.document.node(id), run.report.series.nodes.get(id)) else { return all };
    let or_zero = |column: &[Option<f64>]| column.iter().map(|bin| bin.unwrap_or(0.0)).collect::<Vec<f64>>();
    let refused = if run.is_leaderless(&node.id) { vec![0.0; run.bins()] } else { run.refused(&node.id) };
    let whole = Resource {
        part: Part::Node,
        node: &node.id,
        link: None,
        load: or_zero(&series.utilization),
        refused,
        waiting: series.queue.clone(),
    };
    if let Some(process) = busiest_process(run, &node.id) {
        let part = Part::Process(process);
        let load = or_zero(&series.busiest);
        let refused = vec![0.0; run.bins()];
        all.push(Resource { part, load, refused, waiting: vec![0.0; run.bins()], ..whole.clone() });
    }
    // The backlog of a queue has a finding of its own, and clients have no workers.
    if !matches!(node.kind.as_str(), "queue" | "client") {
        all.push(whole);
    }
    all
}

/// The busiest process of a node, where one is much busier than all of them together.
fn busiest_process(run: &Subject, id: &str) -> Option<usize> {
    let node = &run.report.nodes[id];
    let whole = node.get(&UTILIZATION)?;
    let processes = node.get(&REPLICAS)?;
    let utilization = |index: usize| processes[index].get(&UTILIZATION).unwrap_or(0.0);
    let most = (0..processes.len()).reduce(|a, b| if utilization(b) > utilization(a) { b } else { a })?;
    (utilization(most) > UNEVEN * whole).then_some(most)
}

impl Resource<'_> {
    /// Whether it was full in a bin.
    pub fn is_full(&self, bin: usize) -> bool {
        self.load.get(bin).is_some_and(|load| *load >= FULL)
            || self.refused.get(bin).is_some_and(|refused| *refused > REFUSING)
    }

    /// The times in which it was full for [`HOLD`] bins and more after the warm-up.
    pub fn stretches(&self, run: &Subject) -> Vec<Stretch> {
        let mut all: Vec<Stretch> = Vec::new();
        let mut from = 0;
        while let Some(first) = run.since(from, &|bin| self.is_full(bin)) {
            let mut last = first;
            // What turns some away does not do so in every bin.
            let refuses = |bin: usize| bin >= from && self.refused[bin] > REFUSING;
            let first = if refuses(first) { run.began(first, &refuses) } else { first };
            while let Some(next) = (last + 1..run.bins().min(last + 1 + BREAK)).find(|bin| self.is_full(*bin)) {
                last = next;
            }
            all.push(Stretch { first, last });
            from = last + 1;
        }
        all
    }

    /// The most that waited for it on average in a bin of a stretch.
    pub fn most_waiting(&self, stretch: Stretch) -> f64 {
        self.waiting[stretch.first..=stretch.last].iter().copied().fold(0.0, f64::max)
    }

    /// Its load over some bins, as it can be computed from the report.
    pub fn load_measure(&self, report: &Report, run: &Subject, from: usize, to: usize, by: Reduction) -> Measure {
        let link = self.link.map_or("", |link| run.document.links[link].id.as_str());
        match self.part {
            Part::Node => Measure::node_series(self.node, "utilization", from, to, by),
            Part::Process(_) => Measure::node_series(self.node, "busiest", from, to, by),
            Part::Bandwidth(Direction::Forward) => Measure::link_series(link, "forward", from, to, by),
            Part::Bandwidth(Direction::Backward) => Measure::link_series(link, "backward", from, to, by),
            Part::Pool => {
                // The load of the bin in question: of a ratio of two columns no other reduction is needed.
                let best = |a: usize, b: usize| match by {
                    Reduction::Min if self.load[b] < self.load[a] => b,
                    Reduction::Max if self.load[b] > self.load[a] => b,
                    _ => a,
                };
                let bin = (from..to.min(report.series.time_s.len())).reduce(best).unwrap_or(from);
                let column = |key| Measure::link_series(link, key, bin, bin + 1, Reduction::Mean);
                column("pool_in_use").over(column("pool_size"))
            }
        }
    }

    /// How many waited for it at most over some bins, as it can be computed from the report.
    pub fn waiting_measure(&self, run: &Subject, stretch: Stretch) -> Measure {
        let (from, to) = (stretch.first, stretch.last + 1);
        match self.link {
            Some(link) => {
                let id = &run.document.links[link].id;
                Measure::link_series(id, "pool_waiting", from, to, Reduction::Max)
            }
            None => Measure::node_series(self.node, "queue", from, to, Reduction::Max),
        }
    }
}

impl Subject<'_> {
    /// The share of what came to a node that it turned away, in each bin.
    pub fn refused(&self, id: &str) -> Vec<f64> {
        let series = &self.report.series.nodes[id];
        let share = |(rejected, arrived): (&f64, &f64)| if *arrived > 0.0 { rejected / arrived } else { 0.0 };
        series.rejected_rps.iter().zip(&series.arrivals_rps).map(share).collect()
    }

    /// Whether most of what a node turned away came to a side without a leader or a quorum.
    pub fn is_leaderless(&self, id: &str) -> bool {
        let node = &self.report.nodes[id];
        2 * node[&NOT_TAKEN] > node[&REJECTED]
    }

    /// The workers of a node that were busy on average over some bins; `None` where they are unlimited.
    pub fn busy_workers(&self, id: &str, bins: std::ops::Range<usize>) -> Option<f64> {
        let series = &self.report.series.nodes[id];
        let then = self.document_at(self.begin(bins.start));
        let workers = kinds::capacity(then.node(id)?).workers?;
        let busy: Vec<f64> = series.utilization[bins.clone()].iter().map(|bin| bin.unwrap_or(0.0)).collect();
        Some(mean(&busy) * mean(&series.replicas[bins]) * f64::from(workers))
    }

    /// The calls under way over a link on average over some bins: how long its callers waited.
    pub fn under_way(&self, link: usize, bins: std::ops::Range<usize>) -> f64 {
        let series = self.report.series.links.get(&self.document.links[link].id);
        series.map_or(0.0, |series| mean(&series.under_way[bins]))
    }
}
