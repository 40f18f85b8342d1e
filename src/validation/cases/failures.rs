//! Crashes, partitions, and failures that outlast their cause.

use super::*;

pub fn faults() -> Vec<Case> {
    let lone =
        |params: Value| document(vec![poisson(100.0), relay("app", params)], chain(&["users", "app"]), 190.0, 10.0);
    let crash = Case::new(
        "crash",
        "A crash of 20 s and 10 s of start-up, in 190 s",
        "Whoever comes meanwhile is refused: the share of the time",
        lone(json!({"startup_s": 10})),
    )
    .fault(json!({"fault": "crash", "target": "app", "start_s": 100, "duration_s": 20}))
    .expect("share refused", "requests.failures.unreachable / requests.offered", 30.0 / 190.0)
    .within(0.01)
    .expect("goodput after it, /s", "series.throughput_rps @ 131..200", 100.0)
    .within(0.01);
    // A share of D/T of the requests is held back, each for a uniform part of D.
    let (held, total) = (20.0, 190.0);
    let cut = Case::new(
        "partition",
        "A link cut for 20 s, no timeout",
        "Silence, then everything arrives: those held back wait for 0 to 20 s, uniformly",
        lone(json!({})),
    )
    .fault(json!({"fault": "partition", "links": ["users-app"], "start_s": 100, "duration_s": held}))
    .expect("mean latency, ms", "latency_ms.mean", held * held / (2.0 * total) * 1000.0)
    .within(0.01)
    .tail("99th percentile of latency, ms", "latency_ms.p99", held * (1.0 - 0.01 * total / held) * 1000.0)
    .expect("share that fails", "requests.failed / requests.offered", 0.0)
    .expect("goodput during it, /s", "series.throughput_rps @ 101..120", 0.0)
    .expect("goodput after it, /s", "series.throughput_rps @ 121..200", 100.0)
    .within(0.01);
    let slow = Case::new(
        "slow",
        "Work of 10 ms takes ten times as long for 50 s of 190 s",
        "Without a queue: the mean over both",
        document(vec![poisson(100.0), app("app", json!({"workers": null}))], chain(&["users", "app"]), 190.0, 10.0),
    )
    .fault(json!({"fault": "slow", "target": "app", "factor": 10, "start_s": 100, "duration_s": 50}))
    .expect("mean latency, ms", "latency_ms.mean", 10.0 + 90.0 * 50.0 / 190.0)
    .within(0.01);
    vec![crash, cut, slow]
}

/// Capacity for exactly 300 requests a second: three workers, 10 ms each.
fn vulnerable(offered: f64, server: Value, policy: Value, duration_s: f64) -> Document {
    let server = merged(json!({"workers": 3, "service": constant(10.0)}), server);
    let policy = merged(json!({"timeout_ms": 1000}), policy);
    document(vec![poisson(offered), app("app", server)], vec![link("users", "app", policy)], duration_s - 10.0, 10.0)
}

const PAUSE_S: f64 = 60.0;
const OUTAGE_S: f64 = 10.0;

impl Case {
    /// Nothing is done for ten seconds, one minute into the run.
    fn outage(self) -> Case {
        self.fault(json!({"fault": "pause", "target": "app", "start_s": PAUSE_S, "duration_s": OUTAGE_S}))
    }

    /// All is well until the outage.
    fn well_before(self, offered: f64) -> Case {
        self.expect("goodput before, /s", "series.throughput_rps @ 10..60", offered).within(0.01)
    }

    /// All is well again at last.
    fn well_after(self, offered: f64) -> Case {
        self.expect("goodput at the end, /s", "series.throughput_rps @ 300..400", offered)
            .within(0.01)
            .expect("failures at the end, /s", "series.failed_rps @ 300..400", 0.0)
            .expect("retries at the end, /s", "series.retries_rps @ 300..400", 0.0)
    }

    /// It stays down: every request is tried twice, and every answer comes too late.
    fn stuck(self, offered: f64) -> Case {
        self.expect("goodput at the end, /s", "series.throughput_rps @ 300..400", 0.0)
            .expect("failures at the end, /s", "series.failed_rps @ 300..400", offered)
            .within(0.01)
            .expect("retries at the end, /s", "series.retries_rps @ 300..400", offered)
            .within(0.01)
    }
}

pub fn metastable() -> Vec<Case> {
    let source = "Bronson et al., Metastable failures in distributed systems (HotOS 2021)";
    let once = || json!({"retries": {"max": 1, "backoff": {"base_ms": 0, "cap_ms": 0, "jitter": "none"}}});
    let mut all = Vec::new();
    for offered in [100.0, 140.0] {
        // When the outage is over, requests of ten seconds and retries of nine have piled up. What
        // comes doubled is less than what is served, so the pile shrinks, until a request is
        // served within its second: all that started up to a second before then have failed.
        let piled = offered * (2.0 * OUTAGE_S - 1.0);
        let until = OUTAGE_S + (piled - 300.0) / (300.0 - 2.0 * offered);
        all.push(
            Case::new(
                format!("recovers-{offered}"),
                format!("{offered} requests a second: recovers"),
                source,
                vulnerable(offered, json!({}), once(), 400.0),
            )
            .outage()
            .well_before(offered)
            .expect("requests that fail", "requests.failed", offered * (until - 1.0))
            .within(0.03)
            .precise(0.15)
            .well_after(offered)
            .seeds(40),
        );
    }
    for offered in [160.0, 200.0, 280.0] {
        all.push(
            Case::new(
                format!("stuck-{offered}"),
                format!("{offered} requests a second: stays down"),
                source,
                vulnerable(offered, json!({}), once(), 400.0),
            )
            .outage()
            .well_before(offered)
            .stuck(offered),
        );
    }
    all.push(
        Case::new(
            "untroubled-280",
            "280 requests a second, without an outage: runs for ever",
            source,
            vulnerable(280.0, json!({}), once(), 400.0),
        )
        .whole()
        .well_before(280.0)
        .well_after(280.0),
    );
    all.push(
        Case::new(
            "no-retries-280",
            "280 requests a second, no retries: recovers",
            "Without the loop that keeps it going, the backlog of the outage drains at 20 a second",
            vulnerable(280.0, json!({}), json!({}), 400.0),
        )
        .outage()
        .well_before(280.0)
        .well_after(280.0),
    );
    all.push(
        Case::new(
            "short-queue-280",
            "280 requests a second, a queue of 150: recovers",
            "What waits in a short queue is still wanted: load is shed instead of served too late",
            vulnerable(280.0, json!({"queue_limit": 150}), once(), 400.0),
        )
        .outage()
        .well_before(280.0)
        .well_after(280.0),
    );
    all.push(
        Case::new(
            "shed-280",
            "280 requests a second, throttled to a tenth for 100 s: recovers",
            "Below the threshold the backlog drains; above it, once empty, the system stays well",
            vulnerable(280.0, json!({}), once(), 400.0),
        )
        .outage()
        .fault(json!({"fault": "traffic", "target": "users", "factor": 0.1, "start_s": 100, "duration_s": 100}))
        .well_before(280.0)
        .expect("goodput while it is down, /s", "series.throughput_rps @ 75..100", 0.0)
        .well_after(280.0),
    );
    all
}
