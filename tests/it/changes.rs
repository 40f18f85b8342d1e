//! Parameters that change during a run: a change in flight is the same run as the same change in the document
//! from the start, and every parameter of every kind either changes in flight or says why not.

use crate::examples::{Example, examples};
use crate::simulate::{document, report, run};
use headroom::codec;
use headroom::kinds;
use headroom::model::{Document, ParameterChange, Place, Problem, RunPlan, Severity};
use headroom::params::{Field, Shape, values};
use headroom::protocol::{FromWorker, ToWorker};
use headroom::random::Stream;
use headroom::scenario::{changes, check};
use headroom::session::Session;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeMap;

/// A parameter of a node or a link, with other values that it could have.
struct Leaf {
    place: Place,
    path: String,
    others: Vec<Value>,
}

/// Other values of a field that has `value`.
fn others(field: &Field, value: &Value) -> Vec<Value> {
    let mut others = match &field.shape {
        Shape::Number { min, max } => {
            let now = value.as_f64().unwrap_or(50.0);
            [now * 2.0, now / 2.0, now + 0.25]
                .into_iter()
                .filter(|other| (*min..=*max).contains(other))
                .map(|other| json!(other))
                .collect()
        }
        Shape::Integer { min, max } => {
            let now = value.as_u64().map_or(4, |now| now as u32);
            [now + 1, now.saturating_sub(1), now.saturating_mul(3)]
                .into_iter()
                .filter(|other| (min..=max).contains(&other))
                .map(|other| json!(other))
                .collect()
        }
        Shape::Boolean => vec![json!(!value.as_bool().unwrap_or(false))],
        Shape::Choice(choices) => choices.iter().map(|choice| json!(choice.id)).collect(),
        Shape::Text => vec![json!("another")],
        Shape::Names => vec![json!(["view"])],
        Shape::Points(_) => vec![json!([[0, 1], [5, 2], [8, 0.5]])],
        Shape::OneOf { tag, variants } => variants.iter().map(|(choice, _)| json!({*tag: choice.id})).collect(),
        Shape::Group(_) => vec![json!({})],
        Shape::List(_) => vec![json!([{}, {"name": "second"}])],
        Shape::Seed | Shape::Sides => Vec::new(),
    };
    if field.none.is_some() {
        others.push(Value::Null);
    }
    others.iter_mut().for_each(values::whole_numbers);
    others.retain(|other| !values::same(other, value));
    others
}

