//! Databases: connections and statement workers are separate limits; reads and writes differ;
//! keys may be divided over shards, and each shard kept by a set of replicas.
//!
//! Shard n of `replicas` replicas each is the processes `db#(n·replicas + 1)` to
//! `db#(n·replicas + replicas)`; each process has its own workers, connections and queue. A
//! statement goes to a process that is in charge of it, as drivers do; one that comes to another
//! (from a load balancer) is handed on at once.
//!
//! **Leader and followers.** The first replica leads at first. A write takes effect when the
//! leader's work on it is done, and each follower has it one draw of `lag` later; from then on a
//! worker there is busy with it for a write's time. It is acknowledged once `sync` followers have
//! it. What has not arrived when the leader dies or is cut off does not arrive. A follower that
//! missed something becomes a copy of the leader one draw of `lag` after it can reach it again. A
//! side without a leader (dead, or cut off) promotes, after `failover_s` of that, the follower
//! that lacks least, which first takes over what others of its side have; acknowledged writes
//! that none of them has are lost, and the old leader gives up what only it has.
//!
//! **Quorum.** Whichever replica a statement comes to sends it to every replica that it reaches,
//! itself included, each with a draw of its own, and answers when so many have done it. Replicas
//! that missed a write have it as soon as they reach one that has it (hinted handoff).
//!
//! **Partitions.** Replicas know whom they reach. `consistent`: a side that is not a majority
//! refuses at once (unreachable), and an answer under way between sides waits. `available`: every
//! side goes on with whom it has, and on meeting again the last write wins.
//!
//! A read is stale when it missed a write that was acknowledged before the read arrived. Work
//! between replicas takes workers and waits in line, and so counts in utilisation, the queue and
//! waiting times; arrivals, answers and the number in the system count callers' statements only.

use super::replication::{Mask, REPLICAS_MAX, Set, Versions, members};
use crate::choices;
use crate::engine::calendar::Event;
use crate::engine::core::{Access, Core, NONE, Outcome};
use crate::engine::plan::Discipline;
use crate::engine::routing::{Routing, Sharding};
use crate::engine::server::{Entry, Server};
use crate::engine::slab::Slab;
use crate::engine::station::Station;
use crate::kind::{Calls, Capacity, Info, Kind, Role, Section, StationContext};
use crate::params::{DurationParam, Fields, Violation, choice, optional_one_of, parameter};
use crate::random::{Distribution, Stream};
use crate::report::record::Gauge;
use crate::time::{NEVER, from_s};

choices! {
    /// How replicas agree.
    Mode {
        /// One takes the writes and passes them on.
        LeaderFollower = "leader_follower" "leader and followers",
        /// Enough of them answer.
        Quorum = "quorum" "quorum",
    }
}

choices! {
    /// Which replicas are read.
    ReadFrom {
        /// The one that takes the writes.
        Leader = "leader" "leader",
        /// All in turn.
        Any = "any" "any replica",
    }
}

choices! {
    /// What a side of a partition does.
    OnPartition {
        /// Only a majority serves.
        Consistent = "consistent" "consistent",
        /// Every side serves, and they diverge.
        Available = "available" "available",
    }
}

choices! {
    /// How keys are divided over shards.
    ShardBy {
        /// Spread evenly.
        Hash = "hash" "hash",
        /// Neighbours together.
        Range = "range" "range",
    }
}

/// Parameters of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    workers: Option<u32>,
    max_connections: Option<u32>,
    queue_limit: Option<u32>,
    read: DurationParam,
    write: DurationParam,
    startup_s: f64,
    replicated: bool,
    mode: Mode,
    replicas: u32,
    sync: u32,
    lag: DurationParam,
    read_from: ReadFrom,
    failover_s: f64,
    read_quorum: u32,
    write_quorum: u32,
    on_partition: OnPartition,
    shards: u32,
    shard_by: ShardBy,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            workers: Some(8),
            // PostgreSQL's own default.
            max_connections: Some(100),
            queue_limit: None,
            read: DurationParam::exponential(5.0),
            write: DurationParam::exponential(10.0),
            startup_s: 5.0,
            replicated: false,
            mode: Mode::LeaderFollower,
            replicas: 3,
            sync: 0,
            // "Usually much less than 100 ms" (Amazon Aurora's user guide on replica lag).
            lag: DurationParam::exponential(20.0),
            read_from: ReadFrom::Leader,
            failover_s: 30.0,
            read_quorum: 2,
            write_quorum: 2,
            on_partition: OnPartition::Consistent,
            shards: 1,
            shard_by: ShardBy::Hash,
        }
    }
}

/// Most processes, as of an app.
const PROCESSES_MAX: u32 = 1000;

impl Database {
    fn set_size(&self) -> u32 {
        if self.replicated { self.replicas } else { 1 }
    }
}

impl Kind for Database {
    const INFO: Info = Info {
        id: "database",
        label: "Database",
        role: Role::Store,
        tagline: "replicas, shards, limits",
        help: "Executes so many statements at once; further ones wait while they hold a connection, and without a free connection they are rejected. It can keep copies and divide its keys; stale reads and lost writes are counted.",
        section: Section::Data,
        called: true,
        calls: Calls::None,
    };
    type Station = DatabaseStation;

