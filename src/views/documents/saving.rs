//! Saving the document in this browser, a moment after each edit: an effect follows the document.

use super::history::{self, Entry, Visit};
use super::tabs::Tabs;
use crate::browser::page::examples::{self, Example};
use crate::browser::page::storage::{Cause, Failure, Removed, Stored};
use crate::browser::page::tabs::News;
use crate::browser::page::{backup, download, focus, storage};
use crate::codec;
use crate::editor::versions::{INTERVAL_MS, Keep, Version};
use crate::glossary::UNTITLED;
use crate::model::Document;
use crate::views::crash;
use crate::views::state::{Editing, Ui, now_ms};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use std::time::Duration;

/// How long after an edit the document is written; later edits do not postpone it.
const SAVE_AFTER: Duration = Duration::from_millis(350);

/// Where the document on the page came from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A blank page.
    New,
    /// Stored in this browser under this id.
    Own(String),
    /// A preview (an example, a link, a file) that is not stored; the words say which.
    Preview(&'static str),
}

/// Whether the document is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// There was no edit yet.
    Nothing,
    /// It will be written in a moment.
    Pending,
    /// It is being written.
    Writing,
    /// It is stored as it is.
    Saved,
    /// It could not be written.
    Failed,
    /// Another tab writes it.
    Elsewhere,
}

/// What no view shows.
struct Record {
    /// What the entry of the browser's history stands for that is shown.
    entry: Entry,
    /// Counts what was opened or edited: a document that is still being fetched is opened only if
    /// this has not changed meanwhile.
    generation: u64,
    /// The document as it was opened or last written: anything else is an edit.
    unedited: Arc<Document>,
    /// The document as the last edit that was counted left it.
    counted: Arc<Document>,
    /// When that was saved, milliseconds since 1970.
    saved_at_ms: f64,
    /// When a version of the document was kept last, since it was opened; 0 if none was.
    version_at_ms: f64,
    /// Documents that could not be written: they are there until this page is left.
    unsaved: Vec<Stored>,
}

/// Where the document came from and whether it is stored.
#[derive(Clone, Copy)]
pub struct Storing {
    /// Where the document came from.
    pub origin: RwSignal<Origin>,
    /// Whether the document is stored.
    pub saving: RwSignal<Saving>,
    /// Why the document is not stored, until it is.
    pub failure: RwSignal<Option<Failure>>,
    /// Deleted documents that can be put back.
    pub removed: RwSignal<Vec<Removed>>,
    /// The list of built-in examples, or why it could not be fetched.
    pub examples: LocalResource<Result<Vec<Example>, String>>,
    /// Which tab writes it.
    pub tabs: Tabs,
    /// Whether a document has been opened: until then the page is empty.
    pub opened: RwSignal<bool>,
    record: StoredValue<Record>,
}

impl Storing {
    /// Nothing is stored yet, and the list of examples is being fetched.
    pub fn new(editing: Editing) -> Storing {
        Storing {
            origin: RwSignal::new(Origin::New),
            saving: RwSignal::new(Saving::Nothing),
            failure: RwSignal::new(None),
            removed: RwSignal::new(Vec::new()),
            examples: LocalResource::new(examples::list),
            tabs: Tabs::new(),
            opened: RwSignal::new(false),
            record: StoredValue::new(Record {
                entry: Entry::New,
                generation: 0,
                unedited: editing.document.get_untracked(),
                counted: editing.document.get_untracked(),
                saved_at_ms: 0.0,
                version_at_ms: 0.0,
                unsaved: Vec::new(),
            }),
        }
    }

    /// What the entry of the browser's history stands for that is shown.
    pub fn entry(self) -> Entry {
        self.record.with_value(|record| record.entry.clone())
    }

    /// Records what the entry stands for that is shown.
    pub fn set_entry(self, entry: Entry) {
        self.record.update_value(|record| record.entry = entry);
    }

    /// Counts something that is opened or edited. What is still being fetched then is no longer wanted.
    pub fn next_generation(self) -> u64 {
        self.record.update_value(|record| record.generation += 1);
        self.record.with_value(|record| record.generation)
    }

    /// Whether nothing was opened or edited since [`next_generation`](Storing::next_generation).
    pub fn is_current(self, generation: u64) -> bool {
        self.record.with_value(|record| record.generation == generation)
    }

    /// Records the document as it was opened or written at this time: from now on, anything else is an edit.
    pub fn mark_unedited(self, document: Arc<Document>, saved_at_ms: f64) {
        self.record.update_value(|record| {
            record.unedited = document;
            record.saved_at_ms = saved_at_ms;
        });
    }

    /// Records that another document was opened: its first edit keeps it as a version.
    pub fn mark_opened(self, document: Arc<Document>, saved_at_ms: f64) {
        self.opened.set(true);
        self.mark_unedited(document, saved_at_ms);
        self.record.update_value(|record| record.version_at_ms = 0.0);
    }

