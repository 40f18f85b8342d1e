//! The document: what is drawn and saved. Plain data, no behavior beyond looking things up.
//!
//! Parameters stay as JSON maps here, with what the author left out left out; a kind's
//! [`fields`](crate::kind::Kind::fields) give them meaning, ranges and defaults. So a wrong value
//! can stand in a document (and be marked where it was typed) and an unknown one is not lost.

pub mod ids;
pub mod json;
pub mod limits;

pub use ids::{Named, ReplicaRef};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the document format that this build writes.
pub const VERSION: u32 = 1;

/// Parameters by key, as written: what is absent has its default.
pub type Params = Map<String, Value>;

/// What is drawn and saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Format version, [`VERSION`].
    pub headroom: u32,
    /// Shown as the document's name; any text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What a built-in example wants its reader to watch; one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub watch: String,
    /// What to change in a built-in example to cure what it shows; one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cure: String,
    /// The placed kinds, in drawing order.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// The links: which node calls which.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Failure domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// The faults, each with its start and duration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// The parameters that change during the run, each with its time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ParameterChange>,
    /// How long to simulate, and with which random seed.
    #[serde(default)]
    pub run: RunPlan,
}

impl Default for Document {
    fn default() -> Self {
        Document {
            headroom: VERSION,
            title: String::new(),
            watch: String::new(),
            cure: String::new(),
            nodes: Vec::new(),
            links: Vec::new(),
            zones: Vec::new(),
            faults: Vec::new(),
            changes: Vec::new(),
            run: RunPlan::default(),
        }
    }
}

/// One placed kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique among the nodes; links and faults refer to it, random streams are named after it.
    pub id: String,
    /// A registry id such as `load_balancer`.
    pub kind: String,
    /// Shown on the card; empty means the kind's label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Top left corner on the canvas, in canvas pixels.
    #[serde(default)]
    pub at: [f64; 2],
    /// The kind's parameters.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Params,
}

/// A directed link: `from` calls `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Unique among the links; absent in a document means `from-to`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The calling node's id.
    pub from: String,
    /// The called node's id.
    pub to: String,
    /// The link's parameters.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Params,
}

impl Link {
    /// The id of a link that has none in the document: `from-to`.
    pub fn default_id(&self) -> String {
        format!("{}-{}", self.from, self.to)
    }
}

/// A failure domain: nodes, or single replicas of nodes, that fail together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Unique among the zones.
    pub id: String,
    /// Shown on the canvas; empty means the id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The ids of the nodes within, or of single replicas (`db#2`).
    #[serde(default)]
    pub nodes: Vec<String>,
}

/// Something that goes wrong, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// A fault id such as `crash` or `partition`.
    pub fault: String,
    /// Start, seconds of simulated time.
    pub start_s: f64,
    /// Length in seconds; `None` lasts to the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
    /// `target`, `links`, `factor`, … as the fault needs.
    #[serde(flatten)]
    pub params: Params,
}

/// A parameter that has another value from an instant of the run on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterChange {
    /// When, seconds of simulated time.
    pub at_s: f64,
    /// Which parameter, by its address in the document: `nodes.db.params.workers`,
    /// `links.app-db.params.retries.max`.
    pub set: String,
    /// Its value from then on; `null` where a parameter has no value, such as an unlimited number of workers.
    pub to: Value,
}

impl ParameterChange {
    /// The keys of a change in a document.
    pub const KEYS: [&'static str; 3] = ["at_s", "set", "to"];

    /// The node or link whose parameter changes, and the parameter's dotted path there; `None` where the
    /// document has none of this address.
    pub fn target<'a>(&'a self, document: &Document) -> Option<(Place, &'a str)> {
        let (list, rest) = self.set.split_once('.')?;
        // An id may contain dots: of several that fit the longest is meant.
        let path_at = |id: &str| rest.strip_prefix(id)?.strip_prefix(".params.").filter(|path| !path.is_empty());
        let fits = |id: &'_ String| path_at(id).map(|path| (id.clone(), path));
        let longest = |ids: &mut dyn Iterator<Item = &String>| ids.filter_map(fits).max_by_key(|(id, _)| id.len());
        match list {
            "nodes" => {
                longest(&mut document.nodes.iter().map(|node| &node.id)).map(|(id, path)| (Place::Node(id), path))
            }
            "links" => {
                longest(&mut document.links.iter().map(|link| &link.id)).map(|(id, path)| (Place::Link(id), path))
            }
            _ => None,
        }
    }
}

impl Zone {
    /// The name that the page shows: its name, else its id.
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
}

/// How long to simulate, and with which random seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunPlan {
    /// Simulated seconds.
    pub duration_s: f64,
    /// Seconds at the start that the report leaves out.
    pub warmup_s: f64,
    /// Seed of every random stream.
    pub seed: u64,
}

impl Default for RunPlan {
    fn default() -> Self {
        RunPlan { duration_s: 120.0, warmup_s: 10.0, seed: 1 }
    }
}

impl Document {
    /// The node of this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The link of this id.
    pub fn link(&self, id: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.id == id)
    }

    /// The zone of this id.
    pub fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }

    /// Whether two documents are equal in everything that the simulator looks at: everything but
    /// titles, names and positions.
    pub fn same_run(&self, other: &Document) -> bool {
        self.run == other.run
            && self.links == other.links
            && self.zones.iter().map(|it| (&it.id, &it.nodes)).eq(other.zones.iter().map(|it| (&it.id, &it.nodes)))
            && self.faults == other.faults
            && self.changes == other.changes
            && self.nodes.len() == other.nodes.len()
            && self
                .nodes
                .iter()
                .zip(&other.nodes)
                .all(|(a, b)| a.id == b.id && a.kind == b.kind && a.params == b.params)
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// The document can be simulated, but probably does not mean what its author intends.
    Warning,
    /// The document cannot be simulated.
    Error,
}

/// The part of a document that a problem is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// The document as a whole.
    Document,
    /// The node of this id.
    Node(String),
    /// The link of this id.
    Link(String),
    /// The fault at this index.
    Fault(usize),
    /// The parameter change at this index.
    Change(usize),
    /// The zone of this id.
    Zone(String),
    /// The run plan.
    Run,
}

/// What is wrong with a document, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The part of the document.
    pub place: Place,
    /// The parameter within the place as a dotted path (`service.mean_ms`); empty for the whole.
    pub field: String,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

impl Place {
    /// The address in the document of a parameter of this place by its dotted path, or (an empty path) of the
    /// place itself: `nodes.db.params.workers`.
    pub fn path(&self, field: &str) -> String {
        let base = match self {
            Place::Document => "document".to_owned(),
            Place::Node(id) => format!("nodes.{id}"),
            Place::Link(id) => format!("links.{id}"),
            Place::Fault(index) => format!("faults[{index}]"),
            Place::Change(index) => format!("changes[{index}]"),
            Place::Zone(id) => format!("zones.{id}"),
            Place::Run => "run".to_owned(),
        };
        let within = match self {
            Place::Node(_) | Place::Link(_) if !field.is_empty() => ".params.",
            _ if !field.is_empty() => ".",
            _ => "",
        };
        format!("{base}{within}{field}")
    }
}

impl Problem {
    /// The problem's address in the document: `nodes.db.params.workers`.
    pub fn path(&self) -> String {
        self.place.path(&self.field)
    }
}

impl std::fmt::Display for Problem {
    /// One line: `PATH: what is wrong: what would be right`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.path(), self.what, self.right)
    }
}
