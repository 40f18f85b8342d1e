//! The contract that every kind fulfils: what is true of it, its parameters, its behavior.

pub mod card;

pub use card::CardNumber;

use crate::engine::plan::Change;
use crate::metrics::MetricInfo;
use crate::params::{Fields, Violation};
use crate::record::node_metrics;

/// What is true of a kind whatever its parameters are.
#[derive(Debug, PartialEq)]
pub struct KindInfo {
    /// Registry id; it is in saved files and never renamed.
    pub id: &'static str,
    /// The field's standard name for it.
    pub label: &'static str,
    /// What it is to its callers.
    pub role: Role,
    /// A few words for the palette.
    pub tagline: &'static str,
    /// Other words by which people look for it, products and jobs, with spaces between them.
    pub keywords: &'static str,
    /// One or two sentences: what it does and what to look at.
    pub help: &'static str,
    /// Its icon: SVG path data on a grid of 24 × 24, drawn as an outline.
    pub icon: &'static str,
    /// Its color, as CSS: the outline of its icon in the light theme. The style sheet derives the
    /// tint of the tile and the colors of the dark theme from it.
    pub color: &'static str,
    /// What its card shows beside the rate of requests: the first of these numbers that has a value.
    pub card: &'static [CardNumber],
    /// The palette section it is listed in.
    pub section: Section,
    /// Whether others may call it.
    pub called: bool,
    /// How many others it may call.
    pub calls: Calls,
}

/// Palette sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where requests come from and how they are admitted.
    Traffic,
    /// Where work is done.
    Compute,
    /// Where data are kept.
    Data,
}

impl Section {
    /// In palette order.
    pub const ALL: [Section; 3] = [Section::Traffic, Section::Compute, Section::Data];

    /// As shown.
    pub fn label(self) -> &'static str {
        match self {
            Section::Traffic => "Traffic",
            Section::Compute => "Compute",
            Section::Data => "Data",
        }
    }
}

/// How many links may leave a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// It never calls.
    None,
    /// At most one node.
    One,
    /// Any number of nodes.
    Many,
}

/// What a node is to its callers, and so how they use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It makes requests.
    Source,
    /// It passes requests on.
    Proxy,
    /// It works on requests.
    Service,
    /// It answers from its entries.
    Cache,
    /// It stores what is written.
    Store,
    /// It takes messages and delivers them later.
    Queue,
}

/// What a station must know of the scenario.
#[derive(Clone, Debug)]
pub struct StationContext {
    /// Its index.
    pub station: u32,
    /// Its node's id, the name of its random streams.
    pub id: String,
    /// Seed of the run.
    pub seed: u64,
    /// The links that leave it, in document order.
    pub out: Vec<OutgoingLink>,
    /// Stations of the queues that deliver messages to it.
    pub queues: Vec<u32>,
    /// Stations that keep the data of which this one has copies (caches): their acknowledged writes make its
    /// entries stale.
    pub stores: Vec<u32>,
    /// How many replicas it can have during the run.
    pub replicas: u32,
    /// How many sessions its requests can belong to during the run (clients).
    pub own_sessions: u32,
    /// Index of its first operation (clients).
    pub first_operation: u16,
    /// How many keys there are in the whole scenario: keys are 0 … `keys` − 1.
    pub keys: u32,
    /// Its first session (clients).
    pub first_session: u32,
    /// How many sessions there are in the whole scenario: 0 … `sessions` − 1. 0 when no node uses
    /// sessions.
    pub sessions: u32,
}

/// A link that leaves a station.
#[derive(Clone, Debug)]
pub struct OutgoingLink {
    /// The link's index.
    pub link: u32,
    /// What the callee is.
    pub role: Role,
    /// The callee's station.
    pub to: u32,
    /// How many replicas the callee has.
    pub replicas: u32,
    /// Workers of each of the callee's replicas; `None` is unlimited.
    pub workers: Option<u32>,
    /// Whether the callee itself calls others.
    pub relays: bool,
}

