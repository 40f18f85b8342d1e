//! What is true of every kind. These tests walk the registry: a new kind is tested without a change
//! here.

use crate::simulate::{document, drawing, link, node, report, run};
use headroom::kind::{Calls, KindInfo, Role};
use headroom::kinds;
use headroom::metrics::Live;
use headroom::model::{Document, Params, Place};
use headroom::params::{Field, Shape};
use headroom::random::Stream;
use headroom::record::node_metrics::{ARRIVALS, COMPLETED};
use headroom::report::Report;
use headroom::scenario::compile;
use serde_json::{Value, json};

#[test]
fn defaults_have_no_problems() {
    for info in kinds::all() {
        let (kind, problems) = kinds::read_node(info.id, &Params::new(), &Place::Document).expect("a registered kind");
        assert!(problems.is_empty() && kind.check().is_empty(), "{}", info.id);
        // The same, every default written out.
        let written: Params = kinds::fields(info.id)
            .expect("fields")
            .iter()
            .map(|field| (field.key.to_owned(), field.default.clone()))
            .collect();
        let (again, problems) = kinds::read_node(info.id, &written, &Place::Document).expect("a registered kind");
        assert!(problems.is_empty(), "{}: {problems:?}", info.id);
        assert_eq!(format!("{kind:?}"), format!("{again:?}"), "{}: defaults written out mean the same", info.id);
    }
}

#[test]
fn every_parameter_has_a_label_a_unit_and_a_help() {
    fn walk(path: &str, fields: &[Field]) {
        for field in fields {
            let here = format!("{path}.{}", field.key);
            assert!(!field.label.is_empty() && !field.help.is_empty(), "{here} has no words");
            assert!(field.help.ends_with('.'), "{here}: help is a sentence");
            match &field.shape {
                Shape::Group(inner) | Shape::List(inner) => walk(&here, inner),
                Shape::OneOf { variants, .. } => variants.iter().for_each(|(_, inner)| walk(&here, inner)),
                _ => {}
            }
        }
    }
    for info in kinds::all() {
        walk(info.id, &kinds::fields(info.id).expect("fields"));
        assert!(info.help.ends_with('.'));
    }
    walk("link", &headroom::link::link_fields());
    for info in headroom::faults::all() {
        walk(info.id, &headroom::faults::fields(info.id).expect("fields"));
        assert!(info.help.ends_with('.'));
    }
}

#[test]
fn wrong_values_are_named_by_their_path() {
    let it = document(json!({
        "headroom": 1,
        "nodes": [
            {"id": "users", "kind": "client", "params": {"arrivals": {"process": "poisson", "rate_rps": -1}, "operations": [{"weight": "x"}]}},
            {"id": "app", "kind": "app", "params": {"workers": 0.5, "service": {"dist": "wrong"}, "colour": "red", "discipline": 7}}
        ],
        "links": [{"id": "l", "from": "users", "to": "app", "params": {"retries": {"backoff": {"jitter": "some"}}}}],
        "faults": [{"fault": "crash", "target": "nobody", "start_s": 1}, {"fault": "flood", "start_s": 1}],
        "run": {"duration_s": 10, "warmup_s": 20}
    }));
    let compiled = compile(&it);
    assert!(compiled.scenario.is_none());
    let mut paths: Vec<String> = compiled.problems.iter().map(|problem| problem.path()).collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "faults[0].target",
            "faults[1].fault",
            "links.l.params.retries.backoff.jitter",
            "nodes.app.params.colour",
            "nodes.app.params.discipline",
            "nodes.app.params.service.dist",
            "nodes.app.params.workers",
            "nodes.users.params.arrivals.rate_rps",
            "nodes.users.params.operations.0.weight",
            "run.warmup_s",
        ]
    );
}