/// All parameters of a place in a document, those in groups, variants and lists included.
fn leaves(document: &Document, place: &Place) -> Vec<Leaf> {
    fn walk(fields: &[Field], params: &Value, above: &str, place: &Place, found: &mut Vec<Leaf>) {
        for field in fields {
            let value = params.get(field.key).unwrap_or(&Value::Null);
            let path = format!("{above}{}", field.key);
            found.push(Leaf { place: place.clone(), path: path.clone(), others: others(field, value) });
            match (&field.shape, value) {
                (Shape::Group(inner), Value::Object(_)) => walk(inner, value, &format!("{path}."), place, found),
                (Shape::OneOf { tag, variants }, Value::Object(_)) => {
                    let variant = variants.iter().find(|(choice, _)| value[tag] == choice.id);
                    variant.iter().for_each(|(_, inner)| walk(inner, value, &format!("{path}."), place, found));
                }
                (Shape::List(template), Value::Array(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        walk(template, item, &format!("{path}.{index}."), place, found);
                    }
                }
                _ => {}
            }
        }
    }
    let fields = changes::fields_of(document, place);
    let params = match place {
        Place::Node(id) => &document.node(id).expect("a node").params,
        Place::Link(id) => &document.link(id).expect("a link").params,
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    walk(&fields, &Value::Object(values::filled(params, &fields)), "", place, &mut found);
    found
}

fn places(document: &Document) -> Vec<Place> {
    let nodes = document.nodes.iter().map(|node| Place::Node(node.id.clone()));
    nodes.chain(document.links.iter().map(|link| Place::Link(link.id.clone()))).collect()
}

/// What is wrong with the changes of a document.
fn errors(document: &Document) -> Vec<Problem> {
    let is_change =
        |problem: &Problem| matches!(problem.place, Place::Change(_)) && problem.severity == Severity::Error;
    check(document).into_iter().filter(is_change).collect()
}

fn change(at_s: f64, leaf: &Leaf, to: &Value) -> ParameterChange {
    ParameterChange { at_s, set: leaf.place.path(&leaf.path), to: to.clone() }
}

/// A change of a random parameter that a document allows, in its first two seconds.
pub fn random_change(document: &Document, rng: &mut Stream) -> Option<ParameterChange> {
    let places = places(document);
    let place = &places[rng.below(places.len() as u32) as usize];
    let leaves = leaves(document, place);
    let leaf = &leaves[rng.below(leaves.len() as u32) as usize];
    let to = leaf.others.get(rng.below(leaf.others.len().max(1) as u32) as usize)?;
    let found = change(f64::from(rng.below(2000)) / 1000.0, leaf, to);
    let mut changed = document.clone();
    changed.changes.push(found.clone());
    errors(&changed).is_empty().then_some(found)
}

/// Runs a document by a session, with these changes in flight; returns the digest and what the document is in
/// the end.
fn in_flight(document: &Document, mut live: Vec<ParameterChange>) -> (String, Document) {
    let mut session = Session::new();
    let clock = Cell::new(0.0);
    let mut recorded = document.clone();
    let mut pending: Vec<ParameterChange> = Vec::new();
    let (mut now_s, mut number) = (0.0, 0);
    let whole = |document: &Document| Box::new(changes::with_whole_changes(document));
    let mut messages = session.receive(ToWorker::Speed(Some(3.0)), 0.0);
    messages.extend(session.receive(ToWorker::Load { run: 1, document: whole(document), play: true }, 0.0));
    for _ in 0..1_000_000 {
        for message in messages.drain(..) {
            match message {
                FromWorker::Snapshot(snapshot) => {
                    now_s = snapshot.now_s;
                    session.receive(ToWorker::SnapshotDrawn, clock.get());
                }
                FromWorker::Changed { number: answered, at_s, .. } => {
                    assert_eq!(answered, number);
                    let at_s = at_s.expect("the change was checked before");
                    recorded.changes.extend(pending.drain(..).map(|change| ParameterChange { at_s, ..change }));
                }
                FromWorker::Reproduced { .. } => {}
                FromWorker::Finished { report, .. } => {
                    return (report.decode().expect("of this build").digest, recorded);
                }
                other => panic!("unexpected {other:?}"),
            }
        }
        if pending.is_empty() && live.first().is_some_and(|change| now_s >= change.at_s) {
            pending.push(live.remove(0));
            number += 1;
            // As the page does: the change is made whole among those that the document has already.
            let mut asked = recorded.clone();
            asked.changes.push(ParameterChange { at_s: now_s, ..pending[0].clone() });
            let changes = changes::with_whole_changes(&asked).changes.split_off(recorded.changes.len());
            messages.extend(session.receive(ToWorker::Change { number, changes }, clock.get()));
        }
        let step = session.step(|| {
            clock.set(clock.get() + 7.0);
            clock.get()
        });
        messages.extend(step.messages);
    }
    panic!("the run does not end");
}

/// Expects changes in flight to be the same run as the same changes in the document.
#[track_caller]
fn check_in_flight(document: &Document, live: Vec<ParameterChange>) -> String {
    let count = document.changes.len() + live.len();
    let (digest, recorded) = in_flight(document, live);
    assert_eq!(recorded.changes.len(), count, "each change is made");
    let opened = codec::from_link(&codec::to_fragment(&recorded)).expect("the link opens").0;
    assert_eq!(opened.changes, recorded.changes, "changes travel with the link");
    let again = run(&opened).1.digest;
    assert_eq!(again, digest, "{}", codec::save(&recorded));
    digest
}

/// A system with a node of each kind, busy enough that every limit matters.
fn every_kind() -> Document {
    document(json!({"headroom": 1, "nodes": [
        {"id": "users", "kind": "client", "params": {"arrivals": {"process": "poisson", "rate_rps": 150},
            "operations": [{"name": "view", "keys": {"count": 200}}, {"name": "buy", "access": "write", "weight": 0.4, "priority": 3}]}},
        {"id": "visitors", "kind": "client", "params": {"arrivals": {"process": "bursty", "rate_rps": 20}}},
        {"id": "staff", "kind": "client", "params": {"arrivals": {"process": "closed", "users": 10}, "operations": [{"name": "view"}]}},
        {"id": "limiter", "kind": "rate_limiter", "params": {"rate_rps": 120, "burst": 10, "on_limit": "delay"}},
        {"id": "lb", "kind": "load_balancer", "params": {"health_check": {"interval_ms": 300, "timeout_ms": 100}, "capacity_rps": 400, "algorithm": "weighted"}},
        {"id": "app", "kind": "app", "params": {"replicas": 2, "workers": 3, "queue_limit": 20, "discipline": "priority", "error_rate": 0.05,
            "error_service": {"dist": "constant", "ms": 3}, "service": {"dist": "exponential", "mean_ms": 20}}},
        {"id": "other", "kind": "app", "params": {"autoscale": {"max": 6, "interval_s": 0.5, "cooldown_s": 1, "target": 0.3}, "workers": 3}},
        {"id": "cache", "kind": "cache", "params": {"capacity_entries": 50, "coalesce": true, "workers": 2, "ttl_s": 2, "eviction": "lfu", "lookup": {"dist": "constant", "ms": 0.5}}},
        {"id": "db", "kind": "database", "params": {"workers": 2, "max_connections": 12, "queue_limit": 6,
            "read": {"dist": "exponential", "mean_ms": 30}, "write": {"dist": "exponential", "mean_ms": 30},
            "replication": {"mode": "leader_follower", "replicas": 3, "sync": 1, "read_from": "any"}}},
        {"id": "ledger", "kind": "database", "params": {"workers": 5,
            "replication": {"mode": "quorum", "replicas": 3, "read_quorum": 2, "write_quorum": 2}}},
        {"id": "queue", "kind": "queue", "params": {"capacity": 100, "visibility_timeout_s": 1}},
        {"id": "worker", "kind": "app", "params": {"workers": 2, "discipline": "lifo", "service": {"dist": "exponential", "mean_ms": 60}, "error_rate": 0.2}},
        {"id": "shared", "kind": "app", "params": {"workers": 2, "discipline": "processor_sharing"}}
    ], "links": [
        {"id": "users-limiter", "from": "users", "to": "limiter"},
        {"id": "limiter-lb", "from": "limiter", "to": "lb", "params": {"max_in_flight": 60, "queue_limit": 100}},
        {"id": "visitors-lb", "from": "visitors", "to": "lb", "params": {"timeout_ms": 400, "hedge": {"after_ms": 50}}},
        {"id": "staff-other", "from": "staff", "to": "other"},
        {"id": "lb-app", "from": "lb", "to": "app", "params": {"weight": 2, "timeout_ms": 300, "retries": {"max": 2, "budget_ratio": 0.2}, "breaker": {"open_s": 0.3, "half_open_probes": 2}}},
        {"id": "lb-other", "from": "lb", "to": "other", "params": {"max_in_flight": 8, "max_in_flight_per_replica": 6}},
        {"id": "app-cache", "from": "app", "to": "cache"},
        {"id": "app-db", "from": "app", "to": "db", "params": {"max_in_flight": 5, "cancel_on_timeout": true, "timeout_ms": 250, "timeout_holds_place": true}},
        {"id": "app-queue", "from": "app", "to": "queue", "params": {"fraction": 0.5, "bandwidth_mbps": 10, "loss": 0.01}},
        {"id": "other-ledger", "from": "other", "to": "ledger"},
        {"id": "other-shared", "from": "other", "to": "shared", "params": {"latency": {"dist": "uniform", "min_ms": 1, "max_ms": 4}}},
        {"id": "queue-worker", "from": "queue", "to": "worker", "params": {"timeout_ms": 500}}
    ], "faults": [
        {"fault": "pause", "target": "app#1", "start_s": 2.5, "duration_s": 1.5},
        {"fault": "crash", "target": "db", "start_s": 3.5, "duration_s": 0.5}
    ], "run": {"duration_s": 6, "warmup_s": 1, "seed": 7}}))
}

#[test]
fn every_parameter_changes_in_flight_or_says_why_not() {
    let document = every_kind();
    assert!(check(&document).iter().all(|problem| problem.severity != Severity::Error), "{:?}", check(&document));
    let unchanged = report(&document).digest;
    let (mut changed, mut fixed) = (0, 0);
    // For each parameter, whether a change of it made another run at one of the places that have it.
    let mut has_effect: BTreeMap<String, bool> = BTreeMap::new();
    let kinds: Vec<&str> = document.nodes.iter().map(|node| node.kind.as_str()).collect();
    assert!(kinds::all().iter().all(|info| kinds.contains(&info.id)), "a kind is missing in this test");
    for leaf in places(&document).iter().flat_map(|place| leaves(&document, place)) {
        let (mut refusals, mut digests) = (Vec::new(), Vec::new());
        for other in &leaf.others {
            let mut with = document.clone();
            with.changes.push(change(3.0, &leaf, other));
            let found = errors(&with);
            if let Some(problem) = found.iter().find(|problem| problem.what.contains("during a run, because ")) {
                refusals.push(problem.to_string());
            } else if found.is_empty() {
                digests.push(check_in_flight(&document, vec![change(3.0, &leaf, other)]));
            } else {
                // Another value does not fit beside the others (a range, a sum): the sentence says so.
                refusals.push(found[0].to_string());
            }
        }
        let name = leaf.place.path(&leaf.path);
        assert!(!(refusals.is_empty() && digests.is_empty()), "{name} has no other value: {:?}", leaf.others);
        changed += usize::from(!digests.is_empty());
        fixed += usize::from(digests.is_empty());
        let of = match &leaf.place {
            Place::Node(id) => document.node(id).expect("a node").kind.as_str(),
            _ => "link",
        };
        if !digests.is_empty() {
            *has_effect.entry(format!("{of}.{}", leaf.path)).or_default() |=
                digests.iter().any(|digest| *digest != unchanged);
        }
    }
    assert!(changed > 100 && fixed > 20, "{changed} change, {fixed} do not");
    let without: Vec<&String> =
        has_effect.iter().filter(|(_, has_effect)| !**has_effect).map(|(name, _)| name).collect();
    // The system above is not such that these matter; the next test has systems of their own for most.
    const WITHOUT_EFFECT_HERE: [&str; 22] = [
        "app.autoscale.cooldown_s",
        "app.autoscale.metric",
        "app.autoscale.min",
        "app.autoscale.target",
        "cache.capacity_entries",
        "cache.lease_ms",
        "cache.lfu_forgets",
        "cache.ttl_s",
        "cache.write_batch",
        "client.deadline_ms",
        "client.operations.0.keys",
        "client.operations.1.keys",
        "client.operations.1.keys.zipf",
        "client.operations.1.priority",
        "database.max_connections",
        "database.queue_limit",
        "link.queue_limit",
        "link.retries.backoff",
        "link.retries.backoff.cap_ms",
        "queue.capacity",
        "queue.dead_letter",
        "queue.max_attempts",
    ];
    assert_eq!(without, WITHOUT_EFFECT_HERE, "of {} parameters", has_effect.len());
}

/// Each changes a number of its node from what it would be without it.
#[test]
fn limits_that_change_take_effect() {
    let number = |node: Value, behind: Value, set: &str, to: Value, key: &str| {
        let mut nodes = vec![
            json!({"id": "users", "kind": "client", "params": {"arrivals": {"process": "constant", "rate_rps": 100},
                "operations": [{"keys": {"count": 100, "zipf": 0}}]}}),
            node,
        ];
        let mut links = vec![json!({"id": "l", "from": "users", "to": "it"})];
        if !behind.is_null() {
            nodes.push(behind);
            links.push(json!({"id": "m", "from": "it", "to": "behind"}));
        }
        let run = json!({"duration_s": 20, "warmup_s": 0, "seed": 1});
        let mut document = document(json!({"headroom": 1, "nodes": nodes, "links": links, "run": run}));
        let value = |document: &Document| {
            let report = serde_json::to_value(report(document)).expect("a report");
            report.pointer(&format!("/nodes/it/{}", key.replace('.', "/"))).and_then(Value::as_f64).unwrap_or(f64::NAN)
        };
        let before = value(&document);
        document.changes.push(ParameterChange { at_s: 10.0, set: format!("nodes.it.params.{set}"), to });
        assert!(errors(&document).is_empty(), "{:?}", errors(&document));
        (before, value(&document))
    };
    let slow = |extra: Value| {
        let mut params = json!({"workers": 1, "queue_limit": null, "max_connections": null, "read": {"dist": "constant", "ms": 100}});
        params.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        json!({"id": "it", "kind": "database", "params": params})
    };
    // 100 requests a second, 10 are served: 900 wait at 10 s, and all that come later are turned away.
    let (before, after) = number(slow(json!({})), Value::Null, "queue_limit", json!(5), "rejected");
    assert!(before == 0.0 && (after - 1000.0).abs() < 10.0, "{before} {after}");
    let (before, after) = number(slow(json!({})), Value::Null, "max_connections", json!(5), "rejected");
    assert!(before == 0.0 && (after - 1000.0).abs() < 10.0, "{before} {after}");
    let queue = json!({"id": "it", "kind": "queue", "params": {"visibility_timeout_s": 1, "on_failure": "requeue"}});
    let failing = json!({"id": "behind", "kind": "app", "params": {"error_rate": 1, "workers": null, "service": {"dist": "constant", "ms": 100}}});
    let (before, after) = number(queue.clone(), failing.clone(), "max_attempts", json!(1), "dead_letters");
    assert!(before > 1000.0 && after > before + 30.0, "{before} {after}");
    let (before, after) = number(queue.clone(), failing, "dead_letter", json!(false), "lost");
    assert!(before == 0.0 && (after - 1000.0).abs() < 200.0, "{before} {after}");
    let stuck =
        json!({"id": "behind", "kind": "app", "params": {"workers": 1, "service": {"dist": "constant", "ms": 1000}}});
    let (before, after) = number(queue, stuck, "capacity", json!(100), "rejected");
    assert!(before == 0.0 && (after - 1000.0).abs() < 20.0, "{before} {after}");
    let cache = json!({"id": "it", "kind": "cache", "params": {"capacity_entries": 100}});
    let store = json!({"id": "behind", "kind": "database"});
    let (before, after) = number(cache.clone(), store.clone(), "capacity_entries", json!(10), "hit_ratio");
    assert!(before > 0.9 && after < before - 0.35, "{before} {after}");
    let (before, after) = number(cache, store, "ttl_s", json!(0.001), "hit_ratio");
    // Entries that are there keep the expiry that they have.
    assert!(before > 0.9 && (after - before).abs() < 0.05, "{before} {after}");
    let app = json!({"id": "it", "kind": "app", "params": {"autoscale": {"max": 8, "interval_s": 1, "cooldown_s": 1}, "startup_s": 0}});
    let (before, after) = number(app, Value::Null, "autoscale.min", json!(6), "utilization");
    assert!(before > 1.5 * after, "{before} {after}");
}

#[test]
fn changes_in_flight_are_replayed_from_the_recorded_document() {
    let mut rng = Stream::named(5, "changes", "test");
    for mut document in examples().iter().map(Example::document) {
        (document.run.duration_s, document.run.warmup_s) = (12.0, 1.0);
        document.changes.clear();
        let mut live: Vec<ParameterChange> = Vec::new();
        for at_s in [2.0, 4.5, 4.6, 7.0] {
            let found = (0..100).find_map(|_| {
                let change = ParameterChange { at_s, ..random_change(&document, &mut rng)? };
                let mut with = document.clone();
                with.changes.extend(live.iter().cloned().chain([change.clone()]));
                errors(&with).is_empty().then_some(change)
            });
            live.extend(found);
        }
        check_in_flight(&document, live);
    }
}

/// Replicas that the run had no room for are added while it goes on.
#[test]
fn more_replicas_than_at_the_start_can_be_asked_for_in_flight() {
    let document = every_kind();
    let set =
        |at_s, replicas| ParameterChange { at_s, set: "nodes.app.params.replicas".to_owned(), to: json!(replicas) };
    check_in_flight(&document, vec![set(2.0, 5), set(4.0, 1), set(5.0, 3)]);
}

#[test]
fn a_change_takes_effect_at_its_instant_and_not_before() {
    let mut document = document(json!({"headroom": 1, "nodes": [
        {"id": "users", "kind": "client", "params": {"arrivals": {"process": "constant", "rate_rps": 100}}},
        {"id": "app", "kind": "app", "params": {"workers": 1, "service": {"dist": "constant", "ms": 20}}}
    ], "links": [{"id": "l", "from": "users", "to": "app"}], "run": {"duration_s": 40, "warmup_s": 0, "seed": 1},
      "changes": [{"at_s": 20, "set": "nodes.app.params.workers", "to": 4}]}));
    let queue = |document: &Document| -> Vec<f64> { report(document).series.nodes["app"].queue.clone() };
    // 100 arrive and 50 are served each second; then 200 can be.
    let waiting = queue(&document);
    assert!((waiting[19] - 975.0).abs() < 10.0, "{waiting:?}");
    assert!(waiting[39] < 1.0, "{waiting:?}");
    assert!((waiting[24] - 550.0).abs() < 20.0, "{waiting:?}");
    document.changes.clear();
    assert!((queue(&document)[39] - 1975.0).abs() < 10.0);
}

#[test]
fn a_run_differs_from_the_first_thing_on_that_is_another_one() {
    let base = document(json!({"headroom": 1, "nodes": [{"id": "a", "kind": "client"}, {"id": "b", "kind": "app"}],
        "zones": [{"id": "z", "nodes": ["b"]}],
        "faults": [{"fault": "crash", "target": "z", "start_s": 10, "duration_s": 5}, {"fault": "slow", "target": "b", "start_s": 30}],
        "changes": [{"at_s": 20, "set": "nodes.b.params.workers", "to": 3}]}));
    let from = |edit: &dyn Fn(&mut Document)| {
        let mut other = base.clone();
        edit(&mut other);
        (changes::differ_from_s(&base, &other), changes::differ_from_s(&other, &base))
    };
    let both = |at_s: f64| (at_s, at_s);
    assert_eq!(from(&|_| {}), both(f64::INFINITY));
    assert_eq!(from(&|it| it.faults[0].duration_s = Some(8.0)), both(15.0), "the earlier end");
    assert_eq!(from(&|it| it.faults[0].start_s = 12.0), both(10.0));
    assert_eq!(from(&|it| drop(it.faults.pop())), both(30.0));
    assert_eq!(from(&|it| it.changes[0].at_s = 40.0), both(20.0));
    assert_eq!(from(&|it| it.changes[0].to = json!(4)), both(20.0));
    assert_eq!(from(&|it| it.zones[0].nodes.push("a".to_owned())), both(10.0), "what the zone's fault affects");
    assert_eq!(from(&|it| it.zones[0].name = "Another".to_owned()), both(f64::INFINITY));
}

#[test]
fn every_setting_of_the_run_says_why_it_cannot_change_in_flight() {
    for field in RunPlan::described() {
        assert!(!field.fixed.is_empty(), "{}", field.key);
    }
}

#[test]
fn what_is_wrong_with_a_change_is_said_at_its_place() {
    let problems = |changes: Value| -> Vec<String> {
        let mut document = every_kind();
        document.changes = serde_json::from_value(changes).expect("changes");
        check(&document).iter().filter(|it| matches!(it.place, Place::Change(_))).map(ToString::to_string).collect()
    };
    let one = |set: &str, to: Value| problems(json!([{"at_s": 3, "set": set, "to": to}])).join("\n");
    assert_eq!(one("nodes.db.params.workers", json!(9)), "");
    assert_eq!(
        one("nodes.db.params.shards", json!(2)),
        "changes[0].set: shards cannot change during a run, because the data would have to be moved first: its value from the start, among the parameters"
    );
    assert!(one("run.seed", json!(2)).contains("changes[0].set: \"run.seed\" cannot change during a run"));
    assert!(
        one("nodes.dv.params.workers", json!(2)).contains("did you mean"),
        "{}",
        one("nodes.dv.params.workers", json!(2))
    );
    assert!(one("nodes.db.params.wrokers", json!(2)).contains("did you mean"));
    assert!(one("nodes.db.params.workers", json!("many")).contains("changes[0].to: workers \"many\" does not fit"));
    assert!(one("nodes.app.params.discipline", json!("processor_sharing")).contains("changes[0].to: discipline "));
    assert!(one("workers", json!(3)).contains("there is no parameter"));
    assert!(
        problems(json!([{"at_s": -1, "set": "nodes.db.params.workers", "to": 9}])).join("").contains("changes[0].at_s")
    );
    assert_eq!(
        problems(json!([{"at_s": 60, "set": "nodes.db.params.workers", "to": 9}])),
        ["changes[0].at_s: the run is over by then: less than 6 s, the duration of the run"]
    );
    // What one change made wrong is not said of a later one that has nothing to do with it.
    let weights = |id: &str, at_s| json!({"at_s": at_s, "set": format!("links.{id}.params.weight"), "to": 0});
    let later = json!({"at_s": 4, "set": "nodes.db.params.workers", "to": 9});
    let said = problems(json!([weights("lb-app", 1), weights("lb-other", 2), later]));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("changes[1].to: algorithm all its links have the weight 0"), "{said:?}");
    // Together two changes at one instant fit that would not fit alone.
    let read = |to| json!({"at_s": 3, "set": "nodes.ledger.params.replication.read_quorum", "to": to});
    assert_eq!(problems(json!([read(9), read(3)])), [""; 0]);
}

