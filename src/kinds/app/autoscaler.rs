//! Autoscaling, by the rule of Kubernetes' HorizontalPodAutoscaler.

use crate::choices;
use crate::engine::core::Core;
use crate::params::{Fields, Violation, choice, parameter};
use crate::time::{NEVER, from_s};
use std::collections::VecDeque;

choices! {
    /// What an autoscaler measures.
    Metric {
        /// Busy workers over workers.
        Utilization = "utilization" "utilization",
        /// Waiting requests and messages per replica.
        Queue = "queue" "waiting per replica",
    }
}

/// Parameters of an autoscaler: the rule of Kubernetes' HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Autoscale {
    pub(super) on: bool,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) metric: Metric,
    pub(super) target: f64,
    pub(super) interval_s: f64,
    pub(super) cooldown_s: f64,
}

impl Default for Autoscale {
    fn default() -> Self {
        // Kubernetes evaluates every 15 s (--horizontal-pod-autoscaler-sync-period) and waits 300 s
        // before it scales in (--horizontal-pod-autoscaler-downscale-stabilization); 60 s here, so
        // that it happens in a run of a few minutes.
        Autoscale {
            on: false,
            min: 1,
            max: 10,
            metric: Metric::Utilization,
            target: 0.7,
            interval_s: 15.0,
            cooldown_s: 60.0,
        }
    }
}

impl Autoscale {
    pub(super) fn fields(&mut self, f: &mut dyn Fields) {
        let Autoscale { on, min, max, metric, target, interval_s, cooldown_s } = self;
        f.optional_group(
            parameter("autoscale", "Autoscale").help("Starts and removes replicas as Kubernetes does: wanted = replicas × metric ÷ target, rounded up, if the metric is off by more than 10 %."),
            "off",
            on,
            &mut |f| {
                f.integer(parameter("min", "Min").help("Never fewer replicas than this."), min, 1, 1000);
                f.integer(parameter("max", "Max").help("Never more replicas than this."), max, 1, 1000);
                choice(
                    f,
                    parameter("metric", "Metric").help("Busy workers over workers; or waiting requests per replica, those in the queues that it consumes included."),
                    metric,
                );
                f.number(
                    parameter("target", "Target").help("The value that the metric should have: 0.7 is 70 % utilization."),
                    target,
                    0.01,
                    1e6,
                );
                f.number(
                    parameter("interval_s", "Interval").unit("s").slide(1.0, 60.0).help("Time between two evaluations; the metric is the mean over it. Kubernetes: 15 s."),
                    interval_s,
                    0.1,
                    3600.0,
                );
                f.number(
                    parameter("cooldown_s", "Cooldown").unit("s").slide(0.0, 600.0).help("It scales in to the highest recommendation within this time. Kubernetes: 300 s."),
                    cooldown_s,
                    0.0,
                    86_400.0,
                );
            },
        );
    }

    /// What ranges alone cannot say, given the app's workers.
    pub(super) fn check(&self, workers: Option<u32>) -> Option<Violation> {
        let violation =
            |field: &str, what: &str, right: &str| Some(Violation::new(&format!("autoscale.{field}"), what, right));
        match self {
            it if !it.on => None,
            it if it.min > it.max => violation("min", "is more than max", "at most max"),
            it if it.metric == Metric::Utilization && workers.is_none() => {
                violation("metric", "there is no utilization of unlimited workers", "queue, or a number of workers")
            }
            it if it.metric == Metric::Utilization && it.target > 1.0 => {
                violation("target", "utilization is never above 1", "a number from 0.01 to 1")
            }
            _ => None,
        }
    }
}

/// Relative deviation from the target that is tolerated (Kubernetes' --horizontal-pod-autoscaler-tolerance).
const TOLERANCE: f64 = 0.1;

/// An autoscaler while running.
///
/// The rule is that of Kubernetes' HorizontalPodAutoscaler (documentation, "Algorithm details" and
/// "Configurable scaling behavior"): wanted = ⌈replicas × metric ÷ target⌉ unless the quotient is
/// within 10 % of 1, where starting replicas count as idle ones; at most doubled or four more at a
/// time, whichever is more; scaled in only to the highest recommendation within the cooldown.
#[derive(Clone, Debug)]
pub(super) struct Scaler {
    pub(super) min: u32,
    pub(super) max: u32,
    metric: Metric,
    target: f64,
    pub(super) interval_ns: u64,
    cooldown_ns: u64,
    /// When it evaluates next; a wake-up at another time is out of date.
    pub(super) due: u64,
    /// Recommendations within the cooldown, with their times: only those that no later one exceeds,
    /// highest first.
    pub(super) recommendations: VecDeque<(u64, u32)>,
    /// When it measured last, and the integrals over time of the metric and of the replicas then.
    measured: u64,
    integrals: (u128, u128),
}

impl Scaler {
    pub(super) fn new(parameters: &Autoscale, present: u32) -> Scaler {
        Scaler {
            due: NEVER,
            min: parameters.min,
            max: parameters.max,
            metric: parameters.metric,
            target: parameters.target,
            interval_ns: from_s(parameters.interval_s),
            cooldown_ns: from_s(parameters.cooldown_s),
            recommendations: VecDeque::from([(0, present)]),
            measured: 0,
            integrals: (0, 0),
        }
    }