#[test]
fn documents_that_cannot_run_are_refused_with_a_sentence() {
    let node = |id: &str, kind: &str| json!({"id": id, "kind": kind});
    let link = |from: &str, to: &str| json!({"id": format!("{from}-{to}"), "from": from, "to": to});
    for (nodes, links, part) in [
        (json!([]), json!([]), "nothing to run"),
        (json!([node("app", "app")]), json!([]), "nothing makes requests"),
        (json!([node("u", "client")]), json!([]), "calls nothing"),
        (json!([node("u", "client"), node("lb", "load_balancer")]), json!([link("u", "lb")]), "nothing is behind it"),
        (
            json!([node("u", "client"), node("a", "app"), node("b", "app")]),
            json!([link("u", "a"), link("a", "b"), link("b", "a")]),
            "forever",
        ),
        (
            json!([node("u", "client"), node("a", "app"), node("b", "app")]),
            json!([link("u", "a"), link("u", "b")]),
            "2 links leave it",
        ),
        (json!([node("u", "client"), node("v", "client")]), json!([link("u", "v"), link("v", "u")]), "cannot call"),
        (json!([node("u", "client"), node("a", "app"), node("a", "app")]), json!([link("u", "a")]), "used twice"),
        (json!([node("u", "client"), node("a", "mainframe")]), json!([link("u", "a")]), "not known"),
        (json!([node("u", "client")]), json!([link("u", "a")]), "there is no node"),
    ] {
        let it = document(json!({"headroom": 1, "nodes": nodes, "links": links}));
        let compiled = compile(&it);
        let words: Vec<String> = compiled.problems.iter().map(ToString::to_string).collect();
        assert!(compiled.scenario.is_none(), "{words:?}");
        assert!(words.iter().any(|sentence| sentence.contains(part)), "{part}: {words:?}");
    }
}

/// A small design with one node `it` of a kind, called as its role demands and with callees behind it
/// if it calls others.
pub fn minimal(info: &KindInfo, params: Value) -> Document {
    let free = json!({"dist": "constant", "ms": 1});
    let mut nodes = vec![node("it", info.id, params)];
    let mut links = Vec::new();
    let client = json!({"arrivals": {"process": "poisson", "rate_rps": 50, "sessions": 20},
        "operations": [{"name": "read", "keys": {"count": 100}}, {"name": "write", "access": "write", "keys": {"count": 100}}]});
    match info.role {
        Role::Source => {}
        // Users call proxies and services themselves, the others through an app.
        Role::Proxy | Role::Service => {
            nodes.push(node("client", "client", client));
            links.push(link("client", "it", json!({"timeout_ms": 1000})));
        }
        Role::Cache | Role::Store | Role::Queue => {
            nodes.push(node("client", "client", client));
            nodes.push(node("caller", "app", json!({"service": free, "workers": null})));
            links.push(link("client", "caller", json!({"timeout_ms": 1000})));
            links.push(link("caller", "it", json!({"timeout_ms": 500})));
        }
    }
    if info.calls != Calls::None {
        nodes.push(node("callee", "app", json!({"service": free})));
        links.push(link("it", "callee", json!({})));
    }
    drawing(&nodes, &links, json!([]), 20.0, 0.0)
}

#[test]
fn every_kind_says_what_the_page_shows_of_it() {
    let mut icons = Vec::new();
    for info in kinds::all() {
        let KindInfo { id, label, tagline, keywords, help, icon, color, card, .. } = info;
        assert!(id.bytes().all(|c| c.is_ascii_lowercase() || c == b'_'), "{id}");
        assert!(!label.is_empty() && !tagline.is_empty() && !tagline.ends_with('.'), "{id}");
        assert!(keywords.split(' ').count() > 4 && *keywords == keywords.to_lowercase(), "{id}: {keywords}");
        assert!(help.ends_with('.') && help.len() < 300, "{id}");
        assert!(icon.starts_with('M') && !icons.contains(icon), "{id}: its icon is its own path");
        let path_data = |c: char| c.is_ascii_digit() || "MmLlHhVvCcSsQqTtAaZz .-".contains(c);
        assert!(icon.chars().all(path_data), "{id}: {icon}");
        icons.push(icon);
        let digits = color.strip_prefix('#').expect("a color is written #rrggbb");
        assert!(digits.len() == 6 && digits.bytes().all(|c| c.is_ascii_hexdigit()), "{id}: {color}");
        let measured: Vec<_> = kinds::NODE_METRICS[0].iter().chain(kinds::metrics(id)).collect();
        assert!(!card.is_empty(), "{id}");
        for number in *card {
            assert!(!number.label.is_empty(), "{id}");
            let is_measured = measured.iter().any(|info| info.key == number.metric.key);
            assert!(is_measured && number.metric.live != Live::No, "{id}: snapshots have no {}", number.metric.key);
        }
        assert_eq!(kinds::info(id), Some(info));
    }
}

