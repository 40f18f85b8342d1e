//! A list of groups of parameters, to which elements are added.

use super::frame::group_frame;
use super::{Form, Parameter};
use crate::params::{Field, defaults};
use crate::views::icons::icon;
use leptos::prelude::*;
use serde_json::Value;

/// A list of groups that are all alike.
#[component]
pub fn ListControl(parameter: Parameter, field: Field, template: Vec<Field>) -> impl IntoView {
    let value = parameter.value();
    let count = Memo::new(move |_| value.with(|value| value.as_array().map_or(0, Vec::len)));
    let (own, problem) = (parameter.clone(), parameter.problem());
    let (testid, adding, element) = (parameter.add_testid(), parameter.clone(), defaults(&template));
    let add = move || {
        adding.child(&count.get_untracked().to_string()).set(Some(element.clone()));
    };
    let row = move |index: usize| {
        let parameter = parameter.child(&index.to_string());
        let removed = parameter.clone();
        view! {
            <div class="list-row" role="group" aria-label=(index + 1).to_string()>
                <Form parameter fields=template.clone() />
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| {
                        removed.set(None);
                    }
                >
                    {icon("trash")}
                    "Remove"
                </button>
            </div>
        }
    };
    let content = view! {
        <For each=move || 0..count.get() key=|index| *index children=row />
        <AddButton testid add />
    };
    group_frame(&own, field.label, field.help, problem, None, content.into_any())
}

/// Adds an element to a list.
#[component]
pub fn AddButton(testid: String, add: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button type="button" class="button small outlined" data-testid=testid on:click=move |_| add()>
            {icon("plus")}
            "Add"
        </button>
    }
}

/// The last element of a list.
pub fn last(value: &Value) -> Option<&Value> {
    value.as_array().and_then(|all| all.last())
}
