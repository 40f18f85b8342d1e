//! Workers and the waiting line in front of them, at each replica of a station: once for every
//! kind.

use super::core::{Core, NONE};
use super::job::JobState;
use super::plan::Discipline;
use super::sharing::Sharing;

/// What happens to a job that comes to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It holds a worker now, and its work is to begin.
    Begin,
    /// It waits.
    Wait,
    /// There is no room for it.
    Full,
}

/// The workers of a station.
#[derive(Clone, Debug)]
pub struct Server {
    /// Workers of each replica; `u32::MAX` is unlimited.
    workers: u32,
    /// Jobs that may wait at each replica; `u32::MAX` is unlimited.
    queue_limit: u32,
    discipline: Discipline,
    replicas: Vec<Replica>,
}

#[derive(Clone, Debug, Default)]
struct Replica {
    /// Jobs that hold a worker; under processor sharing all that are present.
    busy: u32,
    /// Of these so many hold workers that are to go: there were more workers when they began.
    surplus: u32,
    /// Jobs in the lines, those that were cancelled there not counted.
    waiting: u32,
    /// One line; with priorities one for each that has occurred, the most urgent last.
    lines: Vec<Line>,
    sharing: Sharing,
}

/// A waiting line: a list of jobs linked by `Job::next_in_line`.
#[derive(Clone, Copy, Debug)]
struct Line {
    priority: u8,
    head: u32,
    tail: u32,
}

