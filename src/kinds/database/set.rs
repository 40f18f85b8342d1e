//! What a replicated database knows of its replicas: who reaches whom, who leads, and which
//! version of each key each of them has. Not a kind: the part of [`database`](super::database)
//! that is numbers in, numbers out. Replicas of a set are numbered from 0 and stand as bits in a
//! [`Mask`].

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
}
