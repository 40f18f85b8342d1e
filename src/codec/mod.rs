//! Documents as text and as links.
//!
//! There is one road in: bounded parsing, migration, deserialising, repair. A file, a link and a
//! pasted fragment all take it, so whatever the rest of the program holds is within
//! [`limits`](crate::model::limits) and has unique ids and no link to nowhere. Whatever the road
//! changes it says in a note; nothing is lost silently.

mod link;
mod open;
mod save;

pub use link::{from_link, looks_like_link, to_fragment};
pub use open::{FILE_BYTES_MAX, open};
pub use save::{save, without_defaults};

use crate::model::{Document, Problem};

/// Reads whatever a user may paste or name: a document as JSON, or a share link.
pub fn read(text: &str) -> Result<(Document, Vec<Problem>), String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if looks_like_link(text) { from_link(text) } else { open(text) }
}
