//! Clients: where requests come from.

use crate::choices;
use crate::engine::calendar::Event;
use crate::engine::core::{Access, Core, Message, NONE, Outcome};
use crate::engine::plan::{Active, OperationPlan};
use crate::engine::slab::Slab;
use crate::engine::station::Station;
use crate::kind::{Calls, Info, Kind, Role, Section, StationContext};
use crate::params::{Axis, DurationParam, Fields, Violation, choice, list, one_of, parameter, plain};
use crate::random::{Alias, Distribution, Stream};
use crate::time::{NEVER, from_ms, to_s};
use std::sync::Arc;

choices! {
    /// How requests arrive.
    Process {
        /// Independent users: exponential gaps.
        Poisson = "poisson" "Poisson",
        /// A metronome.
        Constant = "constant" "constant",
        /// Poisson with two rates that take turns: bursts and quiet between them.
        Bursty = "bursty" "bursty",
        /// A number of users who wait for their answers.
        Closed = "closed" "closed (users wait)",
    }
}

choices! {
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
            parameter("name", "Name").help("Links can serve some operations only; the report lists each."),
            &mut self.name,
        );
        f.number(
            parameter("weight", "Weight").help("How often, beside the others' weights."),
            &mut self.weight,
            0.0,
            1e6,
        );
        choice(
            f,
            parameter("access", "Access").help("Writes go past caches and make them forget the key."),
            &mut self.access,
        );
        let (count, zipf) = (&mut self.keys, &mut self.zipf);
        f.group(parameter("keys", "Keys").help("What requests are about; caches remember keys."), &mut |f| {
            f.integer(parameter("count", "Different keys").help("How many things there are."), count, 1, 5_000_000);
            f.number(
                parameter("zipf", "Popularity").help("Zipf exponent: 0 is uniform, 1 is typical of the web."),
                zipf,
                0.0,
                3.0,
            );
        });
        let sizes = "Takes time where a link has limited bandwidth.";
        f.number(
            parameter("request_bytes", "Request size").unit("bytes").help(sizes),
            &mut self.request_bytes,
            0.0,
            1e9,
        );
        f.number(
            parameter("response_bytes", "Response size").unit("bytes").help(sizes),
            &mut self.response_bytes,
            0.0,
            1e9,
        );
        f.integer(
            parameter("priority", "Priority").help("Greater is served first where the discipline is priority."),
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
    burst_factor: f64,
    burst_fraction: f64,
    burst_mean_s: f64,
    sessions: u32,
    users: u32,
    think: DurationParam,
    profile: Vec<[f64; 2]>,
    operations: Vec<Operation>,
    deadline_ms: Option<f64>,
}

impl Default for Client {
    fn default() -> Self {
        Client {
            process: Process::Poisson,
            rate_rps: 100.0,
            burst_factor: 5.0,
            burst_fraction: 0.1,
            burst_mean_s: 2.0,
            sessions: 1000,
            users: 50,
            think: DurationParam::exponential(1000.0),
            profile: Vec::new(),
            operations: vec![Operation::default()],
            deadline_ms: None,
        }
    }
}

