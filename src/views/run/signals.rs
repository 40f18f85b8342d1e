//! The signals of the run: what the simulator's worker last reported.

use super::changes::{self, AskedChanges};
use crate::browser::page::worker::Worker;
use crate::faults::active::active_anywhere;
use crate::model::Document;
use crate::protocol::Encoded;
use crate::record::series::RunSeries;
use crate::report::snapshot::{LinkSnapshot, NodeSnapshot, Snapshot};
use crate::report::{Finding, Report};
use crate::views::later::Fetched;
use crate::views::state::{Editing, Panels, Relays, now_ms};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::sync::Arc;

/// A document with the zones, faults and parameter changes of another one: what a run in flight can follow.
pub(super) fn with_plan_of(document: &Document, plan: &Document) -> Document {
    let Document { zones, faults, changes, .. } = plan.clone();
    Document { zones, faults, changes, ..document.clone() }
}

/// A run that another one of the same diagram has replaced.
#[derive(Debug)]
pub struct PreviousRun {
    /// Its time series.
    pub series: RunSeries,
    /// What it ran.
    pub document: Arc<Document>,
}

/// The simulation as the page knows it.
#[derive(Clone, Copy)]
pub struct Run {
    /// The latest numbers.
    pub snapshot: RwSignal<Option<Arc<Snapshot>>>,
    /// The latest numbers, for the views of nodes and links.
    snapshots: Relays<Option<Arc<Snapshot>>>,
    /// The numbers as of a second ago at most while the run goes on; the latest ones where it stands still. For
    /// what need not be drawn more often.
    seconds: Relays<Option<Arc<Snapshot>>>,
    /// The time series so far.
    pub series: RwSignal<RunSeries>,
    /// The report as the worker sent it, once the run has ended.
    pub(super) ended: RwSignal<Option<Encoded<Report>>>,
    /// The report, once the run has ended and what reads it is there.
    pub report: Memo<Option<Arc<Report>>>,
    /// What the report says in words.
    pub findings: Memo<Option<Arc<Vec<Finding>>>>,
    /// Whether simulated time should be moving.
    pub playing: RwSignal<bool>,
    /// Simulated seconds a second; `None` is as fast as the computer can.
    pub speed: RwSignal<Option<f64>>,
    /// Why the worker stopped, if it did.
    pub broken: RwSignal<Option<String>>,
    /// The document that the worker runs.
    pub loaded: RwSignal<Option<Arc<Document>>>,
    is_in_flight: Memo<bool>,
    /// The document with the parameters that the run has at present, where it is in flight.
    pub shown: Memo<Arc<Document>>,
    /// Whether the document is another one than the run's, in more than what follows by itself.
    pub is_stale: Memo<bool>,
    /// The run before this one, of the same diagram.
    pub previous: RwSignal<Option<Arc<PreviousRun>>>,
    /// When the run was changed live last, simulated seconds: the latest numbers may be of an earlier instant.
    pub(super) changed_s: RwSignal<f64>,
    /// How many faults were sent to the worker to start that it has not answered for.
    pub(super) starting: StoredValue<u32>,
    pub(super) asked: RwSignal<AskedChanges>,
    pub(super) settling: StoredValue<Option<TimeoutHandle>>,
    /// The latest number that was given to a run.
    pub(super) number: StoredValue<u64>,
    /// The number of the run that is shown. Messages of another one are ignored.
    pub(super) current: StoredValue<u64>,
    /// The faults that are active now, as indexes of the document's faults.
    pub active_faults: Memo<Vec<usize>>,
    /// Snapshots that have arrived since the last animation frame.
    pub(super) undrawn: StoredValue<Vec<Snapshot>>,
    pub(super) worker: StoredValue<Option<Worker>, LocalStorage>,
    pub(super) editing: Editing,
    pub(super) panels: Panels,
}

impl Run {
    /// Nothing loaded, no worker.
    pub fn new(editing: Editing, panels: Panels, later: Fetched) -> Run {
        let ended = RwSignal::new(None::<Encoded<Report>>);
        let report = Memo::new(move |_| {
            let later = later.get()?;
            let read = ended.with(|report| report.as_ref().map(later.report))?;
            Some(Arc::new(read.unwrap_or_else(|why| unreachable!("page and worker are of one build: {why}"))))
        });
        let loaded = RwSignal::new(None::<Arc<Document>>);
        let findings = Memo::new(move |_| {
            let report = report.get()?;
            // Not tracked: a report is dropped as soon as another document is loaded.
            let document = loaded.get_untracked()?;
            Some(Arc::new((later.get()?.findings)(&report, &document)))
        });
        let snapshot = RwSignal::new(None::<Arc<Snapshot>>);
        let asked = RwSignal::new(AskedChanges::default());
        let now_s = move || snapshot.with(|snapshot| snapshot.as_ref().map_or(0.0, |snapshot| snapshot.now_s));
        let is_finished = move || snapshot.with(|snapshot| snapshot.as_ref().is_some_and(|snapshot| snapshot.finished));
        let is_in_flight = Memo::new(move |_| loaded.with(Option::is_some) && now_s() > 0.0 && !is_finished());
        let changed_s = RwSignal::new(0.0_f64);
        let instant_s = move || changed_s.get().max(now_s() + changes::LIVE_DELAY_S);
        // How many changes are made: what is shown is computed anew only when that changes.
        let made = Memo::new(move |_| {
            let instant_s = instant_s();
            let document = editing.document.read();
            if document.changes.is_empty() || !is_in_flight.get() {
                return 0;
            }
            document.changes.iter().filter(|change| change.at_s <= instant_s).count()
        });
        let shown = Memo::new(move |_| {
            let (made, document) = (made.get(), editing.document.get());
            asked.with(|asked| changes::shown(&document, made, asked, untrack(instant_s)))
        });
        let is_over = Memo::new(move |_| is_finished());
        let is_stale = Memo::new(move |_| {
            let (document, is_in_flight, is_over) = (editing.simulated.get(), is_in_flight.get(), is_over.get());
            loaded.with(|loaded| match loaded {
                // What a run in flight follows by itself is no difference.
                Some(loaded) if is_in_flight => !loaded.same_run(&with_plan_of(&document, loaded)),
                Some(loaded) if is_over => !loaded.same_run(&document),
                _ => false,
            })
        });
        let active_faults = Memo::new(move |_| {
            let now_s = snapshot.with(|snapshot| snapshot.as_ref().map_or(0.0, |snapshot| snapshot.now_s));
            editing.document.with(|document| active_anywhere(document, now_s))
        });
        Run {
            snapshot,
            snapshots: Relays::new(move || snapshot.get()),
            seconds: Relays::each(move |phase| each_second(snapshot, phase)),
            series: RwSignal::new(RunSeries::default()),
            ended,
            report,
            findings,
            playing: RwSignal::new(false),
            speed: RwSignal::new(Some(1.0)),
            broken: RwSignal::new(None),
            loaded,
            is_in_flight,
            shown,
            is_stale,
            previous: RwSignal::new(None),
            changed_s,
            starting: StoredValue::new(0),
            asked,
            settling: StoredValue::new(None),
            number: StoredValue::new(0),
            current: StoredValue::new(0),
            active_faults,
            undrawn: StoredValue::new(Vec::new()),
            worker: StoredValue::new_local(None),
            editing,
            panels,
        }
    }

