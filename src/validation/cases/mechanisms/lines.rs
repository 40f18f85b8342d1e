//! Load balancers: one line for all replicas, retries and hedges across links, sessions that return.

use super::*;
use crate::validation::theory::*;

pub fn lines() -> Vec<Case> {
    let mut all = Vec::new();
    for (algorithm, replicas, workers, load) in [
        ("round_robin", 4, 1, 0.8),
        ("random", 2, 3, 0.7),
        ("least_connections", 3, 2, 0.75),
        ("power_of_two", 4, 1, 0.6),
    ] {
        let servers = replicas * workers;
        let rate = 100.0 * f64::from(servers) * load;
        let id = format!("line-{}", algorithm.replace('_', "-"));
        let title = format!("A pool of {workers} for each of {replicas} replicas, {}", algorithm.replace('_', " "));
        let nodes =
            vec![poisson(rate), balancer(algorithm), app("app", json!({"replicas": replicas, "workers": workers}))];
        let links =
            vec![link("users", "lb", json!({})), link("lb", "app", json!({"max_in_flight_per_replica": workers}))];
        let case = one_line(id, title, rate, servers, document(nodes, links, 200_000.0 / rate, WARM_S));
        all.push(in_order(case, rate, servers));
    }
    // A cap for all of them together, of which the balancer always knows one that is free.
    let nodes = vec![poisson(320.0), balancer("least_connections"), app("app", json!({"replicas": 4}))];
    let links = vec![link("users", "lb", json!({})), link("lb", "app", json!({"max_in_flight": 4}))];
    let title = "A pool of 4 for four replicas of one worker, least connections";
    let document_of_four = document(nodes, links, 200_000.0 / 320.0, WARM_S);
    let case = one_line("line-cap".to_owned(), title.to_owned(), 320.0, 4, document_of_four);
    all.push(in_order(case, 320.0, 4));
    for (algorithm, apps, load) in [("round_robin", 3, 0.8), ("least_connections", 2, 0.85)] {
        let rate = 100.0 * f64::from(apps) * load;
        let (mut nodes, mut links) = (vec![poisson(rate), balancer(algorithm)], vec![link("users", "lb", json!({}))]);
        for i in 1..=apps {
            let id = format!("app{i}");
            nodes.push(app(&id, json!({})));
            links.push(link("lb", &id, json!({"max_in_flight_per_replica": 1})));
        }
        let id = format!("line-links-{apps}");
        let title = format!("{apps} apps behind links of their own, one call each, {}", algorithm.replace('_', " "));
        let case = one_line(id, title, rate, apps, document(nodes, links, 200_000.0 / rate, WARM_S));
        all.push(in_order(case, rate, apps));
    }
    all.extend(elsewhere());
    all.extend(sessions());
    all
}

fn one_line(id: String, title: String, rate: f64, servers: u32, document: Document) -> Case {
    let theory = Mmc { servers, rate: rate / 1000.0, service: 10.0 };
    let source = format!("Calls wait in one line for whichever replica is free: M/M/{servers} (Erlang's C)");
    Case::new(id, title, &source, document).expect(LATENCY.0, LATENCY.1, theory.response()).within(0.01).precise(0.08)
}

/// Who waits longest is next.
fn in_order(case: Case, rate: f64, servers: u32) -> Case {
    let theory = Mmc { servers, rate: rate / 1000.0, service: 10.0 };
    case.percentiles(|q| theory.quantile(q))
}

/// Apps behind a balancer that takes turns; each has a link of its own with this policy.
fn turns(apps: u32, rate: f64, work_ms: f64, policy: &Value, measured_s: f64) -> Document {
    let (mut nodes, mut links) = (vec![steady(rate), balancer("round_robin")], vec![link("users", "lb", json!({}))]);
    for i in 1..=apps {
        let id = format!("app{i}");
        nodes.push(app(&id, json!({"workers": null, "service": constant(work_ms)})));
        links.push(link("lb", &id, policy.clone()));
    }
    document(nodes, links, measured_s, 10.0)
}

fn elsewhere() -> Vec<Case> {
    let mut all = Vec::new();
    for apps in [2, 3, 5] {
        let (rate, pause, work) = (10.0 * f64::from(apps), 20.0, 2.0);
        let share = 1.0 / f64::from(apps);
        all.push(
            certain(
                format!("retry-elsewhere-{apps}"),
                format!("One of {apps} apps is dead, one retry"),
                "The retry goes to a backend not yet tried, behind whichever link: none fails, and one in n waits for the pause",
                turns(apps, rate, work, &json!({"retries": retrying(1, pause)}), 60.0),
            )
            .fault(json!({"fault": "crash", "target": format!("app{apps}"), "start_s": 0, "duration_s": null}))
            .exactly("requests that fail", "requests.failed", 0.0)
            .expect("attempts a request", "attempts_per_request", 1.0 + share)
            .expect(LATENCY.0, LATENCY.1, work + share * pause),
        );
        let after = 25.0;
        all.push(
            certain(
                format!("hedge-elsewhere-{apps}"),
                format!("One of {apps} apps takes 300 times as long, a hedge after 25 ms"),
                "The hedge goes to a backend not yet tried, behind whichever link: one in n takes 25 ms longer",
                turns(apps, rate, work, &json!({"hedge": {"after_ms": after}}), 60.0),
            )
            .fault(json!({
                "fault": "slow", "target": format!("app{apps}"), "factor": 300, "start_s": 0, "duration_s": null,
            }))
            .expect(LATENCY.0, LATENCY.1, work + share * after)
            .exactly(LONGEST.0, LONGEST.1, work + after),
        );
    }
    all
}

/// A replica is out for a while; its sessions go elsewhere and come back.
fn sessions() -> Vec<Case> {
    [2, 4]
        .map(|apps| {
            let (rate, work) = (200.0, 20.0);
            let operations = json!([{"name": "get"}]);
            let arrivals = json!({"process": "poisson", "rate_rps": rate, "sessions": 1000});
            let users = node("users", "client", json!({"arrivals": arrivals, "operations": operations}));
            let checks =
                json!({"interval_ms": 500, "timeout_ms": 250, "unhealthy_after": 1, "healthy_after": 1});
            let mut nodes = vec![users, with(balancer("sticky"), json!({"health_check": checks}))];
            let mut links = vec![link("users", "lb", json!({}))];
            for i in 1..=apps {
                let id = format!("app{i}");
                nodes.push(app(&id, json!({"workers": 10, "service": constant(work)})));
                links.push(link("lb", &id, json!({})));
            }
            let busy = rate / f64::from(apps) * work / 1000.0 / 10.0;
            let source = "Each app has 1 in n of the sessions at first and again, as soon as it is healthy: its workers \
                          are busy for rate ÷ n × work";
            Case::new(
                format!("sessions-return-{apps}"),
                format!("One of {apps} apps is dead for 40 s, sticky sessions"),
                source,
                document(nodes, links, 290.0, 10.0),
            )
            .fault(json!({"fault": "crash", "target": "app1", "start_s": 100, "duration_s": 40}))
            .expect("utilization before", "series.nodes.app1.utilization @ 10..99", busy)
            .within(0.01)
            .expect("utilization afterwards", "series.nodes.app1.utilization @ 142..300", busy)
            .within(0.01)
            .expect(
                "utilization of another meanwhile",
                "series.nodes.app2.utilization @ 102..139",
                busy * f64::from(apps) / f64::from(apps - 1),
            )
            .within(0.05)
        })
        .into()
}
