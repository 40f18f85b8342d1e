//! What is true of every fault of the registry, so that a new one is its file and its line.

use crate::samples::document;
use crate::simulate;
use headroom::editor::chaos::schedule;
use headroom::editor::{Command, Editor};
use headroom::fault::{FaultInfo, LiveTarget, Part};
use headroom::faults::{self, AnyFault, LiveChoice};
use headroom::model::{Document, Fault, Params, Place, limits};
use headroom::protocol::{FromWorker, ToWorker};
use headroom::scenario::check;
use headroom::session::Session;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A diagram with a node of every role, replicas and a zone.
fn diagram() -> Document {
    document(json!({
        "headroom": 1,
        "nodes": [
            {"id": "users", "kind": "client", "params": {"arrivals": {"process": "poisson", "rate_rps": 50}}},
            {"id": "lb", "kind": "load_balancer"},
            {"id": "app", "kind": "app", "params": {"replicas": 3}},
            {"id": "cache", "kind": "cache"},
            {"id": "jobs", "kind": "queue"},
            {"id": "worker", "kind": "app"},
            {"id": "db", "kind": "database"}
        ],
        "links": [
            {"id": "users-lb", "from": "users", "to": "lb", "params": {"timeout_ms": 500}},
            {"id": "lb-app", "from": "lb", "to": "app"},
            {"id": "app-cache", "from": "app", "to": "cache"},
            {"id": "app-db", "from": "app", "to": "db"},
            {"id": "app-jobs", "from": "app", "to": "jobs"},
            {"id": "jobs-worker", "from": "jobs", "to": "worker"}
        ],
        "zones": [{"id": "zone", "nodes": ["app", "cache"]}],
        "run": {"duration_s": 20, "warmup_s": 1, "seed": 3}
    }))
}

/// Every node and link of a document, and its zones.
fn places(document: &Document) -> Vec<Place> {
    let nodes = document.nodes.iter().map(|node| Place::Node(node.id.clone()));
    let links = document.links.iter().map(|link| Place::Link(link.id.clone()));
    let zones = document.zones.iter().map(|zone| Place::Zone(zone.id.clone()));
    nodes.chain(links).chain(zones).collect()
}

/// What the menus offer for this fault, anywhere in the document.
fn live(document: &Document, fault: &str) -> Vec<LiveChoice> {
    let offered = |place| faults::live(&LiveTarget { document, places: &[place], now_s: 5.0 });
    places(document).into_iter().flat_map(offered).filter(|choice| choice.fault == fault).collect()
}

/// The fault with its default parameters at the last place to which it applies.
fn planned(document: &Document, info: &FaultInfo) -> Fault {
    let node = |role| info.applies_to.includes(role);
    let role = |kind: &str| headroom::kinds::info(kind).expect("a kind").role;
    let nodes = document.nodes.iter().filter(|each| node(role(&each.kind))).map(|each| &each.id);
    let links = document.links.iter().filter(|_| info.applies_to.is_links()).map(|link| &link.id);
    let id = nodes.chain(links).last().unwrap_or_else(|| panic!("{} applies to nothing here", info.id));
    let params = AnyFault::new(info.id).expect("it is registered").at(id).params();
    let duration_s = (!info.is_instantaneous).then_some(4.0);
    Fault { fault: info.id.to_owned(), start_s: 5.0, duration_s, params }
}

fn with(document: &Document, fault: Fault) -> Document {
    Document { faults: vec![fault], ..document.clone() }
}

#[test]
fn every_fault_says_what_it_is() {
    let mut ids = BTreeSet::new();
    let sprite = include_str!("../../style/icons.svg");
    for info in faults::all() {
        assert!(ids.insert(info.id), "{} is there twice", info.id);
        assert!(!info.label.is_empty() && info.help.ends_with('.'), "{}", info.id);
        assert!(sprite.contains(&format!("id=\"icon-{}\"", info.icon)), "{}: there is no icon {}", info.id, info.icon);
        assert_eq!(faults::info(info.id).map(|info| info.id), Some(info.id));
    }
    assert_eq!(faults::info("flood").map(|info| info.id), None);
}