    fn fields(&mut self, f: &mut dyn Fields) {
        f.optional_integer(
            parameter("workers", "Statements at once").help("How many a process executes at a time."),
            "unlimited",
            &mut self.workers,
            1,
            100_000,
        );
        f.optional_integer(
            parameter("max_connections", "Connections").help("Statements executing and waiting together, per process; more are rejected. The default is PostgreSQL's."),
            "unlimited",
            &mut self.max_connections,
            1,
            1_000_000,
        );
        f.optional_integer(
            parameter("queue_limit", "Queue limit").help("Statements that may wait at a process; more are rejected."),
            "unbounded",
            &mut self.queue_limit,
            0,
            10_000_000,
        );
        self.read.fields(f, parameter("read", "Read").help("Time that a reading statement takes."));
        self.write.fields(f, parameter("write", "Write").help("Time that a writing statement takes."));
        let Database { replicas, sync, lag, read_from, failover_s, read_quorum, write_quorum, .. } = self;
        let copies = parameter("replicas", "Replicas").help("Copies of the data, each with its own workers.");
        optional_one_of(
            f,
            parameter("replication", "Replication").help("Copies of the data, and how they are kept alike."),
            "off",
            &mut self.replicated,
            "mode",
            &mut self.mode,
            &mut |mode, f| match mode {
                Mode::LeaderFollower => {
                    f.integer(copies, replicas, 1, REPLICAS_MAX);
                    f.integer(
                        parameter("sync", "Synchronous")
                            .help("Followers that must have a write before it is acknowledged."),
                        sync,
                        0,
                        REPLICAS_MAX - 1,
                    );
                    lag.fields(
                        f,
                        parameter("lag", "Lag")
                            .help("Time until a follower has what the leader wrote; reads there miss it until then."),
                    );
                    choice(f, parameter("read_from", "Read from").help("Which replicas answer reads."), read_from);
                    f.number(
                        parameter("failover_s", "Failover")
                            .unit("s")
                            .help("How long a side has no leader before it promotes a follower."),
                        failover_s,
                        0.0,
                        86_400.0,
                    );
                }
                Mode::Quorum => {
                    f.integer(copies, replicas, 1, REPLICAS_MAX);
                    f.integer(
                        parameter("read_quorum", "Read quorum").help("Replicas that must have answered a read."),
                        read_quorum,
                        1,
                        REPLICAS_MAX,
                    );
                    f.integer(
                        parameter("write_quorum", "Write quorum").help("Replicas that must have done a write. With the read quorum more than all replicas: no stale reads."),
                        write_quorum,
                        1,
                        REPLICAS_MAX,
                    );
                }
            },
        );
        choice(
            f,
            parameter("on_partition", "On partition").help("Consistent: only a majority serves. Available: every side serves, and the last write wins when they meet again."),
            &mut self.on_partition,
        );
        f.integer(
            parameter("shards", "Shards").help("Parts that the keys are divided over, each with its own processes."),
            &mut self.shards,
            1,
            PROCESSES_MAX,
        );
        choice(
            f,
            parameter("shard_by", "Shard by")
                .help("Hash spreads neighbouring keys; range keeps them, and hot ones, together."),
            &mut self.shard_by,
        );
        f.number(
            parameter("startup_s", "Start-up").unit("s").help("Between a restart and the first statement."),
            &mut self.startup_s,
            0.0,
            86_400.0,
        );
    }

    fn check(&self) -> Vec<Violation> {
        let mut all: Vec<Violation> = self.read.check("read").into_iter().chain(self.write.check("write")).collect();
        let mut at_most = |field: &str, value: u32, most: u32, of: &str| {
            if value > most {
                let what = format!("{value} is more than there are {of}");
                all.push(Violation::new(&format!("replication.{field}"), &what, &format!("at most {most}")));
            }
        };
        match self.mode {
            Mode::LeaderFollower if self.replicated => at_most("sync", self.sync, self.replicas - 1, "followers"),
            Mode::Quorum if self.replicated => {
                at_most("read_quorum", self.read_quorum, self.replicas, "replicas");
                at_most("write_quorum", self.write_quorum, self.replicas, "replicas");
            }
            _ => {}
        }
        if self.replicated && self.mode == Mode::LeaderFollower {
            all.extend(self.lag.check("replication.lag"));
        }
        if self.shards * self.set_size() > PROCESSES_MAX {
            let right = format!("at most {PROCESSES_MAX} shards times replicas");
            all.push(Violation::new(
                "shards",
                &format!("{} processes are too many", self.shards * self.set_size()),
                &right,
            ));
        }
        all
    }

    fn summary(&self) -> String {
        let statements = match self.workers {
            Some(1) => "1 statement at once".to_owned(),
            Some(workers) => format!("{workers} statements at once"),
            None => "unlimited statements".to_owned(),
        };
        let each = match self.workers {
            Some(workers) => workers.to_string(),
            None => "unlimited".to_owned(),
        };
        match (self.shards, self.set_size()) {
            (1, 1) => statements,
            (1, replicas) => format!("{replicas} replicas × {each}"),
            (shards, 1) => format!("{shards} shards × {each}"),
            (shards, replicas) => format!("{shards} shards × {replicas} replicas"),
        }
    }

