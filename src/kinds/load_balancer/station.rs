//! A load balancer while running.

use super::backend::Backend;
use super::group::{Group, Route};
use super::health::{Checks, PROBE_TIMEOUT};
use super::least_loaded::Loads;
use super::{Algorithm, LoadBalancer};
use crate::engine::call::{Caller, Target};
use crate::engine::core::{Core, NONE};
use crate::engine::job::JobData;
use crate::engine::message::{Message, Outcome};
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::OutgoingLink;
use crate::random::{Distribution, Stream};
use crate::time::NEVER;

/// The copies of a job's present attempt: the backend of each and when it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) to: [u32; 2],
    pub(super) at: [u64; 2],
    /// Whether the attempt is under way.
    is_open: bool,
    /// The backends that the job has been sent to so far.
    tried: Tried,
}

impl Sent {
    const NOWHERE: Sent = Sent { to: [NONE; 2], at: [0; 2], is_open: false, tried: Tried(0) };

    /// Another attempt is sent to a backend.
    fn to(self, backend: u32, now: u64) -> Sent {
        Sent { to: [backend, NONE], at: [now, 0], is_open: true, tried: self.tried.with(backend) }
    }
}

/// Backends that were tried: one bit for each of the first 64. Of more backends some share a bit, and one
/// that was not tried may then be taken for one that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tried(u64);

impl Tried {
    pub(super) fn with(self, backend: u32) -> Tried {
        Tried(self.0 | 1 << (backend % 64))
    }

    pub(super) fn contains(self, backend: u32) -> bool {
        self.0 & 1 << (backend % 64) != 0
    }
}

/// A load balancer while running.
#[derive(Clone, Debug)]
pub struct LoadBalancerStation {
    pub(super) station: u32,
    pub(super) algorithm: Algorithm,
    /// Whether connections are balanced (layer 4) or requests.
    pub(super) connections: bool,
    /// The number of sessions; 0 unless sessions matter.
    pub(super) sessions: u32,
    pub(super) capacity_ns: Option<u64>,
    pub(super) server: Server,
    pub(super) overhead: Distribution,
    pub(super) out: Vec<OutgoingLink>,
    pub(super) backends: Vec<Backend>,
    pub(super) groups: Vec<Group>,
    /// For each operation its group; `None` if no link serves it.
    pub(super) group_of: Vec<Option<usize>>,
    /// For each job's slot.
    pub(super) sent: Vec<Sent>,
    pub(super) checks: Option<Checks>,
    pub(super) rng: Stream,
    pub(super) work: Stream,
}

/// What a load balancer stores with a job: how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It waits for its turn or is being handled.
    Handling,
    /// It is delayed by the overhead, or has been forwarded.
    Forwarding,
}

impl JobData for Step {
    fn to_words(self) -> [u32; 2] {
        [self as u32, 0]
    }

    fn from_words([step, _]: [u32; 2]) -> Step {
        if step == 0 { Step::Handling } else { Step::Forwarding }
    }
}

/// Whether the pools of the links leave room for one more call to a backend.
#[inline(always)]
fn has_room(core: &Core, backend: &Backend) -> bool {
    core.network.links[backend.link as usize].has_room_at(0, backend.replica)
}

impl LoadBalancerStation {
    /// How many backends may be chosen at present, and how many there are.
    pub fn active(&self) -> (usize, usize) {
        (self.groups.iter().map(|group| group.active.len()).max().unwrap_or(0), self.backends.len())
    }

    /// Backends came or went: calls that wait may find room at others now.
    pub(super) fn fill_pools(&self, core: &mut Core) {
        for out in &self.out {
            if core.network.links[out.link as usize].pool_waiting > 0 {
                core.fill_pool(out.link, 0, NONE);
            }
        }
    }

    pub(super) fn refresh(&mut self, core: &Core) {
        for group in &mut self.groups {
            group.refresh(self.algorithm, &self.backends, core);
        }
    }