#[test]
fn every_fault_can_be_added_checked_and_run_and_becomes_a_finding() {
    let diagram = diagram();
    let calm = simulate::report(&diagram).digest;
    for info in faults::all() {
        let fault = planned(&diagram, info);
        let mut editor = Editor::new(diagram.clone());
        editor.apply(Command::AddFault(fault.clone())).expect("it names what is there");
        assert_eq!(editor.document().faults, std::slice::from_ref(&fault));
        assert_eq!(check(editor.document()), [], "{}", info.id);
        let report = simulate::report(editor.document());
        assert_ne!(report.digest, calm, "{} changes the run", info.id);
        let parts = faults::read_fault(&fault).expect("it is registered").past_tense();
        let words = |part: &Part| match part {
            Part::Words(words) => Some(*words),
            _ => None,
        };
        let mut texts = report.findings.iter().map(|finding| finding.text.as_str());
        let found =
            texts.any(|text| text.contains("at 5 s") && parts.iter().filter_map(words).all(|it| text.contains(it)));
        assert!(found, "{} is no finding: {:?}", info.id, report.findings);
    }
}

#[test]
fn no_two_faults_are_reported_in_the_same_words() {
    let mut verbs = BTreeSet::new();
    for info in faults::all() {
        let fault = AnyFault::new(info.id).expect("it is registered");
        assert!(!fault.short_label().is_empty());
        assert!(verbs.insert(format!("{:?}", fault.past_tense())), "{} has the words of another fault", info.id);
    }
}

#[test]
fn every_fault_can_be_injected_into_a_run() {
    let diagram = diagram();
    for info in faults::all() {
        let choices = live(&diagram, info.id);
        assert!(!choices.is_empty(), "no menu offers {}", info.id);
        for LiveChoice { label, done, params, .. } in choices {
            assert!(!label.is_empty() && !done.is_empty(), "{}", info.id);
            let fault = Fault { fault: info.id.to_owned(), start_s: 0.0, duration_s: None, params };
            let mut session = Session::new();
            session.receive(ToWorker::Load { run: 1, document: Box::new(diagram.clone()), play: false }, 0.0);
            session.receive(ToWorker::Seek(5.0), 0.0);
            let messages = session.receive(ToWorker::StartFault(fault.clone()), 0.0);
            let broke = messages.iter().find_map(|message| match message {
                FromWorker::FaultStarted { fault, .. } => Some(fault),
                _ => None,
            });
            let broke = broke.unwrap_or_else(|| panic!("{label} is refused: {messages:?}"));
            assert_eq!((&broke.fault, &broke.params), (&fault.fault, &fault.params));
        }
    }
}

#[test]
fn what_a_menu_injects_is_what_it_then_offers_to_end() {
    let diagram = diagram();
    let choices = places(&diagram).into_iter().flat_map(|place| {
        let offered =
            faults::live(&LiveTarget { document: &diagram, places: std::slice::from_ref(&place), now_s: 5.0 });
        offered.into_iter().filter(|choice| choice.end.is_some()).map(move |choice| (place.clone(), choice))
    });
    let mut seen = 0;
    for (place, choice) in choices {
        assert_eq!(choice.end.expect("it can be ended").1, None, "nothing is active yet");
        let fault = Fault { fault: choice.fault.to_owned(), start_s: 4.0, duration_s: None, params: choice.params };
        let document = with(&diagram, fault);
        let after = faults::live(&LiveTarget { document: &document, places: &[place], now_s: 5.0 });
        let again = after.iter().find(|other| other.label == choice.label).expect("it is still offered");
        assert_eq!(again.end.expect("it can be ended").1, Some(0), "{}", choice.label);
        seen += 1;
    }
    assert!(seen > diagram.links.len());
}

#[test]
fn every_fault_is_drawn_by_chaos() {
    let diagram = diagram();
    let mut drawn = BTreeSet::new();
    for seed in 0..20 {
        let faults = schedule(&diagram, seed, 10);
        drawn.extend(faults.iter().map(|fault| fault.fault.clone()));
        assert_eq!(check(&Document { faults, ..diagram.clone() }), [], "{seed}");
    }
    for info in faults::all() {
        assert!(drawn.contains(info.id), "chaos never draws {}", info.id);
    }
}

