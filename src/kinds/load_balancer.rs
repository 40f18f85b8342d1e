//! Load balancers: over every replica behind their links.
//!
//! At layer 7 each request is balanced; at layer 4 each connection is, and the requests on it go
//! where it goes. Whatever the algorithm, it chooses among the *active* backends: those in
//! rotation that have not failed their health checks. The costs of a choice do not grow with
//! their number (with weights they grow with the number of links); only a change of which ones
//! are active walks over all of them.

use crate::choices;
use crate::engine::calendar::Event;
use crate::engine::core::{Core, Message, NONE, Outcome};
use crate::engine::plan::{Discipline, LinkPlan};
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::{Calls, Capacity, Info, Kind, OutgoingLink, Role, Section, StationContext};
use crate::order::ascending;
use crate::params::{DurationParam, Fields, Violation, choice, parameter};
use crate::random::{Distribution, Stream};
use crate::time::{NEVER, from_ms};
use std::collections::VecDeque;

choices! {
    /// How a backend is chosen.
    Algorithm {
        /// One after the other.
        RoundRobin = "round_robin" "round robin",
        /// Any.
        Random = "random" "random",
        /// Each link gets its weight's part, smoothly interleaved (as nginx does); the replicas
        /// behind a link take turns.
        Weighted = "weighted" "weighted",
        /// The one with the fewest requests (layer 4: connections) from here, ties at random.
        LeastConnections = "least_connections" "least connections",
        /// The less loaded of two different ones drawn at random (Mitzenmacher 2001).
        PowerOfTwo = "power_of_two" "power of two",
        /// The cheaper of two different ones drawn at random by [`PeakEwma`].
        LeastLatency = "least_latency" "least latency",
        /// By a consistent hash of what the request is about.
        KeyHash = "key_hash" "hash of the key",
        /// Where the session went before; new ones take turns.
        Sticky = "sticky" "sticky sessions",
    }
}

/// Parameters of a load balancer.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancer {
    layer: u32,
    algorithm: Algorithm,
    checking: bool,
    interval_ms: f64,
    timeout_ms: f64,
    unhealthy_after: u32,
    healthy_after: u32,
    capacity_rps: Option<f64>,
    overhead: DurationParam,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        LoadBalancer {
            layer: 7,
            algorithm: Algorithm::LeastConnections,
            // Off, as in nginx, HAProxy and Envoy. Switched on: every 2 s, out after 3 failures and
            // in after 2 successes as HAProxy has it (inter, fall, rise), answered within 1 s as
            // Kubernetes has it (timeoutSeconds).
            checking: false,
            interval_ms: 2000.0,
            timeout_ms: 1000.0,
            unhealthy_after: 3,
            healthy_after: 2,
            capacity_rps: None,
            overhead: DurationParam::constant(0.0),
        }
    }
}

impl Kind for LoadBalancer {
    const INFO: Info = Info {
        id: "load_balancer",
        label: "Load balancer",
        role: Role::Proxy,
        tagline: "over every replica",
        help: "Spreads requests over all replicas behind its links. It knows only what it has sent and what came back: without health checks a crashed replica that refuses quickly looks idle.",
        section: Section::Traffic,
        called: true,
        calls: Calls::Many,
    };
    type Station = LoadBalancerStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        choice(
            f,
            parameter("algorithm", "Algorithm").help("How the next replica is chosen. Weights stand on the links; a hash sends the same key to the same replica; sticky sessions stay where they first went, by turns, until that replica leaves."),
            &mut self.algorithm,
        );
        f.integer(
            parameter("layer", "Layer").help("7 balances each request. 4 balances each session's connection, and all its requests follow it until its replica dies or leaves; it sees neither operations nor keys."),
            &mut self.layer,
            4,
            7,
        );
        let LoadBalancer { checking, interval_ms, timeout_ms, unhealthy_after, healthy_after, .. } = self;
        f.optional_group(
            parameter("health_check", "Health check").help("Asks each replica whether it is there and sends nothing to those that fail; if all fail, to all of them. A process answers at once, however slow or busy it is; a dead one refuses, a paused one is silent."),
            "off",
            checking,
            &mut |f| {
                f.number(
                    parameter("interval_ms", "Interval").unit("ms").help("Between two probes of a replica."),
                    interval_ms,
                    10.0,
                    3_600_000.0,
                );
                f.number(
                    parameter("timeout_ms", "Timeout").unit("ms").help("A probe without an answer for so long has failed."),
                    timeout_ms,
                    0.1,
                    3_600_000.0,
                );
                f.integer(
                    parameter("unhealthy_after", "Out after").unit("failures").help("Failed probes in a row."),
                    unhealthy_after,
                    1,
                    1000,
                );
                f.integer(
                    parameter("healthy_after", "Back after").unit("successes").help("Answered probes in a row."),
                    healthy_after,
                    1,
                    1000,
                );
            },
        );
        f.optional_number(
            parameter("capacity_rps", "Capacity")
                .unit("/s")
                .help("Requests a second that it can handle itself; more have to wait."),
            "unlimited",
            &mut self.capacity_rps,
            0.001,
            1e9,
        );
        self.overhead.fields(f, parameter("overhead", "Overhead").help("Time that it adds to each request."));
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.overhead.check("overhead").into_iter().collect();
        if self.layer != 4 && self.layer != 7 {
            all.push(Violation::new("layer", &format!("{} does not fit", self.layer), "4 or 7"));
        }
        if self.layer == 4 && self.algorithm == Algorithm::KeyHash {
            all.push(Violation::new("algorithm", "layer 4 cannot see keys", "another algorithm, or layer 7"));
        }
        all
    }

    fn check_links(&self, out: &[&LinkPlan]) -> Vec<Violation> {
        let mut all = Vec::new();
        if self.layer == 4 && out.iter().any(|link| link.serves.contains(&false)) {
            let what = "layer 4 cannot see operations, and a link serves only some";
            all.push(Violation::new("layer", what, "7, or links that serve all operations"));
        }
        if self.algorithm == Algorithm::Weighted && !out.is_empty() && out.iter().all(|link| link.weight == 0.0) {
            let what = "all its links have the weight 0";
            all.push(Violation::new("algorithm", what, "a weight above 0 on at least one link"));
        }
        all
    }

    fn summary(&self) -> String {
        let algorithm = crate::params::Choices::ALL
            .iter()
            .find(|(each, _): &&(Algorithm, _)| *each == self.algorithm)
            .map_or("", |(_, choice)| choice.label);
        if self.layer == 4 { format!("layer 4, {algorithm}") } else { algorithm.to_owned() }
    }

    fn capacity(&self) -> Capacity {
        Capacity { workers: self.capacity_rps.map(|_| 1), ..Capacity::default() }
    }

    fn sees_sessions(&self) -> bool {
        self.layer == 4 || self.algorithm == Algorithm::Sticky
    }

    fn station(&self, site: &StationContext) -> LoadBalancerStation {
        LoadBalancerStation {
            station: site.station,
            algorithm: self.algorithm,
            connections: self.layer == 4,
            sessions: if self.sees_sessions() { site.sessions.max(1) } else { 0 },
            capacity_ns: self.capacity_rps.map(|rps| (1e9 / rps + 0.5) as u64),
            server: Server::new(1, Some(1), None, Discipline::Fifo),
            overhead: self.overhead.distribution(),
            out: site.out.clone(),
            backends: Vec::new(),
            groups: Vec::new(),
            group_of: Vec::new(),
            sent: Vec::new(),
            checks: self.checking.then(|| Checks {
                interval_ns: from_ms(self.interval_ms),
                timeout_ns: from_ms(self.timeout_ms),
                unhealthy_after: self.unhealthy_after,
                healthy_after: self.healthy_after,
                round: 0,
                next: 0,
                out: VecDeque::new(),
            }),
            rng: Stream::named(site.seed, &site.id, "routing"),
            work: Stream::named(site.seed, &site.id, "service"),
        }
    }
}

