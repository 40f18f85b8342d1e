//! What `check` foresees: for each kind of problem a document that has it, and one just under the line that
//! has none.

use crate::registry::minimal;
use crate::simulate::{document, drawing, link, node, poisson, report};
use headroom::faults::{self, AnyFault};
use headroom::kinds;
use headroom::model::{Document, Fault, Place, Severity};
use headroom::params::{Field, Shape};
use headroom::scenario::{check, check_within};
use serde_json::{Map, Value, json};

fn sentences(document: &Document) -> Vec<String> {
    check(document).iter().map(ToString::to_string).collect()
}

/// Expects one problem: of this severity, at this path, with these words.
#[track_caller]
fn check_one(document: &Document, severity: Severity, path: &str, words: &str) {
    let problems = check(document);
    let [problem] = problems.as_slice() else { panic!("{path} {words}: {problems:#?}") };
    assert_eq!((problem.severity, problem.path().as_str()), (severity, path), "{problem}");
    assert!(problem.what.contains(words), "{words}: {problem}");
    assert!(!problem.right.is_empty());
}

/// Expects no problem.
#[track_caller]
fn check_none(document: &Document) {
    assert_eq!(sentences(document), [""; 0]);
}

// -- faults without an effect -------------------------------------------------------------------

/// Parameters of a kind that change what faults can do: none, every duration 0, every duration 2 ms, and each
/// optional number given.
fn variants(fields: &[Field]) -> Vec<Value> {
    let durations = |ms: u32| -> Value {
        let is_duration = |field: &&Field| matches!(field.shape, Shape::OneOf { tag: "dist", .. });
        let constant = |field: &Field| (field.key.to_owned(), json!({"dist": "constant", "ms": ms}));
        fields.iter().filter(is_duration).map(constant).collect::<Map<String, Value>>().into()
    };
    let given = fields.iter().filter_map(|field| match field.shape {
        Shape::Number { min, max } if field.default.is_null() => Some(json!({field.key: 200f64.clamp(min, max)})),
        _ => None,
    });
    [json!({}), durations(0), durations(2)].into_iter().chain(given).collect()
}

/// Walks all kinds and faults: a fault changes the run, or a problem names it, and not both.
#[test]
fn a_fault_at_a_node_of_any_kind_has_an_effect_or_is_named() {
    let (mut effective, mut named) = (0, 0);
    for kind in kinds::all() {
        for params in variants(&kinds::fields(kind.id).expect("fields")) {
            let calm = minimal(kind, params.clone());
            let digest = report(&calm).digest;
            for info in faults::all() {
                let touching = |link: &&headroom::model::Link| link.from == "it" || link.to == "it";
                let places: Vec<&str> = if info.applies_to.is_links() {
                    calm.links.iter().filter(touching).map(|link| link.id.as_str()).collect()
                } else if info.applies_to.includes(kind.role) {
                    vec!["it"]
                } else {
                    Vec::new()
                };
                for place in places {
                    let fault = Fault {
                        fault: info.id.to_owned(),
                        start_s: 5.0,
                        duration_s: (!info.is_instantaneous).then_some(10.0),
                        params: AnyFault::new(info.id).expect("it is registered").at(place).params(),
                    };
                    let it = Document { faults: vec![fault], ..calm.clone() };
                    let problems = check(&it);
                    let is_named = problems.iter().any(|problem| problem.place == Place::Fault(0));
                    let has_effect = report(&it).digest != digest;
                    let words = format!("{} {params}: {} at {place}: {problems:?}", kind.id, info.id);
                    assert_ne!(has_effect, is_named, "{words}");
                    assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{words}");
                    effective += u32::from(has_effect);
                    named += u32::from(is_named);
                }
            }
        }
    }
    assert!(effective > 100 && named > 5, "{effective} {named}");
}

/// A client, a balancer, two replicas of an app, a queue and its worker, with these faults.
fn shop(faults: Value) -> Document {
    let mut it = drawing(
        &[
            poisson("users", 20.0),
            node("lb", "load_balancer", json!({})),
            node("app", "app", json!({"replicas": 2})),
            node("jobs", "queue", json!({})),
            node("worker", "app", json!({})),
            node("db", "database", json!({"replication": {"mode": "quorum"}})),
        ],
        &[
            link("users", "lb", json!({})),
            link("lb", "app", json!({})),
            link("app", "jobs", json!({})),
            link("jobs", "worker", json!({})),
            link("worker", "db", json!({})),
        ],
        faults,
        30.0,
        0.0,
    );
    it.zones =
        serde_json::from_value(json!([{"id": "front", "nodes": ["lb", "app#1"]}, {"id": "lbs", "nodes": ["lb"]}]))
            .expect("zones");
    it
}

