//! Traffic that rose without a fault: by a client's profile or bursts.

use super::claim::{Measure, Reduction};
use super::sentence::{rounded, seconds};
use super::subject::{HOLD, mean};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::fault::FaultEffect;
use crate::faults::has_effect;
use crate::sentence;

/// A rise is reported from this multiple of the mean before it.
const RISE: f64 = 1.5;
/// It has begun at this multiple.
const BEGUN: f64 = 1.25;
/// Bins with fewer requests than this say nothing about the rate.
const REQUESTS_MIN: f64 = 30.0;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let series = &run.report.series;
    let warm = run.warm();
    let before = |bin: usize| mean(&series.offered_rps[warm.min(bin)..bin]);
    let rose = |bin: usize| {
        bin >= warm + HOLD
            && series.offered_rps[bin] * series.bin_s >= REQUESTS_MIN
            && series.offered_rps[bin] > RISE * before(bin)
    };
    if run.document.faults.iter().any(|fault| has_effect(fault, FaultEffect::Traffic)) {
        return Vec::new();
    }
    let Some(bin) = run.since(warm, &rose) else { return Vec::new() };
    // It may have begun to rise before.
    let rising = |bin: usize| bin > warm && series.offered_rps[bin] > BEGUN * before(bin);
    let bin = (warm..bin).rev().take_while(|bin| rising(*bin)).last().unwrap_or(bin);
    let column = |from, to| Measure::series("offered_rps", from, to, Reduction::Mean);
    let earlier = (column(warm.min(bin), bin), before(bin));
    let later = (column(bin, (bin + HOLD).min(run.bins())), run.over(&series.offered_rps, bin));
    let (before, after, at) = (before(bin), run.over(&series.offered_rps, bin), run.begin(bin));
    let text = sentence![
        "Traffic rose from ",
        rounded(before),
        " to ",
        rounded(after),
        " requests a second at ",
        seconds(at),
        "."
    ];
    let draft = Draft::new(Weight::Important, text).severity(DraftSeverity::Cause).time(Some(at), None);
    vec![draft.equal([earlier, later])]
}
