//! The built-in examples.

/// A built-in example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// File name without its ending.
    pub id: &'static str,
    /// The document as JSON.
    pub text: &'static str,
}

/// The built-in examples in palette order; the first one opens on a first visit.
pub fn library() -> &'static [Example] {
    EXAMPLES
}

macro_rules! examples {
    ($($id:literal),+ $(,)?) => {
        &[$(Example { id: $id, text: include_str!(concat!("library/", $id, ".json")) }),+]
    };
}

static EXAMPLES: &[Example] =
    examples!["three-tier-shop", "jobs-behind-a-queue", "read-heavy-with-a-cache", "rate-limited-api"];
