//! The simulation as the page sees it: a worker that is given a document to run, and its answers.
//!
//! The worker holds a copy of the document as it was when it was loaded, plus the live faults
//! that were recorded since. Whenever the document no longer means the same run, it is loaded
//! again under a new number, and messages of the old number are ignored.

mod signals;
mod worker;

pub use signals::Run;

use super::state::Ui;
use crate::editor::Command;
use crate::fault::{FaultEffect, LiveTarget};
use crate::faults::active::{active, all_active};
use crate::faults::partition::Partition;
use crate::faults::{self, AnyFault, LiveChoice, PartitionDirection};
use crate::model::{Fault, Params, Place};
use crate::protocol::ToWorker;
use leptos::prelude::*;

/// The speeds to choose from, simulated seconds a second; `None` is as fast as the computer can.
pub const SPEEDS: [(Option<f64>, &str); 8] = [
    (Some(0.1), "0.1×"),
    (Some(0.5), "0.5×"),
    (Some(1.0), "1×"),
    (Some(2.0), "2×"),
    (Some(4.0), "4×"),
    (Some(10.0), "10×"),
    (Some(100.0), "100×"),
    (None, "Max speed"),
];

impl Ui {
    /// Whether the run has not begun, so that a fault is a plan and not an event.
    fn at_start(self) -> bool {
        !self.run.playing.get_untracked() && untrack(|| self.run.now_s()) == 0.0
    }

    /// Injects a fault now, until it is ended; before the run has begun it is planned for its
    /// start.
    fn inject(self, fault: &str, params: Params) {
        let fault = Fault { fault: fault.to_owned(), start_s: untrack(|| self.run.now_s()), duration_s: None, params };
        if untrack(|| self.run.finished()) {
            self.tell("The run has ended: press Run, then inject faults while it runs.");
        } else if self.at_start() || self.run.loaded.with_untracked(Option::is_none) {
            self.edit(Command::AddFault(fault));
        } else {
            self.run.synchronize();
            self.run.post(ToWorker::Break(fault));
        }
    }

    fn heal(self, index: Option<usize>) {
        let Some(index) = index else { return };
        if self.at_start() || self.run.loaded.with_untracked(Option::is_none) {
            self.edit(Command::RemoveFault(index));
        } else if untrack(|| self.run.finished()) {
            self.tell("The run has ended: remove the fault from the list, or press Run.");
        } else {
            self.run.synchronize();
            self.run.post(ToWorker::Heal(index));
        }
    }

    /// What can be injected at these places now, or ended.
    pub fn live(self, places: &[Place]) -> Vec<LiveChoice> {
        let now_s = self.run.now_s();
        self.editing.document.with(|document| faults::live(&LiveTarget { document, places, now_s }))
    }

    /// Injects what was chosen, or ends it where it is active.
    pub fn inject_or_end(self, choice: &LiveChoice) {
        match choice.end {
            Some((_, Some(index))) => {
                self.heal(Some(index));
                self.say("Restored");
            }
            _ => {
                self.inject(choice.fault, choice.params.clone());
                self.say(choice.done);
            }
        }
    }

    /// Partitions links now, in one fault: for all messages over them, or for one direction.
    pub fn cut(self, links: impl IntoIterator<Item = String>, direction: PartitionDirection) {
        let fault = AnyFault::Partition(Partition::of_links(links.into_iter().collect(), direction));
        self.inject(fault.info().id, fault.params());
        self.say("Partitioned");
    }

    /// Ends every fault that affects this place now.
    pub fn heal_all(self, place: &Place) {
        // From the last one on: taking a planned fault out moves those behind it.
        for index in untrack(|| self.faults_at(place)).into_iter().rev() {
            self.heal(Some(index));
        }
        self.say("Restored");
    }

    /// The faults that affect this place now.
    pub fn faults_at(self, place: &Place) -> Vec<usize> {
        let now = self.run.now_s();
        self.editing.document.with(|document| all_active(document, now, place))
    }

    /// The fault that has this effect on the whole of a place now.
    fn active(self, place: &Place, effect: FaultEffect) -> Option<usize> {
        let now_s = self.run.now_s();
        self.editing.document.with(|document| active(document, now_s, place, effect))
    }

    /// The fault that keeps a node or a zone crashed now.
    pub fn crashed(self, place: &Place) -> Option<usize> {
        self.active(place, FaultEffect::Crashes)
    }

    /// The fault that keeps a link or a zone partitioned now.
    pub fn is_cut(self, place: &Place) -> Option<usize> {
        self.active(place, FaultEffect::Partitions)
    }
}
