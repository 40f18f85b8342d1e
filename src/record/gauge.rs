//! Levels over time, and how long something was in use.

/// A level over time (requests waiting, workers busy) and its integral.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauge {
    level: u32,
    since: u64,
    integral: u128,
}

impl Gauge {
    /// The level at this instant.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Changes the level by `by` at `now`, nanoseconds.
    pub fn add(&mut self, now: u64, by: i32) {
        self.set(now, self.level.wrapping_add_signed(by));
    }

    /// Sets the level at `now`, nanoseconds.
    pub fn set(&mut self, now: u64, level: u32) {
        // A product of 128 bits is a call in Wasm; spans beyond 4 s are rare.
        let span = now - self.since;
        self.integral += match u32::try_from(span) {
            Ok(span) => u128::from(u64::from(self.level) * u64::from(span)),
            Err(_) => u128::from(self.level) * u128::from(span),
        };
        self.since = now;
        debug_assert!(level < u32::MAX / 2, "a level below zero");
        self.level = level;
    }

    /// The integral of the level from the start to `now`, in units times nanoseconds.
    pub fn integral(&self, now: u64) -> u128 {
        self.integral + u128::from(self.level) * u128::from(now - self.since)
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

/// How many are under way, for what begins and ends often: cheaper than a [`Gauge`].
#[derive(Clone, Copy, Debug, Default)]
pub struct UnderWay {
    count: u64,
    /// The ends so far less the beginnings so far, modulo 2¹²⁸.
    spans: u128,
}

impl UnderWay {
    /// One begins.
    #[inline(always)]
    pub fn begin(&mut self, now: u64) {
        self.count += 1;
        self.spans = self.spans.wrapping_sub(u128::from(now));
    }

    /// One ends.
    #[inline(always)]
    pub fn end(&mut self, now: u64) {
        self.count -= 1;
        self.spans = self.spans.wrapping_add(u128::from(now));
    }

    /// The integral of the number under way from the start to `now`, in units times nanoseconds.
    pub fn integral(&self, now: u64) -> u128 {
        self.spans.wrapping_add(u128::from(self.count) * u128::from(now))
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
    fn the_integral_of_what_is_under_way_is_that_of_a_gauge() {
        let (mut under_way, mut gauge) = (UnderWay::default(), Gauge::default());
        for (now, begins) in [(3, true), (7, true), (8, false), (20, true), (21, false), (30, false)] {
            if begins {
                under_way.begin(now)
            } else {
                under_way.end(now)
            }
            gauge.add(now, if begins { 1 } else { -1 });
            assert_eq!(under_way.integral(now + 5), gauge.integral(now + 5));
        }
    }
}
