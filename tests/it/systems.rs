//! Random systems with random policies and faults: whatever is drawn, the books balance at every
//! look, every counter returns to its baseline, and a rerun is the same run.
//!
//! A failure prints the seed and the document, which opens in the app. `HEADROOM_SYSTEMS=n` runs
//! more of them.

use crate::simulate::{document, scenario};
use headroom::engine::{Engine, Progress};
use headroom::kinds::AnyStation;
use headroom::model::{Document, Place};
use headroom::random::Stream;
use headroom::time::from_s;
use serde_json::{Value, json};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};

struct Draw(Stream);

impl Draw {
    fn chance(&mut self, p: f64) -> bool {
        self.0.unit() < p
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        // Three digits, so that documents stay readable.
        ((low + (high - low) * self.0.unit()) * 1000.0).round() / 1000.0
    }

    fn whole(&mut self, low: u32, high: u32) -> u32 {
        low + self.0.below(high - low + 1)
    }

    fn maybe(&mut self, p: f64, value: impl FnOnce(&mut Draw) -> Value) -> Value {
        if self.chance(p) { value(self) } else { Value::Null }
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.0.below(all.len() as u32) as usize]
    }

    fn span(&mut self, mean_ms: f64) -> Value {
        let mean_ms = self.between(mean_ms * 0.2, mean_ms * 2.0);
        match self.0.below(6) {
            0 => json!({"dist": "constant", "ms": mean_ms}),
            1 => json!({"dist": "uniform", "min_ms": 0, "max_ms": mean_ms * 2.0}),
            2 => json!({"dist": "log_normal", "mean_ms": mean_ms, "cv": 1.5}),
            3 => json!({"dist": "pareto", "min_ms": mean_ms / 2.0, "shape": 2, "max_ms": mean_ms * 50.0}),
            4 => json!({"dist": "constant", "ms": 0}),
            _ => json!({"dist": "exponential", "mean_ms": mean_ms}),
        }
    }

    fn link(&mut self, from: &str, to: &str) -> Value {
        let mut params = json!({"latency": self.span(0.5)});
        if self.chance(0.6) {
            params["timeout_ms"] = json!(self.between(1.0, 300.0));
        }
        if self.chance(0.5) {
            params["retries"] = json!({"max": self.whole(0, 3), "budget_ratio": self.maybe(0.3, |d| json!(d.between(0.0, 0.5))),
                "backoff": {"base_ms": self.between(0.0, 30.0), "factor": self.between(1.0, 3.0), "jitter": self.of(&["none", "full", "equal"])}});
        }
        if self.chance(0.2) {
            params["hedge"] = json!({"after_ms": self.between(0.5, 50.0)});
        }
        if self.chance(0.2) {
            params["breaker"] = json!({"consecutive_failures": self.whole(1, 6), "open_s": self.between(0.01, 1.0), "half_open_probes": self.whole(1, 3)});
        }
        if self.chance(0.3) {
            params["max_in_flight"] = json!(self.whole(1, 12));
            params["queue_limit"] = self.maybe(0.5, |d| json!(d.whole(0, 10)));
        }
        if self.chance(0.15) {
            params["max_in_flight_per_replica"] = json!(self.whole(1, 4));
        }
        params["timeout_holds_place"] = json!(self.chance(0.2));
        if self.chance(0.2) && params["retries"].is_object() {
            let reasons = ["timeout", "rejected", "error", "unreachable", "breaker_open", "rate_limited"];
            let on: Vec<&str> = reasons.into_iter().filter(|_| self.chance(0.5)).collect();
            params["retries"]["retry_on"] = json!(on);
        }
        params["cancel_on_timeout"] = json!(self.chance(0.3));
        params["loss"] = json!(if self.chance(0.1) { 0.05 } else { 0.0 });
        params["bandwidth_mbps"] = self.maybe(0.1, |d| json!(d.between(1.0, 100.0)));
        if from == "lb" {
            params["weight"] = json!(self.between(0.1, 3.0));
        }
        if from.starts_with("app") && self.chance(0.2) {
            params["fraction"] = json!(self.between(0.1, 1.0));
        }
        json!({"id": format!("{from}-{to}"), "from": from, "to": to, "params": params})
    }

    fn replication(&mut self) -> Value {
        let replicas = self.whole(1, 5);
        if self.chance(0.5) {
            return json!({"mode": "quorum", "replicas": replicas, "read_quorum": self.whole(1, replicas), "write_quorum": self.whole(1, replicas),
                "detection_s": self.between(0.0, 1.0)});
        }
        json!({"mode": "leader_follower", "replicas": replicas, "sync": self.whole(0, replicas - 1), "lag": self.span(30.0),
            "order": self.of(&["none", "log"]), "read_from": self.of(&["leader", "any"]), "failover_s": self.between(0.0, 1.0)})
    }

    fn app(&mut self, id: &str) -> Value {
        let discipline = self.of(&["fifo", "lifo", "priority", "processor_sharing"]);
        let unlimited = discipline != "processor_sharing" && self.chance(0.1);
        let metric = if unlimited { "queue" } else { self.of(&["utilization", "queue"]) };
        let autoscale = self.maybe(0.3, |d| {
            let min = d.whole(1, 3);
            json!({"min": min, "max": min + d.whole(0, 5), "metric": metric, "target": d.between(0.1, 1.0),
                "interval_s": d.between(0.1, 1.0), "cooldown_s": d.between(0.0, 2.0)})
        });
        json!({"id": id, "kind": "app", "params": {
            "replicas": self.whole(1, 4), "workers": if unlimited { Value::Null } else { json!(self.whole(1, 8)) },
            "queue_limit": self.maybe(0.4, |d| json!(d.whole(0, 20))), "discipline": discipline, "service": self.span(15.0),
            "calls": self.of(&["sequential", "parallel"]), "blocking": self.chance(0.6),
            "error_rate": if self.chance(0.2) { 0.1 } else { 0.0 }, "error_service": self.maybe(0.3, |d| d.span(2.0)), "startup_s": self.between(0.0, 1.0), "autoscale": autoscale}})
    }

    /// A layered system: a client, perhaps gates, apps, and what they keep things in.
    fn system(&mut self) -> Document {
        let closed = self.chance(0.25);
        let arrivals = if closed {
            json!({"process": "closed", "users": self.whole(1, 40), "think": self.span(100.0)})
        } else {
            let mut open = json!({"process": self.of(&["poisson", "constant", "bursty"]), "rate_rps": self.between(1.0, 400.0),
                "sessions": self.whole(1, 50)});
            if open["process"] == "bursty" {
                (open["burst_mean_s"], open["burst_factor"]) =
                    (json!(self.between(0.01, 1.0)), json!(self.between(1.0, 10.0)));
            }
            open
        };
        // Load stops well before the end, so that everything can drain.
        let profile = json!([[0, 1], [1, self.between(0.0, 2.0)], [3, 1], [3, 0]]);
        let mut nodes = vec![json!({"id": "users", "kind": "client", "params": {
        "arrivals": arrivals, "profile": profile, "deadline_ms": self.maybe(0.3, |d| json!(d.between(1.0, 100.0))),
        "operations": [
            {"name": "read", "weight": 3, "keys": {"count": self.whole(1, 300), "zipf": self.between(0.0, 1.5)}},
            {"name": "write", "access": "write", "priority": self.whole(0, 3)}
        ]}})];
        let mut links = Vec::new();
        let mut last = "users".to_owned();
        if self.chance(0.3) {
            nodes.push(json!({"id": "limit", "kind": "rate_limiter", "params": {"rate_rps": self.between(10.0, 500.0), "burst": self.whole(1, 20), "on_limit": self.of(&["reject", "delay"])}}));
            links.push(self.link(&last, "limit"));
            last = "limit".to_owned();
        }
        let balanced = self.chance(0.6);
        if balanced {
            let algorithm = self.of(&[
                "round_robin",
                "random",
                "weighted",
                "least_connections",
                "power_of_two",
                "least_latency",
                "key_hash",
                "sticky",
            ]);
            let layer = if algorithm != "key_hash" && self.chance(0.3) { 4 } else { 7 };
            let checks = self.maybe(0.5, |d| {
                json!({"interval_ms": d.between(50.0, 1000.0), "timeout_ms": d.between(1.0, 1500.0),
                "unhealthy_after": d.whole(1, 3), "healthy_after": d.whole(1, 3)})
            });
            nodes.push(json!({"id": "lb", "kind": "load_balancer", "params": {"algorithm": algorithm, "layer": layer, "health_check": checks,
                "capacity_rps": self.maybe(0.3, |d| json!(d.between(50.0, 1000.0))), "overhead": self.span(0.5)}}));
            links.push(self.link(&last, "lb"));
            last = "lb".to_owned();
        }
        let fronts = if balanced { self.whole(1, 2) } else { 1 };
        for front in 0..fronts {
            let id = format!("app{front}");
            nodes.push(self.app(&id));
            links.push(self.link(&last, &id));
            if self.chance(0.5) {
                let inner = format!("inner{front}");
                nodes.push(self.app(&inner));
                links.push(self.link(&id, &inner));
            }
            if self.chance(0.6) {
                let (cache, db) = (format!("cache{front}"), format!("db{front}"));
                let writes = self.of(&["invalidate", "through", "behind"]);
                nodes.push(json!({"id": cache, "kind": "cache", "params": {"capacity_entries": self.maybe(0.8, |d| json!(d.whole(1, 200))),
                    "eviction": self.of(&["lru", "lfu", "fifo", "random"]), "lfu_forgets": self.chance(0.3), "coalesce": self.chance(0.4), "lease_ms": self.between(1.0, 300.0),
                    "writes": writes, "write_delay_ms": self.between(1.0, 500.0), "write_batch": self.whole(1, 5),
                    "ttl_s": self.maybe(0.3, |d| json!(d.between(0.01, 2.0))),
                    "lookup": self.span(0.3), "workers": self.maybe(0.3, |d| json!(d.whole(1, 4)))}}));
                let replication = self.maybe(0.6, Draw::replication);
                nodes.push(json!({"id": db, "kind": "database", "params": {"replication": replication, "shards": if self.chance(0.3) { self.whole(2, 4) } else { 1 },
                    "shard_by": self.of(&["hash", "range"]), "on_partition": self.of(&["consistent", "available"]), "workers": self.maybe(0.8, |d| json!(d.whole(1, 8))),
                    "max_connections": self.maybe(0.7, |d| json!(d.whole(1, 30))), "queue_limit": self.maybe(0.3, |d| json!(d.whole(0, 10))),
                    "read": self.span(10.0), "write": self.span(15.0), "startup_s": self.between(0.0, 0.5)}}));
                links.push(self.link(&id, &cache));
                // Through the cache, or beside it.
                let through = self.chance(0.4);
                let mut behind = self.link(if through { &cache } else { &id }, &db);
                if through && writes == "behind" && behind["params"]["timeout_ms"].is_number() {
                    // A write that can never be done in time is tried for ever.
                    behind["params"]["timeout_ms"] = json!(self.between(150.0, 300.0));
                }
                links.push(behind);
            }
            if self.chance(0.4) {
                let (queue, worker) = (format!("queue{front}"), format!("worker{front}"));
                nodes.push(json!({"id": queue, "kind": "queue", "params": {"capacity": self.maybe(0.3, |d| json!(d.whole(1, 50))),
                    "visibility_timeout_s": self.between(0.005, 0.5), "max_attempts": self.whole(1, 4), "dead_letter": self.chance(0.5), "delivery": self.of(&["at_least_once", "at_most_once"]),
                    "on_failure": self.of(&["visibility", "requeue"])}}));
                nodes.push(self.app(&worker));
                links.push(self.link(&id, &queue));
                links.push(self.link(&queue, &worker));
                if self.chance(0.3) {
                    // The consumer is busy with the messages of another queue, or of its callers, too.
                    links.push(self.link(&id, &worker));
                }
            }
            if self.chance(0.1) {
                // A part of the requests comes back, and waits for workers that others hold.
                let mut again = self.link(&id, &id);
                // With retries or hedges it could multiply.
                (again["params"]["retries"], again["params"]["hedge"]) = (json!({"max": 0}), Value::Null);
                (again["params"]["fraction"], again["params"]["timeout_ms"]) =
                    (json!(self.between(0.1, 0.4)), json!(self.between(1.0, 300.0)));
                links.push(again);
            }
        }
        let faults: Vec<Value> = (0..self.whole(0, 5)).map(|_| self.fault(&nodes, &links)).collect();
        document(json!({"headroom": 1, "title": "random system", "nodes": nodes, "links": links, "faults": faults,
            "run": {"duration_s": 200000, "warmup_s": 0.5, "seed": self.whole(0, 1_000_000)}}))
    }

    /// One replica of a node, by its name.
    fn replica(&mut self, node: &Value) -> String {
        let params = node["params"].as_object().cloned().unwrap_or_default();
        let kind = node["kind"].as_str().expect("a kind");
        let (kind, _) = headroom::kinds::read_node(kind, &params, &Place::Document).expect("a registered kind");
        let replicas = kind.capacity().replicas;
        format!("{}#{}", node["id"].as_str().expect("an id"), self.whole(1, replicas))
    }

    /// Two clients of one replicated database, and one thing after another going wrong with it.
    fn replicas(&mut self) -> Document {
        let keys = json!({"count": self.whole(1, 30), "zipf": self.between(0.0, 1.0)});
        let client = |d: &mut Draw, id: &str| {
            json!({"id": id, "kind": "client", "params": {
            "arrivals": {"process": "poisson", "rate_rps": d.between(10.0, 300.0)}, "profile": [[0, 1], [3, 1], [3, 0]],
            "operations": [{"name": format!("get {id}"), "keys": keys}, {"name": format!("put {id}"), "access": "write", "keys": keys}]}})
        };
        let replication = self.replication();
        let processes = replication["replicas"].as_u64().unwrap_or(1) as u32;
        let shards = if self.chance(0.2) { 2 } else { 1 };
        let nodes = [
            client(self, "a"),
            client(self, "b"),
            json!({"id": "db", "kind": "database", "params": {
            "replication": replication, "shards": shards, "on_partition": self.of(&["consistent", "available"]),
            "workers": self.maybe(0.7, |d| json!(d.whole(1, 8))), "max_connections": self.maybe(0.3, |d| json!(d.whole(1, 30))),
            "queue_limit": self.maybe(0.3, |d| json!(d.whole(0, 10))), "read": self.span(8.0), "write": self.span(8.0), "startup_s": self.between(0.0, 0.3)}}),
        ];
        let links = [self.link("a", "db"), self.link("b", "db")];
        let faults: Vec<Value> = (0..self.whole(1, 8))
            .map(|_| {
                let one = format!("db#{}", self.whole(1, processes * shards));
                let some: Vec<String> = (1..=processes * shards)
                    .map(|replica| format!("db#{replica}"))
                    .chain(["a".to_owned(), "b".to_owned()])
                    .filter(|_| self.chance(0.4))
                    .chain([one.clone()])
                    .collect();
                let direction = self.of(&["both", "both", "forward", "backward"]);
                let resume = self.of(&["at_once", "retransmission"]);
                let mut fault = match self.0.below(9) {
                    8 => json!({"fault": self.of(&["slow", "pause"]), "target": one}),
                    0..=2 => json!({"fault": "crash", "target": one}),
                    3 => json!({"fault": "crash", "target": "db"}),
                    4 => json!({"fault": self.of(&["slow", "pause"]), "target": "db"}),
                    _ => json!({"fault": "partition", "between": [some, ["db", "a", "b"]], "direction": direction, "resume": resume}),
                };
                fault["start_s"] = json!(self.between(0.0, 3.0));
                fault["duration_s"] = json!(self.between(0.0, 2.0));
                fault
            })
            .collect();
        document(json!({"headroom": 1, "title": "random replicas", "nodes": nodes, "links": links, "faults": faults,
            "run": {"duration_s": 200000, "warmup_s": 0, "seed": self.whole(0, 1_000_000)}}))
    }

    fn fault(&mut self, nodes: &[Value], links: &[Value]) -> Value {
        let node = nodes[1 + self.0.below(nodes.len() as u32 - 1) as usize].clone();
        let id = node["id"].as_str().expect("an id").to_owned();
        let link = links[self.0.below(links.len() as u32) as usize]["id"].clone();
        let (start_s, duration_s) = (self.between(0.0, 3.0), self.between(0.0, 2.0));
        let resume = self.of(&["at_once", "retransmission"]);
        let mut fault = match self.0.below(17) {
            15 => json!({"fault": "pause", "target": self.replica(&node)}),
            16 => {
                json!({"fault": "errors", "target": self.replica(&node), "ratio": self.between(0.0, 1.0), "service": self.span(2.0)})
            }
            0 | 1 => json!({"fault": "crash", "target": id}),
            2 => json!({"fault": "crash", "target": self.replica(&node)}),
            9 => {
                json!({"fault": "slow", "target": self.replica(&node), "factor": self.between(0.5, 20.0)})
            }
            10 => json!({"fault": "traffic", "target": "users", "factor": self.between(0.0, 3.0)}),
            3 => json!({"fault": "slow", "target": id, "factor": self.between(0.5, 20.0)}),
            4 => json!({"fault": "pause", "target": id}),
            5 => json!({"fault": "errors", "target": id, "ratio": self.between(0.0, 1.0)}),
            6 => json!({"fault": "latency", "links": [link], "add": self.span(50.0)}),
            7 if id.starts_with("cache") => json!({"fault": "cache_flush", "target": id}),
            11 | 12 if node["kind"] == "app" => {
                return json!({"fault": "deploy", "target": id, "graceful": self.chance(0.6),
                    "drain_s": self.between(0.0, 1.0), "max_unavailable": self.whole(1, 3), "start_s": start_s});
            }
            7 => json!({"fault": "loss", "links": [link], "ratio": self.between(0.0, 0.5)}),
            13 | 14 => {
                // Both ends of the link, so that something is severed; and who else it strikes.
                let at = links.iter().find(|it| it["id"] == link).expect("it is one of them");
                let end = |id: &Value| nodes.iter().find(|node| node["id"] == *id).expect("a link's end");
                let (from, to) = (end(&at["from"]).clone(), end(&at["to"]).clone());
                let (mut a, mut b) = (vec![self.replica(&from)], vec![to["id"].as_str().expect("an id").to_owned()]);
                if self.chance(0.5) {
                    a.push(self.replica(&to));
                    b.push(self.replica(&node));
                }
                json!({"fault": "partition", "between": [a, b], "direction": self.of(&["both", "forward", "backward"]), "resume": resume})
            }
            _ => {
                json!({"fault": "partition", "links": [link], "direction": self.of(&["both", "forward", "backward"]), "resume": resume})
            }
        };
        fault["start_s"] = json!(start_s);
        fault["duration_s"] = json!(duration_s);
        fault
    }
}

