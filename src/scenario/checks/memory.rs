//! Memory that can be foreseen: the tables of keys, sessions and users.

use super::{Checker, Facts, rounded};

/// Refuses a run that would take more memory than it may.
pub(super) fn check(checker: &mut Checker, facts: &Facts) {
    let keys = u64::from(facts.kinds.iter().map(|kind| kind.keys()).max().unwrap_or(0));
    let sessions = facts.kinds.iter().map(|kind| u64::from(kind.sessions())).sum();
    let mut nodes: Vec<(u64, u32)> =
        facts.kinds.iter().map(|kind| kind.memory_bytes(keys, sessions)).zip(0..).collect();
    let total: u64 = nodes.iter().map(|(bytes, _)| bytes).sum();
    let most = checker.memory_bytes;
    if total <= most {
        return;
    }
    // The largest first, those of one size in document order.
    nodes.sort_by_key(|(bytes, node)| (std::cmp::Reverse(*bytes), *node));
    let (largest, first) = nodes[0];
    let as_large = nodes.iter().filter(|(bytes, _)| *bytes * 2 > largest).count() - 1;
    let others: Vec<&str> = nodes[1..].iter().take(as_large.min(3)).map(|(_, node)| facts.id(*node)).collect();
    let mut about = String::new();
    if as_large > 0 {
        let more = if as_large > 3 { format!(" and {} others", as_large - 3) } else { String::new() };
        about = format!(", and about as much at {}{more}", others.join(", "));
    }
    let what = format!(
        "the run needs about {} for {keys} keys and {sessions} sessions, {} of it here{about}",
        size(total),
        size(largest)
    );
    let right = format!("at most {} in all, with fewer keys, replicas or sessions", size(most));
    checker.error(facts.node(first), "", what, right);
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    let (unit, name) = if bytes < 1_000_000_000 { (1e6, "MB") } else { (1e9, "GB") };
    format!("{} {name}", rounded(bytes as f64 / unit))
}
