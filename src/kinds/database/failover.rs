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
    /// Sides that have had no leader for the failover time promote a follower, and followers that
    /// are behind begin to catch up.
    pub(super) fn elect(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { failover_ns, .. } = self.scheme else {
            return;
        };
        let now = core.now();
        let sides = self.sets[set as usize].each_side();
        for side in sides {
            let replicas = &mut self.sets[set as usize];
            if replicas.leader_of(side).is_some() {
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
        let mut missing = [0u64; 32];
        let mut missing_everywhere = 0;
        for write in self.writes_of_set(set).filter(|write| write.acknowledged) {
            members(side & write.sent & !write.done).for_each(|replica| missing[replica as usize] += 1);
            missing_everywhere += u64::from(write.sent & side != 0 && write.done & side == 0);
        }
        let replicas = &mut self.sets[set as usize];
        let lag = |replica: &u32| missing[*replica as usize] + replicas.unsent[*replica as usize];
        let Some(leader) = members(side).min_by_key(lag) else {
            return;
        };
        // A leader that is cut off goes on leading its own side, if sides may go on alone.
        let replaced = if replicas.available { replicas.leaders & !replicas.up() } else { replicas.leaders };
        let is_only_leader = replicas.leaders == replaced;
        let unsent = members(side).map(|replica| replicas.unsent[replica as usize]).min().unwrap_or(0);
        replicas.leaders = replicas.leaders & !replaced | 1 << leader;
        let followers = if is_only_leader { replicas.all() } else { side };
        replicas.behind = (replicas.behind | replaced | followers) & !(1 << leader);
        replicas.unsent[leader as usize] = 0;
        members(side).for_each(|replica| replicas.leaderless_since[replica as usize] = NEVER);
        self.versions.gather(set, side, leader);
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.failovers += 1;
        if is_only_leader {
            // Acknowledged writes that no replica of the side has are lost, except where a later
            // write of the same key replaced them or the replicas together have all of them.
            let keys = self.versions.keys_behind(set, leader);
            counts.lost_writes += if keys > 0 { keys.max(missing_everywhere + unsent) } else { 0 };
            self.versions.truncate(set, leader);
            for replica in members(replicas.all() & !(1 << leader)) {
                replicas.unsent[replica as usize] = self.versions.keys_behind(set, replica);
            }
        }
        self.abandon_writes_of(set, replaced);
    }

    /// Followers that are behind and reach a leader begin to catch up, which takes one draw of the
    /// replication lag.
    fn catch_up(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { lag, .. } = &self.scheme else {
            return;
        };
        let replicas = &mut self.sets[set as usize];
        for replica in members(replicas.behind & !replicas.catching_up & replicas.up()) {
            if replicas.leader_of(replicas.sides[replica as usize]).is_none_or(|leader| leader == replica) {
                continue;
            }
            replicas.catching_up |= 1 << replica;
            let task = core.background_task(self.station, set * self.size + replica, NO_MESSAGE, JobRole::CatchUp);
            core.hold(task, lag.sample(&mut self.lags));
        }
    }

    /// A follower becomes a copy of its leader, if it still reaches one.
    pub(super) fn caught_up(&mut self, core: &mut Core, set: u32, local: u32) {
        let replicas = &mut self.sets[set as usize];
        replicas.catching_up &= !(1 << local);
        let side = replicas.sides[local as usize];
        let Some(leader) = replicas.leader_of(side).filter(|leader| *leader != local) else {
            return;
        };
        replicas.behind &= !(1 << local);
        replicas.unsent[local as usize] = 0;
        self.versions.copy(set, leader, local);
        self.complete_writes_at(core, set, local);
    }
}
