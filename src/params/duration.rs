//! Durations as written in a document: `{"dist": "exponential", "mean_ms": 10}`.

use super::{Axis, Fields, Hint, Parameter, Violation, one_of, optional_one_of, parameter, plain};
use crate::choices;
use crate::random::Distribution;
use crate::time::{MS, from_ms};

choices! {
    /// The distribution of a duration.
    DistributionKind {
        /// Always the same.
        Constant = "constant" "constant",
        /// Memoryless.
        Exponential = "exponential" "exponential",
        /// Equally likely anywhere between two values.
        Uniform = "uniform" "uniform",
        /// Skewed to the right, as most measured latencies are.
        LogNormal = "log_normal" "log-normal",
        /// Sum of exponential stages.
        Gamma = "gamma" "gamma",
        /// Mostly short, sometimes long: more variable than exponential.
        Hyperexponential = "hyperexponential" "hyperexponential",
        /// With a heavy tail.
        Pareto = "pareto" "Pareto",
        /// Measured quantiles.
        Empirical = "empirical" "measured quantiles",
    }
}

/// A duration. It has the parameters of every distribution, of which `DistributionKind` says which
/// count.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationParam {
    dist: DistributionKind,
    ms: f64,
    mean_ms: f64,
    cv: f64,
    min_ms: f64,
    max_ms: f64,
    shape: f64,
    cap_ms: Option<f64>,
    points_ms: Vec<[f64; 2]>,
}

/// The longest duration that can be written, milliseconds: 1 hour.
const LONGEST_MS: f64 = 3_600_000.0;
/// The ends of a duration's slider where nothing else is said of it, milliseconds.
const SLIDER_MS: [f64; 2] = [0.1, 1000.0];

impl DurationParam {
    fn typical(dist: DistributionKind, ms: f64) -> DurationParam {
        // Where the constant is 0, the defaults of the other distributions start from 1 ms.
        let mean_ms = if ms > 0.0 { ms } else { 1.0 };
        DurationParam {
            dist,
            ms,
            mean_ms,
            cv: 1.4,
            min_ms: mean_ms / 2.0,
            max_ms: mean_ms * 2.0,
            shape: 2.5,
            cap_ms: None,
            points_ms: vec![[0.5, mean_ms * 0.7], [0.9, mean_ms * 2.0], [0.99, mean_ms * 5.0], [1.0, mean_ms * 10.0]],
        }
    }

    /// Always `ms`.
    pub fn constant(ms: f64) -> DurationParam {
        DurationParam::typical(DistributionKind::Constant, ms)
    }

    /// Exponential with this mean.
    pub fn exponential(mean_ms: f64) -> DurationParam {
        DurationParam::typical(DistributionKind::Exponential, mean_ms)
    }

    /// Log-normal with this mean and coefficient of variation.
    pub fn log_normal(mean_ms: f64, cv: f64) -> DurationParam {
        DurationParam { cv, ..DurationParam::typical(DistributionKind::LogNormal, mean_ms) }
    }

    /// Names the parameters under one key.
    pub fn fields(&mut self, f: &mut dyn Fields, words: Parameter) {
        let mut dist = self.dist;
        one_of(f, words, "dist", &mut dist, &mut |dist, f| self.fields_of(dist, words.hint, f));
        self.dist = dist;
    }

    /// Names the parameters of a distribution.
    fn fields_of(&mut self, dist: DistributionKind, hint: Hint, f: &mut dyn Fields) {
        let DurationParam { ms, mean_ms, cv, min_ms, max_ms, shape, cap_ms, points_ms, .. } = self;
        let [low, high] = hint.slide.unwrap_or(SLIDER_MS);
        let time = |key: &'static str, label: &'static str| parameter(key, label).unit("ms").slide(low, high);
        let mean = time("mean_ms", "Mean").help("The average.");
        let varies = parameter("cv", "Variation")
            .slide(0.1, 10.0)
            .help("Standard deviation over mean: 1 is as random as exponential.");
        match dist {
            DistributionKind::Constant => {
                f.number(time("ms", "Value").help("The same every time."), ms, 0.0, LONGEST_MS)
            }
            DistributionKind::Exponential => f.number(mean, mean_ms, 0.000_001, LONGEST_MS),
            DistributionKind::Uniform => {
                f.number(time("min_ms", "Min").help("The shortest."), min_ms, 0.0, LONGEST_MS);
                f.number(time("max_ms", "Max").help("The longest."), max_ms, 0.0, LONGEST_MS);
            }
            DistributionKind::LogNormal | DistributionKind::Gamma => {
                f.number(mean, mean_ms, 0.000_001, LONGEST_MS);
                f.number(varies, cv, 0.01, 10.0);
            }
            DistributionKind::Hyperexponential => {
                f.number(mean, mean_ms, 0.000_001, LONGEST_MS);
                f.number(varies, cv, 1.0, 10.0);
            }
            DistributionKind::Pareto => {
                f.number(time("min_ms", "Min").help("The shortest."), min_ms, 0.000_001, LONGEST_MS);
                f.number(
                    parameter("shape", "Tail index").slide(1.01, 10.0).help("The smaller, the heavier the tail."),
                    shape,
                    1.01,
                    20.0,
                );
                f.optional_number(
                    parameter("max_ms", "Max").unit("ms").help("No value is longer."),
                    "unbounded",
                    cap_ms,
                    0.000_001,
                    LONGEST_MS,
                );
            }
            DistributionKind::Empirical => f.points(
                parameter("points_ms", "Quantiles")
                    .help("Quantile and value in ms, linear in between; the last quantile is 1."),
                [
                    Axis { label: "quantile", min: 0.0, max: 1.0 },
                    Axis { label: "value in ms", min: 0.0, max: LONGEST_MS },
                ],
                points_ms,
            ),
        }
    }

