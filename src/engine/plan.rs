//! What the engine is given: numbers and indices, no names of kinds. Stations, links and operations are
//! referred to by their index.

use super::message::Outcome;
use crate::choices;
use crate::random::Distribution;

choices! {
    /// How a retry's pause is spread.
    Jitter {
        /// Not at all: callers that failed together retry together.
        None = "none" "none",
        /// Uniform between 0 and the pause.
        Full = "full" "full",
        /// Uniform between half the pause and the pause.
        Equal = "equal" "equal",
    }
}

choices! {
    /// Which waiting request is served next.
    Discipline {
        /// First come, first served.
        Fifo = "fifo" "FIFO",
        /// Last come, first served.
        Lifo = "lifo" "LIFO",
        /// Highest priority first, first come among equals.
        Priority = "priority" "priority",
        /// No request waits: all share the workers equally.
        ProcessorSharing = "processor_sharing" "processor sharing",
    }
}

choices! {
    /// When messages that a partition held back go on after it has ended.
    ResumeMode {
        /// At the instant at which it ends.
        AtOnce = "at_once" "at once",
        /// At their next retransmission, as TCP sends them: 0.2 s after the first, and then after twice as
        /// long each time. A message whose sender gave up before is not sent again.
        Retransmission = "retransmission" "at the next retransmission",
    }
}

/// A set of outcomes of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeSet(u8);

impl OutcomeSet {
    /// The set of these outcomes.
    pub const fn of(outcomes: &[Outcome]) -> OutcomeSet {
        let (mut set, mut at) = (0, 0);
        while at < outcomes.len() {
            set |= 1 << outcomes[at] as u8;
            at += 1;
        }
        OutcomeSet(set)
    }

    /// Whether an outcome is in it.
    pub fn contains(self, outcome: Outcome) -> bool {
        self.0 & (1 << outcome as u8) != 0
    }
}

/// Answers that are errors, from one cause.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorSource {
    /// Probability that an answer is one.
    pub ratio: f64,
    /// How long such an error takes in place of the usual work; `None` is as long as that.
    pub service: Option<Distribution>,
}

/// How a caller retries failed attempts.
#[derive(Clone, Debug, PartialEq)]
pub struct Retries {
    /// Attempts after the first.
    pub max: u32,
    /// Pause before the first retry, nanoseconds.
    pub base_ns: f64,
    /// Each pause is this many times the one before.
    pub factor: f64,
    /// Greatest pause, nanoseconds.
    pub cap_ns: f64,
    /// How the pause is spread.
    pub jitter: Jitter,
    /// Retries per call that are allowed on average; `None` is no limit.
    pub budget: Option<f64>,
    /// Which failures are tried again.
    pub on: OutcomeSet,
}

/// A circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breaker {
    /// Failures in a row that open it.
    pub failures: u32,
    /// Nanoseconds it stays open.
    pub open_ns: u64,
    /// Calls let through at a time while half-open, and how many of them must do well for it to close.
    pub probes: u32,
}

/// A link, as the caller's side of it behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkPlan {
    /// Name of its random streams.
    pub id: String,
    /// The calling station.
    pub from: u32,
    /// The called station.
    pub to: u32,
    /// Latency of one message, either way.
    pub latency: Distribution,
    /// Probability that a message is lost and must be sent again.
    pub loss: f64,
    /// Nanoseconds a byte takes on the wire; 0 is unlimited bandwidth.
    pub ns_per_byte: f64,
    /// How long an attempt may take, nanoseconds.
    pub timeout_ns: Option<u64>,
    /// How failed attempts are retried.
    pub retries: Retries,
    /// After how long a second copy is sent, nanoseconds.
    pub hedge_ns: Option<u64>,
    /// A circuit breaker.
    pub breaker: Option<Breaker>,
    /// Size of the pool of each calling process: its calls that may be under way at a time.
    pub max_in_flight: Option<u32>,
    /// Calls of a process that may be under way at a time to one replica of the callee.
    pub max_per_replica: Option<u32>,
    /// Calls of a process that may wait for a place in its pool.
    pub queue_limit: Option<u32>,
    /// Whether the caller sends a cancellation to the callee when it stops waiting.
    pub cancel_on_timeout: bool,
    /// Whether an attempt that was given up keeps its place in the pool until the callee has answered
    /// it or its cancellation.
    pub holds_place: bool,
    /// For each operation whether it uses the link.
    pub serves: Vec<bool>,
    /// Share of the requests that use it, 0 to 1.
    pub fraction: f64,
    /// Its share of what a weighted load balancer sends, relative to the other links.
    pub weight: f64,
}

