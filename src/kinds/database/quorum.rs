//! Operations at a quorum of replicas.

use super::job_role::JobRole;
use super::set::{Mask, members};
use super::station::{DatabaseStation, Scheme};
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Access, Outcome};
use crate::engine::server::Entry;

/// A read or write that waits for a quorum of replicas.
#[derive(Clone, Debug)]
pub(super) struct QuorumOperation {
    /// Its replica set; [`NONE`] in a free slot.
    pub(super) set: u32,
    /// The caller's job; [`NONE`] once it is answered or gone.
    pub(super) job: u32,
    /// The replica to which it came and which collects the answers.
    pub(super) coordinator: u32,
    pub(super) is_write: bool,
    pub(super) key: u32,
    /// The version of a write; of a read the newest version found so far.
    pub(super) version: u32,
    /// Latest acknowledged version of the key when the operation began; an older result is stale.
    pub(super) acknowledged_at_start: u32,
    /// How many replicas must have done it.
    pub(super) required: u32,
    /// Replicas that are working on it.
    pub(super) in_flight: Mask,
    /// Replicas whose answers the coordinator has.
    pub(super) done: Mask,
    /// Replicas that have a write, whether or not the coordinator has their answer.
    pub(super) applied: Mask,
    /// Replicas whose answers a partition holds back, and the newest version among these answers.
    pub(super) held_back: Mask,
    pub(super) held_back_version: u32,
}

impl QuorumOperation {
    fn has_enough(&self) -> bool {
        self.done.count_ones() >= self.required
    }
}

impl DatabaseStation {
    /// An operation comes to a replica, which sends it to all replicas of its side, itself included. One
    /// that it does not hear is dead to it, and gets the write later.
    pub(super) fn coordinate(&mut self, core: &mut Core, job: u32) {
        let Scheme::Quorum { read, write, .. } = self.scheme else {
            return;
        };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let (base, replicas) = (set * self.size, &self.sets[set as usize]);
        let is_write = message.access != Access::Read;
        let side = replicas.side_of(local);
        let mut required = if is_write { write } else { read };
        if side.count_ones() < required {
            if !replicas.available {
                return core.reject(job, Outcome::Unreachable);
            }
            required = side.count_ones();
        }
        let add_if_room = |mask: Mask, replica: u32| mask | u32::from(self.server.has_room(base + replica)) << replica;
        let in_flight = members(side).fold(0, add_if_room);
        if in_flight.count_ones() < required {
            return core.reject(job, Outcome::Rejected);
        }
        self.held[replica as usize] += 1;
        let operation = self.operations.insert(QuorumOperation {
            set,
            job,
            coordinator: local,
            is_write,
            key: message.key,
            version: if is_write { self.versions.next_version() } else { 0 },
            acknowledged_at_start: self.versions.acknowledged(message.key),
            required,
            in_flight,
            done: 0,
            applied: 0,
            held_back: 0,
            held_back_version: 0,
        });
        core.jobs[job].set_data(JobRole::Replicated(operation));
        for other in members(in_flight) {
            let task = core.background_task(self.station, base + other, message, JobRole::QuorumShare(operation));
            if self.server.enter(core, task) == Entry::Begin {
                self.begin(core, task);
            }
        }
    }

    /// A replica has done its share of an operation.
    pub(super) fn share_done(&mut self, core: &mut Core, at: u32, local: u32) {
        let operation = &mut self.operations[at];
        operation.in_flight &= !(1 << local);
        if operation.is_write {
            // Of a write whose coordinator is cut off meanwhile, those of the side to which it did not send
            // it have it from this replica.
            let side = self.sets[operation.set as usize].side_of(local);
            let is_cut_off = side >> operation.coordinator & 1 == 0;
            let receivers = 1 << local | if is_cut_off { side & !operation.in_flight } else { 0 };
            operation.applied |= receivers;
            members(receivers).for_each(|one| self.versions.apply(one, operation.key, operation.version));
        }
        if operation.job != NONE {
            let found = self.versions.version_at(local, operation.key);
            if self.sets[operation.set as usize].reach.is_heard(local, operation.coordinator) {
                operation.done |= 1 << local;
                if !operation.is_write {
                    operation.version = operation.version.max(found);
                }
                if operation.has_enough() {
                    self.conclude_operation(core, at, Outcome::Ok);
                }
            } else {
                operation.held_back |= 1 << local;
                operation.held_back_version = operation.held_back_version.max(found);
            }
        }
        self.free_operation_if_done(at);
    }

