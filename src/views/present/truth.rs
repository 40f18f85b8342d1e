//! What is said of a run, held against every example with each fault alone: before it, while it is active, after it, and
//! at the end of the run.

use super::sentence::sentence;
use super::steps::{active_words, current, steps};
use crate::editor::shown_name;
use crate::faults::active::active_anywhere;
use crate::faults::{self, AnyFault, is_instantaneous};
use crate::kinds;
use crate::model::{Document, Fault, Link, Node, Zone};
use crate::report::snapshot::snapshot;
use crate::time::from_s;
use crate::views::access::state_words;
use crate::{codec, scenario};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// When the fault is active, and how long the run is, simulated seconds.
const START_S: f64 = 3.0;
const END_S: f64 = 6.0;
const RUN_S: f64 = 16.0;
const STEP_S: f64 = 0.5;

/// What every sentence about a cut link or a node that is down contains.
const DOWN: &str = " is down.";
const CUT: [&str; 4] = ["No message passes", "No request from", "No response from", "are cut off from each other"];

/// A fault and what has to be said while it is active.
struct Case {
    fault: Fault,
    /// How the sentence begins; empty where the fault is no cause that it names.
    begins: String,
    /// The nodes that may be down from its start on.
    may_be_down: Vec<String>,
}

fn examples() -> Vec<(String, Document)> {
    let files = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("the folder can be read");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    };
    let folders = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"));
    let all = folders.iter().filter(|path| path.is_dir()).flat_map(|folder| files(folder));
    let read = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).expect("the example can be read");
        let (mut document, _) = codec::open(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        document.faults.clear();
        document.changes.clear();
        (document.run.duration_s, document.run.warmup_s) = (RUN_S, 1.0);
        (path.display().to_string(), document)
    };
    all.filter(|path| !path.ends_with("offered.json")).map(read).collect()
}

fn fault(id: &str, params: Value) -> Fault {
    let params = params.as_object().cloned().unwrap_or_default();
    Fault { fault: id.to_owned(), start_s: START_S, duration_s: Some(END_S - START_S), params }
}

fn named(document: &Document, id: &str) -> String {
    document.node(id).map(shown_name).unwrap_or_default().to_owned()
}

/// Every fault at the first place that it applies to, and partitions of each form.
fn cases(document: &mut Document) -> Vec<Case> {
    let mut all = Vec::new();
    let silent = |fault: Fault| Case { fault, begins: String::new(), may_be_down: Vec::new() };
    let joins_alone =
        |link: &&Link| document.links.iter().all(|other| (&other.to, &other.from) != (&link.from, &link.to));
    let link = document.links.iter().find(joins_alone).expect("a link").clone();
    for info in faults::all().iter().filter(|info| !["crash", "partition"].contains(&info.id)) {
        let is_place = |node: &&Node| kinds::info(&node.kind).is_some_and(|kind| info.applies_to.includes(kind.role));
        let at = if info.applies_to.is_links() {
            Some(&link.id)
        } else {
            document.nodes.iter().find(is_place).map(|node| &node.id)
        };
        let Some(at) = at else { continue };
        let params = AnyFault::new(info.id).expect("a fault of the registry").at(at).params();
        let mut case = silent(fault(info.id, Value::Object(params)));
        if info.id == "deploy" {
            case.may_be_down.push(named(document, at));
        }
        all.push(case);
    }
    let is_server = |node: &&Node| kinds::info(&node.kind).is_some_and(|kind| kind.role != crate::kind::Role::Source);
    let servers: Vec<Node> = document.nodes.iter().filter(is_server).cloned().collect();
    let crash = |target: &str, down: &[&Node]| Case {
        fault: fault("crash", json!({ "target": target })),
        begins: format!("{}{DOWN}", shown_name(down[0])),
        may_be_down: down.iter().map(|node| shown_name(node).to_owned()).collect(),
    };
    for node in &servers {
        all.push(crash(&node.id, &[node]));
    }
    if let Some(node) = servers.iter().find(|node| kinds::replicas(node) > 1) {
        all.push(silent(fault("crash", json!({ "target": format!("{}#1", node.id) }))));
    }
    let (from, to) = (named(document, &link.from), named(document, &link.to));
    let ways = [
        ("both", format!("No message passes between {from} and {to}.")),
        ("forward", format!("No request from {from} reaches {to}.")),
        ("backward", format!("No response from {to} reaches {from}.")),
    ];
    for (direction, begins) in ways {
        for place in [json!({ "links": [link.id] }), json!({ "between": [[link.from], [link.to]] })] {
            let mut params = place;
            params["direction"] = json!(direction);
            all.push(Case { begins: begins.clone(), ..silent(fault("partition", params)) });
        }
    }
    if document.node(&link.to).is_some_and(|node| kinds::replicas(node) > 1) {
        let params = json!({ "between": [[link.from], [format!("{}#1", link.to)]] });
        let begins = format!("Some replicas of {from} and {to} are cut off from each other.");
        all.push(Case { begins, ..silent(fault("partition", params)) });
    }
    let members: Vec<&Node> = servers.iter().take(2).collect();
    let nodes = members.iter().map(|node| node.id.clone()).collect();
    let zone = Zone { id: "zone-of-the-test".to_owned(), name: String::new(), nodes };
    all.push(crash(&zone.id, &members));
    document.zones.push(zone);
    all
}

