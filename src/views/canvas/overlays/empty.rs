//! What an empty canvas offers: ways to begin, examples, and a place to drop files.

use crate::browser::page::examples::{self, Example};
use crate::editor::geometry::{Sketch, sketch};
use crate::editor::{Command, Selection};
use crate::views::documents::{self, Picture};
use crate::views::icons::icon;
use crate::views::palette::show_examples;
use crate::views::state::Ui;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What to do with an empty canvas.
#[component]
pub fn EmptyHint(ui: Ui) -> impl IntoView {
    let is_blank = Memo::new(move |_| ui.is_blank());
    view! {
        <Show when=move || is_blank.get()>
            <Start ui />
        </Show>
    }
}

#[component]
fn Start(ui: Ui) -> impl IntoView {
    let offered = move || {
        let all = ui.storing.examples.get()?.ok()?;
        let offer = |example: Example| {
            let says = example.offer.clone()?;
            Some(view! { <ExampleCard ui example says /> })
        };
        Some(all.into_iter().filter_map(offer).collect_view())
    };
    view! {
        <div class="begin" data-testid="start">
            <h2>"What do you want to find out?"</h2>
            <p>"Place a client, connect what it calls, and press Run. Numbers start at once."</p>
            <div class="start-ways">
                <button class="button primary" data-testid="start-client" on:click=move |_| ui.place("client")>
                    {icon("plus")}
                    "Start with a client"
                </button>
                <button class="button outlined" data-testid="start-three" on:click=move |_| start_three(ui)>
                    {icon("plus")}
                    "Client, app and database"
                </button>
                <button class="button outlined" data-testid="all-examples" on:click=move |_| show_examples(ui)>
                    {icon("list")}
                    "All examples"
                </button>
            </div>
            <h3>"Or take one that runs"</h3>
            <div class="start-examples">{offered}</div>
            <p class="start-drop">"Or drop or paste here: a Mermaid flowchart, a Headroom link, file or picture"</p>
        </div>
    }
}

/// An example with its picture, which is drawn once its document has been fetched.
#[component]
fn ExampleCard(ui: Ui, example: Example, says: String) -> impl IntoView {
    let picture = RwSignal::new(None::<Sketch>);
    let fetched = example.clone();
    spawn_local(async move {
        // Without it the card has no picture; opening it says why.
        let text = examples::document(&fetched).await;
        if let Ok((document, _)) = text.and_then(|text| crate::codec::open(&text)) {
            let _ = picture.try_set(sketch(&document));
        }
    });
    let Example { id, title, .. } = example;
    view! {
        <button
            class="example-card"
            data-testid=format!("start-{id}")
            on:click=move |_| documents::open_example(ui, id.clone())
        >
            {move || view! { <Picture sketch=picture.get() /> }}
            <b>{title}</b>
            <small>{says}</small>
        </button>
    }
}

/// A client, an app and a database that call each other, in one step of undo.
fn start_three(ui: Ui) {
    ui.editing.begin();
    let mut before = None::<String>;
    for (kind, x) in [("client", 40.0), ("app", 260.0), ("database", 480.0)] {
        let made = ui.editing.apply(Command::AddNode { kind: kind.to_owned(), at: [x, 200.0] });
        if let (Some(from), Some(to)) = (before.take(), made.clone()) {
            ui.editing.apply(Command::Connect { from, to });
        }
        before = made;
    }
    ui.editing.commit();
    if before.is_none() {
        return;
    }
    ui.editing.select(Selection::default());
    ui.viewport.fit();
    ui.panels.announce("A client, an app and a database, connected");
}
