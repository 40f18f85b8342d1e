//! A client makes more requests, or fewer.

use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, target};
use crate::kind::Role;
use crate::params::{Fields, Violation, parameter, shown};

/// Parameters of a change of traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    target: String,
    factor: f64,
}

impl Default for Traffic {
    fn default() -> Traffic {
        Traffic { target: String::new(), factor: 2.0 }
    }
}

impl Fault for Traffic {
    const INFO: FaultInfo = FaultInfo {
        id: "traffic",
        label: "More traffic",
        icon: "spike",
        help: shown("The client makes more requests, or fewer."),
        applies_to: AppliesTo::Nodes {
            role: |role| role == Role::Source,
            replicas: false,
            expected: "the id of a client",
        },
        effect: FaultEffect::Traffic,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Traffic>] = &[LiveFault {
        label: "More traffic",
        detail: |_| "×3".to_owned(),
        done: "Traffic tripled",
        end: None,
        inject: |place| Some(Traffic { factor: 3.0, ..Traffic::at(&place.node(&Self::INFO)?.id) }),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
        f.number(
            parameter("factor", "Factor")
                .unit("×")
                .slide(0.0, 10.0)
                .help("Multiplies the client's rate, or its number of users."),
            &mut self.factor,
            0.0,
            1000.0,
        );
    }

    fn at(id: &str) -> Traffic {
        Traffic { target: id.to_owned(), ..Traffic::default() }
    }

    fn idle(&self) -> Option<Violation> {
        (self.factor == 1.0)
            .then(|| Violation::new("factor", "1 changes no traffic", "more than 1, or less for less traffic"))
    }

    fn changes(&self, reader: &mut FaultReader) {
        let number = reader.number;
        for station in reader.stations(&self.target) {
            reader.from_to(Change::Traffic(station, number, Some(self.factor)), Change::Traffic(station, number, None));
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("sent "), Part::Number(self.factor), Part::Words(" times the traffic")]
    }

    fn short_label(&self) -> String {
        "traffic".to_owned()
    }
}
