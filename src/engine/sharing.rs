//! Processor sharing at one replica, in virtual time: all jobs that are present attain service at
//! the same pace, and each leaves when it has attained what it came for.

use super::calendar::Event;
use super::core::{Core, NONE};
use crate::time::NEVER;

/// The jobs that share the workers of a replica.
#[derive(Clone, Debug)]
pub(super) struct Sharing {
    /// Service attained by a job that has always been here, nanoseconds.
    attained: f64,
    /// The time at which that was computed.
    since: u64,
    jobs: SharedJobs,
    /// Jobs that have begun so far.
    begun: u64,
    /// When the next job leaves; a wake-up at another time is out of date.
    next_end: u64,
    /// The speed of each worker: 1 at full speed, 0 while the replica is paused.
    speed: f64,
}

impl Default for Sharing {
    fn default() -> Self {
        Sharing { attained: 0.0, since: 0, jobs: SharedJobs::default(), begun: 0, next_end: NEVER, speed: 1.0 }
    }
}

impl Sharing {
    /// The state after a crash at `now`: no jobs, and the speed that it had.
    pub(super) fn after_crash(&self, now: u64) -> Sharing {
        Sharing { since: now, speed: self.speed, ..Sharing::default() }
    }

    /// Work of `span` nanoseconds begins on a job.
    pub(super) fn begin(&mut self, core: &mut Core, job: u32, span: u64, workers: u32) {
        self.attain(core.now(), workers);
        self.begun += 1;
        let entry = Entry { end: self.attained + span as f64, order: self.begun, job };
        self.jobs.insert(core, entry);
        self.plan_next_end(core, job, workers);
    }

    /// A job is taken out before its end; it may not have begun. The caller then takes back its
    /// worker and calls [`plan_next_end`](Self::plan_next_end).
    pub(super) fn remove(&mut self, core: &mut Core, job: u32, workers: u32) {
        self.attain(core.now(), workers);
        self.jobs.remove(core, job);
    }

    /// At a wake-up: takes out the job that has attained its service, if the wake-up is not out of
    /// date. The caller then takes back its worker and calls
    /// [`plan_next_end`](Self::plan_next_end).
    pub(super) fn take_finished(&mut self, core: &mut Core) -> Option<u32> {
        let now = core.now();
        if self.next_end != now || self.speed == 0.0 {
            return None;
        }
        let Entry { end, job, .. } = self.jobs.first()?;
        self.jobs.remove(core, job);
        self.attained = end;
        self.since = now;
        Some(job)
    }

    /// Schedules a wake-up for when the next job leaves, at the replica that `job` is in.
    pub(super) fn plan_next_end(&mut self, core: &mut Core, job: u32, workers: u32) {
        let (station, replica) = (core.jobs[job].station, core.jobs[job].replica);
        self.plan_next_end_at(core, station, replica, workers);
    }

    fn plan_next_end_at(&mut self, core: &mut Core, station: u32, replica: u32, workers: u32) {
        self.next_end = NEVER;
        let Some(Entry { end, .. }) = self.jobs.first() else { return };
        if self.speed == 0.0 {
            return;
        }
        let wait = ((end - self.attained).max(0.0) / self.pace(workers) + 0.5) as u64;
        self.next_end = core.now() + wait;
        core.calendar.at(self.next_end, Event::wake(station, replica));
    }

    /// The speed changes: `stretch` is how many times as long work takes, or `None` while it stands still.
    pub(super) fn set_stretch(
        &mut self,
        core: &mut Core,
        station: u32,
        replica: u32,
        workers: u32,
        stretch: Option<f64>,
    ) {
        self.attain(core.now(), workers);
        self.speed = stretch.map_or(0.0, |factor| 1.0 / factor);
        self.plan_next_end_at(core, station, replica, workers);
    }

    /// The number of workers changes.
    pub(super) fn set_workers(&mut self, core: &mut Core, station: u32, replica: u32, before: u32, after: u32) {
        self.attain(core.now(), before);
        self.plan_next_end_at(core, station, replica, after);
    }

    /// Service that each job attains per nanosecond; there are jobs.
    fn pace(&self, workers: u32) -> f64 {
        (f64::from(workers) / self.jobs.len() as f64).min(1.0) * self.speed
    }

