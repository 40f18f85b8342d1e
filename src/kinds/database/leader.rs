//! A leader and its followers: replication, failover, catching up.

use super::job_role::JobRole;
use super::set::{Mask, members};
use super::statement::Statement;
use super::station::{DatabaseStation, Scheme};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::engine::message::{Access, Message, Outcome};
use crate::time::NEVER;

/// Placeholder: catching up carries no message.
const COPYING: Message = Message { operation: 0, access: Access::Write, priority: 0, key: 0, session: 0 };

impl DatabaseStation {
    /// A leader has done a write: it takes effect and goes to the followers.
    pub(super) fn pass_on(&mut self, core: &mut Core, job: u32) {
        let Scheme::Leader { sync, lag, .. } = &self.scheme else { return };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let it = &mut self.sets[set as usize];
        let side = it.sides[local as usize];
        if it.leaders & (1 << local) == 0 || !it.is_quorate(side) {
            // It was cut off or replaced meanwhile.
            self.held[replica as usize] -= 1;
            return core.answer(job, Outcome::Unreachable);
        }
        let version = self.versions.following();
        self.versions.put(local, message.key, version);
        let sent = side & !(1 << local);
        it.behind |= it.all() & !side;
        let need = if it.available { (*sync).min(sent.count_ones()) } else { *sync };
        let at = self.statements.insert(Statement {
            set,
            job,
            by: local,
            writes: true,
            key: message.key,
            version,
            floor: 0,
            need,
            done: 0,
            has: 0,
            out: sent,
            deferred_events: 0,
            unheard_version: 0,
            sent,
            stuck: 0,
            acknowledged: false,
            dead: false,
        });
        for follower in members(sent) {
            let background_task =
                core.background_task(self.station, set * self.size + follower, message, JobRole::Replication(at));
            core.hold(background_task, lag.sample(&mut self.lags));
        }
        core.jobs[job].set_data(JobRole::Statement(at));
        if need == 0 {
            self.conclude(core, at, Outcome::Ok);
        }
        self.tidy(at);
    }

    /// A write comes to a follower; false when it was held up.
    pub(super) fn arrives(&mut self, core: &mut Core, at: u32, local: u32) -> bool {
        let it = &mut self.statements[at];
        let set = &mut self.sets[it.set as usize];
        it.out &= !(1 << local);
        let comes = !it.dead && set.sides[it.by as usize] & (1 << local) != 0;
        if comes {
            self.versions.put(local, it.key, it.version);
            it.done |= 1 << local;
            if it.done.count_ones() >= it.need {
                self.conclude(core, at, Outcome::Ok);
            }
        } else if !it.dead {
            it.stuck |= 1 << local;
            set.behind |= 1 << local;
        }
        self.tidy(at);
        comes
    }

    /// A follower becomes a copy of its leader, if it still reaches one.
    pub(super) fn caught_up(&mut self, core: &mut Core, set: u32, local: u32) {
        let it = &mut self.sets[set as usize];
        it.catching_up &= !(1 << local);
        let Some(leader) = it.leader_of(it.sides[local as usize]).filter(|leader| *leader != local) else { return };
        it.behind &= !(1 << local);
        it.unsent[local as usize] = 0;
        self.versions.copy(set, leader, local);
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set != set {
                continue;
            }
            it.stuck &= !(1 << local);
            if !it.dead && it.by != local {
                it.done |= 1 << local;
                if it.done.count_ones() >= it.need {
                    self.conclude(core, at, Outcome::Ok);
                }
            }
            self.tidy(at);
        }
    }

    /// Sides without a leader promote a follower once that has lasted long enough, and followers
    /// that are behind begin to catch up.
    pub(super) fn elect(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { failover_ns, .. } = self.scheme else { return };
        let now = core.now();
        let sides = self.sets[set as usize].each_side();
        for side in sides {
            let it = &mut self.sets[set as usize];
            if it.leader_of(side).is_some() {
                members(side).for_each(|replica| it.leaderless_since[replica as usize] = NEVER);
                continue;
            }
            let mut since = now;
            let mut is_news = false;
            for replica in members(side) {
                let slot = &mut it.leaderless_since[replica as usize];
                is_news |= *slot == NEVER;
                *slot = (*slot).min(now);
                since = since.min(*slot);
            }
            if now - since >= failover_ns && it.is_quorate(side) && side & it.leaders == 0 {
                self.promote(core, set, side);
            } else if is_news {
                core.calendar.at(now + failover_ns, Event::wake(self.station, set));
            }
        }
        self.catch_up(core, set);
    }

    /// The replica of a side that lacks least becomes its leader.
    fn promote(&mut self, core: &mut Core, set: u32, side: Mask) {
        let mut lacks = [0u64; 32];
        let mut nowhere = 0;
        for at in self.of_set(set) {
            let it = &self.statements[at];
            if it.acknowledged {
                members(side & it.sent & !it.done).for_each(|replica| lacks[replica as usize] += 1);
                nowhere += u64::from(it.sent & side != 0 && it.done & side == 0);
            }
        }
        let it = &mut self.sets[set as usize];
        let lacking = |replica: &u32| lacks[*replica as usize] + it.unsent[*replica as usize];
        let Some(leader) = members(side).min_by_key(lacking) else { return };
        // A leader that is cut off goes on leading its own side, if sides may go on alone.
        let replaced = if it.available { it.leaders & !it.up() } else { it.leaders };
        let only = it.leaders == replaced;
        let unsent = members(side).map(|replica| it.unsent[replica as usize]).min().unwrap_or(0);
        it.leaders = it.leaders & !replaced | 1 << leader;
        it.behind = (it.behind | replaced | if only { it.all() } else { side }) & !(1 << leader);
        it.unsent[leader as usize] = 0;
        members(side).for_each(|replica| it.leaderless_since[replica as usize] = NEVER);
        self.versions.gather(set, side, leader);
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.failovers += 1;
        if only {
            // What nobody here has. Where later writes of the same keys made up for it, or each has
            // what the other lacks, nothing is lost.
            let keys = self.versions.keys_behind(set, leader);
            counts.lost_writes += if keys > 0 { keys.max(nowhere + unsent) } else { 0 };
            self.versions.truncate(set, leader);
            for replica in members(it.all() & !(1 << leader)) {
                it.unsent[replica as usize] = self.versions.keys_behind(set, replica);
            }
        }
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set == set && replaced & (1 << it.by) != 0 {
                it.dead = true;
                it.stuck = 0;
                self.tidy(at);
            }
        }
    }

    fn catch_up(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { lag, .. } = &self.scheme else { return };
        let it = &mut self.sets[set as usize];
        for replica in members(it.behind & !it.catching_up & it.up()) {
            if it.leader_of(it.sides[replica as usize]).is_none_or(|leader| leader == replica) {
                continue;
            }
            it.catching_up |= 1 << replica;
            let background_task =
                core.background_task(self.station, set * self.size + replica, COPYING, JobRole::CatchUp);
            core.hold(background_task, lag.sample(&mut self.lags));
        }
    }
}