#[test]
fn the_parameters_at_an_instant_and_the_changes_between_documents() {
    let mut document = every_kind();
    document.changes = serde_json::from_value(json!([
        {"at_s": 5, "set": "nodes.app.params.workers", "to": null},
        {"at_s": 2, "set": "links.lb-app.params.retries.max", "to": 1},
        {"at_s": 3, "set": "links.lb-app.params.retries.budget_ratio", "to": null},
    ]))
    .expect("changes");
    let at = |at_s: f64| {
        let then = changes::at(&document, at_s);
        (
            then.node("app").expect("app").params["workers"].clone(),
            then.link("lb-app").expect("it").params["retries"].clone(),
        )
    };
    assert_eq!(at(1.9), (json!(3), json!({"max": 2, "budget_ratio": 0.2})));
    assert_eq!(at(2.0).1["max"], json!(1));
    assert_eq!(at(5.0).0, Value::Null);
    // Whole parameters make the same run.
    let whole = changes::with_whole_changes(&document);
    assert_eq!(whole.changes[2].set, "links.lb-app.params.retries");
    assert_eq!(whole.changes[2].to["max"], json!(1), "what was changed before is kept");
    assert_eq!(report(&whole).digest, report(&document).digest);
    // What leads from one to the other.
    let found = changes::between(
        &document,
        &Document { changes: document.changes.clone(), ..changes::at(&document, 9.0) },
        6.0,
    );
    let set: Vec<(String, Value)> =
        found.expect("the structure is the same").into_iter().map(|it| (it.set, it.to)).collect();
    assert_eq!(
        set,
        [
            ("nodes.app.params.workers".to_owned(), Value::Null),
            ("links.lb-app.params.retries.budget_ratio".to_owned(), Value::Null),
            ("links.lb-app.params.retries.max".to_owned(), json!(1)),
        ]
    );
    let mut other = document.clone();
    other.nodes.pop();
    assert_eq!(changes::between(&document, &other, 1.0), None);
}
