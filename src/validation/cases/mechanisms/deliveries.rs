//! Deliveries of messages: what comes back, when, and what was no delivery.

use super::*;

const AGAIN: (&str, &str) = ("deliveries after the first", "nodes.queue.redelivered");
const GIVEN_UP: (&str, &str) = ("messages given up", "nodes.queue.dead_letters");
const SLOWEST: (&str, &str) = ("slowest message, ms", "nodes.queue.response_ms.max");

fn queue(params: Value) -> Value {
    node("queue", "queue", merged(json!({"visibility_timeout_s": 3600, "max_attempts": null}), params))
}

/// Messages for an app; `policy` is that of its link.
fn consumed(users: Value, queue: Value, app: Value, policy: Value, measured_s: f64) -> Document {
    document(
        vec![users, queue, app],
        vec![link("users", "queue", json!({})), link("queue", "app", policy)],
        measured_s,
        0.0,
    )
}

pub fn deliveries() -> Vec<Case> {
    let mut all = visibility();
    all.extend(lost_consumers());
    all.extend(duplicates());
    all.extend(held_back());
    all
}

/// Consumers that fail.
fn visibility() -> Vec<Case> {
    let quick = || app("app", json!({"workers": 20, "service": constant(10.0)}));
    let outage =
        |span_s: f64| json!({"fault": "errors", "target": "app", "ratio": 1, "start_s": 39.9, "duration_s": span_s});
    let short = certain(
        "fails-for-12s",
        "Five messages a second, consumers that fail for 12 s, hidden for 20 s",
        "Each of the 60 messages of the outage succeeds at its second delivery, 20 s after its first",
        consumed(steady(5.0), queue(json!({"visibility_timeout_s": 20})), quick(), json!({}), 100.0),
    )
    .fault(outage(12.0))
    .exactly(AGAIN.0, AGAIN.1, 60.0)
    .exactly(GIVEN_UP.0, GIVEN_UP.1, 0.0)
    .exactly(SLOWEST.0, SLOWEST.1, 20_010.0);
    let long = [(Value::Null, 450.0, 0.0, 60_010.0), (json!(3), 400.0, 50.0, 40_010.0)].map(
        |(attempts, again, given_up, slowest)| {
            let name = if attempts.is_null() { "ever".to_owned() } else { attempts.to_string() };
            certain(
                format!("fails-for-50s-{name}"),
                format!("The same for 50 s, deliveries: {name}"),
                "A message of u seconds after the start of the outage fails at u, u + 20 and u + 40 s: three times for the \
                 first 10 s, twice for the next 20 s, once for the last 20 s",
                consumed(
                    steady(5.0),
                    queue(json!({"visibility_timeout_s": 20, "max_attempts": attempts})),
                    quick(),
                    json!({}),
                    200.0,
                ),
            )
            .fault(outage(50.0))
            .exactly(AGAIN.0, AGAIN.1, again)
            .exactly(GIVEN_UP.0, GIVEN_UP.1, given_up)
            .exactly(SLOWEST.0, SLOWEST.1, slowest)
        },
    );
    let p = 0.2;
    let at_random = [("visibility", 500.0), ("requeue", 10.0)].map(|(on_failure, each)| {
        let mut it = consumed(
            poisson(100.0),
            queue(json!({"visibility_timeout_s": 0.5, "on_failure": on_failure})),
            app("app", json!({"workers": null, "service": constant(10.0), "error_rate": p})),
            json!({}),
            600.0,
        );
        it.run.warmup_s = 10.0;
        let what = if on_failure == "requeue" { "at once" } else { "half a second after its delivery" };
        Case::new(
            format!("comes-back-{on_failure}"),
            format!("A fifth of the deliveries of 10 ms fail, and the message is visible again {what}"),
            "p/(1 − p) deliveries fail before the one that succeeds: each costs the timeout, or at once its work",
            it,
        )
        .expect(
            "deliveries after the first, per message",
            "nodes.queue.redelivered / nodes.queue.arrivals",
            p / (1.0 - p),
        )
        .within(0.01)
        .expect("mean response, ms", "nodes.queue.response_ms.mean", 10.0 + each * p / (1.0 - p))
        .within(0.01)
    });
    [short].into_iter().chain(long).chain(at_random).collect()
}

/// Consumers that die or are silent with messages in work.
fn lost_consumers() -> Vec<Case> {
    let busy = || app("app", json!({"workers": 20, "service": constant(4000.0)}));
    let crash = certain(
        "consumer-dies",
        "Two messages a second, work of 4 s, a crash at 30.1 s for 1 s, hidden for 15 s",
        "The eight messages in work at the crash are handed out again 15 s after their delivery; those that come \
         meanwhile wait",
        consumed(steady(2.0), queue(json!({"visibility_timeout_s": 15})), busy(), json!({}), 100.0),
    )
    .fault(json!({"fault": "crash", "target": "app", "start_s": 30.1, "duration_s": 1}))
    .exactly(AGAIN.0, AGAIN.1, 8.0)
    .exactly(SLOWEST.0, SLOWEST.1, 19_000.0);
    let one = certain(
        "one-consumer-dies",
        "The same, with one of two replicas dead for good",
        "The replicas take turns: four of the eight messages in work are handed out again, to the other replica",
        consumed(
            steady(2.0),
            queue(json!({"visibility_timeout_s": 15})),
            with(busy(), json!({"replicas": 2})),
            json!({}),
            100.0,
        ),
    )
    .fault(json!({"fault": "crash", "target": "app#2", "start_s": 30.1, "duration_s": null}))
    .exactly(AGAIN.0, AGAIN.1, 4.0)
    .exactly(SLOWEST.0, SLOWEST.1, 19_000.0);
    let silent = [(10.0, 0.0), (5.0, 2.0)].map(|(hidden, again)| {
        certain(
            format!("consumer-silent-{hidden}"),
            format!("Two messages a second, work of 4 s, a cut from 30.1 s to 32.1 s, hidden for {hidden} s"),
            "A consumer that is cut off cannot ask, and what comes meanwhile waits; hidden for 5 s, the messages of 26.5 s \
             and 27 s are visible again before their answers pass, and their second delivery is wasted",
            consumed(
                steady(2.0),
                queue(json!({"visibility_timeout_s": hidden})),
                busy(),
                json!({"latency": constant(10.0)}),
                100.0,
            ),
        )
        .fault(json!({"fault": "partition", "links": ["queue-app"], "start_s": 30.1, "duration_s": 2}))
        .exactly(AGAIN.0, AGAIN.1, again)
        .exactly("work that is wasted", "nodes.app.wasted", again)
    });
    [crash, one].into_iter().chain(silent).collect()
}

