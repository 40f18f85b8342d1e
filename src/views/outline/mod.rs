//! The diagram as lists of nodes, links and events: a second editor, which needs neither a pointer nor a picture, and
//! the editor of narrow pages.

mod rows;
pub mod sheets;

use super::icons::icon;
use super::state::{Dialog, Sheet, Ui};
use super::{palette, timeline};
use crate::browser::page::focus::{focus, focused, step};
use crate::editor::{Selection, shown_name};
use crate::faults;
use crate::kind::Calls;
use crate::kinds;
use crate::model::{Document, Place};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Nodes,
    Links,
    Events,
}

impl List {
    /// The list that has this place.
    fn of(place: &Place) -> Option<List> {
        match place {
            Place::Node(_) | Place::Zone(_) => Some(List::Nodes),
            Place::Link(_) => Some(List::Links),
            Place::Fault(_) | Place::Change(_) | Place::Run => Some(List::Events),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            List::Nodes => "Nodes",
            List::Links => "Links",
            List::Events => "Events",
        }
    }

    /// What the list has, in the order of the document.
    fn places(self, document: &Document) -> Vec<Place> {
        match self {
            List::Nodes => {
                let nodes = document.nodes.iter().map(|node| Place::Node(node.id.clone()));
                nodes.chain(document.zones.iter().map(|zone| Place::Zone(zone.id.clone()))).collect()
            }
            List::Links => document.links.iter().map(|link| Place::Link(link.id.clone())).collect(),
            List::Events => {
                let changes = (0..document.changes.len()).map(Place::Change);
                (0..document.faults.len()).map(Place::Fault).chain(changes).chain([Place::Run]).collect()
            }
        }
    }

    /// How many nodes, links or events there are.
    fn count(self, document: &Document) -> usize {
        match self {
            List::Nodes => document.nodes.len(),
            List::Links => document.links.len(),
            List::Events => document.faults.len() + document.changes.len(),
        }
    }
}

/// What is selected, where it is one thing.
fn selected(ui: Ui) -> Option<Place> {
    let place = ui.editing.selected_place.get();
    ui.editing.selection.with(|selection| match (selection.nodes.len(), selection.links.len()) {
        (0, 0) => place,
        (1, 0) => selection.nodes.first().cloned().map(Place::Node),
        (0, 1) => selection.links.first().cloned().map(Place::Link),
        _ => None,
    })
}

/// What the rows of an outline share.
#[derive(Clone, Copy)]
struct Rows {
    ui: Ui,
    /// What is selected.
    selected: Memo<Option<Place>>,
    /// Whether the selected row is folded nevertheless.
    folded: RwSignal<bool>,
    /// Whether the settings of the run are unfolded: nothing in the document is selected then.
    run_open: RwSignal<bool>,
    /// The row that the Tab key reaches.
    current: RwSignal<Option<Place>>,
    shown: Memo<Vec<Place>>,
}

impl Rows {
    fn is_open(self, place: &Place) -> bool {
        match place {
            Place::Run => self.run_open.get(),
            Place::Zone(_) => false,
            _ => !self.folded.get() && self.selected.with(|selected| selected.as_ref() == Some(place)),
        }
    }

    /// Unfolds a row, which selects what it is about, or folds it.
    fn toggle(self, place: &Place) {
        let ui = self.ui;
        let was_open = untrack(|| self.is_open(place));
        match place {
            Place::Run => return self.run_open.set(!was_open),
            _ if was_open => return self.folded.set(true),
            Place::Node(id) => ui.show_node(id),
            Place::Link(id) => ui.editing.select(Selection::link(id.clone())),
            Place::Zone(_) => {
                ui.editing.select_place(place.clone());
                return ui.panels.sheet.set(Some(Sheet::Inspector));
            }
            _ => ui.editing.select_place(place.clone()),
        }
        self.folded.set(false);
        sheets::make_room(ui);
    }

    /// Whether the Tab key reaches this row: the one that had the focus last, else the first.
    fn is_stop(self, place: &Place) -> bool {
        let current = self.current.get();
        self.shown.with(|shown| {
            let stop = current.as_ref().filter(|current| shown.contains(current)).or(shown.first());
            stop == Some(place)
        })
    }
}

