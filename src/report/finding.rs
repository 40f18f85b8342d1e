//! A statement about a run, in words.

use serde::{Deserialize, Serialize};

/// One sentence about a run, with what it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether something went wrong.
    pub severity: FindingSeverity,
    /// Id of the node that it is about.
    pub node: Option<String>,
    /// The sentence: the texts of `spans` in their order.
    pub text: String,
    /// Simulated seconds from the start of the run at which it can be seen; absent where it has no
    /// time. What happened first comes first.
    #[serde(default)]
    pub at_s: Option<f64>,
    /// When it ended, simulated seconds.
    #[serde(default)]
    pub until_s: Option<f64>,
    /// Id of the link that it is about.
    #[serde(default)]
    pub link: Option<String>,
    /// The sentence in parts, so that a reader can lead from a figure to the charts.
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// Whether a finding says that something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingSeverity {
    /// Something went wrong.
    Warning,
    /// Good to know.
    Info,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Words.
    Words(String),
    /// A measured or computed number with its unit.
    Figure(String),
}

impl Span {
    /// The part as it is read.
    pub fn text(&self) -> &str {
        match self {
            Span::Words(text) | Span::Figure(text) => text,
        }
    }
}
