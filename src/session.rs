//! What the worker does with its messages: a run, its pace, and the snapshots of it.
//!
//! A value without a clock: its caller passes the real time. So pacing, live faults and restarts are
//! tested natively.

use crate::engine::Engine;
use crate::engine::Progress;
use crate::kinds::AnyStation;
use crate::model::{Document, Fault, ParameterChange, Problem};
use crate::protocol::{Encoded, FromWorker, ToWorker};
use crate::report::build;
use crate::report::snapshot::snapshot;
use crate::scenario::{self, compile};
use crate::time::{from_s, to_s};

/// The least real milliseconds between snapshots of a run that goes on.
const SNAPSHOT_MS: f64 = 100.0;
/// Real milliseconds between slices while the run keeps up with its pace.
const TICK_MS: f64 = 16.0;
/// A millisecond of simulated time, nanoseconds.
const MS: u64 = 1_000_000;
/// Events between looks at the clock.
const SLICE_EVENTS: u64 = 20_000;
/// Real milliseconds that one step may take before messages are looked at again.
const STEP_MS: f64 = 30.0;

/// The result of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// To be posted, in this order.
    pub messages: Vec<FromWorker>,
    /// When to step again, in real milliseconds; `None` is not before a message comes.
    pub wait_ms: Option<f64>,
}

/// A document being run.
#[derive(Debug)]
struct Run {
    number: u64,
    document: Document,
    /// For how many replicas and sessions each node has room.
    room: Vec<[u32; 2]>,
    engine: Engine<AnyStation>,
    playing: bool,
    /// Simulated time to go to at full speed before anything else, nanoseconds.
    seek_target: Option<u64>,
    /// Whether the report was sent.
    reported: bool,
    /// Real milliseconds spent simulating.
    busy_ms: f64,
    /// How many bins of the series were sent.
    bins_sent: usize,
    /// Real time, milliseconds, and simulated time, nanoseconds, from which on the pace has been kept.
    pace_from: Option<(f64, u64)>,
    /// Real and simulated time of the last snapshot.
    last_snapshot: Option<(f64, u64)>,
}

impl Run {
    /// When something that happens live happens, simulated seconds: at the next whole millisecond that no event has
    /// reached. While the run goes to an instant as fast as possible it is the one after that instant, because
    /// that is where people see the run.
    fn live_s(&self) -> f64 {
        let shown = self.seek_target.map_or(0, |target| (target / MS + 1) * MS);
        to_s(self.engine.next_free_ms().max(shown))
    }
}

/// The run that the worker simulates, if any, and its speed.
#[derive(Debug)]
pub struct Session {
    run: Option<Run>,
    /// Simulated seconds a second; `None` is as fast as the machine can.
    speed: Option<f64>,
    /// Snapshots that were sent and that the page has not drawn yet.
    undrawn: u32,
}

impl Default for Session {
    fn default() -> Self {
        Session::new()
    }
}

impl Session {
    /// No run, at real time's pace.
    pub fn new() -> Session {
        Session { run: None, speed: Some(1.0), undrawn: 0 }
    }

    /// Takes a message at real time `wall_ms` (any origin).
    pub fn receive(&mut self, message: ToWorker, wall_ms: f64) -> Vec<FromWorker> {
        match message {
            ToWorker::Load { run, document, play } => self.load(run, *document, play),
            ToWorker::Play => self.play(),
            ToWorker::Pause => {
                if let Some(run) = &mut self.run {
                    run.playing = false;
                    run.last_snapshot = None;
                }
                self.emit_snapshot(wall_ms)
            }
            ToWorker::SnapshotDrawn => {
                // The next step sends a snapshot if one is due.
                self.undrawn = self.undrawn.saturating_sub(1);
                Vec::new()
            }
            ToWorker::Speed(speed) => {
                self.speed = speed.filter(|speed| speed.is_finite() && *speed > 0.0);
                if let Some(run) = &mut self.run {
                    run.pace_from = None;
                }
                Vec::new()
            }
            ToWorker::StartFault(fault) => self.start_fault(fault),
            ToWorker::EndFault(index) => self.end_fault(index),
            ToWorker::Change { number, changes } => self.change(number, changes),
            ToWorker::Follow { run, document, differs_from_s } => self.follow(run, *document, differs_from_s),
            ToWorker::Seek(to_s) => self.seek(from_s(to_s.max(0.0))),
            ToWorker::Panic => panic!("asked to break"),
        }
    }

