//! The registry of faults. A new fault is one file beside this one and one line in [`registry!`];
//! every `match` on faults in the program is made here.
//!
//! Ids are in people's saved files: add, never rename.

pub mod active;
pub mod cache_flush;
pub mod crash;
pub mod deploy;
pub mod errors;
pub mod latency;
pub mod loss;
pub mod partition;
pub mod pause;
pub mod slow;
pub mod traffic;

pub use partition::PartitionDirection;

use crate::engine::plan::Planned;
use crate::fault::{Fault, FaultContext, FaultInfo, FaultReader, LiveTarget, Part};
use crate::model::{self, Params, Place, Problem, Severity};
use crate::params::{Field, Fields, SHOWS_HELP, Violation, defaults, describe, hint, plain, read, read_beside, values};
use crate::random::Stream;

/// Latest start and longest duration of a fault, seconds (about 115 days).
const SECONDS_MAX: f64 = 1e7;

/// Something that a menu offers to inject where it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveChoice {
    /// Id of the fault.
    pub fault: &'static str,
    /// Name of its icon.
    pub icon: &'static str,
    /// As shown in the menu.
    pub label: &'static str,
    /// How much, or of how many, beside the label; may be empty.
    pub detail: String,
    /// What is announced once it is done.
    pub done: &'static str,
    /// The menu's word for ending it, and the fault of the document that would be ended; `None`
    /// where the menu offers no end, or none is active.
    pub end: Option<(&'static str, Option<usize>)>,
    /// The parameters of the fault.
    pub params: Params,
}

/// Calls a method of whichever fault it is.
macro_rules! each {
    ($value:expr, $it:ident => $body:expr, { $($variant:ident),+ }) => {
        match $value { $(AnyFault::$variant($it) => $body),+ }
    };
}

macro_rules! registry {
    ($($variant:ident: $fault:ty),+ $(,)?) => {
        /// The parameters of a fault of any kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnyFault { $(#[doc = stringify!($variant)] $variant($fault)),+ }

        static ALL: &[FaultInfo] = &[$(<$fault as Fault>::INFO),+];

        impl AnyFault {
            /// The fault of this id with its default parameters.
            pub fn new(id: &str) -> Option<AnyFault> {
                $(if id == <$fault as Fault>::INFO.id { return Some(AnyFault::$variant(<$fault>::default())); })+
                None
            }

            /// What is true of the fault whatever its parameters are.
            pub fn info(&self) -> &'static FaultInfo {
                match self { $(AnyFault::$variant(_) => { const INFO: &FaultInfo = &<$fault as Fault>::INFO; INFO }),+ }
            }

            /// The same fault with default parameters at this node or on this link.
            pub fn at(&self, id: &str) -> AnyFault {
                match self { $(AnyFault::$variant(_) => AnyFault::$variant(<$fault>::at(id))),+ }
            }

            /// The same fault as chaos draws it, at this node or on this link.
            pub fn chaos(&self, id: &str, replicas: u32, rng: &mut Stream) -> AnyFault {
                match self { $(AnyFault::$variant(_) => AnyFault::$variant(<$fault>::chaos(id, replicas, rng))),+ }
            }

            /// Names every parameter once.
            pub fn fields(&mut self, f: &mut dyn Fields) {
                each!(self, fault => fault.fields(f), { $($variant),+ })
            }

            /// What ranges alone cannot say.
            pub fn check(&self) -> Vec<Violation> {
                each!(self, fault => fault.check(), { $($variant),+ })
            }

            /// Why it does nothing wherever it is.
            pub fn idle(&self) -> Option<Violation> {
                each!(self, fault => fault.idle(), { $($variant),+ })
            }

            /// What changes in the engine at its start and at its end.
            pub fn changes(&self, reader: &mut FaultReader) {
                each!(self, fault => fault.changes(reader), { $($variant),+ })
            }

            /// What it did, to follow the name of what it affected in a sentence.
            pub fn past_tense(&self) -> Vec<Part> {
                each!(self, fault => fault.past_tense(), { $($variant),+ })
            }

            /// A few words for the timeline and for charts.
            pub fn short_label(&self) -> String {
                each!(self, fault => fault.short_label(), { $($variant),+ })
            }
        }

        /// What a menu offers to inject where `target` says, in the order of the registry.
        pub fn live(target: &LiveTarget) -> Vec<LiveChoice> {
            let mut choices = Vec::new();
            $(for live in <$fault as Fault>::LIVE {
                let Some(fault) = (live.inject)(target) else { continue };
                let info = <$fault as Fault>::INFO;
                let params = AnyFault::$variant(fault).params();
                let active = || match target.places {
                    [place] => active::active_of(target.document, target.now_s, place, info.id),
                    _ => None,
                };
                choices.push(LiveChoice {
                    fault: info.id,
                    icon: info.icon,
                    label: live.label,
                    detail: (live.detail)(target),
                    done: live.done,
                    end: live.end.map(|label| (label, active())),
                    params,
                });
            })+
            choices
        }
    };
}

