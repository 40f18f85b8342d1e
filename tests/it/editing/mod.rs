//! The editor: each command, its undo, and what always holds.

mod changes;
mod policies;
mod random;
mod zones;

use crate::samples::{document, shop};
use headroom::codec;
use headroom::editor::geometry::card;
use headroom::editor::{Command, Editor, End, Selection};
use headroom::model::{Document, Fault, Node, Place, RunPlan, limits};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Does something to the shop, and shows that undo takes it back and redo does it again.
#[track_caller]
fn check(command: Command, look: impl Fn(&Document)) -> Editor {
    let mut editor = Editor::new(shop());
    editor.apply(command).unwrap();
    look(editor.document());
    assert_consistent(editor.document());
    let after = editor.document().clone();
    assert!(editor.undo(), "one step to undo");
    assert_eq!(**editor.document(), shop());
    assert!(!editor.undo(), "one step only");
    assert!(editor.redo(), "one step to redo");
    assert_eq!(editor.document(), &after);
    assert!(!editor.can_redo());
    editor
}

/// Expects a refusal that changes nothing.
#[track_caller]
fn check_refused(command: Command, expected: &str) {
    let mut editor = Editor::new(shop());
    assert_eq!(editor.apply(command), Err(expected.to_owned()));
    assert_eq!(**editor.document(), shop());
    assert!(!editor.can_undo());
}

/// What holds of every drawing.
#[track_caller]
fn assert_consistent(document: &Document) {
    let nodes: BTreeSet<&str> = document.nodes.iter().map(|node| node.id.as_str()).collect();
    let links: BTreeSet<&str> = document.links.iter().map(|link| link.id.as_str()).collect();
    let zones: BTreeSet<&str> = document.zones.iter().map(|zone| zone.id.as_str()).collect();
    assert_eq!(nodes.len(), document.nodes.len(), "node ids are unique");
    assert_eq!(links.len(), document.links.len(), "link ids are unique");
    for link in &document.links {
        assert!(nodes.contains(link.from.as_str()) && nodes.contains(link.to.as_str()), "{link:?} ends at nodes");
    }
    for zone in &document.zones {
        assert!(zone.nodes.iter().all(|id| nodes.contains(document.base_id(id))), "{zone:?} holds nodes");
    }
    let named = |value: &Value| {
        let base = document.base_id(value.as_str().unwrap());
        nodes.contains(base) || zones.contains(base)
    };
    for fault in &document.faults {
        assert!(fault.params.get("target").is_none_or(named), "{fault:?} has a target");
        for link in fault.params.get("links").and_then(Value::as_array).into_iter().flatten() {
            assert!(links.contains(link.as_str().unwrap()), "{fault:?} names links");
        }
        for side in fault.params.get("between").and_then(Value::as_array).into_iter().flatten() {
            assert!(!side.as_array().unwrap().is_empty());
            assert!(side.as_array().unwrap().iter().all(named), "{fault:?} names nodes");
        }
    }
    for node in &document.nodes {
        assert!(node.at.iter().all(|x| x.abs() <= limits::COORDINATE_MAX));
    }
}

fn nodes<const N: usize>(ids: [&str; N]) -> Selection {
    Selection { nodes: ids.map(str::to_owned).into(), links: BTreeSet::new() }
}

fn set(place: Place, path: &str, value: Value) -> Command {
    Command::SetParam { place, path: path.into(), value: Some(value) }
}

fn connect(from: &str, to: &str) -> Command {
    Command::Connect { from: from.into(), to: to.into() }
}

#[test]
fn placed_nodes_get_short_unique_ids_and_names() {
    let mut editor = Editor::new(Document::default());
    let place = || Command::AddNode { kind: "app".into(), at: [10.0, 20.0] };
    let ids: Vec<_> = (0..3).map(|_| editor.apply(place()).unwrap().unwrap()).collect();
    assert_eq!(ids, ["app", "app-2", "app-3"]);
    let names: Vec<_> = editor.document().nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["", "App 2", "App 3"]);
    assert_eq!(editor.selection(), &Selection::node("app-3"));
    assert_eq!(
        editor.apply(Command::AddNode { kind: "blimp".into(), at: [0.0; 2] }).unwrap_err(),
        "There is no kind called blimp."
    );
    assert_eq!(
        editor.apply(Command::AddNode { kind: "app".into(), at: [f64::NAN, 0.0] }).unwrap_err(),
        "That is not a number."
    );
}

