//! The palette: kinds to add, and examples to open. The search finds both by their names and by what people call
//! them, and the nodes that are drawn.

mod examples;

use super::canvas::gestures::Place;
use super::documents;
use super::gestures::Preview;
use super::icons::{icon, tile};
use super::layout::SheetHead;
use super::search::{NoMatch, found};
use super::state::{Sheet, Ui};
use crate::browser::page::examples::Example;
use crate::browser::page::focus::{focus, focused};
use crate::editor::shown_name;
use crate::glossary::FIND_NODE_TYPE;
use crate::kind::{KindInfo, Section};
use crate::kinds;
use examples::Examples;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

pub use examples::{ExampleList, show_examples};

/// The most nodes, and the most examples, among what is found.
const OTHERS_MAX: usize = 4;

/// Moves the focus to the search field. Returns whether it is there.
pub fn focus_search() -> bool {
    focus("#find-kind") && focused().is_some_and(|element| element.id() == "find-kind")
}

/// Something that the search finds.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    /// A kind to add.
    Kind(&'static KindInfo),
    /// A node that is drawn, by its id, with its name and its kind's label.
    Node { id: String, kind: String, name: String, label: String },
    /// An example to open.
    Example(Example),
}

/// What fits the query: kinds, then nodes, then examples, the best of each first.
fn search(ui: Ui, query: &str) -> Vec<Found> {
    let kinds = found(query, kinds::all(), |info| kind_texts(info)).into_iter().map(Found::Kind);
    let document = ui.editing.document.read();
    let nodes = found(query, &document.nodes, |node| {
        let label = kinds::info(&node.kind).map_or("", |info| info.label);
        (shown_name(node).to_owned(), label.to_owned())
    });
    let nodes = nodes.into_iter().take(OTHERS_MAX).map(|node| Found::Node {
        id: node.id.clone(),
        kind: node.kind.clone(),
        name: shown_name(node).to_owned(),
        label: kinds::info(&node.kind).map_or("", |info| info.label).to_lowercase(),
    });
    let examples = ui.storing.examples.get().and_then(Result::ok).unwrap_or_default();
    let examples = found(query, examples, |example| (example.title.clone(), String::new()));
    kinds.chain(nodes).chain(examples.into_iter().take(OTHERS_MAX).map(Found::Example)).collect()
}

/// The texts by which a kind is found: its name, and other words for it.
fn kind_texts(info: &KindInfo) -> (String, String) {
    (info.label.to_owned(), format!("{} {} {}", info.id, info.tagline, info.keywords))
}

/// Does what a match is for.
fn choose(ui: Ui, found: &Found) {
    ui.panels.sheet.set(None);
    focus(".canvas");
    match found {
        Found::Kind(info) => ui.place(info.id),
        Found::Node { id, .. } => ui.show_node(id),
        Found::Example(example) => documents::open_example(ui, example.id.clone()),
    }
}