/// Where a balancer can send a request: a replica behind one of its links.
#[derive(Clone, Debug)]
struct Backend {
    link: u32,
    station: u32,
    replica: u32,
    /// Requests from here under way there; at layer 4 connections.
    load: u32,
    latency: PeakEwma,
    healthy: bool,
    /// Probes in a row that speak against its present health.
    streak: u32,
    /// When the probe that is out was sent; [`NEVER`] when none is.
    probed: u64,
}

impl Backend {
    fn new(link: u32, station: u32, replica: u32) -> Backend {
        Backend {
            link,
            station,
            replica,
            load: 0,
            latency: PeakEwma::default(),
            healthy: true,
            streak: 0,
            probed: NEVER,
        }
    }

    /// Memory of it is lost.
    fn forget(&mut self) {
        *self = Backend::new(self.link, self.station, self.replica);
    }

    /// Its name in hashes: the same wherever else replicas come and go.
    fn identity(&self) -> u64 {
        mix(u64::from(self.station) << 32 | u64::from(self.replica))
    }
}

/// Time within which a latency that was seen loses all but 1/e of its weight, nanoseconds: 10 s,
/// the default of Finagle's and linkerd's peak EWMA.
const DECAY_NS: f64 = 1e10;
/// What a backend costs that has been asked and has not answered yet, as Finagle has it.
const UNKNOWN_COST: f64 = 1e18;

/// An average of latencies that jumps to a peak at once and comes down from it exponentially, so
/// that a backend that turns slow is noticed by its first slow answer: Finagle's `PeakEwma`. An
/// error that comes quickly is a quick answer.
#[derive(Clone, Copy, Debug, Default)]
struct PeakEwma {
    ns: f64,
    at: u64,
}

impl PeakEwma {
    fn weight(&self, now: u64) -> f64 {
        libm::exp(-((now - self.at) as f64) / DECAY_NS)
    }

    fn observe(&mut self, now: u64, ns: u64) {
        let (ns, weight) = (ns as f64, self.weight(now));
        self.ns = if ns > self.ns { ns } else { self.ns * weight + ns * (1.0 - weight) };
        self.at = now;
    }

    /// Latency that one more request can expect, if each under way takes its time.
    fn cost(&self, now: u64, load: u32) -> f64 {
        let ns = self.ns * self.weight(now);
        if ns == 0.0 && load > 0 { UNKNOWN_COST + f64::from(load) } else { ns * f64::from(load + 1) }
    }
}

/// Backends by load, so that the least loaded is found in constant time however many there are.
#[derive(Clone, Debug, Default)]
struct Loads {
    /// Least first, and where each stands in that order.
    order: Vec<u32>,
    place: Vec<u32>,
    /// For each load, how many backends have less: where its run begins.
    begins: Vec<u32>,
}