#[test]
fn the_schema_has_every_fault_with_every_parameter() {
    let schema = headroom::schema::document_schema();
    let entries = schema["properties"]["faults"]["items"]["oneOf"].as_array().expect("one schema a fault");
    assert_eq!(entries.len(), faults::all().len());
    for info in faults::all() {
        let entry = entries.iter().find(|entry| entry["properties"]["fault"]["const"] == info.id);
        let properties = entry.unwrap_or_else(|| panic!("{} has no schema", info.id))["properties"].as_object();
        let keys: BTreeSet<&str> = properties.expect("properties").keys().map(String::as_str).collect();
        let own = faults::fields(info.id).expect("it is registered");
        let all = own.iter().map(|field| field.key).chain(["fault", "start_s", "duration_s"]);
        assert_eq!(keys, all.collect::<BTreeSet<_>>(), "{}", info.id);
    }
}

#[test]
fn parameters_of_every_fault_are_written_as_they_are_read() {
    for info in faults::all() {
        let fault = AnyFault::new(info.id).expect("it is registered").at("x");
        let written =
            Fault { fault: info.id.to_owned(), start_s: 0.0, duration_s: None, params: fault.clone().params() };
        assert_eq!(faults::read_fault(&written), Some(fault), "{}", info.id);
        assert_eq!(written.names(), ["x"], "{} is where it was put", info.id);
    }
}

#[test]
fn a_malformed_between_is_a_problem_at_its_place() {
    let problems = |between: Value| {
        let params: Params = [("between".to_owned(), between)].into_iter().collect();
        let fault = Fault { fault: "partition".to_owned(), start_s: 1.0, duration_s: None, params };
        check(&with(&diagram(), fault)).iter().map(|problem| problem.path()).collect::<Vec<_>>()
    };
    assert_eq!(problems(json!([["app"], ["db"]])), [""; 0]);
    assert_eq!(problems(json!([["app"], ["gone"]])), ["faults[0].between"]);
    for wrong in [json!("app"), json!([["app"]]), json!([["app"], ["db"], ["lb"]]), json!([["app"], [1]])] {
        assert_eq!(problems(wrong.clone()), ["faults[0].between"], "{wrong}");
    }
}

// -- how many replicas a node has -------------------------------------------------------------

/// Databases and apps that count their replicas in every way that there is.
fn counted() -> Vec<(&'static str, Value, u32)> {
    let group = |replicas: u32| json!({"mode": "leader_follower", "replicas": replicas, "sync": 0});
    vec![
        ("app", json!({}), 1),
        ("app", json!({"replicas": 4}), 4),
        ("app", json!({"replicas": 1, "autoscale": {"min": 1, "max": 5}}), 5),
        ("database", json!({}), 1),
        ("database", json!({"shards": 4}), 4),
        ("database", json!({"replication": group(3)}), 3),
        ("database", json!({"shards": 2, "replication": group(3)}), 6),
        ("database", json!({"shards": 2, "replication": {"mode": "quorum"}}), 6),
        ("client", json!({}), 1),
    ]
}

/// The diagram with a node of this kind in place of its database, behind the app, and three zones.
fn counted_diagram(kind: &str, params: Value) -> Document {
    let mut diagram = diagram();
    let node = diagram.nodes.iter_mut().find(|node| node.id == "db").expect("the database");
    node.kind = kind.to_owned();
    node.params = params.as_object().cloned().expect("an object");
    diagram.zones.clear();
    let mut editor = Editor::new(diagram);
    for nodes in [["lb"], ["cache"], ["jobs"]] {
        editor.apply(Command::AddZone(nodes.map(str::to_owned).into())).expect("a zone");
    }
    (**editor.document()).clone()
}

#[test]
fn replicas_are_counted_over_shards_and_with_all_that_an_autoscaler_starts() {
    for (kind, params, expected) in counted() {
        let document = counted_diagram(kind, params.clone());
        let node = document.node("db").expect("the node");
        assert_eq!(headroom::kinds::replicas(node), expected, "{kind} {params}");
    }
}

#[test]
fn every_replica_of_a_node_can_be_a_target_and_one_more_cannot() {
    for (kind, params, replicas) in counted().into_iter().filter(|(kind, ..)| *kind != "client") {
        let document = counted_diagram(kind, params.clone());
        let problems = |number: u32| {
            let target: Params = [("target".to_owned(), json!(format!("db#{number}")))].into_iter().collect();
            check(&with(&document, Fault { fault: "crash".to_owned(), start_s: 1.0, duration_s: None, params: target }))
        };
        assert_eq!(problems(replicas), [], "{kind} {params}");
        assert_eq!(problems(replicas + 1).len(), 1, "{kind} {params}");
    }
}

