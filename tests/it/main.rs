//! The native tests.

// Theory is computed with the ordinary functions; only the simulator must be the same everywhere.
#![allow(clippy::disallowed_methods)]

mod arrivals;
mod balancing;
mod books;
mod caching;
mod causes;
mod changes;
mod claims;
mod determinism;
mod documents;
mod drawing;
mod editing;
mod exact;
mod examples;
mod failures;
mod faults;
mod findings;
mod laboratory;
mod metrics;
mod pictures;
mod problems;
mod registry;
mod replication;
mod samples;
mod scaling;
mod simulate;
mod snapshots;
mod systems;
// The list of cases comes with the command line.
#[cfg(feature = "cli")]
mod theory;
mod tidy;
mod truth;
