//! A client while running.

use super::Client;
use super::arrival_rate::Rate;
use super::bursts::Bursts;
use super::operations::{Effect, Popularity};
use super::population::Population;
use crate::engine::calendar::Event;
use crate::engine::call::{Caller, Target};
use crate::engine::core::{Core, NONE};
use crate::engine::message::{Access, Message, Outcome};
use crate::engine::plan::Active;
use crate::engine::slab::Slab;
use crate::engine::station::Station;
use crate::random::{Alias, Distribution, Stream};
use crate::time::{NEVER, from_ms, to_s};

#[derive(Clone, Debug)]
pub(super) enum Arrival {
    Exponential,
    Constant,
    Closed { population: Population, think: Distribution },
}

/// The next arrival of open load: fires at `at`, when the integral of the rate since `from` reaches
/// `amount`. Of closed load only `at` is used: when users are added next.
#[derive(Clone, Copy, Debug)]
pub(super) struct NextArrival {
    pub(super) at: u64,
    pub(super) from: u64,
    pub(super) amount: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) start: u64,
    pub(super) operation: u16,
    pub(super) user: u32,
}

/// Clients while running.
#[derive(Clone, Debug)]
pub struct ClientStation {
    pub(super) station: u32,
    pub(super) link: Option<u32>,
    pub(super) arrival: Arrival,
    /// Arrivals per second, or users.
    pub(super) rate: Rate,
    pub(super) bursts: Option<Bursts>,
    pub(super) factors: Active<f64>,
    pub(super) factor: f64,
    /// Where sessions matter: the first, their number, and the stream that draws one.
    pub(super) sessions: Option<(u32, u32, Stream)>,
    pub(super) next_arrival: NextArrival,
    pub(super) first_operation: u16,
    pub(super) choice: Alias,
    pub(super) operations: Vec<(Effect, u8, Popularity)>,
    pub(super) deadline_ns: Option<u64>,
    pub(super) requests: Slab<Request>,
    pub(super) arrivals: Stream,
    pub(super) mix: Stream,
}

/// The tag of a wake-up at the next arrival of open load, or the next addition of users. With closed
/// load the other tags are the number of a user plus 1: the end of that user's think time.
pub(super) const ARRIVAL: u32 = 0;
/// The tag of a wake-up of open load when a burst begins or ends.
pub(super) const SWITCH: u32 = 1;

impl ClientStation {
    /// Draws the amount of the next arrival and schedules it.
    fn plan_next_arrival(&mut self, core: &mut Core) {
        let amount = match self.arrival {
            Arrival::Exponential => self.arrivals.exponential(),
            Arrival::Constant => 1.0,
            Arrival::Closed { .. } => return,
        };
        self.next_arrival = NextArrival { at: NEVER, from: core.now(), amount };
        self.schedule(core);
    }

    /// A fault or burst changes the rate from now on. The next arrival keeps the part of its amount
    /// that has passed.
    fn change_rate(&mut self, core: &mut Core) {
        let bursts = self.bursts.as_ref().map_or(1.0, |bursts| bursts.plan.factors[bursts.state]);
        let factor = self.factors.product() * bursts;
        if let Arrival::Closed { .. } = self.arrival {
            self.factor = factor;
            return self.fill_up(core);
        }
        self.use_up(core);
        self.factor = factor;
        self.schedule(core);
    }

    /// Takes the part of the next arrival's amount away that has passed.
    fn use_up(&mut self, core: &Core) {
        let (now, from) = (to_s(core.now()), to_s(self.next_arrival.from));
        self.next_arrival.amount = (self.next_arrival.amount - self.rate.integral(from, now) * self.factor).max(0.0);
        self.next_arrival.from = core.now();
    }

    /// Schedules the next arrival by its remaining amount.
    fn schedule(&mut self, core: &mut Core) {
        let now = core.now();
        self.next_arrival.at = NEVER;
        if self.factor * self.rate.base <= 0.0 {
            return;
        }
        let amount = self.next_arrival.amount / self.factor;
        let wait_s = if self.rate.profile.is_empty() {
            Some(amount / self.rate.base)
        } else {
            self.rate.when(to_s(now), amount).map(|at| at - to_s(now))
        };
        if let Some(wait_s) = wait_s.filter(|wait| *wait < 1e9) {
            self.next_arrival.at = now + (wait_s * 1e9 + 0.5) as u64;
            core.calendar.at(self.next_arrival.at, Event::wake(self.station, ARRIVAL));
        }
    }

    pub(super) fn request(&mut self, core: &mut Core, user: u32) {
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
            core.call(Caller::Station(self.station, request), 0, link, Target::Any, message);
        }
    }
}

impl Station for ClientStation {
    type Parameters = Client;

    fn reconfigure(&mut self, core: &mut Core, client: &Client) {
        (self.choice, self.operations) = client.mix();
        self.deadline_ns = client.deadline_ms.map(from_ms);
        if let Arrival::Closed { think, .. } = &mut self.arrival {
            *think = client.think.distribution();
        }
        let (rate, bursts) = (client.rate(), client.bursts());
        let other_bursts = self.bursts.as_ref().is_some_and(|it| it.plan != bursts);
        if rate == self.rate && !other_bursts {
            return;
        }
        if !matches!(self.arrival, Arrival::Closed { .. }) {
            self.use_up(core);
        }
        self.rate = rate;
        if let Some(it) = &mut self.bursts {
            it.plan = bursts;
        }
        self.change_rate(core);
    }

    fn start(&mut self, core: &mut Core) {
        if let Some(bursts) = &mut self.bursts {
            bursts.state = usize::from(bursts.rng.chance(bursts.plan.fraction));
            self.factor = bursts.plan.factors[bursts.state];
            self.schedule_switch(core);
        }
        match self.arrival {
            Arrival::Closed { .. } => self.fill_up(core),
            _ => self.plan_next_arrival(core),
        }
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        core.reject(job, Outcome::Error);
    }

    fn wake(&mut self, core: &mut Core, tag: u32) {
        let closed = matches!(self.arrival, Arrival::Closed { .. });
        match tag {
            ARRIVAL if self.next_arrival.at != core.now() => {} // Stale: the arrival was rescheduled.
            ARRIVAL if closed => self.fill_up(core),
            ARRIVAL => {
                self.request(core, NONE);
                self.plan_next_arrival(core);
            }
            user if closed => self.think_time_over(core, user - 1),
            SWITCH => {
                if let Some(bursts) = &mut self.bursts {
                    bursts.state = 1 - bursts.state;
                }
                self.change_rate(core);
                self.schedule_switch(core);
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
            node.record_response(now - start);
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
