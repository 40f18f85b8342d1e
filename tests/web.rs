//! What only a browser can show, in headless Chromium.

#![cfg(target_arch = "wasm32")]

use headroom::browser::page::address::{self, Enter};
use headroom::browser::page::storage::{self, Stored};
use headroom::browser::page::worker::Worker;
use headroom::browser::page::{backup, clipboard, download, upload};
use headroom::codec;
use headroom::editor::versions::{Keep, Version};
use headroom::protocol::{BUILD, FromWorker, ToWorker, encode};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn stored(id: &str, text: &str, saved_at_ms: f64) -> Stored {
    Stored { id: id.to_owned(), title: format!("Title of {id}"), text: text.to_owned(), saved_at_ms }
}

#[wasm_bindgen_test]
async fn documents_are_stored_replaced_listed_and_deleted() {
    // Later than any time, so that this test's documents come first whatever else is kept.
    let (older, newer) = (stored("kept-1", "one", 9e15), stored("kept-2", "two ☃", 9e15 + 2.0));
    storage::save(&older).await.unwrap();
    storage::save(&newer).await.unwrap();
    assert_eq!(storage::latest().await.unwrap(), Some(newer.clone()));
    assert_eq!(storage::load("kept-1").await.unwrap(), Some(older.clone()));
    assert_eq!(storage::load("never kept").await.unwrap(), None);

    let again = Stored { text: "one, changed".to_owned(), saved_at_ms: 9e15 + 4.0, ..older };
    storage::save(&again).await.unwrap();
    assert_eq!(storage::latest().await.unwrap(), Some(again));
    let listed: Vec<String> = storage::all().await.unwrap().into_iter().map(|stored| stored.id).collect();
    assert_eq!(listed[..2], ["kept-1", "kept-2"]);

    assert!(storage::remove("kept-1").await.unwrap().is_some());
    assert_eq!(storage::remove("kept-1").await.unwrap(), None);
    assert_eq!(storage::latest().await.unwrap(), Some(newer));
    storage::remove("kept-2").await.unwrap();
    assert_eq!(storage::load("kept-2").await.unwrap(), None);
}

#[wasm_bindgen_test]
async fn versions_are_deleted_with_their_document_and_put_back_with_it() {
    let version = |text: &str, saved_at_ms: f64| Version { text: text.to_owned(), saved_at_ms };
    let document = stored("versioned", "three", 3e6);
    storage::keep_version("versioned", version("one", 1e6), Keep::Always).await.unwrap();
    assert_eq!(storage::versions("versioned").await.unwrap(), [], "not of a document that is not stored");
    storage::save(&document).await.unwrap();
    for (text, saved_at_ms) in [("one", 1e6), ("one", 1.5e6), ("two", 2e6)] {
        storage::keep_version("versioned", version(text, saved_at_ms), Keep::Always).await.unwrap();
    }
    let kept = vec![version("one", 1e6), version("two", 2e6)];
    assert_eq!(storage::versions("versioned").await.unwrap(), kept);

    let removed = storage::remove("versioned").await.unwrap().unwrap();
    assert_eq!((&removed.stored, &removed.versions), (&document, &kept));
    assert_eq!(storage::versions("versioned").await.unwrap(), []);
    // A tab that still showed it has stored it again: that stays.
    let since = stored("versioned", "four", 4e6);
    storage::save(&since).await.unwrap();
    storage::put_back(&removed).await.unwrap();
    assert_eq!(storage::load("versioned").await.unwrap(), Some(since));
    assert_eq!(storage::versions("versioned").await.unwrap(), kept);
    storage::remove("versioned").await.unwrap();
    storage::put_back(&removed).await.unwrap();
    assert_eq!(storage::load("versioned").await.unwrap(), Some(document));
    storage::remove("versioned").await.unwrap();
}

#[wasm_bindgen_test]
async fn a_copy_is_taken_over_unless_what_is_stored_is_newer() {
    let (older, newer) = (stored("copied", "older", 1.0), stored("copied", "newer", 2.0));
    assert!(backup::put(&newer) && backup::all().contains(&newer));
    for (there, copy, expected) in [(&older, &newer, &newer), (&newer, &older, &newer)] {
        storage::save(there).await.unwrap();
        storage::save_if_newer(copy).await.unwrap();
        assert_eq!(storage::load("copied").await.unwrap().as_ref(), Some(expected));
    }
    backup::forget("copied", 1.0);
    assert_eq!(backup::of("copied"), Some(newer), "a copy of a later time stays");
    backup::forget("copied", 2.0);
    assert_eq!(backup::of("copied"), None);
    storage::remove("copied").await.unwrap();
}

