//! Pauses: a process that does nothing at all, and what it does when it goes on.

use super::*;

pub fn pauses() -> Vec<Case> {
    let mut all = answers();
    all.extend(timers());
    all.push(queue());
    all
}

fn pause(target: &str, start_s: f64, duration_s: f64) -> Value {
    json!({"fault": "pause", "target": target, "start_s": start_s, "duration_s": duration_s})
}

/// A process while it works on its requests.
fn answers() -> Vec<Case> {
    let unlimited = |params: Value| app("app", merged(json!({"workers": null, "service": constant(150.0)}), params));
    // Those that come at 20.0, 20.1, … 23.9 s wait for 4.0, 3.9, … 0.1 s; that of 19.9 s stops in its work for 4 s.
    let later_s = (1..=40).map(|tenths| f64::from(tenths) / 10.0).sum::<f64>() + 4.0;
    let whole = certain(
        "pause-whole",
        "Ten requests a second of 150 ms, a pause of 4 s",
        "What comes waits for the end of the pause, and what was in work goes on then: 4.0 + 3.9 + … + 0.1 s, and 4 s",
        document(vec![first(390, 10.0), unlimited(json!({}))], chain(&["users", "app"]), 40.0, 0.0),
    )
    .fault(pause("app", 20.0, 4.0))
    .exactly(LATENCY.0, LATENCY.1, 150.0 + later_s * 1000.0 / 390.0)
    .exactly(LONGEST.0, LONGEST.1, 4150.0)
    .exactly("answers during it, /s", "series.throughput_rps @ 20..24", 0.0)
    .exactly("requests that fail", "requests.failed", 0.0);
    let mut all = vec![whole];
    for (replicas, held_s) in [(2, 20.0), (4, 10.0)] {
        let (rate, total_s, n) = (100.0, 190.0, f64::from(replicas));
        all.push(
            Case::new(
                format!("pause-one-of-{replicas}"),
                format!("One of {replicas} replicas is paused for {held_s} s of {total_s} s"),
                "One request in n waits, for 0 to D uniformly: D²/(2·n·T) on average; the others answer",
                document(
                    vec![poisson(rate), unlimited(json!({"service": constant(10.0), "replicas": replicas}))],
                    chain(&["users", "app"]),
                    total_s,
                    10.0,
                ),
            )
            .fault(pause("app#1", 100.0, held_s))
            .expect(LATENCY.0, LATENCY.1, 10.0 + held_s * held_s / (2.0 * n * total_s) * 1000.0)
            .within(0.02)
            .expect("answers during it, /s", "series.throughput_rps @ 101..110", rate * (1.0 - 1.0 / n))
            .within(0.02),
        );
    }
    // Given up after a second: those of 20.0 to 23.0 s, for that of 23.1 s is answered at 24.01 s.
    all.push(
        certain(
            "pause-callee",
            "Ten requests a second of 10 ms, given up after 1 s, a pause of 4 s",
            "Those fail that come more than 0.99 s before its end: 20.0, 20.1, … 23.0 s; their work is done and wasted",
            document(
                vec![first(390, 10.0), unlimited(json!({"service": constant(10.0)}))],
                vec![link("users", "app", json!({"timeout_ms": 1000}))],
                40.0,
                0.0,
            ),
        )
        .fault(pause("app", 20.0, 4.0))
        .exactly("requests that time out", "requests.failures.timeout", 31.0)
        .exactly("work that is wasted", "nodes.app.wasted", 31.0)
        .exactly(LONGEST.0, LONGEST.1, 910.0),
    );
    all
}

/// One request at 2 s whose call to a database takes a minute: what its app does meanwhile, by 7 s.
fn waiting(policy: Value) -> Document {
    document(
        vec![first(1, 0.5), relay("app", json!({})), store("db", constant(60_000.0))],
        vec![link("users", "app", json!({})), link("app", "db", policy)],
        7.0,
        0.0,
    )
}

