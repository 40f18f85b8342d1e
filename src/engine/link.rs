//! Links: how long a message takes, what holds it back, and the policies of the calling processes.
//!
//! Pool, breaker and retry budget stand in each calling process, as a driver or a sidecar has them: four
//! replicas with a pool of 5 have 20 connections and four breakers.

use super::breaker::BreakerState;
use super::calendar::{Calendar, Delay, Event};
use super::core::NONE;
use super::plan::{Active, Direction, LinkPlan};
use crate::random::{Distribution, Stream};
use std::collections::VecDeque;

/// TCP's first retransmission timeout as Linux has it, nanoseconds (RTO_MIN 200 ms).
const RETRANSMISSION_NS: u64 = 200_000_000;
/// Doublings after which the pause stays the same (Linux's RTO_MAX is 120 s).
const RETRANSMISSION_DOUBLINGS: u32 = 9;
/// A message is lost at most so many times; then it arrives.
const LOSSES_MAX: u32 = 20;

/// When TCP sends a message again that was sent at `sent` and lost, at `now` or next after it: 0.2 s after
/// the first time, and then after twice as long each time.
pub(super) fn next_retransmission(sent: u64, now: u64) -> u64 {
    let (mut at, mut pause, mut doublings) = (sent + RETRANSMISSION_NS, RETRANSMISSION_NS, 0);
    while at < now {
        if doublings < RETRANSMISSION_DOUBLINGS {
            doublings += 1;
            pause *= 2;
        }
        at += pause;
    }
    at
}

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
    /// How many replicas the callee can have.
    callee_replicas: u32,
    /// The other links of the caller that limit their calls, if this one does; calls that wait there may get
    /// a place here.
    pub(super) siblings: Vec<u32>,
    /// For each direction how many faults cut it.
    cuts: [u32; 2],
    /// For each direction the messages that wait for the cut to end, and when each was sent.
    held: [Vec<(Event, u64)>; 2],
    /// Latency that faults add.
    added_latency: Active<Distribution>,
    /// Loss that faults add.
    added_loss: Active<f64>,
    /// For each direction the time until which earlier messages use the bandwidth.
    pub(super) busy_until: [u64; 2],
    /// Position of the replica whose turn is next, among those that calls may go to.
    pub(super) next_turn: u32,
    /// Calls that have sent a message and wait for its answer.
    pub in_flight: u32,
    /// Calls that wait for a place in a pool.
    pub pool_waiting: u32,
    /// Whether its pools were larger at some time, so that more calls may hold a place than there are places now.
    pub(super) pool_was_larger: bool,
    /// The policies of each calling process that has used the link; empty where they have no state.
    pub policies: Vec<Policies>,
    /// Draws latencies and losses.
    wire_rng: Stream,
    /// Draws pauses between retries.
    pub(super) backoff_rng: Stream,
    /// Draws which requests use this link.
    pub(super) share_rng: Stream,
}

/// The policies of one calling process on a link: its pool, its breaker, its retry budget.
#[derive(Clone, Debug)]
pub struct Policies {
    /// Calls that hold a place in the pool.
    pub in_use: u32,
    /// Calls that wait for one, in all lines.
    pub waiting: u32,
    /// The calls that wait for a place at any replica, each with the generation of its attempt. An entry
    /// stays when its attempt has ended, and is then out of date.
    line: VecDeque<(u32, u32)>,
    /// For each replica of the callee, where the calls to each are limited.
    shares: Vec<Share>,
    /// The state of the circuit breaker.
    pub breaker: BreakerState,
    /// How many retries the budget allows at present.
    pub retry_budget: f64,
}

/// The part of a process's pool that is for one replica of the callee.
#[derive(Clone, Debug, Default)]
struct Share {
    in_use: u32,
    line: VecDeque<(u32, u32)>,
}

impl Policies {
    fn new(shares: usize) -> Policies {
        Policies {
            in_use: 0,
            waiting: 0,
            line: VecDeque::new(),
            shares: vec![Share::default(); shares],
            breaker: BreakerState::CLOSED,
            retry_budget: RETRY_BUDGET_RESERVE,
        }
    }

    fn line(&mut self, share: u32) -> &mut VecDeque<(u32, u32)> {
        match self.shares.get_mut(share as usize) {
            Some(share) => &mut share.line,
            None => &mut self.line,
        }
    }
}

/// The first entry of a line that is up to date; those before it are thrown away.
fn head_of(line: &mut VecDeque<(u32, u32)>, waits: impl Fn((u32, u32)) -> bool) -> Option<(u32, u32)> {
    while line.front().is_some_and(|entry| !waits(*entry)) {
        line.pop_front();
    }
    line.front().copied()
}

