//! The simulation as the page sees it: a worker that is given a document to run, and its answers.
//!
//! The worker holds a copy of the document as it was when it was loaded, plus the live faults
//! that were recorded since. Whenever the document no longer means the same run, it is loaded
//! again under a new number, and messages of the old number are ignored.

mod live_faults;
mod signals;
mod snapshots;
mod worker;

pub use live_faults::HeldReplicas;
pub use signals::Run;

use crate::glossary::MAX_SPEED;

/// The speeds to choose from, simulated seconds a second; `None` is as fast as the computer can.
pub const SPEEDS: [(Option<f64>, &str); 8] = [
    (Some(0.1), "0.1×"),
    (Some(0.5), "0.5×"),
    (Some(1.0), "1×"),
    (Some(2.0), "2×"),
    (Some(4.0), "4×"),
    (Some(10.0), "10×"),
    (Some(100.0), "100×"),
    (None, MAX_SPEED.word),
];
