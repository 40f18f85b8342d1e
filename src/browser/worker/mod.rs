//! What runs inside the worker: a [`Session`] between two message queues.
//!
//! The session works in slices of a few milliseconds. Between two slices the worker goes back to
//! its event loop, so that a pause or a crash takes effect at once. When there is more to do it posts a
//! message to itself, because browsers delay timers by at least 4 ms.

use super::{bytes_of, transferable};
use crate::protocol::{BUILD, FromWorker, decode, encode};
use crate::session::Session;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

/// Starts listening; everything later happens in the worker's event loop.
pub fn run() {
    report_panics();
    let channel = MessageChannel::new().expect("workers have message channels");
    let worker = Rc::new(Worker {
        scope: scope(),
        session: RefCell::new(Session::new()),
        channel: channel.clone(),
        next_slice: Cell::new(NextSlice::None),
        slice_listener: RefCell::new(None),
    });

    let this = worker.clone();
    let slice_listener = Closure::<dyn FnMut()>::new(move || this.run_slice());
    channel.port1().set_onmessage(Some(slice_listener.as_ref().unchecked_ref()));
    worker.slice_listener.replace(Some(slice_listener));

    let this = worker.clone();
    let message_listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| this.receive(&event));
    // The worker listens until it is terminated.
    worker.scope.set_onmessage(Some(message_listener.into_js_value().unchecked_ref()));

    post(&worker.scope, &FromWorker::Ready { build: BUILD.to_owned() });
}

/// Reports panics to the page, which replaces the worker.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.to_string();
        console_error_panic_hook::hook(panic);
        post(&scope(), &FromWorker::Panicked { message });
    }));
}

/// The message of an event. Page and worker are of one build, so a message that cannot be decoded is a
/// bug.
fn decoded<M: DeserializeOwned>(event: &MessageEvent) -> M {
    decode(&bytes_of(event)).unwrap_or_else(|error| panic!("the page's message: {error}"))
}

struct Worker {
    scope: DedicatedWorkerGlobalScope,
    session: RefCell<Session>,
    channel: MessageChannel,
    next_slice: Cell<NextSlice>,
    /// Runs a slice; the message channel and timers call it.
    slice_listener: RefCell<Option<Closure<dyn FnMut()>>>,
}

/// What will run the next slice.
#[derive(Clone, Copy, PartialEq)]
enum NextSlice {
    /// Nothing, until a message of the page arrives.
    None,
    /// A message to itself that has been posted.
    Posted,
    /// The timer of this number.
    Timer(i32),
}

impl Worker {
    fn receive(&self, event: &MessageEvent) {
        let answers = self.session.borrow_mut().receive(decoded(event), self.now_ms());
        self.post_all(&answers);
        self.post_slice();
    }

    fn run_slice(&self) {
        self.next_slice.set(NextSlice::None);
        let step = self.session.borrow_mut().step(|| self.now_ms());
        self.post_all(&step.messages);
        match step.wait_ms {
            Some(wait_ms) if wait_ms > 0.0 => self.start_timer(wait_ms),
            Some(_) => self.post_slice(),
            None => {}
        }
    }

    /// Runs a slice after the messages that have already arrived.
    fn post_slice(&self) {
        match self.next_slice.get() {
            NextSlice::Posted => return,
            NextSlice::Timer(timer) => self.scope.clear_timeout_with_handle(timer),
            NextSlice::None => {}
        }
        self.channel.port2().post_message(&JsValue::NULL).expect("a message without content can be posted");
        self.next_slice.set(NextSlice::Posted);
    }

    /// Runs a slice in so many milliseconds.
    fn start_timer(&self, wait_ms: f64) {
        let listener = self.slice_listener.borrow();
        let Some(listener) = listener.as_ref() else { return };
        let number = self
            .scope
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                listener.as_ref().unchecked_ref(),
                (wait_ms.max(1.0) as i32).min(60_000),
            )
            .expect("workers have timers");
        self.next_slice.set(NextSlice::Timer(number));
    }

    fn post_all(&self, messages: &[FromWorker]) {
        for message in messages {
            post(&self.scope, message);
        }
    }

    /// Milliseconds since the worker started; monotonic.
    fn now_ms(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &FromWorker) {
    let (message, transferred) = transferable(&encode(message));
    // Posting bytes fails only when there is no memory left: then a report cannot be posted either.
    let _ = scope.post_message_with_transfer(&message, &transferred);
}
