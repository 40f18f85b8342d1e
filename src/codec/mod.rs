//! Documents as text, as links, and the built-in examples (skeleton).

use crate::model::{Document, Problem};

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
    &[]
}

/// Reads a document: parse, migrate, deserialise, repair. The notes say what was repaired. `Err`
/// is one sentence that names the place: `nodes[3].at: what is wrong: what would be right`.
pub fn open(text: &str) -> Result<(Document, Vec<Problem>), String> {
    let _ = text;
    todo!()
}

/// Writes a document as indented JSON.
pub fn save(document: &Document) -> String {
    let _ = document;
    todo!()
}

/// The fragment of a share link: `v1.d.<payload>`.
pub fn to_fragment(document: &Document) -> String {
    let _ = document;
    todo!()
}

/// Reads a share link or its fragment. `Err` is one sentence: truncated, too new, damaged, ….
pub fn from_link(link: &str) -> Result<(Document, Vec<Problem>), String> {
    let _ = link;
    todo!()
}