#[test]
fn a_fault_of_no_size_is_named_and_one_of_some_size_is_not() {
    let none = json!({"dist": "constant", "ms": 0});
    for (key, idle, fault) in [
        ("ratio", json!(0), json!({"fault": "errors", "target": "app", "ratio": 0.01})),
        ("factor", json!(1), json!({"fault": "slow", "target": "app", "factor": 1.01})),
        ("factor", json!(1), json!({"fault": "traffic", "target": "users", "factor": 0.99})),
        ("ratio", json!(0), json!({"fault": "loss", "links": ["lb-app"], "ratio": 0.01})),
        ("add", none, json!({"fault": "latency", "links": ["lb-app"], "add": {"dist": "constant", "ms": 0.1}})),
        ("duration_s", json!(0), json!({"fault": "pause", "target": "app", "duration_s": 0.1})),
    ] {
        let at = |value: Option<Value>| {
            let mut fault = fault.clone();
            fault["start_s"] = json!(3);
            fault[key] = value.unwrap_or_else(|| fault[key].clone());
            shop(json!([fault]))
        };
        check_none(&at(None));
        check_one(&at(Some(idle)), Severity::Warning, &format!("faults[0].{key}"), "");
    }
    check_none(&shop(json!([{"fault": "crash", "target": "app", "start_s": 3, "duration_s": 0}])));
    let flush = drawing(
        &[poisson("users", 1.0), node("app", "app", json!({})), node("cache", "cache", json!({}))],
        &[link("users", "app", json!({})), link("app", "cache", json!({}))],
        json!([{"fault": "cache_flush", "target": "cache", "start_s": 3, "duration_s": 5}]),
        30.0,
        0.0,
    );
    check_one(&flush, Severity::Warning, "faults[0].duration_s", "happens at an instant");
}

#[test]
fn a_fault_outside_the_run_is_named_and_one_at_its_end_is_not() {
    let at = |start_s: f64| shop(json!([{"fault": "crash", "target": "app", "start_s": start_s, "duration_s": 5}]));
    check_none(&at(29.9));
    check_one(&at(30.0), Severity::Warning, "faults[0].start_s", "begins at 30 s, when the run is over");
    check_one(&at(500.0), Severity::Warning, "faults[0].start_s", "begins at 500 s");
}

#[test]
fn a_fault_at_a_zone_is_named_if_it_changes_nothing_at_any_member() {
    let slow = |target: &str| shop(json!([{"fault": "slow", "target": target, "start_s": 3, "duration_s": 5}]));
    check_none(&slow("front"));
    check_one(&slow("lbs"), Severity::Warning, "faults[0].target", "passes requests on without work of its own");
    check_one(&slow("jobs"), Severity::Warning, "faults[0].target", "without work of its own");
}

#[test]
fn a_partition_through_which_no_message_would_pass_is_named() {
    let between = |a: &str, b: &str| shop(json!([{"fault": "partition", "between": [[a], [b]], "start_s": 3}]));
    for (a, b) in
        [("users", "lb"), ("app#2", "lb"), ("front", "app"), ("db#1", "db#2"), ("db#1", "db"), ("db#3", "worker")]
    {
        check_none(&between(a, b));
    }
    for (a, b) in [("users", "app"), ("users", "db"), ("app#1", "app#2"), ("app", "app"), ("db#1", "db#1")] {
        check_one(&between(a, b), Severity::Warning, "faults[0].between", "no message passes");
    }
    let mut sharded = between("db#1", "db#4");
    let db = sharded.nodes.iter_mut().find(|node| node.id == "db").expect("the database");
    db.params.insert("shards".to_owned(), json!(2));
    check_one(&sharded, Severity::Warning, "faults[0].between", "no message passes");
    sharded.faults[0].params.insert("between".to_owned(), json!([["db#4"], ["db#6"]]));
    check_none(&sharded);
}

#[test]
fn a_fault_where_no_request_comes_is_named() {
    let it = |fraction: f64, fault: Value| {
        drawing(
            &[poisson("users", 20.0), node("app", "app", json!({})), node("db", "database", json!({}))],
            &[link("users", "app", json!({})), link("app", "db", json!({"fraction": fraction}))],
            json!([fault]),
            30.0,
            0.0,
        )
    };
    let crash = json!({"fault": "crash", "target": "db", "start_s": 3});
    let loss = json!({"fault": "loss", "links": ["app-db"], "start_s": 3});
    for (fault, words) in [(crash, "no traffic reaches db"), (loss, "no request uses the link app-db")] {
        check_none(&it(0.01, fault.clone()));
        let found = sentences(&it(0.0, fault));
        assert!(found.iter().any(|it| it.starts_with("faults[0]") && it.contains(words)), "{found:?}");
        assert!(found.iter().any(|it| it.starts_with("nodes.db: no traffic reaches it")), "{found:?}");
    }
}

// -- loops --------------------------------------------------------------------------------------

