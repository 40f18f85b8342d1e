//! Sentences made of words and figures, and figures as a person would write them.

use crate::report::Span;

/// A sentence under construction. Build it with [`sentence!`](crate::sentence).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentence {
    spans: Vec<Span>,
}

/// A number with its unit, as it stands in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure(String);

/// Makes a [`Sentence`] of its parts in order: texts, [`Figure`]s and other sentences.
#[macro_export]
macro_rules! sentence {
    ($($part:expr),* $(,)?) => {
        $crate::findings::sentence::Sentence::default()$(.with($part))*
    };
}

impl Sentence {
    /// The sentence with one more part at its end.
    pub fn with(mut self, part: impl Into<Sentence>) -> Sentence {
        for span in part.into().spans {
            match (self.spans.last_mut(), span) {
                (Some(Span::Words(before)), Span::Words(words)) => before.push_str(&words),
                (_, span) => self.spans.push(span),
            }
        }
        self
    }

    /// The whole as text.
    pub fn text(&self) -> String {
        self.spans.iter().map(Span::text).collect()
    }

    /// Its parts: neighboring words are one part.
    pub fn into_spans(self) -> Vec<Span> {
        self.spans
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Sentence {
        text.to_owned().into()
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Sentence {
        let spans = if text.is_empty() { Vec::new() } else { vec![Span::Words(text)] };
        Sentence { spans }
    }
}

impl From<Figure> for Sentence {
    fn from(Figure(text): Figure) -> Sentence {
        Sentence { spans: vec![Span::Figure(text)] }
    }
}

/// A smaller number is 0: what differs from 0 by less is a rounding error.
const SMALLEST: f64 = 1e-6;

/// A number with one decimal, or without when that is 0. Below 0.1 it has two significant digits, so that
/// only 0 is written as 0.
pub fn decimal(value: f64) -> String {
    let size = value.abs();
    let mut decimals = 1;
    if (SMALLEST..0.1).contains(&size) {
        let mut first_digit = size;
        while first_digit < 1.0 {
            first_digit *= 10.0;
            decimals += 1;
        }
    }
    let text = format!("{value:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A plain number with one decimal, or without when that is 0.
pub fn number(value: f64) -> Figure {
    Figure(decimal(value))
}

/// A rounded number; below 1 it has decimals.
pub fn rounded(value: f64) -> Figure {
    Figure(if value.abs() < 1.0 { decimal(value) } else { format!("{value:.0}") })
}

/// A number of things.
pub fn count(value: u64) -> Figure {
    Figure(value.to_string())
}

/// Attempts a request, with so many decimals.
pub fn attempts(value: f64, decimals: usize) -> Figure {
    Figure(format!("{value:.decimals$}"))
}

/// Seconds: `31 s`, `0.5 s`.
pub fn seconds(value: f64) -> Figure {
    Figure(format!("{} s", decimal(value)))
}

/// Milliseconds, in the unit that a person would choose: `1.5 s`, `27 ms`, `3.2 ms`.
pub fn duration(ms: f64) -> Figure {
    if ms >= 1000.0 {
        seconds(ms / 1000.0)
    } else if ms >= 10.0 {
        Figure(format!("{ms:.0} ms"))
    } else if ms >= 0.1 {
        Figure(format!("{ms:.1} ms"))
    } else {
        Figure(format!("{} ms", decimal(ms)))
    }
}

/// A ratio as a percentage, with one decimal below 10 %.
pub fn percent(ratio: f64) -> Figure {
    let percent = ratio * 100.0;
    Figure(if ratio >= 0.1 {
        format!("{percent:.0} %")
    } else if percent >= 0.1 {
        format!("{percent:.1} %")
    } else {
        format!("{} %", decimal(percent))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_neighboring_words_and_keeps_figures_apart() {
        let name = "Orders DB".to_owned();
        let part = sentence!["; up to ", rounded(27.2), " requests waited"];
        let it = sentence![name, " reached ", percent(1.0), " at ", seconds(31.0), part, "", "."];
        assert_eq!(it.text(), "Orders DB reached 100 % at 31 s; up to 27 requests waited.");
        let figures: Vec<Span> = it.into_spans().into_iter().filter(|span| matches!(span, Span::Figure(_))).collect();
        assert_eq!(figures, ["100 %", "31 s", "27"].map(|text| Span::Figure(text.to_owned())));
    }

    #[test]
    fn writes_figures_as_a_person_would() {
        let text = |figure: Figure| Sentence::from(figure).text();
        assert_eq!([1500.0, 27.4, 3.21].map(|ms| text(duration(ms))), ["1.5 s", "27 ms", "3.2 ms"]);
        assert_eq!([0.0, 0.034, 0.5, 1.0].map(|ratio| text(percent(ratio))), ["0 %", "3.4 %", "50 %", "100 %"]);
        assert_eq!([31.0, 0.25].map(|s| text(seconds(s))), ["31 s", "0.2 s"]);
    }

    #[test]
    fn writes_only_nothing_as_0() {
        let text = |figure: Figure| Sentence::from(figure).text();
        assert_eq!([0.0, 0.001, 0.0996, 1e-17].map(|s| text(seconds(s))), ["0 s", "0.001 s", "0.1 s", "0 s"]);
        assert_eq!([0.004, 0.042, 0.4, 0.97, 2.6].map(|n| text(rounded(n))), ["0.004", "0.042", "0.4", "1", "3"]);
        assert_eq!([0.0, 0.0123, 100.0].map(|n| text(number(n))), ["0", "0.012", "100"]);
        assert_eq!([0.02, 0.3].map(|ms| text(duration(ms))), ["0.02 ms", "0.3 ms"]);
        assert_eq!([0.0004, 0.05].map(|ratio| text(percent(ratio))), ["0.04 %", "5.0 %"]);
    }
}