    /// Computes what has been attained up to `now`.
    fn attain(&mut self, now: u64, workers: u32) {
        if self.jobs.len() > 0 {
            self.attained += (now - self.since) as f64 * self.pace(workers);
        }
        self.since = now;
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// What `attained` is when the job leaves, nanoseconds.
    end: f64,
    /// Of jobs that leave at the same time, the one that began first leaves first.
    order: u64,
    job: u32,
}

impl Entry {
    fn precedes(&self, other: &Entry) -> bool {
        (self.end, self.order) < (other.end, other.order)
    }
}

/// A binary heap, the job that leaves next at the top. Each job knows its position
/// (`Job::heap_index`), so that any of thousands can be taken out in logarithmic time.
#[derive(Clone, Debug, Default)]
struct SharedJobs(Vec<Entry>);

impl SharedJobs {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn first(&self) -> Option<Entry> {
        self.0.first().copied()
    }

    fn insert(&mut self, core: &mut Core, entry: Entry) {
        self.0.push(entry);
        self.rise(core, self.0.len() - 1, entry);
    }

    /// Takes a job out if it is here.
    fn remove(&mut self, core: &mut Core, job: u32) {
        let hole = core.jobs[job].heap_index as usize;
        if self.0.get(hole).is_none_or(|entry| entry.job != job) {
            return;
        }
        let Some(last) = self.0.pop() else { return };
        if hole < self.0.len() {
            // The last entry fills the hole, and then belongs above it or below it.
            self.rise(core, hole, last);
            let at = core.jobs[last.job].heap_index as usize;
            self.sink(core, at, last);
        }
        core.jobs[job].heap_index = NONE;
    }

    fn put(&mut self, core: &mut Core, at: usize, entry: Entry) {
        self.0[at] = entry;
        core.jobs[entry.job].heap_index = at as u32;
    }

    fn rise(&mut self, core: &mut Core, mut hole: usize, entry: Entry) {
        while hole > 0 && entry.precedes(&self.0[(hole - 1) / 2]) {
            let parent = self.0[(hole - 1) / 2];
            self.put(core, hole, parent);
            hole = (hole - 1) / 2;
        }
        self.put(core, hole, entry);
    }

    fn sink(&mut self, core: &mut Core, mut hole: usize, entry: Entry) {
        loop {
            let mut child = 2 * hole + 1;
            if child + 1 < self.0.len() && self.0[child + 1].precedes(&self.0[child]) {
                child += 1;
            }
            if child >= self.0.len() || !self.0[child].precedes(&entry) {
                break;
            }
            let lesser = self.0[child];
            self.put(core, hole, lesser);
            hole = child;
        }
        self.put(core, hole, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::job::Job;
    use crate::engine::message::{Access, Message};
    use crate::engine::plan::RunSettings;
    use crate::random::Stream;

    /// The heap against a sorted list, under random arrivals, ends and cancellations.
    #[test]
    fn jobs_leave_in_the_order_of_their_ends_even_if_others_are_cancelled() {
        let settings = RunSettings { seed: 1, duration_ns: 1, warmup_ns: 0, bin_ns: 1, memory_bytes: u64::MAX };
        let mut core = Core::new(&settings, &[], Vec::new(), Vec::new());
        let message = Message { operation: 0, access: Access::Read, priority: 0, key: 0, session: 0 };
        let mut heap = SharedJobs::default();
        let mut list: Vec<(u32, u64, u32)> = Vec::new();
        let mut rng = Stream::named(3, "present", "test");
        for order in 0..30_000 {
            match rng.below(5) {
                0..=2 if list.len() < 300 => {
                    let job = core.jobs.insert(Job::new(0, 0, message));
                    let end = rng.below(50);
                    heap.insert(&mut core, Entry { end: f64::from(end), order, job });
                    list.push((end, order, job));
                    list.sort_unstable();
                }
                3 if !list.is_empty() => {
                    let (_, _, job) = list.remove(rng.below(list.len() as u32) as usize);
                    heap.remove(&mut core, job);
                    heap.remove(&mut core, job); // A second time does nothing.
                    core.jobs.remove(job);
                }
                _ if !list.is_empty() => {
                    let (end, _, job) = list.remove(0);
                    assert_eq!(heap.first().map(|first| (first.end, first.job)), Some((f64::from(end), job)));
                    heap.remove(&mut core, job);
                    core.jobs.remove(job);
                }
                _ => {}
            }
            assert_eq!(heap.len(), list.len());
        }
    }
}
