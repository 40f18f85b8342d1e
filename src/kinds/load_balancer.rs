//! Load balancers: over every replica behind their links.

use crate::engine::core::{Core, NONE, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::server::{Entry, Server};
use crate::engine::station::Station;
use crate::kind::{Calls, Fields, Info, Kind, Layout, Out, Role, Section, Site, Span, Wrong, about, pick};
use crate::pick;
use crate::random::{Distribution, Stream};

pick! {
    /// How a backend is chosen.
    Algorithm {
        /// One after the other.
        RoundRobin = "round_robin" "round robin",
        /// Any.
        Random = "random" "random",
        /// The one with the fewest requests from here under way, ties at random.
        LeastConnections = "least_connections" "least connections",
        /// The less loaded of two different ones drawn at random (Mitzenmacher 2001).
        PowerOfTwo = "power_of_two" "power of two",
    }
}

/// Parameters of a load balancer.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancer {
    algorithm: Algorithm,
    capacity_rps: Option<f64>,
    overhead: Span,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        LoadBalancer { algorithm: Algorithm::LeastConnections, capacity_rps: None, overhead: Span::constant(0.0) }
    }
}

impl Kind for LoadBalancer {
    const INFO: Info = Info {
        id: "load_balancer",
        label: "Load balancer",
        role: Role::Gate,
        tagline: "over every replica",
        help: "Spreads requests over all replicas behind its links. It knows only what it has sent and what came back: a crashed replica that refuses quickly looks idle.",
        section: Section::Traffic,
        called: true,
        calls: Calls::Many,
    };
    type Station = Balancer;

    fn fields(&mut self, f: &mut dyn Fields) {
        pick(f, about("algorithm", "Algorithm", "", "How the next replica is chosen."), &mut self.algorithm);
        f.maybe_number(
            about("capacity_rps", "Capacity", "/s", "Requests a second that it can handle itself; more have to wait."),
            "unlimited",
            &mut self.capacity_rps,
            0.001,
            1e9,
        );
        self.overhead.fields(f, about("overhead", "Overhead", "", "Time that it adds to each request."));
    }

    fn check(&self) -> Vec<Wrong> {
        self.overhead.check("overhead").into_iter().collect()
    }

    fn summary(&self) -> String {
        crate::kind::Pick::ALL
            .iter()
            .find(|(each, _): &&(Algorithm, _)| *each == self.algorithm)
            .map_or("", |(_, choice)| choice.label)
            .to_owned()
    }

    fn plan(&self) -> Layout {
        Layout { workers: self.capacity_rps.map(|_| 1), ..Layout::default() }
    }

    fn station(&self, site: &Site) -> Balancer {
        Balancer {
            station: site.station,
            algorithm: self.algorithm,
            capacity_ns: self.capacity_rps.map(|rps| (1e9 / rps + 0.5) as u64),
            server: Server::new(1, Some(1), None, Discipline::Fifo),
            overhead: self.overhead.distribution(),
            out: site.out.clone(),
            groups: Vec::new(),
            group_of: Vec::new(),
            luck: Stream::named(site.seed, &site.id, "routing"),
            work: Stream::named(site.seed, &site.id, "service"),
        }
    }
}

/// Where a balancer can send a request: a replica behind one of its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Backend {
    link: u32,
    replica: u32,
}

/// The backends that serve the same operations, ordered by load so that the least loaded is found
/// in constant time however many there are.
#[derive(Clone, Debug)]
struct Group {
    links: Vec<u32>,
    backends: Vec<Backend>,
    turn: u32,
    /// Backends by load, least first, and where each stands in that order.
    order: Vec<u32>,
    place: Vec<u32>,
    load: Vec<u32>,
    /// For each load, how many backends have less: where its run begins.
    begins: Vec<u32>,
}

