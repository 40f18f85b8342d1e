//! Writes at a leader and their replication to its followers.

use super::job_role::JobRole;
use super::set::{Mask, members};
use super::station::{DatabaseStation, Scheme};
use crate::engine::core::{Core, NONE};
use crate::engine::message::Outcome;

/// A write that took effect at a leader and goes to its followers.
#[derive(Clone, Debug)]
pub(super) struct ReplicatedWrite {
    /// Its replica set; [`NONE`] in a free slot.
    pub(super) set: u32,
    /// The caller's job; [`NONE`] once it is answered or gone.
    pub(super) job: u32,
    /// The replica that led the set when the write took effect.
    pub(super) leader: u32,
    pub(super) key: u32,
    pub(super) version: u32,
    /// How many followers must have it before it is acknowledged.
    pub(super) required: u32,
    /// Followers to which it was sent.
    pub(super) sent: Mask,
    /// Followers to which it is on its way.
    pub(super) in_flight: Mask,
    /// Followers that have it.
    pub(super) done: Mask,
    /// Followers to which it was sent and will not come.
    pub(super) undelivered: Mask,
    /// Whether its caller got a good answer.
    pub(super) acknowledged: bool,
    /// Whether its leader died or was replaced: it is sent nowhere any more.
    pub(super) abandoned: bool,
}

impl ReplicatedWrite {
    fn has_enough(&self) -> bool {
        self.done.count_ones() >= self.required
    }
}

impl DatabaseStation {
    /// A leader has done the work of a write: the write takes effect and goes to the followers.
    pub(super) fn replicate(&mut self, core: &mut Core, job: u32) {
        let Scheme::Leader { sync, lag, .. } = &self.scheme else {
            return;
        };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let replicas = &mut self.sets[set as usize];
        let side = replicas.sides[local as usize];
        if replicas.leaders & (1 << local) == 0 || !replicas.has_quorum(side) {
            // The replica was cut off or replaced during the work.
            self.held[replica as usize] -= 1;
            return core.answer(job, Outcome::Unreachable);
        }
        let version = self.versions.next_version();
        self.versions.apply(local, message.key, version);
        let sent = side & !(1 << local);
        replicas.behind |= replicas.all() & !side;
        let required = if replicas.available { (*sync).min(sent.count_ones()) } else { *sync };
        let write = self.writes.insert(ReplicatedWrite {
            set,
            job,
            leader: local,
            key: message.key,
            version,
            required,
            sent,
            in_flight: sent,
            done: 0,
            undelivered: 0,
            acknowledged: false,
            abandoned: false,
        });
        for follower in members(sent) {
            let task =
                core.background_task(self.station, set * self.size + follower, message, JobRole::Replication(write));
            core.hold(task, lag.sample(&mut self.lags));
        }
        core.jobs[job].set_data(JobRole::Replicated(write));
        if required == 0 {
            self.conclude_write(core, write, Outcome::Ok);
        }
        self.free_write_if_done(write);
    }

    /// A write comes to a follower; false when a partition or the leader's end stopped it.
    pub(super) fn arrives_at_follower(&mut self, core: &mut Core, at: u32, local: u32) -> bool {
        let write = &mut self.writes[at];
        let replicas = &mut self.sets[write.set as usize];
        write.in_flight &= !(1 << local);
        let arrives = !write.abandoned && replicas.sides[write.leader as usize] & (1 << local) != 0;
        if arrives {
            self.versions.apply(local, write.key, write.version);
            write.done |= 1 << local;
            if write.has_enough() {
                self.conclude_write(core, at, Outcome::Ok);
            }
        } else if !write.abandoned {
            write.undelivered |= 1 << local;
            replicas.behind |= 1 << local;
        }
        self.free_write_if_done(at);
        arrives
    }

    /// Answers a write's caller, if the caller still waits.
    fn conclude_write(&mut self, core: &mut Core, at: u32, outcome: Outcome) {
        let write = &mut self.writes[at];
        let job = std::mem::replace(&mut write.job, NONE);
        if job == NONE {
            return;
        }
        self.disconnect(core, job);
        if !core.acknowledge(job, outcome) {
            return;
        }
        let write = &mut self.writes[at];
        self.versions.acknowledge(write.key, write.version);
        let replicas = &mut self.sets[write.set as usize];
        // What is on its way to a follower that is cut off does not arrive.
        let unreachable = replicas.all() & !replicas.sides[write.leader as usize] & !write.done;
        if unreachable != 0 && replicas.available {
            self.versions.acknowledge_apart(write.leader, write.key, write.version, unreachable);
        }
        write.acknowledged = true;
        let never_sent = replicas.all() & !write.sent & !write.done & !(1 << write.leader);
        members(never_sent).for_each(|replica| replicas.unsent[replica as usize] += 1);
    }

    /// Frees the slot of a write that nothing refers to any more.
    pub(super) fn free_write_if_done(&mut self, at: u32) {
        let write = &mut self.writes[at];
        let is_pending = write.job != NONE || write.in_flight != 0;
        if !(is_pending || write.acknowledged && write.undelivered != 0) {
            write.set = NONE;
            self.writes.remove(at);
        }
    }

    /// The writes of a set that are not over.
    pub(super) fn writes_of_set(&self, set: u32) -> impl Iterator<Item = &ReplicatedWrite> + '_ {
        (0..self.writes.extent()).map(|at| &self.writes[at]).filter(move |write| write.set == set)
    }

    /// After a change of who reaches whom: answers writes that have enough followers now, and those
    /// whose leader no longer leads.
    pub(super) fn review_writes(&mut self, core: &mut Core, set: u32) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            if write.set != set {
                continue;
            }
            let replicas = &self.sets[set as usize];
            let side = replicas.sides[write.leader as usize];
            let leads = replicas.leaders & (1 << write.leader) != 0 && replicas.has_quorum(side);
            if replicas.available {
                write.required = write.required.min(side.count_ones().saturating_sub(1));
            }
            if write.has_enough() {
                self.conclude_write(core, at, Outcome::Ok);
            } else if !leads {
                self.conclude_write(core, at, Outcome::Unreachable);
            }
            self.free_write_if_done(at);
        }
    }

    /// A follower has become a copy of its leader: every write of the leader has arrived there.
    pub(super) fn complete_writes_at(&mut self, core: &mut Core, set: u32, local: u32) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            if write.set != set {
                continue;
            }
            write.undelivered &= !(1 << local);
            if !write.abandoned && write.leader != local {
                write.done |= 1 << local;
                if write.has_enough() {
                    self.conclude_write(core, at, Outcome::Ok);
                }
            }
            self.free_write_if_done(at);
        }
    }

    /// A replica has died: the writes that it led are abandoned, and those on their way to it do
    /// not arrive.
    pub(super) fn lose_writes_at(&mut self, set: u32, local: u32) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            if write.set != set {
                continue;
            }
            if write.leader == local {
                write.job = NONE;
                write.abandoned = true;
                write.undelivered |= write.in_flight;
                self.sets[set as usize].behind |= write.in_flight;
            }
            if write.in_flight & (1 << local) != 0 {
                write.in_flight &= !(1 << local);
                write.undelivered |= 1 << local;
            }
            self.free_write_if_done(at);
        }
    }

    /// Leaders were replaced: their writes go nowhere any more.
    pub(super) fn abandon_writes_of(&mut self, set: u32, replaced: Mask) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            if write.set == set && replaced & (1 << write.leader) != 0 {
                write.abandoned = true;
                write.undelivered = 0;
                self.free_write_if_done(at);
            }
        }
    }
}
