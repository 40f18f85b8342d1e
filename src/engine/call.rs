//! Calls: the caller's side of a link, once for every kind. Choice of a replica, pool, timeout,
//! retry with backoff and budget, hedge; as in a service mesh's sidecar. The policies that have a state
//! stand in each calling process: see [`link`](super::link).
//!
//! An attempt fails by an answer that is not good, or by the timeout. The caller then stops
//! waiting; the callee does not learn that (unless the link cancels), and its late answer is
//! dropped.

use super::calendar::{Event, EventKind};
use super::core::{Core, NONE};
use super::job::JobState;
use super::list::{Linked, Links};
use super::message::{Message, Outcome};
use super::notices::Notice;
use super::plan::Jitter;
use super::slab::Slab;
use crate::record::Failure;

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Waiting for a place in the pool.
    WaitingForPool,
    /// At least one attempt is under way.
    InFlight,
    /// Pausing before the next attempt.
    BackingOff,
    /// Ended; an event will notify its owner.
    Ended,
    /// Its owner is gone, but an event still refers to it and will free it.
    Orphaned,
    /// A free slot.
    Free,
}

/// Who makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A job of the station, at the replica that holds it. With the job the call is gone.
    Job(u32),
    /// A station that has one process, for something of its own: a request of a client, a batch of
    /// writes.
    Station(u32, u32),
}

/// Which of the callee's replicas a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Any: the engine chooses.
    Any,
    /// This one.
    Bound(u32),
    /// This one, if it has room now. Otherwise the calling station chooses, when there is room, by
    /// [`bind`](super::station::Station::bind).
    Free(u32),
}

/// What a caller knows of a call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The caller.
    pub station: u32,
    /// The caller's process.
    pub replica: u32,
    /// The caller's job or request.
    pub owner: u32,
    /// The caller's mark on it.
    pub tag: u32,
    /// The link that its present attempt uses.
    pub link: u32,
    /// The replica that its present attempt must go to, or [`NONE`] for any.
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
    /// Whether its owner is a job of the calling station.
    is_for_job: bool,
    /// Whether the calling station chooses the replica of each attempt.
    is_balanced: bool,
    /// Whether the replica of an attempt is chosen when it leaves the line for the pool.
    pub(super) is_chosen_late: bool,
    /// Whether a message of the present attempt was sent.
    was_sent: bool,
    /// Whether an attempt was not turned away on arrival, as far as the caller knows.
    was_taken: bool,
    /// Whether its process is gone, so that there is no further attempt.
    is_last: bool,
    /// Whether it holds a place in the pool.
    pub(super) has_pool_place: bool,
    /// Where each replica has a share of the pool: the replica whose share it takes or waits for; else
    /// [`NONE`].
    pub(super) pool_share: u32,
    /// Whether the half-open breaker counts it as a probe.
    pub is_probe: bool,
    /// When it was made, nanoseconds.
    pub started: u64,
    /// When its present attempt asked for a place in the pool, nanoseconds.
    pub(super) asked: u64,
    /// Its neighbors among the calls of its job.
    siblings: Links,
}

impl Linked for Slab<Call> {
    #[inline(always)]
    fn links(&mut self, item: u32) -> &mut Links {
        &mut self[item].siblings
    }
}

impl Call {
    /// Whether a timer of an attempt has nothing to do any more, because the attempt is over.
    pub(super) fn is_timer_stale(calls: &Slab<Call>, index: u32, generation: u32) -> bool {
        let call = &calls[index];
        call.generation != generation || !matches!(call.state, CallState::InFlight | CallState::WaitingForPool)
    }

    /// Whether an entry of a line for the pool is of a call that still waits.
    pub(super) fn waits(calls: &Slab<Call>, (index, generation): (u32, u32)) -> bool {
        calls[index].generation == generation && calls[index].state == CallState::WaitingForPool
    }
}