impl Group {
    fn new(backends: Vec<Backend>, links: Vec<u32>) -> Group {
        let n = backends.len() as u32;
        Group {
            links,
            backends,
            turn: 0,
            order: (0..n).collect(),
            place: (0..n).collect(),
            load: vec![0; n as usize],
            begins: vec![0, n],
        }
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

    /// One more request at a backend: it moves to the end of its run, which ends before it.
    fn add(&mut self, backend: u32) {
        let load = self.load[backend as usize];
        let last = self.end(load) - 1;
        self.swap(self.place[backend as usize], last);
        while self.begins.len() as u32 <= load + 2 {
            self.begins.push(self.order.len() as u32);
        }
        self.begins[load as usize + 1] = last;
        self.load[backend as usize] += 1;
    }

    /// One request fewer: it moves to the beginning of its run, which begins after it.
    fn remove(&mut self, backend: u32) {
        let load = self.load[backend as usize];
        let first = self.begins[load as usize];
        self.swap(self.place[backend as usize], first);
        self.begins[load as usize] += 1;
        self.load[backend as usize] -= 1;
    }

    fn choose(&mut self, algorithm: Algorithm, luck: &mut Stream) -> u32 {
        let n = self.backends.len() as u32;
        match algorithm {
            _ if n == 1 => 0,
            Algorithm::RoundRobin => {
                let turn = self.turn;
                self.turn = (turn + 1) % n;
                turn
            }
            Algorithm::Random => luck.below(n),
            Algorithm::LeastConnections => {
                let ties = self.end(self.load[self.order[0] as usize]);
                self.order[luck.below(ties) as usize]
            }
            Algorithm::PowerOfTwo => {
                let a = luck.below(n);
                let b = (a + 1 + luck.below(n - 1)) % n;
                if self.load[b as usize] < self.load[a as usize] { b } else { a }
            }
        }
    }
}

/// A load balancer while running.
#[derive(Clone, Debug)]
pub struct Balancer {
    station: u32,
    algorithm: Algorithm,
    capacity_ns: Option<u64>,
    server: Server,
    overhead: Distribution,
    out: Vec<Out>,
    groups: Vec<Group>,
    /// For each operation its group; `None` where no link serves it.
    group_of: Vec<Option<usize>>,
    luck: Stream,
    work: Stream,
}

/// A job's steps here.
const HANDLING: u32 = 0;
const PASSING: u32 = 1;

impl Balancer {
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
        let backend = self.groups[group].choose(self.algorithm, &mut self.luck);
        self.groups[group].add(backend);
        let to = self.groups[group].backends[backend as usize];
        let it = &mut core.jobs[job];
        it.note = backend;
        it.pending = 1;
        core.call(self.station, job, group as u32, to.link, to.replica, message);
    }

    fn let_go(&mut self, core: &Core, job: u32) {
        let it = &core.jobs[job];
        if it.pending > 0
            && let Some(Some(group)) = self.group_of.get(it.message.operation as usize)
        {
            self.groups[*group].remove(it.note);
        }
    }
}

impl Station for Balancer {
    fn start(&mut self, core: &mut Core) {
        for operation in 0..core.operations.len() {
            let serving =
                |out: &&Out| core.links[out.link as usize].plan.serves.get(operation).copied().unwrap_or(true);
            let serves: Vec<&Out> = self.out.iter().filter(serving).collect();
            let links: Vec<u32> = serves.iter().map(|out| out.link).collect();
            if links.is_empty() {
                self.group_of.push(None);
                continue;
            }
            let known = self.groups.iter().position(|group| group.links == links);
            let backends = || {
                serves
                    .iter()
                    .flat_map(|out| (0..out.replicas).map(|replica| Backend { link: out.link, replica }))
                    .collect()
            };
            let index = known.unwrap_or_else(|| {
                self.groups.push(Group::new(backends(), links));
                self.groups.len() - 1
            });
            self.group_of.push(Some(index));
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
        self.let_go(core, owner);
        core.jobs[owner].pending = 0;
        core.answer(owner, outcome);
    }

    fn retarget(&mut self, core: &mut Core, owner: u32, link: u32) -> u32 {
        let it = &core.jobs[owner];
        let Some(Some(index)) = self.group_of.get(it.message.operation as usize) else { return NONE };
        let group = &mut self.groups[*index];
        group.remove(it.note);
        // The link is given: whatever else the algorithm would choose is behind another one.
        let mut backend = group.choose(self.algorithm, &mut self.luck);
        if group.backends[backend as usize].link != link {
            let (first, count) = (
                group.backends.iter().position(|each| each.link == link).unwrap_or(0) as u32,
                group.backends.iter().filter(|each| each.link == link).count() as u32,
            );
            backend = first + self.luck.below(count.max(1));
        }
        group.add(backend);
        core.jobs[owner].note = backend;
        group.backends[backend as usize].replica
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        self.let_go(core, job);
        let next = self.server.cancel(core, job);
        if let (Some(next), Some(span)) = (next, self.capacity_ns) {
            self.server.begin(core, next, span);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.server.clear(core, self.station, replica);
        for group in &mut self.groups {
            *group = Group::new(std::mem::take(&mut group.backends), std::mem::take(&mut group.links));
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

    /// The order by load against a plain search, under random additions and removals.
    #[test]
    fn the_least_loaded_is_found_however_loads_change() {
        let backends: Vec<Backend> = (0..7).map(|replica| Backend { link: 0, replica }).collect();
        let mut group = Group::new(backends, vec![0]);
        let mut luck = Stream::named(5, "group", "test");
        let mut load = [0u32; 7];
        for step in 0..20_000 {
            let any = luck.below(7);
            if luck.chance(0.5) {
                group.add(any);
                load[any as usize] += 1;
            } else if load[any as usize] > 0 {
                group.remove(any);
                load[any as usize] -= 1;
            }
            let chosen = group.choose(Algorithm::LeastConnections, &mut luck);
            assert_eq!(load[chosen as usize], *load.iter().min().unwrap(), "step {step}: {load:?}");
            assert_eq!(group.load, load);
        }
    }
}
