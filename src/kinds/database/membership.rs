//! Who lives and who reaches whom, and what follows from a change of it.

use super::set::{Mask, members};
use super::station::{DatabaseStation, Scheme};
use crate::engine::core::{Core, NONE};
use crate::engine::message::Outcome;

impl DatabaseStation {
    /// Somebody died, came back, was cut off or is reached again.
    pub(super) fn settle(&mut self, core: &mut Core, set: u32) {
        let (base, station) = (set * self.size, self.station);
        let up = (0..self.size)
            .filter(|local| core.station_states[station as usize].is_up(base + local))
            .fold(0, |mask, local| mask | 1 << local);
        let reach = |a: u32, b: u32| !core.network.is_partitioned_either_way((station, base + a), (station, base + b));
        let before = self.sets[set as usize].connect(up, reach);
        self.merge(core, set, &before);
        self.review(core, set);
        self.elect(core, set);
        self.publish(core, set);
    }

    /// Sides that meet again agree: the last write wins.
    fn merge(&mut self, core: &mut Core, set: u32, before: &[Mask]) {
        let it = &mut self.sets[set as usize];
        let mut conflicts = 0;
        for side in it.each_side() {
            match self.scheme {
                Scheme::Quorum { .. } if members(side).any(|replica| before[replica as usize] & side != side) => {
                    conflicts += self.versions.conflicts(set, side, side);
                    self.versions.level(set, side);
                    for at in 0..self.statements.extent() {
                        let statement = &mut self.statements[at];
                        if statement.set == set && statement.has & side != 0 {
                            statement.has |= side;
                        }
                    }
                }
                Scheme::Leader { .. } if (side & it.leaders).count_ones() > 1 => {
                    let leaders = side & it.leaders;
                    let stays = leaders.trailing_zeros();
                    conflicts += self.versions.conflicts(set, leaders, side);
                    self.versions.gather(set, leaders, stays);
                    it.leaders &= !leaders | 1 << stays;
                    it.behind = (it.behind | side) & !(1 << stays);
                    it.unsent[stays as usize] = 0;
                }
                _ => {}
            }
        }
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.conflicting_writes += conflicts;
        counts.lost_writes += conflicts;
    }

    /// Looks again at the statements that wait for others.
    fn review(&mut self, core: &mut Core, set: u32) {
        let available = self.sets[set as usize].available;
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set != set {
                continue;
            }
            let sides = &self.sets[set as usize];
            let side = sides.sides[it.by as usize];
            if it.deferred_events & side != 0 {
                it.done |= it.deferred_events & side;
                it.deferred_events &= !side;
                if !it.writes {
                    it.version = it.version.max(it.unheard_version);
                }
            }
            let leads = sides.leaders & (1 << it.by) != 0 && sides.is_quorate(side);
            let (quorum, done) = (matches!(self.scheme, Scheme::Quorum { .. }), it.done.count_ones());
            // What may still be done at all, and by those in reach.
            let hope = done + (it.out | it.deferred_events).count_ones();
            let near = if quorum { done + (it.out & side).count_ones() } else { side.count_ones().saturating_sub(1) };
            if available {
                it.need = it.need.min(near.max(u32::from(quorum)));
            }
            let fails = if quorum { hope < it.need } else { !leads };
            if it.job != NONE && done >= it.need {
                self.conclude(core, at, Outcome::Ok);
            } else if it.job != NONE && fails {
                self.conclude(core, at, Outcome::Unreachable);
            }
            if self.statements[at].job == NONE {
                self.statements[at].deferred_events = 0;
            }
            self.tidy(at);
        }
    }

    /// Tells drivers where to go, and notes whether the set serves.
    pub(super) fn publish(&mut self, core: &mut Core, set: u32) {
        let it = &mut self.sets[set as usize];
        let up = it.up();
        let those =
            |good: &dyn Fn(Mask) -> bool| it.each_side().into_iter().filter(|side| good(*side)).fold(0, |a, b| a | b);
        let (reads, writes, serves) = match self.scheme {
            Scheme::Alone => (1, 1, up != 0),
            Scheme::Leader { any, .. } => {
                let led = those(&|side| it.leader_of(side).is_some());
                let leaders = it.leaders & if led == 0 { it.all() } else { led };
                (if any { those(&|side| it.is_quorate(side)) } else { leaders }, leaders, led != 0)
            }
            Scheme::Quorum { read, write } => {
                let enough = |need: u32| those(&|side| it.available || side.count_ones() >= need);
                (enough(read), enough(write), enough(read.max(write)) != 0)
            }
        };
        let or_any = |mask: Mask| [mask, up].into_iter().find(|mask| *mask != 0).unwrap_or(it.all());
        let (reads, writes) = (or_any(reads), or_any(writes));
        if let Some(routing) = &mut core.station_states[self.station as usize].routing {
            routing.reads[set as usize] = reads;
            routing.writes[set as usize] = writes;
        }
        let served = std::mem::replace(&mut it.serves, serves);
        if served == serves {
            return;
        }
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        if serves {
            self.refusing -= 1;
            if self.refusing == 0 {
                node.unavailable.set(now, 0);
                node.counts.recoveries += 1;
                node.counts.recovery_ns += now - self.refusing_since;
            }
        } else {
            self.refusing += 1;
            if self.refusing == 1 {
                node.unavailable.set(now, 1);
                self.refusing_since = now;
            }
        }
    }
}