/// What replication promises, whatever breaks.
fn broken_promise(document: &Document, engine: &Engine<AnyStation>) -> Option<String> {
    for (node, record) in document.nodes.iter().zip(&engine.core().record.nodes) {
        let (counts, replication) = (&record.counts, &node.params.get("replication").cloned().unwrap_or_default());
        let number = |key: &str| replication[key].as_u64().unwrap_or(0);
        let [n, r, w, sync] = ["replicas", "read_quorum", "write_quorum", "sync"].map(number);
        // A change of quorums is a change of what they promise.
        let changes = document
            .changes
            .iter()
            .any(|change| change.set.starts_with(&format!("nodes.{}.params.replication", node.id)));
        let consistent = !changes && node.params.get("on_partition").is_none_or(|it| it == "consistent");
        if replication.is_null() || !consistent {
            continue;
        }
        let quorum = replication["mode"] == "quorum";
        let fresh = if quorum { r + w > n } else { replication["read_from"] == "leader" };
        // Every majority, or half where that is enough, has someone who has the write.
        let durable = quorum || sync + n.div_ceil(2) > n - 1;
        let agreed = !quorum || 2 * w > n;
        for (promise, name, count) in [
            (fresh, "stale reads", counts.stale_reads),
            (durable && agreed, "lost writes", counts.lost_writes),
            (agreed, "conflicting writes", counts.conflicting_writes),
        ] {
            if promise && count > 0 {
                return Some(format!("{}: {count} {name}", node.id));
            }
        }
    }
    None
}

