//! Acknowledged writes that some replica may lack: what a failover can lose.

use super::set::{Mask, members};
use super::versions::Versions;

/// The length of the list up to which it is not shortened.
const FEW: usize = 1024;

/// Acknowledged writes of one key, of which a replica has either all or none.
#[derive(Clone, Copy, Debug)]
struct Writes {
    key: u32,
    /// The version of the last of them.
    version: u32,
    count: u32,
}

/// The acknowledged writes that some replica may lack, in the order in which they were acknowledged.
///
/// It is shortened when its length has doubled, so that a write costs the same whether few or many
/// are pending, and a follower that is away for long costs an entry for each key.
#[derive(Clone, Debug, Default)]
pub struct AcknowledgedWrites {
    list: Vec<Writes>,
    limit: usize,
}

impl Versions {
    /// Whether the list of acknowledged writes is to be shortened before the next one.
    pub fn is_list_full(&self) -> bool {
        self.at_risk.list.len() >= self.at_risk.limit.max(FEW)
    }

    /// Remembers an acknowledged write until all replicas have it.
    pub fn remember(&mut self, key: u32, version: u32) {
        self.at_risk.list.push(Writes { key, version, count: 1 });
    }

    /// Shortens the list of acknowledged writes, where `under_way` is the oldest version that is on its
    /// way to some replica: drops those that every replica has, and makes one entry of writes of a key
    /// between which no replica stands or can come to stand.
    pub fn shorten_list(&mut self, under_way: u32) {
        let mut kept: Vec<Writes> = Vec::new();
        // For each key one more than the position of its last entry in `kept`.
        let mut last = vec![0u32; self.acknowledged.len()];
        for it in &self.at_risk.list {
            let versions = || self.of.iter().map(|of| of[it.key as usize]);
            if versions().all(|version| version >= it.version) {
                continue;
            }
            let slot = &mut last[it.key as usize];
            if let Some(other) = kept.get_mut((*slot as usize).wrapping_sub(1)) {
                let (first, second) = (it.version.min(other.version), it.version.max(other.version));
                if second < under_way && !versions().any(|version| (first..second).contains(&version)) {
                    *other = Writes { key: it.key, version: second, count: it.count + other.count };
                    continue;
                }
            }
            kept.push(*it);
            *slot = kept.len() as u32;
        }
        // A quarter of the keys, because `last` costs as much as there are keys.
        self.at_risk.limit = (2 * kept.len()).max(self.acknowledged.len() / 4);
        self.at_risk.list = kept;
    }

    /// Forgets the acknowledged writes of which no survivor has that version of the key or a later one,
    /// and returns how many they are. A later write of the key makes up for an earlier one.
    pub fn lose(&mut self, set: u32, survivors: Mask) -> u64 {
        let (sharding, of) = (self.sharding, &self.of);
        let mut lost = 0;
        self.at_risk.list.retain(|it| {
            let newest = members(survivors).map(|replica| of[replica as usize][it.key as usize]).max().unwrap_or(0);
            let is_lost = newest < it.version && sharding.is_none_or(|sharding| sharding.set_of(it.key) == set);
            lost += if is_lost { u64::from(it.count) } else { 0 };
            !is_lost
        });
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::routing::Sharding;

    fn three_replicas() -> Versions {
        Versions::new(3, Sharding { sets: 1, keys: 4, by_range: false })
    }

    #[test]
    fn writes_are_lost_that_no_survivor_has_and_no_later_write_makes_up_for() {
        let mut it = three_replicas();
        // Replica 0 has versions 1 to 6; of key 1 the second of three came to replica 1, of key 2
        // nothing to anyone, of key 3 everything.
        for (key, version) in [(1, 1), (1, 2), (1, 3), (2, 4), (2, 5), (3, 6)] {
            it.apply(0, key, version);
            it.remember(key, version);
        }
        it.apply(1, 1, 2);
        it.apply(2, 3, 6);
        assert_eq!(it.clone().lose(0, 0b001), 0);
        assert_eq!(it.clone().lose(0, 0b110), 1 + 2);
        assert_eq!(it.clone().lose(0, 0b100), 3 + 2);
        assert_eq!(it.lose(0, 0b010), 1 + 2 + 1);
        assert_eq!(it.lose(0, 0b010), 0, "each is lost once");
    }

    #[test]
    fn a_shortened_list_loses_the_same_writes() {
        // 300 writes of three keys, any of which any replica may have got; 50 are under way.
        let mut it = three_replicas();
        for version in 1..=300u32 {
            let key = version * 7 % 3;
            it.apply(0, key, version);
            it.remember(key, version);
            if version % 11 == 0 && version < 250 {
                it.apply(1, key, version);
            }
            if version % 29 == 0 && version < 100 {
                it.apply(2, key, version);
            }
        }
        let mut short = it.clone();
        short.shorten_list(250);
        assert!(short.at_risk.list.len() <= 51 + 3 * 3, "{}", short.at_risk.list.len());
        for arrived in 250..=300 {
            let outcome = |mut it: Versions| {
                it.apply(2, arrived * 7 % 3, arrived);
                [0b010, 0b100, 0b110].map(|survivors| it.clone().lose(0, survivors))
            };
            assert_eq!(outcome(short.clone()), outcome(it.clone()), "{arrived}");
        }
        it.equalize(0, 0b111);
        it.shorten_list(u32::MAX);
        assert!(it.at_risk.list.is_empty(), "everyone has everything");
    }
}
