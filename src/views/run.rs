//! The simulator as the page sees it: a worker that is told what to run, and what it answers.
//!
//! The worker holds a copy of the document as it was when it was loaded, plus the live faults
//! that were recorded since. Whenever the drawing no longer means the same run, it is loaded
//! afresh under a new number, and what still arrives of the old number is thrown away.

use super::results::series::Series;
use super::state::{Tab, Ui};
use crate::browser::page::worker::Worker;
use crate::editor::Command;
use crate::editor::zones::outside;
use crate::faults::{PartitionDirection, is_momentary};
use crate::model::{Document, Fault, Link, Place, Problem};
use crate::protocol::{Ending, FromWorker, Tell, ToWorker};
use crate::report::Finding;
use crate::report::snapshot::{LinkNow, NodeNow, Snapshot};
use crate::views::erase::memo;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait for the next keystroke before the run is loaded afresh.
const SETTLE: Duration = Duration::from_millis(250);

/// The speeds on offer, simulated seconds a second; `None` is as fast as it goes.
pub const SPEEDS: [(Option<f64>, &str); 8] = [
    (Some(0.1), "0.1×"),
    (Some(0.5), "0.5×"),
    (Some(1.0), "1×"),
    (Some(2.0), "2×"),
    (Some(4.0), "4×"),
    (Some(10.0), "10×"),
    (Some(100.0), "100×"),
    (None, "as fast as it goes"),
];

/// The run's signals.
#[derive(Clone, Copy)]
pub struct Run {
    /// The latest numbers.
    pub snapshot: RwSignal<Option<Arc<Snapshot>>>,
    /// The time series so far.
    pub series: RwSignal<Series>,
    /// What the run is known by, once it has ended.
    pub ending: RwSignal<Option<Arc<Ending>>>,
    /// What the teller says of it soon after, or why it cannot.
    pub told: RwSignal<Option<Result<Arc<Vec<Finding>>, String>>>,
    /// Whether simulated time should be moving.
    pub playing: RwSignal<bool>,
    /// Simulated seconds a second.
    pub speed: RwSignal<Option<f64>>,
    /// Why the worker is gone, if it is.
    pub broken: RwSignal<Option<String>>,
    /// What the worker runs.
    pub loaded: RwSignal<Option<Arc<Document>>>,
    /// A problem in the drawing stopped what was playing.
    stopped: StoredValue<bool>,
    number: StoredValue<u64>,
    settling: StoredValue<Option<TimeoutHandle>>,
    /// Questions for what is wrong with the drawing that the worker has not answered yet.
    checks: StoredValue<u32>,
    worker: StoredValue<Option<Worker>, LocalStorage>,
    /// Fetched when the first run has ended.
    teller: StoredValue<Option<Worker>, LocalStorage>,
}

impl Default for Run {
    /// Nothing loaded, no worker.
    fn default() -> Run {
        Run {
            snapshot: RwSignal::new(None),
            series: RwSignal::new(Series::default()),
            ending: RwSignal::new(None),
            told: RwSignal::new(None),
            playing: RwSignal::new(false),
            speed: RwSignal::new(Some(1.0)),
            broken: RwSignal::new(None),
            loaded: RwSignal::new(None),
            stopped: StoredValue::new(false),
            number: StoredValue::new(0),
            settling: StoredValue::new(None),
            checks: StoredValue::new(0),
            worker: StoredValue::new_local(None),
            teller: StoredValue::new_local(None),
        }
    }
}

impl Run {
    /// Simulated seconds.
    pub fn now_s(self) -> f64 {
        self.snapshot.with(|snapshot| snapshot.as_ref().map_or(0.0, |snapshot| snapshot.now_s))
    }

    /// Whether the run reached its end.
    pub fn finished(self) -> bool {
        self.snapshot.with(|snapshot| snapshot.as_ref().is_some_and(|snapshot| snapshot.finished))
    }

