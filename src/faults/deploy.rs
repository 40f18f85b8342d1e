//! A new version: replicas are replaced, a few at a time.

use crate::engine::plan::{Change, Deploy as Rollout};
use crate::fault::{AppliesTo, Fault, FaultEffect, FaultInfo, FaultReader, LiveFault, Part, target};
use crate::kind::Role;
use crate::params::{Fields, parameter, shown};
use crate::time::from_s;

/// Parameters of a rolling deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Deploy {
    target: String,
    graceful: bool,
    /// Seconds.
    drain_s: f64,
    max_unavailable: u32,
}

impl Default for Deploy {
    /// The time to drain is Kubernetes' `terminationGracePeriodSeconds`.
    fn default() -> Deploy {
        Deploy { target: String::new(), graceful: true, drain_s: 30.0, max_unavailable: 1 }
    }
}

impl Fault for Deploy {
    const INFO: FaultInfo = FaultInfo {
        id: "deploy",
        label: "Roll out a version",
        icon: "reset",
        help: shown("A new version is rolled out from this moment on: replicas are replaced, a few at a time."),
        applies_to: AppliesTo::Nodes {
            role: |role| role == Role::Service,
            replicas: false,
            expected: "the id of an app",
        },
        effect: FaultEffect::Other,
        is_instantaneous: true,
    };

    const LIVE: &'static [LiveFault<Deploy>] = &[LiveFault {
        label: "Roll out a version",
        detail: |_| String::new(),
        done: "Deployment started",
        end: None,
        inject: |place| Some(Deploy::at(&place.node(&Self::INFO)?.id)),
    }];

    fn fields(&mut self, f: &mut dyn Fields) {
        target(f, &mut self.target);
        f.boolean(
            parameter("graceful", "Graceful").help("A replica leaves the rotation and finishes what it has before it stops; if not, it is killed and its work is lost."),
            &mut self.graceful,
        );
        f.number(
            parameter("drain_s", "Drain")
                .slide(0.0, 60.0)
                .unit("s")
                .help("A graceful replica is killed if it has not finished by then. The default is Kubernetes'."),
            &mut self.drain_s,
            0.0,
            86_400.0,
        );
        f.integer(
            parameter("max_unavailable", "At a time").unit("replicas").help("So many are replaced at a time."),
            &mut self.max_unavailable,
            1,
            1000,
        );
    }

    fn at(id: &str) -> Deploy {
        Deploy { target: id.to_owned(), ..Deploy::default() }
    }

    fn changes(&self, reader: &mut FaultReader) {
        let drain_ns = self.graceful.then(|| from_s(self.drain_s));
        for station in reader.stations(&self.target) {
            let rollout = Rollout { drain_ns, max_unavailable: self.max_unavailable };
            reader.at_start(Change::Deploy(station, rollout));
        }
        if reader.fault.duration_s.is_some() {
            let what = "means nothing: a deploy is over when every replica is replaced";
            reader.warning("duration_s", what, "null");
        }
    }

    fn past_tense(&self) -> Vec<Part> {
        vec![Part::Words("was redeployed")]
    }

    fn short_label(&self) -> String {
        "new version".to_owned()
    }
}
