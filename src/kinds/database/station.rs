//! A database while running: its processes, their workers and connections, and the reads and
//! writes of callers.

use super::Database;
use super::job_role::JobRole;
use super::metrics;
use super::quorum::QuorumOperation;
use super::replication::ReplicatedWrite;
use super::set::Set;
use super::versions::Versions;
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Access, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::replicas::StationState;
use crate::engine::routing::{Routing, Sharding};
use crate::engine::server::{Entry, Server};
use crate::engine::slab::Slab;
use crate::engine::station::{Station, replica_snapshot};
use crate::metrics::Metrics;
use crate::random::{Distribution, Stream};
use crate::record::{Gauge, NodeWindow, ReplicaSnapshot};
use crate::time::NEVER;

/// How the replicas of a set agree.
#[derive(Clone, Debug)]
pub(super) enum Scheme {
    /// One process for each shard.
    Alone,
    /// One replica takes the writes.
    Leader {
        /// Followers that must have a write before it is acknowledged.
        sync: u32,
        /// Time until a write is at a follower.
        lag: Distribution,
        /// Whether followers have writes in the order of the leader.
        in_order: bool,
        /// Whether every replica answers reads.
        read_any: bool,
        /// How long a side has no leader before it promotes a follower, and how long a replica is
        /// silent before callers do without it.
        failover_ns: u64,
    },
    /// Enough replicas answer.
    Quorum {
        /// Replicas that must have answered a read.
        read: u32,
        /// Replicas that must have done a write.
        write: u32,
        /// How long a replica is silent before callers do without it.
        detection_ns: u64,
    },
}

/// A database while running.
#[derive(Clone, Debug)]
pub struct DatabaseStation {
    pub(super) station: u32,
    pub(super) server: Server,
    /// Most connections of each process.
    pub(super) connections: u32,
    /// Connections taken at each process.
    pub(super) held: Vec<u32>,
    pub(super) read: Distribution,
    pub(super) write: Distribution,
    pub(super) scheme: Scheme,
    pub(super) sharding: Sharding,
    /// Replicas of a set.
    pub(super) size: u32,
    pub(super) sets: Vec<Set>,
    /// For each process since when it has been paused; [`NEVER`] while it is not.
    pub(super) paused_since: Vec<u64>,
    /// Writes that go to followers; empty without a leader.
    pub(super) writes: Slab<ReplicatedWrite>,
    /// Operations that wait for a quorum; empty with a leader.
    pub(super) operations: Slab<QuorumOperation>,
    pub(super) versions: Versions,
    /// How many sets refuse all requests at present, and since when there is such a set.
    pub(super) sets_refusing: u32,
    pub(super) refusing_since: u64,
    pub(super) work: Stream,
    pub(super) lags: Stream,
}

/// What a replica is among the replicas of its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it leads.
    pub leads: bool,
    /// How many acknowledged writes it does not have yet.
    pub lag_writes: u64,
}

impl DatabaseStation {
    /// Busy workers of a process.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    /// Whether the keys of each shard are kept by several replicas.
    pub fn is_replicated(&self) -> bool {
        !matches!(self.scheme, Scheme::Alone)
    }

    /// Workers of a shard, of all its processes together; `None` is unlimited.
    pub fn workers_of_shard(&self) -> Option<u64> {
        self.server.workers().map(|workers| u64::from(workers) * u64::from(self.size))
    }

    /// What a process is among its replicas; `None` in a scheme without leaders.
    pub fn standing(&self, replica: u32) -> Option<Standing> {
        let Scheme::Leader { .. } = self.scheme else {
            return None;
        };
        let (set, local) = (replica / self.size, replica % self.size);
        let replicas = &self.sets[set as usize];
        if replicas.leaders & (1 << local) != 0 {
            return Some(Standing { leads: true, lag_writes: 0 });
        }
        Some(Standing { leads: false, lag_writes: replicas.lacks[local as usize] })
    }

    // -- workers and connections ----------------------------------------------------------------

    pub(super) fn begin(&mut self, core: &mut Core, job: u32) {
        let is_read = core.jobs[job].message.access == Access::Read;
        let duration = if is_read { &self.read } else { &self.write };
        let span = duration.sample(&mut self.work);
        self.server.begin(core, job, span);
        self.count_busy(core, core.jobs[job].replica, 1);
    }

    fn release(&mut self, core: &mut Core, job: u32) {
        self.count_busy(core, core.jobs[job].replica, -1);
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
    }