#[test]
fn a_new_node_does_not_take_the_id_of_a_zone() {
    let mut editor = Editor::new(document(json!({"headroom": 1, "zones": [{"id": "app", "nodes": []}]})));
    assert_eq!(editor.apply(Command::AddNode { kind: "app".into(), at: [0.0; 2] }), Ok(Some("app-2".into())));
}

#[test]
fn moving_nodes_changes_their_positions() {
    check(Command::MoveBy { nodes: vec!["lb".into(), "db".into()], by: [5.0, -7.0] }, |after| {
        assert_eq!(after.node("lb").unwrap().at, [285.0, 193.0]);
        assert_eq!(after.node("db").unwrap().at, [685.0, 293.0]);
        assert_eq!(after.node("app").unwrap().at, [480.0, 200.0]);
    });
    check(Command::MoveTo(vec![("lb".into(), [1.0, 2.0]), ("db".into(), [1e300, 4.0])]), |after| {
        assert_eq!(after.node("lb").unwrap().at, [1.0, 2.0]);
        assert_eq!(after.node("db").unwrap().at, [limits::COORDINATE_MAX, 4.0]);
    });
    check_refused(
        Command::MoveBy { nodes: vec!["lb".into(), "gone".into()], by: [1.0, 1.0] },
        "There is no node gone any more.",
    );
}

#[test]
fn removing_a_node_removes_its_links_and_faults() {
    check(Command::Remove(nodes(["db"])), |after| {
        assert!(after.link("app-db").is_none());
        assert_eq!(after.faults.len(), 3, "the crash of db and the partition from db are gone");
        assert_eq!(after.faults[2].params["links"], json!(["app-cache"]), "the other partition forgot a link");
    });
    check(Command::Remove(nodes(["app"])), |after| {
        let left: Vec<_> = after.faults.iter().map(|fault| &fault.params).collect();
        let json: Value = serde_json::to_value(left).unwrap();
        assert_eq!(
            json,
            json!([{"target": "db"}, {"target": "east"}, {"between": [["lb"], ["db"]]}]),
            "app#2 went with app, and so did every link of the first partition"
        );
        assert_eq!(after.zones[0].nodes, ["cache"]);
    });
    check(Command::Remove(nodes(["app", "cache"])), |after| {
        assert!(after.zones.is_empty(), "a zone with nothing in it is gone");
        assert!(after.faults.iter().all(|fault| fault.params.get("target") != Some(&json!("east"))));
    });
}

#[test]
fn removing_a_link_keeps_its_nodes() {
    let editor = check(Command::Remove(Selection::link("app-db")), |after| {
        assert_eq!((after.nodes.len(), after.links.len()), (7, 5));
        assert_eq!(after.faults[3].params["links"], json!(["app-cache"]));
    });
    assert!(editor.selection().is_empty());
    let mut editor = Editor::new(shop());
    editor.apply(Command::Remove(Selection::link("gone"))).unwrap();
    assert!(!editor.can_undo(), "what changes nothing is no step");
}

#[test]
fn copies_keep_the_links_between_them() {
    let editor = check(Command::Duplicate(nodes(["app", "db", "cache"])), |after| {
        assert_eq!(after.nodes.len(), 10);
        let copy = after.node("db-2").unwrap();
        assert_eq!(copy.name, "Orders 2");
        let by = [0, 1].map(|axis| copy.at[axis] - after.node("db").unwrap().at[axis]);
        for (id, copied) in [("app", "app-2"), ("cache", "cache-2"), ("db", "db-2")] {
            let (one, other) = (after.node(id).unwrap(), after.node(copied).unwrap());
            assert_eq!([one.at[0] + by[0], one.at[1] + by[1]], other.at, "they keep their places to each other");
            let lies_over = |node: &&Node| node.id != copied && card(node).overlaps(&card(other));
            assert!(after.nodes[..7].iter().find(lies_over).is_none(), "{copied} lies over no other");
        }
        assert_eq!(copy.params, after.node("db").unwrap().params);
        let link = after.link("app-2-db-2").unwrap();
        assert_eq!((link.from.as_str(), link.to.as_str()), ("app-2", "db-2"));
        assert_eq!(link.params, after.link("app-db").unwrap().params);
        assert_eq!(after.links.len(), 8, "links to what was not copied are not copied");
    });
    assert_eq!(editor.selection().nodes, ["app-2", "cache-2", "db-2"].map(str::to_owned).into());
    assert_eq!(editor.selection().links.len(), 2);
}