/// Apps `a`, `b` and `c` behind a client with the operations `view` and `buy`, and these links.
fn apps(links: &[Value]) -> Document {
    let nodes = [
        node("users", "client", json!({"operations": [{"name": "view"}, {"name": "buy"}]})),
        node("a", "app", json!({})),
        node("b", "app", json!({})),
        node("c", "app", json!({})),
    ];
    let first = [link("users", "a", json!({})), link("a", "b", json!({})), link("b", "c", json!({}))];
    drawing(&nodes, &[&first, links].concat(), json!([]), 10.0, 0.0)
}

/// A second link between the same nodes.
fn second(from: &str, to: &str, params: Value) -> Value {
    let mut link = link(from, to, params);
    link["id"] = json!(format!("{from}-{to}-again"));
    link
}

#[test]
fn a_loop_that_multiplies_requests_is_refused_and_one_that_does_not_runs() {
    let share = |fraction: f64| json!({"fraction": fraction});
    for (links, words) in [
        (vec![link("a", "a", share(0.5)), second("a", "a", share(0.49))], None),
        (vec![link("a", "a", share(0.5)), second("a", "a", share(0.5))], Some(("a", "comes back to it forever"))),
        (vec![link("a", "a", share(0.9)), second("a", "a", share(0.9))], Some(("a", "makes 1.8 of itself"))),
        (vec![link("c", "a", share(0.99))], None),
        (vec![link("c", "a", share(1.0))], Some(("a", "comes back to it forever"))),
        (vec![second("a", "b", share(1.0)), link("c", "a", share(0.49))], None),
        (vec![second("a", "b", share(1.0)), link("c", "a", share(0.75))], Some(("a", "makes 1.5 of itself"))),
        // Circles within circles: 0.4 of c's requests at once, and 0.5 of the others.
        (vec![link("c", "c", share(0.4)), link("c", "b", share(0.3)), link("c", "a", share(0.29))], None),
        (
            vec![link("c", "c", share(0.4)), link("c", "b", share(0.3)), link("c", "a", share(0.31))],
            Some(("a", "makes 1.03")),
        ),
        (vec![link("c", "c", share(1.0)), link("c", "a", share(0.1))], Some(("c", "forever"))),
    ] {
        let it = apps(&links);
        match words {
            None => check_none(&it),
            Some((node, words)) => check_one(&it, Severity::Error, &format!("nodes.{node}"), words),
        }
    }
}

#[test]
fn a_loop_is_counted_for_each_operation_by_itself() {
    let serving = |names: Value| json!({"operations": names});
    check_none(&apps(&[link("c", "a", serving(json!([])))]));
    let it = apps(&[link("c", "a", serving(json!(["buy"])))]);
    check_one(&it, Severity::Error, "nodes.a", "each request of \"buy\" comes back");
    // Neither of two operations takes the whole circle.
    let mut it = apps(&[link("c", "a", serving(json!(["buy"])))]);
    it.links[1].params.insert("operations".to_owned(), json!(["view"]));
    assert_eq!(sentences(&it), [""; 0]);
}

#[test]
fn a_balancer_and_a_queue_send_each_request_over_one_of_their_links() {
    let it = |kind: &str, params: Value, weights: [f64; 2]| {
        let weighted = |weight: f64| if kind == "load_balancer" { json!({"weight": weight}) } else { json!({}) };
        let nodes = [
            poisson("users", 1.0),
            node("it", kind, params),
            node("again", "app", json!({})),
            node("end", "app", json!({"replicas": 3})),
        ];
        let links = [
            link("users", "it", json!({})),
            link("it", "again", weighted(weights[0])),
            link("it", "end", weighted(weights[1])),
            link("again", "it", json!({})),
        ];
        drawing(&nodes, &links, json!([]), 10.0, 0.0)
    };
    check_none(&it("load_balancer", json!({}), [1.0, 1.0]));
    check_none(&it("queue", json!({}), [1.0, 1.0]));
    let weighted = json!({"algorithm": "weighted"});
    check_none(&it("load_balancer", weighted.clone(), [1.0, 0.01]));
    let forever = it("load_balancer", weighted, [1.0, 0.0]);
    check_one(&forever, Severity::Error, "nodes.it", "forever");
    let mut twice = it("queue", json!({}), [1.0, 1.0]);
    for number in 0..3 {
        let again = json!({"id": format!("more{number}"), "from": "again", "to": "it"});
        twice.links.push(serde_json::from_value(again).expect("a link"));
    }
    check_one(&twice, Severity::Error, "nodes.it", "forever");
}

// -- timeouts, pools, settings ------------------------------------------------------------------

