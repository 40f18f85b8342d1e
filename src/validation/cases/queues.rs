//! One station under open load.

use super::*;
use crate::validation::theory::*;

const MEAN: (&str, &str) = ("mean response, ms", "nodes.app.response_ms.mean");
const WAIT: (&str, &str) = ("mean wait, ms", "nodes.app.wait_ms.mean");
const REJECTED: &str = "nodes.app.rejected / nodes.app.arrivals";

pub fn one_server() -> Vec<Case> {
    [(0.5, 200_000.0), (0.8, 400_000.0), (0.9, 700_000.0)]
        .map(|(load, requests)| {
            let mean = 10.0 / (1.0 - load);
            Case::new(
                format!("mm1-{load}"),
                format!("M/M/1 at {} % load", load * 100.0),
                "Erlang (1917): the response is exponential with mean S / (1 − ρ)",
                station(100.0 * load, json!({}), requests),
            )
            .expect(MEAN.0, MEAN.1, mean)
            .expect(WAIT.0, WAIT.1, mean * load)
            .precise(0.08)
            .expect("mean number in the system", "nodes.app.in_system_mean", load / (1.0 - load))
            .precise(0.08)
            .expect("mean number waiting", "nodes.app.queue_mean", load * load / (1.0 - load))
            .precise(0.1)
            .expect("utilization", "nodes.app.utilization", load)
            .expect("throughput, /s", "throughput_rps", 100.0 * load)
            .percentiles(|q| exponential_quantile(mean, q))
            .tail("90th percentile of latency, ms", "latency_ms.p90", exponential_quantile(mean, 0.9))
            .tail("99.9th percentile of latency, ms", "latency_ms.p999", exponential_quantile(mean, 0.999))
            .precise(0.3)
        })
        .into()
}

pub fn servers() -> Vec<Case> {
    [(2, 0.7), (4, 0.8), (8, 0.9), (16, 0.8), (64, 0.9)]
        .map(|(servers, load)| {
            let rate = 100.0 * f64::from(servers) * load;
            let theory = Mmc { servers, rate: rate / 1000.0, service: 10.0 };
            Case::new(
                format!("mmc-{servers}-{load}"),
                format!("M/M/{servers} at {} % load", load * 100.0),
                "Erlang C (1917)",
                station(rate, json!({"workers": servers}), 350_000.0),
            )
            .expect(MEAN.0, MEAN.1, theory.response())
            .expect(WAIT.0, WAIT.1, theory.wait())
            .within(0.01)
            .precise(0.25)
            .expect("mean number in the system", "nodes.app.in_system_mean", theory.response() * rate / 1000.0)
            .expect("utilization", "nodes.app.utilization", load)
            .percentiles(|q| theory.quantile(q))
        })
        .into()
}

pub fn laws() -> Vec<Case> {
    let known = [
        ("constant", constant(10.0), DistributionKind::Constant(10.0)),
        ("uniform", json!({"dist": "uniform", "min_ms": 5, "max_ms": 15}), DistributionKind::Uniform(5.0, 15.0)),
        ("gamma", json!({"dist": "gamma", "mean_ms": 10, "cv": 0.5}), DistributionKind::Erlang(4, 2.5)),
        (
            "hyperexponential",
            json!({"dist": "hyperexponential", "mean_ms": 10, "cv": 2}),
            DistributionKind::hyperexponential(10.0, 2.0),
        ),
    ]
    .map(|(name, service, law)| {
        let wait = pollaczek_khinchine(0.07, law.mean(), law.cv2());
        Case::new(
            format!("mg1-{name}"),
            format!("M/G/1 at 70 % load, {name} service"),
            "Pollaczek (1930) and Khinchine (1932); percentiles from their transform",
            station(70.0, json!({"service": service}), 250_000.0),
        )
        .expect(WAIT.0, WAIT.1, wait)
        .within(0.01)
        .precise(0.1)
        .expect(MEAN.0, MEAN.1, wait + 10.0)
        .percentiles(|q| quantile(q, wait + 10.0, |t| mg1_beyond(0.07, law, t)))
    });
    // Of these there is no transform: means alone.
    let means = [
        ("log-normal", json!({"dist": "log_normal", "mean_ms": 10, "cv": 1.4}), 10.0, 1.96),
        // Mean a·m/(a − 1) and cv² = 1/(a(a − 2)) for a tail index a.
        ("pareto", json!({"dist": "pareto", "min_ms": 8, "shape": 5, "max_ms": null}), 10.0, 1.0 / 15.0),
        // Half of the mass between 0 and 10 ms, half between 10 and 20 ms.
        ("empirical", json!({"dist": "empirical", "points_ms": [[0, 0], [0.5, 10], [1, 20]]}), 10.0, 1.0 / 3.0),
    ]
    .map(|(name, service, mean, cv2)| {
        let wait = pollaczek_khinchine(0.07, mean, cv2);
        Case::new(
            format!("mg1-{name}"),
            format!("M/G/1 at 70 % load, {name} service"),
            "Pollaczek (1930) and Khinchine (1932)",
            station(70.0, json!({"service": service}), 250_000.0),
        )
        .expect(WAIT.0, WAIT.1, wait)
        .within(0.01)
        .precise(0.12)
        .expect(MEAN.0, MEAN.1, wait + mean)
    });
    known.into_iter().chain(means).chain([reads_and_writes()]).collect()
}

