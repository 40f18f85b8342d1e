//! The registry of kinds. A new kind is one file (or folder) beside this one and one line in
//! [`registry!`]; every `match` on kinds in the program is made here.
//!
//! Ids are in saved files: add, never rename.

pub mod app;
pub mod cache;
pub mod client;
pub mod database;
pub mod load_balancer;
pub mod queue;
pub mod rate_limiter;
#[cfg(test)]
mod testing;

use crate::engine::core::Core;
use crate::engine::message::Outcome;
use crate::engine::plan::{Change, Deploy, LinkPlan, OperationPlan};
use crate::engine::replicas::StationState;
use crate::engine::station::Station;
use crate::kind::{Calls, Capacity, Connections, Kind, KindInfo, StationContext};
use crate::metrics::{MetricInfo, Metrics};
use crate::model::{Node, Params, Place, Problem};
use crate::params::{Field, Fields, Violation, describe, read};
use crate::record::{NodeWindow, ReplicaSnapshot, node_metrics};

/// Calls a method of the kind in an [`AnyKind`] or [`AnyStation`].
macro_rules! each {
    ($value:expr, $it:ident => $body:expr, $enum:ident { $($variant:ident),+ }) => {
        match $value { $($enum::$variant($it) => $body),+ }
    };
}

macro_rules! registry {
    ($($variant:ident: $kind:ty),+ $(,)?) => {
        /// The parameters of a node of any kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyKind { $(#[doc = stringify!($variant)] $variant($kind)),+ }

        /// A running node of any kind.
        #[derive(Clone, Debug)]
        pub enum AnyStation { $(#[doc = stringify!($variant)] $variant(<$kind as Kind>::Station)),+ }

        static ALL: &[KindInfo] = &[$(<$kind as Kind>::INFO),+];

        /// The numbers of nodes in the order of the report: those of every node, then those of each kind.
        pub static NODE_METRICS: &[&[&MetricInfo]] = &[node_metrics::METRICS, $(<$kind as Kind>::METRICS),+];

        impl AnyKind {
            /// The kind of this id with its default parameters.
            pub fn new(id: &str) -> Option<AnyKind> {
                $(if id == <$kind as Kind>::INFO.id { return Some(AnyKind::$variant(<$kind>::default())); })+
                None
            }

            /// What is true of the kind whatever its parameters are.
            pub fn info(&self) -> &'static KindInfo {
                match self { $(AnyKind::$variant(_) => { const INFO: &KindInfo = &<$kind as Kind>::INFO; INFO }),+ }
            }

            /// Names every parameter once.
            pub fn fields(&mut self, f: &mut dyn Fields) {
                each!(self, it => it.fields(f), AnyKind { $($variant),+ })
            }

            /// What ranges alone cannot say.
            pub fn check(&self) -> Vec<Violation> {
                each!(self, it => it.check(), AnyKind { $($variant),+ })
            }

            /// What is wrong with it together with the links that leave it.
            pub fn check_links(&self, out: &[&LinkPlan]) -> Vec<Violation> {
                each!(self, it => it.check_links(out), AnyKind { $($variant),+ })
            }

            /// Why its parameters cannot become these others during a run.
            pub fn cannot_become(&self, next: &AnyKind) -> Option<Violation> {
                match (self, next) {
                    $((AnyKind::$variant(it), AnyKind::$variant(next)) => it.cannot_become(next),)+
                    _ => Some(Violation::new("", "is of another kind", "a node of the same kind")),
                }
            }

            /// A few words for its card.
            pub fn summary(&self) -> String {
                each!(self, it => it.summary(), AnyKind { $($variant),+ })
            }

            /// What its parameters mean in combination.
            pub fn note(&self) -> String {
                each!(self, it => it.note(), AnyKind { $($variant),+ })
            }

            /// Processes and workers.
            pub fn capacity(&self) -> Capacity {
                each!(self, it => it.capacity(), AnyKind { $($variant),+ })
            }

            /// How long an error of its own takes in place of the usual work.
            pub fn error_service(&self) -> Option<crate::random::Distribution> {
                each!(self, it => it.error_service(), AnyKind { $($variant),+ })
            }

            /// The operations that it starts.
            pub fn operations(&self) -> Vec<OperationPlan> {
                each!(self, it => it.operations(), AnyKind { $($variant),+ })
            }

            /// The greatest number of keys that it uses.
            pub fn keys(&self) -> u32 {
                each!(self, it => it.keys(), AnyKind { $($variant),+ })
            }

            /// How many sessions its requests belong to.
            pub fn sessions(&self) -> u32 {
                each!(self, it => it.sessions(), AnyKind { $($variant),+ })
            }

            /// Whether it uses sessions.
            pub fn sees_sessions(&self) -> bool {
                each!(self, it => it.sees_sessions(), AnyKind { $($variant),+ })
            }

            /// Why a change that a fault makes here has no effect; `None` where it has one.
            pub fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
                each!(self, it => it.unmoved_by(change), AnyKind { $($variant),+ })
            }

            /// Why reports never have one of its numbers; `None` where they may have it.
            pub fn unmeasured(&self, metric: &MetricInfo) -> Option<&'static str> {
                each!(self, it => it.unmeasured(metric), AnyKind { $($variant),+ })
            }

            /// How many replicas in a row exchange messages among themselves.
            pub fn replica_group(&self) -> u32 {
                each!(self, it => it.replica_group(), AnyKind { $($variant),+ })
            }

            /// Connections that its serving processes take.
            pub fn connections(&self) -> Option<Connections> {
                each!(self, it => it.connections(), AnyKind { $($variant),+ })
            }

            /// A parameter that has no effect beside the others.
            pub fn idle(&self) -> Option<Violation> {
                each!(self, it => it.idle(), AnyKind { $($variant),+ })
            }

            /// Whether the weights of its links decide.
            pub fn weighs_links(&self) -> bool {
                each!(self, it => it.weighs_links(), AnyKind { $($variant),+ })
            }

            /// Bytes of memory that can be foreseen.
            pub fn memory_bytes(&self, keys: u64, sessions: u64) -> u64 {
                each!(self, it => it.memory_bytes(keys, sessions), AnyKind { $($variant),+ })
            }

            /// The runtime station for these parameters.
            pub fn station(&self, site: &StationContext) -> AnyStation {
                match self { $(AnyKind::$variant(it) => AnyStation::$variant(it.station(site))),+ }
            }
        }

        impl Station for AnyStation {
            type Parameters = AnyKind;

            fn reconfigure(&mut self, core: &mut Core, parameters: &AnyKind) {
                match (self, parameters) {
                    $((AnyStation::$variant(it), AnyKind::$variant(parameters)) => it.reconfigure(core, parameters),)+
                    _ => {}
                }
            }

            fn link_reconfigured(&mut self, core: &mut Core, link: u32) {
                each!(self, it => it.link_reconfigured(core, link), AnyStation { $($variant),+ })
            }

            fn callee_reconfigured(&mut self, core: &mut Core, callee: u32) {
                each!(self, it => it.callee_reconfigured(core, callee), AnyStation { $($variant),+ })
            }

            fn start(&mut self, core: &mut Core) { each!(self, it => it.start(core), AnyStation { $($variant),+ }) }
            fn arrive(&mut self, core: &mut Core, job: u32) { each!(self, it => it.arrive(core, job), AnyStation { $($variant),+ }) }
            fn done(&mut self, core: &mut Core, job: u32) { each!(self, it => it.done(core, job), AnyStation { $($variant),+ }) }
            fn answered(&mut self, core: &mut Core, owner: u32, tag: u32, outcome: Outcome) {
                each!(self, it => it.answered(core, owner, tag, outcome), AnyStation { $($variant),+ })
            }
            fn attempt_failed(&mut self, core: &mut Core, owner: u32) {
                each!(self, it => it.attempt_failed(core, owner), AnyStation { $($variant),+ })
            }
            fn retarget(&mut self, core: &mut Core, owner: u32, hedge: bool) -> Option<(u32, u32)> {
                each!(self, it => it.retarget(core, owner, hedge), AnyStation { $($variant),+ })
            }
            fn probed(&mut self, core: &mut Core, tag: u32, sent: u64, good: bool) {
                each!(self, it => it.probed(core, tag, sent, good), AnyStation { $($variant),+ })
            }
            fn wake(&mut self, core: &mut Core, tag: u32) { each!(self, it => it.wake(core, tag), AnyStation { $($variant),+ }) }
            fn cancel(&mut self, core: &mut Core, job: u32) { each!(self, it => it.cancel(core, job), AnyStation { $($variant),+ }) }
            fn crashed(&mut self, core: &mut Core, replica: u32) { each!(self, it => it.crashed(core, replica), AnyStation { $($variant),+ }) }
            fn restored(&mut self, core: &mut Core, replica: u32) { each!(self, it => it.restored(core, replica), AnyStation { $($variant),+ }) }
            fn bind(&mut self, core: &mut Core, owner: u32, link: u32) -> Option<u32> {
                each!(self, it => it.bind(core, owner, link), AnyStation { $($variant),+ })
            }
            fn pool_has_room(&mut self, core: &mut Core) { each!(self, it => it.pool_has_room(core), AnyStation { $($variant),+ }) }
            fn pace_changed(&mut self, core: &mut Core, replica: u32) { each!(self, it => it.pace_changed(core, replica), AnyStation { $($variant),+ }) }
            fn paused(&mut self, core: &mut Core, replica: u32) { each!(self, it => it.paused(core, replica), AnyStation { $($variant),+ }) }
            fn resumed(&mut self, core: &mut Core, replica: u32) { each!(self, it => it.resumed(core, replica), AnyStation { $($variant),+ }) }
            fn wakes(&self, tag: u32) -> Option<u32> { each!(self, it => it.wakes(tag), AnyStation { $($variant),+ }) }
            fn flushed(&mut self, core: &mut Core) { each!(self, it => it.flushed(core), AnyStation { $($variant),+ }) }
            fn traffic(&mut self, core: &mut Core, fault: u32, factor: Option<f64>) {
                each!(self, it => it.traffic(core, fault, factor), AnyStation { $($variant),+ })
            }
            fn deploy(&mut self, core: &mut Core, deploy: Deploy) { each!(self, it => it.deploy(core, deploy), AnyStation { $($variant),+ }) }
            fn warmed_up(&mut self, core: &Core) { each!(self, it => it.warmed_up(core), AnyStation { $($variant),+ }) }
            fn rotation_changed(&mut self, core: &mut Core, callee: u32) {
                each!(self, it => it.rotation_changed(core, callee), AnyStation { $($variant),+ })
            }
            fn partition_changed(&mut self, core: &mut Core) { each!(self, it => it.partition_changed(core), AnyStation { $($variant),+ }) }
            fn dependency_restored(&mut self, core: &mut Core) { each!(self, it => it.dependency_restored(core), AnyStation { $($variant),+ }) }
            fn metrics(&self, core: &Core, window: &NodeWindow<'_>, m: &mut dyn Metrics) {
                each!(self, it => it.metrics(core, window, m), AnyStation { $($variant),+ })
            }
            fn replica(&self, state: &StationState, replica: u32) -> ReplicaSnapshot {
                each!(self, it => it.replica(state, replica), AnyStation { $($variant),+ })
            }
            fn ejected(&self, link: u32) -> u64 { each!(self, it => it.ejected(link), AnyStation { $($variant),+ }) }
        }
    };
}