    /// The numbers of a node, where the run knows it.
    pub fn node(self, id: &str) -> Memo<Option<NodeNow>> {
        let id = id.to_owned();
        let index =
            memo(move || self.loaded.with(|loaded| loaded.as_ref()?.nodes.iter().position(|node| node.id == id)));
        memo(move || {
            let index = index.get()?;
            self.snapshot.with(|snapshot| snapshot.as_ref()?.nodes.get(index).cloned())
        })
    }

    /// The numbers of a link, where the run knows it.
    pub fn link(self, id: &str) -> Memo<Option<LinkNow>> {
        let id = id.to_owned();
        let index =
            memo(move || self.loaded.with(|loaded| loaded.as_ref()?.links.iter().position(|link| link.id == id)));
        memo(move || {
            let index = index.get()?;
            self.snapshot.with(|snapshot| snapshot.as_ref()?.links.get(index).cloned())
        })
    }

    /// Asks what is wrong with a document; [`Ui::problems`] follows.
    pub fn check(self, document: &Document) {
        if self.worker.with_value(Option::is_some) {
            self.checks.update_value(|count| *count += 1);
            self.post(ToWorker::Check(Box::new(document.clone())));
        }
    }

    /// Whether the problems that the page knows are those of the drawing as it is.
    pub fn is_checked(self) -> bool {
        self.checks.get_value() == 0
    }

    /// It goes on, or begins anew.
    fn forget_ending(self) {
        self.ending.set(None);
        self.told.set(None);
    }

    fn post(self, message: ToWorker) {
        // The worker keeps what comes before it listens.
        if let Some(worker) = self.worker.get_value() {
            worker.send(&message);
        }
    }
}

impl Ui {
    /// Starts the worker, or replaces it by a new one.
    pub fn start_worker(self) {
        let run = self.run;
        run.broken.set(None);
        run.checks.set_value(0);
        run.worker.set_value(Some(Worker::start("worker", move |message| self.heard(message))));
        run.post(ToWorker::Speed(run.speed.get_untracked()));
    }

    /// Makes the worker panic, to try what happens then.
    pub fn break_worker(self) {
        self.run.post(ToWorker::Panic);
    }

    /// Replaces a broken worker and makes the run ready again.
    pub fn restart_worker(self) {
        self.start_worker();
        self.find_problems();
        self.load(false);
    }

    /// Throws the run away and makes the document ready at time 0.
    pub fn load(self, play: bool) {
        let run = self.run;
        run.number.update_value(|number| *number += 1);
        run.forget_ending();
        self.panels.mark.set(None);
        if !play {
            // While it plays the next numbers come at once: the old ones may stand so long.
            run.snapshot.set(None);
            run.series.set(Series::default());
        }
        run.stopped.set_value(false);
        if self.first_error().is_some() {
            run.loaded.set(None);
            run.playing.set(false);
            return run.post(ToWorker::Pause);
        }
        let document = self.editing.document.get_untracked();
        run.loaded.set(Some(document.clone()));
        run.playing.set(play);
        run.post(ToWorker::Load { run: run.number.get_value(), document: Box::new((*document).clone()), play });
    }

    /// Goes on, or starts again when the run has ended.
    pub fn play(self) {
        let run = self.run;
        if let Some(problem) = self.first_error() {
            return self.tell_why_not(&problem);
        }
        self.settle_now();
        if run.loaded.with_untracked(Option::is_none) || untrack(|| run.finished()) {
            self.load(true);
        } else {
            run.playing.set(true);
            run.post(ToWorker::Play);
        }
        self.say("Running");
    }

    fn tell_why_not(self, problem: &Problem) {
        self.panels.tab.set(Tab::Problems);
        self.tell(format!("This drawing cannot run yet: {}: {}.", problem.what, problem.right));
    }

    /// Holds simulated time.
    pub fn pause(self) {
        self.run.playing.set(false);
        self.run.stopped.set_value(false);
        self.run.post(ToWorker::Pause);
        self.say(format!("Paused at {}", super::format::clock(untrack(|| self.run.now_s()))));
    }

    /// Runs or pauses.
    pub fn toggle_run(self) {
        if self.run.playing.get_untracked() { self.pause() } else { self.play() }
    }

