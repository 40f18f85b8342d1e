//! Pools: the places that the calls of a process take on a link, and the lines for them. Their state stands in
//! each calling process: see [`link`](super::link).

use super::call::{Call, CallState};
use super::core::{Core, NONE};
use super::job::JobState;
use super::notices::Notice;
use super::plan::LinkPlan;

impl Core {
    /// Whether an attempt can be sent now, as far as the pool is concerned. An attempt that goes to any
    /// replica is bound to one here, where each replica has a share of the pool.
    #[inline(always)]
    pub(super) fn has_pool_place_for(&mut self, index: u32) -> bool {
        !self.network.links[self.calls[index].link as usize].is_capped() || self.has_place_in_limited_pool(index)
    }

    fn has_place_in_limited_pool(&mut self, index: u32) -> bool {
        let Call { link, replica, target, .. } = self.calls[index];
        let state = &self.network.links[link as usize];
        if !state.has_pool_place(replica) {
            return false;
        }
        if state.plan.max_per_replica.is_none() {
            return true;
        }
        if target != NONE {
            return state.has_room_at(replica, target);
        }
        let callee = state.plan.to as usize;
        for _ in 0..self.station_states[callee].plan.replicas {
            let chosen = self.choose_replica(index);
            if self.network.links[link as usize].has_room_at(replica, chosen) {
                self.calls[index].target = chosen;
                return true;
            }
        }
        false
    }

    /// An attempt takes its place in the pool.
    pub(super) fn take_pool_place(&mut self, index: u32, target: u32) {
        let now = self.now();
        let call = &mut self.calls[index];
        let link = &mut self.network.links[call.link as usize];
        call.pool_share = link.take_place(call.replica, target);
        self.record.links[call.link as usize].pool_in_use.add(now, 1);
    }

    /// Puts an attempt into the line for the pool; false when the line is full.
    pub(super) fn wait_for_pool(&mut self, index: u32) -> bool {
        let now = self.now();
        let call = &mut self.calls[index];
        if call.is_chosen_late {
            call.target = NONE;
        }
        let link = &mut self.network.links[call.link as usize];
        if !link.line_up(call.replica, call.target, (index, call.generation)) {
            return false;
        }
        call.pool_share = link.share_of(call.target);
        call.state = CallState::WaitingForPool;
        self.record.links[call.link as usize].pool_waiting.add(now, 1);
        true
    }

    /// An attempt does not wait for the pool any more.
    pub(super) fn leave_pool_line(&mut self, index: u32) {
        let now = self.now();
        let Call { link, replica, .. } = self.calls[index];
        self.network.links[link as usize].left_line(replica);
        self.record.links[link as usize].pool_waiting.add(now, -1);
    }

    /// An attempt is over: gives its place in the pool to the next call that waits.
    pub(super) fn release_pool_place(&mut self, index: u32) {
        let call = &mut self.calls[index];
        if !std::mem::take(&mut call.has_pool_place) {
            return;
        }
        let (link, replica, share) = (call.link, call.replica, call.pool_share);
        self.network.links[link as usize].in_flight -= 1;
        if self.network.links[link as usize].is_capped() {
            self.free_pool_place(link, replica, share);
        }
    }

    /// A place in a process's pool is free: the next call that waits gets it.
    pub(super) fn free_pool_place(&mut self, link: u32, replica: u32, share: u32) {
        let now = self.now();
        self.network.links[link as usize].release_place(replica, share);
        self.record.links[link as usize].pool_in_use.add(now, -1);
        self.fill_pool(link, replica, share);
    }

    /// Sends calls that wait for the pool of a process while there is room. `share` is the replica at
    /// which room has come up, or [`NONE`].
    pub fn fill_pool(&mut self, link: u32, replica: u32, share: u32) {
        while self.network.links[link as usize].has_pool_place(replica) {
            let Core { network, calls, .. } = self;
            let own = network.links[link as usize].next_in_line(replica, share, |entry| Call::waits(calls, entry));
            // Of all that may have the place, the one that waits longest.
            let asked = own.map_or(u32::MAX, |(index, _)| self.calls[index].generation);
            let Some((index, is_bound)) = self.next_in_other_line(link, asked).or(own) else { return };
            if is_bound || !self.calls[index].is_chosen_late {
                if self.calls[index].target == NONE && !self.has_pool_place_for(index) {
                    return;
                }
                self.leave_line(index, link);
                self.dispatch(index);
            } else {
                // Its station chooses the replica; until then no other call gets this place.
                let generation = self.calls[index].generation;
                return self.notices.add(Notice::PlaceFree { call: index, generation, link });
            }
        }
    }