impl Loads {
    fn rebuild(&mut self, active: &[u32], backends: &[Backend]) {
        let load = |backend: u32| backends[backend as usize].load;
        let by_load = ascending(active.iter().map(|backend| (load(*backend), *backend)));
        self.order.clear();
        self.order.extend(by_load.into_iter().map(|(_, backend)| backend));
        self.place.resize(backends.len(), NONE);
        self.begins.clear();
        for (place, backend) in self.order.iter().enumerate() {
            self.place[*backend as usize] = place as u32;
            while self.begins.len() as u32 <= load(*backend) {
                self.begins.push(place as u32);
            }
        }
        self.begins.push(self.order.len() as u32);
    }

    /// One past the last place of a load's run.
    fn end(&self, load: u32) -> u32 {
        self.begins.get(load as usize + 1).copied().unwrap_or(self.order.len() as u32)
    }

    fn swap(&mut self, a: u32, b: u32) {
        self.order.swap(a as usize, b as usize);
        self.place[self.order[a as usize] as usize] = a;
        self.place[self.order[b as usize] as usize] = b;
    }

    /// One more at a backend that had this load: it moves to the end of its run, which ends
    /// before it.
    fn add(&mut self, backend: u32, load: u32) {
        let last = self.end(load) - 1;
        self.swap(self.place[backend as usize], last);
        while self.begins.len() as u32 <= load + 2 {
            self.begins.push(self.order.len() as u32);
        }
        self.begins[load as usize + 1] = last;
    }

    /// One fewer at a backend that had this load: it moves to the beginning of its run, which
    /// begins after it.
    fn remove(&mut self, backend: u32, load: u32) {
        let first = self.begins[load as usize];
        self.swap(self.place[backend as usize], first);
        self.begins[load as usize] += 1;
    }

    /// How many share the least load.
    fn ties(&self, backends: &[Backend]) -> u32 {
        self.end(backends[self.order[0] as usize].load)
    }
}

/// The link to some of a group's backends.
#[derive(Clone, Debug)]
struct Route {
    link: u32,
    weight: f64,
    /// How far it is behind its part of the requests.
    due: f64,
    turn: u32,
    /// Its active backends: where they begin among the group's, and how many they are.
    first: u32,
    count: u32,
}

/// Places in the table of a hash.
const TABLE: usize = 1 << 14;

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): each bit of the answer hangs on all bits.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The backends that serve the same operations.
#[derive(Clone, Debug)]
struct Group {
    routes: Vec<Route>,
    members: Vec<u32>,
    /// Those that may be chosen, ascending, and for each backend its place among them.
    active: Vec<u32>,
    place: Vec<u32>,
    turn: u32,
    /// Kept for the least loaded only.
    loads: Loads,
    /// For each hash of a key the backend that the key goes to; empty without hashing.
    table: Vec<u32>,
    /// For each session the backend that it goes to; empty when nobody looks.
    held: Vec<u32>,
}

impl Group {
    /// Finds out anew which backends are active.
    fn refresh(&mut self, algorithm: Algorithm, backends: &[Backend], core: &Core) {
        let in_rotation =
            |backend: &Backend| core.station_states[backend.station as usize].in_rotation[backend.replica as usize];
        let those = |fit: &dyn Fn(&Backend) -> bool| -> Vec<u32> {
            self.members.iter().copied().filter(|member| fit(&backends[*member as usize])).collect()
        };
        let mut active = those(&|it| in_rotation(it) && it.healthy);
        if active.is_empty() {
            // All fail their checks: more likely the checks are wrong. Envoy's panic mode.
            active = those(&|it| in_rotation(it));
        }
        if active == self.active {
            return;
        }
        let next = self.active.get(self.turn as usize).copied().unwrap_or(0);
        self.turn = active.partition_point(|backend| *backend < next) as u32;
        self.active = active;
        let before = std::mem::replace(&mut self.place, vec![NONE; backends.len()]);
        for (place, backend) in self.active.iter().enumerate() {
            self.place[*backend as usize] = place as u32;
        }
        for route in &mut self.routes {
            let below = |link: u32| self.active.partition_point(|it| backends[*it as usize].link < link) as u32;
            route.first = below(route.link);
            route.count = below(route.link + 1) - route.first;
        }
        if algorithm == Algorithm::LeastConnections {
            self.loads.rebuild(&self.active, backends);
        }
        if algorithm == Algorithm::KeyHash {
            self.fill_table(&before, backends);
        }
    }

    /// Rendezvous hashing (Thaler and Ravishankar 1998) of the places of a table: each place goes
    /// to the backend that scores highest there, so that only the keys of a backend that leaves
    /// move, and one that comes takes its part from all.
    fn fill_table(&mut self, before: &[u32], backends: &[Backend]) {
        let identity: Vec<u64> = backends.iter().map(Backend::identity).collect();
        let score = |backend: u32, place: usize| mix(identity[backend as usize] ^ mix(place as u64 + 1));
        let is_new = |backend: &u32| before.get(*backend as usize).is_none_or(|place| *place == NONE);
        let new: Vec<u32> = self.active.iter().copied().filter(is_new).collect();
        self.table.resize(TABLE, NONE);
        for (place, entry) in self.table.iter_mut().enumerate() {
            let stays = *entry != NONE && self.place[*entry as usize] != NONE;
            let best = |all: &[u32]| all.iter().copied().max_by_key(|backend| score(*backend, place));
            let challenger = best(if stays { &new } else { &self.active });
            if let Some(challenger) = challenger
                && (!stays || score(challenger, place) > score(*entry, place))
            {
                *entry = challenger;
            }
        }
    }

    /// Two different active backends; there are two.
    fn two(&self, rng: &mut Stream) -> [u32; 2] {
        let n = self.active.len() as u32;
        let a = rng.below(n);
        let b = (a + 1 + rng.below(n - 1)) % n;
        [self.active[a as usize], self.active[b as usize]]
    }

