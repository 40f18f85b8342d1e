//! The most constrained resource is named, whatever it is, and what users waited for decides whom to blame.

use crate::simulate::{document, link, node, poisson, report};
use headroom::record::node_metrics::{ARRIVALS, REPLICAS, UNREACHABLE};
use headroom::report::{EarlyEnd, Finding, FindingSeverity, Report};
use serde_json::{Value, json};

fn of(nodes: &[Value], links: &[Value], faults: Value) -> Report {
    let mut nodes = nodes.to_vec();
    for node in &mut nodes {
        node["name"] = json!(node["id"].as_str().expect("an id").to_uppercase());
    }
    let run = json!({"duration_s": 60, "warmup_s": 5, "seed": 1});
    let report =
        report(&document(json!({"headroom": 1, "nodes": nodes, "links": links, "faults": faults, "run": run})));
    report.findings.iter().for_each(|it| println!("{:?}: {}", it.at_s, it.text));
    report
}

/// The first finding says these words.
#[track_caller]
fn first(report: &Report, words: &[&str]) {
    let text = &report.findings[0].text;
    assert!(words.iter().all(|words| text.contains(words)), "{text}");
    assert!(report.findings.iter().all(|it| !it.text.contains("othing was full")));
}

#[track_caller]
fn the<'a>(report: &'a Report, words: &str) -> &'a Finding {
    report.findings.iter().find(|it| it.text.contains(words)).unwrap_or_else(|| panic!("\"{words}\" is not reported"))
}

fn unlimited(id: &str, ms: f64) -> Value {
    node(id, "app", json!({"workers": null, "service": {"dist": "exponential", "mean_ms": ms}}))
}

#[test]
fn a_full_pool_is_named_with_or_without_a_line_and_behind_a_balancer() {
    let db = node("db", "database", json!({"workers": null, "read": {"dist": "exponential", "mean_ms": 20}}));
    let with = |params: Value| {
        let links = [link("users", "web", json!({})), link("web", "db", params)];
        of(&[poisson("users", 200.0), unlimited("web", 1.0), db.clone()], &links, json!([]))
    };
    let waits = with(json!({"max_in_flight": 3}));
    first(&waits, &["The pool of WEB → DB was full from 0 s on: all of its 3 connections", "while DB was not full"]);
    let refuses = with(json!({"max_in_flight": 3, "queue_limit": 0}));
    first(&refuses, &["The pool of WEB → DB was full", "it turned away"]);
    the(&refuses, "were rejected by the full pool of WEB → DB");
    let balancer = node("lb", "load_balancer", json!({}));
    let mut four = unlimited("web", 20.0);
    four["params"]["replicas"] = json!(4);
    let links = [link("users", "lb", json!({})), link("lb", "web", json!({"max_in_flight": 3}))];
    first(&of(&[poisson("users", 200.0), balancer, four], &links, json!([])), &["The pool of LB → WEB was full"]);
}

#[test]
fn a_limiter_a_balancer_a_wire_and_connections_are_named() {
    let web = unlimited("web", 5.0);
    let through = |gate: Value| {
        let id = gate["id"].as_str().expect("an id").to_owned();
        let links = [link("users", &id, json!({})), link(&id, "web", json!({}))];
        of(&[poisson("users", 100.0), gate, web.clone()], &links, json!([]))
    };
    for on_limit in ["delay", "reject"] {
        let params = json!({"rate_rps": 80, "burst": 10, "on_limit": on_limit});
        first(&through(node("gate", "rate_limiter", params)), &["GATE let through 80 requests a second, its rate"]);
    }
    let balancer = node("lb", "load_balancer", json!({"capacity_rps": 80}));
    first(&through(balancer), &["LB was at its capacity of 80 requests a second", "more and more to the end"]);
    for (sent, answered, words) in [(12500, 100, "by what is sent to WEB"), (100, 12500, "by the answers of WEB")] {
        let operations = json!([{"name": "get", "request_bytes": sent, "response_bytes": answered}]);
        let mut users = poisson("users", 120.0);
        users["params"]["operations"] = operations;
        let wire = [link("users", "web", json!({"bandwidth_mbps": 10}))];
        first(&of(&[users, web.clone()], &wire, json!([])), &["The bandwidth of USERS → WEB (10 Mbit/s)", words]);
    }
    let params = json!({"workers": null, "max_connections": 10, "read": {"dist": "constant", "ms": 100}});
    let links = [link("users", "web", json!({})), link("web", "db", json!({}))];
    let it = of(&[poisson("users", 200.0), web, node("db", "database", params)], &links, json!([]));
    first(&it, &["DB had no connection left from 0 s on", "all of its connections were in use"]);
    the(&it, "were rejected by DB, whose connections were all in use");
}