    fn note(&self) -> String {
        if !self.replicated {
            return String::new();
        }
        let Database { replicas: n, sync, read_quorum: r, write_quorum: w, .. } = self;
        let reads = match self.mode {
            Mode::Quorum if r + w > *n => {
                format!("R + W > N ({r} + {w} > {n}): every read meets a replica with the last acknowledged write.")
            }
            Mode::Quorum => format!(
                "R + W ≤ N ({r} + {w} ≤ {n}): a read may meet only replicas without the last write. It is stale then, \
                 and sooner answered."
            ),
            Mode::LeaderFollower => {
                let lost = n.saturating_sub(1 + sync);
                let sure = if *sync > 0 { "outlives its leader" } else { "may be lost with its leader" };
                format!("A write waits for {sync} followers, and {lost} have it later: once acknowledged it {sure}.")
            }
        };
        let cut = match self.on_partition {
            OnPartition::Consistent => "Cut off from most of the others, a replica refuses (CP).",
            OnPartition::Available => {
                "Cut off, each side goes on: what it knows may be old, and the later write wins (AP)."
            }
        };
        format!("{reads} {cut}")
    }

    fn capacity(&self) -> Capacity {
        Capacity {
            replicas: self.shards * self.set_size(),
            workers: self.workers,
            startup_ms: self.startup_s * 1000.0,
            ..Capacity::default()
        }
    }

    fn station(&self, site: &StationContext) -> DatabaseStation {
        let size = self.set_size();
        let sharding = Sharding { sets: self.shards, keys: site.keys, by_range: self.shard_by == ShardBy::Range };
        let scheme = match self.mode {
            _ if !self.replicated => Scheme::Alone,
            Mode::LeaderFollower => Scheme::Leader {
                sync: self.sync,
                lag: self.lag.distribution(),
                any: self.read_from == ReadFrom::Any,
                failover_ns: from_s(self.failover_s),
            },
            Mode::Quorum => Scheme::Quorum { read: self.read_quorum, write: self.write_quorum },
        };
        let available = self.on_partition == OnPartition::Available;
        let processes = self.shards * size;
        DatabaseStation {
            station: site.station,
            server: Server::new(processes, self.workers, self.queue_limit, Discipline::Fifo),
            connections: self.max_connections.unwrap_or(u32::MAX),
            held: vec![0; processes as usize],
            read: self.read.distribution(),
            write: self.write.distribution(),
            sharding,
            size,
            sets: vec![Set::new(size, available); self.shards as usize],
            statements: Slab::default(),
            versions: if self.replicated { Versions::new(size, sharding) } else { Versions::default() },
            refusing: 0,
            refusing_since: 0,
            work: Stream::named(site.seed, &site.id, "service"),
            lags: Stream::named(site.seed, &site.id, "replication"),
            scheme,
        }
    }
}

#[derive(Clone, Debug)]
enum Scheme {
    /// One process for each shard.
    Alone,
    Leader {
        sync: u32,
        lag: Distribution,
        any: bool,
        failover_ns: u64,
    },
    Quorum {
        read: u32,
        write: u32,
    },
}

/// A statement of which several replicas know: one at a quorum, or a write that a leader passes
/// on.
#[derive(Clone, Debug)]
struct Statement {
    /// Its set; [`NONE`] in a free slot.
    set: u32,
    /// The caller's job; [`NONE`] once it is answered or gone.
    job: u32,
    /// The replica that coordinates it or led when it was written.
    by: u32,
    writes: bool,
    key: u32,
    /// Of a write its version, of a read the newest found.
    version: u32,
    /// What was acknowledged when a read began.
    floor: u32,
    /// Replicas that must have done it, the leader aside.
    need: u32,
    /// Those that have, as far as `by` knows.
    done: Mask,
    /// Of a write at a quorum: those that have it, whoever knows of that.
    has: Mask,
    /// Those that are at it, or to which it is on its way.
    out: Mask,
    /// Those whose answers a partition holds back, and the newest version among these.
    deferred_events: Mask,
    unheard_version: u32,
    /// Followers that it was sent to.
    sent: Mask,
    /// Followers that it was sent to and will not come to.
    stuck: Mask,
    /// Whether its caller heard that it was done.
    acknowledged: bool,
    /// Whether its leader died or was replaced: it goes nowhere any more.
    dead: bool,
}

/// A database while running. A caller's job notes in `step` what was acknowledged when it came
/// or, with the note [`SHARED`], which statement it waits for. An errand's note says what it is.
#[derive(Clone, Debug)]
pub struct DatabaseStation {
    station: u32,
    server: Server,
    connections: u32,
    /// Connections taken at each process.
    held: Vec<u32>,
    read: Distribution,
    write: Distribution,
    scheme: Scheme,
    sharding: Sharding,
    /// Replicas of a set.
    size: u32,
    sets: Vec<Set>,
    statements: Slab<Statement>,
    versions: Versions,
    /// How many sets take no statements at present, and since when there are any.
    refusing: u32,
    refusing_since: u64,
    work: Stream,
    lags: Stream,
}

/// A caller's job waits for a statement.
const SHARED: u32 = 1;
/// An errand: a replica's share of a quorum statement.
const SHARE: u32 = 2;
/// An errand: a write on its way to a follower.
const LAG: u32 = 3;
/// An errand: a follower's work on a write that it has.
const REPLAY: u32 = 4;
/// An errand: a follower is being made a copy of its leader.
const CATCH_UP: u32 = 5;

