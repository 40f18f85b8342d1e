//! Where a value stands on its slider, and which value comes next.

use crate::params::{Field, Shape};

/// Ends that are this many times apart are apart by ratios.
const LOG_RATIO: f64 = 20.0;

/// A slider's scale between two ends: evenly, or by ratios where the ends are far apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    is_whole: bool,
    /// Ratios instead of differences.
    is_log: bool,
}

impl Scale {
    /// The scale of a parameter; `None` where sliding does not help.
    pub fn of(field: &Field) -> Option<Scale> {
        let (min, max, is_whole) = match field.shape {
            Shape::Number { min, max } => (min, max, false),
            Shape::Integer { min, max } => (f64::from(min), f64::from(max), true),
            _ => return None,
        };
        let share = (min == 0.0 && max == 1.0).then_some([0.0, 1.0]);
        let [low, high] = field.hint.slide.or(share)?;
        Some(Scale::between(low.max(min), high.min(max), is_whole))
    }

    fn between(low: f64, high: f64, is_whole: bool) -> Scale {
        Scale { low, high, is_whole, is_log: low > 0.0 && high / low >= LOG_RATIO }
    }

    /// Value → share of the way, 0 to 1. A value beyond an end stands at it.
    pub fn share(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        if self.is_log {
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// Share of the way → value, rounded to what is worth saying.
    pub fn value(&self, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        let raw = if self.is_log {
            self.low * libm::exp(share * libm::log(self.high / self.low))
        } else {
            self.low + share * (self.high - self.low)
        };
        let rounded = rounded(raw, 2);
        (if self.is_whole { rounded.round() } else { rounded }).clamp(self.low, self.high)
    }
}

/// The value after this one, or before it: one more of small whole numbers, one more of the second digit that
/// counts of others.
pub fn stepped(value: f64, is_up: bool, is_whole: bool) -> f64 {
    let least = if is_whole { 1.0 } else { 1e-6 };
    let unit = if value == 0.0 { if is_whole { 1.0 } else { 0.1 } } else { unit_of(value, 2).max(least) };
    let steps = value / unit;
    let next = if is_up { (steps + 1e-6).floor() + 1.0 } else { (steps - 1e-6).ceil() - 1.0 };
    rounded(next * unit, 6)
}

/// The power of ten of the last of so many digits that count.
fn unit_of(value: f64, digits: i32) -> f64 {
    libm::pow(10.0, libm::floor(libm::log10(value.abs()) + 1e-9) - f64::from(digits - 1))
}

/// To so many digits that count.
fn rounded(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = unit_of(value, digits);
    if unit >= 1.0 {
        (value / unit).round() * unit
    } else {
        // Dividing by a whole power keeps 0.3 from becoming 0.30000000000000004.
        let parts = (1.0 / unit).round();
        (value * parts).round() / parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_place() {
        for (low, high, whole) in [(0.0, 1.0, false), (1.0, 1000.0, true), (0.0, 60.0, false), (0.1, 1e5, false)] {
            let scale = Scale::between(low, high, whole);
            for step in 0..=20 {
                let share = f64::from(step) / 20.0;
                let value = scale.value(share);
                assert!((low..=high).contains(&value), "{value} is out of {low} to {high}");
                let back = scale.share(value);
                assert!((back - share).abs() < 0.12, "{share} became {value} became {back}");
            }
            assert_eq!((scale.value(0.0), scale.value(1.0)), (low, high));
        }
    }

    #[test]
    fn values_are_round() {
        let scale = Scale::between(0.5, 10_000.0, false);
        for step in 1..100 {
            let value = scale.value(f64::from(step) / 100.0);
            assert!(value.to_string().len() <= 5, "{value} has too many digits");
        }
    }

    #[test]
    fn the_rate_of_a_client_stands_in_the_middle_at_200_a_second() {
        let fields = crate::kinds::fields("client").expect("a kind");
        let (_, rate) = crate::params::field_at(&fields, "arrivals.rate_rps").expect("a parameter");
        let scale = Scale::of(rate).expect("it has a slider");
        assert!((scale.share(200.0) - 0.5).abs() < 0.05);
        // From the end to the other is no more than people use.
        assert_eq!(scale.value(1.0), 20_000.0);
    }

    #[test]
    fn every_time_of_a_run_has_a_slider_and_its_default_is_between_the_ends() {
        let fields = crate::model::RunPlan::described();
        let scales = fields.iter().filter_map(|field| Some((field, Scale::of(field)?)));
        let mut times = 0;
        for (field, scale) in scales {
            let share = scale.share(field.default.as_f64().expect("a number"));
            assert!((0.1..0.9).contains(&share), "{} stands at {share} of its slider", field.key);
            times += 1;
        }
        assert!(times >= 2);
    }

    #[test]
    fn steps_are_of_a_size_that_fits() {
        let up = |value, whole| stepped(value, true, whole);
        let down = |value, whole| stepped(value, false, whole);
        assert_eq!([up(0.0, true), up(4.0, true), up(64.0, true), up(128.0, true)], [1.0, 5.0, 65.0, 130.0]);
        assert_eq!([down(1.0, true), down(5.0, true), down(128.0, true)], [0.0, 4.0, 120.0]);
        assert_eq!([up(12.0, false), up(0.5, false), up(0.0, false), up(0.29, false)], [13.0, 0.51, 0.1, 0.3]);
        assert_eq!([down(12.0, false), down(0.3, false)], [11.0, 0.29]);
    }

    #[test]
    fn the_default_of_every_slider_is_on_it() {
        fn walk(fields: &[Field], sliders: &mut usize) {
            for field in fields {
                if let Some(scale) = Scale::of(field) {
                    assert!(scale.low < scale.high, "{}", field.key);
                    *sliders += 1;
                    if let Some(default) = field.default.as_f64() {
                        assert!(default <= scale.high, "{} is {default} by default", field.key);
                    }
                }
                match &field.shape {
                    Shape::Group(inner) | Shape::List(inner) => walk(inner, sliders),
                    Shape::OneOf { variants, .. } => variants.iter().for_each(|(_, inner)| walk(inner, sliders)),
                    _ => {}
                }
            }
        }
        let mut sliders = 0;
        for info in crate::kinds::all() {
            walk(&crate::kinds::fields(info.id).expect("a kind"), &mut sliders);
        }
        for info in crate::faults::all() {
            walk(&crate::faults::fields(info.id).expect("a fault"), &mut sliders);
        }
        walk(&crate::link::link_fields(), &mut sliders);
        walk(&crate::model::RunPlan::described(), &mut sliders);
        assert!(sliders > 40, "only {sliders}");
    }
}
