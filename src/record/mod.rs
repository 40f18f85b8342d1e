//! What is recorded while a run goes on, and the numbers that every node and every link has.
//!
//! Recording is adding to a counter, a gauge or a histogram slot. The engine and its stations write
//! to the [`Recorder`]; what they wrote is read when a report or a snapshot is
//! asked for.
//!
//! # What a number costs
//!
//! Beside the line that counts it:
//!
//! | a number | is added to |
//! |---|---|
//! | of every node | a counter or gauge in [`counts`], its declaration and value in [`node_metrics`] |
//! | of every link | the same in [`counts`] and [`link_metrics`] |
//! | of one kind, that is counted | a counter in [`counts`], its declaration and value in the kind's `metrics.rs` |
//! | of one kind, that its station knows | its declaration and value in the kind's `metrics.rs` |
//! | of the time series | an entry in [`series`] |
//!
//! The report, its schema, snapshots, the tables of the page and of the command line, the alerts on
//! cards and assertions walk the lists of these declarations (`tests/it/metrics.rs` proves it).

pub mod counts;
pub mod gauge;
pub mod histogram;
pub mod link_metrics;
pub mod node_metrics;
pub mod recorder;
pub mod series;

pub use counts::{LinkCounts, LinkRecord, NodeCounts, NodeRecord, ProcessCounts, ProcessRecord, ProcessTotals};
pub use gauge::{Gauge, Occupancy};
pub use histogram::{LatencyHistogram, RecentSpans};
pub use link_metrics::LinkWindow;
pub use node_metrics::NodeWindow;
pub use recorder::{Failure, Recorder};

use serde::{Deserialize, Serialize};

/// A replica at one instant, as its card shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicaSnapshot {
    /// False while it is down or starting.
    pub up: bool,
    /// Busy workers over its workers, 0 to 1 (0 where unlimited).
    pub busy: f64,
    /// Where it is in its life.
    pub state: ReplicaState,
    /// Whether it leads the replicas of its shard; absent where none of them leads.
    pub leads: Option<bool>,
    /// Acknowledged writes that a follower does not have yet.
    pub lacks: u64,
}

/// Where a replica is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaState {
    /// It takes requests.
    #[default]
    Serving,
    /// It takes no new requests and finishes those that it has.
    Draining,
    /// It starts.
    Starting,
    /// It has crashed.
    Down,
    /// It is not there: scaled in, or not yet scaled out.
    Absent,
}

/// One integral or count over another; absent where the other is 0.
pub fn over(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
