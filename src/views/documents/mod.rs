//! Opening documents, and where they are stored.
//!
//! A link, a file or an example opens as a preview: it becomes a document of its own, under a new
//! id, with the first edit. So opening something can never overwrite what is stored.

mod dialogs;
mod history;
mod notices;
mod picture;
mod saving;
mod tabs;
mod versions;

pub use dialogs::{DocumentList, OpenLink};
pub use notices::{Act, Banner, DocumentBanners};
pub use picture::Picture;
pub use saving::{Origin, Saving, Storing, download, finish, flush, title_of};
pub use versions::VersionList;

use super::crash;
use super::keys::takes_letters;
use super::later;
use super::state::Ui;
use crate::browser::page::focus::focus;
use crate::browser::page::storage::{self, Cause, Failure, Stored};
use crate::browser::page::{address, examples, upload};
use crate::codec;
use crate::model::{Document, Problem};
use history::{Entry, LINKED, Visit};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;

const FROM_LINK: &str = LINKED[0];
const FROM_FILE: &str = LINKED[1];
const COPY: &str = LINKED[2];
const PASTED: &str = LINKED[3];

/// Opens what this page load asks for, and opens links and saves edits from now on.
pub fn start(ui: Ui) {
    saving::save_edits(ui);
    tabs::follow(ui);
    open_drops(ui);
    // Back or Forward.
    window_event_listener_untyped("popstate", move |_| {
        if let Some(entry) = history::shown() {
            finish(ui);
            open_entry(ui, entry);
        }
    });
    // The user changed the address: a share link was pasted into it.
    window_event_listener_untyped("hashchange", move |_| {
        if history::shown().is_none()
            && let Some(fragment) = address::fragment()
            && !open_fragment(ui, &fragment, FROM_LINK, Visit::Replace)
        {
            history::stay(ui);
        }
    });
    spawn_local(async move {
        saving::recover(ui, None).await;
        open_first(ui).await;
    });
}

/// Opens what the address or the browser's history names, else the document that was saved last, else the
/// first example.
async fn open_first(ui: Ui) {
    let entry = history::shown().filter(|entry| *entry != Entry::New || address::example().is_none());
    let example = match (entry, address::fragment(), address::example()) {
        (Some(Entry::Own(id)), ..) => match find(ui, &id).await {
            Ok(Some(stored)) => return open_stored(ui, stored, Visit::Stay),
            _ => None,
        },
        (Some(Entry::New), ..) => {
            put(ui, Document::default(), Origin::New, false, None);
            return check_storage(ui).await;
        }
        (Some(Entry::Example(id)), ..) => Some(id),
        (Some(Entry::Linked(what)), Some(fragment), _) if open_fragment(ui, &fragment, what, Visit::Stay) => {
            return check_storage(ui).await;
        }
        (None, Some(fragment), _) if open_fragment(ui, &fragment, FROM_LINK, Visit::Replace) => {
            return check_storage(ui).await;
        }
        (_, None, example) => example,
        _ => None,
    };
    if let Some(id) = example {
        match fetch_example(ui, Some(&id)).await {
            Ok(opened) => {
                if let Some((id, document)) = opened {
                    put_example(ui, id, document, Visit::Replace);
                }
                return check_storage(ui).await;
            }
            Err(why) => ui.panels.alert(why),
        }
    }
    open_latest(ui).await;
}

async fn open_latest(ui: Ui) {
    let latest = storage::latest().await;
    let stored = latest.as_ref().ok().cloned().flatten();
    let unsaved = ui.storing.unsaved(None);
    if let Some(stored) = stored.into_iter().chain(unsaved).max_by(|a, b| a.saved_at_ms.total_cmp(&b.saved_at_ms)) {
        return open_stored(ui, stored, Visit::Replace);
    }
    match fetch_example(ui, None).await {
        Ok(Some((id, document))) => {
            put_example(ui, id, document, Visit::Start);
        }
        Ok(None) => {}
        Err(why) => {
            put(ui, Document::default(), Origin::New, false, None);
            ui.panels.alert(why);
        }
    }
    if let Err(failure) = latest {
        ui.storing.fail(failure);
    }
}

/// Says so where the browser lets this page store nothing.
async fn check_storage(ui: Ui) {
    if let Err(failure) = storage::load("").await
        && failure.cause == Cause::Forbidden
    {
        ui.storing.fail(failure);
    }
}

