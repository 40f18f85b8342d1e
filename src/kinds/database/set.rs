//! A replica set: which replicas reach each other and which of them lead. Pure bookkeeping without
//! the engine. Replicas of a set are numbered from 0 and are bits of a [`Mask`].

use crate::time::NEVER;

/// One bit for each replica of a set.
pub type Mask = u32;

/// Most replicas of a set: one fewer than the bits of a [`Mask`], so that `1 << size` does not
/// overflow.
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
    /// For each replica its side of the partitions: all replicas that it reaches, directly or
    /// through others, itself included. Empty for a dead replica.
    pub sides: Vec<Mask>,
    /// The replicas that take writes; more than one while sides diverge.
    pub leaders: Mask,
    /// Followers that lack a write which no message under way will bring.
    pub behind: Mask,
    /// Followers that are being brought up to date.
    pub catching_up: Mask,
    /// For each replica the number of acknowledged writes that were never sent to it.
    pub unsent: Vec<u64>,
    /// For each replica the time since which its side has had no leader; [`NEVER`] while it has one.
    pub leaderless_since: Vec<u64>,
    /// Whether any side of the set serves.
    pub serves: bool,
    /// Whether every side may serve alone.
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

    /// Recomputes the sides, given which replicas live and which pairs reach each other; returns
    /// the sides of before.
    pub fn connect(&mut self, up: Mask, reach: impl Fn(u32, u32) -> bool) -> Vec<Mask> {
        let mut sides = vec![0; self.size as usize];
        let mut left = up;
        while left != 0 {
            let (mut side, mut edge) = (0, left & left.wrapping_neg());
            while edge != 0 {
                side |= edge;
                let is_next = |next: &u32| members(edge).any(|from| reach(from, *next));
                edge = members(left & !side).filter(is_next).fold(0, |mask, replica| mask | 1 << replica);
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

    /// Whether a side may serve. `available`: any side. `consistent`: a side of more than half of
    /// all replicas, dead ones counted; or of exactly half, when the leader is among them or is dead
    /// (as if an outside witness voted with the leader). So at most one side has a quorum.
    pub fn has_quorum(&self, side: Mask) -> bool {
        let twice = 2 * side.count_ones();
        let half = twice == self.size && (side & self.leaders != 0 || self.leaders & self.up() == 0);
        side != 0 && (self.available || twice > self.size || half)
    }

    /// The replica that takes the writes of a side.
    pub fn leader_of(&self, side: Mask) -> Option<u32> {
        let led = side & self.leaders;
        (led != 0 && self.has_quorum(side)).then(|| led.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(a: Mask, b: Mask) -> impl Fn(u32, u32) -> bool {
        move |x, y| !((a >> x & 1 == 1 && b >> y & 1 == 1) || (b >> x & 1 == 1 && a >> y & 1 == 1))
    }

    #[test]
    fn a_side_is_all_replicas_that_reach_each_other_directly_or_through_others() {
        let mut set = Set::new(5, false);
        set.connect(0b11111, cut(0b00011, 0b11100));
        assert_eq!(set.sides, [0b00011, 0b00011, 0b11100, 0b11100, 0b11100]);
        assert_eq!(set.each_side(), [0b00011, 0b11100]);
        // 0 and 4 are cut off from each other, but reach each other through 2.
        set.connect(0b10101, cut(0b00001, 0b10000));
        assert_eq!(set.sides, [0b10101, 0, 0b10101, 0, 0b10101]);
    }

    #[test]
    fn at_most_one_side_has_a_quorum() {
        for size in 1..6 {
            for up in 0..1u32 << size {
                for side in 0..1u32 << size {
                    for leader in 0..size {
                        let mut set = Set::new(size, false);
                        set.leaders = 1 << leader;
                        set.connect(up, cut(side, !side));
                        let with_quorum = set.each_side().into_iter().filter(|side| set.has_quorum(*side)).count();
                        assert!(with_quorum <= 1, "{size} replicas, {up:b} up, {side:b} cut off, {leader} leads");
                    }
                }
            }
        }
        let mut two = Set::new(2, false);
        two.connect(0b10, |_, _| true);
        assert!(two.has_quorum(0b10), "of two replicas one may go on when the leader is dead");
        two.connect(0b11, |_, _| false);
        assert!(two.has_quorum(0b01) && !two.has_quorum(0b10), "and the leader when they are cut off");
    }
}
