//! Queues: a message is stored and acknowledged at once (`202 Accepted`), and processed later.

mod consumer;
pub mod metrics;
mod station;

pub use station::QueueStation;

use crate::choices;
use crate::engine::plan::Change;
use crate::kind::{Calls, CardNumber, Kind, KindInfo, Role, Section, StationContext};
use crate::metrics::MetricInfo;
use crate::params::{Fields, choice, parameter, shown};
use crate::record::node_metrics;
use crate::time::{NEVER, from_s};
use consumer::Consumer;
use std::collections::VecDeque;

choices! {
    /// When a message is deleted.
    Delivery {
        /// When a consumer has acknowledged it: it may be processed twice.
        AtLeastOnce = "at_least_once" "at least once",
        /// When it is delivered: it may be lost.
        AtMostOnce = "at_most_once" "at most once",
    }
}

choices! {
    /// When a message whose consumer failed is visible again.
    OnFailure {
        /// When its visibility timeout is over.
        Visibility = "visibility" "after the visibility timeout",
        /// At once, as with a negative acknowledgement.
        Requeue = "requeue" "at once",
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
    on_failure: OnFailure,
}

impl Default for Queue {
    fn default() -> Self {
        // The default visibility timeout of Amazon SQS is 30 s. Its maxReceiveCount has no default;
        // 5 is common.
        Queue {
            capacity: None,
            visibility_timeout_s: 30.0,
            max_attempts: Some(5),
            dead_letter: true,
            delivery: Delivery::AtLeastOnce,
            on_failure: OnFailure::Visibility,
        }
    }
}

impl Kind for Queue {
    const INFO: KindInfo = KindInfo {
        id: "queue",
        label: "Queue",
        role: Role::Queue,
        tagline: shown("jobs for later"),
        keywords: shown("kafka rabbitmq sqs bullmq topic broker message stream pubsub nats job"),
        help: shown(
            "Stores a message, answers its publisher at once, and delivers it to the apps behind its links as fast as their workers take it. Watch the backlog. A crash loses the stored messages.",
        ),
        icon: shown("M3.5 7h4v10h-4zM10 7h4v10h-4zM16.5 7h4v10h-4z"),
        color: "#8a5a2b",
        card: &[CardNumber::new("backlog", &node_metrics::WAITING.info)],
        section: Section::Data,
        called: true,
        calls: Calls::Many,
    };
    const METRICS: &'static [&'static MetricInfo] = metrics::METRICS;
    type Station = QueueStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("capacity", "Capacity").unit("messages").help("Messages that it can hold; more are rejected."),
            "unbounded",
            &mut self.capacity,
            1,
            100_000_000,
        );
        f.number(
            parameter("visibility_timeout_s", "Visibility timeout")
                .slide(1.0, 600.0)
                .unit("s")
                .help("A message that is not acknowledged within this time, counted from its delivery, is delivered again: its consumer failed, crashed, is silent or slow."),
            &mut self.visibility_timeout_s,
            0.001,
            86_400.0,
        );
        f.optional_integer(
            parameter("max_attempts", "Max receive count")
                .help("Deliveries after which a message that was not acknowledged is no longer delivered. What an open breaker, a full pool or a full consumer held back was not delivered."),
            "no limit",
            &mut self.max_attempts,
            1,
            1000,
        );
        f.boolean(
            parameter("dead_letter", "Dead letters").help("A message that is no longer delivered is kept and counted as a dead letter; otherwise it is dropped and counted as lost."),
            &mut self.dead_letter,
        );
        choice(
            f,
            parameter("delivery", "Delivery")
                .help("Delete a message when it is acknowledged, or when it is delivered.")
                .fixed("messages that were delivered are kept or not by the rule of then"),
            &mut self.delivery,
        );
        choice(
            f,
            parameter("on_failure", "After a failure").help("When a message whose consumer answered with a failure is visible again: after its visibility timeout, or at once as with a negative acknowledgement."),
            &mut self.on_failure,
        );
    }

    fn summary(&self) -> String {
        "202 Accepted".to_owned()
    }

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        matches!(change, Change::Slow(..)).then_some("it stores and delivers messages without work of its own")
    }

    fn station(&self, site: &StationContext) -> QueueStation {
        let consumers: Vec<Consumer> = site.out.iter().flat_map(Consumer::replicas_of).collect();
        QueueStation {
            station: site.station,
            capacity: self.capacity.unwrap_or(u32::MAX),
            visibility_ns: from_s(self.visibility_timeout_s),
            max_attempts: self.max_attempts.unwrap_or(u32::MAX),
            keeps_dead_letters: self.dead_letter,
            at_most_once: self.delivery == Delivery::AtMostOnce,
            requeues: self.on_failure == OnFailure::Requeue,
            next_poll: NEVER,
            held_back: 0,
            resting: VecDeque::new(),
            asking: (0..consumers.len() as u32).collect(),
            consumers,
            ready: VecDeque::new(),
            hidden: VecDeque::new(),
            stored: 0,
            backlog_max: 0,
            oldest_max_ns: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kinds::testing::{constant_client, count, link, report};
    use crate::report::NodeReport;
    use serde_json::{Value, json};

    /// 10 messages per second through a queue to one app; the queue's report after 20 s.
    fn queue(queue: Value, app: Value) -> NodeReport {
        let nodes = [
            constant_client(10.0),
            json!({"id": "queue", "kind": "queue", "params": queue}),
            json!({"id": "app", "kind": "app", "params": app}),
        ];
        let mut report = report(&nodes, &[link("client", "queue"), link("queue", "app")], 20.0);
        report.nodes.remove("queue").expect("a node")
    }

    fn failing_app() -> Value {
        json!({"error_rate": 1.0, "service": {"dist": "constant", "ms": 1}})
    }

    #[test]
    fn a_message_that_always_fails_becomes_a_dead_letter_after_its_last_delivery() {
        let it = queue(json!({"max_attempts": 3, "on_failure": "requeue"}), failing_app());
        assert!(count(&it, "arrivals") >= 199, "{}", count(&it, "arrivals"));
        // The last message may still be under way.
        let dead = count(&it, "dead_letters");
        assert!(count(&it, "arrivals") - dead <= 1, "{dead} of {}", count(&it, "arrivals"));
        let redelivered = count(&it, "redelivered");
        assert!((2 * dead..=2 * dead + 2).contains(&redelivered), "{redelivered}");
        assert_eq!(count(&it, "lost"), 0);
    }

    #[test]
    fn without_dead_letters_such_a_message_is_lost() {
        let it = queue(json!({"max_attempts": 3, "dead_letter": false, "on_failure": "requeue"}), failing_app());
        let lost = count(&it, "lost");
        assert!(
            count(&it, "arrivals") - lost <= 1 && count(&it, "dead_letters") == 0,
            "{lost} of {}",
            count(&it, "arrivals")
        );
    }

    #[test]
    fn at_most_once_loses_a_message_whose_only_delivery_fails() {
        let it = queue(json!({"delivery": "at_most_once"}), failing_app());
        let lost = count(&it, "lost");
        assert!(
            count(&it, "arrivals") - lost <= 1 && count(&it, "redelivered") == 0,
            "{lost} of {}",
            count(&it, "arrivals")
        );
    }

    #[test]
    fn rejects_messages_beyond_its_capacity() {
        // One message takes longer than the run, and the visibility timeout too.
        let it = queue(
            json!({"capacity": 7, "visibility_timeout_s": 100}),
            json!({"workers": 1, "service": {"dist": "constant", "ms": 100_000}}),
        );
        assert_eq!(count(&it, "arrivals") - count(&it, "rejected"), 7);
        assert_eq!(count(&it, "backlog.now"), 6, "one of the seven is with the consumer");
    }

    #[test]
    fn delivers_again_what_is_not_acknowledged_within_the_visibility_timeout() {
        let it = queue(
            json!({"visibility_timeout_s": 0.5, "max_attempts": null}),
            json!({"workers": null, "service": {"dist": "constant", "ms": 800}}),
        );
        // Each message is delivered a second time after 0.5 s, and acknowledged at 0.8 s.
        let (redelivered, duplicates) = (count(&it, "redelivered"), count(&it, "duplicates"));
        assert!(count(&it, "arrivals") - redelivered <= 6, "{redelivered} of {}", count(&it, "arrivals"));
        assert_eq!(redelivered, duplicates);
    }
}
