//! Messages take longer.

use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, links};
use crate::params::{DurationParam, Fields, Violation, parameter, shown};
use crate::random::Stream;

/// Parameters of added latency.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    links: Option<Vec<String>>,
    add: DurationParam,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency { links: None, add: DurationParam::constant(100.0) }
    }
}

impl Fault for Latency {
    const INFO: FaultInfo = FaultInfo {
        id: "latency",
        label: "Add latency",
        icon: "clock",
        help: shown("Messages take longer on their way."),
        applies_to: AppliesTo::Links,
        effect: FaultEffect::Delays,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Latency>] = &[LiveFault {
        label: "Add latency",
        detail: |_| "200 ms".to_owned(),
        done: "Latency added",
        end: None,
        inject: |place| Some(Latency { links: Some(place.link()?), add: DurationParam::constant(200.0) }),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        links(f, "none", &mut self.links);
        self.add.fields(f, parameter("add", "Added").slide(1.0, 10_000.0).help("Added to each message."));
    }

    fn at(id: &str) -> Latency {
        Latency { links: Some(vec![id.to_owned()]), ..Latency::default() }
    }

    fn chaos(id: &str, _replicas: u32, _rng: &mut Stream) -> Latency {
        Latency { add: DurationParam::constant(200.0), ..Latency::at(id) }
    }

    fn check(&self) -> Vec<Violation> {
        self.add.check("add").into_iter().collect()
    }

    fn idle(&self) -> Option<Violation> {
        (self.add.is_zero()).then(|| Violation::new("add", "0 ms add nothing", "more than 0 ms"))
    }

    fn changes(&self, reader: &mut FaultReader) {
        let number = reader.number;
        for link in reader.links(&self.links) {
            reader.from_to(
                Change::Latency(link, number, Some(self.add.distribution())),
                Change::Latency(link, number, None),
            );
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("had added latency")]
    }

    fn short_label(&self) -> String {
        "latency".to_owned()
    }
}