#[test]
fn a_hot_shard_a_slow_replica_and_a_sinkhole_are_named_by_their_numbers() {
    let mut users = poisson("users", 300.0);
    users["params"]["operations"] = json!([{"name": "get", "keys": {"count": 1000, "zipf": 1.6}}]);
    let db = node(
        "db",
        "database",
        json!({"workers": 2, "read": {"dist": "exponential", "mean_ms": 20}, "shards": 4, "max_connections": null}),
    );
    let it = of(&[users, db], &[link("users", "db", json!({"timeout_ms": 1000}))], json!([]));
    let arrivals: Vec<u64> = it.nodes["db"][&REPLICAS].iter().map(|it| it[&ARRIVALS]).collect();
    let hot = (0..4).max_by_key(|shard| arrivals[*shard]).expect("four") + 1;
    first(&it, &[&format!("DB: shard {hot} was full from 0 s on")]);

    let four =
        node("web", "app", json!({"replicas": 4, "workers": 4, "service": {"dist": "exponential", "mean_ms": 20}}));
    let links = [link("users", "lb", json!({"timeout_ms": 1000})), link("lb", "web", json!({}))];
    let balanced = |algorithm: &str, fault: Value| {
        let balancer = node("lb", "load_balancer", json!({"algorithm": algorithm}));
        of(&[poisson("users", 200.0), balancer, four.clone()], &links, json!([fault]))
    };
    let slow = json!({"fault": "slow", "target": "web#2", "factor": 10, "start_s": 20, "duration_s": 20});
    the(&balanced("round_robin", slow), "WEB: replica 2 was full from 20 s on");
    let crash = json!({"fault": "crash", "target": "web#3", "start_s": 20, "duration_s": 30});
    let it = balanced("least_connections", crash);
    let sinkhole = the(&it, "Replica 3 of WEB failed");
    assert_eq!((sinkhole.node.as_deref(), sinkhole.at_s), (Some("web"), Some(20.0)));
    assert!(it.nodes["web"][&REPLICAS][2][&UNREACHABLE] > 1000);
    assert_eq!(it.nodes["web"][&REPLICAS].iter().map(|it| it[&ARRIVALS]).sum::<u64>(), it.nodes["web"][&ARRIVALS]);
}

#[test]
fn a_backlog_without_an_end_and_work_done_twice_are_causes() {
    let workers = node("work", "app", json!({"workers": 5, "service": {"dist": "exponential", "mean_ms": 100}}));
    let links = [link("users", "jobs", json!({})), link("jobs", "work", json!({}))];
    let it = of(&[poisson("users", 60.0), node("jobs", "queue", json!({})), workers.clone()], &links, json!([]));
    let backlog = the(&it, "The backlog of JOBS grew from");
    assert!(backlog.text.contains("was still growing at the end, by "), "{}", backlog.text);
    let impatient = node("jobs", "queue", json!({"visibility_timeout_s": 0.1}));
    let it = of(&[poisson("users", 8.0), impatient, workers], &links, json!([]));
    let twice = the(&it, "JOBS gave ");
    assert!(twice.text.contains("times WORK did what was done already"), "{}", twice.text);
}

#[test]
fn workers_are_said_to_wait_for_what_took_their_time() {
    // The cache is cut off for a moment each time; the database takes the time.
    let app = node("web", "app", json!({"workers": 40, "service": {"dist": "constant", "ms": 1}}));
    let cache = node("cache", "cache", json!({"capacity_entries": 10}));
    let db = node("db", "database", json!({"workers": 4, "read": {"dist": "exponential", "mean_ms": 20}}));
    let mut users = poisson("users", 300.0);
    users["params"]["operations"] = json!([{"name": "get", "keys": {"count": 10000, "zipf": 0}}]);
    // Through the cache, which does no work to speak of.
    let links = [link("users", "web", json!({})), link("web", "cache", json!({})), link("cache", "db", json!({}))];
    let it = of(&[users.clone(), app.clone(), cache.clone(), db.clone()], &links, json!([]));
    first(&it, &["DB reached 100 % at 0 s"]);
    the(&it, "of their time for DB, without a timeout");
    // For a connection, and not for the database behind it.
    let idle = node("db", "database", json!({"workers": 64, "read": {"dist": "exponential", "mean_ms": 20}}));
    let links = [link("users", "web", json!({})), link("web", "db", json!({"max_in_flight": 3}))];
    let it = of(&[users, app, idle], &links, json!([]));
    first(&it, &["The pool of WEB → DB was full"]);
    the(&it, "for a connection of the pool of WEB → DB");
}

