//! Which replicas live and which reach each other, and what follows from a change of it.

use super::set::{Mask, members};
use super::station::{DatabaseStation, Scheme};
use crate::engine::core::Core;

impl DatabaseStation {
    /// Recomputes the sides of a set after a replica died or came back, or a partition began or
    /// ended.
    pub(super) fn update_membership(&mut self, core: &mut Core, set: u32) {
        let (base, station) = (set * self.size, self.station);
        let up = (0..self.size)
            .filter(|local| core.station_states[station as usize].is_up(base + local))
            .fold(0, |mask, local| mask | 1 << local);
        let reach = |a: u32, b: u32| !core.network.is_partitioned_either_way((station, base + a), (station, base + b));
        let before = self.sets[set as usize].connect(up, reach);
        self.merge(core, set, &before);
        if matches!(self.scheme, Scheme::Quorum { .. }) {
            self.review_operations(core, set);
        } else {
            self.review_writes(core, set);
        }
        self.elect(core, set);
        self.publish(core, set);
    }

    /// Sides that reach each other again agree on one state: the last write of each key wins.
    fn merge(&mut self, core: &mut Core, set: u32, before: &[Mask]) {
        let mut conflicts = 0;
        for side in self.sets[set as usize].each_side() {
            let replicas = &mut self.sets[set as usize];
            match self.scheme {
                Scheme::Quorum { .. } if members(side).any(|replica| before[replica as usize] & side != side) => {
                    conflicts += self.versions.conflicts(set, side, side);
                    self.versions.equalize(set, side);
                    self.share_writes(set, side);
                }
                Scheme::Leader { .. } if (side & replicas.leaders).count_ones() > 1 => {
                    let leaders = side & replicas.leaders;
                    let remaining = leaders.trailing_zeros();
                    conflicts += self.versions.conflicts(set, leaders, side);
                    self.versions.gather(set, leaders, remaining);
                    replicas.leaders &= !leaders | 1 << remaining;
                    replicas.behind = (replicas.behind | side) & !(1 << remaining);
                    replicas.unsent[remaining as usize] = 0;
                }
                _ => {}
            }
        }
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.conflicting_writes += conflicts;
        counts.lost_writes += conflicts;
    }

    /// Publishes which replicas drivers should choose, and records whether the set serves.
    pub(super) fn publish(&mut self, core: &mut Core, set: u32) {
        let replicas = &mut self.sets[set as usize];
        let up = replicas.up();
        let sides_that = |fits: &dyn Fn(Mask) -> bool| {
            replicas.each_side().into_iter().filter(|side| fits(*side)).fold(0, |all, side| all | side)
        };
        let (reads, writes, serves) = match self.scheme {
            Scheme::Alone => (1, 1, up != 0),
            Scheme::Leader { read_any, .. } => {
                let led = sides_that(&|side| replicas.leader_of(side).is_some());
                let leaders = replicas.leaders & if led == 0 { replicas.all() } else { led };
                let readable = if read_any { sides_that(&|side| replicas.has_quorum(side)) } else { leaders };
                (readable, leaders, led != 0)
            }
            Scheme::Quorum { read, write } => {
                let large_enough =
                    |required: u32| sides_that(&|side| replicas.available || side.count_ones() >= required);
                (large_enough(read), large_enough(write), large_enough(read.max(write)) != 0)
            }
        };
        let or_any = |mask: Mask| [mask, up].into_iter().find(|mask| *mask != 0).unwrap_or(replicas.all());
        let (reads, writes) = (or_any(reads), or_any(writes));
        if let Some(routing) = &mut core.station_states[self.station as usize].routing {
            routing.reads[set as usize] = reads;
            routing.writes[set as usize] = writes;
        }
        let served = std::mem::replace(&mut replicas.serves, serves);
        if served == serves {
            return;
        }
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        if serves {
            self.sets_refusing -= 1;
            if self.sets_refusing == 0 {
                node.unavailable.set(now, 0);
                node.counts.recoveries += 1;
                node.counts.recovery_ns += now - self.refusing_since;
            }
        } else {
            self.sets_refusing += 1;
            if self.sets_refusing == 1 {
                node.unavailable.set(now, 1);
                self.refusing_since = now;
            }
        }
    }
}
