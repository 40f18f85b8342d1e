//! The backends that serve the same operations, and the choice of one of them.

use super::Algorithm;
use super::backend::Backend;
use super::least_loaded::Loads;
use super::rendezvous::TABLE;
use crate::engine::core::{Core, NONE};
use crate::random::{Stream, mix};

/// The part of a group's backends that is behind one link.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) link: u32,
    pub(super) weight: f64,
    /// How many requests it is behind its share, in units of weight.
    pub(super) due: f64,
    pub(super) turn: u32,
    /// Its active backends: the place of the first among the active ones of the group, and their number.
    pub(super) first: u32,
    pub(super) count: u32,
}

/// The places of `count` backends, each once, from the one whose turn it is on.
fn turns(turn: u32, count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(move |step| (turn % count + step) % count)
}

/// The backends that serve the same operations.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) routes: Vec<Route>,
    pub(super) members: Vec<u32>,
    /// Backends that may be chosen, ascending, and for each backend its place among them.
    pub(super) active: Vec<u32>,
    pub(super) place: Vec<u32>,
    pub(super) turn: u32,
    /// Used by least connections only.
    pub(super) loads: Loads,
    /// For each hash of a key its backend; empty unless keys are hashed.
    pub(super) table: Vec<u32>,
    /// For each session its backend; empty unless sessions matter.
    pub(super) held: Vec<u32>,
    /// For each session its first backend. While that one is out of rotation another stands in for it.
    pub(super) first: Vec<u32>,
}