    /// The backend that a message is to go to, or [`NONE`] when there is none.
    fn choose(&mut self, algorithm: Algorithm, backends: &[Backend], rng: &mut Stream, now: u64, key: u32) -> u32 {
        let n = self.active.len() as u32;
        match algorithm {
            _ if n == 0 => NONE,
            Algorithm::Weighted => self.choose_by_weight(),
            _ if n == 1 => self.active[0],
            Algorithm::RoundRobin | Algorithm::Sticky => {
                let turn = self.turn % n;
                self.turn = (turn + 1) % n;
                self.active[turn as usize]
            }
            Algorithm::Random => self.active[rng.below(n) as usize],
            Algorithm::LeastConnections => self.loads.order[rng.below(self.loads.ties(backends)) as usize],
            Algorithm::PowerOfTwo => {
                let [a, b] = self.two(rng);
                if backends[b as usize].load < backends[a as usize].load { b } else { a }
            }
            Algorithm::LeastLatency => {
                let [a, b] = self.two(rng);
                let cost = |it: u32| backends[it as usize].latency.cost(now, backends[it as usize].load);
                if cost(b) < cost(a) { b } else { a }
            }
            Algorithm::KeyHash => self.table[mix(u64::from(key)) as usize % TABLE],
        }
    }

    /// Smooth weighted round robin over the links, as nginx has it: all advance by their weight,
    /// the one that is furthest behind is chosen and falls back by the sum.
    fn choose_by_weight(&mut self) -> u32 {
        let mut total = 0.0;
        let mut chosen: Option<usize> = None;
        for at in 0..self.routes.len() {
            if self.routes[at].count == 0 || self.routes[at].weight == 0.0 {
                continue;
            }
            self.routes[at].due += self.routes[at].weight;
            total += self.routes[at].weight;
            if chosen.is_none_or(|best| self.routes[at].due > self.routes[best].due) {
                chosen = Some(at);
            }
        }
        let Some(route) = chosen.map(|at| &mut self.routes[at]) else { return NONE };
        route.due -= total;
        let turn = route.turn % route.count;
        route.turn = turn + 1;
        self.active[(route.first + turn) as usize]
    }

    /// Any active backend behind a link but those that were tried; one of those when there is no
    /// other.
    fn choose_other(&self, link: u32, tried: [u32; 2], rng: &mut Stream) -> u32 {
        let Some(route) = self.routes.iter().find(|route| route.link == link) else { return tried[0] };
        let (first, count) = (route.first, route.count);
        let mut skipped = tried.map(|backend| self.place.get(backend as usize).copied().unwrap_or(NONE));
        for place in &mut skipped {
            if !(first..first + count).contains(place) {
                *place = NONE;
            }
        }
        if skipped[0] == skipped[1] {
            skipped[1] = NONE;
        }
        let others = count - skipped.iter().filter(|place| **place != NONE).count() as u32;
        let mut draw = |n: u32| if n == 1 { 0 } else { rng.below(n) };
        match (count, others) {
            (0, _) => tried[0],
            (_, 0) => self.active[(first + draw(count)) as usize],
            _ => {
                if skipped[0] > skipped[1] {
                    skipped.swap(0, 1);
                }
                let place = skipped.iter().fold(first + draw(others), |place, skip| place + u32::from(place >= *skip));
                self.active[place as usize]
            }
        }
    }
}

/// What was sent for a job: its present attempt's copies, and when.
#[derive(Clone, Copy, Debug)]
struct Sent {
    to: [u32; 2],
    at: [u64; 2],
    /// Whether the attempt is out.
    out: bool,
}

impl Sent {
    fn first(backend: u32, now: u64) -> Sent {
        Sent { to: [backend, NONE], at: [now, 0], out: true }
    }
}

/// Health checks while running.
#[derive(Clone, Debug)]
struct Checks {
    interval_ns: u64,
    timeout_ns: u64,
    unhealthy_after: u32,
    healthy_after: u32,
    /// When the present round of probes began, and whose turn it is: they are spread evenly over
    /// the interval, as HAProxy spreads them.
    round: u64,
    next: u32,
    /// Probes whose timeout is to come: backend and when it was sent.
    out: VecDeque<(u32, u64)>,
}

/// A load balancer while running.
#[derive(Clone, Debug)]
pub struct LoadBalancerStation {
    station: u32,
    algorithm: Algorithm,
    /// Whether connections are balanced (layer 4) or requests.
    connections: bool,
    /// How many sessions there are; 0 where they do not matter.
    sessions: u32,
    capacity_ns: Option<u64>,
    server: Server,
    overhead: Distribution,
    out: Vec<OutgoingLink>,
    backends: Vec<Backend>,
    groups: Vec<Group>,
    /// For each operation its group; `None` where no link serves it.
    group_of: Vec<Option<usize>>,
    /// For each job's slot.
    sent: Vec<Sent>,
    checks: Option<Checks>,
    rng: Stream,
    work: Stream,
}

/// A job's steps here.
const HANDLING: u32 = 0;
const PASSING: u32 = 1;

/// Wake-ups: the next probe is due; the oldest probe's time is over.
const PROBE: u32 = 0;
const PROBE_TIMEOUT: u32 = 1;

impl LoadBalancerStation {
    /// How many replicas behind a link the health checks keep out of rotation.
    pub fn ejected(&self, link: u32) -> u64 {
        self.backends.iter().filter(|backend| backend.link == link && !backend.healthy).count() as u64
    }