#[wasm_bindgen_test]
async fn a_stored_document_is_read_back_unchanged() {
    for example in [
        include_str!("../examples/1-examples/010-three-tier-shop.json"),
        include_str!("../examples/2-failure-laboratory/150-split-brain.json"),
    ] {
        let (document, _) = codec::open(example).unwrap();
        storage::save(&stored("example", &codec::save(&document), 1.0)).await.unwrap();
        let text = storage::load("example").await.unwrap().unwrap().text;
        assert_eq!(codec::open(&text).unwrap(), (document, vec![]));
        storage::remove("example").await.unwrap();
    }
}

#[wasm_bindgen_test]
fn a_document_has_the_same_link_as_natively() {
    let golden = include_str!("golden/link-v1.txt").trim();
    let (document, notes) = codec::open(include_str!("golden/link-v1.json")).unwrap();
    assert_eq!(notes, vec![]);
    assert_eq!(codec::to_fragment(&document), golden);
    assert_eq!(codec::from_link(golden).unwrap().0, document);
}

#[wasm_bindgen_test]
fn a_fragment_is_put_into_the_address_replaced_and_taken_out() {
    let link = address::link("v1.d.abc");
    assert!(link.ends_with("#v1.d.abc") && link.starts_with("http"), "{link}");
    address::enter(Enter::Replace, "link", Some(&link));
    assert_eq!(address::fragment().as_deref(), Some("v1.d.abc"));
    assert_eq!(address::link("v1.d.xyz"), link.replace("abc", "xyz"), "an old fragment is replaced");
    assert_eq!(address::entry().as_deref(), Some("link"));
    let before = web_sys::window().unwrap().history().unwrap().length().unwrap();
    address::enter(Enter::Push, "new", None);
    assert_eq!((address::fragment(), address::entry().as_deref()), (None, Some("new")));
    assert_eq!(web_sys::window().unwrap().history().unwrap().length().unwrap(), before + 1);
    assert!(!address::link("x").contains("abc"));
}

/// Replaces the browser's clipboard by one that is not there or that refuses, and takes the older way
/// of copying away.
fn refuse_clipboard(clipboard: &str) {
    js_sys::eval(&format!(
        "Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {clipboard} }});
         document.execCommand = () => false;"
    ))
    .unwrap();
}

#[wasm_bindgen_test]
async fn a_refused_clipboard_is_reported_with_what_to_do_instead() {
    const REFUSING: &str = "{ writeText: async () => { throw new Error('not allowed') },
                              readText: async () => { throw new Error('not allowed') } }";
    for (clipboard, reason) in [(REFUSING, "(not allowed)"), ("undefined", "")] {
        refuse_clipboard(clipboard);
        let sentence = clipboard::copy("text").await.unwrap_err();
        assert!(sentence.contains(reason) && sentence.ends_with("select the text and copy it by hand."), "{sentence}");
        let sentence = clipboard::read().await.unwrap_err();
        assert!(sentence.contains(reason) && sentence.ends_with("on the canvas instead."), "{sentence}");
    }
    js_sys::eval("delete navigator.clipboard; delete document.execCommand").unwrap();
    let document = web_sys::window().unwrap().document().unwrap();
    assert_eq!(document.query_selector_all("textarea").unwrap().length(), 0, "nothing is left on the page");
}

#[wasm_bindgen_test]
async fn a_file_is_read_unless_it_is_too_large() {
    let parts = js_sys::Array::of1(&"{\"headroom\": 1}".into());
    let file = web_sys::File::new_with_str_sequence(&parts, "shop.json").unwrap();
    assert_eq!(upload::read(&file, 100).await.unwrap(), b"{\"headroom\": 1}");
    assert_eq!(
        upload::read(&file, 10).await.unwrap_err(),
        "shop.json is too large to be a Headroom document: 1 kB, and 0 kB are allowed."
    );
}

#[wasm_bindgen_test]
fn a_download_is_named_after_the_title() {
    for (title, expected) in [
        ("Web shop: Black Friday!", "web-shop-black-friday.json"),
        ("../../etc/passwd", "etc-passwd.json"),
        ("Größe ☃", "größe.json"),
        ("ÄRGER", "ärger.json"),
        ("", "headroom.json"),
    ] {
        assert_eq!(download::file_name(title, "json"), expected);
    }
    // A download starts with a click on an anchor.
    let clicked = Rc::new(RefCell::new(None));
    let seen = clicked.clone();
    let hear = wasm_bindgen::closure::Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        event.prevent_default();
        let anchor: web_sys::HtmlAnchorElement = event.target().unwrap().unchecked_into();
        *seen.borrow_mut() = Some((anchor.download(), anchor.href()));
    });
    let window = web_sys::window().unwrap();
    window.add_event_listener_with_callback("click", hear.as_ref().unchecked_ref()).unwrap();
    download::offer("shop.json", "application/json", "{}").unwrap();
    window.remove_event_listener_with_callback("click", hear.as_ref().unchecked_ref()).unwrap();
    let (name, url) = clicked.take().expect("a click on the anchor");
    assert_eq!(name, "shop.json");
    assert!(url.starts_with("blob:"), "{url}");
}

