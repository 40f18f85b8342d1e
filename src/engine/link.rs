//! The wire: how long a message takes, and what holds it back.

use super::calendar::{Calendar, Delay, Event, EventKind};
use super::core::Core;
use super::plan::{Active, Direction, LinkPlan};
use crate::random::{Distribution, Stream};
use std::collections::VecDeque;

/// TCP's first retransmission timeout as Linux has it, nanoseconds (RTO_MIN 200 ms).
const RETRANSMISSION_NS: u64 = 200_000_000;
/// Doublings after which the pause stays the same (Linux's RTO_MAX is 120 s).
const RETRANSMISSION_DOUBLINGS: u32 = 9;

/// Whether a breaker lets calls through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// All of them; so many failures in a row.
    Closed(u32),
    /// None, until this time.
    Open(u64),
    /// A few probes; so many are out.
    HalfOpen(u32),
}

/// A link while running.
#[derive(Clone, Debug)]
pub struct LinkState {
    /// The plan.
    pub plan: LinkPlan,
    /// Its latency, where that is constant.
    latency: Option<Delay>,
    /// Its timeout.
    pub timeout: Option<Delay>,
    /// When a second copy is sent.
    pub hedge: Option<Delay>,
    /// How many faults cut each direction.
    pub cut: [u32; 2],
    /// What waits for the cut to heal.
    held: [Vec<Event>; 2],
    /// Latency that faults add.
    added: Active<Distribution>,
    /// Loss that faults add.
    lost: Active<f64>,
    /// Until when the wire is taken, each direction.
    busy_until: [u64; 2],
    /// Whose turn it is among the callee's replicas.
    pub turn: u32,
    /// Calls under way.
    pub in_flight: u32,
    /// Calls that wait for their turn, with the generation they began to wait in.
    pub pool: VecDeque<(u32, u32)>,
    /// Calls in the pool's line that still want a turn.
    pub pooled: u32,
    /// The breaker.
    pub breaker: BreakerState,
    /// Retries that the budget still allows.
    pub budget: f64,
    wire: Stream,
    /// Draws pauses between retries.
    pub backoff: Stream,
    /// Draws which requests use this link.
    pub share: Stream,
}

/// Retries in hand at the start, so that a cold link can retry at all (as Finagle's reserve).
const BUDGET_RESERVE: f64 = 10.0;

impl LinkState {
    /// A link at rest.
    pub fn new(plan: LinkPlan, seed: u64, calendar: &mut Calendar) -> LinkState {
        let stream = |purpose| Stream::named(seed, &plan.id, purpose);
        LinkState {
            latency: plan.latency.constant().map(|ns| calendar.ring(ns, false)),
            timeout: plan.timeout_ns.map(|ns| calendar.ring(ns, true)),
            hedge: plan.hedge_ns.map(|ns| calendar.ring(ns, true)),
            cut: [0; 2],
            held: [Vec::new(), Vec::new()],
            added: Active::default(),
            lost: Active::default(),
            busy_until: [0; 2],
            turn: 0,
            in_flight: 0,
            pool: VecDeque::new(),
            pooled: 0,
            breaker: BreakerState::Closed(0),
            budget: BUDGET_RESERVE,
            wire: stream("wire"),
            backoff: stream("backoff"),
            share: stream("share"),
            plan,
        }
    }

    /// Pays into the retry budget for one call.
    pub fn deposit(&mut self) {
        if let Some(ratio) = self.plan.retries.budget {
            self.budget = (self.budget + ratio).min(BUDGET_RESERVE.max(100.0 * ratio));
        }
    }

    /// Takes one retry from the budget, if there is one.
    pub fn withdraw(&mut self) -> bool {
        if self.plan.retries.budget.is_none() {
            return true;
        }
        let enough = self.budget >= 1.0;
        self.budget -= if enough { 1.0 } else { 0.0 };
        enough
    }

    /// Whether messages are held back in either direction.
    pub fn is_cut(&self) -> bool {
        self.cut[0] > 0 || self.cut[1] > 0
    }

    /// When a message that is sent now arrives.
    fn arrival(&mut self, now: u64, direction: Direction, bytes: f64) -> u64 {
        let mut delay = self.plan.latency.sample(&mut self.wire);
        for law in self.added.iter() {
            delay += law.sample(&mut self.wire);
        }
        let loss = self.lost.any(self.plan.loss);
        let mut losses = 0;
        while losses < 20 && self.wire.chance(loss) {
            delay += RETRANSMISSION_NS << losses.min(RETRANSMISSION_DOUBLINGS);
            losses += 1;
        }
        let mut depart = now;
        if self.plan.ns_per_byte > 0.0 {
            let free = &mut self.busy_until[direction as usize];
            depart = (*free).max(now) + (bytes * self.plan.ns_per_byte + 0.5) as u64;
            *free = depart;
        }
        depart + delay
    }
}

impl Core {
    /// Puts a message on the wire, or with those that are held back.
    pub(super) fn transit(&mut self, link: u32, direction: Direction, event: Event, bytes: f64) {
        let now = self.now();
        let it = &mut self.links[link as usize];
        if it.cut[direction as usize] > 0 {
            it.held[direction as usize].push(event);
            return;
        }
        if !self.partitions.is_quiet() && self.hold_if_partitioned(link, direction, event) {
            return;
        }
        let it = &mut self.links[link as usize];
        let time = it.arrival(now, direction, bytes);
        if matches!(event.kind(), EventKind::Deliver | EventKind::Answer) {
            self.record.links[link as usize].counts.wire_ns += time - now;
        }
        match it.latency {
            Some(delay) if time == now + delay.ns => self.calendar.after(delay, event),
            _ => self.calendar.at(time, event),
        }
    }

    /// One more fault cuts a link.
    pub(super) fn cut(&mut self, link: u32, direction: Direction) {
        self.links[link as usize].cut[direction as usize] += 1;
    }

    /// One fault fewer cuts a link; what was held back is sent again. True when it flows again.
    pub(super) fn restore_link(&mut self, link: u32, direction: Direction) -> bool {
        let it = &mut self.links[link as usize];
        it.cut[direction as usize] -= 1;
        if it.cut[direction as usize] > 0 {
            return false;
        }
        for event in std::mem::take(&mut it.held[direction as usize]) {
            self.transit(link, direction, event, 0.0);
        }
        true
    }

    pub(super) fn add_latency(&mut self, link: u32, fault: u32, law: Option<Distribution>) {
        self.links[link as usize].added.set(fault, law);
    }

    pub(super) fn lose(&mut self, link: u32, fault: u32, ratio: Option<f64>) {
        self.links[link as usize].lost.set(fault, ratio);
    }
}
