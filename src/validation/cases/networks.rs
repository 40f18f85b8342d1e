//! Several stations: networks, users who wait, branches, workers held, messages.

use super::*;
use crate::validation::theory::*;

const LATENCY: (&str, &str) = ("mean latency, ms", "latency_ms.mean");

pub fn jackson() -> Vec<Case> {
    // Responses of 20, 33.3 and 100 ms: independent stages, by Burke's and Reich's theorems.
    let rates = [0.05, 0.03, 0.01];
    let mean = rates.iter().map(|rate| 1.0 / rate).sum::<f64>();
    let tandem = Case::new(
        "tandem",
        "Three queues in a row",
        "Jackson (1957); Burke (1956) and Reich (1957) for the percentiles",
        document(
            vec![
                poisson(50.0),
                app("a", json!({"service": exponential(10.0)})),
                app("b", json!({"service": exponential(12.5)})),
                app("c", json!({"service": exponential(1000.0 / 60.0)})),
            ],
            chain(&["users", "a", "b", "c"]),
            6000.0,
            WARM_S,
        ),
    )
    .expect(LATENCY.0, LATENCY.1, mean)
    .within(0.01)
    .percentiles(|q| quantile(q, mean, |t| stages_beyond(&rates, t)));

    // Half of the 80 /s go on to b, and a quarter of all to c.
    let branches = Case::new(
        "branches",
        "Part of the requests go further",
        "Jackson (1957)",
        document(
            vec![
                poisson(80.0),
                app("a", json!({"service": exponential(8.0)})),
                app("b", json!({"service": exponential(18.0)})),
                app("c", json!({"service": exponential(30.0)})),
            ],
            vec![
                link("users", "a", json!({})),
                link("a", "b", json!({"fraction": 0.5})),
                link("a", "c", json!({"fraction": 0.25})),
            ],
            3500.0,
            WARM_S,
        ),
    )
    .expect("mean number waiting at a", "nodes.a.queue_mean", 0.64 * 0.64 / 0.36)
    .within(0.01)
    .expect("mean number at b", "nodes.b.in_system_mean", 0.72 / 0.28)
    .within(0.01)
    .expect("mean number at c", "nodes.c.in_system_mean", 0.6 / 0.4)
    .within(0.01)
    .expect(LATENCY.0, LATENCY.1, (0.64 / 0.36 + 0.72 / 0.28 + 0.6 / 0.4) / 0.08)
    .within(0.01);

    let again = json!({"retries": {"max": 60, "backoff": {"base_ms": 0, "factor": 1, "cap_ms": 0, "jitter": "none"}}});
    let feedback = Case::new(
        "feedback",
        "Half of the answers are errors, and their requests queue again at once",
        "Jackson (1957), with feedback: 40 /s arrive, 80 /s are served",
        document(
            vec![poisson(40.0), app("app", json!({"error_rate": 0.5}))],
            vec![link("users", "app", again)],
            6000.0,
            WARM_S,
        ),
    )
    .expect("attempts a request", "attempts_per_request", 2.0)
    .expect("utilization", "nodes.app.utilization", 0.8)
    .expect("mean number in the system", "nodes.app.in_system_mean", 4.0)
    .within(0.01)
    .precise(0.08)
    .expect(LATENCY.0, LATENCY.1, 100.0)
    .within(0.01)
    .precise(0.08);
    vec![tandem, branches, feedback]
}

fn users(users: u32, think: Value) -> Value {
    client(json!({"process": "closed", "users": users, "think": think}))
}

