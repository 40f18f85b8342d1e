//! The palette: kinds to add, and examples to open.

use super::canvas::gestures::Place;
use super::documents;
use super::gestures::Preview;
use super::icons::{icon, tile};
use super::state::{Sheet, Ui};
use crate::browser::page::examples::Example;
use crate::browser::page::focus::focus;
use crate::glossary::FIND_NODE_TYPE;
use crate::kind::{KindInfo, Section};
use crate::kinds;
use leptos::prelude::*;

/// Moves the focus to the search field.
pub fn focus_search() -> bool {
    focus("#find-kind")
}

/// The palette.
#[component]
pub fn Palette(ui: Ui) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let none_matches = move || !kinds::all().iter().any(|info| matches(info, &query.read()));
    view! {
        <aside class="palette panel" class:open=move || ui.panels.sheet.get() == Some(Sheet::Palette) aria-label="Palette">
            <div class="sheet-head">
                <b>"Add a node"</b>
                <button class="button icon-only" aria-label="Close" on:click=move |_| ui.panels.sheet.set(None)>
                    {icon("close")}
                </button>
            </div>
            <input
                id="find-kind"
                class="search"
                type="search"
                placeholder=format!("{FIND_NODE_TYPE}…  /")
                aria-label=FIND_NODE_TYPE
                prop:value=move || query.get()
                on:input=move |event| query.set(event_target_value(&event))
            />
            {Section::ALL.map(|section| view! { <Kinds ui section query /> }).into_iter().collect_view()}
            <Show when=none_matches>
                <p class="quiet">"No match."</p>
            </Show>
            <div data-testid="open-example">
                <Examples ui />
            </div>
        </aside>
    }
}

/// The kinds of a section that match the query.
#[component]
fn Kinds(ui: Ui, section: Section, query: RwSignal<String>) -> impl IntoView {
    let found = move || {
        let query = query.read();
        kinds::all().iter().filter(|info| info.section == section && matches(info, &query)).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || !found().is_empty()>
            <h2 class="section">{section.label()}</h2>
            <For each=found key=|info| info.id let:info>
                <KindButton ui info />
            </For>
        </Show>
    }
}

/// The examples, once their list has been fetched.
#[component]
fn Examples(ui: Ui) -> impl IntoView {
    move || {
        Some(match ui.storing.examples.get()? {
            Ok(all) => {
                let sections = all.chunk_by(|a, b| a.section == b.section);
                sections
                    .map(|examples| view! { <ExampleSection ui examples=examples.to_vec() /> })
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
fn ExampleSection(ui: Ui, examples: Vec<Example>) -> impl IntoView {
    let section = examples.first().map(|example| example.section.clone()).unwrap_or_default();
    view! {
        <h2 class="section">{section.clone()}</h2>
        <div role="group" aria-label=section>
            {examples.into_iter().map(|example| view! { <ExampleButton ui example /> }).collect_view()}
        </div>
    }
}

/// Whether a kind is one that the query, as it was typed, looks for.
fn matches(info: &KindInfo, query: &str) -> bool {
    let query = query.trim().to_lowercase();
    [info.id, info.label, info.tagline].iter().any(|text| text.to_lowercase().contains(&query))
}

#[component]
fn KindButton(ui: Ui, info: &'static KindInfo) -> impl IntoView {
    view! {
        <button
            class="palette-item"
            data-testid=format!("palette-{}", info.id)
            title=info.help
            on:pointerdown=move |event| {
                if event.button() == 0 {
                    ui.gestures.start(&event, Place::new(ui, info.id));
                }
            }
            on:click=move |event| {
                // A drag that ends on the button is no click; the keyboard's clicks have no detail.
                if event.detail() == 0 || !ui.gestures.was_dragged() {
                    ui.add_in_view(info.id);
                    ui.panels.sheet.set(None);
                }
            }
        >
            {tile(info.id)}
            <span>
                <b>{info.label}</b>
                <small>{info.tagline}</small>
            </span>
        </button>
    }
}

#[component]
fn ExampleButton(ui: Ui, example: Example) -> impl IntoView {
    let Example { id, title, watch, .. } = example;
    view! {
        <button
            class="palette-item example"
            data-testid=format!("open-example-{id}")
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

/// The kind that follows the pointer while it is dragged to the canvas.
#[component]
pub fn DraggedKind(ui: Ui) -> impl IntoView {
    let dragged = Memo::new(move |_| match &*ui.gestures.preview.read() {
        Preview::Place { kind, client } => Some((*kind, *client)),
        _ => None,
    });
    move || {
        dragged.get().map(|(kind, [x, y])| {
            view! {
                <div class="drag-preview" style:left=format!("{x}px") style:top=format!("{y}px")>
                    {tile(kind)}
                    <b>{kinds::info(kind).map(|info| info.label)}</b>
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_any_part_of_its_label_in_any_case() {
        let found = |query: &str| {
            kinds::all().iter().filter(|info| matches(info, query)).map(|info| info.id).collect::<Vec<_>>()
        };
        assert_eq!(found(" Load Bal"), ["load_balancer"]);
        assert_eq!(found("").len(), kinds::all().len());
        assert!(found("no such kind").is_empty());
    }
}
