//! The page's handle on the worker that runs the engine.
//!
//! A message posted before the worker listens is lost, so messages wait here until it has said
//! [`FromWorker::Ready`]. Static hosts and browsers may serve yesterday's worker to today's page;
//! the build named in `Ready` is compared, and a difference is reported like a broken worker.

use super::{window, words};
use crate::browser::{bytes_of, posted};
use crate::protocol::{BUILD, FromWorker, decode, encode};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, WorkerOptions, WorkerType};

/// How long a panic's own message may come after the error event that the panic causes.
const PANIC_MESSAGE_WAIT_MS: i32 = 100;

/// A running worker; clones are the same one.
#[derive(Clone)]
pub struct Worker(Rc<Inner>);

struct Inner {
    /// `None` when the browser would not start one.
    worker: Option<web_sys::Worker>,
    state: Cell<State>,
    waiting: RefCell<Vec<Vec<u8>>>,
    on_message: Box<dyn Fn(FromWorker)>,
    received: Closure<dyn FnMut(MessageEvent)>,
    failed: Closure<dyn FnMut(ErrorEvent)>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// No message came from it yet; messages to it wait.
    Starting,
    /// Listens.
    Ready,
    /// Broken or terminated: nothing is sent, nothing is passed on.
    Over,
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
            let (receiving, failing) = (this.clone(), this.clone());
            Inner {
                worker,
                state: Cell::new(State::Starting),
                waiting: RefCell::default(),
                on_message: Box::new(on_message),
                received: Closure::new(move |event: MessageEvent| {
                    if let Some(inner) = receiving.upgrade() {
                        inner.receive(&event);
                    }
                }),
                failed: Closure::new(move |event: ErrorEvent| {
                    event.prevent_default();
                    report_later(failing.clone(), event.message());
                }),
            }
        });
        if let Some(worker) = &inner.worker {
            worker.set_onmessage(Some(inner.received.as_ref().unchecked_ref()));
            worker.set_onerror(Some(inner.failed.as_ref().unchecked_ref()));
        }
        if let Some(thrown) = refusal {
            // Later, so that the caller holds the worker before it gets the message.
            report_later(Rc::downgrade(&inner), words(&thrown));
        }
        Worker(inner)
    }

    /// Sends a message, or keeps it until the worker listens. To a broken worker it does nothing.
    pub fn send(&self, message: &impl Serialize) {
        let bytes = encode(message);
        match self.0.state.get() {
            State::Starting => self.0.waiting.borrow_mut().push(bytes),
            State::Ready => self.0.post(&bytes),
            State::Over => {}
        }
    }

    /// Stops the worker at once; no message of it arrives any more.
    pub fn terminate(&self) {
        self.0.end();
    }
}

impl Inner {
    fn receive(&self, event: &MessageEvent) {
        if self.state.get() == State::Over {
            return;
        }
        match decode(&bytes_of(event)) {
            Ok(FromWorker::Ready { build }) if build != BUILD => self.give_up(format!(
                "The page is of build {BUILD} and its worker of build {build}: reload the page to get both of one build."
            )),
            Ok(FromWorker::Ready { build }) => {
                self.state.set(State::Ready);
                for bytes in self.waiting.take() {
                    self.post(&bytes);
                }
                (self.on_message)(FromWorker::Ready { build });
            }
            Ok(FromWorker::Panicked { message }) => self.give_up(message),
            Ok(message) => (self.on_message)(message),
            Err(error) => {
                self.give_up(format!("The worker said something that the page does not understand ({error})."));
            }
        }
    }

    fn post(&self, bytes: &[u8]) {
        if let Some(worker) = &self.worker {
            let (message, given_away) = posted(bytes);
            // Posting bytes can fail for want of memory only.
            if let Err(thrown) = worker.post_message_with_transfer(&message, &given_away) {
                self.give_up(format!("The worker cannot be reached ({}).", words(&thrown)));
            }
        }
    }

    /// Reports the first thing that breaks the worker, and stops it.
    fn give_up(&self, message: String) {
        if self.state.get() != State::Over {
            self.end();
            (self.on_message)(FromWorker::Panicked { message });
        }
    }

    fn end(&self) {
        self.state.set(State::Over);
        self.waiting.take();
        if let Some(worker) = &self.worker {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(url: &str) -> Result<web_sys::Worker, JsValue> {
    let base = window().document().and_then(|document| document.base_uri().ok().flatten()).unwrap_or_default();
    let url = web_sys::Url::new_with_base(url, &base)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name("headroom");
    web_sys::Worker::new_with_options(&url.href(), &options)
}

/// A panic is reported twice, as a message with its text and as an error event without: the event
/// waits for the message.
fn report_later(inner: Weak<Inner>, message: String) {
    let report = Closure::once_into_js(move || {
        if let Some(inner) = inner.upgrade() {
            let what = if inner.state.get() == State::Starting { "did not start" } else { "broke" };
            // Browsers differ in how much they say of a script that cannot be fetched.
            inner.give_up(match message.as_str() {
                "" | "undefined" => format!("The simulator's worker {what}."),
                message => format!("The simulator's worker {what}: {message}"),
            });
        }
    });
    // A window without timers is no window.
    let _ =
        window().set_timeout_with_callback_and_timeout_and_arguments_0(report.unchecked_ref(), PANIC_MESSAGE_WAIT_MS);
}
