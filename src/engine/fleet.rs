//! Replicas that come and go: started, drained, replaced. Once for every kind.
//!
//! A replica's life is *absent → starting → serving → draining → absent*. One that is absent or
//! starting is held down as by a crash, so that whatever still reaches it is refused and its
//! workers do not count; one that drains is out of rotation and finishes what it has, messages
//! that were on their way included. A rolling deploy takes replicas from serving through draining
//! to starting.

use super::calendar::Event;
use super::core::Core;
use super::plan::Deploy;
use crate::time::NEVER;
use std::collections::VecDeque;

/// Where a replica is in its life; one that has crashed stays where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaPhase {
    /// It is not there.
    Absent,
    /// It comes up.
    Starting,
    /// It is in rotation.
    Serving,
    /// It finishes what it has.
    Draining,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    life: ReplicaPhase,
    /// When the start is over or the drain has to be; another wake-up is stale.
    due: u64,
    /// Requests in it.
    inside: u32,
    /// Whether a deploy is replacing it.
    replaced: bool,
}

/// The replicas of a station.
#[derive(Clone, Debug)]
pub struct ReplicaSet {
    station: u32,
    /// What a wake-up of a replica adds to its number to make the tag.
    tag: u32,
    members: Vec<Member>,
    deploy: Option<Deploy>,
    /// Replicas that the deploy has yet to replace.
    old: VecDeque<u32>,
}

impl ReplicaSet {
    /// Of `replicas`, the first `present` serve. Their wake-ups carry their number plus `tag`.
    pub fn new(station: u32, tag: u32, replicas: u32, present: u32) -> ReplicaSet {
        let life = |replica| if replica < present { ReplicaPhase::Serving } else { ReplicaPhase::Absent };
        let member = |replica| Member { life: life(replica), due: NEVER, inside: 0, replaced: false };
        ReplicaSet { station, tag, members: (0..replicas).map(member).collect(), deploy: None, old: VecDeque::new() }
    }

    /// Where a replica is in its life.
    pub fn life(&self, replica: u32) -> ReplicaPhase {
        self.members[replica as usize].life
    }

    /// Replicas that are to stay: all but the absent ones and those on their way out.
    pub fn size(&self) -> u32 {
        let stays = |it: &&Member| match it.life {
            ReplicaPhase::Starting | ReplicaPhase::Serving => true,
            ReplicaPhase::Draining => it.replaced,
            ReplicaPhase::Absent => false,
        };
        self.members.iter().filter(stays).count() as u32
    }

    /// A request has come into a replica.
    pub fn entered(&mut self, replica: u32) {
        self.members[replica as usize].inside += 1;
    }

    /// A request has left a replica, however.
    pub fn left(&mut self, core: &mut Core, replica: u32) {
        let it = &mut self.members[replica as usize];
        it.inside -= 1;
        if it.life == ReplicaPhase::Draining {
            self.check_drained(core, replica);
        }
    }

    /// A replica has died with all that was in it.
    pub fn died(&mut self, core: &mut Core, replica: u32) {
        self.members[replica as usize].inside = 0;
        if self.life(replica) == ReplicaPhase::Draining {
            self.drained(core, replica);
        }
    }

    /// A wake-up of a replica: its start is over, or its drain has to be.
    pub fn wake(&mut self, core: &mut Core, replica: u32) {
        let it = &mut self.members[replica as usize];
        if it.due != core.now() {
            return;
        }
        match it.life {
            ReplicaPhase::Starting => {
                *it = Member { life: ReplicaPhase::Serving, due: NEVER, replaced: false, ..*it };
                core.revive(self.station, replica);
                core.rotate(self.station, replica, true);
                self.replace_next(core);
            }
            ReplicaPhase::Draining => self.drained(core, replica),
            ReplicaPhase::Absent | ReplicaPhase::Serving => {}
        }
    }

    // -- scaling ------------------------------------------------------------------------------

