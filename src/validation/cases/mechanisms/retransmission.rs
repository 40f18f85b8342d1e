//! Partitions that end: at once, or with the next retransmission of each message.

use super::*;

/// The retransmissions of a message, seconds after it was sent: 0.2 · (2^k − 1).
fn retransmissions() -> impl Iterator<Item = f64> {
    (1..).map(|k| 0.2 * (libm::pow(2.0, f64::from(k)) - 1.0))
}

/// The first retransmission of a message that is held back for so long.
fn next(held_s: f64) -> f64 {
    retransmissions().find(|after_s| *after_s >= held_s).unwrap_or_default()
}

const RESUMES: [&str; 2] = ["at_once", "retransmission"];

pub fn retransmission() -> Vec<Case> {
    let mut all = single();
    all.extend(many());
    all.extend(given_up());
    all.extend(one_way());
    all
}

/// One request at 1 s: 30 ms of work, 20 ms each way.
fn single() -> Vec<Case> {
    let mut all = Vec::new();
    let (work, way) = (30.0, 20.0);
    for (direction, sent_s) in [("forward", 1.0), ("backward", 1.0 + (work + way) / 1000.0)] {
        for end_s in [1.15, 1.5, 2.0, 3.9, 5.0] {
            let message = if direction == "forward" { "request" } else { "answer" };
            let after_s = next(end_s - sent_s);
            all.push(
                certain(
                    format!("retransmitted-{message}-{end_s}"),
                    format!("The {message} of {sent_s} s meets a partition until {end_s} s"),
                    &format!("It goes on at its first retransmission after that, {after_s:.1} s after it was sent"),
                    document(
                        vec![first(1, 1.0), app("app", json!({"service": constant(work)}))],
                        vec![link("users", "app", json!({"latency": constant(way)}))],
                        20.0,
                        0.0,
                    ),
                )
                .fault(json!({
                    "fault": "partition", "links": ["users-app"], "direction": direction,
                    "resume": "retransmission", "start_s": 0.9, "duration_s": end_s - 0.9,
                }))
                .exactly(LATENCY.0, LATENCY.1, after_s * 1000.0 + work + 2.0 * way),
            );
        }
    }
    all
}

/// Poisson requests, of which a partition holds a share back.
fn many() -> Vec<Case> {
    let total_s = 190.0;
    [2.0, 5.0, 12.0]
        .map(|held_s| {
            // Uniform over the partition: each retransmission serves those held back since the one before.
            let mut since_s = 0.0;
            let mut waits_s = 0.0;
            for after_s in retransmissions() {
                let until_s = after_s.min(held_s);
                waits_s += (until_s - since_s) * after_s;
                since_s = until_s;
                if after_s >= held_s {
                    break;
                }
            }
            Case::new(
                format!("retransmission-{held_s}"),
                format!("A partition of {held_s} s of {total_s} s, retransmission"),
                "Those held back for at most 0.2 s wait 0.2 s, then for at most 0.6, 1.4, 3, 6.2, … s as long",
                document(vec![poisson(100.0), relay("app", json!({}))], chain(&["users", "app"]), total_s, 10.0),
            )
            .fault(merged(cut("users", "app", 100.0, held_s), json!({"resume": "retransmission"})))
            .expect(LATENCY.0, LATENCY.1, waits_s / total_s * 1000.0)
            .within(0.02)
            .precise(0.15)
            .expect(LONGEST.0, LONGEST.1, next(held_s) * 1000.0)
            .within(0.001)
        })
        .into()
}

/// Ten requests a second, given up after a second; a partition of five, from 19.95 s on.
fn given_up() -> Vec<Case> {
    let waits = |by_s: f64| (0..50).filter(|i| 4.95 - 0.1 * f64::from(*i) <= by_s).count() as f64;
    RESUMES
        .map(|resume| {
            // The last retransmission within a second is that after 0.6 s.
            let (passes, source) = if resume == "at_once" {
                (
                    waits(1.0),
                    "All 50 messages arrive at the end; those sent a second before it or later are still waited for",
                )
            } else {
                (waits(0.6), "Only what is sent again within its second arrives, 0.2 s or 0.6 s after it was sent")
            };
            let arrive = if resume == "at_once" { 390.0 } else { 340.0 + passes };
            certain(
                format!("given-up-{}", resume.replace('_', "-")),
                format!("Ten requests a second, given up after 1 s, a partition of 5 s, {}", resume.replace('_', " ")),
                source,
                document(
                    vec![first(390, 10.0), relay("app", json!({}))],
                    vec![link("users", "app", json!({"timeout_ms": 1000}))],
                    60.0,
                    0.0,
                ),
            )
            .fault(merged(cut("users", "app", 19.95, 5.0), json!({"resume": resume})))
            .exactly("requests that time out", "requests.failures.timeout", 50.0 - passes)
            .exactly("requests that arrive", "nodes.app.arrivals", arrive)
            .exactly("work that is wasted", "nodes.app.wasted", arrive - 340.0 - passes)
        })
        .into()
}

/// Only the answers are held back: the work is done all the same.
fn one_way() -> Vec<Case> {
    [("forward", 0.0), ("backward", 40.0)]
        .map(|(direction, wasted)| {
            let held = if direction == "forward" { "requests" } else { "answers" };
            certain(
                format!("cut-{held}"),
                format!("Ten requests a second, given up after 0.5 s, a partition of 4.5 s that holds back {held}"),
                "Those of its first 4 s time out; their work is done at the time only if it is the answers that are held back",
                document(
                    vec![first(390, 10.0), app("app", json!({"workers": 50, "service": constant(20.0)}))],
                    vec![link("users", "app", json!({"timeout_ms": 500}))],
                    60.0,
                    0.0,
                ),
            )
            .fault(merged(cut("users", "app", 19.95, 4.5), json!({"direction": direction})))
            .exactly("requests that time out", "requests.failures.timeout", 40.0)
            .exactly("busy workers of fifty meanwhile", "series.nodes.app.utilization @ 20..24", wasted * 0.02 / 4.0 / 50.0)
        })
        .into()
}