/// What a replica is, for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it leads.
    pub leads: bool,
    /// How many acknowledged writes it does not have yet.
    pub lacks: u64,
}

impl DatabaseStation {
    /// Busy workers of a process.
    pub fn busy(&self, replica: u32) -> u32 {
        self.server.busy(replica)
    }

    /// Whether it keeps copies.
    pub fn is_replicated(&self) -> bool {
        !matches!(self.scheme, Scheme::Alone)
    }

    /// Workers of a shard, of all its processes together; `None` is unlimited.
    pub fn workers_of_shard(&self) -> Option<u64> {
        self.server.workers().map(|workers| u64::from(workers) * u64::from(self.size))
    }

    /// What a process is among its replicas; `None` where nobody leads.
    pub fn standing(&self, replica: u32) -> Option<Standing> {
        let Scheme::Leader { .. } = self.scheme else { return None };
        let (set, local) = (replica / self.size, replica % self.size);
        let it = &self.sets[set as usize];
        let leads = it.leaders & (1 << local) != 0;
        let on_its_way = self.of_set(set).filter(|at| {
            let it = &self.statements[*at];
            it.acknowledged && it.by != local && it.sent & !it.done & (1 << local) != 0
        });
        let lacks = if leads { 0 } else { it.unsent[local as usize] + on_its_way.count() as u64 };
        Some(Standing { leads, lacks })
    }

