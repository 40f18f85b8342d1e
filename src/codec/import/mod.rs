//! Files and pasted texts of every kind that can become a document: recognized by what is in them, not by their
//! names.

mod mermaid;
mod picture;

use super::export::METADATA_TAG;
use super::{from_link, looks_like_link, open};
use crate::model::{Document, Place, Problem, Severity};

/// What can be read, for sentences that say what would be right.
pub const READABLE: &str =
    "a Headroom document (JSON), a share link, an SVG or PNG picture that Headroom exported, or a Mermaid flowchart";

/// Reads a text that a user pasted, dropped or named: a document as JSON, a share link, an exported SVG picture, or a
/// Mermaid flowchart. The notes say what was repaired or guessed. `Err` is one sentence.
pub fn read(text: &str) -> Result<(Document, Vec<Problem>), String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if looks_like_link(text) {
        from_link(text)
    } else if picture::is_svg(text) {
        open(&picture::in_svg(text)?)
    } else if mermaid::is_flowchart(text) {
        mermaid::flowchart(text)
    } else if text.starts_with(['{', '[']) {
        open(text)
    } else {
        Err(format!("document: this text is not a Headroom document, nor anything else that can be read: {READABLE}"))
    }
}

/// Whether a pasted text is one of these, and not a piece of some other text: for pages that are pasted into by
/// accident.
pub fn is_readable(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim();
    (looks_like_link(text) && text.contains("#v")) || picture::is_svg(text) || mermaid::is_flowchart(text)
}

/// Reads a file: a text as [`read`] does, or an exported PNG picture. `Err` is one sentence.
pub fn read_bytes(bytes: &[u8]) -> Result<(Document, Vec<Problem>), String> {
    if let Some(document) = picture::in_png(bytes) {
        return open(&document?);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text),
        Err(_) => Err(format!("document: this is not text: {READABLE}")),
    }
}

/// Something that was guessed or left out, as a note.
fn note(field: String, what: &str, right: &str) -> Problem {
    Problem {
        severity: Severity::Warning,
        place: Place::Document,
        field,
        what: what.to_owned(),
        right: right.to_owned(),
    }
}
