//! Retries and hedges that raised the load.

use super::claim::{Measure, Reduction};
use super::sentence::{attempts, seconds};
use super::subject::HOLD;
use super::{Draft, Subject, Weight};
use crate::record::link_metrics::{HEDGES, RETRIES};
use crate::sentence;

/// Attempts a request from which on retries are reported with their time.
const AMPLIFIED: f64 = 1.2;
/// Attempts a request, over the whole run, from which on retries are reported at all.
const NOTABLE: f64 = 1.05;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let series = &run.report.series;
    let per_request = |bin: usize| match run.over(&series.offered_rps, bin) {
        offered if offered * series.bin_s >= 4.0 => 1.0 + run.over(&series.retries_rps, bin) / offered,
        _ => 1.0,
    };
    let raised = |bin: usize| {
        per_request(bin) > AMPLIFIED && series.retries_rps[bin] > (AMPLIFIED - 1.0) * series.offered_rps[bin]
    };
    let links = run.report.links.values();
    let (retries, hedges) = links.fold((0, 0), |(r, h), link| (r + link[&RETRIES], h + link[&HEDGES]));
    let what = if hedges > retries { "Hedges" } else { "Retries" };
    let whole = run.report.attempts_per_request;
    if let Some(bin) = run.since(0, &raised) {
        let bin = run.began(bin, &raised);
        // Where it rises again and again there is no time from which on it is raised.
        let is_steady = !(run.warm()..bin).any(raised);
        let first = if is_steady { bin } else { run.warm() };
        let worst = (first..run.bins()).fold(bin, |a, b| if per_request(b) > per_request(a) { b } else { a });
        let most = per_request(worst);
        let column = |key| Measure::series(key, worst, (worst + HOLD).min(run.bins()), Reduction::Mean);
        let measure = column("retries_rps").over(column("offered_rps")).plus([Measure::Constant(1.0)]);
        let at = run.begin(bin);
        let when = if is_steady {
            sentence![" from ", seconds(at), " on, up to "]
        } else {
            sentence![" now and then to up to "]
        };
        let text = sentence![what, " raised the load", when, attempts(most, 1), " attempts a request."];
        vec![Draft::new(Weight::Important, text).time(is_steady.then_some(at), None).equal([(measure, most)])]
    } else if whole > NOTABLE {
        let text = sentence![what, " raised the load to ", attempts(whole, 2), " attempts a request."];
        vec![Draft::new(Weight::Further, text).equal([(Measure::report(&["attempts_per_request"]), whole)])]
    } else {
        Vec::new()
    }
}
