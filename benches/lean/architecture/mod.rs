//! The 14 nodes of scenarios/architecture.json.

mod cache;

use super::{Heap, MS, NONE, exponential, histogram};
use hdrhistogram::Histogram;
use headroom::random::{Alias, Stream};
use std::collections::VecDeque;

const EDGE: usize = 0;
const GATEWAY: usize = 1;
const LB: usize = 2;
const SHOP: usize = 3;
const CACHE: usize = 4;
const DB: usize = 5;
const SEARCH: usize = 6;
const INDEX: usize = 7;
const PAYMENTS: usize = 8;
const LEDGER: usize = 9;
const JOBS: usize = 10;
const MAILER: usize = 11;
const STATIONS: usize = 12;

const VIEW: u8 = 0;
const FIND: u8 = 1;
const BUY: u8 = 2;

/// Milliseconds a caller of this station waits, and how often it tries again.
const POLICIES: [(f64, u8); STATIONS] = [
    (2000.0, 2),
    (1500.0, 2),
    (1200.0, 2),
    (1000.0, 2),
    (50.0, 1),
    (300.0, 2),
    (400.0, 2),
    (200.0, 2),
    (500.0, 2),
    (300.0, 2),
    (100.0, 2),
    (30_000.0, 0),
];

#[derive(Clone, Copy)]
struct Job {
    caller: u32,
    next: u32,
    key: u32,
    generation: u32,
    start: u64,
    replica: u16,
    station: u8,
    operation: u8,
    phase: u8,
    attempts: u8,
    hit: bool,
}

struct Replica {
    free: u32,
    head: u32,
    tail: u32,
}

const DELIVER: u32 = 0;
const ANSWER: u32 = 1;
const DONE: u32 = 2;
const TIMEOUTS: u32 = 3;
const LATENCY: u32 = 4;
const ARRIVE: u32 = 5;

/// The 14-node architecture, by hand.
pub struct Architecture {
    heap: Heap,
    now: u64,
    events: u64,
    jobs: Vec<Job>,
    free: Vec<u32>,
    stations: Vec<Vec<Replica>>,
    turns: [u16; STATIONS],
    out: Vec<u32>,
    /// All links have one latency: one ring holds every message under way.
    wire: VecDeque<(u64, u32)>,
    timers: Vec<VecDeque<(u64, u32, u32)>>,
    policies: bool,
    gap_ms: [f64; 2],
    arrivals: [Stream; 2],
    service: Stream,
    mix: Stream,
    keys: Alias,
    entries: Vec<(u32, u64, u32, u32)>,
    at: Vec<u32>,
    ends: [u32; 2],
    latency: Histogram<u64>,
    failed: u64,
}

impl Architecture {
    /// At rest at time 0. `scale` multiplies replicas and workers as the scenarios do.
    pub fn new(rate_rps: f64, scale: (u32, u32), policies: bool) -> Architecture {
        let (replicas, workers) = scale;
        let line = |count: u32, workers: u32| -> Vec<Replica> {
            (0..count).map(|_| Replica { free: workers, head: NONE, tail: NONE }).collect()
        };
        let app = |count, each| line(count * replicas, each * workers);
        let store = |each| line(1, each * workers * replicas);
        let pass = || line(1, u32::MAX);
        let mut it = Architecture {
            heap: Heap::default(),
            now: 0,
            events: 0,
            jobs: Vec::new(),
            free: Vec::new(),
            stations: vec![
                pass(),
                app(4, 16),
                pass(),
                app(8, 16),
                pass(),
                store(16),
                app(2, 16),
                store(8),
                app(2, 16),
                store(8),
                pass(),
                app(4, 8),
            ],
            turns: [0; STATIONS],
            out: vec![0; 8 * replicas as usize],
            wire: VecDeque::new(),
            timers: (0..STATIONS).map(|_| VecDeque::new()).collect(),
            policies,
            gap_ms: [1000.0 / (rate_rps * 0.6), 1000.0 / (rate_rps * 0.4)],
            arrivals: [Stream::named(1, "web", "arrivals"), Stream::named(1, "mobile", "arrivals")],
            service: Stream::named(1, "all", "service"),
            mix: Stream::named(1, "all", "mix"),
            keys: Alias::zipf(100_000, 0.9),
            entries: Vec::new(),
            at: vec![NONE; 100_000],
            ends: [NONE; 2],
            latency: histogram(),
            failed: 0,
        };
        for client in 0..2 {
            let gap = exponential(&mut it.arrivals[client as usize], it.gap_ms[client as usize]);
            it.heap.push(gap, ARRIVE << 28 | client);
        }
        it
    }

