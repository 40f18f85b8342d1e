//! Leaders that are replaced, and followers that become copies of their leader.

use super::job_role::JobRole;
use super::set::{Mask, members};
use super::station::{DatabaseStation, Scheme};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::engine::message::{Access, Message};
use crate::time::NEVER;

/// Placeholder: catching up is background work without a message.
const NO_MESSAGE: Message = Message { operation: 0, access: Access::Write, priority: 0, key: 0, session: 0 };

impl DatabaseStation {
    /// Sides that have not heard a leader for the failover time promote a follower, and followers
    /// that are behind begin to catch up.
    ///
    /// A side is replicas that hear each other in both directions: who votes has to hear the candidate
    /// and be heard. To miss a leader it is enough not to hear it.
    pub(super) fn elect(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { failover_ns, .. } = self.scheme else {
            return;
        };
        if self.sets[set as usize].frozen {
            return;
        }
        let now = core.now();
        for side in self.sets[set as usize].reach.each_side() {
            let replicas = &mut self.sets[set as usize];
            // All of a side hear the same leaders. A paused replica misses none.
            if side & replicas.paused != 0 || replicas.leader_for(side.trailing_zeros()).is_some() {
                members(side).for_each(|replica| replicas.leaderless_since[replica as usize] = NEVER);
                continue;
            }
            let mut since = now;
            let mut newly_leaderless = false;
            for replica in members(side) {
                let slot = &mut replicas.leaderless_since[replica as usize];
                newly_leaderless |= *slot == NEVER;
                *slot = (*slot).min(now);
                since = since.min(*slot);
            }
            if now - since >= failover_ns && replicas.has_quorum(side) && side & replicas.leaders == 0 {
                self.promote(core, set, side);
            } else if newly_leaderless {
                core.calendar.at(now + failover_ns, Event::wake(self.station, set));
            }
        }
        self.catch_up(core, set);
    }

    /// The replica of a side that lacks the fewest acknowledged writes becomes its leader.
    fn promote(&mut self, core: &mut Core, set: u32, side: Mask) {
        let replicas = &mut self.sets[set as usize];
        let Some(leader) = members(side).min_by_key(|replica| replicas.lacks[*replica as usize]) else {
            return;
        };
        // A leader that is cut off goes on leading its own side, if sides may go on alone.
        let replaced = if replicas.available { replicas.leaders & !replicas.up() } else { replicas.leaders };
        let is_only_leader = replicas.leaders == replaced;
        replicas.leaders = replicas.leaders & !replaced | 1 << leader;
        let followers = if is_only_leader { replicas.all() } else { side };
        replicas.behind = (replicas.behind | replaced | followers) & !(1 << leader);
        replicas.lacks[leader as usize] = 0;
        members(side).for_each(|replica| replicas.leaderless_since[replica as usize] = NEVER);
        self.versions.gather(set, side, leader);
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.failovers += 1;
        if is_only_leader {
            // What others have that the leader does not hear from is discarded when they follow it,
            // except where sides that go on alone merge later.
            let survivors = if replicas.available { replicas.up() } else { 1 << leader };
            counts.lost_writes += self.versions.lose(set, survivors);
            self.versions.truncate(set, leader);
            for replica in members(replicas.all() & !(1 << leader)) {
                replicas.lacks[replica as usize] = self.versions.keys_behind(set, replica);
            }
        }
        self.abandon_writes_of(set, replaced);
    }

    /// Followers that are behind and hear a leader begin to catch up, which takes one draw of the
    /// replication lag.
    fn catch_up(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { lag, .. } = &self.scheme else {
            return;
        };
        let now = core.now();
        let replicas = &mut self.sets[set as usize];
        for replica in members(replicas.behind & !replicas.catching_up & replicas.up() & !replicas.paused) {
            if replicas.leader_for(replica).is_none_or(|leader| leader == replica) {
                continue;
            }
            replicas.catching_up |= 1 << replica;
            let task = core.background_task(self.station, set * self.size + replica, NO_MESSAGE, JobRole::CatchUp);
            let span = lag.sample(&mut self.lags);
            // Where the order matters, later writes come after it.
            let due = &mut replicas.due[replica as usize];
            *due = (*due).max(now + span);
            core.hold(task, span);
        }
    }

    /// A follower becomes a copy of its leader, if it still hears one.
    pub(super) fn caught_up(&mut self, core: &mut Core, set: u32, local: u32) {
        let replicas = &mut self.sets[set as usize];
        replicas.catching_up &= !(1 << local);
        let Some(leader) = replicas.leader_for(local).filter(|leader| *leader != local) else {
            return;
        };
        replicas.behind &= !(1 << local);
        replicas.lacks[local as usize] = 0;
        self.versions.copy(set, leader, local);
        if replicas.available {
            // It knows what its leader knows: alone with itself, the leader overwrites nothing.
            self.versions.conflicts(set, 1 << leader, 1 << leader | 1 << local);
        }
        self.complete_writes_at(core, set, local);
    }
}
