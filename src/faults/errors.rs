//! A share of the answers are errors.

use crate::engine::plan::{Change, ErrorSource};
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, target};
use crate::params::{DurationParam, Fields, OptionalDuration, Violation, parameter, shown};
use crate::random::Stream;

/// Parameters of a node that answers with errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    target: String,
    ratio: f64,
    service: OptionalDuration,
}

impl Default for Errors {
    fn default() -> Errors {
        Errors { target: String::new(), ratio: 0.5, service: OptionalDuration::none(1.0) }
    }
}

impl Fault for Errors {
    const INFO: FaultInfo = FaultInfo {
        id: "errors",
        label: "Fail answers",
        icon: "errors",
        help: shown("A share of the answers are errors, after the usual work or after a time of their own."),
        applies_to: AppliesTo::REPLICAS,
        effect: FaultEffect::Other,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Errors>] = &[LiveFault {
        label: "Fail answers",
        detail: |_| "half".to_owned(),
        done: "Half of the answers are errors",
        end: None,
        // Answered fast, as by a process that has lost what it needs: what answers fast looks idle.
        inject: |place| {
            let service = OptionalDuration::some(DurationParam::constant(1.0));
            Some(Errors { ratio: 0.5, service, ..Errors::at(&place.node(&Self::INFO)?.id) })
        },
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
        f.number(parameter("ratio", "Ratio").help("Share of the answers, 0 to 1."), &mut self.ratio, 0.0, 1.0);
        self.service.fields(
            f,
            parameter("service", "Time of an error").help("How long an error takes in place of the usual work. A process that answers errors fast looks idle, and draws requests from a balancer that goes by connections."),
            "as long as the usual work",
        );
    }

    fn check(&self) -> Vec<Violation> {
        self.service.check("service").into_iter().collect()
    }

    fn at(id: &str) -> Errors {
        Errors { target: id.to_owned(), ..Errors::default() }
    }

    fn chaos(id: &str, _replicas: u32, _rng: &mut Stream) -> Errors {
        Errors { ratio: 0.3, ..Errors::at(id) }
    }

    fn idle(&self) -> Option<Violation> {
        (self.ratio == 0.0).then(|| Violation::new("ratio", "0 makes no answer an error", "more than 0"))
    }

    fn changes(&self, reader: &mut FaultReader) {
        let number = reader.number;
        for (station, replica) in reader.replicas(&self.target) {
            let source = ErrorSource { ratio: self.ratio, service: self.service.distribution() };
            let errors = |source| Change::Errors(station, replica, number, source);
            reader.from_to(errors(Some(source)), errors(None));
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("answered "), Part::Percent(self.ratio), Part::Words(" with an error")]
    }

    fn short_label(&self) -> String {
        "errors".to_owned()
    }
}
