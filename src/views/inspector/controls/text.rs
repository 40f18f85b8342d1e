//! Text, and lists of names.

use super::frame::{Caption, Layout, problem_id, row};
use super::{Parameter, shown};
use crate::params::Field;
use leptos::prelude::*;
use serde_json::{Value, json};

/// A line of text.
#[component]
pub fn TextControl(parameter: Parameter, field: Field) -> impl IntoView {
    let value = parameter.value();
    let text = Memo::new(move |_| value.with(shown));
    view! { <LineControl parameter field text read=kept max_length=Some("200") /> }
}

fn kept(text: &str) -> Option<Value> {
    Some(json!(text))
}

/// Names with commas between; an empty field means all, where that is allowed.
#[component]
pub fn NamesControl(parameter: Parameter, field: Field) -> impl IntoView {
    let value = parameter.value();
    let text = Memo::new(move |_| value.with(joined));
    view! { <LineControl parameter field text read=names max_length=None /> }
}

fn joined(value: &Value) -> String {
    match value {
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => shown(other),
    }
}

fn names(text: &str) -> Option<Value> {
    let all: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    (!all.is_empty()).then(|| json!(all))
}

/// A field whose text is taken when it is left.
#[component]
fn LineControl(
    parameter: Parameter,
    field: Field,
    /// What the field shows.
    text: Memo<String>,
    /// The value of what was typed; `None` means the default.
    read: fn(&str) -> Option<Value>,
    max_length: Option<&'static str>,
) -> impl IntoView {
    let (id, testid, value, problem) = (parameter.id(), parameter.testid(), parameter.value(), parameter.problem());
    let caption = Caption::of(&parameter, &field);
    let control = view! {
        <span class="value roomy long" class:bad=move || problem.get().is_some()>
            <input
                type="text"
                id=id.clone()
                data-testid=testid
                maxlength=max_length
                placeholder=field.none.unwrap_or_default()
                aria-invalid=move || problem.get().is_some().to_string()
                aria-describedby=problem_id(&id)
                prop:value=move || text.get()
                on:change=move |event| {
                    parameter.set(read(&event_target_value(&event)));
                }
            />
        </span>
    };
    row(caption, value, problem, Layout::Input, control.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_shown() {
        assert_eq!(names(" a, b ,,c"), Some(json!(["a", "b", "c"])));
        assert_eq!(joined(&json!(["a", "b"])), "a, b");
        assert_eq!(names(" , "), None);
        assert_eq!(joined(&Value::Null), "");
    }
}