impl LinkState {
    /// A link at rest.
    pub fn new(plan: LinkPlan, callee_replicas: u32, seed: u64, calendar: &mut Calendar) -> LinkState {
        let stream = |purpose| Stream::named(seed, &plan.id, purpose);
        LinkState {
            constant_latency: plan.latency.constant().map(|ns| calendar.messages_after(ns)),
            timeout: plan.timeout_ns.map(|ns| calendar.timers_after(ns)),
            hedge: plan.hedge_ns.map(|ns| calendar.timers_after(ns)),
            callee_replicas,
            siblings: Vec::new(),
            cuts: [0; 2],
            held: [Vec::new(), Vec::new()],
            added_latency: Active::default(),
            added_loss: Active::default(),
            busy_until: [0; 2],
            next_turn: 0,
            in_flight: 0,
            pool_waiting: 0,
            pool_was_larger: false,
            policies: Vec::new(),
            wire_rng: stream("wire"),
            backoff_rng: stream("backoff"),
            share_rng: stream("share"),
            plan,
        }
    }

    /// Other parameters from now on. What is under way goes on as it began. Whether each replica has a pool of
    /// its own stays as it was.
    pub(super) fn reconfigure(&mut self, plan: &LinkPlan, calendar: &mut Calendar) {
        debug_assert!(plan.max_per_replica.is_some() == self.plan.max_per_replica.is_some());
        self.constant_latency = plan.latency.constant().map(|ns| calendar.messages_after(ns));
        self.timeout = plan.timeout_ns.map(|ns| calendar.timers_after(ns));
        self.hedge = plan.hedge_ns.map(|ns| calendar.timers_after(ns));
        if plan.breaker.is_some() != self.plan.breaker.is_some() {
            self.policies.iter_mut().for_each(|policies| policies.breaker = BreakerState::CLOSED);
        }
        let limit =
            |plan: &LinkPlan| (plan.max_in_flight.unwrap_or(u32::MAX), plan.max_per_replica.unwrap_or(u32::MAX));
        let ((before, each_before), (after, each_after)) = (limit(&self.plan), limit(plan));
        self.pool_was_larger |= after < before || each_after < each_before;
        self.plan = plan.clone();
    }

    /// A call of a process that is under way holds a place from now on, because its pool has a limit now.
    pub(super) fn count_place(&mut self, replica: u32) {
        self.policies(replica).in_use += 1;
    }

    /// Nothing holds a place any more, because the pools have no limit now.
    pub(super) fn forget_places(&mut self) {
        self.policies.iter_mut().for_each(|policies| policies.in_use = 0);
    }

    /// Whether the link takes part in an operation, its share of the requests aside.
    pub fn serves(&self, operation: u16) -> bool {
        self.plan.serves.get(operation as usize).copied().unwrap_or(true)
    }

    /// The policies of a calling process.
    pub(super) fn policies(&mut self, replica: u32) -> &mut Policies {
        if self.policies.len() <= replica as usize {
            let shares = if self.plan.max_per_replica.is_some() { self.callee_replicas as usize } else { 0 };
            self.policies.resize_with(replica as usize + 1, || Policies::new(shares));
        }
        &mut self.policies[replica as usize]
    }

    /// A calling process has died: the next one begins with a closed breaker and a new budget.
    pub(super) fn restart_policies(&mut self, replica: u32) {
        if let Some(policies) = self.policies.get_mut(replica as usize) {
            debug_assert!(policies.in_use == 0 && policies.waiting == 0);
            *policies = Policies::new(policies.shares.len());
        }
    }

    // -- retry budget -----------------------------------------------------------------------------

    /// Adds to a process's retry budget what one call earns.
    pub(super) fn earn_retries(&mut self, replica: u32) {
        if let Some(ratio) = self.plan.retries.budget {
            let budget = &mut self.policies(replica).retry_budget;
            *budget = (*budget + ratio).min(RETRY_BUDGET_RESERVE.max(100.0 * ratio));
        }
    }

    /// Takes one retry from a process's budget; returns whether it allowed one.
    pub(super) fn spend_retry(&mut self, replica: u32) -> bool {
        if self.plan.retries.budget.is_none() {
            return true;
        }
        let budget = &mut self.policies(replica).retry_budget;
        let is_enough = *budget >= 1.0;
        *budget -= if is_enough { 1.0 } else { 0.0 };
        is_enough
    }

    // -- pools ------------------------------------------------------------------------------------

    /// Whether the calls of a process that are under way at a time are limited.
    pub fn is_capped(&self) -> bool {
        self.plan.max_in_flight.is_some() || self.plan.max_per_replica.is_some()
    }

    /// Places in the pool of one calling process; `None` without a limit.
    pub fn pool_of_process(&self) -> Option<u64> {
        let callees = u64::from(self.callee_replicas);
        match (self.plan.max_in_flight, self.plan.max_per_replica) {
            (None, None) => None,
            (Some(all), None) => Some(u64::from(all)),
            (None, Some(each)) => Some(u64::from(each) * callees),
            (Some(all), Some(each)) => Some(u64::from(all).min(u64::from(each) * callees)),
        }
    }

    /// Whether the pool of a process has a free place, as far as it is one for all replicas.
    pub fn has_pool_place(&self, replica: u32) -> bool {
        let in_use = self.policies.get(replica as usize).map_or(0, |policies| policies.in_use);
        self.plan.max_in_flight.is_none_or(|max| in_use < max)
    }