impl Core {
    /// Makes a call over a link. When the call has ended, `answered` of the calling station is called
    /// with the owner and `tag`, never before this returns.
    pub fn call(&mut self, caller: Caller, tag: u32, link: u32, target: Target, message: Message) {
        let started = self.now();
        let (station, replica, owner, is_for_job) = match caller {
            Caller::Job(job) => (self.jobs[job].station, self.jobs[job].replica, job, true),
            Caller::Station(station, owner) => (station, 0, owner, false),
        };
        let (target, is_balanced, is_chosen_late) = match target {
            Target::Any => (NONE, false, false),
            Target::Bound(replica) => (replica, true, false),
            Target::Free(replica) => (replica, true, true),
        };
        let call = self.calls.insert(Call {
            station,
            replica,
            owner,
            tag,
            link,
            target,
            message,
            generation: 0,
            attempts: 0,
            attempts_out: [NONE; 2],
            state: CallState::BackingOff,
            outcome: Outcome::Ok,
            is_for_job,
            is_balanced,
            is_chosen_late,
            was_sent: false,
            was_taken: false,
            is_last: false,
            has_pool_place: false,
            pool_share: NONE,
            is_probe: false,
            started,
            asked: started,
            siblings: Links::NONE,
        });
        if is_for_job {
            self.jobs[owner].calls.push_back(&mut self.calls, call);
        }
        let record = &mut self.record.links[link as usize];
        record.counts.calls += 1;
        record.under_way.add(started, 1);
        self.network.links[link as usize].earn_retries(replica);
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
        let (now, generation) = (self.now(), self.next_generation());
        let call = &mut self.calls[index];
        call.generation = generation;
        call.was_sent = false;
        call.asked = now;
        let (link, is_first) = (call.link, call.attempts == 0);
        call.attempts += 1;
        if !self.breaker_admits(index) {
            let counts = &mut self.record.links[link as usize].counts;
            counts.refused += 1;
            counts.add_failure(Failure::BreakerOpen);
            return self.end_call_later(index, Outcome::BreakerOpen);
        }
        if !is_first {
            self.record.links[link as usize].counts.retries += 1;
            self.record.extra_attempt();
        }
        if self.has_pool_place_for(index) {
            self.dispatch(index);
        } else if !self.wait_for_pool(index) {
            self.record.links[link as usize].counts.pool_rejected += 1;
            return self.attempt_failed(index, link, Outcome::Rejected);
        }
        if let Some(timeout) = self.network.links[link as usize].timeout {
            self.calendar.timer(timeout, Event::new(EventKind::Timeout, index), generation);
        }
    }

    /// Sends the message of an attempt for which there is room in the pool.
    pub(super) fn dispatch(&mut self, index: u32) {
        let (now, call) = (self.calendar.now(), &mut self.calls[index]);
        call.state = CallState::InFlight;
        call.has_pool_place = true;
        call.was_sent = true;
        let (link, generation, asked) = (call.link, call.generation, call.asked);
        let state = &mut self.network.links[link as usize];
        state.in_flight += 1;
        let (is_capped, hedge) = (state.is_capped(), state.hedge);
        let replica = self.target_of(index);
        if is_capped {
            self.take_pool_place(index, replica);
            self.record.links[link as usize].pool_wait.record(now - asked);
        }
        let job = self.send_attempt(index, link, replica);
        self.calls[index].attempts_out[0] = job;
        if let Some(after) = hedge {
            self.calendar.timer(after, Event::new(EventKind::Hedge, index), generation);
        }
    }

    /// The replica that an attempt goes to.
    fn target_of(&mut self, index: u32) -> u32 {
        match self.calls[index].target {
            NONE => self.choose_replica(index),
            target => target,
        }
    }

    #[inline(always)]
    fn send_attempt(&mut self, index: u32, link: u32, replica: u32) -> u32 {
        let call = &self.calls[index];
        let (message, sender) = (call.message, call.replica);
        self.record.links[link as usize].counts.attempts += 1;
        self.send(link, replica, message, index, sender)
    }

    // -- events -----------------------------------------------------------------------------------

