//! Messages are held back until the partition ends: callers get no answer, not even a refusal.

use crate::choices;
use crate::engine::plan::{Change, Direction, Endpoints, Partition as Separation, ResumeMode};
use crate::fault::{
    AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, LiveTarget, NodeContext, Part, between, links,
};
use crate::kinds;
use crate::model::{self, Document, ReplicaRef, Zone};
use crate::params::{Fields, Sides, choice, parameter, shown};

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

/// Parameters of a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    links: Option<Vec<String>>,
    between: Option<Sides>,
    direction: PartitionDirection,
    resume: ResumeMode,
}

impl Default for Partition {
    fn default() -> Partition {
        Partition { links: None, between: None, direction: PartitionDirection::Both, resume: ResumeMode::AtOnce }
    }
}

impl Partition {
    /// A partition of these links.
    pub fn of_links(links: Vec<String>, direction: PartitionDirection) -> Partition {
        Partition { links: Some(links), direction, ..Partition::default() }
    }

    /// A partition between two sets of nodes, replicas and zones.
    pub fn of_sides(sides: Sides) -> Partition {
        Partition { between: Some(sides), ..Partition::default() }
    }
}

impl Fault for Partition {
    const INFO: FaultInfo = FaultInfo {
        id: "partition",
        label: "Cut off",
        icon: "cut",
        help: shown("Messages are held back until the partition ends: callers get no answer, not even a refusal."),
        applies_to: AppliesTo::Links,
        effect: FaultEffect::Partitions,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Partition>] = &[
        LiveFault {
            label: "Cut off",
            detail: |place| if place.link().is_some() { "both ways" } else { "all of them" }.to_owned(),
            done: "Cut off",
            end: Some("Restore"),
            inject: |place| Some(Partition::of_links(place.links()?, PartitionDirection::Both)),
        },
        LiveFault {
            label: "Cut off requests",
            detail: |_| "one way".to_owned(),
            done: "Requests cut off",
            end: None,
            inject: |place| unless_partitioned(place, PartitionDirection::Forward),
        },
        LiveFault {
            label: "Cut off responses",
            detail: |_| "one way".to_owned(),
            done: "Responses cut off",
            end: None,
            inject: |place| unless_partitioned(place, PartitionDirection::Backward),
        },
        LiveFault {
            label: "Cut off",
            detail: |_| "from the rest".to_owned(),
            done: "Cut off",
            end: Some("Restore"),
            inject: |place| {
                let zone = place.zone()?;
                let others = outside(place.document, zone);
                (!others.is_empty()).then(|| Partition::of_sides([vec![zone.id.clone()], others]))
            },
        },
        LiveFault {
            label: "Cut off",
            detail: |_| "from the network".to_owned(),
            done: "Cut off",
            end: None,
            inject: isolate_node,
        },
    ];

    fn fields(&mut self, f: &mut dyn Fields) {
        links(f, "see between", &mut self.links);
        between(f, "see links", &mut self.between);
        let help = "Which messages are held back: forward is from the caller, or from the first set.";
        choice(f, parameter("direction", "Direction").help(help), &mut self.direction);
        let help = "When what was held back goes on after the end: at that instant, or at each message's next retransmission as TCP sends it (0.2 s after the first, then after twice as long each time), unless its sender has given up.";
        choice(f, parameter("resume", "Resumes").help(help), &mut self.resume);
    }

    fn at(id: &str) -> Partition {
        Partition::of_links(vec![id.to_owned()], PartitionDirection::Both)
    }

    fn changes(&self, reader: &mut FaultReader) {
        let links = reader.links(&self.links);
        let separation = self.between.as_ref().and_then(|sides| self.separation(sides, reader));
        if links.is_empty() && separation.is_none() && reader.is_sound() {
            if self.between.is_none() {
                let right = "ids of links, or two sets of nodes in between";
                reader.error(model::Fault::LINKS, "nothing is partitioned", right);
            } else {
                let what = "nothing is partitioned, because no message passes between the two sets";
                let right = "nodes that a link joins, or replicas of one database";
                reader.warning(model::Fault::BETWEEN, what, right);
            }
        }
        let number = reader.number;
        if separation.is_some() {
            reader.from_to(Change::Partition(number, separation), Change::Partition(number, None));
        }
        let directions: &[Direction] = match self.direction {
            PartitionDirection::Both => &[Direction::Forward, Direction::Backward],
            PartitionDirection::Forward => &[Direction::Forward],
            PartitionDirection::Backward => &[Direction::Backward],
        };
        for link in links {
            for direction in directions {
                reader.from_to(Change::Cut(link, *direction), Change::RestoreLink(link, *direction, self.resume));
            }
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words(if self.between.is_some() { EACH_OTHER } else { CUT })]
    }

    fn short_label(&self) -> String {
        if self.direction == PartitionDirection::Both { "cut off" } else { "cut off one way" }.to_owned()
    }
}

/// What happened to a link.
const CUT: &str = "was cut";
/// What happened to two places between which no message passed.
const EACH_OTHER: &str = "were cut off from each other";

