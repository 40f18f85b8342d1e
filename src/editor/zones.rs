//! Zones: which nodes and replicas are in them, and what they are called.

use super::{faults, ids};
pub use crate::faults::partition::outside;
use crate::kinds::replicas;
use crate::model::{Document, Named, Node, ReplicaRef, Zone};
use std::collections::BTreeSet;

/// One or two letters for a zone of this name, for where there is no room for its name: `A` for `Zone A`.
pub fn zone_mark(name: &str) -> String {
    let last = name.split(|c: char| !c.is_alphanumeric()).rfind(|word| !word.is_empty()).unwrap_or("?");
    let few = if last.chars().count() <= 2 { 2 } else { 1 };
    last.chars().take(few).flat_map(char::to_uppercase).collect()
}

/// The zone of each of the first `most` replicas of a node that are in a zone one by one.
pub fn zones_of_replicas<'a>(document: &'a Document, node: &Node, most: usize) -> Vec<Option<&'a Zone>> {
    let mut found = vec![None; (replicas(node) as usize).min(most)];
    for zone in &document.zones {
        for name in &zone.nodes {
            let Some(Named::Replica(of, number)) = document.named(name) else { continue };
            let index = number.checked_sub(1).filter(|_| of.id == node.id);
            if let Some(place) = index.and_then(|index| found.get_mut(index as usize)) {
                *place = Some(zone);
            }
        }
    }
    found
}

/// Whether a zone holds a node, or a replica of it.
pub fn touches(document: &Document, zone: &Zone, node: &str) -> bool {
    zone.nodes.iter().any(|name| document.base_id(name) == node)
}

/// A zone around these nodes, under an id and a name of its own.
pub(super) fn new_zone(document: &Document, nodes: &BTreeSet<String>) -> Zone {
    // Letters for the first 26 zones, then numbers.
    let name = |number: u8| match number {
        0..26 => format!("Zone {}", char::from(b'A' + number)),
        _ => format!("Zone {}", number + 1),
    };
    let is_taken = |name: &String| document.zones.iter().any(|zone| zone.shown_name() == name);
    let name = (0..u8::MAX).map(name).find(|name| !is_taken(name)).unwrap_or_default();
    Zone { id: ids::node_id(document, "zone"), name, nodes: nodes.iter().cloned().collect() }
}

/// Spreads the replicas of a node evenly over all zones, one after the other.
pub(super) fn spread(document: &mut Document, node: &str) -> Result<(), String> {
    let count = document.node(node).map_or(0, replicas);
    if document.zones.len() < 2 || count < 2 {
        return Err("To spread replicas there must be two of them, and two zones.".to_owned());
    }
    let zones = document.zones.len() as u32;
    let of: Vec<Vec<bool>> = document
        .zones
        .iter()
        .map(|zone| zone.nodes.iter().map(|name| document.base_id(name) == node).collect())
        .collect();
    for (at, (zone, of)) in document.zones.iter_mut().zip(of).enumerate() {
        let mut of = of.into_iter();
        zone.nodes.retain(|_| !of.next().unwrap_or(false));
        let mine = (0..count).filter(|replica| replica % zones == at as u32);
        zone.nodes.extend(mine.map(|replica| ReplicaRef { node, number: replica + 1 }.to_string()));
    }
    // With fewer replicas than zones, some zones may be empty now.
    let emptied: Vec<String> =
        document.zones.iter().filter(|zone| zone.nodes.is_empty()).map(|zone| zone.id.clone()).collect();
    emptied.iter().for_each(|zone| faults::remove_zone(document, zone));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_a_zone_is_the_part_of_its_name_that_differs() {
        let names = ["Zone A", "eu-west-1a", "Zone West", "z", "—"];
        assert_eq!(names.map(zone_mark), ["A", "1A", "W", "Z", "?"]);
    }
}
