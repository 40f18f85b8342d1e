//! Messages are lost and sent again.

use crate::engine::plan::Change;
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, links};
use crate::params::{Fields, Violation, parameter, shown};
use crate::random::Stream;

/// Parameters of packet loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    links: Option<Vec<String>>,
    ratio: f64,
}

impl Default for Loss {
    fn default() -> Loss {
        Loss { links: None, ratio: 0.5 }
    }
}

impl Fault for Loss {
    const INFO: FaultInfo = FaultInfo {
        id: "loss",
        label: "Lose messages",
        icon: "errors",
        help: shown("Messages are lost, and sent again after a while."),
        applies_to: AppliesTo::Links,
        effect: FaultEffect::Delays,
        is_instantaneous: false,
    };

    const LIVE: &'static [LiveFault<Loss>] = &[LiveFault {
        label: "Lose messages",
        detail: |_| "a fifth".to_owned(),
        done: "A fifth of the messages is lost",
        end: None,
        inject: |place| Some(Loss { links: Some(place.link()?), ratio: 0.2 }),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        links(f, "none", &mut self.links);
        f.number(
            parameter("ratio", "Ratio").slide(0.0, 0.5).help("Share of the messages, 0 to 1."),
            &mut self.ratio,
            0.0,
            0.99,
        );
    }

    fn at(id: &str) -> Loss {
        Loss { links: Some(vec![id.to_owned()]), ..Loss::default() }
    }

    fn chaos(id: &str, _replicas: u32, _rng: &mut Stream) -> Loss {
        Loss { ratio: 0.2, ..Loss::at(id) }
    }

    fn idle(&self) -> Option<Violation> {
        (self.ratio == 0.0).then(|| Violation::new("ratio", "0 loses no message", "more than 0"))
    }

    fn changes(&self, reader: &mut FaultReader) {
        let number = reader.number;
        for link in reader.links(&self.links) {
            reader.from_to(Change::Loss(link, number, Some(self.ratio)), Change::Loss(link, number, None));
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("lost "), Part::Percent(self.ratio), Part::Words(" of its messages")]
    }

    fn short_label(&self) -> String {
        "messages lost".to_owned()
    }
}