#[test]
fn a_node_of_every_kind_works_with_its_defaults() {
    for info in kinds::all() {
        let design = minimal(info, json!({}));
        let compiled = compile(&design);
        assert!(compiled.problems.is_empty(), "{}: {:?}", info.id, compiled.problems);
        let report = run(&design).1;
        let node = &report.nodes["it"];
        let (arrivals, completed) = (node.get(&ARRIVALS).unwrap_or(0), node.get(&COMPLETED).unwrap_or(0));
        assert!(arrivals > 800 && completed > 800, "{}: {node:?}", info.id);
        assert!(report.requests.completed > 800, "{}: {:?}", info.id, report.requests);
        let summary = kinds::summary(info.id, &Params::new());
        assert!(!summary.is_empty() && summary.len() < 40, "{}: {summary}", info.id);
    }
}

/// Random values of some parameters, between a half and the double of their defaults.
fn random_params(fields: &[Field], rng: &mut Stream) -> Params {
    let mut params = Params::new();
    for field in fields {
        let value = match &field.shape {
            Shape::Number { min, max } => {
                field.default.as_f64().map(|value| json!((value * (0.5 + 1.5 * rng.unit())).clamp(*min, *max)))
            }
            Shape::Integer { min, max } => {
                let mut drawn = |value: u64| (value as u32 / 2 + rng.below(2 * value as u32 + 1)).clamp(*min, *max);
                field.default.as_u64().map(|value| json!(drawn(value)))
            }
            Shape::Boolean => Some(json!(rng.chance(0.5))),
            Shape::Choice(choices) => Some(json!(choices[rng.below(choices.len() as u32) as usize].id)),
            Shape::Group(inner) => Some(Value::Object(random_params(inner, rng))),
            _ => None,
        };
        if let Some(value) = value.filter(|_| rng.chance(0.5)) {
            params.insert(field.key.to_owned(), value);
        }
    }
    params
}

/// Every run checks that the books balance.
#[test]
fn a_node_of_every_kind_keeps_its_books_under_random_parameters_and_faults() {
    for info in kinds::all() {
        let fields = kinds::fields(info.id).expect("fields");
        let mut tried = 0;
        for seed in 0..60 {
            let mut rng = Stream::named(seed, info.id, "registry");
            let mut design = minimal(info, Value::Object(random_params(&fields, &mut rng)));
            let faults = json!([
                {"fault": "crash", "target": "it", "start_s": 2.0 + 3.0 * rng.unit(), "duration_s": rng.unit()},
                {"fault": "slow", "target": "it", "start_s": 8.0, "duration_s": 2.0, "factor": 1.0 + 9.0 * rng.unit()},
                {"fault": "pause", "target": "it", "start_s": 12.0 + rng.unit(), "duration_s": rng.unit()},
            ]);
            // A client is no target of these faults.
            if info.role != Role::Source {
                let with_faults = json!({"headroom": 1, "nodes": design.nodes, "links": design.links,
                    "faults": faults, "run": design.run});
                design = document(with_faults);
            }
            // Some combinations are refused, with a reason.
            if compile(&design).scenario.is_some() {
                tried += 1;
                assert!(run(&design).1.nodes["it"].get(&ARRIVALS) > Some(0), "{} {seed}", info.id);
            }
        }
        assert!(tried > 20, "{}: only {tried} designs compile", info.id);
    }
}

