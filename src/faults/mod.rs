//! What can go wrong: each fault's parameters, and what it does to a run.

use crate::choices;
use crate::engine::plan::{Change, Deploy, Direction, Endpoints, Partition, Planned};
use crate::kind::Role;
use crate::model::json::texts;
use crate::model::{Document, Fault, Params, Place, Problem, Severity};
use crate::params::{DurationParam, Field, Fields, Violation, choice, describe, parameter, plain, read};
use crate::time::from_s;
use serde_json::Value;

choices! {
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
        /// A new version: replicas are replaced, a few at a time.
        Deploy = "deploy" "Deploy",
    }
}

choices! {
    /// Which messages a partition holds back.
    PartitionDirection {
        /// All.
        Both = "both" "both ways",
        /// Those of the caller, or of the first set.
        Forward = "forward" "forward",
        /// The answers, or what the second set sends.
        Backward = "backward" "backward",
    }
}

impl FaultKind {
    /// Whether it befalls links, and not nodes.
    pub fn is_of_links(self) -> bool {
        matches!(self, FaultKind::Partition | FaultKind::Latency | FaultKind::Loss)
    }

    /// Whether it can befall a node of this role.
    pub fn strikes(self, role: Role) -> bool {
        match self {
            FaultKind::Traffic => role == Role::Source,
            FaultKind::CacheFlush => role == Role::Cache,
            FaultKind::Deploy => role == Role::Service,
            _ => role != Role::Source && !self.is_of_links(),
        }
    }

    /// What it does, in a sentence.
    pub fn help(self) -> &'static str {
        match self {
            FaultKind::Crash => {
                "The processes die: what they were doing is lost, and calls to them are refused at once."
            }
            FaultKind::Slow => "All work there takes longer.",
            FaultKind::Errors => "A share of the answers are errors, after the usual work.",
            FaultKind::Partition => {
                "Messages are held back until it is healed: callers hear nothing, not even a refusal."
            }
            FaultKind::Latency => "Messages take longer on their way.",
            FaultKind::Loss => "Messages are lost, and sent again after a while.",
            FaultKind::CacheFlush => "The cache forgets everything at this moment.",
            FaultKind::Traffic => "The client makes more requests, or fewer.",
            FaultKind::Pause => "Nothing is done and nothing is answered, as in a long garbage collection.",
            FaultKind::Deploy => {
                "A new version is rolled out from this moment on: replicas are replaced, a few at a time."
            }
        }
    }

    /// Whether it happens at a moment and has no length of its own.
    pub fn is_momentary(self) -> bool {
        matches!(self, FaultKind::CacheFlush | FaultKind::Deploy)
    }
}

/// Parameters of faults, of all of them side by side.
#[derive(Clone, Debug)]
struct Parameters {
    target: String,
    factor: f64,
    ratio: f64,
    links: Option<Vec<String>>,
    ways: PartitionDirection,
    add: DurationParam,
    graceful: bool,
    drain_s: f64,
    max_unavailable: u32,
}

impl Parameters {
    fn new(kind: FaultKind) -> Parameters {
        Parameters {
            target: String::new(),
            factor: if kind == FaultKind::Traffic { 2.0 } else { 10.0 },
            ratio: 0.5,
            links: None,
            ways: PartitionDirection::Both,
            add: DurationParam::constant(100.0),
            graceful: true,
            // Kubernetes' terminationGracePeriodSeconds.
            drain_s: 30.0,
            max_unavailable: 1,
        }
    }

