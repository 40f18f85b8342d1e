//! The contract that every fault fulfils: what can go wrong is one file in
//! [`faults`](crate::faults), and this is what such a file says.
//!
//! A fault names its parameters once ([`Fault::fields`]) and turns them into changes of the engine
//! ([`Fault::changes`]). Everything else that the program does with faults (the menus, the
//! timeline, the schema, chaos, findings) reads [`FaultInfo`] and the functions here.

mod live;
mod reader;
mod words;

pub use live::{LiveFault, LiveTarget};
pub use reader::{FaultContext, FaultReader, NodeContext};
pub use words::Part;

use crate::kind::Role;
use crate::params::{Fields, Parameter, Violation, parameter};
use crate::random::Stream;

/// What is true of a fault whatever its parameters are.
#[derive(Clone, Copy, Debug)]
pub struct FaultInfo {
    /// Registry id; it is in people's saved files: never renamed.
    pub id: &'static str,
    /// As shown in lists.
    pub label: &'static str,
    /// Name of its icon.
    pub icon: &'static str,
    /// One sentence: what it does.
    pub help: &'static str,
    /// Where it can happen.
    pub applies_to: AppliesTo,
    /// What it does to the nodes that call what it affects.
    pub effect: FaultEffect,
    /// Whether it happens at an instant and has no duration of its own.
    pub is_instantaneous: bool,
}

/// Where a fault can happen.
#[derive(Clone, Copy, Debug)]
pub enum AppliesTo {
    /// At nodes, and at zones for the nodes in them.
    Nodes {
        /// Whether it can happen at a node of this role.
        role: fn(Role) -> bool,
        /// Whether it can happen at one replica alone.
        replicas: bool,
        /// What the target has to be, for a refusal: `the id of a cache`.
        expected: &'static str,
    },
    /// On links.
    Links,
}

impl AppliesTo {
    /// Every node but the clients.
    pub const SERVERS: AppliesTo =
        AppliesTo::Nodes { role: is_server, replicas: false, expected: "the id of a node that is not a client" };
    /// Every node but the clients, or one replica of it.
    pub const REPLICAS: AppliesTo =
        AppliesTo::Nodes { role: is_server, replicas: true, expected: "the id of a node that is not a client" };

    /// Whether it happens on links, and not at nodes.
    pub fn is_links(self) -> bool {
        matches!(self, AppliesTo::Links)
    }

    /// Whether it can happen at a node of this role.
    pub fn includes(self, role: Role) -> bool {
        match self {
            AppliesTo::Nodes { role: includes, .. } => includes(role),
            AppliesTo::Links => false,
        }
    }

    /// Whether it can happen at one replica alone.
    pub fn has_replicas(self) -> bool {
        matches!(self, AppliesTo::Nodes { replicas: true, .. })
    }
}

fn is_server(role: Role) -> bool {
    role != Role::Source
}

/// What a fault does to the nodes that call what it affects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultEffect {
    /// The processes are gone, and calls are refused at once.
    Crashes,
    /// Messages are held back, and callers wait for an answer that does not come.
    Partitions,
    /// Work or messages take longer, and callers wait.
    Delays,
    /// Clients make more or fewer requests.
    Traffic,
    /// Anything else.
    Other,
}

/// What a fault is: its parameters, checked and described, and its changes of a run.
pub trait Fault: Clone + Default + 'static {
    /// What is true of it whatever its parameters are.
    const INFO: FaultInfo;

    /// What menus offer to inject into a run, the most usual first.
    const LIVE: &'static [LiveFault<Self>];

    /// Names every parameter once. Where the fault happens is named by [`target`], [`links`] or
    /// [`between`].
    fn fields(&mut self, f: &mut dyn Fields);

    /// The fault with default parameters at the node or on the link of this id.
    fn at(id: &str) -> Self;

    /// The fault as chaos draws it, at a node with this many replicas or on a link.
    fn chaos(id: &str, _replicas: u32, _rng: &mut Stream) -> Self {
        Self::at(id)
    }

    /// What ranges alone cannot say.
    fn check(&self) -> Vec<Violation> {
        Vec::new()
    }

    /// Why it does nothing wherever it is: a factor of 1. `None` where it does something.
    fn idle(&self) -> Option<Violation> {
        None
    }

    /// What changes in the engine at its start and at its end; reports to the reader what is wrong.
    fn changes(&self, reader: &mut FaultReader);

    /// What it did, to follow the name of what it affected in a sentence: `crashed`.
    fn past_tense(&self) -> Vec<Part>;

    /// A few words for the timeline and for charts: `crash`.
    fn short_label(&self) -> String {
        Self::INFO.label.to_lowercase()
    }
}

/// The parameter that names a node, a replica or a zone.
pub fn target(f: &mut dyn Fields, value: &mut String) {
    f.text(TARGET, value);
}

/// The parameter that names links.
pub fn links(f: &mut dyn Fields, none: &'static str, value: &mut Option<Vec<String>>) {
    f.optional_names(LINKS, none, &[], value);
}

/// The parameter that names two sets of nodes, replicas or zones.
pub fn between(f: &mut dyn Fields, none: &'static str, value: &mut Option<crate::params::Sides>) {
    f.optional_sides(BETWEEN, none, value);
}

const TARGET: Parameter =
    parameter(crate::model::Fault::TARGET, "Target").help("A node, one replica of it (app#2), or a zone.");
const LINKS: Parameter = parameter(crate::model::Fault::LINKS, "Links").help("Ids of the links.");
const BETWEEN: Parameter = parameter(crate::model::Fault::BETWEEN, "Between").help(
    "Two sets of nodes, replicas (db#2) or zones: no message passes from one to the other, over links and among the replicas of a database.",
);