/// A design in which every parameter can matter: near its limits, with failures and waiting.
pub fn sensitive() -> Document {
    document(json!({
        "headroom": 1,
        "nodes": [
            {"id": "client", "kind": "client", "params": {"arrivals": {"process": "poisson", "rate_rps": 150},
                "operations": [{"name": "a", "weight": 3, "keys": {"count": 2000}}, {"name": "b", "access": "write"}]}},
            {"id": "rate_limiter", "kind": "rate_limiter", "params": {"rate_rps": 140, "burst": 10}},
            {"id": "load_balancer", "kind": "load_balancer", "params": {"algorithm": "weighted", "overhead": {"dist": "exponential", "mean_ms": 1}, "capacity_rps": 200,
                "health_check": {"interval_ms": 300, "timeout_ms": 0.6, "unhealthy_after": 2, "healthy_after": 3}}},
            {"id": "app", "kind": "app", "params": {"replicas": 2, "workers": 3, "queue_limit": 3, "discipline": "priority", "startup_s": 1, "error_rate": 0.03, "error_service": {"dist": "exponential", "mean_ms": 5},
                "autoscale": {"min": 1, "max": 2, "target": 0.3, "interval_s": 1, "cooldown_s": 2}}},
            {"id": "cache", "kind": "cache", "params": {"capacity_entries": 20, "eviction": "lfu", "workers": 1, "ttl_s": 3, "coalesce": true, "lease_ms": 20}},
            {"id": "records", "kind": "cache", "params": {"writes": "behind", "write_delay_ms": 100, "write_batch": 2}},
            {"id": "database", "kind": "database", "params": {"workers": 1, "queue_limit": 2, "max_connections": 3, "shards": 2,
                "replication": {"mode": "leader_follower", "replicas": 3, "sync": 0}}},
            {"id": "queue", "kind": "queue", "params": {"capacity": 3, "visibility_timeout_s": 0.02, "max_attempts": 2}},
            {"id": "worker", "kind": "app", "params": {"replicas": 1, "workers": 1, "error_rate": 0.2, "service": {"dist": "exponential", "mean_ms": 20}}},
            {"id": "other", "kind": "app", "params": {"replicas": 2, "workers": 2}},
            {"id": "inner", "kind": "load_balancer", "params": {"algorithm": "sticky"}},
            {"id": "shard", "kind": "app", "params": {"replicas": 3, "workers": 1, "queue_limit": 2}}
        ],
        "links": [
            {"id": "0", "from": "client", "to": "rate_limiter", "params": {"timeout_ms": 1000}},
            {"id": "1", "from": "rate_limiter", "to": "load_balancer"},
            {"id": "2", "from": "load_balancer", "to": "app", "params": {"retries": {"max": 2, "backoff": {"cap_ms": 60}, "budget_ratio": 0.05},
                "timeout_ms": 40, "hedge": {"after_ms": 20}, "breaker": {"consecutive_failures": 3, "open_s": 0.1}, "max_in_flight": 6, "queue_limit": 3, "bandwidth_mbps": 20}},
            {"id": "3", "from": "app", "to": "cache"},
            {"id": "4", "from": "app", "to": "database", "params": {"timeout_ms": 300}},
            {"id": "5", "from": "app", "to": "queue"},
            {"id": "6", "from": "queue", "to": "worker"},
            {"id": "7", "from": "load_balancer", "to": "other", "params": {"weight": 0.3, "max_in_flight": 1}},
            {"id": "8", "from": "other", "to": "inner"},
            {"id": "9", "from": "inner", "to": "shard"},
            {"id": "10", "from": "worker", "to": "records"},
            {"id": "11", "from": "records", "to": "database"}
        ],
        "faults": [
            {"fault": "crash", "target": "app#1", "start_s": 5, "duration_s": 2},
            {"fault": "crash", "target": "database", "start_s": 9, "duration_s": 1},
            {"fault": "deploy", "target": "app", "start_s": 12},
            {"fault": "partition", "between": [["database#1"], ["database"]], "start_s": 12, "duration_s": 1},
            {"fault": "crash", "target": "database#1", "start_s": 16, "duration_s": null},
            {"fault": "partition", "between": [["app", "records"], ["database#2"]], "start_s": 25, "duration_s": 20}
        ],
        "run": {"duration_s": 50, "warmup_s": 0, "seed": 5}
    }))
}

