//! Calls that their caller gives up: cancellations, places that are kept, late answers, reasons.

use super::*;
use crate::validation::theory::*;

pub fn given_up() -> Vec<Case> {
    let mut all = cancels();
    all.extend(places());
    all.extend(late());
    all.extend(reasons());
    all
}

/// One request every ten seconds to an app of one worker, for 200 s; given up long before it is done.
fn abandoned(way_ms: f64, policy: Value, work_ms: f64) -> Document {
    let policy = merged(json!({"latency": constant(way_ms)}), policy);
    document(
        vec![steady(0.1), app("app", json!({"service": constant(work_ms)}))],
        vec![link("users", "app", policy)],
        200.0,
        20.0,
    )
}

fn cancels() -> Vec<Case> {
    const BUSY: (&str, &str) = ("utilization", "nodes.app.utilization");
    let mut all = Vec::new();
    for (way_ms, timeout_ms) in [(0.0, 2000.0), (300.0, 1500.0), (900.0, 2500.0)] {
        let policy = json!({"timeout_ms": timeout_ms, "cancel_on_timeout": true});
        all.push(
            certain(
                format!("cancel-{way_ms}"),
                format!("Work of 6 s is cancelled after {timeout_ms} ms, {way_ms} ms each way"),
                "Request and cancellation take the same way: the worker is busy for exactly the timeout, every 10 s",
                abandoned(way_ms, policy, 6000.0),
            )
            .exactly(BUSY.0, BUSY.1, timeout_ms / 10_000.0)
            .exactly(FAILED.0, FAILED.1, 1.0),
        );
    }
    all.push(
        certain(
            "no-cancel",
            "Work of 6 s is given up after 2 s and not cancelled",
            "The callee does not know: the worker is busy for all of the work, every 10 s, and all of it is wasted",
            abandoned(300.0, json!({"timeout_ms": 2000}), 6000.0),
        )
        .exactly(BUSY.0, BUSY.1, 0.6)
        .exactly("answers that are wasted", "nodes.app.wasted / nodes.app.completed", 1.0),
    );
    // The request of 1 s is given up at 2 s, in a partition that began at 1.5 s.
    for (name, resume, end_s, arrives_s, source) in [
        (
            "at-once",
            "at_once",
            7.0,
            7.2,
            "The cancellation waits in the partition until 7 s, and then takes 0.2 s: the worker is busy from 1.2 s to 7.2 s",
        ),
        (
            "retransmitted",
            "retransmission",
            7.0,
            8.4,
            "The cancellation of 2 s is sent again at 2.2, 2.6, 3.4, 5 and 8.2 s, and arrives at 8.4 s",
        ),
        (
            "retransmitted-early",
            "retransmission",
            3.0,
            3.6,
            "The cancellation of 2 s is sent again at 2.2, 2.6 and 3.4 s, and arrives at 3.6 s",
        ),
    ] {
        let policy = json!({"timeout_ms": 1000, "cancel_on_timeout": true, "latency": constant(200.0)});
        all.push(
            certain(
                format!("cancel-{name}"),
                format!("A cancellation meets a partition until {end_s} s, {}", resume.replace('_', " ")),
                source,
                document(
                    vec![first(1, 1.0), app("app", json!({"service": constant(20_000.0)}))],
                    vec![link("users", "app", policy)],
                    10.0,
                    0.0,
                ),
            )
            .fault(json!({
                "fault": "partition", "links": ["users-app"], "resume": resume,
                "start_s": 1.5, "duration_s": end_s - 1.5,
            }))
            .exactly("utilization over 10 s", "nodes.app.utilization", (arrives_s - 1.2) / 10.0),
        );
    }
    all
}

/// How long a call that timed out keeps its place.
fn places() -> Vec<Case> {
    let (rate, timeout, work, way) = (2.0, 250.0, 800.0, 50.0);
    [
        ("freed", json!({}), timeout, "rate × timeout: the place is free when the caller gives up"),
        (
            "held",
            json!({"timeout_holds_place": true}),
            work + 2.0 * way,
            "rate × (work + two ways): the place is kept until the answer is there",
        ),
        (
            "cancelled",
            json!({"timeout_holds_place": true, "cancel_on_timeout": true}),
            timeout + 2.0 * way,
            "rate × (timeout + two ways): the place is kept until the cancellation is confirmed",
        ),
    ]
    .map(|(name, policy, span, source)| {
        let policy = merged(json!({"timeout_ms": timeout, "max_in_flight": 8, "latency": constant(way)}), policy);
        certain(
            format!("place-{name}"),
            format!("Two calls a second of 800 ms, given up after 250 ms, 50 ms each way: place {name}"),
            &format!("Places in use = {source} (Little 1961)"),
            document(
                vec![steady(rate), app("app", json!({"workers": null, "service": constant(work)}))],
                vec![link("users", "app", policy)],
                100.0,
                5.0,
            ),
        )
        .exactly("places in use", "links.users-app.pool.in_use_mean", rate * span / 1000.0)
        .exactly(FAILED.0, FAILED.1, 1.0)
    })
    .into()
}

