//! Users of closed load: who is present, and their requests.

use super::station::{ARRIVAL, Arrival, ClientStation};
use crate::engine::calendar::Event;
use crate::engine::core::Core;
use crate::time::{NEVER, to_s};

/// Most users at a time.
pub(super) const USERS_MAX: u32 = 250_000;

/// Which users are present. Users are numbered from 0; when there are too many, those with the
/// greatest numbers leave.
#[derive(Clone, Debug, Default)]
pub(super) struct Population {
    pub(super) present: Vec<bool>,
    /// All users below this number are present.
    full_to: u32,
}

impl Population {
    /// Adds the first user below `size` who is not present, and returns the number of that user.
    fn join(&mut self, size: u32) -> Option<u32> {
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

    fn leave(&mut self, user: u32) {
        self.present[user as usize] = false;
        self.full_to = self.full_to.min(user);
    }
}

impl ClientStation {
    /// The number of users that should be present now.
    fn target_population(&self, core: &Core) -> u32 {
        let users = if self.rate.profile.is_empty() { self.rate.base } else { self.rate.at(to_s(core.now())) };
        (users * self.factor + 0.5).min(f64::from(USERS_MAX)) as u32
    }

    /// Adds users while there are too few; a new user thinks first. Schedules the next addition.
    pub(super) fn fill_up(&mut self, core: &mut Core) {
        let size = self.target_population(core);
        while let Arrival::Closed { population, .. } = &mut self.arrival
            && let Some(user) = population.join(size)
        {
            self.think(core, user);
        }
        self.next_arrival.at = NEVER;
        if self.rate.profile.is_empty() {
            return;
        }
        let now = to_s(core.now());
        if let Some(wait_s) = self.rate.next_increase(now, self.factor).map(|at| at - now).filter(|wait| *wait < 1e9) {
            self.next_arrival.at = core.now() + (wait_s * 1e9).ceil().max(1.0) as u64;
            core.calendar.at(self.next_arrival.at, Event::wake(self.station, ARRIVAL));
        }
    }

    /// Whether a user stays; one who is surplus leaves.
    pub(super) fn stays(&mut self, core: &Core, user: u32) -> bool {
        let stays = user < self.target_population(core);
        if !stays && let Arrival::Closed { population, .. } = &mut self.arrival {
            population.leave(user);
        }
        stays
    }

    pub(super) fn think_time_over(&mut self, core: &mut Core, user: u32) {
        if self.stays(core, user) {
            self.request(core, user);
        }
    }

    pub(super) fn think(&mut self, core: &mut Core, user: u32) {
        if let Arrival::Closed { think, .. } = &self.arrival {
            let at = core.now() + think.sample(&mut self.arrivals);
            core.calendar.at(at, Event::wake(self.station, user + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_joins_first() {
        let mut population = Population::default();
        assert_eq!([(); 4].map(|()| population.join(3)), [Some(0), Some(1), Some(2), None]);
        population.leave(1);
        assert_eq!([(); 3].map(|()| population.join(4)), [Some(1), Some(3), None]);
        population.leave(3);
        population.leave(0);
        assert_eq!(population.join(1), Some(0));
        assert_eq!(population.join(1), None, "user 3 is above the size");
    }
}
