//! Connection pools (bulkheads): a limit of concurrent calls.

use crate::params::{Fields, parameter};

/// Parameters of a connection pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PoolParameters {
    /// Concurrent calls; `None` is unlimited.
    pub(super) max_in_flight: Option<u32>,
    /// Concurrent calls to one replica of the callee; `None` is unlimited.
    pub(super) max_per_replica: Option<u32>,
    /// Calls that may wait; `None` is unlimited.
    pub(super) queue_limit: Option<u32>,
    /// Whether an attempt that timed out keeps its place until the callee has answered.
    pub(super) holds_place: bool,
}

impl PoolParameters {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("max_in_flight", "Pool size")
                .slide(1.0, 200.0)
                .help("Concurrent calls of each calling process (connection pool, bulkhead): four replicas with 5 have 20. Further calls wait, and their timeout runs. A hedge takes no place of its own."),
            "unlimited",
            &mut self.max_in_flight,
            1,
            1_000_000,
        );
        f.optional_integer(
            parameter("max_in_flight_per_replica", "Pool size per replica")
                .slide(1.0, 200.0)
                .help("Concurrent calls of each calling process to one replica of the callee. A load balancer skips a replica that is full; calls wait in one line for whichever is free first."),
            "unlimited",
            &mut self.max_per_replica,
            1,
            1_000_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Pool queue limit")
                .help("Calls of each calling process that may wait for its pool; more are rejected."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        f.boolean(
            parameter("timeout_holds_place", "Timeout holds its place")
                .help("A call that timed out keeps its place in the pool until the callee has answered it or its cancellation, as a connection does on which a statement is cancelled."),
            &mut self.holds_place,
        );
    }
}
