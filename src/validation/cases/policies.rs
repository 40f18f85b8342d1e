//! What callers do: limits, retries, hedges, breakers, pools, and the wire.

use super::*;
use crate::validation::theory::*;

const LATENCY: (&str, &str) = ("mean latency, ms", "latency_ms.mean");
const ATTEMPTS: (&str, &str) = ("attempts a request", "attempts_per_request");
const FAILED: (&str, &str) = ("share that fails", "requests.failed / requests.offered");

pub fn buckets() -> Vec<Case> {
    let limited = |rate: f64, params: Value, requests: f64| {
        document(
            vec![
                poisson(rate),
                node("limit", "rate_limiter", merged(json!({"rate_rps": 100}), params)),
                relay("app", json!({})),
            ],
            chain(&["users", "limit", "app"]),
            requests / rate,
            WARM_S,
        )
    };
    let refusing = [(0.9, 10), (1.5, 10), (0.7, 2), (1.0, 20)].map(|(load, burst)| {
        let lost = md1_loss(load, burst);
        Case::new(
            format!("bucket-{load}-{burst}"),
            format!("{} requests a second, 100 tokens a second, bucket of {burst}", load * 100.0),
            "M/D/1/b: a missing token is a customer; its chain at departures, exactly",
            limited(load * 100.0, json!({"burst": burst, "on_limit": "reject"}), 250_000.0),
        )
        .expect("share refused", "requests.failures.rate_limited / requests.offered", lost)
        .within(0.01)
        .precise(0.12)
    });
    let delaying = [(0.8, 1), (0.9, 5)].map(|(load, burst)| {
        let spare = f64::from(burst) - 1.0;
        let mean = 10.0 * bucket_delay(load, spare);
        let beyond = |t: f64| md1_wait_beyond(load, t / 10.0 + spare);
        Case::new(
            format!("bucket-delay-{load}-{burst}"),
            format!("{} requests a second wait for 100 tokens a second, bucket of {burst}", load * 100.0),
            "The work in M/D/1 beyond the bucket (Erlang 1909)",
            limited(load * 100.0, json!({"burst": burst, "on_limit": "delay"}), 300_000.0),
        )
        .expect(LATENCY.0, LATENCY.1, mean)
        .within(0.01)
        .precise(0.12)
        .tail("99th percentile of latency, ms", "latency_ms.p99", quantile(0.99, 10.0, beyond))
    });
    refusing.into_iter().chain(delaying).collect()
}

/// Clients before an app without limits; the link is what matters.
fn called(rate: f64, params: Value, policy: Value, requests: f64) -> Document {
    document(
        vec![poisson(rate), app("app", merged(json!({"workers": null}), params))],
        vec![link("users", "app", policy)],
        requests / rate,
        10.0,
    )
}

fn retrying(max: u32, base_ms: f64, factor: f64, cap_ms: f64, jitter: &str) -> Value {
    json!({"max": max, "backoff": {"base_ms": base_ms, "factor": factor, "cap_ms": cap_ms, "jitter": jitter}})
}

