//! Autoscaling.

use crate::choices;
use crate::engine::core::Core;
use crate::params::{Fields, Violation, choice, parameter};
use crate::time::from_s;
use std::collections::VecDeque;

choices! {
    /// What an autoscaler looks at.
    Metric {
        /// Busy workers over workers.
        Utilization = "utilization" "utilisation",
        /// Requests and messages that wait, per replica.
        Queue = "queue" "waiting per replica",
    }
}

/// Parameters of an autoscaler: the rule of Kubernetes' HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Autoscale {
    pub(super) on: bool,
    pub(super) min: u32,
    pub(super) max: u32,
    metric: Metric,
    target: f64,
    interval_s: f64,
    cooldown_s: f64,
}

impl Default for Autoscale {
    fn default() -> Self {
        // Kubernetes looks every 15 s (--horizontal-pod-autoscaler-sync-period) and waits 300 s
        // before it scales in (--horizontal-pod-autoscaler-downscale-stabilization); 60 s here, so
        // that a run of a few minutes shows it.
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
            parameter("autoscale", "Autoscale").help("Starts and retires replicas as Kubernetes does: wanted = replicas × metric ÷ target, rounded up, if it is off by more than 10 %."),
            "off",
            on,
            &mut |f| {
                f.integer(parameter("min", "At least").unit("replicas").help("Never fewer than this."), min, 1, 1000);
                f.integer(parameter("max", "At most").unit("replicas").help("Never more than this."), max, 1, 1000);
                choice(
                    f,
                    parameter("metric", "Metric").help("Busy workers over workers; or what waits per replica, in the queues that feed it too."),
                    metric,
                );
                f.number(
                    parameter("target", "Target").help("What the metric is to be: 0.7 is 70 % utilisation."),
                    target,
                    0.01,
                    1e6,
                );
                f.number(
                    parameter("interval_s", "Interval").unit("s").help("Between two looks; the metric is the mean over it. Kubernetes looks every 15 s."),
                    interval_s,
                    0.1,
                    3600.0,
                );
                f.number(
                    parameter("cooldown_s", "Cooldown").unit("s").help("It scales in to the most that was wanted within this time. Kubernetes waits for 300 s."),
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
                violation("metric", "there is no utilisation of unlimited workers", "queue, or a number of workers")
            }
            it if it.metric == Metric::Utilization && it.target > 1.0 => {
                violation("target", "utilisation is never above 1", "a number from 0.01 to 1")
            }
            _ => None,
        }
    }
}

/// Relative deviation from the target that is let be (Kubernetes' --horizontal-pod-autoscaler-tolerance).
const TOLERANCE: f64 = 0.1;

/// An autoscaler while running.
///
/// The rule is that of Kubernetes' HorizontalPodAutoscaler (documentation, "Algorithm details" and
/// "Configurable scaling behavior"): wanted = ⌈replicas × metric ÷ target⌉ unless the quotient is
/// within 10 % of 1, where replicas that start count as idle ones; at most doubled or four more
/// at a look, whichever is more; scaled in only to the most that was wanted lately.
#[derive(Clone, Debug)]
pub(super) struct Scaler {
    pub(super) min: u32,
    pub(super) max: u32,
    metric: Metric,
    target: f64,
    pub(super) interval_ns: u64,
    cooldown_ns: u64,
    /// Stations of the queues that feed the app.
    pub(super) queues: Vec<u32>,
    /// What was wanted when, within the cooldown: only what nothing later exceeds, most first.
    pub(super) wanted: VecDeque<(u64, u32)>,
    /// At the last look: the metric's integral and that of the workers or replicas there were.
    seen: (u128, u128),
}

impl Scaler {
    pub(super) fn new(it: &Autoscale, present: u32, queues: Vec<u32>) -> Scaler {
        Scaler {
            min: it.min,
            max: it.max,
            metric: it.metric,
            target: it.target,
            interval_ns: from_s(it.interval_s),
            cooldown_ns: from_s(it.cooldown_s),
            queues,
            wanted: VecDeque::from([(0, present)]),
            seen: (0, 0),
        }
    }

    /// How many replicas there are to be; `None` if nothing can be said.
    pub(super) fn look(&mut self, core: &Core, station: u32, present: u32) -> Option<u32> {
        let now = core.now();
        let nodes = &core.record.nodes;
        let node = &nodes[station as usize];
        let up = node.replicas.integral(now);
        let amount = match self.metric {
            Metric::Utilization => node.busy.integral(now),
            Metric::Queue => self
                .queues
                .iter()
                .fold(node.waiting.integral(now), |sum, queue| sum + nodes[*queue as usize].waiting.integral(now)),
        };
        let before = std::mem::replace(&mut self.seen, (amount, up));
        if up == before.1 {
            return None; // Nobody was up to be measured.
        }
        let per = match self.metric {
            Metric::Utilization => core.station_states[station as usize].plan.workers.unwrap_or(1),
            Metric::Queue => 1,
        };
        let mean = (amount - before.0) as f64 / self.interval_ns as f64;
        let recommended = self.recommended(mean / (f64::from(per) * self.target), present);
        Some(self.stabilised(now, recommended, present))
    }

    /// What the rule says when `needed` replicas would just meet the target.
    fn recommended(&self, needed: f64, present: u32) -> u32 {
        let wanted = if (needed / f64::from(present) - 1.0).abs() <= TOLERANCE {
            present
        } else {
            // What the mean of whole numbers misses by rounding is no reason for one more.
            libm::ceil(needed - 1e-9) as u32
        };
        wanted.min(present.saturating_mul(2).max(present + 4)).clamp(self.min, self.max)
    }

    fn stabilised(&mut self, now: u64, recommended: u32, present: u32) -> u32 {
        while self.wanted.back().is_some_and(|(_, less)| *less <= recommended) {
            self.wanted.pop_back();
        }
        self.wanted.push_back((now, recommended));
        while self.wanted.front().is_some_and(|(time, _)| time + self.cooldown_ns < now) {
            self.wanted.pop_front();
        }
        let most = self.wanted.front().map_or(recommended, |(_, most)| *most);
        if recommended > present { recommended } else { most.min(present) }
    }
}
