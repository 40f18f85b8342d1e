//! Random numbers that are the same on every platform.
//!
//! Each node and link has one named [`Stream`] for each purpose, so that a change at one of them
//! does not change the draws of the others. The generator is xoshiro256++. The ziggurats are written
//! here, on `libm`, because `ln` and `exp` of the standard library differ in bits between x86-64 and
//! Wasm, and `rand_distr` uses the standard library's as soon as any crate of the program enables
//! `num-traits/std`.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::sync::OnceLock;

/// A named stream of random numbers: seeded by its name, and independent of all other streams.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
    tables: &'static Tables,
}

/// The increment of SplitMix64: 2⁶⁴ divided by the golden ratio, made odd.
pub const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every output bit depends on every input
/// bit. A bijection that maps 0 to 0.
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a, 64 bits: makes seeds from names.
fn hash(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |h, byte| (h ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

impl Stream {
    /// The stream of `owner` (a node or link id) for `purpose` under the run's seed.
    pub fn named(seed: u64, owner: &str, purpose: &str) -> Stream {
        let mut h = hash(0xcbf2_9ce4_8422_2325, &seed.to_le_bytes());
        h = hash(h, owner.as_bytes());
        h = hash(h, &[0xff]);
        h = hash(h, purpose.as_bytes());
        Stream { generator: Xoshiro256PlusPlus::seed_from_u64(h), tables: tables() }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        to_unit(self.bits())
    }

    /// Uniform among 0 … `n` − 1, `n` > 0; the bias is below 2⁻³².
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// True with this probability. Draws nothing for 0 or 1, so that a feature that is switched off
    /// does not change the numbers that follow.
    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.unit() < probability)
    }

    /// Exponential with mean 1, by the ziggurat of Marsaglia and Tsang (2000).
    pub fn exponential(&mut self) -> f64 {
        let table = &self.tables.exponential;
        loop {
            let bits = self.generator.next_u64();
            let layer = (bits & 0xff) as usize;
            let x = to_unit(bits) * table.x[layer];
            if x < table.x[layer + 1] {
                return x;
            }
            if layer == 0 {
                return EXPONENTIAL_R - libm::log(1.0 - to_unit(self.generator.next_u64()));
            }
            let within = to_unit(self.generator.next_u64());
            if table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * within < libm::exp(-x) {
                return x;
            }
        }
    }

    /// Normal with mean 0 and standard deviation 1, by the ziggurat of Marsaglia and Tsang (2000).
    pub fn normal(&mut self) -> f64 {
        let table = &self.tables.normal;
        loop {
            let bits = self.generator.next_u64();
            let layer = (bits & 0xff) as usize;
            let u = 2.0 * to_unit(bits) - 1.0;
            let x = u * table.x[layer];
            if x.abs() < table.x[layer + 1] {
                return x;
            }
            if layer == 0 {
                loop {
                    let a = libm::log(1.0 - to_unit(self.generator.next_u64())) / NORMAL_R;
                    let b = libm::log(1.0 - to_unit(self.generator.next_u64()));
                    if -2.0 * b >= a * a {
                        return if u < 0.0 { a - NORMAL_R } else { NORMAL_R - a };
                    }
                }
            }
            let within = to_unit(self.generator.next_u64());
            if table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * within < libm::exp(-0.5 * x * x) {
                return x;
            }
        }
    }

    /// Gamma with mean `shape` and scale 1, by Marsaglia and Tsang (2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let u = 1.0 - self.unit();
            return self.gamma(shape + 1.0) * libm::pow(u, 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = 1.0 - self.unit();
            if libm::log(u) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}

/// The upper 53 bits as a number in [0, 1).
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

const EXPONENTIAL_R: f64 = 7.697_117_470_131_05;
const NORMAL_R: f64 = 3.654_152_885_361_009;

/// The layers of a ziggurat: 256 of equal area, `x` falling from the base to 0, `f` the density.
#[derive(Debug)]
struct Ziggurat {
    x: [f64; 257],
    f: [f64; 257],
}

impl Ziggurat {
    fn new(r: f64, area: f64, density: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Ziggurat {
        let mut x = [0.0; 257];
        x[0] = area / density(r);
        x[1] = r;
        for i in 2..256 {
            x[i] = inverse(area / x[i - 1] + density(x[i - 1]));
        }
        Ziggurat { x, f: x.map(density) }
    }
}

#[derive(Debug)]
struct Tables {
    exponential: Ziggurat,
    normal: Ziggurat,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        exponential: Ziggurat::new(EXPONENTIAL_R, 0.003_949_659_822_581_557, |x| libm::exp(-x), |y| -libm::log(y)),
        normal: Ziggurat::new(
            NORMAL_R,
            0.004_928_673_233_974_655,
            |x| libm::exp(-0.5 * x * x),
            |y| libm::sqrt(-2.0 * libm::log(y)),
        ),
    })
}

