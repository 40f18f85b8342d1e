//! What a replicated database knows of its replicas: who reaches whom, who leads, and which
//! version of each key each of them has. Not a kind: the part of [`database`](super::database)
//! that is numbers in, numbers out. Replicas of a set are numbered from 0 and stand as bits in a
//! [`Mask`].

use crate::engine::routing::Sharding;
use crate::time::NEVER;

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

    /// Whether those who live are cut off from each other.
    pub fn is_split(&self) -> bool {
        let up = self.up();
        self.sides.iter().any(|side| *side != 0 && *side != up)
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
    /// For each replica how many writes of each key it had acknowledged while the set was split;
    /// empty until that happens.
    apart: Vec<Vec<u32>>,
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
            apart: Vec::new(),
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

    /// A replica acknowledged a write while its set was split.
    pub fn acknowledge_apart(&mut self, replica: u32, key: u32) {
        if self.apart.is_empty() {
            self.apart = vec![vec![0; self.acknowledged.len()]; self.of.len()];
        }
        self.apart[replica as usize][key as usize] += 1;
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

    /// Replicas meet again that were on different sides (`before`): how many acknowledged writes
    /// the last write wins over, each on a key that another side wrote meanwhile.
    pub fn conflicts(&mut self, set: u32, meeting: Mask, before: &[Mask]) -> u64 {
        let mut beaten = 0;
        if self.apart.is_empty() {
            return 0;
        }
        for key in self.keys_of(set) {
            let latest = members(meeting).map(|replica| self.of[replica as usize][key]).max().unwrap_or(0);
            let wins = |it: &Versions, x: u32| it.of[x as usize][key] == latest && it.apart[x as usize][key] > 0;
            for loser in members(meeting) {
                let wrote = self.apart[loser as usize][key];
                let others = meeting & !before[loser as usize] & !(1 << loser);
                if wrote > 0 && self.of[loser as usize][key] < latest && members(others).any(|other| wins(self, other))
                {
                    beaten += u64::from(wrote);
                    self.apart[loser as usize][key] = 0;
                }
            }
        }
        beaten
    }

    /// A set is whole again: what was written apart is common knowledge.
    pub fn reunite(&mut self, set: u32, side: Mask) {
        if self.apart.is_empty() {
            return;
        }
        for key in self.keys_of(set) {
            members(side).for_each(|replica| self.apart[replica as usize][key] = 0);
        }
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
        assert!(!set.is_split());
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
    fn the_last_write_wins_over_what_other_sides_acknowledged() {
        let mut it = Versions::new(3, Sharding { sets: 1, keys: 4, by_range: false });
        let before = [0b001, 0b110, 0b110];
        for (replicas, key) in [(0b001, 1), (0b110, 1), (0b110, 2), (0b001, 3), (0b001, 3), (0b110, 3)] {
            let version = it.following();
            members(replicas).for_each(|replica| it.put(replica, key, version));
            it.acknowledge(key, version);
            it.acknowledge_apart(replicas.trailing_zeros(), key);
        }
        // Key 1 was written once at either side, key 3 twice at one and later at the other.
        assert_eq!(it.conflicts(0, 0b111, &before), 3);
        assert_eq!(it.conflicts(0, 0b111, &before), 0, "each counts once");
        it.level(0, 0b111);
        assert_eq!([1, 2, 3].map(|key| it.at(0, key)), [2, 3, 6]);
        it.reunite(0, 0b111);
        assert_eq!(it.keys_behind(0, 0), 0);
    }
}