    /// An answer has arrived at the caller.
    pub(super) fn on_answer(&mut self, job: u32) {
        let (index, outcome, link) = (self.jobs[job].call, self.jobs[job].outcome, self.jobs[job].link);
        if index == NONE {
            // The caller has stopped waiting.
            self.count_late_answer(job);
            if self.jobs[job].holds_place {
                self.release_held_place(job);
            }
            return self.free_job(job);
        }
        let was_taken = self.jobs[job].is_answered;
        self.free_job(job);
        let call = &mut self.calls[index];
        call.was_taken |= was_taken;
        // As one value: a read of both just after a write of one would wait for that write.
        let attempts_out = call.attempts_out.map(|attempt| if attempt == job { NONE } else { attempt });
        call.attempts_out = attempts_out;
        if outcome.is_good() {
            if attempts_out != [NONE; 2] {
                self.drop_open_attempts(index, false);
            }
            self.release_pool_place(index);
            self.record_breaker_outcome(index, link, true);
            self.end_call(index, outcome);
        } else if attempts_out == [NONE; 2] {
            self.release_pool_place(index);
            self.attempt_failed(index, link, outcome);
        } else {
            call.outcome = outcome; // The other copy is still under way.
        }
    }

    /// An attempt has taken too long.
    pub(super) fn on_timeout(&mut self, call: u32) {
        let link = self.calls[call].link;
        self.record.links[link as usize].counts.timeouts += 1;
        if self.calls[call].state == CallState::WaitingForPool {
            self.leave_pool_line(call);
        }
        // The callee may be at work on what was sent.
        self.calls[call].was_taken |= self.calls[call].was_sent;
        self.drop_attempts(call, true);
        self.release_pool_place(call);
        self.attempt_failed(call, link, Outcome::Timeout);
    }

    /// Whether a second copy may be sent.
    pub(super) fn may_hedge(&self, call: u32) -> bool {
        self.calls[call].state == CallState::InFlight && self.calls[call].attempts_out[1] == NONE
    }

    /// It is time for a second copy. `chosen` is the link and the replica that the calling station has
    /// chosen for it; `None` where the engine chooses.
    pub(super) fn on_hedge(&mut self, index: u32, chosen: Option<(u32, u32)>) {
        let first = self.calls[index].attempts_out[0];
        let (link, replica) = chosen.unwrap_or_else(|| {
            let Call { link, target, is_balanced, .. } = self.calls[index];
            if is_balanced && target != NONE {
                return (link, target);
            }
            // It goes to another replica, if there is one, and does not change which replica is next in turn.
            let turn = self.network.links[link as usize].next_turn;
            let mut replica = self.choose_replica(index);
            if first != NONE && self.jobs[first].replica == replica {
                replica = self.choose_replica(index);
            }
            self.network.links[link as usize].next_turn = turn;
            (link, replica)
        });
        self.record.links[link as usize].counts.hedges += 1;
        self.record.extra_attempt();
        let job = self.send_attempt(index, link, replica);
        self.calls[index].attempts_out[1] = job;
    }

