//! The same document and seed give the same run, however it is sliced and whenever faults are
//! planned.

use crate::examples::{Example, examples};
use crate::simulate::{report, scenario};
use headroom::codec;
use headroom::engine::Progress;
use headroom::model::{Document, Fault};
use headroom::protocol::{FromWorker, ToWorker};
use headroom::random::Stream;
use headroom::session::Session;
use headroom::time::from_s;
use serde_json::json;
use std::cell::Cell;

/// The examples, cut to 40 s and with a crash.
fn short_examples() -> Vec<Document> {
    let mut all: Vec<Document> = examples().iter().map(Example::document).collect();
    for document in &mut all {
        document.run.duration_s = 40.0;
        document.run.warmup_s = 5.0;
        let target = document.nodes.last().expect("examples have nodes").id.clone();
        let fault = json!({"fault": "crash", "target": target, "start_s": 10, "duration_s": 5});
        document.faults.push(serde_json::from_value(fault).expect("a fault"));
    }
    all
}

#[test]
fn a_run_in_any_slices_has_the_same_digest() {
    for document in short_examples() {
        let whole = report(&document).digest;
        let mut engine = scenario(&document).engine();
        let mut stream = Stream::named(4, "slices", "test");
        while !engine.is_finished() {
            let until = engine.now() + from_s(0.001) + u64::from(stream.below(300_000_000));
            let budget = u64::from(stream.below(3000)) + 1;
            if engine.advance(until, budget) == Progress::Finished {
                break;
            }
        }
        assert_eq!(format!("{:016x}", engine.digest()), whole, "{}", document.title);
    }
}

