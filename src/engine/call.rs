//! The caller's side of a link, once for every kind: choice of a replica, pool, timeout, retry
//! with backoff and budget, hedge, breaker. As a service mesh's sidecar.
//!
//! An attempt fails by an answer that is not good, or by the timeout. The caller then stops
//! waiting; the callee does not know (unless the link cancels) and its late answer is dropped.

use super::calendar::{Event, EventKind};
use super::core::{Call, CallState, Core, JobState, Message, NONE, Outcome};
use super::link::BreakerState;
use super::plan::Jitter;

impl Core {
    /// Makes a call over a link; `answered` of the calling station hears how it ended, never
    /// before this returns. `target` is a replica of the callee, or [`NONE`] for the next one.
    pub fn call(&mut self, station: u32, owner: u32, tag: u32, link: u32, target: u32, message: Message) {
        let started = self.now();
        let generation = self.next_generation();
        let call = self.calls.insert(Call {
            station,
            owner,
            tag,
            link,
            target,
            message,
            generation,
            attempts: 0,
            jobs: [NONE; 2],
            state: CallState::Pausing,
            outcome: Outcome::Ok,
            pooled: false,
            probe: false,
            started,
        });
        self.record.links[link as usize].counts.calls += 1;
        self.links[link as usize].deposit();
        self.attempt(call);
    }

    /// Whether a request uses a link: by its operation and by the link's share.
    pub fn uses(&mut self, link: u32, operation: u16) -> bool {
        let it = &mut self.links[link as usize];
        it.plan.serves.get(operation as usize).copied().unwrap_or(true)
            && (it.plan.fraction >= 1.0 || it.share.chance(it.plan.fraction))
    }

    /// The next of the callee's replicas in turn, of those in rotation if there are any.
    pub fn next_replica(&mut self, link: u32) -> u32 {
        let it = &mut self.links[link as usize];
        let condition = &self.station_states[it.plan.to as usize];
        let rotation = &condition.rotation;
        let count = if rotation.is_empty() { condition.plan.replicas } else { rotation.len() as u32 };
        let turn = if it.turn < count { it.turn } else { 0 };
        it.turn = turn + 1;
        rotation.get(turn as usize).copied().unwrap_or(turn)
    }

    /// Starts an attempt, the first or a retry: breaker, pool, timeout, message.
    fn attempt(&mut self, call: u32) {
        let generation = self.next_generation();
        let it = &mut self.calls[call];
        it.generation = generation;
        let (link, first) = (it.link, it.attempts == 0);
        it.attempts += 1;
        if !self.breaker_admits(call) {
            self.record.links[link as usize].counts.refused += 1;
            return self.settle_soon(call, Outcome::BreakerOpen);
        }
        if !first {
            self.record.links[link as usize].counts.retries += 1;
            self.record.extra_attempt();
        }
        let state = &mut self.links[link as usize];
        let timeout = state.timeout;
        if state.plan.max_in_flight.is_some_and(|max| state.in_flight >= max) {
            if state.plan.queue_limit.is_some_and(|limit| state.pooled >= limit) {
                return self.attempt_failed(call, Outcome::Rejected);
            }
            state.pooled += 1;
            state.pool.push_back((call, generation));
            self.calls[call].state = CallState::Pooled;
        } else {
            self.dispatch(call);
        }
        if let Some(timeout) = timeout {
            self.calendar.timer(timeout, Event::new(EventKind::Timeout, call), generation);
        }
    }

    /// Sends the message of an attempt whose turn it is.
    fn dispatch(&mut self, call: u32) {
        let it = &mut self.calls[call];
        it.state = CallState::OutgoingLink;
        it.pooled = true;
        let (link, generation) = (it.link, it.generation);
        self.links[link as usize].in_flight += 1;
        let job = self.send_attempt(call);
        self.calls[call].jobs[0] = job;
        if let Some(after) = self.links[link as usize].hedge {
            self.calendar.timer(after, Event::new(EventKind::Hedge, call), generation);
        }
    }

    fn send_attempt(&mut self, call: u32) -> u32 {
        let it = &self.calls[call];
        let (link, target, message, first) = (it.link, it.target, it.message, it.jobs[0]);
        let mut replica = if target == NONE { self.choose_replica(call) } else { target };
        if target == NONE && first != NONE && self.jobs[first].replica == replica {
            replica = self.choose_replica(call); // A hedge goes elsewhere, if there is another.
        }
        self.record.links[link as usize].counts.attempts += 1;
        self.send(link, replica, message, call, NONE)
    }

