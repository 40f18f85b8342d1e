//! A database while running: its processes, their workers and connections, and callers' statements.

use super::job_role::JobRole;
use super::metrics;
use super::set::Set;
use super::statement::Statement;
use super::versions::Versions;
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Access, Outcome};
use crate::engine::replicas::StationState;
use crate::engine::routing::{Routing, Sharding};
use crate::engine::server::{Entry, Server};
use crate::engine::slab::Slab;
use crate::engine::station::{Station, replica_snapshot};
use crate::metrics::Metrics;
use crate::random::{Distribution, Stream};
use crate::record::{Gauge, NodeWindow, ReplicaSnapshot};
use crate::time::NEVER;

#[derive(Clone, Debug)]
pub(super) enum Scheme {
    /// One process for each shard.
    Alone,
    Leader {
        sync: u32,
        lag: Distribution,
        any: bool,
        failover_ns: u64,
    },
    Quorum {
        read: u32,
        write: u32,
    },
}

/// A database while running.
#[derive(Clone, Debug)]
pub struct DatabaseStation {
    pub(super) station: u32,
    pub(super) server: Server,
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
    pub(super) statements: Slab<Statement>,
    pub(super) versions: Versions,
    /// How many sets take no statements at present, and since when there are any.
    pub(super) refusing: u32,
    pub(super) refusing_since: u64,
    pub(super) work: Stream,
    pub(super) lags: Stream,
}

/// What a replica is, for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it leads.
    pub leads: bool,
    /// How many acknowledged writes it does not have yet.
    pub lacks: u64,
}

impl DatabaseStation {
    /// Busy workers of a process.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    /// Whether it keeps copies.
    pub fn is_replicated(&self) -> bool {
        !matches!(self.scheme, Scheme::Alone)
    }

    /// Workers of a shard, of all its processes together; `None` is unlimited.
    pub fn workers_of_shard(&self) -> Option<u64> {
        self.server.workers().map(|workers| u64::from(workers) * u64::from(self.size))
    }

    /// What a process is among its replicas; `None` where nobody leads.
    pub fn standing(&self, replica: u32) -> Option<Standing> {
        let Scheme::Leader { .. } = self.scheme else { return None };
        let (set, local) = (replica / self.size, replica % self.size);
        let it = &self.sets[set as usize];
        let leads = it.leaders & (1 << local) != 0;
        let on_its_way = self.of_set(set).filter(|at| {
            let it = &self.statements[*at];
            it.acknowledged && it.by != local && it.sent & !it.done & (1 << local) != 0
        });
        let lacks = if leads { 0 } else { it.unsent[local as usize] + on_its_way.count() as u64 };
        Some(Standing { leads, lacks })
    }

    // -- workers and connections ----------------------------------------------------------------

    pub(super) fn begin(&mut self, core: &mut Core, job: u32) {
        let law = if core.jobs[job].message.access == Access::Read { &self.read } else { &self.write };
        let span = law.sample(&mut self.work);
        self.server.begin(core, job, span);
        self.count_busy(core, core.jobs[job].replica, 1);
    }

    fn release(&mut self, core: &mut Core, job: u32) {
        self.count_busy(core, core.jobs[job].replica, -1);
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
    }

    /// Busy workers of each shard, where there are several.
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

    // -- callers' statements --------------------------------------------------------------------

    /// The process that is to do a statement which came to the process `here`; `None`: nobody can.
    fn in_charge(&self, core: &Core, set: u32, here: u32, access: Access) -> Option<u32> {
        let base = set * self.size;
        let it = &self.sets[set as usize];
        let local = match here.checked_sub(base).filter(|local| *local < self.size) {
            Some(local) => local,
            // It came to another shard and is handed on, to the leader if that lives.
            None if self.is_replicated() => match (it.up() & it.leaders, it.up()) {
                (_, 0) => return None,
                (0, up) => up.trailing_zeros(),
                (leaders, _) => leaders.trailing_zeros(),
            },
            None => return core.station_states[self.station as usize].is_up(base).then_some(base),
        };
        let side = it.sides[local as usize];
        let local = match self.scheme {
            Scheme::Alone | Scheme::Quorum { .. } => Some(local),
            Scheme::Leader { any: true, .. } if access == Access::Read => it.is_quorate(side).then_some(local),
            Scheme::Leader { .. } => it.leader_of(side),
        };
        local.map(|local| base + local)
    }

