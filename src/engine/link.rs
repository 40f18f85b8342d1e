//! Links: how long a message takes, what holds it back, and the state of the caller's policies.

use super::breaker::BreakerState;
use super::calendar::{Calendar, Delay, Event};
use super::plan::{Active, Direction, LinkPlan};
use crate::random::{Distribution, Stream};
use std::collections::VecDeque;

/// TCP's first retransmission timeout as Linux has it, nanoseconds (RTO_MIN 200 ms).
const RETRANSMISSION_NS: u64 = 200_000_000;
/// Doublings after which the pause stays the same (Linux's RTO_MAX is 120 s).
const RETRANSMISSION_DOUBLINGS: u32 = 9;
/// A message is lost at most so many times; then it arrives.
const LOSSES_MAX: u32 = 20;

/// Retries in hand at the start, so that a cold link can retry at all (as Finagle's reserve).
const RETRY_BUDGET_RESERVE: f64 = 10.0;

/// A link while running.
#[derive(Clone, Debug)]
pub struct LinkState {
    /// What it was built from.
    pub plan: LinkPlan,
    /// Its latency, where that is constant.
    pub(super) constant_latency: Option<Delay>,
    /// How long an attempt may take.
    pub timeout: Option<Delay>,
    /// After how long a second copy is sent.
    pub hedge: Option<Delay>,
    /// For each direction how many faults cut it.
    cuts: [u32; 2],
    /// For each direction the messages that wait for the cut to end.
    held: [Vec<Event>; 2],
    /// Latency that faults add.
    added_latency: Active<Distribution>,
    /// Loss that faults add.
    added_loss: Active<f64>,
    /// For each direction the time until which earlier messages use the bandwidth.
    busy_until: [u64; 2],
    /// Position of the replica whose turn is next, among those that calls may go to.
    pub(super) next_turn: u32,
    /// Calls that hold a place in the pool.
    pub in_flight: u32,
    /// Calls that wait for a place in the pool, each with the generation of its attempt. An entry
    /// stays when its attempt has ended, and is then out of date.
    pub(super) pool_queue: VecDeque<(u32, u32)>,
    /// How many entries of the queue are not out of date.
    pub pool_waiting: u32,
    /// The state of the circuit breaker.
    pub breaker: BreakerState,
    /// How many retries the budget allows at present.
    pub retry_budget: f64,
    /// Draws latencies and losses.
    wire_rng: Stream,
    /// Draws pauses between retries.
    pub(super) backoff_rng: Stream,
    /// Draws which requests use this link.
    pub(super) share_rng: Stream,
}

impl LinkState {
    /// A link at rest.
    pub fn new(plan: LinkPlan, seed: u64, calendar: &mut Calendar) -> LinkState {
        let stream = |purpose| Stream::named(seed, &plan.id, purpose);
        LinkState {
            constant_latency: plan.latency.constant().map(|ns| calendar.messages_after(ns)),
            timeout: plan.timeout_ns.map(|ns| calendar.timers_after(ns)),
            hedge: plan.hedge_ns.map(|ns| calendar.timers_after(ns)),
            cuts: [0; 2],
            held: [Vec::new(), Vec::new()],
            added_latency: Active::default(),
            added_loss: Active::default(),
            busy_until: [0; 2],
            next_turn: 0,
            in_flight: 0,
            pool_queue: VecDeque::new(),
            pool_waiting: 0,
            breaker: BreakerState::Closed(0),
            retry_budget: RETRY_BUDGET_RESERVE,
            wire_rng: stream("wire"),
            backoff_rng: stream("backoff"),
            share_rng: stream("share"),
            plan,
        }
    }

    /// Whether the link takes part in an operation, its share of the requests aside.
    pub fn serves(&self, operation: u16) -> bool {
        self.plan.serves.get(operation as usize).copied().unwrap_or(true)
    }

    /// Adds to the retry budget what one call earns.
    pub(super) fn earn_retries(&mut self) {
        if let Some(ratio) = self.plan.retries.budget {
            self.retry_budget = (self.retry_budget + ratio).min(RETRY_BUDGET_RESERVE.max(100.0 * ratio));
        }
    }

    /// Takes one retry from the budget; returns whether it allowed one.
    pub(super) fn spend_retry(&mut self) -> bool {
        if self.plan.retries.budget.is_none() {
            return true;
        }
        let is_enough = self.retry_budget >= 1.0;
        self.retry_budget -= if is_enough { 1.0 } else { 0.0 };
        is_enough
    }

    /// Whether faults hold back messages in either direction.
    pub fn is_cut(&self) -> bool {
        self.cuts[0] > 0 || self.cuts[1] > 0
    }

    /// One more fault cuts a direction.
    pub(super) fn cut(&mut self, direction: Direction) {
        self.cuts[direction as usize] += 1;
    }

    /// One fault fewer cuts a direction. If it was the last one, returns what was held back.
    pub(super) fn restore(&mut self, direction: Direction) -> Option<Vec<Event>> {
        self.cuts[direction as usize] -= 1;
        (self.cuts[direction as usize] == 0).then(|| std::mem::take(&mut self.held[direction as usize]))
    }

    /// Keeps a message if a fault cuts its direction; returns whether one does.
    pub(super) fn hold_if_cut(&mut self, direction: Direction, event: Event) -> bool {
        let is_cut = self.cuts[direction as usize] > 0;
        if is_cut {
            self.held[direction as usize].push(event);
        }
        is_cut
    }

    /// A fault adds latency, or ends.
    pub(super) fn set_added_latency(&mut self, fault: u32, latency: Option<Distribution>) {
        self.added_latency.set(fault, latency);
    }

    /// A fault adds loss, or ends.
    pub(super) fn set_added_loss(&mut self, fault: u32, ratio: Option<f64>) {
        self.added_loss.set(fault, ratio);
    }

    /// When a message that is sent now arrives: after the messages before it have used the
    /// bandwidth, after its latency, and after a retransmission timeout for each time it is lost.
    // Inlined into `Core::transmit`, which every message goes through.
    #[inline(always)]
    pub(super) fn arrival(&mut self, now: u64, direction: Direction, bytes: f64) -> u64 {
        let mut delay = self.plan.latency.sample(&mut self.wire_rng);
        for latency in self.added_latency.iter() {
            delay += latency.sample(&mut self.wire_rng);
        }
        let loss = self.added_loss.any(self.plan.loss);
        let mut losses = 0;
        while losses < LOSSES_MAX && self.wire_rng.chance(loss) {
            delay += RETRANSMISSION_NS << losses.min(RETRANSMISSION_DOUBLINGS);
            losses += 1;
        }
        let mut departure = now;
        if self.plan.ns_per_byte > 0.0 {
            let busy_until = &mut self.busy_until[direction as usize];
            departure = (*busy_until).max(now) + (bytes * self.plan.ns_per_byte + 0.5) as u64;
            *busy_until = departure;
        }
        departure + delay
    }
}
