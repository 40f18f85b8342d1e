//! Everything that can be done to a document, and how.
//!
//! [`perform`] is a function from a document and a command to a changed document; it knows
//! nothing of history. What it refuses leaves the document in an undefined state, so
//! [`Editor::apply`](super::Editor::apply) hands it a copy.

use super::placing::{self, Joined, Placing};
use super::{Selection, faults, geometry, ids, policies, zones};
use crate::kind::Calls;
use crate::kinds;
use crate::model::{Document, Fault, Link, Node, ParameterChange, Params, Place, RunPlan, Zone, limits};
use crate::params::values;
use serde_json::Value;
use std::collections::BTreeSet;

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The calling end.
    From,
    /// The called end.
    To,
}

/// Everything that can be done to a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Places a kind; the new node is selected and its id returned.
    AddNode {
        /// Registry id.
        kind: String,
        /// Top left corner.
        at: [f64; 2],
    },
    /// Places a kind together with its link; the new node is selected and its id returned.
    Place(Placing),
    /// Moves nodes by a distance.
    MoveBy {
        /// Their ids.
        nodes: Vec<String>,
        /// Canvas pixels.
        by: [f64; 2],
    },
    /// Moves each of these nodes to a place of its own.
    MoveTo(Vec<(String, [f64; 2])>),
    /// Removes nodes with their links, and links; faults and zones no longer name them.
    Remove(Selection),
    /// Copies nodes and the links between them, to where there is room beside them; the copies are selected.
    Duplicate(Selection),
    /// Adds another document's nodes and the links between them under ids of their own; what was
    /// added is selected. The other half is [`Editor::copy`](super::Editor::copy).
    Paste {
        /// What to add; its title, zones, faults and run plan are left aside.
        fragment: Box<Document>,
        /// Where the top left corner of the whole goes; `None` is where there is room beside the place where
        /// it was copied.
        at: Option<[f64; 2]>,
    },
    /// Names a node; empty gives it its kind's label back.
    Rename {
        /// Node id.
        node: String,
        /// The name.
        name: String,
    },
    /// Sets a parameter of a node, link or fault at a dotted path (`service.mean_ms`,
    /// `operations.0.weight`); `None` gives it its default back. A value out of range is kept
    /// and shows up as a problem.
    SetParam {
        /// `Place::Node`, `Place::Link`, `Place::Fault`, or `Place::Change`, whose paths are `at_s` and `to`.
        place: Place,
        /// Dotted path.
        path: String,
        /// The value.
        value: Option<Value>,
    },
    /// Draws a link; its id is returned and it is selected.
    Connect {
        /// Calling node.
        from: String,
        /// Called node.
        to: String,
    },
    /// Moves one end of a link to another node.
    Reconnect {
        /// Link id.
        link: String,
        /// Which end.
        end: End,
        /// The new node there.
        node: String,
    },
    /// Puts a node in the middle of a link: the link then ends at the node, and a new link, whose
    /// id is returned, goes on from there. Room is made for it between the two others.
    SplitLink {
        /// Link id.
        link: String,
        /// The node to put in.
        node: String,
    },
    /// Puts another document in place of this one, as when an older version is restored.
    Replace(Box<Document>),
    /// Names the document.
    SetTitle(String),
    /// Sets duration, warm-up and seed.
    SetRun(RunPlan),
    /// Appends a fault; refused when it names what is not there.
    AddFault(Fault),
    /// Puts these faults in place of those that are planned; refused when one names what is not
    /// there.
    SetFaults(Vec<Fault>),
    /// Plans a fault once more, after its end or at the end of the run.
    DuplicateFault(usize),
    /// Moves a fault in time and changes its duration.
    MoveFault {
        /// Index in the document.
        index: usize,
        /// Seconds, at least 0.
        start_s: f64,
        /// Seconds; `None` is to the end of the run.
        duration_s: Option<f64>,
    },
    /// Gives links the recommended policies: a timeout that leaves the calls behind it their time, retries with
    /// full jitter and a budget, and a circuit breaker. A timeout that is there stays.
    RecommendedPolicies(BTreeSet<String>),
    /// Sets when a fault ends.
    SetFaultDuration {
        /// Index in the document.
        index: usize,
        /// Seconds; `None` is to the end of the run.
        duration_s: Option<f64>,
    },
    /// Removes a fault.
    RemoveFault(usize),
    /// Adds parameter changes; refused when one names what is not there.
    AddChanges(Vec<ParameterChange>),
    /// Moves a parameter change in time.
    MoveChange {
        /// Index in the document.
        index: usize,
        /// Seconds, at least 0.
        at_s: f64,
    },
    /// Removes a parameter change.
    RemoveChange(usize),
    /// Removes a parameter change and gives the parameter its value from the start.
    ChangeFromStart(usize),
    /// Creates a zone of these nodes; its id is returned.
    AddZone(BTreeSet<String>),
    /// Replaces the zone of the same id: its name and its members.
    SetZone(Zone),
    /// Spreads the replicas of this node evenly over all zones.
    SpreadOverZones(String),
    /// Removes a zone; its nodes stay, and faults no longer name it.
    RemoveZone(String),
}

