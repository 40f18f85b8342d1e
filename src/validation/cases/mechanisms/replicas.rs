//! Databases that lose replicas, messages and writes.

use super::*;
use crate::validation::theory::*;

pub fn replicas() -> Vec<Case> {
    let mut all = silent();
    all.extend(quorums());
    all.extend(one_way());
    all.extend(unconfirmed());
    all.extend(lost_writes());
    all
}

/// A client that only reads, or only writes.
fn accessing(mut users: Value, access: &str, keys: u32) -> Value {
    users["params"]["operations"] = json!([{"name": "get", "access": access, "keys": {"count": keys, "zipf": 0}}]);
    users
}

fn replicated(work: Value, replication: Value) -> Value {
    with(store("db", work), json!({"replication": replication}))
}

/// The app is cut off from one replica of those that it reads.
fn silent() -> Vec<Case> {
    let (rate, held_s, timeout_s) = (600.0, 12.0, 1.0);
    [(3, 30.0), (3, 5.0), (2, 30.0), (5, 4.0)]
        .map(|(replicas, detected_s)| {
            let silent_s = if detected_s < held_s { detected_s } else { held_s - timeout_s };
            let replication = json!({
                "mode": "leader_follower", "replicas": replicas, "read_from": "any", "failover_s": detected_s,
            });
            Case::new(
                format!("silent-{replicas}-{detected_s}"),
                format!("A cut of 12 s from one of {replicas} replicas, done without after {detected_s} s"),
                "A cut is silence: of the reads 1 in n times out, until the replica is done without, or until a second before \
                 the end",
                document(
                    vec![
                        accessing(poisson(rate), "read", 1000),
                        relay("app", json!({})),
                        replicated(constant(5.0), replication),
                    ],
                    vec![link("users", "app", json!({})), link("app", "db", json!({"timeout_ms": timeout_s * 1000.0}))],
                    50.0,
                    10.0,
                ),
            )
            .fault(cut("app", "db#2", 20.0, held_s))
            .expect("requests that time out", "requests.failures.timeout", rate / f64::from(replicas) * silent_s)
            .within(0.01)
            .expect("requests that find a dead process", "requests.failures.unreachable", 0.0)
        })
        .into()
}

/// A quorum without one of its replicas.
fn quorums() -> Vec<Case> {
    [(3, 2), (5, 3), (5, 2)]
        .map(|(replicas, quorum)| {
            let replication = json!({
                "mode": "quorum", "replicas": replicas,
                "read_quorum": quorum, "write_quorum": replicas + 1 - quorum,
            });
            Case::new(
                format!("quorum-without-one-{replicas}-{quorum}"),
                format!("{quorum} of {replicas} replicas, one of which is dead"),
                "Order statistics of exponentials (Rényi 1953), of one replica fewer",
                document(
                    vec![accessing(poisson(200.0), "read", 1000), replicated(exponential(10.0), replication)],
                    chain(&["users", "db"]),
                    500.0,
                    10.0,
                ),
            )
            .fault(json!({"fault": "crash", "target": format!("db#{replicas}"), "start_s": 0, "duration_s": null}))
            .expect(LATENCY.0, LATENCY.1, 10.0 * order_mean(replicas - 1, quorum))
            .expect("requests that fail", "requests.failed", 0.0)
        })
        .into()
}

/// What the followers send is held back, or what the leader sends.
fn one_way() -> Vec<Case> {
    [
        ("backward", 0.0, "The followers hear their leader and miss nothing: no failover, and no write is lost"),
        ("forward", 1.0, "The followers hear no leader for 5 s, and one of them is promoted: one failover"),
    ]
    .map(|(direction, failovers, source)| {
        let replication = json!({
            "mode": "leader_follower", "replicas": 3, "sync": 0, "lag": constant(10.0), "failover_s": 5,
        });
        let case = certain(
            format!("one-way-{direction}"),
            format!("A cut of 20 s between a leader and its two followers, {direction} only"),
            source,
            document(
                vec![
                    accessing(steady(100.0), "write", 100_000),
                    relay("app", json!({})),
                    replicated(constant(1.0), replication),
                ],
                chain(&["users", "app", "db"]),
                60.0,
                0.0,
            ),
        )
        .fault(json!({
            "fault": "partition", "between": [["db#1"], ["db#2", "db#3"]], "direction": direction,
            "start_s": 20, "duration_s": 20,
        }))
        .exactly("failovers", "nodes.db.failovers", failovers);
        if direction == "backward" { case.exactly("lost writes", "nodes.db.lost_writes", 0.0) } else { case }
    })
    .into()
}

