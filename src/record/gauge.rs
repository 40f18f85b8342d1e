//! Levels over time, and how long something was in use.

/// A level over time (requests waiting, workers busy) and its integral.
///
/// The integral of a level that changes by `d` at the time `t` grows by `d · (now − t)`: so it is the level
/// times the present less the sum of all `d · t`. A change is one addition, without a product.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    level: u32,
    /// The sum of all changes, each times when it was made, negative and modulo 2¹²⁸.
    moments: u128,
}

impl Gauge {
    /// The level at this instant.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Changes the level by `by` at `now`, nanoseconds.
    #[inline(always)]
    pub fn add(&mut self, now: u64, by: i32) {
        self.level = self.level.wrapping_add_signed(by);
        debug_assert!(self.level < u32::MAX / 2, "a level below zero");
        let moment = match by {
            1 => u128::from(now),
            -1 => u128::from(now).wrapping_neg(),
            _ => (i128::from(by) * i128::from(now)) as u128,
        };
        self.moments = self.moments.wrapping_sub(moment);
    }

    /// Sets the level at `now`, nanoseconds.
    pub fn set(&mut self, now: u64, level: u32) {
        self.add(now, level.wrapping_sub(self.level) as i32);
    }

    /// The integral of the level from the start to `now`, in units times nanoseconds.
    pub fn integral(&self, now: u64) -> u128 {
        self.moments.wrapping_add(u128::from(self.level) * u128::from(now))
    }
}

/// How long something that serves one after another was in use: a wire, the tokens of a limiter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Occupancy {
    /// All spans that it was taken for, nanoseconds.
    taken: u128,
    /// When the last of them ends.
    until: u64,
}

impl Occupancy {
    /// It is taken for `span` nanoseconds, which end at `until`: at once, or after those before.
    pub fn take(&mut self, span: u64, until: u64) {
        self.taken += u128::from(span);
        self.until = until;
    }

    /// What lies ahead of `now` does not take place.
    pub fn stop(&mut self, now: u64) {
        self.taken = self.busy_ns(now);
        self.until = now;
    }

    /// How long it was in use from the start to `now`, nanoseconds.
    pub fn busy_ns(&self, now: u64) -> u128 {
        self.taken - u128::from(self.until.saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_is_not_in_use_yet() {
        let mut wire = Occupancy::default();
        wire.take(10, 110); // From 100 to 110,
        wire.take(10, 120); // and then to 120.
        assert_eq!([100, 105, 115, 120, 200].map(|now| wire.busy_ns(now)), [0, 5, 15, 20, 20]);
        wire.take(10, 210);
        wire.stop(203);
        assert_eq!([203, 300].map(|now| wire.busy_ns(now)), [23, 23]);
    }

    #[test]
    fn the_integral_is_the_sum_of_level_times_length() {
        let mut gauge = Gauge::default();
        let (mut last, mut sum) = (0, 0);
        for (now, level) in [(3, 1), (7, 2), (7, 5), (8, 1), (20, 0), (30, 4), (31, 3)] {
            sum += u128::from(gauge.level()) * u128::from(now - last);
            assert_eq!(gauge.integral(now), sum);
            gauge.set(now, level);
            assert_eq!((gauge.level(), gauge.integral(now)), (level, sum));
            last = now;
        }
        assert_eq!(gauge.integral(41), sum + 30);
    }
}