    /// Whether a process may send a call to a replica of the callee now, as far as its pool is concerned.
    #[inline(always)]
    pub fn has_room_at(&self, replica: u32, target: u32) -> bool {
        if !self.is_capped() {
            return true;
        }
        let share = self.policies.get(replica as usize).and_then(|policies| policies.shares.get(target as usize));
        self.has_pool_place(replica)
            && self.plan.max_per_replica.is_none_or(|max| share.is_none_or(|share| share.in_use < max))
    }

    /// The replica whose share of the pool a call to it takes; [`NONE`] where replicas have none.
    pub(super) fn share_of(&self, target: u32) -> u32 {
        if self.plan.max_per_replica.is_some() { target } else { NONE }
    }

    /// A call of a process to a replica takes a place; returns the replica whose share it takes.
    pub(super) fn take_place(&mut self, replica: u32, target: u32) -> u32 {
        let share = self.share_of(target);
        let policies = self.policies(replica);
        policies.in_use += 1;
        if share != NONE {
            policies.shares[share as usize].in_use += 1;
        }
        share
    }

    /// A call of a process gives its place back.
    pub(super) fn release_place(&mut self, replica: u32, share: u32) {
        let policies = self.policies(replica);
        policies.in_use -= 1;
        if share != NONE {
            policies.shares[share as usize].in_use -= 1;
        }
    }

    /// A call joins the line for the pool of a process: that of its replica, or the one for all. False
    /// when no more may wait.
    pub(super) fn line_up(&mut self, replica: u32, target: u32, entry: (u32, u32)) -> bool {
        let (limit, share) = (self.plan.queue_limit, self.share_of(target));
        let policies = self.policies(replica);
        if limit.is_some_and(|limit| policies.waiting >= limit) {
            return false;
        }
        policies.waiting += 1;
        policies.line(share).push_back(entry);
        self.pool_waiting += 1;
        true
    }

    /// A call that waited for the pool of a process does not wait any more.
    pub(super) fn left_line(&mut self, replica: u32) {
        self.policies(replica).waiting -= 1;
        self.pool_waiting -= 1;
    }

    /// The call that is next for the pool of a process, and whether it waits for one replica: the one
    /// that waits longest among those for any replica and those for replicas that have room. Only at
    /// `share` room has come up, unless that is [`NONE`]. `waits` says of an entry whether it is up to date.
    pub(super) fn next_in_line(
        &mut self,
        replica: u32,
        share: u32,
        waits: impl Fn((u32, u32)) -> bool,
    ) -> Option<(u32, bool)> {
        let LinkPlan { max_in_flight, max_per_replica, .. } = self.plan;
        let policies = self.policies.get_mut(replica as usize)?;
        let mut best = head_of(&mut policies.line, &waits).map(|(call, asked)| (asked, call, false));
        // Where the whole pool was full, there may be room at other replicas too.
        let all = share == NONE || max_in_flight.is_some();
        let shares = policies.shares.iter_mut().zip(0..).filter(|(_, number)| all || *number == share);
        for (it, _) in shares.filter(|(it, _)| max_per_replica.is_none_or(|max| it.in_use < max)) {
            let bound = head_of(&mut it.line, &waits);
            if let Some((call, asked)) = bound.filter(|(_, asked)| best.is_none_or(|(other, ..)| *asked < other)) {
                best = Some((asked, call, true));
            }
        }
        best.map(|(_, call, is_bound)| (call, is_bound))
    }

    /// Takes the first entry of a line of a process: the one that
    /// [`next_in_line`](Self::next_in_line) found.
    pub(super) fn pop_line(&mut self, replica: u32, share: u32) {
        self.policies(replica).line(share).pop_front();
    }

    /// A calling process is gone, and with it what waits for its pool.
    pub(super) fn clear_lines(&mut self, replica: u32) {
        if let Some(policies) = self.policies.get_mut(replica as usize) {
            policies.line.clear();
            policies.shares.iter_mut().for_each(|share| share.line.clear());
        }
    }

    // -- what holds messages back -------------------------------------------------------------------

    /// Whether faults hold back messages in either direction.
    pub fn is_cut(&self) -> bool {
        self.cuts[0] > 0 || self.cuts[1] > 0
    }

    /// Whether faults hold back the messages in this direction.
    pub fn is_cut_in(&self, direction: Direction) -> bool {
        self.cuts[direction as usize] > 0
    }

    /// One more fault cuts a direction.
    pub(super) fn cut(&mut self, direction: Direction) {
        self.cuts[direction as usize] += 1;
    }

    /// One fault fewer cuts a direction. If it was the last one, returns what was held back.
    pub(super) fn restore(&mut self, direction: Direction) -> Option<Vec<(Event, u64)>> {
        self.cuts[direction as usize] -= 1;
        (self.cuts[direction as usize] == 0).then(|| std::mem::take(&mut self.held[direction as usize]))
    }

    /// Keeps a message that was sent at `sent` if a fault cuts its direction; returns whether one does.
    pub(super) fn hold_if_cut(&mut self, direction: Direction, event: Event, sent: u64) -> bool {
        let is_cut = self.cuts[direction as usize] > 0;
        if is_cut {
            self.held[direction as usize].push((event, sent));
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
