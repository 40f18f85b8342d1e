//! Document → scenario: [`check()`] says what is wrong with a document, and [`build()`] makes it ready
//! to run. Neither ever fails.

mod build;
pub mod changes;
mod check;
mod checks;
mod graph;

pub use build::{Scenario, bin_s};
pub use check::{check, check_fault, check_within};
pub use checks::timeouts::attempts_ns;

use crate::model::{Document, Problem, limits};

/// A document checked and, where it can run, made ready.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Ready to run; absent when a problem is an error.
    pub scenario: Option<Scenario>,
    /// What is wrong, errors first.
    pub problems: Vec<Problem>,
}

/// Makes a document ready to run; `None` when one of its problems is an error.
///
/// ```
/// use headroom::model::Document;
/// use headroom::scenario::build;
///
/// let text = r#"{"headroom": 1,
///     "nodes": [{"id": "users", "kind": "client"}, {"id": "app", "kind": "app"}],
///     "links": [{"id": "l", "from": "users", "to": "app"}]}"#;
/// let document: Document = serde_json::from_str(text)?;
/// let scenario = build(&document).expect("a sound document can run");
/// assert_eq!(scenario.settings().seed, document.run.seed);
/// let engine = scenario.engine();
/// # let _ = engine;
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn build(document: &Document) -> Option<Scenario> {
    compile(document).scenario
}

/// Checks a document and makes it ready, where both are needed together.
pub fn compile(document: &Document) -> Compiled {
    compile_within(document, limits::MEMORY_BYTES)
}

/// As [`compile()`], for a run that may take so much memory.
pub fn compile_within(document: &Document, memory_bytes: u64) -> Compiled {
    let (parts, problems) = check::examine(document, memory_bytes);
    Compiled { scenario: parts.map(|parts| build::assemble(document, parts, memory_bytes)), problems }
}
