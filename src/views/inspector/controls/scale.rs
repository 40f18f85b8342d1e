//! Where a value stands on its slider: evenly, or by ratios where the range is wide.

/// A slider's scale between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    min: f64,
    max: f64,
    whole: bool,
    /// Ratios instead of differences.
    log: bool,
}

impl Scale {
    /// The scale of a range; `None` where a slider would be too coarse to be of use.
    pub fn of(min: f64, max: f64, whole: bool) -> Option<Scale> {
        if !(min.is_finite() && max.is_finite() && min < max) {
            return None;
        }
        // A range from 0 is taken from its least useful step on.
        let low = if min > 0.0 { min } else { step_of(max, whole) };
        let ratio = max / low;
        let log = min >= 0.0 && ratio >= 200.0;
        (ratio <= 2e8).then_some(Scale { min, max, whole, log })
    }

    fn low(&self) -> f64 {
        if self.min > 0.0 { self.min } else { step_of(self.max, self.whole) }
    }

    /// Value → share of the way, 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.min, self.max);
        if !self.log {
            return (value - self.min) / (self.max - self.min);
        }
        if value < self.low() {
            return 0.0;
        }
        libm::log(value / self.low()) / libm::log(self.max / self.low())
    }

    /// Share of the way → value, rounded to what is worth saying.
    pub fn value(&self, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        if share == 0.0 {
            return self.min;
        }
        let raw = if self.log {
            self.low() * libm::exp(share * libm::log(self.max / self.low()))
        } else {
            self.min + share * (self.max - self.min)
        };
        let rounded = if self.whole { round_to(raw, 2).round() } else { round_to(raw, 2) };
        rounded.clamp(self.min, self.max)
    }
}

fn step_of(max: f64, whole: bool) -> f64 {
    if whole { 1.0 } else { (max / 1e5).max(1e-3) }
}

/// To so many digits that count.
fn round_to(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let size = libm::floor(libm::log10(value.abs())) as i32 - (digits - 1);
    if size >= 0 {
        let unit = libm::pow(10.0, f64::from(size));
        (value / unit).round() * unit
    } else {
        // Dividing by a whole power keeps 0.3 from becoming 0.30000000000000004.
        let unit = libm::pow(10.0, f64::from(-size));
        (value * unit).round() / unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_place() {
        for (min, max, whole) in [(0.0, 1.0, false), (1.0, 1000.0, true), (0.0, 60_000.0, false), (0.1, 1e5, false)] {
            let scale = Scale::of(min, max, whole).expect("a useful range");
            for step in 0..=20 {
                let share = f64::from(step) / 20.0;
                let value = scale.value(share);
                assert!((min..=max).contains(&value), "{value} is out of {min} to {max}");
                let back = scale.share(value);
                assert!((back - share).abs() < 0.12, "{share} became {value} became {back}");
            }
            assert_eq!((scale.value(0.0), scale.value(1.0)), (min, max));
        }
    }

    #[test]
    fn values_are_round() {
        let scale = Scale::of(0.0, 10_000.0, false).expect("a useful range");
        for step in 1..100 {
            let value = scale.value(f64::from(step) / 100.0);
            assert!(value.to_string().len() <= 7, "{value} has too many digits");
        }
    }

    #[test]
    fn no_slider_over_everything() {
        assert_eq!(Scale::of(0.0, 1e12, true), None);
        assert_eq!(Scale::of(1.0, 1.0, false), None);
    }
}
