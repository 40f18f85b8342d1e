//! The tabs of this browser that show the same document: which of them writes it, by a lock that the browser
//! keeps, and what they send each other.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::window;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

/// How a tab asks for the lock of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Only if no other tab has it now.
    IfFree,
    /// As soon as no other tab has it.
    WhenFree,
    /// At once: the tab that has it loses it.
    Take,
}

/// What becomes of a request for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This tab has the lock until it gives it back, is closed, or loses it.
    Granted,
    /// Another tab has it.
    Busy,
    /// Another tab has taken it.
    Lost,
}

/// A lock that this tab has or waits for.
pub struct Lock {
    state: Rc<RefCell<State>>,
    queue: AbortController,
}

#[derive(Default)]
struct State {
    /// Ends the promise by which the browser keeps the lock for this tab.
    release: Option<Function>,
    is_given_back: bool,
}

impl Lock {
    /// Asks for the lock of a document. `None` where the browser has no locks: then every tab writes. Without an
    /// answer it is the same.
    pub fn ask(id: &str, ask: Ask, answer: impl Fn(Answer) + 'static) -> Option<Lock> {
        let locks = Reflect::get(&window().navigator(), &"locks".into()).ok().filter(JsValue::is_object)?;
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let lock = Lock { state: Rc::default(), queue: AbortController::new().ok()? };
        let options = Object::new();
        let (key, value) = match ask {
            Ask::IfFree => ("ifAvailable", JsValue::TRUE),
            Ask::WhenFree => ("signal", lock.queue.signal().into()),
            Ask::Take => ("steal", JsValue::TRUE),
        };
        Reflect::set(&options, &key.into(), &value).ok()?;
        let answer = Rc::new(answer);
        let (state, granted) = (lock.state.clone(), answer.clone());
        let on_lock = Closure::once_into_js(move |it: JsValue| -> Promise {
            if it.is_null() || state.borrow().is_given_back {
                if it.is_null() {
                    granted(Answer::Busy);
                }
                return Promise::resolve(&JsValue::UNDEFINED);
            }
            let held = Promise::new(&mut |resolve, _| state.borrow_mut().release = Some(resolve));
            granted(Answer::Granted);
            held
        });
        let name = format!("headroom {id}");
        let promise: Promise = request.call3(&locks, &name.into(), &options, &on_lock).ok()?.dyn_into().ok()?;
        let state = lock.state.clone();
        spawn_local(async move {
            // It fails when another tab takes the lock; before it was granted, when this tab no longer waits for it,
            // and at once where the browser forbids locks, as in a sandboxed frame: then every tab writes.
            let failed = JsFuture::from(promise).await.is_err();
            if failed && state.borrow().release.is_some() {
                answer(Answer::Lost);
            }
        });
        Some(lock)
    }

    /// Gives the lock back, or stops waiting for it.
    pub fn give_back(&self) {
        let mut state = self.state.borrow_mut();
        state.is_given_back = true;
        match state.release.take() {
            Some(release) => drop(release.call0(&JsValue::NULL)),
            None => self.queue.abort(),
        }
    }
}

/// What tabs send each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum News {
    /// A document was stored, with this text.
    Saved {
        /// The document's id.
        id: String,
        /// As [`codec::save`](crate::codec::save) writes it.
        text: String,
    },
    /// A document was deleted.
    Deleted {
        /// The document's id.
        id: String,
    },
    /// The deletion of a document was undone.
    PutBack {
        /// The document's id.
        id: String,
    },
    /// Who writes a document is asked for; what is not stored yet is to be stored.
    Asked {
        /// The document's id.
        id: String,
    },
    /// The tab that says so writes a document.
    Writing {
        /// The document's id.
        id: String,
        /// When that tab was opened, as people read it.
        opened: String,
    },
}

/// The channel between the tabs of this page.
pub struct Channel(BroadcastChannel);

impl Channel {
    /// Joins the channel. `None` where the browser has none, or forbids it.
    pub fn join(receive: impl Fn(News) + 'static) -> Option<Channel> {
        let channel = BroadcastChannel::new("headroom").ok()?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // A tab with another build may say what this one does not know.
            if let Some(news) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                receive(news);
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        Some(Channel(channel))
    }

    /// Sends news to the other tabs.
    pub fn send(&self, news: &News) {
        if let Ok(text) = serde_json::to_string(news) {
            // The only failure is a closed channel, which this one never is.
            let _ = self.0.post_message(&text.into());
        }
    }
}
