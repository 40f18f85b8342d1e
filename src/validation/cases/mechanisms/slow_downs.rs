//! Slow-downs that begin and end in the middle of the work.

use super::*;

fn slow(factor: f64, from_s: f64, to_s: f64) -> Value {
    json!({"fault": "slow", "target": "app", "factor": factor, "start_s": from_s, "duration_s": to_s - from_s})
}

/// So many requests, of which the first comes after one distance.
fn worked(requests: u32, rate: f64, node: Value) -> Document {
    document(vec![first(requests, rate), node], chain(&["users", "app"]), 40.0, 0.0)
}

fn slowed(case: Case, slow_downs: &[(f64, f64, f64)]) -> Case {
    slow_downs.iter().fold(case, |case, (factor, from_s, to_s)| case.fault(slow(*factor, *from_s, *to_s)))
}

pub fn slow_downs() -> Vec<Case> {
    let mut all = Vec::new();
    let single = [
        ("starts", 800.0, vec![(5.0, 1.3, 30.0)], 2800.0, "0.3 s at full speed, and 0.5 s of work at a fifth"),
        (
            "ends",
            800.0,
            vec![(20.0, 0.5, 1.4)],
            1180.0,
            "In 0.4 s 0.02 s of work is done, and the other 0.78 s at full speed",
        ),
        (
            "within",
            1000.0,
            vec![(4.0, 1.2, 2.0)],
            1600.0,
            "0.2 s at full speed, 0.2 s of work in 0.8 s, and 0.6 s at full speed",
        ),
        (
            "twice",
            1000.0,
            vec![(4.0, 1.2, 2.0), (2.0, 2.2, 2.8)],
            1900.0,
            "Done by then: 0.2 s at 1.2 s, 0.4 s at 2.0 s, 0.6 s at 2.2 s, 0.9 s at 2.8 s, and the rest at 2.9 s",
        ),
        (
            "overlapping",
            1000.0,
            vec![(2.0, 1.2, 2.4), (3.0, 1.6, 2.8)],
            6400.0 / 3.0,
            "Speeds 1, 1/2, 1/6, 1/3 and 1 from 1, 1.2, 1.6, 2.4 and 2.8 s on: by 2.8 s two thirds are done",
        ),
        (
            "nested",
            1000.0,
            vec![(2.0, 1.0, 4.0), (5.0, 1.5, 2.5)],
            2800.0,
            "Half speed from 1 s on, and a tenth from 1.5 s to 2.5 s: 0.25 s, 0.1 s, and 0.65 s of work in 1.3 s",
        ),
    ];
    for (name, work, slow_downs, latency, source) in single {
        // Whoever is alone gets all of a worker, whichever way workers are shared.
        for discipline in ["fifo", "processor_sharing"] {
            let node = app("app", json!({"discipline": discipline, "service": constant(work)}));
            let words = discipline.replace('_', " ");
            all.push(slowed(
                certain(
                    format!("slow-{name}-{}", discipline.replace('_', "-")),
                    format!("One request of {} s at 1 s, {words}, a slow-down: {name}", work / 1000.0),
                    source,
                    worked(1, 1.0, node),
                )
                .expect(LATENCY.0, LATENCY.1, latency)
                .within(1e-6),
                &slow_downs,
            ));
        }
    }
    let database = with(store("app", constant(1000.0)), json!({"workers": 1}));
    all.push(slowed(
        certain(
            "slow-database",
            "One statement of 1 s at 1 s, a slow-down of its database",
            "0.2 s at full speed, 0.2 s of work in 0.8 s, and 0.6 s at full speed",
            worked(1, 1.0, database),
        )
        .exactly(LATENCY.0, LATENCY.1, 1600.0),
        &[(4.0, 1.2, 2.0)],
    ));
    all.push(slowed(
        certain(
            "slow-fifo-two",
            "Requests of 0.8 s at 0.5 s and 1 s, one worker, a quarter of the speed from 0.7 s to 1.5 s",
            "The first is done after 0.2 + 0.8 + 0.4 s, at 1.9 s, and the second at 2.7 s",
            worked(2, 2.0, app("app", json!({"service": constant(800.0)}))),
        )
        .exactly(LATENCY.0, LATENCY.1, 1550.0)
        .exactly(LONGEST.0, LONGEST.1, 1700.0),
        &[(4.0, 0.7, 1.5)],
    ));
    let shared = || app("app", json!({"discipline": "processor_sharing", "service": constant(800.0)}));
    let before = "At 1.2 s 0.2 s and 0.7 s are left, and each goes on at a quarter: the first is done at 2 s";
    all.push(slowed(
        certain(
            "slow-shared-two",
            "Requests of 0.8 s at 0.5 s and 1 s share a worker, half of the speed from 1.2 s to 2.4 s",
            &format!("{before}; the second has 0.5 s left then, 0.3 s at 2.4 s, and is done at 2.7 s"),
            worked(2, 2.0, shared()),
        )
        .exactly(LATENCY.0, LATENCY.1, 1600.0)
        .exactly(LONGEST.0, LONGEST.1, 1700.0),
        &[(2.0, 1.2, 2.4)],
    ));
    all.push(slowed(
        certain(
            "slow-shared-overlapping",
            "The same, and a third of the speed from 2 s to 3.2 s",
            &format!("{before}; the second goes on at 1/6 until 2.4 s and at 1/3 until 3.2 s, when a sixth of a second is left"),
            worked(2, 2.0, shared()),
        )
        .exactly(LATENCY.0, LATENCY.1, (1500.0 + 7100.0 / 3.0) / 2.0)
        .exactly(LONGEST.0, LONGEST.1, 7100.0 / 3.0),
        &[(2.0, 1.2, 2.4), (3.0, 2.0, 3.2)],
    ));
    for (replicas, factor) in [(2u32, 10.0), (5, 21.0)] {
        let node = app("app", json!({"workers": null, "replicas": replicas, "service": constant(10.0)}));
        let n = f64::from(replicas);
        all.push(
            certain(
                format!("slow-one-of-{replicas}"),
                format!("One of {replicas} replicas takes {factor} times as long"),
                "One request in n is slow, and none waits: work · (1 + (factor − 1)/n)",
                worked(600 * replicas, 20.0 * n, node),
            )
            .fault(json!({"fault": "slow", "target": "app#1", "factor": factor, "start_s": 0, "duration_s": null}))
            .exactly(LATENCY.0, LATENCY.1, 10.0 * (1.0 + (factor - 1.0) / n)),
        );
    }
    all
}