    /// Other parameters from now on; what it has recommended so far still counts.
    pub(super) fn reconfigure(&mut self, core: &Core, station: u32, queues: &[u32], parameters: &Autoscale) {
        let Scaler { due, .. } = *self;
        let recommendations = std::mem::take(&mut self.recommendations);
        *self = Scaler { due, recommendations, ..Scaler::new(parameters, 0) };
        self.measure(core, station, queues);
    }

    /// The integrals of the metric and of the replicas up to now; returns those at the last evaluation and now.
    pub(super) fn measure(&mut self, core: &Core, station: u32, queues: &[u32]) -> [(u128, u128); 2] {
        let now = core.now();
        let nodes = &core.record.nodes;
        let node = &nodes[station as usize];
        let up = node.replicas.integral(now);
        let amount = match self.metric {
            Metric::Utilization => node.busy.integral(now),
            Metric::Queue => queues
                .iter()
                .fold(node.waiting.integral(now), |sum, queue| sum + nodes[*queue as usize].waiting.integral(now)),
        };
        self.measured = now;
        [std::mem::replace(&mut self.integrals, (amount, up)), (amount, up)]
    }

    /// How many replicas there should be; `None` if nothing was measured.
    pub(super) fn evaluate(&mut self, core: &Core, station: u32, queues: &[u32], present: u32) -> Option<u32> {
        let (now, measured) = (core.now(), self.measured);
        let [before, (amount, up)] = self.measure(core, station, queues);
        if up == before.1 {
            return None; // No replica was up.
        }
        let per = match self.metric {
            Metric::Utilization => core.station_states[station as usize].plan.workers.unwrap_or(1),
            Metric::Queue => 1,
        };
        let mean = (amount - before.0) as f64 / (now - measured) as f64;
        let recommended = self.recommended(mean / (f64::from(per) * self.target), present);
        Some(self.stabilized(now, recommended, present))
    }

    /// The recommendation of the rule when `needed` replicas would exactly meet the target.
    fn recommended(&self, needed: f64, present: u32) -> u32 {
        let wanted = if (needed / f64::from(present) - 1.0).abs() <= TOLERANCE {
            present
        } else {
            // A rounding error of the mean is no reason for one more.
            libm::ceil(needed - 1e-9) as u32
        };
        wanted.min(present.saturating_mul(2).max(present + 4)).clamp(self.min, self.max)
    }

    /// Applies the cooldown to a recommendation.
    fn stabilized(&mut self, now: u64, recommended: u32, present: u32) -> u32 {
        while self.recommendations.back().is_some_and(|(_, lower)| *lower <= recommended) {
            self.recommendations.pop_back();
        }
        self.recommendations.push_back((now, recommended));
        while self.recommendations.front().is_some_and(|(time, _)| time + self.cooldown_ns < now) {
            self.recommendations.pop_front();
        }
        let most = self.recommendations.front().map_or(recommended, |(_, most)| *most);
        if recommended > present { recommended } else { most.min(present) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn scaler(min: u32, max: u32, present: u32) -> Scaler {
        Scaler::new(&Autoscale { min, max, ..Autoscale::default() }, present)
    }

    #[test]
    fn recommends_the_needed_replicas_rounded_up_unless_within_the_tolerance() {
        let scaler = scaler(1, 100, 10);
        for (needed, recommended) in [(10.9, 10), (9.1, 10), (11.2, 12), (12.0, 12), (8.4, 9), (2.2, 3)] {
            assert_eq!(scaler.recommended(needed, 10), recommended, "{needed}");
        }
    }

    #[test]
    fn at_most_doubles_or_adds_four_and_keeps_to_min_and_max() {
        let scaler = scaler(2, 30, 1);
        assert_eq!(scaler.recommended(1000.0, 1), 5, "four more");
        assert_eq!(scaler.recommended(1000.0, 10), 20, "twice as many");
        assert_eq!(scaler.recommended(1000.0, 20), 30, "the maximum");
        assert_eq!(scaler.recommended(0.0, 10), 2, "the minimum");
    }

    #[test]
    fn scales_in_only_to_the_highest_recommendation_within_the_cooldown() {
        // The cooldown is 60 s.
        let mut scaler = scaler(1, 100, 6);
        assert_eq!(scaler.stabilized(30 * SECOND, 2, 6), 6, "6 was recommended 30 s ago");
        assert_eq!(scaler.stabilized(50 * SECOND, 4, 6), 6);
        assert_eq!(scaler.stabilized(61 * SECOND, 1, 6), 4, "4 was recommended 11 s ago");
        assert_eq!(scaler.stabilized(120 * SECOND, 1, 4), 1, "only 1 within the last 60 s");
    }

    #[test]
    fn scales_out_at_once() {
        let mut scaler = scaler(1, 100, 2);
        assert_eq!(scaler.stabilized(15 * SECOND, 5, 2), 5);
        assert_eq!(scaler.stabilized(30 * SECOND, 9, 5), 9);
    }
}
