//! Apps: stateless replicas that do some work of their own and call others.

use crate::choices;
use crate::engine::calendar::Event;
use crate::engine::core::{Access, Core, Message, NONE, Outcome};
use crate::engine::fleet::{ReplicaPhase, ReplicaSet};
use crate::engine::plan::{Deploy, Discipline};
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::{Calls, Capacity, Info, Kind, Role, Section, StationContext};
use crate::params::{DurationParam, Fields, Violation, choice, parameter};
use crate::random::{Distribution, Stream};
use crate::report::snapshot::ReplicaState;
use crate::time::from_s;
use std::collections::VecDeque;

choices! {
    /// In which order an app calls what it needs.
    Order {
        /// One after the other, in drawing order.
        Sequential = "sequential" "one by one",
        /// All at once; the slowest decides.
        Parallel = "parallel" "all at once",
    }
}

choices! {
    /// What an autoscaler looks at.
    Metric {
        /// Busy workers over workers.
        Utilization = "utilization" "utilisation",
        /// Requests and messages that wait, per replica.
        Queue = "queue" "waiting per replica",
    }
}

/// Parameters of an autoscaler: the rule of Kubernetes' HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq)]
struct Autoscale {
    on: bool,
    min: u32,
    max: u32,
    metric: Metric,
    target: f64,
    interval_s: f64,
    cooldown_s: f64,
}

impl Default for Autoscale {
    fn default() -> Self {
        // Kubernetes looks every 15 s (--horizontal-pod-autoscaler-sync-period) and waits 300 s
        // before it scales in (--horizontal-pod-autoscaler-downscale-stabilization); 60 s here, so
        // that a run of a few minutes shows it.
        Autoscale {
            on: false,
            min: 1,
            max: 10,
            metric: Metric::Utilization,
            target: 0.7,
            interval_s: 15.0,
            cooldown_s: 60.0,
        }
    }
}

impl Autoscale {
    fn fields(&mut self, f: &mut dyn Fields) {
        let Autoscale { on, min, max, metric, target, interval_s, cooldown_s } = self;
        f.optional_group(
            parameter("autoscale", "Autoscale").help("Starts and retires replicas as Kubernetes does: wanted = replicas × metric ÷ target, rounded up, if it is off by more than 10 %."),
            "off",
            on,
            &mut |f| {
                f.integer(parameter("min", "At least").unit("replicas").help("Never fewer than this."), min, 1, 1000);
                f.integer(parameter("max", "At most").unit("replicas").help("Never more than this."), max, 1, 1000);
                choice(
                    f,
                    parameter("metric", "Metric").help("Busy workers over workers; or what waits per replica, in the queues that feed it too."),
                    metric,
                );
                f.number(
                    parameter("target", "Target").help("What the metric is to be: 0.7 is 70 % utilisation."),
                    target,
                    0.01,
                    1e6,
                );
                f.number(
                    parameter("interval_s", "Interval").unit("s").help("Between two looks; the metric is the mean over it. Kubernetes looks every 15 s."),
                    interval_s,
                    0.1,
                    3600.0,
                );
                f.number(
                    parameter("cooldown_s", "Cooldown").unit("s").help("It scales in to the most that was wanted within this time. Kubernetes waits for 300 s."),
                    cooldown_s,
                    0.0,
                    86_400.0,
                );
            },
        );
    }