    /// A read or a write is done at a leader, a follower, or the only process.
    fn finish(&mut self, core: &mut Core, job: u32) {
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        if !self.is_replicated() {
            self.disconnect(core, job);
            return core.answer(job, Outcome::Ok);
        }
        if message.access != Access::Read {
            return self.pass_on(core, job);
        }
        let found = self.versions.at(replica % self.size, message.key);
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
            JobRole::QuorumPart(at) => {
                self.release(core, task);
                core.end_background_task(task);
                self.share_done(core, at, local);
            }
            JobRole::Replication(at) if self.arrives(core, at, local) => {
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
            JobRole::Replication(_) | JobRole::Direct { .. } | JobRole::Statement(_) => core.end_background_task(task),
        }
    }
}

impl Station for DatabaseStation {
    fn start(&mut self, core: &mut Core) {
        let sets = self.sharding.sets;
        if sets * self.size > 1 {
            let masks = vec![1; sets as usize];
            core.station_states[self.station as usize].routing =
                Some(Routing { sharding: self.sharding, size: self.size, reads: masks.clone(), writes: masks });
        }
        if sets > 1 {
            core.record.nodes[self.station as usize].shards = vec![Gauge::default(); sets as usize];
        }
        (0..sets).for_each(|set| self.publish(core, set));
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let (message, here) = (core.jobs[job].message, core.jobs[job].replica);
        let set = self.sharding.set_of(message.key);
        let Some(replica) = self.in_charge(core, set, here, message.access) else {
            return core.reject(job, Outcome::Unreachable);
        };
        core.jobs[job].replica = replica;
        if self.held[replica as usize] >= self.connections {
            return core.reject(job, Outcome::Rejected);
        }
        if matches!(self.scheme, Scheme::Quorum { .. }) {
            return self.coordinate(core, job);
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
        self.release(core, job);
        self.finish(core, job);
    }

    fn wake(&mut self, core: &mut Core, set: u32) {
        // Replicas that stand still elect nobody.
        if core.station_states[self.station as usize].pauses == 0 {
            self.elect(core, set);
            self.publish(core, set);
        }
    }

    fn resumed(&mut self, core: &mut Core) {
        for set in 0..self.sharding.sets {
            self.wake(core, set);
        }
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        self.disconnect(core, job);
        if let JobRole::Statement(at) = core.jobs[job].data() {
            // The replicas that are at it do not learn of it.
            self.statements[at].job = NONE;
            self.statements[at].deferred_events = 0;
            self.tidy(at);
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
        let leader = matches!(self.scheme, Scheme::Leader { .. });
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set != set {
                continue;
            }
            if it.by == local {
                it.job = NONE;
                it.deferred_events = 0;
                if leader {
                    it.dead = true;
                    it.stuck |= it.out;
                    self.sets[set as usize].behind |= it.out;
                }
            }
            if it.out & (1 << local) != 0 {
                it.out &= !(1 << local);
                it.stuck |= if leader { 1 << local } else { 0 };
            }
            self.tidy(at);
        }
        let it = &mut self.sets[set as usize];
        it.catching_up &= !(1 << local);
        it.leaderless_since[local as usize] = NEVER;
        it.behind |= (1 << local) & !it.leaders;
        self.settle(core, set);
    }

    fn restored(&mut self, core: &mut Core, replica: u32) {
        if self.is_replicated() {
            self.settle(core, replica / self.size);
        }
    }

    fn partition_changed(&mut self, core: &mut Core) {
        if self.is_replicated() {
            (0..self.sharding.sets).for_each(|set| self.settle(core, set));
        }
    }

    fn metrics(&self, _core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
        metrics::report(self, window, m);
    }

    fn replica(&self, state: &StationState, replica: u32) -> ReplicaSnapshot {
        let snapshot = replica_snapshot(state, replica, self.busy(replica));
        match self.standing(replica) {
            Some(Standing { leads, lacks }) => ReplicaSnapshot { leads: Some(leads), lacks, ..snapshot },
            None => snapshot,
        }
    }
}
