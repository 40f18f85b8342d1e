//! A number: a slider where sliding helps, a field with its unit, and a mark where the number may be absent.

use super::frame::{Caption, Layout, problem_id, row};
use super::scale::{Scale, stepped};
use super::{Parameter, shown, typed};
use crate::params::{Field, Shape};
use crate::views::format;
use crate::views::icons::icon;
use leptos::prelude::*;
use serde_json::{Value, json};

/// The most characters of a unit beside a number in a narrow field.
const UNIT_MAX: usize = 4;

/// A number in a range.
#[component]
pub fn NumberControl(parameter: Parameter, field: Field, min: f64, max: f64, is_integer: bool) -> impl IntoView {
    let ui = parameter.ui();
    let (id, testid) = (parameter.id(), parameter.testid());
    let value = parameter.value();
    let problem = parameter.problem();
    // What is typed, until the field is left.
    let draft = RwSignal::new(None::<String>);
    // Why the document could not take what was typed.
    let refusal = RwSignal::new(None::<String>);
    let sentence = Memo::new(move |_| refusal.get().or_else(|| problem.get()));
    let is_null = Memo::new(move |_| value.get().is_null());
    let text = move || draft.get().unwrap_or_else(|| value.with(shown));
    // One step of the history from the first keystroke until the field is left.
    let began = StoredValue::new(false);
    let begin = move || {
        if !began.get_value() {
            began.set_value(true);
            ui.editing.begin();
        }
    };
    let end = move || {
        if began.try_get_value() == Some(true) {
            began.set_value(false);
            ui.editing.commit();
            ui.run.settle();
        }
    };
    on_cleanup(end);
    // What was typed gives way to the value, unless it could not become that.
    let finish = move || {
        end();
        // A field that is removed while it has the focus is left too.
        if refusal.try_get_untracked() == Some(None) {
            draft.set(None);
        }
    };
    let set = {
        let parameter = parameter.clone();
        move |value: Option<Value>| refusal.set(parameter.try_draft(value).err())
    };
    let set = StoredValue::new(set);
    let put = move |number: f64| {
        begin();
        draft.set(None);
        set.with_value(|set| set(typed(&format::exact(number))));
    };
    let type_text = move |text: String| {
        begin();
        set.with_value(|set| set(typed(&text)));
        draft.set(Some(text));
    };
    let fallback = fallback(&field.default, min, max);
    let unset = fallback.as_f64().unwrap_or(min);
    let number = Memo::new(move |_| value.with(Value::as_f64).unwrap_or(unset));
    let step = move |is_up: bool| put(stepped(number.get_untracked(), is_up, is_integer).clamp(min, max));
    let placeholder = match field.none {
        Some(none) if field.default.is_null() => none.to_owned(),
        _ => shown(&field.default),
    };
    // A long unit, and a unit beside the mark of "none", take the place of the slider.
    let unit_length = field.unit.chars().count();
    let is_roomy = unit_length > UNIT_MAX || field.none.is_some() && unit_length > 0;
    let is_seed = field.shape == Shape::Seed;
    let slider = Scale::of(&field).filter(|_| !is_roomy).map(|scale| {
        let share = Memo::new(move |_| scale.share(number.get()));
        view! {
            <Show when=move || !is_null.get()>
                <input
                    type="range"
                    class="slider"
                    min="0"
                    max="1"
                    step="0.005"
                    tabindex="-1"
                    aria-hidden="true"
                    style=("--p", move || format!("{:.1}%", share.get() * 100.0))
                    prop:value=move || share.get().to_string()
                    on:input=move |event| {
                        put(scale.value(format::parse(&event_target_value(&event)).unwrap_or(0.0)));
                    }
                    on:change=move |_| end()
                />
            </Show>
        }
    });
    let none = field.none.map(|none| {
        let switch = move |is_none: bool| {
            draft.set(None);
            set.with_value(|set| set(Some(if is_none { Value::Null } else { fallback.clone() })));
            ui.run.settle();
        };
        view! {
            <input
                type="checkbox"
                class="none"
                aria-label=format!("{}: {none}", field.label)
                title=none
                data-testid=format!("{testid}-none")
                prop:checked=move || is_null.get()
                on:change=move |event| switch(event_target_checked(&event))
            />
        }
    });
    // For fingers: the style sheet shows them where the pointer is coarse.
    let stepper = move |name: &'static str, word: &'static str| {
        let is_up = name == "plus";
        view! {
            <button
                type="button"
                class="stepper"
                aria-label=format!("{}: {word}", field.label)
                prop:disabled=move || if is_up { number.get() >= max } else { number.get() <= min }
                on:click=move |_| {
                    step(is_up);
                    end();
                }
            >
                {icon(name)}
            </button>
        }
        .into_any()
    };
    let has_steppers = is_integer && !is_seed && !is_roomy;
    let control = view! {
        {slider}
        <span
            class="value"
            class:stepped=has_steppers
            class:roomy=move || is_roomy || is_seed || is_null.get()
            class:bad=move || sentence.get().is_some()
        >
            {has_steppers.then(|| stepper("minus", "less"))}
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                id=id.clone()
                data-testid=testid.clone()
                placeholder=placeholder
                title=format!("{} to {} {}", format::exact(min), format::exact(max), field.unit)
                aria-invalid=move || sentence.get().is_some().to_string()
                aria-describedby=problem_id(&id)
                prop:value=text
                on:input=move |event| type_text(event_target_value(&event))
                on:change=move |_| finish()
                on:blur=move |_| finish()
                on:keydown=move |event| {
                    let is_up = match event.key().as_str() {
                        "ArrowUp" => true,
                        "ArrowDown" => false,
                        _ => return,
                    };
                    event.prevent_default();
                    if !is_seed {
                        step(is_up);
                    }
                }
            />
            {(unit_length > 0).then(|| view! { <em hidden=move || is_null.get()>{field.unit}</em> })}
            {none}
            {has_steppers.then(|| stepper("plus", "more"))}
        </span>
    };
    row(Caption::of(&parameter, &field), value, sentence, Layout::Input, control.into_any())
}

/// The value that a parameter gets when it is no longer unlimited.
fn fallback(default: &Value, min: f64, max: f64) -> Value {
    if default.is_null() { json!(100.0_f64.clamp(min, max) as i64) } else { default.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_a_limit_on_gives_it_an_allowed_value() {
        assert_eq!(fallback(&Value::Null, 0.0, 10.0), json!(10));
        assert_eq!(fallback(&json!(7), 0.0, 10.0), json!(7));
    }
}
