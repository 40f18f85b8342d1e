//! Numbers as people read them.

/// About three digits: `0.042`, `4.2`, `42`, `4 200`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.095 => format!("{value:.3}"),
        size if size < 9.95 => trimmed(format!("{value:.1}")),
        _ => grouped(value.round() as i64),
    }
}

fn trimmed(text: String) -> String {
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A whole number with its thousands apart.
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if value < 0 { format!("−{out}") } else { out }
}

/// Something a second, with its unit.
pub fn rate(per_second: f64) -> String {
    if per_second >= 99_950.0 {
        format!("{} k/s", number(per_second / 1000.0))
    } else {
        format!("{} /s", number(per_second))
    }
}

/// A span of time given in milliseconds, as number and unit.
pub fn span(ms: f64) -> (String, &'static str) {
    match ms {
        ms if ms >= 999.5 => (short(ms / 1000.0), "s"),
        ms if ms > 0.0 && ms < 0.095 => (short(ms * 1000.0), "µs"),
        ms => (short(ms), "ms"),
    }
}

fn short(value: f64) -> String {
    if value < 0.95 && value > 0.0 { format!("{value:.2}") } else { number(value) }
}

/// A span of time given in milliseconds, as text; a dash when there is none.
pub fn ms(value: Option<f64>) -> String {
    match value {
        Some(value) => {
            let (number, unit) = span(value);
            format!("{number} {unit}")
        }
        None => "–".to_owned(),
    }
}

/// A span of time given in milliseconds, as it was set or added up and not as it was measured: no digit
/// is left out but those below a millionth, and the rest is never less than the span.
pub fn exact_ms(ms: f64) -> String {
    let up = |value: f64| (value * 1e6 - 1e-3).ceil() / 1e6;
    if ms >= 1000.0 { format!("{} s", exact(up(ms / 1000.0))) } else { format!("{} ms", exact(up(ms))) }
}

/// A ratio as a percentage without its sign.
pub fn percent(ratio: f64) -> String {
    let value = ratio * 100.0;
    if value > 0.0 && value < 0.095 { "<0.1".to_owned() } else { number(value) }
}

/// A share in a sentence: `42 %`, and `more than 99 %` for what is nearly all.
pub fn share(ratio: f64) -> String {
    let words = percent(ratio);
    if words == "100" && ratio < 1.0 { "more than 99 %".to_owned() } else { format!("{words} %") }
}

/// Simulated seconds on the clock.
pub fn clock(seconds: f64) -> String {
    format!("{seconds:.1} s")
}

/// A whole number of things in words: `1 problem`, `3 problems`.
pub fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// The same with the thousands apart: `12 040 requests`.
pub fn counted_grouped(count: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(count as i64), if count == 1 { "" } else { "s" })
}

/// How long ago something was, given in milliseconds: `just now`, `5 minutes ago`.
pub fn ago(ms: f64) -> String {
    let minutes = (ms / 60_000.0) as usize;
    match minutes {
        0 => "just now".to_owned(),
        1..60 => format!("{} ago", counted(minutes, "minute")),
        60..1440 => format!("{} ago", counted(minutes / 60, "hour")),
        _ => format!("{} ago", counted(minutes / 1440, "day")),
    }
}

/// A number in a field: as short as it can be written without loss.
pub fn exact(value: f64) -> String {
    crate::params::plain(value)
}

/// Reads a number as people type it: spaces, a comma for the point, and no digit on one side of the
/// point are fine. `None` when it is not a finite number.
pub fn parse(text: &str) -> Option<f64> {
    let cleaned: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    cleaned.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!([0.42, 0.994, 0.9996, 1.0].map(share), ["42 %", "99 %", "more than 99 %", "100 %"]);
    }

    #[test]
    fn numbers_are_short() {
        let shown: Vec<String> = [0.0, 0.042, 0.5, 4.25, 9.0, 42.4, 4200.0, 1234567.0].map(number).into();
        assert_eq!(shown, ["0", "0.042", "0.5", "4.2", "9", "42", "4\u{202f}200", "1\u{202f}234\u{202f}567"]);
        assert_eq!(number(f64::NAN), "–");
    }

    #[test]
    fn spans_change_their_unit() {
        let shown: Vec<String> = [0.0, 0.05, 0.5, 12.0, 999.0, 1000.0, 61_000.0].map(|ms| super::ms(Some(ms))).into();
        assert_eq!(shown, ["0 ms", "50 µs", "0.50 ms", "12 ms", "999 ms", "1 s", "61 s"]);
    }

    #[test]
    fn spans_that_were_set_keep_their_digits() {
        let shown = [0.0, 0.25, 50.0, 1250.0, 1650.0, 0.1 + 0.2, 3_600_050.0].map(exact_ms);
        assert_eq!(shown, ["0 ms", "0.25 ms", "50 ms", "1.25 s", "1.65 s", "0.3 ms", "3600.05 s"]);
        assert_eq!(exact_ms(1000.0 / 3.0), "333.333334 ms", "not less than it is");
    }

    #[test]
    fn times_are_written_in_the_largest_whole_unit() {
        let minutes =
            [-3.0, 0.9, 1.0, 5.5, 59.9, 60.0, 150.0, 1439.0, 1440.0, 5000.0].map(|minutes| ago(minutes * 6e4));
        let expected = [
            "just now",
            "just now",
            "1 minute ago",
            "5 minutes ago",
            "59 minutes ago",
            "1 hour ago",
            "2 hours ago",
            "23 hours ago",
            "1 day ago",
            "3 days ago",
        ];
        assert_eq!(minutes, expected);
    }

    #[test]
    fn small_shares_are_not_called_none() {
        assert_eq!(percent(0.0004), "<0.1");
        assert_eq!(percent(0.0), "0");
        assert_eq!(percent(0.173), "17");
    }

    #[test]
    fn typed_numbers_are_read_kindly() {
        assert_eq!(parse(" 1 200,5 "), Some(1200.5));
        let read = ["-1.5", "+2", ".5", "5.", "-.25", "007", "1.5e3", "2E-3", "1.e2", "1e+2", "0.10"].map(parse);
        assert_eq!(read, [-1.5, 2.0, 0.5, 5.0, -0.25, 7.0, 1500.0, 0.002, 100.0, 100.0, 0.1].map(Some));
        for other in [
            "", ".", "-", "abc", "inf", "infinity", "NaN", "1.2.3", "--1", "+-1", "1.-2", "e5", ".e5", "1e", "1e999",
            "0x10", "1_000", "٣",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
