//! What runs inside the worker: a [`Session`] between two message queues.
//!
//! The session works in slices of a few milliseconds. Between two slices the worker goes back to
//! its event loop, so that a pause or a crash is handled at once; when there is more to do it comes
//! back by a message to itself, because timers are held back to 4 ms each.

use super::{bytes_of, posted};
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
    let side = Rc::new(Side {
        scope: scope(),
        session: RefCell::new(Session::new()),
        channel: channel.clone(),
        next: Cell::new(Next::Message),
        again: RefCell::new(None),
    });

    let slicing = side.clone();
    let slice = Closure::<dyn FnMut()>::new(move || slicing.slice());
    channel.port1().set_onmessage(Some(slice.as_ref().unchecked_ref()));
    side.again.replace(Some(slice));

    let receiving = side.clone();
    let receive = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| receiving.receive(&event));
    // The worker listens for as long as it exists.
    side.scope.set_onmessage(Some(receive.into_js_value().unchecked_ref()));

    post(&side.scope, &FromWorker::Ready { build: BUILD.to_owned() });
}

/// Sends the message of a panic to the page, which replaces the worker.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.to_string();
        console_error_panic_hook::hook(panic);
        post(&scope(), &FromWorker::Panicked { message });
    }));
}

/// The message that an event carries. Page and worker are of one build, so a message that cannot be
/// decoded is a bug.
fn message_of<M: DeserializeOwned>(event: &MessageEvent) -> M {
    decode(&bytes_of(event)).unwrap_or_else(|error| panic!("the page's message: {error}"))
}

struct Side {
    scope: DedicatedWorkerGlobalScope,
    session: RefCell<Session>,
    channel: MessageChannel,
    next: Cell<Next>,
    /// Runs a slice; the message channel and timers call it.
    again: RefCell<Option<Closure<dyn FnMut()>>>,
}

/// What will run the next slice.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    /// Nothing, until the page sends a message.
    Message,
    /// A message to itself that is on its way.
    Soon,
    /// The timer of this number.
    Timer(i32),
}

impl Side {
    fn receive(&self, event: &MessageEvent) {
        let answers = self.session.borrow_mut().receive(message_of(event), self.now_ms());
        self.post_all(&answers);
        self.soon();
    }

    fn slice(&self) {
        self.next.set(Next::Message);
        let step = self.session.borrow_mut().step(|| self.now_ms());
        self.post_all(&step.messages);
        match step.wait_ms {
            Some(wait_ms) if wait_ms > 0.0 => self.after(wait_ms),
            Some(_) => self.soon(),
            None => {}
        }
    }

    /// Runs a slice after the messages that are waiting.
    fn soon(&self) {
        match self.next.get() {
            Next::Soon => return,
            Next::Timer(timer) => self.scope.clear_timeout_with_handle(timer),
            Next::Message => {}
        }
        self.channel.port2().post_message(&JsValue::NULL).expect("a message without content can be posted");
        self.next.set(Next::Soon);
    }

    fn after(&self, wait_ms: f64) {
        let again = self.again.borrow();
        let Some(slice) = again.as_ref() else { return };
        let number = self
            .scope
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                slice.as_ref().unchecked_ref(),
                (wait_ms.max(1.0) as i32).min(60_000),
            )
            .expect("workers have timers");
        self.next.set(Next::Timer(number));
    }

    fn post_all(&self, messages: &[FromWorker]) {
        for message in messages {
            post(&self.scope, message);
        }
    }

    /// Milliseconds since the worker started, which never go backwards.
    fn now_ms(&self) -> f64 {
        self.scope.performance().map_or(0.0, |performance| performance.now())
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &FromWorker) {
    let (message, given_away) = posted(&encode(message));
    // Posting bytes fails only when memory is short, and then no message would arrive.
    let _ = scope.post_message_with_transfer(&message, &given_away);
}
