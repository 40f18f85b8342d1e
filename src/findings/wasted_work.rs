//! Work whose answer came too late: the node that wasted the most.

use super::claim::{Comparison, Measure};
use super::sentence::{percent, seconds};
use super::{Draft, Subject, Weight};
use crate::fault::FaultEffect;
use crate::faults::has_effect;
use crate::model::Link;
use crate::record::link_metrics::{HEDGES, TIMEOUTS};
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
    let (why, claims) = why(run, id, wasted);
    let text = sentence![percent(share), " of what ", run.name(id), " did was wasted", when, ": ", why, "."];
    let of = |key: &str| Measure::node(id, key);
    let in_vain = of("wasted").plus([of("duplicate_work").times(-1.0)]);
    let share = (in_vain.over(of("completed").plus([of("failed")])), share);
    let draft = Draft::new(Weight::Further, text).node(Some(id)).time(at, None).equal([share]);
    vec![claims.into_iter().fold(draft, |draft, (measure, is, value)| draft.claim(measure, is, value))]
}

/// Why nobody waited for so many answers of a node, as far as the numbers of the links to it say one reason
/// of all of them.
fn why(run: &Subject, id: &str, wasted: u64) -> (&'static str, Vec<(Measure, Comparison, f64)>) {
    let inbound: Vec<&Link> = run.document.links.iter().filter(|link| link.to == id).collect();
    let links = || inbound.iter().filter_map(|link| run.report.links.get(&link.id));
    let timeouts: u64 = links().map(|link| link[&TIMEOUTS]).sum();
    let hedges: u64 = links().map(|link| link[&HEDGES]).sum();
    let sum = |key: &str| Measure::Sum(inbound.iter().map(|link| Measure::link(&link.id, key)).collect());
    // What a caller that died had called has no reason that the links count.
    let is_caller = |place: &&str| inbound.iter().any(|link| link.from == *place);
    let may_lose_callers = run
        .faults()
        .any(|fault| has_effect(fault, FaultEffect::Crashes) && run.document.affected(fault).iter().any(is_caller));
    let only = |count: &str, other: &str| {
        vec![(sum(count), Comparison::AtLeast, wasted as f64), (sum(other), Comparison::Equals, 0.0)]
    };
    if timeouts >= wasted && hedges == 0 && !may_lose_callers {
        ("its caller had given up waiting", only("timeouts", "hedges"))
    } else if hedges >= wasted && timeouts == 0 && !may_lose_callers {
        ("another copy had answered first", only("hedges", "timeouts"))
    } else {
        ("nobody waited for the answer any more", Vec::new())
    }
}