#[test]
fn a_timeout_shorter_than_what_it_waits_for_is_named() {
    let it = |outer: Value, inner: Value, kind: &str| {
        let nodes = [poisson("users", 1.0), node("mid", kind, json!({})), node("end", "app", json!({}))];
        drawing(&nodes, &[link("users", "mid", outer), link("mid", "end", inner)], json!([]), 10.0, 0.0)
    };
    let after = |ms: f64| json!({"timeout_ms": ms});
    let tries = |jitter: &str| json!({"timeout_ms": 300, "retries": {"max": 2, "backoff": {"base_ms": 100, "factor": 3, "cap_ms": 200, "jitter": jitter}}});
    for kind in ["app", "load_balancer", "rate_limiter", "cache"] {
        check_none(&it(after(500.0), after(500.0), kind));
        let path = "links.users-mid.params.timeout_ms";
        check_one(&it(after(499.0), after(500.0), kind), Severity::Warning, path, "over mid-end fails after 500 ms");
        for (jitter, least) in [("full", 900.0), ("equal", 1050.0), ("none", 1200.0)] {
            check_none(&it(after(least), tries(jitter), kind));
            let words = format!("3 attempts of 300 ms, {least} ms in all");
            check_one(&it(after(least - 1.0), tries(jitter), kind), Severity::Warning, path, &words);
        }
        check_none(&it(json!({}), after(500.0), kind));
        check_none(&it(after(500.0), json!({}), kind));
    }
    check_none(&it(after(100.0), after(500.0), "queue"));
}

#[test]
fn a_timeout_is_compared_with_the_next_one_on_the_way_and_only_for_shared_operations() {
    let it = |operations: Value| {
        let mut it = apps(&[]);
        it.links[0].params.insert("timeout_ms".to_owned(), json!(400));
        it.links[2].params.insert("timeout_ms".to_owned(), json!(1000));
        it.links[2].params.insert("operations".to_owned(), operations);
        it
    };
    let warned = it(Value::Null);
    check_one(&warned, Severity::Warning, "links.users-a.params.timeout_ms", "over b-c fails after 1000 ms");
    let apart = it(json!(["buy"])).tap(|it| it.links[1].params.insert("operations".to_owned(), json!(["view"])));
    check_one(&apart, Severity::Warning, "nodes.c", "no traffic reaches it");
    // Who asks for one operation does not wait for the other.
    let two = warned_for_one_client();
    check_one(&two, Severity::Warning, "links.buyers-a.params.timeout_ms", "over b-c fails after 1000 ms");
    // A circle without a timeout ends too.
    let circle = apps(&[link("c", "a", json!({"fraction": 0.5}))]);
    check_none(&circle.tap(|it| it.links[0].params.insert("timeout_ms".to_owned(), json!(5))));
}

/// Viewers and buyers with the same timeout before app `a`; only buyers are served over `b-c`.
fn warned_for_one_client() -> Document {
    let client = |id: &str, operation: &str| node(id, "client", json!({"operations": [{"name": operation}]}));
    let mut it = apps(&[]);
    it.nodes[0] = serde_json::from_value(client("users", "view")).expect("a node");
    it.nodes.push(serde_json::from_value(client("buyers", "buy")).expect("a node"));
    it.links.push(serde_json::from_value(link("buyers", "a", json!({"timeout_ms": 400}))).expect("a link"));
    it.links[0].params.insert("timeout_ms".to_owned(), json!(400));
    it.links[2].params.insert("timeout_ms".to_owned(), json!(1000));
    it.links[2].params.insert("operations".to_owned(), json!(["buy"]));
    it
}

/// Changes a document on the way.
trait Tap: Sized {
    fn tap<T>(mut self, change: impl FnOnce(&mut Self) -> T) -> Self {
        change(&mut self);
        self
    }
}

impl Tap for Document {}

#[test]
fn pools_larger_than_the_connections_of_a_database_are_named() {
    let it = |pool: u32, db: Value| {
        let nodes = [
            poisson("users", 1.0),
            node("app", "app", json!({"replicas": 4})),
            node("other", "app", json!({})),
            node("db", "database", db),
        ];
        let links = [
            link("users", "app", json!({})),
            link("app", "other", json!({})),
            link("app", "db", json!({"max_in_flight": pool})),
            link("other", "db", json!({"max_in_flight": 20})),
        ];
        drawing(&nodes, &links, json!([]), 10.0, 0.0)
    };
    let path = "links.app-db.params.max_in_flight";
    check_none(&it(20, json!({})));
    let words = "21 connections at each of 4 replicas are 84, with those of 1 other links 104, and db takes 100";
    check_one(&it(21, json!({})), Severity::Warning, path, words);
    check_none(&it(1000, json!({"max_connections": null})));
    // Each shard, and each replica that is read, takes as many.
    check_none(&it(45, json!({"shards": 2})));
    check_one(&it(46, json!({"shards": 2})), Severity::Warning, path, "db takes 200");
    let replicated =
        |read_from: &str| json!({"replication": {"mode": "leader_follower", "replicas": 3, "read_from": read_from}});
    check_none(&it(70, replicated("any")));
    check_one(&it(71, replicated("any")), Severity::Warning, path, "db takes 300");
    check_one(&it(21, replicated("leader")), Severity::Warning, path, "db takes 100");
}

