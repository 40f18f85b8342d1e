//! What a card shows about its node: one line of numbers, and a level.

use crate::kind::card;
use crate::kinds;
use crate::metrics::{Aggregate, Live, MetricInfo};
use crate::report::snapshot::NodeSnapshot;
use crate::views::format;

/// How loaded a node is; each level has a shape of its own on the card, and not only a color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// Below 70 % utilization.
    #[default]
    Calm,
    /// At least 70 % utilization.
    Busy,
    /// At least 95 % utilization: no headroom is left.
    Full,
    /// Every replica is down.
    Down,
}

impl Level {
    /// As a class of the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Level::Calm => "calm",
            Level::Busy => "busy",
            Level::Full => "full",
            Level::Down => "down",
        }
    }

    /// The word for screen readers and titles.
    pub fn words(self) -> &'static str {
        match self {
            Level::Calm => "",
            Level::Busy => "busy",
            Level::Full => "no headroom",
            Level::Down => "down",
        }
    }
}

/// The level of a node with these numbers.
pub fn level(now: &NodeSnapshot) -> Level {
    let down = !now.replicas.is_empty() && now.replicas.iter().all(|replica| !replica.up);
    match now.utilization() {
        _ if down => Level::Down,
        Some(busy) if busy >= 0.95 => Level::Full,
        Some(busy) if busy >= 0.7 => Level::Busy,
        _ => Level::Calm,
    }
}

/// One line: the rate of requests, and the number that matters most for the kind, with its label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Requests a second.
    pub rate: String,
    /// The label of the other number.
    pub label: &'static str,
    /// The other number.
    pub value: String,
}

/// The line of a node of this kind.
pub fn line(kind: &str, now: &NodeSnapshot) -> Line {
    let numbers = kinds::info(kind).map_or(card::RESPONSE, |info| info.card);
    let shown = numbers.iter().find_map(|number| {
        let value = now.find(number.metric.key)?;
        (number.shown_at_zero || value > 0.0).then_some((number, value))
    });
    let rate = format::rate(now.rate_rps());
    match shown {
        Some((number, value)) => Line { rate, label: number.label, value: measured(number.metric, value) },
        None => Line { rate, ..Line::default() },
    }
}

/// A measured number of a snapshot with its unit.
fn measured(metric: &MetricInfo, value: f64) -> String {
    match (metric.aggregate, metric.live, metric.unit) {
        (Aggregate::Ratio, ..) => format!("{} %", format::percent(value)),
        (_, Live::PerSecond, _) => format::rate(value),
        (_, _, "ms") => format::ms(Some(value)),
        _ => format::grouped(value as i64),
    }
}

/// How many bars the stack of waiting requests has: more for ten times as many, at most eight.
pub fn stack(waiting: u64) -> usize {
    match waiting {
        0 => 0,
        1..=2 => 1,
        3..=5 => 2,
        6..=11 => 3,
        12..=25 => 4,
        26..=60 => 5,
        61..=150 => 6,
        151..=500 => 7,
        _ => 8,
    }
}

/// How thick a link is drawn, by attempts a second.
pub fn width(rate_rps: f64) -> f64 {
    1.8 + (libm::log10(1.0 + rate_rps.max(0.0)) * 1.1).min(4.2)
}

/// A node's full name for screen readers; `held` says whether it is paused or slowed down.
pub fn full_name(name: &str, label: &str, now: Option<&NodeSnapshot>, held: &str, incoming: usize) -> String {
    let mut out = format!("{name}, {}", label.to_ascii_lowercase());
    if !held.is_empty() {
        out.push_str(&format!(", {held}"));
    }
    if let Some(now) = now {
        let level = level(now);
        if !level.words().is_empty() {
            out.push_str(&format!(", {}", level.words()));
        }
        if let Some(busy) = now.utilization() {
            out.push_str(&format!(", utilization {} %", format::percent(busy)));
        }
        if now.waiting() > 0 {
            out.push_str(&format!(", {} waiting", now.waiting()));
        }
    }
    out.push_str(&format!(", {incoming} incoming"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::cache::metrics::HIT_RATIO;
    use crate::record::ReplicaSnapshot;
    use crate::record::node_metrics::{ARRIVALS, RESPONSE_P99_MS, UTILIZATION, WAITING};

    fn now(utilization: Option<f64>, up: &[bool]) -> NodeSnapshot {
        let replicas =
            up.iter().map(|up| ReplicaSnapshot { up: *up, busy: 0.5, ..ReplicaSnapshot::default() }).collect();
        let now = NodeSnapshot { replicas, ..NodeSnapshot::default() };
        utilization.map_or(now.clone(), |utilization| now.with(&UTILIZATION, utilization))
    }

    #[test]
    fn a_level_for_each_state() {
        assert_eq!(level(&now(Some(0.2), &[true])), Level::Calm);
        assert_eq!(level(&now(Some(0.75), &[true])), Level::Busy);
        assert_eq!(level(&now(Some(0.97), &[true, false])), Level::Full);
        assert_eq!(level(&now(Some(0.0), &[false, false])), Level::Down);
        assert_eq!(level(&now(None, &[])), Level::Calm);
    }

    #[test]
    fn the_line_shows_what_matters_for_the_kind() {
        let now = NodeSnapshot::default;
        let cache = now().with(&ARRIVALS, 226.0).with(&HIT_RATIO, 0.61).with(&RESPONSE_P99_MS, 2.0);
        assert_eq!(line("cache", &cache), Line { rate: "226 /s".into(), label: "hit", value: "61 %".into() });
        let app = now().with(&ARRIVALS, 251.0).with(&RESPONSE_P99_MS, 12.0);
        assert_eq!(line("app", &app).value, "12 ms");
        let queue = now().with(&WAITING, 1200.0);
        assert_eq!(line("queue", &queue).value, "1\u{202f}200");
    }

    #[test]
    fn the_stack_grows_with_what_waits_and_stops_growing() {
        let heights: Vec<usize> = [0, 1, 4, 10, 143, 1_000_000].map(stack).into();
        assert_eq!(heights, [0, 1, 2, 3, 6, 8]);
    }

    #[test]
    fn a_full_name_says_everything() {
        let name = full_name("Orders DB", "Database", Some(&now(Some(0.92), &[true])), "", 2);
        assert_eq!(name, "Orders DB, database, busy, utilization 92 %, 2 incoming");
        let name = full_name("Orders DB", "Database", None, "1 of 3 frozen", 2);
        assert_eq!(name, "Orders DB, database, 1 of 3 frozen, 2 incoming");
    }
}