/// Other values of a parameter: at least one of them must change something.
fn others(field: &Field, present: Option<&Value>) -> Vec<Value> {
    let now = present.unwrap_or(&field.default);
    let mut all = match &field.shape {
        Shape::Number { min, max } => {
            let value = now.as_f64().unwrap_or(10.0);
            [value * 0.5, value * 3.0, value + 0.5, value * 300.0].iter().map(|x| json!(x.clamp(*min, *max))).collect()
        }
        Shape::Integer { min, max } => {
            let value = now.as_u64().unwrap_or(2) as u32;
            [value / 2, value + 1, value.saturating_mul(5)].iter().map(|x| json!((*x).clamp(*min, *max))).collect()
        }
        Shape::Boolean => vec![json!(!now.as_bool().unwrap_or(false))],
        Shape::Choice(choices) => choices.iter().map(|choice| json!(choice.id)).collect(),
        Shape::Text => vec![json!("renamed")],
        Shape::Names => vec![json!(["a"]), json!(["timeout"])],
        Shape::Sides => vec![json!([["a"], ["b"]])],
        Shape::Seed => vec![json!(now.as_u64().unwrap_or(0) + 1)],
        Shape::Points(_) => vec![json!([[0, 0.5], [1, 2.0]])],
        Shape::Group(_) | Shape::OneOf { .. } | Shape::List(_) => Vec::new(),
    };
    if field.none.is_some() {
        all.push(Value::Null);
    }
    all.retain(|other| other != now);
    all
}

/// All numbers of a report but the seed.
fn fingerprint(report: &Report) -> String {
    serde_json::to_string(report).expect("a report is plain data")
}

/// The parameters of a set, out of `fields`, that change no number of the report of `base` under any
/// other value, and how many were tried. `of` finds the set in a document.
fn without_effect(
    name: &str,
    base: &Document,
    fields: &[Field],
    of: &dyn Fn(&mut Document) -> &mut Params,
) -> (Vec<String>, usize) {
    let (mut idle, mut checked) = (Vec::new(), 0);
    let before = fingerprint(&report(base));
    walk(fields, &mut Vec::new(), &mut |path, field, with| {
        let mut base = base.clone();
        for (path, value) in with {
            set(of(&mut base), path, value.clone());
        }
        let before = if with.is_empty() { before.clone() } else { fingerprint(&report(&base)) };
        let present = get(of(&mut base.clone()), path);
        let has_effect = others(field, present.as_ref()).into_iter().any(|value| {
            let mut changed = base.clone();
            set(of(&mut changed), path, value);
            compile(&changed).scenario.is_some() && fingerprint(&report(&changed)) != before
        });
        checked += 1;
        if !has_effect {
            idle.push(format!("{name}: {}", path.join(".")));
        }
    });
    (idle, checked)
}

/// A kind that the sensitive design does not have is tried in a small design of its own, so a new
/// kind needs no change here as long as its parameters matter there.
#[test]
fn every_parameter_of_every_kind_changes_some_number() {
    let sensitive = sensitive();
    let (mut idle, mut checked) = (Vec::new(), 0);
    let mut add = |(more, count): (Vec<String>, usize)| {
        idle.extend(more);
        checked += count;
    };
    for info in kinds::all() {
        let fields = kinds::fields(info.id).expect("fields");
        let place = |design: &Document, id: &str| design.nodes.iter().position(|node| node.id == id);
        let Some(at) = place(&sensitive, info.id) else {
            let base = minimal(info, json!({}));
            let at = place(&base, "it").expect("the node of the kind");
            add(without_effect(info.id, &base, &fields, &move |document| &mut document.nodes[at].params));
            continue;
        };
        // What a cache does with writes matters where something is behind it.
        let (behind, fields): (Vec<Field>, Vec<Field>) =
            fields.into_iter().partition(|field| info.id == "cache" && field.key.starts_with("write"));
        add(without_effect(info.id, &sensitive, &fields, &move |document| &mut document.nodes[at].params));
        if !behind.is_empty() {
            let at = place(&sensitive, "records").expect("a cache with a link");
            let name = "cache with a link";
            add(without_effect(name, &sensitive, &behind, &move |document| &mut document.nodes[at].params));
        }
    }
    assert!(idle.is_empty(), "these change nothing: {idle:#?}");
    assert!(checked > 40, "{checked}");
}

