//! What can go wrong: each fault's parameters, and what it does to a run.

use crate::engine::plan::{Change, Direction, Planned};
use crate::kind::{Field, Fields, Role, Span, about, describe, pick, read};
use crate::model::json::texts;
use crate::model::{Document, Fault, Params, Place, Problem, Severity};
use crate::pick;
use crate::time::from_s;
use serde_json::Value;

pick! {
    /// The faults.
    FaultKind {
        /// Processes die and refuse.
        Crash = "crash" "Crash",
        /// All work takes longer.
        Slow = "slow" "Slow",
        /// Answers are errors.
        Errors = "errors" "Errors",
        /// Messages are held back.
        Partition = "partition" "Cut",
        /// Messages take longer.
        Latency = "latency" "Latency",
        /// Messages are lost and sent again.
        Loss = "loss" "Packet loss",
        /// A cache forgets everything.
        CacheFlush = "cache_flush" "Flush",
        /// More or less traffic.
        Traffic = "traffic" "Traffic",
        /// Nothing is done or heard: a long garbage collection.
        Pause = "pause" "Pause",
    }
}

pick! {
    /// Which messages a partition holds back.
    Ways {
        /// All.
        Both = "both" "both ways",
        /// Those of the caller.
        Forward = "forward" "forward",
        /// The answers.
        Backward = "backward" "backward",
    }
}

/// Parameters of faults, of all of them side by side.
#[derive(Clone, Debug)]
struct Parameters {
    target: String,
    factor: f64,
    ratio: f64,
    links: Option<Vec<String>>,
    ways: Ways,
    add: Span,
}

impl Parameters {
    fn new(kind: FaultKind) -> Parameters {
        Parameters {
            target: String::new(),
            factor: if kind == FaultKind::Traffic { 2.0 } else { 10.0 },
            ratio: 0.5,
            links: None,
            ways: Ways::Both,
            add: Span::constant(100.0),
        }
    }

    fn fields(&mut self, kind: FaultKind, f: &mut dyn Fields) {
        let target = about("target", "Target", "", "A node, one replica of it (app#2), or a zone.");
        let links = about("links", "Links", "", "Ids of the links.");
        match kind {
            FaultKind::Crash | FaultKind::Pause | FaultKind::CacheFlush => f.text(target, &mut self.target),
            FaultKind::Slow => {
                f.text(target, &mut self.target);
                f.number(
                    about("factor", "Factor", "×", "Work takes this many times as long."),
                    &mut self.factor,
                    0.001,
                    100_000.0,
                );
            }
            FaultKind::Errors => {
                f.text(target, &mut self.target);
                f.number(about("ratio", "Ratio", "", "Share of the answers, 0 to 1."), &mut self.ratio, 0.0, 1.0);
            }
            FaultKind::Traffic => {
                f.text(target, &mut self.target);
                f.number(
                    about("factor", "Factor", "×", "Multiplies the client's rate."),
                    &mut self.factor,
                    0.0,
                    1000.0,
                );
            }
            FaultKind::Partition => {
                f.maybe_names(links, "see between", &mut self.links);
                pick(f, about("direction", "Direction", "", "Which messages are held back."), &mut self.ways);
            }
            FaultKind::Latency => {
                f.maybe_names(links, "none", &mut self.links);
                self.add.fields(f, about("add", "Added", "", "Added to each message."));
            }
            FaultKind::Loss => {
                f.maybe_names(links, "none", &mut self.links);
                f.number(about("ratio", "Ratio", "", "Share of the messages, 0 to 1."), &mut self.ratio, 0.0, 0.99);
            }
        }
    }
}

/// The fault of this id.
pub fn fault_kind(id: &str) -> Option<(FaultKind, &'static str)> {
    crate::kind::Pick::ALL
        .iter()
        .find(|(_, choice): &&(FaultKind, crate::kind::Choice)| choice.id == id)
        .map(|(kind, choice)| (*kind, choice.label))
}

/// The ids of all faults.
pub fn ids() -> impl Iterator<Item = &'static str> {
    <FaultKind as crate::kind::Pick>::ALL.iter().map(|(_, choice)| choice.id)
}

/// The parameters of a fault, described with their defaults; `None` for an unknown fault.
pub fn fault_fields(id: &str) -> Option<Vec<Field>> {
    let (kind, _) = fault_kind(id)?;
    let mut parameters = Parameters::new(kind);
    Some(describe(&mut |f| parameters.fields(kind, f)))
}

/// What a fault needs to know of the drawing.
pub struct Ground<'a> {
    /// The drawing.
    pub document: &'a Document,
    /// What each node is to its callers, and its replicas, in document order.
    pub nodes: &'a [(Role, u32, u64)],
}

