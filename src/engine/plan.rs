//! What the engine needs to know of a drawing: numbers and indices, no names of kinds.

use crate::choices;
use crate::order::ascending;
use crate::random::Distribution;

choices! {
    /// How a retry's pause is spread.
    Jitter {
        /// Not at all: all clients come back together.
        None = "none" "none",
        /// Anything between 0 and the pause.
        Full = "full" "full",
        /// Half the pause, and anything up to another half.
        Equal = "equal" "equal",
    }
}

choices! {
    /// Which waiting request is served next.
    Discipline {
        /// First come, first served.
        Fifo = "fifo" "first come",
        /// Last come, first served.
        Lifo = "lifo" "last come",
        /// Highest priority first, first come among equals.
        Priority = "priority" "priority",
        /// Nobody waits: all share the workers equally.
        ProcessorSharing = "processor_sharing" "shared",
    }
}

/// One attempt after another, with pauses.
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
}

/// When to stop calling.
#[derive(Clone, Debug, PartialEq)]
pub struct Breaker {
    /// Failures in a row that open it.
    pub failures: u32,
    /// Nanoseconds it stays open.
    pub open_ns: u64,
    /// Calls let through at a time while half-open.
    pub probes: u32,
}

/// A link, as the caller's side of it behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkPlan {
    /// Name of its random streams.
    pub id: String,
    /// Calling station.
    pub from: u32,
    /// Called station.
    pub to: u32,
    /// One way, each way.
    pub latency: Distribution,
    /// Probability that a message must be sent again.
    pub loss: f64,
    /// Nanoseconds a byte takes on the wire; 0 is unlimited bandwidth.
    pub ns_per_byte: f64,
    /// How long an attempt may take.
    pub timeout_ns: Option<u64>,
    /// What follows a failed attempt.
    pub retries: Retries,
    /// When to send a second copy.
    pub hedge_ns: Option<u64>,
    /// When to stop calling.
    pub breaker: Option<Breaker>,
    /// Calls that may be under way at a time.
    pub max_in_flight: Option<u32>,
    /// Calls that may wait for their turn.
    pub queue_limit: Option<u32>,
    /// Whether the callee learns that nobody waits any more.
    pub cancel_on_timeout: bool,
    /// Which operations use it.
    pub serves: Vec<bool>,
    /// Share of the requests that use it.
    pub fraction: f64,
    /// Its part of what a weighted load balancer sends.
    pub weight: f64,
}

/// A station, as the engine sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct StationPlan {
    /// Name of its random streams.
    pub id: String,
    /// How many processes.
    pub replicas: u32,
    /// Workers of a replica; `None` is unlimited.
    pub workers: Option<u32>,
    /// Time between a restart and the first request served.
    pub startup_ns: u64,
    /// Probability that an answer is an error.
    pub error_rate: f64,
    /// How many of the replicas, the last ones, are not there at the start.
    pub absent: u32,
}

/// An operation of some client.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationPlan {
    /// As the report names it.
    pub name: String,
    /// Size of a message to the callee.
    pub request_bytes: f64,
    /// Size of an answer.
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
    /// In rising order; all replicas of a station stand as one, under [`EVERY`].
    sorted: Vec<Endpoint>,
}

/// In place of a replica: all of them.
const EVERY: u32 = u32::MAX;

impl Endpoints {
    /// Stations, each with one replica or (`None`) all that it has or will have.
    pub fn new(members: impl IntoIterator<Item = (u32, Option<u32>)>) -> Endpoints {
        let members = members.into_iter().map(|(station, replica)| (station, replica.unwrap_or(EVERY)));
        Endpoints { sorted: ascending(members) }
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

/// What a partition severs: two sets of endpoints, and which messages between them.
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
}

impl Partition {
    /// Whether it holds back a message between two different endpoints.
    pub fn holds_back(&self, from: Endpoint, to: Endpoint) -> bool {
        (self.forward && self.a.contains(from) && self.b.contains(to))
            || (self.backward && self.b.contains(from) && self.a.contains(to))
    }
}

/// Something that goes wrong, or is set right again.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Processes die: station, replica (`None` is all of them).
    Crash(u32, Option<u32>),
    /// Processes are back and serve.
    Restore(u32, Option<u32>),
    /// All work at a station, or at one replica, takes this many times as long; `None` ends what
    /// the fault of this number did.
    Slow(u32, Option<u32>, u32, Option<f64>),
    /// Answers of a station, or of one replica, are errors with this probability, besides its own
    /// error rate.
    Errors(u32, Option<u32>, u32, Option<f64>),
    /// A station hears and says nothing.
    Pause(u32),
    /// It goes on where it stood.
    Resume(u32),
    /// Messages on a link are held back.
    Cut(u32, Direction),
    /// They flow again.
    RestoreLink(u32, Direction),
    /// Messages between two sets of endpoints are held back, on any link and inside a station;
    /// `None` ends what the fault of this number did.
    Partition(u32, Option<Partition>),
    /// Messages on a link take longer.
    Latency(u32, u32, Option<Distribution>),
    /// Messages on a link are lost with this probability, besides its own loss.
    Loss(u32, u32, Option<f64>),
    /// A cache forgets everything.
    Flush(u32),
    /// A client's traffic is multiplied by this.
    Traffic(u32, u32, Option<f64>),
    /// A station's replicas are replaced, a few at a time.
    Deploy(u32, Deploy),
}

/// How a rolling deploy goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// How long a replica may take to finish what it has; `None` kills it with its work.
    pub drain_ns: Option<u64>,
    /// Replicas being replaced at a time.
    pub max_unavailable: u32,
}

/// What faults do to one quantity at present: the fault's number and its value. Kept as a list
/// and combined anew at each change, so that what begins also ends without a trace.
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

    /// Whether no fault is at work.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a fault does, if it is at work.
    pub fn get(&self, fault: u32) -> Option<&T> {
        self.0.iter().find(|(other, _)| *other == fault).map(|(_, value)| value)
    }

    /// The values in force.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl Active<f64> {
    /// Factors multiplied.
    pub fn product(&self) -> f64 {
        self.iter().product()
    }

    /// The probability that at least one of independent misfortunes happens.
    pub fn any(&self, own: f64) -> f64 {
        1.0 - self.iter().fold(1.0 - own, |none, ratio| none * (1.0 - ratio))
    }
}

/// A change and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Nanoseconds.
    pub time: u64,
    /// What.
    pub change: Change,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSettings {
    /// Seed of every stream.
    pub seed: u64,
    /// End of the run.
    pub duration_ns: u64,
    /// From here on the report counts.
    pub warmup_ns: u64,
    /// Length of a bin of the series.
    pub bin_ns: u64,
}
