//! Calls: the caller's side of a link, once for every kind. Choice of a replica, pool, timeout,
//! retry with backoff and budget, hedge; as in a service mesh's sidecar.
//!
//! An attempt fails by an answer that is not good, or by the timeout. The caller then stops
//! waiting; the callee does not learn that (unless the link cancels), and its late answer is
//! dropped.

use super::calendar::{Event, EventKind};
use super::core::{Core, NONE};
use super::job::JobState;
use super::message::{Message, Outcome};
use super::notices::Notice;
use super::plan::Jitter;
use super::slab::Slab;

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Waiting for a place in the link's pool.
    WaitingForPool,
    /// At least one attempt is under way.
    InFlight,
    /// Pausing before the next attempt.
    BackingOff,
    /// Ended; an event will notify its owner.
    Ended,
    /// Its owner is gone, but an event or the pool's queue still refers to it and will free it.
    Orphaned,
    /// A free slot.
    Free,
}

/// What a caller knows of a call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The caller.
    pub station: u32,
    /// The caller's job or request.
    pub owner: u32,
    /// The caller's mark on it.
    pub tag: u32,
    /// The link it uses.
    pub link: u32,
    /// The replica it must go to, or [`NONE`] for any.
    pub target: u32,
    /// What it asks for.
    pub message: Message,
    /// The number of its latest attempt, different for all attempts of a run (until 2³² of them): a
    /// timer of an earlier attempt is out of date.
    pub generation: u32,
    /// Attempts made so far.
    pub attempts: u32,
    /// The jobs of the attempts that are under way: the first copy and the hedge, or [`NONE`].
    pub attempts_out: [u32; 2],
    /// Where it is.
    pub state: CallState,
    /// How it ended, once it has; before that, how the first of two copies failed.
    pub outcome: Outcome,
    /// Whether it holds a place in the link's pool.
    pub has_pool_place: bool,
    /// Whether the half-open breaker counts it as a probe.
    pub is_probe: bool,
    /// When it was made, nanoseconds.
    pub started: u64,
}

impl Call {
    /// Whether a timer of an attempt has nothing to do any more, because the attempt is over.
    pub(super) fn is_timer_stale(calls: &Slab<Call>, index: u32, generation: u32) -> bool {
        let call = &calls[index];
        call.generation != generation || !matches!(call.state, CallState::InFlight | CallState::WaitingForPool)
    }
}

