//! The families of cases: the headings of the page, and the tests.

use super::{balancing, caches, failures, mechanisms, networks, policies, queues};
use crate::validation::Case;

/// Cases that belong together: a heading of the page, and a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// M/M/1.
    OneServer,
    /// M/M/c.
    Servers,
    /// M/G/1.
    Laws,
    /// M/M/c/K.
    Rooms,
    /// M/G/c/c.
    Losses,
    /// Processor sharing, last come first served, priorities.
    Disciplines,
    /// Other arrivals than Poisson.
    Arrivals,
    /// Jackson networks.
    Networks,
    /// Closed networks.
    Closed,
    /// Calls in parallel.
    ForkJoin,
    /// Replicas of which some must answer.
    Quorums,
    /// Workers held by calls.
    Workers,
    /// Load balancers.
    Balancing,
    /// Caches that are full.
    Eviction,
    /// Caches that forget.
    Expiry,
    /// Token buckets.
    Buckets,
    /// Timeouts and retries.
    Retries,
    /// Hedges.
    Hedges,
    /// Breakers.
    Breakers,
    /// Connection pools.
    Pools,
    /// The wire.
    Wires,
    /// Message queues.
    Messages,
    /// Crashes and partitions.
    Faults,
    /// Failures that outlast their cause.
    Metastable,
    /// Policies that stand in each calling process.
    Processes,
    /// Lines, retries and hedges at a load balancer.
    Lines,
    /// Calls that their caller gives up.
    GivenUp,
    /// When a message is delivered, and when it is not.
    Deliveries,
    /// Processes that do nothing for a while.
    Pauses,
    /// Work whose speed changes while it is done.
    SlowDowns,
    /// Messages that a partition holds back.
    Retransmission,
    /// Errors, and what callers make of them.
    Errors,
    /// Databases that lose replicas, messages and writes.
    Replicas,
    /// Caches whose entries are older than the data.
    Staleness,
}

/// What there is to say of a family.
struct Facts {
    id: &'static str,
    title: &'static str,
    parameter: &'static str,
    cases: fn() -> Vec<Case>,
}

impl Family {
    /// All, in the order of the page.
    pub const ALL: [Family; 34] = [
        Family::OneServer,
        Family::Servers,
        Family::Laws,
        Family::Rooms,
        Family::Losses,
        Family::Disciplines,
        Family::Arrivals,
        Family::Networks,
        Family::Closed,
        Family::ForkJoin,
        Family::Quorums,
        Family::Workers,
        Family::Balancing,
        Family::Eviction,
        Family::Expiry,
        Family::Buckets,
        Family::Retries,
        Family::Hedges,
        Family::Breakers,
        Family::Pools,
        Family::Wires,
        Family::Messages,
        Family::Faults,
        Family::Metastable,
        Family::Processes,
        Family::Lines,
        Family::GivenUp,
        Family::Deliveries,
        Family::Pauses,
        Family::SlowDowns,
        Family::Retransmission,
        Family::Errors,
        Family::Replicas,
        Family::Staleness,
    ];

