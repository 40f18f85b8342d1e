//! Replicas that come and go: started, drained, replaced. Once for every kind.
//!
//! A replica's phases are *absent → starting → serving → draining → absent*. One that is absent or
//! starting is held down as by a crash, so that messages that still reach it are refused and its
//! workers do not count. One that drains is out of rotation and finishes what it has, messages
//! that were on their way included. A rolling deploy takes replicas from serving through draining
//! to starting.

use super::calendar::Event;
use super::core::Core;
use super::plan::Deploy;
use crate::time::NEVER;
use std::collections::VecDeque;

/// The phase that a replica is in. One that has crashed stays in the phase that it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaPhase {
    /// It is not there.
    Absent,
    /// Its process starts and does not serve yet.
    Starting,
    /// It is in rotation.
    Serving,
    /// It finishes what it has and then ends.
    Draining,
}

#[derive(Clone, Copy, Debug)]
struct Replica {
    phase: ReplicaPhase,
    /// When the start is finished or the drain has to be, nanoseconds; a wake-up at another time is
    /// out of date.
    due: u64,
    /// Requests in it.
    inside: u32,
    /// Whether the deploy under way is replacing it.
    is_being_replaced: bool,
}

/// The replicas of a station.
#[derive(Clone, Debug)]
pub struct ReplicaSet {
    station: u32,
    /// The tag of a replica's wake-up is its number plus this.
    first_tag: u32,
    replicas: Vec<Replica>,
    /// The deploy under way.
    deploy: Option<Deploy>,
    /// Replicas that the deploy has not begun to replace.
    to_replace: VecDeque<u32>,
}

impl ReplicaSet {
    /// A set of `replicas`, of which the first `present` serve. The tags of their wake-ups are their
    /// numbers plus `first_tag`.
    pub fn new(station: u32, first_tag: u32, replicas: u32, present: u32) -> ReplicaSet {
        let replica = |number| Replica {
            phase: if number < present { ReplicaPhase::Serving } else { ReplicaPhase::Absent },
            due: NEVER,
            inside: 0,
            is_being_replaced: false,
        };
        ReplicaSet {
            station,
            first_tag,
            replicas: (0..replicas).map(replica).collect(),
            deploy: None,
            to_replace: VecDeque::new(),
        }
    }

    /// The phase that a replica is in.
    pub fn phase(&self, replica: u32) -> ReplicaPhase {
        self.replicas[replica as usize].phase
    }

    /// How many replicas are to stay: all but absent ones and those that are scaled in.
    pub fn size(&self) -> u32 {
        let stays = |replica: &&Replica| match replica.phase {
            ReplicaPhase::Starting | ReplicaPhase::Serving => true,
            ReplicaPhase::Draining => replica.is_being_replaced,
            ReplicaPhase::Absent => false,
        };
        self.replicas.iter().filter(stays).count() as u32
    }

    /// A request has come into a replica.
    pub fn entered(&mut self, replica: u32) {
        self.replicas[replica as usize].inside += 1;
    }

    /// A request has left a replica, answered or not.
    pub fn left(&mut self, core: &mut Core, replica: u32) {
        let it = &mut self.replicas[replica as usize];
        it.inside -= 1;
        if it.phase == ReplicaPhase::Draining {
            self.end_drain_if_empty(core, replica);
        }
    }

    /// A replica has died, and the requests in it are lost.
    pub fn died(&mut self, core: &mut Core, replica: u32) {
        self.replicas[replica as usize].inside = 0;
        if self.phase(replica) == ReplicaPhase::Draining {
            self.end_drain(core, replica);
        }
    }

    /// A replica's wake-up: its start is finished, or its drain has to be.
    pub fn wake(&mut self, core: &mut Core, replica: u32) {
        let it = &mut self.replicas[replica as usize];
        if it.due != core.now() {
            return;
        }
        match it.phase {
            ReplicaPhase::Starting => {
                *it = Replica { phase: ReplicaPhase::Serving, due: NEVER, is_being_replaced: false, ..*it };
                core.revive(self.station, replica);
                core.set_in_rotation(self.station, replica, true);
                self.replace_next(core);
            }
            ReplicaPhase::Draining => self.end_drain(core, replica),
            ReplicaPhase::Absent | ReplicaPhase::Serving => {}
        }
    }

    // -- scaling ----------------------------------------------------------------------------------

