//! Documents and their versions in IndexedDB, so that work is there after a reload.

mod versions;

pub use versions::{Removed, keep_version, put_back, remove, save_if_newer, versions};

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

/// Why something could not be stored or read.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What failed, in a sentence.
    pub sentence: String,
    /// What is known of the cause.
    pub cause: Cause,
}

/// The cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The browser lets this page store nothing at all.
    Forbidden,
    /// There is no room left.
    Full,
    /// The document was deleted in another tab.
    Deleted,
    /// Something else.
    Other,
}

const DATABASE: &str = "headroom";
/// The version of the database: 1 had no versions of documents.
const DATABASE_VERSION: u32 = 2;
const DOCUMENTS: &str = "documents";
const VERSIONS: &str = "versions";

thread_local! {
    /// The open connection. It is kept open because there is no time to open one for a save while the
    /// page is closing: with it, the browser has the write before the first await.
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
}

/// Stores a document, in place of the one stored under its id.
pub async fn save(stored: &Stored) -> Result<(), Failure> {
    put(&to_record(stored)).await.map_err(|error| failure("The diagram could not be saved in this browser", &error))
}

async fn put(record: &JsValue) -> Result<(), Error> {
    let transaction = begin(&[DOCUMENTS], TransactionMode::ReadWrite).await?;
    let written = transaction.object_store(DOCUMENTS)?.put(record, None)?;
    // Committed before the write is answered: a page that is closing is gone by then, and an
    // uncommitted transaction is undone.
    let transaction = transaction.commit()?;
    written.await?;
    committed(transaction).await
}

/// The document saved last.
pub async fn latest() -> Result<Option<Stored>, Failure> {
    Ok(all().await?.into_iter().next())
}

/// The document of this id.
pub async fn load(id: &str) -> Result<Option<Stored>, Failure> {
    let record = with_store(TransactionMode::ReadOnly, async |store| store.get(JsValue::from_str(id))?.await)
        .await
        .map_err(|error| failure("The diagram could not be read from this browser", &error))?;
    Ok(record.as_ref().and_then(from_record))
}

/// Every document, the one saved last first.
pub async fn all() -> Result<Vec<Stored>, Failure> {
    let records = with_store(TransactionMode::ReadOnly, async |store| store.get_all(None, None)?.await)
        .await
        .map_err(|error| failure("The diagrams kept in this browser could not be read", &error))?;
    let mut stored: Vec<Stored> = records.iter().filter_map(from_record).collect();
    stored.sort_by(|a, b| b.saved_at_ms.total_cmp(&a.saved_at_ms));
    Ok(stored)
}

/// Runs `work` on the documents in a transaction of its own, and waits until that is committed.
async fn with_store<T>(
    mode: TransactionMode,
    work: impl AsyncFnOnce(idb::ObjectStore) -> Result<T, Error>,
) -> Result<T, Error> {
    let transaction = begin(&[DOCUMENTS], mode).await?;
    let done = work(transaction.object_store(DOCUMENTS)?).await?;
    committed(transaction).await?;
    Ok(done)
}

async fn begin(stores: &[&str], mode: TransactionMode) -> Result<Transaction, Error> {
    let kept = OPEN.with_borrow(Clone::clone);
    // The browser may have closed the connection in the meantime: then a new one is opened.
    match kept.and_then(|database| database.transaction(stores, mode).ok()) {
        Some(transaction) => Ok(transaction),
        None => connect().await?.transaction(stores, mode),
    }
}

async fn committed(transaction: Transaction) -> Result<(), Error> {
    if transaction.await?.is_aborted() { Err(Error::DomExceptionNotFound) } else { Ok(()) }
}

async fn connect() -> Result<Rc<Database>, Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(DATABASE_VERSION))?;
    request.on_upgrade_needed(|event| {
        // A failure here aborts the upgrade, and the open request reports it.
        let Ok(database) = event.database() else { return };
        for store in [DOCUMENTS, VERSIONS] {
            if !database.store_names().iter().any(|name| name == store) {
                let mut params = ObjectStoreParams::new();
                params.key_path(Some(KeyPath::new_single("id")));
                let _ = database.create_object_store(store, params);
            }
        }
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

pub(super) fn to_record(stored: &Stored) -> JsValue {
    record(&[
        ("id", stored.id.as_str().into()),
        ("title", stored.title.as_str().into()),
        ("text", stored.text.as_str().into()),
        ("saved_at_ms", stored.saved_at_ms.into()),
    ])
}

fn record(values: &[(&str, JsValue)]) -> JsValue {
    let record = js_sys::Object::new();
    for (key, value) in values {
        // Setting a property of a fresh plain object cannot fail.
        let _ = js_sys::Reflect::set(&record, &(*key).into(), value);
    }
    record.into()
}

pub(super) fn from_record(record: &JsValue) -> Option<Stored> {
    let get = |key: &str| js_sys::Reflect::get(record, &key.into()).ok();
    Some(Stored {
        id: get("id")?.as_string()?,
        title: get("title")?.as_string().unwrap_or_default(),
        text: get("text")?.as_string()?,
        saved_at_ms: get("saved_at_ms")?.as_f64().unwrap_or(0.0),
    })
}

/// What failed, and the cause as far as the browser gives one.
fn failure(what: &str, error: &Error) -> Failure {
    let name = match error {
        Error::DomException(exception) => exception.name(),
        Error::TransactionOpenFailed(thrown) | Error::IndexedDbOpenFailed(thrown) | Error::UpdateFailed(thrown) => {
            thrown.dyn_ref::<web_sys::DomException>().map(|thrown| thrown.name()).unwrap_or_else(|| message_of(thrown))
        }
        Error::IndexedDbNotFound(_) => "SecurityError".to_owned(),
        other => other.to_string(),
    };
    let (cause, sentence) = match name.as_str() {
        "QuotaExceededError" => (Cause::Full, format!("{what}: its storage is full.")),
        "SecurityError" | "InvalidStateError" | "UnknownError" => {
            (Cause::Forbidden, "Nothing is stored here, because the browser does not allow it.".to_owned())
        }
        other => (Cause::Other, format!("{what} ({other}).")),
    };
    Failure { sentence, cause }
}