/// A database with short reads and long writes: a mixture of two exponential laws.
fn reads_and_writes() -> Case {
    let law = DistributionKind::Hyperexponential(0.9, [5.0, 55.0]);
    let wait = pollaczek_khinchine(0.06, law.mean(), law.cv2());
    let operations = json!([
        {"name": "look", "weight": 9, "access": "read"},
        {"name": "buy", "weight": 1, "access": "write"},
    ]);
    let users =
        node("users", "client", json!({"arrivals": {"process": "poisson", "rate_rps": 60}, "operations": operations}));
    let db = node(
        "db",
        "database",
        json!({"workers": 1, "max_connections": null, "read": exponential(5.0), "write": exponential(55.0)}),
    );
    Case::new(
        "mg1-reads-and-writes",
        "One statement at a time: 90 % short reads, 10 % long writes",
        "Pollaczek (1930) and Khinchine (1932), of a mixture",
        document(vec![users, db], chain(&["users", "db"]), 4000.0, WARM_S),
    )
    .expect("mean latency of reads, ms", "operations.look.latency_ms.mean", wait + 5.0)
    .within(0.01)
    .precise(0.12)
    .expect("mean latency of writes, ms", "operations.buy.latency_ms.mean", wait + 55.0)
    .within(0.01)
    .tail(
        "99th percentile of latency, ms",
        "latency_ms.p99",
        quantile(0.99, wait + 10.0, |t| mg1_beyond(0.06, law, t)),
    )
}

pub fn rooms() -> Vec<Case> {
    let cases =
        [(1u32, 10u32, 0.8), (1, 6, 0.9), (1, 10, 1.2), (4, 12, 0.9), (4, 8, 1.5)].map(|(servers, room, load)| {
            let rate = 100.0 * f64::from(servers) * load;
            let p = mmck(servers, room, rate / 1000.0, 10.0);
            let lost = p[room as usize];
            let served = rate * (1.0 - lost);
            let mean = mean_state(&p) / served * 1000.0;
            let limits = json!({"workers": servers, "queue_limit": room - servers});
            let case = Case::new(
                format!("mmck-{servers}-{room}-{load}"),
                format!("M/M/{servers}/{room} at {} % load", (load * 100.0 + 0.5).floor()),
                "Birth and death; those let in find n with probability p(n) / (1 − p(K))",
                station(rate, limits, 250_000.0),
            )
            .expect("share rejected", REJECTED, lost)
            .within(0.01)
            .precise(0.15)
            .expect("mean number in the system", "nodes.app.in_system_mean", mean_state(&p))
            .expect("throughput, /s", "throughput_rps", served)
            .expect(MEAN.0, MEAN.1, mean);
            if servers > 1 {
                return case;
            }
            let ahead: Vec<f64> = p[..room as usize].iter().map(|p| p / (1.0 - lost)).collect();
            case.percentiles(|q| quantile(q, mean, |t| behind_beyond(&ahead, 10.0, t)))
        });
    let p = mmck(4, 12, 0.36, 10.0);
    let db = node(
        "db",
        "database",
        json!({"workers": 4, "max_connections": 12, "read": exponential(10.0), "write": exponential(10.0)}),
    );
    let connections = Case::new(
        "mmck-connections",
        "A database with 4 statements at once and 12 connections",
        "M/M/4/12: a connection is held while a statement waits",
        document(vec![poisson(360.0), db], chain(&["users", "db"]), 1000.0, WARM_S),
    )
    .expect("share rejected", "requests.failures.rejected / requests.offered", p[12])
    .within(0.01)
    .precise(0.15)
    .expect("mean number in the system", "nodes.db.in_system_mean", mean_state(&p));
    cases.into_iter().chain([connections]).collect()
}

pub fn losses() -> Vec<Case> {
    [
        ("exponential", 10, 8.0, exponential(10.0)),
        ("constant", 10, 8.0, constant(10.0)),
        ("log-normal", 10, 8.0, json!({"dist": "log_normal", "mean_ms": 10, "cv": 2})),
        ("exponential", 2, 3.0, exponential(10.0)),
        ("exponential", 64, 60.0, exponential(10.0)),
    ]
    .map(|(law, servers, load, service)| {
        let lost = erlang_b(servers, load);
        Case::new(
            format!("erlang-b-{servers}-{law}"),
            format!("{servers} workers, no queue, {load} erlang, {law} service"),
            "Erlang B (1917); insensitive to the law (Sevastyanov 1957)",
            station(load * 100.0, json!({"workers": servers, "queue_limit": 0, "service": service}), 200_000.0),
        )
        .expect("share rejected", REJECTED, lost)
        .within(0.01)
        .expect("utilization", "nodes.app.utilization", load * (1.0 - lost) / f64::from(servers))
    })
    .into()
}

