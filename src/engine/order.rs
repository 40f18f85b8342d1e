//! Things in order.

use std::collections::BTreeSet;

/// Sorted, and each once. Through a tree: the library's sorts are some kilobytes of code for each type
/// in what every visitor fetches, and nothing in here is sorted often.
pub fn ascending<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut tree = BTreeSet::new();
    for item in items {
        tree.insert(item);
    }
    let mut sorted = Vec::with_capacity(tree.len());
    sorted.extend(tree);
    sorted
}
