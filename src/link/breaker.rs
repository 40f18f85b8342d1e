//! Circuit breakers.

use crate::engine::plan::Breaker;
use crate::params::{Fields, parameter};
use crate::time::from_ms;

/// Parameters of a circuit breaker.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BreakerParameters {
    on: bool,
    consecutive_failures: u32,
    open_s: f64,
    half_open_probes: u32,
}

impl Default for BreakerParameters {
    fn default() -> Self {
        BreakerParameters { on: false, consecutive_failures: 5, open_s: 30.0, half_open_probes: 1 }
    }
}

impl BreakerParameters {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        let BreakerParameters { on, consecutive_failures, open_s, half_open_probes } = self;
        f.optional_group(
            parameter("breaker", "Circuit breaker")
                .help("Stops calling after failures in a row, and tries again later. Each calling process has its own, and counts only the calls that it has sent: what its own full pool kept back says nothing about the callee."),
            "off",
            on,
            &mut |f| {
                f.integer(
                    parameter("consecutive_failures", "Opens after").unit("failures").help("Failures in a row."),
                    consecutive_failures,
                    1,
                    1_000_000,
                );
                f.number(
                    parameter("open_s", "Stays open").unit("s").slide(0.1, 60.0).help("Calls fail at once meanwhile."),
                    open_s,
                    0.001,
                    86_400.0,
                );
                f.integer(
                    parameter("half_open_probes", "Probes")
                        .slide(1.0, 20.0)
                        .help("Calls let through while half-open. As many good ones close it; one that fails opens it again."),
                    half_open_probes,
                    1,
                    1000,
                );
            },
        );
    }

    /// The policy for the engine; `None` when it is off.
    pub(super) fn plan(&self) -> Option<Breaker> {
        self.on.then(|| Breaker {
            failures: self.consecutive_failures,
            open_ns: from_ms(self.open_s * 1000.0),
            probes: self.half_open_probes,
        })
    }
}