    /// Handles events up to a simulated time; returns how many there were.
    pub fn run(&mut self, until_s: f64) -> u64 {
        let (until, before) = ((until_s * 1e9) as u64, self.events);
        while self.heap.entries[0].0 < until {
            let (time, _, event) = self.heap.entries[0];
            self.now = time;
            match event >> 28 {
                LATENCY => {
                    let Some((_, event)) = self.wire.pop_front() else { unreachable!("its head is pending") };
                    self.next_in_ring(self.wire.front().map(|next| next.0));
                    self.events += 1;
                    if event >> 28 == DELIVER {
                        self.deliver(event & 0xfff_ffff)
                    } else {
                        self.answered(event & 0xfff_ffff)
                    }
                }
                TIMEOUTS => self.timer(event),
                DONE => {
                    self.heap.pop();
                    self.events += 1;
                    self.done(event & 0xfff_ffff);
                }
                _ => {
                    self.heap.pop();
                    self.events += 1;
                    self.arrive(event & 1);
                }
            }
        }
        self.events - before
    }

    /// Mean latency in milliseconds, and failures.
    pub fn result(&self) -> (f64, u64) {
        (self.latency.mean() / MS, self.failed)
    }

    fn next_in_ring(&mut self, time: Option<u64>) {
        match time {
            Some(time) => {
                self.heap.sequence += 1;
                self.heap.entries[0] = (time, self.heap.sequence, self.heap.entries[0].2);
                self.heap.sift();
            }
            None => drop(self.heap.pop()),
        }
    }

    fn timer(&mut self, event: u32) {
        let ring = (event & 0xfff_ffff) as usize;
        let due = self.timers[ring].pop_front();
        while let Some((_, job, generation)) = self.timers[ring].front()
            && self.jobs[*job as usize].generation != *generation
        {
            self.timers[ring].pop_front();
        }
        self.next_in_ring(self.timers[ring].front().map(|next| next.0));
        if let Some((_, job, generation)) = due
            && self.jobs[job as usize].generation == generation
        {
            self.events += 1;
            // The caller forgets the job and tries again, or gives up.
            let caller = self.jobs[job as usize].caller;
            let station = self.jobs[job as usize].station as usize;
            self.jobs[job as usize].caller = NONE;
            self.jobs[job as usize].generation += 1;
            if caller != NONE && self.jobs[caller as usize].attempts < POLICIES[station].1 {
                self.jobs[caller as usize].attempts += 1;
                self.call(caller, station);
            } else if caller != NONE {
                self.failed += 1;
                self.finish(caller);
            }
        }
    }

    fn send(&mut self, event: u32) {
        let time = self.now + 250_000;
        if self.wire.is_empty() {
            self.heap.push(time, LATENCY << 28);
        }
        self.wire.push_back((time, event));
    }

    fn insert(&mut self, job: Job) -> u32 {
        match self.free.pop() {
            Some(index) => {
                let generation = self.jobs[index as usize].generation + 1;
                self.jobs[index as usize] = Job { generation, ..job };
                index
            }
            None => {
                self.jobs.push(job);
                self.jobs.len() as u32 - 1
            }
        }
    }

    fn remove(&mut self, job: u32) {
        self.jobs[job as usize].generation += 1;
        self.free.push(job);
    }

    fn arrive(&mut self, client: u32) {
        let stream = &mut self.arrivals[client as usize];
        let gap = exponential(stream, self.gap_ms[client as usize]);
        self.heap.push(self.now + gap, ARRIVE << 28 | client);
        let operation = [VIEW, VIEW, VIEW, VIEW, VIEW, VIEW, VIEW, VIEW, FIND, BUY][self.mix.below(10) as usize];
        let key = self.keys.sample(&mut self.mix);
        self.message(NONE, EDGE, operation, key);
    }

    fn message(&mut self, caller: u32, to: usize, operation: u8, key: u32) {
        let replica = match to {
            SHOP => {
                let n = self.out.len() as u32;
                let from = self.service.below(n);
                let least = (0..n).map(|i| (from + i) % n).min_by_key(|at| self.out[*at as usize]).unwrap_or(0);
                self.out[least as usize] += 1;
                least as u16
            }
            _ => {
                let count = self.stations[to].len() as u16;
                self.turns[to] = (self.turns[to] + 1) % count;
                self.turns[to]
            }
        };
        let job = self.insert(Job {
            caller,
            next: NONE,
            key,
            generation: 0,
            start: self.now,
            replica,
            station: to as u8,
            operation,
            phase: 0,
            attempts: 0,
            hit: false,
        });
        self.send(DELIVER << 28 | job);
        if self.policies {
            let due = self.now + (POLICIES[to].0 * MS) as u64;
            if self.timers[to].is_empty() {
                self.heap.push(due, TIMEOUTS << 28 | to as u32);
            }
            self.timers[to].push_back((due, job, self.jobs[job as usize].generation));
        }
    }

