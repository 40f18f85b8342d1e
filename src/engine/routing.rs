//! Which replica a message goes to: in turn where a station's replicas are all alike, by key and
//! access where they are not. It is what a driver in the caller's process knows.

use super::core::Core;
use super::message::Access;
use super::plan::Endpoint;
use crate::random::{GOLDEN_GAMMA, mix};

/// How keys are divided over sets of replicas (shards).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharding {
    /// How many sets.
    pub sets: u32,
    /// Keys are 0 … `keys` − 1.
    pub keys: u32,
    /// Whether neighboring keys are together, rather than spread by a hash.
    pub by_range: bool,
}

impl Sharding {
    /// The set that a key belongs to, below `sets`.
    pub fn set_of(&self, key: u32) -> u32 {
        if self.sets <= 1 {
            return 0;
        }
        if self.by_range {
            let set = u64::from(key) * u64::from(self.sets) / u64::from(self.keys.max(1));
            return (set as u32).min(self.sets - 1);
        }
        let hash = mix(u64::from(key).wrapping_add(GOLDEN_GAMMA));
        (((hash >> 32) * u64::from(self.sets)) >> 32) as u32
    }
}

/// Which replicas of a station calls go to, where the replicas form sets: a message belongs to the
/// set of its key, and in each set some replicas are preferred for reads and some for writes.
///
/// It is what the station publishes. A driver in the caller's process learns of a change from any
/// replica of the side that it concerns, and at once. A partition between the caller and a replica is
/// silence: the driver goes on calling that replica until it has been silent for `detection_ns`.
#[derive(Clone, Debug)]
pub struct Routing {
    /// Which keys belong to which set. Set n is the replicas n·`size` … n·`size` + `size` − 1.
    pub sharding: Sharding,
    /// Replicas of a set, at most 32.
    pub size: u32,
    /// For each set a mask of the replicas that are preferred for reads.
    pub reads: Vec<u32>,
    /// For each set a mask of the replicas that are preferred for writes.
    pub writes: Vec<u32>,
    /// For each replica of each set its side: the replicas of its set from which it knows what they
    /// know, itself included.
    pub sides: Vec<u32>,
    /// How long a replica has been silent when drivers begin to do without it, nanoseconds.
    pub detection_ns: u64,
}

impl Core {
    /// The callee's replica whose turn is next: among those in rotation, or among all if none is.
    pub fn next_replica(&mut self, link: u32) -> u32 {
        let link = &mut self.network.links[link as usize];
        let state = &self.station_states[link.plan.to as usize];
        let rotation = &state.rotation;
        let count = if rotation.is_empty() { state.plan.replicas } else { rotation.len() as u32 };
        let turn = if link.next_turn < count { link.next_turn } else { 0 };
        link.next_turn = turn + 1;
        rotation.get(turn as usize).copied().unwrap_or(turn)
    }

    /// The replica for an attempt of a call that may go to any: by the callee's routing if it has
    /// one, else the next in turn.
    pub(super) fn choose_replica(&mut self, call: u32) -> u32 {
        let (link, message) = (self.calls[call].link, self.calls[call].message);
        let callee = self.network.links[link as usize].plan.to;
        let state = &self.station_states[callee as usize];
        let Some(routing) = &state.routing else { return self.next_replica(link) };
        let (set, size) = (routing.sharding.set_of(message.key), routing.size);
        let masks = if message.access == Access::Read { &routing.reads } else { &routing.writes };
        let preferred = masks[set as usize];
        let mut candidates = preferred;
        if !self.network.partitions.is_empty() {
            let caller = (self.calls[call].station, self.calls[call].replica);
            let process = |replica: u32| set * size + replica;
            let is_heard = |replica: u32| {
                state.is_up(process(replica))
                    && !self.is_silent(caller, (callee, process(replica)), routing.detection_ns)
            };
            let heard = mask_of(size, is_heard);
            // Of the preferred ones those that a replica knows which the driver hears.
            let is_known =
                |replica: u32| preferred & (1 << replica) != 0 && routing.sides[process(replica) as usize] & heard != 0;
            let known = mask_of(size, is_known);
            candidates = first_not_empty([known & heard, known, heard, preferred]);
        }
        let turn = &mut self.network.links[link as usize].next_turn;
        let replica = next_bit(candidates, *turn % size);
        if candidates.count_ones() > 1 {
            *turn = (replica + 1) % size;
        }
        set * size + replica
    }
}

impl Core {
    /// The time since which partitions hold back messages from one endpoint to another; `None` if none does.
    pub fn separated_since(&self, from: Endpoint, to: Endpoint) -> Option<u64> {
        self.network.partitions.separated_since(from, to)
    }

    /// Whether a partition has separated two endpoints in either direction for `span` nanoseconds or more.
    fn is_silent(&self, a: Endpoint, b: Endpoint, span: u64) -> bool {
        let now = self.now();
        [(a, b), (b, a)]
            .iter()
            .any(|(from, to)| self.separated_since(*from, *to).is_some_and(|since| now - since >= span))
    }
}

/// The first mask that is not empty; the last one if all are.
fn first_not_empty(masks: [u32; 4]) -> u32 {
    let [.., last] = masks;
    masks.into_iter().find(|mask| *mask != 0).unwrap_or(last)
}

/// A mask of those of the first `size` replicas that meet a condition.
fn mask_of(size: u32, condition: impl Fn(u32) -> bool) -> u32 {
    (0..size).filter(|replica| condition(*replica)).fold(0, |mask, replica| mask | 1 << replica)
}

/// The first bit of a mask that is set, searching upwards from a position and around; 0 if none is.
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
            let sharding = Sharding { sets: 7, keys: 7000, by_range };
            let mut counts = [0; 7];
            (0..7000).for_each(|key| counts[sharding.set_of(key) as usize] += 1);
            assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
        }
        assert_eq!(Sharding { sets: 4, keys: 2, by_range: true }.set_of(1), 2);
    }

    #[test]
    fn next_bit_searches_upwards_and_around() {
        assert_eq!([0, 1, 2, 3, 4].map(|from| next_bit(0b1010, from)), [1, 1, 3, 3, 1]);
        assert_eq!(next_bit(0, 3), 0);
    }
}