#[test]
fn isolating_a_zone_separates_every_replica_outside_it() {
    for (kind, params, replicas) in counted().into_iter().filter(|(.., replicas)| *replicas > 1) {
        let mut document = counted_diagram(kind, params.clone());
        document.zones[0].nodes.push("db#1".to_owned());
        let zone = Place::Zone(document.zones[0].id.clone());
        let offered = faults::live(&LiveTarget { document: &document, places: &[zone], now_s: 0.0 });
        let isolate = offered.into_iter().find(|choice| choice.fault == "partition").expect("a zone can be isolated");
        let fault = Fault { fault: isolate.fault.to_owned(), start_s: 1.0, duration_s: None, params: isolate.params };
        let others: Vec<String> = (2..=replicas).map(|number| format!("db#{number}")).collect();
        let outside: Vec<&str> = fault.sides()[1].iter().copied().filter(|name| name.starts_with("db#")).collect();
        assert_eq!(outside, others, "{kind} {params}");
        assert_eq!(check(&with(&document, fault.clone())), []);
    }
}

#[test]
fn spreading_over_zones_places_every_replica() {
    for (kind, params, replicas) in counted().into_iter().filter(|(.., replicas)| *replicas > 1) {
        let mut editor = Editor::new(counted_diagram(kind, params.clone()));
        editor.apply(Command::SpreadOverZones("db".to_owned())).expect("it has replicas, and there are zones");
        let members = editor.document().zones.iter().flat_map(|zone| zone.nodes.iter());
        let mut placed: Vec<String> = members.filter(|name| name.starts_with("db#")).cloned().collect();
        placed.sort();
        assert_eq!(placed, (1..=replicas).map(|number| format!("db#{number}")).collect::<Vec<_>>(), "{kind} {params}");
        let node = editor.document().node("db").expect("the node");
        let zones = headroom::editor::zones::zones_of_replicas(editor.document(), node, limits::NODES);
        assert_eq!(zones.iter().flatten().count(), replicas as usize);
    }
}

#[test]
fn crashing_one_replica_after_the_other_reaches_all_of_them() {
    for (kind, params, replicas) in counted().into_iter().filter(|(.., replicas)| *replicas > 1) {
        let mut document = counted_diagram(kind, params.clone());
        let next = |document: &Document| {
            let places = [Place::Node("db".to_owned())];
            let offered = faults::live(&LiveTarget { document, places: &places, now_s: 2.0 });
            offered.into_iter().find(|choice| choice.label == "Crash a replica").map(|choice| choice.params)
        };
        for number in (1..=replicas).rev() {
            let params = next(&document).expect("a replica is left");
            assert_eq!(params["target"], json!(format!("db#{number}")), "{kind}");
            document.faults.push(Fault { fault: "crash".to_owned(), start_s: 1.0, duration_s: None, params });
        }
        assert_eq!(next(&document), None, "{kind} {params}: every replica is down");
    }
}

#[test]
fn chaos_crashes_each_replica() {
    for (kind, params, replicas) in counted().into_iter().filter(|(.., replicas)| *replicas > 1) {
        let document = counted_diagram(kind, params.clone());
        let crashed: BTreeSet<String> = (0..100)
            .flat_map(|seed| schedule(&document, seed, 20))
            .filter_map(|fault| fault.target().filter(|name| name.starts_with("db#")).map(str::to_owned))
            .collect();
        assert_eq!(crashed, (1..=replicas).map(|number| format!("db#{number}")).collect(), "{kind} {params}");
    }
}

#[test]
fn the_card_of_a_node_with_replicas_is_higher() {
    use headroom::editor::geometry::{CARD_HEIGHT, card};
    for (kind, params, replicas) in counted() {
        let document = counted_diagram(kind, params.clone());
        let is_higher = card(document.node("db").expect("the node")).h > CARD_HEIGHT;
        assert_eq!(is_higher, replicas > 1, "{kind} {params}");
    }
}
