//! The dialogs about documents: those stored in this browser, and opening a link.

use super::picture::Picture;
use super::{Origin, open_link, open_own};
use crate::browser::page::focus::focus;
use crate::browser::page::storage::{self, Failure, Stored};
use crate::browser::page::tabs::News;
use crate::codec;
use crate::editor::geometry::sketch;
use crate::glossary::UNTITLED;
use crate::model::Document;
use crate::views::format;
use crate::views::icons::icon;
use crate::views::state::{Dialog, Ui};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The list of stored documents, the one edited last first.
#[component]
pub fn DocumentList(ui: Ui) -> impl IntoView {
    let listed = RwSignal::new(None::<Result<Vec<Stored>, Failure>>);
    spawn_local(async move { listed.set(Some(storage::all().await)) });
    view! {
        <h2>"My diagrams"</h2>
        {move || match listed.get() {
            None => view! { <p class="quiet">"Looking…"</p> }.into_any(),
            Some(Err(failure)) => view! { <p class="wrong">{failure.sentence}</p> }.into_any(),
            Some(Ok(all)) if all.is_empty() => {
                view! { <p class="quiet">"Nothing is stored yet. A diagram is stored here from its first change on."</p> }
                    .into_any()
            }
            Some(Ok(all)) => {
                let rows = all.into_iter().map(|stored| view! { <DocumentRow ui stored /> }).collect_view();
                view! { <ul class="rows">{rows}</ul> }.into_any()
            }
        }}
    }
}

/// A stored document; once it is deleted, the way to put it back.
#[component]
fn DocumentRow(ui: Ui, stored: Stored) -> impl IntoView {
    let Stored { id, title, text, saved_at_ms } = stored;
    let title = if title.is_empty() { UNTITLED.to_owned() } else { title };
    let document = codec::open(&text).ok().map(|(document, _)| document);
    let size = document.as_ref().map_or_else(|| "cannot be read".to_owned(), size);
    let picture = document.as_ref().and_then(sketch);
    let is_open = {
        let id = id.clone();
        Memo::new(move |_| matches!(&*ui.storing.origin.read(), Origin::Own(open) if *open == id))
    };
    let is_removed = {
        let id = id.clone();
        Memo::new(move |_| ui.storing.removed.read().iter().any(|removed| removed.stored.id == id))
    };
    move || {
        let id = id.clone();
        if is_removed.get() {
            let undo_id = undo_id(&id);
            return view! {
                <li class="row">
                    <span class="row-main" role="status">
                        {format!("“{title}” was deleted.")}
                    </span>
                    <button
                        class="button outlined small"
                        id=undo_id
                        aria-label=format!("Undo the deletion of {title}")
                        on:click=move |_| put_back(ui, Some(id.clone()))>
                        "Undo"
                    </button>
                </li>
            }
            .into_any();
        }
        let (to_delete, label) = (id.clone(), format!("Delete {title}"));
        let age = format!("edited {}", format::ago(js_sys::Date::now() - saved_at_ms));
        view! {
            <li class="row">
                <button class="row-main with-tile" id=open_id(&id) on:click=move |_| open_own(ui, id.clone())>
                    <Picture sketch=picture.clone() />
                    <span>
                        <b>{title.clone()}</b>
                        <small title=date(saved_at_ms)>{age} {move || is_open.get().then_some(" · on the page now")}</small>
                        <small>{size.clone()}</small>
                    </span>
                </button>
                <button
                    class="button icon-only"
                    aria-label=label.clone()
                    title=move || if is_open.get() { "It is on the page: open another one to delete it".to_owned() } else { label.clone() }
                    prop:disabled=move || is_open.get()
                    on:click=move |_| remove(ui, to_delete.clone())
                >
                    {icon("trash")}
                </button>
            </li>
        }
        .into_any()
    }
}

/// How much is in a document.
pub(super) fn size(document: &Document) -> String {
    let counted = format::counted;
    format!("{}, {}", counted(document.nodes.len(), "node"), counted(document.links.len(), "link"))
}

/// The id of the button that undoes the deletion of a document.
fn undo_id(id: &str) -> String {
    format!("undo-{id}")
}

/// The id of the button that opens a document.
fn open_id(id: &str) -> String {
    format!("open-{id}")
}

/// Moves the focus to what has taken the place of the button that had it.
fn focus_soon(id: String) {
    request_animation_frame(move || {
        focus(&format!("[id='{id}']"));
    });
}

/// Deletes a document, so that it can be put back.
fn remove(ui: Ui, id: String) {
    spawn_local(async move {
        match storage::remove(&id).await {
            Ok(found) => {
                ui.storing.removed.update(|all| all.extend(found));
                focus_soon(undo_id(&id));
                ui.storing.tabs.send(&News::Deleted { id });
            }
            Err(failure) => ui.panels.alert(failure.sentence),
        }
    });
}

/// A time, milliseconds since 1970, as people of this browser's language write it.
pub(super) fn date(at_ms: f64) -> String {
    js_sys::Date::new(&at_ms.into()).to_locale_string("default", &js_sys::Object::new()).into()
}

/// Puts deleted documents back, the one of this id or all, each with its name, its age and its versions.
pub(super) fn put_back(ui: Ui, id: Option<String>) {
    spawn_local(async move {
        for removed in ui.storing.removed.get_untracked() {
            let this = removed.stored.id.clone();
            if id.as_ref().is_some_and(|id| *id != this) {
                continue;
            }
            if let Err(failure) = storage::put_back(&removed).await {
                return ui.panels.alert(failure.sentence);
            }
            ui.storing.removed.update(|all| all.retain(|other| other.stored.id != this));
            focus_soon(open_id(&this));
            ui.storing.tabs.send(&News::PutBack { id: this });
        }
    });
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
