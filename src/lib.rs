//! Headroom: a playground for system architecture that runs in a browser tab.
#![warn(missing_docs)]

pub mod codec;
pub mod editor;
pub mod kind;
pub mod kinds;
pub mod model;
pub mod protocol;
pub mod report;
pub mod session;

#[cfg(feature = "web")]
pub mod browser;
#[cfg(feature = "web")]
pub mod views;
