//! A number that was measured several times.

/// What several measurements of a number come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean; 0 for a single measurement.
    pub error: f64,
    /// Half the width of the 95 % confidence interval of the mean (Student's t).
    pub half_width: f64,
}

impl Sample {
    /// Of at least one value.
    pub fn of(values: &[f64]) -> Sample {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        if values.len() < 2 {
            return Sample { mean, error: 0.0, half_width: 0.0 };
        }
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        Sample { mean, error, half_width: student_975(values.len() - 1) * error }
    }
}

/// The 97.5 % quantile of Student's t: a table up to 10 degrees of freedom, then the expansion of
/// Cornish and Fisher, right to three digits.
fn student_975(degrees: usize) -> f64 {
    const TABLE: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    match degrees.checked_sub(1).and_then(|index| TABLE.get(index)) {
        Some(value) => *value,
        None => {
            let (z, v) = (1.959_964, degrees as f64);
            let (z3, z5) = (z * z * z, z * z * z * z * z);
            z + (z3 + z) / (4.0 * v) + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * v * v)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_t() {
        for (degrees, expected) in [(1, 12.706), (9, 2.262), (15, 2.131), (30, 2.042), (120, 1.980)] {
            assert!((student_975(degrees) - expected).abs() < 0.002, "{degrees}");
        }
    }

    #[test]
    fn intervals() {
        let sample = Sample::of(&[1.0, 2.0, 3.0]);
        assert_eq!(sample.mean, 2.0);
        assert!((sample.error - (1.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((sample.half_width - 4.303 * sample.error).abs() < 1e-12);
        assert_eq!(Sample::of(&[7.0]), Sample { mean: 7.0, error: 0.0, half_width: 0.0 });
    }
}