    /// Answers an operation's caller, if the caller still waits.
    fn conclude_operation(&mut self, core: &mut Core, at: u32, outcome: Outcome) {
        let job = std::mem::replace(&mut self.operations[at].job, NONE);
        if job == NONE {
            return;
        }
        self.disconnect(core, job);
        if !core.acknowledge(job, outcome) {
            return;
        }
        let operation = &self.operations[at];
        if !operation.is_write {
            let is_stale = operation.version < operation.acknowledged_at_start;
            core.record.nodes[self.station as usize].counts.stale_reads += u64::from(is_stale);
            return;
        }
        self.versions.acknowledge(operation.key, operation.version);
        let replicas = &self.sets[operation.set as usize];
        // A replica that is working on its share finishes it, cut off or not.
        let reached = operation.applied | operation.in_flight;
        let unreachable = replicas.all() & !replicas.side_of(operation.coordinator) & !reached;
        if unreachable != 0 {
            let QuorumOperation { coordinator, key, version, .. } = *operation;
            self.versions.acknowledge_apart(coordinator, key, version, unreachable);
        }
    }

    /// Frees the slot of an operation that nothing refers to any more.
    fn free_operation_if_done(&mut self, at: u32) {
        let operation = &mut self.operations[at];
        if operation.job == NONE && operation.in_flight == 0 && operation.held_back == 0 {
            operation.set = NONE;
            self.operations.remove(at);
        }
    }

    /// After a change of who reaches whom: delivers answers that were held back, and answers
    /// operations that have enough replicas now, or can have enough no more.
    pub(super) fn review_operations(&mut self, core: &mut Core, set: u32) {
        for at in 0..self.operations.extent() {
            let operation = &mut self.operations[at];
            let replicas = &self.sets[set as usize];
            // A paused coordinator does nothing.
            if operation.set != set || replicas.is_paused(operation.coordinator) {
                continue;
            }
            let side = replicas.side_of(operation.coordinator);
            let heard = replicas.answering(operation.held_back, operation.coordinator);
            if heard != 0 {
                operation.done |= heard;
                operation.held_back &= !heard;
                if !operation.is_write {
                    operation.version = operation.version.max(operation.held_back_version);
                }
            }
            let done = operation.done.count_ones();
            let possible = done + (operation.in_flight | operation.held_back).count_ones();
            let possible_in_reach = done + (operation.in_flight & side).count_ones();
            if replicas.available {
                operation.required = operation.required.min(possible_in_reach.max(1));
            }
            if operation.has_enough() {
                self.conclude_operation(core, at, Outcome::Ok);
            } else if possible < operation.required {
                self.conclude_operation(core, at, Outcome::Unreachable);
            }
            if self.operations[at].job == NONE {
                self.operations[at].held_back = 0;
            }
            self.free_operation_if_done(at);
        }
    }

    /// Replicas that reach each other again have exchanged their writes.
    pub(super) fn share_writes(&mut self, set: u32, side: Mask) {
        for at in 0..self.operations.extent() {
            let operation = &mut self.operations[at];
            if operation.set == set && operation.applied & side != 0 {
                operation.applied |= side;
            }
        }
    }

    /// The caller of an operation no longer waits. The replicas that work on it do not learn that.
    pub(super) fn cancel_operation(&mut self, at: u32) {
        let operation = &mut self.operations[at];
        operation.job = NONE;
        operation.held_back = 0;
        self.free_operation_if_done(at);
    }

    /// A replica has died, and with it the operations that it coordinated and its shares of others.
    pub(super) fn lose_operations_at(&mut self, set: u32, local: u32) {
        for at in 0..self.operations.extent() {
            let operation = &mut self.operations[at];
            if operation.set != set {
                continue;
            }
            if operation.coordinator == local {
                operation.job = NONE;
                operation.held_back = 0;
            }
            operation.in_flight &= !(1 << local);
            self.free_operation_if_done(at);
        }
    }
}
