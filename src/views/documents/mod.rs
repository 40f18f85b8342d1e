//! Opening documents, and where they are stored.
//!
//! A link, a file or an example opens as a preview: it becomes a document of its own, under a new
//! id, with the first edit. So opening something can never overwrite what is stored.

mod dialogs;
mod saving;
mod tabs;

pub use dialogs::{DocumentList, OpenLink};
pub use saving::{Origin, Saving, Storing, download, flush, title_of};
pub use tabs::take_over;

use super::crash;
use super::state::Ui;
use crate::browser::page::{address, examples, storage, upload};
use crate::codec;
use crate::model::{Document, Problem};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_event_listener::use_event_listener;

/// Opens what this page load asks for, and opens links and saves edits from now on.
pub fn start(ui: Ui) {
    saving::save_edits(ui);
    tabs::follow(ui);
    // The user changed the address: a share link was pasted into it.
    let _ = use_event_listener(window(), ev::hashchange, move |_| {
        if let Some(fragment) = address::fragment() {
            open_link(ui, &fragment);
        }
    });
    if address::fragment().is_some_and(|fragment| open_link(ui, &fragment)) {
        return;
    }
    spawn_local(async move {
        if let Some(id) = address::example() {
            match fetch_example(ui, Some(&id)).await {
                Ok(opened) => return opened.map_or((), |document| put_example(ui, document)),
                Err(why) => ui.panels.alert(why),
            }
        }
        open_latest(ui).await;
    });
}

async fn open_latest(ui: Ui) {
    let latest = storage::latest().await;
    if let Ok(Some(stored)) = latest {
        return open_stored(ui, stored);
    }
    match fetch_example(ui, None).await {
        Ok(opened) => opened.map_or((), |document| put_example(ui, document)),
        Err(why) => {
            put(ui, Document::default(), Origin::New, false);
            ui.panels.alert(why);
        }
    }
    if let Err(why) = latest {
        ui.storing.saving.set(Saving::Failed(why));
    }
}

fn open_stored(ui: Ui, stored: storage::Stored) {
    match codec::open(&stored.text) {
        Ok((document, notes)) => {
            address::set_fragment(None);
            put(ui, document, Origin::Own(stored.id), false);
            ui.storing.saving.set(Saving::Saved);
            notify_of_repairs(ui, &notes);
        }
        Err(why) => ui.panels.alert(format!("“{}” cannot be opened: {why}", stored.title)),
    }
}

/// Opens the built-in example of this id, running, as soon as it has been fetched.
pub fn open_example(ui: Ui, id: String) {
    spawn_local(async move {
        match fetch_example(ui, Some(&id)).await {
            Ok(Some(document)) => {
                flush(ui);
                address::set_fragment(None);
                put_example(ui, document);
            }
            Ok(None) => {}
            Err(why) => ui.panels.alert(why),
        }
    });
}

/// Fetches the example of this id, or the first one. `None` when something else was opened or the
/// diagram was edited meanwhile; `Err` is a sentence for the user.
async fn fetch_example(ui: Ui, id: Option<&str>) -> Result<Option<Document>, String> {
    let generation = ui.storing.next_generation();
    let all = ui.storing.examples.await?;
    let found = match id {
        Some(id) => all.iter().find(|example| example.id == id),
        None => all.first(),
    };
    let example = found.ok_or_else(|| {
        format!("There is no example called “{}”: choose one in the palette.", id.unwrap_or_default())
    })?;
    let text = examples::document(example).await?;
    let (document, _) =
        codec::open(&text).map_err(|why| format!("The example “{}” cannot be opened: {why}", example.title))?;
    Ok(ui.storing.is_current(generation).then_some(document))
}

fn put_example(ui: Ui, document: Document) {
    put(ui, document, Origin::Preview("Example"), true);
}

/// Opens a share link as a preview. When it is damaged, says so on the page and returns false.
pub fn open_link(ui: Ui, link: &str) -> bool {
    match codec::from_link(link) {
        Ok((document, notes)) => {
            flush(ui);
            put(ui, document, Origin::Preview("From a link"), false);
            notify_of_repairs(ui, &notes);
            true
        }
        Err(why) => {
            ui.panels.alert(why);
            false
        }
    }
}

/// Opens a text as a preview, as it came from a file.
pub fn open_text(ui: Ui, text: &str) {
    match codec::open(text) {
        Ok((document, notes)) => {
            flush(ui);
            address::set_fragment(None);
            put(ui, document, Origin::Preview("From a file"), false);
            notify_of_repairs(ui, &notes);
        }
        Err(why) => ui.panels.alert(why),
    }
}

/// Puts a copy of the document on the page, as a preview: it becomes a diagram of its own with the first edit.
pub fn open_copy(ui: Ui) {
    let document = ui.editing.document.get_untracked();
    address::set_fragment(None);
    put(ui, Document::clone(&document), Origin::Preview("Copy"), false);
}

/// Opens a file that was chosen or dropped.
pub fn open_file(ui: Ui, file: web_sys::File) {
    spawn_local(async move {
        match upload::read(&file, codec::FILE_BYTES_MAX).await {
            Ok(text) => open_text(ui, &text),
            Err(why) => ui.panels.alert(why),
        }
    });
}

/// Opens a document stored in this browser.
pub fn open_own(ui: Ui, id: String) {
    flush(ui);
    spawn_local(async move {
        match storage::load(&id).await {
            Ok(Some(stored)) => open_stored(ui, stored),
            Ok(None) => ui.panels.alert("This diagram is no longer in this browser."),
            Err(why) => ui.panels.alert(why),
        }
    });
}

/// Opens a blank document; the one that was open stays stored.
pub fn open_new(ui: Ui) {
    flush(ui);
    address::set_fragment(None);
    put(ui, Document::default(), Origin::New, false);
}

fn notify_of_repairs(ui: Ui, notes: &[Problem]) {
    if let Some(first) = notes.first() {
        let more = if notes.len() > 1 { format!(" (and {} more)", notes.len() - 1) } else { String::new() };
        ui.panels.notify(format!("Repaired while opening: {first}{more}"));
    }
}

fn put(ui: Ui, document: Document, origin: Origin, play: bool) {
    ui.storing.next_generation();
    crash::keep(&codec::save(&document));
    ui.storing.origin.set(origin);
    ui.storing.saving.set(Saving::Nothing);
    ui.panels.dialog.set(None);
    ui.open(document);
    ui.storing.mark_unedited(ui.editing.document.get_untracked());
    ui.run.open(play);
}
