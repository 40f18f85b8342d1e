//! Workers and the line in front of them, at each replica of a station: once for every kind.

use super::calendar::Event;
use super::core::{Core, JobState, NONE};
use super::plan::Discipline;
use crate::time::NEVER;

/// What happens to a job that comes to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A worker is free and now held: begin.
    Begin,
    /// It waits.
    Wait,
    /// There is no room for it.
    Full,
}

/// The workers of a station.
#[derive(Clone, Debug)]
pub struct Server {
    workers: u32,
    queue_limit: u32,
    discipline: Discipline,
    replicas: Vec<Replica>,
}

#[derive(Clone, Debug, Default)]
struct Replica {
    busy: u32,
    waiting: u32,
    /// One line; with priorities one for each, the most urgent last.
    lines: Vec<Line>,
    shared: Sharing,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    priority: u8,
    head: u32,
    tail: u32,
}

/// Processor sharing in virtual time: every job present attains `attained` at the same pace, and
/// leaves when it has attained what it came for.
#[derive(Clone, Debug, Default)]
struct Sharing {
    /// Work attained by a job that has been here for ever, nanoseconds.
    attained: f64,
    /// When that was computed.
    since: u64,
    jobs: Present,
    order: u64,
    /// When the next job leaves; another wake-up is stale.
    next: u64,
    frozen: bool,
}

/// The jobs that share, a binary heap by what must be attained at their end and then by order of
/// arrival, least first. Each job's `next` is its place in the heap, so that any of thousands can
/// be taken out in logarithmic time.
#[derive(Clone, Debug, Default)]
struct Present(Vec<(f64, u64, u32)>);

impl Present {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn first(&self) -> Option<(f64, u64, u32)> {
        self.0.first().copied()
    }

    fn insert(&mut self, core: &mut Core, entry: (f64, u64, u32)) {
        self.0.push(entry);
        self.rise(core, self.0.len() - 1, entry);
    }

    /// Takes a job out, which may not have begun.
    fn remove(&mut self, core: &mut Core, job: u32) {
        let hole = core.jobs[job].next as usize;
        if self.0.get(hole).is_none_or(|entry| entry.2 != job) {
            return;
        }
        let Some(last) = self.0.pop() else { return };
        if hole < self.0.len() {
            // The last one fills the gap, and then belongs above it or below it.
            self.rise(core, hole, last);
            let at = core.jobs[last.2].next as usize;
            self.sink(core, at, last);
        }
        core.jobs[job].next = NONE;
    }

    fn put(&mut self, core: &mut Core, at: usize, entry: (f64, u64, u32)) {
        self.0[at] = entry;
        core.jobs[entry.2].next = at as u32;
    }

    fn before(a: (f64, u64, u32), b: (f64, u64, u32)) -> bool {
        (a.0, a.1) < (b.0, b.1)
    }

    fn rise(&mut self, core: &mut Core, mut hole: usize, entry: (f64, u64, u32)) {
        while hole > 0 && Self::before(entry, self.0[(hole - 1) / 2]) {
            let parent = self.0[(hole - 1) / 2];
            self.put(core, hole, parent);
            hole = (hole - 1) / 2;
        }
        self.put(core, hole, entry);
    }

    fn sink(&mut self, core: &mut Core, mut hole: usize, entry: (f64, u64, u32)) {
        loop {
            let mut child = 2 * hole + 1;
            if child + 1 < self.0.len() && Self::before(self.0[child + 1], self.0[child]) {
                child += 1;
            }
            if child >= self.0.len() || !Self::before(self.0[child], entry) {
                break;
            }
            let lesser = self.0[child];
            self.put(core, hole, lesser);
            hole = child;
        }
        self.put(core, hole, entry);
    }
}

impl Server {
    /// Idle workers: `workers` at each of `replicas`, and at most `queue_limit` waiting at each.
    pub fn new(replicas: u32, workers: Option<u32>, queue_limit: Option<u32>, discipline: Discipline) -> Server {
        Server {
            workers: workers.unwrap_or(u32::MAX),
            queue_limit: queue_limit.unwrap_or(u32::MAX),
            discipline,
            replicas: vec![Replica::default(); replicas as usize],
        }
    }

    /// Workers of each replica; `None` is unlimited.
    pub fn workers(&self) -> Option<u32> {
        (self.workers < u32::MAX).then_some(self.workers)
    }

    /// Busy workers of a replica.
    pub fn busy(&self, replica: u32) -> u32 {
        self.replicas[replica as usize].busy.min(self.workers)
    }

    /// Whether a job that comes to a replica now would be let in.
    pub fn has_room(&self, replica: u32) -> bool {
        let replica = &self.replicas[replica as usize];
        replica.busy < self.workers || replica.waiting < self.queue_limit
    }

    /// A job asks for a worker.
    pub fn enter(&mut self, core: &mut Core, job: u32) -> Entry {
        self.enter_within(core, job, self.queue_limit)
    }

    /// A job asks for a worker and waits however long the line is; true when it is to begin.
    pub fn enter_always(&mut self, core: &mut Core, job: u32) -> bool {
        self.enter_within(core, job, u32::MAX) == Entry::Begin
    }