/// The small designs are sensitive enough for a kind that is not in the large one: the parameters of
/// a rate limiter, the simplest kind, all matter there.
#[test]
fn the_small_design_shows_the_parameters_of_a_simple_kind() {
    let info = kinds::info("rate_limiter").expect("a kind");
    let base = minimal(info, json!({"rate_rps": 40}));
    let at = base.nodes.iter().position(|node| node.id == "it").expect("the node of the kind");
    let fields = kinds::fields(info.id).expect("fields");
    let (idle, checked) = without_effect(info.id, &base, &fields, &move |document| &mut document.nodes[at].params);
    assert_eq!((idle, checked), (Vec::<String>::new(), 3));
}

#[test]
fn every_parameter_of_a_link_changes_some_number() {
    let base = sensitive();
    let (all, routed) = (headroom::link::link_fields(), headroom::link::link_fields_from("load_balancer"));
    let (idle, checked) = without_effect("link", &base, &routed, &|document| &mut document.links[2].params);
    assert_eq!(idle, Vec::<String>::new());
    assert!(checked > 20, "{checked}");
    let called: Vec<Field> =
        all.into_iter().filter(|field| routed.iter().all(|other| other.key != field.key)).collect();
    assert_eq!(called.len(), 1, "an app alone decides by share");
    let (idle, _) = without_effect("link of an app", &base, &called, &|document| &mut document.links[4].params);
    assert_eq!(idle, Vec::<String>::new());
}

type Setting = (Vec<String>, Value);
type Visit<'a> = &'a mut dyn FnMut(&[String], &Field, &[Setting]);

/// Visits every scalar parameter with the settings under which it exists.
fn walk(fields: &[Field], path: &mut Vec<String>, visit: Visit) {
    fn inner(fields: &[Field], path: &mut Vec<String>, with: &mut Vec<Setting>, visit: Visit) {
        for field in fields {
            path.push(field.key.to_owned());
            match &field.shape {
                Shape::Group(more) => {
                    inner(more, path, with, visit);
                    if field.none.is_some() {
                        visit(path, field, with);
                    }
                }
                Shape::List(more) => {
                    path.push("0".to_owned());
                    inner(more, path, with, visit);
                    path.pop();
                }
                Shape::OneOf { tag, variants } => {
                    for (choice, more) in variants {
                        let mut whole: Value =
                            more.iter().map(|it| (it.key.to_owned(), it.default.clone())).collect::<Params>().into();
                        whole[*tag] = json!(choice.id);
                        with.push((path.clone(), whole));
                        inner(more, path, with, visit);
                        with.pop();
                    }
                    if field.none.is_some() {
                        visit(path, field, with);
                    }
                }
                _ => visit(path, field, with),
            }
            path.pop();
        }
    }
    inner(fields, path, &mut Vec::new(), visit);
}

fn get(params: &Params, path: &[String]) -> Option<Value> {
    let whole = Value::Object(params.clone());
    whole.pointer(&format!("/{}", path.join("/"))).cloned()
}

fn set(params: &mut Params, path: &[String], value: Value) {
    let mut whole = Value::Object(std::mem::take(params));
    let mut here = &mut whole;
    for key in &path[..path.len() - 1] {
        here = match key.parse::<usize>() {
            Ok(index) => &mut here[index],
            Err(_) => {
                if !here[key.as_str()].is_object() && !here[key.as_str()].is_array() {
                    here[key.as_str()] = json!({});
                }
                &mut here[key.as_str()]
            }
        };
    }
    here[path[path.len() - 1].as_str()] = value;
    *params = whole.as_object().cloned().unwrap_or_default();
}

#[test]
fn the_schema_states_every_default() {
    let schema = headroom::schema::document_schema();
    let text = schema.to_string();
    for info in kinds::all() {
        assert!(text.contains(info.id));
    }
    let app = schema["properties"]["nodes"]["items"]["oneOf"]
        .as_array()
        .expect("kinds")
        .iter()
        .find(|it| it["title"] == "App")
        .expect("the app");
    assert_eq!(app["properties"]["params"]["properties"]["workers"]["default"], json!(8));
    assert_eq!(app["properties"]["params"]["properties"]["startup_s"]["default"], json!(5));
}