#[test]
fn a_copy_is_pasted_into_another_document_as_text() {
    let mut editor = Editor::new(shop());
    let text = codec::save(&editor.copy(&nodes(["app", "db"])));
    let (fragment, notes) = codec::open(&text).unwrap();
    assert!(notes.is_empty());
    let fragment = Box::new(fragment);

    let mut elsewhere = Editor::new(Document::default());
    elsewhere.apply(Command::Paste { fragment: fragment.clone(), at: Some([0.0, 0.0]) }).unwrap();
    assert_eq!(elsewhere.document().node("app").unwrap().at, [0.0, 0.0]);
    assert_eq!(elsewhere.document().node("db").unwrap().at, [200.0, 100.0]);
    assert_eq!(elsewhere.document().links[0].params, shop().link("app-db").unwrap().params);

    editor.apply(Command::Paste { fragment, at: None }).unwrap();
    assert_consistent(editor.document());
    assert!(editor.document().node("app-2").is_some());
    assert_eq!(editor.document().faults, shop().faults);
}

#[test]
fn renaming_nodes_and_the_document() {
    let rename = |name: &str| Command::Rename { node: "db".into(), name: name.into() };
    check(rename("Ledger"), |after| assert_eq!(after.node("db").unwrap().name, "Ledger"));
    check(rename("  "), |after| assert_eq!(after.node("db").unwrap().name, ""));
    check(rename("Database"), |after| assert_eq!(after.node("db").unwrap().name, "", "the label needs no name"));
    check_refused(rename(&"x".repeat(201)), "A text may have at most 200 characters.");
    let other = Document { title: "Another".into(), ..Document::default() };
    check(Command::Replace(Box::new(other.clone())), |after| assert_eq!(*after, other));
    check(Command::SetTitle("Shop, calmer".into()), |after| assert_eq!(after.title, "Shop, calmer"));
}

#[test]
fn setting_parameters_of_nodes_links_and_faults() {
    check(set(Place::Node("app".into()), "replicas", json!(7)), |after| {
        assert_eq!(after.node("app").unwrap().params["replicas"], json!(7));
    });
    check(set(Place::Node("app".into()), "replicas", json!(-7)), |after| {
        assert_eq!(after.node("app").unwrap().params["replicas"], json!(-7), "kept, to be marked where it was typed");
    });
    check(set(Place::Node("users".into()), "operations.1.weight", json!(3)), |after| {
        assert_eq!(after.node("users").unwrap().params["operations"][1]["weight"], json!(3));
    });
    check(
        Command::SetParam { place: Place::Node("db".into()), path: "max_connections".into(), value: None },
        |after| {
            assert!(after.node("db").unwrap().params.is_empty());
        },
    );
    check(set(Place::Link("app-db".into()), "retries.max", json!(5)), |after| {
        assert_eq!(after.link("app-db").unwrap().params["retries"]["max"], json!(5));
    });
    check(set(Place::Fault(0), "start_s", json!(31.5)), |after| assert_eq!(after.faults[0].start_s, 31.5));
    check(set(Place::Fault(0), "duration_s", json!(null)), |after| assert_eq!(after.faults[0].duration_s, None));
    check(set(Place::Fault(0), "target", json!("app")), |after| {
        assert_eq!(after.faults[0].params["target"], json!("app"));
    });
    check_refused(set(Place::Fault(0), "start_s", json!("soon")), "start_s is a number of seconds.");
    check_refused(set(Place::Fault(0), "fault", json!("gremlins")), "There is no fault called \"gremlins\".");
    check_refused(set(Place::Fault(9), "start_s", json!(1)), "There is no fault 9 any more.");
    check_refused(
        set(Place::Node("app".into()), "a..b", json!(1)),
        "\u{201c}a..b\u{201d} is not the path of a parameter.",
    );
    check_refused(set(Place::Run, "seed", json!(1)), "That has no parameters to set here.");
}

