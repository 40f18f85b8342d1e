//! Statements at a quorum of replicas.

use super::job_role::JobRole;
use super::set::{Mask, members};
use super::statement::Statement;
use super::station::{DatabaseStation, Scheme};
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Access, Outcome};
use crate::engine::server::Entry;

impl DatabaseStation {
    /// A statement for a quorum comes to a replica, which sends it to all that it reaches.
    pub(super) fn coordinate(&mut self, core: &mut Core, job: u32) {
        let Scheme::Quorum { read, write } = self.scheme else { return };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let (base, it) = (set * self.size, &self.sets[set as usize]);
        let writes = message.access != Access::Read;
        let side = it.sides[local as usize];
        let mut need = if writes { write } else { read };
        if side.count_ones() < need {
            if !it.available {
                return core.reject(job, Outcome::Unreachable);
            }
            need = side.count_ones();
        }
        let roomy = |mask: Mask, replica: u32| mask | u32::from(self.server.has_room(base + replica)) << replica;
        let out = members(side).fold(0, roomy);
        if out.count_ones() < need {
            return core.reject(job, Outcome::Rejected);
        }
        self.held[replica as usize] += 1;
        let at = self.statements.insert(Statement {
            set,
            job,
            by: local,
            writes,
            key: message.key,
            version: if writes { self.versions.following() } else { 0 },
            floor: self.versions.acknowledged(message.key),
            need,
            done: 0,
            has: 0,
            out,
            deferred_events: 0,
            unheard_version: 0,
            sent: out,
            stuck: 0,
            acknowledged: false,
            dead: false,
        });
        core.jobs[job].set_data(JobRole::Statement(at));
        for other in members(out) {
            let background_task = core.background_task(self.station, base + other, message, JobRole::QuorumPart(at));
            if self.server.enter(core, background_task) == Entry::Begin {
                self.begin(core, background_task);
            }
        }
    }

    /// A replica has done its share of a quorum statement.
    pub(super) fn share_done(&mut self, core: &mut Core, at: u32, local: u32) {
        let it = &mut self.statements[at];
        it.out &= !(1 << local);
        if it.writes {
            it.has |= 1 << local;
            self.versions.put(local, it.key, it.version);
        }
        if it.job != NONE {
            let found = self.versions.at(local, it.key);
            if self.sets[it.set as usize].sides[it.by as usize] & (1 << local) != 0 {
                it.done |= 1 << local;
                if !it.writes {
                    it.version = it.version.max(found);
                }
                if it.done.count_ones() >= it.need {
                    self.conclude(core, at, Outcome::Ok);
                }
            } else {
                it.deferred_events |= 1 << local;
                it.unheard_version = it.unheard_version.max(found);
            }
        }
        self.tidy(at);
    }
}
