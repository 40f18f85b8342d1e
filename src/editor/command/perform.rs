//! How each command changes the document.

use super::checks::{change_mut, fault_mut, finite, fits, link_mut, no_link, node, node_mut, position, room, text};
use super::parameters::set_param;
use super::{Command, End, may_connect};
use crate::editor::placing::{self, Joined, Placing};
use crate::editor::{Selection, faults, geometry, ids, policies, zones};
use crate::kinds;
use crate::model::{Document, Fault, Link, Node, Params, Zone, limits};
use std::collections::BTreeSet;

/// A document of some nodes and the links between them.
pub fn fragment(document: &Document, nodes: &BTreeSet<String>) -> Document {
    let inside = |id: &String| nodes.contains(id);
    Document {
        nodes: document.nodes.iter().filter(|node| inside(&node.id)).cloned().collect(),
        links: document.links.iter().filter(|link| inside(&link.from) && inside(&link.to)).cloned().collect(),
        ..Document::default()
    }
}

/// Performs a command. The selection is changed too, because some commands select what they created.
pub fn perform(document: &mut Document, selection: &mut Selection, command: Command) -> Result<Option<String>, String> {
    match command {
        Command::Place(Placing { kind, at, link }) => {
            let made = perform(document, selection, Command::AddNode { kind, at })?;
            if let (Some(node), Some(link)) = (&made, link) {
                let (from, to) = match &link {
                    Joined::From(other) => (other, node),
                    Joined::To(other) => (node, other),
                };
                may_connect(document, from, to, None)?;
                connect(document, from, to)?;
            }
            Ok(made)
        }
        Command::AddNode { kind, at } => {
            let info = kinds::info(&kind).ok_or_else(|| format!("There is no kind called {kind}."))?;
            room(document.nodes.len() + 1, limits::NODES, "nodes")?;
            let id = ids::node_id(document, &kind);
            // The first of a kind goes by its kind's label, which needs no name.
            let name = ids::free_name(document, info.label);
            let name = if name == info.label { String::new() } else { name };
            document.nodes.push(Node { id: id.clone(), kind, name, at: position(at)?, params: Params::new() });
            *selection = Selection::node(&*id);
            Ok(Some(id))
        }
        Command::MoveBy { nodes, by } => {
            for id in nodes {
                let node = node_mut(document, &id)?;
                node.at = position([node.at[0] + by[0], node.at[1] + by[1]])?;
            }
            Ok(None)
        }
        Command::MoveTo(places) => {
            for (id, at) in places {
                node_mut(document, &id)?.at = position(at)?;
            }
            Ok(None)
        }
        Command::Remove(what) => {
            faults::remove(document, &what.nodes, &what.links);
            Ok(None)
        }
        Command::Duplicate(what) => {
            let copies = fragment(document, &what.nodes);
            paste(document, selection, copies, None)
        }
        Command::Paste { fragment, at } => paste(document, selection, *fragment, at),
        Command::Rename { node, name } => {
            let name = text(&name)?;
            let node = node_mut(document, &node)?;
            let label = kinds::info(&node.kind).map(|info| info.label);
            node.name = if Some(name.trim()) == label { String::new() } else { name };
            Ok(None)
        }
        Command::SetParam { place, path, value } => set_param(document, &place, &path, value).map(|()| None),
        Command::Connect { from, to } => {
            may_connect(document, &from, &to, None)?;
            let id = connect(document, &from, &to)?;
            *selection = Selection::link(&*id);
            Ok(Some(id))
        }
        Command::Reconnect { link, end, node } => {
            let old = document.link(&link).ok_or_else(|| no_link(&link))?;
            let (from, to) = match end {
                End::From => (node.as_str(), old.to.as_str()),
                End::To => (old.from.as_str(), node.as_str()),
            };
            if (from, to) == (old.from.as_str(), old.to.as_str()) {
                return Ok(None);
            }
            may_connect(document, from, to, Some(&link))?;
            let link = link_mut(document, &link)?;
            match end {
                End::From => link.from = node,
                End::To => link.to = node,
            }
            Ok(None)
        }
        Command::SplitLink { link, node } => {
            let old = document.link(&link).ok_or_else(|| no_link(&link))?;
            let (from, to) = (old.from.clone(), old.to.clone());
            may_connect(document, &from, &node, Some(&link))?;
            may_connect(document, &node, &to, None)?;
            link_mut(document, &link)?.to = node.clone();
            let made = connect(document, &node, &to)?;
            for (id, at) in placing::room_between(document, &from, &node, &to) {
                node_mut(document, &id)?.at = position(at)?;
            }
            Ok(Some(made))
        }
        Command::Replace(other) => {
            *document = *other;
            Ok(None)
        }
        Command::SetTitle(title) => {
            document.title = text(&title)?;
            Ok(None)
        }
        Command::SetRun(run) => {
            finite(&[run.duration_s, run.warmup_s])?;
            document.run = run;
            Ok(None)
        }
        Command::AddFault(fault) => add_faults(document, vec![fault]),
        Command::SetFaults(faults) => {
            document.faults.clear();
            add_faults(document, faults)
        }
        Command::DuplicateFault(index) => {
            let copy = after(fault_mut(document, index)?.clone(), document.run.duration_s);
            add_faults(document, vec![copy])
        }
        Command::MoveFault { index, start_s, duration_s } => {
            finite(&[start_s, duration_s.unwrap_or(0.0)])?;
            let fault = fault_mut(document, index)?;
            fault.start_s = start_s.max(0.0);
            fault.duration_s = duration_s.map(|s| s.max(0.0));
            Ok(None)
        }
        Command::RecommendedPolicies(links) => {
            policies::recommend(document, &links)?;
            Ok(None)
        }
        Command::SetFaultDuration { index, duration_s } => {
            finite(&[duration_s.unwrap_or(0.0)])?;
            fault_mut(document, index)?.duration_s = duration_s;
            Ok(None)
        }
        Command::RemoveFault(index) => {
            fault_mut(document, index)?;
            document.faults.remove(index);
            Ok(None)
        }
        Command::AddChanges(changes) => {
            room(document.changes.len() + changes.len(), limits::CHANGES, "changes of parameters")?;
            for change in changes {
                finite(&[change.at_s])?;
                fits(Some(&change.to), &change.set)?;
                if change.target(document).is_none() {
                    return Err(format!("There is no parameter {} any more.", change.set));
                }
                document.changes.push(change);
            }
            Ok(None)
        }
        Command::MoveChange { index, at_s } => {
            finite(&[at_s])?;
            change_mut(document, index)?.at_s = at_s.max(0.0);
            Ok(None)
        }
        Command::RemoveChange(index) => {
            change_mut(document, index)?;
            document.changes.remove(index);
            Ok(None)
        }
        Command::ChangeFromStart(index) => {
            change_mut(document, index)?;
            let change = document.changes.remove(index);
            let Some((place, path)) = change.target(document) else {
                return Err(format!("There is no parameter {} any more.", change.set));
            };
            set_param(document, &place, path, Some(change.to.clone())).map(|()| None)
        }
        Command::AddZone(nodes) => {
            room(document.zones.len() + 1, limits::ZONES, "zones")?;
            let zone = zones::new_zone(document, &nodes);
            let id = zone.id.clone();
            document.zones.push(zone.clone());
            set_zone(document, zone)?;
            Ok(Some(id))
        }
        Command::SetZone(zone) => set_zone(document, zone).map(|()| None),
        Command::SpreadOverZones(node) => zones::spread(document, &node).map(|()| None),
        Command::RemoveZone(zone) => {
            faults::remove_zone(document, &zone);
            Ok(None)
        }
    }
}