#[test]
fn pools_by_replica_larger_than_the_connections_of_a_database_are_named() {
    let it = |pool: Value, db: Value| {
        let nodes = [poisson("users", 1.0), node("app", "app", json!({"replicas": 10})), node("db", "database", db)];
        drawing(&nodes, &[link("users", "app", json!({})), link("app", "db", pool)], json!([]), 10.0, 0.0)
    };
    let each = |each: u32| json!({"max_in_flight_per_replica": each});
    let path = "links.app-db.params.max_in_flight_per_replica";
    check_none(&it(each(10), json!({})));
    check_one(&it(each(11), json!({})), Severity::Warning, path, "11 connections at each of 10 replicas are 110, and");
    let replicated = |read_from: &str| json!({"replication": {"replicas": 3, "read_from": read_from}});
    // Where the leader answers everything, nobody is connected to its followers.
    for read_from in ["leader", "any"] {
        check_none(&it(each(10), replicated(read_from)));
    }
    check_one(&it(each(11), replicated("leader")), Severity::Warning, path, "are 110, and db takes 100");
    let words = "11 connections to each of 3 processes at each of 10 replicas are 330, and db takes 300";
    check_one(&it(each(11), replicated("any")), Severity::Warning, path, words);
    check_none(&it(json!({"max_in_flight": 30, "max_in_flight_per_replica": 11}), replicated("any")));
    let both = json!({"max_in_flight": 31, "max_in_flight_per_replica": 11});
    check_one(&it(both, replicated("any")), Severity::Warning, "links.app-db.params.max_in_flight", "are 310");
}

/// Nobody finds the longest call in a circle by going around it once, from wherever it begins.
#[test]
fn a_timeout_before_a_circle_is_compared_with_every_call_in_it() {
    let it = |order: [usize; 3], timeouts: [u32; 2]| {
        let app = |id: &str| node(id, "app", json!({}));
        let nodes = [poisson("users", 1.0), app("x"), app("c"), app("b"), app("e"), node("d", "database", json!({}))];
        let circle = [link("c", "b", json!({"fraction": 0.5})), link("b", "e", json!({})), link("e", "c", json!({}))];
        let mut links = vec![link("users", "x", json!({}))];
        links.extend(["c", "e"].into_iter().zip(timeouts).map(|(to, ms)| link("x", to, json!({"timeout_ms": ms}))));
        links.extend(order.map(|at| circle[at].clone()));
        links.push(link("b", "d", json!({"timeout_ms": 5000})));
        drawing(&nodes, &links, json!([]), 10.0, 0.0)
    };
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        check_none(&it(order, [5000, 5000]));
        for (timeouts, link) in [([4999, 5000], "x-c"), ([5000, 4999], "x-e")] {
            let path = format!("links.{link}.params.timeout_ms");
            check_one(&it(order, timeouts), Severity::Warning, &path, "over b-d fails after 5000 ms");
        }
        assert_eq!(sentences(&it(order, [1000, 1000])).len(), 2);
    }
}

#[test]
fn settings_of_a_node_without_an_effect_are_named_and_have_none() {
    let errors = |params: Value| {
        let nodes = [poisson("users", 30.0), node("it", "app", params)];
        drawing(&nodes, &[link("users", "it", json!({}))], json!([]), 10.0, 0.0)
    };
    let forgets = |params: Value| {
        let keys = json!({"operations": [{"name": "get", "keys": {"count": 100}}]});
        let nodes = [
            node("users", "client", keys),
            node("app", "app", json!({})),
            node("it", "cache", params),
            node("db", "database", json!({})),
        ];
        let links = [link("users", "app", json!({})), link("app", "it", json!({})), link("app", "db", json!({}))];
        drawing(&nodes, &links, json!([]), 10.0, 0.0)
    };
    let check = |it: &dyn Fn(Value) -> Document, idle: Value, fine: Value, field: &str| {
        let without = |params: &Value| {
            let mut params = params.clone();
            params.as_object_mut().expect("parameters").remove(field);
            report(&it(params)).digest
        };
        check_none(&it(fine.clone()));
        check_one(&it(idle.clone()), Severity::Warning, &format!("nodes.it.params.{field}"), "");
        assert_eq!(report(&it(idle.clone())).digest, without(&idle), "{field} has an effect");
        assert_ne!(report(&it(fine.clone())).digest, without(&fine), "{field} has no effect");
    };
    let span = json!({"dist": "constant", "ms": 1});
    let fine = json!({"error_service": span, "error_rate": 0.2});
    check(&errors, json!({"error_service": span}), fine, "error_service");
    let lru = json!({"capacity_entries": 9, "lfu_forgets": true});
    let lfu = json!({"capacity_entries": 9, "lfu_forgets": true, "eviction": "lfu"});
    check(&forgets, lru, lfu, "lfu_forgets");
}

