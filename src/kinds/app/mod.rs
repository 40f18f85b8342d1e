//! Apps: stateless replicas that do work of their own and call others.

mod autoscaler;
mod progress;
mod station;

pub use station::AppStation;

use crate::choices;
use crate::engine::plan::{Change, Discipline};
use crate::engine::replica_set::ReplicaSet;
use crate::engine::server::Server;
use crate::kind::{Calls, Capacity, Kind, KindInfo, Role, Section, StationContext, card};
use crate::params::{DurationParam, Fields, OptionalDuration, Violation, choice, parameter, shown};
use crate::random::{Distribution, Stream};
use autoscaler::{Autoscale, Scaler};
use station::REPLICA_WAKE;

choices! {
    /// In which order an app calls what it needs.
    Order {
        /// One after the other, in the order of the links.
        Sequential = "sequential" "sequential",
        /// All at the same time; the slowest decides.
        Parallel = "parallel" "parallel",
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
    error_service: OptionalDuration,
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
            error_service: OptionalDuration::none(1.0),
            startup_s: 5.0,
            autoscale: Autoscale::default(),
        }
    }
}

impl Kind for App {
    const INFO: KindInfo = KindInfo {
        id: "app",
        label: "App",
        role: Role::Service,
        tagline: shown("stateless replicas"),
        keywords: shown(
            "service server api backend microservice worker web lambda container nodejs node.js spring tomcat gunicorn django rails go java php",
        ),
        help: shown(
            "Replicas with workers. A worker serves one request at a time; a blocking app holds it while its calls are out, and a slow dependency then takes all workers.",
        ),
        icon: shown(
            "M5 4h14a1.5 1.5 0 0 1 1.5 1.5v3.5a1.5 1.5 0 0 1-1.5 1.5h-14a1.5 1.5 0 0 1-1.5-1.5v-3.5a1.5 1.5 0 0 1 1.5-1.5M5 13.5h14a1.5 1.5 0 0 1 1.5 1.5v3.5a1.5 1.5 0 0 1-1.5 1.5h-14a1.5 1.5 0 0 1-1.5-1.5v-3.5a1.5 1.5 0 0 1 1.5-1.5M7 7.25h.01M7 16.75h.01M11 7.25h6M11 16.75h6",
        ),
        color: "#0072b2",
        card: card::RESPONSE,
        section: Section::Compute,
        called: true,
        calls: Calls::Many,
    };
    type Station = AppStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.integer(
            parameter("replicas", "Replicas")
                .essential()
                .slide(1.0, 64.0)
                .help("Processes, each with its own workers and queue; with autoscaling the number at the start."),
            &mut self.replicas,
            1,
            1000,
        );
        f.optional_integer(
            parameter("workers", "Workers")
                .essential()
                .slide(1.0, 256.0)
                .help("Requests a replica works on at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Queue limit")
                .essential()
                .help("Requests that may wait at a replica; more are rejected at once."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        choice(f, parameter("discipline", "Discipline").help("Which waiting request is next."), &mut self.discipline);
        self.service.fields(
            f,
            parameter("service", "Service time").essential().help("Its own work on a request, done before its calls."),
        );
        choice(
            f,
            parameter("calls", "Calls")
                .essential()
                .help("Sequential, in the order of the links, or parallel. A cache is always called first."),
            &mut self.calls,
        );
        f.boolean(
            parameter("blocking", "Blocking").essential().help("A worker is held while its calls are out."),
            &mut self.blocking,
        );
        f.number(
            parameter("error_rate", "Error rate").help("Share of the answers that are errors, 0 to 1."),
            &mut self.error_rate,
            0.0,
            1.0,
        );
        self.error_service.fields(
            f,
            parameter("error_service", "Time of an error")
                .help("How long an error takes in place of the usual work and its calls."),
            "as long as the usual work",
        );
        f.number(
            parameter("startup_s", "Start-up")
                .slide(0.0, 60.0)
                .unit("s")
                .help("Between the start of a replica and the first request served.")
                .fixed("planned restarts are laid out with it before the run"),
            &mut self.startup_s,
            0.0,
            86_400.0,
        );
        self.autoscale.fields(f);
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.service.check("service").into_iter().collect();
        all.extend(self.error_service.check("error_service"));
        if self.workers.is_none() && self.discipline == Discipline::ProcessorSharing {
            all.push(Violation::new(
                "workers",
                "is unlimited, so that there is nothing to share",
                "a number, or another discipline",
            ));
        }
        all.extend(self.autoscale.check(self.workers));
        all
    }

    fn cannot_become(&self, next: &App) -> Option<Violation> {
        let shares = |app: &App| app.discipline == Discipline::ProcessorSharing;
        (shares(self) != shares(next)).then(|| {
            let what = "requests that share the workers, and requests that wait for one, are served in different ways";
            Violation::new("discipline", what, "another discipline in which requests wait")
        })
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

    fn error_service(&self) -> Option<Distribution> {
        self.error_service.distribution()
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

    fn idle(&self) -> Option<Violation> {
        let is_idle = self.error_service.distribution().is_some() && self.error_rate == 0.0;
        is_idle.then(|| {
            let what = "is the time of no error, because error_rate is 0";
            Violation::new("error_service", what, "an error_rate above 0, or null")
        })
    }

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        match change {
            Change::Slow(..) if self.service.is_zero() => Some("its work takes no time"),
            Change::Errors(.., Some(source)) if self.error_rate >= 1.0 && source.service.is_none() => {
                Some("all its answers are errors already")
            }
            _ => None,
        }
    }

    fn station(&self, site: &StationContext) -> AppStation {
        // A cache without an outgoing link is filled by the app (cache-aside); one that reads through
        // is called like a database.
        let (present, most) = (self.replicas().0, site.replicas);
        let (aside, rest): (Vec<_>, Vec<_>) = site.out.iter().partition(|out| out.role == Role::Cache && !out.relays);
        AppStation {
            station: site.station,
            fleet: ReplicaSet::new(site.station, REPLICA_WAKE, most, present),
            scaler: self.autoscale.on.then(|| Scaler::new(&self.autoscale, present)),
            replicas: self.replicas,
            queues: site.queues.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn autoscaled(replicas: u32, min: u32, max: u32) -> App {
        App { replicas, autoscale: Autoscale { on: true, min, max, ..Autoscale::default() }, ..App::default() }
    }

    #[test]
    fn with_autoscaling_the_maximum_exists_and_the_rest_is_absent_at_the_start() {
        let counts = |app: App| (app.capacity().replicas, app.capacity().absent);
        assert_eq!(counts(autoscaled(3, 1, 10)), (10, 7));
        assert_eq!(counts(autoscaled(1, 4, 10)), (10, 6), "at least the minimum");
        assert_eq!(counts(autoscaled(50, 4, 10)), (10, 0), "at most the maximum");
        assert_eq!(counts(App { replicas: 3, ..App::default() }), (3, 0));
    }

    #[test]
    fn rejects_combinations_that_ranges_cannot_exclude() {
        let fields = |app: App| -> Vec<String> { app.check().into_iter().map(|violation| violation.field).collect() };
        assert_eq!(fields(autoscaled(1, 5, 4)), ["autoscale.min"]);
        assert_eq!(fields(App { workers: None, ..autoscaled(1, 1, 4) }), ["autoscale.metric"]);
        let sharing = App { discipline: Discipline::ProcessorSharing, ..App::default() };
        assert_eq!(fields(App { workers: None, ..sharing.clone() }), ["workers"]);
        assert_eq!(fields(sharing), [""; 0]);
    }
}