// In palette order.
registry! {
    Client: client::Client,
    RateLimiter: rate_limiter::RateLimiter,
    LoadBalancer: load_balancer::LoadBalancer,
    App: app::App,
    Cache: cache::Cache,
    Database: database::Database,
    Queue: queue::Queue,
}

/// Every kind, in palette order.
pub fn all() -> &'static [KindInfo] {
    ALL
}

/// The kind of this id.
pub fn info(id: &str) -> Option<&'static KindInfo> {
    ALL.iter().find(|info| info.id == id)
}

/// The numbers that a kind measures besides those of every node; none for an unknown kind.
pub fn metrics(id: &str) -> &'static [&'static MetricInfo] {
    let kind = ALL.iter().position(|info| info.id == id);
    kind.map_or(&[], |kind| NODE_METRICS[kind + 1])
}

/// The parameters of a kind, described with their defaults; `None` for an unknown kind.
pub fn fields(id: &str) -> Option<Vec<Field>> {
    AnyKind::new(id).map(|mut kind| describe(&mut |f| kind.fields(f)))
}

/// A node's parameters with what is wrong with them; `None` for an unknown kind.
pub fn read_node(id: &str, params: &Params, place: &Place) -> Option<(AnyKind, Vec<Problem>)> {
    let mut kind = AnyKind::new(id)?;
    let problems = read(params, place, &mut |f| kind.fields(f));
    Some((kind, problems))
}