    /// Counts one more request or connection at a backend.
    pub(super) fn acquire(&mut self, backend: u32) {
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

    /// Counts one request or connection fewer at a backend.
    pub(super) fn release(&mut self, backend: u32) {
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

    /// Chooses a backend by the algorithm; where pools are limited, one that has room, if there is any. A call that
    /// has to wait takes no turn before it is [bound](Station::bind) to a backend; that of a session is bound now.
    pub(super) fn choose(&mut self, core: &Core, group: usize, message: Message) -> u32 {
        let now = core.now();
        let backend = self.groups[group].choose(self.algorithm, &self.backends, &mut self.rng, now, message.key);
        if backend == NONE || self.algorithm == Algorithm::KeyHash || self.has_room(core, backend) {
            return backend;
        }
        let it = &mut self.groups[group];
        it.give_turn_back(self.algorithm, &self.backends, backend);
        let has_room = |backend: u32| has_room(core, &self.backends[backend as usize]);
        match it.choose_among(self.algorithm, &self.backends, &mut self.rng, now, has_room) {
            NONE if self.sessions == 0 || !self.algorithm.takes_turns() => backend,
            NONE => it.choose_among(self.algorithm, &self.backends, &mut self.rng, now, |_| true),
            other => other,
        }
    }

    /// Chooses a backend for another attempt or copy of a job: one that was not tried, and has room, if
    /// there is any.
    pub(super) fn choose_again(&mut self, core: &Core, group: usize, message: Message, tried: Tried) -> u32 {
        // Further attempts and copies do not take the turns of others.
        let algorithm = if self.algorithm.takes_turns() { Algorithm::Random } else { self.algorithm };
        let now = core.now();
        let is_new = |backend: u32| !tried.contains(backend) && self.groups[group].has_share(&self.backends, backend);
        let is_new_with_room = |backend: u32| is_new(backend) && has_room(core, &self.backends[backend as usize]);
        let it = &self.groups[group];
        let mut backend = it.pick_among(algorithm, &self.backends, &mut self.rng, now, is_new_with_room);
        if backend == NONE {
            backend = it.pick_among(algorithm, &self.backends, &mut self.rng, now, is_new);
        }
        if backend == NONE { self.choose(core, group, message) } else { backend }
    }

    /// Whether the pools of the links leave room for one more call to a backend.
    fn has_room(&self, core: &Core, backend: u32) -> bool {
        has_room(core, &self.backends[backend as usize])
    }

    /// The backend that a session goes to, or [`NONE`]: its first one where that serves, else the one that
    /// stands in for it. A connection to a process that died is found to be broken when it is used.
    pub(super) fn session_backend(&self, core: &Core, group: usize, session: u32) -> u32 {
        let group = &self.groups[group];
        let serves = |backend: &u32| {
            let Some(it) = self.backends.get(*backend as usize) else { return false };
            let is_broken = self.connections && !core.station_states[it.station as usize].is_up(it.replica);
            group.place[*backend as usize] != NONE && !is_broken
        };
        let of = |list: &[u32]| list.get(session as usize).copied().filter(serves);
        of(&group.first).or_else(|| of(&group.held)).unwrap_or(NONE)
    }

    /// Forgets the backend of a session, and closes its connection.
    fn release_session(&mut self, group: usize, session: u32) {
        let held = std::mem::replace(&mut self.groups[group].held[session as usize], NONE);
        if self.connections && held != NONE {
            self.release(held);
        }
    }

    /// Assigns a session to a backend, and opens its connection.
    fn assign_session(&mut self, group: usize, session: u32, backend: u32) {
        let it = &mut self.groups[group];
        it.held[session as usize] = backend;
        if it.first[session as usize] == NONE {
            it.first[session as usize] = backend;
        }
        if self.connections && backend != NONE {
            self.acquire(backend);
        }
    }

    /// Chooses the backend of a message; [`NONE`] when no backend is active.
    pub(super) fn route(&mut self, core: &Core, group: usize, message: Message) -> u32 {
        if self.sessions == 0 {
            return self.choose(core, group, message);
        }
        let mut backend = self.session_backend(core, group, message.session);
        if backend != NONE && backend == self.groups[group].held[message.session as usize] {
            return backend;
        }
        self.release_session(group, message.session);
        if backend == NONE {
            backend = self.choose(core, group, message);
        }
        self.assign_session(group, message.session, backend);
        backend
    }

    /// Begins to handle a request that has waited for its turn, if there is one.
    fn begin_handling(&mut self, core: &mut Core, job: Option<u32>) {
        if let Some(job) = job {
            // Without a limit, those that still wait take no time.
            self.server.begin(core, job, self.capacity_ns.unwrap_or(0));
        }
    }

    fn delay(&mut self, core: &mut Core, job: u32) {
        core.jobs[job].set_data(Step::Forwarding);
        let span = self.overhead.sample(&mut self.work);
        match if self.capacity_ns.is_none() { core.timed_error(job).unwrap_or(span) } else { span } {
            0 if !core.jobs[job].is_error() => self.forward(core, job),
            span => core.process(job, span),
        }
    }

    /// Sends a job to a backend.
    fn forward(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].is_error() {
            return core.answer(job, Outcome::Error);
        }
        let message = core.jobs[job].message;
        let Some(group) = self.group_of.get(message.operation as usize).copied().flatten() else {
            return core.answer(job, Outcome::Error); // No link serves this operation.
        };
        let backend = self.route(core, group, message);
        if backend == NONE {
            // No backend is in rotation.
            core.record.nodes[self.station as usize].counts.no_backend += 1;
            return core.answer(job, Outcome::Unreachable);
        }
        if self.sent.len() <= job as usize {
            self.sent.resize(core.jobs.extent() as usize, Sent::NOWHERE);
        }
        self.sent[job as usize] = Sent::NOWHERE;
        let target = self.take(core, job, backend);
        core.jobs[job].pending_calls = 1;
        let link = self.backends[backend as usize].link;
        core.call(Caller::Job(job), 0, link, target, message);
    }

    /// An attempt of a job goes to a backend, now if there is room. Where a key or a session decides it is
    /// bound to that backend; otherwise, if it has to wait, it is bound to one when there is room.
    fn take(&mut self, core: &Core, job: u32, backend: u32) -> Target {
        let replica = self.backends[backend as usize].replica;
        let is_bound = self.sessions > 0 || self.algorithm == Algorithm::KeyHash;
        if is_bound || self.has_room(core, backend) {
            self.count_sent(core.now(), job, backend);
        }
        if is_bound { Target::Bound(replica) } else { Target::Free(replica) }
    }

    /// An attempt of a job is sent to a backend.
    fn count_sent(&mut self, now: u64, job: u32, backend: u32) {
        self.sent[job as usize] = self.sent[job as usize].to(backend, now);
        if !self.connections {
            self.acquire(backend);
        }
    }

    /// The attempt of a job is over; `was_sent` says whether a message was sent at all.
    fn attempt_over(&mut self, now: u64, job: u32, was_sent: bool) {
        let Some(sent) = self.sent.get_mut(job as usize).filter(|sent| sent.is_open) else {
            return;
        };
        sent.is_open = false;
        let Sent { to, at, .. } = *sent;
        for (backend, at) in to.into_iter().zip(at).filter(|(backend, _)| *backend != NONE) {
            if was_sent && self.algorithm == Algorithm::LeastLatency {
                self.backends[backend as usize].latency.observe(now, now - at);
            }
            if !self.connections {
                self.release(backend);
            }
        }
    }
}

impl LoadBalancerStation {
    /// Another way to choose from now on; what is known of the backends stays.
    fn set_algorithm(&mut self, core: &Core, algorithm: Algorithm) {
        if self.algorithm == algorithm {
            return;
        }
        self.algorithm = algorithm;
        for group in &mut self.groups {
            group.active.clear();
            group.place.clear();
            group.table.clear();
        }
        self.refresh(core);
    }

