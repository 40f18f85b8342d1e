//! Faults that are injected and ended while the run goes on.
//!
//! Before the run has begun, and while nothing is loaded, they are planned in the document instead;
//! the worker reports those of a run under way, and only then they become part of the document.

use super::Run;
use crate::editor::Command;
use crate::fault::Fault as _;
use crate::fault::{FaultEffect, LiveTarget};
use crate::faults::active::{active, affected_replicas, all_active};
use crate::faults::partition::Partition;
use crate::faults::pause::Pause;
use crate::faults::slow::Slow;
use crate::faults::{self, AnyFault, LiveChoice, PartitionDirection};
use crate::model::{Fault, Params, Place};
use crate::protocol::ToWorker;
use crate::scenario::check_fault;
use crate::views::state::About;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// What becomes of a fault that is injected or ended now.
enum When {
    /// The run has not begun, or nothing is loaded: the document changes.
    Planned,
    /// The run is under way: the worker does it.
    Live,
    /// The run has ended: nothing can happen in it.
    Over,
}

/// The replicas of a node that do not work as usual, by their index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldReplicas {
    /// Those that do nothing.
    pub paused: BTreeSet<u32>,
    /// Those whose work takes longer, or less long.
    pub slowed: BTreeSet<u32>,
    /// How many the node has.
    pub replicas: u32,
}

impl HeldReplicas {
    /// What to say of the node: `frozen`, `1 of 4 slowed`; empty where all work as usual.
    pub fn words(&self) -> String {
        let some = [(&self.paused, "frozen"), (&self.slowed, "slowed")].into_iter().find(|(some, _)| !some.is_empty());
        match some {
            None => String::new(),
            Some((some, word)) if some.len() as u32 >= self.replicas => word.to_owned(),
            Some((some, word)) => format!("{} of {} {word}", some.len(), self.replicas),
        }
    }

    /// The class of the card of a node of which all is frozen or slowed.
    pub fn class(&self) -> &'static str {
        let is_all = |some: &BTreeSet<u32>| self.replicas > 0 && some.len() as u32 >= self.replicas;
        match () {
            () if is_all(&self.paused) => "frozen",
            () if is_all(&self.slowed) => "slowed",
            () => "",
        }
    }
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

    /// Injects a fault for so many simulated seconds, or until it is ended, and announces that it is done; of one
    /// that does nothing where it is, says why.
    fn inject(self, fault: &str, params: Params, done: &str, for_s: Option<f64>) {
        let duration_s = for_s.filter(|_| !faults::info(fault).is_some_and(|info| info.is_instantaneous));
        let fault = Fault { fault: fault.to_owned(), start_s: untrack(|| self.now_s()), duration_s, params };
        let when = self.when();
        if self.editing.refuses() {
            return;
        }
        if let When::Over = when {
            let text = "The run has ended: press Run, then inject faults while it runs.";
            return self.panels.notify_about(About::RunState, text);
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
            self.starting.update_value(|starting| *starting += 1);
            self.post(ToWorker::StartFault(fault));
        }
    }

    /// Ends the fault at this index of the document. Returns whether it could.
    fn end(self, index: usize) -> bool {
        if self.editing.refuses() {
            return false;
        }
        match self.when() {
            When::Over => {
                let text = "The run has ended: remove the fault from the list, or press Run.";
                self.panels.notify_about(About::RunState, text);
                return false;
            }
            When::Planned => {
                self.editing.apply(Command::RemoveFault(index));
            }
            When::Live => {
                self.synchronize();
                self.post(ToWorker::EndFault(index));
            }
        }
        true
    }

    /// What can be injected at these places now, or ended.
    pub fn live_choices(self, places: &[Place]) -> Vec<LiveChoice> {
        let now_s = self.now_s();
        self.editing.document.with(|document| faults::live(&LiveTarget { document, places, now_s }))
    }

    /// Injects what was chosen until it is ended, or ends it where it is active.
    pub fn inject_or_end(self, choice: &LiveChoice) {
        self.inject_for(choice, None);
    }

    /// Injects what was chosen for so many simulated seconds, or until it is ended; ends it where it is active.
    pub fn inject_for(self, choice: &LiveChoice, for_s: Option<f64>) {
        match choice.end {
            Some((_, Some(index))) => {
                if self.end(index) {
                    self.panels.announce("Restored");
                }
            }
            _ => {
                self.inject(choice.fault, choice.params.clone(), choice.done, for_s);
            }
        }
    }

    /// Partitions links now, in one fault: for all messages over them, or for one direction.
    pub fn partition(self, links: impl IntoIterator<Item = String>, direction: PartitionDirection) {
        let fault = AnyFault::Partition(Partition::of_links(links.into_iter().collect(), direction));
        self.inject(fault.info().id, fault.params(), "Cut off", None);
    }

    /// Ends every fault that affects this place now.
    pub fn restore(self, place: &Place) {
        // From the last one on: removing a planned fault moves those after it.
        let faults = untrack(|| self.faults_at(place)).into_iter().rev();
        if faults.map(|index| self.end(index)).filter(|ended| *ended).count() > 0 {
            self.panels.announce("Restored");
        }
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

    /// Whether any fault keeps the whole of a node or some of its replicas crashed now.
    pub fn is_crashed(self, place: &Place) -> bool {
        let Some(now_s) = self.fault_time_s() else { return false };
        self.editing.document.with(|document| {
            let is_crash = |index: usize| faults::has_effect(&document.faults[index], FaultEffect::Crashes);
            all_active(document, now_s, place).into_iter().any(is_crash)
        })
    }

    /// The fault that keeps the whole of a link or a zone partitioned now.
    pub fn partition_at(self, place: &Place) -> Option<usize> {
        self.active(place, FaultEffect::Partitions)
    }

    /// Which of a node's replicas are paused or slowed down now. Snapshots do not say it.
    pub fn held_replicas(self, node: &str, replicas: u32) -> HeldReplicas {
        let Some(now_s) = self.fault_time_s() else {
            return HeldReplicas { replicas, ..HeldReplicas::default() };
        };
        self.editing.document.with(|document| {
            let of = |fault| affected_replicas(document, now_s, node, fault, replicas);
            HeldReplicas { paused: of(Pause::INFO.id), slowed: of(Slow::INFO.id), replicas }
        })
    }

    /// Simulated seconds while any fault is active; followed only as faults begin and end.
    fn fault_time_s(self) -> Option<f64> {
        let is_any = self.active_faults.with(|active| !active.is_empty());
        is_any.then(|| untrack(|| self.now_s()))
    }

    fn active(self, place: &Place, effect: FaultEffect) -> Option<usize> {
        let now_s = self.fault_time_s()?;
        self.editing.document.with(|document| active(document, now_s, place, effect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_replicas_that_do_not_work_as_usual() {
        let held = |paused: &[u32], slowed: &[u32]| {
            let held = HeldReplicas {
                paused: paused.iter().copied().collect(),
                slowed: slowed.iter().copied().collect(),
                replicas: 2,
            };
            (held.words(), held.class())
        };
        assert_eq!(held(&[], &[]), (String::new(), ""));
        assert_eq!(held(&[1], &[0]), ("1 of 2 frozen".to_owned(), ""));
        assert_eq!(held(&[0, 1], &[0, 1]), ("frozen".to_owned(), "frozen"));
        assert_eq!(held(&[], &[0, 1]), ("slowed".to_owned(), "slowed"));
    }
}