pub fn retries() -> Vec<Case> {
    let failing = |error_rate: f64| json!({"service": constant(0.0), "error_rate": error_rate});
    let mut all = Vec::new();
    for (error, max) in [(0.5, 3u32), (0.2, 2), (0.9, 5)] {
        let all_fail = libm::pow(error, f64::from(max + 1));
        all.push(
            Case::new(
                format!("retries-{error}-{max}"),
                format!("{} % errors, up to {max} retries", error * 100.0),
                "A geometric number of attempts, cut off",
                called(200.0, failing(error), json!({"retries": retrying(max, 1.0, 1.0, 1.0, "none")}), 100_000.0),
            )
            .expect(ATTEMPTS.0, ATTEMPTS.1, (1.0 - all_fail) / (1.0 - error))
            .expect(FAILED.0, FAILED.1, all_fail)
            .within(0.01)
            .precise(0.2),
        );
    }
    // Pauses of 10, 20 and (capped) 25 ms before the retries; half of the attempts fail.
    let pauses = (0.25 * 10.0 + 0.125 * 30.0 + 0.0625 * 55.0) / 0.9375;
    for (jitter, share) in [("none", 1.0), ("full", 0.5), ("equal", 0.75)] {
        all.push(
            Case::new(
                format!("backoff-{jitter}"),
                format!("Pauses that double up to a cap, {jitter} jitter"),
                "The mean of the pauses over the requests that succeed in the end",
                called(200.0, failing(0.5), json!({"retries": retrying(3, 10.0, 2.0, 25.0, jitter)}), 100_000.0),
            )
            .expect(LATENCY.0, LATENCY.1, share * pauses),
        );
    }
    all.push(
        Case::new(
            "retry-budget",
            "Half of the answers are errors; one retry for every ten calls",
            "The budget is used up: 1.1 attempts a request, and every attempt succeeds half of the time",
            called(
                200.0,
                failing(0.5),
                json!({"retries": merged(retrying(3, 1.0, 1.0, 1.0, "none"), json!({"budget_ratio": 0.1}))}),
                100_000.0,
            ),
        )
        .expect(ATTEMPTS.0, ATTEMPTS.1, 1.1)
        .expect(FAILED.0, FAILED.1, 0.45),
    );
    all.push(timeouts());
    all
}

/// Exponential work of 10 ms, given up after 20 ms, up to two retries after 5 ms each.
fn timeouts() -> Case {
    let (timeout, pause, tries) = (20.0, 5.0, 3);
    let late = libm::exp(-timeout / 10.0);
    let weight = |k: i32| libm::pow(late, f64::from(k));
    let fails = weight(tries);
    // The mean of work that is done in time.
    let in_time = 10.0 - timeout * late / (1.0 - late);
    let mean: f64 = (0..tries)
        .map(|k| weight(k) * (1.0 - late) / (1.0 - fails) * (f64::from(k) * (timeout + pause) + in_time))
        .sum();
    let beyond = |t: f64| -> f64 {
        let attempt = |k: i32| {
            let since = (t - f64::from(k) * (timeout + pause)).clamp(0.0, timeout);
            weight(k) * (libm::exp(-since / 10.0) - late)
        };
        (0..tries).map(attempt).sum::<f64>() / (1.0 - fails)
    };
    Case::new(
        "timeouts",
        "Work of 10 ms on average, given up after 20 ms, two retries",
        "Exponential work outlasts the timeout with probability e⁻²; the callee goes on working",
        called(
            200.0,
            json!({}),
            json!({"timeout_ms": timeout, "retries": retrying(2, pause, 1.0, pause, "none")}),
            200_000.0,
        ),
    )
    .expect(ATTEMPTS.0, ATTEMPTS.1, 1.0 + late + late * late)
    .expect(FAILED.0, FAILED.1, fails)
    .within(0.01)
    .precise(0.2)
    .expect(LATENCY.0, LATENCY.1, mean)
    .percentiles(|q| quantile(q, 10.0, beyond))
    .expect("share of the work that is wasted", "nodes.app.wasted / nodes.app.completed", late)
}

pub fn hedges() -> Vec<Case> {
    [0.5, 0.95]
        .map(|q| {
            let after = exponential_quantile(10.0, q);
            let beyond = |t: f64| libm::exp(-t / 10.0 - (t - after).max(0.0) / 10.0);
            Case::new(
                format!("hedge-{q}"),
                format!("A second copy after the {} of the first", if q == 0.5 { "median" } else { "95th percentile" }),
                "The lesser of two exponentials after the delay: Dean and Barroso, The Tail at Scale (2013)",
                called(200.0, json!({}), json!({"hedge": {"after_ms": after}}), 200_000.0),
            )
            .expect(ATTEMPTS.0, ATTEMPTS.1, 2.0 - q)
            .within(0.003)
            .expect(LATENCY.0, LATENCY.1, 10.0 * q + 5.0 * (1.0 - q))
            .percentiles(|p| quantile(p, 10.0, beyond))
            .tail("99.9th percentile of latency, ms", "latency_ms.p999", quantile(0.999, 10.0, beyond))
        })
        .into()
}