    /// The statements of a set that several replicas know of.
    fn of_set(&self, set: u32) -> impl Iterator<Item = u32> + '_ {
        (0..self.statements.extent()).filter(move |at| self.statements[*at].set == set)
    }

    // -- workers and connections ----------------------------------------------------------------

    fn begin(&mut self, core: &mut Core, job: u32) {
        let law = if core.jobs[job].message.access == Access::Read { &self.read } else { &self.write };
        let span = law.sample(&mut self.work);
        self.server.begin(core, job, span);
        self.count_busy(core, core.jobs[job].replica, 1);
    }

    fn release(&mut self, core: &mut Core, job: u32) {
        self.count_busy(core, core.jobs[job].replica, -1);
        if let Some(next) = self.server.leave(core, job) {
            self.begin(core, next);
        }
    }

    /// Busy workers of each shard, where there are several.
    fn count_busy(&self, core: &mut Core, replica: u32, by: i32) {
        let now = core.now();
        if let Some(gauge) = core.record.nodes[self.station as usize].shards.get_mut((replica / self.size) as usize) {
            gauge.add(now, by);
        }
    }

    /// Gives a job's connection back.
    fn disconnect(&mut self, core: &Core, job: u32) {
        self.held[core.jobs[job].replica as usize] -= 1;
    }

    // -- callers' statements --------------------------------------------------------------------

    /// The process that is to do a statement which came to the process `here`; `None`: nobody can.
    fn in_charge(&self, core: &Core, set: u32, here: u32, access: Access) -> Option<u32> {
        let base = set * self.size;
        let it = &self.sets[set as usize];
        let local = match here.checked_sub(base).filter(|local| *local < self.size) {
            Some(local) => local,
            // It came to another shard and is handed on, to the leader if that lives.
            None if self.is_replicated() => match (it.up() & it.leaders, it.up()) {
                (_, 0) => return None,
                (0, up) => up.trailing_zeros(),
                (leaders, _) => leaders.trailing_zeros(),
            },
            None => return core.station_states[self.station as usize].is_up(base).then_some(base),
        };
        let side = it.sides[local as usize];
        let local = match self.scheme {
            Scheme::Alone | Scheme::Quorum { .. } => Some(local),
            Scheme::Leader { any: true, .. } if access == Access::Read => it.is_quorate(side).then_some(local),
            Scheme::Leader { .. } => it.leader_of(side),
        };
        local.map(|local| base + local)
    }

    /// A read or a write is done at a leader, a follower, or the only process.
    fn finish(&mut self, core: &mut Core, job: u32) {
        let (message, replica, floor) = {
            let it = &core.jobs[job];
            (it.message, it.replica, it.step)
        };
        if !self.is_replicated() {
            self.disconnect(core, job);
            return core.answer(job, Outcome::Ok);
        }
        if message.access != Access::Read {
            return self.pass_on(core, job);
        }
        let found = self.versions.at(replica % self.size, message.key);
        self.disconnect(core, job);
        let heard = core.acknowledge(job, Outcome::Ok);
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.stale_reads += u64::from(heard && found < floor);
    }

    /// A leader has done a write: it takes effect and goes to the followers.
    fn pass_on(&mut self, core: &mut Core, job: u32) {
        let Scheme::Leader { sync, lag, .. } = &self.scheme else { return };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let it = &mut self.sets[set as usize];
        let side = it.sides[local as usize];
        if it.leaders & (1 << local) == 0 || !it.is_quorate(side) {
            // It was cut off or replaced meanwhile.
            self.held[replica as usize] -= 1;
            return core.answer(job, Outcome::Unreachable);
        }
        let version = self.versions.following();
        self.versions.put(local, message.key, version);
        let sent = side & !(1 << local);
        it.behind |= it.all() & !side;
        let need = if it.available { (*sync).min(sent.count_ones()) } else { *sync };
        let at = self.statements.insert(Statement {
            set,
            job,
            by: local,
            writes: true,
            key: message.key,
            version,
            floor: 0,
            need,
            done: 0,
            has: 0,
            out: sent,
            deferred_events: 0,
            unheard_version: 0,
            sent,
            stuck: 0,
            acknowledged: false,
            dead: false,
        });
        for follower in members(sent) {
            let background_task = core.background_task(self.station, set * self.size + follower, message, at, LAG);
            core.hold(background_task, lag.sample(&mut self.lags));
        }
        core.jobs[job].note = SHARED;
        core.jobs[job].step = at;
        if need == 0 {
            self.conclude(core, at, Outcome::Ok);
        }
        self.tidy(at);
    }

    /// A statement for a quorum comes to a replica, which sends it to all that it reaches.
    fn coordinate(&mut self, core: &mut Core, job: u32) {
        let Scheme::Quorum { read, write } = self.scheme else { return };
        let (message, replica) = (core.jobs[job].message, core.jobs[job].replica);
        let (set, local) = (replica / self.size, replica % self.size);
        let (base, it) = (set * self.size, &self.sets[set as usize]);
        let writes = message.access != Access::Read;
        let side = it.sides[local as usize];
        let mut need = if writes { write } else { read };
        if side.count_ones() < need {
            if !it.available {
                return core.reject(job, Outcome::Unreachable);
            }
            need = side.count_ones();
        }
        let roomy = |mask: Mask, replica: u32| mask | u32::from(self.server.has_room(base + replica)) << replica;
        let out = members(side).fold(0, roomy);
        if out.count_ones() < need {
            return core.reject(job, Outcome::Rejected);
        }
        self.held[replica as usize] += 1;
        let at = self.statements.insert(Statement {
            set,
            job,
            by: local,
            writes,
            key: message.key,
            version: if writes { self.versions.following() } else { 0 },
            floor: self.versions.acknowledged(message.key),
            need,
            done: 0,
            has: 0,
            out,
            deferred_events: 0,
            unheard_version: 0,
            sent: out,
            stuck: 0,
            acknowledged: false,
            dead: false,
        });
        core.jobs[job].note = SHARED;
        core.jobs[job].step = at;
        for other in members(out) {
            let background_task = core.background_task(self.station, base + other, message, at, SHARE);
            if self.server.enter(core, background_task) == Entry::Begin {
                self.begin(core, background_task);
            }
        }
    }

    /// Answers a statement's caller, if it still waits.
    fn conclude(&mut self, core: &mut Core, at: u32, outcome: Outcome) {
        let it = &mut self.statements[at];
        let job = std::mem::replace(&mut it.job, NONE);
        if job == NONE {
            return;
        }
        let (set, by, key, version) = (it.set as usize, it.by, it.key, it.version);
        let (writes, floor) = (it.writes, it.floor);
        self.disconnect(core, job);
        if !core.acknowledge(job, outcome) {
            return;
        }
        if !writes {
            core.record.nodes[self.station as usize].counts.stale_reads += u64::from(version < floor);
            return;
        }
        self.versions.acknowledge(key, version);
        let set = &mut self.sets[set];
        let (quorum, it) = (matches!(self.scheme, Scheme::Quorum { .. }), &self.statements[at]);
        // What is on its way to a follower that is cut off does not arrive; a share is done.
        let told = if quorum { it.has | it.out } else { it.done };
        let deaf = set.all() & !set.sides[by as usize] & !told;
        if deaf != 0 && (set.available || quorum) {
            self.versions.acknowledge_apart(by, key, version, deaf);
        }
        let it = &mut self.statements[at];
        it.acknowledged = true;
        members(set.all() & !it.sent & !it.done & !(1 << by)).for_each(|other| set.unsent[other as usize] += 1);
    }

    /// Forgets a statement that nothing refers to any more.
    fn tidy(&mut self, at: u32) {
        let it = &mut self.statements[at];
        if it.job == NONE && it.out == 0 && it.deferred_events == 0 && !(it.acknowledged && it.stuck != 0) {
            it.set = NONE;
            self.statements.remove(at);
        }
    }

    // -- errands --------------------------------------------------------------------------------

    fn errand_done(&mut self, core: &mut Core, background_task: u32) {
        let (at, replica) = (core.jobs[background_task].step, core.jobs[background_task].replica);
        let (local, note) = (replica % self.size, core.jobs[background_task].note);
        match note {
            SHARE => {
                self.release(core, background_task);
                core.end_background_task(background_task);
                self.share_done(core, at, local);
            }
            LAG if self.arrives(core, at, local) => {
                // It has the write; the work of it comes now. What it was on its way is not waiting.
                let now = core.now();
                let it = &mut core.jobs[background_task];
                (it.note, it.arrived) = (REPLAY, now);
                if self.server.enter_always(core, background_task) {
                    self.begin(core, background_task);
                }
            }
            REPLAY => {
                self.release(core, background_task);
                core.end_background_task(background_task);
            }
            CATCH_UP => {
                core.end_background_task(background_task);
                self.caught_up(core, replica / self.size, local);
            }
            _ => core.end_background_task(background_task),
        }
    }

    /// A replica has done its share of a quorum statement.
    fn share_done(&mut self, core: &mut Core, at: u32, local: u32) {
        let it = &mut self.statements[at];
        it.out &= !(1 << local);
        if it.writes {
            it.has |= 1 << local;
            self.versions.put(local, it.key, it.version);
        }
        if it.job != NONE {
            let found = self.versions.at(local, it.key);
            if self.sets[it.set as usize].sides[it.by as usize] & (1 << local) != 0 {
                it.done |= 1 << local;
                if !it.writes {
                    it.version = it.version.max(found);
                }
                if it.done.count_ones() >= it.need {
                    self.conclude(core, at, Outcome::Ok);
                }
            } else {
                it.deferred_events |= 1 << local;
                it.unheard_version = it.unheard_version.max(found);
            }
        }
        self.tidy(at);
    }

    /// A write comes to a follower; false when it was held up.
    fn arrives(&mut self, core: &mut Core, at: u32, local: u32) -> bool {
        let it = &mut self.statements[at];
        let set = &mut self.sets[it.set as usize];
        it.out &= !(1 << local);
        let comes = !it.dead && set.sides[it.by as usize] & (1 << local) != 0;
        if comes {
            self.versions.put(local, it.key, it.version);
            it.done |= 1 << local;
            if it.done.count_ones() >= it.need {
                self.conclude(core, at, Outcome::Ok);
            }
        } else if !it.dead {
            it.stuck |= 1 << local;
            set.behind |= 1 << local;
        }
        self.tidy(at);
        comes
    }

    /// A follower becomes a copy of its leader, if it still reaches one.
    fn caught_up(&mut self, core: &mut Core, set: u32, local: u32) {
        let it = &mut self.sets[set as usize];
        it.catching_up &= !(1 << local);
        let Some(leader) = it.leader_of(it.sides[local as usize]).filter(|leader| *leader != local) else { return };
        it.behind &= !(1 << local);
        it.unsent[local as usize] = 0;
        self.versions.copy(set, leader, local);
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set != set {
                continue;
            }
            it.stuck &= !(1 << local);
            if !it.dead && it.by != local {
                it.done |= 1 << local;
                if it.done.count_ones() >= it.need {
                    self.conclude(core, at, Outcome::Ok);
                }
            }
            self.tidy(at);
        }
    }

    // -- who lives, who reaches whom, who leads -------------------------------------------------

    /// Somebody died, came back, was cut off or is reached again.
    fn settle(&mut self, core: &mut Core, set: u32) {
        let (base, station) = (set * self.size, self.station);
        let up = (0..self.size)
            .filter(|local| core.station_states[station as usize].is_up(base + local))
            .fold(0, |mask, local| mask | 1 << local);
        let reach = |a: u32, b: u32| !core.is_partitioned_either_way((station, base + a), (station, base + b));
        let before = self.sets[set as usize].connect(up, reach);
        self.merge(core, set, &before);
        self.review(core, set);
        self.elect(core, set);
        self.publish(core, set);
    }

    /// Sides that meet again agree: the last write wins.
    fn merge(&mut self, core: &mut Core, set: u32, before: &[Mask]) {
        let it = &mut self.sets[set as usize];
        let mut conflicts = 0;
        for side in it.each_side() {
            match self.scheme {
                Scheme::Quorum { .. } if members(side).any(|replica| before[replica as usize] & side != side) => {
                    conflicts += self.versions.conflicts(set, side, side);
                    self.versions.level(set, side);
                    for at in 0..self.statements.extent() {
                        let statement = &mut self.statements[at];
                        if statement.set == set && statement.has & side != 0 {
                            statement.has |= side;
                        }
                    }
                }
                Scheme::Leader { .. } if (side & it.leaders).count_ones() > 1 => {
                    let leaders = side & it.leaders;
                    let stays = leaders.trailing_zeros();
                    conflicts += self.versions.conflicts(set, leaders, side);
                    self.versions.gather(set, leaders, stays);
                    it.leaders &= !leaders | 1 << stays;
                    it.behind = (it.behind | side) & !(1 << stays);
                    it.unsent[stays as usize] = 0;
                }
                _ => {}
            }
        }
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.conflicting_writes += conflicts;
        counts.lost_writes += conflicts;
    }

    /// Looks again at the statements that wait for others.
    fn review(&mut self, core: &mut Core, set: u32) {
        let available = self.sets[set as usize].available;
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set != set {
                continue;
            }
            let sides = &self.sets[set as usize];
            let side = sides.sides[it.by as usize];
            if it.deferred_events & side != 0 {
                it.done |= it.deferred_events & side;
                it.deferred_events &= !side;
                if !it.writes {
                    it.version = it.version.max(it.unheard_version);
                }
            }
            let leads = sides.leaders & (1 << it.by) != 0 && sides.is_quorate(side);
            let (quorum, done) = (matches!(self.scheme, Scheme::Quorum { .. }), it.done.count_ones());
            // What may still be done at all, and by those in reach.
            let hope = done + (it.out | it.deferred_events).count_ones();
            let near = if quorum { done + (it.out & side).count_ones() } else { side.count_ones().saturating_sub(1) };
            if available {
                it.need = it.need.min(near.max(u32::from(quorum)));
            }
            let fails = if quorum { hope < it.need } else { !leads };
            if it.job != NONE && done >= it.need {
                self.conclude(core, at, Outcome::Ok);
            } else if it.job != NONE && fails {
                self.conclude(core, at, Outcome::Unreachable);
            }
            if self.statements[at].job == NONE {
                self.statements[at].deferred_events = 0;
            }
            self.tidy(at);
        }
    }

    /// Sides without a leader promote a follower once that has lasted long enough, and followers
    /// that are behind begin to catch up.
    fn elect(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { failover_ns, .. } = self.scheme else { return };
        let now = core.now();
        let sides = self.sets[set as usize].each_side();
        for side in sides {
            let it = &mut self.sets[set as usize];
            if it.leader_of(side).is_some() {
                members(side).for_each(|replica| it.leaderless_since[replica as usize] = NEVER);
                continue;
            }
            let mut since = now;
            let mut is_news = false;
            for replica in members(side) {
                let slot = &mut it.leaderless_since[replica as usize];
                is_news |= *slot == NEVER;
                *slot = (*slot).min(now);
                since = since.min(*slot);
            }
            if now - since >= failover_ns && it.is_quorate(side) && side & it.leaders == 0 {
                self.promote(core, set, side);
            } else if is_news {
                core.calendar.at(now + failover_ns, Event::wake(self.station, set));
            }
        }
        self.catch_up(core, set);
    }

    /// The replica of a side that lacks least becomes its leader.
    fn promote(&mut self, core: &mut Core, set: u32, side: Mask) {
        let mut lacks = [0u64; 32];
        let mut nowhere = 0;
        for at in self.of_set(set) {
            let it = &self.statements[at];
            if it.acknowledged {
                members(side & it.sent & !it.done).for_each(|replica| lacks[replica as usize] += 1);
                nowhere += u64::from(it.sent & side != 0 && it.done & side == 0);
            }
        }
        let it = &mut self.sets[set as usize];
        let lacking = |replica: &u32| lacks[*replica as usize] + it.unsent[*replica as usize];
        let Some(leader) = members(side).min_by_key(lacking) else { return };
        // A leader that is cut off goes on leading its own side, if sides may go on alone.
        let replaced = if it.available { it.leaders & !it.up() } else { it.leaders };
        let only = it.leaders == replaced;
        let unsent = members(side).map(|replica| it.unsent[replica as usize]).min().unwrap_or(0);
        it.leaders = it.leaders & !replaced | 1 << leader;
        it.behind = (it.behind | replaced | if only { it.all() } else { side }) & !(1 << leader);
        it.unsent[leader as usize] = 0;
        members(side).for_each(|replica| it.leaderless_since[replica as usize] = NEVER);
        self.versions.gather(set, side, leader);
        let counts = &mut core.record.nodes[self.station as usize].counts;
        counts.failovers += 1;
        if only {
            // What nobody here has. Where later writes of the same keys made up for it, or each has
            // what the other lacks, nothing is lost.
            let keys = self.versions.keys_behind(set, leader);
            counts.lost_writes += if keys > 0 { keys.max(nowhere + unsent) } else { 0 };
            self.versions.truncate(set, leader);
            for replica in members(it.all() & !(1 << leader)) {
                it.unsent[replica as usize] = self.versions.keys_behind(set, replica);
            }
        }
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set == set && replaced & (1 << it.by) != 0 {
                it.dead = true;
                it.stuck = 0;
                self.tidy(at);
            }
        }
    }

    fn catch_up(&mut self, core: &mut Core, set: u32) {
        let Scheme::Leader { lag, .. } = &self.scheme else { return };
        let it = &mut self.sets[set as usize];
        for replica in members(it.behind & !it.catching_up & it.up()) {
            if it.leader_of(it.sides[replica as usize]).is_none_or(|leader| leader == replica) {
                continue;
            }
            it.catching_up |= 1 << replica;
            let background_task = core.background_task(self.station, set * self.size + replica, COPYING, 0, CATCH_UP);
            core.hold(background_task, lag.sample(&mut self.lags));
        }
    }

    /// Tells drivers where to go, and notes whether the set serves.
    fn publish(&mut self, core: &mut Core, set: u32) {
        let it = &mut self.sets[set as usize];
        let up = it.up();
        let those =
            |good: &dyn Fn(Mask) -> bool| it.each_side().into_iter().filter(|side| good(*side)).fold(0, |a, b| a | b);
        let (reads, writes, serves) = match self.scheme {
            Scheme::Alone => (1, 1, up != 0),
            Scheme::Leader { any, .. } => {
                let led = those(&|side| it.leader_of(side).is_some());
                let leaders = it.leaders & if led == 0 { it.all() } else { led };
                (if any { those(&|side| it.is_quorate(side)) } else { leaders }, leaders, led != 0)
            }
            Scheme::Quorum { read, write } => {
                let enough = |need: u32| those(&|side| it.available || side.count_ones() >= need);
                (enough(read), enough(write), enough(read.max(write)) != 0)
            }
        };
        let or_any = |mask: Mask| [mask, up].into_iter().find(|mask| *mask != 0).unwrap_or(it.all());
        let (reads, writes) = (or_any(reads), or_any(writes));
        if let Some(routing) = &mut core.station_states[self.station as usize].routing {
            routing.reads[set as usize] = reads;
            routing.writes[set as usize] = writes;
        }
        let served = std::mem::replace(&mut it.serves, serves);
        if served == serves {
            return;
        }
        let now = core.now();
        let node = &mut core.record.nodes[self.station as usize];
        if serves {
            self.refusing -= 1;
            if self.refusing == 0 {
                node.unavailable.set(now, 0);
                node.counts.recoveries += 1;
                node.counts.recovery_ns += now - self.refusing_since;
            }
        } else {
            self.refusing += 1;
            if self.refusing == 1 {
                node.unavailable.set(now, 1);
                self.refusing_since = now;
            }
        }
    }
}