    /// Back to time 0, standing still.
    pub fn reset(self) {
        self.load(false);
        self.say("Reset to the start");
    }

    /// Simulated seconds a second.
    pub fn set_speed(self, speed: Option<f64>) {
        self.run.speed.set(speed);
        self.run.post(ToWorker::Speed(speed));
    }

    /// Takes the run after the document once typing has settled.
    pub fn run_follows(self) {
        let handle = set_timeout_with_handle(move || self.settle(), SETTLE).ok();
        self.run.settling.update_value(|old| {
            if let Some(old) = std::mem::replace(old, handle) {
                old.clear();
            }
        });
    }

    fn settle_now(self) {
        let due = self.run.settling.try_update_value(Option::take).flatten();
        if let Some(handle) = due {
            handle.clear();
            self.settle();
        }
    }

    fn settle(self) {
        let run = self.run;
        run.settling.set_value(None);
        let document = self.editing.document.get_untracked();
        if self.first_error().is_some() {
            if run.playing.get_untracked() {
                run.playing.set(false);
                run.post(ToWorker::Pause);
                run.stopped.set_value(true);
                self.say("Stopped: the drawing has a problem");
            }
            return;
        }
        let same = run.loaded.with_untracked(|loaded| loaded.as_ref().is_some_and(|loaded| loaded.same_run(&document)));
        let play = run.playing.get_untracked() || run.stopped.get_value();
        if !same {
            self.load(play);
        } else if run.stopped.get_value() {
            run.stopped.set_value(false);
            run.playing.set(true);
            run.post(ToWorker::Play);
        }
    }

    fn heard(self, message: FromWorker) {
        let run = self.run;
        let current = run.number.get_value();
        match message {
            FromWorker::Snapshot(snapshot) if snapshot.run == current => {
                if !snapshot.bins.time_s.is_empty() {
                    run.series.update(|series| series.absorb(&snapshot.bins));
                }
                run.snapshot.set(Some(Arc::new(*snapshot)));
            }
            FromWorker::Broke { run: number, fault } if number == current => {
                self.record(Command::AddFault(fault));
            }
            FromWorker::Healed { run: number, index, duration_s } if number == current => {
                self.record(Command::SetFaultDuration { index, duration_s: Some(duration_s) });
            }
            FromWorker::Finished { run: number, ending, report } if number == current => {
                run.playing.set(false);
                run.ending.set(Some(Arc::new(ending)));
                self.have_told(report);
                self.say("The run has ended");
            }
            FromWorker::Refused { run: number } if number == current => {
                // It was asked to run before it was known that it cannot.
                let played = run.playing.get_untracked();
                run.stopped.set_value(played);
                run.playing.set(false);
                run.loaded.set(None);
                if let Some(problem) = self.first_error().filter(|_| played) {
                    self.tell_why_not(&problem);
                }
            }
            FromWorker::Declined { run: number, problems } if number == current => {
                let why = problems
                    .first()
                    .map_or_else(String::new, |problem| format!(": {}: {}", problem.what, problem.right));
                self.tell(format!("That cannot be done while it runs{why}."));
            }
            FromWorker::Checked(problems) => {
                run.checks.update_value(|count| *count = count.saturating_sub(1));
                if run.is_checked() && self.editing.problems.with_untracked(|old| **old != problems) {
                    self.editing.problems.set(Arc::new(problems));
                }
            }
            FromWorker::Panicked { message } => {
                run.playing.set(false);
                run.checks.set_value(0);
                run.broken.set(Some(message));
            }
            // That it listens, which it is not asked about; or of a run that was thrown away.
            _ => {}
        }
    }

    /// Has a report put into words.
    fn have_told(self, report: Vec<u8>) {
        let run = self.run;
        if run.teller.with_value(Option::is_none) {
            run.teller.set_value(Some(Worker::start("teller", move |message| self.heard_told(message))));
        }
        let document = Box::new((*self.editing.document.get_untracked()).clone());
        let message = Tell { run: run.number.get_value(), report, document };
        if let Some(teller) = run.teller.get_value() {
            teller.send(&message);
        }
    }