    /// Starts or retires replicas until so many are to stay, as far as there is room: one that
    /// still drains keeps its place. Retired first is what has not started yet, then the last.
    pub fn scale(&mut self, core: &mut Core, wanted: u32) {
        for _ in self.size()..wanted {
            let Some(replica) = self.first(ReplicaPhase::Absent) else { break };
            self.start(core, replica, false);
        }
        for _ in wanted..self.size() {
            if let Some(replica) = self.last(ReplicaPhase::Starting) {
                self.members[replica as usize].life = ReplicaPhase::Absent;
                self.members[replica as usize].due = NEVER;
            } else if let Some(replica) = self.last(ReplicaPhase::Serving) {
                self.members[replica as usize].life = ReplicaPhase::Draining;
                core.rotate(self.station, replica, false);
                self.check_drained(core, replica);
            } else {
                return; // The rest is being replaced, and can go afterwards.
            }
        }
    }

    /// Lets those go that were drained without anyone noticing: a message on its way to them was
    /// called back.
    pub fn sweep(&mut self, core: &mut Core) {
        for replica in 0..self.members.len() as u32 {
            if self.life(replica) == ReplicaPhase::Draining {
                self.check_drained(core, replica);
            }
        }
    }

    fn first(&self, life: ReplicaPhase) -> Option<u32> {
        self.members.iter().position(|it| it.life == life).map(|at| at as u32)
    }

    fn last(&self, life: ReplicaPhase) -> Option<u32> {
        self.members.iter().rposition(|it| it.life == life && !it.replaced).map(|at| at as u32)
    }

    /// A replica that is held down comes up.
    fn start(&mut self, core: &mut Core, replica: u32, replaced: bool) {
        let due = core.now() + core.station_states[self.station as usize].plan.startup_ns;
        let it = &mut self.members[replica as usize];
        *it = Member { life: ReplicaPhase::Starting, due, replaced, ..*it };
        core.calendar.at(due, Event::wake(self.station, self.tag + replica));
    }

    fn check_drained(&mut self, core: &mut Core, replica: u32) {
        if self.members[replica as usize].inside == 0 && !core.is_expected(self.station, replica) {
            self.drained(core, replica);
        }
    }

    /// The drain is over: what is still in the replica is lost.
    fn drained(&mut self, core: &mut Core, replica: u32) {
        if self.members[replica as usize].replaced {
            self.start(core, replica, true);
        } else {
            self.members[replica as usize].life = ReplicaPhase::Absent;
        }
        core.kill(self.station, replica);
    }

    // -- deploys ------------------------------------------------------------------------------

    /// Replaces every replica that is there. A deploy that is still going on ends: what it has
    /// begun to replace comes up as the new version if it had not started yet.
    pub fn deploy(&mut self, core: &mut Core, deploy: Deploy) {
        self.deploy = Some(deploy);
        self.old.clear();
        self.old.extend((0..self.members.len() as u32).filter(|replica| {
            matches!(self.members[*replica as usize].life, ReplicaPhase::Serving | ReplicaPhase::Starting)
        }));
        self.replace_next(core);
    }

    fn replace_next(&mut self, core: &mut Core) {
        let Some(deploy) = self.deploy else { return };
        while (self.members.iter().filter(|it| it.replaced).count() as u32) < deploy.max_unavailable {
            let Some(replica) = self.old.pop_front() else {
                self.deploy = None;
                return;
            };
            match (self.life(replica), deploy.drain_ns) {
                // Scaled in meanwhile.
                (ReplicaPhase::Absent | ReplicaPhase::Draining, _) => {}
                // It starts anew, with the new version.
                (ReplicaPhase::Starting, _) => self.start(core, replica, true),
                (ReplicaPhase::Serving, Some(drain)) => {
                    let due = core.now() + drain;
                    let it = &mut self.members[replica as usize];
                    *it = Member { life: ReplicaPhase::Draining, due, replaced: true, ..*it };
                    core.rotate(self.station, replica, false);
                    core.calendar.at(due, Event::wake(self.station, self.tag + replica));
                    self.check_drained(core, replica);
                }
                (ReplicaPhase::Serving, None) => {
                    core.rotate(self.station, replica, false);
                    self.start(core, replica, true);
                    core.kill(self.station, replica);
                }
            }
        }
    }
}
