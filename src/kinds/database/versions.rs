//! Which version of each key each replica of a set has. Pure bookkeeping without the engine.

use super::acknowledged::AcknowledgedWrites;
use super::set::{Mask, members};
use crate::engine::routing::Sharding;
use std::collections::BTreeMap;

/// Which version of each key each replica has, and which versions were acknowledged to a caller.
/// Versions number the writes of a database in the order in which they first took effect.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    pub(super) sharding: Option<Sharding>,
    latest: u32,
    /// For each replica (of whichever set a key belongs to) the version of each key.
    pub(super) of: Vec<Vec<u32>>,
    /// For each key the latest version that was acknowledged.
    pub(super) acknowledged: Vec<u32>,
    /// By key and the replica that acknowledged them: the number of writes that each replica does
    /// not know of, because a partition kept them from it and it has not merged since.
    unknown: BTreeMap<(u32, u32), [u32; 32]>,
    /// Acknowledged writes that some replica may lack, where there is a leader.
    pub(super) at_risk: AcknowledgedWrites,
}

/// Bytes of the version of one key at one replica.
pub(super) const KEY_BYTES: u64 = std::mem::size_of::<u32>() as u64;

impl Versions {
    /// Every key at version 0 everywhere.
    pub fn new(replicas: u32, sharding: Sharding) -> Versions {
        let keys = vec![0; sharding.keys as usize];
        Versions {
            sharding: Some(sharding),
            latest: 0,
            of: vec![keys.clone(); replicas as usize],
            acknowledged: keys,
            unknown: BTreeMap::new(),
            at_risk: AcknowledgedWrites::default(),
        }
    }

    /// Numbers the next write.
    pub fn next_version(&mut self) -> u32 {
        self.latest += 1;
        self.latest
    }

    /// The version of a key that a replica has.
    pub fn version_at(&self, replica: u32, key: u32) -> u32 {
        self.of[replica as usize][key as usize]
    }

    /// Applies a write at a replica; the later version wins.
    pub fn apply(&mut self, replica: u32, key: u32, version: u32) {
        let slot = &mut self.of[replica as usize][key as usize];
        *slot = version.max(*slot);
    }

    /// The latest acknowledged version of a key.
    pub fn acknowledged(&self, key: u32) -> u32 {
        self.acknowledged[key as usize]
    }

    /// A write was acknowledged to its caller.
    pub fn acknowledge(&mut self, key: u32, version: u32) {
        let slot = &mut self.acknowledged[key as usize];
        *slot = version.max(*slot);
    }

    /// A replica acknowledged a write that does not reach the `unreachable` replicas. One of these
    /// that has a later version already is not counted as missing it.
    pub fn acknowledge_apart(&mut self, by: u32, key: u32, version: u32, unreachable: Mask) {
        let counts = self.unknown.entry((key, by)).or_default();
        for replica in members(unreachable).filter(|replica| self.of[*replica as usize][key as usize] < version) {
            counts[replica as usize] += 1;
        }
    }

    fn keys_of(&self, set: u32) -> impl Iterator<Item = usize> + use<> {
        let sharding = self.sharding;
        let keys = self.acknowledged.len() as u32;
        (0..keys).filter(move |key| sharding.is_none_or(|it| it.set_of(*key) == set)).map(|key| key as usize)
    }

    /// Makes the replica `to` a copy of the replica `from`.
    pub fn copy(&mut self, set: u32, from: u32, to: u32) {
        for key in self.keys_of(set) {
            self.of[to as usize][key] = self.of[from as usize][key];
        }
    }

    /// Gives one replica the latest version of each key that any replica of `side` has.
    pub fn gather(&mut self, set: u32, side: Mask, into: u32) {
        for key in self.keys_of(set) {
            let latest = members(side).map(|replica| self.of[replica as usize][key]).max().unwrap_or(0);
            let slot = &mut self.of[into as usize][key];
            *slot = latest.max(*slot);
        }
    }

    /// Gives all replicas of `side` the latest version of each key that any of them has.
    pub fn equalize(&mut self, set: u32, side: Mask) {
        for key in self.keys_of(set) {
            let latest = members(side).map(|replica| self.of[replica as usize][key]).max().unwrap_or(0);
            members(side).for_each(|replica| self.of[replica as usize][key] = latest);
        }
    }