#[test]
fn settings_of_a_link_without_an_effect_are_named() {
    let it = |params: Value, balancer: Value| {
        let nodes = [poisson("users", 1.0), node("lb", "load_balancer", balancer), node("app", "app", json!({}))];
        drawing(&nodes, &[link("users", "lb", json!({})), link("lb", "app", params)], json!([]), 10.0, 0.0)
    };
    let weighted = json!({"algorithm": "weighted"});
    for (idle, fine, field) in [
        (
            json!({"timeout_ms": 50, "hedge": {"after_ms": 51}}),
            json!({"timeout_ms": 50, "hedge": {"after_ms": 49}}),
            "hedge.after_ms",
        ),
        (json!({"queue_limit": 3}), json!({"queue_limit": 3, "max_in_flight": 5}), "queue_limit"),
        (json!({"queue_limit": 3}), json!({"queue_limit": 3, "max_in_flight_per_replica": 5}), "queue_limit"),
        (
            json!({"max_in_flight": 5, "max_in_flight_per_replica": 6}),
            json!({"max_in_flight": 5, "max_in_flight_per_replica": 4}),
            "max_in_flight_per_replica",
        ),
        (
            json!({"max_in_flight": 5, "timeout_holds_place": true}),
            json!({"max_in_flight": 5, "timeout_holds_place": true, "timeout_ms": 50}),
            "timeout_holds_place",
        ),
        (
            json!({"timeout_ms": 50, "timeout_holds_place": true}),
            json!({"timeout_ms": 50, "timeout_holds_place": true, "max_in_flight_per_replica": 5}),
            "timeout_holds_place",
        ),
        (json!({"cancel_on_timeout": true}), json!({"cancel_on_timeout": true, "timeout_ms": 50}), "cancel_on_timeout"),
        (
            json!({"cancel_on_timeout": true}),
            json!({"cancel_on_timeout": true, "hedge": {"after_ms": 5}}),
            "cancel_on_timeout",
        ),
        (
            json!({"retries": {"max": 2, "retry_on": []}}),
            json!({"retries": {"max": 2, "retry_on": ["error"]}}),
            "retries.retry_on",
        ),
        (json!({"weight": 3}), json!({"weight": 1}), "weight"),
    ] {
        check_none(&it(fine, json!({})));
        check_one(&it(idle, json!({})), Severity::Warning, &format!("links.lb-app.params.{field}"), "");
    }
    check_none(&it(json!({"weight": 3}), weighted));
    check_none(&it(json!({"retries": {"max": 0, "retry_on": []}}), json!({})));
    // What is cancelled before it, or dies with its work, cancels its calls.
    let cancels = |before: Value, faults: Value| {
        let nodes = [poisson("users", 1.0), node("mid", "app", json!({})), node("end", "app", json!({}))];
        let links = [link("users", "mid", before), link("mid", "end", json!({"cancel_on_timeout": true}))];
        drawing(&nodes, &links, faults, 10.0, 0.0)
    };
    let path = "links.mid-end.params.cancel_on_timeout";
    check_one(&cancels(json!({"timeout_ms": 50}), json!([])), Severity::Warning, path, "cancels nothing");
    check_none(&cancels(json!({"timeout_ms": 50, "cancel_on_timeout": true}), json!([])));
    let crash = |target: &str| json!([{"fault": "crash", "target": target, "start_s": 3, "duration_s": 1}]);
    check_none(&cancels(json!({}), crash("mid")));
    check_one(&cancels(json!({}), crash("end")), Severity::Warning, path, "cancels nothing");
}

// -- sentences ------------------------------------------------------------------------------------

#[test]
fn a_parameter_of_links_from_other_kinds_is_not_called_unknown() {
    let it = |kind: &str, params: Value| {
        let nodes = [poisson("users", 1.0), node("it", kind, json!({})), node("app", "app", json!({}))];
        drawing(&nodes, &[link("users", "it", json!({})), link("it", "app", params)], json!([]), 10.0, 0.0)
    };
    for (kind, field, words) in [
        ("load_balancer", "fraction", "has no meaning on a link from a node of the kind load balancer"),
        ("app", "weight", "has no meaning on a link from a node of the kind app"),
        ("queue", "operations", "has no meaning on a link from a node of the kind queue"),
        ("queue", "fractoin", "is not simulated and is ignored"),
    ] {
        check_one(&it(kind, json!({field: 0.5})), Severity::Warning, &format!("links.it-app.params.{field}"), words);
    }
    let right = &check(&it("queue", json!({"operations": ["view"]})))[0].right;
    assert_eq!(right, "a link from a node of the kind load balancer or app");
}

