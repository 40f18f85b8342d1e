//! The worker never sends more snapshots than the page draws.

use crate::examples::examples;
use headroom::model::Document;
use headroom::protocol::{FromWorker, ToWorker};
use headroom::record::node_metrics::RESPONSE_P99_MS;
use headroom::record::series::RunSeries;
use headroom::report::snapshot::Snapshot;
use headroom::session::Session;
use std::cell::Cell;

fn shop() -> Document {
    let mut document = examples()[0].document();
    (document.run.duration_s, document.run.warmup_s) = (30.0, 1.0);
    document
}

/// A session that plays the shop, with a made-up clock that it looks at every 40 ms.
struct Playing {
    session: Session,
    clock_ms: Cell<f64>,
}

impl Playing {
    /// With the messages of the start.
    fn new(speed: Option<f64>) -> (Playing, Vec<FromWorker>) {
        let mut session = Session::new();
        session.receive(ToWorker::Speed(speed), 0.0);
        let messages = session.receive(ToWorker::Load { run: 1, document: Box::new(shop()), play: true }, 0.0);
        (Playing { session, clock_ms: Cell::new(0.0) }, messages)
    }

    fn receive(&mut self, message: ToWorker) -> Vec<FromWorker> {
        self.session.receive(message, self.clock_ms.get())
    }

    fn step(&mut self) -> Vec<FromWorker> {
        let step = self.session.step(|| {
            self.clock_ms.set(self.clock_ms.get() + 20.0);
            self.clock_ms.get()
        });
        step.messages
    }

    /// The messages of so many steps.
    fn steps(&mut self, count: usize) -> Vec<FromWorker> {
        (0..count).flat_map(|_| self.step()).collect()
    }
}

fn snapshots(messages: &[FromWorker]) -> Vec<&Snapshot> {
    let all = messages.iter().filter_map(|message| match message {
        FromWorker::Snapshot(snapshot) => Some(snapshot.as_ref()),
        _ => None,
    });
    all.collect()
}

#[test]
fn sends_no_snapshot_while_the_last_one_is_not_drawn() {
    let (mut playing, first) = Playing::new(Some(1.0));
    assert_eq!(snapshots(&first).len(), 1, "one to begin with");
    assert_eq!(playing.steps(50), []);
    assert_eq!(playing.receive(ToWorker::SnapshotDrawn), []);
    assert_eq!(snapshots(&playing.steps(50)).len(), 1, "one for each that was drawn");
}

#[test]
fn a_snapshot_follows_a_drawn_one_not_too_soon() {
    let (mut playing, _) = Playing::new(Some(1.0));
    let mut sent_at_ms = Vec::new();
    for _ in 0..100 {
        playing.receive(ToWorker::SnapshotDrawn);
        if !playing.step().is_empty() {
            sent_at_ms.push(playing.clock_ms.get());
        }
    }
    assert!(sent_at_ms.len() > 20, "{sent_at_ms:?}");
    assert!(sent_at_ms.windows(2).all(|pair| pair[1] - pair[0] >= 100.0), "{sent_at_ms:?}");
}

#[test]
fn a_pause_is_answered_while_a_snapshot_is_not_drawn() {
    let (mut playing, _) = Playing::new(Some(1.0));
    playing.steps(10);
    let answer = playing.receive(ToWorker::Pause);
    let [paused] = snapshots(&answer)[..] else { panic!("{answer:?}") };
    assert!(!paused.running && paused.now_s > 0.0);
    playing.receive(ToWorker::Play);
    playing.receive(ToWorker::SnapshotDrawn);
    assert_eq!(playing.steps(10), [], "the pause's own is not drawn yet");
    playing.receive(ToWorker::SnapshotDrawn);
    assert_eq!(snapshots(&playing.steps(10)).len(), 1);
}

#[test]
fn the_end_is_reported_while_a_snapshot_is_not_drawn() {
    let (mut playing, mut messages) = Playing::new(None);
    while !matches!(messages.last(), Some(FromWorker::Finished { .. })) {
        messages.extend(playing.step());
    }
    let [_, last] = snapshots(&messages)[..] else { panic!("{} messages", messages.len()) };
    assert!(last.finished && !last.running);
}

