//! The contract that every kind fulfils, and how its parameters are named.

mod fields;
pub mod values;

pub use fields::{
    About, Axis, Choice, Field, Fields, Pick, Shape, about, defaults, describe, list, one_of, pick, plain, read,
};

/// What is true of a kind whatever its parameters are.
#[derive(Debug, PartialEq)]
pub struct Info {
    /// Registry id; stands in people's saved files: never renamed.
    pub id: &'static str,
    /// The field's standard name for it.
    pub label: &'static str,
    /// A few words for the palette.
    pub tagline: &'static str,
    /// One or two sentences: what it does and what to look at.
    pub help: &'static str,
    /// The palette section it stands in.
    pub section: Section,
    /// Whether others may call it.
    pub called: bool,
    /// Whether it calls others, and in which words it refuses when it does not.
    pub calls: Calls,
}

/// Palette sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where requests come from and how they are let in.
    Traffic,
    /// Where work is done.
    Compute,
    /// Where things are kept.
    Data,
}

impl Section {
    /// In palette order.
    pub const ALL: [Section; 3] = [Section::Traffic, Section::Compute, Section::Data];

    /// As shown.
    pub fn label(self) -> &'static str {
        match self {
            Section::Traffic => "Traffic",
            Section::Compute => "Compute",
            Section::Data => "Data",
        }
    }
}

/// How many links may leave a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// It never calls.
    None,
    /// At most one node.
    One,
    /// Any number of nodes.
    Many,
}
