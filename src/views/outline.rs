//! The diagram as tables: another way to see, select and edit what is on the canvas.

use super::format;
use super::state::{Dialog, Sheet, Ui};
use crate::editor::{Command, Selection, shown_name};
use crate::glossary::UTILIZATION;
use crate::kinds;
use leptos::prelude::*;

/// A table of the nodes and a table of the links.
#[component]
pub fn Outline(ui: Ui) -> impl IntoView {
    let document = ui.editing.document;
    let nodes = Memo::new(move |_| document.read().nodes.iter().map(|node| node.id.clone()).collect::<Vec<_>>());
    let links = Memo::new(move |_| document.read().links.iter().map(|link| link.id.clone()).collect::<Vec<_>>());
    view! {
        <div class="tables" data-testid="outline">
            <table>
                <caption>"Nodes"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"Rate"</th>
                        <th scope="col">{UTILIZATION.word}</th>
                        <th scope="col">"Actions"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || nodes.get() key=String::clone let:id>
                        <NodeRow ui id />
                    </For>
                </tbody>
            </table>
            <table>
                <caption>"Links"</caption>
                <thead>
                    <tr>
                        <th scope="col">"From → to"</th>
                        <th scope="col">"Rate"</th>
                        <th scope="col">"Failed"</th>
                        <th scope="col">"Actions"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || links.get() key=String::clone let:id>
                        <LinkRow ui id />
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn NodeRow(ui: Ui, id: String) -> impl IntoView {
    let node = ui.editing.node(&id);
    let now = ui.run.node(&id);
    let name =
        Memo::new(move |_| node.with(|node| node.as_ref().map(|node| shown_name(node).to_owned()).unwrap_or_default()));
    let kind = move || node.with(|node| node.as_ref().and_then(|node| kinds::info(&node.kind)).map(|info| info.label));
    let selected = {
        let id = id.clone();
        Memo::new(move |_| ui.editing.selection.with(|selection| selection.nodes.contains(&id)))
    };
    let rate =
        Memo::new(move |_| now.with(|now| now.as_ref().map_or("–".to_owned(), |now| format::rate(now.rate_rps()))));
    let used = Memo::new(move |_| {
        let used = now.with(|now| now.as_ref().and_then(|now| now.utilization()));
        used.map_or("–".to_owned(), |used| format!("{} %", format::percent(used)))
    });
    let (select, connect, remove) = (id.clone(), id.clone(), id);
    view! {
        <tr class:selected=move || selected.get()>
            <th scope="row">
                <button
                    class="as-link"
                    aria-pressed=move || selected.get().to_string()
                    on:click=move |_| {
                        ui.editing.select(Selection::node(select.clone()));
                        ui.viewport.reveal(&select);
                        ui.panels.sheet.set(Some(Sheet::Inspector));
                    }
                >
                    {move || name.get()}
                </button>
            </th>
            <td>{kind}</td>
            <td>{move || rate.get()}</td>
            <td>{move || used.get()}</td>
            <td>
                <button
                    class="button small"
                    aria-label=move || format!("Connect {} to another node", name.get())
                    on:click=move |_| ui.panels.dialog.set(Some(Dialog::Connect(connect.clone())))
                >
                    "Connect…"
                </button>
                <button
                    class="button small"
                    aria-label=move || format!("Delete {}", name.get())
                    on:click=move |_| {
                        ui.editing.apply(Command::Remove(Selection::node(remove.clone())));
                    }
                >
                    "Delete"
                </button>
            </td>
        </tr>
    }
}

#[component]
fn LinkRow(ui: Ui, id: String) -> impl IntoView {
    let name = {
        let id = id.clone();
        Memo::new(move |_| {
            ui.editing.document.with(|document| {
                let link = document.link(&id)?;
                let name = |node: &str| document.node(node).map(|node| shown_name(node).to_owned()).unwrap_or_default();
                Some(format!("{} → {}", name(&link.from), name(&link.to)))
            })
        })
    };
    let now = ui.run.link(&id);
    let rate =
        Memo::new(move |_| now.with(|now| now.as_ref().map_or("–".to_owned(), |now| format::rate(now.rate_rps()))));
    let failed =
        Memo::new(move |_| now.with(|now| now.as_ref().map_or("–".to_owned(), |now| format::rate(now.failed_rps()))));
    let selected = {
        let id = id.clone();
        Memo::new(move |_| ui.editing.selection.with(|selection| selection.links.contains(&id)))
    };
    let (select, remove) = (id.clone(), id);
    view! {
        <tr class:selected=move || selected.get()>
            <th scope="row">
                <button
                    class="as-link"
                    aria-pressed=move || selected.get().to_string()
                    on:click=move |_| {
                        ui.editing.select(Selection::link(select.clone()));
                        ui.panels.sheet.set(Some(Sheet::Inspector));
                    }
                >
                    {move || name.get()}
                </button>
            </th>
            <td>{move || rate.get()}</td>
            <td>{move || failed.get()}</td>
            <td>
                <button
                    class="button small"
                    aria-label=move || format!("Delete the link {}", name.get().unwrap_or_default())
                    on:click=move |_| {
                        ui.editing.apply(Command::Remove(Selection::link(remove.clone())));
                    }
                >
                    "Delete"
                </button>
            </td>
        </tr>
    }
}