/// A station, as the engine knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct StationPlan {
    /// Name of its random streams.
    pub id: String,
    /// How many replicas (processes) it can have.
    pub replicas: u32,
    /// Workers of a replica; `None` is unlimited.
    pub workers: Option<u32>,
    /// Time between the start of a replica and its first request, nanoseconds.
    pub startup_ns: u64,
    /// Probability that an answer is an error.
    pub error_rate: f64,
    /// How long such an error takes in place of the usual work; `None` is as long as that.
    pub error_service: Option<Distribution>,
    /// How many of the replicas, the last ones, are absent at the start.
    pub absent: u32,
    /// Keys 0 … n − 1 of which the time of the latest acknowledged write is kept, because a cache in front
    /// of it may have older entries; 0 is of none.
    pub tracked_keys: u32,
}

/// An operation of some client.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationPlan {
    /// Its name in the report.
    pub name: String,
    /// Size of a message to the callee, bytes.
    pub request_bytes: f64,
    /// Size of an answer, bytes.
    pub response_bytes: f64,
}

/// One direction of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Caller to callee.
    Forward = 0,
    /// Callee to caller.
    Backward = 1,
}

/// One end of a message: a station and one of its replicas (clients have replica 0 only).
pub type Endpoint = (u32, u32);

/// A set of endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// In rising order, each once; [`EVERY`] stands for all replicas of a station.
    sorted: Vec<Endpoint>,
}

/// In place of a replica's number: all of them.
const EVERY: u32 = u32::MAX;

impl Endpoints {
    /// Stations, each with one replica or (`None`) all that it has or will have.
    pub fn new(members: impl IntoIterator<Item = (u32, Option<u32>)>) -> Endpoints {
        let mut sorted: Vec<Endpoint> = Vec::new();
        for (station, replica) in members {
            let member = (station, replica.unwrap_or(EVERY));
            if let Err(at) = sorted.binary_search(&member) {
                sorted.insert(at, member);
            }
        }
        Endpoints { sorted }
    }

    /// Whether an endpoint is one of them.
    pub fn contains(&self, (station, replica): Endpoint) -> bool {
        [replica, EVERY].iter().any(|each| self.sorted.binary_search(&(station, *each)).is_ok())
    }

    /// The stations that any of them belong to.
    pub fn stations(&self) -> impl Iterator<Item = u32> {
        self.sorted.iter().map(|(station, _)| *station)
    }
}

/// A partition: two sets of endpoints, and which messages between them are held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// One side.
    pub a: Endpoints,
    /// The other side.
    pub b: Endpoints,
    /// Whether messages from `a` to `b` are held back.
    pub forward: bool,
    /// Whether messages from `b` to `a` are held back.
    pub backward: bool,
    /// When what was held back goes on after the end.
    pub resume: ResumeMode,
}

impl Partition {
    /// Whether it holds back a message between two different endpoints.
    pub fn holds_back(&self, from: Endpoint, to: Endpoint) -> bool {
        (self.forward && self.a.contains(from) && self.b.contains(to))
            || (self.backward && self.b.contains(from) && self.a.contains(to))
    }
}

