//! The form of a parameter change.

use super::controls::Form;
use super::head::{Entry, head, plain_tile};
use super::parameters::Parameter;
use super::problems::PlaceProblems;
use super::words::change_words;
use crate::editor::Command;
use crate::model::{ParameterChange, Place};
use crate::params::{Field, Hint, Shape};
use crate::scenario::changes;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;
use serde_json::json;

/// The fields of a change: its time, and its value as the parameter that it changes has it.
fn fields(parameter: Option<&Field>, end_s: f64) -> Vec<Field> {
    let time = Field {
        key: "at_s",
        label: "Time",
        unit: "s",
        help: "Simulated time.",
        fixed: "",
        hint: Hint { slide: Some([0.0, end_s]), ..Hint::NONE },
        default: json!(0),
        none: None,
        shape: Shape::Number { min: 0.0, max: end_s },
    };
    // A group has forms of its own where its node is selected.
    let is_simple = |field: &&Field| {
        matches!(field.shape, Shape::Number { .. } | Shape::Integer { .. } | Shape::Boolean | Shape::Choice(_))
    };
    let value = parameter.filter(is_simple).map(|field| Field { key: "to", label: "New value", ..field.clone() });
    std::iter::once(time).chain(value).collect()
}

/// The form of the change at this index.
#[component]
pub fn ChangeForm(ui: Ui, index: usize) -> impl IntoView {
    let words = move || ui.editing.document.with(|document| change_words(document, index));
    let entries = vec![Entry::new("Delete", "trash", move || {
        ui.editing.apply(Command::RemoveChange(index));
        ui.editing.selected_place.set(None);
    })];
    let name = view! { <b title=words>{words}</b> }.into_any();
    view! {
        {head(plain_tile("kind-change", "sliders"), name, "Change during the run".into_any(), entries)}
        <p class="help about">
            "The parameter has this value from this instant of the run on. It belongs to the diagram: it is shared with it, and every run repeats it."
        </p>
        <ChangeFields ui index scope="" />
        <div class="actions">
            <button
                class="button outlined small"
                data-testid="change-from-start"
                on:click=move |_| {
                    ui.editing.apply(Command::ChangeFromStart(index));
                    ui.editing.selected_place.set(None);
                }
            >
                {icon("reset")}
                "Set from the start"
            </button>
        </div>
    }
}

/// The time and the value of the change at this index. Drawn anew when it is of another parameter.
#[component]
pub fn ChangeFields(
    ui: Ui,
    index: usize,
    /// Begins the ids of the controls.
    scope: &'static str,
) -> impl IntoView {
    let set = Memo::new(move |_| {
        ui.editing
            .document
            .with(|document| document.changes.get(index).map(|change: &ParameterChange| change.set.clone()))
    });
    let end_s = Memo::new(move |_| ui.editing.document.with(|document| document.run.duration_s));
    move || {
        set.get()?;
        let end_s = end_s.get();
        let place = Place::Change(index);
        let fields = ui
            .editing
            .document
            .with_untracked(|document| fields(changes::difference(document, index).map(|it| it.field).as_ref(), end_s));
        let parameter = Parameter::new(ui, place.clone(), fields.clone()).within(scope);
        Some(view! {
            <PlaceProblems ui place />
            <div class="form">
                <Form parameter fields />
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_edited_as_its_parameter_is() {
        let app = crate::kinds::fields("app").expect("a kind");
        let keys = |key: &str| -> Vec<&str> {
            let field = app.iter().find(|field| field.key == key);
            fields(field, 60.0).iter().map(|field| field.key).collect()
        };
        assert_eq!(keys("workers"), ["at_s", "to"]);
        assert_eq!(keys("discipline"), ["at_s", "to"]);
        assert_eq!(keys("service"), ["at_s"], "a group");
        assert_eq!(fields(None, 60.0).len(), 1);
    }
}
