//! Numbers: recorded during a run, and reported after it.

pub mod record;
pub mod recorder;
pub mod snapshot;

use serde::{Deserialize, Serialize};

/// The report (stub: grows to the contract's §3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Hash of the event trace.
    pub digest: String,
    /// Seed of the run.
    pub seed: u64,
    /// Events handled.
    pub events: u64,
    /// What the numbers say, in words.
    pub findings: Vec<Finding>,
}

/// A report's number in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `warning` or `info`.
    pub severity: String,
    /// The node it is about.
    pub node: Option<String>,
    /// One sentence.
    pub text: String,
}