    /// An attempt is over: gives its place in the pool to the next that waits.
    fn release(&mut self, call: u32) {
        let it = &mut self.calls[call];
        if !std::mem::take(&mut it.pooled) {
            return;
        }
        let link = it.link;
        let state = &mut self.links[link as usize];
        state.in_flight -= 1;
        while let Some((waiting, generation)) = self.links[link as usize].pool.pop_front() {
            let it = &self.calls[waiting];
            // Whoever gave up waiting still stands in the line, under an older generation.
            if it.generation == generation && it.state == CallState::Pooled {
                self.links[link as usize].pooled -= 1;
                return self.dispatch(waiting);
            }
        }
    }

    // -- events -------------------------------------------------------------------------------

    /// An answer has come back.
    pub(super) fn on_answer(&mut self, job: u32) {
        let (call, outcome) = (self.jobs[job].call, self.jobs[job].outcome);
        self.free_job(job);
        if call == NONE {
            return; // Too late: nobody waits.
        }
        let it = &mut self.calls[call];
        for slot in &mut it.jobs {
            if *slot == job {
                *slot = NONE;
            }
        }
        if outcome.is_good() {
            self.drop_attempts(call);
            self.release(call);
            self.record_breaker_outcome(call, true);
            self.settle(call, outcome);
        } else if it.jobs == [NONE; 2] {
            self.release(call);
            self.attempt_failed(call, outcome);
        } else {
            it.outcome = outcome; // Its hedge is still out.
        }
    }

    /// Whether a timer of this generation means nothing any more.
    pub(super) fn is_stale(calls: &super::slab::Slab<Call>, call: u32, generation: u32) -> bool {
        let it = &calls[call];
        it.generation != generation || !matches!(it.state, CallState::OutgoingLink | CallState::Pooled)
    }

    /// An attempt has taken too long.
    pub(super) fn on_timeout(&mut self, call: u32) {
        let link = self.calls[call].link;
        self.record.links[link as usize].counts.timeouts += 1;
        if self.calls[call].state == CallState::Pooled {
            self.links[link as usize].pooled -= 1;
        }
        self.drop_attempts(call);
        self.release(call);
        self.attempt_failed(call, Outcome::Timeout);
    }

    /// Whether a second copy may be sent.
    pub(super) fn may_hedge(&self, call: u32) -> bool {
        self.calls[call].state == CallState::OutgoingLink && self.calls[call].jobs[1] == NONE
    }

    /// Time for a second copy.
    pub(super) fn on_hedge(&mut self, call: u32) {
        let link = self.calls[call].link;
        self.record.links[link as usize].counts.hedges += 1;
        self.record.extra_attempt();
        let job = self.send_attempt(call);
        self.calls[call].jobs[1] = job;
    }

    /// The pause before a retry is over.
    pub(super) fn on_retry(&mut self, call: u32) {
        match self.calls[call].state {
            CallState::Pausing => self.attempt(call),
            _ => self.free_call(call),
        }
    }

    /// A call that was decided without a message.
    pub(super) fn on_settle(&mut self, call: u32) {
        match self.calls[call].state {
            CallState::Settled => {
                let outcome = self.calls[call].outcome;
                self.settle(call, outcome);
            }
            _ => self.free_call(call),
        }
    }

    // -- ends ---------------------------------------------------------------------------------

    /// Nobody waits for the attempts that are out.
    fn drop_attempts(&mut self, call: u32) {
        let jobs = std::mem::replace(&mut self.calls[call].jobs, [NONE; 2]);
        let cancels = self.links[self.calls[call].link as usize].plan.cancel_on_timeout;
        for job in jobs.into_iter().filter(|job| *job != NONE) {
            let it = &mut self.jobs[job];
            it.call = NONE;
            if cancels && it.state != JobState::Answered {
                self.cancelled.push(job);
            }
        }
    }

