//! Dragging along the track: the bar of a fault, the whole of it or one of its ends, and the mark of a change.

use super::Track;
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

/// Something on the track is dragged along it. `slide` applies what it is by so many seconds from where it was.
pub struct DragAlong<F> {
    track: Track,
    slide: F,
    /// Where it was pressed, client coordinates.
    from_x: f64,
    step: HistoryStep,
}

impl<F: Fn(f64)> DragAlong<F> {
    /// A drag along a track.
    pub fn new(track: Track, slide: F) -> DragAlong<F> {
        DragAlong { track, slide, from_x: 0.0, step: HistoryStep::new(track.ui) }
    }
}

impl<F: Fn(f64)> Gesture for DragAlong<F> {
    fn start(&mut self, pointer: &Pointer) {
        self.from_x = pointer.client[0];
    }

    fn moved(&mut self, pointer: &Pointer) {
        if !pointer.dragged {
            return;
        }
        self.step.open();
        (self.slide)(self.track.seconds(pointer.client[0] - self.from_x));
    }

    fn end(&mut self, _: &Pointer) -> Next {
        self.step.commit();
        Next::Done
    }

    fn cancel(&mut self) {
        self.step.cancel();
    }
}

/// How far an arrow key moves something along the track, seconds; `None` for another key.
pub fn arrow_step(event: &web_sys::KeyboardEvent) -> Option<f64> {
    let step = if event.shift_key() { 10.0 } else { 1.0 };
    match event.key().as_str() {
        "ArrowLeft" => Some(-step),
        "ArrowRight" => Some(step),
        _ => None,
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