pub fn closed() -> Vec<Case> {
    let network = |users_: u32, servers: [u32; 3]| {
        let work = [50.0, 30.0, 20.0];
        let demands: Vec<Demand> =
            work.iter().zip(servers).map(|(work, servers)| Demand { work: *work, servers }).collect();
        let (throughput, response) = mean_value_analysis(users_, 1000.0, &demands);
        let station = |id: &str, i: usize| app(id, json!({"service": exponential(work[i]), "workers": servers[i]}));
        let several = if servers == [1; 3] { String::new() } else { format!(", {} workers at the first", servers[0]) };
        Case::new(
            format!("mva-{users_}-{}", servers[0]),
            format!("{users_} user{} and three queues{several}", if users_ == 1 { "" } else { "s" }),
            "Exact mean value analysis (Reiser and Lavenberg 1980)",
            document(
                vec![users(users_, exponential(1000.0)), station("a", 0), station("b", 1), station("c", 2)],
                chain(&["users", "a", "b", "c"]),
                150_000.0 / (throughput * 1000.0),
                200.0,
            ),
        )
        .expect("throughput, /s", "throughput_rps", throughput * 1000.0)
        .expect(LATENCY.0, LATENCY.1, response)
        .within(0.01)
        .expect(
            "utilization of the first",
            "nodes.a.utilization",
            throughput * work[0] / f64::from(servers[0]),
        )
    };
    // A request finds the others as they are without it (Sevcik and Mitrani 1981).
    let engset = |name: &str, law: &str, think: Value| {
        let (n, service) = (20, 40.0);
        let p = repairman(n, 1000.0, 1, service);
        let throughput = (1.0 - p[0]) / service;
        let ahead = repairman(n - 1, 1000.0, 1, service);
        let mean = mean_state(&p) / throughput;
        Case::new(
            format!("repairman-{name}"),
            format!("20 users, one worker, {law} thinking"),
            "Machine repairman, insensitive to the law of thinking; arrival theorem for the percentiles",
            document(
                vec![users(n, think), app("app", json!({"service": exponential(service)}))],
                chain(&["users", "app"]),
                10_000.0,
                WARM_S,
            ),
        )
        .expect("throughput, /s", "throughput_rps", throughput * 1000.0)
        .expect(LATENCY.0, LATENCY.1, mean)
        .percentiles(|q| quantile(q, mean, |t| behind_beyond(&ahead, service, t)))
    };
    vec![
        network(1, [1; 3]),
        network(10, [1; 3]),
        network(50, [1; 3]),
        network(30, [2, 1, 1]),
        engset("exponential", "exponential", exponential(1000.0)),
        engset("constant", "constant", constant(1000.0)),
    ]
}

pub fn fork_join() -> Vec<Case> {
    let root = || relay("fork", json!({"calls": "parallel"}));
    let queues = [0.5, 0.8].map(|load| {
        let mean = fork_join_of_two(load / 10.0, 10.0);
        Case::new(
            format!("fork-join-{load}"),
            format!("Two calls in parallel, each to an M/M/1 at {} % load", load * 100.0),
            "(12 − ρ)/8 · S/(1 − ρ): Flatto and Hahn (1984), Nelson and Tantawi (1988)",
            document(
                vec![poisson(100.0 * load), root(), app("a", json!({})), app("b", json!({}))],
                vec![link("users", "fork", json!({})), link("fork", "a", json!({})), link("fork", "b", json!({}))],
                3000.0,
                WARM_S,
            ),
        )
        .expect(LATENCY.0, LATENCY.1, mean)
        .within(0.01)
        .expect("mean response of a branch, ms", "nodes.a.response_ms.mean", 10.0 / (1.0 - load))
        .within(0.01)
    });
    let fan = [3u32, 10].map(|n| {
        let mut nodes = vec![poisson(100.0), root()];
        let mut links = vec![link("users", "fork", json!({}))];
        for i in 1..=n {
            let id = format!("b{i}");
            nodes.push(app(&id, json!({"workers": null})));
            links.push(link("fork", &id, json!({})));
        }
        Case::new(
            format!("fan-out-{n}"),
            format!("{n} calls in parallel, none of which waits"),
            "The greatest of n exponentials: the harmonic number (Rényi 1953)",
            document(nodes, links, 600.0, 10.0),
        )
        .expect(LATENCY.0, LATENCY.1, 10.0 * harmonic(n))
        .percentiles(|q| quantile(q, 20.0, |t| order_beyond(n, n, libm::exp(-t / 10.0))))
    });
    queues.into_iter().chain(fan).collect()
}

pub fn workers() -> Vec<Case> {
    let held = [(true, 0.55), (false, 0.05)].map(|(blocking, busy)| {
        let word = if blocking { "blocking" } else { "not-blocking" };
        Case::new(
            format!("held-{word}"),
            format!("Ten workers, {}, and a database that takes 100 ms", word.replace('-', " ")),
            "Busy workers = rate × time held (Little 1961)",
            document(
                vec![
                    poisson(50.0),
                    app("app", json!({"workers": 10, "service": constant(10.0), "blocking": blocking})),
                    store("db", constant(100.0)),
                ],
                chain(&["users", "app", "db"]),
                2000.0,
                10.0,
            ),
        )
        .expect("utilization", "nodes.app.utilization", busy)
        .within(0.006)
    });
    // One worker that is held through an exponential call: two exponential stages of service.
    let law = DistributionKind::Erlang(2, 5.0);
    let wait = pollaczek_khinchine(0.07, law.mean(), law.cv2());
    let chained = |blocking: bool| {
        document(
            vec![
                poisson(70.0),
                app("app", json!({"service": exponential(5.0), "blocking": blocking})),
                store("db", exponential(5.0)),
            ],
            chain(&["users", "app", "db"]),
            3500.0,
            WARM_S,
        )
    };
    let blocking = Case::new(
        "one-worker-blocking",
        "One blocking worker and a call",
        "M/G/1 whose service is work and call together (Pollaczek and Khinchine)",
        chained(true),
    )
    .expect("mean wait, ms", "nodes.app.wait_ms.mean", wait)
    .within(0.01)
    .precise(0.08)
    .percentiles(|q| quantile(q, wait + 10.0, |t| mg1_beyond(0.07, law, t)));
    let free = Mmc { servers: 1, rate: 0.07, service: 5.0 };
    let freed = Case::new(
        "one-worker-not-blocking",
        "One worker that is released during a call",
        "M/M/1, and then the call (Burke 1956)",
        chained(false),
    )
    .expect("mean wait, ms", "nodes.app.wait_ms.mean", free.wait())
    .within(0.01)
    .precise(0.08)
    .expect(LATENCY.0, LATENCY.1, free.response() + 5.0)
    .percentiles(|q| quantile(q, 10.0, |t| stages_beyond(&[1.0 / free.response(), 0.2], t)));
    held.into_iter().chain([blocking, freed]).collect()
}