    /// The pause before a retry is over. `chosen` is as in [`on_hedge`](Self::on_hedge).
    pub(super) fn on_retry(&mut self, index: u32, chosen: Option<(u32, u32)>) {
        let call = &mut self.calls[index];
        if call.state != CallState::BackingOff {
            return self.free_call(index);
        }
        if call.is_last {
            return self.end_call_later(index, Outcome::Unreachable);
        }
        let (link, target) = chosen.unwrap_or((call.link, NONE));
        call.target = target;
        self.change_link(index, link);
        self.attempt(index);
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

    /// Whether the calling station chooses the replica of each attempt of a call.
    pub(super) fn is_balanced(&self, call: u32) -> bool {
        self.calls[call].is_balanced
    }

    // -- ends -------------------------------------------------------------------------------------

    /// Stops waiting for the attempts that are under way, and cancels them if the link does that.
    /// `timed_out` says that it is because they took too long.
    #[inline(always)]
    fn drop_attempts(&mut self, index: u32, timed_out: bool) {
        if self.calls[index].attempts_out != [NONE; 2] {
            self.drop_open_attempts(index, timed_out);
        }
    }

    fn drop_open_attempts(&mut self, index: u32, timed_out: bool) {
        let attempts = std::mem::replace(&mut self.calls[index].attempts_out, [NONE; 2]);
        for (job, copy) in attempts.into_iter().zip(0..).filter(|(job, _)| *job != NONE) {
            let it = &mut self.jobs[job];
            it.call = NONE;
            let plan = &self.network.links[it.link as usize].plan;
            // The place belongs to the first copy; a hedge has none of its own.
            if timed_out && plan.holds_place && copy == 0 {
                it.holds_place = std::mem::take(&mut self.calls[index].has_pool_place);
                it.pool_share = self.calls[index].pool_share;
            }
            if plan.cancel_on_timeout && it.state != JobState::Answered {
                self.send_cancel(job);
            }
        }
    }

    /// The callee has answered an attempt that was given up and kept its place in the pool until now.
    fn release_held_place(&mut self, job: u32) {
        let job = &mut self.jobs[job];
        job.holds_place = false;
        let (link, sender, share) = (job.link, job.sender, job.pool_share);
        let state = &mut self.network.links[link as usize];
        state.in_flight -= 1;
        if state.is_capped() {
            let station = state.plan.from;
            self.free_pool_place(link, sender, share);
            self.notices.add(Notice::PoolHasRoom { station });
        }
    }

    /// Counts a failed attempt on the link that it used, and then plans a retry or ends the call.
    fn attempt_failed(&mut self, index: u32, link: u32, outcome: Outcome) {
        let call = &self.calls[index];
        let (attempts, replica, was_sent, is_last) = (call.attempts, call.replica, call.was_sent, call.is_last);
        if let Some(reason) = outcome.failure() {
            self.record.links[link as usize].counts.add_failure(reason);
        }
        // What the caller's own pool kept back says nothing about the callee.
        if was_sent {
            self.record_breaker_outcome(index, link, false);
        } else {
            self.withdraw_probe(index);
        }
        let link = &mut self.network.links[self.calls[index].link as usize];
        let retries = &link.plan.retries;
        if attempts > retries.max || is_last || !retries.on.contains(outcome) || !link.spend_retry(replica) {
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
        if call.is_balanced {
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
        self.unlink_call(index);
        self.free_call(index);
    }

    /// A call's owner is gone: ends the call without notifying it.
    pub(super) fn abandon_call(&mut self, call: u32) {
        self.unlink_call(call);
        self.drop_attempts(call, false);
        self.withdraw_probe(call);
        let state = std::mem::replace(&mut self.calls[call].state, CallState::Orphaned);
        match state {
            CallState::InFlight => {
                self.release_pool_place(call);
                self.free_call(call);
            }
            CallState::WaitingForPool => {
                self.leave_pool_line(call);
                self.free_call(call);
            }
            // A pending event refers to it and frees it.
            CallState::BackingOff | CallState::Ended | CallState::Orphaned | CallState::Free => {}
        }
    }

    /// A process dies: nothing waits for its pools any more.
    pub(super) fn clear_pool_lines(&mut self, station: u32, replica: u32) {
        let links = self.network.links.iter_mut().filter(|link| link.plan.from == station);
        links.for_each(|link| link.clear_lines(replica));
    }

    /// A process has died, and the calls of its jobs are gone with them. Those that belong to its station
    /// are not tried again, and its policies begin anew.
    pub(super) fn lose_calls(&mut self, station: u32, replica: u32) {
        for index in 0..self.calls.extent() {
            let call = &mut self.calls[index];
            if call.station != station || call.replica != replica {
                continue;
            }
            match call.state {
                CallState::Free | CallState::Orphaned | CallState::Ended => continue,
                CallState::WaitingForPool => {
                    self.leave_pool_line(index);
                    self.end_call_later(index, Outcome::Unreachable);
                }
                CallState::InFlight => self.release_pool_place(index),
                CallState::BackingOff => {}
            }
            self.calls[index].is_last = true;
            self.withdraw_probe(index);
        }
        for index in 0..self.jobs.extent() {
            let job = &self.jobs[index];
            if job.holds_place && job.sender == replica && self.network.links[job.link as usize].plan.from == station {
                self.release_held_place(index);
            }
        }
        let links = self.network.links.iter_mut().filter(|link| link.plan.from == station);
        links.for_each(|link| link.restart_policies(replica));
    }

    /// A call is over for its job.
    fn unlink_call(&mut self, index: u32) {
        let now = self.now();
        let Call { owner, is_for_job, link, .. } = self.calls[index];
        self.record.links[link as usize].under_way.add(now, -1);
        if is_for_job {
            self.jobs[owner].calls.remove(&mut self.calls, index);
            self.jobs[owner].call_was_taken = self.calls[index].was_taken;
            self.calls[index].is_for_job = false;
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