/// Whether a link may be drawn; the refusal is a sentence. `moving` is the link that would be
/// moved there, and so does not count.
pub fn may_connect(document: &Document, from: &str, to: &str, moving: Option<&str>) -> Result<(), String> {
    let (caller, called) = (node(document, from)?, node(document, to)?);
    if from == to {
        return Err("A node cannot call itself.".to_owned());
    }
    if let Err(refusal) = kinds::may_call(&caller.kind, &called.kind) {
        // If the reverse link is valid, suggest it.
        return Err(match kinds::may_call(&called.kind, &caller.kind) {
            Ok(()) => {
                format!("{refusal} Draw the link from {} to {}.", ids::shown_name(called), ids::shown_name(caller))
            }
            Err(_) => refusal,
        });
    }
    let mut others = document.links.iter().filter(|link| link.from == from && Some(link.id.as_str()) != moving);
    let one = kinds::info(&caller.kind).is_some_and(|info| info.calls == Calls::One);
    if others.clone().any(|link| link.to == to) {
        return Err(format!("{} already calls {}.", ids::shown_name(caller), ids::shown_name(called)));
    }
    if let Some(other) = others.next().filter(|_| one) {
        let already = document.node(&other.to).map_or(other.to.as_str(), ids::shown_name);
        return Err(format!("{} calls one node only, and that is {already}.", ids::shown_name(caller)));
    }
    Ok(())
}

/// A document of some nodes and the links between them.
pub(super) fn fragment(document: &Document, nodes: &BTreeSet<String>) -> Document {
    let inside = |id: &String| nodes.contains(id);
    Document {
        nodes: document.nodes.iter().filter(|node| inside(&node.id)).cloned().collect(),
        links: document.links.iter().filter(|link| inside(&link.from) && inside(&link.to)).cloned().collect(),
        ..Document::default()
    }
}

