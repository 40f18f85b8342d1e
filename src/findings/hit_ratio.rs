//! What caches answered from memory, and when that fell.

use super::claim::{Measure, Reduction};
use super::sentence::{percent, seconds};
use super::subject::{HOLD, mean};
use super::{Draft, DraftSeverity, Subject, Weight};
use crate::kinds::cache::metrics::HIT_RATIO;
use crate::record::node_metrics::ARRIVALS;
use crate::sentence;

/// A hit ratio has fallen when it is lower by this than its mean before.
const FALL: f64 = 0.2;
/// A cache began empty when its hit ratio was lower by this in its first bins.
const COLD: f64 = 0.1;

pub(super) fn find(run: &Subject) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (id, series) in &run.report.series.nodes {
        let node = &run.report.nodes[id];
        let Some(ratio) = node.get(&HIT_RATIO).filter(|_| node[&ARRIVALS] > 0) else { continue };
        let (warm, name) = (run.warm(), run.name(id));
        let bins: Vec<f64> = series.hit_ratio.iter().map(|bin| bin.unwrap_or(ratio)).collect();
        let before = |bin: usize| mean(&bins[warm.min(bin)..bin]);
        let fell = |bin: usize| bin >= warm + HOLD && bins[bin] < before(bin) - FALL;
        drafts.push(match run.since(warm, &fell) {
            Some(bin) => {
                let (at, least) = (run.begin(bin), bins[bin..].iter().copied().fold(1.0, f64::min));
                // Bins without a lookup count with the ratio of the whole run, so that these are no plain means.
                let claims = [before(bin), least].map(|ratio| (Measure::Constant(ratio), ratio));
                let (before, lowest) = (percent(before(bin)), percent(least));
                let text = sentence![
                    "The hit ratio of ",
                    name,
                    " fell from ",
                    before,
                    " at ",
                    seconds(at),
                    ", down to ",
                    lowest,
                    "."
                ];
                let draft = Draft::new(Weight::Detail, text).node(Some(id)).time(Some(at), None).equal(claims);
                draft.at_most(Measure::node_series(id, "hit_ratio", bin, run.bins(), Reduction::Min), least)
            }
            None if began_cold(run, &bins, ratio) => {
                let early = mean(&bins[..HOLD]);
                let text = sentence![
                    name,
                    " began empty: it answered ",
                    percent(early),
                    " of its lookups in the first ",
                    seconds(run.report.series.time_s[HOLD - 1]),
                    ", and ",
                    percent(ratio),
                    " after the warm-up."
                ];
                let until = (0..bins.len())
                    .find(|bin| bins[*bin] >= ratio - COLD / 2.0)
                    .map(|bin| run.report.series.time_s[bin]);
                let first = run.report.series.time_s[HOLD - 1];
                Draft::new(Weight::Important, text).node(Some(id)).time(Some(0.0), until).equal([
                    (Measure::node(id, "hit_ratio"), ratio),
                    (Measure::Constant(early), early),
                    (Measure::Constant(first), first),
                ])
            }
            None => {
                let text = sentence![name, " answered ", percent(ratio), " of its lookups from memory."];
                let draft = Draft::new(Weight::Background, text).severity(DraftSeverity::Info).node(Some(id));
                draft.equal([(Measure::node(id, "hit_ratio"), ratio)])
            }
        });
    }
    drafts
}

/// Whether a cache answered much less in its first bins than over the run, and something was lost then.
fn began_cold(run: &Subject, bins: &[f64], ratio: f64) -> bool {
    let Some(first) = bins.get(..HOLD) else { return false };
    let until = (0..bins.len()).find(|bin| bins[*bin] >= ratio - COLD / 2.0).unwrap_or(0);
    mean(first) < ratio - COLD && (run.warm()..(until + 2 * HOLD).min(run.bins())).any(|bin| run.is_lossy(bin))
}
