//! What a replicated database knows of its replicas: who reaches whom, who leads, and which
//! version of each key each of them has. Not a kind: the part of [`database`](super::database)
//! that is numbers in, numbers out. Replicas of a set are numbered from 0 and stand as bits in a
//! [`Mask`].

use crate::engine::routing::Sharding;
use crate::time::NEVER;
use std::collections::BTreeMap;

/// One bit for each replica of a set.
pub type Mask = u32;

/// Most replicas that a set may have: the bits of a [`Mask`], and one less so that no shift is
/// too far.
pub const REPLICAS_MAX: u32 = 31;

/// The replicas of a mask.
pub fn members(mask: Mask) -> impl Iterator<Item = u32> {
    (0..32).filter(move |replica| mask & (1 << replica) != 0)
}

/// A set of replicas that hold the same keys.
#[derive(Clone, Debug)]
pub struct Set {
    /// How many replicas it has.
    pub size: u32,
    /// For each replica those on its side of the partitions, itself included: all that it reaches,
    /// directly or through others. None for a dead one.
    pub sides: Vec<Mask>,
    /// Who takes writes; more than one while sides diverge.
    pub leaders: Mask,
    /// Followers that lack something which no message under way will bring.
    pub behind: Mask,
    /// Followers that are being brought up to date.
    pub catching_up: Mask,
    /// For each replica how many acknowledged writes were never sent to it.
    pub unsent: Vec<u64>,
    /// For each replica since when its side has had no leader; [`NEVER`] while it has one.
    pub leaderless_since: Vec<u64>,
    /// Whether the set takes statements somewhere.
    pub serves: bool,
    /// Whether every side may go on alone.
    pub available: bool,
}

impl Set {
    /// A set led by its first replica, all of it up and connected.
    pub fn new(size: u32, available: bool) -> Set {
        let n = size as usize;
        Set {
            size,
            sides: vec![(1 << size) - 1; n],
            leaders: 1,
            behind: 0,
            catching_up: 0,
            unsent: vec![0; n],
            leaderless_since: vec![NEVER; n],
            serves: true,
            available,
        }
    }

    /// All replicas.
    pub fn all(&self) -> Mask {
        (1 << self.size) - 1
    }

    /// The replicas that live.
    pub fn up(&self) -> Mask {
        self.sides.iter().fold(0, |up, side| up | side)
    }

    /// Finds the sides anew, given who lives and which two reach each other; returns the sides
    /// that there were.
    pub fn connect(&mut self, up: Mask, reach: impl Fn(u32, u32) -> bool) -> Vec<Mask> {
        let mut sides = vec![0; self.size as usize];
        let mut left = up;
        while left != 0 {
            let (mut side, mut edge) = (0, left & left.wrapping_neg());
            while edge != 0 {
                side |= edge;
                let near = |next: &u32| members(edge).any(|from| reach(from, *next));
                edge = members(left & !side).filter(near).fold(0, |mask, replica| mask | 1 << replica);
            }
            members(side).for_each(|replica| sides[replica as usize] = side);
            left &= !side;
        }
        std::mem::replace(&mut self.sides, sides)
    }

    /// The sides, each once.
    pub fn each_side(&self) -> Vec<Mask> {
        let first = |(replica, side): (usize, &Mask)| (side.trailing_zeros() == replica as u32).then_some(*side);
        self.sides.iter().enumerate().filter_map(first).collect()
    }

    /// Whether a side may serve. `available`: any. `consistent`: more than half of all replicas,
    /// dead ones counted; or exactly half, when the leader is among them or is dead (as if a
    /// witness outside sided with the leader). So there is never more than one.
    pub fn is_quorate(&self, side: Mask) -> bool {
        let twice = 2 * side.count_ones();
        let half = twice == self.size && (side & self.leaders != 0 || self.leaders & self.up() == 0);
        side != 0 && (self.available || twice > self.size || half)
    }

    /// Who takes the writes of a side.
    pub fn leader_of(&self, side: Mask) -> Option<u32> {
        let led = side & self.leaders;
        (led != 0 && self.is_quorate(side)).then(|| led.trailing_zeros())
    }
}