/// Performs a command. The selection is changed too, because some commands select what they created.
pub(super) fn perform(
    document: &mut Document,
    selection: &mut Selection,
    command: Command,
) -> Result<Option<String>, String> {
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

fn change_mut(document: &mut Document, index: usize) -> Result<&mut ParameterChange, String> {
    document.changes.get_mut(index).ok_or_else(|| "There is no such change any more.".to_owned())
}

fn set_param(document: &mut Document, place: &Place, path: &str, value: Option<Value>) -> Result<(), String> {
    fits(value.as_ref(), path)?;
    match place {
        Place::Node(id) => {
            let node = node_mut(document, id)?;
            let fields = kinds::fields(&node.kind).unwrap_or_default();
            values::set(&mut node.params, &fields, path, value)
        }
        Place::Link(id) => values::set(&mut link_mut(document, id)?.params, &crate::link::link_fields(), path, value),
        Place::Fault(index) => set_fault_param(fault_mut(document, *index)?, path, value),
        Place::Change(index) => {
            let change = change_mut(document, *index)?;
            match path {
                "at_s" => {
                    let at_s = value.as_ref().and_then(Value::as_f64).ok_or("A time is a number of seconds.")?;
                    change.at_s = at_s.max(0.0);
                }
                "to" => change.to = value.unwrap_or(Value::Null),
                _ => return Err("That is no part of a change.".to_owned()),
            }
            Ok(())
        }
        Place::Document | Place::Zone(_) | Place::Run => Err("That has no parameters to set here.".to_owned()),
    }
}

/// A fault's own three fields look like parameters from outside.
fn set_fault_param(fault: &mut Fault, path: &str, value: Option<Value>) -> Result<(), String> {
    let seconds = |value: &Value| value.as_f64().ok_or_else(|| format!("{path} is a number of seconds."));
    match path {
        "fault" => match value {
            Some(Value::String(id)) if crate::faults::fields(&id).is_some() => fault.fault = id,
            other => return Err(format!("There is no fault called {}.", other.unwrap_or(Value::Null))),
        },
        "start_s" => fault.start_s = value.as_ref().map_or(Ok(0.0), seconds)?,
        "duration_s" => fault.duration_s = value.filter(|value| !value.is_null()).as_ref().map(seconds).transpose()?,
        _ => {
            let fields = crate::faults::fields(&fault.fault).unwrap_or_default();
            values::set(&mut fault.params, &fields, path, value)?;
        }
    }
    Ok(())
}

/// Refuses a value that could be written and then not be read again.
fn fits(value: Option<&Value>, path: &str) -> Result<(), String> {
    if path.chars().count() > limits::TEXT_CHARS || path.split('.').count() > limits::DEPTH / 4 {
        return Err("That is not the path of a parameter.".to_owned());
    }
    fn depth(value: &Value) -> Result<usize, String> {
        match value {
            Value::String(words) => text(words).map(|_| 1),
            Value::Array(list) => list.iter().try_fold(1, |most, each| Ok(most.max(1 + depth(each)?))),
            Value::Object(map) => map.values().try_fold(1, |most, each| Ok(most.max(1 + depth(each)?))),
            _ => Ok(1),
        }
    }
    match value.map_or(Ok(0), depth)? {
        deep if deep > limits::DEPTH / 2 => Err("That value is nested too deeply.".to_owned()),
        _ => Ok(()),
    }
}

/// A text, when it is short enough; nothing but space is no text. Space around it stays, because
/// the next word may be about to be typed.
fn text(words: &str) -> Result<String, String> {
    let words = if words.trim().is_empty() { "" } else { words };
    if words.chars().count() > limits::TEXT_CHARS {
        return Err(format!("A text may have at most {} characters.", limits::TEXT_CHARS));
    }
    Ok(words.to_owned())
}

fn position(at: [f64; 2]) -> Result<[f64; 2], String> {
    finite(&at)?;
    Ok(at.map(|x| x.clamp(-limits::COORDINATE_MAX, limits::COORDINATE_MAX)))
}

fn finite(numbers: &[f64]) -> Result<(), String> {
    if numbers.iter().all(|x| x.is_finite()) { Ok(()) } else { Err("That is not a number.".to_owned()) }
}

fn room(count: usize, most: usize, what: &str) -> Result<(), String> {
    if count > most { Err(format!("A diagram holds at most {most} {what}.")) } else { Ok(()) }
}

fn node<'a>(document: &'a Document, id: &str) -> Result<&'a Node, String> {
    document.node(id).ok_or_else(|| no_node(id))
}

fn node_mut<'a>(document: &'a mut Document, id: &str) -> Result<&'a mut Node, String> {
    document.nodes.iter_mut().find(|node| node.id == id).ok_or_else(|| no_node(id))
}

pub(super) fn link_mut<'a>(document: &'a mut Document, id: &str) -> Result<&'a mut Link, String> {
    document.links.iter_mut().find(|link| link.id == id).ok_or_else(|| no_link(id))
}

fn fault_mut(document: &mut Document, index: usize) -> Result<&mut Fault, String> {
    document.faults.get_mut(index).ok_or_else(|| format!("There is no fault {index} any more."))
}

fn no_node(id: &str) -> String {
    format!("There is no node {id} any more.")
}

fn no_link(id: &str) -> String {
    format!("There is no link {id} any more.")
}
