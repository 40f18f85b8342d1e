//! Arrival rates that change over time.

/// A rate that changes over time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rate {
    /// Arrivals per second, or users, where the profile is 1.
    pub(super) base: f64,
    /// Time in seconds and factor, ascending in time; linear in between, constant outside.
    pub(super) profile: Vec<[f64; 2]>,
}

impl Rate {
    /// The rate at a time in seconds.
    pub(super) fn at(&self, at: f64) -> f64 {
        self.pieces(at).next().map_or(self.base, |piece| piece.rate)
    }

    /// When `factor` times the rate, rounded to a whole number, increases next, in seconds.
    pub(super) fn next_increase(&self, from: f64, factor: f64) -> Option<f64> {
        let whole = |rate: f64| (rate * factor + 0.5).floor();
        let mut before = whole(self.at(from));
        for piece in self.pieces(from) {
            let now = whole(piece.rate);
            if now > before {
                return Some(piece.from);
            }
            if piece.slope > 0.0 && factor > 0.0 {
                let at = piece.from + ((now + 0.5) / factor - piece.rate) / piece.slope;
                if at < piece.to {
                    return Some(at);
                }
            }
            if piece.to.is_finite() {
                before = whole(piece.rate + piece.slope * (piece.to - piece.from));
            }
        }
        None
    }

    /// Expected arrivals between two times in seconds.
    pub(super) fn integral(&self, from: f64, to: f64) -> f64 {
        self.pieces(from).take_while(|piece| piece.from < to).map(|piece| piece.area(to.min(piece.to))).sum()
    }

    /// The time at which the integral of the rate since `from` reaches `amount`, in seconds; `None`
    /// is never.
    pub(super) fn when(&self, from: f64, mut amount: f64) -> Option<f64> {
        for piece in self.pieces(from) {
            let area = piece.area(piece.to);
            if amount <= area {
                return piece.when(amount);
            }
            amount -= area;
        }
        None
    }

    /// The linear pieces from a time on; the last one is infinite.
    fn pieces(&self, from: f64) -> impl Iterator<Item = Piece> + '_ {
        let points = &self.profile;
        let level = |i: Option<&[f64; 2]>| i.map_or(1.0, |point| point[1]) * self.base;
        (points.partition_point(|point| point[0] <= from)..=points.len()).scan(from, move |start, next| {
            let begin = *start;
            let before = next.checked_sub(1).map(|i| points[i]);
            let (rate, slope, end) = match (before, points.get(next)) {
                (Some([t0, f0]), Some([t1, f1])) if *t1 > t0 => {
                    let slope = (f1 - f0) / (t1 - t0) * self.base;
                    (f0 * self.base + slope * (begin - t0), slope, *t1)
                }
                (_, Some(point)) => (level(Some(point)), 0.0, point[0]),
                (before, None) => (level(before.as_ref()), 0.0, f64::INFINITY),
            };
            *start = end;
            Some(Piece { from: begin, to: end, rate, slope })
        })
    }
}

/// An interval in which the rate is linear. Times in seconds.
struct Piece {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) rate: f64,
    slope: f64,
}

impl Piece {
    fn area(&self, to: f64) -> f64 {
        let length = to - self.from;
        if self.slope == 0.0 && self.rate == 0.0 {
            0.0
        } else {
            self.rate * length + 0.5 * self.slope * if length.is_finite() { length * length } else { 0.0 }
        }
    }

    pub(super) fn when(&self, amount: f64) -> Option<f64> {
        if self.slope == 0.0 {
            return (self.rate > 0.0).then(|| self.from + amount / self.rate);
        }
        // The smaller root of slope/2·x² + rate·x = amount, written so that nothing cancels.
        let discriminant = (self.rate * self.rate + 2.0 * self.slope * amount).max(0.0);
        Some(self.from + 2.0 * amount / (self.rate + libm::sqrt(discriminant)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// Rises from 10 to 30 per second within 10 s, falls to 0 until 20 s, and stays there.
    fn peak() -> Rate {
        Rate { base: 10.0, profile: vec![[0.0, 1.0], [10.0, 3.0], [20.0, 0.0]] }
    }

    #[test]
    fn a_rate_is_linear_between_points_and_constant_outside() {
        assert_eq!([0.0, 5.0, 10.0, 15.0, 20.0, 1000.0].map(|at| peak().at(at)), [10.0, 20.0, 30.0, 15.0, 0.0, 0.0]);
        let step = Rate { base: 10.0, profile: vec![[5.0, 1.0], [5.0, 4.0]] };
        assert_eq!([0.0, 4.9, 5.0, 9.0].map(|at| step.at(at)), [10.0, 10.0, 40.0, 40.0]);
        assert_eq!(Rate { base: 7.0, profile: Vec::new() }.at(3.0), 7.0);
    }

    #[test]
    fn the_integral_is_the_expected_number_of_arrivals() {
        assert_eq!(peak().integral(0.0, 10.0), 200.0);
        assert_eq!(peak().integral(10.0, 20.0), 150.0);
        assert_eq!(peak().integral(5.0, 15.0), 125.0 + 112.5);
        assert_eq!(peak().integral(20.0, 1e6), 0.0);
    }

    #[test]
    fn when_is_the_inverse_of_the_integral() {
        assert_eq!(peak().when(0.0, 200.0), Some(10.0));
        assert_eq!(peak().when(0.0, 350.1), None, "350 arrive in all");
        let mut rng = Stream::named(1, "rate", "test");
        for _ in 0..10_000 {
            let from = 20.0 * rng.unit();
            let amount = peak().integral(from, 20.0) * rng.unit();
            let at = peak().when(from, amount).expect("so many arrive");
            let found = peak().integral(from, at);
            assert!((found - amount).abs() < 1e-6 * amount.max(1.0), "from {from}: {amount}, found {found} at {at}");
        }
    }

    #[test]
    fn the_next_increase_is_where_the_rounded_rate_grows() {
        let users = Rate { base: 2.0, profile: vec![[0.0, 1.0], [10.0, 3.0]] };
        // From 2 to 6 within 10 s: 2.5 at 1.25 s, 3.5 at 3.75 s.
        assert_eq!(users.next_increase(0.0, 1.0), Some(1.25));
        assert_eq!(users.next_increase(1.25, 1.0), Some(3.75));
        assert_eq!(users.next_increase(10.0, 1.0), None);
        let step = Rate { base: 3.0, profile: vec![[5.0, 1.0], [5.0, 2.0]] };
        assert_eq!(step.next_increase(0.0, 1.0), Some(5.0));
        assert_eq!(step.next_increase(0.0, 0.0), None, "traffic is off");
    }
}