impl Group {
    /// Recomputes which backends are active.
    pub(super) fn refresh(&mut self, algorithm: Algorithm, backends: &[Backend], core: &Core) {
        let in_rotation =
            |backend: &Backend| core.station_states[backend.station as usize].is_in_rotation(backend.replica);
        let members_that = |fit: &dyn Fn(&Backend) -> bool| -> Vec<u32> {
            self.members.iter().copied().filter(|member| fit(&backends[*member as usize])).collect()
        };
        let mut active = members_that(&|it| in_rotation(it) && it.healthy);
        if active.is_empty() {
            // If all backends fail, the checks are probably wrong: use all, as Envoy's panic mode does.
            active = members_that(&|it| in_rotation(it));
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

    /// Two different active backends, at random. Needs at least two.
    pub(super) fn two(&self, rng: &mut Stream) -> [u32; 2] {
        let n = self.active.len() as u32;
        let a = rng.below(n);
        let b = (a + 1 + rng.below(n - 1)) % n;
        [self.active[a as usize], self.active[b as usize]]
    }

    /// Chooses a backend for a message; [`NONE`] when no backend is active.
    pub(super) fn choose(
        &mut self,
        algorithm: Algorithm,
        backends: &[Backend],
        rng: &mut Stream,
        now: u64,
        key: u32,
    ) -> u32 {
        let n = self.active.len() as u32;
        match algorithm {
            _ if n == 0 => NONE,
            Algorithm::Weighted => self.choose_by_weight(|_| true),
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

    /// Smooth weighted round robin over the links, as in nginx: `due` of each link grows by its
    /// weight, the link with the greatest `due` is chosen and its `due` falls by the sum of weights. Its
    /// backends take turns. Only backends that meet a condition take part; [`NONE`] if none does.
    fn choose_by_weight(&mut self, fits: impl Fn(u32) -> bool) -> u32 {
        let mut total = 0.0;
        let mut chosen: Option<(usize, u32, f64)> = None;
        for (at, route) in self.routes.iter_mut().enumerate().filter(|(_, route)| route.weight > 0.0) {
            let Some(turn) =
                turns(route.turn, route.count).find(|turn| fits(self.active[(route.first + turn) as usize]))
            else {
                continue;
            };
            route.due += route.weight;
            total += route.weight;
            if chosen.is_none_or(|(_, _, most)| route.due > most) {
                chosen = Some((at, turn, route.due));
            }
        }
        let Some((at, turn, _)) = chosen else { return NONE };
        let route = &mut self.routes[at];
        route.due -= total;
        route.turn = turn + 1;
        self.active[(route.first + turn) as usize]
    }

    /// A backend was chosen among all that are active, but gets nothing: it has the next turn again.
    pub(super) fn give_turn_back(&mut self, algorithm: Algorithm, backends: &[Backend], backend: u32) {
        match algorithm {
            Algorithm::RoundRobin | Algorithm::Sticky => self.turn = self.place[backend as usize],
            Algorithm::Weighted => {
                let link = backends[backend as usize].link;
                let mut total = 0.0;
                for route in self.routes.iter_mut().filter(|route| route.weight > 0.0 && route.count > 0) {
                    route.due -= route.weight;
                    total += route.weight;
                }
                for route in self.routes.iter_mut().filter(|route| route.link == link) {
                    route.due += total;
                    route.turn = self.place[backend as usize] - route.first;
                }
            }
            _ => {}
        }
    }

    /// Whether a backend gets any requests: it does not where the weight of its link is 0.
    pub(super) fn has_share(&self, backends: &[Backend], backend: u32) -> bool {
        let link = backends[backend as usize].link;
        self.routes.iter().all(|route| route.link != link || route.weight > 0.0)
    }

    /// Chooses among the active backends that meet a condition, as the algorithm would if there were no
    /// others, and takes their turn; [`NONE`] if none does. Takes time in proportion to the number of
    /// backends.
    pub(super) fn choose_among(
        &mut self,
        algorithm: Algorithm,
        backends: &[Backend],
        rng: &mut Stream,
        now: u64,
        fits: impl Fn(u32) -> bool,
    ) -> u32 {
        match algorithm {
            Algorithm::RoundRobin | Algorithm::Sticky => {
                let n = self.active.len() as u32;
                let Some(turn) = turns(self.turn, n).find(|turn| fits(self.active[*turn as usize])) else {
                    return NONE;
                };
                self.turn = (turn + 1) % n;
                self.active[turn as usize]
            }
            Algorithm::Weighted => self.choose_by_weight(fits),
            _ => self.pick_among(algorithm, backends, rng, now, fits),
        }
    }

    /// As [`choose_among`](Self::choose_among), for an algorithm that takes no turns; under one that does,
    /// at random.
    pub(super) fn pick_among(
        &self,
        algorithm: Algorithm,
        backends: &[Backend],
        rng: &mut Stream,
        now: u64,
        fits: impl Fn(u32) -> bool,
    ) -> u32 {
        let count = self.active.iter().filter(|backend| fits(**backend)).count() as u32;
        if count == 0 {
            return NONE;
        }
        let nth = |n: u32| self.active.iter().copied().filter(|it| fits(*it)).nth(n as usize).unwrap_or(NONE);
        let mut draw = |n: u32| if n == 1 { 0 } else { rng.below(n) };
        match algorithm {
            Algorithm::LeastConnections => {
                let load = |backend: u32| backends[backend as usize].load;
                let fitting = || self.active.iter().copied().filter(|it| fits(*it));
                let least = fitting().map(load).min().unwrap_or(0);
                let ties = fitting().filter(|it| load(*it) == least).count() as u32;
                fitting().filter(|it| load(*it) == least).nth(draw(ties) as usize).unwrap_or(NONE)
            }
            Algorithm::PowerOfTwo | Algorithm::LeastLatency => {
                let first = draw(count);
                let second = if count > 1 { (first + 1 + draw(count - 1)) % count } else { first };
                let (a, b) = (nth(first), nth(second));
                let cost = |it: u32| {
                    let Backend { load, latency, .. } = &backends[it as usize];
                    if algorithm == Algorithm::PowerOfTwo { f64::from(*load) } else { latency.cost(now, *load) }
                };
                if cost(b) < cost(a) { b } else { a }
            }
            _ => nth(draw(count)),
        }
    }
}
