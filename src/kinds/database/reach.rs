//! Which replicas of a set messages come to from each of them. Pure bookkeeping without the engine.

use super::set::{Mask, members};

/// Where the messages of each replica of a set come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// For each replica those that its messages come to, directly or through others, itself included.
    /// Empty for a dead replica.
    pub to: Vec<Mask>,
    /// For each replica its side: those that its messages come to and whose messages come to it,
    /// itself included. Empty for a dead replica.
    pub sides: Vec<Mask>,
}

impl Reach {
    /// Of replicas of which those of `up` live and each sends directly to those that `is_open` says.
    pub fn new(size: u32, up: Mask, is_open: &dyn Fn(u32, u32) -> bool) -> Reach {
        let direct: Vec<Mask> = (0..size)
            .map(|from| {
                let is_next = |next: &u32| from == *next || is_open(from, *next);
                mask_of(up, &is_next)
            })
            .collect();
        let to: Vec<Mask> = (0..size)
            .map(|from| {
                let (mut all, mut latest) = (0, up & 1 << from);
                while latest != 0 {
                    all |= latest;
                    latest = members(latest).fold(0, |next, via| next | direct[via as usize]) & !all;
                }
                all
            })
            .collect();
        let sides = (0..size).map(|from| mask_of(to[from as usize], &|other| to[*other as usize] >> from & 1 == 1));
        Reach { sides: sides.collect(), to }
    }

    /// The sides, each once.
    pub fn each_side(&self) -> Vec<Mask> {
        let first = |(replica, side): (usize, &Mask)| (side.trailing_zeros() == replica as u32).then_some(*side);
        self.sides.iter().enumerate().filter_map(first).collect()
    }

    /// Whether the messages of one replica come to another.
    pub fn is_heard(&self, from: u32, by: u32) -> bool {
        self.to[from as usize] >> by & 1 == 1
    }
}

/// Those of `all` that meet a condition.
pub fn mask_of(all: Mask, condition: &dyn Fn(&u32) -> bool) -> Mask {
    members(all).filter(condition).fold(0, |mask, replica| mask | 1 << replica)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_all_replicas_that_reach_each_other_directly_or_through_others() {
        let cut = |a: Mask, b: Mask| {
            move |x: u32, y: u32| !((a >> x & 1 == 1 && b >> y & 1 == 1) || (b >> x & 1 == 1 && a >> y & 1 == 1))
        };
        let two = Reach::new(5, 0b11111, &cut(0b00011, 0b11100));
        assert_eq!(two.sides, [0b00011, 0b00011, 0b11100, 0b11100, 0b11100]);
        assert_eq!((two.each_side(), &two.to), (vec![0b00011, 0b11100], &two.sides));
        // 0 and 4 are cut off from each other, but reach each other through 2.
        let through = Reach::new(5, 0b10101, &cut(0b00001, 0b10000));
        assert_eq!(through.sides, [0b10101, 0, 0b10101, 0, 0b10101]);
    }

    #[test]
    fn who_is_heard_and_does_not_hear_is_on_a_side_of_its_own() {
        // What 0 sends comes to 1 and 2, and nothing comes back.
        let one_way = Reach::new(3, 0b111, &|from, to| from == 0 || to != 0);
        assert_eq!(one_way.to, [0b111, 0b110, 0b110]);
        assert_eq!(one_way.sides, [0b001, 0b110, 0b110]);
        assert!(one_way.is_heard(0, 2) && !one_way.is_heard(2, 0));
        // A ring in one direction: everyone reaches everyone, through others.
        let ring = Reach::new(3, 0b111, &|from, to| to == (from + 1) % 3);
        assert_eq!(ring.sides, [0b111; 3]);
    }
}
