//! What runs inside the teller: a report comes, its findings go.
//!
//! It is a program of its own because nobody needs it before a run has ended: what puts numbers into
//! words would be a twentieth of what is fetched before anything is seen.

use super::{heard, post, report_panics, scope};
use crate::findings::findings;
use crate::protocol::{BUILD, FromWorker, Tell, decode};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::MessageEvent;

/// Starts listening.
pub fn run() {
    report_panics();
    let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Tell { run, report, document } = heard(&event);
        let report = decode(&report).unwrap_or_else(|error| panic!("the report: {error}"));
        let findings = findings(&report, &document);
        post(&scope(), &FromWorker::Told { run, findings });
    });
    scope().set_onmessage(Some(hear.as_ref().unchecked_ref()));
    // The teller listens for as long as it lives.
    hear.forget();
    post(&scope(), &FromWorker::Ready { build: BUILD.to_owned() });
}