    fn heard_told(self, message: FromWorker) {
        let run = self.run;
        match message {
            FromWorker::Told { run: number, findings }
                if number == run.number.get_value() && run.ending.with_untracked(Option::is_some) =>
            {
                run.told.set(Some(Ok(Arc::new(findings))));
            }
            FromWorker::Panicked { message } => {
                // Perhaps the network was away: the next run tries again.
                run.teller.set_value(None);
                if run.ending.with_untracked(Option::is_some) {
                    run.told.set(Some(Err(message)));
                }
            }
            _ => {}
        }
    }

    /// Writes down what already happened in the run: the run goes on.
    fn record(self, command: Command) {
        let run = self.run;
        let untouched = run.loaded.with_untracked(|loaded| {
            loaded.as_ref().is_some_and(|loaded| loaded.same_run(&self.editing.document.get_untracked()))
        });
        self.edit(command);
        if untouched {
            run.loaded.set(Some(self.editing.document.get_untracked()));
        }
    }

    /// Whether the run has not begun, so that a fault is a plan and not an event.
    fn at_start(self) -> bool {
        !self.run.playing.get_untracked() && untrack(|| self.run.now_s()) == 0.0
    }

    /// Something goes wrong now, until it is healed; before the run has begun it is planned for
    /// its start.
    pub fn strike(self, fault: &str, params: serde_json::Value) {
        let params = params.as_object().cloned().unwrap_or_default();
        let fault = Fault { fault: fault.to_owned(), start_s: untrack(|| self.run.now_s()), duration_s: None, params };
        if untrack(|| self.run.finished()) {
            self.tell("The run has ended: press Run, then break things while it runs.");
        } else if self.at_start() || self.run.loaded.with_untracked(Option::is_none) {
            self.edit(Command::AddFault(fault));
        } else {
            self.settle_now();
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
            self.settle_now();
            self.run.post(ToWorker::Heal(index));
        }
    }

    /// Crashes a node or a zone now.
    pub fn crash(self, target: &str) {
        self.strike("crash", json!({"target": target}));
        self.say("Crashed");
    }

    /// Cuts links now, in one fault: for all that is said over them, or for one direction.
    pub fn cut(self, links: impl IntoIterator<Item = String>, ways: PartitionDirection) {
        let mut params = json!({"links": links.into_iter().collect::<Vec<_>>()});
        if ways != PartitionDirection::Both {
            params["direction"] = json!(if ways == PartitionDirection::Forward { "forward" } else { "backward" });
        }
        self.strike("partition", params);
        self.say("Cut");
    }

    /// Cuts a zone off from everything else now.
    pub fn cut_off(self, zone: &str) {
        let others = self
            .editing
            .document
            .with_untracked(|document| document.zone(zone).map(|zone| outside(document, zone)).unwrap_or_default());
        if others.is_empty() {
            return self.tell("Everything stands in this zone: there is nothing to cut it off from.");
        }
        self.strike("partition", json!({"between": [[zone], others]}));
        self.say("Cut off");
    }

    /// Ends every fault that befalls this place at this moment.
    pub fn heal_all(self, place: &Place) {
        // From the last one on: taking a planned fault out moves those behind it.
        for index in untrack(|| self.faults_at(place)).into_iter().rev() {
            self.heal(Some(index));
        }
        self.say("Healed");
    }

    /// The faults that befall this place at this moment.
    pub fn faults_at(self, place: &Place) -> Vec<usize> {
        let now = self.run.now_s();
        self.editing.document.with(|document| all_active(document, now, place))
    }

    /// Goes to this simulated second: the run is reproduced to that instant.
    pub fn seek(self, to_s: f64) {
        self.settle_now();
        let run = self.run;
        if run.loaded.with_untracked(Option::is_none) {
            return;
        }
        run.forget_ending();
        self.panels.mark.set(None);
        run.post(ToWorker::Seek(to_s));
        self.say(format!("At {}", super::format::clock(to_s)));
    }

