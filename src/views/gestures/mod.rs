//! Pointer gestures: one machine, shared by the canvas, the timeline and the palette.
//!
//! A press starts a [`Gesture`]. The window's pointer events then go to that gesture, also outside
//! the element that was pressed, until the pointer is released (`end`), or until Escape, a lost
//! pointer or another gesture cancels it (`cancel`, which restores what was there before). What a
//! gesture draws while it is in progress is its [`Preview`]; views read only that.
//!
//! Each gesture is in a file of its own beside the view that starts it.

mod clicks;
mod machine;
mod preview;

pub use preview::{Over, Preview};

use super::state::{Ui, now_ms};
use crate::editor::geometry::Point;
use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use machine::Machine;
use std::rc::Rc;
use std::time::Duration;

/// How long a finger rests on something before that counts as a long press.
const LONG_PRESS: Duration = Duration::from_millis(550);

/// Where the pointer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pointer {
    /// Position in client coordinates, CSS pixels.
    pub client: Point,
    /// Whether it has moved so far since the press that this is a drag; a press that has not is
    /// a click.
    pub dragged: bool,
    /// Client positions of the fingers on the canvas, in the order in which they were put down.
    pub fingers: Vec<Point>,
}

/// What happens to a gesture when the pointer is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The gesture is over.
    Done,
    /// The gesture follows the pointer without a button held, until the next release.
    Follow,
}

/// What the pointer does between a press and its release.
///
/// The machine calls `start` once, `moved` for each move, and then either `end` or `cancel`.
/// Before `end` it calls `moved` with the final position.
pub trait Gesture {
    /// The pointer was pressed.
    fn start(&mut self, pointer: &Pointer);

    /// The pointer moved.
    fn moved(&mut self, pointer: &Pointer);

    /// The pointer was released.
    fn end(&mut self, pointer: &Pointer) -> Next;

    /// The gesture is given up: restores what was there before.
    fn cancel(&mut self);
}

/// The machine and what its gesture shows; one for the page.
#[derive(Clone, Copy)]
pub struct Gestures {
    machine: StoredValue<Rc<Machine>, LocalStorage>,
    /// What the gesture in progress draws.
    pub preview: RwSignal<Preview>,
    long_press: StoredValue<Option<TimeoutHandle>>,
    space_held: StoredValue<bool>,
}

impl Default for Gestures {
    fn default() -> Gestures {
        Gestures {
            machine: StoredValue::new_local(Rc::default()),
            preview: RwSignal::new(Preview::None),
            long_press: StoredValue::new(None),
            space_held: StoredValue::new(false),
        }
    }
}

impl Gestures {
    /// Listens to the window's pointer from now on.
    pub fn listen(self) {
        clicks::listen();
        window_event_listener(ev::pointermove, move |event| self.moved(&event));
        window_event_listener(ev::pointerup, move |event| self.released(&event));
        window_event_listener(ev::pointercancel, move |event| {
            self.machine.get_value().lift(event.pointer_id());
            self.cancel();
        });
    }

    /// Starts a gesture with this press; one that is in progress is cancelled.
    pub fn start(self, event: &web_sys::PointerEvent, gesture: impl Gesture + 'static) {
        if self.is_active() {
            self.cancel();
        }
        self.press(event);
        self.machine.get_value().start(Box::new(gesture));
    }

    /// Records a press that starts no gesture.
    pub fn press(self, event: &web_sys::PointerEvent) {
        self.machine.get_value().press(client(event));
    }

    /// Records a finger that is put down on the canvas. Returns how many there are.
    pub fn put_down(self, event: &web_sys::PointerEvent) -> usize {
        self.machine.get_value().put_down(event.pointer_id(), client(event))
    }

    /// Does something when the pointer of this press rests where it is for a while.
    pub fn on_long_press(self, event: &web_sys::PointerEvent, act: impl FnOnce() + 'static) {
        self.end_long_press();
        self.press(event);
        let act = move || {
            self.long_press.set_value(None);
            self.cancel();
            act();
        };
        self.long_press.set_value(set_timeout_with_handle(act, LONG_PRESS).ok());
    }

    /// Gives the gesture in progress up and restores what was there before.
    pub fn cancel(self) {
        self.end_long_press();
        self.machine.get_value().cancel();
        self.clear_preview();
    }

    /// Whether a gesture is in progress.
    pub fn is_active(self) -> bool {
        self.machine.get_value().is_active()
    }

    /// Whether the gesture in progress follows the pointer without a button held, so that the next
    /// press and release end it.
    pub fn is_following(self) -> bool {
        self.machine.get_value().is_following()
    }

    /// Whether the last press became a drag, so that the click after it counts for nothing.
    pub fn was_dragged(self) -> bool {
        self.machine.get_value().was_dragged()
    }

    /// Whether this press is the second on the same thing within the time of a double click.
    pub fn is_double_press(self, target: &str) -> bool {
        self.machine.get_value().is_double_press(target, now_ms())
    }

    /// The space bar is pressed or released: while it is held, a drag pans the canvas.
    pub fn hold_space(self, held: bool) {
        self.space_held.set_value(held);
    }

    /// Whether the space bar is held.
    pub fn is_space_held(self) -> bool {
        self.space_held.get_value()
    }

    fn moved(self, event: &web_sys::PointerEvent) {
        let machine = self.machine.get_value();
        machine.moved(event.pointer_id(), client(event));
        if machine.was_dragged() {
            self.end_long_press();
        }
    }

    fn released(self, event: &web_sys::PointerEvent) {
        self.end_long_press();
        let machine = self.machine.get_value();
        machine.released(event.pointer_id(), client(event));
        if !machine.is_active() {
            self.clear_preview();
        }
    }

    fn clear_preview(self) {
        if self.preview.with_untracked(|preview| *preview != Preview::None) {
            self.preview.set(Preview::None);
        }
    }

    fn end_long_press(self) {
        if let Some(handle) = self.long_press.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}

/// The position of a mouse or pointer event in client coordinates, CSS pixels.
pub fn client(event: &web_sys::MouseEvent) -> Point {
    [f64::from(event.client_x()), f64::from(event.client_y())]
}

/// The step of the edit history that a drag makes: opened with its first change.
pub struct HistoryStep {
    ui: Ui,
    is_open: bool,
}

impl HistoryStep {
    /// A step that is not open yet.
    pub fn new(ui: Ui) -> HistoryStep {
        HistoryStep { ui, is_open: false }
    }

    /// Opens the step: what follows is undone together.
    pub fn open(&mut self) {
        if !self.is_open {
            self.is_open = true;
            self.ui.editing.begin();
        }
    }

    /// Closes the step. Returns whether it was open.
    pub fn commit(&mut self) -> bool {
        let was_open = std::mem::take(&mut self.is_open);
        if was_open {
            self.ui.editing.commit();
        }
        was_open
    }

    /// Closes the step and restores what was there before it.
    pub fn cancel(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.ui.editing.cancel();
        }
    }
}
