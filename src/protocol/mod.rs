//! The messages between the page and the worker that runs the engine.
//!
//! Every message about a run carries the run's number, so that a message of a run that was
//! discarded cannot be taken for one of the run that replaced it.
//!
//! Messages are bytes in postcard's format, which takes a fraction of the code and the time that
//! JSON takes; both sides are of one [`BUILD`], so the format need not outlive it.

mod document;

use crate::model::{Document, Fault, ParameterChange, Problem};
use crate::report::Report;
use crate::report::snapshot::Snapshot;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// Names the build. Page and worker must be of the same one: a cache may hold an older worker.
pub const BUILD: &str = match option_env!("HEADROOM_BUILD") {
    Some(build) => build,
    None => "dev",
};

/// Page → the engine's worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// Drop the present run and make this document ready at time 0.
    Load {
        /// Number of the new run.
        run: u64,
        /// What to run; a document with errors yields [`FromWorker::Refused`].
        #[serde(with = "document::whole")]
        document: Box<Document>,
        /// Whether it starts at once.
        play: bool,
    },
    /// Go on, or start again from 0 when the run has ended.
    Play,
    /// Stop simulated time.
    Pause,
    /// The page has drawn a [`FromWorker::Snapshot`], of whichever run: the next one may be sent.
    SnapshotDrawn,
    /// Simulated seconds a second; `None` is as fast as the computer can.
    Speed(Option<f64>),
    /// This fault starts now: the worker sets its `start_s` to the next whole millisecond that no event
    /// has reached yet.
    StartFault(#[serde(with = "document::fault")] Fault),
    /// The fault at this index of the document ends now.
    EndFault(usize),
    /// These parameters change now: the worker sets their `at_s` as it sets the start of a fault. They set whole
    /// parameters ([`with_whole_changes`](crate::scenario::changes::with_whole_changes)).
    Change {
        /// Named in the answer.
        number: u64,
        /// What changes.
        #[serde(with = "document::changes")]
        changes: Vec<ParameterChange>,
    },
    /// The document has other zones, faults or parameter changes, and is the same otherwise: the run goes on by it. Where
    /// something differs that has happened already, the run is reproduced with it up to the present, under a new
    /// number.
    Follow {
        /// The number of the run if it is reproduced.
        run: u64,
        /// The document.
        #[serde(with = "document::whole")]
        document: Box<Document>,
        /// From which simulated second on the run is another one
        /// ([`differ_from_s`](crate::scenario::changes::differ_from_s)).
        differs_from_s: f64,
    },
    /// Go to this simulated second as fast as possible, from 0 if it is past, and then go on as
    /// before: the run is reproduced to that instant.
    Seek(f64),
    /// Panic on purpose, so that the recovery can be tried: a test on the page asks for it.
    Panic,
}

/// The engine's worker → page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The worker listens; messages posted before this are lost.
    Ready {
        /// The worker's [`BUILD`].
        build: String,
    },
    /// Numbers of a run under way, at most ten a second. The page answers each with
    /// [`ToWorker::SnapshotDrawn`].
    Snapshot(Box<Snapshot>),
    /// A fault has started live: append it to the document's faults.
    FaultStarted {
        /// The run it happened in.
        run: u64,
        /// The fault with its `start_s`.
        #[serde(with = "document::fault")]
        fault: Fault,
    },
    /// A fault has ended live: set its duration in the document.
    FaultEnded {
        /// The run it happened in.
        run: u64,
        /// Index of the fault in the document.
        index: usize,
        /// Its duration, simulated seconds.
        duration_s: f64,
    },
    /// Parameters have changed live: add them to the document.
    Changed {
        /// The run it happened in.
        run: u64,
        /// The number in the request.
        number: u64,
        /// When, simulated seconds; `None` where the run has ended, or cannot have them.
        at_s: Option<f64>,
    },
    /// The run is reproduced up to the present by the document of the latest [`ToWorker::Follow`].
    Reproduced {
        /// The number that it had.
        run: u64,
        /// The number that it has now.
        by: u64,
    },
    /// The run reached its end.
    Finished {
        /// The run.
        run: u64,
        /// Its numbers, without findings.
        report: Encoded<Report>,
    },
    /// The document that was loaded has errors and cannot be run.
    Refused {
        /// The run.
        run: u64,
    },
    /// A fault cannot start or end live; the run goes on as it was.
    Declined {
        /// The run.
        run: u64,
        /// Why: errors.
        problems: Vec<Problem>,
    },
    /// The worker panicked; it must be replaced.
    Panicked {
        /// The panic's message.
        message: String,
    },
}