    /// The fault of this kind, a crash or a partition, that befalls the whole of a place at this
    /// moment.
    pub fn keeps_broken(self, place: &Place, fault: &str) -> Option<usize> {
        let now = self.run.now_s();
        self.editing.document.with(|document| active(document, now, place, fault))
    }

    /// The fault that keeps a node or a zone down at this moment.
    pub fn crashed(self, place: &Place) -> Option<usize> {
        self.keeps_broken(place, "crash")
    }

    /// The fault that keeps a link or a zone cut at this moment.
    pub fn is_cut(self, place: &Place) -> Option<usize> {
        self.keeps_broken(place, "partition")
    }

    /// Breaks a place by a crash or a partition, or mends what is broken.
    pub fn toggle(self, place: &Place, fault: &str) {
        if let Some(index) = untrack(|| self.keeps_broken(place, fault)) {
            self.heal(Some(index));
            return self.say("Healed");
        }
        match place {
            Place::Link(id) => self.cut([id.clone()], PartitionDirection::Both),
            Place::Zone(id) if fault == "partition" => self.cut_off(id),
            Place::Node(id) | Place::Zone(id) => self.crash(id),
            _ => {}
        }
    }
}

/// The faults that befall a node, a replica of it, a zone or a link at `now_s` and that can be healed.
/// What befalls a zone befalls what stands in it.
pub fn all_active(document: &Document, now_s: f64, place: &Place) -> Vec<usize> {
    let strikes = |fault: &Fault| match place {
        Place::Node(id) => document.struck(fault).contains(&id.as_str()),
        Place::Zone(id) => document.zone_named(id).is_some() && fault.named().contains(&id.as_str()),
        Place::Link(id) => {
            fault.named().contains(&id.as_str())
                || document.link(id).is_some_and(|link| is_partitioned(document, fault, link))
        }
        _ => false,
    };
    let is_on = |fault: &Fault| {
        // A live fault begins a moment after the snapshot that the person saw.
        let begun = fault.start_s <= now_s + 0.25;
        begun && !fault.duration_s.is_some_and(|duration_s| fault.start_s + duration_s <= now_s)
    };
    let each = document.faults.iter().enumerate();
    each.filter(|(_, fault)| !is_momentary(fault) && is_on(fault) && strikes(fault)).map(|(index, _)| index).collect()
}

/// Whether a node as a whole is among these names, by itself or in a zone.
fn is_among(document: &Document, names: &[&str], node: &str) -> bool {
    names.iter().any(|name| {
        let zone = document.zone_named(name);
        *name == node || zone.is_some_and(|zone| zone.nodes.iter().any(|member| member == node))
    })
}

/// Whether a fault severs the two sets of replicas that a link joins, so that nothing passes.
fn is_partitioned(document: &Document, fault: &Fault, link: &Link) -> bool {
    let Some([a, b]) = fault.params.get("between").and_then(|sides| sides.as_array()).map(Vec::as_slice) else {
        return false;
    };
    let [a, b] =
        [a, b].map(|side| side.as_array().into_iter().flatten().filter_map(|it| it.as_str()).collect::<Vec<_>>());
    let across = |a: &[&str], b: &[&str]| is_among(document, a, &link.from) && is_among(document, b, &link.to);
    across(&a, &b) || across(&b, &a)
}

/// The last fault of the document that crashes the whole of this node or zone, or cuts this zone or
/// link, at `now_s`.
pub fn active(document: &Document, now_s: f64, place: &Place, fault: &str) -> Option<usize> {
    let whole = |it: &Fault| match place {
        Place::Node(id) if fault == "crash" => target(it).is_some_and(|target| is_among(document, &[target], id)),
        _ => true,
    };
    let all = all_active(document, now_s, place);
    all.into_iter().rfind(|index| document.faults[*index].fault == fault && whole(&document.faults[*index]))
}

