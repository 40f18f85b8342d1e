//! Where documents come from and how they are stored.
//!
//! A link, a file or an example opens as a preview: it becomes a document of its own, under a new
//! id, with the first edit. So opening something can never overwrite what is stored. Every edit is
//! saved a moment later, by an effect that follows the document.

use super::crash;
use super::icons::icon;
use super::state::{Dialog, Editing, Ui, now_ms};
use crate::browser::page::examples::{self, Example};
use crate::browser::page::{address, download, storage, upload};
use crate::codec;
use crate::model::{Document, Problem};
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
            generation: StoredValue::new(0),
            unedited: StoredValue::new(editing.document.get_untracked()),
        }
    }
}

impl Saving {
    /// In words, for the toolbar.
    pub fn words(&self, origin: &Origin) -> String {
        match (self, origin) {
            (Saving::Failed(why), _) => why.clone(),
            (Saving::Pending, _) => "Saving…".to_owned(),
            (Saving::Saved, _) | (_, Origin::Own(_)) => "Saved in this browser".to_owned(),
            (_, Origin::Preview(what)) => format!("{what} · edit to keep"),
            (_, Origin::New) => "Nothing to save yet".to_owned(),
        }
    }
}

/// Opens what this page load asks for, and opens links and saves edits from now on.
pub fn start(ui: Ui) {
    save_edits(ui);
    // The user changed the address: a share link was pasted into it.
    let _ = use_event_listener(window(), ev::hashchange, move |_| {
        if let Some(fragment) = address::fragment() {
            open_link(ui, &fragment);
        }
    });
    // The last chances to write an edit: the page is hidden or left.
    let _ = use_event_listener(window(), ev::pagehide, move |_| flush(ui));
    let _ = use_event_listener(window(), ev::visibilitychange, move |_| flush(ui));
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
/// diagram was edited meanwhile; `Err` is a sentence.
async fn fetch_example(ui: Ui, id: Option<&str>) -> Result<Option<Document>, String> {
    let generation = next_generation(ui);
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
    Ok((generation == ui.storing.generation.get_value()).then_some(document))
}

fn put_example(ui: Ui, document: Document) {
    put(ui, document, Origin::Preview("Example"), true);
}

/// Marks that something is opened or edited, so that what is still being fetched is not opened over it.
fn next_generation(ui: Ui) -> u64 {
    ui.storing.generation.update_value(|count| *count += 1);
    ui.storing.generation.get_value()
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
    next_generation(ui);
    crash::keep(&codec::save(&document));
    ui.storing.origin.set(origin);
    ui.storing.saving.set(Saving::Nothing);
    ui.panels.dialog.set(None);
    ui.open(document);
    ui.storing.unedited.set_value(ui.editing.document.get_untracked());
    ui.run.load(play);
}

/// Saves the document a moment after each edit.
fn save_edits(ui: Ui) {
    Effect::new(move |_| {
        let document = ui.editing.document.get();
        if !ui.storing.unedited.with_value(|unedited| Arc::ptr_eq(unedited, &document)) {
            save_soon(ui);
        }
    });
}

/// Makes the document the user's own, and writes it soon.
fn save_soon(ui: Ui) {
    next_generation(ui);
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
    ui.storing.unedited.set_value(document.clone());
    let text = codec::save(&document);
    crash::keep(&text);
    ui.storing.saving.set(Saving::Saved);
    let title = title_of(&document);
    spawn_local(async move {
        let stored = storage::Stored { id: id.clone(), title, text, saved_at_ms: js_sys::Date::now() };
        let failed = storage::save(&stored).await.err();
        // Another document may be on the page by now.
        if let (Some(why), true) = (failed, *ui.storing.origin.read_untracked() == Origin::Own(id)) {
            ui.storing.saving.set(Saving::Failed(why));
        }
    });
}

/// The document's title, or a word where it has none.
pub fn title_of(document: &Document) -> String {
    if document.title.trim().is_empty() { "Untitled".to_owned() } else { document.title.clone() }
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
            if let Err(why) = storage::delete(&id).await {
                ui.panels.alert(why);
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
    let title = if title.is_empty() { "Untitled".to_owned() } else { title };
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