/// How many of the random systems to try: `HEADROOM_SYSTEMS`, else 2000.
fn systems() -> u64 {
    std::env::var("HEADROOM_SYSTEMS").ok().and_then(|n| n.parse().ok()).unwrap_or(2000)
}

/// What is tried. If that panics, wherever it does, the seed and the document are printed.
struct Tried<'a> {
    seed: u64,
    document: &'a Document,
}

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}:\n{}", self.seed, headroom::codec::save(self.document));
        }
    }
}

/// Runs a random system and checks what holds of every one.
fn try_out(seed: u64, document: &Document) -> Engine<AnyStation> {
    let fail = |what: String| -> ! { panic!("{what}") };
    let _tried = Tried { seed, document };
    let closed = document.nodes[0].params["arrivals"]["process"] == "closed";
    let mut engine = scenario(document).engine();
    // The load has stopped at 3 s, and every fault has healed at 5 s.
    let end = from_s(200_000.0);
    let mut look = 0;
    let mut rests = false;
    while engine.now() < end && look < 400 {
        look += 1;
        let until = if look < 60 { engine.now() + from_s(0.1) } else { engine.now() * 2 };
        let progress = engine.advance(until, 200_000);
        if let Err(imbalance) = engine.check_books() {
            fail(format!("at {} ns: {imbalance}", engine.now()));
        }
        // Closed users who neither think nor wait for anything stay at one instant for ever.
        if closed && engine.events() > 300_000 {
            break;
        }
        // Health checks never rest: looked at until nothing else is left.
        rests = engine.now() > from_s(6.0) && engine.check_at_rest().is_ok();
        if progress == Progress::Finished || rests {
            break;
        }
    }
    let gave_up = closed && engine.events() > 300_000;
    if !gave_up && !rests {
        fail(match engine.check_at_rest() {
            Err(left) => left,
            Ok(()) => "it does not come to its end".to_owned(),
        });
    }
    if let Some(broken) = broken_promise(document, &engine) {
        fail(broken);
    }
    if seed.is_multiple_of(40) {
        let mut again = scenario(document).engine();
        while again.events() < engine.events()
            && again.advance(engine.now(), 777.min(engine.events() - again.events())) != Progress::Finished
        {}
        if again.digest() != engine.digest() {
            fail("a rerun in other slices is another run".to_owned());
        }
    }
    engine
}