struct Reading<'a> {
    ground: &'a Ground<'a>,
    place: Place,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn wrong(&mut self, field: &str, what: String, right: &str) {
        self.problems.push(Problem {
            severity: Severity::Error,
            place: self.place.clone(),
            field: field.to_owned(),
            what,
            right: right.to_owned(),
        });
    }

    /// The stations (and perhaps the one replica) that a target names.
    fn target(&mut self, field: &str, name: &str) -> Vec<(u32, Option<u32>)> {
        let document = self.ground.document;
        let at = |id: &str| document.nodes.iter().position(|node| node.id == id);
        if let Some(node) = at(name) {
            return vec![(node as u32, None)];
        }
        if let Some((id, number)) = name.rsplit_once('#')
            && let (Some(node), Ok(number)) = (at(id), number.parse::<u32>())
        {
            let replicas = self.ground.nodes[node].1;
            if (1..=replicas).contains(&number) {
                return vec![(node as u32, Some(number - 1))];
            }
            self.wrong(field, format!("{id} has no replica {number}"), &format!("{id}#1 to {id}#{replicas}"));
            return Vec::new();
        }
        if let Some(zone) = document.zones.iter().find(|zone| zone.id == name) {
            return zone.nodes.iter().filter_map(|id| at(id)).map(|node| (node as u32, None)).collect();
        }
        let what =
            if name.is_empty() { "is missing".to_owned() } else { format!("there is no node or zone \"{name}\"") };
        self.wrong(field, what, "the id of a node, of one replica (app#2), or of a zone");
        Vec::new()
    }

    /// The target's stations, which must be of a role that the fault can strike.
    fn stations(&mut self, name: &str, strikes: fn(Role) -> bool, right: &str) -> Vec<u32> {
        let found = self.target("target", name);
        if found.iter().any(|(_, replica)| replica.is_some()) {
            self.wrong("target", "this fault strikes a node as a whole".to_owned(), "the id of a node");
            return Vec::new();
        }
        let stations: Vec<u32> = found
            .into_iter()
            .map(|(station, _)| station)
            .filter(|station| strikes(self.ground.nodes[*station as usize].0))
            .collect();
        if stations.is_empty() && self.problems.is_empty() {
            self.wrong("target", "this fault cannot strike it".to_owned(), right);
        }
        stations
    }

    fn links(&mut self, names: &[String]) -> Vec<u32> {
        let mut found = Vec::new();
        for name in names {
            match self.ground.document.links.iter().position(|link| link.id == *name) {
                Some(link) => found.push(link as u32),
                None => self.wrong("links", format!("there is no link \"{name}\""), "ids of links"),
            }
        }
        found
    }

    /// The links that run between two sets of nodes, with the direction from the first to the
    /// second.
    fn between(&mut self, value: &Value) -> Vec<(u32, bool)> {
        let sides: Option<Vec<Vec<String>>> = value.as_array().and_then(|sides| sides.iter().map(texts).collect());
        let Some([a, b]) = sides.as_deref() else {
            self.wrong("between", "does not fit".to_owned(), "two lists of nodes or zones: [[…], […]]");
            return Vec::new();
        };
        let mut side = |names: &[String]| -> Vec<u32> {
            names.iter().flat_map(|name| self.target("between", name)).map(|(station, _)| station).collect()
        };
        let (a, b) = (side(a), side(b));
        let document = self.ground.document;
        let at = |id: &str| document.nodes.iter().position(|node| node.id == id).map(|at| at as u32);
        let crossing = |(index, link): (usize, &crate::model::Link)| {
            let (from, to) = (at(&link.from)?, at(&link.to)?);
            if a.contains(&from) && b.contains(&to) {
                Some((index as u32, true))
            } else if b.contains(&from) && a.contains(&to) {
                Some((index as u32, false))
            } else {
                None
            }
        };
        document.links.iter().enumerate().filter_map(crossing).collect()
    }
}

