//! Users of closed load.

use super::station::{ARRIVAL, ClientStation, Gap};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::time::{NEVER, to_s};

/// Users at a time that can be told apart.
pub(super) const USERS_MAX: u32 = 250_000;

/// Which users of closed load are there. They are numbered; when fewer are to be there, those
/// with the greatest numbers leave.
#[derive(Clone, Debug, Default)]
pub(super) struct Population {
    pub(super) present: Vec<bool>,
    /// All below this number are there.
    full_to: u32,
}

impl Population {
    /// The next user below `size` who is not there, who comes.
    fn joins(&mut self, size: u32) -> Option<u32> {
        while self.full_to < size {
            let user = self.full_to;
            self.full_to += 1;
            if self.present.len() <= user as usize {
                self.present.resize(user as usize + 1, false);
            }
            if !std::mem::replace(&mut self.present[user as usize], true) {
                return Some(user);
            }
        }
        None
    }

    fn leaves(&mut self, user: u32) {
        self.present[user as usize] = false;
        self.full_to = self.full_to.min(user);
    }
}

impl ClientStation {
    /// How many users there are to be now.
    fn crowd_size(&self, core: &Core) -> u32 {
        let users = if self.rate.profile.is_empty() { self.rate.per_s } else { self.rate.at(to_s(core.now())) };
        (users * self.factor + 0.5).min(f64::from(USERS_MAX)) as u32
    }

    /// Users come as long as there are too few; they think first.
    pub(super) fn fill_up(&mut self, core: &mut Core) {
        let size = self.crowd_size(core);
        while let Gap::Closed { crowd, .. } = &mut self.gap
            && let Some(user) = crowd.joins(size)
        {
            self.think(core, user);
        }
        self.due.at = NEVER;
        if self.rate.profile.is_empty() {
            return;
        }
        let now = to_s(core.now());
        if let Some(wait_s) = self.rate.rises(now, self.factor).map(|at| at - now).filter(|wait| *wait < 1e9) {
            self.due.at = core.now() + (wait_s * 1e9).ceil().max(1.0) as u64;
            core.calendar.at(self.due.at, Event::wake(self.station, ARRIVAL));
        }
    }

    /// A user of closed load goes on, or leaves when there are too many.
    pub(super) fn stays(&mut self, core: &Core, user: u32) -> bool {
        let stays = user < self.crowd_size(core);
        if !stays && let Gap::Closed { crowd, .. } = &mut self.gap {
            crowd.leaves(user);
        }
        stays
    }

    pub(super) fn has_thought(&mut self, core: &mut Core, user: u32) {
        if self.stays(core, user) {
            self.request(core, user);
        }
    }

    pub(super) fn think(&mut self, core: &mut Core, user: u32) {
        if let Gap::Closed { think, .. } = &self.gap {
            let at = core.now() + think.sample(&mut self.arrivals);
            core.calendar.at(at, Event::wake(self.station, user + 1));
        }
    }
}