/// Opens what an entry of the browser's history stands for.
fn open_entry(ui: Ui, entry: Entry) {
    match entry {
        Entry::New => {
            history::visit(ui, Visit::Stay, Entry::New);
            put(ui, Document::default(), Origin::New, false, None);
        }
        Entry::Own(id) => open_own_by(ui, id, Visit::Stay),
        Entry::Example(id) => open_example_by(ui, id, Visit::Stay),
        Entry::Linked(what) => {
            let fragment = address::fragment().unwrap_or_default();
            if !open_fragment(ui, &fragment, what, Visit::Stay) {
                history::stay(ui);
            }
        }
    }
}

/// A document of this id: one that could not be stored is found too, as long as this page is there.
async fn find(ui: Ui, id: &str) -> Result<Option<Stored>, Failure> {
    let stored = storage::load(id).await;
    let Some(unsaved) = ui.storing.unsaved(Some(id)) else { return stored };
    // Another tab may have stored it since.
    match stored {
        Ok(Some(stored)) if stored.saved_at_ms > unsaved.saved_at_ms => {
            ui.storing.set_unsaved(id, None);
            Ok(Some(stored))
        }
        _ => Ok(Some(unsaved)),
    }
}

fn open_stored(ui: Ui, stored: Stored, visit: Visit) {
    match codec::open(&stored.text) {
        Ok((document, notes)) => {
            history::visit(ui, visit, Entry::Own(stored.id.clone()));
            put(ui, document, Origin::Own(stored.id.clone()), false, Some(stored.saved_at_ms));
            if ui.storing.unsaved(Some(&stored.id)).is_some() {
                saving::try_again(ui);
            } else if *ui.storing.saving.read_untracked() == Saving::Nothing {
                ui.storing.saving.set(Saving::Saved);
            }
            notify_of_repairs(ui, &notes);
        }
        Err(why) => {
            ui.panels.alert(format!("“{}” cannot be opened: {why}", stored.title));
            history::stay(ui);
        }
    }
}

/// Opens the built-in example of this id, running, as soon as it has been fetched.
pub fn open_example(ui: Ui, id: String) {
    open_example_by(ui, id, Visit::Push);
}

fn open_example_by(ui: Ui, id: String, visit: Visit) {
    spawn_local(async move {
        match fetch_example(ui, Some(&id)).await {
            Ok(Some((id, document))) => {
                finish(ui);
                put_example(ui, id, document, visit);
            }
            Ok(None) => {}
            Err(why) => {
                ui.panels.alert(why);
                history::stay(ui);
            }
        }
    });
}

/// Fetches the example of this id, or the first one, with its id. `None` when something else was opened or the
/// diagram was edited meanwhile; `Err` is a sentence for the user.
async fn fetch_example(ui: Ui, id: Option<&str>) -> Result<Option<(String, Document)>, String> {
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
    Ok(ui.storing.is_current(generation).then(|| (example.id.clone(), document)))
}

fn put_example(ui: Ui, id: String, document: Document, visit: Visit) {
    history::visit(ui, visit, Entry::Example(id));
    put(ui, document, Origin::Preview("Example"), true, None);
}

/// Opens a share link as a preview. When it is damaged, says so on the page and returns false.
pub fn open_link(ui: Ui, link: &str) -> bool {
    open_fragment(ui, link, FROM_LINK, Visit::Push)
}

fn open_fragment(ui: Ui, link: &str, what: &'static str, visit: Visit) -> bool {
    match codec::from_link(link) {
        Ok((document, notes)) => {
            finish(ui);
            put_linked(ui, document, what, visit);
            notify_of_repairs(ui, &notes);
            true
        }
        Err(why) => {
            ui.panels.alert(why);
            false
        }
    }
}

/// Shows a document that is not stored: the address holds it, so that it is there again after a reload.
fn put_linked(ui: Ui, document: Document, what: &'static str, visit: Visit) {
    history::visit_linked(ui, visit, what, &document);
    put(ui, document, Origin::Preview(what), false, None);
}

/// Opens as a preview what a file or a text holds: anything that [`codec::read_bytes`] reads.
async fn open_bytes(ui: Ui, bytes: &[u8], what: &'static str) {
    match later::get().await.and_then(|later| (later.read)(bytes)) {
        Ok((document, notes)) => {
            finish(ui);
            put_linked(ui, document, what, Visit::Push);
            notify_of_repairs(ui, &notes);
        }
        Err(why) => ui.panels.alert(why),
    }
}

