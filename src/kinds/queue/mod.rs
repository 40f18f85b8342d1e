//! Queues: a message is stored and acknowledged at once (`202 Accepted`), and worked on later.

mod consumer;
pub mod metrics;
mod station;

pub use station::QueueStation;

use crate::choices;
use crate::kind::{Calls, Info, Kind, Role, Section, StationContext};
use crate::metrics::MetricInfo;
use crate::params::{Fields, choice, parameter};
use crate::time::from_s;
use consumer::Consumer;
use std::collections::VecDeque;

choices! {
    /// When a message is forgotten.
    Delivery {
        /// Once a consumer has acknowledged it: it may be worked on twice.
        AtLeastOnce = "at_least_once" "at least once",
        /// Once it is handed out: it may be lost.
        AtMostOnce = "at_most_once" "at most once",
    }
}

/// Parameters of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    capacity: Option<u32>,
    visibility_timeout_s: f64,
    max_attempts: Option<u32>,
    dead_letter: bool,
    delivery: Delivery,
}

impl Default for Queue {
    fn default() -> Self {
        // Amazon SQS hides a message for 30 s by default; after how many deliveries it is given up
        // is for its user to say there, and 5 is common.
        Queue {
            capacity: None,
            visibility_timeout_s: 30.0,
            max_attempts: Some(5),
            dead_letter: true,
            delivery: Delivery::AtLeastOnce,
        }
    }
}

impl Kind for Queue {
    const INFO: Info = Info {
        id: "queue",
        label: "Queue",
        role: Role::Queue,
        tagline: "jobs for later",
        help: "Stores a message, answers its publisher at once, and hands it to the apps that its links lead to as fast as their workers take it. Watch the backlog. A crash loses what it holds.",
        section: Section::Data,
        called: true,
        calls: Calls::Many,
    };
    const METRICS: &'static [&'static MetricInfo] = metrics::METRICS;
    type Station = QueueStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("capacity", "Capacity").unit("messages").help("What it can hold; more are rejected."),
            "unbounded",
            &mut self.capacity,
            1,
            100_000_000,
        );
        f.number(
            parameter("visibility_timeout_s", "Visibility timeout")
                .unit("s")
                .help("A message that is not acknowledged within this time is handed out again."),
            &mut self.visibility_timeout_s,
            0.001,
            86_400.0,
        );
        f.optional_integer(
            parameter("max_attempts", "Deliveries at most")
                .help("After so many failed deliveries a message is given up."),
            "no limit",
            &mut self.max_attempts,
            1,
            1000,
        );
        f.boolean(
            parameter("dead_letter", "Dead letters").help("What is given up is kept aside and counted as dead letters; if not, it is dropped and counted as lost."),
            &mut self.dead_letter,
        );
        choice(
            f,
            parameter("delivery", "Delivery")
                .help("Forget a message when it is acknowledged, or when it is handed out."),
            &mut self.delivery,
        );
    }

    fn summary(&self) -> String {
        "202 Accepted".to_owned()
    }

    fn station(&self, site: &StationContext) -> QueueStation {
        let consumers: Vec<Consumer> = site.out.iter().flat_map(Consumer::replicas_of).collect();
        QueueStation {
            station: site.station,
            capacity: self.capacity.unwrap_or(u32::MAX),
            visibility_ns: from_s(self.visibility_timeout_s),
            max_attempts: self.max_attempts.unwrap_or(u32::MAX),
            keeps_dead: self.dead_letter,
            once: self.delivery == Delivery::AtMostOnce,
            free: (0..consumers.len() as u32).collect(),
            consumers,
            ready: VecDeque::new(),
            hidden: VecDeque::new(),
            inside: 0,
            backlog_max: 0,
            oldest_max_ns: 0,
        }
    }
}
