//! Parameters that are changed while the run goes on.
//!
//! Before the run has begun, and once it has ended, a parameter is edited in the document. In between the
//! worker makes the change at the instant at which the run is; its answer says when that was, and only then the
//! change becomes part of the document.

use super::Run;
use crate::editor::{Command, Editor};
use crate::model::{Document, ParameterChange, Place, Severity};
use crate::params::Fixed;
use crate::protocol::ToWorker;
use crate::scenario::{changes, check};
use crate::views::inspector::change_words;
use crate::views::state::About;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for the next keystroke or step of a slider before a change is made.
const SETTLE_DELAY: Duration = Duration::from_millis(400);

/// A change is made at the next whole millisecond that no event has reached: one that is made in a paused run
/// counts as made, although it is that much ahead. Seconds, with room for rounding.
pub(super) const LIVE_DELAY_S: f64 = 0.0011;

/// Changes that were asked for and are not part of the document yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedChanges {
    /// Not sent yet: a field is being typed in, or a slider dragged.
    unsent: Vec<ParameterChange>,
    /// Sent to the worker, each with the number that its answer will name.
    sent: Vec<(u64, Vec<ParameterChange>)>,
    /// The number of the latest that was sent.
    number: u64,
}

impl AskedChanges {
    /// Whether the worker has not answered for some.
    pub(super) fn is_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &ParameterChange> {
        self.sent.iter().flat_map(|(_, changes)| changes).chain(&self.unsent)
    }
}

