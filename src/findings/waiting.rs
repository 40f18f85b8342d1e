//! What a node's workers waited for: their time, split by callee.

use super::Subject;
use super::claim::{Measure, Reduction};
use super::resources::{Part, Resource, Stretch};
use crate::fault::FaultEffect;
use std::ops::Range;

/// Waiting is followed over at most so many nodes without workers of their own.
const HOPS_MAX: usize = 6;
/// What takes this share of a time is what it went into.
pub const MOST: f64 = 0.5;
/// Time is split over at most so many bins from the beginning on.
const BINS: usize = 30;

/// What the workers of a node waited for.
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    /// The link of the node over which they waited: its index in the document.
    pub link: usize,
    /// The node that made them wait.
    pub callee: &'a str,
    /// The link for whose pool they waited, where they waited for a connection.
    pub pool: Option<usize>,
    /// The share of their time.
    pub share: f64,
}

/// The bins over which the time of a stretch is split.
pub fn split_bins(stretch: Stretch) -> Range<usize> {
    stretch.range(BINS)
}

/// The links of which a node is the caller: their indices in the document.
fn links_of<'b>(run: &Subject<'b>, id: &'b str) -> impl Iterator<Item = usize> + 'b {
    let links = &run.document.links;
    (0..links.len()).filter(move |link| links[*link].from == id)
}

/// What a blocking app's workers waited for, if they spent most of their time with that.
pub fn waits_for<'b>(
    run: &Subject<'b>,
    full: &Resource<'b>,
    stretch: Stretch,
    all: &[(Resource<'b>, Stretch)],
) -> Option<Wait<'b>> {
    let node = run.node_of_kind(full.node, "app").filter(|_| full.part == Part::Node)?;
    if run.param_at(&node.id, "blocking", run.begin(stretch.first)) != Some(true.into()) {
        return None;
    }
    let bins = split_bins(stretch);
    let busy = run.busy_workers(&node.id, bins.clone()).filter(|busy| *busy > 0.0)?;
    let under_way = |link: usize| run.under_way(link, bins.clone());
    let in_all: f64 = links_of(run, &node.id).map(under_way).sum();
    let most = links_of(run, &node.id).reduce(|a, b| if under_way(b) > under_way(a) { b } else { a })?;
    if in_all < MOST * busy {
        return None;
    }
    let (callee, pool) = end_of(run, most, &bins, all, HOPS_MAX);
    Some(Wait { link: most, callee, pool, share: (under_way(most) / busy).min(1.0) })
}

/// The claim's measure of the share of a wait.
pub fn share_measure(run: &Subject, id: &str, wait: &Wait, stretch: Stretch) -> Measure {
    let bins = split_bins(stretch);
    let workers = run.document.node(id).and_then(|node| crate::kinds::capacity(node).workers).unwrap_or(1);
    let column = |key| Measure::node_series(id, key, bins.start, bins.end, Reduction::Mean);
    let link = &run.document.links[wait.link].id;
    let busy = Measure::Product(Box::new(column("utilization")), Box::new(column("replicas")));
    Measure::link_series(link, "under_way", bins.start, bins.end, Reduction::Mean).over(busy.times(workers.into()))
}

/// The node at which the time of calls over a link goes, or the link for whose pool they wait, looking
/// through nodes that only pass on. At most `hops` links further.
fn end_of<'b>(
    run: &Subject<'b>,
    link: usize,
    bins: &Range<usize>,
    all: &[(Resource<'b>, Stretch)],
    hops: usize,
) -> (&'b str, Option<usize>) {
    let links = &run.document.links;
    let callee = links[link].to.as_str();
    let time = run.under_way(link, bins.clone());
    let series = run.report.series.links.get(&links[link].id);
    let waiting = series.and_then(|series| series.pool_waiting.get(bins.clone())).map_or(0.0, super::subject::mean);
    if waiting > MOST * time {
        return (callee, Some(link));
    }
    let is_held_up = (bins.start..bins.end.min(bins.start + 3)).any(|bin| run.is_affected(link, bin));
    // A resource can be full several times: what counts is whether it is now.
    let is_full =
        all.iter().any(|(it, _)| it.node == callee && it.link.is_none() && bins.clone().any(|bin| it.is_full(bin)));
    if is_held_up || is_full || hops == 0 {
        return (callee, None);
    }
    let inbound: f64 =
        (0..links.len()).filter(|it| links[*it].to == callee).map(|it| run.under_way(it, bins.clone())).sum();
    let onward = links_of(run, callee).find(|next| run.under_way(*next, bins.clone()) > MOST * inbound);
    onward.map_or((callee, None), |next| end_of(run, next, bins, all, hops - 1))
}

impl Subject<'_> {
    /// Whether a fault makes calls over a link take longer in a bin.
    pub fn is_affected(&self, link: usize, bin: usize) -> bool {
        let link = &self.document.links[link];
        let retries = link.params.get("retries").is_some_and(|retries| !retries.is_null());
        let is_partitioned = |place: &str| self.is_active(FaultEffect::Partitions, place, bin);
        self.is_active(FaultEffect::Delays, &link.to, bin)
            || self.is_active(FaultEffect::Delays, &link.id, bin)
            || is_partitioned(&link.id)
            || (is_partitioned(&link.to) && is_partitioned(&link.from))
            || (retries && self.is_active(FaultEffect::Crashes, &link.to, bin))
    }
}
