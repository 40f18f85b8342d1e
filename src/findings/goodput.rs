//! Goodput that fell below the offered load, and whether it came back.

use super::claim::{Measure, Reduction};
use super::sentence::{percent, rounded, seconds};
use super::subject::{FALLEN, HOLD, mean};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::model::Node;
use crate::sentence;
use serde_json::Value;

/// Simulated seconds that must be left after the last fault before it is said that a run did not recover.
const PATIENCE_S: f64 = 10.0;

/// What has fallen began, and is back, at this share of what was usual: closer to that than [`FALLEN`], which
/// decides whether there is anything to say.
const USUAL: f64 = 0.9;

/// Goodput beside offered load, in bins.
struct Shares<'a> {
    run: &'a Subject<'a>,
    /// The offered load before the first fault, where users of a closed loop wait instead of asking anew;
    /// else 0. Requests a second.
    usual: f64,
    /// The share of the offered load that was answered in time before the first fault, 0 to 1.
    before: f64,
}

impl<'a> Shares<'a> {
    fn new(run: &'a Subject<'a>) -> Shares<'a> {
        let series = &run.report.series;
        let (warm, bins) = (run.warm(), run.bins());
        let process = |node: &Node| node.params.get("arrivals").and_then(|it| it.get("process")).cloned();
        let closed = run.document.nodes.iter().any(|node| process(node) == Some(Value::from("closed")));
        let first_fault = first_fault(run);
        let calm = series.time_s.iter().take_while(|end| **end <= first_fault).count().min(bins);
        let usual = if closed && calm > warm && calm < bins { mean(&series.goodput_rps[warm..calm]) } else { 0.0 };
        let mut shares = Shares { run, usual, before: 1.0 };
        // Where some are turned away at all times, it is their number that rises.
        if calm >= warm + HOLD && calm < bins {
            shares.before = mean(&(warm..calm).map(|bin| shares.share(bin)).collect::<Vec<_>>()).min(1.0);
        }
        shares
    }

    /// The offered load around a bin, requests a second.
    fn offered(&self, bin: usize) -> f64 {
        self.run.over(&self.run.report.series.offered_rps, bin).max(self.usual)
    }

    /// Goodput over offered load around a bin; 1 where there is nearly no load.
    fn share(&self, bin: usize) -> f64 {
        let series = &self.run.report.series;
        match self.offered(bin) {
            offered if offered * series.bin_s >= 4.0 => self.run.over(&series.goodput_rps, bin) / offered,
            _ => 1.0,
        }
    }

    /// Goodput over offered load in this bin alone.
    fn own(&self, bin: usize) -> f64 {
        let series = &self.run.report.series;
        series.goodput_rps[bin] / series.offered_rps[bin].max(self.usual).max(1e-9)
    }

    fn has_fallen(&self, bin: usize) -> bool {
        self.share(bin) < FALLEN * self.before && self.own(bin) < USUAL * self.before
    }

    /// Whether less was answered in a bin than usual.
    fn is_less_than_usual(&self, bin: usize) -> bool {
        self.share(bin) < USUAL * self.before && self.own(bin) < USUAL * self.before
    }

    /// The first bin from `from` on that begins at a time or later, simulated seconds.
    fn first_after(&self, from: usize, time_s: f64) -> usize {
        let series = &self.run.report.series;
        (from..self.run.bins()).find(|bin| series.time_s[*bin] - series.bin_s >= time_s).unwrap_or(self.run.bins())
    }

    /// The mean share from a time on, simulated seconds.
    fn share_after(&self, from: usize, time_s: f64) -> f64 {
        let series = &self.run.report.series;
        let first = self.first_after(from, time_s);
        mean(&series.goodput_rps[first..]) / mean(&series.offered_rps[first..]).max(self.usual).max(1e-9)
    }

    /// That share as it can be computed from the report.
    fn after_claim(&self, from: usize, time_s: f64) -> (Measure, f64) {
        let first = self.first_after(from, time_s);
        let column = |key| Measure::series(key, first, self.run.bins(), Reduction::Mean);
        let offered = mean(&self.run.report.series.offered_rps[first..]);
        let whole = if offered < self.usual { Measure::Constant(self.usual) } else { column("offered_rps") };
        (column("goodput_rps").over(whole), self.share_after(from, time_s))
    }
}