    fn facts(self) -> Facts {
        let facts = |id, title, parameter, cases| Facts { id, title, parameter, cases };
        match self {
            Family::OneServer => facts(
                "one-server",
                "One worker: M/M/1",
                "Requests come at random, one worker serves them, and its load decides how long they wait.",
                queues::one_server,
            ),
            Family::Servers => facts(
                "servers",
                "Several workers: M/M/c",
                "Erlang's delay formula: how much shorter the wait is when workers share one queue.",
                queues::servers,
            ),
            Family::Laws => facts(
                "laws",
                "Other laws of service: M/G/1",
                "The wait grows with the variation of the service, by the formula of Pollaczek and Khinchine.",
                queues::laws,
            ),
            Family::Rooms => facts(
                "rooms",
                "Limited queues: M/M/c/K",
                "A full queue turns requests away, and those let in wait less.",
                queues::rooms,
            ),
            Family::Losses => facts(
                "losses",
                "No queue: Erlang B",
                "What is lost depends on the mean of the service and not on its law.",
                queues::losses,
            ),
            Family::Disciplines => facts(
                "disciplines",
                "Who is next",
                "Processor sharing, last come first served, and priorities.",
                queues::disciplines,
            ),
            Family::Arrivals => facts(
                "arrivals",
                "Other arrivals",
                "A metronome makes shorter queues than chance does, bursts longer ones; a profile changes the rate over time.",
                queues::arrivals,
            ),
            Family::Networks => facts(
                "networks",
                "Networks of queues",
                "Jackson networks: every node is as if it were alone, retries that come back included.",
                networks::jackson,
            ),
            Family::Closed => facts(
                "closed",
                "Users who wait for their answers",
                "Closed networks against exact mean value analysis.",
                networks::closed,
            ),
            Family::ForkJoin => {
                facts("fork-join", "Calls in parallel", "The slowest branch decides.", networks::fork_join)
            }
            Family::Quorums => facts(
                "quorums",
                "Quorums",
                "A statement goes to every replica and is answered when enough of them have.",
                networks::quorums,
            ),
            Family::Workers => facts(
                "workers",
                "Workers held by calls",
                "A blocking app holds its worker while it waits for an answer; another does not.",
                networks::workers,
            ),
            Family::Balancing => facts(
                "balancing",
                "Load balancing",
                "From chance to the shortest queue, over two replicas and over a hundred; and what becomes of a dead one.",
                balancing::balancing,
            ),
            Family::Eviction => facts(
                "eviction",
                "Full caches",
                "Hit ratios that emerge from keys, capacity and policy, against exact values and Che's approximation.",
                caches::eviction,
            ),
            Family::Expiry => facts(
                "expiry",
                "Caches that forget",
                "Entries that expire, and entries that a write invalidates.",
                caches::expiry,
            ),
            Family::Buckets => facts(
                "buckets",
                "Token buckets",
                "A bucket that refuses is a queue with limited room; one that delays is a queue.",
                policies::buckets,
            ),
            Family::Retries => facts(
                "retries",
                "Timeouts and retries",
                "How many attempts there are, how many requests fail, and what the pauses cost.",
                policies::retries,
            ),
            Family::Hedges => facts(
                "hedges",
                "Hedged requests",
                "A second copy after a while: the tail that it cuts, and its price.",
                policies::hedges,
            ),
            Family::Breakers => facts(
                "breakers",
                "Circuit breakers",
                "How often a breaker opens over a callee that fails at random, and what it refuses.",
                policies::breakers,
            ),
            Family::Pools => facts(
                "pools",
                "Connection pools",
                "Calls that wait for a place in the pool wait as for a worker.",
                policies::pools,
            ),
            Family::Wires => facts("wires", "Links", "Latency, packet loss and bandwidth.", policies::wires),
            Family::Messages => facts(
                "messages",
                "Message queues",
                "Messages wait for consumers, are handed out again, and are given up.",
                networks::messages,
            ),
            Family::Faults => facts(
                "faults",
                "Crashes and partitions",
                "A dead process refuses; a cut link is silent, and what it held back arrives afterwards.",
                failures::faults,
            ),
            Family::Metastable => facts(
                "metastable",
                "Failures that outlast their cause",
                "Bronson et al. (2021): capacity for 300 requests a second, a timeout and one retry. Below 150 requests \
                 a second the system recovers from an outage of ten seconds; above, the retries keep it down.",
                failures::metastable,
            ),
            Family::Processes => facts(
                "processes",
                "Mechanisms: policies of each process",
                "Every calling process has a pool, a breaker and a retry budget of its own, and knows only its own calls.",
                mechanisms::processes,
            ),
            Family::Lines => facts(
                "lines",
                "Mechanisms: what a load balancer does with its calls",
                "Calls wait in one line for whichever replica is free; retries and hedges go elsewhere, behind any link.",
                mechanisms::lines,
            ),
            Family::GivenUp => facts(
                "given-up",
                "Mechanisms: calls that are given up",
                "A cancellation is a message, a late answer is wasted work, and failures count under one reason on every link.",
                mechanisms::given_up,
            ),
            Family::Deliveries => facts(
                "deliveries",
                "Mechanisms: deliveries of messages",
                "What a failed, dead or silent consumer had comes back after the visibility timeout; what it was never given \
                 was no delivery.",
                mechanisms::deliveries,
            ),
            Family::Pauses => facts(
                "pauses",
                "Mechanisms: pauses",
                "A paused process does nothing at all; what fell due meanwhile is done when it goes on.",
                mechanisms::pauses,
            ),
            Family::SlowDowns => facts(
                "slow-downs",
                "Mechanisms: slow-downs in the middle of the work",
                "Work in progress goes on at the new speed, and several slow-downs multiply.",
                mechanisms::slow_downs,
            ),
            Family::Retransmission => facts(
                "retransmission",
                "Mechanisms: what a partition holds back",
                "It goes on at once, or at its next retransmission: 0.2 s after it was sent, and then after twice as long each \
                 time; not at all if its sender has given up.",
                mechanisms::retransmission,
            ),
            Family::Errors => facts(
                "errors",
                "Mechanisms: errors, and what is tried again",
                "Errors that take a time of their own, breakers that want several good probes, and failures that are not retried.",
                mechanisms::errors,
            ),
            Family::Replicas => facts(
                "replicas",
                "Mechanisms: databases that lose replicas, messages and writes",
                "A replica that is cut off is silent, and a failover loses the writes that no follower has.",
                mechanisms::replicas,
            ),
            Family::Staleness => facts(
                "staleness",
                "Mechanisms: old entries, old replicas",
                "Reads that miss a write, at a cache that the write goes past and at a follower that lags.",
                mechanisms::staleness,
            ),
        }
    }

    /// For links into the page.
    pub fn id(self) -> &'static str {
        self.facts().id
    }

    /// Heading.
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// One or two sentences.
    pub fn parameter(self) -> &'static str {
        self.facts().parameter
    }

    /// Its cases.
    pub fn cases(self) -> Vec<Case> {
        (self.facts().cases)()
    }
}