    /// Starts or retires replicas until `wanted` are to stay, as far as there is room: one that
    /// still drains keeps its place. First retired are those that start, the last one first, and
    /// then those that serve.
    pub fn scale(&mut self, core: &mut Core, wanted: u32) {
        for _ in self.size()..wanted {
            let Some(replica) = self.first_in(ReplicaPhase::Absent) else { break };
            self.start(core, replica, false);
        }
        for _ in wanted..self.size() {
            if let Some(replica) = self.last_in(ReplicaPhase::Starting) {
                self.replicas[replica as usize].phase = ReplicaPhase::Absent;
                self.replicas[replica as usize].due = NEVER;
            } else if let Some(replica) = self.last_in(ReplicaPhase::Serving) {
                self.replicas[replica as usize].phase = ReplicaPhase::Draining;
                core.set_in_rotation(self.station, replica, false);
                self.end_drain_if_empty(core, replica);
            } else {
                return; // The others are being replaced, and can be retired afterwards.
            }
        }
    }

    /// Ends the drains that nothing else ends: the last message on its way to a draining replica
    /// was cancelled, so that no request leaves the replica.
    pub fn end_finished_drains(&mut self, core: &mut Core) {
        for replica in 0..self.replicas.len() as u32 {
            if self.phase(replica) == ReplicaPhase::Draining {
                self.end_drain_if_empty(core, replica);
            }
        }
    }

    fn first_in(&self, phase: ReplicaPhase) -> Option<u32> {
        self.replicas.iter().position(|it| it.phase == phase).map(|at| at as u32)
    }

    fn last_in(&self, phase: ReplicaPhase) -> Option<u32> {
        self.replicas.iter().rposition(|it| it.phase == phase && !it.is_being_replaced).map(|at| at as u32)
    }

    /// A replica that is held down starts; its start-up time later it serves.
    fn start(&mut self, core: &mut Core, replica: u32, is_being_replaced: bool) {
        let due = core.now() + core.station_states[self.station as usize].plan.startup_ns;
        let it = &mut self.replicas[replica as usize];
        *it = Replica { phase: ReplicaPhase::Starting, due, is_being_replaced, ..*it };
        core.calendar.at(due, Event::wake(self.station, self.first_tag + replica));
    }

    fn end_drain_if_empty(&mut self, core: &mut Core, replica: u32) {
        let is_empty = self.replicas[replica as usize].inside == 0;
        if is_empty && !core.is_message_under_way_to(self.station, replica) {
            self.end_drain(core, replica);
        }
    }

    /// The drain is over: what is still in the replica is lost.
    fn end_drain(&mut self, core: &mut Core, replica: u32) {
        if self.replicas[replica as usize].is_being_replaced {
            self.start(core, replica, true);
        } else {
            self.replicas[replica as usize].phase = ReplicaPhase::Absent;
        }
        core.kill(self.station, replica);
    }

    // -- deploys ----------------------------------------------------------------------------------

    /// Replaces every replica that is there. A deploy that is still under way ends: what it has
    /// begun to replace comes up as the new version if it had not started yet.
    pub fn deploy(&mut self, core: &mut Core, deploy: Deploy) {
        self.deploy = Some(deploy);
        self.to_replace.clear();
        self.to_replace.extend((0..self.replicas.len() as u32).filter(|replica| {
            matches!(self.replicas[*replica as usize].phase, ReplicaPhase::Serving | ReplicaPhase::Starting)
        }));
        self.replace_next(core);
    }

    /// Begins to replace as many replicas as the deploy allows at a time.
    fn replace_next(&mut self, core: &mut Core) {
        let Some(deploy) = self.deploy else { return };
        while (self.replicas.iter().filter(|it| it.is_being_replaced).count() as u32) < deploy.max_unavailable {
            let Some(replica) = self.to_replace.pop_front() else {
                self.deploy = None;
                return;
            };
            match (self.phase(replica), deploy.drain_ns) {
                // It was scaled in since the deploy began.
                (ReplicaPhase::Absent | ReplicaPhase::Draining, _) => {}
                // Its start begins again, with the new version.
                (ReplicaPhase::Starting, _) => self.start(core, replica, true),
                (ReplicaPhase::Serving, Some(drain)) => {
                    let due = core.now() + drain;
                    let it = &mut self.replicas[replica as usize];
                    *it = Replica { phase: ReplicaPhase::Draining, due, is_being_replaced: true, ..*it };
                    core.set_in_rotation(self.station, replica, false);
                    core.calendar.at(due, Event::wake(self.station, self.first_tag + replica));
                    self.end_drain_if_empty(core, replica);
                }
                (ReplicaPhase::Serving, None) => {
                    core.set_in_rotation(self.station, replica, false);
                    self.start(core, replica, true);
                    core.kill(self.station, replica);
                }
            }
        }
    }
}
