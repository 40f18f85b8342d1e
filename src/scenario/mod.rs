//! Document → scenario: [`check()`] says what is wrong, and [`compile`] also makes the document ready
//! to run. Neither ever fails.

mod build;
mod check;
mod graph;

pub use build::{Scenario, bin_s};
pub use check::check;

use crate::model::{Document, Problem};

/// A document checked and, where it can run, made ready.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Ready to run; absent when a problem is an error.
    pub scenario: Option<Scenario>,
    /// What is wrong, errors first.
    pub problems: Vec<Problem>,
}

/// Checks a document and makes it ready.
///
/// ```
/// use headroom::model::Document;
/// use headroom::scenario::compile;
///
/// let text = r#"{"headroom": 1,
///     "nodes": [{"id": "users", "kind": "client"}, {"id": "app", "kind": "app"}],
///     "links": [{"id": "l", "from": "users", "to": "app"}]}"#;
/// let document: Document = serde_json::from_str(text)?;
/// let compiled = compile(&document);
/// assert!(compiled.problems.is_empty());
/// let engine = compiled.scenario.expect("a sound document can run").engine();
/// # let _ = engine;
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn compile(document: &Document) -> Compiled {
    let (parts, problems) = check::examine(document);
    Compiled { scenario: parts.map(|parts| build::build(document, parts)), problems }
}