    /// Simulated seconds.
    pub fn now_s(self) -> f64 {
        self.snapshot.with(|snapshot| snapshot.as_ref().map_or(0.0, |snapshot| snapshot.now_s))
    }

    /// Whether the run reached its end.
    pub fn finished(self) -> bool {
        self.snapshot.with(|snapshot| snapshot.as_ref().is_some_and(|snapshot| snapshot.finished))
    }

    /// Whether the run is between its start and its end, playing or paused.
    pub fn in_flight(self) -> bool {
        self.is_in_flight.get()
    }

    /// The latest numbers of a node; none when the run does not have it.
    pub fn node(self, id: &str) -> Memo<Option<NodeSnapshot>> {
        self.numbers(id, None, self.node_index(id), |snapshot, index| snapshot.nodes.get(index).cloned())
    }

    /// The latest numbers of a node while `is_legible`, otherwise those of each second.
    pub fn legible_node(self, id: &str, is_legible: Memo<bool>) -> Memo<Option<NodeSnapshot>> {
        self.numbers(id, Some(is_legible), self.node_index(id), |snapshot, index| snapshot.nodes.get(index).cloned())
    }

    /// The latest numbers of a link; none when the run does not have it.
    pub fn link(self, id: &str) -> Memo<Option<LinkSnapshot>> {
        self.numbers(id, None, self.link_index(id), |snapshot, index| snapshot.links.get(index).cloned())
    }

    /// The latest numbers of a link while `is_legible`, otherwise those of each second.
    pub fn legible_link(self, id: &str, is_legible: Memo<bool>) -> Memo<Option<LinkSnapshot>> {
        self.numbers(id, Some(is_legible), self.link_index(id), |snapshot, index| snapshot.links.get(index).cloned())
    }

    /// What `of` finds at this index of the latest snapshot, or, while it is not legible, of that of each second.
    fn numbers<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        id: &str,
        is_legible: Option<Memo<bool>>,
        index: Memo<Option<usize>>,
        of: fn(&Snapshot, usize) -> Option<T>,
    ) -> Memo<Option<T>> {
        let (latest, each_second) = (self.snapshots.of(id), self.seconds.of(id));
        Memo::new(move |_| {
            let index = index.get()?;
            let snapshot = if is_legible.is_none_or(|is_legible| is_legible.get()) { latest } else { each_second };
            snapshot.with(|snapshot| of(snapshot.as_ref()?, index))
        })
    }

    fn node_index(self, id: &str) -> Memo<Option<usize>> {
        let id = id.to_owned();
        Memo::new(move |_| self.loaded.with(|loaded| loaded.as_ref()?.nodes.iter().position(|node| node.id == id)))
    }

    fn link_index(self, id: &str) -> Memo<Option<usize>> {
        let id = id.to_owned();
        Memo::new(move |_| self.loaded.with(|loaded| loaded.as_ref()?.links.iter().position(|link| link.id == id)))
    }
}

/// How long a snapshot may stand for those after it, milliseconds.
const SECOND_MS: f64 = 1000.0;

/// One snapshot of each second of real time while the run goes on. Seconds of different phases, from 0 to 1, end one
/// after the other, so that not everything is drawn in one frame.
fn each_second(snapshot: RwSignal<Option<Arc<Snapshot>>>, phase: f64) -> Memo<Option<Arc<Snapshot>>> {
    let taken_ms = StoredValue::new(f64::NEG_INFINITY);
    Memo::new_with_compare(
        move |before: Option<&Option<Arc<Snapshot>>>| {
            let now = snapshot.get();
            let (Some(latest), Some(Some(before))) = (&now, before) else { return now };
            let now_ms = now_ms();
            let second = |ms: f64| (ms / SECOND_MS + phase).floor();
            if latest.running && latest.run == before.run && second(now_ms) == second(taken_ms.get_value()) {
                return Some(before.clone());
            }
            taken_ms.set_value(now_ms);
            now
        },
        |before, now| {
            let pointer = |value: Option<&Option<Arc<Snapshot>>>| Some(Arc::as_ptr(value?.as_ref()?));
            pointer(before) != pointer(now)
        },
    )
}