#[test]
fn bins_that_were_not_sent_come_with_the_next_snapshot() {
    let series = |draws_every: usize| {
        let (mut playing, mut messages) = Playing::new(Some(4.0));
        let mut series = RunSeries::default();
        for step in 0.. {
            for snapshot in snapshots(&messages) {
                series.absorb(&snapshot.bins);
            }
            if matches!(messages.last(), Some(FromWorker::Finished { .. })) {
                return series;
            }
            if step % draws_every == 0 {
                playing.receive(ToWorker::SnapshotDrawn);
            }
            messages = playing.step();
        }
        unreachable!("the run ends");
    };
    let all = series(1);
    assert!(all.len() > 20);
    assert_eq!(all, series(60));
}

#[test]
fn the_figures_of_the_whole_run_are_those_of_the_report() {
    let (mut playing, mut messages) = Playing::new(None);
    while !matches!(messages.last(), Some(FromWorker::Finished { .. })) {
        messages.extend(playing.step());
    }
    let Some(FromWorker::Finished { report, .. }) = messages.last() else { panic!("{} messages", messages.len()) };
    let report = report.decode().expect("of this build");
    let whole = snapshots(&messages).last().and_then(|last| last.whole).expect("the warm-up is over");
    let requests = &report.requests;
    assert_eq!(whole.from_s, report.warmup_s);
    assert_eq!(whole.error_rate, requests.failed as f64 / (requests.failed + requests.completed) as f64);
    assert_eq!((whole.p50_ms, whole.p99_ms), (report.latency_ms.p50, report.latency_ms.p99));
    assert_eq!(whole.attempts_per_request, report.attempts_per_request);
    assert!((whole.throughput_rps - report.throughput_rps).abs() < 1e-9 * report.throughput_rps);
    assert!((whole.goodput_rps - report.goodput_rps).abs() < 1e-9 * report.goodput_rps);
}

#[test]
fn the_figures_of_the_last_seconds_are_those_of_their_bins() {
    let (mut playing, mut messages) = Playing::new(Some(1.0));
    let mut series = RunSeries::default();
    for _ in 0..700 {
        for snapshot in snapshots(&messages) {
            series.absorb(&snapshot.bins);
            let length_s = snapshot.now_s - snapshot.last.from_s;
            let most_s = snapshot.now_s.min(11.0);
            assert!(length_s <= most_s + 1e-9 && length_s >= snapshot.now_s.min(10.0) - 1e-9, "{length_s} s");
            // With the present bin closed, its share of the figures is known.
            let bins = series.time_s.iter().zip(&series.throughput_rps).filter(|(end, _)| **end > snapshot.last.from_s);
            let closed: f64 = bins.map(|(_, rate)| rate * series.bin_s).sum();
            let counted = snapshot.last.throughput_rps * length_s;
            assert!(counted >= closed - 1e-6 && counted <= closed + 500.0, "{counted} of {closed}");
            let whole = snapshot.whole.is_some();
            assert_eq!(whole, snapshot.now_s >= 1.0, "at {} s", snapshot.now_s);
        }
        playing.receive(ToWorker::SnapshotDrawn);
        messages = playing.step();
    }
    assert!(series.len() > 20);
}

/// What a client waits for is what its users notice: their percentile is computed from finer slots.
#[test]
fn the_percentile_of_a_client_is_that_of_the_latencies_of_the_last_second() {
    let (mut playing, mut messages) = Playing::new(Some(1.0));
    let mut compared = 0;
    for _ in 0..400 {
        for snapshot in snapshots(&messages) {
            let client = shop().nodes.iter().position(|node| node.kind == "client").expect("there is one");
            let found = snapshot.nodes[client].get(&RESPONSE_P99_MS);
            let Some((found, expected)) = found.zip(snapshot.p99_ms) else {
                assert_eq!(found, snapshot.p99_ms, "neither is there");
                continue;
            };
            assert!((0.998..1.02).contains(&(found / expected)), "{found} ms for {expected} ms");
            compared += 1;
        }
        playing.receive(ToWorker::SnapshotDrawn);
        messages = playing.step();
    }
    assert!(compared > 30, "{compared}");
}
