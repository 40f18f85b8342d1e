//! Levels over time.

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
