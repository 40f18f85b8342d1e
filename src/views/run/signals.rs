//! The signals of the run: what the simulator's worker last reported.

use crate::browser::page::worker::Worker;
use crate::findings;
use crate::model::Document;
use crate::record::series::RunSeries;
use crate::report::snapshot::{LinkSnapshot, NodeSnapshot, Snapshot};
use crate::report::{Finding, Report};
use crate::views::state::{Editing, Panels};
use leptos::prelude::*;
use std::sync::Arc;

/// The simulation as the page knows it.
#[derive(Clone, Copy)]
pub struct Run {
    /// The latest numbers.
    pub snapshot: RwSignal<Option<Arc<Snapshot>>>,
    /// The time series so far.
    pub series: RwSignal<RunSeries>,
    /// The report, once the run has ended.
    pub report: RwSignal<Option<Arc<Report>>>,
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
    /// A problem in the document stopped a run that was playing: it goes on when that is solved.
    pub(super) stopped_by_problem: StoredValue<bool>,
    /// Number of the run. Messages of an earlier one are ignored.
    pub(super) number: StoredValue<u64>,
    /// Snapshots that have arrived since the last animation frame.
    pub(super) undrawn: StoredValue<Vec<Snapshot>>,
    pub(super) worker: StoredValue<Option<Worker>, LocalStorage>,
    pub(super) editing: Editing,
    pub(super) panels: Panels,
}

impl Run {
    /// Nothing loaded, no worker.
    pub fn new(editing: Editing, panels: Panels) -> Run {
        let report = RwSignal::new(None::<Arc<Report>>);
        let loaded = RwSignal::new(None::<Arc<Document>>);
        let findings = Memo::new(move |_| {
            let report = report.get()?;
            // Not tracked: a report is dropped as soon as another document is loaded.
            let document = loaded.get_untracked()?;
            Some(Arc::new(findings::findings(&report, &document)))
        });
        Run {
            snapshot: RwSignal::new(None),
            series: RwSignal::new(RunSeries::default()),
            report,
            findings,
            playing: RwSignal::new(false),
            speed: RwSignal::new(Some(1.0)),
            broken: RwSignal::new(None),
            loaded,
            stopped_by_problem: StoredValue::new(false),
            number: StoredValue::new(0),
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

    /// The latest numbers of a node; none when the run does not have it.
    pub fn node(self, id: &str) -> Memo<Option<NodeSnapshot>> {
        let id = id.to_owned();
        let index =
            Memo::new(move |_| self.loaded.with(|loaded| loaded.as_ref()?.nodes.iter().position(|node| node.id == id)));
        Memo::new(move |_| {
            let index = index.get()?;
            self.snapshot.with(|snapshot| snapshot.as_ref()?.nodes.get(index).cloned())
        })
    }

    /// The latest numbers of a link; none when the run does not have it.
    pub fn link(self, id: &str) -> Memo<Option<LinkSnapshot>> {
        let id = id.to_owned();
        let index =
            Memo::new(move |_| self.loaded.with(|loaded| loaded.as_ref()?.links.iter().position(|link| link.id == id)));
        Memo::new(move |_| {
            let index = index.get()?;
            self.snapshot.with(|snapshot| snapshot.as_ref()?.links.get(index).cloned())
        })
    }
}