/// The processes and workers of a node. Parameters that do not fit count with their defaults, and
/// an unknown kind has one process.
pub fn capacity(node: &Node) -> Capacity {
    let kind = read_node(&node.kind, &node.params, &Place::Document);
    kind.map_or_else(Capacity::default, |(kind, _)| kind.capacity())
}

/// How many replicas a node has at most, at least 1: over all shards, and with all that an
/// autoscaler may start. They are named `db#1` to `db#N`.
pub fn replicas(node: &Node) -> u32 {
    capacity(node).replicas.max(1)
}

/// A few words about a node's parameters for its card, such as "4 × 8 workers"; empty for an unknown
/// kind.
pub fn summary(id: &str, params: &Params) -> String {
    read_node(id, params, &Place::Document).map(|(kind, _)| kind.summary()).unwrap_or_default()
}

/// What a node's parameters mean in combination, in a sentence or two; often empty.
pub fn note(id: &str, params: &Params) -> String {
    read_node(id, params, &Place::Document).map(|(kind, _)| kind.note()).unwrap_or_default()
}

/// What a node is called: its name, else its kind's label, else its id.
pub fn shown_name(node: &Node) -> String {
    match info(&node.kind) {
        _ if !node.name.is_empty() => node.name.clone(),
        Some(info) => info.label.to_owned(),
        None => node.id.clone(),
    }
}

/// Whether a link from one kind to another makes sense; the refusal is a sentence.
pub fn may_call(from: &str, to: &str) -> Result<(), String> {
    let (Some(from), Some(to)) = (info(from), info(to)) else {
        return Ok(());
    };
    let a = |label: &str| {
        format!("{} {}", if label.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" }, label.to_lowercase())
    };
    let capital = |mut text: String| {
        text.get_mut(..1).map(str::make_ascii_uppercase);
        text
    };
    if from.calls == Calls::None {
        return Err(format!("{} calls nobody: draw the link towards it.", capital(a(from.label))));
    }
    if !to.called {
        return Err(format!("{} cannot call {}: draw the link the other way.", capital(a(from.label)), a(to.label)));
    }
    Ok(())
}
