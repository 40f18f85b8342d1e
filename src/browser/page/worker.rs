//! The page's handle on the worker that runs the engine.
//!
//! A message posted before the worker listens is lost, so messages are queued here until the worker
//! has sent [`FromWorker::Ready`]. Static hosts and browser caches may serve an older worker to a newer
//! page: the build named in `Ready` is compared, and a difference is reported as a broken worker.

use super::message_of;
use crate::browser::{bytes_of, transferable};
use crate::protocol::{BUILD, FromWorker, decode, encode};
use leptos::prelude::{document, set_timeout, window};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, WorkerOptions, WorkerType};

/// How long after the error event of a panic the message with the panic's text may arrive.
const PANIC_MESSAGE_WAIT: Duration = Duration::from_millis(100);

/// A running worker; clones are the same one.
#[derive(Clone)]
pub struct Worker(Rc<Inner>);

struct Inner {
    /// `None` when the browser would not start one.
    worker: Option<web_sys::Worker>,
    state: Cell<State>,
    /// Messages that were sent before the worker was ready.
    queued: RefCell<Vec<Vec<u8>>>,
    on_message: Box<dyn Fn(FromWorker)>,
    message_listener: Closure<dyn FnMut(MessageEvent)>,
    error_listener: Closure<dyn FnMut(Event)>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Has sent nothing yet; messages to it are queued.
    Starting,
    /// Listens to messages.
    Ready,
    /// Broken or terminated: nothing is sent to it, and nothing of it is passed on.
    Stopped,
}

impl Worker {
    /// Starts the engine's worker. `on_message` gets all its messages, and [`FromWorker::Panicked`] once
    /// when it breaks, cannot be loaded, or is of another build than the page.
    pub fn start(on_message: impl Fn(FromWorker) + 'static) -> Worker {
        // Trunk does not put a hash in the worker's file name; the query makes a new build a new
        // address.
        let build = String::from(js_sys::encode_uri_component(BUILD));
        Worker::start_at(&format!("./worker_loader.js?build={build}"), on_message)
    }

    /// Starts the worker at an address of its own, relative to the page.
    pub fn start_at(url: &str, on_message: impl Fn(FromWorker) + 'static) -> Worker {
        let (worker, refusal) = match spawn(url) {
            Ok(worker) => (Some(worker), None),
            Err(thrown) => (None, Some(thrown)),
        };
        let inner = Rc::new_cyclic(|this: &Weak<Inner>| {
            let (on_event, on_error) = (this.clone(), this.clone());
            Inner {
                worker,
                state: Cell::new(State::Starting),
                queued: RefCell::default(),
                on_message: Box::new(on_message),
                message_listener: Closure::new(move |event: MessageEvent| {
                    if let Some(inner) = on_event.upgrade() {
                        inner.receive(&event);
                    }
                }),
                error_listener: Closure::new(move |event: Event| {
                    event.prevent_default();
                    // A worker that cannot be fetched causes an event without a message.
                    let message = js_sys::Reflect::get(&event, &"message".into()).ok();
                    fail_later(on_error.clone(), message.and_then(|text| text.as_string()).unwrap_or_default());
                }),
            }
        });
        if let Some(worker) = &inner.worker {
            worker.set_onmessage(Some(inner.message_listener.as_ref().unchecked_ref()));
            worker.set_onerror(Some(inner.error_listener.as_ref().unchecked_ref()));
        }
        if let Some(thrown) = refusal {
            // Later, so that the caller has the worker before the message about its failure.
            fail_later(Rc::downgrade(&inner), message_of(&thrown));
        }
        Worker(inner)
    }

    /// Sends a message, or queues it until the worker listens. Does nothing for a broken worker.
    pub fn send(&self, message: &impl Serialize) {
        let bytes = encode(message);
        match self.0.state.get() {
            State::Starting => self.0.queued.borrow_mut().push(bytes),
            State::Ready => self.0.post(&bytes),
            State::Stopped => {}
        }
    }

    /// Stops the worker at once; `on_message` is not called again.
    pub fn terminate(&self) {
        self.0.stop();
    }
}

impl Inner {
    fn receive(&self, event: &MessageEvent) {
        if self.state.get() == State::Stopped {
            return;
        }
        match decode(&bytes_of(event)) {
            Ok(FromWorker::Ready { build }) if build != BUILD => self.fail(format!(
                "The page is of build {BUILD} and its worker of build {build}: reload the page to get both of one build."
            )),
            Ok(FromWorker::Ready { build }) => {
                self.state.set(State::Ready);
                for bytes in self.queued.take() {
                    self.post(&bytes);
                }
                (self.on_message)(FromWorker::Ready { build });
            }
            Ok(FromWorker::Panicked { message }) => self.fail(message),
            Ok(message) => (self.on_message)(message),
            Err(error) => {
                self.fail(format!("The worker sent a message that the page does not understand ({error})."));
            }
        }
    }

    fn post(&self, bytes: &[u8]) {
        if let Some(worker) = &self.worker {
            let (message, transferred) = transferable(bytes);
            // Posting bytes fails only when there is no memory left.
            if let Err(thrown) = worker.post_message_with_transfer(&message, &transferred) {
                self.fail(format!("The worker cannot be reached ({}).", message_of(&thrown)));
            }
        }
    }

    /// Reports the first failure of the worker, and stops it.
    fn fail(&self, message: String) {
        if self.state.get() != State::Stopped {
            self.stop();
            (self.on_message)(FromWorker::Panicked { message });
        }
    }

    fn stop(&self) {
        self.state.set(State::Stopped);
        self.queued.take();
        if let Some(worker) = &self.worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(url: &str) -> Result<web_sys::Worker, JsValue> {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let url = web_sys::Url::new_with_base(url, &base)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name("headroom");
    // The page in a sandboxed frame is of another origin than its own files: there the browser starts no worker
    // but one that is made of a blob and no module; it may import the module.
    if window().origin() == "null" {
        options.set_type(WorkerType::Classic);
        return web_sys::Worker::new_with_options(&blob_that_imports(&url.href())?, &options);
    }
    web_sys::Worker::new_with_options(&url.href(), &options)
}

fn blob_that_imports(url: &str) -> Result<String, JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("text/javascript");
    // An error of the import is one of the worker.
    let script = format!("import({url:?}).catch((error) => setTimeout(() => {{ throw error; }}));");
    let parts = js_sys::Array::of1(&script.into());
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    web_sys::Url::create_object_url_with_blob(&blob)
}

/// Reports a failure a little later. A panic causes two events, a message with its text and an error
/// event without: the error event gives the message time to arrive first.
fn fail_later(inner: Weak<Inner>, message: String) {
    let fail = move || {
        if let Some(inner) = inner.upgrade() {
            let what = if inner.state.get() == State::Starting { "did not start" } else { "broke" };
            // Browsers differ in how much they say about a script that cannot be fetched.
            inner.fail(match message.as_str() {
                "" => format!("The simulator's worker {what}."),
                message => format!("The simulator's worker {what}: {message}"),
            });
        }
    };
    set_timeout(fail, PANIC_MESSAGE_WAIT);
}
