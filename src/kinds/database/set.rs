//! A replica set: which replicas reach each other and which of them lead. Pure bookkeeping without
//! the engine. Replicas of a set are numbered from 0 and are bits of a [`Mask`].

use super::reach::{Reach, mask_of};
use crate::time::NEVER;

/// One bit for each replica of a set.
pub type Mask = u32;

/// Most replicas of a set: one fewer than the bits of a [`Mask`], so that `1 << size` does not
/// overflow.
pub const REPLICAS_MAX: u32 = 31;

/// The replicas of a mask, in rising order.
pub fn members(mut mask: Mask) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let first = (mask != 0).then(|| mask.trailing_zeros());
        mask &= mask.wrapping_sub(1);
        first
    })
}

/// A set of replicas that hold the same keys.
#[derive(Clone, Debug)]
pub struct Set {
    /// How many replicas it has.
    pub size: u32,
    /// Which of them reach each other: those that live, are not paused and are not cut off.
    pub reach: Reach,
    /// The same, as far as the replicas and their callers have noticed it.
    pub noticed: Reach,
    /// For each replica those that messages come to which it has sent, whether or not anyone is paused.
    pub carries: Vec<Mask>,
    /// Replicas that are paused, unless all are: nobody is missed then.
    pub paused: Mask,
    /// Paused replicas whose silence has been noticed.
    pub noticed_paused: Mask,
    /// Whether all replicas that live are paused.
    pub frozen: bool,
    /// The replicas that take writes; more than one while sides diverge.
    pub leaders: Mask,
    /// Followers that lack a write which no message under way will bring.
    pub behind: Mask,
    /// Followers that are being brought up to date.
    pub catching_up: Mask,
    /// For each replica the number of acknowledged writes that it does not have.
    pub lacks: Vec<u64>,
    /// For each replica the time at which the last write that was sent to it is there, where
    /// followers have writes in the order of the leader.
    pub due: Vec<u64>,
    /// For each replica the time since which it has not heard a leader; [`NEVER`] while it does.
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
        let reach = Reach::new(size, (1 << size) - 1, &|_, _| true);
        Set {
            size,
            carries: reach.to.clone(),
            noticed: reach.clone(),
            reach,
            paused: 0,
            noticed_paused: 0,
            frozen: false,
            leaders: 1,
            behind: 0,
            catching_up: 0,
            lacks: vec![0; n],
            due: vec![0; n],
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
        self.reach.sides.iter().fold(0, |up, side| up | side)
    }

    /// Recomputes who reaches whom, given which replicas live, which are paused, and which are cut
    /// off from which. Returns what held before.
    pub fn connect(&mut self, up: Mask, paused: Mask, is_cut: &dyn Fn(u32, u32) -> bool) -> Reach {
        self.frozen = paused == up && up != 0;
        self.paused = if self.frozen { 0 } else { paused };
        let silent = self.paused;
        self.carries = Reach::new(self.size, up, &|from, to| !is_cut(from, to)).to;
        let is_open = |from: u32, to: u32| silent & (1 << from | 1 << to) == 0 && !is_cut(from, to);
        std::mem::replace(&mut self.reach, Reach::new(self.size, up, &is_open))
    }

    /// The replicas that one of them reaches, which live and are not paused.
    pub fn side_of(&self, replica: u32) -> Mask {
        self.reach.sides[replica as usize]
    }

    /// Whether a replica is paused and others are not.
    pub fn is_paused(&self, replica: u32) -> bool {
        self.paused >> replica & 1 == 1
    }

    /// Whether so many replicas may serve. `available`: any. `consistent`: more than half of all
    /// replicas, dead ones counted; or exactly half, when the leader is among them or is dead (as if
    /// an outside witness voted with the leader). So at most one side has a quorum.
    pub fn has_quorum(&self, side: Mask) -> bool {
        let twice = 2 * side.count_ones();
        let half = twice == self.size && (side & self.leaders != 0 || self.leaders & self.up() == 0);
        side != 0 && (self.available || twice > self.size || half)
    }

    /// The leaders that lead according to `reach`: a quorum hears them. Whether they hear an answer
    /// does not matter, since a replica misses its leader only when it does not hear it.
    pub fn leading(&self, reach: &Reach, silent: Mask) -> Mask {
        mask_of(self.leaders & !silent, &|leader| self.has_quorum(reach.to[*leader as usize]))
    }

    /// Whether a replica takes writes at present.
    pub fn leads(&self, replica: u32) -> bool {
        self.leading(&self.reach, self.paused) >> replica & 1 == 1
    }