/// Simulated seconds at which the first fault begins; infinite without one.
fn first_fault(run: &Subject) -> f64 {
    run.faults().map(|fault| fault.start_s).fold(f64::INFINITY, f64::min)
}

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let series = &run.report.series;
    let bins = run.bins();
    let shares = Shares::new(run);
    let Some(fell) = run.since(0, &|bin| shares.has_fallen(bin)) else { return Vec::new() };
    // What begins slowly has begun before it is that bad.
    let fell = run.began(fell, &|bin| shares.is_less_than_usual(bin));
    let whole = fell..(bins + 1).saturating_sub(HOLD).max(fell + 1);
    let worst = whole.fold(fell, |worst, bin| if shares.share(bin) < shares.share(worst) { bin } else { worst });
    let at = run.begin(fell);
    let when = if fell == 0 { sentence!["from the start"] } else { sentence!["at ", seconds(at)] };
    let text = sentence![
        "Goodput fell below the offered load ",
        when,
        ", down to ",
        percent(shares.share(worst)),
        ": ",
        rounded(run.over(&series.goodput_rps, worst)),
        " of ",
        rounded(shares.offered(worst)),
        " requests a second."
    ];
    // It has recovered once it stays so to the end.
    let back = (fell..bins).rev().skip(HOLD - 1).take_while(|bin| !shares.is_less_than_usual(*bin)).last();
    let back = back.and_then(|back| (back..bins).find(|bin| shares.own(*bin) >= USUAL * shares.before));
    let back = back.map(|bin| run.begin(bin));
    let column = |key| Measure::series(key, worst, (worst + HOLD).min(bins), Reduction::Mean);
    let offered = match shares.offered(worst) {
        usual if usual == shares.usual => Measure::Constant(usual),
        _ => column("offered_rps"),
    };
    let draft = Draft::new(Weight::Essential, text).time(Some(at), back).equal([
        (column("goodput_rps").over(offered.clone()), shares.share(worst)),
        (column("goodput_rps"), run.over(&series.goodput_rps, worst)),
        (offered, shares.offered(worst)),
    ]);
    let mut drafts = vec![draft];
    drafts.extend(recovery(run, &shares, fell, back));
    drafts
}

/// Whether goodput came back, and how long after the faults; `back` is when it did, simulated seconds.
fn recovery(run: &Subject, shares: &Shares, fell: usize, back: Option<f64>) -> Option<Draft> {
    let over = run.faults().map(|fault| run.end_of(fault)).fold(0.0, f64::max);
    let is_cause = first_fault(run) <= run.begin(fell) && over.is_finite();
    let fault = if run.faults().count() == 1 { "The fault" } else { "The last fault" };
    match back {
        Some(back) => {
            let since = if is_cause && back - over >= run.report.series.bin_s {
                sentence![", ", seconds(back - over), " after ", fault.to_lowercase(), " was over"]
            } else {
                sentence![]
            };
            let text = sentence!["Goodput was back at ", seconds(back), since, "."];
            let later = (Measure::Constant(back - over), back - over);
            Some(
                Draft::new(Weight::Important, text).severity(DraftSeverity::Info).time(Some(back), None).equal([later]),
            )
        }
        None if is_cause && over + PATIENCE_S <= run.report.simulated_s => {
            let stayed = shares.share_after(fell, over + PATIENCE_S / 2.0);
            let why = if stayed < 0.5 * shares.before {
                "the overload sustains itself"
            } else {
                "it had not recovered by the end"
            };
            let text = sentence![
                fault,
                " was over at ",
                seconds(over),
                ", but goodput stayed at ",
                percent(stayed),
                ": ",
                why,
                "."
            ];
            Some(
                Draft::new(Weight::Essential, text)
                    .time(Some(over), None)
                    .equal([shares.after_claim(fell, over + PATIENCE_S / 2.0)]),
            )
        }
        None => None,
    }
}
