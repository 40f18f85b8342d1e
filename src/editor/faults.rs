//! Keeping faults and zones true to the nodes and links that they name.

use crate::model::{Document, Fault, Link};
use crate::order::set;
use serde_json::Value;
use std::collections::BTreeSet;

/// The node or zone that a fault's target names: `app` for `app#2`, unless something is called
/// `app#2` in full.
pub fn target_base<'a>(document: &Document, target: &'a str) -> &'a str {
    let whole = document.node(target).is_some() || document.zones.iter().any(|zone| zone.id == target);
    match target.rsplit_once('#') {
        Some((base, replica)) if !whole && replica.chars().all(|c| c.is_ascii_digit()) => base,
        _ => target,
    }
}

/// What a fault names that a document does not have; `None` when all of it is there.
pub fn missing(document: &Document, fault: &Fault) -> Option<String> {
    let there = |id: &str| {
        let base = target_base(document, id);
        document.node(base).is_some() || document.zones.iter().any(|zone| zone.id == base)
    };
    let list = |value: &'static str| fault.params.get(value).and_then(Value::as_array).into_iter().flatten();
    let target = fault.params.get("target").and_then(Value::as_str);
    let sides = list("between").flat_map(|side| side.as_array().into_iter().flatten()).filter_map(Value::as_str);
    let node = target.into_iter().chain(sides).find(|id| !there(id));
    let link = list("links").filter_map(Value::as_str).find(|id| document.link(id).is_none());
    node.map(|id| format!("There is no node or zone {id} any more."))
        .or_else(|| link.map(|id| format!("There is no link {id} any more.")))
}

/// Takes nodes (with their links) and links out; faults and zones forget them. A fault with
/// nothing left to befall, and a zone with nothing left in it, go too.
pub fn remove(document: &mut Document, nodes: &BTreeSet<String>, links: &BTreeSet<String>) {
    let goes = |link: &&Link| links.contains(&link.id) || nodes.contains(&link.from) || nodes.contains(&link.to);
    let links = set(document.links.iter().filter(goes).map(|link| link.id.clone()));
    let mut gone = nodes.clone();
    let bases: Vec<Vec<String>> = document
        .zones
        .iter()
        .map(|zone| zone.nodes.iter().map(|id| target_base(document, id).to_owned()).collect())
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
}

/// Takes a zone out; what stood in it stays. A fault with nothing left to befall goes too.
pub fn remove_zone(document: &mut Document, zone: &str) {
    let mut faults = std::mem::take(&mut document.faults);
    if document.zone_named(zone).is_some() {
        let gone = set([zone.to_owned()]);
        faults.retain_mut(|fault| keep(document, fault, &gone, &BTreeSet::new()));
    }
    document.faults = faults;
    document.zones.retain(|it| it.id != zone);
}

/// Whether a fault still has something to befall, after it forgot what is gone.
fn keep(document: &Document, fault: &mut Fault, gone: &BTreeSet<String>, links: &BTreeSet<String>) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|id| gone.contains(target_base(document, id)));
    if fault.params.get("target").is_some_and(named) {
        return false;
    }
    let gone_link = |value: &Value| value.as_str().is_some_and(|id| links.contains(id));
    if !forget(fault.params.get_mut("links"), &gone_link) {
        return false;
    }
    if let Some(Value::Array(sides)) = fault.params.get_mut("between") {
        return sides.iter_mut().all(|side| forget(Some(side), &named));
    }
    true
}

/// Takes entries out of a list; false when that emptied it.
fn forget(list: Option<&mut Value>, gone: &dyn Fn(&Value) -> bool) -> bool {
    let Some(Value::Array(list)) = list else { return true };
    let before = list.len();
    list.retain(|value| !gone(value));
    list.len() == before || !list.is_empty()
}
