//! Controls for parameters, drawn from their description alone: a new kind needs none of its own.

use super::scale::Scale;
use crate::editor::Command;
use crate::model::{Params, Place, json};
use crate::params::values;
use crate::params::{Choice, Field, Shape, defaults};
use crate::views::erase::{Gather, live, memo, when};
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

/// Choices up to this many, and this long in all, stand side by side.
const SEGMENTS: (usize, usize) = (3, 34);

/// Where parameters stand: reads them, changes them, and finds what is wrong with them.
#[derive(Clone)]
pub struct Slot {
    ui: Ui,
    place: Place,
    fields: Arc<Vec<Field>>,
}

impl Slot {
    /// The parameters at a place, described by `fields`.
    pub fn new(ui: Ui, place: Place, fields: Vec<Field>) -> Slot {
        Slot { ui, place, fields: Arc::new(fields) }
    }

    /// The form of all of them.
    pub fn form(&self) -> AnyView {
        let fields = self.fields.clone();
        form(self, &fields, "")
    }

    /// The value at a path, followed as it changes.
    fn value(&self, path: &str) -> Memo<Value> {
        let (slot, path) = (self.clone(), path.to_owned());
        memo(move || {
            slot.ui.editing.document.with(|document| {
                let params: Option<Params> = match &slot.place {
                    Place::Node(id) => document.node(id).map(|node| node.params.clone()),
                    Place::Link(id) => document.link(id).map(|link| link.params.clone()),
                    Place::Fault(index) => document.faults.get(*index).map(|fault| {
                        let mut params = fault.params.clone();
                        params.insert("start_s".to_owned(), json!(fault.start_s));
                        params.insert("duration_s".to_owned(), json!(fault.duration_s));
                        params
                    }),
                    _ => json!(document.run).as_object().cloned(),
                };
                params.and_then(|params| values::value_at(&params, &slot.fields, &path)).unwrap_or(Value::Null)
            })
        })
    }

    /// Sets the value at a path. `Err` is a sentence: the document has no room for this value.
    fn set(&self, path: &str, value: Option<Value>) -> Result<(), String> {
        if self.place == Place::Run {
            return self.set_run(path, value);
        }
        self.ui.edit(Command::SetParam { place: self.place.clone(), path: path.to_owned(), value });
        Ok(())
    }

    /// The run plan is typed: what does not fit stays in the field and is marked there.
    fn set_run(&self, path: &str, value: Option<Value>) -> Result<(), String> {
        let field = self.fields.iter().find(|field| field.key == path).ok_or("There is no such setting.")?;
        let value = value.unwrap_or_else(|| field.default.clone());
        let (min, max) = match field.shape {
            Shape::Number { min, max } => (min, max),
            Shape::Integer { min, max } => (f64::from(min), f64::from(max)),
            _ => (f64::MIN, f64::MAX),
        };
        let whole = matches!(field.shape, Shape::Integer { .. });
        let fits = |number: &f64| (min..=max).contains(number) && (!whole || number.fract() == 0.0);
        let refusal = || {
            let what = if whole { "a whole number" } else { "a number" };
            format!("{what} from {} to {}", format::exact(min), format::exact(max))
        };
        let number = value.as_f64().filter(fits).ok_or_else(refusal)?;
        let mut plan = self.ui.editing.document.read_untracked().run.clone();
        match path {
            "duration_s" => plan.duration_s = number,
            "warmup_s" => plan.warmup_s = number,
            _ => plan.seed = number as u64,
        }
        self.ui.edit(Command::SetRun(plan));
        Ok(())
    }

    /// What is wrong with the value at a path, in a sentence.
    fn problem(&self, path: &str) -> Memo<Option<String>> {
        let (slot, path) = (self.clone(), path.to_owned());
        memo(move || {
            slot.ui.editing.problems.with(|all| {
                let found = all.iter().find(|each| each.place == slot.place && each.field == path)?;
                Some(format!("{}: {}", found.what, found.right))
            })
        })
    }

