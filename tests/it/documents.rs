//! Documents as text and as links: what is read back, what is repaired, what is refused.

use crate::examples::examples;
use crate::samples::{any_document, document, shop};
use headroom::codec::{from_link, open, read, save, to_fragment, without_defaults};
use headroom::kinds;
use headroom::model::{Document, limits};
use headroom::params::values::{filled, same};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Expects a refusal in these words.
#[track_caller]
fn check_refused(text: &str, expected: &str) {
    assert_eq!(open(text).map(|_| "opened"), Err(expected.to_owned()));
}

/// Expects that a document is repaired, with these notes and to this.
#[track_caller]
fn check_repaired(value: Value, expected: Value, notes: &[&str]) {
    let (repaired, found) = open(&value.to_string()).unwrap();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, notes);
    assert_eq!(repaired, document(expected));
    let (again, none) = open(&save(&repaired)).unwrap();
    assert_eq!((again, none.len()), (repaired, 0), "what was repaired is whole");
}

/// A fragment made by hand from any text.
fn packed(text: &[u8]) -> String {
    use base64::Engine as _;
    let stream = miniz_oxide::deflate::compress_to_vec(text, 9);
    let bytes = [&stream[..], &crc32fast::hash(&stream).to_be_bytes()].concat();
    format!("v1.d.{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

#[test]
fn saving_writes_one_readable_line_per_node_and_link() {
    let text = save(&shop());
    assert!(
        text.starts_with("{\n  \"headroom\": 1,\n  \"title\": \"Web shop on Black Friday\",\n  \"nodes\": [\n"),
        "{text}"
    );
    assert!(text.contains("\n    {\"id\": \"limiter-lb\", \"from\": \"limiter\", \"to\": \"lb\"},\n"), "{text}");
    assert!(text.contains("\"at\": [80, 200]"), "{text}");
    assert!(text.ends_with("  \"run\": {\"duration_s\": 90, \"warmup_s\": 5, \"seed\": 7}\n}\n"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 120), "{text}");
    assert_eq!(open(&text).unwrap(), (shop(), vec![]));
    let empty = save(&Document::default());
    assert_eq!(open(&empty).unwrap(), (Document::default(), vec![]));
}

#[test]
fn every_example_is_the_same_after_its_link_is_opened() {
    for example in examples() {
        let document = example.document();
        assert_eq!(from_link(&to_fragment(&document)).unwrap().0, without_defaults(&document), "{}", example.id);
    }
}

#[test]
fn refuses_text_that_is_not_a_document() {
    check_refused("", "line 1, column 0: the text ends in the middle of the document: the whole file");
    check_refused(
        "hello",
        "line 1, column 1: this is not a Headroom document (expected value): a JSON object that starts with {\"headroom\": 1",
    );
    check_refused("[1]", "document: this is not a Headroom document: a JSON object with \"headroom\": 1");
    check_refused("{}", "headroom: the version is missing: 1");
    check_refused("{\"headroom\": \"x\"}", "headroom: \"x\" is not a version: 1");
    check_refused("{\"headroom\": 0}", "headroom: 0 is not a version: 1");
    check_refused(
        "{\"headroom\": 7, \"nodes\": 5}",
        "headroom: the document was made by a newer Headroom (version 7): a version up to 1, or a newer Headroom to open it",
    );
    let text = save(&shop());
    assert!(open(&text[..text.len() / 2]).unwrap_err().contains("ends in the middle"));
}

#[test]
fn a_refusal_names_the_path_of_the_wrong_value() {
    let with = |node: Value| json!({"headroom": 1, "nodes": [{"id": "a", "kind": "app"}, node]}).to_string();
    check_refused(&with(json!({"kind": "app"})), "nodes[1].id: it is missing: see \u{201c}headroom schema\u{201d}");
    check_refused(&with(json!({"id": 5, "kind": "app"})), "nodes[1].id: 5 does not fit: a text");
    check_refused(
        &with(json!({"id": "b", "kind": "app", "params": []})),
        "nodes[1].params: [] does not fit: an object, {…}",
    );
    check_refused(&with(json!(["b", "app"])), "nodes[1]: [\"b\",\"app\"] does not fit: an object, {…}");
    check_refused("{\"headroom\": 1, \"run\": []}", "run: [] does not fit: an object, {…}");
    check_refused("{\"headroom\": 1, \"run\": {\"seed\": -1}}", "run.seed: -1 does not fit: a whole number from 0");
    check_refused("{\"headroom\": 1, \"links\": {}}", "links: {} does not fit: a list, […]");
    check_refused(
        "{\"headroom\": 1, \"zones\": [{\"id\": \"z\", \"nodes\": [5]}]}",
        "zones[0].nodes[0]: 5 does not fit: a text",
    );
    check_refused(
        "{\"headroom\": 1, \"faults\": [{\"fault\": \"crash\", \"start_s\": \"now\"}]}",
        "faults[0].start_s: \"now\" does not fit: a number",
    );
    check_refused(
        &with(json!({"id": "b", "kind": "app", "name": "☃".repeat(201)})),
        "nodes[1].name: 201 characters are too many: at most 200",
    );
    check_refused(
        &with(json!({"id": "b", "kind": "app", "params": {"x": ["y".repeat(300)]}})),
        "nodes[1].params.x[0]: 300 characters are too many: at most 200",
    );
    assert!(open(&with(json!({"id": "b", "kind": "app", "name": "☃".repeat(200)}))).is_ok());
}

#[test]
fn a_key_that_is_missing_is_found_under_what_was_written_for_it() {
    let refused = |list: &str, item: Value, expected: &str| {
        let end = ": see \u{201c}headroom schema\u{201d}";
        check_refused(&json!({"headroom": 1, list: [item]}).to_string(), &format!("{expected}{end}"));
    };
    for (list, item, missing, written) in [
        ("faults", json!({"fault": "crash", "target": "a", "strat_s": 1}), "start_s", "strat_s"),
        ("faults", json!({"fault": "crash", "start": 1}), "start_s", "start"),
        ("faults", json!({"falut": "crash", "start_s": 1}), "fault", "falut"),
        ("nodes", json!({"id": "a", "knid": "app"}), "kind", "knid"),
        ("links", json!({"form": "a", "to": "b"}), "from", "form"),
        ("zones", json!({"ID": "z", "nodes": []}), "id", "ID"),
    ] {
        let words = format!("it is missing, and \"{written}\" is not known (did you mean \"{missing}\"?)");
        refused(list, item, &format!("{list}[0].{missing}: {words}"));
    }
    refused("faults", json!({"fault": "crash", "factor": 1}), "faults[0].start_s: it is missing");
    refused("nodes", json!({"id": "a", "name": "app"}), "nodes[0].kind: it is missing");
}

#[test]
fn refuses_a_document_that_is_too_large() {
    let many = |key: &str, count: usize| format!("{{\"headroom\":1,\"{key}\":[{}0]}}", "0,".repeat(count - 1));
    check_refused(&many("nodes", 501), "nodes: 501 are too many: at most 500");
    check_refused(&many("links", 2001), "links: 2001 are too many: at most 2000");
    check_refused(&many("faults", 501), "faults: 501 are too many: at most 500");
    let nested = |depth: usize| format!("{{\"headroom\":1,\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    check_refused(&nested(40), "x[0][0][0]: the nesting is too deep: at most 24 levels");
    assert!(open(&nested(100_000)).unwrap_err().contains("recursion limit"));
    check_refused(&"x".repeat(4_000_001), "document: 4001 kB are too much: at most 4000 kB");
}

#[test]
fn every_repair_has_a_note() {
    check_repaired(
        json!({"headroom": 1, "author": "me", "nodes": [
            {"id": "a", "kind": "app", "at": [1, null]},
            {"id": "a", "kind": "app", "at": [1e9, 2], "colour": "red"},
            {"id": "", "kind": "cache"},
        ], "links": [
            {"id": "l", "from": "a", "to": "cache"},
            {"id": "l", "from": "a", "to": "cache"},
            {"id": "m", "from": "a", "to": "missing"},
        ], "zones": [{"id": "z", "nodes": ["a", "missing"]}], "run": null}),
        json!({"headroom": 1, "nodes": [
            {"id": "a", "kind": "app", "at": [80, 80]},
            {"id": "a-2", "kind": "app", "at": [1e6, 2]},
            {"id": "cache", "kind": "cache"},
        ], "links": [
            {"id": "l", "from": "a", "to": "cache"},
            {"id": "l-2", "from": "a", "to": "cache"},
        ], "zones": [{"id": "z", "nodes": ["a"]}]}),
        &[
            "document.author: is not known and was left out: one of headroom, title, watch, cure, nodes, links, zones, faults, changes, run",
            "document.nodes[0].at: [1,null] is not a place, and the node was moved to one: [x, y] in canvas pixels",
            "document.nodes[1].colour: is not known and was left out: one of id, kind, name, at, params",
            "document.nodes[1].at: is too far away, and the node was moved closer: [x, y] in canvas pixels",
            "document.nodes[1].id: a second node called \u{201c}a\u{201d} was called \u{201c}a-2\u{201d}: an id of its own",
            "document.nodes[2].id: a node without an id was called \u{201c}cache\u{201d}: an id of its own",
            "document.links[2]: there is no node \u{201c}missing\u{201d}, and the link m was left out: the ids of two nodes",
            "document.links[1].id: a second link called \u{201c}l\u{201d} was called \u{201c}l-2\u{201d}: an id of its own",
            "document.zones[0].nodes: there is no node \u{201c}missing\u{201d}, and it was left out of the zone: ids of nodes",
        ],
    );
    let digits = "0.30000000000000004";
    let exact = format!("{{\"headroom\": 1, \"run\": {{\"warmup_s\": {digits}}}}}");
    assert_eq!(open(&exact).unwrap().0.run.warmup_s, 0.1 + 0.2, "a number is read to its last digit");
    let whole = json!({"headroom": 1, "nodes": [{"id": "a", "kind": "app", "params": {"replicas": 3.0}}]});
    assert_eq!(open(&whole.to_string()).unwrap().0.nodes[0].params["replicas"], json!(3), "3.0 is 3");
}

#[test]
fn a_key_that_is_nearly_right_is_answered_with_the_right_one() {
    let text = json!({"headroom": 1, "titel": "x", "nodes": [{"id": "app", "kind": "app", "parms": {}}],
        "links": [{"from": "app", "to": "ap"}], "zones": [{"id": "z", "nodes": ["appp"]}],
        "run": {"duration": 5, "seeds": 1, "pace": 2}});
    let notes: Vec<String> = open(&text.to_string()).unwrap().1.iter().map(ToString::to_string).collect();
    let meant = ["title", "params", "app", "app", "duration_s", "seed"];
    for (path, meant) in
        ["titel", "nodes[0].parms", "links[0]", "zones[0].nodes", "run.duration", "run.seeds"].iter().zip(meant)
    {
        let note = notes.iter().find(|note| note.starts_with(&format!("document.{path}:")));
        let note = note.unwrap_or_else(|| panic!("{path}: {notes:?}"));
        assert!(note.contains(&format!("(did you mean \"{meant}\"?)")), "{note}");
    }
    assert!(
        notes.iter().any(|note| note.starts_with("document.run.pace: is not known and was left out: ")),
        "{notes:?}"
    );
}

#[test]
fn a_seven_node_document_with_faults_fits_in_800_characters() {
    let mut demonstration = shop();
    demonstration.zones.clear();
    demonstration
        .faults
        .retain(|fault| !fault.params.contains_key("between") && fault.params.get("target") != Some(&json!("east")));
    assert_eq!((demonstration.nodes.len(), demonstration.faults.len()), (7, 3));
    let fragment = to_fragment(&demonstration);
    assert!(fragment.len() <= 800, "{} characters", fragment.len());
    let fragment = to_fragment(&shop());
    let link = format!("https://example.org/headroom/#{fragment}");
    assert_eq!(from_link(&link).unwrap(), (without_defaults(&shop()), vec![]));
    assert_eq!(from_link(&format!("  {link}\n")).unwrap().0, without_defaults(&shop()));
    assert_eq!(from_link(&fragment).unwrap().0, without_defaults(&shop()));
}

#[test]
fn links_made_by_earlier_builds_open() {
    let golden = include_str!("../golden/link-v1.txt").trim();
    let (document, notes) = open(include_str!("../golden/link-v1.json")).unwrap();
    assert_eq!(notes, vec![]);
    if std::env::var_os("HEADROOM_UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/link-v1.txt");
        std::fs::write(path, format!("{}\n", to_fragment(&document))).unwrap();
        return;
    }
    // This must hold for ever: such links are in the world.
    assert_eq!(from_link(golden).unwrap(), (document.clone(), vec![]));
    // This may change with the compressor; tests/web.rs holds the browser to the same bytes.
    assert_eq!(to_fragment(&document), golden);
}

#[test]
fn text_and_links_are_distinguished() {
    let fragment = to_fragment(&shop());
    assert_eq!(read(&save(&shop())).unwrap().0, shop());
    assert_eq!(read(&format!("\u{feff}{}", save(&shop()))).unwrap().0, shop());
    for link in [fragment.clone(), format!("#{fragment}"), format!("http://127.0.0.1:8080/#{fragment}\n")] {
        assert_eq!(read(&link).unwrap().0, without_defaults(&shop()));
    }
    assert!(read("https://example.org/").unwrap_err().contains("not a Headroom link"));
    for strange in ["plain words", "", "42", "sequenceDiagram\nA->>B: hi", "<p>Hello</p>"] {
        let why = read(strange).unwrap_err();
        assert!(why.contains("not a Headroom document") && why.contains("a Mermaid flowchart"), "{strange}: {why}");
    }
}

#[test]
fn a_truncated_link_is_refused_as_truncated() {
    let link = format!("https://example.org/#{}", to_fragment(&shop()));
    let payload = link.find("v1.d.").unwrap();
    for end in payload + 1..link.len() {
        assert_eq!(from_link(&link[..end]).map(|_| end), Err("The link is cut off: copy the whole of it.".into()));
    }
}

#[test]
fn a_link_with_any_character_changed_is_refused_in_a_sentence() {
    for document in [shop(), Document::default(), Document { title: "x".into(), ..shop() }] {
        check_every_damage(&to_fragment(&document));
    }
}

#[track_caller]
fn check_every_damage(fragment: &str) {
    for (at, original) in fragment.char_indices() {
        for other in ['A', 'B', 'z', '0', '-', '_', '.', '#', '%', ' ', 'é'] {
            if other == original {
                continue;
            }
            let mut damaged = fragment.to_owned();
            damaged.replace_range(at..at + original.len_utf8(), &other.to_string());
            let error = from_link(&damaged).expect_err(&damaged);
            assert!(error.starts_with("Th") && error.ends_with('.') && !error.contains('\n'), "{error}");
        }
    }
    let damaged = format!("{}A", &fragment[..fragment.len() - 4]);
    assert!(from_link(&damaged).is_err());
    assert!(from_link(&format!("{fragment}AAAA")).unwrap_err().starts_with("The link is damaged"));
}

#[test]
fn refuses_links_of_other_programs_and_versions() {
    let strange = "This is not a Headroom link: one has #v1.d. in it.";
    for link in ["", "https://example.org/", "#", "#section-2", "v0.d.AAAA", "vx.d.AAAA"] {
        assert_eq!(from_link(link).map(|_| ()), Err(strange.to_owned()), "{link}");
    }
    assert_eq!(
        from_link("https://example.org/#v2.q.AAAA").map(|_| ()),
        Err("The link was made by a newer Headroom (link version 2): this one cannot open it.".to_owned())
    );
    assert_eq!(
        from_link("v1.z.AAAA").map(|_| ()),
        Err("The link is packed in a way that this Headroom does not know: a newer one may open it.".to_owned())
    );
    let error = from_link(&packed(b"{\"headroom\":3}")).unwrap_err();
    assert!(error.contains("made by a newer Headroom (version 3)"), "{error}");
    assert!(from_link(&packed(b"[]")).unwrap_err().contains("not a Headroom document"));
    assert!(from_link(&packed(b"\xff\xfe")).unwrap_err().starts_with("The link is damaged"));
}

#[test]
fn refuses_a_link_that_inflates_beyond_the_limit() {
    // 64 MB of spaces deflate to 64 kB.
    let bomb = packed(&vec![b' '; 64_000_000]);
    assert!(bomb.len() < 200_000);
    let oversized = "The link holds more than a Headroom document may: at most 1 MB.";
    assert_eq!(from_link(&bomb).map(|_| ()), Err(oversized.to_owned()));
    assert_eq!(from_link(&"A".repeat(2_000_000)).map(|_| ()), Err(oversized.to_owned()));
    let nodes: Vec<Value> = (0..501).map(|i| json!({"id": i.to_string(), "kind": "app"})).collect();
    let error = from_link(&packed(json!({"headroom": 1, "nodes": nodes}).to_string().as_bytes())).unwrap_err();
    assert!(error.contains("nodes: 501 are too many"), "{error}");
    let label = json!({"headroom": 1, "nodes": [{"id": "a", "kind": "app", "name": "<script>".repeat(1000)}]});
    let error = from_link(&packed(label.to_string().as_bytes())).unwrap_err();
    assert!(error.contains("nodes[0].name: 8000 characters are too many"), "{error}");
    assert!(error.len() < 200, "the label itself is not repeated");
    let label = "<img src=x onerror=alert(1)>\u{202e}\0";
    let hostile = json!({"headroom": 1, "title": label, "nodes": [{"id": label, "kind": label, "name": label}]});
    let (opened, _) = from_link(&packed(hostile.to_string().as_bytes())).unwrap();
    assert_eq!(opened.nodes[0].name, label, "text is text; the page shows it as text");
    assert_eq!(open(&save(&opened)).unwrap().0, opened);
}

#[test]
fn every_value_that_the_editor_accepts_can_be_saved_and_opened() {
    let nodes: Vec<Value> =
        (0..limits::NODES).map(|i| json!({"id": format!("n{i}"), "kind": "app", "name": "x".repeat(200)})).collect();
    let links: Vec<Value> = (0..limits::LINKS)
        .map(|i| json!({"id": format!("l{i}"), "from": format!("n{}", i % 500), "to": format!("n{}", i / 500)}))
        .collect();
    let large = document(json!({"headroom": 1, "nodes": nodes, "links": links}));
    assert_eq!(open(&save(&large)).unwrap(), (large.clone(), vec![]));
    assert_eq!(from_link(&to_fragment(&large)).unwrap(), (large, vec![]));
}

#[test]
fn defaults_written_out_are_left_out_of_links() {
    for info in kinds::all() {
        let fields = kinds::fields(info.id).unwrap();
        let params = filled(&Map::new(), &fields);
        assert!(fields.iter().all(|field| same(&params[field.key], &field.default)));
        let full = document(json!({"headroom": 1, "nodes": [{"id": "a", "kind": info.id, "params": params}]}));
        assert_eq!(without_defaults(&full).nodes[0].params, Map::new(), "{}", info.id);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_the_same_after_text_and_link(document in any_document()) {
        prop_assert_eq!(open(&save(&document)).unwrap(), (document.clone(), vec![]), "{}", save(&document));
        let short = without_defaults(&document);
        prop_assert_eq!(from_link(&to_fragment(&document)).unwrap(), (short.clone(), vec![]), "{}", save(&document));
        for (node, short) in document.nodes.iter().zip(&short.nodes) {
            let fields = kinds::fields(&node.kind).unwrap();
            let (before, after) = (filled(&node.params, &fields), filled(&short.params, &fields));
            prop_assert!(same(&Value::Object(before), &Value::Object(after)), "leaving defaults out changes nothing");
        }
    }

    #[test]
    fn any_text_is_opened_or_refused_in_one_line(text in "\\PC{0,80}", link in "v1\\.d\\.[A-Za-z0-9_-]{0,60}") {
        for result in [read(&text), open(&text), from_link(&text), from_link(&link)] {
            if let Err(error) = result {
                prop_assert!(!error.contains('\n') && !error.is_empty());
            }
        }
    }
}
