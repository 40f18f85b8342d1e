//! Which faults of a document are active at an instant, and where.

use super::{has_effect, is_instantaneous};
use crate::fault::FaultEffect;
use crate::model::{Document, Fault, Link, Named, Place, ReplicaRef};
use std::collections::BTreeSet;

/// How long after its start the page may learn of a fault that it has injected, seconds: a live
/// fault begins a moment after the snapshot that the person saw.
const TOLERANCE_S: f64 = 0.25;

/// The faults that affect a node, a replica of it, a zone or a link at `now_s` and that can be
/// ended; by their index in the document. What affects a zone affects the nodes in it.
pub fn all_active(document: &Document, now_s: f64, place: &Place) -> Vec<usize> {
    let affects = |fault: &Fault| match place {
        Place::Node(id) => document.affected(fault).contains(&id.as_str()),
        Place::Zone(id) => document.zone_named(id).is_some() && fault.names().contains(&id.as_str()),
        Place::Link(id) => {
            fault.names().contains(&id.as_str())
                || document.link(id).is_some_and(|link| is_separated(document, fault, link))
        }
        _ => false,
    };
    let faults = document.faults.iter().enumerate();
    let active = faults.filter(|(_, fault)| is_on(fault, now_s) && affects(fault));
    active.map(|(index, _)| index).collect()
}

/// The faults that are active at `now_s` anywhere and that can be ended, by their index in the document. What
/// this module says of a document changes only when this does.
pub fn active_anywhere(document: &Document, now_s: f64) -> Vec<usize> {
    let faults = document.faults.iter().enumerate();
    faults.filter(|(_, fault)| is_on(fault, now_s)).map(|(index, _)| index).collect()
}

fn is_on(fault: &Fault, now_s: f64) -> bool {
    let has_begun = fault.start_s <= now_s + TOLERANCE_S;
    let is_over = fault.duration_s.is_some_and(|duration_s| fault.start_s + duration_s <= now_s);
    has_begun && !is_over && !is_instantaneous(fault)
}

/// The last fault of the document that has this effect on the whole of a node, zone or link at
/// `now_s`.
pub fn active(document: &Document, now_s: f64, place: &Place, effect: FaultEffect) -> Option<usize> {
    last(document, now_s, place, |fault| has_effect(fault, effect))
}

/// The last fault of the document of this id that affects the whole of a node, zone or link at `now_s`.
pub fn active_of(document: &Document, now_s: f64, place: &Place, id: &str) -> Option<usize> {
    last(document, now_s, place, |fault| fault.fault == id)
}

fn last(document: &Document, now_s: f64, place: &Place, is_meant: impl Fn(&Fault) -> bool) -> Option<usize> {
    let is_whole = |fault: &Fault| match place {
        Place::Node(id) => fault.target().is_none_or(|target| includes(document, &[target], id)),
        _ => true,
    };
    let all = all_active(document, now_s, place).into_iter();
    all.map(|index| (index, &document.faults[index]))
        .rfind(|(_, fault)| is_meant(fault) && is_whole(fault))
        .map(|(index, _)| index)
}

/// Which of a node's replicas faults of this id affect at `now_s`, from 0 to before `replicas`.
pub fn affected_replicas(document: &Document, now_s: f64, node: &str, id: &str, replicas: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for index in all_active(document, now_s, &Place::Node(node.to_owned())) {
        let fault = &document.faults[index];
        let Some(target) = fault.target().filter(|_| fault.fault == id) else { continue };
        let names = match document.zone_named(target) {
            Some(zone) => zone.nodes.iter().map(String::as_str).collect(),
            None => vec![target],
        };
        for name in names {
            match document.named(name) {
                Some(Named::Node(named)) if named.id == node => found.extend(0..replicas),
                Some(Named::Replica(named, number)) if named.id == node => {
                    found.extend(ReplicaRef { node, number }.index().filter(|replica| *replica < replicas));
                }
                _ => {}
            }
        }
    }
    found
}

/// Whether a node as a whole is among these names, by itself or in a zone.
fn includes(document: &Document, names: &[&str], node: &str) -> bool {
    names.iter().any(|name| {
        let zone = document.zone_named(name);
        *name == node || zone.is_some_and(|zone| zone.nodes.iter().any(|member| member == node))
    })
}