    /// What ranges alone cannot say, given the app's workers.
    fn check(&self, workers: Option<u32>) -> Option<Violation> {
        let violation =
            |field: &str, what: &str, right: &str| Some(Violation::new(&format!("autoscale.{field}"), what, right));
        match self {
            it if !it.on => None,
            it if it.min > it.max => violation("min", "is more than max", "at most max"),
            it if it.metric == Metric::Utilization && workers.is_none() => {
                violation("metric", "there is no utilisation of unlimited workers", "queue, or a number of workers")
            }
            it if it.metric == Metric::Utilization && it.target > 1.0 => {
                violation("target", "utilisation is never above 1", "a number from 0.01 to 1")
            }
            _ => None,
        }
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

/// Replicas of an app while running.
///
/// A job's `step` counts the callees it has passed: first the caches, then the rest. Its `note`
/// holds what it learned on the way.
#[derive(Clone, Debug)]
pub struct AppStation {
    station: u32,
    fleet: ReplicaSet,
    scaler: Option<Scaler>,
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

/// Tags of wake-ups: a replica that shares its workers has finished a job (plus its number), …
const SHARED: u32 = 0;
/// … a replica has started or must have drained (plus its number), …
const LIFE: u32 = 1 << 10;
/// … or the autoscaler looks.
const LOOK: u32 = 2 << 10;

/// A cache had it.
const HIT: u32 = 1;
/// A cache did not have it and is to be filled.
const MISSED: u32 = 2;
/// Something was read or written behind the cache.
const FETCHED: u32 = 4;
/// From here on, which call failed and how: the outcome as a number.
const FAILURE_SHIFT: u32 = 8;

impl AppStation {
    /// Busy workers of a replica.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    /// Where a replica is in its life, given whether it is up.
    pub fn state(&self, replica: u32, up: bool) -> ReplicaState {
        match self.fleet.life(replica) {
            ReplicaPhase::Absent => ReplicaState::Absent,
            ReplicaPhase::Starting => ReplicaState::Starting,
            _ if !up => ReplicaState::Down,
            ReplicaPhase::Serving => ReplicaState::Serving,
            ReplicaPhase::Draining => ReplicaState::Draining,
        }
    }

    /// The autoscaler looks, and looks again after its interval.
    fn look(&mut self, core: &mut Core) {
        let Some(scaler) = &mut self.scaler else { return };
        if let Some(wanted) = scaler.look(core, self.station, self.fleet.size()) {
            self.fleet.scale(core, wanted);
        }
        core.calendar.at(core.now() + scaler.interval_ns, Event::wake(self.station, LOOK));
        self.fleet.sweep(core);
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
        let replica = core.jobs[job].replica;
        core.answer(job, failure.unwrap_or(Outcome::Ok));
        self.fleet.left(core, replica);
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

/// Relative deviation from the target that is let be (Kubernetes' --horizontal-pod-autoscaler-tolerance).
const TOLERANCE: f64 = 0.1;

/// An autoscaler while running.
///
/// The rule is that of Kubernetes' HorizontalPodAutoscaler (documentation, "Algorithm details" and
/// "Configurable scaling behavior"): wanted = ⌈replicas × metric ÷ target⌉ unless the quotient is
/// within 10 % of 1, where replicas that start count as idle ones; at most doubled or four more
/// at a look, whichever is more; scaled in only to the most that was wanted lately.
#[derive(Clone, Debug)]
struct Scaler {
    min: u32,
    max: u32,
    metric: Metric,
    target: f64,
    interval_ns: u64,
    cooldown_ns: u64,
    /// Stations of the queues that feed the app.
    queues: Vec<u32>,
    /// What was wanted when, within the cooldown: only what nothing later exceeds, most first.
    wanted: VecDeque<(u64, u32)>,
    /// At the last look: the metric's integral and that of the workers or replicas there were.
    seen: (u128, u128),
}

impl Scaler {
    fn new(it: &Autoscale, present: u32, queues: Vec<u32>) -> Scaler {
        Scaler {
            min: it.min,
            max: it.max,
            metric: it.metric,
            target: it.target,
            interval_ns: from_s(it.interval_s),
            cooldown_ns: from_s(it.cooldown_s),
            queues,
            wanted: VecDeque::from([(0, present)]),
            seen: (0, 0),
        }
    }

    /// How many replicas there are to be; `None` if nothing can be said.
    fn look(&mut self, core: &Core, station: u32, present: u32) -> Option<u32> {
        let now = core.now();
        let nodes = &core.record.nodes;
        let node = &nodes[station as usize];
        let up = node.replicas.integral(now);
        let amount = match self.metric {
            Metric::Utilization => node.busy.integral(now),
            Metric::Queue => self
                .queues
                .iter()
                .fold(node.waiting.integral(now), |sum, queue| sum + nodes[*queue as usize].waiting.integral(now)),
        };
        let before = std::mem::replace(&mut self.seen, (amount, up));
        if up == before.1 {
            return None; // Nobody was up to be measured.
        }
        let per = match self.metric {
            Metric::Utilization => core.station_states[station as usize].plan.workers.unwrap_or(1),
            Metric::Queue => 1,
        };
        let mean = (amount - before.0) as f64 / self.interval_ns as f64;
        let recommended = self.recommended(mean / (f64::from(per) * self.target), present);
        Some(self.stabilised(now, recommended, present))
    }

    /// What the rule says when `needed` replicas would just meet the target.
    fn recommended(&self, needed: f64, present: u32) -> u32 {
        let wanted = if (needed / f64::from(present) - 1.0).abs() <= TOLERANCE {
            present
        } else {
            // What the mean of whole numbers misses by rounding is no reason for one more.
            libm::ceil(needed - 1e-9) as u32
        };
        wanted.min(present.saturating_mul(2).max(present + 4)).clamp(self.min, self.max)
    }

    fn stabilised(&mut self, now: u64, recommended: u32, present: u32) -> u32 {
        while self.wanted.back().is_some_and(|(_, less)| *less <= recommended) {
            self.wanted.pop_back();
        }
        self.wanted.push_back((now, recommended));
        while self.wanted.front().is_some_and(|(time, _)| time + self.cooldown_ns < now) {
            self.wanted.pop_front();
        }
        let most = self.wanted.front().map_or(recommended, |(_, most)| *most);
        if recommended > present { recommended } else { most.min(present) }
    }
}

impl Station for AppStation {
    fn start(&mut self, core: &mut Core) {
        if let Some(scaler) = &self.scaler {
            core.calendar.at(scaler.interval_ns, Event::wake(self.station, LOOK));
        }
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let replica = core.jobs[job].replica;
        self.fleet.entered(replica);
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => {
                core.reject(job, Outcome::Rejected);
                self.fleet.left(core, replica);
            }
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if !self.blocking {
            self.release(core, job);
        }
        self.go_on(core, job);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        match tag {
            LOOK => self.look(core),
            LIFE.. => self.fleet.wake(core, tag - LIFE),
            SHARED.. => {
                if let Some(job) = self.server.shared_done(core, self.station, tag) {
                    self.go_on(core, job);
                }
            }
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
        let replica = core.jobs[job].replica;
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
        self.fleet.left(core, replica);
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.fleet.died(core, replica);
    }

    fn deploy(&mut self, core: &mut Core, deploy: Deploy) {
        self.fleet.deploy(core, deploy);
    }

    fn paused(&mut self, core: &mut Core) {
        self.server.freeze(core);
    }

    fn resumed(&mut self, core: &mut Core) {
        self.server.thaw(core, self.station);
    }
}
