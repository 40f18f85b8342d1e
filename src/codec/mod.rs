//! Documents as text, as links and as pictures, and formats of others.
//!
//! Every text is opened in the same steps: bounded parsing, migration, deserializing, repair. This
//! holds for files, links and pasted fragments, so every document in the rest of the program is within
//! [`limits`](crate::model::limits), has unique ids, and has no link to a node that does not exist. Each
//! repair is reported in a note; nothing is lost silently.

pub mod export;
pub mod import;
mod link;
mod open;
mod save;

pub use import::{is_readable, read, read_bytes};
pub use link::{from_link, looks_like_link, to_fragment};
pub use open::{FILE_BYTES_MAX, open};
pub use save::{save, without_defaults};