    fn fields(&mut self, kind: FaultKind, f: &mut dyn Fields) {
        let target = parameter("target", "Target").help("A node, one replica of it (app#2), or a zone.");
        let links = parameter("links", "Links").help("Ids of the links.");
        match kind {
            FaultKind::Crash | FaultKind::Pause | FaultKind::CacheFlush => f.text(target, &mut self.target),
            FaultKind::Slow => {
                f.text(target, &mut self.target);
                f.number(
                    parameter("factor", "Factor").unit("×").help("Work takes this many times as long."),
                    &mut self.factor,
                    0.001,
                    100_000.0,
                );
            }
            FaultKind::Errors => {
                f.text(target, &mut self.target);
                f.number(parameter("ratio", "Ratio").help("Share of the answers, 0 to 1."), &mut self.ratio, 0.0, 1.0);
            }
            FaultKind::Traffic => {
                f.text(target, &mut self.target);
                f.number(
                    parameter("factor", "Factor")
                        .unit("×")
                        .help("Multiplies the client's rate, or its number of users."),
                    &mut self.factor,
                    0.0,
                    1000.0,
                );
            }
            FaultKind::Partition => {
                f.optional_names(links, "see between", &mut self.links);
                let words = "Which messages are held back: forward is from the caller, or from the first set.";
                choice(f, parameter("direction", "Direction").help(words), &mut self.ways);
            }
            FaultKind::Deploy => {
                f.text(target, &mut self.target);
                f.boolean(
                    parameter("graceful", "Graceful").help("A replica leaves the rotation and finishes what it has before it stops; if not, it is killed and its work is lost."),
                    &mut self.graceful,
                );
                f.number(
                    parameter("drain_s", "Drain").unit("s").help(
                        "A graceful replica is killed if it has not finished by then. The default is Kubernetes'.",
                    ),
                    &mut self.drain_s,
                    0.0,
                    86_400.0,
                );
                f.integer(
                    parameter("max_unavailable", "At a time").unit("replicas").help("So many are replaced at a time."),
                    &mut self.max_unavailable,
                    1,
                    1000,
                );
            }
            FaultKind::Latency => {
                f.optional_names(links, "none", &mut self.links);
                self.add.fields(f, parameter("add", "Added").help("Added to each message."));
            }
            FaultKind::Loss => {
                f.optional_names(links, "none", &mut self.links);
                f.number(
                    parameter("ratio", "Ratio").help("Share of the messages, 0 to 1."),
                    &mut self.ratio,
                    0.0,
                    0.99,
                );
            }
        }
    }
}

/// The fault of this id.
pub fn fault_kind(id: &str) -> Option<(FaultKind, &'static str)> {
    crate::params::Choices::ALL
        .iter()
        .find(|(_, choice): &&(FaultKind, crate::params::Choice)| choice.id == id)
        .map(|(kind, choice)| (*kind, choice.label))
}

/// Whether a fault happens at a moment and has no length of its own.
pub fn is_momentary(fault: &Fault) -> bool {
    fault_kind(&fault.fault).is_some_and(|(kind, _)| kind.is_momentary())
}

/// The ids of all faults.
pub fn ids() -> impl Iterator<Item = &'static str> {
    <FaultKind as crate::params::Choices>::ALL.iter().map(|(_, choice)| choice.id)
}

/// The parameters of a fault, described with their defaults; `None` for an unknown fault.
pub fn fault_fields(id: &str) -> Option<Vec<Field>> {
    let (kind, _) = fault_kind(id)?;
    let mut parameters = Parameters::new(kind);
    Some(describe(&mut |f| parameters.fields(kind, f)))
}

/// What a fault needs to know of the drawing.
pub struct FaultContext<'a> {
    /// The drawing.
    pub document: &'a Document,
    /// What each node is to its callers, and its replicas, in document order.
    pub nodes: &'a [(Role, u32, u64)],
}

struct FaultReader<'a> {
    ground: &'a FaultContext<'a>,
    place: Place,
    problems: Vec<Problem>,
}

