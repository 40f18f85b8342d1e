//! The page's one dialog element, and what can be in it.

use super::actions;
use super::commands::Commands;
use super::documents::{DocumentList, OpenLink, VersionList};
use super::export::ExportList;
use super::icons::{icon, tile};
use super::keys;
use super::later::LaterView;
use super::share::Share;
use super::state::{Dialog, Ui};
use crate::editor::{Command, may_connect, shown_name};
use crate::glossary::{GLOSSARY, Term};
use leptos::html;
use leptos::prelude::*;

/// The dialog, open when there is something in it.
#[component]
pub fn PageDialog(ui: Ui) -> impl IntoView {
    let root = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = ui.panels.dialog.read().is_some();
        let Some(root) = root.get() else { return };
        if open && !root.open() {
            let _ = root.show_modal();
        } else if !open && root.open() {
            root.close();
        }
    });
    view! {
        <dialog
            class="dialog"
            aria-label=move || ui.panels.dialog.with(|dialog| dialog.as_ref().map(title))
            node_ref=root
            on:close=move |_| {
                if ui.panels.dialog.read_untracked().is_some() {
                    ui.panels.dialog.set(None);
                }
            }
            on:click=move |event| {
                // A click on the backdrop has the dialog itself as its target.
                let own = event.target().zip(event.current_target()).is_some_and(|(a, b)| a == b);
                if own {
                    ui.panels.dialog.set(None);
                }
            }
        >
            <div class="dialog-body">
                <button class="button icon-only dialog-close" aria-label="Close" on:click=move |_| ui.panels.dialog.set(None)>
                    {icon("close")}
                </button>
                {move || {
                    let dialog = ui.panels.dialog.get()?;
                    Some(view! { <LaterView ui draw=move |later| (later.dialog)(ui, dialog.clone()) /> })
                }}
            </div>
        </dialog>
    }
}

/// What is in the dialog.
pub fn content(ui: Ui, dialog: Dialog) -> AnyView {
    match dialog {
        Dialog::Share => view! { <Share ui /> }.into_any(),
        Dialog::Documents => view! { <DocumentList ui /> }.into_any(),
        Dialog::Versions => view! { <VersionList ui /> }.into_any(),
        Dialog::OpenLink => view! { <OpenLink ui /> }.into_any(),
        Dialog::Export => view! { <ExportList ui /> }.into_any(),
        Dialog::Help => view! { <Help /> }.into_any(),
        Dialog::Commands => view! { <Commands ui finds=false /> }.into_any(),
        Dialog::Find => view! { <Commands ui finds=true /> }.into_any(),
        Dialog::Connect(from) => view! { <Connect ui from /> }.into_any(),
    }
}

fn title(dialog: &Dialog) -> &'static str {
    match dialog {
        Dialog::Share => "Share this diagram",
        Dialog::Documents => "My diagrams",
        Dialog::Versions => "Version history",
        Dialog::OpenLink => "Open a link",
        Dialog::Export => "Export",
        Dialog::Help => "Keys and gestures",
        Dialog::Commands => "Commands",
        Dialog::Find => "Find in the diagram",
        Dialog::Connect(_) => "Connect to",
    }
}

const GESTURES: [(&str, &str); 11] = [
    ("Add a node", "click a node type in the palette, drag it, or type its name there and press Enter"),
    ("Connect", "pull from a node's edge or port to another node, or to nothing to add one there"),
    ("Put a node into a link", "drop it on the link"),
    ("Move", "drag a node, or use the arrow keys"),
    ("Copy", "Alt+drag a node"),
    ("Select more", "drag over the background, Shift+click"),
    ("Pan", "Space+drag, two fingers, middle button; one finger on the background"),
    ("Zoom", "wheel, Ctrl+wheel, pinch"),
    ("Rename", "double-click a node"),
    ("Faults and more", "right-click, long press, or Shift+F10"),
    ("Cancel a gesture", "Esc"),
];

#[component]
fn Help() -> impl IntoView {
    let keys = actions::all().filter(|action| !action.keys.is_empty()).map(|action| {
        let keys = action.keys.iter().map(|key| view! { <kbd>{keys::label(key)}</kbd> " " }).collect_view();
        view! {
            <div>
                <dt>{action.label}</dt>
                <dd>{keys}</dd>
            </div>
        }
    });
    let gestures = GESTURES.iter().map(|(what, how)| {
        view! {
            <div>
                <dt>{*what}</dt>
                <dd>{*how}</dd>
            </div>
        }
    });
    let words = GLOSSARY.iter().map(|Term { word, meaning }| {
        view! {
            <div>
                <dt>{*word}</dt>
                <dd>{*meaning}</dd>
            </div>
        }
    });
    view! {
        <h2>"Keys and gestures"</h2>
        <dl class="facts lines">{gestures.collect_view()}</dl>
        <dl class="facts lines">{keys.collect_view()}</dl>
        <p class="quiet">"On a Mac, use Cmd instead of Ctrl. Letters work while the canvas has the focus."</p>
        <h2>"Words"</h2>
        <dl class="facts lines words">{words.collect_view()}</dl>
    }
}

/// Choosing by keyboard what a node calls.
#[component]
fn Connect(ui: Ui, from: String) -> impl IntoView {
    let document = ui.editing.document.get_untracked();
    let name = document.node(&from).map(|node| shown_name(node).to_owned()).unwrap_or_default();
    let row = |node: &crate::model::Node| {
        let refusal = may_connect(&document, &from, &node.id, None).err();
        let (from, to) = (from.clone(), node.id.clone());
        view! {
            <li class="row">
                <button
                    class="row-main with-tile"
                    prop:disabled=refusal.is_some()
                    on:click=move |_| {
                        ui.panels.dialog.set(None);
                        ui.editing.apply(Command::Connect { from: from.clone(), to: to.clone() });
                    }
                >
                    {tile(&node.kind)}
                    <span>
                        <b>{shown_name(node).to_owned()}</b>
                        <small>{refusal.clone()}</small>
                    </span>
                </button>
            </li>
        }
    };
    let rows = document.nodes.iter().filter(|node| node.id != from).map(row).collect_view();
    view! {
        <h2>{format!("{name} calls…")}</h2>
        <ul class="rows">{rows}</ul>
    }
}