    /// How many backends it chooses from at present, of all it has.
    pub fn active(&self) -> (usize, usize) {
        (self.groups.iter().map(|group| group.active.len()).max().unwrap_or(0), self.backends.len())
    }

    fn refresh(&mut self, core: &Core) {
        for group in &mut self.groups {
            group.refresh(self.algorithm, &self.backends, core);
        }
    }

    /// One more request or connection at a backend.
    fn take(&mut self, backend: u32) {
        let load = &mut self.backends[backend as usize].load;
        if self.algorithm == Algorithm::LeastConnections {
            for group in &mut self.groups {
                if group.place[backend as usize] != NONE {
                    group.loads.add(backend, *load);
                }
            }
        }
        *load += 1;
    }

    /// One fewer.
    fn give_back(&mut self, backend: u32) {
        let load = &mut self.backends[backend as usize].load;
        if self.algorithm == Algorithm::LeastConnections {
            for group in &mut self.groups {
                if group.place[backend as usize] != NONE {
                    group.loads.remove(backend, *load);
                }
            }
        }
        *load -= 1;
    }

    fn choose(&mut self, now: u64, group: usize, message: Message) -> u32 {
        self.groups[group].choose(self.algorithm, &self.backends, &mut self.rng, now, message.key)
    }

    /// The backend that a session keeps, or [`NONE`]. A connection to a process that died is
    /// broken, which is found out when it is used.
    fn kept(&self, core: &Core, group: usize, session: u32) -> u32 {
        let group = &self.groups[group];
        let Some(held) = group.held.get(session as usize).copied().filter(|held| *held != NONE) else { return NONE };
        let it = &self.backends[held as usize];
        let broken = self.connections && !core.station_states[it.station as usize].is_up(it.replica);
        if group.place[held as usize] == NONE || broken { NONE } else { held }
    }

    /// A session is let go from where it was.
    fn let_go(&mut self, group: usize, session: u32) {
        let held = std::mem::replace(&mut self.groups[group].held[session as usize], NONE);
        if self.connections && held != NONE {
            self.give_back(held);
        }
    }

    fn keep(&mut self, group: usize, session: u32, backend: u32) {
        self.groups[group].held[session as usize] = backend;
        if self.connections && backend != NONE {
            self.take(backend);
        }
    }

    /// The backend that a message is to go to, or [`NONE`].
    fn route(&mut self, core: &Core, group: usize, message: Message) -> u32 {
        if self.sessions == 0 {
            return self.choose(core.now(), group, message);
        }
        match self.kept(core, group, message.session) {
            NONE => {
                self.let_go(group, message.session);
                let backend = self.choose(core.now(), group, message);
                self.keep(group, message.session, backend);
                backend
            }
            kept => kept,
        }
    }

    fn delay(&mut self, core: &mut Core, job: u32) {
        core.jobs[job].step = PASSING;
        match self.overhead.sample(&mut self.work) {
            0 => self.pass(core, job),
            span => core.hold(job, span),
        }
    }

    fn pass(&mut self, core: &mut Core, job: u32) {
        let message = core.jobs[job].message;
        let Some(group) = self.group_of.get(message.operation as usize).copied().flatten() else {
            return core.answer(job, Outcome::Error); // Nobody behind it serves this operation.
        };
        let backend = self.route(core, group, message);
        if backend == NONE {
            return core.answer(job, Outcome::Unreachable); // Nobody is in rotation.
        }
        if self.sent.len() <= job as usize {
            self.sent.resize(core.jobs.extent() as usize, Sent { to: [NONE; 2], at: [0; 2], out: false });
        }
        self.sent[job as usize] = Sent::first(backend, core.now());
        if !self.connections {
            self.take(backend);
        }
        core.jobs[job].pending = 1;
        let Backend { link, replica, .. } = self.backends[backend as usize];
        core.call(self.station, job, 0, link, replica, message);
    }

    /// A job's attempt is over; `was_sent` says whether anything was sent.
    fn attempt_over(&mut self, now: u64, job: u32, was_sent: bool) {
        let Some(sent) = self.sent.get_mut(job as usize).filter(|sent| sent.out) else { return };
        sent.out = false;
        let Sent { to, at, .. } = *sent;
        for (backend, at) in to.into_iter().zip(at).filter(|(backend, _)| *backend != NONE) {
            if was_sent && self.algorithm == Algorithm::LeastLatency {
                self.backends[backend as usize].latency.observe(now, now - at);
            }
            if !self.connections {
                self.give_back(backend);
            }
        }
    }

    /// A probe was answered, refused, or neither in time.
    fn hear(&mut self, core: &Core, backend: u32, good: bool) {
        let Some(checks) = &self.checks else { return };
        let it = &mut self.backends[backend as usize];
        it.probed = NEVER;
        if good == it.healthy {
            it.streak = 0;
            return;
        }
        it.streak += 1;
        if it.streak >= if good { checks.healthy_after } else { checks.unhealthy_after } {
            (it.healthy, it.streak) = (good, 0);
            self.refresh(core);
        }
    }
}

