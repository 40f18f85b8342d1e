//! Counters and gauges of a node and of a link. A hot path adds to a field; nothing is looked up.

use super::over;
use super::recorder::Failure;
use super::{Gauge, LatencyHistogram, Occupancy, RecentSpans};

/// A struct of counters that can be subtracted from each other, field by field.
macro_rules! counters {
    ($(#[doc = $doc:literal])* pub struct $name:ident { $($(#[doc = $help:literal])+ $field:ident: $type:ty,)+ }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name { $($(#[doc = $help])+ pub $field: $type,)+ }

        impl $name {
            /// What was added since `earlier`.
            pub fn since(&self, earlier: &$name) -> $name {
                $name { $($field: self.$field - earlier.$field),+ }
            }
        }
    };
}

counters! {
    /// What is counted at a node. Those of one kind are 0 at all others.
    pub struct NodeCounts {
        /// Messages that reached it; at a client the requests that it started.
        arrivals: u64,
        /// Answered without an error.
        completed: u64,
        /// Turned away on arrival.
        rejected: u64,
        /// Answered with a failure, or lost in a crash.
        failed: u64,
        /// Work given to workers, nanoseconds.
        work_ns: u128,
        /// Time waited for a worker by those who got one, nanoseconds.
        wait_ns: u128,
        /// How many got a worker.
        began: u64,
        /// Messages that found its process dead.
        unreachable: u64,
        /// Requests that no backend in rotation could take, load balancers only.
        no_backend: u64,
        /// Statements that found all connections in use, databases only.
        connections_refused: u64,
        /// Statements that came to a side without a leader or a quorum, replicated databases only.
        leaderless: u64,
        /// Times in system of those who left, nanoseconds.
        sojourn_ns: u128,
        /// Answered after the caller had stopped waiting.
        wasted: u64,
        /// Of `wasted`: work on messages that another delivery had finished, consumers only.
        duplicate_work: u64,
        /// Cache lookups that found a fresh entry, or waited while another fetched it.
        hits: u64,
        /// Cache lookups, without those that wait.
        lookups: u64,
        /// Deliveries after the first, queues only.
        redelivered: u64,
        /// Messages delivered more than once, queues only.
        duplicates: u64,
        /// Of the deliveries after the first, those that a full consumer turned away, which were none.
        redeliveries_held_back: u64,
        /// Of the messages delivered more than once, those whose second delivery was turned away.
        duplicates_held_back: u64,
        /// Messages given up and kept in the dead-letter list, queues only.
        dead_letters: u64,
        /// Messages given up without such a list or lost in a crash, queues only.
        lost: u64,
        /// Reads that missed a write acknowledged before they arrived, replicated databases and caches only.
        stale_reads: u64,
        /// Acknowledged writes that are gone, replicated databases and caches that write behind only.
        lost_writes: u64,
        /// Acknowledged writes that a later one of another side replaced, replicated databases only.
        conflicting_writes: u64,
        /// Followers promoted, replicated databases only.
        failovers: u64,
        /// Times that it took statements again after it had not, replicated databases only.
        recoveries: u64,
        /// How long it had not taken them before these recoveries, nanoseconds.
        recovery_ns: u64,
        /// Time in which some shard took no statements, nanoseconds.
        unavailable_ns: u128,
        /// Integral of requests waiting, requests times nanoseconds.
        waiting_ns: u128,
        /// Integral of requests in the system, requests times nanoseconds.
        in_system_ns: u128,
        /// Integral of busy workers, workers times nanoseconds.
        busy_ns: u128,
        /// Integral of workers that were up, workers times nanoseconds.
        workers_ns: u128,
        /// Integral of replicas that were up, replicas times nanoseconds.
        replicas_ns: u128,
    }
}

/// A node's record.
#[derive(Clone, Debug, Default)]
pub struct NodeRecord {
    /// Counters since the start, without the integrals of the gauges.
    pub counts: NodeCounts,
    /// Requests waiting for a worker.
    pub waiting: Gauge,
    /// Requests in the system.
    pub in_system: Gauge,
    /// Busy workers.
    pub busy: Gauge,
    /// Workers that are up; stays 0 where unlimited.
    pub workers: Gauge,
    /// Replicas that are up.
    pub replicas: Gauge,
    /// 1 while some shard takes no statements, replicated databases only.
    pub unavailable: Gauge,
    /// Busy workers of each shard, sharded databases only.
    pub shards: Vec<Gauge>,
    /// The integrals of `shards` at the end of the warm-up.
    pub shards_at_warmup: Vec<u128>,
    /// How long the tokens were in use, rate limiters only.
    pub tokens: Occupancy,
    /// What is counted of each process, where there can be several.
    pub processes: Vec<ProcessRecord>,
    /// What they had done at the end of the warm-up; empty before it.
    pub processes_at_warmup: Vec<ProcessTotals>,
    /// What they had done at the beginning of the present bin; empty in the first one.
    pub processes_at_bin: Vec<ProcessTotals>,
    /// Whether what waits there are messages, queues only.
    pub holds_messages: bool,
    /// Time between arrival and answer; only answers without an error.
    pub response: LatencyHistogram,
    /// The same in the last two bins of the series.
    pub recent: RecentSpans,
}

counters! {
    /// What one process of a node has done.
    pub struct ProcessCounts {
        /// Messages that reached it.
        arrivals: u64,
        /// Answered without an error.
        completed: u64,
        /// Turned away on arrival.
        rejected: u64,
        /// Answered with a failure, or lost in a crash.
        failed: u64,
        /// Messages that found it dead.
        unreachable: u64,
        /// Answered after the caller had stopped waiting.
        wasted: u64,
    }
}

/// The record of one process of a node: only what changes with every message, so that it is small.
#[derive(Clone, Debug, Default)]
pub struct ProcessRecord {
    /// Counters since the start.
    pub counts: ProcessCounts,
    /// Requests waiting for a worker.
    pub waiting: Gauge,
    /// Busy workers.
    pub busy: Gauge,
    /// Workers that are up; stays 0 where unlimited.
    pub workers: Gauge,
}

/// What one process of a node has done until a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessTotals {
    /// Counters since the start.
    pub counts: ProcessCounts,
    /// Integral of requests waiting, requests times nanoseconds.
    pub waiting_ns: u128,
    /// Integral of busy workers, workers times nanoseconds.
    pub busy_ns: u128,
    /// Integral of workers that were up, workers times nanoseconds.
    pub workers_ns: u128,
}