/// What a follower that catches up is told; nobody reads it.
const COPYING: crate::engine::core::Message =
    crate::engine::core::Message { operation: 0, access: Access::Write, priority: 0, key: 0, session: 0 };

impl Station for DatabaseStation {
    fn start(&mut self, core: &mut Core) {
        let sets = self.sharding.sets;
        if sets * self.size > 1 {
            let masks = vec![1; sets as usize];
            core.station_states[self.station as usize].routing =
                Some(Routing { sharding: self.sharding, size: self.size, reads: masks.clone(), writes: masks });
        }
        if sets > 1 {
            core.record.nodes[self.station as usize].shards = vec![Gauge::default(); sets as usize];
        }
        (0..sets).for_each(|set| self.publish(core, set));
    }

    fn arrive(&mut self, core: &mut Core, job: u32) {
        let (message, here) = (core.jobs[job].message, core.jobs[job].replica);
        let set = self.sharding.set_of(message.key);
        let Some(replica) = self.in_charge(core, set, here, message.access) else {
            return core.reject(job, Outcome::Unreachable);
        };
        core.jobs[job].replica = replica;
        if self.held[replica as usize] >= self.connections {
            return core.reject(job, Outcome::Rejected);
        }
        if matches!(self.scheme, Scheme::Quorum { .. }) {
            return self.coordinate(core, job);
        }
        if self.is_replicated() {
            core.jobs[job].step = self.versions.acknowledged(message.key);
        }
        match self.server.enter(core, job) {
            Entry::Begin => self.begin(core, job),
            Entry::Wait => {}
            Entry::Full => return core.reject(job, Outcome::Rejected),
        }
        self.held[replica as usize] += 1;
    }

