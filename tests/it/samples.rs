//! Documents for the tests: written ones and random ones.

use headroom::kinds;
use headroom::model::{Document, Fault, Link, Node, RunPlan, Zone};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A document from its JSON.
#[track_caller]
pub fn document(value: Value) -> Document {
    serde_json::from_value(value).expect("the test's document is one")
}

/// Seven nodes, zones and faults of each form, with parameters that are not the defaults.
pub fn shop() -> Document {
    document(json!({
        "headroom": 1,
        "title": "Web shop on Black Friday",
        "nodes": [
            {"id": "users", "kind": "client", "name": "Users", "at": [80, 200],
             "params": {"arrivals": {"process": "poisson", "rate_rps": 250},
                        "operations": [{"name": "view", "weight": 9, "access": "read", "keys": {"count": 20000, "zipf": 0.8}},
                                       {"name": "buy", "weight": 2, "access": "write"}]}},
            {"id": "limiter", "kind": "rate_limiter", "at": [180, 200], "params": {"rate_rps": 900, "burst": 70}},
            {"id": "lb", "kind": "load_balancer", "at": [280, 200], "params": {"algorithm": "power_of_two"}},
            {"id": "app", "kind": "app", "name": "Shop", "at": [480, 200],
             "params": {"replicas": 4, "workers": 9, "service": {"dist": "exponential", "mean_ms": 13}}},
            {"id": "cache", "kind": "cache", "at": [680, 100], "params": {"capacity_entries": 2500, "ttl_s": 45}},
            {"id": "jobs", "kind": "queue", "at": [680, 200], "params": {"capacity": 5000}},
            {"id": "db", "kind": "database", "name": "Orders", "at": [680, 300], "params": {"max_connections": 90}}
        ],
        "links": [
            {"id": "users-limiter", "from": "users", "to": "limiter", "params": {"timeout_ms": 2500}},
            {"id": "limiter-lb", "from": "limiter", "to": "lb"},
            {"id": "lb-app", "from": "lb", "to": "app"},
            {"id": "app-cache", "from": "app", "to": "cache"},
            {"id": "app-jobs", "from": "app", "to": "jobs"},
            {"id": "app-db", "from": "app", "to": "db", "params": {"timeout_ms": 450, "retries": {"max": 2}}}
        ],
        "zones": [{"id": "east", "nodes": ["app", "cache"]}],
        "faults": [
            {"fault": "crash", "target": "db", "start_s": 30, "duration_s": 10},
            {"fault": "crash", "target": "app#2", "start_s": 45, "duration_s": null},
            {"fault": "crash", "target": "east", "start_s": 50, "duration_s": 1},
            {"fault": "partition", "links": ["app-cache", "app-db"], "start_s": 60, "duration_s": 5},
            {"fault": "partition", "between": [["app#1", "lb"], ["db"]], "start_s": 70, "duration_s": 5}
        ],
        "run": {"duration_s": 90, "warmup_s": 5, "seed": 7}
    }))
}

/// Any value that may stand in parameters, small.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1000i64..1_000_000).prop_map(Value::from),
        // Never a whole number: that would be written, and so read, without its fraction.
        (0u32..100_000).prop_map(|n| Value::from(f64::from(n) + 0.25)),
        "[a-zé\"\\\\\n☃]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_params() -> impl Strategy<Value = Map<String, Value>> {
    // Keys that kinds and faults know, and ones that they do not.
    let key = prop_oneof![
        prop::sample::select(vec!["replicas", "workers", "service", "operations", "arrivals", "timeout_ms", "retries"])
            .prop_map(str::to_owned),
        "x_[a-z]{1,6}",
    ];
    prop::collection::btree_map(key, any_value(), 0..4).prop_map(|map| map.into_iter().collect())
}

/// Any document that can be drawn: unique ids, links and zones between what is there.
pub fn any_document() -> impl Strategy<Value = Document> {
    (1usize..9).prop_flat_map(|count| {
        let kinds: Vec<&str> = kinds::all().iter().map(|info| info.id).collect();
        let node = (prop::sample::select(kinds), ".{0,20}", -4000i32..4000, -4000i32..4000, any_params());
        let links = prop::collection::vec((0..count, 0..count, any_params()), 0..12);
        let faults = prop::collection::vec((0..count, 0u32..4000, prop::option::of(0u32..400), any_params()), 0..4);
        let run = (1u32..1000, 0u32..100, any::<u64>());
        (prop::collection::vec(node, count), links, faults, run, ".{0,20}", any::<bool>()).prop_map(
            |(nodes, links, faults, run, title, zoned)| {
                let nodes: Vec<Node> = nodes
                    .into_iter()
                    .enumerate()
                    .map(|(i, (kind, name, x, y, params))| Node {
                        id: format!("n{i}"),
                        kind: kind.to_owned(),
                        name,
                        at: [f64::from(x) / 4.0, f64::from(y) / 4.0],
                        params,
                    })
                    .collect();
                let links = links
                    .into_iter()
                    .enumerate()
                    .map(|(i, (from, to, params))| Link {
                        id: format!("l{i}"),
                        from: format!("n{from}"),
                        to: format!("n{to}"),
                        params,
                    })
                    .collect();
                let faults = faults
                    .into_iter()
                    .map(|(target, start, duration, mut params)| {
                        params.insert("target".to_owned(), format!("n{target}").into());
                        Fault {
                            fault: "crash".to_owned(),
                            start_s: f64::from(start) / 8.0,
                            duration_s: duration.map(f64::from),
                            params,
                        }
                    })
                    .collect();
                let all = nodes.iter().map(|node| node.id.clone()).collect();
                let zones = if zoned { vec![Zone { id: "z".into(), name: "Zone".into(), nodes: all }] } else { vec![] };
                let run = RunPlan { duration_s: f64::from(run.0), warmup_s: f64::from(run.1), seed: run.2 };
                Document { title, nodes, links, zones, faults, run, ..Document::default() }
            },
        )
    })
}