/// The palette.
#[component]
pub fn Palette(ui: Ui) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let marked = RwSignal::new(0_usize);
    let is_searching = Memo::new(move |_| !query.read().trim().is_empty());
    let matches = Memo::new(move |_| if is_searching.get() { search(ui, &query.read()) } else { Vec::new() });
    // Where the first match would go is shown while it can be placed by Enter.
    let in_field = RwSignal::new(false);
    let of_field = Memo::new(move |_| {
        let found = matches.with(|matches| matches.get(marked.get()).cloned());
        match found {
            Some(Found::Kind(info)) if in_field.get() => Some(info.id),
            _ => None,
        }
    });
    Effect::new(move |before: Option<Option<&'static str>>| {
        let now = of_field.get();
        if before.flatten() != now {
            ui.viewport.placement.set(now.map(|kind| (kind, "Enter places it")));
        }
        now
    });
    let by_key = move |event: web_sys::KeyboardEvent| {
        let count = matches.with_untracked(Vec::len);
        let now = marked.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => marked.set((now + 1) % count),
            "ArrowUp" if count > 0 => marked.set((now + count - 1) % count),
            "ArrowDown" => step_focus(1),
            "Enter" => {
                if let Some(found) = matches.with_untracked(|matches| matches.get(now).cloned()) {
                    query.set(String::new());
                    marked.set(0);
                    choose(ui, &found);
                }
            }
            "Escape" if is_searching.get_untracked() => query.set(String::new()),
            "Escape" => {
                ui.panels.sheet.set(None);
                focus(".canvas");
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let along = move |event: web_sys::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => step_focus(1),
            "ArrowUp" => step_focus(-1),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <aside class="palette panel" class:open=move || ui.panels.sheet.get() == Some(Sheet::Palette) aria-label="Palette">
            <SheetHead ui title="Add a node" />
            <div class="find">
                {icon("search")}
                <input
                    id="find-kind"
                    class="search"
                    type="search"
                    role="combobox"
                    placeholder=FIND_NODE_TYPE
                    aria-label=FIND_NODE_TYPE
                    aria-controls="matches"
                    aria-expanded=move || is_searching.get().to_string()
                    aria-activedescendant=move || is_searching.get().then(|| format!("match-{}", marked.get()))
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || query.get()
                    on:focus=move |_| in_field.set(true)
                    on:blur=move |_| in_field.set(false)
                    on:keydown=by_key
                    on:input=move |event| {
                        query.set(event_target_value(&event));
                        marked.set(0);
                    }
                />
                <kbd class:gone=move || is_searching.get()>"/"</kbd>
                <Show when=move || is_searching.get()>
                    <button
                        class="button icon-only"
                        aria-label="Clear the search"
                        on:click=move |_| {
                            query.set(String::new());
                            focus_search();
                        }
                    >
                        {icon("close")}
                    </button>
                </Show>
            </div>
            <div class="palette-body" on:keydown=along>
                <div class="palette-scroll">
                    <Show when=move || is_searching.get() fallback=move || view! { <AllKinds ui /> }>
                        <Matches ui matches marked query />
                    </Show>
                </div>
                <Examples ui />
            </div>
        </aside>
    }
}

/// Moves the focus to the next or the previous button of the palette.
fn step_focus(step: isize) {
    let Ok(all) = document().query_selector_all(".palette-body button") else { return };
    let button = |index: u32| all.get(index)?.dyn_into::<web_sys::HtmlElement>().ok();
    // What is folded has no place on the page.
    let is_shown = |button: &web_sys::HtmlElement| button.offset_parent().is_some();
    let all: Vec<web_sys::HtmlElement> = (0..all.length()).filter_map(button).filter(is_shown).collect();
    let now = focused();
    let at = all.iter().position(|it| now.as_ref().is_some_and(|now| it.is_same_node(Some(now))));
    let next = at.map_or(0, |at| at as isize + step);
    match usize::try_from(next).ok().and_then(|next| all.get(next)) {
        Some(next) => drop(next.focus()),
        None if next < 0 => drop(focus_search()),
        None => {}
    }
}

/// Every kind, by section.
#[component]
fn AllKinds(ui: Ui) -> impl IntoView {
    let section = move |section: Section| {
        let kinds = kinds::all().iter().filter(|info| info.section == section);
        // One stop of the Tab key for all; arrow keys move among them.
        let is_first = |info: &KindInfo| kinds::all().first().is_some_and(|first| first.id == info.id);
        let buttons = kinds.map(|info| view! { <KindButton ui info is_stop=is_first(info) /> }).collect_view();
        view! {
            <h2 class="section">{section.label()}</h2>
            {buttons}
        }
    };
    Section::ALL.map(section).into_iter().collect_view()
}

