//! The editor: each command, its undo, and what always holds.

use crate::examples::examples;
use crate::samples::{any_document, document, shop};
use headroom::codec;
use headroom::editor::chaos::schedule;
use headroom::editor::geometry::card;
use headroom::editor::zones::{outside, zones_of_replicas};
use headroom::editor::{Command, Editor, End, Selection};
use headroom::kinds;
use headroom::model::{Document, Fault, Node, ParameterChange, Place, Problem, RunPlan, Zone, limits};
use proptest::prelude::*;
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

/// The shop with a change of a node and one of a link.
fn changing_shop() -> Editor {
    let mut editor = Editor::new(shop());
    let link = shop().links[0].id.clone();
    let change = |set: String, to: Value| ParameterChange { at_s: 20.0, set, to };
    let node = shop().links[0].to.clone();
    let changes = vec![
        change(Place::Node(node).path("queue_limit"), json!(7)),
        change(Place::Link(link).path("timeout_ms"), json!(250)),
    ];
    editor.apply(Command::AddChanges(changes)).expect("both are there");
    editor
}

#[test]
fn a_change_is_moved_edited_and_removed_in_steps_that_can_be_undone() {
    let mut editor = changing_shop();
    editor.apply(Command::MoveChange { index: 1, at_s: -4.0 }).expect("it moves");
    assert_eq!(editor.document().changes[1].at_s, 0.0, "not before the start");
    let set = |path: &str, value| Command::SetParam { place: Place::Change(0), path: path.to_owned(), value };
    editor.apply(set("at_s", Some(json!(33)))).expect("a time");
    editor.apply(set("to", Some(Value::Null))).expect("a value");
    assert_eq!((editor.document().changes[0].at_s, &editor.document().changes[0].to), (33.0, &Value::Null));
    assert_eq!(editor.apply(set("at_s", Some(json!("soon")))), Err("A time is a number of seconds.".to_owned()));
    editor.apply(Command::RemoveChange(0)).expect("it is there");
    assert_eq!(editor.document().changes.len(), 1);
    assert_eq!(editor.apply(Command::RemoveChange(5)), Err("There is no such change any more.".to_owned()));
    for _ in 0..5 {
        assert!(editor.undo());
    }
    assert_eq!(**editor.document(), shop());
}

#[test]
fn a_change_becomes_the_value_from_the_start() {
    let mut editor = changing_shop();
    editor.apply(Command::ChangeFromStart(1)).expect("it is there");
    assert_eq!(editor.document().links[0].params["timeout_ms"], json!(250));
    assert_eq!(editor.document().changes.len(), 1);
}

#[test]
fn changes_go_with_what_they_change_and_are_refused_for_what_is_not_there() {
    let mut editor = changing_shop();
    let link = shop().links[0].clone();
    editor.apply(Command::Remove(Selection::link(link.id))).expect("it goes");
    assert_eq!(editor.document().changes.len(), 1, "that of the node");
    editor.apply(Command::Remove(Selection::node(link.to))).expect("it goes");
    assert!(editor.document().changes.is_empty());
    let gone = ParameterChange { at_s: 1.0, set: "nodes.gone.params.workers".to_owned(), to: json!(3) };
    check_refused(Command::AddChanges(vec![gone]), "There is no parameter nodes.gone.params.workers any more.");
}

