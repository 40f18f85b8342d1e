//! The list of examples at the foot of the palette: one press opens it there, another closes it.

use super::tabindex;
use crate::browser::page::examples::Example;
use crate::browser::page::focus::focus;
use crate::views::documents;
use crate::views::icons::icon;
use crate::views::later::LaterView;
use crate::views::state::{Sheet, Ui};
use leptos::prelude::*;

/// What the list is called.
const NAME: &str = "Examples";
/// Under what the page remembers that the list is open.
const UNFOLDED: &str = "examples";

/// Opens the list, wherever the palette is, with the focus on its first entry.
pub fn show_examples(ui: Ui) {
    ui.panels.sheet.set(Some(Sheet::Palette));
    if ui.panels.palette_folded.get_untracked() {
        ui.panels.prefer(|preferences| preferences.palette_folded = Some(false));
    }
    ui.panels.fold(UNFOLDED, false);
    // What was hidden can take the focus only once it is shown.
    request_animation_frame(|| {
        focus("#examples button");
    });
}

/// The button that opens the list, and the list.
#[component]
pub fn Examples(ui: Ui) -> impl IntoView {
    let is_open = Memo::new(move |_| ui.panels.unfolded.with(|unfolded| unfolded.contains(UNFOLDED)));
    let count = move || ui.storing.examples.get().and_then(Result::ok).map(|all| all.len());
    let toggle = move |_| {
        if ui.panels.palette_folded.get_untracked() {
            // The rail has no room for a list.
            show_examples(ui);
        } else {
            ui.panels.fold(UNFOLDED, is_open.get_untracked());
        }
    };
    let close = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            ui.panels.fold(UNFOLDED, true);
            focus("button.examples-head");
        }
    };
    view! {
        <button
            type="button"
            class="palette-item examples-head"
            data-testid="open-example"
            title=NAME
            aria-expanded=move || is_open.get().to_string()
            aria-controls="examples"
            on:click=toggle
        >
            <span class="tile">{icon("list")}</span>
            <b>{NAME}</b>
            <small>{count}</small>
            {icon("right")}
        </button>
        <div
            class="examples"
            id="examples"
            role="group"
            aria-label=NAME
            data-testid="examples"
            hidden=move || !is_open.get()
            on:keydown=close
        >
            <LaterView ui waits=true draw=move |later| (later.examples)(ui) />
        </div>
    }
}

/// The examples by section, once their list has been fetched.
#[component]
pub fn ExampleList(ui: Ui) -> impl IntoView {
    move || {
        Some(match ui.storing.examples.get()? {
            Ok(all) => {
                let first = all.first().map(|example| example.id.clone());
                let sections = all.chunk_by(|a, b| a.section == b.section);
                sections
                    .map(|examples| view! { <ExampleSection ui examples=examples.to_vec() first=first.clone() /> })
                    .collect_view()
                    .into_any()
            }
            Err(why) => view! {
                <p class="wrong">{why}</p>
                <button class="button outlined small" on:click=move |_| ui.storing.examples.refetch()>
                    "Try again"
                </button>
            }
            .into_any(),
        })
    }
}

/// Examples of one section; there is at least one.
#[component]
fn ExampleSection(
    ui: Ui,
    examples: Vec<Example>,
    /// The id of the first example of all, at which the Tab key stops.
    first: Option<String>,
) -> impl IntoView {
    let section = examples.first().map(|example| example.section.clone()).unwrap_or_default();
    let button = |example: Example| {
        let is_stop = first.as_ref() == Some(&example.id);
        view! { <ExampleButton ui example is_stop /> }
    };
    // The list itself is called by the name of the first one.
    let heading = (section != NAME).then(|| view! { <h2 class="section">{section.clone()}</h2> });
    view! {
        {heading}
        <div role="group" aria-label=section>
            {examples.into_iter().map(button).collect_view()}
        </div>
    }
}

#[component]
fn ExampleButton(ui: Ui, example: Example, is_stop: bool) -> impl IntoView {
    let Example { id, title, watch, .. } = example;
    view! {
        <button
            class="palette-item example"
            data-testid=format!("open-example-{id}")
            tabindex=tabindex(is_stop)
            on:click=move |_| {
                documents::open_example(ui, id.clone());
                ui.panels.sheet.set(None);
            }
        >
            <span>
                <b>{title}</b>
                <small>{watch}</small>
            </span>
        </button>
    }
}
