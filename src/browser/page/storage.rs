//! Documents in IndexedDB, so that work is there after a reload.

use super::message_of;
use idb::{Database, DatabaseEvent, Error, Factory, KeyPath, ObjectStoreParams, Transaction, TransactionMode};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// A document as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Identifies the document for as long as it exists; its creator chooses it.
    pub id: String,
    /// Its title, for lists.
    pub title: String,
    /// The document as [`codec::save`](crate::codec::save) writes it.
    pub text: String,
    /// When it was saved, milliseconds since 1970.
    pub saved_at_ms: f64,
}

/// A stored document without its text, for lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// As in [`Stored`].
    pub id: String,
    /// As in [`Stored`].
    pub title: String,
    /// As in [`Stored`].
    pub saved_at_ms: f64,
}

const DATABASE: &str = "headroom";
const DOCUMENTS: &str = "documents";

thread_local! {
    /// The open connection. It is kept open because there is no time to open one for a save while the
    /// page is closing: with it, the browser has the write before the first await.
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
}

/// Stores a document, in place of the one stored under its id. `Err` is a sentence, as of every
/// function here.
pub async fn save(stored: &Stored) -> Result<(), String> {
    put(&to_record(stored)).await.map_err(|error| sentence("The diagram could not be saved in this browser", &error))
}

async fn put(record: &JsValue) -> Result<(), Error> {
    let transaction = begin(TransactionMode::ReadWrite).await?;
    let written = transaction.object_store(DOCUMENTS)?.put(record, None)?;
    // Committed before the write is answered: a page that is closing is gone by then, and an
    // uncommitted transaction is undone.
    let transaction = transaction.commit()?;
    written.await?;
    committed(transaction).await
}

/// The document saved last.
pub async fn latest() -> Result<Option<Stored>, String> {
    Ok(all().await?.into_iter().next())
}

/// The document of this id.
pub async fn load(id: &str) -> Result<Option<Stored>, String> {
    let record = with_store(TransactionMode::ReadOnly, async |store| store.get(JsValue::from_str(id))?.await)
        .await
        .map_err(|error| sentence("The diagram could not be read from this browser", &error))?;
    Ok(record.as_ref().and_then(from_record))
}

/// Every document without its text, the one saved last first.
pub async fn list() -> Result<Vec<Listed>, String> {
    let listed = |stored: Stored| Listed { id: stored.id, title: stored.title, saved_at_ms: stored.saved_at_ms };
    Ok(all().await?.into_iter().map(listed).collect())
}

/// Deletes a document.
pub async fn delete(id: &str) -> Result<(), String> {
    with_store(TransactionMode::ReadWrite, async |store| store.delete(JsValue::from_str(id))?.await)
        .await
        .map_err(|error| sentence("The diagram could not be deleted from this browser", &error))
}

/// Every document, the one saved last first.
async fn all() -> Result<Vec<Stored>, String> {
    let records = with_store(TransactionMode::ReadOnly, async |store| store.get_all(None, None)?.await)
        .await
        .map_err(|error| sentence("The diagrams kept in this browser could not be read", &error))?;
    let mut stored: Vec<Stored> = records.iter().filter_map(from_record).collect();
    stored.sort_by(|a, b| b.saved_at_ms.total_cmp(&a.saved_at_ms));
    Ok(stored)
}

/// Runs `work` on the documents in a transaction of its own, and waits until that is committed.
async fn with_store<T>(
    mode: TransactionMode,
    work: impl AsyncFnOnce(idb::ObjectStore) -> Result<T, Error>,
) -> Result<T, Error> {
    let transaction = begin(mode).await?;
    let done = work(transaction.object_store(DOCUMENTS)?).await?;
    committed(transaction).await?;
    Ok(done)
}

async fn begin(mode: TransactionMode) -> Result<Transaction, Error> {
    let kept = OPEN.with_borrow(Clone::clone);
    // The browser may have closed the connection in the meantime: then a new one is opened.
    match kept.and_then(|database| database.transaction(&[DOCUMENTS], mode).ok()) {
        Some(transaction) => Ok(transaction),
        None => connect().await?.transaction(&[DOCUMENTS], mode),
    }
}

async fn committed(transaction: Transaction) -> Result<(), Error> {
    if transaction.await?.is_aborted() { Err(Error::DomExceptionNotFound) } else { Ok(()) }
}

async fn connect() -> Result<Rc<Database>, Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(1))?;
    request.on_upgrade_needed(|event| {
        // A failure here aborts the upgrade, and the open request reports it.
        let Ok(database) = event.database() else { return };
        let mut params = ObjectStoreParams::new();
        params.key_path(Some(KeyPath::new_single("id")));
        let _ = database.create_object_store(DOCUMENTS, params);
    });
    let mut database = request.await?;
    // A later build that changes the database must not wait for this tab.
    database.on_version_change(|event| {
        if let Ok(database) = event.database() {
            database.close();
        }
        OPEN.set(None);
    });
    database.on_close(|_| OPEN.set(None));
    let database = Rc::new(database);
    OPEN.set(Some(database.clone()));
    Ok(database)
}

fn to_record(stored: &Stored) -> JsValue {
    let record = js_sys::Object::new();
    let put = |key: &str, value: JsValue| {
        // Setting a property of a fresh plain object cannot fail.
        let _ = js_sys::Reflect::set(&record, &key.into(), &value);
    };
    put("id", stored.id.as_str().into());
    put("title", stored.title.as_str().into());
    put("text", stored.text.as_str().into());
    put("saved_at_ms", stored.saved_at_ms.into());
    record.into()
}

fn from_record(record: &JsValue) -> Option<Stored> {
    let get = |key: &str| js_sys::Reflect::get(record, &key.into()).ok();
    Some(Stored {
        id: get("id")?.as_string()?,
        title: get("title")?.as_string().unwrap_or_default(),
        text: get("text")?.as_string()?,
        saved_at_ms: get("saved_at_ms")?.as_f64().unwrap_or(0.0),
    })
}

/// A sentence for an error: what failed, the reason as far as the browser gives one, and what helps.
fn sentence(what: &str, error: &Error) -> String {
    let name = match error {
        Error::DomException(exception) => exception.name(),
        Error::TransactionOpenFailed(thrown) | Error::IndexedDbOpenFailed(thrown) | Error::UpdateFailed(thrown) => {
            thrown.dyn_ref::<web_sys::DomException>().map(|thrown| thrown.name()).unwrap_or_else(|| message_of(thrown))
        }
        Error::IndexedDbNotFound(_) => "SecurityError".to_owned(),
        other => other.to_string(),
    };
    match name.as_str() {
        "QuotaExceededError" => format!("{what}: its storage is full. Export the diagram to keep it."),
        "SecurityError" | "InvalidStateError" | "UnknownError" => format!(
            "{what}: it does not let this page keep anything, as in a private window. Export the diagram to keep it."
        ),
        other => format!("{what} ({other}). Export the diagram to keep it."),
    }
}
