//! Controls for parameters, drawn from their description alone: a new kind needs none of its own.

mod choice;
mod essentials;
mod frame;
mod group;
mod list;
mod number;
mod points;
mod scale;
mod text;
mod toggle;

use super::parameters::Parameter;
use crate::params::{Field, Shape};
use crate::views::format;
use choice::{AmongControl, ChoiceControl};
pub use essentials::{Essentials, toggle};
use group::{GroupControl, OneOfControl};
use leptos::prelude::*;
use list::ListControl;
use number::NumberControl;
use points::PointsControl;
use serde_json::{Value, json};
use text::{NamesControl, TextControl};
use toggle::ToggleControl;

/// The largest seed that can be typed, 2^53 - 1: up to here a field holds every whole number exactly.
const SEED_MAX: f64 = 9_007_199_254_740_991.0;

/// A control for each field, below a place or a group of parameters.
#[component]
pub fn Form(parameter: Parameter, fields: Vec<Field>) -> impl IntoView {
    fields.into_iter().map(|field| control(parameter.child(field.key), field)).collect_view()
}

/// The control of one parameter.
fn control(parameter: Parameter, field: Field) -> AnyView {
    match field.shape.clone() {
        Shape::Integer { .. } if !field.hint.among.is_empty() => view! { <AmongControl parameter field /> }.into_any(),
        Shape::Number { min, max } => view! { <NumberControl parameter field min max is_integer=false /> }.into_any(),
        Shape::Integer { min, max } => {
            view! { <NumberControl parameter field min=f64::from(min) max=f64::from(max) is_integer=true /> }.into_any()
        }
        Shape::Boolean => view! { <ToggleControl parameter field /> }.into_any(),
        Shape::Choice(choices) => view! { <ChoiceControl parameter field choices=choices.to_vec() /> }.into_any(),
        Shape::Text => view! { <TextControl parameter field /> }.into_any(),
        Shape::Seed => view! { <NumberControl parameter field min=0.0 max=SEED_MAX is_integer=true /> }.into_any(),
        // No control changes the sides of a partition: they are drawn on the canvas.
        Shape::Sides => ().into_any(),
        Shape::Names => view! { <NamesControl parameter field /> }.into_any(),
        Shape::Group(fields) => view! { <GroupControl parameter field fields /> }.into_any(),
        Shape::OneOf { tag, variants } => view! { <OneOfControl parameter field tag variants /> }.into_any(),
        Shape::List(template) => view! { <ListControl parameter field template /> }.into_any(),
        Shape::Points(axes) => {
            view! { <PointsControl parameter field labels=[axes[0].label, axes[1].label] /> }.into_any()
        }
    }
}

/// What an input shows for a value: a value that does not fit is shown as it was typed.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map(format::exact).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// What was typed, as a value: an empty field means the default, and text that is no number is kept.
fn typed(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(match format::parse(text) {
        Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => json!(number as i64),
        Some(number) => json!(number),
        None => json!(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_kept() {
        assert_eq!(typed("12"), Some(json!(12)));
        assert_eq!(typed(" 0,5 "), Some(json!(0.5)));
        assert_eq!(typed("abc"), Some(json!("abc")));
        assert_eq!(typed("  "), None);
    }

    #[test]
    fn a_value_is_shown_as_it_is_typed() {
        for text in ["12", "0.5", "abc"] {
            assert_eq!(shown(&typed(text).unwrap_or_default()), text);
        }
        assert_eq!(shown(&Value::Null), "");
    }
}
