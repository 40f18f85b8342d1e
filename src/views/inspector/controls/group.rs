//! Groups of parameters, which may be off as a whole, and groups that have variants.

use super::choice::choice_row;
use super::frame::group_frame;
use super::toggle::group_switch;
use super::{Form, Parameter, control};
use crate::params::{Choice, Field, Hint, Shape, defaults, values};
use leptos::prelude::*;
use serde_json::{Value, json};

/// A group of parameters.
#[component]
pub fn GroupControl(parameter: Parameter, field: Field, fields: Vec<Field>) -> impl IntoView {
    let is_on = is_on(&parameter);
    let switch = field.none.map(|none| group_switch(&parameter, &field, none, is_on, defaults(&fields)));
    let (own, problem) = (parameter.clone(), parameter.problem());
    let content = move || is_on.get().then(|| view! { <Form parameter=parameter.clone() fields=fields.clone() /> });
    group_frame(&own, field.label, field.help, problem, switch, content.into_any())
}

fn is_on(parameter: &Parameter) -> Memo<bool> {
    let value = parameter.value();
    Memo::new(move |_| !value.get().is_null())
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
    let is_on = is_on(&parameter);
    let tag_parameter = parameter.child(tag);
    let (chosen, default) = (tag_parameter.value(), field.default.get(tag).cloned().unwrap_or(Value::Null));
    let shown = {
        let default = default.clone();
        Memo::new(move |_| match chosen.get() {
            _ if !is_on.get() => Value::Null,
            Value::Null => default.clone(),
            chosen => chosen,
        })
    };
    // Of a duration the number comes first, under the duration's own label, and how it varies after it.
    let is_duration = tag == "dist";
    let is_optional = field.none.is_some();
    let choices: Vec<(Value, String)> =
        variants.iter().map(|(choice, _)| (json!(choice.id), choice.label.to_owned())).collect();
    let of_tag = Field {
        key: tag,
        label: if is_duration { "Distribution" } else { field.label },
        unit: "",
        help: if is_duration || is_optional { "" } else { field.help },
        fixed: field.fixed,
        hint: Hint::NONE,
        default,
        none: None,
        shape: Shape::Choice(variants.iter().map(|(choice, _)| *choice).collect()),
    };
    let first_variant = Value::Object(values::first_variant(tag, &variants));
    let (own, problem, label, help) = (parameter.clone(), parameter.problem(), field.label, field.help);
    let switch = field.none.map(|none| group_switch(&parameter, &field, none, is_on, first_variant));
    let content = move || {
        let shown = shown.get();
        let id = shown.as_str()?;
        let mut fields = variants.iter().find(|(choice, _)| choice.id == id).map_or_else(Vec::new, |it| it.1.clone());
        let leads = is_duration && fields.first().is_some_and(|first| matches!(first.shape, Shape::Number { .. }));
        let first = leads.then(|| {
            let first = fields.remove(0);
            // Its own label would say no more where the group has a head of its own.
            let named = if is_optional { first } else { Field { label, help, ..first } };
            control(parameter.child(named.key), named)
        });
        let tag_row = choice_row(&tag_parameter, &of_tag, choices.clone());
        let rest = view! { <Form parameter=parameter.clone() fields /> };
        Some(if is_duration {
            view! {
                {first}
                <div class="beneath">{tag_row} {rest}</div>
            }
            .into_any()
        } else {
            view! {
                {tag_row}
                <div class="beneath">{rest}</div>
            }
            .into_any()
        })
    };
    if is_optional {
        group_frame(&own, label, help, problem, switch, content.into_any())
    } else {
        let wrong = move || problem.get().map(|text| view! { <p class="wrong">{text}</p> });
        view! {
            <div role="group" class="one-of" aria-label=label>
                {content}
                {wrong}
            </div>
        }
        .into_any()
    }
}
