//! Work whose answer came too late: the node that wasted the most.

use super::claim::Measure;
use super::sentence::{percent, seconds};
use super::{Draft, Subject, Weight};
use crate::record::node_metrics::{COMPLETED, DUPLICATE_WORK, FAILED, WASTED};
use crate::report::NodeReport;
use crate::sentence;

/// Wasted work is reported from this share of a node's answers on.
const NOTABLE: f64 = 0.01;
/// Its time is where wasted answers are more than this share of the requests.
const RATE: f64 = 0.05;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    // Work on messages that were delivered again has a finding of its own.
    let late = |node: &NodeReport| node[&WASTED] - node[&DUPLICATE_WORK].min(node[&WASTED]);
    // What only passes on does no work of its own.
    let works = |id: &&String| {
        let kind = run.document.node(id).map_or("", |node| node.kind.as_str());
        !matches!(kind, "load_balancer" | "rate_limiter" | "client")
    };
    let nodes = run.report.nodes.iter().filter(|(id, _)| works(id));
    let Some((id, node)) = nodes.max_by_key(|(_, node)| late(node)) else { return Vec::new() };
    let (wasted, answered) = (late(node), node[&COMPLETED] + node[&FAILED]);
    if wasted as f64 <= NOTABLE * answered as f64 || wasted > answered {
        return Vec::new();
    }
    let series = &run.report.series;
    let at = run.since(0, &|bin| series.wasted_rps[bin] > RATE * series.offered_rps[bin]);
    let at = at.map(|bin| run.begin(bin));
    let when = at.map_or(sentence![], |at| sentence![" from ", seconds(at), " on"]);
    let share = wasted as f64 / answered as f64;
    let text = sentence![
        percent(share),
        " of what ",
        run.name(id),
        " did was wasted",
        when,
        ": its caller had given up waiting."
    ];
    let of = |key: &str| Measure::node(id, key);
    let wasted = of("wasted").plus([of("duplicate_work").times(-1.0)]);
    let share = (wasted.over(of("completed").plus([of("failed")])), share);
    vec![Draft::new(Weight::Further, text).node(Some(id)).time(at, None).equal([share])]
}
