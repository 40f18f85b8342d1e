//! The numbers of a database.

use super::DatabaseStation;
use crate::metrics::{Live, Metrics, count, mean, ratios, sum};
use crate::record::node_metrics::{LOST_WRITES, STALE_READS};
use crate::record::{NodeWindow, over};

crate::metrics! {
    /// Statements that it turned away because all connections of their process were in use.
    CONNECTIONS_REFUSED: u64 = count("connections_refused", "Refused for want of a connection").unit("statements");
    /// Acknowledged writes that a later write of another side, which did not know of them, replaced when
    /// the sides met again; they count as lost too. Replicated databases only.
    CONFLICTING_WRITES: u64 =
        count("conflicting_writes", "Conflicting writes").unit("writes").live(Live::Total).alert("retry");
    /// Time in which some shard took no statements, for want of a leader or a quorum; replicated
    /// databases only.
    UNAVAILABLE_S: f64 = sum("unavailable_s", "Unavailable").unit("s");
    /// Followers promoted; replicated databases only.
    FAILOVERS: u64 = count("failovers", "Failovers").unit("times");
    /// Mean length of the times in which it took no statements, of those that are over; replicated
    /// databases only.
    RECOVERY_S: f64 = mean("recovery_s", "Mean recovery").unit("s");
    /// Busy workers over all workers of each shard; sharded databases with limited workers only.
    SHARDS: Vec<f64> = ratios("shards", "Utilization of each shard");
    and LOST_WRITES, STALE_READS;
}

/// Reports them.
pub fn report(database: &DatabaseStation, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
    let counts = window.counts;
    let replicated = database.is_replicated();
    m.report(&CONNECTIONS_REFUSED, counts.connections_refused);
    m.report(&STALE_READS, replicated.then_some(counts.stale_reads));
    m.report(&LOST_WRITES, replicated.then_some(counts.lost_writes));
    m.report(&CONFLICTING_WRITES, replicated.then_some(counts.conflicting_writes));
    m.report(&UNAVAILABLE_S, replicated.then_some(counts.unavailable_ns as f64 / 1e9));
    m.report(&FAILOVERS, replicated.then_some(counts.failovers));
    let recovery_ns = over(counts.recovery_ns.into(), counts.recoveries.into()).filter(|_| replicated);
    m.report(&RECOVERY_S, recovery_ns.map(|ns| ns / 1e9));
    m.report_with(&SHARDS, || shards(database, window));
}

/// The utilization of each shard since the warm-up.
fn shards(database: &DatabaseStation, window: &NodeWindow<'_>) -> Option<Vec<f64>> {
    let NodeWindow { now, length_ns, record, .. } = *window;
    let workers = database.workers_of_shard().filter(|_| length_ns > 0 && !record.shards.is_empty())?;
    let all = workers as f64 * length_ns as f64;
    let utilization = |(shard, gauge): (usize, &crate::record::Gauge)| {
        let before = record.shards_at_warmup.get(shard).copied().unwrap_or(0);
        (gauge.integral(now) - before) as f64 / all
    };
    Some(record.shards.iter().enumerate().map(utilization).collect())
}