    /// An id for the control at a path.
    fn id(&self, path: &str) -> String {
        let place = match &self.place {
            Place::Node(id) | Place::Link(id) | Place::Zone(id) => id.as_str(),
            _ => "document",
        };
        format!("f-{place}-{path}")
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn form(slot: &Slot, fields: &[Field], prefix: &str) -> AnyView {
    fields.iter().map(|field| control(slot, field, &join(prefix, field.key))).gather().into_any()
}

fn control(slot: &Slot, field: &Field, path: &str) -> AnyView {
    match &field.shape {
        Shape::Number { min, max } => number(slot, field, path, *min, *max, false),
        Shape::Integer { min, max } => number(slot, field, path, f64::from(*min), f64::from(*max), true),
        Shape::Boolean => toggle(slot, field, path),
        Shape::Choice(choices) => line(slot, field, path, choice(slot, field.label, path, choices, &field.default)),
        Shape::Text => text(slot, field, path),
        Shape::Names => names(slot, field, path),
        Shape::Group(inner) => group(slot, field, path, inner),
        Shape::OneOf { tag, variants } => one_of(slot, field, path, tag, variants),
        Shape::List(template) => list(slot, field, path, template),
        Shape::Points(axes) => pairs(slot, field, path, [axes[0].label, axes[1].label]),
    }
}

/// The help behind a question mark, for mouse and keyboard alike.
fn help(field: &Field) -> (impl IntoView + use<>, impl IntoView + use<>) {
    let open = RwSignal::new(false);
    let (label, text) = (field.label, field.help);
    let button = (!text.is_empty()).then(|| {
        view! {
            <button
                type="button"
                class="what"
                aria-label=format!("What is {label}?")
                aria-expanded=move || open.get().to_string()
                title=text
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {icon("help")}
            </button>
        }
    });
    let words = view! {
        {when(move || open.get(), move || view! { <p class="help">{text}</p> }.into_any())}
    };
    (button, words)
}

fn wrong(id: String, sentence: Memo<Option<String>>) -> impl IntoView {
    live(move || sentence.get().map(|text| view! { <p class="wrong" id=format!("{id}-wrong")>{text}</p> }))
}

/// A label with a control that is not an input.
fn line(slot: &Slot, field: &Field, path: &str, control: AnyView) -> AnyView {
    let (what, words) = help(field);
    view! {
        <div class="field wide">
            <span class="label">{field.label} {what}</span>
            {control}
            {words}
            {wrong(slot.id(path), slot.problem(path))}
        </div>
    }
    .into_any()
}

/// What an input shows for a value: what does not fit is shown as it was typed.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map(format::exact).unwrap_or_default(),
        other => json::write(other),
    }
}

/// What was typed, as a value: an empty field means the default, and what is no number is kept.
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

fn number(slot: &Slot, field: &Field, path: &str, min: f64, max: f64, whole: bool) -> AnyView {
    let ui = slot.ui;
    let value = slot.value(path);
    let problem = slot.problem(path);
    let id = slot.id(path);
    let draft = RwSignal::new(None::<String>);
    let refusal = RwSignal::new(None::<String>);
    let sentence = memo(move || refusal.get().or_else(|| problem.get()));
    let is_null = memo(move || value.get().is_null());
    let text = move || draft.get().unwrap_or_else(|| value.with(shown));
    // One step of the history from the first keystroke until the field is left.
    let began = StoredValue::new(false);
    let begin = move || {
        if !began.get_value() {
            began.set_value(true);
            ui.begin();
        }
    };
    let end = move || {
        if began.try_get_value() == Some(true) {
            began.set_value(false);
            ui.commit();
        }
    };
    on_cleanup(end);
    let (typing, sliding, nulling) = (slot.clone(), slot.clone(), slot.clone());
    let (path_typed, path_slid, path_null) = (path.to_owned(), path.to_owned(), path.to_owned());
    let scale = Scale::of(min, max, whole);
    let (what, words) = help(field);
    let fallback = fallback(&field.default, min, max);
    let slider_fallback = fallback.as_f64().unwrap_or(min);
    let placeholder = match field.none {
        Some(_) if field.default.is_null() => "–".to_owned(),
        _ => shown(&field.default),
    };
    let slider = scale.map(|scale| {
        view! {
            <input
                type="range"
                min="0"
                max="1"
                step="0.005"
                tabindex="-1"
                aria-hidden="true"
                prop:disabled=move || is_null.get()
                prop:value=move || scale.share(value.with(|value| value.as_f64()).unwrap_or(slider_fallback)).to_string()
                on:input=move |event| {
                    begin();
                    draft.set(None);
                    let share = format::parse(&event_target_value(&event)).unwrap_or(0.0);
                    refusal.set(sliding.set(&path_slid, typed(&format::exact(scale.value(share)))).err());
                }
                on:change=move |_| end()
            />
        }
    });
    let none = field.none.map(|none| {
        view! {
            <label class="none">
                <input
                    type="checkbox"
                    data-testid=format!("field-{path}-none")
                    prop:checked=move || is_null.get()
                    on:change=move |event| {
                        draft.set(None);
                        let value = if event_target_checked(&event) { Value::Null } else { fallback.clone() };
                        refusal.set(nulling.set(&path_null, Some(value)).err());
                    }
                />
                {none}
            </label>
        }
    });
    view! {
        <div class="field">
            <span class="label">
                <label for=id.clone()>{field.label}</label>
                {what}
            </span>
            <span class="value" class:bad=move || sentence.get().is_some()>
                <input
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    id=id.clone()
                    data-testid=format!("field-{path}")
                    placeholder=placeholder
                    title=format!("{} to {} {}", format::exact(min), format::exact(max), field.unit)
                    aria-invalid=move || sentence.get().is_some().to_string()
                    aria-describedby=format!("{id}-wrong")
                    prop:value=text
                    on:input=move |event| {
                        begin();
                        let text = event_target_value(&event);
                        refusal.set(typing.set(&path_typed, typed(&text)).err());
                        draft.set(Some(text));
                    }
                    on:change=move |_| end()
                    on:blur=move |_| {
                        end();
                        if refusal.get_untracked().is_none() {
                            draft.set(None);
                        }
                    }
                />
                {(!field.unit.is_empty()).then(|| view! { <em>{field.unit}</em> })}
            </span>
            {slider}
            {none}
            {words}
            {wrong(id, sentence)}
        </div>
    }
    .into_any()
}

