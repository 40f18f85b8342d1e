//! Exact and published answers, each with its source.
//!
//! Rates are per the unit of time in which times are given. Quantiles come from inverting the
//! distribution function by bisection.

use std::ops::{Add, Div, Mul, Sub};

/// e^x, the same on every platform.
fn exp(x: f64) -> f64 {
    libm::exp(x)
}

fn power(base: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// The value that is exceeded with probability `1 - q`, where `beyond` is the probability of
/// exceeding a value and `scale` is of the order of the mean.
pub fn quantile(q: f64, scale: f64, beyond: impl Fn(f64) -> f64) -> f64 {
    let mut high = scale;
    while beyond(high) > 1.0 - q {
        high *= 2.0;
    }
    bisect(0.0, high, |t| beyond(t) > 1.0 - q)
}

/// The point between `low` and `high` up to which `holds`.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if holds(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// A quantile of the exponential law: −mean · ln(1 − q).
pub fn exponential_quantile(mean: f64, q: f64) -> f64 {
    -mean * libm::log(1.0 - q)
}

/// The probability that `stages` exponential stages of this rate together exceed `t`.
pub fn erlang_beyond(stages: usize, rate: f64, t: f64) -> f64 {
    let mut term = exp(-rate * t);
    let mut sum = 0.0;
    for stage in 0..stages {
        sum += term;
        term *= rate * t / (stage + 1) as f64;
    }
    sum
}

/// The probability that one exponential stage after the other, of different rates, exceed `t`
/// together (hypoexponential law).
pub fn stages_beyond(rates: &[f64], t: f64) -> f64 {
    let weight = |own: f64| -> f64 { rates.iter().filter(|r| **r != own).map(|r| r / (r - own)).product() };
    rates.iter().map(|rate| weight(*rate) * exp(-rate * t)).sum()
}

/// The harmonic number: the mean of the greatest of `n` exponentials of mean 1.
pub fn harmonic(n: u32) -> f64 {
    (1..=n).map(|k| 1.0 / f64::from(k)).sum()
}

/// The mean of the `k`-th smallest of `n` exponentials of mean 1 (Rényi 1953).
pub fn order_mean(n: u32, k: u32) -> f64 {
    (0..k).map(|i| 1.0 / f64::from(n - i)).sum()
}

/// The probability that the `k`-th smallest of `n` independent times exceeds `t`, where each
/// exceeds it with probability `beyond`.
pub fn order_beyond(n: u32, k: u32, beyond: f64) -> f64 {
    let choose = |j: u32| (0..j).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
    (0..k).map(|j| choose(j) * power(1.0 - beyond, j) * power(beyond, n - j)).sum()
}

// -- queues with several servers ------------------------------------------------------------------

/// Erlang's loss formula: the share lost by `servers` without a queue, under `load` = λ/µ
/// (Erlang 1917).
pub fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, k| load * b / (f64::from(k) + load * b))
}

/// Erlang's delay formula: the probability of waiting for one of `servers` (Erlang 1917).
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    let b = erlang_b(servers, load);
    let idle = 1.0 - load / f64::from(servers);
    b / (idle + (1.0 - idle) * b)
}

/// M/M/c.
#[derive(Clone, Copy, Debug)]
pub struct Mmc {
    /// Servers.
    pub servers: u32,
    /// Arrivals.
    pub rate: f64,
    /// Mean time of service.
    pub service: f64,
}

impl Mmc {
    /// Mean wait.
    pub fn wait(&self) -> f64 {
        let load = self.rate * self.service;
        erlang_c(self.servers, load) * self.service / (f64::from(self.servers) - load)
    }

    /// Mean time from arrival to departure.
    pub fn response(&self) -> f64 {
        self.wait() + self.service
    }

    /// The probability that a response takes longer than `t`.
    pub fn beyond(&self, t: f64) -> f64 {
        let mu = 1.0 / self.service;
        let eta = f64::from(self.servers) * mu - self.rate;
        let waits = erlang_c(self.servers, self.rate * self.service);
        if (eta - mu).abs() < 1e-9 * mu {
            return exp(-mu * t) * (1.0 + waits * mu * t);
        }
        exp(-mu * t) + waits * mu / (eta - mu) * (exp(-mu * t) - exp(-eta * t))
    }

    /// A quantile of the response.
    pub fn quantile(&self, q: f64) -> f64 {
        quantile(q, self.response(), |t| self.beyond(t))
    }
}

/// Probabilities of the states 0 … n of a birth-and-death process: `births[i]` leads from i to
/// i + 1, `deaths[i]` from i + 1 to i.
pub fn birth_death(births: &[f64], deaths: &[f64]) -> Vec<f64> {
    let mut all = vec![1.0];
    for (birth, death) in births.iter().zip(deaths) {
        all.push(all[all.len() - 1] * birth / death);
    }
    let total: f64 = all.iter().sum();
    all.iter().map(|p| p / total).collect()
}

