//! Rates that change over time.

/// A rate that changes over time.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    pub(super) per_s: f64,
    pub(super) profile: Vec<[f64; 2]>,
}

impl Rate {
    /// At a time in seconds.
    pub(super) fn at(&self, at: f64) -> f64 {
        self.pieces(at).next().map_or(self.per_s, |piece| piece.rate)
    }

    /// When `factor` times the rate, rounded, next becomes a greater whole number, in seconds.
    pub(super) fn rises(&self, from: f64, factor: f64) -> Option<f64> {
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

    /// Arrivals expected between two times in seconds.
    pub(super) fn integral(&self, from: f64, to: f64) -> f64 {
        self.pieces(from).take_while(|piece| piece.from < to).map(|piece| piece.area(to.min(piece.to))).sum()
    }

    /// When `amount` arrivals are expected to have come since `from`, in seconds; `None` is never.
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

    /// The linear pieces from a time on; the last one never ends.
    fn pieces(&self, from: f64) -> impl Iterator<Item = Piece> + '_ {
        let points = &self.profile;
        let level = |i: Option<&[f64; 2]>| i.map_or(1.0, |point| point[1]) * self.per_s;
        (points.partition_point(|point| point[0] <= from)..=points.len()).scan(from, move |start, next| {
            let begin = *start;
            let before = next.checked_sub(1).map(|i| points[i]);
            let (rate, slope, end) = match (before, points.get(next)) {
                (Some([t0, f0]), Some([t1, f1])) if *t1 > t0 => {
                    let slope = (f1 - f0) / (t1 - t0) * self.per_s;
                    (f0 * self.per_s + slope * (begin - t0), slope, *t1)
                }
                (_, Some(point)) => (level(Some(point)), 0.0, point[0]),
                (before, None) => (level(before.as_ref()), 0.0, f64::INFINITY),
            };
            *start = end;
            Some(Piece { from: begin, to: end, rate, slope })
        })
    }
}

/// A stretch of time in which the rate is linear.
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
