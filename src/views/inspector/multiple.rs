//! What can be done with several nodes and links together.

use crate::editor::Command;
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::Ui;
use leptos::prelude::*;

/// Actions on everything that is selected.
#[component]
pub fn MultipleForm(
    ui: Ui,
    /// How many nodes are selected.
    nodes: usize,
    /// How many links are selected.
    links: usize,
) -> impl IntoView {
    view! {
        <div class="head">
            <span>
                <b>{format!("{}, {}", format::counted(nodes, "node"), format::counted(links, "link"))}</b>
                <small>"Selected together"</small>
            </span>
        </div>
        <p class="quiet">
            "Drag, nudge with the arrow keys, duplicate or delete them together. Select one to see its parameters."
        </p>
        <div class="actions">
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.editing.apply(Command::Duplicate(ui.editing.selection.get_untracked()));
                }
            >
                {icon("copy")}
                "Duplicate"
            </button>
            <button
                class="button outlined small"
                on:click=move |_| {
                    ui.editing.apply(Command::Remove(ui.editing.selection.get_untracked()));
                }
            >
                {icon("trash")}
                "Delete"
            </button>
        </div>
    }
}