impl Client {
    /// The most users of closed load that the profile asks for.
    fn most_users(&self) -> f64 {
        let factor = self.profile.iter().map(|point| point[1]).reduce(f64::max).unwrap_or(1.0);
        (f64::from(self.users) * factor).ceil().max(1.0)
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
    type Station = ClientStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        let Client { process, rate_rps, burst_factor, burst_fraction, burst_mean_s, sessions, .. } = self;
        let Client { users, think, profile, operations, deadline_ms, .. } = self;
        one_of(
            f,
            parameter("arrivals", "Arrivals").help("Open load does not wait for answers, closed load does."),
            "process",
            process,
            &mut |process, f| {
                if process == Process::Closed {
                    f.integer(
                        parameter("users", "Users").help("Each has at most one request under way."),
                        users,
                        1,
                        200_000,
                    );
                    think.fields(f, parameter("think", "Thinking").help("Between an answer and the next request."));
                    return;
                }
                f.number(
                    parameter("rate_rps", "Rate")
                        .unit("/s")
                        .help("Requests that users start on average, whatever happens to them."),
                    rate_rps,
                    0.0,
                    10_000_000.0,
                );
                if process == Process::Bursty {
                    f.number(
                        parameter("burst_factor", "Burst").unit("×").help("The rate in a burst is this many times the mean; between bursts it is as much lower as keeps the mean."),
                        burst_factor,
                        1.0,
                        1000.0,
                    );
                    f.number(
                        parameter("burst_fraction", "Time in bursts").help("Share of the time, 0 to 1, on average."),
                        burst_fraction,
                        0.0001,
                        0.99,
                    );
                    f.number(
                        parameter("burst_mean_s", "Length of a burst")
                            .unit("s")
                            .help("Mean; exponential, as is the quiet between."),
                        burst_mean_s,
                        0.001,
                        86_400.0,
                    );
                }
                f.integer(
                    parameter("sessions", "Sessions").help("Different users, or long-lived connections, that requests belong to at random. They matter to sticky and to layer 4 load balancers."),
                    sessions,
                    1,
                    200_000,
                );
            },
        );
        f.points(
            parameter("profile", "Profile").help("Time in s and factor, linear in between: multiplies the rate, or the number of users. Users who are too many leave after their present request."),
            [Axis { label: "time in s", min: 0.0, max: 1e7 }, Axis { label: "factor", min: 0.0, max: 1000.0 }],
            profile,
        );
        list(f, parameter("operations", "Operations").help("What users do."), operations, Operation::fields);
        f.optional_number(
            parameter("deadline_ms", "Deadline")
                .unit("ms")
                .help("An answer later than this is of no use: it counts as throughput and not as goodput."),
            "none",
            deadline_ms,
            0.001,
            3_600_000.0,
        );
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.think.check("arrivals.think").into_iter().collect();
        if self.operations.is_empty() {
            all.push(Violation::new("operations", "is empty", "at least one operation"));
        } else if self.operations.iter().all(|operation| operation.weight == 0.0) {
            all.push(Violation::new("operations.0.weight", "all weights are 0", "at least one weight above 0"));
        }
        if self.process == Process::Closed && self.most_users() > f64::from(USERS_MAX) {
            all.push(Violation::new(
                "profile",
                "makes too many users",
                &format!("at most {USERS_MAX} users at a time"),
            ));
        }
        if self.process == Process::Bursty && self.burst_factor * self.burst_fraction > 1.0 {
            all.push(Violation::new(
                "arrivals.burst_factor",
                "more would come in bursts than come at all",
                &format!("at most 1 / burst_fraction: {}", plain((100.0 / self.burst_fraction).floor() / 100.0)),
            ));
        }
        all
    }

