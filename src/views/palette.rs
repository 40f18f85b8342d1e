//! The palette: kinds to place, and examples to open.

use super::canvas::gestures::Place;
use super::documents;
use super::gestures::Preview;
use super::icons::{icon, tile};
use super::state::{Sheet, Ui};
use crate::browser::page::examples::Example;
use crate::kind::{Info, Section};
use crate::kinds;
use crate::views::erase::{Gather, live, memo, nothing, when};
use leptos::prelude::*;

/// The focus goes to the search field.
pub fn focus_search() -> bool {
    super::keys::focus("#find-kind")
}

/// The palette.
pub fn palette(ui: Ui) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let section = move |section: Section| {
        let found = move || {
            let query = query.read().to_ascii_lowercase();
            kinds::all().iter().filter(|info| info.section == section && matches(info, &query)).collect::<Vec<_>>()
        };
        let is_open = memo(move || !found().is_empty());
        view! {
            {when(move || is_open.get(), move || view! { <h2 class="section">{section.label()}</h2>
                {live(move || found().into_iter().map(|info| item(ui, info)).gather())} }.into_any())}
        }
    };
    let none = move || {
        let query = query.read().to_ascii_lowercase();
        !kinds::all().iter().any(|info| matches(info, &query))
    };
    view! {
        <aside class="palette panel" class:open=move || ui.panels.sheet.get() == Some(Sheet::Palette) aria-label="Palette">
            <div class="sheet-head">
                <b>"Add a part"</b>
                <button class="button icon-only" aria-label="Close" on:click=move |_| ui.panels.sheet.set(None)>
                    {icon("close")}
                </button>
            </div>
            <input
                id="find-kind"
                class="search"
                type="search"
                placeholder="Find a part…  /"
                aria-label="Find a part"
                prop:value=move || query.get()
                on:input=move |event| query.set(event_target_value(&event))
            />
            {Section::ALL.map(section).gather()}
            {when(none, move || view! { <p class="quiet">"No part is called that."</p> }.into_any())}
            <div data-testid="open-example">
                {live(move || match ui.storing.examples.get() {
                    None => nothing(),
                    Some(Ok(all)) => all.chunk_by(|a, b| a.section == b.section).map(|all| examples(ui, all)).gather(),
                    Some(Err(why)) => view! {
                        <p class="wrong">{why}</p>
                        <button class="button outlined small" on:click=move |_| ui.storing.examples.refetch()>
                            "Try again"
                        </button>
                    }.into_any(),
                })}
            </div>
        </aside>
    }
    .into_any()
}

fn examples(ui: Ui, all: &[Example]) -> AnyView {
    let section = all[0].section.clone();
    view! {
        <h2 class="section">{section.clone()}</h2>
        <div role="group" aria-label=section>
            {all.iter().map(|example| example_button(ui, example.clone())).gather()}
        </div>
    }
    .into_any()
}

fn matches(info: &Info, query: &str) -> bool {
    [info.id, info.label, info.tagline].iter().any(|text| text.to_ascii_lowercase().contains(query.trim()))
}

fn item(ui: Ui, info: &'static Info) -> impl IntoView {
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
                    ui.place_in_view(info.id);
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

fn example_button(ui: Ui, example: Example) -> impl IntoView {
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

/// What follows the pointer while a kind is brought to the canvas.
pub fn ghost(ui: Ui) -> impl IntoView {
    let placing = memo(move || match &*ui.gestures.preview.read() {
        Preview::Place { kind, client } => Some((*kind, *client)),
        _ => None,
    });
    view! {
        {live(move || {
            placing.get().map(|(kind, [x, y])| {
                view! {
                    <div class="ghost" style:left=format!("{x}px") style:top=format!("{y}px")>
                        {tile(kind)}
                        <b>{kinds::info(kind).map(|info| info.label)}</b>
                    </div>
                }
            })
        })}
    }
}
