//! The numbers of a cache.

use super::CacheStation;
use crate::metrics::{Live, Metrics, level, ratio};
use crate::record::NodeWindow;
use crate::record::node_metrics::{LOST_WRITES, STALE_READS};
use crate::record::over;

crate::metrics! {
    /// Hits over lookups; a lookup that waits for another's fill counts as a hit. Absent where nothing
    /// was looked up.
    HIT_RATIO: f64 = ratio("hit_ratio", "Hit ratio").live(Live::Value);
    /// Writes acknowledged and not yet sent to be written; absent unless it writes behind.
    UNWRITTEN: u64 = level("unwritten", "Not yet written").unit("writes").live_only(Live::Value);
    and LOST_WRITES, STALE_READS;
}

/// Reports them.
pub fn report(cache: &CacheStation, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
    let counts = window.counts;
    m.report(&LOST_WRITES, counts.lost_writes);
    m.report(&STALE_READS, counts.stale_reads);
    m.report(&HIT_RATIO, over(counts.hits.into(), counts.lookups.into()));
    m.report(&UNWRITTEN, cache.unwritten());
}