/// A change that a fault makes when it begins or ends. Faults are referred to by their number.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Replicas die: station, replica (`None` is all of them).
    Crash(u32, Option<u32>),
    /// Replicas are up again: station, replica (`None` is all of them).
    Restore(u32, Option<u32>),
    /// All work takes this many times as long: station, replica (`None` is all of them), fault,
    /// factor (`None` ends what the fault did).
    Slow(u32, Option<u32>, u32, Option<f64>),
    /// Answers are errors, in addition to the error rate of the plan: station, replica (`None` is all
    /// of them), fault, errors (`None` ends what the fault did).
    Errors(u32, Option<u32>, u32, Option<ErrorSource>),
    /// Replicas stop working and handle no messages: station, replica (`None` is all of them).
    Pause(u32, Option<u32>),
    /// They go on where they stopped.
    Resume(u32, Option<u32>),
    /// Messages on a link are held back in one direction.
    Cut(u32, Direction),
    /// They are not held back any more.
    RestoreLink(u32, Direction, ResumeMode),
    /// Messages between two sets of endpoints are held back, on any link and inside a station: fault,
    /// partition (`None` ends what the fault did).
    Partition(u32, Option<Partition>),
    /// Messages on a link take longer: link, fault, added latency (`None` ends what the fault did).
    Latency(u32, u32, Option<Distribution>),
    /// Messages on a link are lost with this probability, in addition to the loss of the plan: link,
    /// fault, probability (`None` ends what the fault did).
    Loss(u32, u32, Option<f64>),
    /// A station's memory is emptied.
    Flush(u32),
    /// A client's traffic is multiplied: station, fault, factor (`None` ends what the fault did).
    Traffic(u32, u32, Option<f64>),
    /// A station's replicas are replaced, a few at a time.
    Deploy(u32, Deploy),
}

/// How a rolling deploy replaces replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// How long a replica may take to finish what it has, nanoseconds; `None` kills it with its work.
    pub drain_ns: Option<u64>,
    /// Replicas being replaced at a time.
    pub max_unavailable: u32,
}

/// What the active faults do to one quantity: for each its number and its value. They are combined
/// anew at each change, so that the end of a fault leaves no rounding error behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Active<T>(Vec<(u32, T)>);

impl<T> Default for Active<T> {
    fn default() -> Self {
        Active(Vec::new())
    }
}

impl<T> Active<T> {
    /// A fault begins (`Some`) or ends.
    pub fn set(&mut self, fault: u32, value: Option<T>) {
        self.0.retain(|(other, _)| *other != fault);
        self.0.extend(value.map(|value| (fault, value)));
    }

    /// Whether no fault is active.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a fault, if it is active.
    pub fn get(&self, fault: u32) -> Option<&T> {
        self.0.iter().find(|(other, _)| *other == fault).map(|(_, value)| value)
    }

    /// The values of the active faults.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl Active<f64> {
    /// The product of the factors; 1 without faults.
    pub fn product(&self) -> f64 {
        self.iter().product()
    }

    /// The probability that at least one of several independent events happens: those of the active
    /// faults, and one with probability `own`.
    pub fn any(&self, own: f64) -> f64 {
        1.0 - self.iter().fold(1.0 - own, |none, ratio| none * (1.0 - ratio))
    }
}

/// A change and when it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// When, nanoseconds since the start of the run.
    pub time: u64,
    /// What changes.
    pub change: Change,
}

/// Other parameters of a station, a link or an operation from an instant of the run on. `P` are the
/// parameters of a station's kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconfiguration<P> {
    /// When, nanoseconds since the start of the run.
    pub time: u64,
    /// What it is from then on.
    pub to: NewParameters<P>,
}

/// What has other parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum NewParameters<P> {
    /// A station: its index, its plan, and the parameters of its kind.
    Station(u32, StationPlan, P),
    /// A link: its index and its plan.
    Link(u32, LinkPlan),
    /// An operation: its index and its plan.
    Operation(u32, OperationPlan),
}

/// The settings of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSettings {
    /// The seed of all random streams.
    pub seed: u64,
    /// The end of the run, nanoseconds.
    pub duration_ns: u64,
    /// The end of the warm-up, nanoseconds: the report counts from here on.
    pub warmup_ns: u64,
    /// The length of a bin of the series, nanoseconds.
    pub bin_ns: u64,
    /// Most memory that requests and what they leave behind may take, bytes; a run that needs more ends.
    pub memory_bytes: u64,
}