    /// A violation that the ranges of single parameters cannot express, of the duration under `key`.
    pub fn check(&self, key: &str) -> Option<Violation> {
        let violation =
            |field: &str, what: &str, right: &str| Some(Violation::new(&format!("{key}.{field}"), what, right));
        match self.dist {
            DistributionKind::Uniform if self.min_ms > self.max_ms => violation(
                "max_ms",
                &format!("{} is less than min_ms", plain(self.max_ms)),
                &format!("at least {}", plain(self.min_ms)),
            ),
            DistributionKind::Pareto if self.cap_ms.is_some_and(|cap| cap <= self.min_ms) => {
                violation("max_ms", "is not above min_ms", &format!("more than {}", plain(self.min_ms)))
            }
            DistributionKind::Empirical if self.points_ms.last().is_none_or(|last| last[0] != 1.0) => {
                violation("points_ms", "does not end at quantile 1", "a last pair [1, the greatest value]")
            }
            DistributionKind::Empirical if self.points_ms.windows(2).any(|two| two[0][1] > two[1][1]) => {
                violation("points_ms", "values fall", "values that rise with the quantile")
            }
            _ => None,
        }
    }

    /// Whether it is always 0.
    pub fn is_zero(&self) -> bool {
        self.distribution().constant() == Some(0)
    }

    /// The distribution to draw from, in nanoseconds.
    pub fn distribution(&self) -> Distribution {
        let mean = self.mean_ms * MS;
        match self.dist {
            DistributionKind::Constant => Distribution::Constant(from_ms(self.ms)),
            DistributionKind::Exponential => Distribution::Exponential(mean),
            DistributionKind::Uniform => Distribution::Uniform(self.min_ms * MS, self.max_ms * MS),
            DistributionKind::LogNormal => Distribution::log_normal(mean, self.cv),
            DistributionKind::Gamma => Distribution::gamma(mean, self.cv),
            DistributionKind::Hyperexponential => Distribution::hyperexponential(mean, self.cv),
            DistributionKind::Pareto => Distribution::Pareto {
                min: self.min_ms * MS,
                shape: self.shape,
                mass: self.cap_ms.map_or(1.0, |cap| 1.0 - libm::pow(self.min_ms / cap, self.shape)),
            },
            DistributionKind::Empirical => {
                Distribution::Empirical(self.points_ms.iter().map(|[q, ms]| [*q, ms * MS]).collect())
            }
        }
    }
}

/// A duration that may be left out.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionalDuration {
    on: bool,
    duration: DurationParam,
}

impl OptionalDuration {
    /// Left out; the duration that it begins with when it is asked for is always `ms`.
    pub fn none(ms: f64) -> OptionalDuration {
        OptionalDuration { on: false, duration: DurationParam::constant(ms) }
    }

    /// This duration.
    pub fn some(duration: DurationParam) -> OptionalDuration {
        OptionalDuration { on: true, duration }
    }

    /// Names the parameters under one key; `none` says what it means that it is left out.
    pub fn fields(&mut self, f: &mut dyn Fields, words: Parameter, none: &'static str) {
        let OptionalDuration { on, duration } = self;
        let mut dist = duration.dist;
        optional_one_of(f, words, none, on, "dist", &mut dist, &mut |dist, f| duration.fields_of(dist, words.hint, f));
        duration.dist = dist;
    }

    /// As [`DurationParam::check`].
    pub fn check(&self, key: &str) -> Option<Violation> {
        if self.on { self.duration.check(key) } else { None }
    }

    /// The distribution to draw from, in nanoseconds.
    pub fn distribution(&self) -> Option<Distribution> {
        self.on.then(|| self.duration.distribution())
    }
}
