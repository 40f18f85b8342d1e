//! Pointer gestures: one machine, shared by the canvas, the timeline and the palette.
//!
//! A press starts a gesture (see [`crate::editor::pointer`]). The window's pointer events then go to that gesture, also
//! outside the element that was pressed. The gestures of the canvas are in the editor; others are beside the view
//! that starts them.

mod clicks;
mod surface;

pub use crate::editor::pointer::{Gesture, Next, Over, Pointer, Preview};

use super::state::{Ui, now_ms};
use crate::editor::geometry::Point;
use crate::editor::pointer::{Machine, Step};
use leptos::ev;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::rc::Rc;
use std::time::Duration;

/// The step of the edit history that a drag makes.
pub type HistoryStep = Step<Ui>;

/// How long a finger rests on something before that counts as a long press.
const LONG_PRESS: Duration = Duration::from_millis(550);

/// The machine and what its gesture shows; one for the page.
#[derive(Clone, Copy)]
pub struct Gestures {
    machine: StoredValue<Rc<Machine>, LocalStorage>,
    /// What the gesture in progress draws.
    pub preview: RwSignal<Preview>,
    long_press: StoredValue<Option<TimeoutHandle>>,
    /// Whether the space bar is held: a drag pans.
    pub space_held: RwSignal<bool>,
}

impl Default for Gestures {
    fn default() -> Gestures {
        Gestures {
            machine: StoredValue::new_local(Rc::default()),
            preview: RwSignal::new(Preview::None),
            long_press: StoredValue::new(None),
            space_held: RwSignal::new(false),
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
        self.start_boxed(event, Box::new(gesture));
    }

    /// The same.
    pub fn start_boxed(self, event: &web_sys::PointerEvent, gesture: Box<dyn Gesture>) {
        if self.is_active() {
            self.cancel();
        }
        self.press(event);
        self.machine.get_value().start(gesture);
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
        if self.space_held.get_untracked() != held {
            self.space_held.set(held);
        }
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
