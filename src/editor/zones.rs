//! Zones: who stands in which, and what they are called.

use super::faults::{self, target_base};
use super::geometry::replicas;
use super::ids;
use crate::model::{Document, Node, Zone};
use crate::order::set;
use std::collections::BTreeSet;

/// The replica that a name such as `db#2` means, counted from 0, with its node's id.
fn replica_of(name: &str) -> Option<(&str, u64)> {
    let (id, number) = name.rsplit_once('#')?;
    Some((id, number.parse::<u64>().ok()?.checked_sub(1)?))
}

/// One or two letters for a zone of this name, for where there is no room for its name: `A` for `Zone A`.
pub fn zone_mark(name: &str) -> String {
    let last = name.split(|c: char| !c.is_alphanumeric()).rfind(|word| !word.is_empty()).unwrap_or("?");
    let few = if last.chars().count() <= 2 { 2 } else { 1 };
    last.chars().take(few).flat_map(char::to_uppercase).collect()
}

/// The zone of each of the first `most` replicas of a node that stand in a zone one by one.
pub fn zones_of_replicas<'a>(document: &'a Document, node: &Node, most: usize) -> Vec<Option<&'a Zone>> {
    let mut found = vec![None; (replicas(node) as usize).min(most)];
    for zone in &document.zones {
        for (id, replica) in zone.nodes.iter().filter_map(|name| replica_of(name)) {
            if let Some(place) = found.get_mut(replica as usize).filter(|_| id == node.id) {
                *place = Some(zone);
            }
        }
    }
    found
}

/// Whether a zone holds a node, or a replica of it.
pub fn touches(document: &Document, zone: &Zone, node: &str) -> bool {
    zone.nodes.iter().any(|name| target_base(document, name) == node)
}

/// Everything that does not stand in a zone: nodes, and replicas of those that stand in it in part.
pub fn outside(document: &Document, zone: &Zone) -> Vec<String> {
    let inside = set(zone.nodes.iter().cloned());
    let mut others = Vec::new();
    for node in document.nodes.iter().filter(|node| !inside.contains(&node.id)) {
        if touches(document, zone, &node.id) {
            let names = (1..=replicas(node)).map(|number| format!("{}#{number}", node.id));
            others.extend(names.filter(|name| !inside.contains(name)));
        } else {
            others.push(node.id.clone());
        }
    }
    others
}

/// A zone around these nodes, under an id and a name of its own.
pub(super) fn new_zone(document: &Document, nodes: &BTreeSet<String>) -> Zone {
    // 27 and on for those who need that many.
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
    let zones = document.zones.len() as u64;
    let of: Vec<Vec<bool>> = document
        .zones
        .iter()
        .map(|zone| zone.nodes.iter().map(|name| target_base(document, name) == node).collect())
        .collect();
    for (at, (zone, of)) in document.zones.iter_mut().zip(of).enumerate() {
        let mut of = of.into_iter();
        zone.nodes.retain(|_| !of.next().unwrap_or(false));
        let mine = (0..count).filter(|replica| replica % zones == at as u64);
        zone.nodes.extend(mine.map(|replica| format!("{node}#{}", replica + 1)));
    }
    // With fewer replicas than zones, a zone may have held nothing else.
    let emptied: Vec<String> =
        document.zones.iter().filter(|zone| zone.nodes.is_empty()).map(|zone| zone.id.clone()).collect();
    emptied.iter().for_each(|zone| faults::remove_zone(document, zone));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_what_tells_a_zone_from_others() {
        let names = ["Zone A", "eu-west-1a", "Zone West", "z", "—"];
        assert_eq!(names.map(zone_mark), ["A", "1A", "W", "Z", "?"]);
    }
}