    /// The first call that waits in the line of another link of the same balancer, may use this one, and has
    /// asked before the attempt `asked`.
    fn next_in_other_line(&mut self, link: u32, asked: u32) -> Option<(u32, bool)> {
        let Core { network, calls, .. } = self;
        let (mut first, mut asked): (Option<u32>, u32) = (None, asked);
        for at in 0..network.links[link as usize].siblings.len() {
            let other = network.links[link as usize].siblings[at];
            let head = network.links[other as usize].next_in_line(0, NONE, |entry| Call::waits(calls, entry));
            let Some((index, false)) = head else { continue };
            let call = &calls[index];
            let may_use = call.is_chosen_late && network.links[link as usize].serves(call.message.operation);
            if may_use && call.generation < asked {
                (first, asked) = (Some(index), call.generation);
            }
        }
        first.map(|index| (index, false))
    }

    /// A call leaves the line that it waits in, and its attempt uses `link`.
    fn leave_line(&mut self, index: u32, link: u32) {
        let Call { replica, link: own, pool_share, .. } = self.calls[index];
        self.network.links[own as usize].pop_line(replica, pool_share);
        self.leave_pool_line(index);
        self.change_link(index, link);
    }

    /// The present attempt of a call uses another link than the one before.
    pub(super) fn change_link(&mut self, index: u32, link: u32) {
        let now = self.now();
        let before = std::mem::replace(&mut self.calls[index].link, link);
        if before != link {
            self.record.links[before as usize].under_way.add(now, -1);
            self.record.links[link as usize].under_way.add(now, 1);
        }
    }

    /// The station of a call that waited has chosen its replica behind `link`: sends it.
    pub(super) fn bind(&mut self, index: u32, link: u32, target: u32) {
        self.leave_line(index, link);
        self.calls[index].target = target;
        self.dispatch(index);
        let replica = self.calls[index].replica;
        self.fill_pool(link, replica, NONE);
    }

    /// A link has other parameters from now on: what waits for its pools is sent as far as they have room now.
    pub(super) fn reconfigure_link(&mut self, link: u32, plan: &LinkPlan) {
        let now = self.now();
        let state = &mut self.network.links[link as usize];
        let was_capped = state.is_capped();
        state.reconfigure(plan, &mut self.calendar);
        let is_capped = state.is_capped();
        if !was_capped && is_capped {
            self.count_places(link);
        }
        for replica in 0..self.network.links[link as usize].policies.len() as u32 {
            self.fill_pool(link, replica, NONE);
        }
        let state = &mut self.network.links[link as usize];
        let record = &mut self.record.links[link as usize];
        if !is_capped {
            state.forget_places();
            record.pool_in_use.set(now, 0);
        }
        record.pool = state.pool_of_process().map(|places| (places, state.plan.from));
        self.network.find_siblings();
    }

    /// The pools of a link have a limit from now on: its calls that are under way hold places.
    fn count_places(&mut self, link: u32) {
        let Core { calls, jobs, network, record, calendar, .. } = self;
        let state = &mut network.links[link as usize];
        let mut count = 0;
        for index in 0..calls.extent() {
            let call = &mut calls[index];
            if call.link == link && call.state == CallState::InFlight && call.has_pool_place {
                call.pool_share = NONE;
                state.count_place(call.replica);
                count += 1;
            }
        }
        for index in 0..jobs.extent() {
            let job = &mut jobs[index];
            if job.link == link && job.state != JobState::Free && job.holds_place {
                job.pool_share = NONE;
                state.count_place(job.sender);
                count += 1;
            }
        }
        record.links[link as usize].pool_in_use.set(calendar.now(), count);
        state.pool_was_larger = true;
    }

    /// Whether an attempt of a call still waits, and there is a place in the pool of this link.
    pub(super) fn can_bind(&self, call: u32, generation: u32, link: u32) -> bool {
        Call::waits(&self.calls, (call, generation))
            && self.network.links[link as usize].has_pool_place(self.calls[call].replica)
    }
}