    fn summary(&self) -> String {
        match self.process {
            Process::Poisson => format!("{} /s, Poisson", plain(self.rate_rps)),
            Process::Constant => format!("{} /s, constant", plain(self.rate_rps)),
            Process::Bursty => format!("{} /s, bursty", plain(self.rate_rps)),
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

    fn sessions(&self) -> u32 {
        if self.process == Process::Closed { self.most_users().min(f64::from(USERS_MAX)) as u32 } else { self.sessions }
    }

    fn station(&self, site: &StationContext) -> ClientStation {
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
        ClientStation {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            gap: match self.process {
                Process::Poisson | Process::Bursty => Gap::Exponential,
                Process::Constant => Gap::Constant,
                Process::Closed => Gap::Closed { crowd: Population::default(), think: self.think.distribution() },
            },
            rate: Rate {
                per_s: if self.process == Process::Closed { f64::from(self.users) } else { self.rate_rps },
                profile: self.profile.clone(),
            },
            bursts: (self.process == Process::Bursty).then(|| Bursts {
                factors: [
                    (1.0 - self.burst_factor * self.burst_fraction).max(0.0) / (1.0 - self.burst_fraction),
                    self.burst_factor,
                ],
                means_ns: [
                    self.burst_mean_s * 1e9 * (1.0 - self.burst_fraction) / self.burst_fraction,
                    self.burst_mean_s * 1e9,
                ],
                fraction: self.burst_fraction,
                state: 0,
                rng: stream("bursts"),
            }),
            factors: Active::default(),
            factor: 1.0,
            sessions: (site.sessions > 0).then(|| (site.first_session, self.sessions(), stream("sessions"))),
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
    Closed { crowd: Population, think: Distribution },
}

/// Users at a time that can be told apart.
const USERS_MAX: u32 = 250_000;

/// Which users of closed load are there. They are numbered; when fewer are to be there, those
/// with the greatest numbers leave.
#[derive(Clone, Debug, Default)]
struct Population {
    present: Vec<bool>,
    /// All below this number are there.
    full_to: u32,
}

impl Population {
    /// The next user below `size` who is not there, who comes.
    fn joins(&mut self, size: u32) -> Option<u32> {
        while self.full_to < size {
            let user = self.full_to;
            self.full_to += 1;
            if self.present.len() <= user as usize {
                self.present.resize(user as usize + 1, false);
            }
            if !std::mem::replace(&mut self.present[user as usize], true) {
                return Some(user);
            }
        }
        None
    }

    fn leaves(&mut self, user: u32) {
        self.present[user as usize] = false;
        self.full_to = self.full_to.min(user);
    }
}

/// Bursts and quiet, a Markov-modulated Poisson process of two states: exponential spans, of which
/// bursts make up a given share of the time, and rates of which the mean over both is 1.
#[derive(Clone, Debug)]
struct Bursts {
    /// Multiplies the rate: quiet, burst.
    factors: [f64; 2],
    means_ns: [f64; 2],
    fraction: f64,
    /// 1 in a burst.
    state: usize,
    rng: Stream,
}

/// A rate that changes over time.
#[derive(Clone, Debug)]
struct Rate {
    per_s: f64,
    profile: Vec<[f64; 2]>,
}

impl Rate {
    /// At a time in seconds.
    fn at(&self, at: f64) -> f64 {
        self.pieces(at).next().map_or(self.per_s, |piece| piece.rate)
    }

    /// When `factor` times the rate, rounded, next becomes a greater whole number, in seconds.
    fn rises(&self, from: f64, factor: f64) -> Option<f64> {
        let whole = |rate: f64| (rate * factor + 0.5).floor();
        let mut before = whole(self.at(from));
        for piece in self.pieces(from) {
            let now = whole(piece.rate);
            if now > before {
                return Some(piece.from);
            }
            if piece.slope > 0.0 && factor > 0.0 {
                let at = piece.from + ((now + 0.5) / factor - piece.rate) / piece.slope;
                if at < piece.to {
                    return Some(at);
                }
            }
            if piece.to.is_finite() {
                before = whole(piece.rate + piece.slope * (piece.to - piece.from));
            }
        }
        None
    }

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
pub struct ClientStation {
    station: u32,
    link: Option<u32>,
    gap: Gap,
    /// Arrivals a second, or users.
    rate: Rate,
    bursts: Option<Bursts>,
    factors: Active<f64>,
    factor: f64,
    /// Where sessions matter: the first, how many, and whose turn it is.
    sessions: Option<(u32, u32, Stream)>,
    due: Due,
    first_operation: u16,
    choice: Alias,
    operations: Vec<(Effect, u8, Popularity)>,
    deadline_ns: Option<u64>,
    requests: Slab<Request>,
    arrivals: Stream,
    mix: Stream,
}

/// Wake-ups of open load: the next arrival; a burst begins or ends. Of closed load: the next user
/// comes; from then on a user's own, by number plus 1.
const ARRIVAL: u32 = 0;
const SWITCH: u32 = 1;

impl ClientStation {
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

    /// Faults or bursts change the rate from now on: what the next arrival has taken of it so far
    /// it keeps.
    fn change_rate(&mut self, core: &mut Core) {
        let bursts = self.bursts.as_ref().map_or(1.0, |bursts| bursts.factors[bursts.state]);
        let factor = self.factors.product() * bursts;
        if let Gap::Closed { .. } = self.gap {
            self.factor = factor;
            return self.fill_up(core);
        }
        let (now, from) = (to_s(core.now()), to_s(self.due.from));
        self.due.amount = (self.due.amount - self.rate.integral(from, now) * self.factor).max(0.0);
        self.due.from = core.now();
        self.factor = factor;
        self.schedule(core);
    }

    /// The present state of bursts ends after a span of its own.
    fn plan_switch(&mut self, core: &mut Core) {
        if let Some(bursts) = &mut self.bursts {
            let span = bursts.means_ns[bursts.state] * bursts.rng.exponential();
            core.calendar.at(core.now() + (span + 0.5).min(1e18) as u64, Event::wake(self.station, SWITCH));
        }
    }

    /// How many users there are to be now.
    fn crowd_size(&self, core: &Core) -> u32 {
        let users = if self.rate.profile.is_empty() { self.rate.per_s } else { self.rate.at(to_s(core.now())) };
        (users * self.factor + 0.5).min(f64::from(USERS_MAX)) as u32
    }

    /// Users come as long as there are too few; they think first.
    fn fill_up(&mut self, core: &mut Core) {
        let size = self.crowd_size(core);
        while let Gap::Closed { crowd, .. } = &mut self.gap
            && let Some(user) = crowd.joins(size)
        {
            self.think(core, user);
        }
        self.due.at = NEVER;
        if self.rate.profile.is_empty() {
            return;
        }
        let now = to_s(core.now());
        if let Some(wait_s) = self.rate.rises(now, self.factor).map(|at| at - now).filter(|wait| *wait < 1e9) {
            self.due.at = core.now() + (wait_s * 1e9).ceil().max(1.0) as u64;
            core.calendar.at(self.due.at, Event::wake(self.station, ARRIVAL));
        }
    }

    /// A user of closed load goes on, or leaves when there are too many.
    fn stays(&mut self, core: &Core, user: u32) -> bool {
        let stays = user < self.crowd_size(core);
        if !stays && let Gap::Closed { crowd, .. } = &mut self.gap {
            crowd.leaves(user);
        }
        stays
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

    fn has_thought(&mut self, core: &mut Core, user: u32) {
        if self.stays(core, user) {
            self.request(core, user);
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
        let session = match &mut self.sessions {
            None => {
                if user == NONE {
                    0
                } else {
                    user
                }
            }
            Some((first, count, _)) if user != NONE => *first + user % *count,
            Some((first, 1, _)) => *first,
            Some((first, count, rng)) => *first + rng.below(*count),
        };
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

impl Station for ClientStation {
    fn start(&mut self, core: &mut Core) {
        if let Some(bursts) = &mut self.bursts {
            bursts.state = usize::from(bursts.rng.chance(bursts.fraction));
            self.factor = bursts.factors[bursts.state];
            self.plan_switch(core);
        }
        match self.gap {
            Gap::Closed { .. } => self.fill_up(core),
            _ => self.plan_next(core),
        }
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        core.reject(job, Outcome::Error);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        let closed = matches!(self.gap, Gap::Closed { .. });
        match tag {
            ARRIVAL if self.due.at != core.now() => {} // It was put off.
            ARRIVAL if closed => self.fill_up(core),
            ARRIVAL => {
                self.request(core, NONE);
                self.plan_next(core);
            }
            user if closed => self.has_thought(core, user - 1),
            SWITCH => {
                if let Some(bursts) = &mut self.bursts {
                    bursts.state = 1 - bursts.state;
                }
                self.change_rate(core);
                self.plan_switch(core);
            }
            _ => {}
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
        if user != NONE && self.stays(core, user) {
            self.think(core, user);
        }
    }

    fn traffic(&mut self, core: &mut Core, fault: u32, factor: Option<f64>) {
        self.factors.set(fault, factor);
        self.change_rate(core);
    }
}