#[test]
fn a_list_of_names_that_are_known_is_asked_for_by_them() {
    let it = |on: Value| {
        let retries = json!({"retries": {"max": 2, "retry_on": on}});
        drawing(
            &[poisson("users", 1.0), node("app", "app", json!({}))],
            &[link("users", "app", retries)],
            json!([]),
            9.0,
            0.0,
        )
    };
    let problems = check(&it(json!("connect")));
    assert_eq!(
        problems[0].to_string(),
        "links.users-app.params.retries.retry_on: \"connect\" does not fit: a list of timeout, rejected, error, \
         unreachable, breaker_open, rate_limited, or null for all but breaker_open and rate_limited"
    );
    let path = "links.users-app.params.retries.retry_on";
    check_one(&it(json!(["timeot"])), Severity::Error, path, "\"timeot\" (did you mean \"timeout\"?)");
}

#[test]
fn what_was_refused_in_a_fault_is_not_called_missing_too() {
    for fault in ["crash", "slow", "errors", "pause", "deploy", "traffic", "cache_flush"] {
        let it = shop(json!([{"fault": fault, "target": ["db"], "start_s": 5}]));
        check_one(&it, Severity::Error, "faults[0].target", "[\"db\"] does not fit");
        let missing = shop(json!([{"fault": fault, "start_s": 5}]));
        check_one(&missing, Severity::Error, "faults[0].target", "is missing");
    }
    for (fault, field) in [("loss", "links"), ("latency", "links"), ("partition", "links"), ("partition", "between")] {
        let it = shop(json!([{"fault": fault, field: 5, "start_s": 5}]));
        check_one(&it, Severity::Error, &format!("faults[0].{field}"), "5 does not fit");
    }
    let it = shop(json!([{"fault": "slow", "target": "app", "start_s": 1, "duration": 5}]));
    check_one(&it, Severity::Warning, "faults[0].duration", "(did you mean \"duration_s\"?)");
}

#[test]
fn a_setting_of_a_run_that_is_no_finite_number_is_not_called_null() {
    for duration_s in [f64::NAN, f64::INFINITY] {
        let it = shop(json!([])).tap(|it| it.run.duration_s = duration_s);
        check_one(&it, Severity::Error, "run.duration_s", "is not a finite number");
    }
}

// -- memory -------------------------------------------------------------------------------------

#[test]
fn memory_that_can_be_foreseen_is_bounded() {
    let it = |keys: u32, replicas: u32, zipf: f64| {
        let operations = json!([{"name": "get", "keys": {"count": keys, "zipf": zipf}}]);
        let replication = json!({"mode": "quorum", "replicas": replicas});
        let nodes = [
            node("users", "client", json!({"operations": operations})),
            node("db", "database", json!({"replication": replication})),
        ];
        drawing(&nodes, &[link("users", "db", json!({}))], json!([]), 10.0, 0.0)
    };
    // 4 bytes for each key and replica, and 4 for each key.
    let needs = 4 * 1_000_000 * (9 + 1);
    let within = |document: &Document, bytes: u64| check_within(document, bytes);
    assert_eq!(within(&it(1_000_000, 9, 0.0), needs), []);
    let refused = within(&it(1_000_000, 9, 0.0), needs - 1);
    assert_eq!((refused.len(), refused[0].severity, refused[0].path().as_str()), (1, Severity::Error, "nodes.db"));
    assert!(refused[0].what.contains("needs about 40 MB for 1000000 keys"), "{}", refused[0]);
    // A table of popularity takes 8 bytes for each key.
    assert_eq!(within(&it(1_000_000, 9, 1.0), needs + 8_000_000), []);
    assert_eq!(within(&it(1_000_000, 9, 1.0), needs + 7_999_999).len(), 1);
    check_none(&it(5_000_000, 31, 1.0));
    let mut ten = it(5_000_000, 31, 1.0);
    ten.nodes[1].id = "app".to_owned();
    (ten.nodes[1].kind, ten.nodes[1].params, ten.links[0].to) = ("app".to_owned(), Map::new(), "app".to_owned());
    for number in 0..10 {
        let node = json!({"id": format!("d{number}"), "kind": "database", "params": {"replication": {"mode": "quorum", "replicas": 31}}});
        let link = json!({"id": format!("l{number}"), "from": "app", "to": format!("d{number}")});
        ten.nodes.push(serde_json::from_value(node).expect("a node"));
        ten.links.push(serde_json::from_value(link).expect("a link"));
    }
    check_one(
        &ten,
        Severity::Error,
        "nodes.d0",
        "about 6.44 GB for 5000000 keys and 1000 sessions, 640 MB of it here, and about as much at d1, d2, d3 and 6 others",
    );
}

