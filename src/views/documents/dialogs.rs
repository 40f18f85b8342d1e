//! The dialogs about documents: those stored in this browser, and opening a link.

use super::{Origin, open_link, open_own};
use crate::browser::page::storage;
use crate::browser::page::tabs::News;
use crate::glossary::UNTITLED;
use crate::views::icons::icon;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The list of stored documents.
#[component]
pub fn DocumentList(ui: Ui) -> impl IntoView {
    let listed = RwSignal::new(None::<Result<Vec<storage::Listed>, String>>);
    let refresh = move || {
        spawn_local(async move {
            listed.set(Some(storage::list().await));
        });
    };
    refresh();
    let delete = move |id: String| {
        spawn_local(async move {
            match storage::delete(&id).await {
                Ok(()) => ui.storing.tabs.tell(&News::Deleted { id }),
                Err(why) => ui.panels.alert(why),
            }
            refresh();
        });
    };
    view! {
        <h2>"My diagrams"</h2>
        {move || match listed.get() {
            None => view! { <p class="quiet">"Looking…"</p> }.into_any(),
            Some(Err(why)) => view! { <p class="wrong">{why}</p> }.into_any(),
            Some(Ok(all)) if all.is_empty() => {
                view! { <p class="quiet">"Nothing is stored yet. A diagram is stored here from its first change on."</p> }
                    .into_any()
            }
            Some(Ok(all)) => {
                let rows = all.into_iter().map(|document| view! { <DocumentRow ui document delete /> }).collect_view();
                view! { <ul class="rows">{rows}</ul> }.into_any()
            }
        }}
    }
}

#[component]
fn DocumentRow(
    ui: Ui,
    document: storage::Listed,
    delete: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let storage::Listed { id, title, saved_at_ms, .. } = document;
    let title = if title.is_empty() { UNTITLED.to_owned() } else { title };
    let label = format!("Delete {title}");
    let is_open = {
        let id = id.clone();
        Memo::new(move |_| matches!(&*ui.storing.origin.read(), Origin::Own(open) if *open == id))
    };
    let saved_at: String =
        js_sys::Date::new(&saved_at_ms.into()).to_locale_string("default", &js_sys::Object::new()).into();
    let to_open = id.clone();
    view! {
        <li class="row">
            <button class="row-main" on:click=move |_| open_own(ui, to_open.clone())>
                <b>{title}</b>
                <small>{saved_at}{move || is_open.get().then_some(" · on the page now")}</small>
            </button>
            <button
                class="button icon-only"
                aria-label=label.clone()
                title=label
                prop:disabled=move || is_open.get()
                on:click=move |_| delete(id.clone())
            >
                {icon("trash")}
            </button>
        </li>
    }
}

/// Opening a link by pasting it.
#[component]
pub fn OpenLink(ui: Ui) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let open = move || {
        if open_link(ui, text.get_untracked().trim()) {
            ui.panels.dialog.set(None::<Dialog>);
        }
    };
    view! {
        <h2>"Open a link"</h2>
        <p class="quiet">"Paste a share link. It opens as a preview and never overwrites your own diagrams."</p>
        <form
            class="joined"
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <input
                type="text"
                aria-label="Share link"
                autocomplete="off"
                spellcheck="false"
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            />
            <button class="button primary" type="submit">
                "Open"
            </button>
        </form>
    }
}
