//! The gesture in progress, and the facts about presses that gestures have in common.
//!
//! A gesture may change the document, and what follows from that may cancel the gesture while it is
//! at work (opening another document does). So it is taken out of the machine for each call, and
//! put back only if nothing was started or cancelled in the meantime.

use super::{Gesture, Next, Pointer};
use crate::editor::geometry::{Point, distance};
use std::cell::RefCell;

/// How far the pointer may move before a press becomes a drag, screen pixels.
const DRAG_THRESHOLD: f64 = 4.0;
/// Two presses on the same thing within this time are a double press, milliseconds.
const DOUBLE_PRESS_MS: f64 = 400.0;

/// The gesture in progress.
#[derive(Default)]
pub struct Machine {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    current: Option<Box<dyn Gesture>>,
    /// Counts starts and cancellations.
    generation: u64,
    /// The current gesture goes on without a button held.
    is_following: bool,
    pressed_at: Point,
    dragged: bool,
    /// Fingers on the canvas, by pointer id.
    fingers: Vec<(i32, Point)>,
    /// What was pressed last, and when, milliseconds.
    last_press: Option<(String, f64)>,
}

impl State {
    fn pointer(&self, client: Point) -> Pointer {
        Pointer { client, dragged: self.dragged, fingers: self.fingers.iter().map(|(_, at)| *at).collect() }
    }

    /// Takes a new position in.
    fn follow(&mut self, id: i32, client: Point) {
        if let Some(finger) = self.fingers.iter_mut().find(|(finger, _)| *finger == id) {
            finger.1 = client;
        }
        self.dragged |= distance(self.pressed_at, client) > DRAG_THRESHOLD;
    }
}

impl Machine {
    /// Whether a gesture is in progress.
    pub fn is_active(&self) -> bool {
        self.state.borrow().current.is_some()
    }

    /// Whether the gesture in progress goes on without a button held.
    pub fn is_following(&self) -> bool {
        let state = self.state.borrow();
        state.current.is_some() && state.is_following
    }

    /// Whether the pointer has moved further than the threshold since the last press.
    pub fn was_dragged(&self) -> bool {
        self.state.borrow().dragged
    }

    /// A button is pressed, or a finger put down.
    pub fn press(&self, client: Point) {
        let mut state = self.state.borrow_mut();
        state.pressed_at = client;
        state.dragged = false;
    }

    /// Records a finger on the canvas. Returns how many there are.
    pub fn put_down(&self, id: i32, client: Point) -> usize {
        // A finger whose lifting was missed is not counted twice.
        self.lift(id);
        let mut state = self.state.borrow_mut();
        state.fingers.push((id, client));
        state.fingers.len()
    }

    /// A finger is lifted.
    pub fn lift(&self, id: i32) {
        self.state.borrow_mut().fingers.retain(|(finger, _)| *finger != id);
    }

    /// Whether this press is the second on the same target in short time. A third press in a row is
    /// a first one again.
    pub fn is_double_press(&self, target: &str, now_ms: f64) -> bool {
        let mut state = self.state.borrow_mut();
        let is_double = state
            .last_press
            .as_ref()
            .is_some_and(|(last, pressed_ms)| last == target && now_ms - pressed_ms < DOUBLE_PRESS_MS);
        state.last_press = (!is_double).then(|| (target.to_owned(), now_ms));
        is_double
    }

    /// Starts a gesture where the pointer was pressed; one that is in progress is cancelled.
    pub fn start(&self, mut gesture: Box<dyn Gesture>) {
        self.cancel();
        let (pointer, generation) = {
            let mut state = self.state.borrow_mut();
            state.generation += 1;
            state.is_following = false;
            (state.pointer(state.pressed_at), state.generation)
        };
        gesture.start(&pointer);
        self.put_back(gesture, generation);
    }

    /// The pointer of this id moved.
    pub fn moved(&self, id: i32, client: Point) {
        if let Some((mut gesture, pointer, generation)) = self.take(id, client) {
            gesture.moved(&pointer);
            self.put_back(gesture, generation);
        }
    }

    /// The pointer of this id was released.
    pub fn released(&self, id: i32, client: Point) {
        if let Some((mut gesture, pointer, generation)) = self.take(id, client) {
            // A finger that taps has not moved to where it is: what it is over is found now.
            gesture.moved(&pointer);
            if self.state.borrow().generation == generation && gesture.end(&pointer) == Next::Follow {
                self.put_back(gesture, generation);
                self.state.borrow_mut().is_following = true;
            }
        }
        self.lift(id);
    }

    /// Cancels the gesture in progress.
    pub fn cancel(&self) {
        let current = {
            let mut state = self.state.borrow_mut();
            state.generation += 1;
            state.current.take()
        };
        if let Some(mut gesture) = current {
            gesture.cancel();
        }
    }

    fn take(&self, id: i32, client: Point) -> Option<(Box<dyn Gesture>, Pointer, u64)> {
        let mut state = self.state.borrow_mut();
        state.follow(id, client);
        let gesture = state.current.take()?;
        Some((gesture, state.pointer(client), state.generation))
    }