impl Server {
    /// Idle workers: `workers` at each of `replicas`, with room for `queue_limit` waiting jobs at
    /// each; `None` is unlimited.
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
        let busy = self.replicas[replica as usize].busy;
        if self.is_shared() { busy.min(self.workers) } else { busy }
    }

    /// Whether a job that comes to a replica now would be let in.
    pub fn has_room(&self, replica: u32) -> bool {
        let replica = &self.replicas[replica as usize];
        replica.busy < self.workers || replica.waiting < self.queue_limit
    }

    fn is_shared(&self) -> bool {
        self.discipline == Discipline::ProcessorSharing
    }

    // -- entering -----------------------------------------------------------------------------------

    /// A job asks for a worker.
    pub fn enter(&mut self, core: &mut Core, job: u32) -> Entry {
        self.enter_within(core, job, self.queue_limit)
    }

    /// A job asks for a worker and waits however long the line is; returns whether it is to begin.
    pub fn enter_always(&mut self, core: &mut Core, job: u32) -> bool {
        self.enter_within(core, job, u32::MAX) == Entry::Begin
    }

    fn enter_within(&mut self, core: &mut Core, job: u32, queue_limit: u32) -> Entry {
        let now = core.now();
        let is_shared = self.is_shared();
        let it = &mut core.jobs[job];
        let replica = &mut self.replicas[it.replica as usize];
        let node = &mut core.record.nodes[it.station as usize];
        if replica.busy < self.workers || is_shared {
            if replica.busy >= self.workers.saturating_add(queue_limit) {
                return Entry::Full;
            }
            if replica.busy < self.workers {
                node.add_busy(now, it.replica, 1);
            } else {
                node.add_waiting(now, it.replica, 1);
            }
            replica.busy += 1;
            it.has_worker = true;
            return Entry::Begin;
        }
        if replica.waiting >= queue_limit {
            return Entry::Full;
        }
        replica.waiting += 1;
        node.add_waiting(now, it.replica, 1);
        it.state = JobState::Waiting;
        self.line_up(core, job);
        Entry::Wait
    }

    /// Puts a job into the waiting line of its replica.
    fn line_up(&mut self, core: &mut Core, job: u32) {
        let it = &mut core.jobs[job];
        it.next_in_line = NONE;
        let priority = if self.discipline == Discipline::Priority { it.message.priority } else { 0 };
        let lines = &mut self.replicas[it.replica as usize].lines;
        let at = lines.partition_point(|line| line.priority < priority);
        if lines.get(at).is_none_or(|line| line.priority != priority) {
            lines.insert(at, Line { priority, head: NONE, tail: NONE });
        }
        let line = &mut lines[at];
        if line.head == NONE {
            (line.head, line.tail) = (job, job);
        } else if self.discipline == Discipline::Lifo {
            it.next_in_line = line.head;
            line.head = job;
        } else {
            core.jobs[line.tail].next_in_line = job;
            line.tail = job;
        }
    }

    /// Work of `span` nanoseconds begins on a job that holds a worker, or that of an error in its place:
    /// see [`Core::timed_error`].
    pub fn begin(&mut self, core: &mut Core, job: u32, span: u64) {
        let span = core.timed_error(job).unwrap_or(span);
        if !self.is_shared() {
            return core.begin(job, span);
        }
        core.count_work(job, span);
        let replica = core.jobs[job].replica as usize;
        self.replicas[replica].sharing.begin(core, job, span, self.workers);
    }

    // -- leaving ------------------------------------------------------------------------------------

    /// A job gives its worker back, if it has one. Returns the job that gets it next, whose work is
    /// to begin.
    pub fn leave(&mut self, core: &mut Core, job: u32) -> Option<u32> {
        let now = core.now();
        let is_shared = self.is_shared();
        let it = &mut core.jobs[job];
        if !std::mem::take(&mut it.has_worker) {
            return None;
        }
        let number = it.replica;
        let replica = &mut self.replicas[number as usize];
        let node = &mut core.record.nodes[it.station as usize];
        replica.busy -= 1;
        if is_shared {
            if replica.busy < self.workers {
                node.add_busy(now, number, -1);
            } else {
                node.add_waiting(now, number, -1);
            }
            return None;
        }
        if replica.surplus > 0 {
            replica.surplus -= 1;
            node.add_workers(now, number, -1);
            node.add_busy(now, number, -1);
            return None;
        }
        if replica.waiting == 0 {
            node.add_busy(now, number, -1);
            return None;
        }
        node.add_waiting(now, number, -1);
        Some(replica.promote(core))
    }

    /// A job that waits or is worked on was cancelled. Returns the job that gets its worker, if it
    /// had one.
    pub fn cancel(&mut self, core: &mut Core, job: u32) -> Option<u32> {
        let now = core.now();
        let (station, replica) = (core.jobs[job].station as usize, core.jobs[job].replica as usize);
        if core.jobs[job].state == JobState::Waiting {
            self.replicas[replica].waiting -= 1;
            core.record.nodes[station].add_waiting(now, replica as u32, -1);
            core.drop_cancelled(job);
            self.replicas[replica].free_cancelled(core);
            return None;
        }
        if self.is_shared() {
            self.replicas[replica].sharing.remove(core, job, self.workers);
        }
        let next = self.leave(core, job);
        if self.is_shared() {
            self.replicas[replica].sharing.plan_next_end(core, job, self.workers);
        }
        core.drop_cancelled(job);
        next
    }

    /// A wake-up of a replica under processor sharing: returns the job that is finished, if the
    /// wake-up is not out of date.
    pub fn take_finished(&mut self, core: &mut Core, replica: u32) -> Option<u32> {
        let job = self.replicas[replica as usize].sharing.take_finished(core)?;
        // The job leaves before the end of the next one is computed.
        let next = self.leave(core, job);
        debug_assert!(next.is_none());
        self.replicas[replica as usize].sharing.plan_next_end(core, job, self.workers);
        Some(job)
    }

    // -- faults -------------------------------------------------------------------------------------

    /// The pace of a replica has changed. The work of jobs that do not share workers is seen to by the
    /// engine.
    pub fn pace_changed(&mut self, core: &mut Core, station: u32, replica: u32) {
        let stretch = core.station_states[station as usize].stretch(replica);
        self.replicas[replica as usize].sharing.set_stretch(core, station, replica, self.workers, stretch);
    }

    /// A replica has died: its lines and workers are empty.
    pub fn clear(&mut self, core: &mut Core, station: u32, replica: u32) {
        let now = core.now();
        let number = replica;
        let replica = &mut self.replicas[number as usize];
        let busy =
            if self.discipline == Discipline::ProcessorSharing { replica.busy.min(self.workers) } else { replica.busy };
        let beyond = replica.busy - busy;
        let node = &mut core.record.nodes[station as usize];
        node.add_workers(now, number, -(replica.surplus as i32));
        node.add_busy(now, number, -(busy as i32));
        node.add_waiting(now, number, -((replica.waiting + beyond) as i32));
        *replica = Replica { sharing: replica.sharing.after_crash(now), ..Replica::default() };
    }
}

