//! Accounting identities: what must be true of any run at any time.

use super::Engine;
use super::call::CallState;
use super::job::JobState;
use super::station::Station;

impl<S: Station> Engine<S> {
    /// Checks the counters alone, in integers: cheap enough to do after every event of a debug
    /// build. At every node arrivals = completed + rejected + failed + in system, no more jobs wait
    /// than are in the system (and background tasks), and no more workers are busy than there are;
    /// for the whole system, offered = completed + failed + in flight.
    pub(super) fn counts_balance(&self) -> bool {
        let core = self.core();
        let flow = &core.record.requests;
        let nodes = core.record.nodes.iter().zip(&core.station_states);
        flow.offered == flow.completed + flow.failed() + core.record.in_flight
            && nodes.into_iter().all(|(node, state)| {
                let (counts, level) = (&node.counts, node.in_system.level());
                counts.arrivals == counts.completed + counts.rejected + counts.failed + u64::from(level)
                    && node.waiting.level() <= level + state.background_tasks
                    && (state.plan.workers.is_none() || node.busy.level() <= node.workers.level())
            })
    }

    /// Checks all identities; the error names the station and the two sides that differ.
    ///
    /// - At every node: arrivals = completed + rejected + failed + in system, in integers.
    /// - Little's law as an identity, at every node that keeps its requests as jobs: the integral
    ///   of the number in the system = the sum of the times in the system, in nanoseconds.
    /// - No more jobs wait than are in the system (and background tasks), no more workers are busy
    ///   than there are, and the replicas that are up are those that nothing holds down.
    pub fn check_books(&self) -> Result<(), String> {
        let core = self.core();
        let now = self.now();
        let mut inside = vec![(0u64, 0u128); core.station_states.len()];
        let mut background_tasks = vec![0u64; core.station_states.len()];
        for index in 0..core.jobs.extent() {
            let job = &core.jobs[index];
            if !matches!(job.state, JobState::Waiting | JobState::Held) {
                continue;
            }
            if job.is_background {
                background_tasks[job.station as usize] += 1;
            } else {
                let (count, sum) = &mut inside[job.station as usize];
                *count += 1;
                *sum += u128::from(now - job.arrived);
            }
        }
        for (index, node) in core.record.nodes.iter().enumerate() {
            let id = &core.station_states[index].plan.id;
            let (counts, level) = (&node.counts, u64::from(node.in_system.level()));
            let left = counts.completed + counts.rejected + counts.failed;
            if counts.arrivals != left + level {
                return Err(format!("{id}: {} arrived, {left} left, {level} are in the system", counts.arrivals));
            }
            let is_source = inside[index].0 == 0 && level > 0;
            if is_source {
                continue; // A client keeps its requests itself.
            }
            let (count, sum) = inside[index];
            if count != level {
                return Err(format!("{id}: {count} jobs are inside, the record says {level}"));
            }
            let (integral, sojourns) = (node.in_system.integral(now), counts.sojourn_ns + sum);
            if integral != sojourns {
                return Err(format!(
                    "{id}: the integral of the number in system is {integral}, the times in system sum to {sojourns}"
                ));
            }
            let waiting = u64::from(node.waiting.level());
            if background_tasks[index] != u64::from(core.station_states[index].background_tasks) {
                let counted = core.station_states[index].background_tasks;
                return Err(format!(
                    "{id}: {} background tasks are out, the station counts {counted}",
                    background_tasks[index]
                ));
            }
            if waiting > level + background_tasks[index] {
                return Err(format!("{id}: {waiting} wait, but only {level} are in the system"));
            }
            let up = core.station_states[index].up();
            if node.replicas.level() as usize != up {
                return Err(format!("{id}: {up} replicas are up, the record says {}", node.replicas.level()));
            }
            let workers = node.workers.level();
            if core.station_states[index].plan.workers.is_some() && node.busy.level() > workers {
                return Err(format!("{id}: {} workers are busy of {workers}", node.busy.level()));
            }
        }
        self.check_pools()
    }

    /// Checks the pools of every calling process: the places in use are those that calls and jobs hold, the
    /// record says the same, and no more are in use than there are.
    fn check_pools(&self) -> Result<(), String> {
        let core = self.core();
        let mut held = vec![0u32; core.network.links.len()];
        let mut waiting = vec![0u32; core.network.links.len()];
        for call in (0..core.calls.extent()).map(|index| &core.calls[index]) {
            held[call.link as usize] += u32::from(call.state == CallState::InFlight && call.has_pool_place);
            waiting[call.link as usize] += u32::from(call.state == CallState::WaitingForPool);
        }
        for job in (0..core.jobs.extent()).map(|index| &core.jobs[index]) {
            if job.state != JobState::Free && job.holds_place {
                held[job.link as usize] += 1;
            }
        }
        for (index, link) in core.network.links.iter().enumerate() {
            let id = &link.plan.id;
            if (link.in_flight, link.pool_waiting) != (held[index], waiting[index]) {
                return Err(format!(
                    "{id}: {} calls hold a place and {} wait, the link counts {} and {}",
                    held[index], waiting[index], link.in_flight, link.pool_waiting
                ));
            }
            if !link.is_capped() {
                continue;
            }
            let in_use: u32 = link.policies.iter().map(|policies| policies.in_use).sum();
            let in_line: u32 = link.policies.iter().map(|policies| policies.waiting).sum();
            let record = &core.record.links[index];
            let recorded = (record.pool_in_use.level(), record.pool_waiting.level());
            if (in_use, in_line) != recorded || in_use != held[index] || in_line != waiting[index] {
                return Err(format!("{id}: {in_use} in use and {in_line} in line, the record says {recorded:?}"));
            }
            let is_over = |max: u32| link.policies.iter().any(|policies| policies.in_use > max);
            if !link.pool_was_larger && link.plan.max_in_flight.is_some_and(is_over) {
                return Err(format!("{id}: more calls of a process are under way than its pool has places"));
            }
        }
        Ok(())
    }

    /// Checks that nothing is under way, no worker is busy and no place in a pool is taken: true
    /// after the load has stopped, every fault has ended and all requests are answered.
    pub fn check_at_rest(&self) -> Result<(), String> {
        self.check_books()?;
        let core = self.core();
        for (index, node) in core.record.nodes.iter().enumerate() {
            let levels = [node.in_system.level(), node.waiting.level(), node.busy.level()];
            if levels != [0; 3] {
                return Err(format!("{}: in system, waiting, busy are {levels:?}", core.station_states[index].plan.id));
            }
        }
        for link in &core.network.links {
            let is_pooled = link.policies.iter().any(|policies| policies.in_use > 0 || policies.waiting > 0);
            if link.in_flight != 0 || link.pool_waiting != 0 || is_pooled {
                return Err(format!(
                    "{}: {} in flight, {} waiting for the pool",
                    link.plan.id, link.in_flight, link.pool_waiting
                ));
            }
        }
        let calls = (0..core.calls.extent()).filter(|call| core.calls[*call].state != CallState::Free).count();
        let jobs = (0..core.jobs.extent()).filter(|job| core.jobs[*job].state != JobState::Free).count();
        if calls + jobs + core.calls.len() + core.jobs.len() > 0 {
            return Err(format!(
                "{calls} calls and {jobs} jobs are left ({} and {} slots)",
                core.calls.len(),
                core.jobs.len()
            ));
        }
        Ok(())
    }
}