/// The random system of a seed.
pub fn system(seed: u64) -> Document {
    Draw(Stream::named(seed, "systems", "test")).system()
}

/// What `of` makes of `count` seeds from `HEADROOM_FIRST` (else 0) on, on all processors. A panic in one of them is one of the test.
fn for_each_seed<T: Send>(count: u64, of: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let first = std::env::var("HEADROOM_FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let (next, threads) = (AtomicU64::new(first), std::thread::available_parallelism().map_or(1, |it| it.get()));
    let work = || {
        let mut found = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return found;
            }
            found.push(of(seed));
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|why| resume_unwind(why))).collect()
    })
}

#[test]
fn random_systems_account_for_every_request() {
    let events: u64 = for_each_seed(systems(), |seed| try_out(seed, &system(seed)).events()).into_iter().sum();
    println!("{} systems, {events} events", systems());
}

/// The random system of a seed, with parameters that change while it runs.
pub fn system_with_changes(seed: u64) -> Document {
    let mut document = system(seed);
    let mut rng = Stream::named(seed, "changes", "test");
    for _ in 0..1 + rng.below(6) {
        let found = crate::changes::random_change(&document, &mut rng);
        // The load has to stop, and what always fails has to be given up some time.
        let lets_it_rest = |set: &str| {
            !["profile", "max_attempts", "error_rate", "visibility_timeout_s"].iter().any(|key| set.contains(key))
        };
        document.changes.extend(found.filter(|change| lets_it_rest(&change.set)));
    }
    document
}

#[test]
fn random_systems_whose_parameters_change_account_for_every_request() {
    let counted = for_each_seed(systems() / 2, |seed| {
        let document = system_with_changes(seed);
        try_out(seed, &document);
        document.changes.len()
    });
    let changes: usize = counted.into_iter().sum();
    println!("{} systems, {changes} changes", systems() / 2);
    assert!(systems() < 200 || changes as u64 > systems() / 4, "{changes} changes");
}

#[test]
fn random_replicated_databases_keep_their_guarantees() {
    let counted = for_each_seed(systems() / 2, |seed| {
        let engine = try_out(seed, &Draw(Stream::named(seed, "replicas", "test")).replicas());
        let counts = &engine.core().record.nodes[2].counts;
        [counts.stale_reads, counts.lost_writes, counts.conflicting_writes, counts.failovers, counts.recoveries]
    });
    let mut seen = [0; 5];
    counted.iter().for_each(|these| seen.iter_mut().zip(these).for_each(|(sum, more)| *sum += more));
    println!("stale, lost, conflicting, failovers, recoveries: {seen:?}");
    assert!(systems() < 200 || seen.iter().all(|count| *count > 10), "something never happened: {seen:?}");
}
