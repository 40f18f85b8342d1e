//! Clients: where requests come from.

use crate::engine::calendar::Event;
use crate::engine::core::{Access, Core, Message, NONE, Outcome};
use crate::engine::plan::{Active, OperationPlan};
use crate::engine::slab::Slab;
use crate::engine::station::Station;
use crate::kind::{
    Axis, Calls, Fields, Info, Kind, Role, Section, Site, Span, Wrong, about, list, one_of, pick, plain,
};
use crate::pick;
use crate::random::{Alias, Distribution, Stream};
use crate::time::{NEVER, from_ms, to_s};
use std::sync::Arc;

pick! {
    /// How requests arrive.
    Process {
        /// Independent users: exponential gaps.
        Poisson = "poisson" "Poisson",
        /// A metronome.
        Constant = "constant" "constant",
        /// A fixed number of users who wait for their answers.
        Closed = "closed" "closed (users wait)",
    }
}

pick! {
    /// What an operation does to what it is about.
    Effect {
        /// Looks it up.
        Read = "read" "read",
        /// Changes it.
        Write = "write" "write",
    }
}

/// One thing that users do.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    name: String,
    weight: f64,
    access: Effect,
    keys: u32,
    zipf: f64,
    request_bytes: f64,
    response_bytes: f64,
    priority: u32,
}

impl Default for Operation {
    fn default() -> Self {
        Operation {
            name: "view".to_owned(),
            weight: 1.0,
            access: Effect::Read,
            keys: 10_000,
            zipf: 0.9,
            request_bytes: 500.0,
            response_bytes: 5_000.0,
            priority: 0,
        }
    }
}

impl Operation {
    fn fields(&mut self, f: &mut dyn Fields) {
        f.text(
            about("name", "Name", "", "Links can serve some operations only; the report lists each."),
            &mut self.name,
        );
        f.number(about("weight", "Weight", "", "How often, beside the others' weights."), &mut self.weight, 0.0, 1e6);
        pick(f, about("access", "Access", "", "Writes go past caches and make them forget the key."), &mut self.access);
        let (count, zipf) = (&mut self.keys, &mut self.zipf);
        f.group(about("keys", "Keys", "", "What requests are about; caches remember keys."), &mut |f| {
            f.whole(about("count", "Different keys", "", "How many things there are."), count, 1, 5_000_000);
            f.number(
                about("zipf", "Popularity", "", "Zipf exponent: 0 is uniform, 1 is typical of the web."),
                zipf,
                0.0,
                3.0,
            );
        });
        let sizes = "Takes time where a link has limited bandwidth.";
        f.number(about("request_bytes", "Request size", "bytes", sizes), &mut self.request_bytes, 0.0, 1e9);
        f.number(about("response_bytes", "Response size", "bytes", sizes), &mut self.response_bytes, 0.0, 1e9);
        f.whole(
            about("priority", "Priority", "", "Greater is served first where the discipline is priority."),
            &mut self.priority,
            0,
            9,
        );
    }
}

/// Parameters of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    process: Process,
    rate_rps: f64,
    users: u32,
    think: Span,
    profile: Vec<[f64; 2]>,
    operations: Vec<Operation>,
    deadline_ms: Option<f64>,
}

impl Default for Client {
    fn default() -> Self {
        Client {
            process: Process::Poisson,
            rate_rps: 100.0,
            users: 50,
            think: Span::exponential(1000.0),
            profile: Vec::new(),
            operations: vec![Operation::default()],
            deadline_ms: None,
        }
    }
}

impl Kind for Client {
    const INFO: Info = Info {
        id: "client",
        label: "Client",
        role: Role::Source,
        tagline: "open or closed load",
        help: "Users. Open load keeps coming whether or not anyone answers; closed load waits for its answers. Watch the latency and errors that they get.",
        section: Section::Traffic,
        called: false,
        calls: Calls::One,
    };
    type Station = Clients;

