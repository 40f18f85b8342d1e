//! Circuit breakers that opened.

use super::claim::Measure;
use super::sentence::{count, seconds};
use super::{Draft, Subject, Weight};
use crate::model::Link;
use crate::record::link_metrics::{BREAKER_OPENED, REFUSED};
use crate::sentence;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let opened = |link: &&Link| run.report.links.get(&link.id).is_some_and(|link| link[&BREAKER_OPENED] > 0);
    let open: Vec<&Link> = run.document.links.iter().filter(opened).collect();
    let first = run.report.series.failures_rps.breaker_open.iter().position(|rate| *rate > 0.0);
    // The series counts all breakers together: the time is known only where one opened.
    let at = first.filter(|_| open.len() == 1).map(|bin| run.begin(bin));
    open.into_iter()
        .map(|link| {
            let report = &run.report.links[&link.id];
            let times = match report[&BREAKER_OPENED] {
                1 => sentence!["once"],
                times => sentence![count(times), " times"],
            };
            let when = at.map_or(sentence![], |at| sentence![" from ", seconds(at), " on"]);
            let text = sentence![
                "The breaker of ",
                run.link_name(link),
                " opened ",
                times,
                when,
                " and refused ",
                count(report[&REFUSED]),
                " attempts."
            ];
            let draft = Draft::new(Weight::Detail, text).node(Some(&link.from)).link(Some(&link.id)).time(at, None);
            let claim =
                |key| (Measure::link(&link.id, key), report.value(key).and_then(|it| it.as_f64()).unwrap_or(0.0));
            draft.equal([claim(BREAKER_OPENED.info.key), claim(REFUSED.info.key)])
        })
        .collect()
}