    fn put_back(&self, gesture: Box<dyn Gesture>, generation: u64) {
        let mut state = self.state.borrow_mut();
        if state.generation == generation {
            state.current = Some(gesture);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    type Log = Rc<RefCell<Vec<String>>>;

    /// Records the calls of its methods; follows the pointer after a click.
    struct Recorder {
        name: &'static str,
        log: Log,
        follows: bool,
    }

    impl Recorder {
        fn record(&self, what: &str, pointer: &Pointer) {
            let dragged = if pointer.dragged { " dragged" } else { "" };
            self.log.borrow_mut().push(format!("{} {what} at {}{dragged}", self.name, pointer.client[0]));
        }
    }

    impl Gesture for Recorder {
        fn start(&mut self, pointer: &Pointer) {
            self.record("starts", pointer);
        }

        fn moved(&mut self, pointer: &Pointer) {
            self.record("moves", pointer);
        }

        fn end(&mut self, pointer: &Pointer) -> Next {
            self.record("ends", pointer);
            let follows = std::mem::take(&mut self.follows) && !pointer.dragged;
            if follows { Next::Follow } else { Next::Done }
        }

        fn cancel(&mut self) {
            self.log.borrow_mut().push(format!("{} is cancelled", self.name));
        }
    }

    fn machine() -> (Machine, Log) {
        (Machine::default(), Log::default())
    }

    fn start(machine: &Machine, log: &Log, name: &'static str, x: f64) {
        machine.press([x, 0.0]);
        machine.start(Box::new(Recorder { name, log: log.clone(), follows: false }));
    }

    #[test]
    fn a_press_becomes_a_drag_beyond_the_threshold_and_stays_one() {
        let (machine, log) = machine();
        start(&machine, &log, "pan", 10.0);
        machine.moved(1, [14.0, 0.0]);
        machine.moved(1, [15.0, 0.0]);
        machine.released(1, [10.0, 0.0]);
        machine.moved(1, [99.0, 0.0]);
        let expected = [
            "pan starts at 10",
            "pan moves at 14",
            "pan moves at 15 dragged",
            "pan moves at 10 dragged",
            "pan ends at 10 dragged",
        ];
        assert_eq!(*log.borrow(), expected);
        assert!(machine.was_dragged() && !machine.is_active());
    }

    #[test]
    fn a_new_press_is_no_drag() {
        let (machine, log) = machine();
        start(&machine, &log, "pan", 0.0);
        machine.released(1, [50.0, 0.0]);
        machine.press([50.0, 0.0]);
        assert!(!machine.was_dragged());
    }

    #[test]
    fn a_cancelled_gesture_gets_no_more_moves_and_no_end() {
        let (machine, log) = machine();
        start(&machine, &log, "marquee", 0.0);
        machine.cancel();
        machine.cancel();
        machine.moved(1, [9.0, 0.0]);
        machine.released(1, [9.0, 0.0]);
        assert_eq!(*log.borrow(), ["marquee starts at 0", "marquee is cancelled"]);
    }

    #[test]
    fn starting_a_gesture_cancels_the_one_in_progress() {
        let (machine, log) = machine();
        start(&machine, &log, "move", 0.0);
        start(&machine, &log, "pinch", 1.0);
        assert_eq!(*log.borrow(), ["move starts at 0", "move is cancelled", "pinch starts at 1"]);
    }

    #[test]
    fn a_gesture_that_follows_goes_on_until_the_next_release() {
        let (machine, log) = machine();
        machine.start(Box::new(Recorder { name: "link", log: log.clone(), follows: true }));
        machine.released(1, [0.0, 0.0]);
        assert!(machine.is_following());
        machine.moved(1, [40.0, 0.0]);
        machine.press([40.0, 0.0]);
        machine.released(1, [40.0, 0.0]);
        assert!(!machine.is_active() && !machine.is_following());
        assert_eq!(log.borrow().last().map(String::as_str), Some("link ends at 40"));
    }

    #[test]
    fn a_gesture_cancelled_while_it_handles_a_move_does_not_come_back() {
        struct Cancels(Rc<Machine>);
        impl Gesture for Cancels {
            fn start(&mut self, _: &Pointer) {}
            fn moved(&mut self, _: &Pointer) {
                self.0.cancel();
            }
            fn end(&mut self, _: &Pointer) -> Next {
                panic!("it was cancelled")
            }
            fn cancel(&mut self) {}
        }
        let machine = Rc::new(Machine::default());
        machine.start(Box::new(Cancels(machine.clone())));
        machine.released(1, [0.0, 0.0]);
        assert!(!machine.is_active());
    }

    #[test]
    fn fingers_are_counted_and_followed_by_their_ids() {
        let (machine, log) = machine();
        assert_eq!(machine.put_down(7, [0.0, 0.0]), 1);
        assert_eq!(machine.put_down(7, [1.0, 0.0]), 1, "its lifting was missed");
        assert_eq!(machine.put_down(8, [5.0, 0.0]), 2);
        start(&machine, &log, "pinch", 5.0);
        machine.moved(7, [2.0, 0.0]);
        assert_eq!(machine.state.borrow().pointer([0.0, 0.0]).fingers, [[2.0, 0.0], [5.0, 0.0]]);
        machine.released(8, [5.0, 0.0]);
        assert_eq!(machine.put_down(9, [5.0, 0.0]), 2);
    }

    #[test]
    fn two_presses_on_the_same_node_in_short_time_are_a_double_press() {
        let (machine, _) = machine();
        assert!(!machine.is_double_press("a", 0.0));
        assert!(machine.is_double_press("a", 399.0));
        assert!(!machine.is_double_press("a", 500.0), "the third press is a first one");
        assert!(!machine.is_double_press("b", 600.0), "another node");
        assert!(!machine.is_double_press("b", 1100.0), "too late");
    }
}
