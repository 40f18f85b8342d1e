//! What the page sends to the simulator's worker, and what it does with the answers.

use super::Run;
use super::changes::AskedChanges;
use super::signals::{PreviousRun, with_plan_of};
use crate::browser::page::worker::Worker;
use crate::editor::{Command, Editor};
use crate::model::{Problem, Severity};
use crate::protocol::{FromWorker, ToWorker};
use crate::record::series::RunSeries;
use crate::scenario::{changes, check};
use crate::views::format;
use crate::views::state::{About, Tab};
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for the next change of the document before the run is loaded again.
const FOLLOW_DELAY: Duration = Duration::from_millis(250);
/// How far a step goes while the run goes as fast as it can, simulated seconds.
const STEP_AT_MAX_SPEED_S: f64 = 10.0;
/// Bins of a run that are enough to compare another one with.
const PREVIOUS_BINS_MIN: usize = 3;

impl Run {
    /// Starts the worker, or replaces it by a new one.
    pub fn start_worker(self) {
        self.broken.set(None);
        self.undrawn.update_value(Vec::clear);
        self.worker.set_value(Some(Worker::start(move |message| self.receive(message))));
        self.post(ToWorker::Speed(self.speed.get_untracked()));
    }

    /// Makes the worker panic, to try what happens then.
    pub fn break_worker(self) {
        self.post(ToWorker::Panic);
    }

    /// Replaces a broken worker and loads the document.
    pub fn restart_worker(self) {
        self.record_asked();
        self.start_worker();
        self.load(false);
    }

    /// From now on the run follows the document, some time after a change that matters to the simulator.
    pub fn follow_document(self) {
        let mut synchronize_later = debounce(FOLLOW_DELAY, move |()| self.synchronize());
        Effect::new(move |started: Option<()>| {
            self.editing.simulated.track();
            if started.is_some() {
                synchronize_later(());
            }
        });
    }

    /// Before the run begins, loads the document if the worker has another one. While it is in flight its zones,
    /// faults and parameter changes become those of the document; what else has changed waits for the next start, and so
    /// does all of it once the run has ended.
    pub(super) fn synchronize(self) {
        if untrack(|| self.in_flight()) {
            self.follow_plan();
        } else if !untrack(|| self.finished()) && !self.is_loaded() {
            self.load(self.playing.get_untracked());
        }
    }

    /// Gives the worker the zones, faults and parameter changes of the document, where the run has others.
    fn follow_plan(self) {
        if self.starting.get_value() > 0 || self.asked.with_untracked(AskedChanges::is_sent) {
            return; // The document does not have yet what happens just now; once it has, this is called again.
        }
        let document = self.editing.document.get_untracked();
        let Some(loaded) = self.loaded.get_untracked() else { return };
        let next = with_plan_of(&loaded, &document);
        if loaded.same_run(&next) {
            return;
        }
        if check(&next).iter().any(|problem| problem.severity == Severity::Error) {
            return; // It is said among the problems, and the run goes on as it was.
        }
        self.number.update_value(|number| *number += 1);
        let (run, whole) = (self.number.get_value(), Box::new(changes::with_whole_changes(&next)));
        let differs_from_s = changes::differ_from_s(&loaded, &next);
        self.loaded.set(Some(Arc::new(next)));
        self.post(ToWorker::Follow { run, document: whole, differs_from_s });
    }

