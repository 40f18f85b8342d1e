//! Documents and results in formats of others: pictures that open again as diagrams, text for wikis, tables.

mod csv;
mod escape;
pub(in crate::codec) mod mermaid;
pub(in crate::codec) mod png;
mod svg;

pub use csv::csv;
pub use escape::escaped;
pub use mermaid::mermaid;
pub use png::with_document;
pub use svg::{METADATA_TAG, picture};
