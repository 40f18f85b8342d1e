//! A switch that is on or off.

use super::Parameter;
use super::frame::{Caption, Layout, row};
use crate::params::Field;
use leptos::prelude::*;
use serde_json::{Value, json};

/// A boolean.
#[component]
pub fn ToggleControl(parameter: Parameter, field: Field) -> impl IntoView {
    let (id, testid, value, problem) = (parameter.id(), parameter.testid(), parameter.value(), parameter.problem());
    let is_on = Memo::new(move |_| value.get() == Value::Bool(true));
    let caption = Caption::of(&parameter, &field);
    let switch = switch(id, testid, None, is_on, move |is_on| parameter.set(Some(json!(is_on))));
    let control = view! {
        <span class="state">
            <em aria-hidden="true">{move || if is_on.get() { "on" } else { "off" }}</em>
            {switch}
        </span>
    };
    row(caption, value, problem, Layout::Input, control.into_any())
}

/// Switches the group of a field on, with these values, and off; while it is off, `none` says what that means.
pub fn group_switch(
    parameter: &Parameter,
    field: &Field,
    none: &'static str,
    is_on: Memo<bool>,
    values: Value,
) -> AnyView {
    let own = parameter.clone();
    let set = move |is_on: bool| own.set(Some(if is_on { values.clone() } else { Value::Null }));
    let switch = switch(parameter.id(), parameter.testid(), Some(field.label), is_on, set);
    view! {
        <span class="state">
            <em aria-hidden="true" title=none>
                {move || if is_on.get() { "on" } else { none }}
            </em>
            {switch}
        </span>
    }
    .into_any()
}

fn switch(
    id: String,
    testid: String,
    label: Option<&'static str>,
    is_on: Memo<bool>,
    set: impl Fn(bool) + 'static,
) -> AnyView {
    view! {
        <input
            type="checkbox"
            role="switch"
            class="switch"
            aria-label=label
            id=id
            data-testid=testid
            prop:checked=move || is_on.get()
            on:change=move |event| {
                set(event_target_checked(&event));
                // What was refused leaves the switch as it was.
                event_target::<web_sys::HtmlInputElement>(&event).set_checked(is_on.get_untracked());
            }
        />
    }
    .into_any()
}