    fn fields(&mut self, f: &mut dyn Fields) {
        let Client { process, rate_rps, users, think, profile, operations, deadline_ms } = self;
        one_of(
            f,
            about("arrivals", "Arrivals", "", "Open load does not wait for answers, closed load does."),
            "process",
            process,
            &mut |process, f| match process {
                Process::Poisson | Process::Constant => {
                    f.number(
                        about("rate_rps", "Rate", "/s", "Requests that users start, whatever happens to them."),
                        rate_rps,
                        0.0,
                        10_000_000.0,
                    );
                }
                Process::Closed => {
                    f.whole(about("users", "Users", "", "Each has at most one request under way."), users, 1, 200_000);
                    think.fields(f, about("think", "Thinking", "", "Between an answer and the next request."));
                }
            },
        );
        f.pairs(
            about(
                "profile",
                "Profile",
                "",
                "Time in s and factor, linear in between: multiplies the rate of open load.",
            ),
            [Axis { label: "time in s", min: 0.0, max: 1e7 }, Axis { label: "factor", min: 0.0, max: 1000.0 }],
            profile,
        );
        list(f, about("operations", "Operations", "", "What users do."), operations, Operation::fields);
        f.maybe_number(
            about(
                "deadline_ms",
                "Deadline",
                "ms",
                "An answer later than this is of no use: it counts as throughput and not as goodput.",
            ),
            "none",
            deadline_ms,
            0.001,
            3_600_000.0,
        );
    }

    fn check(&self) -> Vec<Wrong> {
        let wrong = |field: &str, what: &str, right: &str| (field.to_owned(), what.to_owned(), right.to_owned());
        let mut all: Vec<Wrong> = self.think.check("arrivals.think").into_iter().collect();
        if self.operations.is_empty() {
            all.push(wrong("operations", "is empty", "at least one operation"));
        } else if self.operations.iter().all(|operation| operation.weight == 0.0) {
            all.push(wrong("operations.0.weight", "all weights are 0", "at least one weight above 0"));
        }
        if self.process == Process::Closed && !self.profile.is_empty() {
            all.push(wrong("profile", "does not work with closed load", "an empty list, or open arrivals"));
        }
        all
    }

    fn summary(&self) -> String {
        match self.process {
            Process::Poisson => format!("{} /s, Poisson", plain(self.rate_rps)),
            Process::Constant => format!("{} /s, constant", plain(self.rate_rps)),
            Process::Closed => format!("{} users, closed", self.users),
        }
    }

    fn operations(&self) -> Vec<OperationPlan> {
        let plan = |it: &Operation| OperationPlan {
            name: it.name.clone(),
            request_bytes: it.request_bytes,
            response_bytes: it.response_bytes,
        };
        self.operations.iter().map(plan).collect()
    }

    fn keys(&self) -> u32 {
        self.operations.iter().map(|it| it.keys).max().unwrap_or(1)
    }

    fn station(&self, site: &Site) -> Clients {
        let stream = |purpose| Stream::named(site.seed, &site.id, purpose);
        // Operations on the same keys share one table.
        let mut tables: Vec<(u32, f64, Arc<Alias>)> = Vec::new();
        let mut popularity = |it: &Operation| {
            if it.zipf == 0.0 {
                return Popularity::Uniform(it.keys);
            }
            let known = tables.iter().find(|(keys, zipf, _)| (*keys, *zipf) == (it.keys, it.zipf));
            let table = known.map_or_else(|| Arc::new(Alias::zipf(it.keys, it.zipf)), |(.., table)| table.clone());
            tables.push((it.keys, it.zipf, table.clone()));
            Popularity::Zipf(table)
        };
        let weights: Vec<f64> = self.operations.iter().map(|it| it.weight).collect();
        Clients {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            gap: match self.process {
                Process::Poisson => Gap::Exponential,
                Process::Constant => Gap::Constant,
                Process::Closed => Gap::Closed { users: self.users, think: self.think.distribution() },
            },
            rate: Rate { per_s: self.rate_rps, profile: self.profile.clone() },
            factors: Active::default(),
            factor: 1.0,
            due: Due { at: NEVER, from: 0, amount: 0.0 },
            first_operation: site.first_operation,
            choice: Alias::new(&weights),
            operations: self.operations.iter().map(|it| (it.access, it.priority as u8, popularity(it))).collect(),
            deadline_ns: self.deadline_ms.map(from_ms),
            requests: Slab::default(),
            arrivals: stream("arrivals"),
            mix: stream("mix"),
        }
    }
}

