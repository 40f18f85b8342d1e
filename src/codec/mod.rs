//! Documents as text and as links.
//!
//! Every text is opened in the same steps: bounded parsing, migration, deserializing, repair. This
//! holds for files, links and pasted fragments, so every document in the rest of the program is within
//! [`limits`](crate::model::limits), has unique ids, and has no link to a node that does not exist. Each
//! repair is reported in a note; nothing is lost silently.

mod link;
mod open;
mod save;

pub use link::{from_link, looks_like_link, to_fragment};
pub use open::{FILE_BYTES_MAX, open};
pub use save::{save, without_defaults};

use crate::model::{Document, Problem};

/// Reads a text that a user pasted or named: a document as JSON, or a share link. `Err` is one sentence.
pub fn read(text: &str) -> Result<(Document, Vec<Problem>), String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if looks_like_link(text) { from_link(text) } else { open(text) }
}