/// A follower must have a write before it is acknowledged, and what followers send is held back.
fn unconfirmed() -> Vec<Case> {
    [(1, 1900.0), (0, 0.0)]
        .map(|(sync, failed)| {
            let replication = json!({
                "mode": "leader_follower", "replicas": 3, "sync": sync, "lag": constant(5.0), "failover_s": 5,
            });
            certain(
                format!("unconfirmed-{sync}"),
                format!(
                    "A cut of 20 s of what two followers send to their leader, {sync} of which must confirm a write"
                ),
                "Confirmations pass when the cut ends: the writes of its first 19 s are given up after a second, if a \
                 confirmation is waited for",
                document(
                    vec![
                        accessing(steady(100.0), "write", 100_000),
                        relay("app", json!({})),
                        replicated(constant(1.0), replication),
                    ],
                    vec![link("users", "app", json!({})), link("app", "db", json!({"timeout_ms": 1000}))],
                    60.0,
                    0.0,
                ),
            )
            .fault(json!({
                "fault": "partition", "between": [["db#1"], ["db#2", "db#3"]], "direction": "backward",
                "start_s": 19.997, "duration_s": 20,
            }))
            .exactly("requests that time out", "requests.failures.timeout", failed)
            .exactly("lost writes", "nodes.db.lost_writes", 0.0)
        })
        .into()
}

/// The leader dies at 4 s, and a follower that lags takes over.
fn lost_writes() -> Vec<Case> {
    let failing = |users: Value, replicas: u32, lag: Value, order: &str, keys: u32| {
        let replication = json!({
            "mode": "leader_follower", "replicas": replicas, "sync": 0, "lag": lag, "order": order, "failover_s": 1,
        });
        document(
            vec![accessing(users, "write", keys), replicated(constant(2.0), replication)],
            chain(&["users", "db"]),
            6.0,
            0.0,
        )
    };
    let lost = |case: Case, writes: f64| {
        case.fault(json!({"fault": "crash", "target": "db#1", "start_s": 4, "duration_s": null})).expect(
            "lost writes",
            "nodes.db.lost_writes",
            writes,
        )
    };
    let mut all = Vec::new();
    const MANY: u32 = 100_000;
    for (order, lag_ms) in [("none", 100.0), ("log", 100.0), ("log", 250.0)] {
        let id = format!("lost-constant-{order}-{lag_ms}");
        let title = format!("200 writes a second, a lag of {lag_ms} ms, order: {order}; the leader dies");
        let source = "Lost are the writes that were acknowledged less than the lag ago: rate × lag";
        let document = failing(steady(200.0), 3, constant(lag_ms), order, MANY);
        all.push(lost(certain(id, title, source, document), 200.0 * lag_ms / 1000.0).within(1e-6));
    }
    let (rate, lag_s) = (1000.0, 0.1);
    let missing = |age_s: f64| libm::exp(-age_s / lag_s);
    for (replicas, keys) in [(2, MANY), (3, MANY), (2, 20), (3, 50)] {
        let followers = f64::from(replicas - 1);
        let all_miss = |age_s: f64| libm::pow(missing(age_s), followers);
        // Later writes of the same key that some follower has, at least one of which makes up for it.
        let later = |age_s: f64| rate / f64::from(keys) * (age_s - (1.0 - all_miss(age_s)) * lag_s / followers);
        let writes = rate * integral(0.0, 3.0, |age_s| all_miss(age_s) * libm::exp(-later(age_s)));
        let alike = if keys == MANY { "all of different keys".to_owned() } else { format!("of {keys} keys") };
        let case = Case::new(
            format!("lost-{replicas}-{keys}"),
            format!(
                "1000 writes a second {alike}, {} followers that lag 100 ms on average; the leader dies",
                replicas - 1
            ),
            "Lost are the writes of age a that no follower has, e^(−a/lag) for each, and whose key no follower has a later \
             write of: the integral over a",
            failing(poisson(rate), replicas, exponential(lag_s * 1000.0), "none", keys),
        );
        all.push(lost(case, writes).within(0.02).precise(0.15).seeds(40));
    }
    for replicas in [2, 3] {
        let (rate, lag_s) = (1000.0, 0.05);
        // A follower has a write once it has all those before it, too: Poisson many are older.
        let has = |age_s: f64| {
            let missing = libm::exp(-age_s / lag_s);
            (1.0 - missing) * libm::exp(-rate * lag_s * missing)
        };
        let writes = rate * integral(0.0, 3.0, |age_s| libm::pow(1.0 - has(age_s), f64::from(replicas - 1)));
        let case = Case::new(
            format!("lost-log-{replicas}"),
            format!("1000 writes a second, {} followers that lag 50 ms on average, in order of the log", replicas - 1),
            "A follower has a write once it has all before it: with probability (1 − e^(−a/lag)) · e^(−rate · lag · e^(−a/lag)) \
             at age a; lost are those that none has",
            failing(poisson(rate), replicas, exponential(lag_s * 1000.0), "log", MANY),
        );
        all.push(lost(case, writes).within(0.02).precise(0.2).seeds(60));
    }
    all
}
