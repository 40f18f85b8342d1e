//! The simulation as the page sees it: a worker that is given a document to run, and its answers.
//!
//! The worker holds a copy of the document as it was when it was loaded. While a run is in flight its zones,
//! faults and parameter changes follow the document: live ones are recorded, and where something is edited that has
//! happened already, the run is reproduced with it up to the present, under a new number (messages of the old
//! number are ignored). Nothing else that is edited touches a run in flight: a banner says so and offers to
//! start again.

mod banner;
mod changes;
mod live_faults;
mod signals;
mod snapshots;
mod worker;

pub use banner::StaleBanner;
pub use live_faults::HeldReplicas;
pub use signals::{PreviousRun, Run};

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
