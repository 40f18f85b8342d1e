//! What every control has around it: a label, help behind a question mark, and the problem.

use crate::views::icons::icon;
use leptos::prelude::*;

/// A control with its label, its help and its problem.
#[component]
pub fn Frame(
    label: &'static str,
    help: &'static str,
    /// The id of the control.
    id: String,
    /// Whether the control is an input that the label is for; otherwise it is as wide as the form.
    #[prop(default = true)]
    is_input: bool,
    problem: Memo<Option<String>>,
    children: Children,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let caption = if is_input { view! { <label for=id.clone()>{label}</label> }.into_any() } else { label.into_any() };
    view! {
        <div class="field" class:wide=!is_input>
            <span class="label">{caption} <HelpButton label help open /></span>
            {children()}
            <HelpText help open />
            <ProblemText id problem />
        </div>
    }
}

/// A group of controls with its label, its help and its problem.
#[component]
pub fn GroupFrame(
    label: &'static str,
    help: &'static str,
    /// The id of the group.
    id: String,
    problem: Memo<Option<String>>,
    /// The control that switches the group on and off.
    #[prop(optional_no_strip)]
    switch: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <fieldset class="group">
            <legend>{label} <HelpButton label help open /> {switch}</legend>
            <HelpText help open />
            <ProblemText id problem />
            {children()}
        </fieldset>
    }
}

/// The question mark that opens the help, for mouse and keyboard alike.
#[component]
fn HelpButton(label: &'static str, help: &'static str, open: RwSignal<bool>) -> impl IntoView {
    (!help.is_empty()).then(|| {
        view! {
            <button
                type="button"
                class="what"
                aria-label=format!("What is {label}?")
                aria-expanded=move || open.get().to_string()
                title=help
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {icon("help")}
            </button>
        }
    })
}

#[component]
fn HelpText(help: &'static str, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Show when=move || open.get()>
            <p class="help">{help}</p>
        </Show>
    }
}

#[component]
fn ProblemText(id: String, problem: Memo<Option<String>>) -> impl IntoView {
    move || problem.get().map(|text| view! { <p class="wrong" id=problem_id(&id)>{text}</p> })
}

/// The id of the problem's text, which describes the control of this id.
pub fn problem_id(id: &str) -> String {
    format!("{id}-wrong")
}
