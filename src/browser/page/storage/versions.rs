//! The versions of documents: one record for each document, deleted and put back with it.

use super::{DOCUMENTS, Failure, Stored, VERSIONS, begin, committed, failure, from_record, record, to_record};
use crate::editor::versions::{self, Keep, Version};
use idb::{Error, ObjectStore, TransactionMode};
use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;

/// The key of a record's list.
const LIST: &str = "versions";

/// A document that was deleted, with its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    /// The document.
    pub stored: Stored,
    /// Its versions, the oldest first.
    pub versions: Vec<Version>,
}

/// The versions of a document, the oldest first.
pub async fn versions(id: &str) -> Result<Vec<Version>, Failure> {
    let read = async || {
        let transaction = begin(&[VERSIONS], TransactionMode::ReadOnly).await?;
        read(&transaction.object_store(VERSIONS)?, id).await
    };
    read().await.map_err(|error| failure("The versions of the diagram could not be read from this browser", &error))
}

/// Keeps a version of a stored document.
pub async fn keep_version(id: &str, version: Version, how: Keep) -> Result<(), Failure> {
    let what = "A version of the diagram could not be kept in this browser";
    let mut version = Some(version);
    change(id, what, &mut |kept| {
        // Not of a document that another tab has deleted.
        if let (Some(_), Some(version)) = (&kept.stored, version.take()) {
            versions::keep(&mut kept.versions, version, how);
        }
    })
    .await
}

/// Stores a document unless what is stored under its id was saved at the same time or later.
pub async fn save_if_newer(stored: &Stored) -> Result<(), Failure> {
    change(&stored.id, "The diagram could not be saved in this browser", &mut |kept| {
        if kept.stored.as_ref().is_none_or(|there| there.saved_at_ms < stored.saved_at_ms) {
            kept.stored = Some(stored.clone());
        }
    })
    .await
}

/// Deletes a document with its versions. `None` when it was not there.
pub async fn remove(id: &str) -> Result<Option<Removed>, Failure> {
    let mut removed = None;
    change(id, "The diagram could not be deleted from this browser", &mut |kept| {
        let versions = std::mem::take(&mut kept.versions);
        removed = kept.stored.take().map(|stored| Removed { stored, versions });
    })
    .await?;
    Ok(removed)
}

/// Puts a deleted document back, with its versions. What a tab that still showed it has stored since stays.
pub async fn put_back(removed: &Removed) -> Result<(), Failure> {
    change(&removed.stored.id, "The diagram could not be put back", &mut |kept| {
        let since = std::mem::replace(&mut kept.versions, removed.versions.clone());
        for version in since {
            versions::keep(&mut kept.versions, version, Keep::Always);
        }
        kept.stored.get_or_insert_with(|| removed.stored.clone());
    })
    .await
}

/// What is stored of a document.
#[derive(Clone, PartialEq)]
struct Kept {
    stored: Option<Stored>,
    /// The oldest first.
    versions: Vec<Version>,
}

/// Changes what is stored of a document in one transaction; `what` says what failed if it fails.
async fn change(id: &str, what: &str, change: &mut dyn FnMut(&mut Kept)) -> Result<(), Failure> {
    try_change(id, change).await.map_err(|error| failure(what, &error))
}

async fn try_change(id: &str, change: &mut dyn FnMut(&mut Kept)) -> Result<(), Error> {
    let key = || JsValue::from_str(id);
    let transaction = begin(&[DOCUMENTS, VERSIONS], TransactionMode::ReadWrite).await?;
    let (documents, store) = (transaction.object_store(DOCUMENTS)?, transaction.object_store(VERSIONS)?);
    let stored = documents.get(key())?.await?.as_ref().and_then(from_record);
    let before = Kept { stored, versions: read(&store, id).await? };
    let mut after = before.clone();
    change(&mut after);
    match &after.stored {
        None => {
            documents.delete(key())?.await?;
            store.delete(key())?.await?;
        }
        Some(stored) => {
            if after.stored != before.stored {
                documents.put(&to_record(stored), None)?.await?;
            }
            if after.versions != before.versions {
                write(&store, id, &after.versions).await?;
            }
        }
    }
    committed(transaction).await
}

async fn read(store: &ObjectStore, id: &str) -> Result<Vec<Version>, Error> {
    let found = store.get(JsValue::from_str(id))?.await?;
    let list = found.and_then(|found| Reflect::get(&found, &LIST.into()).ok()).filter(Array::is_array);
    let version = |each: JsValue| {
        let get = |key: &str| Reflect::get(&each, &key.into()).ok();
        Some(Version { text: get("text")?.as_string()?, saved_at_ms: get("saved_at_ms")?.as_f64()? })
    };
    Ok(list.map(|list| Array::from(&list).iter().filter_map(version).collect()).unwrap_or_default())
}

async fn write(store: &ObjectStore, id: &str, versions: &[Version]) -> Result<(), Error> {
    let list = Array::new();
    for Version { text, saved_at_ms } in versions {
        list.push(&record(&[("text", text.into()), ("saved_at_ms", (*saved_at_ms).into())]));
    }
    store.put(&record(&[("id", id.into()), (LIST, list.into())]), None)?.await?;
    Ok(())
}
