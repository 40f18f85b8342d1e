//! Which replica a message is for, where a station's replicas are not all alike: they form sets of
//! one size, a message belongs to the set of its key, and in the set some replicas are preferred
//! for reads and some for writes. What a driver in the caller's process knows.

use super::core::{Access, Core};

/// How keys are divided over sets of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharding {
    /// How many sets.
    pub sets: u32,
    /// Keys are 0 … `keys` − 1.
    pub keys: u32,
    /// Neighbouring keys together, rather than spread by a hash.
    pub by_range: bool,
}

impl Sharding {
    /// The set of a key.
    pub fn set_of(&self, key: u32) -> u32 {
        if self.sets <= 1 {
            return 0;
        }
        if self.by_range {
            let place = u64::from(key) * u64::from(self.sets) / u64::from(self.keys.max(1));
            return (place as u32).min(self.sets - 1);
        }
        // The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
        let mut z = u64::from(key).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (((z >> 32) * u64::from(self.sets)) >> 32) as u32
    }
}

/// See the module's page.
#[derive(Clone, Debug)]
pub struct Routing {
    /// Which keys belong to which set. Set n is the replicas n·`size` … n·`size` + `size` − 1.
    pub sharding: Sharding,
    /// Replicas of a set, at most 32.
    pub size: u32,
    /// For each set, one bit for each replica that is preferred for reads.
    pub reads: Vec<u32>,
    /// The same for writes.
    pub writes: Vec<u32>,
}

impl Core {
    /// The replica for an attempt of a call that may go to any: by the callee's routing if it has
    /// one, else the next in turn.
    pub(super) fn choose_replica(&mut self, call: u32) -> u32 {
        let (link, message) = (self.calls[call].link, self.calls[call].message);
        let to = self.links[link as usize].plan.to;
        let condition = &self.station_states[to as usize];
        let Some(routing) = &condition.routing else { return self.next_replica(link) };
        let (set, size) = (routing.sharding.set_of(message.key), routing.size);
        let masks = if message.access == Access::Read { &routing.reads } else { &routing.writes };
        let preferred = masks[set as usize];
        let mut choice = preferred;
        if !self.partitions.is_quiet() {
            // A driver keeps to replicas that it can reach: the preferred ones, else any that live.
            let caller = self.caller(call);
            let reached = |replica: &u32| !self.is_partitioned_either_way(caller, (to, set * size + replica));
            let lives = |replica: &u32| condition.is_up(set * size + replica);
            let is_preferred = |replica: &u32| preferred & (1 << replica) != 0;
            let mask = |good: &dyn Fn(&u32) -> bool| (0..size).filter(good).fold(0, |mask, r| mask | 1 << r);
            choice = mask(&|r| is_preferred(r) && reached(r));
            if choice == 0 {
                choice = mask(&|r| lives(r) && reached(r));
            }
            if choice == 0 {
                choice = preferred;
            }
        }
        let turn = &mut self.links[link as usize].turn;
        let replica = next_bit(choice, *turn % size);
        if choice.count_ones() > 1 {
            *turn = (replica + 1) % size;
        }
        set * size + replica
    }
}

/// The first bit of a mask that is set, from a place on and round; 0 for none.
fn next_bit(mask: u32, from: u32) -> u32 {
    match (mask >> from, mask) {
        (_, 0) => 0,
        (0, all) => all.trailing_zeros(),
        (rest, _) => from + rest.trailing_zeros(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_one_set_and_sets_share_the_keys() {
        for by_range in [false, true] {
            let it = Sharding { sets: 7, keys: 7000, by_range };
            let mut counts = [0; 7];
            (0..7000).for_each(|key| counts[it.set_of(key) as usize] += 1);
            assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
        }
        assert_eq!(Sharding { sets: 4, keys: 2, by_range: true }.set_of(1), 2);
    }

    #[test]
    fn turns_go_round_the_bits_of_a_mask() {
        assert_eq!([0, 1, 2, 3, 4].map(|from| next_bit(0b1010, from)), [1, 1, 3, 3, 1]);
        assert_eq!(next_bit(0, 3), 0);
    }
}
