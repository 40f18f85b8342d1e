//! The built-in examples.

/// A built-in example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// File name without its ending.
    pub id: &'static str,
    /// The group of the palette in which it stands.
    pub section: &'static str,
    /// The document as JSON.
    pub text: &'static str,
}

/// The built-in examples in palette order, those of a section together; the first one opens on a
/// first visit.
pub fn library() -> &'static [Example] {
    EXAMPLES
}

macro_rules! examples {
    ($($section:literal: $($id:literal),+ $(,)?);+ $(;)?) => {
        &[$($(
            Example { id: $id, section: $section, text: include_str!(concat!("library/", $id, ".json")) },
        )+)+]
    };
}

/// The failures of the laboratory are each pinned by a test, as are their cures: the document's
/// `watch` and `cure` are claims that `tests/it/laboratory.rs` holds against the simulator.
static EXAMPLES: &[Example] = examples![
    "Examples": "three-tier-shop", "jobs-behind-a-queue", "read-heavy-with-a-cache", "rate-limited-api";
];