/// What a fault changes and when, with what is wrong with it. `number` is its index.
pub fn read_fault(fault: &Fault, number: u32, ground: &Ground) -> (Vec<Planned>, Vec<Problem>) {
    let place = Place::Fault(number as usize);
    let mut it = Reading { ground, place: place.clone(), problems: Vec::new() };
    let Some((kind, _)) = fault_kind(&fault.fault) else {
        let ids: Vec<&str> =
            crate::kind::Pick::ALL.iter().map(|(_, choice): &(FaultKind, crate::kind::Choice)| choice.id).collect();
        it.wrong("fault", format!("\"{}\" is not known", fault.fault), &format!("one of {}", ids.join(", ")));
        return (Vec::new(), it.problems);
    };
    if !(0.0..=1e7).contains(&fault.start_s) {
        it.wrong("start_s", format!("{} does not fit", fault.start_s), "seconds from 0 to 10000000");
    }
    if fault.duration_s.is_some_and(|s| !(0.0..=1e7).contains(&s)) {
        it.wrong("duration_s", "does not fit".to_owned(), "seconds from 0 to 10000000, or null for to the end");
    }
    let mut parameters = Parameters::new(kind);
    let mut named: Params = fault.params.clone();
    let between = if kind == FaultKind::Partition { named.get_mut("between").map(Value::take) } else { None };
    it.problems.extend(read(&named, &place, &mut |f| parameters.fields(kind, f)));
    let Parameters { target, factor, ratio, links, ways, add } = parameters;
    let named_links = links.unwrap_or_default();
    let (start, end) = (from_s(fault.start_s), fault.duration_s.map(|s| from_s(fault.start_s + s)));
    let mut plan: Vec<Planned> = Vec::new();
    let mut from_to = |begins: Change, ends: Option<Change>, late_ns: u64| {
        plan.push(Planned { time: start, change: begins });
        if let (Some(end), Some(change)) = (end, ends) {
            plan.push(Planned { time: end + late_ns, change });
        }
    };
    let serves = |role: Role| role != Role::Source;
    let not_clients = "the id of a node that is not a client";
    match kind {
        FaultKind::Crash => {
            let struck = it.target("target", &target);
            let struck: Vec<_> =
                struck.into_iter().filter(|(station, _)| serves(ground.nodes[*station as usize].0)).collect();
            if struck.is_empty() && it.problems.is_empty() {
                it.wrong(
                    "target",
                    "clients do not crash".to_owned(),
                    "a node that is not a client, or the fault traffic with factor 0",
                );
            }
            for (station, replica) in struck {
                from_to(
                    Change::Crash(station, replica),
                    Some(Change::Restore(station, replica)),
                    ground.nodes[station as usize].2,
                );
            }
        }
        FaultKind::Pause => {
            for station in it.stations(&target, serves, not_clients) {
                from_to(Change::Pause(station), Some(Change::Resume(station)), 0);
            }
        }
        FaultKind::Slow => {
            for station in it.stations(&target, serves, not_clients) {
                from_to(Change::Slow(station, number, Some(factor)), Some(Change::Slow(station, number, None)), 0);
            }
        }
        FaultKind::Errors => {
            for station in it.stations(&target, serves, not_clients) {
                from_to(Change::Errors(station, number, Some(ratio)), Some(Change::Errors(station, number, None)), 0);
            }
        }
        FaultKind::CacheFlush => {
            for station in it.stations(&target, |role| role == Role::Cache, "the id of a cache") {
                from_to(Change::Flush(station), None, 0);
            }
        }
        FaultKind::Traffic => {
            for station in it.stations(&target, |role| role == Role::Source, "the id of a client") {
                from_to(
                    Change::Traffic(station, number, Some(factor)),
                    Some(Change::Traffic(station, number, None)),
                    0,
                );
            }
        }
        FaultKind::Partition => {
            let mut cuts: Vec<(u32, bool)> = it.links(&named_links).into_iter().map(|link| (link, true)).collect();
            if let Some(between) = &between {
                cuts.extend(it.between(between));
            }
            if cuts.is_empty() && it.problems.is_empty() {
                it.wrong("links", "nothing is cut".to_owned(), "ids of links, or two sets of nodes in between");
            }
            for (link, along) in cuts {
                let ways: &[Direction] = match (ways, along) {
                    (Ways::Both, _) => &[Direction::Forward, Direction::Backward],
                    (Ways::Forward, true) | (Ways::Backward, false) => &[Direction::Forward],
                    (Ways::Backward, true) | (Ways::Forward, false) => &[Direction::Backward],
                };
                for way in ways {
                    from_to(Change::Cut(link, *way), Some(Change::Mend(link, *way)), 0);
                }
            }
        }
        FaultKind::Latency => {
            if let Some((field, what, right)) = add.check("add") {
                it.wrong(&field, what, &right);
            }
            for link in it.links(&named_links) {
                from_to(
                    Change::Latency(link, number, Some(add.distribution())),
                    Some(Change::Latency(link, number, None)),
                    0,
                );
            }
        }
        FaultKind::Loss => {
            for link in it.links(&named_links) {
                from_to(Change::Loss(link, number, Some(ratio)), Some(Change::Loss(link, number, None)), 0);
            }
        }
    }
    (plan, it.problems)
}
