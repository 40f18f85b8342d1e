//! Snapshots are drawn at animation frames, and the worker sends the next one only after the last was
//! drawn: a page that draws slowly gets fewer of them, and never has one waiting behind another.

use super::Run;
use crate::protocol::ToWorker;
use crate::report::snapshot::Snapshot;
use crate::views::state::now_ms;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// A snapshot that is drawn in this time leaves room for other frames, milliseconds.
const QUICK_MS: f64 = 34.0;
/// How much longer than drawing a snapshot took the page waits for the next one.
const REST: f64 = 1.5;

/// How long to wait for the next snapshot after one that took so long to draw: so that most of the time is
/// left for dots, gestures and typing.
fn rest(drawing_ms: f64) -> Duration {
    if drawing_ms <= QUICK_MS { Duration::ZERO } else { Duration::from_secs_f64(drawing_ms * REST / 1000.0) }
}

impl Run {
    /// Takes a snapshot, to be drawn at the next animation frame. A hidden page has none: its worker
    /// simulates on and sends the numbers when the page is seen again.
    pub(super) fn receive_snapshot(self, snapshot: Snapshot) {
        let is_first = self.undrawn.with_value(Vec::is_empty);
        self.undrawn.update_value(|undrawn| undrawn.push(snapshot));
        if is_first {
            request_animation_frame(move || self.draw_snapshots());
        }
    }

    /// Draws the snapshots that have arrived now, those of earlier runs excepted.
    pub(super) fn draw_snapshots(self) {
        let arrived = self.undrawn.try_update_value(std::mem::take).unwrap_or_default();
        let count = arrived.len();
        let current = self.current.get_value();
        let mut latest = None;
        for snapshot in arrived.into_iter().filter(|snapshot| snapshot.run == current) {
            if !snapshot.bins.series.is_empty() {
                self.series.update(|series| series.absorb(&snapshot.bins));
            }
            latest = Some(Arc::new(snapshot));
        }
        if latest.is_some() {
            self.snapshot.set(latest);
        }
        if count > 0 {
            let began_ms = now_ms();
            let say_drawn = move || (0..count).for_each(|_| self.post(ToWorker::SnapshotDrawn));
            // The frame after this one begins when this one has been painted.
            request_animation_frame(move || match rest(now_ms() - began_ms) {
                Duration::ZERO => say_drawn(),
                rest => set_timeout(say_drawn, rest),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_drawing_is_followed_by_rest() {
        assert_eq!(rest(17.0), Duration::ZERO);
        assert_eq!(rest(100.0), Duration::from_millis(150));
    }
}