#[derive(Clone, Debug)]
enum Popularity {
    Uniform(u32),
    Zipf(Arc<Alias>),
}

#[derive(Clone, Debug)]
enum Gap {
    Exponential,
    Constant,
    Closed { users: u32, think: Distribution },
}

/// A rate that changes over time.
#[derive(Clone, Debug)]
struct Rate {
    per_s: f64,
    profile: Vec<[f64; 2]>,
}

impl Rate {
    /// Arrivals expected between two times in seconds.
    fn integral(&self, from: f64, to: f64) -> f64 {
        self.pieces(from).take_while(|piece| piece.from < to).map(|piece| piece.area(to.min(piece.to))).sum()
    }

    /// When `amount` arrivals are expected to have come since `from`, in seconds; `None` is never.
    fn when(&self, from: f64, mut amount: f64) -> Option<f64> {
        for piece in self.pieces(from) {
            let area = piece.area(piece.to);
            if amount <= area {
                return piece.when(amount);
            }
            amount -= area;
        }
        None
    }

    /// The linear pieces from a time on; the last one never ends.
    fn pieces(&self, from: f64) -> impl Iterator<Item = Piece> + '_ {
        let points = &self.profile;
        let level = |i: Option<&[f64; 2]>| i.map_or(1.0, |point| point[1]) * self.per_s;
        (points.partition_point(|point| point[0] <= from)..=points.len()).scan(from, move |start, next| {
            let begin = *start;
            let before = next.checked_sub(1).map(|i| points[i]);
            let (rate, slope, end) = match (before, points.get(next)) {
                (Some([t0, f0]), Some([t1, f1])) if *t1 > t0 => {
                    let slope = (f1 - f0) / (t1 - t0) * self.per_s;
                    (f0 * self.per_s + slope * (begin - t0), slope, *t1)
                }
                (_, Some(point)) => (level(Some(point)), 0.0, point[0]),
                (before, None) => (level(before.as_ref()), 0.0, f64::INFINITY),
            };
            *start = end;
            Some(Piece { from: begin, to: end, rate, slope })
        })
    }
}

/// A stretch of time in which the rate is linear.
struct Piece {
    from: f64,
    to: f64,
    rate: f64,
    slope: f64,
}

impl Piece {
    fn area(&self, to: f64) -> f64 {
        let length = to - self.from;
        if self.slope == 0.0 && self.rate == 0.0 {
            0.0
        } else {
            self.rate * length + 0.5 * self.slope * if length.is_finite() { length * length } else { 0.0 }
        }
    }

    fn when(&self, amount: f64) -> Option<f64> {
        if self.slope == 0.0 {
            return (self.rate > 0.0).then(|| self.from + amount / self.rate);
        }
        // The smaller root of slope/2·x² + rate·x = amount, written so that nothing cancels.
        let discriminant = (self.rate * self.rate + 2.0 * self.slope * amount).max(0.0);
        Some(self.from + 2.0 * amount / (self.rate + libm::sqrt(discriminant)))
    }
}

/// The next arrival: when it is due, and from when on how much of the rate it takes.
#[derive(Clone, Copy, Debug)]
struct Due {
    at: u64,
    from: u64,
    amount: f64,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    start: u64,
    operation: u16,
    user: u32,
}

/// Clients while running.
#[derive(Clone, Debug)]
pub struct Clients {
    station: u32,
    link: Option<u32>,
    gap: Gap,
    rate: Rate,
    factors: Active<f64>,
    factor: f64,
    due: Due,
    first_operation: u16,
    choice: Alias,
    operations: Vec<(Effect, u8, Popularity)>,
    deadline_ns: Option<u64>,
    requests: Slab<Request>,
    arrivals: Stream,
    mix: Stream,
}