pub fn messages() -> Vec<Case> {
    let queue = |params: Value| node("queue", "queue", merged(json!({"visibility_timeout_s": 3600}), params));
    let theory = Mmc { servers: 4, rate: 0.32, service: 10.0 };
    let waiting = Case::new(
        "consumers",
        "Messages for four consumers at 80 % load",
        "Erlang C: a message waits as a request does",
        document(
            vec![poisson(320.0), queue(json!({})), app("app", json!({"workers": 4}))],
            chain(&["users", "queue", "app"]),
            1200.0,
            WARM_S,
        ),
    )
    .expect("mean wait, ms", "nodes.queue.wait_ms.mean", theory.wait())
    .within(0.01)
    .precise(0.15)
    .expect("mean response, ms", "nodes.queue.response_ms.mean", theory.response())
    .expect("mean number of messages", "nodes.queue.in_system_mean", 0.32 * theory.response())
    .tail("99th percentile of the response, ms", "nodes.queue.response_ms.p99", theory.quantile(0.99));
    let failing = Case::new(
        "dead-letters",
        "Half of the deliveries fail, and the third is the last",
        "A geometric number of deliveries: p³ are given up, p + p² handed out again",
        document(
            vec![
                poisson(200.0),
                queue(json!({"max_attempts": 3, "on_failure": "requeue"})),
                app("app", json!({"workers": null, "error_rate": 0.5})),
            ],
            chain(&["users", "queue", "app"]),
            1000.0,
            10.0,
        ),
    )
    .expect("share given up", "nodes.queue.dead_letters / nodes.queue.arrivals", 0.125)
    .expect("deliveries after the first, per message", "nodes.queue.redelivered / nodes.queue.arrivals", 0.75);
    // 1 − e^(−2) are done within the visibility timeout of two mean times of work.
    let late = libm::exp(-2.0);
    let hidden = Case::new(
        "visibility",
        "Messages that show again after 20 ms, with work of 10 ms on average",
        "Exponential work outlasts the timeout with probability e⁻²",
        document(
            vec![
                poisson(200.0),
                queue(json!({"visibility_timeout_s": 0.02, "max_attempts": 2})),
                app("app", json!({"workers": null})),
            ],
            chain(&["users", "queue", "app"]),
            1000.0,
            10.0,
        ),
    )
    .expect("deliveries after the first, per message", "nodes.queue.redelivered / nodes.queue.arrivals", late)
    .within(0.01);
    vec![waiting, failing, hidden]
}

pub fn quorums() -> Vec<Case> {
    [(3, 2), (3, 1), (3, 3), (5, 3)]
        .map(|(replicas, quorum)| {
            let replication = json!({
                "mode": "quorum", "replicas": replicas, "read_quorum": quorum, "write_quorum": replicas + 1 - quorum,
            });
            let db = merged(store("db", exponential(10.0))["params"].clone(), json!({"replication": replication}));
            let db = node("db", "database", db);
            Case::new(
                format!("quorum-{replicas}-{quorum}"),
                format!("{quorum} of {replicas} replicas, no statement waits"),
                "Order statistics of exponentials (Rényi 1953)",
                document(vec![poisson(200.0), db], chain(&["users", "db"]), 1000.0, 10.0),
            )
            .expect("mean latency, ms", "latency_ms.mean", 10.0 * order_mean(replicas, quorum))
            .percentiles(|q| quantile(q, 10.0, |t| order_beyond(replicas, quorum, libm::exp(-t / 10.0))))
        })
        .into()
}