    fn enter_within(&mut self, core: &mut Core, job: u32, queue_limit: u32) -> Entry {
        let now = core.now();
        let it = &core.jobs[job];
        let (station, priority) = (it.station as usize, it.message.priority);
        let replica = &mut self.replicas[it.replica as usize];
        let node = &mut core.record.nodes[station];
        if replica.busy < self.workers || self.discipline == Discipline::ProcessorSharing {
            let room = self.workers.saturating_add(queue_limit);
            if replica.busy >= room {
                return Entry::Full;
            }
            if replica.busy < self.workers {
                node.busy.add(now, 1);
            } else {
                node.waiting.add(now, 1);
            }
            replica.busy += 1;
            core.jobs[job].has_worker = true;
            return Entry::Begin;
        }
        if replica.waiting >= queue_limit {
            return Entry::Full;
        }
        replica.waiting += 1;
        node.waiting.add(now, 1);
        core.jobs[job].state = JobState::Waiting;
        core.jobs[job].next = NONE;
        let priority = if self.discipline == Discipline::Priority { priority } else { 0 };
        let at = replica.lines.partition_point(|line| line.priority < priority);
        if replica.lines.get(at).is_none_or(|line| line.priority != priority) {
            replica.lines.insert(at, Line { priority, head: NONE, tail: NONE });
        }
        let line = &mut replica.lines[at];
        if line.head == NONE {
            (line.head, line.tail) = (job, job);
        } else if self.discipline == Discipline::Lifo {
            core.jobs[job].next = line.head;
            line.head = job;
        } else {
            core.jobs[line.tail].next = job;
            line.tail = job;
        }
        Entry::Wait
    }

    /// Work of `span` nanoseconds begins on a job that holds a worker.
    pub fn begin(&mut self, core: &mut Core, job: u32, span: u64) {
        if self.discipline != Discipline::ProcessorSharing {
            return core.begin(job, span);
        }
        let span = core.begin_shared(job, span);
        let (replica, station) = (core.jobs[job].replica, core.jobs[job].station);
        self.attain(core.now(), replica);
        let shared = &mut self.replicas[replica as usize].shared;
        shared.order += 1;
        let entry = (shared.attained + span as f64, shared.order, job);
        shared.jobs.insert(core, entry);
        self.reschedule(core, station, replica);
    }

    /// A worker is given back; returns the job that gets it next, which is to begin.
    pub fn leave(&mut self, core: &mut Core, job: u32) -> Option<u32> {
        let now = core.now();
        let it = &mut core.jobs[job];
        if !std::mem::take(&mut it.has_worker) {
            return None;
        }
        let (station, index) = (it.station as usize, it.replica);
        let replica = &mut self.replicas[index as usize];
        let node = &mut core.record.nodes[station];
        replica.busy -= 1;
        if self.discipline == Discipline::ProcessorSharing {
            if replica.busy < self.workers {
                node.busy.add(now, -1);
            } else {
                node.waiting.add(now, -1);
            }
            return None;
        }
        if replica.waiting == 0 {
            node.busy.add(now, -1);
            return None;
        }
        let next = Self::take(replica, core);
        replica.waiting -= 1;
        replica.busy += 1;
        if replica.waiting == 0 {
            Self::sweep(replica, core);
        }
        core.record.nodes[station].waiting.add(now, -1);
        core.jobs[next].has_worker = true;
        core.jobs[next].state = JobState::Held;
        Some(next)
    }

    /// Nobody waits any more: whoever was cancelled in the line is let go.
    fn sweep(replica: &mut Replica, core: &mut Core) {
        for line in &mut replica.lines {
            while line.head != NONE {
                let ghost = line.head;
                line.head = core.jobs[ghost].next;
                core.free_job(ghost);
            }
        }
    }

    /// The next in line; there is one.
    fn take(replica: &mut Replica, core: &mut Core) -> u32 {
        loop {
            let Some(line) = replica.lines.iter_mut().rev().find(|line| line.head != NONE) else {
                unreachable!("someone waits");
            };
            let job = line.head;
            line.head = core.jobs[job].next;
            if core.jobs[job].state == JobState::Waiting {
                return job;
            }
            core.free_job(job); // It was cancelled in the line.
        }
    }

    /// A job that waits or is worked on is not needed any more. Returns the job that gets its
    /// worker, if it held one.
    pub fn cancel(&mut self, core: &mut Core, job: u32) -> Option<u32> {
        let now = core.now();
        let (station, index) = (core.jobs[job].station, core.jobs[job].replica);
        if core.jobs[job].state == JobState::Waiting {
            let replica = &mut self.replicas[index as usize];
            replica.waiting -= 1;
            core.record.nodes[station as usize].waiting.add(now, -1);
            core.drop_cancelled(job);
            if replica.waiting == 0 {
                Self::sweep(replica, core);
            }
            return None;
        }
        let is_shared = self.discipline == Discipline::ProcessorSharing;
        if is_shared {
            self.attain(now, index);
            self.replicas[index as usize].shared.jobs.remove(core, job);
        }
        let next = self.leave(core, job);
        if is_shared {
            self.reschedule(core, station, index);
        }
        core.drop_cancelled(job);
        next
    }