    fn attempt_failed(&mut self, call: u32, outcome: Outcome) {
        let it = &self.calls[call];
        let (link, attempts) = (it.link, it.attempts);
        let counts = &mut self.record.links[link as usize].counts;
        counts.failed += 1;
        match outcome {
            Outcome::Rejected => counts.rejected += 1,
            Outcome::Error => counts.errors += 1,
            Outcome::Unreachable => counts.unreachable += 1,
            Outcome::RateLimited => counts.limited += 1,
            // Counted where it happens; what an open breaker stops further down is an error here.
            Outcome::Timeout => {}
            _ => counts.errors += 1,
        }
        self.record_breaker_outcome(call, false);
        let state = &mut self.links[link as usize];
        let retries = &state.plan.retries;
        if attempts > retries.max || !state.withdraw() {
            return self.settle_soon(call, outcome);
        }
        let retries = &state.plan.retries;
        let full = (retries.base_ns * libm::pow(retries.factor, f64::from(attempts - 1))).min(retries.cap_ns);
        let pause = match retries.jitter {
            Jitter::None => full,
            Jitter::Full => full * state.backoff.unit(),
            Jitter::Equal => full * (0.5 + 0.5 * state.backoff.unit()),
        };
        let it = &mut self.calls[call];
        it.state = CallState::Pausing;
        if it.target != NONE {
            self.failed.push((it.station, it.owner));
        }
        let time = self.now() + (pause + 0.5) as u64;
        self.calendar.at(time, Event::new(EventKind::Retry, call));
    }

    /// Decides a call while its owner may be in the middle of making it.
    fn settle_soon(&mut self, call: u32, outcome: Outcome) {
        let it = &mut self.calls[call];
        it.state = CallState::Settled;
        it.outcome = outcome;
        let now = self.now();
        self.calendar.at(now, Event::new(EventKind::Settle, call));
    }

    /// Tells the owner how its call ended.
    fn settle(&mut self, call: u32, outcome: Outcome) {
        let now = self.now();
        let it = &self.calls[call];
        if outcome.is_good() {
            self.record.links[it.link as usize].response.record(now - it.started);
        }
        self.decided = Some((it.station, it.owner, it.tag, outcome));
        self.free_call(call);
    }

    /// The owner is gone: nobody waits for this call.
    pub(super) fn forget(&mut self, call: u32) {
        self.drop_attempts(call);
        let it = &mut self.calls[call];
        let state = std::mem::replace(&mut it.state, CallState::Orphaned);
        if std::mem::take(&mut it.probe)
            && let BreakerState::HalfOpen(out) = &mut self.links[it.link as usize].breaker
        {
            // Another call may probe in its place. It may also be a probe of an earlier opening, which
            // is not counted any more.
            *out = out.saturating_sub(1);
        }
        match state {
            CallState::OutgoingLink => {
                self.release(call);
                self.free_call(call);
            }
            CallState::Pooled => {
                self.links[self.calls[call].link as usize].pooled -= 1;
                self.free_call(call);
            }
            // An event will come for it.
            CallState::Pausing | CallState::Settled | CallState::Orphaned | CallState::Free => {}
        }
    }

    fn free_call(&mut self, call: u32) {
        self.calls[call].state = CallState::Free;
        self.calls.remove(call);
    }

    fn next_generation(&mut self) -> u32 {
        self.generation = self.generation % (u32::MAX - 1) + 1;
        self.generation
    }

    // -- breaker ------------------------------------------------------------------------------

    fn breaker_admits(&mut self, call: u32) -> bool {
        let now = self.now();
        let state = &mut self.links[self.calls[call].link as usize];
        let Some(plan) = &state.plan.breaker else { return true };
        if matches!(state.breaker, BreakerState::Open(until) if now >= until) {
            state.breaker = BreakerState::HalfOpen(0);
        }
        match &mut state.breaker {
            BreakerState::Closed(_) => true,
            BreakerState::Open(_) => false,
            BreakerState::HalfOpen(out) if *out < plan.probes => {
                *out += 1;
                self.calls[call].probe = true;
                true
            }
            BreakerState::HalfOpen(_) => false,
        }
    }

    fn record_breaker_outcome(&mut self, call: u32, good: bool) {
        let now = self.now();
        let link = self.calls[call].link as usize;
        let was_probe = std::mem::take(&mut self.calls[call].probe);
        let state = &mut self.links[link];
        let Some(plan) = &state.plan.breaker else { return };
        state.breaker = match (state.breaker, good) {
            (BreakerState::Closed(_), true) => BreakerState::Closed(0),
            (BreakerState::Closed(failures), false) if failures + 1 < plan.failures => {
                BreakerState::Closed(failures + 1)
            }
            (BreakerState::HalfOpen(_), true) if was_probe => BreakerState::Closed(0),
            (BreakerState::HalfOpen(_), false) if !was_probe => state.breaker,
            (BreakerState::Closed(_), false) | (BreakerState::HalfOpen(_), false) => {
                self.record.links[link].counts.breaker_opened += 1;
                BreakerState::Open(now + plan.open_ns)
            }
            // An answer to a call made before it opened.
            (other, _) => other,
        };
    }
}
