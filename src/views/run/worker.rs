//! What the page sends to the simulator's worker, and what it does with the answers.

use super::Run;
use crate::browser::page::worker::Worker;
use crate::editor::Command;
use crate::model::Problem;
use crate::protocol::{FromWorker, ToWorker};
use crate::record::series::RunSeries;
use crate::views::format;
use crate::views::state::{About, Tab};
use leptos::leptos_dom::helpers::debounce;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for the next change of the document before the run is loaded again.
const FOLLOW_DELAY: Duration = Duration::from_millis(250);

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
        self.start_worker();
        self.load(false);
    }

    /// From now on the run follows the document: it is loaded again some time after a change that
    /// matters to the simulator.
    pub fn follow_document(self) {
        let mut synchronize_later = debounce(FOLLOW_DELAY, move |()| self.synchronize());
        Effect::new(move |started: Option<()>| {
            self.editing.simulated.track();
            if started.is_some() {
                synchronize_later(());
            }
        });
    }

    /// Loads the document if the worker runs another one. A document with an error stops the run
    /// until the error is gone.
    pub(super) fn synchronize(self) {
        if self.editing.first_error().is_some() {
            if self.playing.get_untracked() {
                self.playing.set(false);
                self.stopped_by_problem.set_value(true);
                self.post(ToWorker::Pause);
                self.panels.announce("Stopped: the diagram has a problem");
            }
            return;
        }
        let play = self.playing.get_untracked() || self.stopped_by_problem.get_value();
        if !self.is_loaded() {
            self.load(play);
        } else if self.stopped_by_problem.get_value() {
            self.stopped_by_problem.set_value(false);
            self.playing.set(true);
            self.post(ToWorker::Play);
        }
    }

    /// Whether the worker runs the document as it is.
    fn is_loaded(self) -> bool {
        let document = self.editing.document.read_untracked();
        self.loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.same_run(&document)))
    }

    /// Drops the run and loads the document at time 0.
    pub fn load(self, play: bool) {
        self.panels.settle(About::RunState);
        self.number.update_value(|number| *number += 1);
        self.report.set(None);
        self.panels.mark.set(None);
        if !play {
            // While it plays the next numbers come at once: the old ones may stay until then.
            self.snapshot.set(None);
            self.series.set(RunSeries::default());
        }
        self.stopped_by_problem.set_value(false);
        if self.editing.first_error().is_some() {
            self.loaded.set(None);
            self.playing.set(false);
            return self.post(ToWorker::Pause);
        }
        let document = self.editing.document.get_untracked();
        self.loaded.set(Some(document.clone()));
        self.playing.set(play);
        self.post(ToWorker::Load { run: self.number.get_value(), document: Box::new((*document).clone()), play });
    }

    /// Goes on, or starts again when the run has ended.
    pub fn play(self) {
        if let Some(problem) = self.editing.first_error() {
            return self.show_why_it_cannot_run(&problem);
        }
        self.panels.settle(About::RunState);
        self.synchronize();
        if self.loaded.with_untracked(Option::is_none) || untrack(|| self.finished()) {
            self.load(true);
        } else {
            self.playing.set(true);
            self.post(ToWorker::Play);
        }
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
        self.playing.set(false);
        self.stopped_by_problem.set_value(false);
        self.post(ToWorker::Pause);
        self.panels.announce(format!("Paused at {}", format::clock(untrack(|| self.now_s()))));
    }

    /// Runs or pauses.
    pub fn toggle(self) {
        if self.playing.get_untracked() { self.pause() } else { self.play() }
    }

    /// Back to time 0, paused.
    pub fn reset(self) {
        self.load(false);
        self.panels.announce("Reset to the start");
    }

    /// Goes to this simulated second: the run is reproduced up to it.
    pub fn seek(self, to_s: f64) {
        self.synchronize();
        if self.loaded.with_untracked(Option::is_none) {
            return;
        }
        self.panels.settle(About::RunState);
        self.report.set(None);
        self.panels.mark.set(None);
        self.post(ToWorker::Seek(to_s));
        self.panels.announce(format!("At {}", format::clock(to_s)));
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
        let current = self.number.get_value();
        match message {
            FromWorker::Snapshot(snapshot) => self.receive_snapshot(*snapshot),
            FromWorker::FaultStarted { run, fault } if run == current => self.record(Command::AddFault(fault)),
            FromWorker::FaultEnded { run, index, duration_s } if run == current => {
                self.record(Command::SetFaultDuration { index, duration_s: Some(duration_s) });
            }
            FromWorker::Finished { run, report } if run == current => {
                self.draw_snapshots();
                self.playing.set(false);
                self.report.set(Some(Arc::new(*report)));
                self.panels.announce("The run has ended");
            }
            FromWorker::Refused { run } if run == current => {
                self.playing.set(false);
                self.loaded.set(None);
            }
            FromWorker::Declined { run, problems } if run == current => {
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

    /// Adds to the document what already happened in the run, which goes on.
    fn record(self, command: Command) {
        let was_loaded = self.is_loaded();
        self.editing.apply(command);
        if was_loaded {
            self.loaded.set(Some(self.editing.document.get_untracked()));
        }
    }
}
