//! The worker never sends more snapshots than the page draws.

use crate::examples::examples;
use headroom::model::Document;
use headroom::protocol::{FromWorker, ToWorker};
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
