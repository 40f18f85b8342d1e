//! Apps: stateless replicas that do some work of their own and call others.

mod autoscaler;
mod progress;
mod station;

pub use station::AppStation;

use crate::choices;
use crate::engine::plan::Discipline;
use crate::engine::replica_set::ReplicaSet;
use crate::engine::server::Server;
use crate::kind::{Calls, Capacity, Info, Kind, Role, Section, StationContext};
use crate::params::{DurationParam, Fields, Violation, choice, parameter};
use crate::random::Stream;
use autoscaler::{Autoscale, Scaler};
use station::LIFE;

choices! {
    /// In which order an app calls what it needs.
    Order {
        /// One after the other, in drawing order.
        Sequential = "sequential" "one by one",
        /// All at once; the slowest decides.
        Parallel = "parallel" "all at once",
    }
}

/// Parameters of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    replicas: u32,
    workers: Option<u32>,
    queue_limit: Option<u32>,
    discipline: Discipline,
    service: DurationParam,
    calls: Order,
    blocking: bool,
    error_rate: f64,
    startup_s: f64,
    autoscale: Autoscale,
}

impl App {
    /// Replicas at the start and at most.
    fn replicas(&self) -> (u32, u32) {
        let Autoscale { on, min, max, .. } = self.autoscale;
        if on { (self.replicas.clamp(min, max.max(min)), max.max(min)) } else { (self.replicas, self.replicas) }
    }
}

impl Default for App {
    fn default() -> Self {
        App {
            replicas: 1,
            workers: Some(8),
            queue_limit: None,
            discipline: Discipline::Fifo,
            service: DurationParam::exponential(10.0),
            calls: Order::Sequential,
            blocking: true,
            error_rate: 0.0,
            startup_s: 5.0,
            autoscale: Autoscale::default(),
        }
    }
}

impl Kind for App {
    const INFO: Info = Info {
        id: "app",
        label: "App",
        role: Role::Service,
        tagline: "stateless replicas",
        help: "Replicas with workers. A worker serves one request at a time; a blocking app holds it while its calls are out, and a slow dependency then takes all workers.",
        section: Section::Compute,
        called: true,
        calls: Calls::Many,
    };
    type Station = AppStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.integer(
            parameter("replicas", "Replicas")
                .help("Processes, each with its own workers and queue; with autoscaling how many there are at first."),
            &mut self.replicas,
            1,
            1000,
        );
        f.optional_integer(
            parameter("workers", "Workers").help("Requests a replica works on at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Queue limit")
                .help("Requests that may wait at a replica; more are rejected at once."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        choice(f, parameter("discipline", "Discipline").help("Which waiting request is next."), &mut self.discipline);
        self.service
            .fields(f, parameter("service", "Service time").help("Its own work on a request, done before its calls."));
        choice(
            f,
            parameter("calls", "Calls")
                .help("One by one in drawing order, or all at once. A cache is always asked first."),
            &mut self.calls,
        );
        f.boolean(
            parameter("blocking", "Blocking").help("A worker is held while its calls are out."),
            &mut self.blocking,
        );
        f.number(
            parameter("error_rate", "Error rate").help("Share of the answers that are errors, 0 to 1."),
            &mut self.error_rate,
            0.0,
            1.0,
        );
        f.number(
            parameter("startup_s", "Start-up")
                .unit("s")
                .help("Between the start of a replica and the first request served."),
            &mut self.startup_s,
            0.0,
            86_400.0,
        );
        self.autoscale.fields(f);
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.service.check("service").into_iter().collect();
        if self.workers.is_none() && self.discipline == Discipline::ProcessorSharing {
            all.push(Violation::new(
                "workers",
                "is unlimited, so that nothing is shared",
                "a number, or another discipline",
            ));
        }
        all.extend(self.autoscale.check(self.workers));
        all
    }

    fn summary(&self) -> String {
        let replicas = match &self.autoscale {
            it if it.on => format!("{}–{}", it.min, it.max),
            _ => self.replicas.to_string(),
        };
        match self.workers {
            Some(1) => format!("{replicas} × 1 worker"),
            Some(workers) => format!("{replicas} × {workers} workers"),
            None => format!("{replicas} × unlimited"),
        }
    }

    fn capacity(&self) -> Capacity {
        let (present, most) = self.replicas();
        Capacity {
            replicas: most,
            workers: self.workers,
            startup_ms: self.startup_s * 1000.0,
            error_rate: self.error_rate,
            absent: most - present,
        }
    }

    fn station(&self, site: &StationContext) -> AppStation {
        // A cache that calls nobody is filled by the app; one that reads through is called like a
        // database.
        let (present, most) = self.replicas();
        let (aside, rest): (Vec<_>, Vec<_>) = site.out.iter().partition(|out| out.role == Role::Cache && !out.relays);
        AppStation {
            station: site.station,
            fleet: ReplicaSet::new(site.station, LIFE, most, present),
            scaler: self.autoscale.on.then(|| Scaler::new(&self.autoscale, present, site.queues.clone())),
            server: Server::new(most, self.workers, self.queue_limit, self.discipline),
            service: self.service.distribution(),
            blocking: self.blocking,
            parallel: self.calls == Order::Parallel,
            caches: aside.iter().map(|out| out.link).collect(),
            callees: rest
                .iter()
                .map(|out| (out.link, matches!(out.role, Role::Store | Role::Cache), out.role == Role::Queue))
                .collect(),
            work: Stream::named(site.seed, &site.id, "service"),
        }
    }
}
