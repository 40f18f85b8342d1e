//! One of a few named values.

use super::Parameter;
use super::frame::{Caption, Layout, row};
use crate::params::{Choice, Field};
use leptos::prelude::*;
use serde_json::{Value, json};

/// The most choices that stand side by side.
const SEGMENTS_MAX: usize = 3;
/// The most characters that the labels of choices side by side have together.
const CHARACTERS_MAX: usize = 20;
/// The most characters of a choice in a list beside its label.
const LISTED_MAX: usize = 16;

/// A value that can be chosen, and its label.
type Labeled = (Value, String);

/// A few short choices stand side by side; more make a list.
#[component]
pub fn ChoiceControl(parameter: Parameter, field: Field, choices: Vec<Choice>) -> impl IntoView {
    let options = choices.iter().map(|choice| (json!(choice.id), choice.label.to_owned())).collect();
    choice_row(&parameter, &field, options)
}

/// One of a few whole numbers.
#[component]
pub fn AmongControl(parameter: Parameter, field: Field) -> impl IntoView {
    let options = field.hint.among.iter().map(|number| (json!(number), number.to_string())).collect();
    choice_row(&parameter, &field, options)
}

/// A row with choices.
pub fn choice_row(parameter: &Parameter, field: &Field, options: Vec<Labeled>) -> AnyView {
    let (value, problem) = (parameter.value(), parameter.problem());
    let chosen = chosen(value, &field.default);
    let characters: usize = options.iter().map(|(_, label)| label.chars().count()).sum();
    let longest = options.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
    let (layout, control) = if options.len() <= SEGMENTS_MAX && characters <= CHARACTERS_MAX {
        (Layout::Choices, segments(parameter.clone(), field.label, options, chosen))
    } else {
        let layout = if longest > LISTED_MAX { Layout::Wide } else { Layout::Input };
        (layout, list(parameter.clone(), field.label, options, chosen))
    };
    row(Caption::of(parameter, field), value, problem, layout, control)
}

/// What is chosen.
fn chosen(value: Memo<Value>, default: &Value) -> Memo<Value> {
    let default = default.clone();
    Memo::new(move |_| value.with(|value| if value.is_null() { default.clone() } else { value.clone() }))
}

/// Choices side by side.
fn segments(parameter: Parameter, label: &'static str, options: Vec<Labeled>, chosen: Memo<Value>) -> AnyView {
    let testid = parameter.testid();
    let segment = move |(value, label): Labeled| {
        let (parameter, own) = (parameter.clone(), value.clone());
        let is_on = Memo::new(move |_| chosen.with(|chosen| *chosen == own));
        let id = value.as_str().map_or_else(|| label.clone(), str::to_owned);
        view! {
            <label class:on=move || is_on.get()>
                <input
                    type="radio"
                    name=parameter.id()
                    value=id
                    prop:checked=move || is_on.get()
                    on:change=move |event| {
                        parameter.set(Some(value.clone()));
                        // A choice that was refused leaves the buttons as they were.
                        event_target::<web_sys::HtmlInputElement>(&event).set_checked(is_on.get_untracked());
                    }
                />
                {label}
            </label>
        }
    };
    view! {
        <div class="segmented" role="radiogroup" aria-label=label data-testid=testid>
            {options.into_iter().map(segment).collect_view()}
        </div>
    }
    .into_any()
}

/// Choices as a list.
fn list(parameter: Parameter, label: &'static str, options: Vec<Labeled>, chosen: Memo<Value>) -> AnyView {
    let (id, testid) = (parameter.id(), parameter.testid());
    let option = move |(value, label): Labeled| {
        let id = value.as_str().map_or_else(|| label.clone(), str::to_owned);
        view! {
            <option value=id prop:selected=move || chosen.with(|chosen| *chosen == value)>
                {label}
            </option>
        }
    };
    view! {
        <select
            aria-label=label
            id=id
            data-testid=testid
            prop:value=move || chosen.with(|chosen| chosen.as_str().unwrap_or_default().to_owned())
            on:change=move |event| parameter.set(Some(json!(event_target_value(&event))))
        >
            {options.into_iter().map(option).collect_view()}
        </select>
    }
    .into_any()
}