/// The wake-up tag of the next open arrival; users' tags are their number plus 1.
const ARRIVAL: u32 = 0;

impl Clients {
    /// Draws how much of the rate the next arrival takes, and schedules it.
    fn plan_next(&mut self, core: &mut Core) {
        let amount = match self.gap {
            Gap::Exponential => self.arrivals.exponential(),
            Gap::Constant => 1.0,
            Gap::Closed { .. } => return,
        };
        self.due = Due { at: NEVER, from: core.now(), amount };
        self.schedule(core);
    }

    fn schedule(&mut self, core: &mut Core) {
        let now = core.now();
        self.due.at = NEVER;
        if self.factor * self.rate.per_s <= 0.0 {
            return;
        }
        let amount = self.due.amount / self.factor;
        let wait_s = if self.rate.profile.is_empty() {
            Some(amount / self.rate.per_s)
        } else {
            self.rate.when(to_s(now), amount).map(|at| at - to_s(now))
        };
        if let Some(wait_s) = wait_s.filter(|wait| *wait < 1e9) {
            self.due.at = now + (wait_s * 1e9 + 0.5) as u64;
            core.calendar.at(self.due.at, Event::wake(self.station, ARRIVAL));
        }
    }

    fn request(&mut self, core: &mut Core, user: u32) {
        let now = core.now();
        let choice = if self.operations.len() == 1 { 0 } else { self.choice.sample(&mut self.mix) };
        let (effect, priority, popularity) = &self.operations[choice as usize];
        let key = match popularity {
            Popularity::Uniform(count) => self.mix.below(*count),
            Popularity::Zipf(alias) => alias.sample(&mut self.mix),
        };
        let operation = self.first_operation + choice as u16;
        let access = if *effect == Effect::Read { Access::Read } else { Access::Write };
        let session = if user == NONE { 0 } else { user };
        let message = Message { operation, access, priority: *priority, key, session };
        core.record.request_starts(now, operation as usize);
        let node = &mut core.record.nodes[self.station as usize];
        node.counts.arrivals += 1;
        node.in_system.add(now, 1);
        let request = self.requests.insert(Request { start: now, operation, user });
        if let Some(link) = self.link {
            core.call(self.station, request, 0, link, NONE, message);
        }
    }

    fn think(&mut self, core: &mut Core, user: u32) {
        if let Gap::Closed { think, .. } = &self.gap {
            let at = core.now() + think.sample(&mut self.arrivals);
            core.calendar.at(at, Event::wake(self.station, user + 1));
        }
    }
}

impl Station for Clients {
    fn start(&mut self, core: &mut Core) {
        match self.gap {
            Gap::Closed { users, .. } => (0..users).for_each(|user| self.think(core, user)),
            _ => self.plan_next(core),
        }
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        core.reject(job, Outcome::Error);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        if tag > ARRIVAL {
            self.request(core, tag - 1);
        } else if self.due.at == core.now() {
            self.request(core, NONE);
            self.plan_next(core);
        }
    }

    fn answered(&mut self, core: &mut Core, owner: u32, _tag: u32, outcome: Outcome) {
        let now = core.now();
        let Request { start, operation, user } = self.requests[owner];
        self.requests.remove(owner);
        core.record.request_ends(now, start, operation as usize, outcome.failure(), self.deadline_ns);
        let node = &mut core.record.nodes[self.station as usize];
        node.in_system.add(now, -1);
        node.counts.sojourn_ns += u128::from(now - start);
        if outcome.is_good() {
            node.counts.completed += 1;
            node.response.record(now - start);
        } else {
            node.counts.failed += 1;
        }
        self.think(core, user);
    }

    fn traffic(&mut self, core: &mut Core, fault: u32, factor: Option<f64>) {
        let (now, from) = (to_s(core.now()), to_s(self.due.from));
        self.due.amount = (self.due.amount - self.rate.integral(from, now) * self.factor).max(0.0);
        self.due.from = core.now();
        self.factors.set(fault, factor);
        self.factor = self.factors.product();
        if !matches!(self.gap, Gap::Closed { .. }) {
            self.schedule(core);
        }
    }
}