impl Core {
    /// Makes a call over a link. `target` is a replica of the callee, or [`NONE`] for any. When the
    /// call has ended, `answered` of the calling station is called with `owner` and `tag`, never
    /// before this returns.
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
            attempts_out: [NONE; 2],
            state: CallState::BackingOff,
            outcome: Outcome::Ok,
            has_pool_place: false,
            is_probe: false,
            started,
        });
        self.record.links[link as usize].counts.calls += 1;
        self.network.links[link as usize].earn_retries();
        self.attempt(call);
    }

    /// Whether a request is to use a link: by its operation and by the link's share. Draws a number
    /// if the share is between 0 and 1.
    pub fn uses(&mut self, link: u32, operation: u16) -> bool {
        let link = &mut self.network.links[link as usize];
        link.serves(operation) && (link.plan.fraction >= 1.0 || link.share_rng.chance(link.plan.fraction))
    }

    // -- attempts -------------------------------------------------------------------------------

    /// Starts an attempt, the first or a retry: breaker, pool, timeout, message.
    fn attempt(&mut self, index: u32) {
        let generation = self.next_generation();
        let call = &mut self.calls[index];
        call.generation = generation;
        let (link, is_first) = (call.link, call.attempts == 0);
        call.attempts += 1;
        if !self.breaker_admits(index) {
            self.record.links[link as usize].counts.refused += 1;
            return self.end_call_later(index, Outcome::BreakerOpen);
        }
        if !is_first {
            self.record.links[link as usize].counts.retries += 1;
            self.record.extra_attempt();
        }
        let link = &mut self.network.links[link as usize];
        let timeout = link.timeout;
        if link.plan.max_in_flight.is_some_and(|max| link.in_flight >= max) {
            if link.plan.queue_limit.is_some_and(|limit| link.pool_waiting >= limit) {
                return self.attempt_failed(index, Outcome::Rejected);
            }
            link.pool_waiting += 1;
            link.pool_queue.push_back((index, generation));
            self.calls[index].state = CallState::WaitingForPool;
        } else {
            self.dispatch(index);
        }
        if let Some(timeout) = timeout {
            self.calendar.timer(timeout, Event::new(EventKind::Timeout, index), generation);
        }
    }

    /// Sends the message of an attempt that has a place in the pool.
    fn dispatch(&mut self, index: u32) {
        let call = &mut self.calls[index];
        call.state = CallState::InFlight;
        call.has_pool_place = true;
        let (link, generation) = (call.link, call.generation);
        self.network.links[link as usize].in_flight += 1;
        let job = self.send_attempt(index);
        self.calls[index].attempts_out[0] = job;
        if let Some(after) = self.network.links[link as usize].hedge {
            self.calendar.timer(after, Event::new(EventKind::Hedge, index), generation);
        }
    }

    fn send_attempt(&mut self, index: u32) -> u32 {
        let call = &self.calls[index];
        let (link, target, message, first) = (call.link, call.target, call.message, call.attempts_out[0]);
        let mut replica = if target == NONE { self.choose_replica(index) } else { target };
        if target == NONE && first != NONE && self.jobs[first].replica == replica {
            replica = self.choose_replica(index); // A hedge goes to another replica, if there is one.
        }
        self.record.links[link as usize].counts.attempts += 1;
        self.send(link, replica, message, index, NONE)
    }

    /// An attempt is over: gives its place in the pool to the next call that waits.
    fn release_pool_place(&mut self, index: u32) {
        let call = &mut self.calls[index];
        if !std::mem::take(&mut call.has_pool_place) {
            return;
        }
        let link = call.link;
        let state = &mut self.network.links[link as usize];
        state.in_flight -= 1;
        while let Some((waiting, generation)) = self.network.links[link as usize].pool_queue.pop_front() {
            let call = &self.calls[waiting];
            // The entry of a call that stopped waiting is out of date.
            if call.generation == generation && call.state == CallState::WaitingForPool {
                self.network.links[link as usize].pool_waiting -= 1;
                return self.dispatch(waiting);
            }
        }
    }

    // -- events -----------------------------------------------------------------------------------

    /// An answer has arrived at the caller.
    pub(super) fn on_answer(&mut self, job: u32) {
        let (index, outcome) = (self.jobs[job].call, self.jobs[job].outcome);
        self.free_job(job);
        if index == NONE {
            return; // The caller has stopped waiting.
        }
        let call = &mut self.calls[index];
        for attempt in &mut call.attempts_out {
            if *attempt == job {
                *attempt = NONE;
            }
        }
        if outcome.is_good() {
            self.drop_attempts(index);
            self.release_pool_place(index);
            self.record_breaker_outcome(index, true);
            self.end_call(index, outcome);
        } else if call.attempts_out == [NONE; 2] {
            self.release_pool_place(index);
            self.attempt_failed(index, outcome);
        } else {
            call.outcome = outcome; // The other copy is still under way.
        }
    }

    /// An attempt has taken too long.
    pub(super) fn on_timeout(&mut self, call: u32) {
        let link = self.calls[call].link;
        self.record.links[link as usize].counts.timeouts += 1;
        if self.calls[call].state == CallState::WaitingForPool {
            self.network.links[link as usize].pool_waiting -= 1;
        }
        self.drop_attempts(call);
        self.release_pool_place(call);
        self.attempt_failed(call, Outcome::Timeout);
    }

    /// Whether a second copy may be sent.
    pub(super) fn may_hedge(&self, call: u32) -> bool {
        self.calls[call].state == CallState::InFlight && self.calls[call].attempts_out[1] == NONE
    }

    /// It is time for a second copy.
    pub(super) fn on_hedge(&mut self, call: u32) {
        let link = self.calls[call].link;
        self.record.links[link as usize].counts.hedges += 1;
        self.record.extra_attempt();
        let job = self.send_attempt(call);
        self.calls[call].attempts_out[1] = job;
    }

    /// The pause before a retry is over.
    pub(super) fn on_retry(&mut self, call: u32) {
        match self.calls[call].state {
            CallState::BackingOff => self.attempt(call),
            _ => self.free_call(call),
        }
    }

    /// The event for a call that ended without a message.
    pub(super) fn on_call_end(&mut self, call: u32) {
        match self.calls[call].state {
            CallState::Ended => {
                let outcome = self.calls[call].outcome;
                self.end_call(call, outcome);
            }
            _ => self.free_call(call),
        }
    }

    // -- ends -------------------------------------------------------------------------------------

    /// Stops waiting for the attempts that are under way, and cancels them if the link does that.
    fn drop_attempts(&mut self, call: u32) {
        let attempts = std::mem::replace(&mut self.calls[call].attempts_out, [NONE; 2]);
        let cancels = self.network.links[self.calls[call].link as usize].plan.cancel_on_timeout;
        for index in attempts.into_iter().filter(|job| *job != NONE) {
            let job = &mut self.jobs[index];
            job.call = NONE;
            if cancels && job.state != JobState::Answered {
                self.notices.add(Notice::JobCancelled { job: index });
            }
        }
    }

    /// Counts a failed attempt, and then plans a retry or ends the call.
    fn attempt_failed(&mut self, index: u32, outcome: Outcome) {
        let call = &self.calls[index];
        let (link, attempts) = (call.link, call.attempts);
        let counts = &mut self.record.links[link as usize].counts;
        counts.failed += 1;
        match outcome {
            Outcome::Rejected => counts.rejected += 1,
            Outcome::Error => counts.errors += 1,
            Outcome::Unreachable => counts.unreachable += 1,
            Outcome::RateLimited => counts.limited += 1,
            // Counted where it happens.
            Outcome::Timeout => {}
            // What an open breaker further down stopped is an error of the callee here.
            _ => counts.errors += 1,
        }
        self.record_breaker_outcome(index, false);
        let link = &mut self.network.links[link as usize];
        if attempts > link.plan.retries.max || !link.spend_retry() {
            return self.end_call_later(index, outcome);
        }
        let retries = &link.plan.retries;
        let full = (retries.base_ns * libm::pow(retries.factor, f64::from(attempts - 1))).min(retries.cap_ns);
        let pause = match retries.jitter {
            Jitter::None => full,
            Jitter::Full => full * link.backoff_rng.unit(),
            Jitter::Equal => full * (0.5 + 0.5 * link.backoff_rng.unit()),
        };
        let call = &mut self.calls[index];
        call.state = CallState::BackingOff;
        if call.target != NONE {
            self.notices.add(Notice::AttemptFailed { station: call.station, owner: call.owner });
        }
        let time = self.now() + (pause + 0.5) as u64;
        self.calendar.at(time, Event::new(EventKind::Retry, index));
    }

    /// Ends a call by an event of its own, because its owner may be in the middle of making it.
    fn end_call_later(&mut self, index: u32, outcome: Outcome) {
        let call = &mut self.calls[index];
        call.state = CallState::Ended;
        call.outcome = outcome;
        let now = self.now();
        self.calendar.at(now, Event::new(EventKind::CallEnd, index));
    }

    /// Ends a call and notifies its owner.
    fn end_call(&mut self, index: u32, outcome: Outcome) {
        let now = self.now();
        let call = &self.calls[index];
        if outcome.is_good() {
            self.record.links[call.link as usize].response.record(now - call.started);
        }
        self.notices.add(Notice::CallEnded { station: call.station, owner: call.owner, tag: call.tag, outcome });
        self.free_call(index);
    }

    /// A call's owner is gone: ends the call without notifying it.
    pub(super) fn abandon_call(&mut self, call: u32) {
        self.drop_attempts(call);
        let state = std::mem::replace(&mut self.calls[call].state, CallState::Orphaned);
        self.withdraw_probe(call);
        match state {
            CallState::InFlight => {
                self.release_pool_place(call);
                self.free_call(call);
            }
            CallState::WaitingForPool => {
                self.network.links[self.calls[call].link as usize].pool_waiting -= 1;
                self.free_call(call);
            }
            // A pending event refers to it and frees it.
            CallState::BackingOff | CallState::Ended | CallState::Orphaned | CallState::Free => {}
        }
    }

    fn free_call(&mut self, call: u32) {
        self.calls[call].state = CallState::Free;
        self.calls.remove(call);
    }

    /// The number of the next attempt; never 0.
    fn next_generation(&mut self) -> u32 {
        self.generation = self.generation % (u32::MAX - 1) + 1;
        self.generation
    }
}
