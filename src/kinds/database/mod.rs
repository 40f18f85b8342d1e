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

mod job_role;
mod leader;
mod membership;
pub mod metrics;
mod quorum;
mod set;
mod statement;
mod station;
mod versions;

pub use station::{DatabaseStation, Standing};

use crate::choices;
use crate::engine::plan::Discipline;
use crate::engine::routing::Sharding;
use crate::engine::server::Server;
use crate::engine::slab::Slab;
use crate::kind::{Calls, Capacity, Info, Kind, Role, Section, StationContext};
use crate::metrics::MetricInfo;
use crate::params::{DurationParam, Fields, Violation, choice, optional_one_of, parameter};
use crate::random::Stream;
use crate::time::from_s;
use set::{REPLICAS_MAX, Set};
use station::Scheme;
use versions::Versions;

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
    const METRICS: &'static [&'static MetricInfo] = metrics::METRICS;
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
