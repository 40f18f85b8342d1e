//! How large a document may be.
//!
//! The editor and the codec use the same numbers: the editor refuses to make what the codec would
//! refuse to read, so every document that was drawn can be opened again.

/// Most nodes in a document.
pub const NODES: usize = 500;
/// Most links in a document.
pub const LINKS: usize = 2000;
/// Most zones in a document.
pub const ZONES: usize = 200;
/// Most faults in a document.
pub const FAULTS: usize = 500;
/// Most parameter changes in a document.
pub const CHANGES: usize = 1000;
/// Most characters in a name, an id, a title or any other text.
pub const TEXT_CHARS: usize = 200;
/// Most levels of nesting in a document's JSON, the document itself included.
pub const DEPTH: usize = 24;
/// Most bytes of memory that a run may take, where no other bound is given: what can be foreseen is refused
/// beyond it, and requests that need more end the run. A tab of a browser has some 4 GB at most, and storage
/// that grows needs three times its size for a moment.
pub const MEMORY_BYTES: u64 = 1_000_000_000;
/// Farthest a node may stand from the origin in either direction, in canvas pixels.
pub const COORDINATE_MAX: f64 = 1e6;
