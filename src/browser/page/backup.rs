//! Copies of documents in `localStorage`, which is written at once: a page that is closing may be gone before
//! IndexedDB has taken a write. The next page that may write the document takes the copy into IndexedDB.

use super::storage::{Stored, from_record, to_record};
use js_sys::JSON;
use leptos::prelude::window;
use web_sys::Storage;

/// The key of a copy is this and the document's id.
const PREFIX: &str = "headroom-backup ";

/// Writes a copy. Returns whether it is there.
pub fn put(stored: &Stored) -> bool {
    let write = || local()?.set_item(&key(&stored.id), &String::from(JSON::stringify(&to_record(stored)).ok()?)).ok();
    write().is_some()
}

/// The copy of the document of this id.
pub fn of(id: &str) -> Option<Stored> {
    from_record(&JSON::parse(&local()?.get_item(&key(id)).ok()??).ok()?)
}

/// All copies.
pub fn all() -> Vec<Stored> {
    let Some(local) = local() else { return Vec::new() };
    let keys = (0..local.length().unwrap_or(0)).filter_map(|index| local.key(index).ok()?);
    let ids = keys.filter_map(|key| key.strip_prefix(PREFIX).map(str::to_owned));
    ids.filter_map(|id| of(&id)).collect()
}

/// Removes the copy of a document that was saved at this time or later.
pub fn forget(id: &str, saved_at_ms: f64) {
    if of(id).is_some_and(|copy| copy.saved_at_ms <= saved_at_ms)
        && let Some(local) = local()
    {
        // The only failure is that the browser has forbidden storage meanwhile.
        let _ = local.remove_item(&key(id));
    }
}

fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// `None` where the browser forbids storage.
fn local() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
