//! A run under way, told what to do (skeleton).

use crate::protocol::{FromWorker, ToWorker};

/// A run under way (skeleton).
#[derive(Debug, Default)]
pub struct Session {}

/// What a slice brought.
#[derive(Debug)]
pub struct Step {
    /// What to tell the page.
    pub messages: Vec<FromWorker>,
    /// When to go on: at once, in so many milliseconds, or when the page says something.
    pub wait_ms: Option<f64>,
}

impl Session {
    /// Nothing loaded.
    pub fn new() -> Session {
        Session::default()
    }

    /// Hears a message.
    pub fn receive(&mut self, message: ToWorker, wall_ms: f64) -> Vec<FromWorker> {
        let _ = (message, wall_ms);
        Vec::new()
    }

    /// Does a slice of work.
    pub fn step(&mut self, wall_ms: f64) -> Step {
        let _ = wall_ms;
        Step { messages: Vec::new(), wait_ms: None }
    }
}