/// The lists with what adds to them and a search.
pub fn outline(ui: Ui) -> AnyView {
    let list = RwSignal::new(List::Nodes);
    let query = RwSignal::new(String::new());
    let selected = Memo::new(move |_| selected(ui));
    let folded = RwSignal::new(false);
    // The list follows what is selected elsewhere.
    Effect::new(move |_| {
        if let Some(of) = selected.with(|place| place.as_ref().and_then(List::of)) {
            list.set(of);
            folded.set(false);
        }
    });
    let shown = Memo::new(move |_| {
        let query = query.read().trim().to_lowercase();
        ui.editing.document.with(|document| {
            let mut places = list.get().places(document);
            places.retain(|place| query.is_empty() || rows::words(document, place).to_lowercase().contains(&query));
            places
        })
    });
    // A node of another kind under the same id has another row.
    let keyed = Memo::new(move |_| {
        ui.editing.document.with(|document| {
            let kind = |place: &Place| match place {
                Place::Node(id) => document.node(id).map(|node| node.kind.clone()).unwrap_or_default(),
                _ => String::new(),
            };
            shown.with(|shown| shown.iter().map(|place| (place.clone(), kind(place))).collect::<Vec<_>>())
        })
    });
    let rows = Rows { ui, selected, folded, run_open: RwSignal::new(false), current: RwSignal::new(None), shown };
    let tab = move |of: List| {
        let count = Memo::new(move |_| ui.editing.document.with(|document| of.count(document)));
        view! {
            <button
                type="button"
                class:on=move || list.get() == of
                aria-pressed=move || (list.get() == of).to_string()
                data-testid=format!("outline-{}", of.label().to_lowercase())
                on:click=move |_| list.set(of)
            >
                {move || format!("{} {}", of.label(), count.get())}
            </button>
        }
    };
    view! {
        <div class="outline" data-testid="outline" on:keydown=move |event| by_key(rows, &event)>
            <div class="outline-bar">
                <div class="segmented" role="group" aria-label="Lists">
                    {[List::Nodes, List::Links, List::Events].map(tab).into_iter().collect_view()}
                </div>
                <label class="outline-search">
                    {icon("search")}
                    <input
                        type="search"
                        placeholder=" "
                        aria-label="Find in the outline"
                        data-testid="outline-find"
                        prop:value=move || query.get()
                        on:input=move |event| query.set(event_target_value(&event))
                    />
                </label>
                {move || adder(ui, list.get())}
            </div>
            <ul class="outline-rows">
                <For
                    each=move || keyed.get()
                    key=|(place, kind)| format!("{place:?} {kind}")
                    children=move |(place, _)| rows::row(rows, place)
                />
            </ul>
            <Show when=move || shown.with(Vec::is_empty)>
                <p class="quiet prose">
                    {move || match list.get() {
                        _ if !query.read().trim().is_empty() => "Nothing has these words.",
                        List::Nodes => "No nodes yet: add a client, then what it calls.",
                        List::Links => "No links yet: a link says who calls whom.",
                        List::Events => "",
                    }}
                </p>
            </Show>
        </div>
    }
    .into_any()
}

/// What adds to a list.
fn adder(ui: Ui, list: List) -> AnyView {
    if list == List::Events {
        let options = faults::all().iter().map(|info| view! { <option value=info.id>{info.label}</option> });
        return view! {
            <select
                class="outline-add"
                aria-label="Add a fault"
                data-testid="outline-add"
                on:change=move |event| {
                    let id = event_target_value(&event);
                    // The list is a menu: it goes back to its name.
                    event_target::<web_sys::HtmlSelectElement>(&event).set_selected_index(0);
                    // The new fault is shown here.
                    let tab = ui.panels.tab.get_untracked();
                    timeline::add_fault(ui, &id);
                    ui.panels.tab.set(tab);
                }
            >
                <option value="">"+ Fault"</option>
                {options.collect_view()}
            </select>
        }
        .into_any();
    }
    let label = if list == List::Nodes { "Add a node" } else { "Add a link" };
    let add = move |_| match list {
        List::Nodes => {
            ui.panels.sheet.set(Some(Sheet::Palette));
            request_animation_frame(|| {
                palette::focus_search();
            });
        }
        _ => match caller(ui) {
            Some(id) => ui.panels.dialog.set(Some(Dialog::Connect(id))),
            None => ui.panels.notify("A link needs two nodes: add one first."),
        },
    };
    view! {
        <button
            type="button"
            class="button icon-only outlined"
            aria-label=label
            title=label
            data-testid="outline-add"
            on:click=add
        >
            {icon("plus")}
        </button>
    }
    .into_any()
}