#[test]
fn a_peak_that_healed_before_anything_was_lost_is_good_to_know() {
    let mut users = poisson("users", 100.0);
    users["params"]["profile"] = json!([[0, 1], [20, 1], [20, 1.3], [26, 1.3], [26, 0.6]]);
    let app = node("web", "app", json!({"workers": 1, "service": {"dist": "constant", "ms": 8}}));
    let it = of(&[users, app], &[link("users", "web", json!({}))], json!([]));
    let full = the(&it, "WEB reached 100 %");
    assert_eq!(full.severity, FindingSeverity::Info);
    the(&it, "Nearly nothing failed");
}

#[test]
fn a_run_that_ended_early_says_so_before_anything_else() {
    let arrivals = json!({"process": "closed", "users": 5, "think": {"dist": "constant", "ms": 0}});
    let users = node("users", "client", json!({"arrivals": arrivals}));
    let app = node("web", "app", json!({"workers": null, "service": {"dist": "constant", "ms": 0}}));
    let it = of(&[users, app], &[link("users", "web", json!({}))], json!([]));
    assert_eq!(it.ended_early.as_ref().expect("it did").reason, EarlyEnd::EndlessInstant);
    let said = &it.findings[0];
    assert_eq!((said.severity, said.at_s), (FindingSeverity::Warning, Some(it.simulated_s)));
    assert_eq!(
        said.text,
        "The run ended at 0 s: requests chased each other between USERS and WEB without time passing, for ever."
    );
}

#[test]
fn an_autoscaler_that_came_late_is_said_to_be_late() {
    let mut users = poisson("users", 100.0);
    users["params"]["profile"] = json!([[0, 1], [15, 1], [15, 4]]);
    let autoscale = json!({"min": 1, "max": 6, "target": 0.6, "interval_s": 5, "cooldown_s": 60});
    let service = json!({"dist": "exponential", "mean_ms": 20});
    let app = json!({"workers": 4, "queue_limit": 20, "startup_s": 10, "service": service, "autoscale": autoscale});
    let it = of(&[users, node("web", "app", app)], &[link("users", "web", json!({}))], json!([]));
    let late = the(&it, "WEB was full at 15 s with 1 replica");
    assert!(late.text.contains("its autoscaler had another one up by"), "{}", late.text);
}

/// No finding says these words.
#[track_caller]
fn nobody_says(report: &Report, words: &str) {
    let said = report.findings.iter().find(|it| it.text.contains(words));
    assert!(said.is_none(), "{said:?}");
}

#[test]
fn work_that_a_hedge_outran_was_not_given_up() {
    let service = json!({"dist": "exponential", "mean_ms": 20});
    let app = node("web", "app", json!({"replicas": 4, "workers": 8, "service": service}));
    let run = |params: Value| of(&[poisson("users", 100.0), app.clone()], &[link("users", "web", params)], json!([]));
    let hedged = run(json!({"hedge": {"after_ms": 10}}));
    assert!(the(&hedged, "did was wasted").text.ends_with(": another copy had answered first."));
    let impatient = run(json!({"timeout_ms": 30}));
    assert!(the(&impatient, "did was wasted").text.ends_with(": its caller had given up waiting."));
    let both = run(json!({"hedge": {"after_ms": 10}, "timeout_ms": 30}));
    assert!(the(&both, "did was wasted").text.ends_with(": nobody waited for the answer any more."));
}

#[test]
fn requests_that_were_lost_with_a_process_did_not_find_it_dead() {
    let web = node("web", "app", json!({"service": {"dist": "constant", "ms": 60000}, "workers": null}));
    let users = poisson("users", 100.0);
    let crash = |start_s: f64, duration_s: f64| json!([{"fault": "crash", "target": "web", "start_s": start_s, "duration_s": duration_s}]);
    let run = |faults: Value| of(&[users.clone(), web.clone()], &[link("users", "web", json!({}))], faults);
    let it = run(crash(40.0, 5.0));
    let (dead, failed) = (it.nodes["web"][&UNREACHABLE], it.requests.failures.unreachable);
    assert!(dead > 0 && 2 * dead < failed, "{dead} of {failed}");
    let words =
        format!("{failed} were lost with the process that worked on them or found it dead: {dead} attempts found");
    the(&it, &words);
    the(&run(crash(20.0, 30.0)), "found a dead process or were lost with it");
}

