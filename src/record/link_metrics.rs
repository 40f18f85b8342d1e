//! The numbers of a link.

use super::counts::{LinkCounts, LinkRecord};
use super::over;
use crate::metrics::{Live, Metrics, Summary, count, distribution, level, mean, ratio, time_average};

crate::metrics! {
    /// Calls that the caller made.
    CALLS: u64 = count("calls", "Calls").unit("calls");
    /// Messages sent for the calls: the first of each, its retries and its hedges.
    ATTEMPTS: u64 = count("attempts", "Attempts").unit("attempts").live(Live::PerSecond);
    /// Attempts given up after the timeout.
    TIMEOUTS: u64 = count("timeouts", "Timeouts").unit("attempts").live(Live::PerSecond);
    /// Attempts that failed, for whatever reason: those of `failures` together.
    FAILED: u64 = count("failed", "Failed").unit("attempts").live(Live::PerSecond);
    /// Attempts that ran into a timeout, that of this link or one further down.
    FAILED_BY_TIMEOUT: u64 = count("failures.timeout", "Failed by timeout").unit("attempts");
    /// Attempts that a full queue or pool turned away, the caller's own or one further down.
    REJECTED: u64 = count("failures.rejected", "Rejected").unit("attempts").live(Live::PerSecond);
    /// Attempts that were answered with an error.
    ERRORS: u64 = count("failures.error", "Errors").unit("attempts").live(Live::PerSecond);
    /// Attempts that found a dead process, the callee or one further down.
    UNREACHABLE: u64 = count("failures.unreachable", "Unreachable").unit("attempts").live(Live::PerSecond);
    /// Attempts that an open circuit breaker refused, the caller's own or one further down.
    BREAKER_OPEN: u64 = count("failures.breaker_open", "Breaker open").unit("attempts");
    /// Attempts that were over a rate limit, that of the callee or one further down.
    LIMITED: u64 = count("failures.rate_limited", "Rate limited").unit("attempts").live(Live::PerSecond);
    /// Attempts after the first.
    RETRIES: u64 = count("retries", "Retries").unit("attempts").live(Live::PerSecond);
    /// Second copies sent while the first was out.
    HEDGES: u64 = count("hedges", "Hedges").unit("attempts");
    /// Attempts that the caller's own open circuit breaker refused.
    REFUSED: u64 = count("refused", "Refused by the breaker").unit("attempts").live(Live::PerSecond);
    /// Times that the circuit breaker opened.
    BREAKER_OPENED: u64 = count("breaker_opened", "Breaker opened").unit("times");
    /// Mean time on the wire for each attempt, there and back; absent where there was none.
    NETWORK_MS: f64 = mean("network_ms.mean", "Mean network time").unit("ms");
    /// Time between a call and its end; successes only.
    RESPONSE_MS: Summary = distribution("response_ms", "Response").unit("ms");
    /// Time-average of the calls under way, those that wait for the pool or for their next attempt
    /// included.
    UNDER_WAY: f64 = time_average("under_way_mean", "Mean calls under way").unit("calls");
    /// Share of the time in which messages used the bandwidth there; absent without a limit.
    FORWARD: f64 = ratio("bandwidth.forward", "Bandwidth in use there");
    /// Share of the time in which messages used the bandwidth back.
    BACKWARD: f64 = ratio("bandwidth.backward", "Bandwidth in use back");
    /// Mean time for which a message waited for those before it on the wire.
    BANDWIDTH_WAIT_MS: f64 = mean("bandwidth.wait_ms", "Mean wait for the bandwidth").unit("ms");
    /// Places in the pools of all calling processes that are up; absent without a limit.
    POOL_SIZE: u64 = level("pool.size", "Pool size").unit("connections").live(Live::Value);
    /// Time-average of the places in use.
    POOL_IN_USE: f64 = time_average("pool.in_use_mean", "Mean connections in use").unit("connections");
    /// Time-average of the calls that wait for a place.
    POOL_WAITING_MEAN: f64 = time_average("pool.waiting_mean", "Mean calls waiting for a connection").unit("calls");
    /// How long the calls that got a place had waited for it.
    POOL_WAIT_MS: Summary = distribution("pool.wait_ms", "Wait for a connection").unit("ms");
    /// Calls that the full pool turned away.
    POOL_REJECTED: u64 = count("pool.rejected", "Rejected by the pool").unit("calls");
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
    /// Its length, nanoseconds.
    pub length_ns: u64,
    /// Whether its bandwidth is limited.
    pub has_bandwidth: bool,
    /// Places in the pools of all calling processes; `None` without a limit.
    pub pool_size: Option<u64>,
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
    m.report(&FAILED, counts.failed());
    m.report(&FAILED_BY_TIMEOUT, counts.failed_by_timeout);
    m.report(&REJECTED, counts.rejected);
    m.report(&ERRORS, counts.errors);
    m.report(&UNREACHABLE, counts.unreachable);
    m.report(&BREAKER_OPEN, counts.breaker_open);
    m.report(&LIMITED, counts.limited);
    m.report(&RETRIES, counts.retries);
    m.report(&HEDGES, counts.hedges);
    m.report(&REFUSED, counts.refused);
    m.report(&BREAKER_OPENED, counts.breaker_opened);
    m.report(&NETWORK_MS, over(counts.wire_ns.into(), counts.attempts.into()).map(|ns| ns / 1e6));
    m.report_with(&RESPONSE_MS, || record.response.summary());
    let mean = |integral: u128| over(integral, window.length_ns.into());
    m.report(&UNDER_WAY, mean(counts.under_way_ns));
    if window.has_bandwidth {
        m.report(&FORWARD, mean(counts.forward_ns));
        m.report(&BACKWARD, mean(counts.backward_ns));
        m.report(&BANDWIDTH_WAIT_MS, over(counts.wire_wait_ns.into(), counts.wire_messages.into()).map(|ns| ns / 1e6));
    }
    if window.pool_size.is_some() {
        m.report(&POOL_SIZE, window.pool_size);
        m.report(&POOL_IN_USE, mean(counts.pool_in_use_ns));
        m.report(&POOL_WAITING_MEAN, mean(counts.pool_waiting_ns));
        m.report_with(&POOL_WAIT_MS, || record.pool_wait.summary());
        m.report(&POOL_REJECTED, counts.pool_rejected);
    }
    m.report(&IN_FLIGHT, window.in_flight);
    m.report(&POOL_WAITING, window.pool_waiting);
    m.report(&EJECTED, window.ejected);
}