/// A distribution of lengths of time, nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always this value.
    Constant(u64),
    /// Exponential with this mean.
    Exponential(f64),
    /// Uniform between the two.
    Uniform(f64, f64),
    /// exp(µ + σ·N) with N standard normal.
    LogNormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Shape and scale.
    Gamma {
        /// 1 / cv².
        shape: f64,
        /// Mean over shape.
        scale: f64,
    },
    /// Two exponential phases; the first with probability `p`.
    Hyperexponential {
        /// Probability of the first phase.
        p: f64,
        /// Mean of the first phase.
        first: f64,
        /// Mean of the second phase.
        second: f64,
    },
    /// min · (1 − u·`mass`)^(−1/shape) with u uniform in [0, 1).
    Pareto {
        /// The least value, nanoseconds.
        min: f64,
        /// Tail index.
        shape: f64,
        /// The probability that the unbounded distribution is at most the maximum; 1 without one.
        mass: f64,
    },
    /// Pairs of quantile and value, rising, with straight lines between them; the last quantile is 1.
    Empirical(Vec<[f64; 2]>),
}

impl Distribution {
    /// Log-normal with this mean and coefficient of variation.
    pub fn log_normal(mean: f64, cv: f64) -> Distribution {
        let variance = libm::log(1.0 + cv * cv);
        Distribution::LogNormal { mu: libm::log(mean) - variance / 2.0, sigma: libm::sqrt(variance) }
    }

    /// Gamma with this mean and coefficient of variation.
    pub fn gamma(mean: f64, cv: f64) -> Distribution {
        let shape = 1.0 / (cv * cv);
        Distribution::Gamma { shape, scale: mean / shape }
    }

    /// Hyperexponential with this mean and coefficient of variation (≥ 1), means balanced: both
    /// phases carry the same share of the load.
    pub fn hyperexponential(mean: f64, cv: f64) -> Distribution {
        let c2 = cv * cv;
        let p = 0.5 * (1.0 + libm::sqrt((c2 - 1.0) / (c2 + 1.0)));
        Distribution::Hyperexponential { p, first: mean / (2.0 * p), second: mean / (2.0 * (1.0 - p)) }
    }

    /// One draw, nanoseconds.
    pub fn sample(&self, stream: &mut Stream) -> u64 {
        match self {
            Distribution::Constant(ns) => *ns,
            Distribution::Exponential(mean) => round(mean * stream.exponential()),
            Distribution::Uniform(min, max) => round(min + (max - min) * stream.unit()),
            Distribution::LogNormal { mu, sigma } => round(libm::exp(mu + sigma * stream.normal())),
            Distribution::Gamma { shape, scale } => round(scale * stream.gamma(*shape)),
            Distribution::Hyperexponential { p, first, second } => {
                let mean = if stream.unit() < *p { first } else { second };
                round(mean * stream.exponential())
            }
            Distribution::Pareto { min, shape, mass } => {
                round(min * libm::pow(1.0 - stream.unit() * mass, -1.0 / shape))
            }
            Distribution::Empirical(points) => round(interpolate(points, stream.unit())),
        }
    }

    /// Whether every draw is the same.
    pub fn constant(&self) -> Option<u64> {
        if let Distribution::Constant(ns) = self { Some(*ns) } else { None }
    }
}

fn round(ns: f64) -> u64 {
    (ns + 0.5) as u64
}

fn interpolate(points: &[[f64; 2]], q: f64) -> f64 {
    let after = points.partition_point(|[quantile, _]| *quantile <= q);
    match (after.checked_sub(1).map(|i| points[i]), points.get(after)) {
        (Some([q0, v0]), Some([q1, v1])) => v0 + (v1 - v0) * (q - q0) / (q1 - q0),
        (None, Some([_, v])) => *v,
        (Some([_, v]), None) => v,
        (None, None) => 0.0,
    }
}

/// Draws an index with given weights in constant time: the alias method of Walker (1977), built as by
/// Vose (1991).
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// For each slot its own share of it as a 32-bit fraction, and the index that has the rest.
    slots: Vec<(u32, u32)>,
}

impl Alias {
    /// Bytes of memory for each index.
    pub const SLOT_BYTES: u64 = std::mem::size_of::<(u32, u32)>() as u64;

