//! Groups of parameters, which may be off as a whole, and groups that have variants.

use super::choice::{Options, chosen};
use super::frame::GroupFrame;
use super::toggle::GroupSwitch;
use super::{Form, Parameter};
use crate::params::{Choice, Field, defaults, values};
use leptos::prelude::*;
use serde_json::Value;

/// A group of parameters.
#[component]
pub fn GroupControl(parameter: Parameter, field: Field, fields: Vec<Field>) -> impl IntoView {
    let value = parameter.value();
    let is_on = Memo::new(move |_| !value.get().is_null());
    let (id, problem, label) = (parameter.id(), parameter.problem(), field.label);
    let switch = field
        .none
        .map(|_| view! { <GroupSwitch parameter=parameter.clone() label is_on values=defaults(&fields) /> }.into_any());
    view! {
        <GroupFrame label help=field.help id problem switch>
            <Show when=move || is_on.get()>
                <Form parameter=parameter.clone() fields=fields.clone() />
            </Show>
        </GroupFrame>
    }
}

/// A group that is one of several variants, each with parameters of its own.
#[component]
pub fn OneOfControl(
    parameter: Parameter,
    field: Field,
    /// The key under which the variant's id stands.
    tag: &'static str,
    variants: Vec<(Choice, Vec<Field>)>,
) -> impl IntoView {
    let tag_parameter = parameter.child(tag);
    let chosen = chosen(&tag_parameter, field.default.get(tag).unwrap_or(&Value::Null));
    let choices: Vec<Choice> = variants.iter().map(|(choice, _)| *choice).collect();
    let value = parameter.value();
    let is_on = Memo::new(move |_| !value.get().is_null());
    let (own, of_tag) = (parameter.problem(), tag_parameter.problem());
    let problem = Memo::new(move |_| of_tag.get().or_else(|| own.get()));
    let (id, label) = (parameter.id(), field.label);
    let switch = field.none.map(|_| {
        let values = Value::Object(values::first_variant(tag, &variants));
        view! { <GroupSwitch parameter=parameter.clone() label is_on values /> }.into_any()
    });
    let form = move || {
        let chosen = chosen.get();
        let variant = variants.iter().find(|(choice, _)| choice.id == chosen).filter(|_| is_on.get());
        variant.map(|(_, fields)| view! { <Form parameter=parameter.clone() fields=fields.clone() /> })
    };
    view! {
        <GroupFrame label help=field.help id problem switch>
            <Show when=move || is_on.get()>
                <Options parameter=tag_parameter.clone() label choices=choices.clone() chosen />
            </Show>
            {form}
        </GroupFrame>
    }
}
