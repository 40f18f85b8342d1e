//! A switch that is on or off.

use super::Parameter;
use super::frame::Frame;
use crate::params::Field;
use leptos::prelude::*;
use serde_json::{Value, json};

/// A boolean.
#[component]
pub fn ToggleControl(parameter: Parameter, field: Field) -> impl IntoView {
    let (id, testid, value, problem) = (parameter.id(), parameter.testid(), parameter.value(), parameter.problem());
    let set = move |is_on: bool| {
        parameter.set(Some(json!(is_on)));
    };
    view! {
        <Frame label=field.label help=field.help id=id.clone() problem>
            <input
                type="checkbox"
                role="switch"
                class="switch"
                id=id
                data-testid=testid
                prop:checked=move || value.get() == Value::Bool(true)
                on:change=move |event| set(event_target_checked(&event))
            />
        </Frame>
    }
}

/// Switches a group on, with these values, and off.
#[component]
pub fn GroupSwitch(
    parameter: Parameter,
    label: &'static str,
    is_on: Memo<bool>,
    /// The values of the group that is switched on.
    values: Value,
) -> impl IntoView {
    let testid = parameter.testid();
    let set = move |is_on: bool| {
        parameter.set(Some(if is_on { values.clone() } else { Value::Null }));
    };
    view! {
        <input
            type="checkbox"
            role="switch"
            class="switch"
            aria-label=label
            data-testid=testid
            prop:checked=move || is_on.get()
            on:change=move |event| set(event_target_checked(&event))
        />
    }
}
