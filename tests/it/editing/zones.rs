//! Zones and what is in them.

use super::{assert_consistent, check, check_refused};
use crate::samples::shop;
use headroom::editor::zones::{outside, zones_of_replicas};
use headroom::editor::{Command, Editor};
use headroom::model::{Fault, Zone};
use serde_json::json;
use std::collections::BTreeSet;

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

    // One zone more than replicas, and a fault whose target is the zone that stays empty.
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