fn target(fault: &Fault) -> Option<&str> {
    fault.params.get("target").and_then(|target| target.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Node, Params, Zone};

    fn document() -> Document {
        let fault = |fault: &str, key: &str, value, start_s, duration_s| Fault {
            fault: fault.to_owned(),
            start_s,
            duration_s,
            params: [(key.to_owned(), value)].into_iter().collect(),
        };
        Document {
            faults: vec![
                fault("crash", "target", json!("db"), 10.0, Some(5.0)),
                fault("crash", "target", json!("db"), 30.0, None),
                fault("partition", "links", json!(["a", "b"]), 5.0, Some(1.0)),
            ],
            ..Document::default()
        }
    }

    fn node(id: &str) -> Node {
        Node { id: id.to_owned(), kind: "app".to_owned(), name: String::new(), at: [0.0, 0.0], params: Params::new() }
    }

    #[test]
    fn a_fault_holds_from_its_start_to_its_end() {
        let (document, db) = (document(), Place::Node("db".to_owned()));
        let at = |now_s| active(&document, now_s, &db, "crash");
        assert_eq!(
            [at(0.0), at(10.0), at(14.9), at(15.0), at(29.0), at(99.0)],
            [None, Some(0), Some(0), None, None, Some(1)]
        );
    }

    #[test]
    fn what_befalls_a_place_can_be_healed_and_a_moment_cannot() {
        let mut document = document();
        for (fault, target) in [("slow", "db#2"), ("cache_flush", "db"), ("slow", "other")] {
            let params = [("target".to_owned(), json!(target))].into_iter().collect();
            document.faults.push(Fault { fault: fault.to_owned(), start_s: 31.0, duration_s: None, params });
        }
        assert_eq!(all_active(&document, 40.0, &Place::Node("db".to_owned())), [1, 3]);
        assert_eq!(all_active(&document, 5.5, &Place::Link("a".to_owned())), [2]);
        assert_eq!(all_active(&document, 40.0, &Place::Link("a".to_owned())), [0; 0]);
    }

    #[test]
    fn what_befalls_a_zone_befalls_what_stands_in_it() {
        let mut document = document();
        document.nodes = ["shop", "db", "far"].map(node).to_vec();
        document.zones =
            vec![Zone { id: "z".to_owned(), name: String::new(), nodes: vec!["shop".to_owned(), "db#1".to_owned()] }];
        let link = |id: &str, from: &str, to: &str| Link {
            id: id.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            params: Params::new(),
        };
        document.links = vec![link("out", "shop", "far"), link("part", "shop", "db")];
        let fault = |fault: &str, key: &str, value| Fault {
            fault: fault.to_owned(),
            start_s: 1.0,
            duration_s: None,
            params: [(key.to_owned(), value)].into_iter().collect(),
        };
        document.faults =
            vec![fault("crash", "target", json!("z")), fault("partition", "between", json!([["z"], ["db#2", "far"]]))];
        let at = |place: Place, fault: &str| active(&document, 2.0, &place, fault);
        let (placed, zone) = (|id: &str| Place::Node(id.to_owned()), Place::Zone("z".to_owned()));
        assert_eq!([at(placed("shop"), "crash"), at(zone.clone(), "crash")], [Some(0), Some(0)]);
        assert_eq!(at(placed("db"), "crash"), None, "one replica of it stands there");
        assert_eq!(all_active(&document, 2.0, &placed("db")), [0, 1], "and is befallen");
        assert_eq!(at(zone, "partition"), Some(1));
        assert_eq!(at(Place::Link("out".to_owned()), "partition"), Some(1));
        assert_eq!(at(Place::Link("part".to_owned()), "partition"), None, "two replicas of three still hear");
    }

    #[test]
    fn a_partition_names_its_links() {
        let document = document();
        assert_eq!(active(&document, 5.5, &Place::Link("b".to_owned()), "partition"), Some(2));
        assert_eq!(active(&document, 5.5, &Place::Link("c".to_owned()), "partition"), None);
        assert_eq!(active(&document, 5.5, &Place::Node("a".to_owned()), "crash"), None);
    }
}