    /// A wake-up of a shared replica: the job that is finished, if the wake-up is not stale.
    pub fn shared_done(&mut self, core: &mut Core, station: u32, replica: u32) -> Option<u32> {
        let now = core.now();
        let shared = &mut self.replicas[replica as usize].shared;
        if shared.next != now || shared.frozen {
            return None;
        }
        let (end, _, job) = shared.jobs.first()?;
        shared.jobs.remove(core, job);
        shared.attained = end;
        shared.since = now;
        // The job leaves the server before the others' pace is computed anew.
        let next = self.leave(core, job);
        debug_assert!(next.is_none());
        self.reschedule(core, station, replica);
        Some(job)
    }

    fn attain(&mut self, now: u64, index: u32) {
        let workers = f64::from(self.workers);
        let shared = &mut self.replicas[index as usize].shared;
        let present = shared.jobs.len() as f64;
        if !shared.frozen && present > 0.0 {
            shared.attained += (now - shared.since) as f64 * (workers / present).min(1.0);
        }
        shared.since = now;
    }

    fn reschedule(&mut self, core: &mut Core, station: u32, index: u32) {
        let workers = f64::from(self.workers);
        let shared = &mut self.replicas[index as usize].shared;
        shared.next = NEVER;
        let Some((end, ..)) = shared.jobs.first() else { return };
        if shared.frozen {
            return;
        }
        let pace = (workers / shared.jobs.len() as f64).min(1.0);
        let wait = ((end - shared.attained).max(0.0) / pace + 0.5) as u64;
        shared.next = core.now() + wait;
        core.calendar.at(shared.next, Event::wake(station, index));
    }

    /// Work stands still at every replica.
    pub fn freeze(&mut self, core: &mut Core) {
        for index in 0..self.replicas.len() as u32 {
            self.attain(core.now(), index);
            self.replicas[index as usize].shared.frozen = true;
        }
    }

    /// Work goes on.
    pub fn thaw(&mut self, core: &mut Core, station: u32) {
        for index in 0..self.replicas.len() as u32 {
            let shared = &mut self.replicas[index as usize].shared;
            shared.frozen = false;
            shared.since = core.now();
            self.reschedule(core, station, index);
        }
    }

    /// A replica died: its lines and workers are empty.
    pub fn clear(&mut self, core: &mut Core, station: u32, index: u32) {
        let now = core.now();
        let replica = std::mem::take(&mut self.replicas[index as usize]);
        let node = &mut core.record.nodes[station as usize];
        let busy = replica.busy.min(self.workers);
        let beyond = replica.busy - busy;
        node.busy.add(now, -(busy as i32));
        node.waiting.add(now, -((replica.waiting + beyond) as i32));
        self.replicas[index as usize].shared.since = now;
        self.replicas[index as usize].shared.frozen = replica.shared.frozen;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::core::{Access, Job, Message, Outcome};
    use crate::engine::plan::RunSettings;
    use crate::random::Stream;

    fn job(core: &mut Core) -> u32 {
        core.jobs.insert(Job {
            call: NONE,
            link: 0,
            station: 0,
            replica: 0,
            message: Message { operation: 0, access: Access::Read, priority: 0, key: 0, session: 0 },
            state: JobState::Held,
            outcome: Outcome::Ok,
            internal: false,
            one_way: true,
            has_worker: true,
            has_event: false,
            arrived: 0,
            began: 0,
            stalled: 0,
            next: NONE,
            step: 0,
            pending: 0,
            note: 0,
        })
    }

    /// The heap of those who share against a sorted list, under random arrivals, ends and
    /// cancellations.
    #[test]
    fn who_shares_leaves_in_the_order_of_ends_whoever_is_taken_out() {
        let settings = RunSettings { seed: 1, duration_ns: 1, warmup_ns: 0, bin_ns: 1 };
        let mut core = Core::new(&settings, &[], Vec::new(), Vec::new());
        let mut present = Present::default();
        let mut list: Vec<(u32, u64, u32)> = Vec::new();
        let mut rng = Stream::named(3, "present", "test");
        for order in 0..30_000 {
            match rng.below(5) {
                0..=2 if list.len() < 300 => {
                    let job = job(&mut core);
                    let end = rng.below(50);
                    present.insert(&mut core, (f64::from(end), order, job));
                    list.push((end, order, job));
                    list.sort_unstable();
                }
                3 if !list.is_empty() => {
                    let (_, _, job) = list.remove(rng.below(list.len() as u32) as usize);
                    present.remove(&mut core, job);
                    present.remove(&mut core, job); // Once more does nothing.
                    core.jobs.remove(job);
                }
                _ if !list.is_empty() => {
                    let (end, _, job) = list.remove(0);
                    assert_eq!(present.first().map(|first| (first.0, first.2)), Some((f64::from(end), job)));
                    present.remove(&mut core, job);
                    core.jobs.remove(job);
                }
                _ => {}
            }
            assert_eq!(present.len(), list.len());
        }
    }
}