/// Whether a fault separates the two nodes that a link joins as a whole, so that no message
/// passes.
fn is_separated(document: &Document, fault: &Fault, link: &Link) -> bool {
    let sides = fault.sides();
    let [a, b] = sides.as_slice() else { return false };
    let is_across = |a: &[&str], b: &[&str]| includes(document, a, &link.from) && includes(document, b, &link.to);
    is_across(a, b) || is_across(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Node, Params, Zone};
    use serde_json::json;

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
    fn a_fault_is_active_from_its_start_to_its_end() {
        let (document, db) = (document(), Place::Node("db".to_owned()));
        let at = |now_s| active(&document, now_s, &db, FaultEffect::Crashes);
        assert_eq!(
            [at(0.0), at(10.0), at(14.9), at(15.0), at(29.0), at(99.0)],
            [None, Some(0), Some(0), None, None, Some(1)]
        );
    }

    #[test]
    fn a_fault_with_a_duration_can_be_ended_and_an_instantaneous_one_cannot() {
        let mut document = document();
        document.nodes = vec![node("db"), node("other")];
        for (fault, target) in [("slow", "db#2"), ("cache_flush", "db"), ("slow", "other")] {
            let params = [("target".to_owned(), json!(target))].into_iter().collect();
            document.faults.push(Fault { fault: fault.to_owned(), start_s: 31.0, duration_s: None, params });
        }
        assert_eq!(all_active(&document, 40.0, &Place::Node("db".to_owned())), [1, 3]);
        assert_eq!(all_active(&document, 5.5, &Place::Link("a".to_owned())), [2]);
        assert_eq!(all_active(&document, 40.0, &Place::Link("a".to_owned())), [0; 0]);
    }

    #[test]
    fn the_replicas_that_faults_of_an_id_affect_are_found_by_node_replica_and_zone() {
        let mut document = document();
        document.nodes = vec![node("db"), node("other")];
        let members = ["other".to_owned(), "db#2".to_owned()].to_vec();
        document.zones = vec![Zone { id: "z".to_owned(), name: String::new(), nodes: members }];
        for (fault, target, start_s) in
            [("pause", "db#3", 50.0), ("pause", "z", 60.0), ("slow", "db#1", 50.0), ("pause", "db", 70.0)]
        {
            let params = [("target".to_owned(), json!(target))].into_iter().collect();
            document.faults.push(Fault { fault: fault.to_owned(), start_s, duration_s: None, params });
        }
        let paused =
            |now_s, node: &str| affected_replicas(&document, now_s, node, "pause", 4).into_iter().collect::<Vec<_>>();
        assert_eq!(paused(40.0, "db"), [0; 0]);
        assert_eq!(paused(55.0, "db"), [2]);
        assert_eq!(paused(65.0, "db"), [1, 2]);
        assert_eq!(paused(75.0, "db"), [0, 1, 2, 3]);
        assert_eq!(paused(75.0, "other"), [0, 1, 2, 3]);
        let whole = |now_s| active_of(&document, now_s, &Place::Node("db".to_owned()), "pause");
        assert_eq!([whole(65.0), whole(75.0)], [None, Some(6)]);
    }

    #[test]
    fn a_fault_at_a_zone_affects_the_nodes_in_it() {
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
        let at = |place: Place, effect: FaultEffect| active(&document, 2.0, &place, effect);
        let (placed, zone) = (|id: &str| Place::Node(id.to_owned()), Place::Zone("z".to_owned()));
        assert_eq!(
            [at(placed("shop"), FaultEffect::Crashes), at(zone.clone(), FaultEffect::Crashes)],
            [Some(0), Some(0)]
        );
        assert_eq!(at(placed("db"), FaultEffect::Crashes), None, "only one replica of it is in the zone");
        assert_eq!(all_active(&document, 2.0, &placed("db")), [0, 1], "but is affected");
        assert_eq!(at(zone, FaultEffect::Partitions), Some(1));
        assert_eq!(at(Place::Link("out".to_owned()), FaultEffect::Partitions), Some(1));
        assert_eq!(
            at(Place::Link("part".to_owned()), FaultEffect::Partitions),
            None,
            "the other replicas still get messages"
        );
    }

    #[test]
    fn a_partition_is_active_on_the_links_that_it_names() {
        let document = document();
        assert_eq!(active(&document, 5.5, &Place::Link("b".to_owned()), FaultEffect::Partitions), Some(2));
        assert_eq!(active(&document, 5.5, &Place::Link("c".to_owned()), FaultEffect::Partitions), None);
        assert_eq!(active(&document, 5.5, &Place::Node("a".to_owned()), FaultEffect::Crashes), None);
    }
}