/// A worker made of a script instead of the engine, and the messages that it has posted.
fn scripted(script: &str) -> (Worker, Rc<RefCell<Vec<FromWorker>>>) {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("text/javascript");
    let parts = js_sys::Array::of1(&JsValue::from_str(script));
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options).unwrap();
    let url = web_sys::Url::create_object_url_with_blob(&blob).unwrap();
    let said = Rc::new(RefCell::new(Vec::new()));
    let hear = said.clone();
    (Worker::start_at(&url, move |message| hear.borrow_mut().push(message)), said)
}

async fn wait_ms(ms: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).unwrap();
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
}

/// Waits until the worker has posted so many messages, for at most five seconds.
async fn heard(said: &RefCell<Vec<FromWorker>>, count: usize) -> Vec<FromWorker> {
    for _ in 0..500 {
        if said.borrow().len() >= count {
            return said.borrow().clone();
        }
        wait_ms(10).await;
    }
    panic!("the worker should post {count} messages, and posted {:?}", said.borrow());
}

/// A statement that posts a message as the engine's worker does.
fn post(message: FromWorker) -> String {
    format!("postMessage(new Uint8Array({:?}));", encode(&message))
}

/// What the script of [`late`] answers to the bytes of a message.
fn echo(message: &ToWorker) -> FromWorker {
    FromWorker::Refused { run: encode(message).iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)) }
}

/// A script that begins to listen after a while, as a worker does once it is compiled, and then answers
/// some messages with an [`echo`].
fn late(build: &str) -> String {
    let answers: String = [ToWorker::Play, ToWorker::Speed(None), ToWorker::Pause]
        .iter()
        .map(|message| format!("if (event.data.join() == {:?}.join()) {}", encode(message), post(echo(message))))
        .collect();
    let ready = post(FromWorker::Ready { build: build.to_owned() });
    format!("setTimeout(() => {{ onmessage = event => {{ {answers} }}; {ready} }}, 100)")
}

#[wasm_bindgen_test]
async fn messages_wait_until_the_worker_listens() {
    let (worker, said) = scripted(&late(BUILD));
    worker.send(&ToWorker::Play);
    worker.send(&ToWorker::Speed(None));
    let ready = FromWorker::Ready { build: BUILD.to_owned() };
    assert_eq!(heard(&said, 3).await, [ready, echo(&ToWorker::Play), echo(&ToWorker::Speed(None))]);
    worker.send(&ToWorker::Pause);
    assert_eq!(heard(&said, 4).await.last(), Some(&echo(&ToWorker::Pause)));
    worker.terminate();
    worker.send(&ToWorker::Play);
    // By the time another worker has started and answered, this one would have answered too.
    let (other, answers) = scripted(&late(BUILD));
    other.send(&ToWorker::Play);
    heard(&answers, 2).await;
    assert_eq!(said.borrow().len(), 4, "a terminated worker is silent");
}

#[wasm_bindgen_test]
async fn a_worker_of_another_build_is_refused() {
    let (worker, said) = scripted(&late("yesterday"));
    worker.send(&ToWorker::Play);
    let said = heard(&said, 1).await;
    let [FromWorker::Panicked { message }] = &said[..] else { panic!("{said:?}") };
    assert!(message.contains("yesterday") && message.contains("reload the page"), "{message}");
}

#[wasm_bindgen_test]
async fn a_worker_that_panics_is_reported_once() {
    // A panic first says so and then traps, as the engine's worker does.
    let panicked = FromWorker::Panicked { message: "index out of bounds".to_owned() };
    let (_worker, said) = scripted(&format!("{} throw new Error('unreachable')", post(panicked.clone())));
    heard(&said, 1).await;

    let (_other, others) = scripted("throw new Error('unreachable')");
    let others = heard(&others, 1).await;
    let [FromWorker::Panicked { message }] = &others[..] else { panic!("{others:?}") };
    assert!(message.contains("unreachable"), "{message}");
    // The second worker's error was reported after the time that the first one's would have waited.
    assert_eq!(said.take(), [panicked]);
}

#[wasm_bindgen_test]
async fn a_worker_that_cannot_be_fetched_is_reported() {
    let said = Rc::new(RefCell::new(Vec::new()));
    let hear = said.clone();
    let _worker = Worker::start_at("./no-such-worker.js", move |message| hear.borrow_mut().push(message));
    let said = heard(&said, 1).await;
    let [FromWorker::Panicked { message }] = &said[..] else { panic!("{said:?}") };
    assert!(message.starts_with("The simulator's worker did not start"), "{message}");
}
