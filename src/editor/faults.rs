//! Keeping faults and zones true to the nodes and links that they name.

use crate::model::{Document, Fault, Link};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a fault names that a document does not have; `None` when all of it is there.
pub fn missing(document: &Document, fault: &Fault) -> Option<String> {
    let mut places = fault.target().into_iter().chain(fault.sides().into_iter().flatten());
    if let Some(id) = places.find(|id| document.named(id).is_none()) {
        return Some(format!("There is no node or zone {id} any more."));
    }
    let link = fault.links().into_iter().find(|id| document.link(id).is_none())?;
    Some(format!("There is no link {link} any more."))
}

/// Removes nodes (with their links) and links; faults, changes and zones no longer name them. A fault that
/// then affects nothing, a change of what is gone, and a zone that is then empty, are removed too.
pub fn remove(document: &mut Document, nodes: &BTreeSet<String>, links: &BTreeSet<String>) {
    let goes = |link: &&Link| links.contains(&link.id) || nodes.contains(&link.from) || nodes.contains(&link.to);
    let links: BTreeSet<String> = document.links.iter().filter(goes).map(|link| link.id.clone()).collect();
    let mut gone = nodes.clone();
    let bases: Vec<Vec<String>> = document
        .zones
        .iter()
        .map(|zone| zone.nodes.iter().map(|id| document.base_id(id).to_owned()).collect())
        .collect();
    let empty = |bases: &Vec<String>| !bases.is_empty() && bases.iter().all(|id| nodes.contains(id));
    gone.extend(document.zones.iter().zip(&bases).filter(|(_, bases)| empty(bases)).map(|(zone, _)| zone.id.clone()));

    // Faults first: what their targets mean depends on what is still there.
    let mut faults = std::mem::take(&mut document.faults);
    faults.retain_mut(|fault| keep(document, fault, &gone, &links));
    document.faults = faults;
    for (zone, bases) in document.zones.iter_mut().zip(&bases) {
        let mut bases = bases.iter();
        zone.nodes.retain(|_| bases.next().is_some_and(|base| !nodes.contains(base)));
    }
    let mut emptied = bases.iter().map(empty);
    document.zones.retain(|_| !emptied.next().unwrap_or(false));
    document.nodes.retain(|node| !nodes.contains(&node.id));
    document.links.retain(|link| !links.contains(&link.id));
    let mut changes = std::mem::take(&mut document.changes);
    changes.retain(|change| change.target(document).is_some());
    document.changes = changes;
}

/// Removes a zone; the nodes in it stay. A fault that then affects nothing is removed too.
pub fn remove_zone(document: &mut Document, zone: &str) {
    let mut faults = std::mem::take(&mut document.faults);
    if document.zone_named(zone).is_some() {
        let gone = BTreeSet::from([zone.to_owned()]);
        faults.retain_mut(|fault| keep(document, fault, &gone, &BTreeSet::new()));
    }
    document.faults = faults;
    document.zones.retain(|other| other.id != zone);
}

/// Whether a fault still affects something, after the names of what is gone were taken out of it.
fn keep(document: &Document, fault: &mut Fault, gone: &BTreeSet<String>, links: &BTreeSet<String>) -> bool {
    if fault.target().is_some_and(|target| gone.contains(document.base_id(target))) {
        return false;
    }
    let is_gone_link = |id: &str| links.contains(id);
    if !remove_names(fault.params.get_mut(Fault::LINKS), &is_gone_link) {
        return false;
    }
    let is_gone = |id: &str| gone.contains(document.base_id(id));
    match fault.params.get_mut(Fault::BETWEEN) {
        Some(Value::Array(sides)) => sides.iter_mut().all(|side| remove_names(Some(side), &is_gone)),
        _ => true,
    }
}

/// Takes names out of a list; false when that emptied it.
fn remove_names(list: Option<&mut Value>, is_gone: &dyn Fn(&str) -> bool) -> bool {
    let Some(Value::Array(list)) = list else { return true };
    let before = list.len();
    list.retain(|value| !value.as_str().is_some_and(is_gone));
    list.len() == before || !list.is_empty()
}
