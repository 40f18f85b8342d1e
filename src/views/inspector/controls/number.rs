//! A number: a field, a slider, and a box to tick where the number may be absent.

use super::frame::{Frame, problem_id};
use super::scale::Scale;
use super::{Parameter, shown, typed};
use crate::params::Field;
use crate::views::format;
use leptos::prelude::*;
use serde_json::{Value, json};

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
        if refusal.get_untracked().is_none() {
            draft.set(None);
        }
    };
    let set = {
        let parameter = parameter.clone();
        move |value: Option<Value>| refusal.set(parameter.try_draft(value).err())
    };
    let type_text = {
        let set = set.clone();
        move |text: String| {
            begin();
            set(typed(&text));
            draft.set(Some(text));
        }
    };
    let fallback = fallback(&field.default, min, max);
    let placeholder = match field.none {
        Some(_) if field.default.is_null() => "–".to_owned(),
        _ => shown(&field.default),
    };
    let slider_value = Memo::new({
        let unset = fallback.as_f64().unwrap_or(min);
        move |_| value.with(Value::as_f64).unwrap_or(unset)
    });
    let slider = Scale::of(min, max, is_integer).map(|scale| {
        let set = set.clone();
        let slide = move |share: f64| {
            begin();
            draft.set(None);
            set(typed(&format::exact(scale.value(share))));
        };
        view! {
            <input
                type="range"
                min="0"
                max="1"
                step="0.005"
                tabindex="-1"
                aria-hidden="true"
                prop:disabled=move || is_null.get()
                prop:value=move || scale.share(slider_value.get()).to_string()
                on:input=move |event| slide(format::parse(&event_target_value(&event)).unwrap_or(0.0))
                on:change=move |_| end()
            />
        }
    });
    let none = field.none.map(|none| {
        let switch = move |is_none: bool| {
            draft.set(None);
            set(Some(if is_none { Value::Null } else { fallback.clone() }));
            ui.run.settle();
        };
        view! {
            <label class="none">
                <input
                    type="checkbox"
                    data-testid=format!("{testid}-none")
                    prop:checked=move || is_null.get()
                    on:change=move |event| switch(event_target_checked(&event))
                />
                {none}
            </label>
        }
    });
    view! {
        <Frame label=field.label help=field.help id=id.clone() problem=sentence>
            <span class="value" class:bad=move || sentence.get().is_some()>
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
                />
                {(!field.unit.is_empty()).then(|| view! { <em>{field.unit}</em> })}
            </span>
            {slider}
            {none}
        </Frame>
    }
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
