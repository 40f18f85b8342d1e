//! What the page and its worker say to each other, as JSON text over `postMessage`.
//!
//! Every message about a run carries the run's number, so that a message of a run that was
//! thrown away is told apart from one of the run that replaced it.

use crate::model::{Document, Fault};
use crate::report::Report;
use crate::report::snapshot::Snapshot;
use serde::{Deserialize, Serialize};

/// Names the build; page and worker must agree, or someone runs yesterday's worker.
pub const BUILD: &str = match option_env!("HEADROOM_BUILD") {
    Some(build) => build,
    None => "dev",
};

/// Page → worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToWorker {
    /// Throw the present run away and make this document ready at time 0.
    Load {
        /// Number of the new run.
        run: u64,
        /// What to run; a document with errors yields [`FromWorker::Refused`].
        document: Box<Document>,
        /// Whether it starts at once.
        play: bool,
    },
    /// Go on, or start again from 0 when the run has ended.
    Play,
    /// Hold simulated time.
    Pause,
    /// Simulated seconds a second; `None` is as fast as it goes.
    Speed(Option<f64>),
    /// Something goes wrong now: its `start_s` is set by the worker to the next whole
    /// millisecond that no event has reached yet.
    Break(Fault),
    /// The fault at this index of the document ends now.
    Heal(usize),
    /// Panic on purpose: for trying the recovery.
    Panic,
}

/// Worker → page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromWorker {
    /// The worker listens; anything posted before this is lost.
    Ready {
        /// The worker's [`BUILD`].
        build: String,
    },
    /// Numbers of a run under way, about ten a second.
    Snapshot(Box<Snapshot>),
    /// A live fault was put on the run: append it to the document's faults.
    Broke {
        /// The run it happened in.
        run: u64,
        /// The fault with its `start_s`.
        fault: Fault,
    },
    /// A live fault ended: set its duration in the document.
    Healed {
        /// The run it happened in.
        run: u64,
        /// Index of the fault in the document.
        index: usize,
        /// Its length in seconds.
        duration_s: f64,
    },
    /// The run reached its end.
    Finished {
        /// The run.
        run: u64,
        /// Its report.
        report: Box<Report>,
    },
    /// The document cannot be run; the problems say why.
    Refused {
        /// The run.
        run: u64,
        /// One line a problem.
        problems: Vec<String>,
    },
    /// The worker broke; it must be replaced.
    Panicked {
        /// The panic's message.
        message: String,
    },
}
