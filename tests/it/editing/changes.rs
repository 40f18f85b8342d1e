//! Changes of parameters during a run, as parts of the document.

use super::check_refused;
use crate::samples::shop;
use headroom::editor::{Command, Editor, Selection};
use headroom::model::{ParameterChange, Place};
use serde_json::{Value, json};

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