/// The node whose calls a new link is for: the selected one, else the last that calls nothing and could. Not tracked.
fn caller(ui: Ui) -> Option<String> {
    let document = ui.editing.document.read_untracked();
    let calls = |id: &str| {
        let info = document.node(id).and_then(|node| kinds::info(&node.kind));
        info.is_none_or(|info| info.calls != Calls::None)
    };
    let chosen = ui.editing.selection.with_untracked(|selection| selection.nodes.first().cloned());
    let is_free = |id: &&str| calls(id) && document.links.iter().all(|link| link.from != **id);
    let ids = || document.nodes.iter().map(|node| node.id.as_str());
    let other = || ids().rev().find(is_free).or_else(|| ids().find(|id| calls(id))).map(str::to_owned);
    chosen.filter(|id| calls(id)).or_else(other)
}

/// The keys of the lists: arrows move along the rows, unfold and fold them; Esc folds the row that one is in; Delete
/// deletes what a row is about.
fn by_key(rows: Rows, event: &web_sys::KeyboardEvent) {
    let Some(element) = focused() else { return };
    let is_head = element.class_list().contains("outline-head");
    let is_unfolded = element.get_attribute("aria-expanded").as_deref() == Some("true");
    let click = || element.unchecked_ref::<web_sys::HtmlElement>().click();
    match event.key().as_str() {
        "ArrowDown" if is_head => {
            step(".outline-head", 1);
        }
        "ArrowUp" if is_head => {
            step(".outline-head", -1);
        }
        "Home" if is_head => {
            focus(".outline-head");
        }
        "End" if is_head => {
            focus(".outline-rows > li:last-child .outline-head");
        }
        "ArrowRight" if is_head && !is_unfolded => click(),
        "ArrowLeft" if is_head && is_unfolded => click(),
        "Delete" if is_head => {
            let place = rows.current.get_untracked();
            step(".outline-head", 1);
            if let Some(place) = place {
                rows::remove(rows.ui, &place);
            }
        }
        "Escape" => {
            let Some(row) = element.closest(".outline-row").ok().flatten() else { return };
            let Some(head) = row.query_selector(".outline-head").ok().flatten() else { return };
            if head.get_attribute("aria-expanded").as_deref() != Some("true") {
                return;
            }
            let head: &web_sys::HtmlElement = head.unchecked_ref();
            let _ = head.focus();
            head.click();
        }
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// What a node is called; nothing where there is none.
fn node_name(document: &Document, id: &str) -> String {
    document.node(id).map(|node| shown_name(node).to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_has_all_of_its_places_and_counts_nodes_links_and_events() {
        let (document, _) =
            crate::codec::open(include_str!("../../../examples/2-failure-laboratory/150-split-brain.json")).unwrap();
        let count = |list: List| list.places(&document).len();
        assert_eq!(count(List::Nodes), document.nodes.len() + document.zones.len());
        assert_eq!(count(List::Links), document.links.len());
        assert_eq!(count(List::Events), document.faults.len() + document.changes.len() + 1, "the run too");
        for list in [List::Nodes, List::Links, List::Events] {
            assert!(list.places(&document).iter().all(|place| List::of(place) == Some(list)));
            assert!(list.places(&document).iter().all(|place| !rows::words(&document, place).is_empty()));
        }
        assert_eq!(List::Events.count(&document), document.faults.len());
    }
}
