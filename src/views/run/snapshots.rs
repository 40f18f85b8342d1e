//! Snapshots are drawn at animation frames, and the worker sends the next one only after the last was
//! drawn: a page that draws slowly gets fewer of them, and never has one waiting behind another.

use super::Run;
use crate::protocol::ToWorker;
use crate::report::snapshot::Snapshot;
use leptos::prelude::*;
use std::sync::Arc;

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
        let current = self.number.get_value();
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
            // The frame after this one begins when this one has been painted.
            request_animation_frame(move || (0..count).for_each(|_| self.post(ToWorker::SnapshotDrawn)));
        }
    }
}