fn timers() -> Vec<Case> {
    const ATTEMPTS: (&str, &str) = ("attempts by 7 s", "links.app-db.attempts");
    let retries = || json!({"timeout_ms": 400, "retries": retrying(20, 200.0)});
    let retried = |id: &str, title: &str, source: &str| certain(id, title, source, waiting(retries()));
    let without = retried(
        "no-pause-retries",
        "A call that times out after 0.4 s and is tried again after 0.2 s",
        "Attempts at 2.0, 2.6, 3.2, … 6.8 s",
    )
    .exactly(ATTEMPTS.0, ATTEMPTS.1, 9.0);
    let attempt = retried(
        "pause-in-attempt",
        "The same, with the caller paused from 2.1 s to 5.3 s",
        "The timeout of 2.4 s acts at 5.3 s: attempts at 2.0, 5.5, 6.1 and 6.7 s",
    )
    .fault(pause("app", 2.1, 3.2))
    .exactly(ATTEMPTS.0, ATTEMPTS.1, 4.0);
    let backoff = retried(
        "pause-in-backoff",
        "The same, with the caller paused from 2.5 s to 5.45 s",
        "The retry of 2.6 s is sent at 5.45 s: attempts at 2.0, 5.45, 6.05 and 6.65 s",
    )
    .fault(pause("app", 2.5, 2.95))
    .exactly(ATTEMPTS.0, ATTEMPTS.1, 4.0);
    let silent = certain(
        "pause-answers-nothing",
        "A call that times out at 2.4 s, with the caller paused from 2.1 s on",
        "A paused process does not say that its call has failed: the request is under way until the end",
        waiting(json!({"timeout_ms": 400})),
    )
    .fault(pause("app", 2.1, 30.0))
    .exactly("requests under way at 7 s", "requests.in_flight", 1.0)
    .exactly("requests that fail", "requests.failed", 0.0);
    let hedged = [("not-yet", 7.5, 0.0), ("then", 6.5, 1.0)].map(|(name, end_s, hedges)| {
        certain(
            format!("pause-hedge-{name}"),
            format!("A hedge due at 2.3 s, with the caller paused from 2.1 s to {end_s} s"),
            "A hedge that falls due in the pause is sent at its end, and not before",
            waiting(json!({"hedge": {"after_ms": 300}})),
        )
        .fault(pause("app", 2.1, end_s - 2.1))
        .exactly("hedges by 7 s", "links.app-db.hedges", hedges)
    });
    // Requests at 0.5 s and 1 s, one for each of two replicas; the second of them is paused.
    let mut two = waiting(retries());
    two.nodes[0].params = serde_json::from_value(first(2, 2.0)["params"].take()).expect("parameters");
    two.nodes[1].params.insert("replicas".to_owned(), json!(2));
    let one = certain(
        "pause-one-caller",
        "Two replicas with a call each at 0.5 s and 1 s, the second paused from 1.1 s to 6.3 s",
        "The first tries at 0.5, 1.1, … 6.5 s, eleven times; the second at 1.0 and, given up at 6.3 s, at 6.5 s",
        two,
    )
    .fault(pause("app#2", 1.1, 5.2))
    .exactly(ATTEMPTS.0, ATTEMPTS.1, 13.0);
    [without, attempt, backoff, silent, one].into_iter().chain(hedged).collect()
}

/// A queue that is paused hands nothing out.
fn queue() -> Case {
    let queue = node("queue", "queue", json!({"visibility_timeout_s": 2, "max_attempts": null}));
    certain(
        "pause-queue",
        "A message of 2 s, hidden for 2 s each time, in a queue that is paused from 3 s to 9.5 s",
        "Handed out again when the pause ends, at 9.5 s, and then every 2 s: three times by 14 s",
        document(
            vec![first(1, 0.5), queue, app("app", json!({"workers": 10, "service": constant(60_000.0)}))],
            chain(&["users", "queue", "app"]),
            14.0,
            0.0,
        ),
    )
    .fault(pause("queue", 3.0, 6.5))
    .exactly("deliveries after the first", "nodes.queue.redelivered", 3.0)
    .exactly("busy workers of ten at the end of it", "series.nodes.app.utilization @ 3..9", 0.1)
}