impl Station for LoadBalancerStation {
    fn start(&mut self, core: &mut Core) {
        for out in &self.out {
            self.backends.extend((0..out.replicas).map(|replica| Backend::new(out.link, out.to, replica)));
        }
        for operation in 0..core.operations.len() {
            let serves = |out: &&OutgoingLink| {
                self.connections || core.links[out.link as usize].plan.serves.get(operation).copied().unwrap_or(true)
            };
            let links: Vec<u32> = self.out.iter().filter(serves).map(|out| out.link).collect();
            if links.is_empty() {
                self.group_of.push(None);
                continue;
            }
            let same = |group: &Group| group.routes.iter().map(|route| route.link).eq(links.iter().copied());
            let index = self.groups.iter().position(same).unwrap_or_else(|| {
                let route = |link: &u32| Route {
                    link: *link,
                    weight: core.links[*link as usize].plan.weight,
                    due: 0.0,
                    turn: 0,
                    first: 0,
                    count: 0,
                };
                let all = 0..self.backends.len() as u32;
                self.groups.push(Group {
                    routes: links.iter().map(route).collect(),
                    members: all.filter(|it| links.contains(&self.backends[*it as usize].link)).collect(),
                    active: Vec::new(),
                    place: Vec::new(),
                    turn: 0,
                    loads: Loads::default(),
                    table: Vec::new(),
                    held: vec![NONE; self.sessions as usize],
                });
                self.groups.len() - 1
            });
            self.group_of.push(Some(index));
        }
        self.refresh(core);
        if let Some(checks) = &self.checks
            && !self.backends.is_empty()
        {
            let at = core.now() + checks.interval_ns / self.backends.len() as u64;
            core.calendar.at(at, Event::wake(self.station, PROBE));
        }
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let Some(span) = self.capacity_ns else { return self.delay(core, job) };
        core.jobs[job].step = HANDLING;
        if self.server.enter(core, job) == Entry::Begin {
            self.server.begin(core, job, span);
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].step == PASSING {
            return self.pass(core, job);
        }
        let next = self.server.leave(core, job);
        if let (Some(next), Some(span)) = (next, self.capacity_ns) {
            self.server.begin(core, next, span);
        }
        self.delay(core, job);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, _tag: u32, outcome: Outcome) {
        self.attempt_over(core.now(), owner, outcome != Outcome::BreakerOpen);
        core.jobs[owner].pending = 0;
        core.answer(owner, outcome);
    }

    fn attempt_failed(&mut self, core: &mut Core, owner: u32) {
        self.attempt_over(core.now(), owner, true);
    }

    fn retarget(&mut self, core: &mut Core, owner: u32, link: u32, hedge: bool) -> u32 {
        let (now, message) = (core.now(), core.jobs[owner].message);
        let Some(Some(group)) = self.group_of.get(message.operation as usize).copied() else { return NONE };
        let tried = self.sent[owner as usize].to;
        // The link is given, and the call's policies with it: what is behind another one is out of
        // reach.
        let behind =
            |it: &LoadBalancerStation, backend: u32| backend != NONE && it.backends[backend as usize].link == link;
        let backend = if self.sessions == 0 {
            let chosen = self.choose(now, group, message);
            if behind(self, chosen) && !tried.contains(&chosen) {
                chosen
            } else {
                self.groups[group].choose_other(link, tried, &mut self.rng)
            }
        } else {
            // Where a session goes its retries and hedges go.
            let kept = self.kept(core, group, message.session);
            if hedge {
                tried[0]
            } else if behind(self, kept) {
                kept
            } else {
                self.let_go(group, message.session);
                let other = self.groups[group].choose_other(link, tried, &mut self.rng);
                self.keep(group, message.session, other);
                other
            }
        };
        let sent = &mut self.sent[owner as usize];
        if hedge {
            (sent.to[1], sent.at[1]) = (backend, now);
        } else {
            *sent = Sent::first(backend, now);
        }
        if !self.connections {
            self.take(backend);
        }
        self.backends[backend as usize].replica
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        let Some(checks) = &mut self.checks else { return };
        let now = core.now();
        let condition = &core.station_states[self.station as usize];
        let awake = condition.is_up(0) && condition.pauses == 0;
        if tag == PROBE_TIMEOUT {
            let Some((backend, sent)) = checks.out.pop_front() else { return };
            if self.backends[backend as usize].probed == sent {
                self.backends[backend as usize].probed = NEVER;
                if awake {
                    self.hear(core, backend, false);
                }
            }
            return;
        }
        let (backend, count) = (checks.next, self.backends.len() as u64);
        checks.next += 1;
        if u64::from(checks.next) == count {
            (checks.round, checks.next) = (checks.round + checks.interval_ns, 0);
        }
        let at = checks.round + checks.interval_ns * (u64::from(checks.next) + 1) / count;
        core.calendar.at(at, Event::wake(self.station, PROBE));
        let it = &mut self.backends[backend as usize];
        if awake && it.probed == NEVER {
            it.probed = now;
            checks.out.push_back((backend, now));
            core.calendar.at(now + checks.timeout_ns, Event::wake(self.station, PROBE_TIMEOUT));
            core.probe(self.station, backend, it.link, it.replica);
        }
    }

    fn probed(&mut self, core: &mut Core, backend: u32, sent: u64, good: bool) {
        // An answer after the timeout finds nobody who waits for it.
        if self.backends[backend as usize].probed == sent {
            self.hear(core, backend, good);
        }
    }

