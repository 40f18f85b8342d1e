//! The parameters of a place: the essential ones, and the others behind "More".

use super::{Form, Parameter};
use crate::params::{Field, label_within};
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// The parameters that are shown first, and the others.
fn divided(fields: Vec<Field>) -> (Vec<Field>, Vec<Field>) {
    if fields.iter().any(|field| field.hint.essential) {
        fields.into_iter().partition(|field| field.hint.essential)
    } else {
        (fields, Vec::new())
    }
}

/// The essential parameters; a button unfolds the others, which stay unfolded while the page is open, and unfold by
/// themselves where one of them has a problem or is looked for.
#[component]
pub fn Essentials(
    parameter: Parameter,
    fields: Vec<Field>,
    /// Under what the page remembers that it is unfolded.
    about: String,
) -> impl IntoView {
    let (first, others) = divided(fields);
    let keys: Vec<&str> = others.iter().map(|field| field.key).collect();
    let is_open = parameter.unfolds(about.clone(), keys);
    let (ui, count) = (parameter.ui(), others.len());
    let words = others.iter().map(|field| label_within(field.label)).collect::<Vec<_>>().join(", ");
    let title = words.clone();
    let hidden = parameter.clone();
    let more = (count > 0).then(|| {
        view! {
            <button
                type="button"
                class="more"
                data-testid="more"
                aria-expanded=move || is_open.get().to_string()
                title=title
                on:click=move |_| toggle(ui, &about, is_open)
            >
                {icon("right")}
                <b>"More"</b>
                <small>{count}</small>
                <span>{words}</span>
            </button>
            <Show when=move || is_open.get()>
                <Form parameter=hidden.clone() fields=others.clone() />
            </Show>
        }
    });
    view! {
        <Form parameter fields=first />
        {more}
    }
}

/// Folds or unfolds; what a problem needs stays unfolded.
pub fn toggle(ui: Ui, about: &str, is_open: Memo<bool>) {
    let was_open = is_open.get_untracked();
    ui.panels.fold(about, was_open);
    if was_open && is_open.get_untracked() {
        ui.panels.fold(about, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_shows_more_than_six_parameters_first_and_none_is_left_out() {
        for info in crate::kinds::all() {
            let all = crate::kinds::fields(info.id).expect("a kind");
            let (first, others) = divided(all.clone());
            assert!((1..=6).contains(&first.len()), "{} shows {} first", info.id, first.len());
            assert_ne!(others.len(), 1, "{} hides a single parameter", info.id);
            assert_eq!(first.len() + others.len(), all.len());
        }
    }
}
