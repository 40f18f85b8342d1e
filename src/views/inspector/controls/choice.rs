//! One of a few named values.

use super::Parameter;
use super::frame::Frame;
use crate::params::{Choice, Field};
use leptos::prelude::*;
use serde_json::{Value, json};

/// The most choices that stand side by side.
const SEGMENTS_MAX: usize = 3;
/// The most characters that the labels of choices side by side have together.
const CHARACTERS_MAX: usize = 34;

/// A few short choices stand side by side; more make a list.
#[component]
pub fn ChoiceControl(parameter: Parameter, field: Field, choices: Vec<Choice>) -> impl IntoView {
    let chosen = chosen(&parameter, &field.default);
    let (id, problem, label) = (parameter.id(), parameter.problem(), field.label);
    let characters: usize = choices.iter().map(|choice| choice.label.chars().count()).sum();
    let control = if choices.len() <= SEGMENTS_MAX && characters <= CHARACTERS_MAX {
        view! { <Segments parameter label choices chosen /> }.into_any()
    } else {
        view! { <Options parameter label choices chosen /> }.into_any()
    };
    view! {
        <Frame label help=field.help id is_input=false problem>
            {control}
        </Frame>
    }
}

/// The id of the choice that is chosen.
pub fn chosen(parameter: &Parameter, default: &Value) -> Memo<String> {
    let value = parameter.value();
    let default = default.as_str().unwrap_or_default().to_owned();
    Memo::new(move |_| value.with(|value| value.as_str().map_or_else(|| default.clone(), str::to_owned)))
}

#[component]
fn Segments(parameter: Parameter, label: &'static str, choices: Vec<Choice>, chosen: Memo<String>) -> impl IntoView {
    let testid = parameter.testid();
    let segment = move |choice: Choice| {
        let parameter = parameter.clone();
        view! {
            <label class:on=move || chosen.get() == choice.id>
                <input
                    type="radio"
                    name=parameter.id()
                    value=choice.id
                    prop:checked=move || chosen.get() == choice.id
                    on:change=move |_| {
                        parameter.set(Some(json!(choice.id)));
                    }
                />
                {choice.label}
            </label>
        }
    };
    view! {
        <div class="segmented" role="radiogroup" aria-label=label data-testid=testid>
            {choices.into_iter().map(segment).collect_view()}
        </div>
    }
}

/// The choices as a list.
#[component]
pub fn Options(parameter: Parameter, label: &'static str, choices: Vec<Choice>, chosen: Memo<String>) -> impl IntoView {
    let (id, testid) = (parameter.id(), parameter.testid());
    let option = move |choice: Choice| {
        view! {
            <option value=choice.id prop:selected=move || chosen.get() == choice.id>
                {choice.label}
            </option>
        }
    };
    view! {
        <select
            aria-label=label
            id=id
            data-testid=testid
            prop:value=move || chosen.get()
            on:change=move |event| {
                parameter.set(Some(json!(event_target_value(&event))));
            }
        >
            {choices.into_iter().map(option).collect_view()}
        </select>
    }
}