    fn load(&mut self, number: u64, document: Document, play: bool) -> Vec<FromWorker> {
        let Some(scenario) = scenario::build(&document) else {
            self.run = None;
            return vec![FromWorker::Refused { run: number }];
        };
        self.run = Some(Run {
            number,
            room: scenario.room(),
            engine: scenario.engine(),
            document,
            playing: play,
            seek_target: None,
            reported: false,
            busy_ms: 0.0,
            bins_sent: 0,
            pace_from: None,
            last_snapshot: None,
        });
        // Now, so that the page shows time 0 and has a snapshot to draw.
        self.emit_snapshot(f64::NEG_INFINITY)
    }

    fn seek(&mut self, to_ns: u64) -> Vec<FromWorker> {
        let Some(run) = &mut self.run else { return Vec::new() };
        let mut messages = Vec::new();
        if to_ns < run.engine.now() {
            let (number, document, playing) = (run.number, run.document.clone(), run.playing);
            messages = self.load(number, document, playing);
        }
        if let Some(run) = &mut self.run {
            run.seek_target = Some(to_ns);
        }
        messages
    }

    fn play(&mut self) -> Vec<FromWorker> {
        let Some(run) = &mut self.run else { return Vec::new() };
        if run.engine.is_finished() {
            let (number, document) = (run.number, run.document.clone());
            return self.load(number, document, true);
        }
        run.playing = true;
        run.pace_from = None;
        Vec::new()
    }

    /// Gives the engine the faults and parameter changes of the document anew, which differ from those before
    /// in the future only; returns whether the run has room for them.
    fn replan(run: &mut Run) -> Result<bool, Vec<Problem>> {
        let compiled = compile(&run.document);
        let Some(scenario) = compiled.scenario else { return Err(compiled.problems) };
        let has_room = scenario.room() == run.room;
        if has_room {
            run.engine.replan(scenario.into_plan());
        }
        Ok(has_room)
    }

    /// Reproduces the run by its document, as it is now, up to the present.
    fn reproduce(&mut self, number: u64) -> Vec<FromWorker> {
        let Some(run) = &self.run else { return Vec::new() };
        let (now, document, playing) = (run.engine.now(), run.document.clone(), run.playing);
        let seek_target = run.seek_target.unwrap_or(now);
        let mut messages = vec![FromWorker::Reproduced { run: run.number, by: number }];
        messages.extend(self.load(number, document, playing));
        if let Some(run) = &mut self.run {
            run.seek_target = Some(seek_target);
        }
        messages
    }

    fn change(&mut self, number: u64, mut changes: Vec<ParameterChange>) -> Vec<FromWorker> {
        let Some(run) = &mut self.run else { return Vec::new() };
        if run.engine.is_finished() {
            return vec![FromWorker::Changed { run: run.number, number, at_s: None }];
        }
        let at_s = run.live_s();
        changes.iter_mut().for_each(|change| change.at_s = at_s);
        let before = run.document.changes.len();
        run.document.changes.extend(changes);
        let changed = |run: u64, at_s| FromWorker::Changed { run, number, at_s };
        match Session::replan(run) {
            Ok(true) => vec![changed(run.number, Some(at_s))],
            // There are more replicas than the run has room for.
            Ok(false) => {
                let mut messages = vec![changed(run.number, Some(at_s))];
                let same = run.number;
                messages.extend(self.reproduce(same));
                messages
            }
            Err(_) => {
                run.document.changes.truncate(before);
                vec![changed(run.number, None)]
            }
        }
    }

    fn follow(&mut self, number: u64, document: Document, differs_from_s: f64) -> Vec<FromWorker> {
        let Some(run) = &mut self.run else { return self.load(number, document, false) };
        let before = std::mem::replace(&mut run.document, document);
        if from_s(differs_from_s) <= run.engine.now() {
            return self.reproduce(number);
        }
        match Session::replan(run) {
            Ok(true) => Vec::new(),
            Ok(false) => self.reproduce(number),
            Err(problems) => {
                run.document = before;
                vec![FromWorker::Declined { run: run.number, problems }]
            }
        }
    }

    fn start_fault(&mut self, mut fault: Fault) -> Vec<FromWorker> {
        let Some(run) = &mut self.run else { return Vec::new() };
        fault.start_s = run.live_s();
        run.document.faults.push(fault.clone());
        match Session::replan(run) {
            Ok(_) => vec![FromWorker::FaultStarted { run: run.number, fault }],
            Err(problems) => {
                run.document.faults.pop();
                vec![FromWorker::Declined { run: run.number, problems }]
            }
        }
    }