#[test]
fn a_process_attracts_requests_only_where_the_balancer_looks_at_its_load() {
    let service = |ms: u64| json!({"dist": "constant", "ms": ms});
    let bad = node("bad", "app", json!({"error_rate": 0.9, "service": service(5)}));
    let good = node("good", "app", json!({"service": service(1)}));
    let run = |algorithm: &str, others: Option<&str>| {
        let balancer = node("lb", "load_balancer", json!({"algorithm": algorithm}));
        let mut nodes = vec![poisson("users", 100.0), balancer, bad.clone(), good.clone()];
        let mut links = vec![
            link("users", "lb", json!({})),
            link("lb", "bad", json!({"weight": 3})),
            link("lb", "good", json!({"weight": 1})),
        ];
        if let Some(to) = others {
            nodes.push(poisson("others", 300.0));
            links.push(link("others", to, json!({})));
        }
        of(&nodes, &links, json!([]))
    };
    nobody_says(&run("weighted", None), "looks idle");
    // What another caller sends is not what the balancer sent.
    nobody_says(&run("least_connections", Some("bad")), "looks idle");
}

#[test]
fn a_callee_is_full_or_not_while_the_pool_is() {
    // The callee is full twice: alone, and behind the pool.
    let users = |id: &str, rate_rps: f64, at: f64| {
        let mut it = poisson(id, rate_rps);
        it["params"]["profile"] = json!([[0, 1], [at, 1], [at, 8], [at + 10.0, 8], [at + 10.0, 1]]);
        it
    };
    let web = node("web", "app", json!({"workers": null, "service": {"dist": "constant", "ms": 1}}));
    let cost = json!({"dist": "constant", "ms": 8});
    let db = node(
        "db",
        "database",
        json!({"workers": 1, "read": cost, "write": cost, "max_connections": null, "queue_limit": 30}),
    );
    let links = [
        link("a", "db", json!({"timeout_ms": 300})),
        link("b", "web", json!({"timeout_ms": 300})),
        link("web", "db", json!({"max_in_flight": 20})),
    ];
    let it = of(&[users("a", 20.0, 8.0), users("b", 30.0, 30.0), web, db], &links, json!([]));
    let pool = the(&it, "The pool of WEB → DB was full");
    assert!(pool.text.contains("behind it DB was full"), "{}", pool.text);
}

#[test]
fn a_replica_that_restarts_is_not_added_by_the_autoscaler() {
    let health = json!({"interval_ms": 500, "timeout_ms": 200, "unhealthy_after": 1, "healthy_after": 1});
    let balancer = node("lb", "load_balancer", json!({"health_check": health}));
    let autoscale = json!({"metric": "utilization", "target": 0.9, "min": 2, "max": 2});
    let service = json!({"dist": "constant", "ms": 15});
    let params = json!({"replicas": 2, "workers": 1, "service": service, "startup_s": 5, "autoscale": autoscale});
    let links = [link("users", "lb", json!({"timeout_ms": 500})), link("lb", "web", json!({}))];
    let crash = json!([{"fault": "crash", "target": "web#2", "start_s": 20, "duration_s": 15}]);
    let it = of(&[poisson("users", 100.0), balancer, node("web", "app", params)], &links, crash);
    the(&it, "WEB reached 100 % at 20 s");
    nobody_says(&it, "its autoscaler");
}

#[test]
fn a_queue_names_its_visibility_timeout_only_where_that_made_it_deliver_again() {
    let flaky =
        node("work", "app", json!({"workers": 50, "error_rate": 0.3, "service": {"dist": "constant", "ms": 5}}));
    let links = [link("users", "jobs", json!({})), link("jobs", "work", json!({}))];
    let it = of(&[poisson("users", 50.0), node("jobs", "queue", json!({})), flaky], &links, json!([]));
    let twice = the(&it, "more than once");
    assert!(twice.text.ends_with(" messages out more than once, because its consumers failed."), "{}", twice.text);
}