    /// Forgets acknowledged versions that the new leader does not have.
    pub fn truncate(&mut self, set: u32, leader: u32) {
        for key in self.keys_of(set) {
            let slot = &mut self.acknowledged[key];
            *slot = (*slot).min(self.of[leader as usize][key]);
        }
    }

    /// The number of keys of which a replica has a version older than the acknowledged one.
    pub fn keys_behind(&self, set: u32, replica: u32) -> u64 {
        let is_behind = |key: &usize| self.of[replica as usize][*key] < self.acknowledged[*key];
        self.keys_of(set).filter(is_behind).count() as u64
    }

    /// Replicas that `meet` again merge, and the last write of each key wins. Returns the number of
    /// acknowledged writes that are overwritten by an acknowledged one whose replica did not know of them. From
    /// now on all of `learn` know of the writes that any of the replicas that meet knew of.
    pub fn conflicts(&mut self, set: u32, meet: Mask, learn: Mask) -> u64 {
        let (sharding, of) = (self.sharding, &self.of);
        let mut overwritten = 0;
        // Rebuilt instead of edited in place: removal from a `BTreeMap` adds kilobytes of Wasm.
        for ((key, by), mut counts) in std::mem::take(&mut self.unknown) {
            if sharding.is_some_and(|it| it.set_of(key) != set) {
                self.unknown.insert((key, by), counts);
                continue;
            }
            let version = |replica: u32| of[replica as usize][key as usize];
            let latest = members(meet).map(version).max().unwrap_or(0);
            let fewest = |mask: Mask| members(mask).map(|replica| counts[replica as usize]).min().unwrap_or(0);
            let winners =
                members(meet).filter(|replica| version(*replica) == latest).fold(0, |all, one| all | 1 << one);
            let unknown_to_all = fewest(meet);
            // A write that is not acknowledged yet comes after all that are: it conflicts with none of them.
            if latest <= self.acknowledged[key as usize] {
                overwritten += u64::from(fewest(winners) - unknown_to_all);
            }
            members(learn).for_each(|replica| counts[replica as usize] = unknown_to_all.min(counts[replica as usize]));
            if counts.iter().any(|count| *count > 0) {
                self.unknown.insert((key, by), counts);
            }
        }
        overwritten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_write_overwrites_the_writes_that_it_did_not_know_of() {
        let mut it = Versions::new(3, Sharding { sets: 1, keys: 4, by_range: false });
        let write = |it: &mut Versions, replicas: Mask, key: u32| {
            let version = it.next_version();
            members(replicas).for_each(|replica| it.apply(replica, key, version));
            it.acknowledge(key, version);
            it.acknowledge_apart(replicas.trailing_zeros(), key, version, 0b111 & !replicas);
        };
        // Key 1 is written once at either side, key 3 twice at one and later at the other.
        for (replicas, key) in [(0b001, 1), (0b110, 1), (0b110, 2), (0b001, 3), (0b001, 3), (0b110, 3)] {
            write(&mut it, replicas, key);
        }
        assert_eq!(it.conflicts(0, 0b111, 0b111), 3);
        assert_eq!(it.conflicts(0, 0b111, 0b111), 0, "each counts once");
        it.equalize(0, 0b111);
        assert_eq!([1, 2, 3].map(|key| it.version_at(0, key)), [2, 3, 6]);
        assert_eq!((it.keys_behind(0, 0), it.unknown.len()), (0, 0));
        // Sides that shift: replica 1 passes to replica 2 what replica 0 wrote, and then writes.
        write(&mut it, 0b011, 1);
        assert_eq!(it.conflicts(0, 0b110, 0b110), 0);
        it.equalize(0, 0b110);
        write(&mut it, 0b110, 1);
        assert_eq!(it.conflicts(0, 0b111, 0b111), 0, "one after the other");
        // Replica 2 has a write that no quorum has acknowledged, over one that it does not know of.
        write(&mut it, 0b011, 2);
        let version = it.next_version();
        it.apply(2, 2, version);
        assert_eq!(it.conflicts(0, 0b111, 0b111), 0, "it is no other side's acknowledged write");
    }
}