    fn done(&mut self, core: &mut Core, job: u32) {
        if core.jobs[job].internal {
            return self.errand_done(core, job);
        }
        self.release(core, job);
        self.finish(core, job);
    }

    fn wake(&mut self, core: &mut Core, set: u32) {
        // Replicas that stand still elect nobody.
        if core.station_states[self.station as usize].pauses == 0 {
            self.elect(core, set);
            self.publish(core, set);
        }
    }

    fn resumed(&mut self, core: &mut Core) {
        for set in 0..self.sharding.sets {
            self.wake(core, set);
        }
    }

    fn cancel(&mut self, core: &mut Core, job: u32) {
        self.disconnect(core, job);
        if core.jobs[job].note == SHARED {
            // The replicas that are at it do not learn of it.
            let at = core.jobs[job].step;
            self.statements[at].job = NONE;
            self.statements[at].deferred_events = 0;
            self.tidy(at);
        }
        if core.jobs[job].has_worker {
            self.count_busy(core, core.jobs[job].replica, -1);
        }
        if let Some(next) = self.server.cancel(core, job) {
            self.begin(core, next);
        }
    }

    fn crashed(&mut self, core: &mut Core, replica: u32) {
        self.count_busy(core, replica, -(self.server.busy(replica) as i32));
        self.server.clear(core, self.station, replica);
        self.held[replica as usize] = 0;
        if !self.is_replicated() {
            return;
        }
        let (set, local) = (replica / self.size, replica % self.size);
        let leader = matches!(self.scheme, Scheme::Leader { .. });
        for at in 0..self.statements.extent() {
            let it = &mut self.statements[at];
            if it.set != set {
                continue;
            }
            if it.by == local {
                it.job = NONE;
                it.deferred_events = 0;
                if leader {
                    it.dead = true;
                    it.stuck |= it.out;
                    self.sets[set as usize].behind |= it.out;
                }
            }
            if it.out & (1 << local) != 0 {
                it.out &= !(1 << local);
                it.stuck |= if leader { 1 << local } else { 0 };
            }
            self.tidy(at);
        }
        let it = &mut self.sets[set as usize];
        it.catching_up &= !(1 << local);
        it.leaderless_since[local as usize] = NEVER;
        it.behind |= (1 << local) & !it.leaders;
        self.settle(core, set);
    }

    fn restored(&mut self, core: &mut Core, replica: u32) {
        if self.is_replicated() {
            self.settle(core, replica / self.size);
        }
    }

    fn partition_changed(&mut self, core: &mut Core) {
        if self.is_replicated() {
            (0..self.sharding.sets).for_each(|set| self.settle(core, set));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_quorum_buys_is_said() {
        let of = |replicated, mode, r, w| Database {
            replicated,
            mode,
            read_quorum: r,
            write_quorum: w,
            ..Database::default()
        };
        assert_eq!(of(false, Mode::Quorum, 2, 2).note(), "");
        assert!(of(true, Mode::Quorum, 2, 2).note().starts_with("R + W > N (2 + 2 > 3): every read"));
        assert!(of(true, Mode::Quorum, 1, 2).note().starts_with("R + W ≤ N (1 + 2 ≤ 3): a read may"));
        assert!(of(true, Mode::LeaderFollower, 2, 2).note().contains("may be lost with its leader"));
    }
}