/// The value that a parameter gets when it is no longer unlimited.
fn fallback(default: &Value, min: f64, max: f64) -> Value {
    if default.is_null() { json!(100.0_f64.clamp(min, max) as i64) } else { default.clone() }
}

fn toggle(slot: &Slot, field: &Field, path: &str) -> AnyView {
    let value = slot.value(path);
    let (set, at) = (slot.clone(), path.to_owned());
    let (what, words) = help(field);
    view! {
        <div class="field">
            <span class="label">
                <label for=slot.id(path)>{field.label}</label>
                {what}
            </span>
            <input
                type="checkbox"
                role="switch"
                class="switch"
                id=slot.id(path)
                data-testid=format!("field-{path}")
                prop:checked=move || value.get() == Value::Bool(true)
                on:change=move |event| {
                    let _ = set.set(&at, Some(json!(event_target_checked(&event))));
                }
            />
            {words}
            {wrong(slot.id(path), slot.problem(path))}
        </div>
    }
    .into_any()
}

/// A few short choices stand side by side; more make a list.
fn choice(slot: &Slot, label: &'static str, path: &str, choices: &[Choice], default: &Value) -> AnyView {
    let chosen = chosen(slot, path, default);
    let length: usize = choices.iter().map(|choice| choice.label.chars().count()).sum();
    let testid = format!("field-{path}");
    if choices.len() <= SEGMENTS.0 && length <= SEGMENTS.1 {
        let name = slot.id(path);
        let each = |choice: &Choice| {
            let (set, at, id) = (slot.clone(), path.to_owned(), choice.id);
            view! {
                <label class:on=move || chosen.get() == id>
                    <input
                        type="radio"
                        name=name.clone()
                        value=id
                        prop:checked=move || chosen.get() == id
                        on:change=move |_| {
                            let _ = set.set(&at, Some(json!(id)));
                        }
                    />
                    {choice.label}
                </label>
            }
        };
        let all = choices.iter().map(each).gather();
        return view! {
            <div class="segmented" role="radiogroup" aria-label=label data-testid=testid>
                {all}
            </div>
        }
        .into_any();
    }
    options(slot, label, path, choices, chosen)
}

/// The id of the chosen choice.
fn chosen(slot: &Slot, path: &str, default: &Value) -> Memo<String> {
    let value = slot.value(path);
    let default = default.as_str().unwrap_or_default().to_owned();
    memo(move || value.with(|value| value.as_str().map_or_else(|| default.clone(), str::to_owned)))
}

fn options(slot: &Slot, label: &'static str, path: &str, choices: &[Choice], chosen: Memo<String>) -> AnyView {
    let testid = format!("field-{path}");
    let (set, at) = (slot.clone(), path.to_owned());
    let option = |choice: &Choice| {
        let id = choice.id;
        view! {
            <option value=id prop:selected=move || chosen.get() == id>
                {choice.label}
            </option>
        }
    };
    view! {
        <select
            aria-label=label
            id=slot.id(path)
            data-testid=testid
            prop:value=move || chosen.get()
            on:change=move |event| {
                let _ = set.set(&at, Some(json!(event_target_value(&event))));
            }
        >
            {choices.iter().map(option).gather()}
        </select>
    }
    .into_any()
}

