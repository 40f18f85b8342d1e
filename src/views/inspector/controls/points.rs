//! Points of a curve, one row each.

use super::frame::group_frame;
use super::list::{AddButton, last};
use super::{Parameter, shown, typed};
use crate::params::Field;
use crate::views::icons::icon;
use leptos::prelude::*;
use serde_json::{Value, json};

/// How far along the first axis a new point is from the last one.
const STEP: f64 = 10.0;

/// Points of a curve.
#[component]
pub fn PointsControl(
    parameter: Parameter,
    field: Field,
    /// What the two numbers of a point are called.
    labels: [&'static str; 2],
) -> impl IntoView {
    let value = parameter.value();
    let count = Memo::new(move |_| value.with(|value| value.as_array().map_or(0, Vec::len)));
    let (own, problem, testid) = (parameter.clone(), parameter.problem(), parameter.add_testid());
    let adding = parameter.clone();
    let add = move || {
        let point = value.with_untracked(next_point);
        adding.child(&count.get_untracked().to_string()).set(Some(point));
    };
    let row = move |index: usize| view! { <Point parameter=parameter.child(&index.to_string()) index labels /> };
    let content = view! {
        <Show when=move || { count.get() > 0 }>
            <div class="pair heads" aria-hidden="true">
                <small>{labels[0]}</small>
                <small>{labels[1]}</small>
                <span></span>
            </div>
        </Show>
        <For each=move || 0..count.get() key=|index| *index children=row />
        <AddButton testid add />
    };
    group_frame(&own, field.label, field.help, problem, None, content.into_any())
}

#[component]
fn Point(parameter: Parameter, index: usize, labels: [&'static str; 2]) -> impl IntoView {
    let coordinate = |axis: usize| {
        let parameter = parameter.child(&axis.to_string());
        let (value, testid) = (parameter.value(), parameter.testid());
        view! {
            <input
                type="text"
                inputmode="decimal"
                aria-label=format!("{} {}", labels[axis], index + 1)
                data-testid=testid
                prop:value=move || value.with(shown)
                on:change=move |event| {
                    parameter.set(typed(&event_target_value(&event)).or(Some(json!(0))));
                }
            />
        }
    };
    view! {
        <div class="pair">
            {coordinate(0)} {coordinate(1)}
            <button
                type="button"
                class="button icon-only"
                aria-label=format!("Remove row {}", index + 1)
                on:click={
                    let parameter = parameter.clone();
                    move |_| {
                        parameter.set(None);
                    }
                }
            >
                {icon("close")}
            </button>
        </div>
    }
}

/// The point that is added after those of a curve.
fn next_point(points: &Value) -> Value {
    let numbers = |point: &Value| Some((point.get(0)?.as_f64()?, point.get(1)?.as_f64()?));
    match last(points).and_then(numbers) {
        Some((x, y)) => json!([x + STEP, y]),
        None => json!([0, 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_point_goes_on_from_the_last_one() {
        assert_eq!(next_point(&json!([[0, 1], [30, 4]])), json!([40.0, 4.0]));
        assert_eq!(next_point(&json!([])), json!([0, 1]));
        assert_eq!(next_point(&json!([["?", 4]])), json!([0, 1]), "what does not fit is not gone on from");
    }
}
