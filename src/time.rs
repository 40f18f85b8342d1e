//! Simulated time: whole nanoseconds since the start of a run, as `u64` (584 years).

/// Nanoseconds in a millisecond.
pub const MS: f64 = 1e6;
/// Nanoseconds in a second.
pub const S: f64 = 1e9;
/// Later than every time that occurs in a run.
pub const NEVER: u64 = u64::MAX;

/// Milliseconds to nanoseconds, rounded; what is negative becomes 0.
pub fn from_ms(ms: f64) -> u64 {
    (ms * MS + 0.5) as u64
}

/// Seconds to nanoseconds, rounded; what is negative becomes 0.
pub fn from_s(s: f64) -> u64 {
    (s * S + 0.5) as u64
}

/// Nanoseconds to milliseconds.
pub fn to_ms(ns: u64) -> f64 {
    ns as f64 / MS
}

/// Nanoseconds to seconds.
pub fn to_s(ns: u64) -> f64 {
    ns as f64 / S
}