impl Partition {
    /// What it did, in words, and after its time what did not pass; the latter is empty where nothing did.
    /// `sides` are the names on each of its sides, none where it has no sides, and `links` those of its links.
    pub fn words(&self, sides: &[Vec<String>], links: &[String]) -> (String, String) {
        let mut happened = Vec::new();
        let mut held_back = Vec::new();
        if let [first, second] = sides {
            happened.push(self.words_of_sides(first, second));
            let (from, to) =
                if self.direction == PartitionDirection::Backward { (second, first) } else { (first, second) };
            held_back.push(format!("what {} sent did not reach {}", listed(from), listed(to)));
        }
        if !links.is_empty() {
            let cut = if links.len() == 1 { CUT } else { "were cut" };
            happened.push(format!("{} {cut}{}", listed(links), self.in_one_direction()));
            let what = if self.direction == PartitionDirection::Backward { "answers" } else { "requests" };
            let over = if sides.is_empty() { String::new() } else { format!(" over {}", listed(links)) };
            held_back.push(format!("{what}{over} were held back"));
        }
        let held_back =
            if self.direction == PartitionDirection::Both { String::new() } else { held_back.join(", and ") };
        (happened.join(", and "), held_back)
    }

    fn words_of_sides(&self, first: &[String], second: &[String]) -> String {
        let (one, other) = (listed(first), listed(second));
        if self.direction == PartitionDirection::Both && first.len() == 1 && second.len() == 1 {
            return format!("{one} and {other} {EACH_OTHER}");
        }
        // Said of two groups, "each other" would be read as each one from each other one.
        let were = if first.len() == 1 { "was" } else { "were" };
        format!("{one} {were} cut off from {other}{}", self.in_one_direction())
    }

    fn in_one_direction(&self) -> &'static str {
        if self.direction == PartitionDirection::Both { "" } else { " in one direction" }
    }

    /// The two sets of replicas that it separates; `None` where no message passes between them
    /// anyway.
    fn separation(&self, sides: &Sides, reader: &mut FaultReader) -> Option<Separation> {
        let mut endpoints = |names: &[String]| {
            let named = names.iter().flat_map(|name| reader.stations_named(model::Fault::BETWEEN, name));
            Endpoints::new(named.collect::<Vec<_>>())
        };
        let separation = Separation {
            a: endpoints(&sides[0]),
            b: endpoints(&sides[1]),
            forward: self.direction != PartitionDirection::Backward,
            backward: self.direction != PartitionDirection::Forward,
            resume: self.resume,
        };
        // Messages pass over a link, or among the replicas of one node.
        let document = reader.context.document;
        let station = |id: &str| document.nodes.iter().position(|node| node.id == id).map(|at| at as u32);
        let (a, b): (Vec<u32>, Vec<u32>) = (separation.a.stations().collect(), separation.b.stations().collect());
        let is_across = |x: u32, y: u32| (a.contains(&x) && b.contains(&y)) || (b.contains(&x) && a.contains(&y));
        let mut ends = document.links.iter().map(|link| station(&link.from).zip(station(&link.to)));
        let is_linked = ends.any(|ends| ends.is_some_and(|(from, to)| is_across(from, to)));
        let is_within = a.iter().any(|x| b.contains(x) && exchange(&separation, *x, reader.context.nodes[*x as usize]));
        (is_linked || is_within).then_some(separation)
    }
}

/// Names in a sentence: `a, b and c`; of many the first and how many there are besides.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, _, _, _, ..] => format!("{first} with {} others", names.len() - 1),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Whether two replicas of a station exchange messages across a partition.
fn exchange(separation: &Separation, station: u32, node: NodeContext) -> bool {
    let is_in_group_across = |from: u32| {
        let first = from - from % node.replica_group;
        let others = (first..first + node.replica_group).filter(|to| *to != from);
        separation.a.contains((station, from)) && { others }.any(|to| separation.b.contains((station, to)))
    };
    (0..node.replicas).any(is_in_group_across)
}

/// A one-way partition of the one link that is selected, when no partition affects it.
fn unless_partitioned(place: &LiveTarget, direction: PartitionDirection) -> Option<Partition> {
    let link = place.link()?;
    let active = super::active::active(place.document, place.now_s, &place.places[0], FaultEffect::Partitions);
    active.is_none().then(|| Partition::of_links(link, direction))
}

/// A partition of all links of the one node that is selected.
fn isolate_node(place: &LiveTarget) -> Option<Partition> {
    let [model::Place::Node(id)] = place.places else { return None };
    let links = place.document.links.iter().filter(|link| link.from == *id || link.to == *id);
    let links: Vec<String> = links.map(|link| link.id.clone()).collect();
    (!links.is_empty()).then(|| Partition::of_links(links, PartitionDirection::Both))
}

/// Everything that is not in a zone: nodes, and the other replicas of a node that is in the zone
/// in part.
pub fn outside(document: &Document, zone: &Zone) -> Vec<String> {
    let mut others = Vec::new();
    for node in document.nodes.iter().filter(|node| !zone.nodes.contains(&node.id)) {
        if zone.nodes.iter().any(|name| document.base_id(name) == node.id) {
            let names = (1..=kinds::replicas(node)).map(|number| ReplicaRef { node: &node.id, number }.to_string());
            others.extend(names.filter(|name| !zone.nodes.contains(name)));
        } else {
            others.push(node.id.clone());
        }
    }
    others
}