/// A part of a message in bytes of its own, in the same format: it is read when it is needed, which on the page is
/// done by code that is fetched after the first numbers.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Encoded<T> {
    bytes: Vec<u8>,
    #[serde(skip)]
    of: PhantomData<T>,
}

impl<T: Serialize> Encoded<T> {
    /// To be read by [`Encoded::decode`].
    pub fn new(value: &T) -> Encoded<T> {
        Encoded { bytes: encode(value), of: PhantomData }
    }
}

impl<T: DeserializeOwned> Encoded<T> {
    /// What was encoded. `Err` as for [`decode`].
    pub fn decode(&self) -> Result<T, String> {
        decode(&self.bytes)
    }
}

impl<T> std::fmt::Debug for Encoded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

/// A message as it is posted.
pub fn encode(message: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(message).unwrap_or_else(|_| unreachable!("plain data can be encoded"))
}

/// A message that was posted. `Err` says what does not fit, for a bug report: page and worker are of one build.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Result<M, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::model::{Place, Severity};
    use crate::session::Session;
    use serde_json::json;

    /// Expects a message to arrive as it was sent.
    #[track_caller]
    fn check<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: M) {
        assert_eq!(decode::<M>(&encode(&message)), Ok(message));
    }

    fn fault() -> Fault {
        let params = [
            ("target".to_owned(), json!("db")),
            ("between".to_owned(), json!([["a", "é"], ["b"], []])),
            ("all".to_owned(), json!({"a": [null, true, -1, u64::MAX, 0.1 + 0.2, 5e-324, 1e300, 2.0]})),
        ];
        Fault { fault: "crash".to_owned(), start_s: 0.25, duration_s: None, params: params.into_iter().collect() }
    }

    #[test]
    fn messages_to_the_worker_arrive_unchanged() {
        for message in [
            ToWorker::Panic,
            ToWorker::Play,
            ToWorker::Pause,
            ToWorker::SnapshotDrawn,
            ToWorker::Speed(None),
            ToWorker::Speed(Some(0.1)),
            ToWorker::StartFault(fault()),
            ToWorker::StartFault(Fault { duration_s: Some(1.5), ..fault() }),
            ToWorker::EndFault(300),
            ToWorker::Seek(12.5),
        ] {
            check(message);
        }
        let shop = include_str!("../../examples/1-examples/010-three-tier-shop.json");
        let zones = include_str!("../../examples/2-failure-laboratory/150-split-brain.json");
        for text in [shop, zones] {
            let mut document = codec::open(text).expect("examples open").0;
            document.faults.push(fault());
            check(ToWorker::Load { run: u64::MAX, document: Box::new(document), play: true });
        }
    }

    #[test]
    fn messages_of_the_worker_arrive_unchanged() {
        check(FromWorker::Ready { build: BUILD.to_owned() });
        check(FromWorker::FaultStarted { run: 7, fault: fault() });
        check(FromWorker::FaultEnded { run: 7, index: 2, duration_s: 0.1 + 0.2 });
        check(FromWorker::Refused { run: 7 });
        let problem = |place| Problem {
            severity: Severity::Warning,
            place,
            field: "service.mean_ms".to_owned(),
            what: "−1 does not fit".to_owned(),
            right: String::new(),
        };
        check(FromWorker::Declined {
            run: 7,
            problems: vec![problem(Place::Fault(3)), problem(Place::Node("db".to_owned()))],
        });
        check(FromWorker::Panicked { message: "index out of bounds".to_owned() });
    }

    #[test]
    fn the_messages_of_a_run_arrive_unchanged() {
        let mut document =
            codec::open(include_str!("../../examples/1-examples/010-three-tier-shop.json")).expect("examples open").0;
        (document.run.duration_s, document.run.warmup_s) = (5.0, 1.0);
        let mut session = Session::new();
        let mut messages = session.receive(ToWorker::Speed(None), 0.0);
        messages.extend(session.receive(ToWorker::Load { run: 1, document: Box::new(document), play: true }, 0.0));
        while !matches!(messages.last(), Some(FromWorker::Finished { .. })) {
            messages.extend(session.step(|| 0.0).messages);
        }
        messages.into_iter().for_each(check);
    }

    #[test]
    fn rejects_bytes_that_are_no_message() {
        assert!(decode::<FromWorker>(&[]).is_err());
        assert!(decode::<ToWorker>(&[99]).is_err());
        let whole = encode(&ToWorker::StartFault(fault()));
        assert!(decode::<ToWorker>(&whole[..whole.len() - 1]).is_err(), "the end is missing");
        let null = [whole[0], 4, b'n', b'u', b'l', b'l'];
        assert!(decode::<ToWorker>(&null).is_err(), "null is no fault");
    }
}
