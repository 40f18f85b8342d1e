//! Connection pools (bulkheads): a limit of concurrent calls.

use crate::params::{Fields, parameter};

/// Parameters of a connection pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PoolParameters {
    /// Concurrent calls; `None` is unlimited.
    pub(super) max_in_flight: Option<u32>,
    /// Calls that may wait; `None` is unlimited.
    pub(super) queue_limit: Option<u32>,
}

impl PoolParameters {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("max_in_flight", "Pool size")
                .help("Concurrent calls (connection pool, bulkhead); further calls wait, and their timeout runs."),
            "unlimited",
            &mut self.max_in_flight,
            1,
            1_000_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Pool queue limit").help("Calls that may wait for the pool; more are rejected."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
    }
}
