//! A cache forgets everything.

use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, target};
use crate::kind::Role;
use crate::params::{Fields, shown};

/// Parameters of a flush.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CacheFlush {
    target: String,
}

impl Fault for CacheFlush {
    const INFO: FaultInfo = FaultInfo {
        id: "cache_flush",
        label: "Flush the cache",
        icon: "trash",
        help: shown("The cache forgets everything at this moment."),
        applies_to: AppliesTo::Nodes {
            role: |role| role == Role::Cache,
            replicas: false,
            expected: "the id of a cache",
        },
        effect: FaultEffect::Other,
        is_instantaneous: true,
    };

    const LIVE: &'static [LiveFault<CacheFlush>] = &[LiveFault {
        label: "Flush the cache",
        detail: |_| String::new(),
        done: "Flushed",
        end: None,
        inject: |place| Some(CacheFlush::at(&place.node(&Self::INFO)?.id)),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
    }

    fn at(id: &str) -> CacheFlush {
        CacheFlush { target: id.to_owned() }
    }

    fn changes(&self, reader: &mut FaultReader) {
        for station in reader.stations(&self.target) {
            reader.at_start(Change::Flush(station));
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("was flushed")]
    }

    fn short_label(&self) -> String {
        "flushed".to_owned()
    }
}