    fn end_fault(&mut self, index: usize) -> Vec<FromWorker> {
        let Some(run) = &mut self.run else { return Vec::new() };
        let now_s = run.live_s();
        let Some(fault) = run.document.faults.get_mut(index) else { return Vec::new() };
        let is_over = fault.duration_s.is_some_and(|duration| fault.start_s + duration <= now_s);
        if is_over || fault.start_s > now_s {
            return Vec::new();
        }
        // Whole milliseconds, so that the sum of start and duration is the same instant again.
        let duration_s = ((now_s - fault.start_s) * 1000.0).round() / 1000.0;
        let before = fault.duration_s.replace(duration_s);
        match Session::replan(run) {
            Ok(_) => vec![FromWorker::FaultEnded { run: run.number, index, duration_s }],
            Err(problems) => {
                run.document.faults[index].duration_s = before;
                vec![FromWorker::Declined { run: run.number, problems }]
            }
        }
    }

    /// Simulates for a few milliseconds; `clock` returns the real time in milliseconds.
    pub fn step(&mut self, clock: impl Fn() -> f64) -> Step {
        let begin = clock();
        let Some(run) = self.run.as_mut().filter(|run| run.playing || run.seek_target.is_some()) else {
            return Step { messages: Vec::new(), wait_ms: None };
        };
        let (from_ms, from_ns) = *run.pace_from.get_or_insert((begin, run.engine.now()));
        let target = match (run.seek_target, self.speed) {
            (Some(to_ns), _) => to_ns,
            (_, Some(speed)) => from_ns + from_s((begin - from_ms).max(0.0) / 1000.0 * speed),
            _ => u64::MAX,
        };
        let mut progress = run.engine.advance(target, SLICE_EVENTS);
        while progress == Progress::OutOfBudget && clock() - begin < STEP_MS {
            progress = run.engine.advance(target, SLICE_EVENTS);
        }
        if progress == Progress::OutOfBudget && self.speed.is_some() {
            // The machine cannot keep the pace: it begins anew, so that lost time is not made up for later.
            run.pace_from = None;
        }
        run.busy_ms += clock() - begin;
        let has_arrived = progress != Progress::OutOfBudget && run.seek_target.take().is_some();
        if has_arrived {
            // Emit a snapshot now and restart pacing.
            run.pace_from = None;
            run.last_snapshot = None;
        }
        let wait_ms = match progress {
            Progress::OutOfBudget => Some(0.0),
            Progress::Reached => run.playing.then_some(TICK_MS),
            Progress::Finished => {
                run.playing = false;
                None
            }
        };
        let messages = self.emit_snapshot(clock());
        Step { messages, wait_ms }
    }

    /// A snapshot if one is due, and the report once the run is over. While the run goes on, one is due when
    /// the page has drawn the last one, and not too soon after it; where the run stands still, at once.
    fn emit_snapshot(&mut self, wall_ms: f64) -> Vec<FromWorker> {
        let requested_speed = self.speed;
        let Some(run) = &mut self.run else { return Vec::new() };
        let finished = run.engine.is_finished();
        let since = run.last_snapshot.map(|(at, _)| wall_ms - at);
        let stands_still = !run.playing && run.seek_target.is_none();
        let may_follow = self.undrawn == 0 && since.is_none_or(|ms| ms >= SNAPSHOT_MS);
        if !(stands_still || may_follow || (finished && !run.reported)) {
            return Vec::new();
        }
        self.undrawn += 1;
        let mut now = snapshot(&run.engine, &run.document, run.bins_sent);
        run.bins_sent += now.bins.series.len();
        now.run = run.number;
        now.busy_ms = run.busy_ms;
        now.running = run.playing;
        now.speed = match run.last_snapshot {
            Some((at, then)) if wall_ms > at && run.playing => {
                to_s(run.engine.now() - then) / ((wall_ms - at) / 1000.0)
            }
            _ => requested_speed.unwrap_or(0.0),
        };
        run.last_snapshot = wall_ms.is_finite().then_some((wall_ms, run.engine.now()));
        let mut messages = vec![FromWorker::Snapshot(Box::new(now))];
        if finished && !run.reported {
            run.reported = true;
            let report = build(&run.engine, &run.document);
            messages.push(FromWorker::Finished { run: run.number, report: Encoded::new(&report) });
        }
        messages
    }
}