/// A fault again after its end, or after a twentieth of the run when it is shorter than that; within
/// the run, at a whole tenth of a second.
fn after(mut fault: Fault, run_s: f64) -> Fault {
    let duration_s = fault.duration_s.unwrap_or(0.0).max(run_s / 20.0);
    fault.start_s = ((fault.start_s + duration_s).min(run_s) * 10.0).round() / 10.0;
    fault
}

fn add_faults(document: &mut Document, faults: Vec<Fault>) -> Result<Option<String>, String> {
    room(document.faults.len() + faults.len(), limits::FAULTS, "faults")?;
    for fault in faults {
        finite(&[fault.start_s, fault.duration_s.unwrap_or(0.0)])?;
        if let Some(refusal) = faults::missing(document, &fault) {
            return Err(refusal);
        }
        document.faults.push(fault);
    }
    Ok(None)
}

fn set_zone(document: &mut Document, mut zone: Zone) -> Result<(), String> {
    zone.name = text(&zone.name)?;
    if zone.nodes.is_empty() {
        return Err("A zone has at least one node in it: remove the zone instead.".to_owned());
    }
    for member in &zone.nodes {
        node(document, document.base_id(member))?;
    }
    // A node as a whole or its replicas one by one: what was named last holds.
    let mut whole: Vec<(String, bool)> = Vec::new();
    let mut members = std::mem::take(&mut zone.nodes);
    members.reverse();
    members.retain(|member| {
        let base = document.base_id(member);
        let is_whole = base == member;
        let last = whole.iter().find(|(other, _)| other == base).map(|(_, last)| *last);
        if last.is_none() {
            whole.push((base.to_owned(), is_whole));
        }
        last.is_none_or(|last| last == is_whole)
    });
    members.reverse();
    zone.nodes = members;
    match document.zones.iter_mut().find(|it| it.id == zone.id) {
        Some(known) => *known = zone,
        None => return Err(format!("There is no zone {} any more.", zone.id)),
    }
    Ok(())
}

