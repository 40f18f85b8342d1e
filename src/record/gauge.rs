//! Levels over time, and how long something was in use.

/// A level over time (requests waiting, workers busy) and its integral.
///
/// The integral of a level that changes by `d` at the time `t` grows by `d · (now − t)`: so it is the level
/// times the present less the sum of all `d · t`. A change is one addition, without a product.
///
/// The sum is kept modulo 2⁹⁶, which every integral of a run is below, in two words: a gauge is 16 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    level: u32,
    /// The sum of all changes, each times when it was made, negative: its upper 32 bits.
    high: u32,
    /// Its lower 64 bits.
    low: u64,
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
        match by {
            1 => {
                let (low, is_below_zero) = self.low.overflowing_sub(now);
                (self.low, self.high) = (low, self.high.wrapping_sub(is_below_zero.into()));
            }
            -1 => {
                let (low, is_carried) = self.low.overflowing_add(now);
                (self.low, self.high) = (low, self.high.wrapping_add(is_carried.into()));
            }
            _ => {
                let sum = self.moments().wrapping_sub((i128::from(by) * i128::from(now)) as u128);
                (self.low, self.high) = (sum as u64, (sum >> 64) as u32);
            }
        }
    }

    /// Sets the level at `now`, nanoseconds.
    pub fn set(&mut self, now: u64, level: u32) {
        self.add(now, level.wrapping_sub(self.level) as i32);
    }

    /// The integral of the level from the start to `now`, in units times nanoseconds.
    pub fn integral(&self, now: u64) -> u128 {
        self.moments().wrapping_add(u128::from(self.level) * u128::from(now)) & ((1 << 96) - 1)
    }

    fn moments(&self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
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
    fn the_integral_of_a_high_level_over_a_long_time_is_exact() {
        let (mut gauge, hour) = (Gauge::default(), 3_600_000_000_000_u64);
        gauge.set(hour, 2_000_000_000);
        assert_eq!(gauge.integral(100 * hour), 2_000_000_000 * 99 * u128::from(hour));
        (0..5).for_each(|second| gauge.add(100 * hour + second, -1));
        gauge.set(100 * hour + 4, 0);
        let all = 2_000_000_000 * 99 * u128::from(hour) + 2_000_000_000 * 4 - (4 + 3 + 2 + 1);
        assert_eq!([gauge.integral(100 * hour + 4), gauge.integral(1000 * hour)], [all; 2]);
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
