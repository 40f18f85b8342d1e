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
    /// Followers to which it is on its way.
    pub(super) in_flight: Mask,
    /// Followers that have it.
    pub(super) done: Mask,
    /// Followers of which its leader knows that they have it.
    pub(super) confirmed: Mask,
    /// Whether its caller got a good answer.
    pub(super) acknowledged: bool,
    /// Whether its leader died or was replaced: it is sent nowhere any more.
    pub(super) abandoned: bool,
}

impl ReplicatedWrite {
    fn has_enough(&self) -> bool {
        self.confirmed.count_ones() >= self.required
    }
}

impl DatabaseStation {
    /// A leader has done the work of a write: the write takes effect and goes to the followers.
    pub(super) fn replicate(&mut self, core: &mut Core, job: u32) {
        let Scheme::Leader { sync, lag, in_order, .. } = &self.scheme else {
            return;
        };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let replicas = &mut self.sets[set as usize];
        if !replicas.leads(local) {
            // The replica was cut off or replaced during the work.
            self.held[replica as usize] -= 1;
            return core.answer(job, Outcome::Unreachable);
        }
        let version = self.versions.next_version();
        self.versions.apply(local, message.key, version);
        let sent = replicas.followers_of(local);
        replicas.behind |= replicas.all() & !sent & !(1 << local);
        let answering = (sent & replicas.side_of(local)).count_ones();
        let required = if replicas.available { (*sync).min(answering) } else { *sync };
        let write = self.writes.insert(ReplicatedWrite {
            set,
            job,
            leader: local,
            key: message.key,
            version,
            required,
            in_flight: sent,
            done: 0,
            confirmed: 0,
            acknowledged: false,
            abandoned: false,
        });
        let now = core.now();
        for follower in members(sent) {
            let task =
                core.background_task(self.station, set * self.size + follower, message, JobRole::Replication(write));
            let mut due = now + lag.sample(&mut self.lags);
            if *in_order {
                // One that would come early waits for those before it.
                let last = &mut replicas.due[follower as usize];
                due = due.max(*last);
                *last = due;
            }
            core.hold(task, due - now);
        }
        core.jobs[job].set_data(JobRole::Replicated(write));
        if required == 0 {
            self.conclude_write(core, write, Outcome::Ok);
        }
        self.free_write_if_done(write);
    }

    /// A write comes to a follower; false when a partition or the leader's end stopped it, or when the
    /// order matters and one before it did not come.
    pub(super) fn arrives_at_follower(&mut self, core: &mut Core, at: u32, local: u32) -> bool {
        let in_order = matches!(self.scheme, Scheme::Leader { in_order: true, .. });
        let write = &mut self.writes[at];
        let replicas = &mut self.sets[write.set as usize];
        let here = 1 << local;
        write.in_flight &= !here;
        let is_carried = replicas.carries[write.leader as usize] & here != 0;
        let is_next = !in_order || replicas.behind & here == 0;
        let arrives = !write.abandoned && is_carried && is_next;
        if arrives && write.done & here == 0 {
            self.versions.apply(local, write.key, write.version);
            write.done |= here;
            if write.acknowledged {
                let lacks = &mut replicas.lacks[local as usize];
                *lacks = lacks.saturating_sub(1);
            }
            if replicas.reach.is_heard(local, write.leader) {
                write.confirmed |= here;
                if write.has_enough() {
                    self.conclude_write(core, at, Outcome::Ok);
                }
            }
        } else if !arrives && !write.abandoned && write.done & here == 0 {
            replicas.behind |= here;
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
        if self.versions.is_list_full() {
            let is_under_way = |write: &ReplicatedWrite| write.set != NONE && write.in_flight != 0 && !write.abandoned;
            let under_way = (0..self.writes.extent()).map(|at| &self.writes[at]).filter(|write| is_under_way(write));
            let oldest = under_way.map(|write| write.version).min().unwrap_or(u32::MAX);
            self.versions.shorten_list(oldest);
        }
        let write = &mut self.writes[at];
        self.versions.acknowledge(write.key, write.version);
        self.versions.remember(write.key, write.version);
        let replicas = &mut self.sets[write.set as usize];
        // What is on its way to a follower that is cut off does not arrive.
        let unreachable = replicas.all() & !replicas.reach.to[write.leader as usize] & !write.done;
        if unreachable != 0 && replicas.available {
            self.versions.acknowledge_apart(write.leader, write.key, write.version, unreachable);
        }
        write.acknowledged = true;
        let lacking = replicas.all() & !write.done & !(1 << write.leader);
        members(lacking).for_each(|replica| replicas.lacks[replica as usize] += 1);
    }

    /// Frees the slot of a write that nothing refers to any more.
    pub(super) fn free_write_if_done(&mut self, at: u32) {
        let write = &mut self.writes[at];
        if write.job == NONE && write.in_flight == 0 {
            write.set = NONE;
            self.writes.remove(at);
        }
    }

    /// After a change of who reaches whom: answers writes that have enough followers now, and those
    /// whose leader no longer leads.
    pub(super) fn review_writes(&mut self, core: &mut Core, set: u32) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            let replicas = &self.sets[set as usize];
            // A paused leader does nothing.
            if write.set != set || replicas.is_paused(write.leader) {
                continue;
            }
            write.confirmed |= replicas.answering(write.done, write.leader);
            if replicas.available {
                write.required = write.required.min(replicas.side_of(write.leader).count_ones().saturating_sub(1));
            }
            if write.has_enough() {
                self.conclude_write(core, at, Outcome::Ok);
            } else if !replicas.leads(write.leader) {
                self.conclude_write(core, at, Outcome::Unreachable);
            }
            self.free_write_if_done(at);
        }
    }

    /// A follower has become a copy of its leader: every write of the leader has arrived there.
    pub(super) fn complete_writes_at(&mut self, core: &mut Core, set: u32, local: u32) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            if write.set != set || write.abandoned || write.leader == local {
                continue;
            }
            write.done |= 1 << local;
            if self.sets[set as usize].reach.is_heard(local, write.leader) {
                write.confirmed |= 1 << local;
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
                self.sets[set as usize].behind |= write.in_flight;
            }
            write.in_flight &= !(1 << local);
            self.free_write_if_done(at);
        }
    }

    /// Leaders were replaced: their writes go nowhere any more.
    pub(super) fn abandon_writes_of(&mut self, set: u32, replaced: Mask) {
        for at in 0..self.writes.extent() {
            let write = &mut self.writes[at];
            if write.set == set && replaced & (1 << write.leader) != 0 {
                write.abandoned = true;
                self.free_write_if_done(at);
            }
        }
    }
}
