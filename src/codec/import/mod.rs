//! Files and pasted texts of every kind that can become a document: recognized by what is in them, not by their
//! names.

mod picture;

use super::export::METADATA_TAG;
use super::{from_link, looks_like_link, open};
use crate::model::{Document, Problem};

/// What can be read, for sentences that say what would be right.
pub const READABLE: &str = "a Headroom document (JSON), a share link, or an SVG or PNG picture that Headroom exported";

/// Reads a text that a user pasted, dropped or named: a document as JSON, a share link, or an exported SVG picture. The
/// notes say what was repaired. `Err` is one sentence.
pub fn read(text: &str) -> Result<(Document, Vec<Problem>), String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if looks_like_link(text) {
        from_link(text)
    } else if picture::is_svg(text) {
        open(&picture::in_svg(text)?)
    } else {
        open(text)
    }
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
