//! Apps: stateless replicas that do some work of their own and call others.

use crate::engine::core::{Access, Core, Message, NONE, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::{Calls, Fields, Info, Kind, Layout, Role, Section, Site, Span, Wrong, about, pick};
use crate::pick;
use crate::random::{Distribution, Stream};

pick! {
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
    service: Span,
    calls: Order,
    blocking: bool,
    error_rate: f64,
    startup_s: f64,
}

impl Default for App {
    fn default() -> Self {
        App {
            replicas: 1,
            workers: Some(8),
            queue_limit: None,
            discipline: Discipline::Fifo,
            service: Span::exponential(10.0),
            calls: Order::Sequential,
            blocking: true,
            error_rate: 0.0,
            startup_s: 5.0,
        }
    }
}

impl Kind for App {
    const INFO: Info = Info {
        id: "app",
        label: "App",
        role: Role::Worker,
        tagline: "stateless replicas",
        help: "Replicas with workers. A worker serves one request at a time; a blocking app holds it while its calls are out, and a slow dependency then takes all workers.",
        section: Section::Compute,
        called: true,
        calls: Calls::Many,
    };
    type Station = Apps;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.whole(
            about("replicas", "Replicas", "", "Processes, each with its own workers and queue."),
            &mut self.replicas,
            1,
            1000,
        );
        f.maybe_whole(
            about("workers", "Workers", "", "Requests a replica works on at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.maybe_whole(
            about("queue_limit", "Queue limit", "", "Requests that may wait at a replica; more are rejected at once."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        pick(f, about("discipline", "Discipline", "", "Which waiting request is next."), &mut self.discipline);
        self.service
            .fields(f, about("service", "Service time", "", "Its own work on a request, done before its calls."));
        pick(
            f,
            about("calls", "Calls", "", "One by one in drawing order, or all at once. A cache is always asked first."),
            &mut self.calls,
        );
        f.toggle(about("blocking", "Blocking", "", "A worker is held while its calls are out."), &mut self.blocking);
        f.number(
            about("error_rate", "Error rate", "", "Share of the answers that are errors, 0 to 1."),
            &mut self.error_rate,
            0.0,
            1.0,
        );
        f.number(
            about("startup_s", "Start-up", "s", "Between a restart and the first request served."),
            &mut self.startup_s,
            0.0,
            86_400.0,
        );
    }

    fn check(&self) -> Vec<Wrong> {
        let mut all: Vec<Wrong> = self.service.check("service").into_iter().collect();
        if self.workers.is_none() && self.discipline == Discipline::ProcessorSharing {
            all.push((
                "workers".to_owned(),
                "is unlimited, so that nothing is shared".to_owned(),
                "a number, or another discipline".to_owned(),
            ));
        }
        all
    }

    fn summary(&self) -> String {
        match self.workers {
            Some(1) => format!("{} × 1 worker", self.replicas),
            Some(workers) => format!("{} × {workers} workers", self.replicas),
            None => format!("{} × unlimited", self.replicas),
        }
    }

    fn plan(&self) -> Layout {
        Layout {
            replicas: self.replicas,
            workers: self.workers,
            startup_ms: self.startup_s * 1000.0,
            error_rate: self.error_rate,
        }
    }

    fn station(&self, site: &Site) -> Apps {
        // A cache that calls nobody is filled by the app; one that reads through is called like a
        // database.
        let (aside, rest): (Vec<_>, Vec<_>) = site.out.iter().partition(|out| out.role == Role::Cache && !out.relays);
        Apps {
            station: site.station,
            server: Server::new(self.replicas, self.workers, self.queue_limit, self.discipline),
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

/// Replicas of an app while running.
///
/// A job's `step` counts the callees it has passed: first the caches, then the rest. Its `note`
/// holds what it learned on the way.
#[derive(Clone, Debug)]
pub struct Apps {
    station: u32,
    server: Server,
    service: Distribution,
    blocking: bool,
    parallel: bool,
    /// Links to caches that this app fills itself.
    caches: Vec<u32>,
    /// The other links; whether the callee keeps data, and whether it takes messages.
    callees: Vec<(u32, bool, bool)>,
    work: Stream,
}

/// A cache had it.
const HIT: u32 = 1;
/// A cache did not have it and is to be filled.
const MISSED: u32 = 2;
/// Something was read or written behind the cache.
const FETCHED: u32 = 4;
/// From here on, which call failed and how: the outcome as a number.
const FAILURE_SHIFT: u32 = 8;

impl Apps {
    /// Busy workers of a replica.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    fn begin(&mut self, core: &mut Core, job: u32) {
        let span = self.service.sample(&mut self.work);
        self.server.begin(core, job, span);
    }

    fn release(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
    }

    /// Goes on with a job whose own work is done: the next call, or the answer.
    fn go_on(&mut self, core: &mut Core, job: u32) {
        let message = core.jobs[job].message;
        while (core.jobs[job].step as usize) < self.caches.len() {
            let step = core.jobs[job].step;
            core.jobs[job].step += 1;
            let found = core.jobs[job].note & HIT != 0;
            if message.access == Access::Read && !found && core.uses(self.caches[step as usize], message.operation) {
                return self.call(core, job, step, self.caches[step as usize], message);
            }
        }
        while (core.jobs[job].step as usize) < self.caches.len() + self.callees.len() {
            let step = core.jobs[job].step;
            core.jobs[job].step += 1;
            let (link, keeps, queues) = self.callees[step as usize - self.caches.len()];
            let spared = keeps && core.jobs[job].note & HIT != 0;
            if spared || !core.uses(link, message.operation) {
                continue;
            }
            let message = if queues { Message { access: Access::Write, ..message } } else { message };
            self.call(core, job, step, link, message);
            if !self.parallel {
                return;
            }
        }
        if core.jobs[job].pending == 0 {
            self.finish(core, job);
        }
    }

    fn call(&mut self, core: &mut Core, job: u32, step: u32, link: u32, message: Message) {
        core.jobs[job].pending += 1;
        core.call(self.station, job, step, link, NONE, message);
    }

    fn finish(&mut self, core: &mut Core, job: u32) {
        let it = &core.jobs[job];
        let (note, message, replica) = (it.note, it.message, it.replica);
        let failure = FAILURES.get((note >> FAILURE_SHIFT) as usize).copied().flatten();
        if failure.is_none() && note & FETCHED != 0 {
            let access = if message.access == Access::Read { Access::Fill } else { Access::Invalidate };
            if access == Access::Invalidate || note & MISSED != 0 {
                for link in &self.caches {
                    if core.links[*link as usize].plan.serves.get(message.operation as usize).copied().unwrap_or(true) {
                        core.notify(replica, *link, Message { access, ..message });
                    }
                }
            }
        }
        self.release(core, job);
        core.answer(job, failure.unwrap_or(Outcome::Ok));
    }
}

/// Outcomes as they are kept in a job's note: 0 is none.
const FAILURES: [Option<Outcome>; 7] = [
    None,
    Some(Outcome::Timeout),
    Some(Outcome::Rejected),
    Some(Outcome::Error),
    Some(Outcome::Unreachable),
    Some(Outcome::BreakerOpen),
    Some(Outcome::RateLimited),
];

impl Station for Apps {
    fn arrive(&mut self, core: &mut Core, job: u32) {
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => core.reject(job, Outcome::Rejected),
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if !self.blocking {
            self.release(core, job);
        }
        self.go_on(core, job);
    }

    fn wake(&mut self, core: &mut Core, replica: u32) {
        if let Some(job) = self.server.shared_done(core, self.station, replica) {
            self.go_on(core, job);
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, step: u32, outcome: Outcome) {
        let it = &mut core.jobs[owner];
        it.pending -= 1;
        if (step as usize) < self.caches.len() {
            // A cache that fails is no reason to fail: what it would have answered is fetched.
            it.note |= match outcome {
                Outcome::Ok => HIT,
                Outcome::Miss => MISSED,
                _ => 0,
            };
            return self.go_on(core, owner);
        }
        let (_, keeps, _) = self.callees[step as usize - self.caches.len()];
        match FAILURES.iter().position(|each| *each == Some(outcome)) {
            Some(failure) if it.note >> FAILURE_SHIFT == 0 => it.note |= (failure as u32) << FAILURE_SHIFT,
            None if keeps => it.note |= FETCHED,
            _ => {}
        }
        let failed = it.note >> FAILURE_SHIFT != 0;
        match (self.parallel, failed) {
            (true, _) if it.pending > 0 => {}
            (true, _) | (false, true) => self.finish(core, owner),
            (false, false) => self.go_on(core, owner),
        }
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
    }

    fn paused(&mut self, core: &mut Core) {
        self.server.freeze(core);
    }

    fn resumed(&mut self, core: &mut Core) {
        self.server.thaw(core, self.station);
    }
}