/// Opens a text that was pasted or dropped as a preview: anything that [`codec::read`] reads.
pub fn open_text(ui: Ui, text: String) {
    spawn_local(async move { open_bytes(ui, text.as_bytes(), PASTED).await });
}

/// Puts a copy of the document on the page, as a preview: it becomes a diagram of its own with the first edit.
pub fn open_copy(ui: Ui) {
    let document = ui.editing.document.get_untracked();
    put_linked(ui, Document::clone(&document), COPY, Visit::Push);
}

/// Opens a file that was chosen or dropped.
pub fn open_file(ui: Ui, file: web_sys::File) {
    spawn_local(async move {
        match upload::read(&file, codec::FILE_BYTES_MAX).await {
            Ok(bytes) => open_bytes(ui, &bytes, FROM_FILE).await,
            Err(why) => ui.panels.alert(why),
        }
    });
}

/// Opens what is dropped anywhere on the page: a file, a link or a text. A text that is dropped into a field is the
/// field's.
fn open_drops(ui: Ui) {
    let is_for_field = |event: &web_sys::DragEvent, data: &web_sys::DataTransfer| {
        let target = event.target().and_then(|target| target.dyn_into().ok());
        target.is_some_and(|target| takes_letters(&target)) && !data.types().includes(&"Files".into(), 0)
    };
    window_event_listener(ev::dragover, move |event| {
        if !event.data_transfer().is_some_and(|data| is_for_field(&event, &data)) {
            event.prevent_default();
        }
    });
    window_event_listener(ev::drop, move |event| {
        let Some(data) = event.data_transfer() else { return };
        if is_for_field(&event, &data) {
            return;
        }
        // The browser would leave the page for the file.
        event.prevent_default();
        if let Some(file) = data.files().and_then(|files| files.get(0)) {
            return open_file(ui, file);
        }
        if let Ok(text) = data.get_data("text/plain")
            && !text.trim().is_empty()
        {
            open_text(ui, text);
        }
    });
}

/// Opens a document stored in this browser.
pub fn open_own(ui: Ui, id: String) {
    open_own_by(ui, id, Visit::Push);
}

fn open_own_by(ui: Ui, id: String, visit: Visit) {
    finish(ui);
    let generation = ui.storing.next_generation();
    spawn_local(async move {
        let found = find(ui, &id).await;
        if !ui.storing.is_current(generation) {
            return;
        }
        match found {
            Ok(Some(stored)) => return open_stored(ui, stored, visit),
            Ok(None) => ui.panels.alert("This diagram is no longer in this browser."),
            Err(failure) => ui.panels.alert(failure.sentence),
        }
        history::stay(ui);
    });
}

/// Opens a blank document; the one that was open stays stored.
pub fn open_new(ui: Ui) {
    finish(ui);
    history::visit(ui, Visit::Push, Entry::New);
    put(ui, Document::default(), Origin::New, false, None);
    focus(".canvas");
}

fn notify_of_repairs(ui: Ui, notes: &[Problem]) {
    if let Some(first) = notes.first() {
        let more = if notes.len() > 1 { format!(" (and {} more)", notes.len() - 1) } else { String::new() };
        ui.panels.notify(format!("Repaired while opening: {first}{more}"));
    }
}

/// Puts a document on the page; `saved_at_ms` is when it was saved, if it is stored.
fn put(ui: Ui, document: Document, origin: Origin, play: bool, saved_at_ms: Option<f64>) {
    ui.storing.next_generation();
    crash::keep(&codec::save(&document));
    ui.storing.origin.set(origin);
    // Where nothing can be stored that holds for every document.
    let is_forbidden = |failure: &Failure| failure.cause == Cause::Forbidden;
    if ui.storing.failure.read_untracked().as_ref().is_some_and(is_forbidden) {
        ui.storing.saving.set(Saving::Failed);
    } else {
        ui.storing.failure.set(None);
        ui.storing.saving.set(Saving::Nothing);
    }
    ui.panels.dialog.set(None);
    ui.open(document);
    let saved_at_ms = saved_at_ms.unwrap_or_else(js_sys::Date::now);
    ui.storing.mark_opened(ui.editing.document.get_untracked(), saved_at_ms);
    ui.run.open(play);
    if !play {
        // There are no first numbers to wait for.
        ui.later.fetch();
    }
}
