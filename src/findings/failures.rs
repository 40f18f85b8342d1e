//! Requests that failed, and the reason of most of them.

use super::sentence::{count, percent, seconds};
use super::{Draft, Subject, Weight};
use crate::sentence;

/// Failures count from this share of the finished requests in a bin on.
const FAILING: f64 = 0.01;
/// A failure shorter than a few bins is reported when it is more than this share of all requests.
const NOTABLE: f64 = 0.001;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let (series, requests) = (&run.report.series, &run.report.requests);
    let (rates, counts) = (&series.failures_rps, &requests.failures);
    let reasons = [
        (counts.timeout, &rates.timeout, "timed out"),
        (counts.rejected, &rates.rejected, "were rejected by a full queue or pool"),
        (counts.error, &rates.error, "got an error"),
        (counts.unreachable, &rates.unreachable, "found a dead process"),
        (counts.breaker_open, &rates.breaker_open, "were stopped by an open breaker"),
        (counts.rate_limited, &rates.rate_limited, "were over the rate limit"),
    ];
    let most = reasons.into_iter().max_by_key(|(count, ..)| *count).filter(|(count, ..)| *count > 0);
    let Some((failed, rates, reason)) = most else { return Vec::new() };
    let share = requests.failed as f64 / requests.offered.max(1) as f64;
    let failing =
        |rates: &[f64], bin: usize| rates[bin] > FAILING * (series.throughput_rps[bin] + series.failed_rps[bin]);
    let since = |rates: &[f64]| {
        let brief = || (run.warm()..run.bins()).find(|bin| share > NOTABLE && failing(rates, *bin));
        run.since(0, &|bin| failing(rates, bin)).into_iter().chain(brief()).min()
    };
    let Some(bin) = since(&series.failed_rps) else { return Vec::new() };
    let at = run.begin(bin);
    let later = match since(rates).filter(|later| *later > bin) {
        Some(later) => sentence![" from ", seconds(run.begin(later)), " on"],
        None => sentence![],
    };
    let text = sentence![
        "Requests failed from ",
        seconds(at),
        " on, ",
        percent(share),
        " in all; ",
        count(failed),
        " ",
        reason,
        later,
        "."
    ];
    vec![Draft::new(Weight::Important, text).time(Some(at), None)]
}