#[test]
fn connecting_refuses_links_that_are_not_possible() {
    let editor = check(connect("jobs", "app"), |after| {
        let link = after.link("jobs-app").unwrap();
        assert_eq!((link.from.as_str(), link.to.as_str()), ("jobs", "app"));
    });
    assert_eq!(editor.selection(), &Selection::link("jobs-app"));
    check_refused(connect("app", "app"), "A node cannot call itself.");
    check_refused(connect("app", "db"), "Shop already calls Orders.");
    check_refused(connect("users", "lb"), "Users calls one node only, and that is Rate limiter.");
    check_refused(connect("app", "gone"), "There is no node gone any more.");
    check_refused(connect("db", "app"), "A database calls nobody: draw the link from Shop to Orders.");
    check_refused(
        connect("lb", "users"),
        "A load balancer cannot call a client: draw the link from Users to Load balancer.",
    );
}

#[test]
fn links_are_reconnected_and_split() {
    let reconnect = |link: &str, end, node: &str| Command::Reconnect { link: link.into(), end, node: node.into() };
    check(reconnect("limiter-lb", End::To, "app"), |after| assert_eq!(after.link("limiter-lb").unwrap().to, "app"));
    check(reconnect("app-cache", End::From, "lb"), |after| assert_eq!(after.link("app-cache").unwrap().from, "lb"));
    check_refused(reconnect("app-cache", End::To, "db"), "Shop already calls Orders.");
    check_refused(reconnect("app-cache", End::To, "app"), "A node cannot call itself.");
    let mut editor = Editor::new(shop());
    editor.apply(reconnect("app-db", End::To, "db")).unwrap();
    assert!(!editor.can_undo());

    let mut editor = Editor::new(shop());
    editor.begin();
    let node = editor.apply(Command::AddNode { kind: "load_balancer".into(), at: [580.0, 250.0] }).unwrap().unwrap();
    let link = editor.apply(Command::SplitLink { link: "app-db".into(), node: node.clone() }).unwrap().unwrap();
    editor.commit();
    let after = editor.document();
    assert_eq!(after.link("app-db").unwrap().to, node);
    assert_eq!(after.link("app-db").unwrap().params, shop().link("app-db").unwrap().params);
    assert_eq!((&*after.link(&link).unwrap().from, &*after.link(&link).unwrap().to), (&*node, "db"));
    assert!(editor.undo());
    assert_eq!(**editor.document(), shop());
    check_refused(Command::SplitLink { link: "app-db".into(), node: "db".into() }, "A node cannot call itself.");
    check_refused(Command::SplitLink { link: "app-db".into(), node: "cache".into() }, "Shop already calls Cache.");
}