/// Which version of each key each replica has, and which were acknowledged to a caller. Versions
/// number the writes of a database in the order in which they took effect first.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    sharding: Option<Sharding>,
    latest: u32,
    /// For each replica (of whichever set a key belongs to) the version of each key.
    of: Vec<Vec<u32>>,
    /// For each key the latest version that was acknowledged.
    acknowledged: Vec<u32>,
    /// By key and the replica that acknowledged them: of how many writes each replica does not
    /// know, because it was not reached then and nobody told it since.
    unknown: BTreeMap<(u32, u32), [u32; 32]>,
}

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
        }
    }

    /// The version of the next write.
    pub fn following(&mut self) -> u32 {
        self.latest += 1;
        self.latest
    }

    /// What a replica has.
    pub fn at(&self, replica: u32, key: u32) -> u32 {
        self.of[replica as usize][key as usize]
    }

    /// A write reaches a replica; the later version wins.
    pub fn put(&mut self, replica: u32, key: u32, version: u32) {
        let slot = &mut self.of[replica as usize][key as usize];
        *slot = version.max(*slot);
    }

    /// The latest acknowledged version of a key.
    pub fn acknowledged(&self, key: u32) -> u32 {
        self.acknowledged[key as usize]
    }

    /// A caller heard that its write took effect.
    pub fn acknowledge(&mut self, key: u32, version: u32) {
        let slot = &mut self.acknowledged[key as usize];
        *slot = version.max(*slot);
    }

    /// A replica acknowledged a write of which others do not hear; who has a later version already
    /// misses nothing.
    pub fn acknowledge_apart(&mut self, by: u32, key: u32, version: u32, deaf: Mask) {
        let counts = self.unknown.entry((key, by)).or_default();
        for replica in members(deaf).filter(|replica| self.of[*replica as usize][key as usize] < version) {
            counts[replica as usize] += 1;
        }
    }

    fn keys_of(&self, set: u32) -> impl Iterator<Item = usize> + use<> {
        let sharding = self.sharding;
        let keys = self.acknowledged.len() as u32;
        (0..keys).filter(move |key| sharding.is_none_or(|it| it.set_of(*key) == set)).map(|key| key as usize)
    }

    /// One replica becomes a copy of another.
    pub fn copy(&mut self, set: u32, from: u32, to: u32) {
        for key in self.keys_of(set) {
            self.of[to as usize][key] = self.of[from as usize][key];
        }
    }

    /// One replica gets the latest version that any of `side` has.
    pub fn gather(&mut self, set: u32, side: Mask, into: u32) {
        for key in self.keys_of(set) {
            let latest = members(side).map(|replica| self.of[replica as usize][key]).max().unwrap_or(0);
            let slot = &mut self.of[into as usize][key];
            *slot = latest.max(*slot);
        }
    }

    /// All of `side` get the latest version that any of them has.
    pub fn level(&mut self, set: u32, side: Mask) {
        for key in self.keys_of(set) {
            let latest = members(side).map(|replica| self.of[replica as usize][key]).max().unwrap_or(0);
            members(side).for_each(|replica| self.of[replica as usize][key] = latest);
        }
    }

    /// What a leader does not have was never written.
    pub fn truncate(&mut self, set: u32, leader: u32) {
        for key in self.keys_of(set) {
            let slot = &mut self.acknowledged[key];
            *slot = (*slot).min(self.of[leader as usize][key]);
        }
    }

    /// How many keys a replica has in a version older than the acknowledged one.
    pub fn keys_behind(&self, set: u32, replica: u32) -> u64 {
        let lags = |key: &usize| self.of[replica as usize][*key] < self.acknowledged[*key];
        self.keys_of(set).filter(lags).count() as u64
    }

    /// Replicas meet again, and the last write of each key wins: over how many acknowledged ones of
    /// which whoever made it did not know. From now on all of `learn` know what any of them knew.
    pub fn conflicts(&mut self, set: u32, meeting: Mask, learn: Mask) -> u64 {
        let (sharding, of) = (self.sharding, &self.of);
        let mut beaten = 0;
        // Built anew: taking entries out of a tree is some kilobytes of code.
        for ((key, by), mut counts) in std::mem::take(&mut self.unknown) {
            if sharding.is_some_and(|it| it.set_of(key) != set) {
                self.unknown.insert((key, by), counts);
                continue;
            }
            let version = |replica: u32| of[replica as usize][key as usize];
            let latest = members(meeting).map(version).max().unwrap_or(0);
            let least = |mask: Mask| members(mask).map(|replica| counts[replica as usize]).min().unwrap_or(0);
            let winners =
                members(meeting).filter(|replica| version(*replica) == latest).fold(0, |all, one| all | 1 << one);
            let nobody = least(meeting);
            beaten += u64::from(least(winners) - nobody);
            members(learn).for_each(|replica| counts[replica as usize] = nobody.min(counts[replica as usize]));
            if counts.iter().any(|count| *count > 0) {
                self.unknown.insert((key, by), counts);
            }
        }
        beaten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(a: Mask, b: Mask) -> impl Fn(u32, u32) -> bool {
        move |x, y| !((a >> x & 1 == 1 && b >> y & 1 == 1) || (b >> x & 1 == 1 && a >> y & 1 == 1))
    }

    #[test]
    fn sides_are_who_reaches_whom_through_others_too() {
        let mut set = Set::new(5, false);
        set.connect(0b11111, cut(0b00011, 0b11100));
        assert_eq!(set.sides, [0b00011, 0b00011, 0b11100, 0b11100, 0b11100]);
        assert_eq!(set.each_side(), [0b00011, 0b11100]);
        // 0 and 4 are cut off from each other, but reach each other through 2.
        set.connect(0b10101, cut(0b00001, 0b10000));
        assert_eq!(set.sides, [0b10101, 0, 0b10101, 0, 0b10101]);
    }

    #[test]
    fn at_most_one_side_is_quorate() {
        for size in 1..6 {
            for up in 0..1u32 << size {
                for side in 0..1u32 << size {
                    for leader in 0..size {
                        let mut set = Set::new(size, false);
                        set.leaders = 1 << leader;
                        set.connect(up, cut(side, !side));
                        let quorate = set.each_side().into_iter().filter(|side| set.is_quorate(*side)).count();
                        assert!(quorate <= 1, "{size} replicas, {up:b} up, {side:b} cut off, {leader} leads");
                    }
                }
            }
        }
        let mut two = Set::new(2, false);
        two.connect(0b10, |_, _| true);
        assert!(two.is_quorate(0b10), "of two replicas one may go on when the leader is dead");
        two.connect(0b11, |_, _| false);
        assert!(two.is_quorate(0b01) && !two.is_quorate(0b10), "and the leader when they are cut off");
    }

    #[test]
    fn the_last_write_wins_over_what_it_did_not_know_of() {
        let mut it = Versions::new(3, Sharding { sets: 1, keys: 4, by_range: false });
        let write = |it: &mut Versions, replicas: Mask, key: u32| {
            let version = it.following();
            members(replicas).for_each(|replica| it.put(replica, key, version));
            it.acknowledge(key, version);
            it.acknowledge_apart(replicas.trailing_zeros(), key, version, 0b111 & !replicas);
        };
        // Key 1 is written once at either side, key 3 twice at one and later at the other.
        for (replicas, key) in [(0b001, 1), (0b110, 1), (0b110, 2), (0b001, 3), (0b001, 3), (0b110, 3)] {
            write(&mut it, replicas, key);
        }
        assert_eq!(it.conflicts(0, 0b111, 0b111), 3);
        assert_eq!(it.conflicts(0, 0b111, 0b111), 0, "each counts once");
        it.level(0, 0b111);
        assert_eq!([1, 2, 3].map(|key| it.at(0, key)), [2, 3, 6]);
        assert_eq!((it.keys_behind(0, 0), it.unknown.len()), (0, 0));
        // Sides that shift: replica 1 tells replica 2 what replica 0 wrote, and then writes.
        write(&mut it, 0b011, 1);
        assert_eq!(it.conflicts(0, 0b110, 0b110), 0);
        it.level(0, 0b110);
        write(&mut it, 0b110, 1);
        assert_eq!(it.conflicts(0, 0b111, 0b111), 0, "one after the other");
    }
}
