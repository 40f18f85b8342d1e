//! Ids and names that are not taken yet.

use crate::kinds;
use crate::model::{Document, Node};

/// `base`, or the first of `base-2`, `base-3`, … that is not taken.
pub fn free_id(base: &str, is_taken: &dyn Fn(&str) -> bool) -> String {
    if !is_taken(base) {
        return base.to_owned();
    }
    (2..).map(|n| format!("{base}-{n}")).find(|id| !is_taken(id)).unwrap_or_default()
}

/// An id for a new node. Zones count as taken, because a fault may name either.
pub fn node_id(document: &Document, base: &str) -> String {
    free_id(base, &|id| document.node(id).is_some() || document.zones.iter().any(|zone| zone.id == id))
}

/// An id for a new link: `users-app`.
pub fn link_id(document: &Document, from: &str, to: &str) -> String {
    // Ids of hand-written documents may be long; an id made of two of them would only grow.
    let short = |id: &str| id.chars().take(40).collect::<String>();
    let base = format!("{}-{}", short(from), short(to));
    free_id(&base, &|id| document.link(id).is_some())
}

/// An id without the number that a copy got: `app-2` is `app`.
pub fn stem(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok() => stem,
        _ => id,
    }
}

/// The name on a node's card: its own, else its kind's label, else its kind.
pub fn shown_name(node: &Node) -> &str {
    match (node.name.as_str(), kinds::info(&node.kind)) {
        ("", Some(info)) => info.label,
        ("", None) => &node.kind,
        (name, _) => name,
    }
}

/// A name like `wanted` that no node shows yet: `App`, `App 2`, `App 3`.
pub fn free_name(document: &Document, wanted: &str) -> String {
    let is_taken = |name: &str| document.nodes.iter().any(|node| shown_name(node) == name);
    if !is_taken(wanted) {
        return wanted.to_owned();
    }
    let stem = match wanted.rsplit_once(' ') {
        Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok() => stem,
        _ => wanted,
    };
    (2..).map(|n| format!("{stem} {n}")).find(|name| !is_taken(name)).unwrap_or_default()
}