    /// Counts the busy workers of each shard, where there are several shards.
    fn count_busy(&self, core: &mut Core, replica: u32, by: i32) {
        let now = core.now();
        if let Some(gauge) = core.record.nodes[self.station as usize].shards.get_mut((replica / self.size) as usize) {
            gauge.add(now, by);
        }
    }

    /// Gives a job's connection back.
    pub(super) fn disconnect(&mut self, core: &Core, job: u32) {
        self.held[core.jobs[job].replica as usize] -= 1;
    }

    // -- reads and writes of callers --------------------------------------------------------------

    /// The process that does a read or write which came to the process `here`; `None` if no process
    /// of its shard can.
    fn responsible_process(&self, core: &Core, set: u32, here: u32, access: Access) -> Option<u32> {
        let base = set * self.size;
        let replicas = &self.sets[set as usize];
        let local = match here.checked_sub(base).filter(|local| *local < self.size) {
            Some(local) => local,
            // It came to another shard and is forwarded, to the leader if that lives.
            None if self.is_replicated() => match (replicas.up() & replicas.leaders, replicas.up()) {
                (_, 0) => return None,
                (0, up) => up.trailing_zeros(),
                (leaders, _) => leaders.trailing_zeros(),
            },
            None => {
                return core.station_states[self.station as usize].is_up(base).then_some(base);
            }
        };
        let local = match self.scheme {
            Scheme::Alone | Scheme::Quorum { .. } => Some(local),
            Scheme::Leader { read_any: true, .. } if access == Access::Read => {
                let serves = replicas.has_quorum(replicas.side_of(local)) || replicas.leader_for(local).is_some();
                serves.then_some(local)
            }
            Scheme::Leader { .. } => replicas.leader_of_side(local),
        };
        local.map(|local| base + local)
    }

    /// The work of a read or write is done at a leader, a follower or the only process.
    fn finish(&mut self, core: &mut Core, job: u32) {
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        if core.jobs[job].is_error() {
            self.disconnect(core, job);
            return core.answer(job, Outcome::Error);
        }
        if !self.is_replicated() {
            self.disconnect(core, job);
            return core.answer(job, Outcome::Ok);
        }
        if message.access != Access::Read {
            return self.replicate(core, job);
        }
        let found = self.versions.version_at(replica % self.size, message.key);
        let JobRole::Direct { acknowledged_at_start } = core.jobs[job].data() else { return };
        self.disconnect(core, job);
        let delivered = core.acknowledge(job, Outcome::Ok);
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.stale_reads += u64::from(delivered && found < acknowledged_at_start);
    }

    // -- background tasks -----------------------------------------------------------------------

    fn background_task_done(&mut self, core: &mut Core, task: u32) {
        let replica = core.jobs[task].replica;
        let local = replica % self.size;
        match core.jobs[task].data() {
            JobRole::QuorumShare(operation) => {
                self.release(core, task);
                core.end_background_task(task);
                self.share_done(core, operation, local);
            }
            JobRole::Replication(write) if self.arrives_at_follower(core, write, local) => {
                // The follower has the write, and its work on it begins. The time on the way does not
                // count as waiting.
                let now = core.now();
                core.jobs[task].set_data(JobRole::Replay);
                core.jobs[task].arrived = now;
                if self.server.enter_always(core, task) {
                    self.begin(core, task);
                }
            }
            JobRole::Replay => {
                self.release(core, task);
                core.end_background_task(task);
            }
            JobRole::CatchUp => {
                core.end_background_task(task);
                self.caught_up(core, replica / self.size, local);
            }
            JobRole::Replication(_) | JobRole::Direct { .. } | JobRole::Replicated(_) => core.end_background_task(task),
        }
    }
}

impl Station for DatabaseStation {
    type Parameters = Database;

    fn reconfigure(&mut self, core: &mut Core, database: &Database) {
        self.connections = database.max_connections.unwrap_or(u32::MAX);
        self.read = database.read.distribution();
        self.write = database.write.distribution();
        self.scheme = database.scheme();
        (0..self.sharding.sets).for_each(|set| self.publish(core, set));
        let limits = (database.workers, database.queue_limit);
        for job in self.server.reconfigure(core, self.station, limits, Discipline::Fifo) {
            self.begin(core, job);
        }
    }