/// Mean of a state.
pub fn mean_state(probabilities: &[f64]) -> f64 {
    probabilities.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
}

/// Probabilities of 0 … `room` customers in M/M/c/K.
pub fn mmck(servers: u32, room: u32, rate: f64, service: f64) -> Vec<f64> {
    let deaths: Vec<f64> = (1..=room).map(|n| f64::from(n.min(servers)) / service).collect();
    birth_death(&vec![rate; room as usize], &deaths)
}

/// The probability that a response takes longer than `t` at one exponential server, first come
/// first served, where `ahead[n]` is the probability of finding `n` there.
pub fn behind_beyond(ahead: &[f64], service: f64, t: f64) -> f64 {
    ahead.iter().enumerate().map(|(n, p)| p * erlang_beyond(n + 1, 1.0 / service, t)).sum()
}

/// Mean waits of two classes in M/M/1 with priorities, not preemptive, the urgent class first
/// (Cobham 1954).
pub fn cobham(rates: [f64; 2], service: f64) -> [f64; 2] {
    let load = rates.map(|rate| rate * service);
    let residual = (load[0] + load[1]) * service;
    let urgent = 1.0 - load[0];
    [residual / urgent, residual / (urgent * (1.0 - load[0] - load[1]))]
}

// -- queues with other laws -----------------------------------------------------------------------

/// Mean wait in M/G/1 by Pollaczek (1930) and Khinchine (1932); `cv2` is the squared coefficient of
/// variation of the service.
pub fn pollaczek_khinchine(rate: f64, service: f64, cv2: f64) -> f64 {
    let load = rate * service;
    load / (1.0 - load) * service * (1.0 + cv2) / 2.0
}

/// A complex number.
#[derive(Clone, Copy, Debug)]
pub struct Complex {
    re: f64,
    im: f64,
}

impl Complex {
    fn real(re: f64) -> Complex {
        Complex { re, im: 0.0 }
    }

    fn exp(self) -> Complex {
        let size = exp(self.re);
        Complex { re: size * libm::cos(self.im), im: size * libm::sin(self.im) }
    }

    /// The root with a real part that is not negative.
    fn sqrt(self) -> Complex {
        let size = libm::hypot(self.re, self.im);
        let re = libm::sqrt((size + self.re).max(0.0) / 2.0);
        let im = libm::sqrt((size - self.re).max(0.0) / 2.0);
        Complex { re, im: if self.im < 0.0 { -im } else { im } }
    }

    fn power(self, exponent: u32) -> Complex {
        (0..exponent).fold(Complex::real(1.0), |product, _| product * self)
    }
}