impl Server {
    /// Other limits from now on; the order in which jobs that wait are served becomes that of `discipline`.
    /// A job that holds a worker keeps it: where there are fewer workers now, those beyond go when their jobs
    /// leave. Returns the jobs that get a worker, whose work is to begin.
    ///
    /// Processor sharing begins and ends with a run: it cannot become another discipline, nor another it.
    pub fn reconfigure(
        &mut self,
        core: &mut Core,
        station: u32,
        (workers, queue_limit): (Option<u32>, Option<u32>),
        discipline: Discipline,
    ) -> Vec<u32> {
        let (before, after) = (self.workers, workers.unwrap_or(u32::MAX));
        let former = std::mem::replace(&mut self.discipline, discipline);
        self.workers = after;
        self.queue_limit = queue_limit.unwrap_or(u32::MAX);
        let mut promoted = Vec::new();
        for number in 0..self.replicas.len() as u32 {
            let replica = &mut self.replicas[number as usize];
            let node = &mut core.record.nodes[station as usize];
            let now = core.calendar.now();
            if discipline == Discipline::ProcessorSharing {
                let more = replica.busy.min(after) as i32 - replica.busy.min(before) as i32;
                node.add_busy(now, number, more);
                node.add_waiting(now, number, -more);
                replica.sharing.set_workers(core, station, number, before, after);
                continue;
            }
            let surplus = replica.busy.saturating_sub(after);
            node.add_workers(now, number, surplus as i32 - replica.surplus as i32);
            replica.surplus = surplus;
            if discipline != former {
                self.reorder(core, number, former);
            }
            let replica = &mut self.replicas[number as usize];
            while replica.waiting > 0 && replica.busy < after {
                let node = &mut core.record.nodes[station as usize];
                node.add_waiting(now, number, -1);
                node.add_busy(now, number, 1);
                promoted.push(replica.promote(core));
            }
        }
        promoted
    }

    /// Puts the jobs that wait at a replica into the order of the discipline.
    fn reorder(&mut self, core: &mut Core, replica: u32, former: Discipline) {
        // The jobs of each line, the one that came first last.
        let mut lines: Vec<Vec<u32>> = Vec::new();
        for line in std::mem::take(&mut self.replicas[replica as usize].lines) {
            let (mut jobs, mut job) = (Vec::new(), line.head);
            while job != NONE {
                jobs.push(job);
                job = core.jobs[job].next_in_line;
            }
            if former != Discipline::Lifo {
                jobs.reverse();
            }
            lines.push(jobs);
        }
        let came =
            |core: &Core, jobs: &Vec<u32>| jobs.last().map(|job| (core.jobs[*job].arrived, core.jobs[*job].serial));
        while let Some(line) = lines.iter_mut().filter(|jobs| !jobs.is_empty()).min_by_key(|jobs| came(core, jobs)) {
            let Some(job) = line.pop() else { return };
            if core.jobs[job].state == JobState::Waiting {
                self.line_up(core, job);
            } else {
                core.free_job(job); // It was cancelled in the line.
            }
        }
    }
}

impl Replica {
    /// The job that is next in the lines, where one waits, gets a worker.
    fn promote(&mut self, core: &mut Core) -> u32 {
        let next = self.take_next(core);
        self.waiting -= 1;
        self.busy += 1;
        self.free_cancelled(core);
        core.jobs[next].has_worker = true;
        core.jobs[next].state = JobState::Held;
        next
    }

    /// Takes the next job from the lines; at least one waits.
    fn take_next(&mut self, core: &mut Core) -> u32 {
        loop {
            let Some(line) = self.lines.iter_mut().rev().find(|line| line.head != NONE) else {
                unreachable!("the count says that a job waits");
            };
            let job = line.head;
            line.head = core.jobs[job].next_in_line;
            if core.jobs[job].state == JobState::Waiting {
                return job;
            }
            core.free_job(job); // It was cancelled in the line.
        }
    }

    /// Once no job waits any more, frees those that were cancelled in the lines.
    fn free_cancelled(&mut self, core: &mut Core) {
        if self.waiting > 0 {
            return;
        }
        for line in &mut self.lines {
            while line.head != NONE {
                let job = line.head;
                line.head = core.jobs[job].next_in_line;
                core.free_job(job);
            }
        }
    }
}