fn text(slot: &Slot, field: &Field, path: &str) -> AnyView {
    let value = slot.value(path);
    let problem = slot.problem(path);
    let (set, at, id) = (slot.clone(), path.to_owned(), slot.id(path));
    let (what, words) = help(field);
    view! {
        <div class="field">
            <span class="label">
                <label for=id.clone()>{field.label}</label>
                {what}
            </span>
            <span class="value long" class:bad=move || problem.get().is_some()>
                <input
                    type="text"
                    id=id.clone()
                    data-testid=format!("field-{path}")
                    maxlength="200"
                    aria-invalid=move || problem.get().is_some().to_string()
                    prop:value=move || value.with(shown)
                    on:change=move |event| {
                        let _ = set.set(&at, Some(json!(event_target_value(&event))));
                    }
                />
            </span>
            {words}
            {wrong(id, problem)}
        </div>
    }
    .into_any()
}

/// Names with commas between; nothing means all of them, where that is allowed.
fn names(slot: &Slot, field: &Field, path: &str) -> AnyView {
    let value = slot.value(path);
    let problem = slot.problem(path);
    let (set, at, id) = (slot.clone(), path.to_owned(), slot.id(path));
    let (what, words) = help(field);
    let joined = move || {
        value.with(|value| match value {
            Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
            other => shown(other),
        })
    };
    view! {
        <div class="field">
            <span class="label">
                <label for=id.clone()>{field.label}</label>
                {what}
            </span>
            <span class="value long" class:bad=move || problem.get().is_some()>
                <input
                    type="text"
                    id=id.clone()
                    data-testid=format!("field-{path}")
                    placeholder=field.none.unwrap_or_default()
                    prop:value=joined
                    on:change=move |event| {
                        let typed = event_target_value(&event);
                        let all: Vec<&str> = typed.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
                        let _ = set.set(&at, (!all.is_empty()).then(|| json!(all)));
                    }
                />
            </span>
            {words}
            {wrong(id, problem)}
        </div>
    }
    .into_any()
}

/// Switches a group on, with these values, and off.
fn switch(slot: &Slot, field: &Field, path: &str, on: Memo<bool>, full: Value) -> AnyView {
    let (set, at) = (slot.clone(), path.to_owned());
    view! {
        <input
            type="checkbox"
            role="switch"
            class="switch"
            aria-label=field.label
            data-testid=format!("field-{path}")
            prop:checked=move || on.get()
            on:change=move |event| {
                let value = if event_target_checked(&event) { full.clone() } else { Value::Null };
                let _ = set.set(&at, Some(value));
            }
        />
    }
    .into_any()
}

fn group(slot: &Slot, field: &Field, path: &str, inner: &[Field]) -> AnyView {
    let value = slot.value(path);
    let on = memo(move || !value.get().is_null());
    let (what, words) = help(field);
    let switch = field.none.map(|_| switch(slot, field, path, on, defaults(inner)));
    let (inside, inner, at) = (slot.clone(), inner.to_vec(), path.to_owned());
    view! {
        <fieldset class="group">
            <legend>{field.label} {what} {switch}</legend>
            {words}
            {wrong(slot.id(path), slot.problem(path))}
            {live(move || on.get().then(|| form(&inside, &inner, &at)))}
        </fieldset>
    }
    .into_any()
}

fn one_of(slot: &Slot, field: &Field, path: &str, tag: &'static str, variants: &[(Choice, Vec<Field>)]) -> AnyView {
    let tag_path = join(path, tag);
    let chosen = chosen(slot, &tag_path, field.default.get(tag).unwrap_or(&Value::Null));
    let choices: Vec<Choice> = variants.iter().map(|(choice, _)| *choice).collect();
    let (what, words) = help(field);
    let value = slot.value(path);
    let on = memo(move || !value.get().is_null());
    let switch = field.none.map(|_| switch(slot, field, path, on, Value::Object(values::first_variant(tag, variants))));
    let (inside, variants, at, label) = (slot.clone(), variants.to_vec(), path.to_owned(), field.label);
    view! {
        <fieldset class="group">
            <legend>{field.label} {what} {switch}</legend>
            {words}
            {wrong(slot.id(&tag_path), slot.problem(&tag_path))}
            {wrong(slot.id(path), slot.problem(path))}
            {live({
                let (inside, tag_path) = (inside.clone(), tag_path.clone());
                move || on.get().then(|| options(&inside, label, &tag_path, &choices, chosen).into_any())
            })}
            {live(move || {
                let chosen = chosen.get();
                let variant = variants.iter().find(|(choice, _)| choice.id == chosen).filter(|_| on.get());
                variant.map(|(_, fields)| form(&inside, fields, &at))
            })}
        </fieldset>
    }
    .into_any()
}