impl ProcessRecord {
    /// All that it has done until `now`.
    pub fn at(&self, now: u64) -> ProcessTotals {
        ProcessTotals {
            counts: self.counts,
            waiting_ns: self.waiting.integral(now),
            busy_ns: self.busy.integral(now),
            workers_ns: self.workers.integral(now),
        }
    }
}

impl ProcessTotals {
    /// What was added since `earlier`.
    pub fn since(&self, earlier: &ProcessTotals) -> ProcessTotals {
        ProcessTotals {
            counts: self.counts.since(&earlier.counts),
            waiting_ns: self.waiting_ns - earlier.waiting_ns,
            busy_ns: self.busy_ns - earlier.busy_ns,
            workers_ns: self.workers_ns - earlier.workers_ns,
        }
    }
}

impl NodeRecord {
    /// Records the time between an arrival and an answer without an error, nanoseconds.
    pub fn record_response(&mut self, ns: u64) {
        self.response.record(ns);
        self.recent.record(ns);
    }

    /// Changes the number of busy workers, and that of a process.
    #[inline(always)]
    pub fn add_busy(&mut self, now: u64, process: u32, by: i32) {
        self.busy.add(now, by);
        if let Some(process) = self.processes.get_mut(process as usize) {
            process.busy.add(now, by);
        }
    }

    /// Changes the number of workers that are there, and that of a process.
    pub fn add_workers(&mut self, now: u64, process: u32, by: i32) {
        self.workers.add(now, by);
        if let Some(process) = self.processes.get_mut(process as usize) {
            process.workers.add(now, by);
        }
    }

    /// Changes the number of requests that wait, and that of a process.
    #[inline(always)]
    pub fn add_waiting(&mut self, now: u64, process: u32, by: i32) {
        self.waiting.add(now, by);
        if let Some(process) = self.processes.get_mut(process as usize) {
            process.waiting.add(now, by);
        }
    }

    /// The counters of a process, where there can be several.
    #[inline(always)]
    pub fn process(&mut self, process: u32) -> Option<&mut ProcessCounts> {
        self.processes.get_mut(process as usize).map(|process| &mut process.counts)
    }

    /// What each process has done until `now`.
    pub fn processes_at(&self, now: u64) -> Vec<ProcessTotals> {
        self.processes.iter().map(|process| process.at(now)).collect()
    }

