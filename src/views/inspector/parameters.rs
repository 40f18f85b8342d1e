//! Where a parameter stands in the document: reads it, sets it, and finds its problem.

use crate::editor::Command;
use crate::model::{Document, Params, Place};
use crate::params::{Field, values};
use crate::views::state::{About, Ui};
use leptos::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// The parameter at a path of a place in the document.
#[derive(Clone)]
pub struct Parameter {
    ui: Ui,
    place: Place,
    /// What describes all parameters of the place.
    fields: Arc<Vec<Field>>,
    /// Dotted path below the place; empty for all of its parameters.
    path: String,
    /// Begins the ids of the controls, where others of the same parameters may be on the page: `outline.`.
    scope: String,
}

impl Parameter {
    /// All parameters at a place, described by `fields`.
    pub fn new(ui: Ui, place: Place, fields: Vec<Field>) -> Parameter {
        Parameter { ui, place, fields: Arc::new(fields), path: String::new(), scope: String::new() }
    }

    /// The same with ids that begin with `scope`.
    pub fn within(self, scope: &str) -> Parameter {
        Parameter { scope: scope.to_owned(), ..self }
    }

    /// The page.
    pub fn ui(&self) -> Ui {
        self.ui
    }

    /// The parameter with this key, or the element with this index, below this one.
    pub fn child(&self, key: &str) -> Parameter {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Parameter { path, ..self.clone() }
    }

    /// The value; changes with the document. `Null` where there is none.
    pub fn value(&self) -> Memo<Value> {
        let parameter = self.clone();
        Memo::new(move |_| {
            // What the run has at present, where it is in flight.
            parameter.ui.run.shown.with(|document| {
                with_params(document, &parameter.place, |params| {
                    values::value_at(params, &parameter.fields, &parameter.path)
                })
                .flatten()
                .unwrap_or(Value::Null)
            })
        })
    }

    /// Sets the value; `None` means the default. A refusal is shown to the user.
    pub fn set(&self, value: Option<Value>) {
        if let Err(refusal) = self.try_set(value) {
            self.ui.panels.notify_about(About::Change, refusal);
        }
    }

    /// Sets the value; `None` means the default. `Err` is a sentence: the document has no room for
    /// this value, which stays in the field and is marked there.
    pub fn try_set(&self, value: Option<Value>) -> Result<(), String> {
        self.give(value, false)
    }

    /// As [`try_set`](Self::try_set), for a value that is being typed or dragged: a run in flight takes it when
    /// it has settled.
    pub fn try_draft(&self, value: Option<Value>) -> Result<(), String> {
        self.give(value, true)
    }

    fn give(&self, value: Option<Value>, is_draft: bool) -> Result<(), String> {
        if self.place == Place::Run {
            return self.set_run(value);
        }
        if let (Place::Fault(_), Some(given)) = (&self.place, &value) {
            check_time(&self.fields, &self.path, given)?;
        }
        let command = Command::SetParam { place: self.place.clone(), path: self.path.clone(), value };
        match self.place {
            Place::Node(_) | Place::Link(_) => self.ui.run.edit(command, is_draft),
            _ => self.ui.editing.try_apply(command).map(|_| ()),
        }
    }

    /// The run plan is typed.
    fn set_run(&self, value: Option<Value>) -> Result<(), String> {
        // Read in a closure: while the document is borrowed it cannot be changed.
        let plan = self.ui.editing.document.with_untracked(|document| document.run.with(&self.path, value));
        let plan = plan.map_err(|right| format!("Expected: {right}"))?;
        self.ui.editing.try_apply(Command::SetRun(plan))?;
        if untrack(|| self.ui.run.in_flight())
            && let Some(field) = self.fields.iter().find(|field| field.key == self.path)
        {
            self.ui.run.say_fixed(field.label, field.fixed);
        }
        Ok(())
    }

    /// The problem with the value, in a sentence.
    pub fn problem(&self) -> Memo<Option<String>> {
        let parameter = self.clone();
        Memo::new(move |_| {
            parameter.ui.editing.problems.with(|all| {
                let found =
                    all.iter().find(|problem| problem.place == parameter.place && problem.field == parameter.path)?;
                Some(format!("{}: {}", found.what, found.right))
            })
        })
    }

