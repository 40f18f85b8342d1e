//! The numbers of a link.

use super::counts::{LinkCounts, LinkRecord};
use super::over;
use crate::metrics::{Live, Metrics, Summary, count, distribution, level, mean};

crate::metrics! {
    /// Calls that the caller made.
    CALLS: u64 = count("calls", "Calls").unit("calls");
    /// Messages sent for the calls: the first of each, its retries and its hedges.
    ATTEMPTS: u64 = count("attempts", "Attempts").unit("attempts").live(Live::PerSecond);
    /// Attempts given up after the timeout.
    TIMEOUTS: u64 = count("timeouts", "Timeouts").unit("attempts").live(Live::PerSecond);
    /// Attempts that failed, timeouts included.
    FAILED: u64 = count("failed", "Failed").unit("attempts").live(Live::PerSecond);
    /// Attempts that a full queue or pool turned away.
    REJECTED: u64 = count("rejected", "Rejected").unit("attempts").live(Live::PerSecond);
    /// Attempts that were answered with an error.
    ERRORS: u64 = count("errors", "Errors").unit("attempts").live(Live::PerSecond);
    /// Attempts that found a dead process.
    UNREACHABLE: u64 = count("unreachable", "Unreachable").unit("attempts").live(Live::PerSecond);
    /// Attempts that were over a rate limit.
    LIMITED: u64 = count("limited", "Rate limited").unit("attempts").live(Live::PerSecond);
    /// Attempts after the first.
    RETRIES: u64 = count("retries", "Retries").unit("attempts").live(Live::PerSecond);
    /// Second copies sent while the first was out.
    HEDGES: u64 = count("hedges", "Hedges").unit("attempts");
    /// Attempts that the open circuit breaker refused.
    REFUSED: u64 = count("refused", "Refused by the breaker").unit("attempts").live(Live::PerSecond);
    /// Times that the circuit breaker opened.
    BREAKER_OPENED: u64 = count("breaker_opened", "Breaker opened").unit("times");
    /// Mean time on the wire for each attempt, there and back; absent where there was none.
    NETWORK_MS: f64 = mean("network_ms.mean", "Mean network time").unit("ms");
    /// Time between a call and its end; successes only.
    RESPONSE_MS: Summary = distribution("response_ms", "Response").unit("ms");
    /// Calls under way at this instant.
    IN_FLIGHT: u64 = level("in_flight", "In flight").unit("calls").live_only(Live::Value);
    /// Calls that wait for a place in the full connection pool at this instant.
    POOL_WAITING: u64 = level("pool_waiting", "Waiting for a connection").unit("calls").live_only(Live::Value);
    /// The callee's replicas that the caller's health checks keep out of rotation at this instant.
    EJECTED: u64 = level("ejected", "Out of rotation").unit("replicas").live_only(Live::Value);
}

/// What happened on a link in some time, for its numbers to be computed from.
#[derive(Clone, Copy, Debug)]
pub struct LinkWindow<'a> {
    /// What was counted in it.
    pub counts: &'a LinkCounts,
    /// The link's record.
    pub record: &'a LinkRecord,
    /// Calls under way.
    pub in_flight: u64,
    /// Calls that wait for a place in the pool.
    pub pool_waiting: u64,
    /// The callee's replicas that the caller keeps out of rotation.
    pub ejected: u64,
}

/// Reports the numbers of a link.
pub fn metrics(window: &LinkWindow<'_>, m: &mut dyn Metrics) {
    let LinkWindow { counts, record, .. } = *window;
    m.report(&CALLS, counts.calls);
    m.report(&ATTEMPTS, counts.attempts);
    m.report(&TIMEOUTS, counts.timeouts);
    m.report(&FAILED, counts.failed);
    m.report(&REJECTED, counts.rejected);
    m.report(&ERRORS, counts.errors);
    m.report(&UNREACHABLE, counts.unreachable);
    m.report(&LIMITED, counts.limited);
    m.report(&RETRIES, counts.retries);
    m.report(&HEDGES, counts.hedges);
    m.report(&REFUSED, counts.refused);
    m.report(&BREAKER_OPENED, counts.breaker_opened);
    m.report(&NETWORK_MS, over(counts.wire_ns.into(), counts.attempts.into()).map(|ns| ns / 1e6));
    m.report_with(&RESPONSE_MS, || record.response.summary());
    m.report(&IN_FLIGHT, window.in_flight);
    m.report(&POOL_WAITING, window.pool_waiting);
    m.report(&EJECTED, window.ejected);
}