pub fn disciplines() -> Vec<Case> {
    let shared = [
        ("exponential", exponential(10.0)),
        ("constant", constant(10.0)),
        ("hyperexponential", json!({"dist": "hyperexponential", "mean_ms": 10, "cv": 2})),
    ]
    .map(|(law, service)| {
        Case::new(
            format!("ps-{law}"),
            format!("One shared worker at 70 % load, {law} service"),
            "M/G/1-PS: S / (1 − ρ), whatever the law (Kleinrock 1967)",
            station(70.0, json!({"discipline": "processor_sharing", "service": service}), 350_000.0),
        )
        .expect(MEAN.0, MEAN.1, 10.0 / 0.3)
        .within(0.01)
        .expect("mean number in the system", "nodes.app.in_system_mean", 7.0 / 3.0)
        .within(0.01)
    });
    let four = Mmc { servers: 4, rate: 0.32, service: 10.0 };
    let several = Case::new(
        "ps-4-workers",
        "Four shared workers at 80 % load, log-normal service",
        "M/G/c-PS has the means of M/M/c (Cohen 1979)",
        station(
            320.0,
            json!({"workers": 4, "discipline": "processor_sharing", "service": {"dist": "log_normal", "mean_ms": 10, "cv": 1.4}}),
            300_000.0,
        ),
    )
    .expect(MEAN.0, MEAN.1, four.response())
    .within(0.01);
    let beyond = |t: f64| lifo_beyond(0.08, 10.0, t);
    let lifo = Case::new(
        "lifo",
        "Last come, first served, at 80 % load",
        "M/M/1-LCFS: the mean of first come first served, and the tail of a busy period (Wishart 1960)",
        station(80.0, json!({"discipline": "lifo"}), 350_000.0),
    )
    .expect(MEAN.0, MEAN.1, 50.0)
    .within(0.01)
    .percentiles(|q| quantile(q, 50.0, beyond))
    .tail("99.9th percentile of latency, ms", "latency_ms.p999", quantile(0.999, 50.0, beyond))
    .precise(0.3);
    let operations = json!([
        {"name": "urgent", "weight": 1, "priority": 5},
        {"name": "patient", "weight": 1, "priority": 1},
    ]);
    let users =
        node("users", "client", json!({"arrivals": {"process": "poisson", "rate_rps": 80}, "operations": operations}));
    let waits = cobham([0.04, 0.04], 10.0);
    let priority = Case::new(
        "priority",
        "Two priorities at 80 % load",
        "Cobham (1954): priorities that do not interrupt",
        document(vec![users, app("app", json!({"discipline": "priority"}))], chain(&["users", "app"]), 4000.0, WARM_S),
    )
    .expect("mean latency of urgent ones, ms", "operations.urgent.latency_ms.mean", waits[0] + 10.0)
    .expect("mean latency of the others, ms", "operations.patient.latency_ms.mean", waits[1] + 10.0)
    .within(0.01);
    shared.into_iter().chain([several, lifo, priority]).collect()
}

pub fn arrivals() -> Vec<Case> {
    let metronome = [0.5, 0.8].map(|load| {
        let mean = gim1(Gaps::Constant, load / 10.0, 10.0);
        let arrivals = json!({"process": "constant", "rate_rps": 100.0 * load});
        Case::new(
            format!("dm1-{load}"),
            format!("Evenly spaced requests at {} % load", load * 100.0),
            "GI/M/1: the response is exponential with mean S / (1 − σ) (Kendall 1953)",
            document(vec![client(arrivals), app("app", json!({}))], chain(&["users", "app"]), 4000.0, WARM_S),
        )
        .expect(MEAN.0, MEAN.1, mean)
        .expect("throughput, /s", "throughput_rps", 100.0 * load)
        .percentiles(|q| exponential_quantile(mean, q))
    });
    let ramp = node(
        "users",
        "client",
        json!({
            "arrivals": {"process": "poisson", "rate_rps": 200},
            "profile": [[0, 0], [100, 1], [200, 0]],
            "operations": [{"name": "get"}],
        }),
    );
    let ramp = Case::new(
        "profile",
        "A rate that rises and falls",
        "Poisson process with the rate of the profile: the integral of the rate",
        document(vec![ramp, relay("app", json!({}))], chain(&["users", "app"]), 200.0, 0.0),
    )
    .expect("requests", "requests.offered", 20_000.0)
    .expect("rate in the first quarter, /s", "series.throughput_rps @ 0..50", 50.0)
    .expect("rate in the third quarter, /s", "series.throughput_rps @ 100..150", 150.0)
    .seeds(20)
    .whole();
    metronome.into_iter().chain([ramp, bursts()]).collect()
}

/// `rate_rps` is the mean over bursts and calm, which both last for an exponential time.
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
