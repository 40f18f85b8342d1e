//! Load balancers.

use super::*;
use crate::validation::theory::*;

const LATENCY: (&str, &str) = ("mean latency, ms", "latency_ms.mean");

/// Poisson requests over replicas with one worker each, 10 ms of service on average.
fn balanced(algorithm: &str, replicas: u32, load: f64, requests: f64) -> Document {
    let rate = 100.0 * f64::from(replicas) * load;
    document(
        vec![
            poisson(rate),
            node(
                "lb",
                "load_balancer",
                json!({"algorithm": algorithm, "capacity_rps": null, "overhead": constant(0.0)}),
            ),
            app("app", json!({"replicas": replicas})),
        ],
        chain(&["users", "lb", "app"]),
        requests / rate,
        WARM_S,
    )
}

fn case(id: String, algorithm: &str, replicas: u32, load: f64, source: &str, requests: f64) -> Case {
    let title = format!("{} over {replicas} replicas at {} % load", algorithm.replace('_', " "), load * 100.0);
    Case::new(id, title, source, balanced(algorithm, replicas, load, requests))
}

pub fn balancing() -> Vec<Case> {
    let mut all = Vec::new();
    for replicas in [2, 100] {
        let load = 0.8;
        let requests = 200_000.0;
        let random = 10.0 / (1.0 - load);
        let source = "A Poisson process split at random: M/M/1";
        all.push(
            case(format!("random-{replicas}"), "random", replicas, load, source, requests)
                .expect(LATENCY.0, LATENCY.1, random)
                .within(0.01)
                .percentiles(|q| exponential_quantile(random, q)),
        );
        let turns = gim1(Gaps::Every(replicas), load / 10.0, 10.0);
        let source = "Every n-th of a Poisson process: E_n/M/1, whose response is exponential";
        all.push(
            case(format!("round-robin-{replicas}"), "round_robin", replicas, load, source, requests)
                .expect(LATENCY.0, LATENCY.1, turns)
                .within(0.01)
                .percentiles(|q| exponential_quantile(turns, q)),
        );
    }
    for (algorithm, load) in [("least_connections", 0.5), ("least_connections", 0.8), ("power_of_two", 0.8)] {
        let ahead = shortest_of_two(load, 60);
        let mean = 10.0 * (1.0 + mean_state(&ahead));
        let source = if algorithm == "power_of_two" {
            "With two backends, two random choices are both of them: join the shortest queue"
        } else {
            "Join the shortest queue (Kingman 1961): its Markov chain, solved numerically"
        };
        let id = format!("{}-2-{load}", algorithm.replace('_', "-"));
        all.push(
            case(id, algorithm, 2, load, source, 250_000.0)
                .expect(LATENCY.0, LATENCY.1, mean)
                .within(0.01)
                .percentiles(|q| quantile(q, mean, |t| behind_beyond(&ahead, 10.0, t))),
        );
    }
    for load in [0.5, 0.8, 0.9] {
        let source = "Mitzenmacher (2001), who simulated 100 queues; computed by the refined mean field of Gast and \
                      Van Houdt (2017)";
        all.push(case(format!("power-of-two-100-{load}"), "power_of_two", 100, load, source, 200_000.0).expect(
            LATENCY.0,
            LATENCY.1,
            10.0 * power_of_two(load, 100),
        ));
    }
    // One of them is dead for the whole run.
    for algorithm in ["random", "round_robin"] {
        let id = format!("dead-{}", algorithm.replace('_', "-"));
        let source = "Without health checks a dead replica keeps its share: one in four";
        all.push(dead(case(id, algorithm, 4, 0.5, source, 100_000.0)).expect(
            "share that fails",
            "requests.failures.unreachable / requests.offered",
            0.25,
        ));
    }
    for replicas in [2, 4] {
        let rate = 0.05 * f64::from(replicas);
        let source =
            "The dead replica looks idle, so that a live one is joined only when it is idle too: birth and death";
        all.push(
            dead(case(format!("sinkhole-{replicas}"), "least_connections", replicas, 0.5, source, 100_000.0)).expect(
                "share that is served",
                "requests.completed / requests.offered",
                sinkhole_served(replicas, rate, 10.0),
            ),
        );
    }
    all
}

/// The last replica is dead.
fn dead(case: Case) -> Case {
    let last = case.document.nodes[2].params["replicas"].as_u64().unwrap_or(1);
    case.fault(json!({"fault": "crash", "target": format!("app#{last}"), "start_s": 0, "duration_s": null}))
}
