//! The share dialog: the whole diagram in a link, nothing on a server.

use super::format;
use super::state::Ui;
use crate::browser::page::{address, clipboard};
use crate::codec;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The link, and a button that copies it.
#[component]
pub fn Share(ui: Ui) -> impl IntoView {
    let link = address::link(&codec::to_fragment(&ui.editing.document.get_untracked()));
    let length = link.chars().count();
    let copied = RwSignal::new(None::<Result<(), String>>);
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.select();
        }
    });
    let text = link.clone();
    view! {
        <h2>"Share this diagram"</h2>
        <p class="quiet">
            "The link contains the whole diagram with its faults and its random seed: everyone who opens it sees the same run. Nothing is uploaded."
        </p>
        <div class="joined">
            <input
                type="text"
                readonly
                data-testid="share-url"
                aria-label="Share link"
                node_ref=field
                prop:value=link
                on:focus=move |_| {
                    if let Some(field) = field.get_untracked() {
                        field.select();
                    }
                }
            />
            <button
                class="button primary"
                data-testid="share-copy"
                on:click=move |_| {
                    let text = text.clone();
                    spawn_local(async move { copied.set(Some(clipboard::copy(&text).await)) });
                }
            >
                {move || if copied.get() == Some(Ok(())) { "Copied" } else { "Copy" }}
            </button>
        </div>
        <p class="quiet" role="status">
            {move || match copied.get() {
                Some(Err(why)) => why,
                Some(Ok(())) => "Copied to the clipboard.".to_owned(),
                None => format!("{} characters long.", format::grouped(length as i64)),
            }}
        </p>
    }
}