    /// The id of the control.
    pub fn id(&self) -> String {
        let place = match &self.place {
            Place::Node(id) | Place::Link(id) | Place::Zone(id) => id.as_str(),
            _ => "document",
        };
        format!("f-{}{place}-{}", self.scope, self.path)
    }

    /// The test id of the control.
    pub fn testid(&self) -> String {
        format!("field-{}{}", self.scope, self.path)
    }

    /// The test id of the button that adds an element.
    pub fn add_testid(&self) -> String {
        format!("add-{}{}", self.scope, self.path)
    }

    /// Whether a value that is not the default is marked: what a fault or a change sets is never the usual.
    pub fn marks_changes(&self) -> bool {
        matches!(self.place, Place::Node(_) | Place::Link(_) | Place::Run)
    }

    /// Whether what hides these parameters is unfolded: by hand, which the page remembers as `about`, or because one
    /// of them has a problem or is looked for.
    pub fn unfolds(&self, about: String, keys: Vec<&'static str>) -> Memo<bool> {
        let (ui, place) = (self.ui, self.place.clone());
        let hides = move |path: &str| keys.contains(&path.split('.').next().unwrap_or_default());
        let is_needed = Memo::new(move |_| {
            ui.panels.pointed.with(|it| it.as_ref().is_some_and(|(at, path)| *at == place && hides(path)))
                || ui.editing.problems.with(|all| all.iter().any(|it| it.place == place && hides(&it.field)))
        });
        let name = about.clone();
        // What was unfolded for a problem stays so: its field is in use while it is mended.
        Effect::new(move |_| {
            if is_needed.get() {
                ui.panels.unfolded.update(|unfolded| {
                    unfolded.insert(name.clone());
                });
            }
        });
        Memo::new(move |_| is_needed.get() || ui.panels.unfolded.with(|unfolded| unfolded.contains(&about)))
    }
}

/// The times of a fault are typed. `Err` says of the one at this path, by its label, what it is.
fn check_time(fields: &[Field], path: &str, value: &Value) -> Result<(), String> {
    if !["start_s", "duration_s"].contains(&path) || value.is_null() || value.is_number() {
        return Ok(());
    }
    let label = fields.iter().find(|field| field.key == path).map_or(path, |field| field.label);
    Err(format!("{label} is a number of seconds."))
}

/// Calls `read` with the parameters at a place; nothing where there is no such place.
fn with_params<T>(document: &Document, place: &Place, read: impl FnOnce(&Params) -> T) -> Option<T> {
    match place {
        Place::Node(id) => document.node(id).map(|node| read(&node.params)),
        Place::Link(id) => document.link(id).map(|link| read(&link.params)),
        Place::Fault(index) => document.faults.get(*index).map(|fault| {
            let mut params = fault.params.clone();
            params.insert("start_s".to_owned(), json!(fault.start_s));
            params.insert("duration_s".to_owned(), json!(fault.duration_s));
            read(&params)
        }),
        Place::Change(index) => document.changes.get(*index).and_then(|change| json!(change).as_object().map(read)),
        Place::Run => json!(document.run).as_object().map(read),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_no_number_is_refused_by_its_label() {
        let field = Field {
            key: "start_s",
            label: "Start",
            unit: "s",
            help: "",
            fixed: "",
            hint: crate::params::Hint::NONE,
            default: json!(0),
            none: None,
            shape: crate::params::Shape::Boolean,
        };
        let check = |path: &str, value| check_time(std::slice::from_ref(&field), path, &value);
        assert_eq!(check("start_s", json!("soon")), Err("Start is a number of seconds.".to_owned()));
        assert_eq!(check("start_s", json!(3)), Ok(()));
        assert_eq!(check("duration_s", Value::Null), Ok(()));
        assert_eq!(check("target", json!("db")), Ok(()));
    }

    #[test]
    fn the_times_of_a_fault_are_read_like_its_parameters() {
        let fault =
            crate::model::Fault { fault: "crash".to_owned(), start_s: 3.0, duration_s: None, params: Params::new() };
        let document = Document { faults: vec![fault], ..Document::default() };
        let read = |params: &Params| (params["start_s"].clone(), params["duration_s"].clone());
        assert_eq!(with_params(&document, &Place::Fault(0), read), Some((json!(3.0), Value::Null)));
        assert_eq!(with_params(&document, &Place::Fault(1), read), None);
    }
}
