//! The native tests.

mod documents;
mod editing;
mod samples;