    /// What each process has done from `earlier` to `now`. `earlier` is empty at the start of the run.
    pub fn processes_since<'a>(
        &'a self,
        earlier: &'a [ProcessTotals],
        now: u64,
    ) -> impl Iterator<Item = ProcessTotals> + 'a {
        let before = |index: usize| earlier.get(index).copied().unwrap_or_default();
        self.processes.iter().enumerate().map(move |(index, process)| process.at(now).since(&before(index)))
    }

    /// How busy the busiest process was in the present bin; absent where there is one, or none with
    /// workers.
    pub fn busiest_of_bin(&self, now: u64) -> Option<f64> {
        let utilization = |of_bin: ProcessTotals| over(of_bin.busy_ns, of_bin.workers_ns);
        self.processes_since(&self.processes_at_bin, now).filter_map(utilization).reduce(f64::max)
    }

    /// The counters with the integrals up to `now`.
    pub fn at(&self, now: u64) -> NodeCounts {
        NodeCounts {
            waiting_ns: self.waiting.integral(now),
            in_system_ns: self.in_system.integral(now),
            // The workers of a limiter are its tokens.
            busy_ns: self.busy.integral(now) + self.tokens.busy_ns(now),
            workers_ns: self.workers.integral(now),
            replicas_ns: self.replicas.integral(now),
            unavailable_ns: self.unavailable.integral(now),
            ..self.counts
        }
    }
}

counters! {
    /// What is counted on a link.
    pub struct LinkCounts {
        /// Calls that the caller made.
        calls: u64,
        /// Messages sent for them.
        attempts: u64,
        /// Attempts given up after the timeout.
        timeouts: u64,
        /// Attempts that failed because of a timeout, here or further down.
        failed_by_timeout: u64,
        /// Attempts that a full queue or pool turned away, here or further down.
        rejected: u64,
        /// Attempts that were answered with an error.
        errors: u64,
        /// Attempts that found a dead process, here or further down.
        unreachable: u64,
        /// Attempts that an open breaker refused, here or further down.
        breaker_open: u64,
        /// Attempts that were over a rate limit, here or further down.
        limited: u64,
        /// Attempts that the caller's own full pool turned away.
        pool_rejected: u64,
        /// Attempts after the first.
        retries: u64,
        /// Second copies sent.
        hedges: u64,
        /// Attempts that the open breaker refused.
        refused: u64,
        /// Times that the breaker opened.
        breaker_opened: u64,
        /// Time messages spent on the wire, both ways, nanoseconds. Time held back by a partition is
        /// not in it.
        wire_ns: u64,
        /// Time that messages waited for those before them on the wire, both ways, nanoseconds.
        wire_wait_ns: u64,
        /// Messages that used the bandwidth.
        wire_messages: u64,
        /// Time in which messages used the bandwidth there, nanoseconds.
        forward_ns: u128,
        /// Time in which messages used the bandwidth back, nanoseconds.
        backward_ns: u128,
        /// Integral of calls under way, calls times nanoseconds: how long callers waited.
        under_way_ns: u128,
        /// Integral of places in use in the pools, places times nanoseconds.
        pool_in_use_ns: u128,
        /// Integral of calls that wait for a place, calls times nanoseconds.
        pool_waiting_ns: u128,
    }
}

impl LinkCounts {
    /// Counts a failed attempt under its reason.
    pub fn add_failure(&mut self, reason: Failure) {
        match reason {
            Failure::Timeout => self.failed_by_timeout += 1,
            Failure::Rejected => self.rejected += 1,
            Failure::Error => self.errors += 1,
            Failure::Unreachable => self.unreachable += 1,
            Failure::BreakerOpen => self.breaker_open += 1,
            Failure::RateLimited => self.limited += 1,
        }
    }

    /// Attempts that failed: the sum of the reasons.
    pub fn failed(&self) -> u64 {
        self.failed_by_timeout + self.rejected + self.errors + self.unreachable + self.breaker_open + self.limited
    }
}

/// A link's record.
#[derive(Clone, Debug, Default)]
pub struct LinkRecord {
    /// Counters since the start.
    pub counts: LinkCounts,
    /// Calls under way, those that wait for the pool or for their next attempt included.
    pub under_way: Gauge,
    /// How long the bandwidth was in use in each direction.
    pub wire: [Occupancy; 2],
    /// Places in the pool of one calling process, and the node that the processes are of; `None` without
    /// a limit.
    pub pool: Option<(u64, u32)>,
    /// Time between a call and its end, successes only.
    pub response: LatencyHistogram,
    /// Calls that hold a place in the pools of all calling processes; stays 0 without a limit.
    pub pool_in_use: Gauge,
    /// Calls that wait for a place.
    pub pool_waiting: Gauge,
    /// How long those that got a place had waited for it.
    pub pool_wait: LatencyHistogram,
}

impl LinkRecord {
    /// The counters with the integrals up to `now`.
    pub fn at(&self, now: u64) -> LinkCounts {
        LinkCounts {
            forward_ns: self.wire[0].busy_ns(now),
            backward_ns: self.wire[1].busy_ns(now),
            under_way_ns: self.under_way.integral(now),
            pool_in_use_ns: self.pool_in_use.integral(now),
            pool_waiting_ns: self.pool_waiting.integral(now),
            ..self.counts
        }
    }
}
