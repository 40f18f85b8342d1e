//! The simulation as the page sees it: a worker that is given a document to run, and its answers.
//!
//! The worker holds a copy of the document as it was when it was loaded, plus the live faults
//! that were recorded since. Whenever the document no longer means the same run, it is loaded
//! again under a new number, and messages of the old number are ignored.

mod signals;
mod worker;

pub use signals::Run;

use super::state::Ui;
use crate::editor::Command;
use crate::editor::zones::outside;
use crate::faults::{PartitionDirection, is_momentary};
use crate::model::{Document, Fault, Link, Place};
use crate::protocol::ToWorker;
use leptos::prelude::*;
use serde_json::json;

/// The speeds to choose from, simulated seconds a second; `None` is as fast as the computer can.
pub const SPEEDS: [(Option<f64>, &str); 8] = [
    (Some(0.1), "0.1×"),
    (Some(0.5), "0.5×"),
    (Some(1.0), "1×"),
    (Some(2.0), "2×"),
    (Some(4.0), "4×"),
    (Some(10.0), "10×"),
    (Some(100.0), "100×"),
    (None, "Max speed"),
];

impl Ui {
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
            self.run.synchronize();
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
            self.run.synchronize();
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