    fn start(&mut self, core: &mut Core) {
        let sets = self.sharding.sets;
        if sets * self.size > 1 {
            let masks = vec![1; sets as usize];
            core.station_states[self.station as usize].routing = Some(Routing {
                sharding: self.sharding,
                size: self.size,
                reads: masks.clone(),
                writes: masks,
                sides: vec![0; (sets * self.size) as usize],
                detection_ns: self.detection_ns(),
            });
        }
        if sets > 1 {
            core.record.nodes[self.station as usize].shards = vec![Gauge::default(); sets as usize];
        }
        (0..sets).for_each(|set| self.publish(core, set));
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let (message, here) = (core.jobs[job].message, core.jobs[job].replica);
        let set = self.sharding.set_of(message.key);
        let Some(replica) = self.responsible_process(core, set, here, message.access) else {
            return core.reject(job, Outcome::Unreachable);
        };
        core.jobs[job].replica = replica;
        if self.held[replica as usize] >= self.connections {
            core.record.nodes[self.station as usize].counts.connections_refused += 1;
            return core.reject(job, Outcome::Rejected);
        }
        if matches!(self.scheme, Scheme::Quorum { .. }) {
            // An error that takes a time of its own is the coordinator's, and takes none of the workers.
            let Some(span) = core.timed_error(job) else { return self.coordinate(core, job) };
            core.jobs[job].set_data(JobRole::Direct { acknowledged_at_start: 0 });
            self.held[replica as usize] += 1;
            return core.process(job, span);
        }
        if self.is_replicated() {
            let acknowledged_at_start = self.versions.acknowledged(message.key);
            core.jobs[job].set_data(JobRole::Direct { acknowledged_at_start });
        }
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => return core.reject(job, Outcome::Rejected),
        }
        self.held[replica as usize] += 1;
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].is_background {
            return self.background_task_done(core, job);
        }
        if core.jobs[job].has_worker {
            self.release(core, job);
        }
        self.finish(core, job);
    }

    fn wake(&mut self, core: &mut Core, set: u32) {
        self.elect(core, set);
        self.publish(core, set);
    }

    fn paused(&mut self, core: &mut Core, replica: u32) {
        let since = &mut self.paused_since[replica as usize];
        *since = core.now().min(*since);
        if self.is_replicated() {
            self.update_membership(core, replica / self.size);
        }
    }

    fn resumed(&mut self, core: &mut Core, replica: u32) {
        self.paused_since[replica as usize] = NEVER;
        if self.is_replicated() {
            self.update_membership(core, replica / self.size);
        }
    }

    fn wakes(&self, _tag: u32) -> Option<u32> {
        None
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        self.disconnect(core, job);
        if let JobRole::Replicated(at) = core.jobs[job].data() {
            if matches!(self.scheme, Scheme::Quorum { .. }) {
                self.cancel_operation(at);
            } else {
                self.writes[at].job = NONE;
                self.free_write_if_done(at);
            }
        }
        if core.jobs[job].has_worker {
            self.count_busy(core, core.jobs[job].replica, -1);
        }
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.count_busy(core, replica, -(self.server.busy(replica) as i32));
        self.server.clear(core, self.station, replica);
        self.held[replica as usize] = 0;
        if !self.is_replicated() {
            return;
        }
        let (set, local) = (replica / self.size, replica % self.size);
        if matches!(self.scheme, Scheme::Quorum { .. }) {
            self.lose_operations_at(set, local);
        } else {
            self.lose_writes_at(set, local);
        }
        let replicas = &mut self.sets[set as usize];
        replicas.catching_up &= !(1 << local);
        replicas.leaderless_since[local as usize] = NEVER;
        replicas.behind |= (1 << local) & !replicas.leaders;
        self.update_membership(core, set);
    }

    fn restored(&mut self, core: &mut Core, replica: u32) {
        if self.is_replicated() {
            self.update_membership(core, replica / self.size);
        }
    }

    fn partition_changed(&mut self, core: &mut Core) {
        if self.is_replicated() {
            (0..self.sharding.sets).for_each(|set| self.update_membership(core, set));
        }
    }

    fn metrics(&self, _core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
        metrics::report(self, window, m);
    }

    fn replica(&self, state: &StationState, replica: u32) -> ReplicaSnapshot {
        let snapshot = replica_snapshot(state, replica, self.busy(replica));
        match self.standing(replica) {
            Some(Standing { leads, lag_writes }) => {
                ReplicaSnapshot { leads: Some(leads), lacks: lag_writes, ..snapshot }
            }
            None => snapshot,
        }
    }
}