    /// Other health checks from now on.
    fn set_checks(&mut self, core: &mut Core, checks: Option<Checks>) {
        match (&mut self.checks, checks) {
            (Some(now), Some(next)) => {
                let Checks { interval_ns, timeout_ns, unhealthy_after, healthy_after, .. } = next;
                *now = Checks { interval_ns, timeout_ns, unhealthy_after, healthy_after, ..now.clone() };
            }
            (None, Some(next)) => {
                self.checks = Some(next);
                self.start_checks(core);
            }
            (Some(_), None) => {
                self.checks = None;
                for backend in &mut self.backends {
                    (backend.healthy, backend.streak, backend.probed) = (true, 0, NEVER);
                }
                self.refresh(core);
                self.fill_pools(core);
            }
            (None, None) => {}
        }
    }
}

impl Station for LoadBalancerStation {
    type Parameters = LoadBalancer;

    fn reconfigure(&mut self, core: &mut Core, balancer: &LoadBalancer) {
        self.capacity_ns = balancer.capacity_ns();
        self.overhead = balancer.overhead.distribution();
        self.set_algorithm(core, balancer.algorithm);
        self.set_checks(core, balancer.checks());
    }

    fn link_reconfigured(&mut self, core: &mut Core, link: u32) {
        let weight = core.network.links[link as usize].plan.weight;
        let routes = self.groups.iter_mut().flat_map(|group| &mut group.routes);
        routes.filter(|route| route.link == link).for_each(|route| route.weight = weight);
        self.fill_pools(core);
    }