// In the order of lists and of chaos's draws.
registry! {
    Crash: crash::Crash,
    Slow: slow::Slow,
    Errors: errors::Errors,
    Partition: partition::Partition,
    Latency: latency::Latency,
    Loss: loss::Loss,
    CacheFlush: cache_flush::CacheFlush,
    Traffic: traffic::Traffic,
    Pause: pause::Pause,
    Deploy: deploy::Deploy,
}

/// Every fault.
pub fn all() -> &'static [FaultInfo] {
    ALL
}

/// The fault of this id.
pub fn info(id: &str) -> Option<&'static FaultInfo> {
    ALL.iter().find(|info| info.id == id)
}

/// The parameters of a fault, described with their defaults; `None` for an unknown fault.
pub fn fields(id: &str) -> Option<Vec<Field>> {
    AnyFault::new(id).map(|mut fault| describe(&mut |f| fault.fields(f)))
}

/// The parameters of a fault of the document; what does not fit has its default. `None` for an
/// unknown fault.
pub fn read_fault(fault: &model::Fault) -> Option<AnyFault> {
    let mut parameters = AnyFault::new(&fault.fault)?;
    read(&fault.params, &Place::Document, &mut |f| parameters.fields(f));
    Some(parameters)
}

/// Whether a fault of the document happens at an instant and has no duration of its own.
pub fn is_instantaneous(fault: &model::Fault) -> bool {
    info(&fault.fault).is_some_and(|info| info.is_instantaneous)
}

/// Whether a fault of the document has this effect.
pub fn has_effect(fault: &model::Fault, effect: crate::fault::FaultEffect) -> bool {
    info(&fault.fault).is_some_and(|info| info.effect == effect)
}

impl AnyFault {
    /// The parameters as a document holds them: those that are not the defaults.
    pub fn params(mut self) -> Params {
        let described = describe(&mut |f| self.fields(f));
        let all = defaults(&described);
        let fields = fields(self.info().id).unwrap_or_default();
        values::stripped(all.as_object().unwrap_or(&Params::new()), &fields)
    }
}

/// What a fault changes and when, with what is wrong with it. `number` is its index.
pub fn plan(fault: &model::Fault, number: u32, context: &FaultContext) -> (Vec<Planned>, Vec<Problem>) {
    let known = AnyFault::new(&fault.fault);
    // An unknown fault has no use for what is true of the first one.
    let info = known.as_ref().map_or(&ALL[0], AnyFault::info);
    let mut reader = FaultReader { context, fault, number, info, changes: Vec::new(), problems: Vec::new() };
    let Some(mut parameters) = known else {
        let ids: Vec<&str> = ALL.iter().map(|info| info.id).collect();
        let what = format!("\"{}\" is not known{}", fault.fault, hint(&fault.fault, ids.iter().copied()));
        reader.error("fault", what, format!("one of {}", ids.join(", ")));
        return (Vec::new(), reader.problems);
    };
    let is_time = |seconds: f64| (0.0..=SECONDS_MAX).contains(&seconds);
    if !is_time(fault.start_s) {
        let what = format!("{} does not fit", plain(fault.start_s));
        reader.error("start_s", what, "seconds from 0 to 10000000");
    }
    if fault.duration_s.is_some_and(|seconds| !is_time(seconds)) {
        let right = "seconds from 0 to 10000000, or null for to the end";
        reader.error("duration_s", "does not fit", right);
    }
    let place = Place::Fault(number as usize);
    reader.problems.extend(read_beside(&fault.params, &model::Fault::KEYS, &place, &mut |f| parameters.fields(f)));
    if SHOWS_HELP {
        for violation in parameters.check() {
            reader.report(Severity::Error, violation);
        }
    }
    parameters.changes(&mut reader);
    (reader.changes, reader.problems)
}
