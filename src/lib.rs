//! Headroom: a playground for system architecture that runs in a browser tab.
#![warn(missing_docs)]

pub mod codec;
pub mod editor;
pub mod engine;
pub mod kind;
pub mod kinds;
pub mod model;
pub mod protocol;
pub mod random;
pub mod report;
pub mod scenario;
pub mod schema;
pub mod session;
pub mod summary;
pub mod time;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "worker")]
pub mod browser;
#[cfg(feature = "web")]
pub mod views;