    /// The document of this id where it could not be written, or the last one that could not.
    pub fn unsaved(self, id: Option<&str>) -> Option<Stored> {
        let is_it = |stored: &&Stored| id.is_none_or(|id| stored.id == id);
        self.record.with_value(|record| record.unsaved.iter().rfind(is_it).cloned())
    }

    /// Records that this document could not be written, or that this one was.
    pub(super) fn set_unsaved(self, id: &str, stored: Option<Stored>) {
        self.record.update_value(|record| {
            record.unsaved.retain(|other| other.id != id);
            record.unsaved.extend(stored);
        });
    }

    /// Says that nothing is stored, and why.
    pub fn fail(self, failure: Failure) {
        self.saving.set(Saving::Failed);
        if self.failure.with_untracked(|now| now.as_ref() != Some(&failure)) {
            self.failure.set(Some(failure));
        }
    }

    /// The id of the document when it is stored in this browser. Not tracked.
    pub fn own_id(self) -> Option<String> {
        match &*self.origin.read_untracked() {
            Origin::Own(id) => Some(id.clone()),
            _ => None,
        }
    }

    /// Counts the edit that led to the document as it is now, unless that is counted already: it is noted again when
    /// it is written.
    fn count_edit(self, editing: Editing) {
        let document = editing.document.get_untracked();
        if self.record.with_value(|record| !Arc::ptr_eq(&record.counted, &document)) {
            self.record.update_value(|record| record.counted = document);
            self.next_generation();
        }
    }

    fn has_edits(self, editing: Editing) -> bool {
        self.record.with_value(|record| !Arc::ptr_eq(&record.unedited, &editing.document.read_untracked()))
    }
}

impl Saving {
    /// In words, for the toolbar.
    pub fn words(self, origin: &Origin) -> String {
        match (self, origin) {
            (Saving::Failed, Origin::Own(_)) => "Not saved".to_owned(),
            (Saving::Failed, _) => "Nothing can be saved".to_owned(),
            (Saving::Elsewhere, _) => "Read only: another tab writes".to_owned(),
            (Saving::Pending | Saving::Writing, _) => "Saving…".to_owned(),
            (Saving::Saved, _) | (_, Origin::Own(_)) => "Saved in this browser".to_owned(),
            (_, Origin::Preview(what)) => format!("{what} · edit to keep"),
            (_, Origin::New) => "Nothing to save yet".to_owned(),
        }
    }
}

/// Saves the document a moment after each edit.
pub fn save_edits(ui: Ui) {
    // The last chances to write an edit: the page is hidden or left.
    window_event_listener_untyped("pagehide", move |_| {
        leave(ui);
    });
    window_event_listener_untyped("visibilitychange", move |_| {
        if document().visibility_state() == web_sys::VisibilityState::Hidden {
            leave(ui);
        }
    });
    window_event_listener_untyped("beforeunload", move |event| {
        // The browser asks whether to leave: what is in memory only would be lost.
        if !leave(ui) {
            event.prevent_default();
        }
    });
    Effect::new(move |_| {
        ui.editing.document.track();
        note_edit(ui);
    });
}

/// Stores what is not stored yet, also what is typed and not finished, by all means there are. Returns whether
/// a later page finds everything.
fn leave(ui: Ui) -> bool {
    focus::finish_typing();
    finish(ui);
    // What could not be written has only these copies.
    let unsaved = ui.storing.record.with_value(|record| record.unsaved.clone());
    let is_kept = unsaved.iter().filter(|stored| !backup::put(stored)).count() == 0;
    // The write that is under way may not be finished in time.
    if *ui.storing.saving.read_untracked() == Saving::Writing
        && let Some(shown) = as_stored(ui)
    {
        backup::put(&shown);
    }
    is_kept
}

/// Makes the document the user's own if it was edited, and writes it soon.
fn note_edit(ui: Ui) {
    // A tab that only reads may still show an edit which it could not store before another one took over.
    if ui.editing.read_only.get_untracked() || !ui.storing.has_edits(ui.editing) {
        return;
    }
    ui.storing.count_edit(ui.editing);
    if ui.storing.own_id().is_none() {
        let id = new_id();
        ui.storing.origin.set(Origin::Own(id.clone()));
        // From here on a reload means this document, not the link or the example that it came from.
        history::visit(ui, Visit::Replace, Entry::Own(id));
    }
    if *ui.storing.saving.read_untracked() != Saving::Pending {
        ui.storing.saving.set(Saving::Pending);
        set_timeout(move || flush(ui), SAVE_AFTER);
    }
}

/// Writes an edit that has not been written yet, and a parameter that is about to change in the run: another document
/// is opened, or the page is left.
pub fn finish(ui: Ui) {
    ui.run.record_asked();
    flush(ui);
}

/// Writes an edit that has not been written yet.
pub fn flush(ui: Ui) {
    note_edit(ui);
    if *ui.storing.saving.read_untracked() == Saving::Pending {
        write(ui);
    }
}