fn paste(
    document: &mut Document,
    selection: &mut Selection,
    fragment: Document,
    at: Option<[f64; 2]>,
) -> Result<Option<String>, String> {
    room(document.nodes.len() + fragment.nodes.len(), limits::NODES, "nodes")?;
    room(document.links.len() + fragment.links.len(), limits::LINKS, "links")?;
    let corner = |axis: usize| fragment.nodes.iter().map(|node| node.at[axis]).fold(f64::INFINITY, f64::min);
    let by = match at {
        Some(at) => [at[0] - corner(0), at[1] - corner(1)],
        None => {
            let taken: Vec<geometry::Rect> = document.nodes.iter().map(geometry::card).collect();
            geometry::beside(&taken, &fragment.nodes.iter().map(geometry::card).collect::<Vec<_>>())
        }
    };
    let mut renamed: Vec<(String, String)> = Vec::new();
    *selection = Selection::default();
    for mut node in fragment.nodes {
        let id = ids::node_id(document, ids::stem(&node.id));
        let name = ids::free_name(document, ids::shown_name(&node));
        node.name = if name == ids::shown_name(&node) { node.name } else { text(&name)? };
        node.at = position([node.at[0] + by[0], node.at[1] + by[1]])?;
        renamed.push((std::mem::replace(&mut node.id, id.clone()), id.clone()));
        selection.nodes.insert(id);
        document.nodes.push(node);
    }
    for mut link in fragment.links {
        let new = |id: &str| renamed.iter().find(|(old, _)| old == id).map(|(_, new)| new);
        let (Some(from), Some(to)) = (new(&link.from), new(&link.to)) else { continue };
        // A fragment from elsewhere may hold links that could not be drawn here.
        if may_connect(document, from, to, None).is_err() {
            continue;
        }
        link.id = ids::link_id(document, from, to);
        (link.from, link.to) = (from.clone(), to.clone());
        selection.links.insert(link.id.clone());
        document.links.push(link);
    }
    Ok(selection.nodes.first().cloned())
}

fn connect(document: &mut Document, from: &str, to: &str) -> Result<String, String> {
    room(document.links.len() + 1, limits::LINKS, "links")?;
    let id = ids::link_id(document, from, to);
    document.links.push(Link { id: id.clone(), from: from.to_owned(), to: to.to_owned(), params: Params::new() });
    Ok(id)
}
