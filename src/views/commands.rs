//! The command palette: what can be done now, and where one can go; found by typing. And finding a node or a link of
//! the diagram.

use super::actions;
use super::documents;
use super::icons::{icon, tile};
use super::keys;
use super::search::{NoMatch, found};
use super::state::Ui;
use crate::browser::page::focus::focus;
use crate::editor::shown_name;
use crate::kinds;
use crate::model::Place;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;

/// The most entries that are listed.
const SHOWN_MAX: usize = 60;

/// The picture before an entry.
#[derive(Clone, Copy)]
enum Picture {
    Icon(&'static str),
    /// The tile of a kind.
    Kind(&'static str),
}

/// Something to choose.
#[derive(Clone)]
struct Entry {
    picture: Picture,
    name: String,
    /// Other words by which it is found.
    words: String,
    /// What stands at its end: keys, or what it is.
    note: String,
    act: Arc<dyn Fn() + Send + Sync>,
}

/// Nodes and links, to go to.
fn places(ui: Ui) -> Vec<Entry> {
    let document = ui.editing.document.get_untracked();
    let name = |id: &str| document.node(id).map(shown_name).unwrap_or_default().to_owned();
    let nodes = document.nodes.iter().map(|node| {
        let (id, info) = (node.id.clone(), kinds::info(&node.kind));
        Entry {
            picture: Picture::Kind(info.map_or("", |info| info.id)),
            name: shown_name(node).to_owned(),
            words: info.map_or_else(String::new, |info| format!("{} {} {}", info.label, info.keywords, node.id)),
            note: info.map_or_else(|| node.kind.clone(), |info| info.label.to_owned()),
            act: Arc::new(move || {
                ui.show_node(&id);
                focus_place("data-node", &id);
            }),
        }
    });
    let links = document.links.iter().map(|link| {
        let id = link.id.clone();
        Entry {
            picture: Picture::Icon("link"),
            name: format!("{} → {}", name(&link.from), name(&link.to)),
            words: link.id.clone(),
            note: "Link".to_owned(),
            act: Arc::new(move || {
                ui.show_place(&Place::Link(id.clone()));
                ui.viewport.reveal_link(&id);
                focus_place("data-link", &id);
            }),
        }
    });
    nodes.chain(links).collect()
}

/// Gives a node or a link of the canvas the focus.
fn focus_place(attribute: &'static str, id: &str) {
    let id = id.replace('\\', "\\\\").replace('"', "\\\"");
    request_animation_frame(move || {
        focus(&format!(".canvas [{attribute}=\"{id}\"]"));
    });
}

/// Everything: what can be done, what can be added, nodes and links, examples.
fn everything(ui: Ui) -> Vec<Entry> {
    let possible = actions::all().filter(|action| (action.is_possible)(ui));
    let acts = possible.map(|action| Entry {
        picture: Picture::Icon(action.icon),
        name: action.label.to_owned(),
        words: String::new(),
        note: action.keys.first().map(|key| keys::label(key)).unwrap_or_default(),
        act: Arc::new(move || (action.perform)(ui)),
    });
    let kinds = kinds::all().iter().map(|info| Entry {
        picture: Picture::Kind(info.id),
        name: format!("Add: {}", info.label),
        words: format!("{} {}", info.label, info.keywords),
        note: "Node type".to_owned(),
        act: Arc::new(move || ui.place(info.id)),
    });
    let examples = ui.storing.examples.get_untracked().and_then(Result::ok).unwrap_or_default();
    let examples = examples.into_iter().map(|example| Entry {
        picture: Picture::Icon("play"),
        name: example.title,
        words: format!("{} {}", example.section, example.watch),
        note: "Example".to_owned(),
        act: Arc::new(move || documents::open_example(ui, example.id.clone())),
    });
    acts.chain(kinds).chain(places(ui)).chain(examples).collect()
}

/// The list with its field. Enter chooses the marked entry, arrow keys mark another one.
#[component]
pub fn Commands(
    ui: Ui,
    /// Nodes and links alone, and not everything.
    finds: bool,
) -> impl IntoView {
    let all = StoredValue::new(if finds { places(ui) } else { everything(ui) });
    let query = RwSignal::new(String::new());
    let marked = RwSignal::new(0_usize);
    let shown = Memo::new_with_compare(
        move |_| {
            let entries = all.with_value(|all| (0..all.len()).collect::<Vec<_>>());
            let texts = |index: &usize| all.with_value(|all| (all[*index].name.clone(), all[*index].words.clone()));
            let mut entries = found(&query.read(), entries, texts);
            entries.truncate(SHOWN_MAX);
            entries
        },
        |before, now| before != now,
    );
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            request_animation_frame(move || {
                let _ = field.focus();
            });
        }
    });
    let choose = move |index: usize| {
        let act = all.with_value(|all| all[index].act.clone());
        ui.panels.dialog.set(None);
        // The dialog gives the focus back to what had it, and then the action may move it.
        request_animation_frame(move || act());
    };
    let mark = move |to: usize| {
        marked.set(to);
        request_animation_frame(|| {
            let entry = document().query_selector(".commands [aria-selected=true]").ok().flatten();
            if let Some(entry) = entry {
                entry.scroll_into_view_with_bool(false);
            }
        });
    };
    let by_key = move |event: web_sys::KeyboardEvent| {
        let count = shown.with_untracked(Vec::len);
        let now = marked.get_untracked();
        match event.key().as_str() {
            "ArrowDown" if count > 0 => mark((now + 1) % count),
            "ArrowUp" if count > 0 => mark((now + count - 1) % count),
            "Enter" => {
                if let Some(index) = shown.with_untracked(|shown| shown.get(now).copied()) {
                    choose(index);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let row = move |(position, index): (usize, usize)| {
        let Entry { picture, name, note, .. } = all.with_value(|all| all[index].clone());
        let picture = match picture {
            Picture::Icon(name) => icon(name),
            Picture::Kind(kind) => tile(kind),
        };
        view! {
            <li
                id=format!("command-{position}")
                role="option"
                class="menu-item"
                aria-selected=move || (marked.get() == position).to_string()
                on:click=move |_| choose(index)
            >
                {picture}
                <span>{name}</span>
                <small>{note}</small>
            </li>
        }
    };
    let what = if finds { "Find a node or a link" } else { "Find a command, a node, an example" };
    view! {
        <div class="commands">
            <input
                type="text"
                role="combobox"
                class="search"
                aria-label=what
                placeholder=what
                aria-expanded="true"
                aria-controls="commands"
                aria-activedescendant=move || format!("command-{}", marked.get())
                autocomplete="off"
                spellcheck="false"
                data-testid="commands"
                node_ref=field
                prop:value=move || query.get()
                on:input=move |event| {
                    query.set(event_target_value(&event));
                    marked.set(0);
                }
                on:keydown=by_key
            />
            <ul id="commands" role="listbox" aria-label="Results">
                {move || shown.get().into_iter().enumerate().map(row).collect_view()}
            </ul>
            <NoMatch when=move || shown.with(Vec::is_empty) />
        </div>
    }
}