    fn start(&mut self, core: &mut Core) {
        for out in &self.out {
            self.backends.extend((0..out.replicas).map(|replica| Backend::new(out.link, out.to, replica)));
        }
        for operation in 0..core.operations.len() {
            let serves = |out: &&OutgoingLink| {
                self.connections || core.network.links[out.link as usize].serves(operation as u16)
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
                    weight: core.network.links[*link as usize].plan.weight,
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
                    first: vec![NONE; self.sessions as usize],
                });
                self.groups.len() - 1
            });
            self.group_of.push(Some(index));
        }
        self.refresh(core);
        self.start_checks(core);
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let Some(span) = self.capacity_ns else {
            return self.delay(core, job);
        };
        core.jobs[job].set_data(Step::Handling);
        if self.server.enter(core, job) == Entry::Begin {
            self.server.begin(core, job, span);
        }
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].data::<Step>() == Step::Forwarding {
            return self.forward(core, job);
        }
        let next = self.server.leave(core, job);
        self.begin_handling(core, next);
        self.delay(core, job);
    }

    fn answered(&mut self, core: &mut Core, owner: u32, _tag: u32, outcome: Outcome) {
        self.attempt_over(core.now(), owner, outcome != Outcome::BreakerOpen);
        core.jobs[owner].pending_calls = 0;
        core.answer(owner, outcome);
    }

    fn attempt_failed(&mut self, core: &mut Core, owner: u32) {
        self.attempt_over(core.now(), owner, true);
    }

    fn retarget(&mut self, core: &mut Core, owner: u32, hedge: bool) -> Option<(u32, u32)> {
        let (now, message) = (core.now(), core.jobs[owner].message);
        let group = self.group_of.get(message.operation as usize).copied().flatten()?;
        let Sent { to, tried, .. } = self.sent[owner as usize];
        let backend = if self.sessions == 0 {
            self.choose_again(core, group, message, tried)
        } else if hedge {
            // A hedge of a session goes to its backend.
            to[0]
        } else {
            self.route(core, group, message)
        };
        if backend == NONE {
            return None;
        }
        if hedge {
            let sent = &mut self.sent[owner as usize];
            (sent.to[1], sent.at[1], sent.tried) = (backend, now, tried.with(backend));
            if !self.connections {
                self.acquire(backend);
            }
        } else {
            self.take(core, owner, backend);
        }
        let Backend { link, replica, .. } = self.backends[backend as usize];
        Some((link, replica))
    }

    fn bind(&mut self, core: &mut Core, owner: u32, link: u32) -> Option<u32> {
        let (now, message) = (core.now(), core.jobs[owner].message);
        let group = self.group_of.get(message.operation as usize).copied().flatten()?;
        let tried = self.sent[owner as usize].tried;
        let is_free = |backend: u32| {
            let backend = &self.backends[backend as usize];
            backend.link == link && has_room(core, backend)
        };
        let is_new = |backend: u32| is_free(backend) && !tried.contains(backend);
        let group = &mut self.groups[group];
        let mut backend = group.choose_among(self.algorithm, &self.backends, &mut self.rng, now, is_new);
        if backend == NONE {
            backend = group.choose_among(self.algorithm, &self.backends, &mut self.rng, now, is_free);
        }
        if backend == NONE {
            return None;
        }
        self.count_sent(now, owner, backend);
        Some(self.backends[backend as usize].replica)
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        match tag {
            PROBE_TIMEOUT => self.probe_timed_out(core),
            _ => self.send_probe(core),
        }
    }

    fn probed(&mut self, core: &mut Core, backend: u32, sent: u64, good: bool) {
        // An answer after the timeout is ignored.
        if self.backends[backend as usize].probed == sent {
            self.record_probe(core, backend, good);
        }
    }

    fn rotation_changed(&mut self, core: &mut Core, _callee: u32) {
        self.refresh(core);
        self.fill_pools(core);
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        self.attempt_over(core.now(), job, true);
        let next = self.server.cancel(core, job);
        self.begin_handling(core, next);
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        self.backends.iter_mut().for_each(Backend::forget);
        self.sent.iter_mut().for_each(|sent| sent.is_open = false);
        for group in &mut self.groups {
            group.held.fill(NONE);
            group.first.fill(NONE);
            group.active.clear();
            group.refresh(self.algorithm, &self.backends, core);
        }
    }

    fn ejected(&self, link: u32) -> u64 {
        self.backends.iter().filter(|backend| backend.link == link && !backend.healthy).count() as u64
    }
}