    /// Draws index i with a probability in proportion to `weights[i]`. Weights must be finite, not
    /// negative and not all 0.
    pub fn new(weights: &[f64]) -> Alias {
        let n = weights.len();
        let total: f64 = weights.iter().sum();
        let mut share: Vec<f64> = weights.iter().map(|w| w * n as f64 / total).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) = (0..n as u32).partition(|i| share[*i as usize] < 1.0);
        let mut slots: Vec<(u32, u32)> = (0..n as u32).map(|i| (u32::MAX, i)).collect();
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            slots[low as usize] = ((share[low as usize] * 4_294_967_296.0) as u32, high);
            share[high as usize] -= 1.0 - share[low as usize];
            if share[high as usize] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Alias { slots }
    }

    /// Zipf popularity over `count` keys: the weight of key k (from 0) is (k + 1)^(−exponent).
    pub fn zipf(count: u32, exponent: f64) -> Alias {
        Alias::new(&(1..=count).map(|rank| libm::pow(f64::from(rank), -exponent)).collect::<Vec<_>>())
    }

    /// One draw.
    pub fn sample(&self, stream: &mut Stream) -> u32 {
        let bits = stream.bits();
        let slot = (((bits >> 32) * self.slots.len() as u64) >> 32) as u32;
        let (own, other) = self.slots[slot as usize];
        if (bits as u32) < own { slot } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(distribution: &Distribution) -> (f64, f64) {
        let mut stream = Stream::named(7, "test", "moments");
        let draws: Vec<f64> = (0..400_000).map(|_| distribution.sample(&mut stream) as f64).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / draws.len() as f64;
        (mean, variance.sqrt() / mean)
    }

    #[test]
    fn distributions_have_the_given_mean_and_variation() {
        let cases = [
            (Distribution::Exponential(1e7), 1e7, 1.0),
            (Distribution::Uniform(1e6, 9e6), 5e6, 8.0 / 12f64.sqrt() / 5.0),
            (Distribution::log_normal(1e7, 1.4), 1e7, 1.4),
            (Distribution::gamma(1e7, 0.5), 1e7, 0.5),
            (Distribution::gamma(1e7, 1.6), 1e7, 1.6),
            (Distribution::hyperexponential(1e7, 2.0), 1e7, 2.0),
            (Distribution::Pareto { min: 6e6, shape: 3.5, mass: 1.0 }, 8.4e6, (1.0f64 / (3.5 * 1.5)).sqrt()),
            (Distribution::Empirical(vec![[0.0, 0.0], [0.5, 1e6], [1.0, 3e6]]), 1.25e6, 0.7024),
        ];
        for (distribution, mean, cv) in cases {
            let (found, found_cv) = moments(&distribution);
            assert!((found / mean - 1.0).abs() < 0.015, "{distribution:?}: mean {found}, expected {mean}");
            assert!((found_cv / cv - 1.0).abs() < 0.06, "{distribution:?}: cv {found_cv}, expected {cv}");
        }
    }

    #[test]
    fn the_ziggurats_have_the_right_tails() {
        let mut stream = Stream::named(3, "test", "tails");
        let n = 2_000_000;
        let beyond = (0..n).filter(|_| stream.exponential() > 8.0).count() as f64 / n as f64;
        assert!((beyond / libm::exp(-8.0) - 1.0).abs() < 0.15, "exponential tail {beyond}");
        let beyond = (0..n).filter(|_| stream.normal().abs() > 3.7).count() as f64 / n as f64;
        assert!((beyond / 2.156e-4 - 1.0).abs() < 0.2, "normal tail {beyond}");
    }

    #[test]
    fn alias_draws_by_weight() {
        let alias = Alias::new(&[1.0, 0.0, 3.0, 6.0]);
        let mut stream = Stream::named(1, "test", "alias");
        let mut counts = [0u32; 4];
        (0..100_000).for_each(|_| counts[alias.sample(&mut stream) as usize] += 1);
        assert_eq!(counts[1], 0);
        for (i, share) in [(0, 0.1), (2, 0.3), (3, 0.6)] {
            assert!((f64::from(counts[i]) / 1e5 - share).abs() < 0.01, "{counts:?}");
        }
    }

    #[test]
    fn streams_differ_by_seed_owner_and_purpose() {
        let mut firsts: Vec<u64> = [(1, "a", "x"), (2, "a", "x"), (1, "b", "x"), (1, "a", "y"), (1, "ax", "")]
            .iter()
            .map(|(seed, owner, purpose)| Stream::named(*seed, owner, purpose).bits())
            .collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 5);
    }
}