impl Add for Complex {
    type Output = Complex;
    fn add(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for Complex {
    type Output = Complex;
    fn sub(self, other: Complex) -> Complex {
        Complex { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for Complex {
    type Output = Complex;
    fn mul(self, other: Complex) -> Complex {
        Complex { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

impl Div for Complex {
    type Output = Complex;
    fn div(self, other: Complex) -> Complex {
        let size = other.re * other.re + other.im * other.im;
        Complex {
            re: (self.re * other.re + self.im * other.im) / size,
            im: (self.im * other.re - self.re * other.im) / size,
        }
    }
}

/// Laws of service whose transform is known.
#[derive(Clone, Copy, Debug)]
pub enum DistributionKind {
    /// Always this long.
    Constant(f64),
    /// With this mean.
    Exponential(f64),
    /// Between the two.
    Uniform(f64, f64),
    /// So many exponential stages of this mean: gamma with a whole shape.
    Erlang(u32, f64),
    /// The first of the two means with this probability, else the second.
    Hyperexponential(f64, [f64; 2]),
}

impl DistributionKind {
    /// Hyperexponential with balanced means, of this mean and coefficient of variation.
    pub fn hyperexponential(mean: f64, cv: f64) -> DistributionKind {
        let p = 0.5 * (1.0 + libm::sqrt((cv * cv - 1.0) / (cv * cv + 1.0)));
        DistributionKind::Hyperexponential(p, [mean / (2.0 * p), mean / (2.0 * (1.0 - p))])
    }

    /// Mean.
    pub fn mean(&self) -> f64 {
        match *self {
            DistributionKind::Constant(mean) | DistributionKind::Exponential(mean) => mean,
            DistributionKind::Uniform(low, high) => 0.5 * (low + high),
            DistributionKind::Erlang(stages, mean) => f64::from(stages) * mean,
            DistributionKind::Hyperexponential(p, [a, b]) => p * a + (1.0 - p) * b,
        }
    }

    /// Squared coefficient of variation.
    pub fn cv2(&self) -> f64 {
        let mean = self.mean();
        match *self {
            DistributionKind::Constant(_) => 0.0,
            DistributionKind::Exponential(_) => 1.0,
            DistributionKind::Uniform(low, high) => (high - low) * (high - low) / 12.0 / (mean * mean),
            DistributionKind::Erlang(stages, _) => 1.0 / f64::from(stages),
            DistributionKind::Hyperexponential(p, [a, b]) => {
                2.0 * (p * a * a + (1.0 - p) * b * b) / (mean * mean) - 1.0
            }
        }
    }

    /// The Laplace transform of its density.
    fn transform(&self, s: Complex) -> Complex {
        let one = Complex::real(1.0);
        let stage = |mean: f64| one / (one + s * Complex::real(mean));
        match *self {
            DistributionKind::Constant(ms) => (s * Complex::real(-ms)).exp(),
            DistributionKind::Exponential(mean) => stage(mean),
            DistributionKind::Uniform(low, high) => {
                ((s * Complex::real(-low)).exp() - (s * Complex::real(-high)).exp()) / (s * Complex::real(high - low))
            }
            DistributionKind::Erlang(stages, mean) => stage(mean).power(stages),
            DistributionKind::Hyperexponential(p, [a, b]) => {
                Complex::real(p) * stage(a) + Complex::real(1.0 - p) * stage(b)
            }
        }
    }
}

/// The probability of exceeding `t`, from the transform of a density, by the Euler method of Abate
/// and Whitt (1995); right to seven digits or so where the law is smooth.
fn invert(t: f64, density: impl Fn(Complex) -> Complex) -> f64 {
    const A: f64 = 18.4;
    const PLAIN: usize = 30;
    const AVERAGED: usize = 11;
    let term = |k: usize| {
        let s = Complex { re: A / (2.0 * t), im: k as f64 * std::f64::consts::PI / t };
        ((Complex::real(1.0) - density(s)) / s).re
    };
    let scale = exp(A / 2.0) / t;
    let mut sum = scale * term(0) / 2.0;
    let (mut mean, mut weight) = (0.0, power(0.5, AVERAGED as u32));
    for k in 1..=PLAIN + AVERAGED {
        let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
        sum += sign * scale * term(k);
        if k >= PLAIN {
            let i = k - PLAIN;
            mean += weight * sum;
            weight *= (AVERAGED - i) as f64 / (i + 1) as f64;
        }
    }
    mean
}

/// The probability that a response of M/G/1 takes longer than `t`, by the transform of Pollaczek
/// and Khinchine; of constant service, whose response jumps, by Erlang's sum.
pub fn mg1_beyond(rate: f64, law: DistributionKind, t: f64) -> f64 {
    match law {
        DistributionKind::Constant(service) if t < service => 1.0,
        DistributionKind::Constant(service) => md1_wait_beyond(rate * service, t / service - 1.0),
        _ => mg1_beyond_inverted(rate, law, t),
    }
}

fn mg1_beyond_inverted(rate: f64, law: DistributionKind, t: f64) -> f64 {
    let idle = 1.0 - rate * law.mean();
    invert(t, |s| {
        let b = law.transform(s);
        Complex::real(idle) * s * b / (s - Complex::real(rate) + Complex::real(rate) * b)
    })
}

/// The probability that a response of M/M/1, last come first served (not preemptive), takes
/// longer than `t`: a request that has to wait does so for a busy period (Wishart 1960).
pub fn lifo_beyond(rate: f64, service: f64, t: f64) -> f64 {
    let mu = 1.0 / service;
    invert(t, |s| {
        let sum = s + Complex::real(rate + mu);
        let busy = (sum - (sum * sum - Complex::real(4.0 * rate * mu)).sqrt()) / Complex::real(2.0 * rate);
        let work = Complex::real(mu) / (s + Complex::real(mu));
        work * (Complex::real(1.0 - rate * service) + Complex::real(rate * service) * busy)
    })
}

/// How arrivals are spaced at a server of GI/M/1.
#[derive(Clone, Copy, Debug)]
pub enum Gaps {
    /// Evenly.
    Constant,
    /// As every `n`-th arrival of a Poisson process: a server's share under round robin.
    Every(u32),
}

/// GI/M/1: the mean response, which is exponential (Kendall 1953). `rate` is that of the server.
pub fn gim1(gaps: Gaps, rate: f64, service: f64) -> f64 {
    // The smallest root of σ = A*(µ(1 − σ)).
    let sigma = (0..10_000).fold(0.5, |sigma, _| {
        let s = (1.0 - sigma) / service;
        match gaps {
            Gaps::Constant => exp(-s / rate),
            Gaps::Every(n) => power(f64::from(n) * rate / (f64::from(n) * rate + s), n),
        }
    });
    service / (1.0 - sigma)
}

/// The probability that the wait in M/D/1 exceeds `t`, time in services (Erlang 1909). Far out,
/// where the terms of that sum cancel, it falls by the root θ of load·(e^θ − 1) = θ.
pub fn md1_wait_beyond(load: f64, t: f64) -> f64 {
    const FAR: f64 = 20.0;
    if t > FAR {
        let theta = bisect(1e-6, 50.0, |theta| load * (exp(theta) - 1.0) < theta);
        return md1_wait_beyond(load, FAR) * exp(-theta * (t - FAR));
    }
    let mut sum = 0.0;
    for k in 0..=(t as u32) {
        let x = load * (f64::from(k) - t);
        let factorial: f64 = (1..=k).map(f64::from).product();
        sum += power(x, k) / factorial * exp(-x);
    }
    1.0 - (1.0 - load) * sum
}

/// The share lost by M/D/1 with room for `room` customers, from the Markov chain of those left
/// behind at departures: a token bucket of that size, in which a customer is a missing token.
pub fn md1_loss(load: f64, room: usize) -> f64 {
    let mut arrivals = vec![exp(-load)];
    for k in 1..=room {
        arrivals.push(arrivals[k - 1] * load / k as f64);
    }
    let mut left = vec![1.0];
    for j in 0..room - 1 {
        let from_above: f64 = (1..=j).map(|i| left[i] * arrivals[j + 1 - i]).sum();
        left.push((left[j] - left[0] * arrivals[j] - from_above) / arrivals[0]);
    }
    let empty = left[0] / left.iter().sum::<f64>();
    1.0 - 1.0 / (empty + load)
}

/// Mean wait at a token bucket that delays, in time between tokens: the work in M/D/1 beyond the
/// `spare` tokens of the bucket, integrated.
pub fn bucket_delay(load: f64, spare: f64) -> f64 {
    const STEP: f64 = 1.0 / 256.0;
    let simpson = |from: f64| {
        let at = |t: f64| md1_wait_beyond(load, t);
        STEP / 6.0 * (at(from) + 4.0 * at(from + STEP / 2.0) + at(from + STEP))
    };
    (0..).map(|i| spare + f64::from(i) * STEP).map(simpson).take_while(|part| *part > 1e-9).sum()
}

/// Mean number in a single exponential server fed by a Poisson process that switches between two
/// rates (MMPP/M/1), by the matrix-geometric method of Neuts (1981). `switches[i]` is the rate at
/// which phase i is left.
pub fn mmpp(rates: [f64; 2], switches: [f64; 2], service: f64) -> f64 {
    let mu = 1.0 / service;
    type M = [[f64; 2]; 2];
    let times = |a: M, b: M| -> M { [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j])) };
    let inverse = |m: M| -> M {
        let d = m[0][0] * m[1][1] - m[0][1] * m[1][0];
        [[m[1][1] / d, -m[0][1] / d], [-m[1][0] / d, m[0][0] / d]]
    };
    let up: M = [[rates[0], 0.0], [0.0, rates[1]]];
    // R is the least solution of Λ + R·(Q − Λ − µ) + µ·R² = 0.
    let stay: M = [[rates[0] + switches[0] + mu, -switches[0]], [-switches[1], rates[1] + switches[1] + mu]];
    let back = inverse(stay);
    let mut r: M = [[0.0; 2]; 2];
    for _ in 0..200_000 {
        let square = times(r, r);
        let sum = [0, 1].map(|i| [0, 1].map(|j| up[i][j] + mu * square[i][j]));
        r = times(sum, back);
    }
    // The level of an empty server: x₀·(Q − Λ + µ·R) = 0, and x₀·(I − R)⁻¹·1 = 1.
    let a = [
        [-rates[0] - switches[0] + mu * r[0][0], switches[0] + mu * r[0][1]],
        [switches[1] + mu * r[1][0], -rates[1] - switches[1] + mu * r[1][1]],
    ];
    let x = [1.0, -a[0][0] / a[1][0]];
    let n = inverse([[1.0 - r[0][0], -r[0][1]], [-r[1][0], 1.0 - r[1][1]]]);
    let row = |v: [f64; 2], m: M| [0, 1].map(|j| v[0] * m[0][j] + v[1] * m[1][j]);
    let total: f64 = row(x, n).iter().sum();
    // Σ n·x₀·Rⁿ = x₀·R·(I − R)⁻².
    row(row(row(x, r), n), n).iter().sum::<f64>() / total
}

// -- networks -------------------------------------------------------------------------------------

/// A station of a closed network: the work that a user brings, and servers.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Mean work a visit.
    pub work: f64,
    /// Servers.
    pub servers: u32,
}

/// Exact mean value analysis of a closed network (Reiser and Lavenberg 1980), with several servers
/// at a station: throughput, and mean time between two thoughts.
pub fn mean_value_analysis(users: u32, think: f64, stations: &[Demand]) -> (f64, f64) {
    let n = users as usize;
    // For each station the probability of finding j there.
    let mut found = vec![vec![1.0]; stations.len()];
    let mut result = (0.0, 0.0);
    for present in 1..=n {
        let pace = |it: &Demand, j: usize| f64::from(it.servers.min(j as u32)) / it.work;
        let time = |(it, p): (&Demand, &Vec<f64>)| (1..=present).map(|j| j as f64 / pace(it, j) * p[j - 1]).sum();
        let times: Vec<f64> = stations.iter().zip(&found).map(time).collect();
        let response: f64 = times.iter().sum();
        let throughput = present as f64 / (think + response);
        for (it, p) in stations.iter().zip(&mut found) {
            let more: Vec<f64> = (1..=present).map(|j| throughput / pace(it, j) * p[j - 1]).collect();
            *p = std::iter::once(1.0 - more.iter().sum::<f64>()).chain(more).collect();
        }
        result = (throughput, response);
    }
    result
}

/// The probabilities of 0 … `users` requests at one station with so many servers, where users
/// think in between (Engset; the law of thinking does not matter).
pub fn repairman(users: u32, think: f64, servers: u32, service: f64) -> Vec<f64> {
    let births: Vec<f64> = (0..users).map(|n| f64::from(users - n) / think).collect();
    let deaths: Vec<f64> = (1..=users).map(|n| f64::from(n.min(servers)) / service).collect();
    birth_death(&births, &deaths)
}

/// Mean response of two M/M/1 that work on the same request at the same time; the later one
/// decides (Flatto and Hahn 1984, Nelson and Tantawi 1988).
pub fn fork_join_of_two(rate: f64, service: f64) -> f64 {
    let load = rate * service;
    (12.0 - load) / 8.0 * service / (1.0 - load)
}

// -- balancing ------------------------------------------------------------------------------------

/// The probability of finding n = 0, 1, … in the shorter of two queues that share one Poisson
/// process (join the shortest queue, ties at random); `load` is that of each server. The Markov
/// chain of both lengths is solved by Gauss and Seidel's method, cut off at `most`.
pub fn shortest_of_two(load: f64, most: usize) -> Vec<f64> {
    let arrive = 2.0 * load;
    // p[a][b] for a ≤ b, each pair once, from a guess on.
    let guess = |a: usize| -> Vec<f64> { (0..=most).map(|b| power(load, (a + b) as u32)).collect() };
    let mut p: Vec<Vec<f64>> = (0..=most).map(guess).collect();
    for _ in 0..4000 {
        let mut change: f64 = 0.0;
        let mut total = 0.0;
        for sum in 0..=2 * most {
            for a in sum.saturating_sub(most)..=sum / 2 {
                let b = sum - a;
                let lost = if a == most { 0.0 } else { arrive };
                let out = lost + if a > 0 { 1.0 } else { 0.0 } + if b > 0 { 1.0 } else { 0.0 };
                // From above: one more at either.
                let mut into = 0.0;
                if b < most {
                    into += p[a][b + 1];
                }
                if a < b {
                    // The shorter one served, once or (from two equal ones) twice as often.
                    into += if a + 1 == b { 2.0 * p[b][b] } else { p[a + 1][b] };
                }
                // From below: the shorter one was joined.
                if a > 0 {
                    into += arrive * p[a - 1][b];
                }
                if b == a + 1 {
                    into += arrive * p[a][a];
                }
                let now = into / out;
                change = change.max((now - p[a][b]).abs());
                p[a][b] = now;
                total += now;
            }
        }
        for row in &mut p {
            row.iter_mut().for_each(|x| *x /= total);
        }
        if change / total < 1e-13 {
            break;
        }
    }
    (0..=most).map(|a| p[a][a..=most].iter().sum()).collect()
}

/// Solves a system of linear equations by Gauss's elimination with pivots.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for column in 0..n {
        let pivot = (column..n)
            .fold(column, |best, row| if matrix[row][column].abs() > matrix[best][column].abs() { row } else { best });
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (above, below) = matrix.split_at_mut(column + 1);
        let top = &above[column];
        for (i, row) in below.iter_mut().enumerate() {
            let factor = row[column] / top[column];
            if factor != 0.0 {
                row[column..].iter_mut().zip(&top[column..]).for_each(|(x, y)| *x -= factor * y);
                right[column + 1 + i] -= factor * right[column];
            }
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

/// Mean response, in services, where each of very many servers of this load is joined by those
/// who find it the shorter of two (Vvedenskaya, Dobrushin and Karpelevich 1996; Mitzenmacher 1996)
/// and, for `servers` of them, the first correction to it (Gast and Van Houdt 2017), two different
/// ones being drawn.
pub fn power_of_two(load: f64, servers: u32) -> f64 {
    // x[i] is the share of servers with at least i customers: ρ^(2^i − 1), as far as it matters.
    let mut x = vec![1.0];
    while x[x.len() - 1] > 1e-12 {
        let last = x[x.len() - 1];
        x.push(load * last * last);
    }
    let k = x.len() - 1;
    x.push(0.0);
    // The drift is f_i = ρ(x_{i−1}² − x_i²) − (x_i − x_{i+1}); this is its derivative.
    let mut drift = vec![vec![0.0; k]; k];
    for i in 0..k {
        drift[i][i] = -2.0 * load * x[i + 1] - 1.0;
        if i > 0 {
            drift[i][i - 1] = 2.0 * load * x[i];
        }
        if i + 1 < k {
            drift[i][i + 1] = 1.0;
        }
    }
    // The covariance W: A·W + W·Aᵀ + Q = 0.
    let mut lyapunov = vec![vec![0.0; k * k]; k * k];
    let mut noise = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..k {
            let row = i * k + j;
            for m in 0..k {
                lyapunov[row][m * k + j] += drift[i][m];
                lyapunov[row][i * k + m] += drift[j][m];
            }
        }
        noise[i * k + i] = -(load * (x[i] * x[i] - x[i + 1] * x[i + 1]) + x[i + 1] - x[i + 2]);
    }
    let covariance = solve(lyapunov, noise);
    let varies = |i: usize| if i == 0 { 0.0 } else { covariance[(i - 1) * k + i - 1] };
    // Two different servers are both at least so long with x² − x(1 − x)/(n − 1).
    let differs = |v: f64| -v * (1.0 - v);
    let pull =
        (0..k).map(|i| -load * (varies(i) - varies(i + 1)) - load * (differs(x[i]) - differs(x[i + 1]))).collect();
    let correction: f64 = solve(drift, pull).iter().sum();
    (x[1..].iter().sum::<f64>() + correction / f64::from(servers)) / load
}

/// The share of requests that reach a live replica where one of `replicas` is dead, refuses at
/// once, and so always looks idle to a balancer that asks for the fewest connections. A live one
/// is joined only when it is idle too, so that none has more than one request.
pub fn sinkhole_served(replicas: u32, rate: f64, service: f64) -> f64 {
    let live = replicas - 1;
    let joined = |busy: u32| f64::from(live - busy) / f64::from(replicas - busy);
    let births: Vec<f64> = (0..live).map(|busy| rate * joined(busy)).collect();
    let deaths: Vec<f64> = (1..=live).map(|busy| f64::from(busy) / service).collect();
    birth_death(&births, &deaths).iter().zip(0..).map(|(p, busy)| p * joined(busy)).sum()
}

/// The share of requests that come to a replica which answers each with an error, in a time of its
/// own, beside one that works: both have one worker, all times are exponential, and a balancer sends
/// each request to whoever has fewer, at random if they have the same. The Markov chain of both queues,
/// up to `most` requests each, by repeated balancing of each state (Gauss and Seidel).
pub fn sinkhole_of_errors(rate: f64, work: f64, error: f64, most: usize) -> f64 {
    let side = most + 1;
    let mut p = vec![vec![1.0 / (side * side) as f64; side]; side];
    // The share of the requests that join the first queue, of `i`, rather than the second, of `j`.
    let joins = |i: usize, j: usize| match i.cmp(&j) {
        _ if i == most && j == most => 0.0,
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 0.0,
    };
    for _ in 0..2000 {
        for i in 0..side {
            for j in 0..side {
                let mut inward = 0.0;
                if i > 0 {
                    inward += p[i - 1][j] * rate * joins(i - 1, j);
                }
                if j > 0 {
                    inward += p[i][j - 1] * rate * joins(j - 1, i);
                }
                if i < most {
                    inward += p[i + 1][j] / work;
                }
                if j < most {
                    inward += p[i][j + 1] / error;
                }
                let mut outward = rate * (joins(i, j) + joins(j, i));
                if i > 0 {
                    outward += 1.0 / work;
                }
                if j > 0 {
                    outward += 1.0 / error;
                }
                p[i][j] = inward / outward;
            }
        }
        let total: f64 = p.iter().flatten().sum();
        p.iter_mut().flatten().for_each(|p| *p /= total);
    }
    (0..side).flat_map(|i| (0..side).map(move |j| (i, j))).map(|(i, j)| p[i][j] * joins(j, i)).sum()
}

// -- caches ---------------------------------------------------------------------------------------

/// Popularities by Zipf's law: that of rank k is proportional to k^(−exponent).
pub fn zipf(keys: u32, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=keys).map(|k| libm::pow(f64::from(k), -exponent)).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}

/// The hit ratio of LRU by Che's approximation (Che, Tung and Wang 2002): the characteristic time
/// in requests is the root of Σ 1 − e^(−p·T) = capacity.
pub fn che_lru(popularity: &[f64], capacity: f64) -> f64 {
    characteristic(popularity, capacity, |p, t| 1.0 - exp(-p * t))
}

/// The hit ratio of random eviction and of FIFO by the same approximation (Fricker, Robert and
/// Roberts 2012): Σ p·T / (1 + p·T) = capacity.
pub fn che_random(popularity: &[f64], capacity: f64) -> f64 {
    characteristic(popularity, capacity, |p, t| p * t / (1.0 + p * t))
}

fn characteristic(popularity: &[f64], capacity: f64, holds: impl Fn(f64, f64) -> f64) -> f64 {
    let filled = |t: f64| popularity.iter().map(|p| holds(*p, t)).sum::<f64>();
    let t = bisect(0.0, 1e9, |t| filled(t) < capacity);
    popularity.iter().map(|p| p * holds(*p, t)).sum()
}

/// Hit ratio in the long run of a cache that evicts the key with the fewest uses, all uses counted:
/// the most popular keys stay but for one place, which the last key that was missed takes.
/// `popularity` is sorted, greatest first, and sums to 1.
pub fn perfect_lfu(popularity: &[f64], capacity: usize) -> f64 {
    let (stay, others) = popularity.split_at(capacity.saturating_sub(1).min(popularity.len()));
    let rest: f64 = others.iter().sum();
    stay.iter().sum::<f64>() + others.iter().map(|p| p * p).sum::<f64>() / rest.max(f64::MIN_POSITIVE)
}

/// The exact hit ratio of LRU (King 1971): the sum over everything that it can hold, in order.
pub fn king_lru(popularity: &[f64], capacity: usize) -> f64 {
    fn walk(popularity: &[f64], held: &mut Vec<usize>, weight: f64, mass: f64, capacity: usize) -> f64 {
        if held.len() == capacity {
            return weight * mass;
        }
        let mut sum = 0.0;
        for key in 0..popularity.len() {
            if !held.contains(&key) {
                held.push(key);
                let p = popularity[key];
                sum += walk(popularity, held, weight * p / (1.0 - mass), mass + p, capacity);
                held.pop();
            }
        }
        sum
    }
    walk(popularity, &mut Vec::new(), 1.0, 0.0, capacity)
}

/// The exact hit ratio of random eviction and of FIFO (King 1971, Gelenbe 1973): a set of keys is
/// held with a probability proportional to the product of their popularities.
pub fn gelenbe_random(popularity: &[f64], capacity: usize) -> f64 {
    // For each number of keys: the sum of products, and the same times the sum of popularities.
    let mut sums = vec![(0.0, 0.0); capacity + 1];
    sums[0] = (1.0, 0.0);
    for p in popularity {
        for n in (1..=capacity).rev() {
            let (product, hits) = sums[n - 1];
            sums[n].0 += product * p;
            sums[n].1 += (hits + product * p) * p;
        }
    }
    sums[capacity].1 / sums[capacity].0
}

/// The hit ratio of a cache without limits whose entries live for so many requests after they were
/// filled: λT / (1 + λT) for each key (Jung, Berger and Balakrishnan 2003).
pub fn ttl_cache(popularity: &[f64], requests: f64) -> f64 {
    popularity.iter().map(|p| p * (p * requests) / (1.0 + p * requests)).sum()
}

/// The hit ratio of the same cache between two times after a cold start. The misses of a key are a
/// renewal process: the k-th comes (k − 1) times to live and k gaps between requests after the
/// start.
pub fn ttl_cache_from_cold(popularity: &[f64], rate: f64, ttl: f64, window: [f64; 2]) -> f64 {
    let misses = |key_rate: f64, by: f64| -> f64 {
        (0u32..)
            .map(|k| (k as usize + 1, by - f64::from(k) * ttl))
            .take_while(|(_, left)| *left > 0.0)
            .map(|(k, left)| 1.0 - erlang_beyond(k, key_rate, left))
            .sum()
    };
    let missed: f64 = popularity.iter().map(|p| misses(p * rate, window[1]) - misses(p * rate, window[0])).sum();
    1.0 - missed / (rate * (window[1] - window[0]))
}

// -- policies -------------------------------------------------------------------------------------

/// What a breaker does over a callee whose answers fail independently and at once.
#[derive(Clone, Copy, Debug)]
pub struct BreakerCycle {
    /// Calls in a cycle from closed to closed.
    pub calls: f64,
    /// Of these, refused.
    pub refused: f64,
    /// Of these, let through and failed.
    pub failed: f64,
    /// Times it opens in a cycle.
    pub opened: f64,
}

/// The renewal cycle of a breaker that opens after `failures` in a row, for `open` time, and lets
/// one probe through afterwards; calls come in a Poisson process. Closed, it lets
/// (p^(−n) − 1)/(1 − p) calls through on average until n failures in a row (Feller, XIII.7); then
/// it opens 1/(1 − p) times, each time for rate·open calls and a probe.
pub fn breaker_cycle(failure: f64, failures: u32, rate: f64, open: f64) -> BreakerCycle {
    let closed = (1.0 / power(failure, failures) - 1.0) / (1.0 - failure);
    let opened = 1.0 / (1.0 - failure);
    let refused = opened * rate * open;
    BreakerCycle { calls: closed + refused + opened, refused, failed: failure * (closed + opened), opened }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found / expected - 1.0).abs() < relative, "{found} instead of {expected}");
    }

    /// Values from textbooks and tables, and formulas against each other where both apply.
    #[test]
    fn formulas_say_what_their_sources_say() {
        close(erlang_b(10, 8.0), 0.121_661, 1e-5);
        close(erlang_c(4, 3.2), 0.596_432, 1e-5);
        close(Mmc { servers: 1, rate: 0.08, service: 10.0 }.quantile(0.99), exponential_quantile(50.0, 0.99), 1e-6);
        close(mean_state(&mmck(1, 10, 0.08, 10.0)), 2.966_314, 1e-6);
        close(md1_loss(0.9, 10), 0.016_631_7, 1e-5);
        close(
            mean_value_analysis(10, 1000.0, &[50.0, 30.0, 20.0].map(|work| Demand { work, servers: 1 })).1,
            142.395,
            1e-5,
        );
        close(sinkhole_of_errors(0.06, 20.0, 20.0, 25), 0.5, 1e-9);
        // Hardly ever more than one request: of those, half find both idle, and the others the faster one.
        close(sinkhole_of_errors(1e-4, 20.0, 1.0, 10), 0.5 + 0.25 * 1e-4 * (20.0 - 1.0), 1e-5);
        close(shortest_of_two(0.8, 60).iter().zip(1..).map(|(p, n)| p * f64::from(n)).sum(), 2.955_736_6, 1e-6);
        close(gim1(Gaps::Every(2), 0.08, 10.0), 38.439_8, 1e-5);
        // Mitzenmacher's simulations of 100 queues.
        close(power_of_two(0.8, 100), 1.958_50, 1e-3);
        close(power_of_two(0.9, 100), 2.645_40, 1e-3);
        close(power_of_two(0.95, 100), 3.461_00, 2e-3);
        close(power_of_two(0.9, 1_000_000), 2.614_0, 1e-3);
        close(order_mean(3, 2), 5.0 / 6.0, 1e-12);
        close(harmonic(3), order_mean(3, 3), 1e-12);
    }

    #[test]
    fn transforms_invert_to_what_is_known_otherwise() {
        let mm1 = Mmc { servers: 1, rate: 0.08, service: 10.0 };
        for t in [5.0, 50.0, 100.0] {
            close(mg1_beyond(0.08, DistributionKind::Exponential(10.0), t), mm1.beyond(t), 1e-6);
            // Far, but not so far that the inversion has no digits left.
            let (constant, far) = (DistributionKind::Constant(10.0), t.min(100.0) + 45.0);
            close(mg1_beyond_inverted(0.07, constant, far), mg1_beyond(0.07, constant, far), 2e-3);
        }
        // The mean of last come first served is that of first come first served.
        let mean: f64 = (0..200_000).map(|i| 0.05 * lifo_beyond(0.05, 10.0, 0.05 * (f64::from(i) + 0.5))).sum();
        close(mean, 20.0, 1e-3);
        close(bucket_delay(0.8, 0.0), 2.0, 1e-4);
    }

    #[test]
    fn a_cold_cache_becomes_what_it_is_in_the_long_run() {
        let popularity = zipf(100, 0.8);
        let late = ttl_cache_from_cold(&popularity, 100.0, 0.3, [200.0, 200.6]);
        close(1.0 - late, 1.0 - ttl_cache(&popularity, 30.0), 1e-3);
        // Within the first life a key misses once.
        let first = ttl_cache_from_cold(&[1.0], 10.0, 5.0, [0.0, 5.0]);
        close(first, 1.0 - (1.0 - exp(-50.0)) / 50.0, 1e-9);
    }

    #[test]
    fn two_states_of_equal_rates_are_one() {
        close(mmpp([0.08, 0.08], [0.001, 0.002], 10.0), 4.0, 1e-6);
        assert!(mmpp([0.02, 0.12], [0.001, 0.001], 10.0) > 7.0 / 3.0 * 2.0);
    }

    #[test]
    fn small_caches_agree_with_each_other() {
        let even = vec![0.1; 10];
        close(king_lru(&even, 4), 0.4, 1e-12);
        close(gelenbe_random(&even, 4), 0.4, 1e-12);
        let skewed = zipf(200, 1.0);
        close(gelenbe_random(&skewed, 50), che_random(&skewed, 50.0), 5e-3);
        let few = zipf(8, 1.0);
        let (random, lru, best) = (gelenbe_random(&few, 3), king_lru(&few, 3), perfect_lfu(&few, 3));
        assert!(random < lru && lru < best, "{random} {lru} {best}");
    }
}