#[test]
fn a_change_in_flight_is_no_part_of_a_drag_that_is_cancelled() {
    let mut editor = Editor::new(shop());
    let node = shop().links[0].to.clone();
    editor.begin();
    editor.apply(Command::MoveBy { nodes: vec![node.clone()], by: [10.0, 0.0] }).expect("it moves");
    let change = ParameterChange { at_s: 1.0, set: Place::Node(node).path("queue_limit"), to: json!(3) };
    editor.apply(Command::AddChanges(vec![change])).expect("it changes");
    editor.cancel();
    assert_eq!(editor.document().changes.len(), 1);
    assert_eq!(editor.document().nodes, shop().nodes);
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
    for (from, to) in [("db", "app"), ("lb", "users")] {
        let refusal = Editor::new(shop()).apply(connect(from, to)).unwrap_err();
        let words = kinds::may_call(&shop().node(from).unwrap().kind, &shop().node(to).unwrap().kind).unwrap_err();
        assert!(refusal.starts_with(&words), "{refusal}");
        assert!(refusal.contains(" Draw the link from "), "{refusal}");
    }
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
fn recommended_policies_are_a_timeout_retries_with_a_budget_and_a_breaker() {
    let all: BTreeSet<String> = shop().links.iter().map(|link| link.id.clone()).collect();
    check(Command::RecommendedPolicies(all), |after| {
        for (link, before) in after.links.iter().zip(&shop().links) {
            let is_last = after.links.iter().all(|next| next.from != link.to);
            let timeout = before.params.get("timeout_ms").cloned();
            assert!(timeout.is_none_or(|timeout| link.params["timeout_ms"] == timeout));
            assert_eq!(link.params["retries"], json!({"max": if is_last { 2 } else { 1 }, "budget_ratio": 0.2}));
            assert!(link.params["breaker"].is_object());
        }
    });
    check_refused(Command::RecommendedPolicies(["gone".to_owned()].into()), "There is no link gone any more.");
}

/// Whatever is drawn, the recommended timeouts leave the calls behind them their time. A timeout that somebody
/// has set stays, and is not for the command to answer for.
#[test]
fn recommended_timeouts_are_never_shorter_than_what_is_behind_them() {
    for example in crate::examples::examples() {
        let mut document = example.document();
        document.links.iter_mut().for_each(|link| drop(link.params.remove("timeout_ms")));
        let calls = |link: &&headroom::model::Link| document.node(&link.from).is_some_and(|node| node.kind != "queue");
        let links: BTreeSet<String> = document.links.iter().filter(calls).map(|link| link.id.clone()).collect();
        let mut editor = Editor::new(document);
        editor.apply(Command::RecommendedPolicies(links)).unwrap();
        let problems = headroom::scenario::compile(editor.document()).problems;
        let about_links: Vec<&Problem> =
            problems.iter().filter(|it| matches!(it.place, Place::Link(_)) && it.field == "timeout_ms").collect();
        assert!(about_links.is_empty(), "{}: {about_links:?}", example.id);
    }
}

/// In a circle every link has the same time, in whichever order they are drawn, and what leads into it has more.
#[test]
fn recommended_timeouts_in_a_circle_do_not_depend_on_the_order_of_the_links() {
    let circle = ["c-b", "b-e", "e-c"];
    for turn in 0..6 {
        let mut ids = vec!["users-x", "x-c", "x-e"];
        let mut around = circle.to_vec();
        around.rotate_left(turn % 3);
        if turn > 2 {
            around.reverse();
        }
        ids.extend(&around);
        let mut links: Vec<Value> = ids
            .iter()
            .map(|id| id.split_once('-').expect("two ends"))
            .map(|(from, to)| json!({"id": format!("{from}-{to}"), "from": from, "to": to}))
            .collect();
        links.push(json!({"id": "b-d", "from": "b", "to": "d", "params": {"timeout_ms": 5000}}));
        let app = |id: &str| json!({"id": id, "kind": "app"});
        let document = json!({
            "headroom": 1,
            "nodes": [{"id": "users", "kind": "client"}, app("x"), app("c"), app("b"), app("e"), {"id": "d", "kind": "database"}],
            "links": links,
        });
        let mut editor = Editor::new(serde_json::from_value(document).expect("a document"));
        let all = editor.document().links.iter().map(|link| link.id.clone()).collect();
        editor.apply(Command::RecommendedPolicies(all)).unwrap();
        let timeout = |id: &str| editor.document().link(id).expect("a link").params["timeout_ms"].as_f64().expect("ms");
        // Three attempts of 5 s.
        assert_eq!(circle.map(timeout), [15_000.0; 3], "{turn}");
        for id in ["x-c", "x-e"] {
            assert!(timeout(id) >= 2.0 * 15_000.0, "{turn}: {id} {}", timeout(id));
        }
        let problems = headroom::scenario::compile(editor.document()).problems;
        let outside = |it: &&Problem| it.field == "timeout_ms" && !circle.iter().any(|id| it.path().contains(id));
        assert_eq!(problems.iter().filter(outside).collect::<Vec<_>>(), [&problems[0]; 0], "{turn}");
    }
}

#[test]
fn chaos_plans_the_given_number_of_faults_and_repeats_with_its_seed() {
    for example in examples() {
        let document = example.document();
        for seed in 0..20 {
            let faults = schedule(&document, seed, 7);
            assert_eq!(faults.len(), 7);
            assert_eq!(faults, schedule(&document, seed, 7));
            assert!(faults.is_sorted_by(|a, b| a.start_s <= b.start_s));
            let last_s = faults.iter().map(|it| it.start_s + it.duration_s.unwrap_or(0.0)).fold(0.0, f64::max);
            assert!(faults[0].start_s >= document.run.warmup_s && last_s <= document.run.duration_s);
            let compiled = headroom::scenario::compile(&Document { faults, ..document.clone() });
            assert!(compiled.scenario.is_some(), "{} {seed}: {:?}", example.id, compiled.problems);
        }
        assert_ne!(schedule(&document, 1, 7), schedule(&document, 2, 7));
    }
    assert_eq!(schedule(&Document::default(), 1, 7), []);
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
fn zones_are_created_changed_filled_and_removed() {
    check(Command::AddZone(["lb".to_owned(), "db".to_owned()].into()), |after| {
        let zone = &after.zones[1];
        assert_eq!((zone.id.as_str(), zone.name.as_str()), ("zone", "Zone A"));
        assert_eq!(zone.nodes, ["db", "lb"]);
    });
    let zone = |nodes: &[&str]| Zone {
        id: "east".to_owned(),
        name: "East".to_owned(),
        nodes: nodes.iter().map(|&id| id.to_owned()).collect(),
    };
    check(Command::SetZone(zone(&["db", "app#2"])), |after| assert_eq!(after.zones, [zone(&["db", "app#2"])]));
    let last = |nodes: &[&str], kept: &[&str]| {
        check(Command::SetZone(zone(nodes)), |after| assert_eq!(after.zones, [zone(kept)]));
    };
    last(&["app#1", "app#2", "db", "app"], &["db", "app"]);
    last(&["app", "db", "app#1"], &["db", "app#1"]);
    check_refused(Command::SetZone(zone(&[])), "A zone has at least one node in it: remove the zone instead.");
    check_refused(Command::SetZone(zone(&["gone#1"])), "There is no node gone#1 any more.");
    check_refused(Command::SetZone(Zone { id: "west".to_owned(), ..zone(&["db"]) }), "There is no zone west any more.");
    check_refused(Command::AddZone(BTreeSet::new()), "A zone has at least one node in it: remove the zone instead.");

    check(Command::RemoveZone("east".to_owned()), |after| {
        assert!(after.zones.is_empty());
        assert_eq!(after.nodes, shop().nodes);
        let targets: Vec<_> = after.faults.iter().map(|fault| fault.params.get("target")).collect();
        assert_eq!(targets, [Some(&json!("db")), Some(&json!("app#2")), None, None], "its crash is gone with it");
    });

    let mut editor = Editor::new(shop());
    let spread = || Command::SpreadOverZones("app".to_owned());
    assert_eq!(
        editor.apply(spread()).unwrap_err(),
        "To spread replicas there must be two of them, and two zones.",
        "there is one zone"
    );
    editor.apply(Command::AddZone(["lb".to_owned()].into())).unwrap();
    editor.apply(spread()).unwrap();
    let document = editor.document();
    assert_eq!(document.zones[0].nodes, ["cache", "app#1", "app#3"]);
    assert_eq!(document.zones[1].nodes, ["lb", "app#2", "app#4"]);
    let app = document.node("app").unwrap();
    let names =
        zones_of_replicas(document, app, 12).into_iter().map(|zone| zone.map(Zone::shown_name)).collect::<Vec<_>>();
    assert_eq!(names, [Some("east"), Some("Zone A"), Some("east"), Some("Zone A")]);
    let others = outside(document, &document.zones[1]);
    assert_eq!(others, ["users", "limiter", "app#1", "app#3", "cache", "jobs", "db"]);
    assert_consistent(document);

    // One zone more than replicas, and a fault that befalls the zone left empty.
    let mut editor = Editor::new(shop());
    for _ in 0..4 {
        editor.apply(Command::AddZone(["app".to_owned()].into())).unwrap();
    }
    let params = json!({"target": "zone-4"}).as_object().unwrap().clone();
    let fault = Fault { fault: "crash".to_owned(), start_s: 1.0, duration_s: None, params };
    editor.apply(Command::AddFault(fault)).unwrap();
    editor.apply(spread()).unwrap();
    assert_eq!(editor.document().zones.len(), 4, "the fifth has nothing in it");
    assert_eq!(editor.document().faults.len(), shop().faults.len(), "and its fault is gone with it");
    assert_consistent(editor.document());
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

/// A command in terms of numbers, which [`concrete`] turns into one about what is there.
type Dice = (u8, usize, usize, i16, Value);

fn any_dice() -> impl Strategy<Value = Dice> {
    let value =
        prop_oneof![Just(json!(null)), Just(json!("closed")), (0..50i32).prop_map(|n| json!(n)), Just(json!({}))];
    (0u8..24, 0usize..64, 0usize..64, any::<i16>(), value)
}

fn concrete(document: &Document, (what, a, b, x, value): &Dice) -> Command {
    let node = |n: usize| match document.nodes.len() {
        0 => "none".to_owned(),
        len => document.nodes[n % len].id.clone(),
    };
    let link = |n: usize| match document.links.len() {
        0 => "none".to_owned(),
        len => document.links[n % len].id.clone(),
    };
    let some = || Selection { nodes: [node(*a), node(*b)].into(), links: [link(*b)].into() };
    let at = [f64::from(*x), f64::from(*x) / 2.0];
    let kinds = kinds::all();
    match what {
        0..=3 => Command::AddNode { kind: kinds[a % kinds.len()].id.into(), at },
        4..=7 => Command::Connect { from: node(*a), to: node(*b) },
        8 => Command::MoveBy { nodes: vec![node(*a), node(*b)], by: at },
        9 => Command::Remove(some()),
        10 => Command::Remove(Selection::link(link(*a))),
        11 => Command::Duplicate(some()),
        12 => Command::Rename { node: node(*a), name: format!("N{x}") },
        13 => {
            let paths = ["replicas", "arrivals.process", "operations.0.weight", "service.mean_ms", "odd.path"];
            let value = (x % 3 != 0).then(|| value.clone());
            Command::SetParam { place: Place::Node(node(*a)), path: paths[b % paths.len()].into(), value }
        }
        14 => Command::Reconnect { link: link(*a), end: if x % 2 == 0 { End::From } else { End::To }, node: node(*b) },
        15 => Command::SplitLink { link: link(*a), node: node(*b) },
        16 | 17 => {
            let params = match x.rem_euclid(4) {
                0 => json!({"target": node(*a)}),
                1 if document.zones.is_empty() => json!({"target": format!("{}#{b}", node(*a))}),
                1 => json!({"target": document.zones[b % document.zones.len()].id}),
                2 if !document.links.is_empty() => json!({"links": [link(*a), link(*b)]}),
                _ => json!({"between": [[node(*a)], [node(*b)]]}),
            };
            let params = if document.nodes.is_empty() { json!({}) } else { params };
            let params = params.as_object().unwrap().clone();
            Command::AddFault(Fault { fault: "crash".into(), start_s: 1.0, duration_s: None, params })
        }
        20 => Command::AddZone([node(*a), node(*b)].into()),
        21 => Command::SpreadOverZones(node(*a)),
        22 if !document.zones.is_empty() => Command::RemoveZone(document.zones[a % document.zones.len()].id.clone()),
        18 => Command::SetFaultDuration { index: *a % 4, duration_s: Some(f64::from(*x)) },
        _ => Command::RemoveFault(*a % 4),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done: drawings stay consistent, what was drawn can be opened, and undo and
    /// redo lead to both ends.
    #[test]
    fn any_commands_keep_the_invariants_of_the_document(start in any_document(), dice in prop::collection::vec(any_dice(), 1..60)) {
        let mut editor = Editor::new(start.clone());
        let mut gesture = false;
        for (step, dice) in dice.iter().enumerate() {
            if step % 7 == 3 && !gesture {
                editor.begin();
                gesture = true;
            } else if step % 7 == 6 && gesture {
                if step % 2 == 0 { editor.commit() } else { editor.cancel() }
                gesture = false;
            }
            let command = concrete(editor.document(), dice);
            let before = editor.document().clone();
            if let Err(refusal) = editor.apply(command) {
                prop_assert_eq!(editor.document(), &before);
                prop_assert!(refusal.ends_with('.'), "{}", refusal);
            }
            assert_consistent(editor.document());
        }
        editor.commit();
        let end = editor.document().clone();
        let (reopened, notes) = codec::open(&codec::save(&end)).unwrap();
        prop_assert_eq!(&reopened, &*end);
        prop_assert_eq!(notes, vec![]);
        while editor.undo() {
            assert_consistent(editor.document());
        }
        prop_assert_eq!(&**editor.document(), &start);
        while editor.redo() {}
        prop_assert_eq!(editor.document(), &end);
    }
}
