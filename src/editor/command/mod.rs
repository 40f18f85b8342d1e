//! Everything that can be done to a document, and how.
//!
//! [`perform`] is a function from a document and a command to a changed document; it knows
//! nothing of history. What it refuses leaves the document in an undefined state, so
//! [`Editor::apply`](super::Editor::apply) hands it a copy.

mod checks;
mod parameters;
mod perform;

pub(super) use checks::link_mut;
pub(super) use perform::{fragment, perform};

use super::placing::Placing;
use super::{Selection, ids};
use crate::kind::Calls;
use crate::kinds;
use crate::model::{Document, Fault, ParameterChange, Place, RunPlan, Zone};
use checks::node;
use serde_json::Value;
use std::collections::BTreeSet;

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The calling end.
    From,
    /// The called end.
    To,
}

/// Everything that can be done to a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Places a kind; the new node is selected and its id returned.
    AddNode {
        /// Registry id.
        kind: String,
        /// Top left corner.
        at: [f64; 2],
    },
    /// Places a kind together with its link; the new node is selected and its id returned.
    Place(Placing),
    /// Moves nodes by a distance.
    MoveBy {
        /// Their ids.
        nodes: Vec<String>,
        /// Canvas pixels.
        by: [f64; 2],
    },
    /// Moves each of these nodes to a place of its own.
    MoveTo(Vec<(String, [f64; 2])>),
    /// Removes nodes with their links, and links; faults and zones no longer name them.
    Remove(Selection),
    /// Copies nodes and the links between them, to where there is room beside them; the copies are selected.
    Duplicate(Selection),
    /// Adds another document's nodes and the links between them under ids of their own; what was
    /// added is selected. The other half is [`Editor::copy`](super::Editor::copy).
    Paste {
        /// What to add; its title, zones, faults and run plan are left aside.
        fragment: Box<Document>,
        /// Where the top left corner of the whole goes; `None` is where there is room beside the place where
        /// it was copied.
        at: Option<[f64; 2]>,
    },
    /// Names a node; empty gives it its kind's label back.
    Rename {
        /// Node id.
        node: String,
        /// The name.
        name: String,
    },
    /// Sets a parameter of a node, link or fault at a dotted path (`service.mean_ms`,
    /// `operations.0.weight`); `None` gives it its default back. A value out of range is kept
    /// and shows up as a problem.
    SetParam {
        /// `Place::Node`, `Place::Link`, `Place::Fault`, or `Place::Change`, whose paths are `at_s` and `to`.
        place: Place,
        /// Dotted path.
        path: String,
        /// The value.
        value: Option<Value>,
    },
    /// Draws a link; its id is returned and it is selected.
    Connect {
        /// Calling node.
        from: String,
        /// Called node.
        to: String,
    },
    /// Moves one end of a link to another node.
    Reconnect {
        /// Link id.
        link: String,
        /// Which end.
        end: End,
        /// The new node there.
        node: String,
    },
    /// Puts a node in the middle of a link: the link then ends at the node, and a new link, whose
    /// id is returned, goes on from there. Room is made for it between the two others.
    SplitLink {
        /// Link id.
        link: String,
        /// The node to put in.
        node: String,
    },
    /// Puts another document in place of this one, as when an older version is restored.
    Replace(Box<Document>),
    /// Names the document.
    SetTitle(String),
    /// Sets duration, warm-up and seed.
    SetRun(RunPlan),
    /// Appends a fault; refused when it names what is not there.
    AddFault(Fault),
    /// Puts these faults in place of those that are planned; refused when one names what is not
    /// there.
    SetFaults(Vec<Fault>),
    /// Plans a fault once more, after its end or at the end of the run.
    DuplicateFault(usize),
    /// Moves a fault in time and changes its duration.
    MoveFault {
        /// Index in the document.
        index: usize,
        /// Seconds, at least 0.
        start_s: f64,
        /// Seconds; `None` is to the end of the run.
        duration_s: Option<f64>,
    },
    /// Gives links the recommended policies: a timeout that leaves the calls behind it their time, retries with
    /// full jitter and a budget, and a circuit breaker. A timeout that is there stays.
    RecommendedPolicies(BTreeSet<String>),
    /// Sets when a fault ends.
    SetFaultDuration {
        /// Index in the document.
        index: usize,
        /// Seconds; `None` is to the end of the run.
        duration_s: Option<f64>,
    },
    /// Removes a fault.
    RemoveFault(usize),
    /// Adds parameter changes; refused when one names what is not there.
    AddChanges(Vec<ParameterChange>),
    /// Moves a parameter change in time.
    MoveChange {
        /// Index in the document.
        index: usize,
        /// Seconds, at least 0.
        at_s: f64,
    },
    /// Removes a parameter change.
    RemoveChange(usize),
    /// Removes a parameter change and gives the parameter its value from the start.
    ChangeFromStart(usize),
    /// Creates a zone of these nodes; its id is returned.
    AddZone(BTreeSet<String>),
    /// Replaces the zone of the same id: its name and its members.
    SetZone(Zone),
    /// Spreads the replicas of this node evenly over all zones.
    SpreadOverZones(String),
    /// Removes a zone; its nodes stay, and faults no longer name it.
    RemoveZone(String),
}

/// Whether a link may be drawn; the refusal is a sentence. `moving` is the link that would be
/// moved there, and so does not count.
pub fn may_connect(document: &Document, from: &str, to: &str, moving: Option<&str>) -> Result<(), String> {
    let (caller, called) = (node(document, from)?, node(document, to)?);
    if from == to {
        return Err("A node cannot call itself.".to_owned());
    }
    if let Err(refusal) = kinds::may_call(&caller.kind, &called.kind) {
        // If the reverse link is valid, suggest it by its names.
        let what = refusal.split_once(": ").map_or(refusal.as_str(), |(what, _)| what);
        return Err(match kinds::may_call(&called.kind, &caller.kind) {
            Ok(()) => {
                format!("{what}: draw the link from {} to {}.", ids::shown_name(called), ids::shown_name(caller))
            }
            Err(_) => refusal,
        });
    }
    let mut others = document.links.iter().filter(|link| link.from == from && Some(link.id.as_str()) != moving);
    let one = kinds::info(&caller.kind).is_some_and(|info| info.calls == Calls::One);
    if others.clone().any(|link| link.to == to) {
        return Err(format!("{} already calls {}.", ids::shown_name(caller), ids::shown_name(called)));
    }
    if let Some(other) = others.next().filter(|_| one) {
        let already = document.node(&other.to).map_or(other.to.as_str(), ids::shown_name);
        return Err(format!("{} calls one node only, and that is {already}.", ids::shown_name(caller)));
    }
    Ok(())
}