    /// Whether the worker runs the document as it is.
    fn is_loaded(self) -> bool {
        let document = self.editing.document.read_untracked();
        self.loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.same_run(&document)))
    }

    /// Loads another document at time 0.
    pub fn open(self, play: bool) {
        self.series.set(RunSeries::default());
        self.load(play);
        self.previous.set(None);
    }

    /// Starts again from 0 with the document as it is; plays if the run did.
    pub fn start_again(self) {
        let play = self.playing.get_untracked() || untrack(|| self.finished());
        self.record_asked();
        self.load(play);
        let words = if self.playing.get_untracked() { "Running from the start" } else { "Reset to the start" };
        self.panels.announce(words);
    }

    /// Keeps what the charts show as the previous run, if it is more than a beginning.
    fn keep_previous(self) {
        let Some(document) = self.loaded.get_untracked() else { return };
        let series = self.series.get_untracked();
        if series.len() >= PREVIOUS_BINS_MIN {
            self.previous.set(Some(Arc::new(PreviousRun { series, document })));
        }
    }

    /// Drops the run and loads the document at time 0.
    pub fn load(self, play: bool) {
        self.keep_previous();
        self.forget_asked();
        self.changed_s.set(0.0);
        self.starting.set_value(0);
        self.panels.settle(About::RunState);
        self.number.update_value(|number| *number += 1);
        self.current.set_value(self.number.get_value());
        self.ended.set(None);
        self.panels.mark.set(None);
        self.series.set(RunSeries::default());
        self.snapshot.set(None);
        if self.editing.first_error().is_some() {
            self.loaded.set(None);
            self.playing.set(false);
            return self.post(ToWorker::Pause);
        }
        let document = self.editing.document.get_untracked();
        self.loaded.set(Some(document.clone()));
        self.playing.set(play);
        let whole = Box::new(changes::with_whole_changes(&document));
        self.post(ToWorker::Load { run: self.number.get_value(), document: whole, play });
    }

    /// Goes on, or starts again when the run has ended.
    pub fn play(self) {
        self.settle();
        if !untrack(|| self.in_flight()) {
            if let Some(problem) = self.editing.first_error() {
                return self.show_why_it_cannot_run(&problem);
            }
            self.panels.settle(About::RunState);
            if untrack(|| self.finished()) || !self.is_loaded() {
                self.load(true);
                return self.panels.announce("Running");
            }
        }
        self.panels.settle(About::RunState);
        self.playing.set(true);
        self.post(ToWorker::Play);
        self.panels.announce("Running");
    }

    fn show_why_it_cannot_run(self, problem: &Problem) {
        self.panels.tab.set(Tab::Problems);
        self.panels.notify_about(
            About::RunState,
            format!("This diagram cannot run yet: {}: {}.", problem.what, problem.right),
        );
    }

    /// Holds simulated time.
    pub fn pause(self) {
        self.settle();
        self.playing.set(false);
        self.post(ToWorker::Pause);
        self.panels.announce(format!("Paused at {}", format::clock(untrack(|| self.now_s()))));
    }

    /// Runs or pauses.
    pub fn toggle(self) {
        if self.playing.get_untracked() { self.pause() } else { self.play() }
    }

    /// Back to time 0, paused.
    pub fn reset(self) {
        self.record_asked();
        self.load(false);
        self.panels.announce("Reset to the start");
    }

    /// Goes to this simulated second: the run is reproduced up to it.
    pub fn seek(self, to_s: f64) {
        self.settle();
        self.synchronize();
        if self.loaded.with_untracked(Option::is_none) {
            return;
        }
        self.panels.settle(About::RunState);
        self.ended.set(None);
        self.panels.mark.set(None);
        self.changed_s.set(0.0);
        self.post(ToWorker::Seek(to_s));
        self.panels.announce(format!("At {}", format::clock(to_s)));
    }

    /// Goes on by as much simulated time as passes in one second at the chosen speed, and holds it there; at the
    /// greatest speed by ten seconds.
    pub fn step(self) {
        if self.playing.get_untracked() {
            self.pause();
        }
        if let Some(problem) = self.editing.first_error().filter(|_| !untrack(|| self.in_flight())) {
            return self.show_why_it_cannot_run(&problem);
        }
        let end_s = self.editing.document.read_untracked().run.duration_s;
        let to_s = untrack(|| self.now_s()) + self.speed.get_untracked().unwrap_or(STEP_AT_MAX_SPEED_S);
        // Whole milliseconds, so that steps add up.
        self.seek(((to_s * 1000.0).round() / 1000.0).min(end_s));
    }

    /// Sets the speed, simulated seconds a second; `None` is as fast as the computer can.
    pub fn set_speed(self, speed: Option<f64>) {
        self.speed.set(speed);
        self.post(ToWorker::Speed(speed));
    }

    pub(super) fn post(self, message: ToWorker) {
        // The handle keeps messages until the worker is ready.
        if let Some(worker) = self.worker.get_value() {
            worker.send(&message);
        }
    }

    fn receive(self, message: FromWorker) {
        let current = self.current.get_value();
        match message {
            FromWorker::Snapshot(snapshot) => self.receive_snapshot(*snapshot),
            FromWorker::FaultStarted { run, fault } if run == current => {
                self.answered_start();
                self.record(Command::AddFault(fault));
            }
            FromWorker::FaultEnded { run, index, duration_s } if run == current => {
                self.record(Command::SetFaultDuration { index, duration_s: Some(duration_s) });
            }
            FromWorker::Changed { run, number, at_s } if run == current => self.changed(number, at_s),
            FromWorker::Reproduced { run, by } if run == current => {
                // Those that follow are of the reproduced run.
                self.draw_snapshots();
                if by != current {
                    self.keep_previous();
                    self.panels.announce("The run was reproduced by the diagram as it is now");
                }
                self.current.set_value(by);
                self.ended.set(None);
                self.series.set(RunSeries::default());
            }
            FromWorker::Finished { run, report } if run == current => {
                self.draw_snapshots();
                self.playing.set(false);
                self.ended.set(Some(report));
                self.panels.announce("The run has ended");
            }
            FromWorker::Refused { run } if run == current => {
                self.playing.set(false);
                self.loaded.set(None);
            }
            FromWorker::Declined { run, problems } if run == current => {
                self.answered_start();
                let why = problems
                    .first()
                    .map_or_else(String::new, |problem| format!(": {}: {}", problem.what, problem.right));
                self.panels.notify_about(About::RunState, format!("That cannot be done while it runs{why}."));
            }
            FromWorker::Panicked { message } => {
                self.playing.set(false);
                self.broken.set(Some(message));
            }
            // `Ready`, which needs no answer, and messages of an earlier run.
            _ => {}
        }
    }

    fn answered_start(self) {
        self.starting.update_value(|starting| *starting = starting.saturating_sub(1));
    }

    /// Adds to the document what already happened in the run, which goes on.
    pub(super) fn record(self, command: Command) {
        let was_loaded = self.is_loaded();
        // The run may be one of an earlier design: it has what happened too.
        let loaded = self.loaded.get_untracked().and_then(|loaded| {
            let mut editor = Editor::new((*loaded).clone());
            editor.apply(command.clone()).ok().map(|_| editor.document().clone())
        });
        self.editing.apply(command);
        self.loaded.set(if was_loaded { Some(self.editing.document.get_untracked()) } else { loaded });
    }
}
