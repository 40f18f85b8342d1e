//! Nothing is done and nothing is answered, as in a long garbage collection.

use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, target};
use crate::params::{Fields, shown};

/// Parameters of a pause.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pause {
    target: String,
}

impl Fault for Pause {
    const INFO: FaultInfo = FaultInfo {
        id: "pause",
        label: "Freeze",
        icon: "freeze",
        help: shown(
            "The process does nothing at all, as in a long garbage collection: it answers nothing and sends nothing, and what fell due meanwhile happens when it goes on.",
        ),
        applies_to: AppliesTo::REPLICAS,
        effect: FaultEffect::Delays,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Pause>] = &[LiveFault {
        label: "Freeze",
        detail: |_| "takes, never answers".to_owned(),
        done: "Frozen",
        end: Some("Unfreeze"),
        inject: |place| Some(Pause::at(&place.node(&Self::INFO)?.id)),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
    }

    fn at(id: &str) -> Pause {
        Pause { target: id.to_owned() }
    }

    fn changes(&self, reader: &mut FaultReader) {
        for (station, replica) in reader.replicas(&self.target) {
            reader.from_to(Change::Pause(station, replica), Change::Resume(station, replica));
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("was frozen")]
    }

    fn short_label(&self) -> String {
        "frozen".to_owned()
    }
}
