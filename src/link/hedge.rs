//! Hedged calls: a second copy of a slow call.

use super::LONGEST_MS;
use crate::params::{Fields, parameter};
use crate::time::from_ms;

/// Parameters of hedging.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HedgeParameters {
    on: bool,
    after_ms: f64,
}

impl Default for HedgeParameters {
    fn default() -> Self {
        HedgeParameters { on: false, after_ms: 50.0 }
    }
}

impl HedgeParameters {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        let HedgeParameters { on, after_ms } = self;
        f.optional_group(
            parameter("hedge", "Hedge").help("Sends a second copy after a while; the first answer wins. Behind a load balancer it goes to another replica. It takes no place in a pool of its own."),
            "off",
            on,
            &mut |f| {
                f.number(
                    parameter("after_ms", "After").unit("ms").slide(1.0, 1000.0).help("Time without an answer to the first copy."),
                    after_ms,
                    0.001,
                    LONGEST_MS,
                );
            },
        );
    }

    /// Nanoseconds after which the second copy is sent; `None` is never.
    pub(super) fn plan(&self) -> Option<u64> {
        self.on.then(|| from_ms(self.after_ms))
    }
}
