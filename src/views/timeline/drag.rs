//! Dragging the bar of a fault: the whole of it, or one of its ends.

use super::Track;
use crate::editor::Command;
use crate::model::Fault;
use crate::views::gestures::{Gesture, HistoryStep, Next, Pointer};

/// Which part of a bar is dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// All of it: the duration stays.
    Whole,
    /// Its start: the end stays.
    Start,
    /// Its end: the start stays.
    End,
}

/// What times are rounded to, seconds: to tenths of a second in short runs, to more in long ones.
fn step(end_s: f64) -> f64 {
    if end_s <= 120.0 {
        0.1
    } else if end_s <= 1200.0 {
        0.5
    } else {
        (end_s / 1200.0).ceil()
    }
}

/// So many steps as seconds, without the errors of binary fractions.
fn seconds(steps: f64, end_s: f64) -> f64 {
    (steps * step(end_s) * 1000.0).round() / 1000.0
}

/// A time rounded as dragging does.
pub fn rounded(time_s: f64, end_s: f64) -> f64 {
    seconds((time_s / step(end_s)).round(), end_s)
}

/// A time rounded to the same steps, and never into the past.
pub fn rounded_up(time_s: f64, end_s: f64) -> f64 {
    // A time that is a step but for the error of its binary fraction stays that step.
    seconds((time_s / step(end_s) - 1e-6).ceil().max(0.0), end_s)
}

/// Start and duration of a fault whose bar was dragged by so many seconds; it stays within the run.
pub fn dragged(fault: &Fault, grip: Grip, by_s: f64, end_s: f64) -> (f64, Option<f64>) {
    let stop_s = fault.duration_s.map_or(end_s, |duration_s| fault.start_s + duration_s);
    let shortest_s = rounded(end_s / 1200.0, end_s).max(0.1);
    match grip {
        Grip::Whole => {
            let start_s = rounded((fault.start_s + by_s).clamp(0.0, end_s), end_s);
            (start_s, fault.duration_s)
        }
        Grip::Start => {
            let start_s = rounded((fault.start_s + by_s).clamp(0.0, (stop_s - shortest_s).max(0.0)), end_s);
            let duration_s = ((stop_s - start_s) * 1000.0).round() / 1000.0;
            (start_s, fault.duration_s.map(|_| duration_s))
        }
        Grip::End => {
            let stop_s = rounded(
                (stop_s + by_s).clamp(fault.start_s + shortest_s, end_s.max(fault.start_s + shortest_s)),
                end_s,
            );
            (fault.start_s, Some(((stop_s - fault.start_s) * 1000.0).round() / 1000.0))
        }
    }
}

/// The bar of a fault is dragged.
pub struct DragBar {
    track: Track,
    index: usize,
    grip: Grip,
    /// The fault before the drag.
    fault: Fault,
    /// Where the bar was pressed, client coordinates.
    from_x: f64,
    step: HistoryStep,
}

impl DragBar {
    /// The bar of the fault at this index of the document.
    pub fn new(track: Track, index: usize, grip: Grip, fault: Fault) -> DragBar {
        DragBar { track, index, grip, fault, from_x: 0.0, step: HistoryStep::new(track.ui) }
    }
}

impl Gesture for DragBar {
    fn start(&mut self, pointer: &Pointer) {
        self.from_x = pointer.client[0];
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        self.step.open();
        let by_s = self.track.seconds(pointer.client[0] - self.from_x);
        let (start_s, duration_s) = dragged(&self.fault, self.grip, by_s, self.track.end_s());
        self.track.ui.editing.apply(Command::MoveFault { index: self.index, start_s, duration_s });
    }

    fn end(&mut self, _: &Pointer) -> Next {
        self.step.commit();
        Next::Done
    }

    fn cancel(&mut self) {
        self.step.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(start_s: f64, duration_s: Option<f64>) -> Fault {
        Fault { fault: "crash".to_owned(), start_s, duration_s, params: serde_json::Map::new() }
    }

    #[test]
    fn a_time_is_not_rounded_into_the_past() {
        let times = [0.0, 3.2, 3.5, 3.51].map(|now_s| rounded_up(now_s, 300.0));
        assert_eq!(times, [0.0, 3.5, 3.5, 4.0]);
        assert_eq!([0.3, 0.31].map(|now_s| rounded_up(now_s, 60.0)), [0.3, 0.4]);
    }

    #[test]
    fn a_bar_stays_within_the_run_and_keeps_a_duration() {
        let bar = fault(30.0, Some(10.0));
        assert_eq!(dragged(&bar, Grip::Whole, 5.04, 120.0), (35.0, Some(10.0)));
        assert_eq!(dragged(&bar, Grip::Whole, -99.0, 120.0), (0.0, Some(10.0)));
        assert_eq!(dragged(&bar, Grip::Start, 4.0, 120.0), (34.0, Some(6.0)));
        assert_eq!(dragged(&bar, Grip::Start, 40.0, 120.0), (39.9, Some(0.1)));
        assert_eq!(dragged(&bar, Grip::End, -4.0, 120.0), (30.0, Some(6.0)));
        assert_eq!(dragged(&bar, Grip::End, -40.0, 120.0), (30.0, Some(0.1)));
        assert_eq!(dragged(&bar, Grip::End, 400.0, 120.0), (30.0, Some(90.0)));
        let open = fault(30.0, None);
        assert_eq!(dragged(&open, Grip::Whole, 5.0, 120.0), (35.0, None));
        assert_eq!(dragged(&open, Grip::Start, 5.0, 120.0), (35.0, None));
        assert_eq!(dragged(&open, Grip::End, -20.0, 120.0), (30.0, Some(70.0)));
    }
}