impl FaultReader<'_> {
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
        let member = |it: &mut Self, name: &str| -> Option<Option<(u32, Option<u32>)>> {
            if let Some(node) = at(name) {
                return Some(Some((node as u32, None)));
            }
            let (id, number) = name.rsplit_once('#')?;
            let (node, number) = (at(id)?, number.parse::<u32>().ok()?);
            let replicas = it.ground.nodes[node].1;
            if (1..=replicas).contains(&number) {
                return Some(Some((node as u32, Some(number - 1))));
            }
            it.wrong(field, format!("{id} has no replica {number}"), &format!("{id}#1 to {id}#{replicas}"));
            Some(None)
        };
        if let Some(found) = member(self, name) {
            return found.into_iter().collect();
        }
        if let Some(zone) = document.zones.iter().find(|zone| zone.id == name) {
            return zone.nodes.iter().filter_map(|id| member(self, id).flatten()).collect();
        }
        let what =
            if name.is_empty() { "is missing".to_owned() } else { format!("there is no node or zone \"{name}\"") };
        self.wrong(field, what, "the id of a node, of one replica (app#2), or of a zone");
        Vec::new()
    }

    /// The target's stations, or the one replica, which must be of a role that the fault can
    /// strike.
    fn replicas(&mut self, name: &str, kind: FaultKind, right: &str) -> Vec<(u32, Option<u32>)> {
        let mut found = self.target("target", name);
        found.retain(|(station, _)| kind.strikes(self.ground.nodes[*station as usize].0));
        if found.is_empty() && self.problems.is_empty() {
            self.wrong("target", "this fault cannot strike it".to_owned(), right);
        }
        found
    }

    /// The target's stations, which must be of a role that the fault can strike.
    fn stations(&mut self, name: &str, kind: FaultKind, right: &str) -> Vec<u32> {
        let found = self.replicas(name, kind, right);
        if found.iter().any(|(_, replica)| replica.is_some()) {
            self.wrong("target", "this fault strikes a node as a whole".to_owned(), "the id of a node");
            return Vec::new();
        }
        found.into_iter().map(|(station, _)| station).collect()
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

    /// The two sets of replicas that a partition severs.
    fn between(&mut self, value: &Value, ways: PartitionDirection) -> Option<Partition> {
        let sides: Option<Vec<Vec<String>>> = value.as_array().and_then(|sides| sides.iter().map(texts).collect());
        let Some([a, b]) = sides.as_deref() else {
            self.wrong("between", "does not fit".to_owned(), "two lists of nodes, replicas or zones: [[…], […]]");
            return None;
        };
        let mut side = |names: &[String]| {
            Endpoints::new(names.iter().flat_map(|name| self.target("between", name)).collect::<Vec<_>>())
        };
        let it = Partition {
            a: side(a),
            b: side(b),
            forward: ways != PartitionDirection::Backward,
            backward: ways != PartitionDirection::Forward,
        };
        // Something must be said across it: over a link, or among the replicas of one node.
        let document = self.ground.document;
        let at = |id: &str| document.nodes.iter().position(|node| node.id == id).map(|at| at as u32);
        let (a, b): (Vec<u32>, Vec<u32>) = (it.a.stations().collect(), it.b.stations().collect());
        let apart = |x: u32, y: u32| (a.contains(&x) && b.contains(&y)) || (b.contains(&x) && a.contains(&y));
        let linked =
            document.links.iter().any(|link| at(&link.from).zip(at(&link.to)).is_some_and(|(x, y)| apart(x, y)));
        let inside = a.iter().any(|x| b.contains(x) && self.ground.nodes[*x as usize].1 > 1);
        (linked || inside).then_some(it)
    }
}

