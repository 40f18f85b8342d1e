//! Statements of which several replicas know.

use super::set::{Mask, members};
use super::station::{DatabaseStation, Scheme};
use crate::engine::core::{Core, NONE};
use crate::engine::message::Outcome;

/// A statement of which several replicas know: one at a quorum, or a write that a leader passes
/// on.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Its set; [`NONE`] in a free slot.
    pub(super) set: u32,
    /// The caller's job; [`NONE`] once it is answered or gone.
    pub(super) job: u32,
    /// The replica that coordinates it or led when it was written.
    pub(super) by: u32,
    pub(super) writes: bool,
    pub(super) key: u32,
    /// Of a write its version, of a read the newest found.
    pub(super) version: u32,
    /// What was acknowledged when a read began.
    pub(super) floor: u32,
    /// Replicas that must have done it, the leader aside.
    pub(super) need: u32,
    /// Those that have, as far as `by` knows.
    pub(super) done: Mask,
    /// Of a write at a quorum: those that have it, whoever knows of that.
    pub(super) has: Mask,
    /// Those that are at it, or to which it is on its way.
    pub(super) out: Mask,
    /// Those whose answers a partition holds back, and the newest version among these.
    pub(super) deferred_events: Mask,
    pub(super) unheard_version: u32,
    /// Followers that it was sent to.
    pub(super) sent: Mask,
    /// Followers that it was sent to and will not come to.
    pub(super) stuck: Mask,
    /// Whether its caller heard that it was done.
    pub(super) acknowledged: bool,
    /// Whether its leader died or was replaced: it goes nowhere any more.
    pub(super) dead: bool,
}

impl DatabaseStation {
    /// The statements of a set that several replicas know of.
    pub(super) fn of_set(&self, set: u32) -> impl Iterator<Item = u32> + '_ {
        (0..self.statements.extent()).filter(move |at| self.statements[*at].set == set)
    }

    /// Answers a statement's caller, if it still waits.
    pub(super) fn conclude(&mut self, core: &mut Core, at: u32, outcome: Outcome) {
        let it = &mut self.statements[at];
        let job = std::mem::replace(&mut it.job, NONE);
        if job == NONE {
            return;
        }
        let (set, by, key, version) = (it.set as usize, it.by, it.key, it.version);
        let (writes, floor) = (it.writes, it.floor);
        self.disconnect(core, job);
        if !core.acknowledge(job, outcome) {
            return;
        }
        if !writes {
            core.record.nodes[self.station as usize].counts.stale_reads += u64::from(version < floor);
            return;
        }
        self.versions.acknowledge(key, version);
        let set = &mut self.sets[set];
        let (quorum, it) = (matches!(self.scheme, Scheme::Quorum { .. }), &self.statements[at]);
        // What is on its way to a follower that is cut off does not arrive; a share is done.
        let told = if quorum { it.has | it.out } else { it.done };
        let deaf = set.all() & !set.sides[by as usize] & !told;
        if deaf != 0 && (set.available || quorum) {
            self.versions.acknowledge_apart(by, key, version, deaf);
        }
        let it = &mut self.statements[at];
        it.acknowledged = true;
        members(set.all() & !it.sent & !it.done & !(1 << by)).for_each(|other| set.unsent[other as usize] += 1);
    }

    /// Forgets a statement that nothing refers to any more.
    pub(super) fn tidy(&mut self, at: u32) {
        let it = &mut self.statements[at];
        if it.job == NONE && it.out == 0 && it.deferred_events == 0 && !(it.acknowledged && it.stuck != 0) {
            it.set = NONE;
            self.statements.remove(at);
        }
    }
}
