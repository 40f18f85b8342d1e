//! What a name in a fault or a zone means: a node, one replica of a node (`db#2`), or a zone.

use super::{Document, Fault, Node, Zone};
use serde_json::Value;

/// One replica of a node, as a document names it: `db#2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaRef<'a> {
    /// Id of the node.
    pub node: &'a str,
    /// Number of the replica; the first is 1.
    pub number: u32,
}

impl<'a> ReplicaRef<'a> {
    /// Takes `db#2` apart. A node may be called `db#2` in full: ask [`Document::named`] what a name
    /// means in a document.
    pub fn parse(name: &'a str) -> Option<ReplicaRef<'a>> {
        let (node, number) = name.rsplit_once('#')?;
        let is_number = number.chars().all(|digit| digit.is_ascii_digit());
        Some(ReplicaRef { node, number: number.parse().ok().filter(|_| is_number)? })
    }

    /// The replica's index; the first is 0.
    pub fn index(self) -> Option<u32> {
        self.number.checked_sub(1)
    }
}

impl std::fmt::Display for ReplicaRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.node, self.number)
    }
}

/// What a name in a fault or a zone means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Named<'a> {
    /// A node as a whole.
    Node(&'a Node),
    /// One replica of a node, by its number from 1, which the node need not have.
    Replica(&'a Node, u32),
    /// A zone with everything in it.
    Zone(&'a Zone),
}

impl<'a> Named<'a> {
    /// The id of the node or zone; a replica has its node's.
    pub fn id(self) -> &'a str {
        match self {
            Named::Node(node) | Named::Replica(node, _) => &node.id,
            Named::Zone(zone) => &zone.id,
        }
    }
}

impl Document {
    /// What a name means. A node of that id comes first, then a replica of a node, then a zone.
    pub fn named(&self, name: &str) -> Option<Named<'_>> {
        let replica = || {
            let replica = ReplicaRef::parse(name)?;
            Some(Named::Replica(self.node(replica.node)?, replica.number))
        };
        self.node(name).map(Named::Node).or_else(replica).or_else(|| self.zone(name).map(Named::Zone))
    }

    /// The id of the node or zone that a name is about: `app` for `app#2`. A name that means
    /// nothing stays as it is.
    pub fn base_id<'a>(&'a self, name: &'a str) -> &'a str {
        self.named(name).map_or(name, Named::id)
    }

    /// The zone that a name means, if it means one.
    pub fn zone_named(&self, name: &str) -> Option<&Zone> {
        match self.named(name) {
            Some(Named::Zone(zone)) => Some(zone),
            _ => None,
        }
    }

    /// The ids of the nodes and links that a fault affects: a zone stands for its nodes, a replica
    /// for its node.
    pub fn affected<'a>(&'a self, fault: &'a Fault) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        for name in fault.names() {
            let members =
                self.zone_named(name).map_or(vec![name], |zone| zone.nodes.iter().map(String::as_str).collect());
            for id in members.into_iter().map(|member| self.base_id(member)) {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        found
    }
}

impl Fault {
    /// The keys that every fault has beside its parameters.
    pub const KEYS: [&'static str; 3] = ["fault", "start_s", "duration_s"];
    /// Parameter that names a node, a replica or a zone.
    pub const TARGET: &'static str = "target";
    /// Parameter that names links.
    pub const LINKS: &'static str = "links";
    /// Parameter that names two sets of nodes, replicas or zones.
    pub const BETWEEN: &'static str = "between";
    /// The parameters that say where a fault is; every other one says how bad it is.
    pub const PLACES: [&'static str; 3] = [Fault::TARGET, Fault::LINKS, Fault::BETWEEN];

    /// The node, replica or zone that it names.
    pub fn target(&self) -> Option<&str> {
        self.params.get(Fault::TARGET).and_then(Value::as_str)
    }

    /// The links that it names.
    pub fn links(&self) -> Vec<&str> {
        self.params.get(Fault::LINKS).map(texts).unwrap_or_default()
    }

    /// The sets of nodes, replicas and zones that it separates; none for most faults.
    pub fn sides(&self) -> Vec<Vec<&str>> {
        let sides = self.params.get(Fault::BETWEEN).and_then(Value::as_array);
        sides.into_iter().flatten().map(texts).collect()
    }

    /// Every name that it gives: its target, its links and the members of its sides.
    pub fn names(&self) -> Vec<&str> {
        self.target().into_iter().chain(self.links()).chain(self.sides().into_iter().flatten()).collect()
    }
}

/// The texts in a list.
fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Params;
    use serde_json::json;

    fn node(id: &str) -> Node {
        Node { id: id.to_owned(), kind: "app".to_owned(), name: String::new(), at: [0.0; 2], params: Params::new() }
    }

    fn zone(id: &str, nodes: &[&str]) -> Zone {
        let nodes = nodes.iter().map(|&id| id.to_owned()).collect();
        Zone { id: id.to_owned(), name: String::new(), nodes }
    }

    fn document(nodes: &[&str], zones: Vec<Zone>) -> Document {
        Document { nodes: nodes.iter().map(|id| node(id)).collect(), zones, ..Document::default() }
    }

    #[test]
    fn a_replica_is_written_as_it_is_read() {
        for (name, node, number) in [("db#2", "db", 2), ("a#b#30", "a#b", 30), ("#1", "", 1), ("db#0", "db", 0)] {
            let replica = ReplicaRef::parse(name).expect(name);
            assert_eq!((replica.node, replica.number), (node, number));
            assert_eq!(replica.to_string(), name);
        }
        for name in ["db", "db#", "db#x", "db#-1", "db#+1", "db#1.5", "db#99999999999"] {
            assert_eq!(ReplicaRef::parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_node_that_has_the_name_in_full_comes_before_a_replica() {
        let both = document(&["db", "db#2"], vec![zone("z", &[])]);
        assert_eq!(both.named("db#2"), Some(Named::Node(&both.nodes[1])));
        assert_eq!(both.named("db#1"), Some(Named::Replica(&both.nodes[0], 1)));
        assert_eq!(both.named("db#2#3"), Some(Named::Replica(&both.nodes[1], 3)));
        assert_eq!(both.named("z"), Some(Named::Zone(&both.zones[0])));
        assert_eq!(both.named("z#1"), None, "a zone has no replicas");
        assert_eq!([both.base_id("db#1"), both.base_id("db#2"), both.base_id("gone#1")], ["db", "db#2", "gone#1"]);
    }

    #[test]
    fn a_fault_affects_the_nodes_behind_replicas_and_zones_once() {
        let document = document(&["a", "b#1", "c"], vec![zone("z", &["a", "b#1", "c#2"])]);
        let params = json!({"target": "z", "links": ["l"], "between": [["c#1"], ["b#1"]]});
        let params = params.as_object().cloned().expect("an object");
        let fault = Fault { fault: String::new(), start_s: 0.0, duration_s: None, params };
        assert_eq!(document.affected(&fault), ["a", "b#1", "c", "l"]);
    }
}