    /// The leader that a replica follows: of its own side, else one that it hears. A leader follows
    /// itself.
    pub fn leader_for(&self, replica: u32) -> Option<u32> {
        let heard = mask_of(self.leading(&self.reach, self.paused), &|leader| self.reach.is_heard(*leader, replica));
        let own = heard & self.side_of(replica);
        let itself = heard & 1 << replica;
        [itself, own, heard].into_iter().find(|mask| *mask != 0).map(Mask::trailing_zeros)
    }

    /// The replicas that follow a leader, without itself.
    pub fn followers_of(&self, leader: u32) -> Mask {
        let heard_by = self.reach.to[leader as usize] & !self.leaders;
        if self.leaders == 1 << leader {
            return heard_by;
        }
        mask_of(heard_by, &|replica| self.leader_for(*replica) == Some(leader))
    }

    /// The leader to which a replica can pass a statement on and from which the answer comes back.
    pub fn leader_of_side(&self, replica: u32) -> Option<u32> {
        self.leader_for(replica).filter(|leader| self.side_of(replica) >> leader & 1 == 1)
    }

    /// Of some replicas those whose messages come to another one.
    pub fn answering(&self, replicas: Mask, to: u32) -> Mask {
        mask_of(replicas, &|replica| self.reach.is_heard(*replica, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(a: Mask, b: Mask) -> impl Fn(u32, u32) -> bool {
        move |x, y| (a >> x & 1 == 1 && b >> y & 1 == 1) || (b >> x & 1 == 1 && a >> y & 1 == 1)
    }

    #[test]
    fn members_are_the_bits_that_are_set() {
        assert_eq!(members(0b1000_0000_0000_0000_0000_0000_0001_0110).collect::<Vec<_>>(), [1, 2, 4, 31]);
        assert_eq!(members(0).count(), 0);
    }

    #[test]
    fn at_most_one_side_has_a_quorum() {
        for size in 1..6 {
            for up in 0..1u32 << size {
                for side in 0..1u32 << size {
                    for leader in 0..size {
                        let mut set = Set::new(size, false);
                        set.leaders = 1 << leader;
                        set.connect(up, 0, &cut(side, !side));
                        let sides = set.reach.each_side();
                        let with_quorum = sides.into_iter().filter(|side| set.has_quorum(*side)).count();
                        assert!(with_quorum <= 1, "{size} replicas, {up:b} up, {side:b} cut off, {leader} leads");
                    }
                }
            }
        }
        let mut two = Set::new(2, false);
        two.connect(0b10, 0, &|_, _| false);
        assert!(two.has_quorum(0b10), "of two replicas one may go on when the leader is dead");
        two.connect(0b11, 0, &|_, _| true);
        assert!(two.has_quorum(0b01) && !two.has_quorum(0b10), "and the leader when they are cut off");
    }

    /// Whatever directions are cut: where a leader leads, nobody who does not hear it has a quorum.
    #[test]
    fn no_side_that_does_not_hear_a_leader_can_replace_it() {
        for size in 1..5 {
            for cuts in 0..1u32 << (size * size) {
                let mut set = Set::new(size, false);
                set.connect(set.all(), 0, &|from, to| cuts >> (from * size + to) & 1 == 1);
                let apart = |side: &Mask| set.leader_for(side.trailing_zeros()).is_none() && set.has_quorum(*side);
                let replaceable = set.reach.each_side().iter().any(apart);
                assert!(!(set.leads(0) && replaceable), "{size} replicas, cuts {cuts:b}");
            }
        }
    }

    #[test]
    fn a_leader_leads_while_a_quorum_hears_it() {
        let mut set = Set::new(3, false);
        set.connect(0b111, 0, &|from, to| from != 0 && to == 0);
        assert!(set.leads(0), "its followers hear it");
        assert_eq!(set.followers_of(0), 0b110);
        assert_eq!((set.leader_for(1), set.leader_of_side(1)), (Some(0), None), "who cannot answer");
        assert_eq!(set.answering(0b110, 0), 0);
        set.connect(0b111, 0, &|from, to| from == 0 && to != 0);
        assert!(!set.leads(0) && set.leader_for(1).is_none(), "its followers miss it");
    }

    #[test]
    fn a_paused_replica_is_as_good_as_cut_off_unless_all_are_paused() {
        let mut set = Set::new(3, false);
        set.connect(0b111, 0b001, &|_, _| false);
        assert_eq!(set.reach.sides, [0b001, 0b110, 0b110]);
        assert!(!set.leads(0) && set.is_paused(0) && set.leader_for(1).is_none());
        assert_eq!(set.carries, [0b111; 3], "what it sent before is under way");
        set.connect(0b011, 0b011, &|_, _| false);
        assert!(set.frozen && set.leads(0) && !set.is_paused(0));
    }
}
