//! Backlogs of queues that grew.

use super::sentence::{rounded, seconds};
use super::{Draft, Subject, Weight};
use crate::kinds::queue::metrics::BACKLOG;
use crate::sentence;

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
    if most < 5.0 * begin + 50.0 {
        return None;
    }
    let small = begin + 0.05 * (most - begin);
    let bin = (warm..peak).rev().take_while(|bin| queue[*bin] > small).last().unwrap_or(peak);
    let gone = (peak..bins).find(|bin| queue[*bin] <= small).map(|bin| run.report.series.time_s[bin]);
    let then = match gone {
        Some(at) => sentence!["and was worked off by ", seconds(at)],
        None => sentence!["and ", rounded(queue[bins - 1]), " were left at the end"],
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
    Some(Draft::new(Weight::Detail, text).node(Some(id)).time(Some(at), gone))
}
