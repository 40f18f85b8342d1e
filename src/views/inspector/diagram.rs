//! The form of the whole diagram: its title, the run, and the faults.

use super::controls::Essentials;
use super::head::{Entry, head, plain_tile, section};
use super::parameters::Parameter;
use super::words::{fault_time, fault_words, name_of};
use crate::editor::Command;
use crate::glossary::UNTITLED;
use crate::model::{Document, Place, RunPlan};
use crate::views::icons::icon;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;

/// The form of the whole diagram.
#[component]
pub fn DiagramForm(ui: Ui) -> impl IntoView {
    let title = move || ui.editing.document.with(|document| document.title.clone());
    let fields = RunPlan::described();
    let parameter = Parameter::new(ui, Place::Run, fields.clone());
    let is_empty = Memo::new(move |_| ui.editing.document.with(|document| document.nodes.is_empty()));
    let name = view! {
        <input
            class="name"
            type="text"
            aria-label="Title"
            data-testid="field-title"
            maxlength="120"
            placeholder=UNTITLED
            prop:value=title
            on:change=move |event| {
                ui.editing.apply(Command::SetTitle(event_target_value(&event).trim().to_owned()));
            }
        />
    }
    .into_any();
    let entries = vec![
        Entry::new("Version history…", "reset", move || ui.panels.dialog.set(Some(Dialog::Versions))),
        Entry::new("Keys and gestures", "help", move || ui.panels.dialog.set(Some(Dialog::Help))),
    ];
    view! {
        {head(plain_tile("kind-link", "sliders"), name, "The whole diagram".into_any(), entries)}
        {section("The run", ().into_any())}
        <div class="form">
            <Essentials parameter fields about="run".to_owned() />
        </div>
        <Show
            when=move || is_empty.get()
            fallback=move || {
                view! {
                    {section("Faults", ().into_any())}
                    <FaultList ui />
                }
            }
        >
            {section("Keys to begin with", ().into_any())}
            <dl class="keys">{FIRST_KEYS.into_iter().map(first_key).collect_view()}</dl>
        </Show>
    }
}

/// What a newcomer can do by keyboard, with the keys.
const FIRST_KEYS: [(&str, &[&str]); 5] = [
    ("Find a node type", &["/"]),
    ("Connect from the selected", &["C"]),
    ("Rename the selected", &["F2"]),
    ("Run", &["Ctrl", "↵"]),
    ("All keys", &["?"]),
];

fn first_key((what, keys): (&'static str, &'static [&'static str])) -> impl IntoView {
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{keys.iter().map(|key| view! { <kbd class="key">{*key}</kbd> }).collect_view()}</dd>
        </div>
    }
}

/// A fault in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct FaultRow {
    /// Its index in the document.
    index: usize,
    /// What it does to what, by the names on the page.
    words: String,
    /// When it is in effect.
    when: String,
}

fn fault_rows(document: &Document) -> Vec<FaultRow> {
    let row = |(index, fault)| FaultRow {
        index,
        words: fault_words(fault, |id| name_of(document, id)),
        when: fault_time(fault),
    };
    document.faults.iter().enumerate().map(row).collect()
}

/// The faults of the document.
#[component]
fn FaultList(ui: Ui) -> impl IntoView {
    let rows = Memo::new(move |_| ui.editing.document.with(|document| fault_rows(document)));
    let none = || {
        view! {
            <p class="quiet">
                "None. Right-click a node or a link while the simulation runs, or add one on the timeline."
            </p>
        }
    };
    let draw = move |FaultRow { index, words, when }: FaultRow| {
        let label = format!("Remove {words}");
        view! {
            <li class="row">
                <button class="row-main" on:click=move |_| ui.editing.select_place(Place::Fault(index))>
                    <b>{words}</b>
                    <small>{when}</small>
                </button>
                <button
                    class="button icon-only"
                    aria-label=label.clone()
                    title=label
                    on:click=move |_| {
                        ui.editing.apply(Command::RemoveFault(index));
                    }
                >
                    {icon("close")}
                </button>
            </li>
        }
    };
    view! {
        <Show when=move || !rows.with(Vec::is_empty) fallback=none>
            <ul class="rows">
                <For each=move || rows.get() key=Clone::clone children=draw />
            </ul>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fault, Node, Params};
    use serde_json::json;

    #[test]
    fn the_row_of_a_fault_follows_the_name_of_its_target() {
        let document = |name: &str| Document {
            nodes: vec![Node {
                id: "db".to_owned(),
                kind: "database".to_owned(),
                name: name.to_owned(),
                at: [0.0, 0.0],
                params: Params::new(),
            }],
            faults: vec![Fault {
                fault: "crash".to_owned(),
                start_s: 1.0,
                duration_s: None,
                params: [("target".to_owned(), json!("db"))].into_iter().collect(),
            }],
            ..Document::default()
        };
        assert!(fault_rows(&document("Orders"))[0].words.contains("Orders"));
        assert_ne!(fault_rows(&document("Orders")), fault_rows(&document("Stock")));
    }
}
