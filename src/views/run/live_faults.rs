//! Faults that are injected and ended while the run goes on.
//!
//! Before the run has begun, and while nothing is loaded, they are planned in the document instead;
//! the worker reports those of a run under way, and only then they become part of the document.

use super::Run;
use crate::editor::Command;
use crate::fault::{FaultEffect, LiveTarget};
use crate::faults::active::{active, all_active};
use crate::faults::partition::Partition;
use crate::faults::{self, AnyFault, LiveChoice, PartitionDirection};
use crate::model::{Fault, Params, Place};
use crate::protocol::ToWorker;
use crate::scenario::check_fault;
use leptos::prelude::*;

/// What becomes of a fault that is injected or ended now.
enum When {
    /// The run has not begun, or nothing is loaded: the document changes.
    Planned,
    /// The run is under way: the worker does it.
    Live,
    /// The run has ended: nothing can happen in it.
    Over,
}

impl Run {
    fn when(self) -> When {
        let at_start = !self.playing.get_untracked() && untrack(|| self.now_s()) == 0.0;
        if untrack(|| self.finished()) {
            When::Over
        } else if at_start || self.loaded.with_untracked(Option::is_none) {
            When::Planned
        } else {
            When::Live
        }
    }

    /// Injects a fault, without an end, and announces that it is done; of one that does nothing where it is, says
    /// why.
    fn inject(self, fault: &str, params: Params, done: &str) {
        let fault = Fault { fault: fault.to_owned(), start_s: untrack(|| self.now_s()), duration_s: None, params };
        let when = self.when();
        if self.editing.refuses() {
            return;
        }
        if let When::Over = when {
            return self.panels.notify("The run has ended: press Run, then inject faults while it runs.");
        }
        let problem = self.editing.document.with_untracked(|document| check_fault(document, fault.clone()));
        match problem {
            Some(problem) => self.panels.notify(format!("{done}: {}.", problem.what)),
            None => self.panels.announce(done),
        }
        if let When::Planned = when {
            self.editing.apply(Command::AddFault(fault));
        } else {
            self.synchronize();
            self.post(ToWorker::StartFault(fault));
        }
    }

    /// Ends the fault at this index of the document.
    fn end(self, index: usize) {
        if self.editing.refuses() {
            return;
        }
        match self.when() {
            When::Over => self.panels.notify("The run has ended: remove the fault from the list, or press Run."),
            When::Planned => {
                self.editing.apply(Command::RemoveFault(index));
            }
            When::Live => {
                self.synchronize();
                self.post(ToWorker::EndFault(index));
            }
        }
    }

    /// What can be injected at these places now, or ended.
    pub fn live_choices(self, places: &[Place]) -> Vec<LiveChoice> {
        let now_s = self.now_s();
        self.editing.document.with(|document| faults::live(&LiveTarget { document, places, now_s }))
    }

    /// Injects what was chosen, or ends it where it is active.
    pub fn inject_or_end(self, choice: &LiveChoice) {
        match choice.end {
            Some((_, Some(index))) => {
                self.end(index);
                self.panels.announce("Restored");
            }
            _ => {
                self.inject(choice.fault, choice.params.clone(), choice.done);
            }
        }
    }

    /// Partitions links now, in one fault: for all messages over them, or for one direction.
    pub fn partition(self, links: impl IntoIterator<Item = String>, direction: PartitionDirection) {
        let fault = AnyFault::Partition(Partition::of_links(links.into_iter().collect(), direction));
        self.inject(fault.info().id, fault.params(), "Partitioned");
    }

    /// Ends every fault that affects this place now.
    pub fn restore(self, place: &Place) {
        // From the last one on: removing a planned fault moves those after it.
        for index in untrack(|| self.faults_at(place)).into_iter().rev() {
            self.end(index);
        }
        self.panels.announce("Restored");
    }

    /// The faults that affect this place now, as indexes of the document's faults.
    pub fn faults_at(self, place: &Place) -> Vec<usize> {
        let now_s = self.now_s();
        self.editing.document.with(|document| all_active(document, now_s, place))
    }

    /// The fault that keeps the whole of a node or a zone crashed now.
    pub fn crash_at(self, place: &Place) -> Option<usize> {
        self.active(place, FaultEffect::Crashes)
    }

    /// The fault that keeps the whole of a link or a zone partitioned now.
    pub fn partition_at(self, place: &Place) -> Option<usize> {
        self.active(place, FaultEffect::Partitions)
    }

    fn active(self, place: &Place, effect: FaultEffect) -> Option<usize> {
        let now_s = self.now_s();
        self.editing.document.with(|document| active(document, now_s, place, effect))
    }
}