#[test]
fn every_kind_that_keeps_a_table_of_keys_counts_it() {
    let bytes = |kind: &str, params: Value| {
        let params = params.as_object().cloned().expect("an object");
        let (kind, _) = kinds::read_node(kind, &params, &Place::Document).expect("a kind");
        kind.memory_bytes(1_000_000, 200_000)
    };
    assert_eq!(bytes("app", json!({})), 0);
    assert_eq!(bytes("database", json!({})), 0, "nothing to compare versions with");
    let cache = bytes("cache", json!({}));
    assert!((4_000_000..4_100_000).contains(&cache), "{cache}");
    assert_eq!(bytes("cache", json!({"eviction": "lfu"})), cache + 4_000_000);
    assert_eq!(bytes("cache", json!({"coalesce": true, "writes": "behind"})), cache + 8_000_000);
    assert!(bytes("cache", json!({"capacity_entries": null})) > 20_000_000);
    assert_eq!(bytes("load_balancer", json!({"algorithm": "sticky"})), 800_000);
    assert_eq!(bytes("load_balancer", json!({})), 0);
    let users = |users: u32| {
        bytes(
            "client",
            json!({"arrivals": {"process": "closed", "users": users}, "operations": [{"keys": {"zipf": 0}}]}),
        )
    };
    assert!(users(100_000) >= 1_600_000 && users(100_000) == 100 * users(1000));
}

// -- words that were probably meant ---------------------------------------------------------------

#[test]
fn a_word_that_is_nearly_right_is_answered_with_the_right_one() {
    let it = document(json!({
        "headroom": 1,
        "nodes": [
            {"id": "users", "kind": "client", "params": {"arrivals": {"proces": "closed", "rate_rsp": 3}, "operations": [{"name": "view", "keys": {"cuont": 5}}]}},
            {"id": "app", "kind": "app", "params": {"worker": 3, "discipline": "fifoo", "zzz": 1}},
            {"id": "cache", "kind": "cahce"}
        ],
        "links": [
            {"id": "in", "from": "users", "to": "app", "params": {"timeout": 5, "retries": {"maxx": 2}}},
            {"id": "out", "from": "app", "to": "cashe"}
        ],
    }));
    let faulty = |fault: Value| shop(json!([fault]));
    let sound = |operation: &str| apps(&[link("a", "c", json!({"operations": [operation]}))]);
    for (document, path, meant) in [
        (&it, "nodes.users.params.arrivals.proces", Some("process")),
        (&it, "nodes.users.params.arrivals.rate_rsp", Some("rate_rps")),
        (&it, "nodes.users.params.operations.0.keys.cuont", Some("count")),
        (&it, "nodes.app.params.worker", Some("workers")),
        (&it, "nodes.app.params.discipline", Some("fifo")),
        (&it, "nodes.app.params.zzz", None),
        (&it, "nodes.cache", Some("cache")),
        (&faulty(json!({"fault": "crush", "target": "app", "start_s": 1})), "faults[0].fault", Some("crash")),
        (&faulty(json!({"fault": "crash", "target": "ap", "start_s": 1})), "faults[0].target", Some("app")),
        (&faulty(json!({"fault": "crash", "target": "front-", "start_s": 1})), "faults[0].target", Some("front")),
        (
            &faulty(json!({"fault": "slow", "target": "app", "factr": 3, "start_s": 1})),
            "faults[0].factr",
            Some("factor"),
        ),
        (&faulty(json!({"fault": "loss", "links": ["lb_app"], "start_s": 1})), "faults[0].links", Some("lb-app")),
        (&faulty(json!({"fault": "crash", "target": "nothing", "start_s": 1})), "faults[0].target", None),
        (&sound("bu"), "links.a-c.params.operations", Some("buy")),
    ] {
        let problems = check(document);
        let found = problems.iter().find(|problem| problem.path() == path);
        let what = &found.unwrap_or_else(|| panic!("{path}: {problems:?}")).what;
        match meant {
            Some(meant) => assert!(what.contains(&format!("(did you mean \"{meant}\"?)")), "{path}: {what}"),
            None => assert!(!what.contains("did you mean"), "{path}: {what}"),
        }
    }
    // Links are read once all kinds are known.
    let it = it.tap(|it| it.nodes[2].kind = "cache".to_owned());
    let found = sentences(&it);
    assert!(found.iter().any(|it| it.contains("there is no node \"cashe\" (did you mean \"cache\"?)")), "{found:?}");
    let it = it.tap(|it| it.links[1].to = "cache".to_owned());
    let found = sentences(&it);
    for meant in ["timeout_ms", "max"] {
        assert!(found.iter().any(|it| it.contains(&format!("(did you mean \"{meant}\"?)"))), "{meant}: {found:?}");
    }
}
