//! Saving the document in this browser, a moment after each edit: an effect follows the document.

use super::tabs::Tabs;
use crate::browser::page::examples::{self, Example};
use crate::browser::page::tabs::News;
use crate::browser::page::{address, download, storage};
use crate::codec;
use crate::glossary::UNTITLED;
use crate::model::Document;
use crate::views::crash;
use crate::views::state::{Editing, Ui, now_ms};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_event_listener::use_event_listener;
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
#[derive(Clone, Debug, PartialEq)]
pub enum Saving {
    /// There was no edit yet.
    Nothing,
    /// It will be written in a moment.
    Pending,
    /// It is stored as it is.
    Saved,
    /// It could not be written, and why.
    Failed(String),
    /// Another tab writes it.
    Elsewhere,
}

/// Where the document came from and whether it is stored.
#[derive(Clone, Copy)]
pub struct Storing {
    /// Where the document came from.
    pub origin: RwSignal<Origin>,
    /// Whether the document is stored.
    pub saving: RwSignal<Saving>,
    /// The list of built-in examples, or why it could not be fetched.
    pub examples: LocalResource<Result<Vec<Example>, String>>,
    /// Which tab writes it.
    pub tabs: Tabs,
    /// Counts what was opened or edited: a document that is still being fetched is opened only if
    /// this has not changed meanwhile.
    generation: StoredValue<u64>,
    /// The document as it was opened or last written: anything else is an edit.
    unedited: StoredValue<Arc<Document>>,
}

impl Storing {
    /// Nothing is stored yet, and the list of examples is being fetched.
    pub fn new(editing: Editing) -> Storing {
        Storing {
            origin: RwSignal::new(Origin::New),
            saving: RwSignal::new(Saving::Nothing),
            examples: LocalResource::new(examples::list),
            tabs: Tabs::new(),
            generation: StoredValue::new(0),
            unedited: StoredValue::new(editing.document.get_untracked()),
        }
    }

    /// Counts something that is opened or edited. What is still being fetched then is no longer wanted.
    pub fn next_generation(self) -> u64 {
        self.generation.update_value(|count| *count += 1);
        self.generation.get_value()
    }

    /// Whether nothing was opened or edited since [`next_generation`](Storing::next_generation).
    pub fn is_current(self, generation: u64) -> bool {
        self.generation.get_value() == generation
    }

    /// Records the document as it was opened or written: from now on, anything else is an edit.
    pub fn mark_unedited(self, document: Arc<Document>) {
        self.unedited.set_value(document);
    }
}

impl Saving {
    /// In words, for the toolbar.
    pub fn words(&self, origin: &Origin) -> String {
        match (self, origin) {
            (Saving::Failed(why), _) => why.clone(),
            (Saving::Elsewhere, _) => "Read only: another tab writes".to_owned(),
            (Saving::Pending, _) => "Saving…".to_owned(),
            (Saving::Saved, _) | (_, Origin::Own(_)) => "Saved in this browser".to_owned(),
            (_, Origin::Preview(what)) => format!("{what} · edit to keep"),
            (_, Origin::New) => "Nothing to save yet".to_owned(),
        }
    }
}

/// Saves the document a moment after each edit.
pub fn save_edits(ui: Ui) {
    // The last chances to write an edit: the page is hidden or left.
    let _ = use_event_listener(window(), ev::pagehide, move |_| flush(ui));
    let _ = use_event_listener(window(), ev::visibilitychange, move |_| flush(ui));
    Effect::new(move |_| {
        let document = ui.editing.document.get();
        if !ui.storing.unedited.with_value(|unedited| Arc::ptr_eq(unedited, &document)) {
            save_soon(ui);
        }
    });
}

/// Makes the document the user's own, and writes it soon.
fn save_soon(ui: Ui) {
    ui.storing.next_generation();
    if !matches!(*ui.storing.origin.read_untracked(), Origin::Own(_)) {
        // From here on a reload means this document, not the link or the example that it came from.
        address::set_fragment(None);
        ui.storing.origin.set(Origin::Own(new_id()));
    }
    if *ui.storing.saving.read_untracked() != Saving::Pending {
        ui.storing.saving.set(Saving::Pending);
        set_timeout(move || flush(ui), SAVE_AFTER);
    }
}

/// Writes an edit that has not been written yet.
pub fn flush(ui: Ui) {
    if *ui.storing.saving.read_untracked() != Saving::Pending {
        return;
    }
    let Origin::Own(id) = ui.storing.origin.get_untracked() else { return };
    let document = ui.editing.document.get_untracked();
    ui.storing.mark_unedited(document.clone());
    let text = codec::save(&document);
    crash::keep(&text);
    ui.storing.saving.set(Saving::Saved);
    let title = title_of(&document);
    spawn_local(async move {
        let stored = storage::Stored { id: id.clone(), title, text, saved_at_ms: js_sys::Date::now() };
        let failed = storage::save(&stored).await.err();
        if failed.is_none() {
            ui.storing.tabs.tell(&News::Saved { id: id.clone(), text: stored.text });
        }
        // Another document may be on the page by now.
        if let (Some(why), true) = (failed, *ui.storing.origin.read_untracked() == Origin::Own(id)) {
            ui.storing.saving.set(Saving::Failed(why));
        }
    });
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
        assert_eq!(Saving::Saved.words(&own), "Saved in this browser");
        assert_eq!(Saving::Failed("No room.".to_owned()).words(&own), "No room.");
        assert!(Saving::Nothing.words(&Origin::Preview("Example")).starts_with("Example"));
    }
}