fn list(slot: &Slot, field: &Field, path: &str, template: &[Field]) -> AnyView {
    let value = slot.value(path);
    let count = memo(move || value.with(|value| value.as_array().map_or(0, Vec::len)));
    let (what, words) = help(field);
    let (adding, add_at, full) = (slot.clone(), path.to_owned(), defaults(template));
    let (inside, template, at) = (slot.clone(), template.to_vec(), path.to_owned());
    let row = move |index: usize| {
        let place = join(&at, &index.to_string());
        let (removing, gone) = (inside.clone(), place.clone());
        view! {
            <div class="list-row" role="group" aria-label=format!("{}", index + 1)>
                {form(&inside, &template, &place)}
                <button
                    type="button"
                    class="button small"
                    on:click=move |_| {
                        let _ = removing.set(&gone, None);
                    }
                >
                    {icon("trash")}
                    "Remove"
                </button>
            </div>
        }
    };
    view! {
        <fieldset class="group">
            <legend>{field.label} {what}</legend>
            {words}
            {wrong(slot.id(path), slot.problem(path))}
            {live(move || (0..count.get()).map(&row).gather())}
            <button
                type="button"
                class="button small outlined"
                data-testid=format!("add-{path}")
                on:click=move |_| {
                    let place = join(&add_at, &count.get_untracked().to_string());
                    let _ = adding.set(&place, Some(full.clone()));
                }
            >
                {icon("plus")}
                "Add"
            </button>
        </fieldset>
    }
    .into_any()
}

fn pairs(slot: &Slot, field: &Field, path: &str, labels: [&'static str; 2]) -> AnyView {
    let value = slot.value(path);
    let count = memo(move || value.with(|value| value.as_array().map_or(0, Vec::len)));
    let (what, words) = help(field);
    let (inside, at) = (slot.clone(), path.to_owned());
    let cell = move |row: usize, column: usize| {
        let place = join(&at, &format!("{row}.{column}"));
        let value = inside.value(&place);
        let set = inside.clone();
        view! {
            <input
                type="text"
                inputmode="decimal"
                aria-label=format!("{} {}", labels[column], row + 1)
                data-testid=format!("field-{place}")
                prop:value=move || value.with(shown)
                on:change=move |event| {
                    let _ = set.set(&place, typed(&event_target_value(&event)).or(Some(json!(0))));
                }
            />
        }
    };
    let (removing, gone) = (slot.clone(), path.to_owned());
    let row = move |index: usize| {
        let (removing, gone) = (removing.clone(), join(&gone, &index.to_string()));
        view! {
            <div class="pair">
                {cell(index, 0)} {cell(index, 1)}
                <button
                    type="button"
                    class="button icon-only"
                    aria-label=format!("Remove row {}", index + 1)
                    on:click=move |_| {
                        let _ = removing.set(&gone, None);
                    }
                >
                    {icon("close")}
                </button>
            </div>
        }
    };
    let (adding, add_at) = (slot.clone(), path.to_owned());
    view! {
        <fieldset class="group">
            <legend>{field.label} {what}</legend>
            {words}
            {wrong(slot.id(path), slot.problem(path))}
            {when(move || { count.get() > 0 }, move || view! { <div class="pair heads" aria-hidden="true">
                    <small>{labels[0]}</small>
                    <small>{labels[1]}</small>
                    <span></span>
                </div> }.into_any())}
            {live(move || (0..count.get()).map(&row).gather())}
            <button
                type="button"
                class="button small outlined"
                data-testid=format!("add-{path}")
                on:click=move |_| {
                    let last = value.with_untracked(|value| value.as_array().and_then(|all| all.last().cloned()));
                    let next = match last.as_ref().and_then(|last| Some((last.get(0)?.as_f64()?, last.get(1)?.as_f64()?))) {
                        Some((x, y)) => json!([x + 10.0, y]),
                        None => json!([0, 1]),
                    };
                    let _ = adding.set(&join(&add_at, &count.get_untracked().to_string()), Some(next));
                }
            >
                {icon("plus")}
                "Add"
            </button>
        </fieldset>
    }
    .into_any()
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

    #[test]
    fn switching_a_limit_on_gives_it_an_allowed_value() {
        assert_eq!(fallback(&Value::Null, 0.0, 10.0), json!(10));
        assert_eq!(fallback(&json!(7), 0.0, 10.0), json!(7));
    }
}