/// Holds everything that is said of the run of a document with one fault against that fault.
fn hold(example: &str, document: &Document, case: &Case) {
    let words = active_words(document, &[0]);
    let context = |now_s: f64| format!("{example}, {words} at {now_s} s");
    let scenario = scenario::build(document).unwrap_or_else(|| panic!("{}", context(0.0)));
    let mut engine = scenario.engine();
    let steps = steps(document);
    for index in 1..=(RUN_S / STEP_S) as u32 {
        // Apart from the instants at which the fault begins and ends, and from what the page may learn late.
        let now_s = f64::from(index) * STEP_S - 0.3;
        engine.advance(from_s(now_s), u64::MAX);
        let now = snapshot(&engine, document, usize::MAX);
        let context = context(now_s);
        let is_active = (START_S..END_S).contains(&now_s);
        let text = sentence(document, &now).map(|said| said.text).unwrap_or_default();

        if is_active && !case.begins.is_empty() {
            assert!(text.starts_with(&case.begins), "{context}: {text}");
        }
        for node in document.nodes.iter().map(shown_name).filter(|name| text.starts_with(&format!("{name}{DOWN}"))) {
            assert!(case.may_be_down.iter().any(|name| name == node) && now_s > START_S, "{context}: {text}");
        }
        let says_cut = CUT.iter().any(|words| text.contains(words));
        let is_cut = is_active && case.fault.fault == "partition" && text.starts_with(&case.begins);
        assert!(!says_cut || is_cut, "{context}: {text}");
        assert_eq!(text.contains("No request fails"), text.starts_with("No request fails"), "{context}: {text}");
        if text.starts_with("No request fails") {
            assert!(now.failed_rps == 0.0 && now.throughput_rps > 0.0, "{context}: {text}");
        }
        if text.contains("Of the requests that end") {
            assert!(
                now.failed_rps > 0.0 && (!text.contains("100 %") || now.throughput_rps == 0.0),
                "{context}: {text}"
            );
        }
        assert!(!text.contains(" 1 requests") && !text.contains("1 request wait "), "{context}: {text}");

        let state = state_words(&now);
        assert_eq!(state.contains("no errors"), now.last.error_rate == 0.0, "{context}: {state}");
        assert_eq!(state.contains("no request is answered"), now.last.throughput_rps == 0.0, "{context}: {state}");

        let step = &steps[current(&steps, now_s)].label;
        let is_over = now_s >= END_S && !is_instantaneous(&document.faults[0]);
        match now_s {
            _ if is_over => assert_eq!(*step, format!("{words} ends"), "{context}"),
            _ if now_s >= START_S => assert_eq!(*step, words, "{context}"),
            _ => assert_eq!(step, "Start", "{context}"),
        }
        let shown = !active_words(document, &active_anywhere(document, now_s)).is_empty();
        let lasts = !is_instantaneous(&document.faults[0]);
        assert_eq!(shown, lasts && (START_S..END_S).contains(&now_s), "{context}");
    }
    engine.advance(from_s(RUN_S), u64::MAX);
    let last = snapshot(&engine, document, usize::MAX);
    assert!(last.finished, "{}", context(RUN_S));
    let text = sentence(document, &last).map(|said| said.text).unwrap_or_default();
    assert!(CUT.iter().all(|words| !text.contains(words)), "{}: {text}", context(RUN_S));
}

#[test]
fn what_is_said_is_true_of_every_example_with_every_fault_at_all_times() {
    let mut tried = BTreeSet::new();
    for (example, mut document) in examples() {
        for case in cases(&mut document) {
            document.faults = vec![case.fault.clone()];
            tried.insert(case.fault.fault.clone());
            hold(&example, &document, &case);
        }
    }
    let all: BTreeSet<String> = faults::all().iter().map(|info| info.id.to_owned()).collect();
    assert_eq!(tried, all);
}