/// Writes the document after that has failed, or tries whether anything can be stored by now.
pub fn try_again(ui: Ui) {
    if ui.storing.own_id().is_some() {
        if !ui.editing.read_only.get_untracked() {
            write(ui);
        }
        return;
    }
    spawn_local(async move {
        match storage::latest().await {
            Ok(_) => {
                ui.storing.failure.set(None);
                ui.storing.saving.set(Saving::Nothing);
            }
            Err(failure) => ui.storing.fail(failure),
        }
    });
}

/// The document on the page as it is stored.
fn as_stored(ui: Ui) -> Option<Stored> {
    let id = ui.storing.own_id()?;
    let document = ui.editing.document.get_untracked();
    Some(Stored {
        id,
        title: document.title.clone(),
        text: codec::save(&document),
        saved_at_ms: ui.storing.record.with_value(|record| record.saved_at_ms),
    })
}

fn write(ui: Ui) {
    let now_ms = js_sys::Date::now();
    // What is overwritten is kept as a version now and then.
    let version = ui.storing.record.try_update_value(|record| {
        let is_due = now_ms - record.version_at_ms >= INTERVAL_MS && !record.unedited.nodes.is_empty();
        is_due.then(|| {
            record.version_at_ms = now_ms;
            Version { text: codec::save(&record.unedited), saved_at_ms: record.saved_at_ms }
        })
    });
    ui.storing.mark_unedited(ui.editing.document.get_untracked(), now_ms);
    let Some(stored) = as_stored(ui) else { return };
    crash::keep(&stored.text);
    ui.storing.saving.set(Saving::Writing);
    spawn_local(async move {
        let saved = storage::save(&stored).await;
        if let (Ok(()), Some(version)) = (&saved, version.flatten()) {
            // A version more or less is not worth a word: the document itself is stored.
            let _ = storage::keep_version(&stored.id, version, Keep::Spaced).await;
        }
        written(ui, stored, saved);
    });
}

fn written(ui: Ui, stored: Stored, saved: Result<(), Failure>) {
    // Another document may be on the page by now, or another write of this one under way.
    let is_shown = ui.storing.own_id().as_ref() == Some(&stored.id);
    let is_last = ui.storing.record.with_value(|record| record.saved_at_ms == stored.saved_at_ms);
    let Stored { id, title, saved_at_ms, .. } = stored.clone();
    match saved {
        Ok(()) => {
            backup::forget(&id, saved_at_ms);
            ui.storing.set_unsaved(&id, None);
            ui.storing.tabs.send(&News::Saved { id, text: stored.text });
            if is_shown && ui.storing.failure.read_untracked().is_some() {
                ui.storing.failure.set(None);
            }
            if is_shown && is_last && *ui.storing.saving.read_untracked() == Saving::Writing {
                ui.storing.saving.set(Saving::Saved);
            }
        }
        Err(failure) => {
            ui.storing.set_unsaved(&id, Some(stored));
            if is_shown {
                ui.storing.fail(failure);
            } else if failure.cause != Cause::Forbidden {
                let title = if title.is_empty() { UNTITLED.to_owned() } else { title };
                ui.panels.alert(format!("“{title}”: {} Go back to it to download it.", failure.sentence));
            }
        }
    }
}

/// Takes copies that a page left behind when it was closed into IndexedDB; those of one document, or all.
pub async fn recover(ui: Ui, id: Option<&str>) {
    let copies = id.map_or_else(backup::all, |id| backup::of(id).into_iter().collect());
    for copy in copies {
        match storage::save_if_newer(&copy).await {
            Ok(()) => backup::forget(&copy.id, copy.saved_at_ms),
            Err(_) => ui.storing.set_unsaved(&copy.id.clone(), Some(copy)),
        }
    }
}

/// The document's title, or a word where it has none.
pub fn title_of(document: &Document) -> String {
    if document.title.trim().is_empty() { UNTITLED.to_owned() } else { document.title.clone() }
}

/// A new id, unlike those of all documents in this browser: the time, and a random number.
fn new_id() -> String {
    format!("{:x}-{:x}-{:x}", js_sys::Date::now() as u64, now_ms() as u64, (js_sys::Math::random() * 4e9) as u64)
}

/// Downloads the document as a JSON file.
pub fn download(ui: Ui) {
    let document = ui.editing.document.get_untracked();
    let name = download::file_name(&document.title, "json");
    if let Err(why) = download::offer(&name, "application/json", &codec::save(&document)) {
        ui.panels.alert(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_saved_state_says_what_is_true() {
        let own = Origin::Own("x".to_owned());
        assert_eq!(Saving::Pending.words(&own), "Saving…");
        assert_eq!(Saving::Writing.words(&own), "Saving…");
        assert_eq!(Saving::Saved.words(&own), "Saved in this browser");
        assert_eq!(Saving::Failed.words(&own), "Not saved");
        assert!(Saving::Nothing.words(&Origin::Preview("Example")).starts_with("Example"));
    }
}