    fn call(&mut self, caller: u32, to: usize) {
        let Job { operation, key, .. } = self.jobs[caller as usize];
        self.message(caller, to, operation, key);
    }

    fn deliver(&mut self, job: u32) {
        let Job { station, replica, .. } = self.jobs[job as usize];
        match station as usize {
            EDGE => self.call(job, GATEWAY),
            LB => self.call(job, SHOP),
            JOBS => {
                // Mailers are never all busy here: a message is handed out as it comes.
                let Job { operation, key, .. } = self.jobs[job as usize];
                self.message(NONE, MAILER, operation, key);
                self.answer(job);
            }
            CACHE => {
                let time = self.now + 200_000;
                self.heap.push(time, DONE << 28 | job);
            }
            station => {
                let line = &mut self.stations[station][replica as usize];
                if line.free > 0 {
                    line.free -= 1;
                    self.begin(job);
                } else if line.head == NONE {
                    (line.head, line.tail) = (job, job);
                } else {
                    self.jobs[line.tail as usize].next = job;
                    line.tail = job;
                }
            }
        }
    }

    fn begin(&mut self, job: u32) {
        let Job { station, operation, .. } = self.jobs[job as usize];
        let mean = match station as usize {
            GATEWAY => 1.0,
            DB if operation != BUY => 4.0,
            SHOP | DB => 8.0,
            SEARCH => 6.0,
            INDEX => 10.0,
            PAYMENTS => 5.0,
            LEDGER => 6.0,
            _ => 20.0,
        };
        let span = exponential(&mut self.service, mean);
        self.heap.push(self.now + span, DONE << 28 | job);
    }

    fn done(&mut self, job: u32) {
        let it = self.jobs[job as usize];
        match it.station as usize {
            GATEWAY => self.call(job, LB),
            SEARCH => self.call(job, INDEX),
            PAYMENTS => self.call(job, LEDGER),
            CACHE => {
                if it.phase == 0 {
                    self.jobs[job as usize].hit = self.find(it.key);
                    self.answer(job);
                } else {
                    if it.operation == BUY {
                        self.forget(it.key)
                    } else {
                        self.remember(it.key)
                    }
                    self.remove(job);
                }
            }
            SHOP => self.advance(job),
            _ => self.finish(job),
        }
    }

    /// A shop's request goes on to the next thing it needs.
    fn advance(&mut self, job: u32) {
        loop {
            let it = &mut self.jobs[job as usize];
            it.phase += 1;
            it.attempts = 0;
            match (it.phase, it.operation) {
                (1, VIEW | FIND) => return self.call(job, CACHE),
                (2, _) if !it.hit => return self.call(job, DB),
                (3, FIND) => return self.call(job, SEARCH),
                (4, BUY) => return self.call(job, PAYMENTS),
                (5, BUY) => return self.call(job, JOBS),
                (1..=5, _) => {}
                _ => {
                    let Job { operation, hit, key, .. } = *it;
                    if !hit {
                        let fill = self.insert(Job {
                            caller: NONE,
                            next: NONE,
                            key,
                            generation: 0,
                            start: self.now,
                            replica: 0,
                            station: CACHE as u8,
                            operation,
                            phase: 2,
                            attempts: 0,
                            hit: false,
                        });
                        self.send(DELIVER << 28 | fill);
                    }
                    return self.finish(job);
                }
            }
        }
    }

    /// Gives the worker to the next in line, and answers.
    fn finish(&mut self, job: u32) {
        let Job { station, replica, .. } = self.jobs[job as usize];
        let line = &mut self.stations[station as usize][replica as usize];
        if line.head == NONE {
            line.free = line.free.saturating_add(1);
        } else {
            let next = line.head;
            line.head = self.jobs[next as usize].next;
            self.jobs[next as usize].next = NONE;
            self.begin(next);
        }
        self.answer(job);
    }

    fn answer(&mut self, job: u32) {
        self.send(ANSWER << 28 | job);
    }

    fn answered(&mut self, job: u32) {
        let it = self.jobs[job as usize];
        self.remove(job);
        if it.station as usize == SHOP {
            self.out[it.replica as usize] -= 1;
        }
        if it.caller == NONE {
            if it.station as usize == EDGE {
                self.latency.saturating_record(self.now - it.start);
            }
            return;
        }
        match self.jobs[it.caller as usize].station as usize {
            SHOP => {
                if it.station as usize == CACHE {
                    self.jobs[it.caller as usize].hit = it.hit;
                }
                self.advance(it.caller);
            }
            EDGE | LB => self.answer(it.caller),
            _ => self.finish(it.caller),
        }
    }
}
