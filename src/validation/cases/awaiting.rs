//! Cases for what is being built elsewhere: not in the list until it is there.

use super::*;
use crate::validation::theory::*;

/// To be moved into the families once their features are there; until then the documents name
/// parameters that no kind has.
pub fn awaiting() -> Vec<Case> {
    let mut all = quorums();
    all.extend(frequency());
    all.push(bursts());
    all
}

/// `R` of `N` replicas have answered: family of the fork-join cases.
fn quorums() -> Vec<Case> {
    [(3, 2), (3, 1), (3, 3), (5, 3)]
        .map(|(replicas, quorum)| {
            let replication = json!({
                "mode": "quorum", "replicas": replicas, "read_quorum": quorum, "write_quorum": replicas + 1 - quorum,
            });
            let db = merged(store("db", exponential(10.0)), json!({}));
            let db = node("db", "database", merged(db["params"].clone(), json!({"replication": replication})));
            Case::new(
                format!("quorum-{replicas}-{quorum}"),
                format!("{quorum} of {replicas} replicas, nobody waits"),
                "Order statistics of exponentials (Rényi 1953)",
                document(vec![poisson(200.0), db], chain(&["users", "db"]), 1000.0, 10.0),
            )
            .expect("mean latency, ms", "latency_ms.mean", 10.0 * order_mean(replicas, quorum))
            .percentiles(|q| quantile(q, 10.0, |t| order_beyond(replicas, quorum, libm::exp(-t / 10.0))))
        })
        .into()
}

/// LFU: family of full caches.
fn frequency() -> Vec<Case> {
    [(1000, 1.0, 100), (10, 1.0, 4)]
        .map(|(keys, exponent, capacity)| {
            let users = readers(5000.0, keys, exponent);
            let cache = json!({
                "capacity_entries": capacity, "eviction": "lfu", "lookup": constant(0.0), "workers": null,
            });
            Case::new(
                format!("lfu-{keys}"),
                format!("{keys} keys by Zipf's law, room for {capacity}, lfu"),
                "In the long run the most popular keys are kept (Aho, Denning and Ullman 1971)",
                document(
                    vec![users, relay("app", json!({})), node("cache", "cache", cache), store("db", constant(0.0))],
                    vec![
                        link("users", "app", json!({})),
                        link("app", "cache", json!({})),
                        link("app", "db", json!({})),
                    ],
                    40.0,
                    40.0,
                ),
            )
            .expect("hit ratio", "nodes.cache.hit_ratio", most_popular(&zipf(keys, exponent), capacity))
            .within(0.03)
        })
        .into()
}

/// Bursty arrivals: family of other arrivals. `rate_rps` is the mean over bursts and calm, which
/// both last for an exponential time.
fn bursts() -> Case {
    let (rate, factor, fraction, burst_s) = (50.0, 5.0, 0.1, 0.2);
    let calm = rate * (1.0 - fraction * factor) / (1.0 - fraction);
    let back_s = burst_s * (1.0 - fraction) / fraction;
    let number = mmpp([calm / 1000.0, rate * factor / 1000.0], [0.001 / back_s, 0.001 / burst_s], 10.0);
    let arrivals = json!({
        "process": "bursty", "rate_rps": rate, "burst_factor": factor, "burst_fraction": fraction,
        "burst_mean_s": burst_s,
    });
    Case::new(
        "bursty",
        "Bursts of five times the mean rate, a tenth of the time",
        "MMPP/M/1 by the matrix-geometric method (Neuts 1981)",
        document(vec![client(arrivals), app("app", json!({}))], chain(&["users", "app"]), 20_000.0, 100.0),
    )
    .expect("throughput, /s", "throughput_rps", rate)
    .within(0.01)
    .expect("mean number in the system", "nodes.app.in_system_mean", number)
    .within(0.015)
    .precise(0.12)
    .expect("mean latency, ms", "latency_ms.mean", number / rate * 1000.0)
    .within(0.015)
    .precise(0.12)
}