#[test]
fn editing_faults_and_the_run_plan() {
    let fault = Fault { fault: "crash".into(), start_s: 3.0, duration_s: None, params: serde_json::Map::new() };
    check(Command::AddFault(fault.clone()), |after| assert_eq!(after.faults.last(), Some(&fault)));
    check(Command::SetFaultDuration { index: 1, duration_s: Some(2.0) }, |after| {
        assert_eq!(after.faults[1].duration_s, Some(2.0));
    });
    check(Command::SetFaults(vec![fault.clone(), fault.clone()]), |after| {
        assert_eq!(after.faults, [fault.clone(), fault.clone()]);
    });
    for (index, start_s) in [(0, 40.0), (2, 54.5), (4, 75.0)] {
        check(Command::DuplicateFault(index), |after| {
            let copy = Fault { start_s, ..shop().faults[index].clone() };
            assert_eq!(after.faults.last(), Some(&copy), "after its end, or a twentieth of the run later");
        });
    }
    check_refused(Command::DuplicateFault(9), "There is no fault 9 any more.");
    check(Command::MoveFault { index: 1, start_s: -4.0, duration_s: None }, |after| {
        assert_eq!((after.faults[1].start_s, after.faults[1].duration_s), (0.0, None));
    });
    check_refused(Command::MoveFault { index: 1, start_s: f64::NAN, duration_s: None }, "That is not a number.");
    check(Command::RemoveFault(0), |after| assert_eq!(after.faults[..], shop().faults[1..]));
    let params = json!({"target": "gone#1"}).as_object().unwrap().clone();
    check_refused(Command::AddFault(Fault { params, ..fault.clone() }), "There is no node or zone gone#1 any more.");
    check_refused(Command::RemoveFault(5), "There is no fault 5 any more.");
    let run = RunPlan { duration_s: 30.0, warmup_s: 3.0, seed: 5 };
    check(Command::SetRun(run.clone()), |after| assert_eq!(after.run, run));
    check_refused(Command::SetRun(RunPlan { duration_s: f64::INFINITY, ..run }), "That is not a number.");
}

#[test]
fn a_gesture_is_one_undo_step() {
    let mut editor = Editor::new(shop());
    let nudge = || Command::MoveBy { nodes: vec!["db".into()], by: [1.0, 0.0] };
    editor.begin();
    for _ in 0..20 {
        editor.apply(nudge()).unwrap();
    }
    editor.commit();
    assert!(editor.undo());
    assert_eq!(**editor.document(), shop());
    assert!(!editor.can_undo());

    editor.begin();
    editor.apply(nudge()).unwrap();
    editor.cancel();
    assert_eq!(**editor.document(), shop());
    assert!(editor.can_redo(), "a gesture that was given up forgets nothing");

    editor.begin();
    editor.commit();
    assert!(!editor.can_undo(), "a gesture without a change is no step");

    editor.begin();
    editor.apply(nudge()).unwrap();
    editor.begin();
    editor.apply(nudge()).unwrap();
    assert!(editor.undo(), "undo ends an open gesture");
    assert_eq!(editor.document().node("db").unwrap().at[0], 681.0);
    assert!(editor.undo(), "beginning anew committed the one before");
    assert_eq!(**editor.document(), shop());
}

#[test]
fn a_fault_added_during_a_drag_stays_when_the_drag_is_canceled() {
    let mut editor = Editor::new(shop());
    let fault = Fault { fault: "crash".into(), start_s: 3.0, duration_s: None, params: serde_json::Map::new() };
    editor.begin();
    editor.apply(Command::MoveBy { nodes: vec!["db".into()], by: [9.0, 0.0] }).unwrap();
    editor.apply(Command::AddFault(fault.clone())).unwrap();
    assert_eq!(editor.document().node("db").unwrap().at[0], 689.0);
    assert_eq!(editor.document().faults.len(), 6);
    editor.cancel();
    assert_eq!(editor.document().node("db").unwrap().at[0], 680.0);
    assert_eq!(editor.document().faults.last(), Some(&fault));
    assert!(editor.undo());
    assert_eq!(**editor.document(), shop());
}

#[test]
fn undo_restores_the_selection() {
    let mut editor = Editor::new(shop());
    editor.select(nodes(["db", "gone"]));
    assert_eq!(editor.selection(), &nodes(["db"]));
    editor.apply(Command::Remove(nodes(["db"]))).unwrap();
    assert!(editor.selection().is_empty());
    editor.undo();
    assert_eq!(editor.selection(), &nodes(["db"]));
    editor.redo();
    assert!(editor.selection().is_empty());
}

#[test]
fn the_number_of_nodes_is_limited() {
    let mut editor = Editor::new(Document::default());
    let place = || Command::AddNode { kind: "app".into(), at: [0.0; 2] };
    for _ in 0..limits::NODES {
        editor.apply(place()).unwrap();
    }
    assert_eq!(editor.apply(place()).unwrap_err(), "A diagram holds at most 500 nodes.");
    assert_eq!(editor.apply(Command::Duplicate(nodes(["app"]))).unwrap_err(), "A diagram holds at most 500 nodes.");
}
