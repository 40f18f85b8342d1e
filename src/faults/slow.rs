//! All work takes longer.

use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, target};
use crate::params::{Fields, Violation, parameter, shown};
use crate::random::Stream;

/// Parameters of a slowdown.
#[derive(Clone, Debug, PartialEq)]
pub struct Slow {
    target: String,
    factor: f64,
}

impl Default for Slow {
    fn default() -> Slow {
        Slow { target: String::new(), factor: 10.0 }
    }
}

impl Fault for Slow {
    const INFO: FaultInfo = FaultInfo {
        id: "slow",
        label: "Slow down",
        icon: "slow",
        help: shown("All work there takes longer."),
        applies_to: AppliesTo::REPLICAS,
        effect: FaultEffect::Delays,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Slow>] = &[LiveFault {
        label: "Slow down",
        detail: |_| "×10".to_owned(),
        done: "Slowed down",
        end: Some("Restore the speed"),
        inject: |place| Some(Slow { factor: 10.0, ..Slow::at(&place.node(&Self::INFO)?.id) }),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
        f.number(
            parameter("factor", "Factor").unit("×").slide(1.0, 100.0).help("Work takes this many times as long."),
            &mut self.factor,
            0.001,
            100_000.0,
        );
    }

    fn at(id: &str) -> Slow {
        Slow { target: id.to_owned(), ..Slow::default() }
    }

    fn chaos(id: &str, _replicas: u32, _rng: &mut Stream) -> Slow {
        Slow { factor: 5.0, ..Slow::at(id) }
    }

    fn idle(&self) -> Option<Violation> {
        (self.factor == 1.0)
            .then(|| Violation::new("factor", "1 changes no duration", "more than 1, or less to speed it up"))
    }

    fn changes(&self, reader: &mut FaultReader) {
        let number = reader.number;
        for (station, replica) in reader.replicas(&self.target) {
            let slow = |factor| Change::Slow(station, replica, number, factor);
            reader.from_to(slow(Some(self.factor)), slow(None));
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("took "), Part::Number(self.factor), Part::Words(" times as long")]
    }

    fn short_label(&self) -> String {
        "slow".to_owned()
    }
}
