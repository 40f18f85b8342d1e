//! Things in order.
//!
//! The library's sorts, and its sets made of an iterator, are some kilobytes of code for each type in
//! what every visitor fetches. Nothing that goes through here is long or sorted often.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Sorted, and each once.
pub fn ascending<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let tree = set(items);
    let mut sorted = Vec::with_capacity(tree.len());
    sorted.extend(tree);
    sorted
}

/// A set of what there is.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    for item in items {
        set.insert(item);
    }
    set
}

/// Sorts; equals stay in their order.
pub fn sort_by<T>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    for next in 1..items.len() {
        let (sorted, rest) = items.split_at(next);
        let place = sorted.partition_point(|it| order(it, &rest[0]) != Ordering::Greater);
        items[place..=next].rotate_right(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_is_the_librarys() {
        let mut numbers: Vec<(u64, usize)> = (0..300).map(|at| ((at as u64 * 7919) % 31, at)).collect();
        let mut expected = numbers.clone();
        expected.sort_by_key(|(key, _)| *key);
        sort_by(&mut numbers, |a, b| a.0.cmp(&b.0));
        assert_eq!(numbers, expected, "stable, too");
        sort_by::<u8>(&mut [], Ord::cmp);
        assert_eq!(ascending([3, 1, 3]), [1, 3]);
    }
}