/// Work that outlasts the visibility timeout.
fn duplicates() -> Vec<Case> {
    [(250.0, 0.1, 2.0), (150.0, 0.1, 1.0), (90.0, 0.1, 0.0), (450.0, 0.1, 4.0)]
        .map(|(work, hidden_s, again)| {
            certain(
                format!("outlasts-{work}"),
                format!("Work of {work} ms, hidden for 100 ms"),
                "⌊work ÷ timeout⌋ deliveries more before the first is done: all of them are worked on, and wasted",
                consumed(
                    first(200, 2.0),
                    queue(json!({"visibility_timeout_s": hidden_s})),
                    app("app", json!({"workers": null, "service": constant(work)})),
                    json!({}),
                    110.0,
                ),
            )
            .exactly("deliveries after the first, per message", "nodes.queue.redelivered / nodes.queue.arrivals", again)
            .exactly("wasted work, per message", "nodes.app.wasted / nodes.queue.arrivals", again)
            .exactly("work done, per message", "nodes.app.completed / nodes.queue.arrivals", again + 1.0)
            .exactly(SLOWEST.0, SLOWEST.1, work)
        })
        .into()
}

/// What a breaker, a pool or a full consumer does not let through.
fn held_back() -> Vec<Case> {
    let mut all: Vec<Case> = [3, 6]
        .map(|failures: u32| {
            let policy = json!({"breaker": {"consecutive_failures": failures, "open_s": 5}});
            certain(
                format!("breaker-holds-back-{failures}"),
                format!("Consumers that fail for 2 s, a breaker that opens after {failures} failures"),
                "Only the failures that open the breaker were deliveries: they come again 12 s later, and all others wait \
                 and are delivered once",
                consumed(
                    steady(4.0),
                    queue(json!({"visibility_timeout_s": 12, "max_attempts": 2})),
                    app("app", json!({"workers": 4, "service": constant(10.0)})),
                    policy,
                    60.0,
                ),
            )
            .fault(json!({"fault": "errors", "target": "app", "ratio": 1, "start_s": 19.9, "duration_s": 2}))
            .exactly("deliveries that fail", "nodes.app.failed", f64::from(failures))
            .exactly(AGAIN.0, AGAIN.1, f64::from(failures))
            .exactly(GIVEN_UP.0, GIVEN_UP.1, 0.0)
            // Those that come while it is open.
            .exactly("greatest backlog", "nodes.queue.backlog.max", 20.0)
        })
        .into();
    for (pool, work, rate) in [(2, 100.0, 30.0), (3, 200.0, 25.0)] {
        let capacity = f64::from(pool) / work * 1000.0;
        let messages = rate * 10.0;
        all.push(
            certain(
                format!("pool-holds-back-{pool}"),
                format!("{messages} messages at {rate} a second through a pool of {pool}, {work} ms each"),
                "What a full pool does not let through was not delivered: each message is delivered once, and the backlog \
                 grows by rate − pool ÷ work",
                consumed(
                    first(messages as u32, rate),
                    queue(json!({"max_attempts": 1})),
                    app("app", json!({"workers": 10, "service": constant(work)})),
                    json!({"max_in_flight": pool, "queue_limit": 0}),
                    60.0,
                ),
            )
            .expect("greatest backlog", "nodes.queue.backlog.max", (rate - capacity) * 10.0)
            .within(0.02)
            .exactly(AGAIN.0, AGAIN.1, 0.0)
            .exactly("messages done", "nodes.app.completed", messages),
        );
    }
    let others = json!({"process": "constant", "rate_rps": 8});
    let others = json!({"arrivals": others, "profile": [[0, 1], [20, 1], [20, 0]]});
    let busy = document(
        vec![
            first(40, 2.0),
            queue(json!({"max_attempts": 1})),
            node("others", "client", others),
            app("app", json!({"workers": 2, "queue_limit": 0, "service": constant(1000.0)})),
        ],
        vec![link("users", "queue", json!({})), link("queue", "app", json!({})), link("others", "app", json!({}))],
        80.0,
        0.0,
    );
    all.push(
        certain(
            "full-consumer-holds-back",
            "Others take most of the places of a consumer without a queue, for 20 s",
            "What a full consumer does not take was not delivered: none of the 40 messages is given up after its one delivery",
            busy,
        )
        .exactly(GIVEN_UP.0, GIVEN_UP.1, 0.0)
        .exactly(AGAIN.0, AGAIN.1, 0.0)
        .exactly("messages done", "nodes.queue.completed", 40.0)
        .exactly("messages that still wait", "nodes.queue.backlog.now", 0.0),
    );
    all
}
