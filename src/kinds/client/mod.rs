//! Clients: where requests come from.

mod arrival_rate;
mod bursts;
mod operations;
mod population;
mod station;

pub use operations::Operation;
pub use station::ClientStation;

use crate::choices;
use crate::engine::calendar::Event;
use crate::engine::plan::{Active, Change, OperationPlan};
use crate::engine::slab::Slab;
use crate::kind::{Calls, Kind, KindInfo, Role, Section, StationContext, card};
use crate::params::{Axis, DurationParam, Fields, Violation, list, one_of, parameter, plain, shown};
use crate::random::{Alias, Stream};
use crate::time::{NEVER, from_ms};
use arrival_rate::Rate;
use bursts::{BurstPlan, Bursts};
use operations::{Effect, Popularity};
use population::{Population, USERS_MAX};
use station::{Arrival, NextArrival};
use std::sync::Arc;

choices! {
    /// How requests arrive.
    Process {
        /// Independent users: exponential gaps.
        Poisson = "poisson" "Poisson",
        /// Equal gaps.
        Constant = "constant" "constant",
        /// Poisson with two alternating rates: bursts and the quiet between them.
        Bursty = "bursty" "bursty",
        /// A number of users, each of whom waits for an answer before the next request.
        Closed = "closed" "closed (users wait)",
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

/// Bytes that a user takes while thinking: the event that ends it, and whether the user is there.
const USER_BYTES: u64 = std::mem::size_of::<(u64, Event, bool)>() as u64;

impl Client {
    /// The most users of closed load that the profile asks for.
    fn most_users(&self) -> f64 {
        let factor = self.profile.iter().map(|point| point[1]).reduce(f64::max).unwrap_or(1.0);
        (f64::from(self.users) * factor).ceil().max(1.0)
    }
}

impl Kind for Client {
    const INFO: KindInfo = KindInfo {
        id: "client",
        label: "Client",
        role: Role::Source,
        tagline: shown("open or closed load"),
        keywords: shown("users browser mobile traffic load generator source k6 gatling visitors"),
        help: shown(
            "Users. Open load keeps arriving whether or not it is answered; closed load waits for answers. Watch the latency and errors that users get.",
        ),
        icon: shown(
            "M9 11.5a3.3 3.3 0 1 0 0-6.6a3.3 3.3 0 1 0 0 6.6M2.8 19.2c.5-3.3 2.9-5.1 6.2-5.1s5.7 1.8 6.2 5.1M15.6 5.3a3.1 3.1 0 0 1 0 5.8M17.6 14.6c2 .7 3.3 2.3 3.6 4.6",
        ),
        color: "#586172",
        card: card::RESPONSE,
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
            parameter("arrivals", "Arrivals")
                .essential()
                .help("Open load does not wait for answers, closed load does.")
                .fixed("users who wait for answers and users who do not are counted in different ways"),
            "process",
            process,
            &mut |process, f| {
                if process == Process::Closed {
                    f.integer(
                        parameter("users", "Users")
                            .slide(1.0, 10_000.0)
                            .help("Each has at most one request under way."),
                        users,
                        1,
                        200_000,
                    );
                    think.fields(
                        f,
                        parameter("think", "Think time")
                            .slide(10.0, 60_000.0)
                            .help("Between an answer and the next request."),
                    );
                    return;
                }
                f.number(
                    parameter("rate_rps", "Rate")
                        .unit("/s")
                        .slide(2.0, 20_000.0)
                        .help("Requests that users start on average, however they end."),
                    rate_rps,
                    0.0,
                    10_000_000.0,
                );
                if process == Process::Bursty {
                    f.number(
                        parameter("burst_factor", "Burst").unit("×").slide(1.0, 20.0).help("The rate in a burst is this many times the mean; between bursts it is as much lower as keeps the mean."),
                        burst_factor,
                        1.0,
                        1000.0,
                    );
                    f.number(
                        parameter("burst_fraction", "Time in bursts")
                            .slide(0.01, 0.5)
                            .help("Share of the time, 0 to 1, on average."),
                        burst_fraction,
                        0.0001,
                        0.99,
                    );
                    f.number(
                        parameter("burst_mean_s", "Length of a burst")
                            .unit("s")
                            .slide(0.1, 60.0)
                            .help("Mean; exponential, as is the quiet between."),
                        burst_mean_s,
                        0.001,
                        86_400.0,
                    );
                }
                f.integer(
                    parameter("sessions", "Sessions").slide(1.0, 10_000.0).help("Users, or long-lived connections, to which requests belong at random. They matter to sticky and to layer 4 load balancers.").fixed("load balancers keep a table of them from the start"),
                    sessions,
                    1,
                    200_000,
                );
            },
        );
        f.points(
            parameter("profile", "Profile").help("Time in s and factor, linear in between: multiplies the rate, or the number of users. Surplus users leave after their present request."),
            [Axis { label: "time in s", min: 0.0, max: 1e7 }, Axis { label: "factor", min: 0.0, max: 1000.0 }],
            profile,
        );
        list(
            f,
            parameter("operations", "Operations")
                .help("What users do.")
                .fixed("the report counts each of them from the start"),
            operations,
            Operation::fields,
        );
        f.optional_number(
            parameter("deadline_ms", "Deadline")
                .essential()
                .unit("ms")
                .help("An answer later than this counts as throughput but not as goodput."),
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
            all.push(Violation::new("profile", "makes too many users", format!("at most {USERS_MAX} users at a time")));
        }
        if self.process == Process::Bursty && self.burst_factor * self.burst_fraction > 1.0 {
            all.push(Violation::new(
                "arrivals.burst_factor",
                "more requests would arrive in bursts than arrive in all",
                format!("at most 1 / burst_fraction: {}", plain((100.0 / self.burst_fraction).floor() / 100.0)),
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

    fn unmoved_by(&self, change: &Change) -> Option<&'static str> {
        let makes_none = self.process != Process::Closed && self.rate_rps == 0.0;
        (matches!(change, Change::Traffic(..)) && makes_none).then_some("it makes no requests")
    }

    fn memory_bytes(&self, _keys: u64, _sessions: u64) -> u64 {
        // One table of popularity for each number of keys and exponent, and one event for each user.
        let mut tables: Vec<(u32, f64)> = Vec::new();
        for it in self.operations.iter().filter(|it| it.zipf > 0.0) {
            if !tables.contains(&(it.keys, it.zipf)) {
                tables.push((it.keys, it.zipf));
            }
        }
        let users = if self.process == Process::Closed { self.most_users() as u64 } else { 0 };
        tables.iter().map(|(keys, _)| Alias::SLOT_BYTES * u64::from(*keys)).sum::<u64>() + USER_BYTES * users
    }

    fn station(&self, site: &StationContext) -> ClientStation {
        let stream = |purpose| Stream::named(site.seed, &site.id, purpose);
        let (choice, operations) = self.mix();
        ClientStation {
            station: site.station,
            link: site.out.first().map(|out| out.link),
            arrival: match self.process {
                Process::Poisson | Process::Bursty => Arrival::Exponential,
                Process::Constant => Arrival::Constant,
                Process::Closed => {
                    Arrival::Closed { population: Population::default(), think: self.think.distribution() }
                }
            },
            rate: self.rate(),
            bursts: (self.process == Process::Bursty).then(|| Bursts {
                plan: self.bursts(),
                state: 0,
                rng: stream("bursts"),
            }),
            factors: Active::default(),
            factor: 1.0,
            sessions: (site.sessions > 0).then(|| (site.first_session, site.own_sessions, stream("sessions"))),
            next_arrival: NextArrival { at: NEVER, from: 0, amount: 0.0 },
            first_operation: site.first_operation,
            choice,
            operations,
            deadline_ns: self.deadline_ms.map(from_ms),
            requests: Slab::default(),
            arrivals: stream("arrivals"),
            mix: stream("mix"),
        }
    }
}

impl Client {
    /// Arrivals per second, or users.
    fn rate(&self) -> Rate {
        Rate {
            base: if self.process == Process::Closed { f64::from(self.users) } else { self.rate_rps },
            profile: self.profile.clone(),
        }
    }

    fn bursts(&self) -> BurstPlan {
        BurstPlan {
            factors: [
                (1.0 - self.burst_factor * self.burst_fraction).max(0.0) / (1.0 - self.burst_fraction),
                self.burst_factor,
            ],
            means_ns: [
                self.burst_mean_s * 1e9 * (1.0 - self.burst_fraction) / self.burst_fraction,
                self.burst_mean_s * 1e9,
            ],
            fraction: self.burst_fraction,
        }
    }

    /// How an operation is chosen, and what is true of each.
    fn mix(&self) -> (Alias, Vec<(Effect, u8, Popularity)>) {
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
        let operations = self.operations.iter().map(|it| (it.access, it.priority as u8, popularity(it))).collect();
        (Alias::new(&weights), operations)
    }
}
