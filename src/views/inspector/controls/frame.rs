//! What every control has around it: a label, help behind a question mark, a mark where the value is not the usual
//! one with a button that restores that, and the problem.

use super::Parameter;
use crate::browser::page::focus::focus;
use crate::params::{Field, values};
use crate::views::icons::icon;
use leptos::prelude::*;
use serde_json::Value;

/// How a row is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Label, slider, value.
    Input,
    /// Label, and a control that is as wide as its text.
    Wide,
    /// Label, and a group of controls that have labels of their own.
    Choices,
}

/// What a row says of its parameter.
#[derive(Clone)]
pub struct Caption {
    parameter: Parameter,
    label: &'static str,
    help: &'static str,
    default: Value,
}

impl Caption {
    /// That of the parameter which `field` describes.
    pub fn of(parameter: &Parameter, field: &Field) -> Caption {
        Caption { parameter: parameter.clone(), label: field.label, help: field.help, default: field.default.clone() }
    }

    /// Whether the value is not the usual one.
    fn is_changed(&self, value: Memo<Value>) -> Memo<bool> {
        let (default, marks) = (self.default.clone(), self.parameter.marks_changes());
        Memo::new(move |_| marks && value.with(|value| !values::same(value, &default)))
    }
}

/// A control in a row with its label, its help, its problem, and a button that restores the usual value.
pub fn row(
    caption: Caption,
    value: Memo<Value>,
    problem: Memo<Option<String>>,
    layout: Layout,
    control: AnyView,
) -> AnyView {
    let open = RwSignal::new(false);
    let changed = caption.is_changed(value);
    let Caption { parameter, label, help, default } = caption;
    let id = parameter.id();
    let caption = if layout == Layout::Choices {
        view! { <span title=label>{label}</span> }.into_any()
    } else {
        view! {
            <label for=id.clone() title=label>
                {label}
            </label>
        }
        .into_any()
    };
    let restore = move || {
        let (parameter, default) = (parameter.clone(), default.clone());
        let words = format!("Restore the usual value of {label}");
        view! {
            <button
                type="button"
                class="what restore"
                aria-label=words.clone()
                title=words
                on:click=move |_| {
                    parameter.set(Some(default.clone()));
                    // The button is gone: the focus goes to what it restored.
                    let id = parameter.id();
                    focus(&format!("[id='{id}'], [name='{id}']:checked"));
                }
            >
                {icon("reset")}
            </button>
        }
    };
    view! {
        <div class="field" class:wide=layout == Layout::Wide class:changed=move || changed.get()>
            <span class="label">
                {caption}
                <span class="field-tools">
                    {help_button(label, help, open)} {move || changed.get().then(&restore)}
                </span>
            </span>
            {control}
            {help_text(help, open)}
            {problem_text(id, problem)}
        </div>
    }
    .into_any()
}

/// A group of controls with its label, its help and its problem. `switch` turns the group on and off.
pub fn group_frame(
    parameter: &Parameter,
    label: &'static str,
    help: &'static str,
    problem: Memo<Option<String>>,
    switch: Option<AnyView>,
    content: AnyView,
) -> AnyView {
    let open = RwSignal::new(false);
    view! {
        <fieldset class="group">
            <legend>
                <span class="label">
                    <span title=label>{label}</span>
                    <span class="field-tools">{help_button(label, help, open)}</span>
                </span>
                {switch}
            </legend>
            {help_text(help, open)}
            {problem_text(parameter.id(), problem)}
            {content}
        </fieldset>
    }
    .into_any()
}

/// The question mark that opens the help, for mouse and keyboard alike.
fn help_button(label: &'static str, help: &'static str, open: RwSignal<bool>) -> Option<AnyView> {
    (!help.is_empty()).then(|| {
        view! {
            <button
                type="button"
                class="what"
                aria-label=format!("What is {label}?")
                aria-expanded=move || open.get().to_string()
                title=help
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {icon("help")}
            </button>
        }
        .into_any()
    })
}

fn help_text(help: &'static str, open: RwSignal<bool>) -> AnyView {
    (move || open.get().then(|| view! { <p class="help">{help}</p> })).into_any()
}

fn problem_text(id: String, problem: Memo<Option<String>>) -> AnyView {
    (move || problem.get().map(|text| view! { <p class="wrong" id=problem_id(&id)>{text}</p> })).into_any()
}

/// The id of the problem's text, which describes the control of this id.
pub fn problem_id(id: &str) -> String {
    format!("{id}-wrong")
}