pub fn breakers() -> Vec<Case> {
    [(0.5, 3, 1.0), (0.2, 2, 0.5), (0.8, 5, 0.1)]
        .map(|(error, failures, open_s)| {
            let rate = 100.0;
            let cycle = breaker_cycle(error, failures, rate, open_s);
            Case::new(
                format!("breaker-{error}-{failures}"),
                format!("{} % errors; opens for {open_s} s after {failures} in a row", error * 100.0),
                "A renewal cycle: runs of failures (Feller 1968, XIII.7), and Poisson calls while it is open",
                called(
                    rate,
                    json!({"service": constant(0.0), "error_rate": error}),
                    json!({"breaker": {"consecutive_failures": failures, "open_s": open_s, "half_open_probes": 1}}),
                    400_000.0,
                ),
            )
            .expect("share refused", "requests.failures.breaker_open / requests.offered", cycle.refused / cycle.calls)
            .expect(
                "share that fails otherwise",
                "requests.failures.error / requests.offered",
                cycle.failed / cycle.calls,
            )
            .within(0.01)
            .expect(
                "times it opens, per call",
                "links.users-app.breaker_opened / links.users-app.calls",
                cycle.opened / cycle.calls,
            )
            .within(0.01)
        })
        .into()
}

pub fn pools() -> Vec<Case> {
    let theory = Mmc { servers: 4, rate: 0.32, service: 10.0 };
    let waiting = Case::new(
        "pool",
        "A pool of 4 connections at 80 % load",
        "Erlang C: a call waits for a connection as a request does for a worker",
        called(320.0, json!({}), json!({"max_in_flight": 4}), 250_000.0),
    )
    .expect(LATENCY.0, LATENCY.1, theory.response())
    .within(0.01)
    .percentiles(|q| theory.quantile(q));
    let full = Case::new(
        "bulkhead",
        "A pool of 10 connections in which no call waits",
        "Erlang B",
        called(
            800.0,
            json!({"service": {"dist": "log_normal", "mean_ms": 10, "cv": 1.4}}),
            json!({"max_in_flight": 10, "queue_limit": 0}),
            200_000.0,
        ),
    )
    .expect("share rejected", "requests.failures.rejected / requests.offered", erlang_b(10, 8.0))
    .within(0.01);
    vec![waiting, full]
}

pub fn wires() -> Vec<Case> {
    let done = json!({"service": constant(0.0)});
    let both = Case::new(
        "latency",
        "Exponential latency of 10 ms each way",
        "The sum of two exponentials",
        called(200.0, done.clone(), json!({"latency": exponential(10.0)}), 200_000.0),
    )
    .expect(LATENCY.0, LATENCY.1, 20.0)
    .percentiles(|q| quantile(q, 20.0, |t| erlang_beyond(2, 0.1, t)));
    let lost = 0.1;
    let loss = Case::new(
        "loss",
        "10 % of the messages are lost, and sent again after 200 ms, 400 ms, …",
        "Each way 200 ms · p / (1 − 2p) on average",
        called(200.0, done.clone(), json!({"loss": lost}), 250_000.0),
    )
    .expect(LATENCY.0, LATENCY.1, 2.0 * 200.0 * lost / (1.0 - 2.0 * lost))
    .within(0.01);
    // 1000 bytes at 0.8 Mbit/s take 10 ms, one message after the other.
    let mut wire = Case::new(
        "bandwidth",
        "Messages of 1000 bytes over 0.8 Mbit/s at 80 % load",
        "M/D/1 (Erlang 1909)",
        called(80.0, done, json!({"bandwidth_mbps": 0.8}), 250_000.0),
    )
    .expect(LATENCY.0, LATENCY.1, 10.0 + pollaczek_khinchine(0.08, 10.0, 0.0))
    .within(0.01)
    .percentiles(|q| 10.0 + quantile(q, 20.0, |t| md1_wait_beyond(0.8, t / 10.0)));
    wire.document.nodes[0].params["operations"] = json!([{"name": "put", "request_bytes": 1000, "response_bytes": 0}]);
    vec![both, loss, wire]
}