/// What the search has found.
#[component]
fn Matches(ui: Ui, matches: Memo<Vec<Found>>, marked: RwSignal<usize>, query: RwSignal<String>) -> impl IntoView {
    let row = move |(position, found): (usize, Found)| {
        let (testid, picture, name, detail, end) = match &found {
            Found::Kind(info) => (
                format!("palette-{}", info.id),
                tile(info.id),
                info.label.to_owned(),
                info.tagline.to_owned(),
                view! { <kbd>"↵"</kbd> }.into_any(),
            ),
            Found::Node { id, kind, name, label } => {
                (format!("found-{id}"), tile(kind), name.clone(), format!("here, {label}"), icon("link"))
            }
            Found::Example(example) => (
                format!("found-example-{}", example.id),
                view! { <span class="tile">{icon("play")}</span> }.into_any(),
                example.title.clone(),
                "example".to_owned(),
                ().into_any(),
            ),
        };
        let kind = match &found {
            Found::Kind(info) => Some(info.id),
            _ => None,
        };
        view! {
            <button
                id=format!("match-{position}")
                role="option"
                class="palette-item match"
                class:kind=kind.is_some()
                aria-selected=move || (marked.get() == position).to_string()
                tabindex="-1"
                data-testid=testid
                on:pointerdown=move |event| {
                    if let Some(kind) = kind.filter(|_| event.button() == 0) {
                        ui.gestures.start(&event, Place::new(ui, kind));
                    }
                }
                on:click=move |event| {
                    if event.detail() == 0 || !ui.gestures.was_dragged() {
                        query.set(String::new());
                        marked.set(0);
                        choose(ui, &found);
                    }
                }
            >
                {picture}
                <span>
                    <b>{name}</b>
                    <small>{detail}</small>
                </span>
                {end}
            </button>
        }
    };
    view! {
        <h2 class="section">"Matches"</h2>
        <div id="matches" role="listbox" aria-label="Matches">
            {move || matches.get().into_iter().enumerate().map(row).collect_view()}
        </div>
        <NoMatch when=move || matches.with(Vec::is_empty) />
    }
}

fn tabindex(is_stop: bool) -> &'static str {
    if is_stop { "0" } else { "-1" }
}

#[component]
fn KindButton(ui: Ui, info: &'static KindInfo, is_stop: bool) -> impl IntoView {
    let placement = ui.viewport.placement;
    let leave = move || {
        if placement.with_untracked(|now| now.is_some_and(|(kind, _)| kind == info.id)) {
            placement.set(None);
        }
    };
    view! {
        <button
            class="palette-item kind"
            data-testid=format!("palette-{}", info.id)
            title=info.help
            tabindex=tabindex(is_stop)
            on:pointerenter=move |event| {
                if event.pointer_type() == "mouse" && !ui.gestures.is_active() {
                    placement.set(Some((info.id, "Click places it")));
                }
            }
            on:pointerleave=move |_| leave()
            on:focus=move |_| placement.set(Some((info.id, "Enter places it")))
            on:blur=move |_| leave()
            on:pointerdown=move |event| {
                if event.button() == 0 {
                    ui.gestures.start(&event, Place::new(ui, info.id));
                }
            }
            on:click=move |event| {
                // A drag that ends on the button is no click; the keyboard's clicks have no detail.
                if event.detail() == 0 || !ui.gestures.was_dragged() {
                    ui.place(info.id);
                    ui.panels.sheet.set(None);
                }
            }
        >
            {tile(info.id)}
            <b>{info.label}</b>
        </button>
    }
}

/// The kind that follows the pointer while it is dragged to the canvas.
#[component]
pub fn DraggedKind(ui: Ui) -> impl IntoView {
    let dragged = Memo::new(move |_| match &*ui.gestures.preview.read() {
        Preview::Place { kind, client, .. } => Some((*kind, *client)),
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

    fn first(query: &str) -> Option<&'static str> {
        found(query, kinds::all(), |info| kind_texts(info)).first().map(|info| info.id)
    }

    #[test]
    fn a_kind_is_found_by_what_people_call_it() {
        let expected = [
            ("load", "load_balancer"),
            (" Load Bal", "load_balancer"),
            ("nginx", "load_balancer"),
            ("postgres", "database"),
            ("db", "database"),
            ("kafka", "queue"),
            ("redis", "cache"),
            ("users", "client"),
            ("server", "app"),
            ("throttle", "rate_limiter"),
        ];
        for (query, kind) in expected {
            assert_eq!(first(query), Some(kind), "{query}");
        }
        assert_eq!(first("no such kind"), None);
    }
}