impl Run {
    /// Applies a command that sets parameters. While the run is in flight the parameters change in it, as soon
    /// as they have settled: at once, or (`is_draft`) when no other command follows for a moment. `Err` says in a
    /// sentence why the document or the run cannot take a value.
    pub fn edit(self, command: Command, is_draft: bool) -> Result<(), String> {
        if !untrack(|| self.in_flight()) || self.editing.read_only.get_untracked() {
            return self.editing.try_apply(command).map(|_| ());
        }
        let shown = self.shown.get_untracked();
        let mut editor = Editor::new((*shown).clone());
        editor.apply(command.clone())?;
        let now_s = untrack(|| self.now_s());
        let Some(differences) = changes::between(&shown, editor.document(), now_s) else {
            return self.editing.try_apply(command).map(|_| ());
        };
        if differences.is_empty() {
            return Ok(());
        }
        let is_running = |change: &ParameterChange| {
            self.loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|loaded| change.target(loaded).is_some()))
        };
        if !differences.iter().all(is_running) {
            // It was drawn after the run began, which goes on without it.
            return self.editing.try_apply(command).map(|_| ());
        }
        if let Some(Fixed { label, why, .. }) = changes::fixed_between(&shown, editor.document()) {
            self.editing.try_apply(command)?;
            self.say_fixed(label, why);
            return Ok(());
        }
        self.check_changes(&differences)?;
        self.asked.update(|asked| {
            for change in differences {
                asked.unsent.retain(|other| other.set != change.set);
                asked.unsent.push(change);
            }
        });
        if is_draft {
            self.settle_later()
        } else {
            self.settle()
        }
        Ok(())
    }

    /// Says of a parameter that it cannot change while the run goes on, and why.
    pub fn say_fixed(self, label: &str, why: &str) {
        let text = format!("{label} cannot change during a run, because {why}. It counts from the next start.");
        self.panels.notify_about(About::RunState, text);
    }

    /// What is wrong with changes of the run from now on.
    fn check_changes(self, changes: &[ParameterChange]) -> Result<(), String> {
        let mut asked = self.editing.document.with_untracked(|document| (**document).clone());
        let before = asked.changes.len();
        asked.changes.extend(changes.iter().cloned());
        let is_new = |place: &Place| matches!(place, Place::Change(index) if *index >= before);
        let problem = check(&asked).into_iter().find(|it| it.severity == Severity::Error && is_new(&it.place));
        problem.map_or(Ok(()), |problem| Err(format!("{}: {}.", problem.what, problem.right)))
    }

    /// Makes the changes that were asked for when none has followed for a moment.
    fn settle_later(self) {
        let later = set_timeout_with_handle(move || self.settle(), SETTLE_DELAY).ok();
        let before: Option<TimeoutHandle> =
            self.settling.try_update_value(|settling| std::mem::replace(settling, later)).flatten();
        if let Some(before) = before {
            before.clear();
        }
    }

    /// Makes the changes that were asked for and not sent yet.
    pub fn settle(self) {
        if self.asked.with_untracked(|asked| asked.unsent.is_empty()) {
            return;
        }
        if !untrack(|| self.in_flight()) {
            let unsent = self.asked.try_update(|asked| std::mem::take(&mut asked.unsent)).unwrap_or_default();
            return self.set_from_start(unsent);
        }
        let now_s = untrack(|| self.now_s());
        let asked = self.asked.get_untracked();
        let mut document = self.editing.document.with_untracked(|document| (**document).clone());
        let first = document.changes.len() + asked.sent.iter().map(|(_, changes)| changes.len()).sum::<usize>();
        document.changes.extend(asked.all().map(|change| ParameterChange { at_s: now_s, ..change.clone() }));
        let whole = changes::with_whole_changes(&document).changes.split_off(first);
        let number = asked.number + 1;
        self.asked.update(|asked| {
            let unsent = std::mem::take(&mut asked.unsent);
            asked.sent.push((number, unsent));
            asked.number = number;
        });
        self.post(ToWorker::Change { number, changes: whole });
    }

    /// The run has ended before it could take changes: the document has these values from the start.
    fn set_from_start(self, changes: Vec<ParameterChange>) {
        for change in changes {
            let target = self
                .editing
                .document
                .with_untracked(|document| change.target(document).map(|(place, path)| (place, path.to_owned())));
            if let Some((place, path)) = target {
                self.editing.apply(Command::SetParam { place, path, value: Some(change.to) });
            }
        }
    }

    /// The worker has made changes, or could not.
    pub(super) fn changed(self, number: u64, at_s: Option<f64>) {
        let Some(changes) = self
            .asked
            .try_update(|asked| {
                let at = asked.sent.iter().position(|(sent, _)| *sent == number)?;
                Some(asked.sent.remove(at).1)
            })
            .flatten()
        else {
            return;
        };
        let Some(at_s) = at_s else { return self.set_from_start(changes) };
        let made: Vec<ParameterChange> = changes.into_iter().map(|change| ParameterChange { at_s, ..change }).collect();
        let words = self.editing.document.with_untracked(|document| {
            let mut with = (**document).clone();
            let first = with.changes.len();
            with.changes.extend(made.iter().cloned());
            let words: Vec<String> = (first..with.changes.len()).map(|index| change_words(&with, index)).collect();
            words.join(", ")
        });
        self.changed_s.set(at_s);
        self.record(Command::AddChanges(made));
        self.panels.announce(words);
    }

    /// Puts the changes that were asked for into the document, without waiting for the worker: the page is left,
    /// another document opened, or the run is dropped.
    pub fn record_asked(self) {
        let asked = self.asked.get_untracked();
        let at_s = ((untrack(|| self.now_s()) * 1000.0).floor() + 1.0) / 1000.0;
        let made: Vec<ParameterChange> = asked.all().map(|change| ParameterChange { at_s, ..change.clone() }).collect();
        if !made.is_empty() {
            self.forget_asked();
            self.editing.apply(Command::AddChanges(made));
        }
    }

    /// Nothing is asked for any more: the run is another one.
    pub(super) fn forget_asked(self) {
        if self.asked.with_untracked(|asked| asked.all().next().is_some()) {
            self.asked.update(|asked| {
                asked.unsent.clear();
                asked.sent.clear();
            });
        }
    }
}

/// The document with the parameters that the run has now, where it is in flight, and those that were asked for;
/// else the document as it is.
pub(super) fn shown(document: &Arc<Document>, made: usize, asked: &AskedChanges, instant_s: f64) -> Arc<Document> {
    let mut asked = asked.all().peekable();
    if made == 0 && asked.peek().is_none() {
        return document.clone();
    }
    let mut with = (**document).clone();
    with.changes.extend(asked.map(|change| ParameterChange { at_s: instant_s, ..change.clone() }));
    let mut then = changes::at(&with, instant_s);
    then.changes = document.changes.clone();
    Arc::new(then)
}