/// What a fault changes and when, with what is wrong with it. `number` is its index.
pub fn read_fault(fault: &Fault, number: u32, ground: &FaultContext) -> (Vec<Planned>, Vec<Problem>) {
    let place = Place::Fault(number as usize);
    let mut it = FaultReader { ground, place: place.clone(), problems: Vec::new() };
    let Some((kind, _)) = fault_kind(&fault.fault) else {
        let ids: Vec<&str> = crate::params::Choices::ALL
            .iter()
            .map(|(_, choice): &(FaultKind, crate::params::Choice)| choice.id)
            .collect();
        it.wrong("fault", format!("\"{}\" is not known", fault.fault), &format!("one of {}", ids.join(", ")));
        return (Vec::new(), it.problems);
    };
    if !(0.0..=1e7).contains(&fault.start_s) {
        it.wrong("start_s", format!("{} does not fit", plain(fault.start_s)), "seconds from 0 to 10000000");
    }
    if fault.duration_s.is_some_and(|s| !(0.0..=1e7).contains(&s)) {
        it.wrong("duration_s", "does not fit".to_owned(), "seconds from 0 to 10000000, or null for to the end");
    }
    let mut parameters = Parameters::new(kind);
    let mut named: Params = fault.params.clone();
    let between = if kind == FaultKind::Partition { named.get_mut("between").map(Value::take) } else { None };
    it.problems.extend(read(&named, &place, &mut |f| parameters.fields(kind, f)));
    let Parameters { target, factor, ratio, links, ways, add, graceful, drain_s, max_unavailable } = parameters;
    let named_links = links.unwrap_or_default();
    let (start, end) = (from_s(fault.start_s), fault.duration_s.map(|s| from_s(fault.start_s + s)));
    let mut plan: Vec<Planned> = Vec::new();
    let mut from_to = |begins: Change, ends: Option<Change>, late_ns: u64| {
        plan.push(Planned { time: start, change: begins });
        if let (Some(end), Some(change)) = (end, ends) {
            plan.push(Planned { time: end + late_ns, change });
        }
    };
    let not_clients = "the id of a node that is not a client";
    match kind {
        FaultKind::Crash => {
            let struck = it.target("target", &target);
            let struck: Vec<_> =
                struck.into_iter().filter(|(station, _)| kind.strikes(ground.nodes[*station as usize].0)).collect();
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
            for station in it.stations(&target, kind, not_clients) {
                from_to(Change::Pause(station), Some(Change::Resume(station)), 0);
            }
        }
        FaultKind::Slow => {
            for (station, replica) in it.replicas(&target, kind, not_clients) {
                let slow = |factor| Change::Slow(station, replica, number, factor);
                from_to(slow(Some(factor)), Some(slow(None)), 0);
            }
        }
        FaultKind::Errors => {
            for (station, replica) in it.replicas(&target, kind, not_clients) {
                let err = |ratio| Change::Errors(station, replica, number, ratio);
                from_to(err(Some(ratio)), Some(err(None)), 0);
            }
        }
        FaultKind::CacheFlush => {
            for station in it.stations(&target, kind, "the id of a cache") {
                from_to(Change::Flush(station), None, 0);
            }
        }
        FaultKind::Traffic => {
            for station in it.stations(&target, kind, "the id of a client") {
                from_to(
                    Change::Traffic(station, number, Some(factor)),
                    Some(Change::Traffic(station, number, None)),
                    0,
                );
            }
        }
        FaultKind::Deploy => {
            let drain_ns = graceful.then(|| from_s(drain_s));
            for station in it.stations(&target, kind, "the id of an app") {
                from_to(Change::Deploy(station, Deploy { drain_ns, max_unavailable }), None, 0);
            }
            if fault.duration_s.is_some() {
                it.problems.push(Problem {
                    severity: Severity::Warning,
                    place,
                    field: "duration_s".to_owned(),
                    what: "means nothing: a deploy is over when every replica is replaced".to_owned(),
                    right: "null".to_owned(),
                });
            }
        }
        FaultKind::Partition => {
            let cuts = it.links(&named_links);
            let severance = between.as_ref().and_then(|between| it.between(between, ways));
            if cuts.is_empty() && severance.is_none() && it.problems.is_empty() {
                it.wrong("links", "nothing is cut".to_owned(), "ids of links, or two sets of nodes in between");
            }
            if severance.is_some() {
                from_to(Change::Partition(number, severance), Some(Change::Partition(number, None)), 0);
            }
            for link in cuts {
                let ways: &[Direction] = match ways {
                    PartitionDirection::Both => &[Direction::Forward, Direction::Backward],
                    PartitionDirection::Forward => &[Direction::Forward],
                    PartitionDirection::Backward => &[Direction::Backward],
                };
                for way in ways {
                    from_to(Change::Cut(link, *way), Some(Change::RestoreLink(link, *way)), 0);
                }
            }
        }
        FaultKind::Latency => {
            if let Some(Violation { field, what, right }) = add.check("add") {
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
