//! What faults say of themselves in a sentence, with the numbers kept apart from the words.

/// Part of a sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// Words, with the spaces around them.
    Words(&'static str),
    /// A plain number.
    Number(f64),
    /// A ratio, shown as a percentage.
    Percent(f64),
}
