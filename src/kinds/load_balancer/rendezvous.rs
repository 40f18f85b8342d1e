//! Consistent hashing of keys over the active backends.

use super::backend::Backend;
use super::group::Group;
use crate::engine::core::NONE;
use crate::random::mix;

/// Size of the table from hashes to backends.
pub(super) const TABLE: usize = 1 << 14;

impl Group {
    /// Rendezvous hashing (Thaler and Ravishankar 1998) of the places of a table: each place goes
    /// to the backend with the highest score there. When a backend leaves, only its keys move; when
    /// a backend joins, it takes its share from all others.
    pub(super) fn fill_table(&mut self, before: &[u32], backends: &[Backend]) {
        let identity: Vec<u64> = backends.iter().map(Backend::identity).collect();
        let score = |backend: u32, place: usize| mix(identity[backend as usize] ^ mix(place as u64 + 1));
        let is_new = |backend: &u32| before.get(*backend as usize).is_none_or(|place| *place == NONE);
        let new: Vec<u32> = self.active.iter().copied().filter(is_new).collect();
        self.table.resize(TABLE, NONE);
        for (place, entry) in self.table.iter_mut().enumerate() {
            let keeps_backend = *entry != NONE && self.place[*entry as usize] != NONE;
            let best = |all: &[u32]| all.iter().copied().max_by_key(|backend| score(*backend, place));
            let challenger = best(if keeps_backend { &new } else { &self.active });
            if let Some(challenger) = challenger
                && (!keeps_backend || score(challenger, place) > score(*entry, place))
            {
                *entry = challenger;
            }
        }
    }
}