/// A kind: its parameters, checked and described, and its behavior.
pub trait Kind: Clone + std::fmt::Debug + Default {
    /// What is true of it whatever its parameters are.
    const INFO: KindInfo;
    /// The numbers that it measures besides those of every node; its station reports them
    /// ([`Station::metrics`](crate::engine::station::Station::metrics)).
    const METRICS: &'static [&'static MetricInfo] = &[];
    /// Its behavior.
    type Station: crate::engine::station::Station<Parameters = Self>;

    /// Names every parameter once.
    fn fields(&mut self, f: &mut dyn Fields);

    /// What ranges alone cannot say.
    fn check(&self) -> Vec<Violation> {
        Vec::new()
    }

    /// What is wrong with it together with the links that leave it.
    fn check_links(&self, _out: &[&crate::engine::plan::LinkPlan]) -> Vec<Violation> {
        Vec::new()
    }

    /// Why its parameters cannot become these others during a run, where each of them alone could change.
    fn cannot_become(&self, _next: &Self) -> Option<Violation> {
        None
    }

    /// A few words for its card.
    fn summary(&self) -> String;

    /// What the parameters mean in combination, in a sentence or two; empty if each is clear alone.
    fn note(&self) -> String {
        String::new()
    }

    /// Processes, workers of each, start-up and errors, for the engine. The id is filled in.
    fn capacity(&self) -> Capacity {
        Capacity::default()
    }

    /// How long an error of its own takes in place of the usual work; `None` is as long as that.
    fn error_service(&self) -> Option<crate::random::Distribution> {
        None
    }

    /// The operations that it starts (clients).
    fn operations(&self) -> Vec<crate::engine::plan::OperationPlan> {
        Vec::new()
    }

    /// The greatest number of keys that it uses (clients).
    fn keys(&self) -> u32 {
        0
    }

    /// How many sessions its requests belong to (clients).
    fn sessions(&self) -> u32 {
        0
    }

    /// Whether it uses sessions.
    fn sees_sessions(&self) -> bool {
        false
    }

    /// Why a change that a fault makes here has no effect, in a few words; `None` where it has one.
    fn unmoved_by(&self, _change: &Change) -> Option<&'static str> {
        None
    }

    /// Why reports never have one of its numbers or of those of every node, in a few words; `None` where they
    /// have it, if anything happens that it measures.
    fn unmeasured(&self, metric: &MetricInfo) -> Option<&'static str> {
        unmeasured_with(self.capacity(), metric)
    }

    /// How many replicas in a row exchange messages among themselves; 1 where none do.
    fn replica_group(&self) -> u32 {
        1
    }

    /// Connections that the processes which serve requests take; `None` is no limit.
    fn connections(&self) -> Option<Connections> {
        None
    }

    /// A parameter that has no effect beside the others; `None` where each has one.
    fn idle(&self) -> Option<Violation> {
        None
    }

    /// Whether the weights of the links that leave it decide which of them a request takes.
    fn weighs_links(&self) -> bool {
        false
    }

    /// Bytes of memory that its station takes and that can be foreseen, with so many keys and sessions in
    /// the whole scenario.
    fn memory_bytes(&self, _keys: u64, _sessions: u64) -> u64 {
        0
    }

    /// The runtime station for these parameters.
    fn station(&self, site: &StationContext) -> Self::Station;
}

/// Connections that a node takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connections {
    /// Connections that a process takes.
    pub each: u32,
    /// How many processes serve requests.
    pub processes: u32,
}

/// Processes and workers of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// How many processes.
    pub replicas: u32,
    /// Workers of each; `None` is unlimited.
    pub workers: Option<u32>,
    /// Milliseconds between a restart and the first request served.
    pub startup_ms: f64,
    /// Probability that an answer is an error.
    pub error_rate: f64,
    /// How many of the replicas, the last ones, are absent at the start (autoscaling).
    pub absent: u32,
}

/// Why reports never have a number of a node with these processes and workers; see [`Kind::unmeasured`].
pub fn unmeasured_with(capacity: Capacity, metric: &MetricInfo) -> Option<&'static str> {
    if metric.key == node_metrics::UTILIZATION.info.key {
        capacity.workers.is_none().then_some("the number of its workers is not limited")
    } else if metric.key == node_metrics::REPLICAS.info.key {
        (capacity.replicas == 1).then_some("it has one replica")
    } else {
        None
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Capacity { replicas: 1, workers: None, startup_ms: 0.0, error_rate: 0.0, absent: 0 }
    }
}