/// One digest for each built-in example and for fifty random documents, the same everywhere: the
/// browser tests open the very links of this file in the page. After a change of what the engine
/// does, `HEADROOM_UPDATE=1` writes them anew.
#[test]
fn digests_match_the_golden_file() {
    const GOLDEN: &str = "tests/golden/digests.txt";
    let all = examples();
    let examples = all.iter().map(Example::document);
    let random = (0..50).map(|seed| {
        let mut document = crate::systems::system(seed);
        document.title = format!("random system {seed}");
        document.run.duration_s = 8.0;
        document
    });
    let lines: Vec<String> = examples
        .chain(random)
        .map(|document| {
            let link = codec::to_fragment(&document);
            let opened = codec::from_link(&link).expect("the link opens").0;
            format!("{} {link} {}\n", report(&opened).digest, document.title)
        })
        .collect();
    if std::env::var_os("HEADROOM_UPDATE").is_some() {
        std::fs::write(GOLDEN, lines.concat()).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("the golden file is there");
    let changed: Vec<_> = golden.lines().zip(&lines).filter(|(old, new)| *old != new.trim_end()).collect();
    assert!(golden.lines().count() == lines.len() && changed.is_empty(), "other runs than before: {changed:#?}");
}

#[test]
fn another_seed_gives_another_digest() {
    let mut document = short_examples().remove(0);
    let first = report(&document).digest;
    document.run.seed = 2;
    assert_ne!(report(&document).digest, first);
}

/// Drives a session by a made-up clock to its end, doing something at some simulated times.
fn drive(document: &Document, speed: Option<f64>, mut at: Vec<(f64, ToWorker)>) -> (String, Vec<Fault>) {
    let mut session = Session::new();
    let clock = Cell::new(0.0);
    let mut faults = document.faults.clone();
    let mut now_s = 0.0;
    let mut messages = session.receive(ToWorker::Speed(speed), 0.0);
    messages.extend(session.receive(ToWorker::Load { run: 1, document: Box::new(document.clone()), play: true }, 0.0));
    for _ in 0..1_000_000 {
        for message in messages.drain(..) {
            match message {
                FromWorker::Snapshot(snapshot) => {
                    now_s = snapshot.now_s;
                    session.receive(ToWorker::SnapshotDrawn, clock.get());
                }
                FromWorker::FaultStarted { fault, .. } => faults.push(fault),
                FromWorker::FaultEnded { index, duration_s, .. } => faults[index].duration_s = Some(duration_s),
                FromWorker::Finished { report, .. } => return (report.decode().expect("of this build").digest, faults),
                other => panic!("unexpected {other:?}"),
            }
        }
        if at.first().is_some_and(|(time, _)| now_s >= *time) {
            messages.extend(session.receive(at.remove(0).1, clock.get()));
        }
        let step = session.step(|| {
            clock.set(clock.get() + 7.0);
            clock.get()
        });
        messages.extend(step.messages);
    }
    panic!("the run does not end");
}

#[test]
fn live_faults_are_replayed_from_the_recorded_document() {
    for document in short_examples() {
        let struck = document.nodes.iter().find(|node| node.kind != "client");
        let target = struck.expect("the example has a server").id.clone();
        let link = document.links[0].id.clone();
        let broken = |fault: serde_json::Value| ToWorker::StartFault(serde_json::from_value(fault).expect("a fault"));
        let first = document.faults.len();
        let acts = vec![
            (3.0, broken(json!({"fault": "crash", "target": target, "start_s": 0}))),
            (6.0, ToWorker::EndFault(first)),
            (12.0, broken(json!({"fault": "partition", "links": [link], "start_s": 0}))),
            (15.0, ToWorker::EndFault(first + 1)),
        ];
        let (live, faults) = drive(&document, Some(3.0), acts);
        assert_eq!(faults.len(), first + 2);
        let recorded = Document { faults, ..document.clone() };
        assert_eq!(report(&recorded).digest, live, "{}", document.title);
        assert_ne!(report(&document).digest, live, "the faults did something");
        let link = codec::to_fragment(&recorded);
        let opened = codec::from_link(&link).expect("the link opens").0;
        assert_eq!(drive(&opened, None, Vec::new()).0, live, "as fast as it goes, from the link");
    }
}

#[test]
fn seeking_back_reproduces_the_run_to_that_time() {
    let document = short_examples().remove(0);
    let whole = report(&document).digest;
    // The numbers at 20 s, reached in one go and by going back from 35 s; then on to the end.
    let at_20_s = |stops: &[f64]| {
        let mut session = Session::new();
        let load = ToWorker::Load { run: 1, document: Box::new(document.clone()), play: false };
        let mut last = session.receive(load, 0.0).pop();
        for stop in stops {
            let messages = session.receive(ToWorker::Seek(*stop), 0.0);
            last = messages.into_iter().last().or(last);
            loop {
                let step = session.step(|| 0.0);
                last = step.messages.into_iter().last().or(last);
                if step.wait_ms.is_none() {
                    break;
                }
            }
        }
        let Some(FromWorker::Snapshot(now)) = last else { panic!("{last:?}") };
        assert!(!now.running && (now.now_s - 20.0).abs() < 1e-9, "{}", now.now_s);
        session.receive(ToWorker::Speed(None), 0.0);
        session.receive(ToWorker::Play, 0.0);
        loop {
            let step = session.step(|| 0.0);
            if let Some(FromWorker::Finished { report, .. }) = step.messages.into_iter().last() {
                assert_eq!(report.decode().expect("of this build").digest, whole);
                break;
            }
        }
        (now.events, now.in_flight, now.nodes.clone())
    };
    assert_eq!(at_20_s(&[20.0]), at_20_s(&[35.0, 3.0, 20.0]));
}

#[test]
fn a_live_deploy_of_an_autoscaled_app_is_replayed_from_the_recorded_document() {
    let mut document = short_examples().remove(0);
    let app = document.nodes.iter_mut().find(|node| node.kind == "app").expect("the example has one");
    app.params.insert("autoscale".to_owned(), json!({"min": 2, "max": 6, "target": 0.3, "interval_s": 3}));
    app.params.insert("startup_s".to_owned(), json!(2));
    let deploy = json!({"fault": "deploy", "target": app.id, "start_s": 0, "graceful": false});
    let deploy = || ToWorker::StartFault(serde_json::from_value(deploy.clone()).expect("a fault"));
    let first = document.faults.len();
    let acts = vec![(3.0, deploy()), (4.0, deploy()), (20.0, deploy()), (21.0, ToWorker::EndFault(first + 2))];
    let (live, faults) = drive(&document, Some(3.0), acts);
    assert_eq!(faults.len(), first + 3);
    let recorded = Document { faults, ..document.clone() };
    assert_eq!(report(&recorded).digest, live);
    assert_ne!(report(&document).digest, live, "the deploys did something");
}

#[test]
fn a_change_at_one_node_leaves_the_random_streams_of_the_others_unchanged() {
    let mut document = short_examples().remove(0);
    document.faults.clear();
    let before = report(&document);
    let orders = document.nodes.iter_mut().find(|node| node.id == "orders").expect("the example has it");
    orders.params.insert("workers".to_owned(), json!(30));
    let after = report(&document);
    assert_ne!(before.digest, after.digest);
    assert_eq!(before.requests.offered, after.requests.offered, "the same users come");
    assert!(before.operations.len() > 1, "the example has several operations");
    for operation in before.operations.keys() {
        let offered = |report: &headroom::report::Report| report.operations[operation].requests.offered;
        assert_eq!(offered(&before), offered(&after), "and want the same");
    }
}

#[test]
fn what_happens_live_while_a_run_goes_to_an_instant_happens_after_that_instant() {
    let document = short_examples().remove(0);
    let node = document.nodes.iter().find(|node| node.kind == "app").expect("the example has one").id.clone();
    let fault = json!({"fault": "crash", "target": node, "start_s": 0});
    let change = json!({"at_s": 0, "set": format!("nodes.{node}.params.workers"), "to": 3});
    let mut session = Session::new();
    session.receive(ToWorker::Load { run: 1, document: Box::new(document), play: false }, 0.0);
    let settle = |session: &mut Session| while session.step(|| 0.0).wait_ms.is_some() {};
    // Forward, and back to an instant whose reproduction has not begun when the messages come.
    for stop in [20.0, 5.0] {
        session.receive(ToWorker::Seek(stop), 0.0);
        let changes = vec![serde_json::from_value(change.clone()).expect("a change")];
        let mut answers = session.receive(ToWorker::Change { number: 1, changes }, 0.0);
        answers.extend(
            session.receive(ToWorker::StartFault(serde_json::from_value(fault.clone()).expect("a fault")), 0.0),
        );
        let at: Vec<f64> = answers
            .iter()
            .filter_map(|answer| match answer {
                FromWorker::Changed { at_s, .. } => *at_s,
                FromWorker::FaultStarted { fault, .. } => Some(fault.start_s),
                _ => None,
            })
            .collect();
        assert_eq!(at, [stop + 0.001; 2], "{answers:?}");
        settle(&mut session);
    }
}
