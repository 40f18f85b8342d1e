//! Errors: the time that they take, the breakers that they open, and what is tried again.

use super::*;
use crate::validation::theory::*;

pub fn errors() -> Vec<Case> {
    let mut all = quick();
    all.extend(half_open());
    all.extend(not_retried());
    all
}

/// Errors that take a time of their own.
fn quick() -> Vec<Case> {
    let mut all: Vec<Case> = [(0.5, 20.0, 1.0, 80.0), (0.2, 5.0, 40.0, 65.0)]
        .map(|(share, work, error, rate)| {
            let mean = (1.0 - share) * work + share * error;
            let square = (1.0 - share) * work * work + share * error * error;
            let wait = pollaczek_khinchine(rate / 1000.0, mean, square / (mean * mean) - 1.0);
            let params = json!({"service": constant(work), "error_rate": share, "error_service": constant(error)});
            Case::new(
                format!("error-takes-{error}"),
                format!("Work of {work} ms, or with {} % an error in {error} ms", share * 100.0),
                "M/G/1 whose service is one of two constants (Pollaczek and Khinchine)",
                station(rate, params, 200_000.0),
            )
            .expect("utilization", "nodes.app.utilization", rate / 1000.0 * mean)
            .expect("mean wait, ms", "nodes.app.wait_ms.mean", wait)
            .within(0.01)
            .precise(0.1)
            .expect(LATENCY.0, LATENCY.1, wait + work)
            .within(0.01)
        })
        .into();
    let errors = |target: &str, start_s: f64, duration_s: Value, service: Value| {
        json!({
            "fault": "errors", "target": target, "ratio": 1, "service": service,
            "start_s": start_s, "duration_s": duration_s,
        })
    };
    all.push(
        certain(
            "errors-for-a-while",
            "Ten requests a second of 80 ms; for 10 s of 50 s errors in 5 ms",
            "Busy workers = rate × time (Little 1961), with 5 ms for a fifth of the requests",
            document(
                vec![steady(10.0), app("app", json!({"workers": 4, "service": constant(80.0)}))],
                chain(&["users", "app"]),
                50.0,
                10.0,
            ),
        )
        .fault(errors("app", 29.95, json!(10), constant(5.0)))
        .exactly("utilization", "nodes.app.utilization", 10.0 * (0.8 * 0.08 + 0.2 * 0.005) / 4.0)
        .exactly("requests that fail", "requests.failures.error", 100.0)
        .exactly(LATENCY.0, LATENCY.1, 80.0),
    );
    for (rate, work, error) in [(60.0, 20.0, 1.0), (40.0, 20.0, 5.0)] {
        let share = sinkhole_of_errors(rate / 1000.0, work, error, 25);
        all.push(
            Case::new(
                format!("errors-attract-{error}"),
                format!("Work of {work} ms at one replica, errors in {error} ms at the other, least connections"),
                "Whoever has fewer requests gets the next: the Markov chain of both queues, solved numerically",
                document(
                    vec![
                        poisson(rate),
                        balancer("least_connections"),
                        app("app", json!({"replicas": 2, "service": exponential(work)})),
                    ],
                    chain(&["users", "lb", "app"]),
                    3000.0,
                    WARM_S,
                ),
            )
            .fault(errors("app#2", 0.0, Value::Null, exponential(error)))
            .expect(FAILED.0, FAILED.1, share)
            .within(0.01),
        );
    }
    all
}

/// A breaker that opens after two failures, for 2 s; another failure meets it after its first probe.
fn half_open() -> Vec<Case> {
    [
        (
            1,
            23.0,
            1.0,
            "Errors at 10.0 and 10.1 s open it, and 20 requests are refused; the probe of 12.2 s closes it, so that the \
             error of 12.3 s is only one",
        ),
        (
            2,
            43.0,
            2.0,
            "Errors at 10.0 and 10.1 s open it, and 20 requests are refused; the second probe, of 12.3 s, is an error and \
             opens it for another 20",
        ),
    ]
    .map(|(probes, failed, opened, source)| {
        let policy = json!({"breaker": {"consecutive_failures": 2, "open_s": 2, "half_open_probes": probes}});
        let error = |start_s: f64, duration_s: f64| {
            json!({
                "fault": "errors", "target": "app", "ratio": 1, "service": constant(1.0),
                "start_s": start_s, "duration_s": duration_s,
            })
        };
        certain(
            format!("half-open-{probes}"),
            format!("Ten requests a second, a breaker that wants {probes} good probes"),
            source,
            document(
                vec![steady(10.0), app("app", json!({"workers": null, "service": constant(10.0)}))],
                vec![link("users", "app", policy)],
                30.0,
                0.0,
            ),
        )
        .fault(error(9.95, 0.2))
        .fault(error(12.25, 0.1))
        .exactly("requests that fail", "requests.failed", failed)
        .exactly("times it opens", "links.users-app.breaker_opened", opened)
    })
    .into()
}

fn not_retried() -> Vec<Case> {
    let mut all = Vec::new();
    let failing = || app("back", json!({"workers": null, "service": constant(1.0), "error_rate": 1}));
    for (name, on, retries, source) in [
        (
            "usual",
            Value::Null,
            1.0,
            "The first request is an error and is tried again once, which meets the open breaker; so do all others, and \
             none of them is tried again",
        ),
        (
            "all",
            json!(["error", "breaker_open"]),
            200.0,
            "What an open breaker further down refuses is tried again only if asked for: two retries for each request",
        ),
    ] {
        let outer = json!({"retries": merged(retrying(2, 10.0), json!({"retry_on": on}))});
        let inner = json!({"breaker": {"consecutive_failures": 1, "open_s": 3600}});
        all.push(
            certain(
                format!("open-further-down-{name}"),
                format!("100 requests, up to two retries, an open breaker further down, retried: {name}"),
                source,
                document(
                    vec![first(100, 10.0), relay("front", json!({})), failing()],
                    vec![link("users", "front", outer), link("front", "back", inner)],
                    20.0,
                    0.0,
                ),
            )
            .exactly("retries", "links.users-front.retries", retries)
            .exactly("attempts that reach the callee", "nodes.back.arrivals", 1.0),
        );
    }
    for (name, on, attempts, unreachable, source) in [
        (
            "unreachable",
            json!(["unreachable"]),
            1.5,
            0.0,
            "Only what meets the dead replica is tried again, at the other: half of the requests",
        ),
        (
            "usual",
            Value::Null,
            2.0,
            0.5,
            "Errors are tried again too, at the dead replica: every request makes two attempts, and half end there",
        ),
    ] {
        let policy = json!({"retries": merged(retrying(1, 10.0), json!({"retry_on": on}))});
        let nodes = vec![steady(20.0), balancer("round_robin"), with(failing(), json!({"replicas": 2}))];
        all.push(
            certain(
                format!("retry-on-{name}"),
                format!("One of two replicas is dead, the other answers errors, one retry, retried: {name}"),
                source,
                document(nodes, vec![link("users", "lb", json!({})), link("lb", "back", policy)], 50.0, 10.0),
            )
            .fault(json!({"fault": "crash", "target": "back#2", "start_s": 0, "duration_s": null}))
            .exactly("attempts a request", "attempts_per_request", attempts)
            .exactly(FAILED.0, FAILED.1, 1.0)
            .exactly(
                "share that finds a dead process in the end",
                "requests.failures.unreachable / requests.offered",
                unreachable,
            ),
        );
    }
    all
}
