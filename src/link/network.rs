//! The network between caller and callee.

use crate::params::{DurationParam, Fields, Violation, parameter};

/// Parameters of the network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    pub(super) latency: DurationParam,
    pub(super) loss: f64,
    bandwidth_mbps: Option<f64>,
}

impl Default for Network {
    fn default() -> Self {
        // Half of the 500 µs that a round trip within a data center takes (J. Dean, "Numbers
        // everyone should know").
        Network { latency: DurationParam::constant(0.25), loss: 0.0, bandwidth_mbps: None }
    }
}

impl Network {
    pub(super) fn latency(&mut self, f: &mut dyn Fields) {
        self.latency.fields(
            f,
            parameter("latency", "Latency")
                .slide(0.05, 500.0)
                .help("One way, each way. The default is typical within a data center."),
        );
    }

    pub(super) fn loss_and_bandwidth(&mut self, f: &mut dyn Fields) {
        f.number(
            parameter("loss", "Packet loss")
                .slide(0.0, 0.2)
                .help("Share of the messages that are lost and sent again, after 200 ms, then 400 ms, and so on."),
            &mut self.loss,
            0.0,
            0.9,
        );
        f.optional_number(
            parameter("bandwidth_mbps", "Bandwidth")
                .unit("Mbit/s")
                .help("Messages take time by their size, one after the other."),
            "unlimited",
            &mut self.bandwidth_mbps,
            0.001,
            1e6,
        );
    }

    pub(super) fn check(&self) -> Option<Violation> {
        self.latency.check("latency")
    }

    /// Nanoseconds that a byte takes; 0 is unlimited bandwidth.
    pub(super) fn ns_per_byte(&self) -> f64 {
        self.bandwidth_mbps.map_or(0.0, |mbps| 8000.0 / mbps)
    }
}
