//! Which replicas live and which reach each other, and what follows from a change of it.

use super::reach::{Reach, mask_of};
use super::set::members;
use super::station::{DatabaseStation, Scheme};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::time::NEVER;

impl DatabaseStation {
    /// How long a replica is silent before the others and their callers do without it, nanoseconds.
    pub(super) fn detection_ns(&self) -> u64 {
        match self.scheme {
            Scheme::Alone => NEVER,
            Scheme::Leader { failover_ns, .. } => failover_ns,
            Scheme::Quorum { detection_ns, .. } => detection_ns,
        }
    }

    /// Recomputes who reaches whom in a set after a replica died or came back, paused or resumed, or a
    /// partition began or ended.
    pub(super) fn update_membership(&mut self, core: &mut Core, set: u32) {
        let (station, base) = (self.station, set * self.size);
        let state = &core.station_states[station as usize];
        let replicas = &mut self.sets[set as usize];
        let up = mask_of(replicas.all(), &|local| state.is_up(base + local));
        let paused = mask_of(up, &|local| state.is_paused(base + local));
        let is_cut = |from: u32, to: u32| core.separated_since((station, base + from), (station, base + to)).is_some();
        let was_frozen = replicas.frozen;
        let before = replicas.connect(up, paused, &is_cut);
        let (is_frozen, has_changed) = (replicas.frozen, was_frozen || replicas.reach != before);
        let is_whole = replicas.reach.sides.iter().all(|side| *side == 0 || *side == up);
        if has_changed {
            self.merge(core, set, &before);
            // Processes of which all are paused send nothing.
            if !is_frozen && matches!(self.scheme, Scheme::Quorum { .. }) {
                self.review_operations(core, set);
            } else if !is_frozen {
                self.review_writes(core, set);
            }
        }
        self.elect(core, set);
        self.publish(core, set);
        if !is_whole && self.detection_ns() > 0 {
            // When the silence of a replica is noticed.
            core.calendar.at(core.now().saturating_add(self.detection_ns()), Event::wake(self.station, set));
        }
    }

    /// Sides that reach each other again agree on one state: the last write of each key wins.
    fn merge(&mut self, core: &mut Core, set: u32, before: &Reach) {
        let mut conflicts = 0;
        for side in self.sets[set as usize].reach.each_side() {
            let replicas = &mut self.sets[set as usize];
            match self.scheme {
                Scheme::Quorum { .. } if members(side).any(|it| before.sides[it as usize] & side != side) => {
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
                    replicas.lacks[remaining as usize] = 0;
                }
                _ => {}
            }
        }
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.conflicting_writes += conflicts;
        counts.lost_writes += conflicts;
    }

    /// Recomputes what the replicas have noticed: deaths and returns at once, silence after a while.
    fn notice(&mut self, core: &Core, set: u32) {
        let (now, detection_ns) = (core.now(), self.detection_ns());
        let (station, base) = (self.station, set * self.size);
        let is_over = |since: u64| now.saturating_sub(since) >= detection_ns;
        let replicas = &self.sets[set as usize];
        let paused_since = &self.paused_since[base as usize..];
        let paused = mask_of(replicas.paused, &|local| is_over(paused_since[*local as usize]));
        let is_open = |from: u32, to: u32| {
            let since = core.separated_since((station, base + from), (station, base + to));
            paused & (1 << from | 1 << to) == 0 && !since.is_some_and(is_over)
        };
        let noticed = Reach::new(self.size, replicas.up(), &is_open);
        let replicas = &mut self.sets[set as usize];
        replicas.noticed_paused = paused;
        replicas.noticed = noticed;
    }

    /// Publishes which replicas drivers should choose, and records whether the set serves.
    pub(super) fn publish(&mut self, core: &mut Core, set: u32) {
        self.notice(core, set);
        let replicas = &mut self.sets[set as usize];
        let (noticed, silent) = (&replicas.noticed, replicas.noticed_paused);
        let up = replicas.up();
        let (reads, writes, serves) = match self.scheme {
            Scheme::Alone => (1, 1, up != 0),
            Scheme::Leader { read_any, .. } => {
                let leading = replicas.leading(noticed, silent);
                let leaders = if leading == 0 { replicas.leaders } else { leading };
                let is_readable = |replica: &u32| {
                    replicas.has_quorum(noticed.sides[*replica as usize])
                        || members(leading).any(|leader| noticed.is_heard(leader, *replica))
                };
                let readable = if read_any { mask_of(up & !silent, &is_readable) } else { leaders };
                (readable, leaders, replicas.leading(&replicas.reach, replicas.paused) != 0)
            }
            Scheme::Quorum { read, write, .. } => {
                let with = |reach: &Reach, silent: u32, required: u32| {
                    let is_large = |side: u32| replicas.available || side.count_ones() >= required;
                    mask_of(up & !silent, &|replica| is_large(reach.sides[*replica as usize]))
                };
                let serves = with(&replicas.reach, replicas.paused, read.max(write)) != 0;
                (with(noticed, silent, read), with(noticed, silent, write), serves)
            }
        };
        let or_any = |mask: u32| [mask, up].into_iter().find(|mask| *mask != 0).unwrap_or(replicas.all());
        let (reads, writes) = (or_any(reads), or_any(writes));
        if let Some(routing) = &mut core.station_states[self.station as usize].routing {
            routing.reads[set as usize] = reads;
            routing.writes[set as usize] = writes;
            let base = (set * self.size) as usize;
            routing.sides[base..base + self.size as usize].copy_from_slice(&replicas.noticed.sides);
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
