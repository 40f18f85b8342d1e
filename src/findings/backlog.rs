//! Backlogs of queues that grew.

use super::claim::{Measure, Reduction};
use super::sentence::{number, rounded, seconds};
use super::subject::grows;
use super::{Draft, Subject, Weight};
use crate::kinds::queue::metrics::BACKLOG;
use crate::sentence;

/// Fewer messages are no backlog.
const NOTABLE: f64 = 50.0;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    run.report.series.nodes.keys().filter_map(|id| draft(run, id)).collect()
}

fn draft(run: &Subject, id: &str) -> Option<Draft> {
    let queue = &run.report.series.nodes[id].queue;
    let (warm, bins) = (run.warm(), run.bins());
    if !run.report.nodes[id].has(&BACKLOG) || warm >= bins {
        return None;
    }
    let begin = run.over(queue, warm);
    let peak = (warm..bins).fold(warm, |best, bin| if queue[bin] > queue[best] { bin } else { best });
    let most = queue[peak];
    let grows = grows(&queue[warm..]);
    if most < 5.0 * begin + NOTABLE && !(grows && most > NOTABLE) {
        return None;
    }
    // What grows all the time began before the warm-up ended.
    let (from, begin) = if grows { (0, 0.0) } else { (warm, begin) };
    let small = begin + 0.05 * (most - begin);
    let rises = begin + 0.02 * (most - begin);
    let bin = (from..peak).rev().take_while(|bin| queue[*bin] > rises).last().unwrap_or(from.min(peak));
    let gone = (peak..bins).find(|bin| queue[*bin] <= small).map(|bin| run.report.series.time_s[bin]);
    let column = |bin: usize| Measure::node_series(id, "queue", bin, bin + 1, Reduction::Mean);
    let mut claims = vec![(Measure::node_series(id, "queue", warm, bins, Reduction::Max), most)];
    let middle = warm + (bins - warm) / 2;
    let span = run.report.series.time_s[bins - 1] - run.report.series.time_s[middle];
    let rate = if span > 0.0 { (queue[bins - 1] - queue[middle]) / span } else { 0.0 };
    let then = match gone {
        Some(at) => sentence!["and was worked off by ", seconds(at)],
        None if grows && rate > 0.0 => {
            let grown = column(bins - 1).plus([column(middle).times(-1.0)]);
            claims.push((grown.over(Measure::Constant(span)), rate));
            sentence!["and was still growing at the end, by ", number(rate), " a second"]
        }
        None => {
            claims.push((column(bins - 1), queue[bins - 1]));
            sentence!["and ", rounded(queue[bins - 1]), " were left at the end"]
        }
    };
    let (at, name) = (run.begin(bin), run.name(id));
    let text = sentence![
        "The backlog of ",
        name,
        " grew from ",
        seconds(at),
        " on to ",
        rounded(most),
        " messages ",
        then,
        "."
    ];
    let weight = if gone.is_none() { Weight::Important } else { Weight::Detail };
    Some(Draft::new(weight, text).node(Some(id)).time(Some(at), gone).equal(claims))
}