    fn rotation_changed(&mut self, core: &mut Core, _callee: u32) {
        self.refresh(core);
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        self.attempt_over(core.now(), job, true);
        let next = self.server.cancel(core, job);
        if let (Some(next), Some(span)) = (next, self.capacity_ns) {
            self.server.begin(core, next, span);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.backends.iter_mut().for_each(Backend::forget);
        self.sent.iter_mut().for_each(|sent| sent.out = false);
        for group in &mut self.groups {
            group.held.fill(NONE);
            group.active.clear();
            group.refresh(self.algorithm, &self.backends, core);
        }
    }

    fn paused(&mut self, core: &mut Core) {
        self.server.freeze(core);
    }

    fn resumed(&mut self, core: &mut Core) {
        self.server.thaw(core, self.station);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::core::Access;
    use crate::engine::plan::{OperationPlan, RunSettings, StationPlan};
    use crate::link::Link;
    use crate::params::Choices;

    /// A balancer over apps with so many replicas and such weights, without health checks.
    fn balancer(algorithm: Algorithm, layer: u32, apps: &[(u32, f64)]) -> (Core, LoadBalancerStation) {
        let station = |id: String, replicas: u32| StationPlan {
            id,
            replicas,
            workers: None,
            startup_ns: 0,
            error_rate: 0.0,
            absent: 0,
        };
        let mut stations = vec![station("lb".to_owned(), 1)];
        let (mut links, mut out) = (Vec::new(), Vec::new());
        for (index, (replicas, weight)) in apps.iter().enumerate() {
            let to = index as u32 + 1;
            stations.push(station(format!("app{index}"), *replicas));
            let plan = Link::default().plan(&format!("link{index}"), 0, to, vec![true]);
            links.push(LinkPlan { weight: *weight, ..plan });
            let replicas = *replicas;
            out.push(OutgoingLink {
                link: index as u32,
                role: Role::Service,
                to,
                replicas,
                workers: None,
                relays: false,
            });
        }
        let settings = RunSettings { seed: 1, duration_ns: NEVER, warmup_ns: 0, bin_ns: NEVER };
        let operation = OperationPlan { name: "view".to_owned(), request_bytes: 0.0, response_bytes: 0.0 };
        let mut core = Core::new(&settings, &stations, links, vec![operation]);
        let kind = LoadBalancer { algorithm, layer, ..LoadBalancer::default() };
        let site = StationContext {
            queues: Vec::new(),
            station: 0,
            id: "lb".to_owned(),
            seed: 1,
            out,
            first_operation: 0,
            keys: 1000,
            first_session: 0,
            sessions: 300,
        };
        let mut it = kind.station(&site);
        it.start(&mut core);
        (core, it)
    }

    fn message(key: u32, session: u32) -> Message {
        Message { operation: 0, access: Access::Read, priority: 0, key, session }
    }

    /// The order by load against a plain search, under random additions and removals.
    #[test]
    fn the_least_loaded_is_found_however_loads_change() {
        let (core, mut it) = balancer(Algorithm::LeastConnections, 7, &[(7, 1.0)]);
        let mut rng = Stream::named(5, "group", "test");
        let mut load = [0u32; 7];
        for step in 0..20_000 {
            let any = rng.below(7);
            if rng.chance(0.5) {
                it.take(any);
                load[any as usize] += 1;
            } else if load[any as usize] > 0 {
                it.give_back(any);
                load[any as usize] -= 1;
            }
            let chosen = it.route(&core, 0, message(0, 0));
            assert_eq!(load[chosen as usize], *load.iter().min().unwrap(), "step {step}: {load:?}");
            assert!(it.backends.iter().map(|backend| backend.load).eq(load));
        }
    }

    /// Replicas come into rotation and leave it, fail their checks and pass them, with requests
    /// out all the time: only active ones are chosen, and what is given back is counted where it
    /// was taken.
    #[test]
    fn only_active_backends_are_chosen() {
        for layer in [4, 7] {
            for (algorithm, choice) in Algorithm::ALL {
                let (mut core, mut it) = balancer(*algorithm, layer, &[(5, 3.0), (3, 1.0)]);
                let mut rng = Stream::named(9, choice.id, "test");
                let mut out: Vec<u32> = Vec::new();
                for step in 0..20_000 {
                    if rng.chance(0.05) {
                        let (app, replica) = (1 + rng.below(2), rng.below(3));
                        core.rotate(app, replica, rng.chance(0.4));
                        it.rotation_changed(&mut core, app);
                    }
                    if rng.chance(0.05) {
                        let any = rng.below(8);
                        it.backends[any as usize].healthy = rng.chance(0.5);
                        it.refresh(&core);
                    }
                    if rng.chance(0.5) && !out.is_empty() {
                        it.give_back(out.swap_remove(rng.below(out.len() as u32) as usize));
                    }
                    let rotates = |backend: &Backend| {
                        core.station_states[backend.station as usize].in_rotation[backend.replica as usize]
                    };
                    let fits: Vec<bool> = it.backends.iter().map(|it| rotates(it) && it.healthy).collect();
                    let chosen = it.route(&core, 0, message(rng.below(1000), rng.below(300)));
                    let any = fits.iter().any(|fits| *fits);
                    // App 0 keeps replicas 3 and 4 in rotation.
                    assert!(chosen != NONE && rotates(&it.backends[chosen as usize]), "{} {step}", choice.id);
                    assert!(!any || fits[chosen as usize], "{} {step}: {fits:?}, {chosen}", choice.id);
                    if *algorithm == Algorithm::LeastConnections && layer == 7 {
                        let active = it.backends.iter().zip(&fits).filter(|(it, fits)| **fits || (!any && rotates(it)));
                        let least = active.map(|(it, _)| it.load).min();
                        assert_eq!(Some(it.backends[chosen as usize].load), least, "{step}");
                    }
                    if layer == 7 {
                        it.take(chosen);
                        out.push(chosen);
                    }
                }
                out.into_iter().for_each(|backend| it.give_back(backend));
                let left: u32 = it.backends.iter().map(|backend| backend.load).sum();
                let kept = it.groups[0].held.iter().filter(|held| **held != NONE).count() as u32;
                assert_eq!(left, if layer == 4 { kept } else { 0 }, "{}", choice.id);
            }
        }
    }

    #[test]
    fn nobody_in_rotation_is_nobody() {
        for (algorithm, _) in Algorithm::ALL {
            let (mut core, mut it) = balancer(*algorithm, 7, &[(2, 1.0)]);
            (0..2).for_each(|replica| core.rotate(1, replica, false));
            it.rotation_changed(&mut core, 1);
            assert_eq!(it.route(&core, 0, message(1, 1)), NONE);
            core.rotate(1, 1, true);
            it.rotation_changed(&mut core, 1);
            assert_eq!(it.route(&core, 0, message(1, 1)), 1);
        }
    }

    fn homes(core: &Core, it: &mut LoadBalancerStation) -> Vec<u32> {
        (0..20_000).map(|key| it.route(core, 0, message(key, 0))).collect()
    }

    #[test]
    fn a_replica_that_leaves_or_comes_moves_its_part_of_the_keys_and_no_other() {
        let (mut core, mut it) = balancer(Algorithm::KeyHash, 7, &[(10, 1.0)]);
        let before = homes(&core, &mut it);
        for backend in 0..10 {
            let share = before.iter().filter(|home| **home == backend).count() as f64 / 2000.0;
            assert!((share - 1.0).abs() < 0.15, "{backend} has {share} of its part");
        }
        core.rotate(1, 3, false);
        it.rotation_changed(&mut core, 1);
        let without = homes(&core, &mut it);
        let mut heirs = [0; 10];
        for (before, after) in before.iter().zip(&without) {
            assert!(*after != 3 && (*before == 3 || before == after));
            heirs[*after as usize] += u32::from(*before == 3);
        }
        assert!(heirs.iter().enumerate().all(|(at, heir)| at == 3 || *heir > 100), "all inherit: {heirs:?}");
        core.rotate(1, 3, true);
        it.rotation_changed(&mut core, 1);
        assert_eq!(homes(&core, &mut it), before);
        // One more replica in the document.
        let (core, mut it) = balancer(Algorithm::KeyHash, 7, &[(11, 1.0)]);
        let grown = homes(&core, &mut it);
        assert!(before.iter().zip(&grown).all(|(before, after)| before == after || *after == 10));
        let moved = grown.iter().filter(|home| **home == 10).count() as f64 / 20_000.0;
        assert!((moved - 1.0 / 11.0).abs() < 0.015, "{moved}");
    }

    #[test]
    fn weights_are_interleaved_smoothly() {
        let sequence = |it: &mut LoadBalancerStation, core: &Core, n: u32| -> Vec<u32> {
            (0..n).map(|_| it.route(core, 0, message(0, 0))).collect()
        };
        // The example of nginx's commit message.
        let (mut core, mut it) = balancer(Algorithm::Weighted, 7, &[(1, 5.0), (1, 1.0), (1, 1.0)]);
        assert_eq!(sequence(&mut it, &core, 7), [0, 0, 1, 0, 2, 0, 0]);
        core.rotate(1, 0, false);
        it.rotation_changed(&mut core, 1);
        assert_eq!(sequence(&mut it, &core, 40).iter().filter(|it| **it == 1).count(), 20);
        // A link's part does not hang on how many replicas are behind it; they take turns.
        let (core, mut it) = balancer(Algorithm::Weighted, 7, &[(4, 1.0), (1, 3.0), (2, 0.0)]);
        let all = sequence(&mut it, &core, 1600);
        let count = |backend| all.iter().filter(|it| **it == backend).count();
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(count), [100, 100, 100, 100, 1200, 0, 0]);
    }

    #[test]
    fn another_one_is_chosen_where_there_is_another() {
        let (mut core, mut it) = balancer(Algorithm::Random, 7, &[(2, 1.0), (4, 1.0)]);
        let mut rng = Stream::named(2, "others", "test");
        let mut seen = [[0u32; 6]; 2];
        for step in 0..4000u32 {
            let tried = [[3, NONE], [3, 5]][step as usize % 2];
            let other = it.groups[0].choose_other(1, tried, &mut rng);
            seen[step as usize % 2][other as usize] += 1;
        }
        assert_eq!([seen[0][0], seen[0][1], seen[0][3], seen[1][3], seen[1][5]], [0; 5]);
        assert!(seen[0].iter().filter(|n| **n > 550).count() == 3 && seen[1].iter().filter(|n| **n > 800).count() == 2);
        (0..3).for_each(|replica| core.rotate(2, replica, false));
        it.rotation_changed(&mut core, 2);
        assert_eq!(it.groups[0].choose_other(1, [3, NONE], &mut rng), 5);
        assert_eq!(it.groups[0].choose_other(1, [5, NONE], &mut rng), 5, "there is no other");
    }

    #[test]
    fn a_peak_counts_at_once_and_fades() {
        let mut latency = PeakEwma::default();
        assert!(latency.cost(0, 1) > latency.cost(0, 0), "asked and silent is worse than never asked");
        latency.observe(0, 1_000_000);
        latency.observe(5_000_000_000, 50_000_000);
        assert_eq!(latency.cost(5_000_000_000, 0), 5e7);
        assert_eq!(latency.cost(5_000_000_000, 2), 1.5e8);
        latency.observe(15_000_000_000, 1_000_000);
        let faded = 5e7 / std::f64::consts::E + 1e6 * (1.0 - 1.0 / std::f64::consts::E);
        assert!((latency.cost(15_000_000_000, 0) / faded - 1.0).abs() < 1e-9);
    }
}