/// Answers that leave in time and arrive too late.
fn late() -> Vec<Case> {
    let called = |service: Value, way: f64, timeout: f64, users: Value, measured_s: f64| {
        document(
            vec![users, app("app", json!({"workers": null, "service": service}))],
            vec![link("users", "app", json!({"timeout_ms": timeout, "latency": constant(way)}))],
            measured_s,
            10.0,
        )
    };
    let mut all: Vec<Case> = [(60.0, 25.0, 1.0), (48.0, 25.0, 0.0), (70.0, 25.0, 1.0)]
        .map(|(work, way, share)| {
            let total = work + 2.0 * way;
            certain(
                format!("late-{work}"),
                format!("Work of {work} ms and {way} ms each way, given up after 100 ms"),
                "An answer is wasted if it arrives after the caller gave up, even if it left before",
                called(constant(work), way, 100.0, steady(5.0), 100.0),
            )
            .exactly("answers that are wasted", "nodes.app.wasted / nodes.app.completed", share)
            .exactly(FAILED.0, FAILED.1, if total > 100.0 { 1.0 } else { 0.0 })
        })
        .into();
    for (mean, way, timeout) in [(50.0, 20.0, 100.0), (20.0, 30.0, 100.0)] {
        let share = libm::exp(-(timeout - 2.0 * way) / mean);
        all.push(
            Case::new(
                format!("late-exponential-{mean}"),
                format!("Work of {mean} ms on average and {way} ms each way, given up after {timeout} ms"),
                "Exponential work is too late with probability e^(−(timeout − two ways) ÷ mean)",
                called(exponential(mean), way, timeout, poisson(200.0), 500.0),
            )
            .expect("answers that are wasted", "nodes.app.wasted / nodes.app.completed", share)
            .within(0.01)
            .expect("share that times out", "requests.failures.timeout / requests.offered", share)
            .within(0.01),
        );
    }
    all
}

/// What is left of the failures of a link when those of each reason are taken off.
fn unexplained(link: &str) -> String {
    ["timeout", "rejected", "error", "unreachable", "breaker_open", "rate_limited"]
        .iter()
        .fold(format!("links.{link}.failed"), |sum, reason| format!("{sum} - links.{link}.failures.{reason}"))
}

fn reasons() -> Vec<Case> {
    let chain_of = |last: Value, policy: Value, rate: f64| {
        let limits = last["kind"] == "rate_limiter";
        let mut nodes = vec![poisson(rate), relay("front", json!({})), relay("back", json!({})), last];
        let mut links =
            vec![link("users", "front", json!({})), link("front", "back", json!({})), link("back", "last", policy)];
        if limits {
            nodes.push(relay("app", json!({})));
            links.push(link("last", "app", json!({})));
        }
        document(nodes, links, 200.0, 10.0)
    };
    let limiter = node("last", "rate_limiter", json!({"rate_rps": 100, "burst": 10, "on_limit": "reject"}));
    let work = |params: Value| app("last", merged(json!({"workers": null, "service": constant(10.0)}), params));
    let crash = json!({"fault": "crash", "target": "last", "start_s": 0, "duration_s": null});
    let late = libm::exp(-2.0);
    let exponential_work = json!({"service": exponential(10.0)});
    let one = json!({"workers": 8, "queue_limit": 0, "service": exponential(10.0)});
    let open = json!({"breaker": {"consecutive_failures": 1, "open_s": 3600}});
    let all = [
        (
            "error",
            chain_of(work(json!({"error_rate": 0.25})), json!({}), 100.0),
            0.25,
            "a quarter of the answers are errors",
        ),
        ("timeout", chain_of(work(exponential_work), json!({"timeout_ms": 20}), 100.0), late, "work outlasts e⁻²"),
        ("rejected", chain_of(work(one), json!({}), 600.0), erlang_b(8, 6.0), "Erlang's B"),
        ("rate_limited", chain_of(limiter, json!({}), 150.0), md1_loss(1.5, 10), "the loss of M/D/1/b"),
        ("unreachable", chain_of(work(json!({})), json!({}), 100.0), 1.0, "the callee is dead"),
        ("breaker_open", chain_of(work(json!({})), open, 100.0), 1.0, "the breaker never closes"),
    ];
    all.into_iter()
        .map(|(reason, document, share, why)| {
            let case = Case::new(
                format!("reason-{}", reason.replace('_', "-")),
                format!("Two apps before what fails: {}", reason.replace('_', " ")),
                &format!("A failure counts under its reason on every link that it comes back over; {why}"),
                document,
            );
            let case = match reason {
                "unreachable" | "breaker_open" => case.fault(crash.clone()),
                _ => case,
            };
            ["users-front", "front-back", "back-last"].into_iter().fold(case, |case, link| {
                case.expect(
                    &format!("share that fails, {link}"),
                    &format!("links.{link}.failures.{reason} / links.{link}.calls"),
                    share,
                )
                .within(0.015)
                .exactly("failures without a reason", &unexplained(link), 0.0)
            })
        })
        .collect()
}
